package validate

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const modelsAt = modelURL + "abcdefghij/models/"

func api(t testing.TB, models map[string]string) *openapi.API {
	t.Helper()
	a := &openapi.API{}
	for name, text := range models {
		v, err := ordered.ParseString(text)
		if err != nil {
			t.Fatalf("model %s: %v", name, err)
		}
		a.Models = append(a.Models, &openapi.Model{Name: name, Schema: v, Pos: source.Pos{File: "api.yaml", Line: 7}})
	}
	return a
}

func validator(t testing.TB, models map[string]string) *Validator {
	t.Helper()
	v, problems := New(api(t, models))
	for _, p := range problems {
		t.Fatal(p)
	}
	return v
}

func method(contentType, model string) *openapi.Method {
	return &openapi.Method{RequestModels: []openapi.ModelRef{{ContentType: contentType, Model: model}}}
}

func TestDetail(t *testing.T) {
	tests := []struct{ name, schema, body, want string }{
		// The words are those of the Java validator; the cases validation-detail-*
		// have one each.
		{"a wrong type", `{"type":"string"}`, `5`, `instance type (integer) does not match any allowed primitive type (allowed: ["string"])`},
		{"number is listed with integer", `{"type":"number"}`, `"x"`, `instance type (string) does not match any allowed primitive type (allowed: ["integer","number"])`},
		{"types in the order of the alphabet", `{"type":["string","null","array"]}`, `true`, `instance type (boolean) does not match any allowed primitive type (allowed: ["array","null","string"])`},
		{"a fraction is no integer", `{"type":"integer"}`, `1.5`, `instance type (number) does not match any allowed primitive type (allowed: ["integer"])`},
		{"2.0 is no integer either", `{"type":"integer"}`, `2.0`, `instance type (number) does not match any allowed primitive type (allowed: ["integer"])`},
		{"null is a type", `{"type":"object"}`, `null`, `instance type (null) does not match any allowed primitive type (allowed: ["object"])`},
		{"all missing properties, sorted", `{"required":["to","body","subject"]}`, `{}`, `object has missing required properties (["body","subject","to"])`},
		{"enum in the order of the schema", `{"enum":["b","a",1]}`, `"x"`, `instance value ("x") not found in enum (possible values: ["b","a",1])`},
		{"pattern", `{"pattern":"^[a-z]+$"}`, `"A1"`, `ECMA 262 regex "^[a-z]+$" does not match input string "A1"`},
		{"minLength", `{"minLength":1}`, `""`, `string "" is too short (length: 0, required minimum: 1)`},
		{"maxLength counts characters", `{"maxLength":3}`, `"äöü€"`, `string "äöü€" is too long (length: 4, maximum allowed: 3)`},
		{"minimum", `{"minimum":1}`, `0`, `numeric instance is lower than the required minimum (minimum: 1, found: 0)`},
		{"maximum", `{"maximum":10}`, `11`, `numeric instance is greater than the required maximum (maximum: 10, found: 11)`},
		{"maximum with fractions", `{"maximum":1.50}`, `2.50`, `numeric instance is greater than the required maximum (maximum: 1.5, found: 2.5)`},
		{"exclusiveMinimum", `{"minimum":1,"exclusiveMinimum":true}`, `1`, `numeric instance is not strictly greater than the required minimum 1`},
		{"exclusiveMaximum", `{"maximum":1,"exclusiveMaximum":true}`, `1`, `numeric instance is not strictly lower than the required maximum 1`},
		{"multipleOf", `{"multipleOf":2}`, `5`, `remainder of division is not zero (5 / 2)`},
		{"additionalProperties, sorted", `{"additionalProperties":false,"properties":{"a":{}},"patternProperties":{"^x":{}}}`, `{"zz":1,"a":1,"xy":1,"b":1}`, `object instance has properties which are not allowed by the schema: ["b","zz"]`},
		{"additionalItems", `{"items":[{}],"additionalItems":false}`, `[1,2]`, `schema only allows 1 elements in array but instance has 2 elements`},
		{"minItems", `{"minItems":2}`, `[1]`, `array is too short: must have at least 2 elements but instance has 1 elements`},
		{"maxItems", `{"maxItems":2}`, `[1,2,3]`, `array is too long: must have at most 2 elements but instance has 3 elements`},
		{"uniqueItems", `{"uniqueItems":true}`, `[{"a":1},{"a":1.0}]`, `array must not contain duplicate elements`},
		{"uniqueItems of numbers by value", `{"uniqueItems":true}`, `[1,10e-1]`, `array must not contain duplicate elements`},
		{"minProperties", `{"minProperties":1}`, `{}`, `object has too few properties (found 0 but schema requires at least 1)`},
		{"maxProperties", `{"maxProperties":2}`, `{"a":1,"b":2,"c":3}`, `object has too many properties (found 3 but schema requires at most 2)`},
		{"dependencies", `{"dependencies":{"a":["b"]}}`, `{"a":1}`, `property "a" of object has missing property dependencies (schema requires ["b"]; missing: ["b"])`},
		{"a dependency that is a schema", `{"dependencies":{"a":{"required":["b"]}}}`, `{"a":1}`, `object has missing required properties (["b"])`},
		{"oneOf with none", `{"oneOf":[{"type":"string"},{"type":"null"}]}`, `1`, `instance failed to match exactly one schema (matched 0 out of 2)`},
		{"oneOf with both", `{"oneOf":[{"type":"number"},{"type":"integer"}]}`, `1`, `instance failed to match exactly one schema (matched 2 out of 2)`},
		{"anyOf", `{"anyOf":[{"type":"string"},{"type":"null"}]}`, `1`, `instance failed to match at least one required schema among 2`},
		{"allOf", `{"allOf":[{"type":"string"},{"type":"integer"}]}`, `1`, `instance failed to match all required schemas (matched only 1 out of 2)`},
		{"not", `{"not":{"type":"integer"}}`, `1`, `instance matched a schema which it should not have`},
		{"email", `{"format":"email"}`, `"x"`, `string "x" is not a valid email address`},
		{"date-time", `{"format":"date-time"}`, `"2026-01-02"`, `string "2026-01-02" is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]`},
		{"hostname", `{"format":"hostname"}`, `"-x"`, `string "-x" is not a valid hostname`},
		{"ipv4", `{"format":"ipv4"}`, `"1.2.3"`, `string "1.2.3" is not a valid IPv4 address`},
		{"ipv6", `{"format":"ipv6"}`, `"::g"`, `string "::g" is not a valid IPv6 address`},
		{"uri", `{"format":"uri"}`, `"a b"`, `string "a b" is not a valid URI`},
		{"regex", `{"format":"regex"}`, `"("`, `string "(" is not a valid ECMA 262 regular expression`},
		{"several faults of one value by keyword", `{"minLength":3,"enum":["abc"],"pattern":"^a"}`, `"x"`,
			`instance value ("x") not found in enum (possible values: ["abc"]), string "x" is too short (length: 1, required minimum: 3), ECMA 262 regex "^a" does not match input string "x"`},
		{"faults of members by name", `{"properties":{"b":{"type":"boolean"},"a":{"type":"string"}}}`, `{"b":1,"a":1}`, // case validation-detail-two-faults-in-one-list
			`instance type (integer) does not match any allowed primitive type (allowed: ["string"]), instance type (integer) does not match any allowed primitive type (allowed: ["boolean"])`},
		{"members of an object at fault are not looked into", `{"required":["x"],"properties":{"a":{"type":"string"}}}`, `{"a":1}`, `object has missing required properties (["x"])`},
		{"elements by index", `{"items":{"type":"string"}}`, `[1,"a",true]`,
			`instance type (integer) does not match any allowed primitive type (allowed: ["string"]), instance type (boolean) does not match any allowed primitive type (allowed: ["string"])`},
		{"a number of an exponent prints as Java does", `{"maximum":1}`, `1e3`, `numeric instance is greater than the required maximum (maximum: 1, found: 1E+3)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := validator(t, map[string]string{"M": tt.schema})
			detail, model, ok := v.Body(method("application/json", "M"), "application/json", []byte(tt.body))
			if want := "[" + tt.want + "]"; ok || detail != want || model != "M" {
				t.Errorf("Body = %s (model %s, ok %v)\nwant %s", detail, model, ok, want)
			}
		})
	}
}

func TestPasses(t *testing.T) {
	tests := []struct{ name, schema, body string }{
		{"anything fits nothing", `{}`, `[1,"a",null]`},
		{"an integer is a number", `{"type":"number"}`, `1`},
		{"numbers of an enum by value", `{"enum":[1]}`, `1.0`},
		{"a pattern is found anywhere", `{"pattern":"b"}`, `"abc"`},
		{"look-ahead", `{"pattern":"^(?=.*a)b"}`, `"ba"`},
		{"keywords of other types don't count", `{"minLength":5,"minimum":5,"minItems":5}`, `{"a":1}`},
		{"great numbers are exact", `{"maximum":12345678901234567890}`, `12345678901234567890`},
		{"tenths are exact", `{"multipleOf":0.1}`, `0.3`},
		{"unknown formats are ignored", `{"format":"int32"}`, `"x"`},
		{"siblings of $ref don't count", `{"$ref":"#/definitions/a","type":"string","definitions":{"a":{"type":"integer"}}}`, `1`},
		{"a date-time with a zone and a fraction", `{"format":"date-time"}`, `"2026-01-02T03:04:05.678+01:00"`},
		{"nullable is no word of draft 4", `{"type":"string","nullable":true}`, `"x"`},
		{"a reference to itself alone says nothing", `{"$ref":"#"}`, `1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := validator(t, map[string]string{"M": tt.schema})
			if detail, _, ok := v.Body(method("application/json", "M"), "", []byte(tt.body)); !ok {
				t.Errorf("Body = %s, want it to pass", detail)
			}
		})
	}
}

func TestModelsReferToEachOther(t *testing.T) {
	v := validator(t, map[string]string{ // case models-circular-reference-invalid
		"Person": `{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"house":{"$ref":"` + modelsAt + `House"}}}`,
		"House":  `{"type":"object","properties":{"contains":{"type":"array","minItems":1,"items":{"$ref":"` + modelsAt + `Person"}}}}`,
		"Names":  `{"type":"array","items":{"$ref":"` + modelsAt + `Person#/properties/name"}}`,
	})
	tests := []struct{ model, body, want string }{
		{"Person", `{"name":"a","house":{"contains":[{"name":"b","house":{}}]}}`, ""},
		{"Person", `{"name":"a","house":{"contains":[{"random":1}]}}`, `[object has missing required properties (["name"])]`},
		{"Person", `{"name":"a","house":{"contains":[]}}`, `[array is too short: must have at least 1 elements but instance has 0 elements]`},
		{"Names", `["a"]`, ""},
		{"Names", `[1]`, `[instance type (integer) does not match any allowed primitive type (allowed: ["string"])]`},
	}
	for _, tt := range tests {
		detail, _, ok := v.Body(method("application/json", tt.model), "", []byte(tt.body))
		if detail != tt.want || ok != (tt.want == "") {
			t.Errorf("%s: Body(%s) = %q, want %q", tt.model, tt.body, detail, tt.want)
		}
	}
}

func TestNothingHangs(t *testing.T) {
	tests := []struct{ name, schema, body string }{
		{"anyOf of itself", `{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`, `1`},
		{"anyOf that doubles at each level", `{"anyOf":[{"properties":{"c":{"$ref":"#"}},"minProperties":2},{"properties":{"c":{"$ref":"#"}},"minProperties":2}]}`,
			strings.Repeat(`{"c":`, 500) + `1` + strings.Repeat(`}`, 500)},
		{"oneOf that doubles at each level", `{"oneOf":[{"properties":{"c":{"$ref":"#"}}},{"properties":{"c":{"$ref":"#"}}}]}`,
			strings.Repeat(`{"c":`, 500) + `1` + strings.Repeat(`}`, 500)},
		{"great exponents", `{"multipleOf":3}`, `1e99999999`},
		{"a pattern that backtracks", `{"pattern":"^(?=a)(a+)+$"}`, `"` + strings.Repeat("a", 40) + `b"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := validator(t, map[string]string{"M": tt.schema})
			if _, _, ok := v.Body(method("application/json", "M"), "", []byte(tt.body)); ok {
				t.Error("the body passes, want a fault")
			}
		})
	}
}

func TestBodyChoosesTheModel(t *testing.T) {
	v := validator(t, map[string]string{"A": `{"required":["a"]}`, "B": `{"required":["b"]}`})
	m := &openapi.Method{RequestModels: []openapi.ModelRef{{ContentType: "$default", Model: "B"}, {ContentType: "application/json", Model: "A"}}}
	tests := []struct {
		name, contentType, model string
		m                        *openapi.Method
	}{
		{"no type is application/json", "", "A", m},
		{"parameters don't count", "application/json; charset=utf-8", "A", m},
		{"letters of another case", "Application/JSON", "A", m},
		{"another type goes by $default", "text/csv", "B", m},
		{"another type without $default isn't checked", "text/csv", "", method("application/json", "A")},
		{"no models", "application/json", "", &openapi.Method{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, model, ok := v.Body(tt.m, tt.contentType, []byte(`{}`))
			if model != tt.model || ok != (tt.model == "") {
				t.Errorf("Body went by model %q (ok %v), want %q", model, ok, tt.model)
			}
		})
	}
}

func TestBodyThatIsNotThere(t *testing.T) {
	v := validator(t, map[string]string{"List": `{"type":"array"}`, "Any": `{}`})
	if detail, _, ok := v.Body(method("application/json", "List"), "", nil); ok || !strings.Contains(detail, "(object)") {
		t.Errorf("no body against an array = %q, %v, want it to count as {}", detail, ok) // case models-array-of-ref
	}
	if _, _, ok := v.Body(method("application/json", "Any"), "", []byte(" \n")); !ok {
		t.Error("a blank body fails a model that takes anything")
	}
	if detail, _, ok := v.Body(method("application/json", "Any"), "", []byte(`{"a": 1`)); ok || detail == "" { // case validation-broken-json-body
		t.Errorf("broken JSON = %q, %v, want a fault", detail, ok)
	}
	if _, model, ok := v.Body(method("application/json", "Empty"), "", []byte(`[]`)); ok || model != "Empty" {
		t.Error("a list fits the model Empty, want its type to be object")
	}
}

func TestParameters(t *testing.T) {
	m := &openapi.Method{RequestParameters: []openapi.RequestParameter{ // sorted by name
		{Name: "method.request.header.x-header-param", Required: true},
		{Name: "method.request.header.x-other"},
		{Name: "method.request.path.issuer", Required: true},
		{Name: "method.request.querystring.filter.name", Required: true},
		{Name: "method.request.querystring.qs1", Required: true},
	}}
	v := validator(t, nil)
	message, ok := v.Parameters(m, func(string, string) bool { return false })
	if want := "Missing required request parameters: [x-header-param, issuer, filter.name, qs1]"; ok || message != want {
		t.Errorf("Parameters = %q, %v, want %q", message, ok, want)
	}
	message, ok = v.Parameters(m, func(location, name string) bool { return location != "querystring" || name != "qs1" })
	if want := "Missing required request parameters: [qs1]"; ok || message != want {
		t.Errorf("Parameters = %q, %v, want %q", message, ok, want)
	}
	if message, ok := v.Parameters(m, func(string, string) bool { return true }); !ok || message != "" {
		t.Errorf("Parameters = %q, %v, want it to pass", message, ok)
	}
}

func TestProblemsAreAllReported(t *testing.T) {
	_, problems := New(api(t, map[string]string{"M": `{
		"type":"file","pattern":"(","required":"a","minLength":-1,"multipleOf":0,"enum":{},"items":{"$ref":"` + modelsAt + `None"},
		"properties":{"a":{"$ref":"#/definitions/none"},"b":3,"c":{"$ref":"https://example.com/x"}}}`}))
	all := errors.Join(problems...).Error()
	for _, want := range []string{
		`model M/type: "file" is no type`, `model M/pattern: pattern "("`, `model M/required: it is a string`, `model M/minLength: it is -1`,
		`model M/multipleOf: it is 0`, `model M/enum: it is an object`, `there is no model None`, `leads nowhere`, `model M/properties/b: it is an integer`, `is no model's URL`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("problems don't say %q:\n%s", want, all)
		}
	}
	if len(problems) != 10 || !strings.HasPrefix(problems[0].Error(), "api.yaml:7: ") {
		t.Errorf("%d problems, the first %v, want 10 with their place", len(problems), problems[0])
	}
}

// TestAgreesWithAnotherValidator holds the verdicts, not the words, against a
// validator of other people.
func TestAgreesWithAnotherValidator(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	fits, faults := 0, 0
	for range 5000 {
		schemaText := randomSchema(rnd, 3)
		body := randomValue(rnd, 3)
		sv, err := ordered.ParseString(schemaText)
		if err != nil {
			t.Fatalf("%s: %v", schemaText, err)
		}
		c := jsonschema.NewCompiler()
		c.DefaultDraft(jsonschema.Draft4)
		if err := c.AddResource("mem:///m.json", ordered.ToGo(sv)); err != nil {
			t.Fatal(err)
		}
		other, err := c.Compile("mem:///m.json")
		if err != nil {
			t.Fatalf("%s: %v", schemaText, err)
		}
		bv, err := ordered.ParseString(body)
		if err != nil {
			t.Fatal(err)
		}
		v := validator(t, map[string]string{"M": schemaText})
		detail, _, ok := v.Body(method("application/json", "M"), "", []byte(body))
		if want := other.Validate(ordered.ToGo(bv)) == nil; ok != want {
			t.Fatalf("schema %s\nbody %s\nfits = %v (%s), another validator says %v", schemaText, body, ok, detail, want)
		}
		if ok {
			fits++
		} else {
			faults++
		}
	}
	if fits < 500 || faults < 500 {
		t.Errorf("%d bodies fit and %d don't: the comparison says little", fits, faults)
	}
}

// randomSchema makes a schema; whole numbers only, since 2.0 is an integer to
// the other validator.
func randomSchema(rnd *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	sub := func() string {
		if depth == 0 {
			return `{}`
		}
		return randomSchema(rnd, depth-1)
	}
	subs := func() string { return `[` + sub() + `,` + sub() + `]` }
	makers := map[string]func() string{
		"type": func() string {
			return pick(`"string"`, `"integer"`, `"number"`, `"object"`, `"array"`, `"null"`, `["string","object"]`)
		},
		"enum":                 func() string { return pick(`[1,2]`, `["a"]`, `[{"a":1},[]]`) },
		"minimum":              func() string { return pick(`0`, `2`) },
		"maximum":              func() string { return pick(`1`, `3`) },
		"multipleOf":           func() string { return pick(`2`, `3`) },
		"minLength":            func() string { return pick(`1`, `2`) },
		"maxLength":            func() string { return pick(`1`, `2`) },
		"pattern":              func() string { return pick(`"^a"`, `"b$"`) },
		"items":                func() string { return pick(sub(), subs()) },
		"additionalItems":      func() string { return pick(`true`, `false`, sub()) },
		"minItems":             func() string { return pick(`1`, `2`) },
		"maxItems":             func() string { return pick(`1`, `2`) },
		"uniqueItems":          func() string { return pick(`true`, `false`) },
		"required":             func() string { return pick(`["a"]`, `["a","b"]`) },
		"properties":           func() string { return `{"a":` + sub() + `,"b":` + sub() + `}` },
		"patternProperties":    func() string { return `{"^a":` + sub() + `}` },
		"additionalProperties": func() string { return pick(`true`, `false`, sub()) },
		"minProperties":        func() string { return pick(`1`, `2`) },
		"maxProperties":        func() string { return pick(`1`, `2`) },
		"dependencies":         func() string { return pick(`{"a":["b"]}`, `{"a":`+sub()+`}`) },
		"allOf":                subs,
		"anyOf":                subs,
		"oneOf":                subs,
		"not":                  sub,
	}
	names := []string{"type", "enum", "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "items", "additionalItems", "minItems", "maxItems", "uniqueItems",
		"required", "properties", "patternProperties", "additionalProperties", "minProperties", "maxProperties", "dependencies", "allOf", "anyOf", "oneOf", "not"}
	var parts []string
	for range rnd.IntN(3) + 1 {
		i := rnd.IntN(len(names))
		parts = append(parts, `"`+names[i]+`":`+makers[names[i]]())
		names = append(names[:i], names[i+1:]...)
	}
	return `{` + strings.Join(parts, ",") + `}`
}

func randomValue(rnd *rand.Rand, depth int) string {
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	if depth == 0 || rnd.IntN(3) == 0 {
		return pick(`0`, `1`, `2`, `3`, `6`, `-1`, `1.5`, `"a"`, `"ab"`, `"b"`, `""`, `null`, `true`)
	}
	sub := func() string { return randomValue(rnd, depth-1) }
	return pick(`{}`, `[]`, `{"a":`+sub()+`}`, `{"a":`+sub()+`,"b":`+sub()+`}`, `{"c":`+sub()+`,"ab":`+sub()+`}`, `[`+sub()+`]`, `[`+sub()+`,`+sub()+`]`)
}

func FuzzBody(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a":{"$ref":"#"}}}`, `{"a":{"a":1}}`)
	f.Add(`{"oneOf":[{"format":"date-time"},{"multipleOf":0.1}],"dependencies":{"a":["b"]}}`, `0.3`)
	f.Fuzz(func(t *testing.T, schemaText, body string) {
		sv, err := ordered.ParseString(schemaText)
		if err != nil {
			return
		}
		v, _ := New(&openapi.API{Models: []*openapi.Model{{Name: "M", Schema: sv}}})
		detail, _, ok := v.Body(method("application/json", "M"), "", []byte(body))
		if ok != (detail == "") {
			t.Errorf("Body = %q, %v", detail, ok)
		}
	})
}

func BenchmarkBody(b *testing.B) {
	v := validator(b, map[string]string{"M": `{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer"},"name":{"type":"string","maxLength":40},"tags":{"type":"array","items":{"type":"string"}}}}`})
	m := method("application/json", "M")
	body := []byte(`{"id":7,"name":"Pen","tags":["a","b"]}`)
	b.ReportAllocs()
	for b.Loop() {
		if detail, _, ok := v.Body(m, "application/json", body); !ok {
			b.Fatal(detail)
		}
	}
}
