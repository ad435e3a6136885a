package integration

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi"
)

// functions answers every invocation, and remembers the last.
type functions struct {
	last   lambda.Invocation
	result lambda.Result
	err    error
}

func (f *functions) Invoke(_ context.Context, in lambda.Invocation) (*lambda.Result, error) {
	f.last = in
	if f.err != nil {
		return nil, f.err
	}
	r := f.result
	return &r, nil
}

const functionARN = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:"

func invoke(t *testing.T, fs Functions, typ openapi.IntegrationType, change func(*Request)) (*Response, *Failure) {
	t.Helper()
	req := &Request{
		Integration: &openapi.Integration{Type: typ}, HTTPMethod: "POST", URI: functionARN + "f:prod/invocations",
		Timeout: 29 * time.Second, TraceID: "Root=1-2-3", SourceARN: "arn:aws:execute-api:us-east-1:123456789012:abc/dev/GET/x",
	}
	if change != nil {
		change(req)
	}
	n, _ := network(t, NetworkConfig{})
	return doWith(t.Context(), t, New(Config{Functions: fs, Network: n}), req)
}

func TestLambda(t *testing.T) {
	fs := &functions{result: lambda.Result{Payload: []byte(`"Pass"`), Version: "3", RequestID: "r1", Log: "START"}}
	r, f := invoke(t, fs, openapi.AWS, nil)
	if f != nil {
		t.Fatal(f.Event)
	}
	if r.Status != 200 || string(r.Body) != `"Pass"` || r.IsError || r.Error != "" || r.Function != "f:3" || r.Call == nil || r.Call.Log != "START" || r.Call.Function != "f:3" || value(r.Header, "x-amz-executed-version") != "3" {
		t.Errorf("Do = %+v", r)
	}
	if in := fs.last; in.Function != "f" || in.Qualifier != "prod" || string(in.Payload) != "{}" || in.Async || in.Timeout != 29*time.Second || in.TraceID != "Root=1-2-3" || !strings.HasSuffix(in.SourceARN, "/dev/GET/x") {
		t.Errorf("invoked with %+v", in)
	}
	_, f = invoke(t, fs, openapi.AWS, func(r *Request) {
		r.Body, r.HasBody = []byte(`{"a":1}`), true
		r.Header = lines("X-Amz-Client-Context: e30=")
		r.Integration.Credentials = "arn:aws:iam::123456789012:role/r"
	})
	if f != nil || string(fs.last.Payload) != `{"a":1}` || fs.last.ClientContext != "e30=" || fs.last.SourceARN != "" {
		t.Errorf("with a role: %v, invoked with %+v", f, fs.last)
	}
}

func TestLambdaThatFails(t *testing.T) {
	fs := &functions{result: lambda.Result{Payload: []byte(`{"errorMessage":"NotFoundError","errorType":"Exception"}`), FunctionError: "Unhandled", Version: "$LATEST"}}
	r, f := invoke(t, fs, openapi.AWS, nil) // case lambda-custom-error-without-match-uses-default: the patterns decide
	if f != nil || !r.IsError || r.Error != "NotFoundError" || r.Status != 200 || !strings.Contains(string(r.Body), "errorType") {
		t.Errorf("AWS = %+v, %v", r, f)
	}
	_, f = invoke(t, fs, openapi.AWSProxy, nil) // case lambda-proxy-function-error-is-502
	if reason(f) != "function-error" || f.Status != 502 || f.Type != "INTEGRATION_FAILURE" || f.Message != "Internal server error" || !strings.Contains(f.LogLine, "customer function error: NotFoundError. Lambda request id: ") {
		t.Errorf("AWS_PROXY = %+v", f)
	}
	for payload, want := range map[string]string{`{"errorMessage":{"code":1}}`: `{"code":1}`, `{"errorMessage":null}`: "", `{}`: "", `[]`: "", `x`: ""} {
		if got := errorMessage([]byte(payload)); got != want {
			t.Errorf("errorMessage(%s) = %q, want %q", payload, got, want)
		}
	}
}

func TestLambdaAsync(t *testing.T) {
	fs := &functions{result: lambda.Result{}}
	r, f := invoke(t, fs, openapi.AWS, func(r *Request) { r.Header = lines("x-amz-invocation-type: Event") })
	if f != nil || !fs.last.Async || len(r.Body) != 0 || r.IsError {
		t.Errorf("Do = %+v, %v, want an empty answer at once", r, f)
	}
}

func TestProxy(t *testing.T) {
	fs := &functions{result: lambda.Result{Payload: []byte(`{"statusCode":201,"headers":{"A":"b"},"body":"aGk=","isBase64Encoded":true}`), Version: "1", Log: "l"}}
	r, f := invoke(t, fs, openapi.AWSProxy, func(r *Request) { r.Body, r.HasBody = []byte(`{"resource":"/"}`), true })
	if f != nil || r.Status != 201 || !r.Base64 || string(r.Body) != "aGk=" || value(r.Header, "a") != "b" || r.Function != "f:1" || r.Call == nil || r.Call.Log != "l" {
		t.Errorf("Do = %+v, %v", r, f)
	}
	fs.result.Payload = []byte(`{"statusCode":200,"wrongValue":1}`)
	_, f = invoke(t, fs, openapi.AWSProxy, nil)
	if reason(f) != "malformed-proxy-response" || f.Status != 502 || f.LogLine != "Execution failed due to configuration error: Malformed Lambda proxy response" {
		t.Errorf("a malformed response = %+v", f)
	}
}

func TestInvocationsLambdaRefuses(t *testing.T) {
	tests := []struct {
		name            string
		err             error
		reason, typ     string
		status          int
		message, errTyp string
	}{
		{"no function", fmt.Errorf("x: %w", lambda.ErrNoFunction), "function-not-found", "API_CONFIGURATION_ERROR", 500, "Internal server error", ""},
		{"no alias", lambda.ErrNoAlias, "function-alias-not-found", "API_CONFIGURATION_ERROR", 500, "Internal server error", ""},
		{"no permission", lambda.ErrNoPermission, "function-permission", "API_CONFIGURATION_ERROR", 500, "Internal server error", ""},
		{"throttled", lambda.ErrThrottled, "function-throttled", "INTEGRATION_FAILURE", 500, "Internal server error", ""},
		{"too large an event", lambda.ErrTooLarge, "function-payload-too-large", "REQUEST_TOO_LARGE", 413, "Request Too Long", "BadRequestException"},
		{"no JSON", lambda.ErrNotJSON, "function-payload-not-json", "BAD_REQUEST_BODY", 400, "Could not parse request body into json: ", "BadRequestException"},
		{"a timeout", fmt.Errorf("%w of 29s", lambda.ErrIntegrationTimeout), "integration-timeout", "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", ""},
		{"nothing to run it with", &lambda.UnavailableError{Function: "f", Reason: "python3 is not here"}, "function-unavailable", "INTEGRATION_FAILURE", 500, "Internal server error", ""},
		{"anything else", errors.New("odd"), "function-unavailable", "INTEGRATION_FAILURE", 500, "Internal server error", ""},
	}
	for _, tt := range tests {
		for _, typ := range []openapi.IntegrationType{openapi.AWS, openapi.AWSProxy} {
			t.Run(tt.name+" "+string(typ), func(t *testing.T) {
				_, f := invoke(t, &functions{err: tt.err}, typ, func(r *Request) { r.Body = []byte(`{"ID": abc}`) })
				if reason(f) != tt.reason || f.Type != tt.typ || f.Status != tt.status || !strings.HasPrefix(f.Message, tt.message) || f.ErrorType != tt.errTyp {
					t.Errorf("Do = %+v", f)
				}
			})
		}
	}
}

func TestFunctionsThatCantBeNamed(t *testing.T) {
	for uri, want := range map[string]string{
		functionARN + "/invocations":     "invalid-endpoint", // an empty stage variable
		functionARN + "f:/invocations":   "invalid-endpoint",
		functionARN + "f/invocations":    "function-not-found", // there are none at all
		"arn:aws:apigateway:us-east-1:x": "integration-unsupported",
	} {
		if _, f := invoke(t, nil, openapi.AWS, func(r *Request) { r.URI = uri }); reason(f) != want || f.Status != 500 {
			t.Errorf("%s = %+v, want %s", uri, f, want)
		}
	}
	_, f := invoke(t, &functions{}, openapi.AWSProxy, func(r *Request) { r.HTTPMethod = "GET" }) // case gateway-response-integration-failure-default-is-500
	if reason(f) != "integration-method-not-post" || f.Type != "INTEGRATION_FAILURE" || f.Status != 500 {
		t.Errorf("a GET integration = %+v", f)
	}
	if _, f := invoke(t, nil, openapi.Mock, nil); reason(f) != "integration-unsupported" {
		t.Errorf("MOCK = %+v", f)
	}
}

func TestDecisionsAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Decisions() {
		if d.ID == "" || d.Phase == "" || d.Text == "" || d.Source == "" || d.Evidence == "" || seen[d.ID] {
			t.Errorf("decision %+v leaves something out or comes twice", d)
		}
		seen[d.ID] = true
	}
}
