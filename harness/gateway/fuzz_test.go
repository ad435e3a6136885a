package gateway_test

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

const fuzzDocument = `
openapi: 3.0.1
info: {title: fuzz, version: "1"}
x-amazon-apigateway-binary-media-types: [image/png, "text/*"]
x-amazon-apigateway-minimum-compression-size: 1
x-amazon-apigateway-gateway-responses:
  DEFAULT_4XX: {responseParameters: {gatewayresponse.header.x-h: method.request.header.A}, responseTemplates: {application/json: '{"m":$context.error.messageString,"q":"$method.request.querystring.q"}'}}
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}
paths:
  /{proxy+}:
    x-amazon-apigateway-any-method: &mock
      responses: {"200": {description: d, headers: {X-A: {schema: {type: string}}}}}
      x-amazon-apigateway-integration:
        type: mock
        contentHandling: CONVERT_TO_TEXT
        requestTemplates: {application/json: '#set($context.responseOverride.header.x-o = $input.params("q")){"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseParameters: {method.response.header.X-A: context.path}
            responseTemplates: {application/json: '$input.params() $input.path("$.a") $context.identity.userAgent'}
  /a/{x}/b: {get: *mock}
  /key: {get: {security: [{key: []}], responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock}}}
  /iam: {get: {x-amazon-apigateway-auth: {type: AWS_IAM}, responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock}}}
`

// FuzzDo wants an answer to whatever comes, and no panic.
func FuzzDo(f *testing.F) {
	doc, err := openapi.LoadBytes("fuzz.yaml", []byte(fuzzDocument))
	if err != nil {
		f.Fatal(err)
	}
	api, _ := openapi.Import(doc, openapi.Options{Region: testRegion, AccountID: testAccount, APIID: testAPI})
	d := gateway.NewDeployment(api, gateway.DeploymentOptions{APIID: testAPI, Region: testRegion, AccountID: testAccount})
	yes := true
	g := gateway.New(gateway.Config{Trace: true, ExecutionLog: true, Settings: &gateway.Settings{Region: testRegion, AccountID: testAccount, Stages: []*gateway.Stage{{
		API: "API", Name: "dev", Deployment: d, CacheClusterEnabled: true, MethodSettings: map[string]gateway.MethodSetting{"*/*": {CachingEnabled: &yes}},
		Canary: &gateway.Canary{PercentTraffic: 50},
	}}}})
	f.Add("GET", "/dev/a/1/b?q=1", "h", "A: b\nContent-Encoding: gzip", "{}")
	f.Add("POST", "/restapis/abcdefghij/dev/_user_request_//x%zz?%&=&", "abcdefghij.execute-api.x", "Content-Type: image/png", "\xff")
	f.Add("GET", "http://x", "", "Authorization: AWS4-HMAC-SHA256 =,=", "")
	f.Add("GET", "/dev/key#", "", "Cache-Control: max-age=0\nAccept: ,;\nX-Amzn-Trace-Id: Root=;;=", "")
	f.Fuzz(func(t *testing.T, method, target, host, headers, body string) {
		r := &gateway.Request{Method: method, Target: target, Host: host, Body: []byte(body)}
		for _, l := range strings.Split(headers, "\n") {
			name, value, _ := strings.Cut(l, ": ")
			r.Header = append(r.Header, result.Header{Name: name, Value: value})
		}
		res := g.Do(t.Context(), r)
		if res.Status < 100 || res.Status > 599 {
			t.Errorf("status %d", res.Status)
		}
		for _, e := range res.Exchange.Trace {
			_ = e.String()
		}
	})
}
