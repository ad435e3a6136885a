package fix

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// head and tail are what a document has around the operations of the tests.
const head = "openapi: 3.0.1\ninfo: {title: t, version: \"1\"}\n"

// mock is an operation with a mock that answers with the response parameters given.
func mock(parameters string) string {
	return "      responses: {\"200\": {description: ok, headers: {Access-Control-Allow-Origin: {}, Access-Control-Allow-Credentials: {}}}}\n" +
		"      x-amazon-apigateway-integration:\n        type: mock\n        requestTemplates: {application/json: '{\"statusCode\": 200}'}\n" +
		"        responses: {default: {statusCode: \"200\", responseParameters: {" + parameters + "}}}\n"
}

func allows(origin string) string {
	return mock("method.response.header.Access-Control-Allow-Origin: \"" + origin + "\"")
}

// TestMend holds what is put into a document for a finding, and why nothing is.
func TestMend(t *testing.T) {
	tests := []struct {
		name string
		text string
		rule string
		want []string // lines that come
		why  string   // that the finding stays
	}{
		{
			name: "the preflight allows what the resource's methods are",
			text: head + "paths:\n  /x:\n    get:\n" + allows("'*'") + "    put:\n" + allows("'*'"),
			rule: "cors-options-missing",
			want: []string{`method.response.header.Access-Control-Allow-Methods: "'GET,PUT,OPTIONS'"`, `method.response.header.Access-Control-Allow-Origin: "'*'"`, `type: mock`},
		},
		{
			name: "the preflight allows the origin that the methods allow, and credentials if they do",
			text: head + "paths:\n  /x:\n    get:\n" + mock(`method.response.header.Access-Control-Allow-Origin: "'https://a.example'", method.response.header.Access-Control-Allow-Credentials: "'true'"`),
			rule: "cors-options-missing",
			want: []string{`method.response.header.Access-Control-Allow-Origin: "'https://a.example'"`, `method.response.header.Access-Control-Allow-Credentials: "'true'"`},
		},
		{
			name: "an origin with a placeholder is handed on as it is written",
			text: head + "paths:\n  /x:\n    get:\n" + allows("'https://${AWS::Region}.example'"),
			rule: "cors-options-missing",
			want: []string{`method.response.header.Access-Control-Allow-Origin: "'https://${AWS::Region}.example'"`},
		},
		{
			name: "the preflight allows headers that the methods declare or their authorizer reads",
			text: head + "paths:\n  /x:\n    get:\n      parameters: [{name: X-Trace, in: header}, {name: Accept, in: header}]\n      security: [{custom: []}]\n" + allows("'*'") +
				"components: {securitySchemes: {custom: {type: apiKey, name: X-Token, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations'}}}}\n",
			rule: "cors-options-missing",
			want: []string{`method.response.header.Access-Control-Allow-Headers: "'Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,X-Token,X-Trace'"`},
		},
		{
			name: "the preflight is open where the document asks everybody for something",
			text: head + "security: [{key: []}]\npaths:\n  /x:\n    get:\n" + allows("'*'") + "components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}\n",
			rule: "cors-options-missing",
			want: []string{"security: []"},
		},
		{
			name: "the preflight is a text where all bodies are binary",
			text: head + "x-amazon-apigateway-binary-media-types: ['*/*']\npaths:\n  /x:\n    get:\n" + allows("'*'"),
			rule: "cors-options-missing",
			want: []string{"contentHandling: CONVERT_TO_TEXT"},
		},
		{
			name: "methods that allow different origins are for a person",
			text: head + "paths:\n  /x:\n    get:\n" + allows("'*'") + "    put:\n" + allows("'https://a.example'"),
			rule: "cors-options-missing",
			why:  "the methods of /x allow different origins",
		},
		{
			name: "an origin behind an alias is for a person",
			text: head + "x-origin: &o \"'*'\"\npaths:\n  /x:\n    get:\n" + mock("method.response.header.Access-Control-Allow-Origin: *o"),
			rule: "cors-options-missing",
			why:  "the origin that GET /x allows comes by an alias or a function",
		},
		{
			name: "a resource behind a reference is left alone",
			text: head + "paths:\n  /x: {$ref: '#/x-items'}\nx-items:\n    get:\n" + allows("'*'"),
			rule: "cors-options-missing",
			why:  notUnderPaths,
		},
		{
			name: "a response behind a reference is left alone",
			text: head + "paths:\n  /x:\n    get:\n      responses: {\"200\": {$ref: '#/components/responses/ok'}}\n" + "      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{\"statusCode\": 200}'}, responses: {default: {statusCode: \"200\", responseParameters: {method.response.header.X: \"'1'\"}}}}\ncomponents: {responses: {ok: {description: ok}}}\n",
			rule: "response-mapping-undeclared-header",
			why:  `"200" is a $ref to #/components/responses/ok, which others may use`,
		},
		{
			name: "a parameter declared for the path is declared for all its methods",
			text: head + "paths:\n  /x/{id}/y:\n    parameters:\n    - {name: other, in: query, schema: {type: string}}\n    get:\n" + mock(""),
			rule: "path-parameter-undeclared",
			want: []string{"- {name: id, in: path, required: true, schema: {type: string}}"},
		},
		{
			name: "a greedy variable is declared without its plus",
			text: head + "paths:\n  /x/{rest+}:\n    get:\n" + mock(""),
			rule: "path-parameter-undeclared",
			want: []string{"- {name: rest, in: path, required: true, schema: {type: string}}"},
		},
		{
			name: "a variable that the path hasn't can't be declared",
			text: head + "paths:\n  /x:\n    get:\n      responses: {\"200\": {description: ok}}\n      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'https://x.example', requestParameters: {integration.request.header.A: method.request.path.id}, responses: {default: {statusCode: \"200\"}}}\n",
			rule: "request-mapping-source-undeclared",
			why:  `the path /x has no variable "id"`,
		},
		{
			name: "a cache key is declared",
			text: head + "paths:\n  /x:\n    get:\n      responses: {\"200\": {description: ok}}\n      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'https://x.example', cacheKeyParameters: [method.request.querystring.page], responses: {default: {statusCode: \"200\"}}}\n",
			rule: "cache-key-undeclared",
			want: []string{"- {name: page, in: query, schema: {type: string}}"},
		},
		{
			name: "a name that is declared elsewhere is for a person",
			text: head + "paths:\n  /x:\n    get:\n      parameters: [{name: page, in: header}]\n      responses: {\"200\": {description: ok}}\n      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: 'https://x.example', cacheKeyParameters: [method.request.querystring.page], responses: {default: {statusCode: \"200\"}}}\n",
			rule: "cache-key-undeclared",
			why:  "a parameter page is declared as method.request.header.page: one of the two is meant otherwise",
		},
		{
			name: "a mock says the status of its default response",
			text: head + "paths:\n  /x:\n    get:\n      responses: {\"202\": {description: ok}}\n      x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: \"202\"}}}\n",
			rule: "mock-no-status-template",
			want: []string{`requestTemplates: {application/json: '{"statusCode": 202}'}`},
		},
		{
			name: "a document inside a template is left alone",
			text: "Resources:\n  Api:\n    Type: AWS::Serverless::Api\n    Properties:\n      DefinitionBody:\n        openapi: 3.0.1\n        info: {title: t, version: \"1\"}\n        paths: {/x: {get: {responses: {}, x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: \"202\"}}}}}}\n",
			rule: "mock-no-status-template",
			why:  "the document stands inside a template",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := checkAs("x.yaml")
			only := func(f openapi.Finding) bool { return f.Rule == tt.rule }
			r := Mend([]byte(tt.text), check, only)
			if tt.why != "" {
				if len(r.Kept) == 0 || r.Kept[0].Why != tt.why || len(r.Edits) > 0 {
					t.Fatalf("kept %+v, edits %v, want %q", r.Kept, r.Edits, tt.why)
				}
				return
			}
			if len(r.Mended) == 0 || len(r.Kept) > 0 {
				t.Fatalf("mended %v, kept %+v of\n%s", r.Mended, r.Kept, messages(r.After))
			}
			for _, f := range r.After {
				if strings.Contains(f.Pointer, "/options") {
					t.Errorf("the OPTIONS mock has a finding: %s: %s", f.Rule, f.Message)
				}
			}
			added := r.Text
			for line := range strings.Lines(tt.text) {
				added = strings.Replace(added, strings.TrimRight(line, "\n"), "", 1)
			}
			for _, want := range tt.want {
				if !strings.Contains(added, want) {
					t.Errorf("%s is not among what came:\n%s", want, r.Text)
				}
			}
		})
	}
}

// A mend that doesn't help, or does harm, is dropped; the others hold.
func TestMendDropsWhatDoesNotHold(t *testing.T) {
	text := head + "paths:\n"
	for i := range 5 {
		text += fmt.Sprintf("  /x%d/{id}/y:\n    get:\n", i) + mock("")
	}
	says := func(f openapi.Finding, resource string) bool { return strings.Contains(f.Message, "GET "+resource+"/") }
	tests := []struct {
		name  string
		check func(before, after Checked) []openapi.Finding
		why   string
	}{
		{
			name: "it doesn't help",
			check: func(before, after Checked) []openapi.Finding {
				for _, f := range before.Findings {
					if says(f, "/x2") {
						after.Findings = append(after.Findings, f)
					}
				}
				return after.Findings
			},
			why: "what would be added doesn't mend it",
		},
		{
			name: "it does harm",
			check: func(_, after Checked) []openapi.Finding {
				if m := after.API.MethodAt("/x2/{id}/y", "GET"); m != nil && declares(m, pathParameter+"id") {
					after.Findings = append(after.Findings, openapi.Finding{Rule: "x", Severity: openapi.Error, Message: "worse"})
				}
				return after.Findings
			},
			why: "mending it would bring another finding: worse",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			check := checkAs("x.yaml")
			before := check([]byte(text))
			only := func(f openapi.Finding) bool { return f.Rule == "path-parameter-undeclared" }
			tries := 0
			r := Mend([]byte(text), func(text []byte) Checked {
				tries++
				after := check(text)
				if tries > 1 {
					after.Findings = tt.check(before, after)
				}
				return after
			}, only)
			if len(r.Mended) != 4 || slices.ContainsFunc(r.Mended, func(f openapi.Finding) bool { return says(f, "/x2") }) {
				t.Errorf("mended %s", messages(r.Mended))
			}
			if len(r.Kept) != 1 || r.Kept[0].Why != tt.why || !says(r.Kept[0].Finding, "/x2") {
				t.Errorf("kept %+v", r.Kept)
			}
			if n := strings.Count(r.Text, "in: path"); n != 4 {
				t.Errorf("%d parameters came", n)
			}
			if tries > 12 {
				t.Errorf("%d tries", tries)
			}
		})
	}
}

// What can't be read has nothing that could be mended.
func TestMendOfWhatCannotBeRead(t *testing.T) {
	r := Mend([]byte("a: ["), checkAs("x.yaml"), all)
	if len(r.Edits) > 0 || r.Text != "a: [" || len(r.After) != 1 {
		t.Errorf("got %+v", r)
	}
}
