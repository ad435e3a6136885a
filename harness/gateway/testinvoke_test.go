package gateway_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
)

const invokeDocument = `
paths:
  /pets/{petId}:
    get: {parameters: [{name: petId, in: path, required: true, schema: {type: string}}], responses: {"200": {description: d}}, x-amazon-apigateway-auth: {type: AWS_IAM},
      x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'},
        responses: {default: {statusCode: "200", responseTemplates: {application/json: '{"id": "$input.params("petId")", "stage": "$context.stage", "v": "$stageVariables.name"}'}}}}}
  /back:
    post: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http, httpMethod: POST, uri: "http://back.example/in",
      requestParameters: {integration.request.header.Authorization: "'secret-token-123456'"}, responses: {default: {statusCode: "200"}}}}
  /bad:
    get: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://${stageVariables.none}/", responses: {default: {statusCode: "200"}}}}`

func TestTestInvoke(t *testing.T) {
	b := newBed(t, invokeDocument, backend("http://back.example", integration.Backend{Answer: &integration.Answer{Status: 200, Body: []byte(`{"a":1}`), Header: []result.Header{{Name: "X-B", Value: "c"}}}}))
	stamp := regexp.MustCompile(`(?m)^[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC \d{4} : `)
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	trace := regexp.MustCompile(`Root=1-[0-9a-f-]+`)
	tests := []struct {
		name   string
		invoke gateway.TestInvoke
		status int
		body   string
		log    []string // without time stamps, ids as ID; "..." stands for anything
	}{
		{
			name:   "a mock, past its authorization",
			invoke: gateway.TestInvoke{Method: "GET", Path: "/pets/123?foo=bar", Header: []result.Header{{Name: "content-type", Value: "application/json"}}},
			status: 200, body: `{"id": "123", "stage": "test-invoke-stage", "v": "dev"}`,
			log: []string{
				"Execution log for request ID",
				"Starting execution for request: ID",
				"HTTP Method: GET, Resource Path: /pets/123",
				"Method request path: {petId=123}",
				"Method request query string: {foo=bar}",
				"Method request headers: {content-type=application/json}",
				"Method request body before transformations: ",
				`Method response body after transformations: {"id": "123", "stage": "test-invoke-stage", "v": "dev"}`,
				"Method response headers: {Content-Type=application/json}",
				"Successfully completed execution",
				"Method completed with status: 200",
			},
		},
		{
			name:   "without a path the resource's own is used",
			invoke: gateway.TestInvoke{Method: "GET", Resource: "/pets/{petId}", StageVariables: map[string]string{"name": "mine"}},
			status: 200, body: `{"id": "{petId}", "stage": "test-invoke-stage", "v": "mine"}`,
		},
		{
			name:   "a path that does not fit leaves its parameters out",
			invoke: gateway.TestInvoke{Method: "GET", Resource: "/pets/{petId}", Path: "/other"},
			status: 200, body: `{"id": "", "stage": "test-invoke-stage", "v": "dev"}`,
		},
		{
			name:   "a backend",
			invoke: gateway.TestInvoke{Method: "POST", Path: "/back", Body: []byte("hi")},
			status: 200, body: `{"a":1}`,
			log: []string{
				"Execution log for request ID",
				"Starting execution for request: ID",
				"HTTP Method: POST, Resource Path: /back",
				"Method request path: {}",
				"Method request query string: {}",
				"Method request headers: {}",
				"Method request body before transformations: hi",
				"Endpoint request URI: http://back.example/in",
				"Endpoint request headers: {...*123456...}",
				"Endpoint request body after transformations: hi",
				"Sending request to http://back.example/in",
				"Received response. Status: 200, Integration latency: 0 ms",
				"Endpoint response headers: {...X-B=c...}",
				`Endpoint response body before transformations: {"a":1}`,
				`Method response body after transformations: {"a":1}`,
				"Method response headers: {X-Amzn-Trace-Id=ROOT, Content-Type=application/json}",
				"Successfully completed execution",
				"Method completed with status: 200",
			},
		},
		{
			name:   "an address that is none",
			invoke: gateway.TestInvoke{Method: "GET", Path: "/bad"},
			status: 500, body: `{"message": "Internal server error"}`,
			log: []string{
				"Execution log for request ID",
				"Starting execution for request: ID",
				"HTTP Method: GET, Resource Path: /bad",
				"Method request path: {}",
				"Method request query string: {}",
				"Method request headers: {}",
				"Method request body before transformations: ",
				"Execution failed due to configuration error: Invalid endpoint address",
				"Method completed with status: 500",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.TestInvoke(t.Context(), tt.invoke)
			if r.Err != nil || r.Status != tt.status || string(r.Body) != tt.body {
				t.Fatalf("%d %s (%v), want %d %s", r.Status, r.Body, r.Err, tt.status, tt.body)
			}
			for _, h := range r.Header {
				if h.Name == "Content-Length" || h.Name == "x-amzn-RequestId" {
					t.Errorf("header %s is among those of a test", h.Name)
				}
			}
			if tt.log == nil {
				return
			}
			log := trace.ReplaceAllString(uuid.ReplaceAllString(stamp.ReplaceAllString(r.Log, ""), "ID"), "ROOT")
			lines := strings.Split(strings.TrimSuffix(log, "\n"), "\n")
			if len(lines) != len(tt.log) {
				t.Fatalf("log\n%s\nwant\n%s", log, strings.Join(tt.log, "\n"))
			}
			for i := range lines {
				pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(tt.log[i]), `\.\.\.`, ".*") + "$"
				if !regexp.MustCompile(pattern).MatchString(lines[i]) {
					t.Errorf("line %q, want %q", lines[i], tt.log[i])
				}
			}
			if strings.Contains(r.Log, "secret") {
				t.Errorf("the log has a secret: %s", r.Log)
			}
			if n := len(stamp.FindAllString(r.Log, -1)); n != len(lines)-1 {
				t.Errorf("%d lines have a time, want all but the first of %d", n, len(lines))
			}
		})
	}
	for _, tt := range []struct {
		invoke gateway.TestInvoke
		want   string
	}{
		{gateway.TestInvoke{Method: "PUT", Path: "/pets/1"}, "Invalid Method identifier specified"},
		{gateway.TestInvoke{Method: "GET", Path: "/nowhere"}, "Invalid Resource identifier specified"},
		{gateway.TestInvoke{Method: "GET", Path: "/pets/1", Resource: "/nowhere"}, "Invalid Resource identifier specified"},
		{gateway.TestInvoke{Method: "BREW", Path: "/pets/1"}, "Invalid Method identifier specified"},
		{gateway.TestInvoke{Method: "GET", Path: "/pets/1", Stage: "none"}, `there is no stage "none"`},
	} {
		if r := b.TestInvoke(t.Context(), tt.invoke); r.Err == nil || !strings.HasPrefix(r.Err.Error(), tt.want) {
			t.Errorf("%v: error %v, want %s", tt.invoke, r.Err, tt.want)
		}
	}
}

func TestExecutionLogOfAStage(t *testing.T) {
	b := newBed(t, invokeDocument, withConfig(func(c *gateway.Config) { c.ExecutionLog = true }),
		backend("http://back.example", integration.Backend{Echo: true}))
	r := b.send("POST /dev/back\nx-api-key: 0123456789\n\nhi")
	log := strings.Join(r.Exchange.Log, "\n")
	for _, want := range []string{
		"(" + r.Exchange.ID + ") Extended Request Id: ",
		"API Key  authorized because method 'POST /back' does not require API Key. Request will not contribute to throttle or quota limits",
		"Usage Plan check succeeded for API Key  and API Stage abcdefghij/dev",
		"Method request headers: {x-api-key=****456789, Host=abcdefghij.execute-api.us-east-1.amazonaws.com}",
		"Method completed with status: 200",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %q:\n%s", want, log)
		}
	}
}
