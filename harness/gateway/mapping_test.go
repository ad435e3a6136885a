package gateway_test

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// http is an operation on a backend; extra stands in the integration, answers in
// its responses.
func httpOperation(extra, answers string) string {
	return `{parameters: [{name: x, in: path, required: true, schema: {type: string}}, {name: H, in: header, schema: {type: string}}, {name: h, in: header, schema: {type: string}},
      {name: None, in: header, schema: {type: string}}, {name: q, in: query, schema: {type: string}}],
      responses: {"200": {description: d, headers: {X-A: {schema: {type: string}}, X-B: {schema: {type: string}}, Content-Type: {schema: {type: string}}}}, "404": {description: d}},
      x-amazon-apigateway-integration: {type: http, httpMethod: POST, uri: "http://back.example/in", ` + extra + ` responses: {` + answers + `}}}`
}

func answer(status int, body string, header ...result.Header) bedOption {
	return backend("http://back.example", integration.Backend{Answer: &integration.Answer{Status: status, Body: []byte(body), Header: header}})
}

func TestResponseMappings(t *testing.T) {
	const ok = `default: {statusCode: "200", `
	tests := []struct {
		name    string
		answers string
		backend bedOption
		status  int
		body    string
		headers map[string]string // "" is absent
		reason  string
	}{
		{"only mapped headers go out", ok + `responseParameters: {method.response.header.X-A: integration.response.header.X-Back}}`,
			answer(200, "{}", result.Header{Name: "X-Back", Value: "1"}, result.Header{Name: "X-Back", Value: "2"}, result.Header{Name: "X-Other", Value: "3"}),
			200, "{}", map[string]string{"X-A": "2", "X-Back": "", "X-Other": "", "Content-Type": "application/json"}, ""},
		{"all values of a header", ok + `responseParameters: {method.response.header.X-A: integration.response.multivalueheader.X-Back}}`,
			answer(200, "{}", result.Header{Name: "X-Back", Value: "1"}, result.Header{Name: "X-Back", Value: "2"}), 200, "{}", map[string]string{"X-A": "1,2"}, ""},
		{"a part of the body", ok + `responseParameters: {method.response.header.X-A: "integration.response.body.a[1].b", method.response.header.X-B: integration.response.body.none}}`,
			answer(200, `{"a":[0,{"b":"c"}]}`), 200, `{"a":[0,{"b":"c"}]}`, map[string]string{"X-A": "c", "X-B": ""}, ""},
		{"the whole of an empty body", ok + `responseParameters: {method.response.header.X-A: integration.response.body}}`,
			answer(200, ""), 200, "", map[string]string{"X-A": "{}"}, ""},
		{"a body that begins as JSON and is none", ok + `responseParameters: {method.response.header.X-A: integration.response.body.a}}`,
			answer(200, `{"a":`), 500, `{"message": "Internal server error"}`, nil, "response-mapping-not-json"},
		{"a mapped Content-Type wins over the template's", ok + `responseParameters: {method.response.header.Content-Type: "'text/x'"}, responseTemplates: {application/xml: "<a/>"}}`,
			answer(200, ""), 200, "<a/>", map[string]string{"Content-Type": "text/x"}, ""},
		{"the template's type is the answer's", ok + `responseTemplates: {application/xml: "<a/>"}}`,
			answer(200, ""), 200, "<a/>", map[string]string{"Content-Type": "application/xml"}, ""},
		{"a pattern must fit the whole status", `"40": {statusCode: "404"}, ` + ok + `}`, answer(404, ""), 200, "", nil, ""},
		{"a pattern that fits", `'4\d{2}': {statusCode: "404"}, ` + ok + `}`, answer(404, ""), 404, "", nil, ""},
		{"nothing fits", `'4\d{2}': {statusCode: "404"}`, answer(200, ""), 500, `{"message": "Internal server error"}`, nil, "no-integration-response-fits"},
		{"a status the method does not declare", `default: {statusCode: "201"}`, answer(200, ""), 500, `{"message": "Internal server error"}`, nil, "method-response-not-declared"},
		{"a template that fails", ok + `responseTemplates: {application/json: "#set($a = [1..2])$a.get(9)"}}`, answer(200, ""), 500, `{"message": "Internal server error"}`, nil, "response-template-fails"},
		{"a status override as text", ok + `responseTemplates: {application/json: '#set($context.responseOverride.status = "404")x'}}`, answer(200, ""), 404, "x", nil, ""},
		{"a status override that is none", ok + `responseTemplates: {application/json: '#set($context.responseOverride.status = "many")x'}}`, answer(200, ""), 200, "x", nil, ""},
		{"a header override wins over the mapping", ok + `responseParameters: {method.response.header.X-A: "'map'"}, responseTemplates: {application/json: '#set($context.responseOverride.header.x-a = "over")x'}}`,
			answer(200, ""), 200, "x", map[string]string{"X-A": "over"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t, `paths: {"/a/{x}": {post: `+httpOperation("", tt.answers)+`}}`, tt.backend)
			r := b.send("POST /dev/a/1\n\n{}")
			if r.Status != tt.status || string(r.Body) != tt.body || reason(r) != tt.reason {
				t.Errorf("%d %s because of %q, want %d %s because of %q", r.Status, r.Body, reason(r), tt.status, tt.body, tt.reason)
			}
			for name, want := range tt.headers {
				if got := header(r, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestRequestMappings(t *testing.T) {
	tests := []struct {
		name    string
		extra   string
		request string
		uri     string // path and query
		headers map[string]string
		body    string
	}{
		{"the last of several values", `requestParameters: {integration.request.header.h: method.request.header.H, integration.request.querystring.q: method.request.querystring.q},`,
			"POST /dev/a/1?q=1&q=2\nH: 3\nH: 4", "/in?q=2", map[string]string{"h": "4"}, ""},
		{"all values", `requestParameters: {integration.request.header.h: method.request.multivalueheader.H, integration.request.querystring.q: method.request.multivaluequerystring.q},`,
			"POST /dev/a/1?q=1&q=2\nH: 3\nH: 4", "/in?q=1&q=2", map[string]string{"h": "3,4"}, ""},
		{"a source that is not there is left out", `requestParameters: {integration.request.header.h: method.request.header.None, integration.request.querystring.q: stageVariables.none},`,
			"POST /dev/a/1", "/in", map[string]string{"h": ""}, ""},
		{"context, path and static text", `requestParameters: {integration.request.header.h: context.httpMethod, integration.request.header.i: method.request.path.x, integration.request.header.j: "'static'", integration.request.header.k: context.identity.sourceIp},`,
			"POST /dev/a/b%20c", "/in", map[string]string{"h": "POST", "i": "b c", "j": "static", "k": "192.0.2.7"}, ""},
		{"query values are escaped", `requestParameters: {integration.request.querystring.q: method.request.querystring.q},`,
			"POST /dev/a/1?q=a%26b%3Dc+d%25", "/in?q=a%26b%3Dc%20d%25", nil, ""},
		{"names are case-sensitive", `requestParameters: {integration.request.header.h: method.request.header.h},`, "POST /dev/a/1\nH: 3", "/in", map[string]string{"h": ""}, ""},
		{"a template, and what it overrides", `requestParameters: {integration.request.header.h: "'map'", integration.request.querystring.q: "'map'"}, requestTemplates: {application/json: '#set($context.requestOverride.header.H = "over")#set($context.requestOverride.querystring.q = "over")#set($context.requestOverride.header.list = ["1", "2"])$input.body'},`,
			"POST /dev/a/1\nContent-Type: application/json; charset=utf-8\n\n{\"a\":1}", "/in?q=over", map[string]string{"h": "over", "list": "1"}, `{"a":1}`},
		{"the $default template", `requestTemplates: {$default: 'default'},`, "POST /dev/a/1\nContent-Type: a/b\n\nx", "/in", nil, "default"},
		{"no template fits: the body passes", `requestTemplates: {application/json: 'no'},`, "POST /dev/a/1\nContent-Type: a/b\n\nx", "/in", map[string]string{"Content-Type": "a/b"}, "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t, `paths: {"/a/{x}": {post: `+httpOperation(tt.extra, `default: {statusCode: "200"}`)+`}}`, answer(200, ""))
			r := b.send(tt.request)
			calls := b.network.Received("http://back.example")
			if r.Status != 200 || len(calls) != 1 {
				t.Fatalf("%d %s, %d calls", r.Status, r.Body, len(calls))
			}
			got := calls[0]
			uri := got.Path
			if got.Query != "" {
				uri += "?" + got.Query
			}
			if uri != tt.uri || string(got.Body) != tt.body {
				t.Errorf("the backend got %s %q, want %s %q", uri, got.Body, tt.uri, tt.body)
			}
			for name, want := range tt.headers {
				if v, _ := (result.Message{Header: got.Header}).Get(name); v != want {
					t.Errorf("header %s is %q, want %q", name, v, want)
				}
			}
		})
	}
	for extra, want := range map[string]string{
		`requestParameters: {integration.request.header.h: method.request.body.a},`:                            "body-mapping-not-json",
		`requestTemplates: {application/json: "$input.path('$.a')"},`:                                          "payload-unreadable",
		`requestTemplates: {application/json: "#set($a = [1..2])$a.get(9)"},`:                                  "request-template-fails",
		`requestParameters: {integration.request.header.Transfer-Encoding: "'x'"},`:                            "header-mapping-illegal",
		`requestTemplates: {application/json: '#set($context.requestOverride.header.Content-Length = "1")x'},`: "header-mapping-illegal",
		`passthroughBehavior: never,`: "no-template-for-content-type",
		`requestTemplates: {application/json: '#set($context.requestOverride.header.a = 1)#set($context.requestOverride.header.a = 2)x'},`: "request-template-fails",
	} {
		b := newBed(t, `paths: {"/a/{x}": {post: `+httpOperation(extra, `default: {statusCode: "200"}`)+`}}`, answer(200, ""))
		if r := b.send("POST /dev/a/1\n\n{\"a\":"); reason(r) != want {
			t.Errorf("%s: refused because of %q, want %q", extra, reason(r), want)
		}
	}
}

func TestContextNames(t *testing.T) {
	document := func(security string) string {
		return `
components: {securitySchemes: {auth: {type: apiKey, name: A, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "` + function("auth") + `"}}}}
paths: {/a: {get: ` + mock(`#foreach($k in $context.keySet())$k #end`, security) + `}}`
	}
	const before, after = "resourceId ", "resourcePath httpMethod extendedRequestId requestTime path accountId protocol requestOverride stage domainPrefix requestTimeEpoch requestId identity domainName deploymentId responseOverride apiId "
	if r := newBed(t, document("")).send("GET /dev/a"); string(r.Body) != before+after {
		t.Errorf("names %s, want %s", r.Body, before+after)
	}
	b := newBed(t, document("security: [{auth: []}],"), static("auth", `{"principalId":"p","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}}`))
	if r := b.send("GET /dev/a\nA: t"); string(r.Body) != before+"authorizer "+after {
		t.Errorf("names %s, want authorizer among them", r.Body)
	}
}

func TestProxyEvent(t *testing.T) {
	b := newBed(t, `
x-amazon-apigateway-binary-media-types: [image/png]
paths: {"/{proxy+}": {x-amazon-apigateway-any-method: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "`+function("f")+`"}}}}`,
		static("f", `{"statusCode": 201, "headers": {"X-Y": "z", "Date": "never"}, "body": "b"}`))
	event := func(request string) *ordered.Object {
		t.Helper()
		r := b.send(request)
		if r.Status != 201 || string(r.Body) != "b" || header(r, "x-y") != "z" || header(r, "x-amzn-remapped-date") != "never" {
			t.Fatalf("%d %s %v", r.Status, r.Body, r.Header)
		}
		calls := b.functions.Calls("f")
		v, err := ordered.Parse(calls[len(calls)-1].Payload)
		if err != nil {
			t.Fatal(err)
		}
		return v.(*ordered.Object)
	}
	expect := func(o *ordered.Object, path, want string) {
		t.Helper()
		var v any = o
		for name := range strings.SplitSeq(path, "/") {
			v, _ = v.(*ordered.Object).Get(name)
		}
		if got := string(ordered.Append(nil, v)); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	e := event("POST /dev//x%2By//z/?a=1&a=2&b=+\nauthorization: t\n\nhi")
	expect(e, "resource", `"/{proxy+}"`)
	expect(e, "path", `"/x%2By//z/"`)
	expect(e, "pathParameters", `{"proxy":"x%2By//z"}`)
	expect(e, "requestContext/path", `"/dev//x%2By//z/"`)
	expect(e, "requestContext/stage", `"dev"`)
	expect(e, "requestContext/identity/sourceIp", `"192.0.2.7"`)
	expect(e, "multiValueQueryStringParameters", `{"a":["1","2"],"b":[" "]}`)
	expect(e, "queryStringParameters", `{"a":"2","b":" "}`)
	expect(e, "stageVariables", `{"name":"dev"}`)
	expect(e, "headers/Authorization", `"t"`)
	expect(e, "body", `"hi"`)
	expect(e, "isBase64Encoded", `false`)
	e = event("GET /dev/x")
	expect(e, "queryStringParameters", `null`)
	expect(e, "body", `null`)
	e = event("PUT /dev/x\nContent-Type: image/png\n\n\xff\xfe")
	expect(e, "body", `"//4="`)
	expect(e, "isBase64Encoded", `true`)
	e = event("PUT /dev/x\nContent-Type: text/plain\n\n\xff")
	expect(e, "body", "\"\uFFFD\"")
}

func TestResourcePolicies(t *testing.T) {
	document := func(effect, resource, security string) string {
		return `
x-amazon-apigateway-policy: {Version: '2012-10-17', Statement: [{Effect: ` + effect + `, Principal: '*', Action: execute-api:Invoke, Resource: '` + resource + `'}]}
components: {securitySchemes: {auth: {type: apiKey, name: A, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "` + function("auth") + `"}}}}
paths: {/a: {get: ` + mock(`in`, security) + `}}`
	}
	authorizer := func(effect, resource string) bedOption {
		return static("auth", `{"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"`+effect+`","Resource":"`+resource+`"}]}}`)
	}
	const custom = "security: [{auth: []}],"
	tests := []struct {
		name     string
		document string
		function bedOption
		status   int
		reason   string
		calls    int
	}{
		{"allow", document("Allow", "execute-api:/dev/GET/a", ""), nil, 200, "", 0},
		{"silent", document("Allow", "execute-api:/prod/*", ""), nil, 403, "resource-policy-silent", 0},
		{"deny", document("Deny", "execute-api:/dev/*", ""), nil, 403, "resource-policy-denies", 0},
		{"deny comes before the authorizer", document("Deny", "execute-api:/dev/*", custom), authorizer("Allow", "*"), 403, "resource-policy-denies", 0},
		{"silent, and the authorizer allows", document("Allow", "execute-api:/prod/*", custom), authorizer("Allow", "*"), 200, "", 1},
		{"allow, and the authorizer is silent", document("Allow", "execute-api:/*", custom), authorizer("Allow", "arn:aws:execute-api:x"), 200, "", 1},
		{"silent both", document("Allow", "execute-api:/prod/*", custom), authorizer("Allow", "arn:aws:execute-api:x"), 403, "authorizer-silent", 1},
		{"allow, and the authorizer denies", document("Allow", "execute-api:/*", custom), authorizer("Deny", "*"), 403, "authorizer-denies", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var options []bedOption
			if tt.function != nil {
				options = append(options, tt.function)
			}
			b := newBed(t, tt.document, options...)
			r := b.send("GET /dev/a\nA: t")
			if r.Status != tt.status || reason(r) != tt.reason {
				t.Errorf("%d %s because of %q, want %d because of %q", r.Status, r.Body, reason(r), tt.status, tt.reason)
			}
			if tt.function != nil && len(b.functions.Calls("auth")) != tt.calls {
				t.Errorf("the authorizer was called %d times, want %d", len(b.functions.Calls("auth")), tt.calls)
			}
		})
	}
}

func TestKeyFromAuthorizer(t *testing.T) {
	const value = "abcdefghij0123456789"
	b := newBed(t, `
x-amazon-apigateway-api-key-source: AUTHORIZER
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}, auth: {type: apiKey, name: A, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "`+function("auth")+`"}}}}
paths:
  /a: {get: `+mock(`$context.identity.apiKeyId`, "security: [{auth: [], key: []}],")+`}
  /b: {get: `+mock(`b`, "security: [{key: []}],")+`}`,
		static("auth", `{"usageIdentifierKey":"`+value+`","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"*","Effect":"Allow","Resource":"*"}]}}`),
		withSettings(func(s *gateway.Settings) {
			s.Plans, _ = traffic.Compile([]traffic.APIKey{{Name: "k", ID: "kid", Value: value}},
				[]traffic.UsagePlan{{Name: "p", Keys: []string{"k"}, APIStages: []traffic.APIStage{{API: testAPI, Stage: "dev"}}}})
		}))
	if r := b.send("GET /dev/a\nA: t"); string(r.Body) != "kid" {
		t.Errorf("%d %s, want the key the authorizer names", r.Status, r.Body)
	}
	if r := b.send("GET /dev/b\nx-api-key: " + value); reason(r) != "api-key-missing" {
		t.Errorf("%d because of %q: the header is not looked at", r.Status, reason(r))
	}
}

func TestMockChoosesItsResponse(t *testing.T) {
	b := newBed(t, `
paths:
  /{s}:
    get:
      responses: {"200": {description: d}, "400": {description: d}, "404": {description: d}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": $input.params("s")}'}
        responses:
          '4\d\d': {statusCode: "400"}
          '40.': {statusCode: "404"}
          default: {statusCode: "200"}`)
	for target, want := range map[string]int{"/dev/404": 404, "/dev/400": 400, "/dev/405": 400, "/dev/200": 200, "/dev/500": 200, "/dev/-1": 200, "/dev/x": 500} {
		if r := b.send("GET " + target); r.Status != want {
			t.Errorf("%s: %d, want %d", target, r.Status, want)
		}
	}
}
