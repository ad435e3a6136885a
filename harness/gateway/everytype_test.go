package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/traffic"
)

// Every refusal the engine makes goes through the gateway response of its type:
// its own where the API has one, else that of its family, else AWS's.
func TestEveryRefusalGoesThroughItsGatewayResponse(t *testing.T) {
	const key, used = "good567890123456789012", "used567890123456789012"
	refusals := []struct {
		responseType, request string
		status                int // AWS's own
	}{
		{"MISSING_AUTHENTICATION_TOKEN", "GET /dev/nowhere", 403},
		{"INVALID_SIGNATURE", "GET /dev/nowhere\nX-Amz-Date: 20260101T120000Z\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=abcdef", 403},
		{"UNAUTHORIZED", "GET /dev/allowed", 401},
		{"ACCESS_DENIED", "GET /dev/denied\nAuthorization: x", 403},
		{"AUTHORIZER_CONFIGURATION_ERROR", "GET /dev/broken\nAuthorization: x", 500},
		{"INVALID_API_KEY", "GET /dev/key", 403},
		{"THROTTLED", "GET /dev/throttled", 429},
		{"QUOTA_EXCEEDED", "GET /dev/key\nx-api-key: " + used, 429},
		{"BAD_REQUEST_PARAMETERS", "POST /dev/valid\n\n{}", 400},
		{"BAD_REQUEST_BODY", "POST /dev/valid?q=1\n\n[]", 400},
		{"UNSUPPORTED_MEDIA_TYPE", "POST /dev/never\nContent-Type: a/b\n\nx", 415},
		{"API_CONFIGURATION_ERROR", "GET /dev/status", 500},
		{"INTEGRATION_FAILURE", "GET /dev/gone", 504},
		{"INTEGRATION_TIMEOUT", "GET /dev/slow", 504},
		{"REQUEST_TOO_LARGE", "POST /dev/function\n\n" + strings.Repeat("x", 7<<20), 413},
	}
	document := func(responses string) string {
		authorizer := func(name string) string {
			return fmt.Sprintf(`%s: {type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, authorizerUri: "%s"}}`, name, function(name))
		}
		http := func(host string) string {
			return fmt.Sprintf(`{responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "%s/"}}`, host)
		}
		return responses + `
x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}, ` + authorizer("allow") + ", " + authorizer("deny") + ", " + authorizer("broken") + `}}
paths:
  /allowed: {get: ` + mock("x", "security: [{allow: []}],") + `}
  /denied: {get: ` + mock("x", "security: [{deny: []}],") + `}
  /broken: {get: ` + mock("x", "security: [{broken: []}],") + `}
  /key: {get: ` + mock("x", "security: [{key: []}],") + `}
  /throttled: {get: ` + mock("x", "") + `}
  /valid: {post: ` + mock("x", `x-amazon-apigateway-request-validator: all, parameters: [{name: q, in: query, required: true, schema: {type: string}}], requestBody: {required: true, content: {application/json: {schema: {type: object}}}},`) + `}
  /never: {post: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock, passthroughBehavior: never, requestTemplates: {application/json: "{}"}, responses: {default: {statusCode: "200"}}}}}
  /status: {get: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "{}"}, responses: {default: {statusCode: "200"}}}}}
  /gone: {get: ` + http("http://gone.example") + `}
  /slow: {get: ` + http("http://slow.example") + `}
  /function: {post: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, uri: "` + function("allow") + `"}}}`
	}
	policy := func(effect string) string {
		return `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"` + effect + `","Action":"execute-api:Invoke","Resource":"*"}]}}`
	}
	zero := 0.0
	none := 0
	world := func(t *testing.T, responses string) *bed {
		b := newBed(t, document(responses),
			static("allow", policy("Allow")), static("deny", policy("Deny")), failing("broken", "why"),
			backend("http://gone.example", integration.Backend{Answer: &integration.Answer{Unreachable: true}}),
			backend("http://slow.example", integration.Backend{Answer: &integration.Answer{Delay: 1e12}}),
			withStage(func(s *gateway.Stage) {
				s.MethodSettings = map[string]gateway.MethodSetting{"/throttled/GET": {ThrottlingRateLimit: &zero, ThrottlingBurstLimit: &none}}
			}),
			withSettings(func(s *gateway.Settings) {
				var err error
				s.Plans, err = traffic.Compile(
					[]traffic.APIKey{{Name: "good", Value: key}, {Name: "used", Value: used}},
					[]traffic.UsagePlan{{Name: "P", Keys: []string{"used"}, Quota: &traffic.Quota{Limit: 1, Period: traffic.Day}, APIStages: []traffic.APIStage{{API: testAPI, Stage: "dev"}}}})
				if err != nil {
					t.Fatal(err)
				}
			}))
		b.send("GET /dev/key\nx-api-key: " + used)
		return b
	}
	const shown = `responseTemplates: {application/json: '$context.error.responseType'}, responseParameters: {gatewayresponse.header.x-by: "'%s'"}`
	var own strings.Builder
	for _, r := range refusals {
		fmt.Fprintf(&own, "  %s: {statusCode: 418, %s}\n", r.responseType, fmt.Sprintf(shown, "own"))
	}
	family := "  DEFAULT_4XX: {" + fmt.Sprintf(shown, "4XX") + "}\n  DEFAULT_5XX: {" + fmt.Sprintf(shown, "5XX") + "}\n"
	const head = "x-amazon-apigateway-gateway-responses:\n"
	plain, families, owns := world(t, ""), world(t, head+family), world(t, head+family+own.String())
	for _, tt := range refusals {
		t.Run(tt.responseType, func(t *testing.T) {
			if r := plain.send(tt.request); r.Status != tt.status || r.Exchange.ResponseType != tt.responseType {
				t.Errorf("%d of type %q, want %d of %q: %s", r.Status, r.Exchange.ResponseType, tt.status, tt.responseType, r.Body)
			}
			by := fmt.Sprintf("%dXX", tt.status/100)
			if r := families.send(tt.request); r.Status != tt.status || string(r.Body) != tt.responseType || header(r, "x-by") != by {
				t.Errorf("of its family: %d %s by %q, want %d %s by %q", r.Status, r.Body, header(r, "x-by"), tt.status, tt.responseType, by)
			}
			if r := owns.send(tt.request); r.Status != 418 || string(r.Body) != tt.responseType || header(r, "x-by") != "own" {
				t.Errorf("of its own: %d %s by %q", r.Status, r.Body, header(r, "x-by"))
			}
		})
	}
}
