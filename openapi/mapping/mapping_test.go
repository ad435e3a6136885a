package mapping

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// sample is a scope with something of everything.
func sample(body string) *Scope {
	s := &Scope{
		Path:           Params{{"id", []string{"p"}}, {"both", []string{"path"}}},
		Query:          Params{{"id", []string{"q"}}, {"page", []string{"1", "2"}}, {"both", []string{"query"}}},
		Header:         Params{{"X-Trace", []string{"t"}}, {"Accept", []string{"a", "b"}}, {"both", []string{"header"}}},
		ResponseHeader: Params{{"etag", []string{"e1", "e2"}}, {"X-Exact", []string{"exact"}}, {"x-exact", []string{"other"}}},
		StageVariables: map[string]string{"table": "t-dev", "empty": ""},
	}
	context, _ := ordered.ParseString(`{"requestId": "r-1", "count": 3, "isCanary": true, "none": null,
		"identity": {"sourceIp": "1.2.3.4", "user": null},
		"authorizer": {"principalId": "me", "claims": {"sub": "s", "custom.x": "dotted"}}}`)
	s.Context = writtenContext{context.(*ordered.Object)}
	s.SetBody([]byte(body))
	return s
}

func TestExpressions(t *testing.T) {
	const body = `{"a": {"b": ["x", 2.50, null]}, "s": "text"}`
	tests := []struct {
		expression string
		side       Side
		body       string
		want       []string // nil: missing
	}{
		{"'static'", Request, "", []string{"static"}},
		{"''", Request, "", []string{""}},
		{"'it''s'", Response, "", []string{"it''s"}},
		{"method.request.path.id", Request, "", []string{"p"}},
		{"method.request.querystring.page", Request, "", []string{"2"}}, // the last value
		{"method.request.multivaluequerystring.page", Request, "", []string{"1", "2"}},
		{"method.request.querystring.Page", Request, "", nil}, // case params-names-are-case-sensitive
		{"method.request.header.Accept", Request, "", []string{"b"}},
		{"method.request.multivalueheader.Accept", Request, "", []string{"a", "b"}},
		{"method.request.header.accept", Request, "", nil},
		{"method.request.header.X-Trace", GatewayResponse, "", []string{"t"}},
		{"integration.response.header.etag", Response, "", []string{"e2"}},
		{"integration.response.header.ETag", Response, "", []string{"e2"}},
		{"integration.response.header.x-exact", Response, "", []string{"other"}},
		{"integration.response.multivalueheader.etag", Response, "", []string{"e1", "e2"}},
		{"stageVariables.table", Request, "", []string{"t-dev"}},
		{"stageVariables.empty", Request, "", []string{""}},
		{"stageVariables.none", Request, "", nil},
		{"context.requestId", Request, "", []string{"r-1"}},
		{"context.count", Request, "", []string{"3"}},
		{"context.isCanary", Request, "", []string{"true"}},
		{"context.none", Request, "", nil},
		{"context.identity.sourceIp", Request, "", []string{"1.2.3.4"}},
		{"context.identity.user", Request, "", nil},
		{"context.identity", Request, "", nil},
		{"context.identity.sourceIp.x", Request, "", nil},
		{"context.authorizer.claims.sub", Request, "", []string{"s"}},
		{"context.authorizer.claims.custom.x", Request, "", []string{"dotted"}},
		{"method.request.body", Request, "", []string{"{}"}}, // case params-header-from-empty-body-is-braces
		{"method.request.body", Request, body, []string{body}},
		{"method.request.body", Request, "<xml/>", []string{"<xml/>"}},
		{"method.request.body.s", Request, body, []string{"text"}},
		{"method.request.body.a.b[0]", Request, body, []string{"x"}}, // case params-header-from-json-body
		{"method.request.body.$.a.b[0]", Request, body, []string{"x"}},
		{"method.request.body.a", Request, body, []string{`{"b":["x",2.5,null]}`}},
		{"method.request.body.a.b[2]", Request, body, nil},
		{"method.request.body.nope", Request, body, nil},
		{"method.request.body[1]", Request, `[1,"two"]`, []string{"two"}},
		{"method.request.body.s", Request, "<xml/>", nil},
		{"method.request.body.length()", Request, body, []string{"2"}},
		{"integration.response.body.s", Response, body, []string{"text"}},
	}
	for _, tt := range tests {
		e, err := ParseExpression(source.Plain("api.yaml", tt.expression), tt.side)
		if err != nil {
			t.Errorf("ParseExpression(%s): %v", tt.expression, err)
			continue
		}
		got, ok, err := e.Values(sample(tt.body))
		if err != nil || ok != (tt.want != nil) || !slices.Equal(got, tt.want) {
			t.Errorf("%s of body %q = %q, %v, %v, want %q", tt.expression, tt.body, got, ok, err, tt.want)
		}
		if e.String() != tt.expression {
			t.Errorf("String = %s, want %s", e, tt.expression)
		}
	}
}

func TestBodiesThatOnlyBeginAsJSON(t *testing.T) {
	for _, body := range []string{"\n{wrongjson", "[1,", `"abc`, "'abc'"} {
		for _, expression := range []string{"method.request.body", "method.request.body.a"} {
			e, err := ParseExpression(source.Plain("", expression), Request)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok, err := e.Values(sample(body)); ok || !errors.Is(err, ErrPayload) {
				t.Errorf("%s of %q = %v, %v, want ErrPayload", expression, body, ok, err)
			}
		}
	}
}

func TestExpressionParts(t *testing.T) {
	tests := []struct {
		expression string
		kind       Kind
		multi      bool
		name       string
	}{
		{"'x'", Static, false, "x"},
		{"method.request.path.id", Path, false, "id"},
		{"method.request.multivaluequerystring.a.b", QueryString, true, "a.b"},
		{"method.request.header.X-Y", Header, false, "X-Y"},
		{"method.request.body", WholeBody, false, ""},
		{"method.request.body.a[0]", BodyPath, false, "a[0]"},
		{"stageVariables.v", StageVariable, false, "v"},
		{"context.identity.sourceIp", ContextVariable, false, "identity.sourceIp"},
	}
	for _, tt := range tests {
		e, err := ParseExpression(source.Plain("", tt.expression), Request)
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind() != tt.kind || e.Multi() != tt.multi || e.Name() != tt.name {
			t.Errorf("%s is %v, %v, %q", tt.expression, e.Kind(), e.Multi(), e.Name())
		}
	}
}

func TestExpressionErrors(t *testing.T) {
	tests := []struct {
		expression string
		side       Side
		want, hint string
	}{
		{`"*"`, Response, `api.yaml:1:1: found ""*"", want integration.response.…, context.…, stageVariables.… or a 'static value'`, `a static value stands in single quotes, within the string: "'value'"`},
		{"'open", Request, "api.yaml:1:1: the static value is never closed", "it ends with a single quote"},
		{"'", Request, "api.yaml:1:1: the static value is never closed", "it ends with a single quote"},
		{"method.request.query.x", Request, `api.yaml:1:16: found "query" after method.request, want path, querystring, header, multivaluequerystring, multivalueheader or body`, ""},
		{"method.request.headr.x", Request, `api.yaml:1:16: found "headr" after method.request, want path, querystring, header, multivaluequerystring, multivalueheader or body`, "did you mean header?"},
		{"method.request.header", Request, "api.yaml:1:22: a name is missing after method.request.header", ""},
		{"method.request.header.X", Response, `api.yaml:1:1: found "method.request.header.X", want integration.response.…, context.…, stageVariables.… or a 'static value'`, ""},
		{"integration.response.path.x", Response, `api.yaml:1:22: found "path" after integration.response, want header, multivalueheader or body`, ""},
		{"method.request.body.x", GatewayResponse, `api.yaml:1:16: found "body" after method.request, want path, querystring, header, multivaluequerystring or multivalueheader`, ""},
		{"method.request.body.", Request, "api.yaml:1:20: a JSONPath is missing after the body", ""},
		{"method.request.body.a[x]", Request, "api.yaml:1:20: JSONPath a[x]: want a quoted name, a number, * or ?(...) in the brackets at offset 1", ""},
		{"method.request.bodyx", Request, `api.yaml:1:16: found "bodyx" after method.request, want path, querystring, header, multivaluequerystring, multivalueheader or body`, "did you mean body?"},
		{"stageVariables.", Request, `api.yaml:1:1: found "stageVariables.", want method.request.…, context.…, stageVariables.… or a 'static value'`, ""},
		{"plain", Request, `api.yaml:1:1: found "plain", want method.request.…, context.…, stageVariables.… or a 'static value'`, `a static value stands in single quotes, within the string: "'value'"`},
		{"", Request, `api.yaml:1:1: found "", want method.request.…, context.…, stageVariables.… or a 'static value'`, `a static value stands in single quotes, within the string: "'value'"`},
	}
	for _, tt := range tests {
		_, err := ParseExpression(source.Plain("api.yaml", tt.expression), tt.side)
		var placed *source.Error
		if !errors.As(err, &placed) {
			t.Errorf("ParseExpression(%s) error is %v", tt.expression, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), tt.want) || placed.Hint != tt.hint {
			t.Errorf("ParseExpression(%s) says\n%v (%s), want\n%s (%s)", tt.expression, err, placed.Hint, tt.want, tt.hint)
		}
	}
}

func TestInterpolate(t *testing.T) {
	variables := map[string]string{"a": "1", "b": "${stageVariables.a}"}
	for text, want := range map[string]string{
		"":                                       "",
		"plain":                                  "plain",
		"x/${stageVariables.a}/y":                "x/1/y",
		"${stageVariables.a}${stageVariables.a}": "11",
		"${stageVariables.none}|":                "|",
		"${stageVariables.b}":                    "${stageVariables.a}", // once only
		"${other}":                               "${other}",
		"x${stageVariables.a":                    "x${stageVariables.a",
		"${stageVariables.}":                     "",
	} {
		if got := Interpolate(text, variables); got != want {
			t.Errorf("Interpolate(%s) = %s, want %s", text, got, want)
		}
	}
}

// render renders text on the sample with body.
func render(t *testing.T, s *Scope, text string) (string, error) {
	t.Helper()
	tmpl, err := ParseTemplate(source.Plain("t.vtl", text), vtl.Options{})
	if err != nil {
		t.Fatalf("ParseTemplate(%s): %v", text, err)
	}
	out, err := tmpl.Render(nil, s, nil)
	return string(out), err
}

func TestTemplateVariables(t *testing.T) {
	tests := []struct {
		name, body, template, want string
	}{
		{"an empty body reads as {}", "", "$input.body|$input.json('$')|$input.path('$')|$input.path('$').size()", "{}|{}|{}|0"},
		{"a text body is one string", "a=b", "$input.body|$input.json('$')|$input.path('$')", `a=b|"a=b"|a=b`},
		{"a text that only looks like JSON at first", "true{", "$input.path('$')", "true{"},
		{"a JSON string is unquoted", `"a=b"`, "$input.path('$')|$input.json('$')", `a=b|"a=b"`},
		{"a path that leads nowhere is null", `{}`, `$input.path('$.a')|$input.json('$.a')|#if($input.path('$.a') == $null)null#end`, `|""|null`},
		{"arrays print as JSON, also inside maps", `{"a":[{"b":"c/d"}]}`, "$input.path('$.a') $input.path('$')", `[{"b":"c\/d"}] {a=[{"b":"c\/d"}]}`},
		{"slashes stay in $input.json", `{"a":"c/d"}`, "$input.json('$.a')", `"c/d"`},
		{"numbers as Java prints them", `{"a":2.50,"b":1e3,"c":12345678901234567890}`, "$input.path('$.a') $input.json('$')", `2.5 {"a":2.5,"b":1000.0,"c":12345678901234567890}`},
		{"filters and functions", `{"a":[{"n":1},{"n":2}]}`, `$input.path('$.a[?(@.n > 1)]') $input.path("$.a.length()") $input.json('$..n')`, `[{"n":2}] 2 [1,2]`},
		{"a path made by the template", `{"a":{"b":1}}`, `#set($k = "b")$input.path("$.a.$k")`, "1"},
		{"parameters: path, then query, then header", "", "$input.params('both') $input.params('id') $input.params('X-Trace') $input.params('page') [$input.params('no')]", "path p t 2 []"},
		{"all parameters", "", "#foreach($k in $input.params().keySet())$k:#foreach($p in $input.params().get($k).entrySet())$p.key=$p.value #end#end", "path:id=p both=path querystring:id=q page=2 both=query header:X-Trace=t Accept=b both=header "},
		{"one location's parameters", "", "$input.params().querystring.page $input.params().header.get('X-Trace') $input.params().path.nope|", "2 t |"},
		{"$input and $util print nothing", "", "[$input][$util][$input.params][$util.urlEncode]", "[][][][]"},
		{"objects of $context print nothing", "", "[$context.identity][$context.requestOverride][$context.authorizer.claims][$context]", "[][][][]"},
		{"members of $context", "", "$context.requestId $context['count'] $context.get('isCanary') $context.identity.sourceIp [$context.identity.user] $context.authorizer.claims.get('custom.x')", "r-1 3 true 1.2.3.4 [] dotted"},
		{"keys of $context", "", "$context.keySet() $context.identity.keySet() $context.identity.size() $context.containsKey('stage') $context.identity.containsKey('sourceIp') $context.identity.isEmpty()",
			"[requestId, count, isCanary, none, identity, authorizer, requestOverride, responseOverride] [sourceIp, user] 2 false true false"},
		{"values and entries", "", "#foreach($v in $context.identity)[$v]#end $context.identity.values() $context.identity.entrySet()", "[1.2.3.4][] [1.2.3.4, null] [sourceIp=1.2.3.4, user=null]"},
		{"a default", "", "$context.identity.getOrDefault('x', 'd') $context.identity.getOrDefault('sourceIp', 'd')", "d 1.2.3.4"},
		{"a member that is not there", "", "#foreach($k in $context.nope.keySet())x#end[$context.nope.deep]", "[]"},
		{"own members of $context", "", "#set($context.foo = 'bar')$context.foo $context.put('x', 1)$context.x $context.containsKey('x')", "bar 1 true"},
		{"stage variables", "", "$stageVariables.table $stageVariables['table'] ${stageVariables.get('table')} [$stageVariables.nope] $stageVariables.keySet() $stageVariables", "t-dev t-dev t-dev [] [empty, table] {empty=, table=t-dev}"},
		{"an override's object begins with its members", "", "$context.requestOverride.keySet() $context.responseOverride.keySet()", "[path, header, querystring] [header]"},
		{"the ways to write an override", "", `#set($n = 'a')#set($context.requestOverride.querystring[$n] = 'x')$context.requestOverride.querystring.put('b', 'y')#set($context["requestOverride"].querystring["c"] = 'z')$context.requestOverride.querystring.a$context.requestOverride.querystring.b$context.requestOverride.querystring.c`, "xyz"},
		{"hyphens belong to an override's name", "", "#set($context.requestOverride.header.X-Amz-Target = 'T')$context.requestOverride.header.X-Amz-Target", "T"},
		{"utilities take strings", "", "[$util.urlEncode(5)][$util.nope('x')][$util.base64Encode($nothing)]", "[][][]"},
		{"escapeJavaScript", "", `$util.escapeJavaScript("it's ""x"" \ é/")`, `it\'s \"x\" \\ é/`},
		{"escapeJavaScript of a number", `{"n":1.50}`, `$util.escapeJavaScript($input.path('$.n')) $util.escapeJavaScript($input.path('$'))`, `1.5 {n=1.5}`},
		{"parseJson", "", `#set($o = $util.parseJson('{"a":[1,{"b":"c"}]}'))$o.a[1].b $o $util.parseJson('"x"')`, `c {a=[1,{"b":"c"}]} x`},
		{"urlDecode", "", "$util.urlDecode('a+b%C3%A9%2f')", "a bé/"},
		{"base64Decode", "", "$util.base64Decode('aGk=') $util.base64Decode('aGk') $util.base64Encode('hi')", "hi hi aGk="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := render(t, sample(tt.body), tt.template)
			if err != nil || got != tt.want {
				t.Errorf("%s\n= %q, %v, want\n  %q", tt.template, got, err, tt.want)
			}
		})
	}
}

func TestTemplateErrors(t *testing.T) {
	tests := []struct {
		name, body, template string
		want                 string
		payload              bool
	}{
		{"a payload that is no JSON", "{bad", "$input.path('$.a')", "Could not process payload", true},
		{"a payload that is no JSON, as JSON", "[bad", "$input.json('$')", "Could not process payload", true},
		{"a path that is none", "{}", "$input.path('$.a.')", "JSONPath $.a.", false},
		{"a sum over nothing", "{}", "$input.path('$.sum()')", "no number to work on", false},
		{"parseJson of no JSON", "", "$util.parseJson('{')", "the JSON ends", false},
		{"urlDecode of half an escape", "", "$util.urlDecode('%4')", "Incomplete trailing escape", false},
		{"urlDecode of a wrong escape", "", "$util.urlDecode('%zz')", "Illegal hex characters", false},
		{"base64Decode of other letters", "", "$util.base64Decode('a*b=')", "Illegal base64 character 2a", false},
		{"base64Decode over lines", "", "$util.base64Decode(\"YQ\n==\")", "Illegal base64 character a", false},
		{"base64Decode with wrong padding", "", "$util.base64Decode('aGk==')", "wrong 4-byte ending", false},
		{"base64Decode of one letter", "", "$util.base64Decode('a')", "Last unit", false},
		{"an override that is assigned twice", "", "#set($context.responseOverride.status = 1)#set($context.responseOverride.status = 2)", "$context.responseOverride.status is assigned twice", false},
		{"an override that is put twice", "", "$context.requestOverride.header.put('a', 1)#set($context.requestOverride.header.a = 2)", "$context.requestOverride.header.a is assigned twice", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := render(t, sample(tt.body), tt.template)
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrPayload) != tt.payload {
				t.Errorf("%s = %q, %v, want an error with %q", tt.template, out, err, tt.want)
			}
			var placed *source.Error
			if !errors.As(err, &placed) || placed.Pos.Line != 1 {
				t.Errorf("the error has no place: %v", err)
			}
			if out != "" {
				t.Errorf("the output is %q", out)
			}
		})
	}
}

func TestOverridesReachTheGateway(t *testing.T) {
	s := sample("{}")
	if _, err := render(t, s, "$input.body $context.requestId"); err != nil || s.RequestOverride != nil || s.ResponseOverride != nil {
		t.Errorf("a template that names no override made %v, %v (%v)", s.RequestOverride, s.ResponseOverride, err)
	}
	if _, err := render(t, s, "#set($context.responseOverride.status = 444)#set($context.responseOverride.header.foo = 'bar')#set($context.responseOverride.custom = $input.path('$'))"); err != nil {
		t.Fatal(err)
	}
	if got, want := string(ordered.Append(nil, s.ResponseOverride)), `{"header":{"foo":"bar"},"status":444,"custom":{}}`; got != want {
		t.Errorf("ResponseOverride = %s, want %s", got, want)
	}
	// The response template may assign what the request template did (case
	// mock-response-override-from-request-template reads it there).
	got, err := render(t, s, "$context.responseOverride.status#set($context.responseOverride.status = 200)")
	if err != nil || got != "444" {
		t.Errorf("the response template says %q, %v", got, err)
	}
	if _, err := render(t, s, "#set($context.requestOverride = {'header': {'a': 'b'}})$context.requestOverride.header.remove('a')"); err != nil {
		t.Fatal(err)
	}
	if got, want := string(ordered.Append(nil, s.RequestOverride)), `{"header":{}}`; got != want {
		t.Errorf("RequestOverride = %s, want %s", got, want)
	}
}

func TestResetForgetsAll(t *testing.T) {
	s := sample(`{"a":1}`)
	if _, err := render(t, s, "#set($context.own = 1)#set($context.requestOverride.header.x = 1)$input.path('$.a')"); err != nil {
		t.Fatal(err)
	}
	s.Reset()
	got, err := render(t, s, "[$context.own][$context.requestId][$input.params('id')][$stageVariables.table]$input.body$context.requestOverride.header.size()")
	if err != nil || got != "[][][][]{}0" {
		t.Errorf("after Reset a template says %q, %v", got, err)
	}
}

func TestATemplateRendersAnew(t *testing.T) {
	// The same template on two bodies: nothing of the first may be seen by the second.
	tmpl, err := ParseTemplate(source.Plain("", "#set($r = $input.path('$'))$r.put('seen', true)$r.size()"), vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sample(`{"a":1}`)
	for range 2 {
		s.SetBody([]byte(`{"a":1}`))
		if out, err := tmpl.Render(nil, s, nil); err != nil || string(out) != "2" {
			t.Errorf("Render = %s, %v", out, err)
		}
	}
	if tmpl.VTL() == nil || len(tmpl.References()) == 0 {
		t.Error("the template does not say what it is")
	}
}

func TestPathsMadeByTemplatesAreForgottenInTime(t *testing.T) {
	s := sample(`{}`)
	if out, err := render(t, s, `#foreach($i in [1..999])#set($x = $input.path("$.a$i"))#end#foreach($i in [1..999])#set($x = $input.path("$.b$i"))#end`); err != nil || out != "" {
		t.Fatal(out, err)
	}
	madePaths.Lock()
	defer madePaths.Unlock()
	if len(madePaths.m) > maxPaths {
		t.Errorf("%d paths are remembered, want at most %d", len(madePaths.m), maxPaths)
	}
}

func FuzzExpression(f *testing.F) {
	for _, s := range []string{"'x'", "method.request.body.a[0]", "integration.response.multivalueheader.etag", "context.a.b", "stageVariables.x", "method.request.body[?(@.a)]"} {
		f.Add(s, `{"a":[1,"x"]}`)
	}
	f.Fuzz(func(t *testing.T, expression, body string) {
		if len(expression) > 200 {
			return
		}
		Interpolate(expression, map[string]string{"x": body})
		for _, side := range []Side{Request, Response, GatewayResponse} {
			e, err := ParseExpression(source.Plain("", expression), side)
			if err != nil {
				continue
			}
			if e.String() != expression {
				t.Fatalf("%q prints as %q", expression, e)
			}
			values, ok, err := e.Values(sample(body))
			if ok != (len(values) > 0) || err != nil && !errors.Is(err, ErrPayload) {
				t.Fatalf("%q of %q = %q, %v, %v", expression, body, values, ok, err)
			}
		}
	})
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{"$input.path('$.a').b", "$input.json(\"$.$x\")", "$util.parseJson($input.body).size()", "#set($context.requestOverride.header.x = $context)$context.requestOverride.header.x", "$util.base64Decode($input.body)$util.urlDecode($input.body)$util.escapeJavaScript($input.body)", "#foreach($e in $context.entrySet())$e.key$e.value.keySet()#end"} {
		f.Add(s, `{"a":{"b":[1,2.5]}}`)
	}
	f.Fuzz(func(t *testing.T, template, body string) {
		if len(template) > 300 || len(body) > 300 {
			return
		}
		tmpl, err := ParseTemplate(source.Plain("t", template), vtl.Options{Limits: vtl.Limits{Steps: 20000, Output: 1 << 16, Collection: 1 << 12}})
		if err != nil {
			return
		}
		_, _ = tmpl.Render(nil, sample(body), nil)
	})
}

func FuzzUtil(f *testing.F) {
	f.Add("a b&é%zz'\"\\\n")
	f.Add("aGk=")
	f.Fuzz(func(t *testing.T, s string) {
		decoded, err := urlDecode(string(urlEncode(nil, s)))
		if err != nil || decoded != javaText([]byte(s)) && decoded != s {
			t.Fatalf("urlEncode(%q) decodes to %q, %v", s, decoded, err)
		}
		_, _ = urlDecode(s)
		_, _ = base64Decode(s)
		escapeJavaScript(s)
	})
}

// lab is a template as people write them: a few parameters, a loop, an override.
const lab = `#set($root = $input.path('$'))
{
  "id": "$input.params('id')",
  "page": $input.params('page'),
  "table": "$stageVariables.table",
  "request": "$context.requestId",
  "from": "$context.identity.sourceIp",
  "items": [#foreach($i in $root.items){"name": "$util.escapeJavaScript($i.name)", "price": $i.price}#if($foreach.hasNext),#end#end]
}`

func BenchmarkRender(b *testing.B) {
	for name, text := range map[string]string{"status code only": `{"statusCode": 200}`, "params and context": `{"id": "$input.params('id')", "request": "$context.requestId", "table": "$stageVariables.table"}`, "loop": lab} {
		b.Run(name, func(b *testing.B) {
			tmpl, err := ParseTemplate(source.Plain("", text), vtl.Options{})
			if err != nil {
				b.Fatal(err)
			}
			s := sample("")
			body := []byte(`{"items":[{"name":"one","price":1.5},{"name":"it's","price":2}]}`)
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				s.SetBody(body)
				if dst, err = tmpl.Render(dst[:0], s, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkValues(b *testing.B) {
	s := sample(`{"a":{"b":["x"]}}`)
	for _, text := range []string{"method.request.header.Accept", "'static'", "context.identity.sourceIp", "method.request.body.a.b[0]"} {
		b.Run(text, func(b *testing.B) {
			e, err := ParseExpression(source.Plain("", text), Request)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, ok, err := e.Values(s); !ok || err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestWhatTemplatesMake(t *testing.T) {
	tests := []struct{ name, template, want string }{
		{"a list in an override prints as Java's", `#set($context.responseOverride.header.X = ['a', 'b'])$context.responseOverride.header.X`, "[a, b]"},
		{"a list escaped is Java's text of it", `$util.escapeJavaScript(["it's", 2])`, `[it\'s, 2]`},
		{"what was put into the payload is in its JSON", `#set($b = $input.path('$'))#set($b.new = [1, {'k': 'v'}])$input.json('$')`, `{"a":1,"new":[1,{"k":"v"}]}`},
		{"params() is one map", `#set($input.params().header.New = 'x')$input.params().header.New`, "x"},
		{"a Character is no String", `$util.urlEncode($input.params('id').charAt(0))`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tmpl, err := ParseTemplate(source.Plain("", tt.template), vtl.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Render(nil, sample(`{"a":1}`), nil)
			if err != nil || string(got) != tt.want {
				t.Errorf("%s\nrenders %q, %v, want %q", tt.template, got, err, tt.want)
			}
		})
	}
}

func TestOverridesAreLeftPlain(t *testing.T) {
	tmpl, err := ParseTemplate(source.Plain("", `#set($context.responseOverride.header.X = ['a', 'b'])`), vtl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := sample("")
	if _, err := tmpl.Render(nil, s, nil); err != nil {
		t.Fatal(err)
	}
	if got, want := string(ordered.Append(nil, s.ResponseOverride)), `{"header":{"X":["a","b"]}}`; got != want {
		t.Errorf("responseOverride is %s, want %s", got, want)
	}
}

func TestNoTemplateMakesEndlessText(t *testing.T) {
	for _, use := range []string{"$input.json('$')", "$util.escapeJavaScript($b)", "$util.escapeJavaScript($l)", "#set($context.responseOverride.header.X = $l)"} {
		text := `#set($b = $input.path('$'))#set($l = ['x'])#foreach($i in [1..60])#set($b.a = [$b.a, $b.a])#set($l = [$l, $l])#end` + use
		tmpl, err := ParseTemplate(source.Plain("", text), vtl.Options{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := tmpl.Render(nil, sample(`{"a":1}`), nil)
		if len(out) > 0 || err == nil && strings.HasPrefix(use, "$") {
			t.Errorf("%s rendered %d bytes, %v, want an error", use, len(out), err)
		}
	}
}

func TestParamsTakesAName(t *testing.T) {
	for _, text := range []string{"$input.params(7)", "$input.params('a', 'b')"} {
		tmpl, err := ParseTemplate(source.Plain("", text), vtl.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var failure *vtl.RuntimeError
		if _, err := tmpl.Render(nil, sample(""), nil); !errors.As(err, &failure) {
			t.Errorf("%s gives %v, want an error", text, err)
		}
	}
}

func TestBytesThatAreNoText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\xC3", "a\uFFFD"}, {"\x9E\xE9e", "\uFFFD\uFFFDe"}, {"\xE2\x82A", "\uFFFDA"}, {"\xF0\x9F\x98", "\uFFFD"},
		{"\xED\xA0\x80", "\uFFFD"}, {"\xE0\x80\x80", "\uFFFD\uFFFD\uFFFD"}, {"\xF5\x80", "\uFFFD\uFFFD"}, {"é\uFFFD", "é\uFFFD"},
	}
	for _, tt := range tests {
		if got := javaText([]byte(tt.in)); got != tt.want {
			t.Errorf("%q reads as %q, want %q", tt.in, got, tt.want)
		}
	}
}
