package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// TestTogether holds what is said of several documents of one rehearse.yaml.
func TestTogether(t *testing.T) {
	unused := openapi.Finding{Rule: "function-unused", Message: "f"}
	own := openapi.Finding{Rule: "no-methods", Message: "m", Pos: source.Pos{File: "a.yaml", Line: 1}}
	throttle := openapi.Finding{Rule: "throttle-zero", Message: "t"}
	tests := []struct {
		name      string
		documents [][]openapi.Finding
		want      []string
	}{
		{"one document says it all", [][]openapi.Finding{{unused, own}}, []string{"function-unused", "no-methods"}},
		{"a function that one of two documents uses is used", [][]openapi.Finding{{unused, own}, {}}, []string{"no-methods"}},
		{"one that no document uses is said once", [][]openapi.Finding{{unused}, {unused}}, []string{"function-unused"}},
		{"what two documents say of the config is said once", [][]openapi.Finding{{throttle}, {throttle}}, []string{"throttle-zero"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range Together(tt.documents) {
				got = append(got, f.Rule)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestCommentsKeepRulesQuiet(t *testing.T) {
	at := func(line int, rule string) openapi.Finding {
		return openapi.Finding{Rule: rule, Pos: source.Pos{File: "a.yaml", Line: line, Col: 1}}
	}
	tests := []struct {
		name, text string
		findings   []openapi.Finding
		want       string
	}{
		{"the line below", "# rehearse-disable-next-line no-methods\nx", []openapi.Finding{at(2, "no-methods"), at(2, "model-unused")}, "2:model-unused"},
		{"no other line", "# rehearse-disable-next-line no-methods\nx\ny", []openapi.Finding{at(1, "no-methods"), at(3, "no-methods")}, "1:no-methods 3:no-methods"},
		{"several rules", "  # rehearse-disable-next-line no-methods, model-unused\nx", []openapi.Finding{at(2, "no-methods"), at(2, "model-unused")}, ""},
		{"comments below each other", "# rehearse-disable-next-line no-methods\r\n# rehearse-disable-next-line model-unused\r\nx", []openapi.Finding{at(3, "no-methods"), at(3, "model-unused")}, ""},
		{"a comment of a template", "  ## rehearse-disable-next-line vtl-unknown-variable # set elsewhere\n  $x", []openapi.Finding{at(2, "vtl-unknown-variable")}, ""},
		{"a reason behind a colon", "# rehearse-disable-next-line no-methods: known, JIRA-1\nx", []openapi.Finding{at(2, "no-methods")}, ""},
		{"a reason behind two rules and a colon", "# rehearse-disable-next-line no-methods, model-unused : known\nx", []openapi.Finding{at(2, "no-methods"), at(2, "model-unused")}, ""},
		{"a reason behind a dash", "# rehearse-disable-next-line no-methods -- model-unused is another matter\nx", []openapi.Finding{at(2, "no-methods"), at(2, "model-unused")}, "2:model-unused"},
		{"blanks and commas between rules", "# rehearse-disable-next-line no-methods model-unused,no-methods\nx", []openapi.Finding{at(2, "no-methods"), at(2, "model-unused")}, ""},
		{"a colon before the rule", "# rehearse-disable-next-line: no-methods: known\nx", []openapi.Finding{at(2, "no-methods")}, ""},
		{"a reason without a rule", "# rehearse-disable-next-line: -- known\nx", []openapi.Finding{at(2, "no-methods")}, "1:disable-unknown-rule 2:no-methods"},
		{"no rule", "# rehearse-disable-next-line\nx", []openapi.Finding{at(2, "no-methods")}, "1:disable-unknown-rule 2:no-methods"},
		{"no such rule", "# rehearse-disable-next-line no-method\nx", []openapi.Finding{at(2, "no-methods")}, "1:disable-unknown-rule 2:no-methods"},
		{"a text that isn't a comment", "x: rehearse-disable-next-line no-methods\nx", []openapi.Finding{at(2, "no-methods")}, "2:no-methods"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, f := range ReadQuiet("a.yaml", []byte(tt.text)).Apply(tt.findings) {
				got = append(got, fmt.Sprintf("%d:%s", f.Pos.Line, f.Rule))
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

// TestLabIsClean lints the lab's documents alone: nothing but information.
func TestLabIsClean(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/items/openapi*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range lintText(t, file, data, Surroundings{}) {
			if f.Severity != openapi.Info {
				t.Errorf("%s: %s: %s", f.Pos, f.Rule, f.Message)
			}
		}
	}
}

func lintText(t testing.TB, file string, data []byte, around Surroundings) []openapi.Finding {
	t.Helper()
	doc, err := openapi.LoadBytes(file, data)
	if err != nil {
		return nil
	}
	api, _ := openapi.Import(doc, openapi.Options{})
	return Check(doc, api, around)
}

// FuzzCheck lints anything: no panic, every finding of a rule that is there and
// with a message, and the same ones a second time.
func FuzzCheck(f *testing.F) {
	for _, pattern := range []string{"testdata/*.yaml", "../../fixtures/items/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	known := map[string]bool{}
	for _, r := range Rules() {
		known[r.ID] = true
	}
	around := Surroundings{Known: true, Stages: []Stage{{Name: "dev", Caches: func(string) bool { return true }}}, Functions: []Function{{Name: "f", Restricted: true}}}
	f.Fuzz(func(t *testing.T, data []byte) {
		found := lintText(t, "x.yaml", data, around)
		for _, f := range found {
			if !known[f.Rule] || f.Message == "" || f.Severity == openapi.Error && f.Evidence == openapi.Inferred {
				t.Errorf("%+v", f)
			}
		}
		if again := lintText(t, "x.yaml", data, around); fmt.Sprint(found) != fmt.Sprint(again) {
			t.Errorf("first\n%v\nthen\n%v", found, again)
		}
	})
}

// largeDocument has operations methods, each with parameters, a model, mappings
// and templates of its own, as generators write them.
func largeDocument(operations int) []byte {
	var b strings.Builder
	b.WriteString("openapi: 3.0.1\ninfo: {title: large, version: '1'}\nsecurity: [{key: []}]\npaths:\n")
	for i := range operations {
		fmt.Fprintf(&b, `  /area%d/items%d/{id}:
    post:
      operationId: op%d
      parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - {name: size, in: query, schema: {type: integer}}
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item%d'}}}}
      responses:
        '200': {description: ok, headers: {Access-Control-Allow-Origin: {schema: {type: string}}}}
        '404': {description: none}
      x-amazon-apigateway-integration:
        type: aws
        httpMethod: POST
        uri: arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:items:${stageVariables.alias}/invocations
        passthroughBehavior: when_no_templates
        requestParameters: {integration.request.header.X-Size: method.request.querystring.size}
        requestTemplates:
          application/json: |
            #set($size = $input.params('size'))
            {"number": %d, "size": "$size", "body": $input.json('$')}
        responses:
          default:
            statusCode: '200'
            responseParameters: {method.response.header.Access-Control-Allow-Origin: "'*'"}
            responseTemplates:
              application/json: |
                #set($root = $input.path('$'))
                {"number": %d, "items": [#foreach($e in $root.items){"id": "$e.id"}#if($foreach.hasNext),#end#end]}
          .*NotFound.*: {statusCode: '404'}
`, i%40, i, i, i, i, i)
	}
	b.WriteString("components:\n  securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}\n  schemas:\n")
	for i := range operations {
		fmt.Fprintf(&b, "    Item%d: {type: object, required: [id], properties: {id: {type: string}, price: {type: number}, parent: {$ref: '#/components/schemas/Item%d'}}}\n", i, (i+1)%operations)
	}
	return []byte(b.String())
}

// BenchmarkCheck lints what was imported; BenchmarkImportAndCheck does both.
func BenchmarkCheck(b *testing.B) {
	for _, operations := range []int{150, 1200, 6000} {
		b.Run(fmt.Sprint(operations), func(b *testing.B) {
			doc, err := openapi.LoadBytes("large.yaml", largeDocument(operations))
			if err != nil {
				b.Fatal(err)
			}
			api, _ := openapi.Import(doc, openapi.Options{})
			b.ReportAllocs()
			for b.Loop() {
				Check(doc, api, largeSurroundings)
			}
		})
	}
}

func BenchmarkImportAndCheck(b *testing.B) {
	for _, operations := range []int{150, 1200, 6000} {
		b.Run(fmt.Sprint(operations), func(b *testing.B) {
			data := largeDocument(operations)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				lintText(b, "large.yaml", data, largeSurroundings)
			}
		})
	}
}

var largeSurroundings = Surroundings{
	Known: true, Region: "us-east-1", AccountID: "123456789012", APIID: "abcdefghij",
	Stages:    []Stage{{Name: "dev", Variables: map[string]string{"alias": "dev"}}, {Name: "prod", Variables: map[string]string{"alias": "prod"}}},
	Functions: []Function{{Name: "items", Qualifiers: []string{"dev", "prod"}, Restricted: true, Permissions: []Permission{{Qualifier: "dev"}}}},
}

// TestPlaceAndPointerAgree holds every finding on the fixtures to one thing: its
// place is that of what its pointer leads to, or stands inside of it. A comment
// above a line, and a mend at a pointer, then mean the same.
func TestPlaceAndPointerAgree(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := openapi.LoadBytes(file, data)
		if err != nil {
			t.Fatal(err)
		}
		if size := whole(doc.Root.Get("x-size")); size != nil {
			doc.Size = *size
		}
		api, _ := openapi.Import(doc, openapi.Options{APIID: "abcdefghij", EndpointConfigurationTypes: texts(doc.Root.Get("x-endpoint-types"))})
		for _, f := range Check(doc, api, surroundings(t, doc)) {
			if f.Pointer == "" || doc.Node(f.Pointer) == nil {
				continue
			}
			if n := doc.Node(f.Pointer); f.Pos != doc.At(f.Pointer) && !n.Holds(f.Pos) {
				t.Errorf("%s: %s: the pointer %s is at %s", f.Pos, f.Rule, f.Pointer, doc.At(f.Pointer))
			}
		}
	}
}

// The hint of a ring of schemas is one that can be followed.
func TestRingsOfSchemasHaveTheirOwnHint(t *testing.T) {
	tests := []struct{ name, schemas, want string }{
		{"a schema that is only itself", `{S: {$ref: "#/components/schemas/S"}}`, "say what the schema is, where it only refers to itself"},
		{"two that are each other", `{S: {$ref: "#/components/schemas/T"}, T: {allOf: [{$ref: "#/components/schemas/S"}]}}`, "say what the schema is, where it only refers to itself"},
		{"a required property", `{S: {type: object, required: [s], properties: {s: {$ref: "#/components/schemas/S"}}}}`, "take one of the properties out of required"},
		{"a required property of one part", `{S: {allOf: [{type: object, required: [s], properties: {s: {$ref: "#/components/schemas/S"}}}]}}`, "take one of the properties out of required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents: {schemas: " + tt.schemas + "}\n"
			said := false
			for _, f := range lintText(t, "a.yaml", []byte(text), Surroundings{}) {
				if f.Rule == "model-cycle-required" {
					said = true
					if f.Hint != tt.want {
						t.Errorf("got the hint %q, want %q", f.Hint, tt.want)
					}
				}
			}
			if !said {
				t.Error("model-cycle-required is not said")
			}
		})
	}
}
