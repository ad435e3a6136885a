package gateway_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

const (
	testRegion  = "us-east-1"
	testAccount = "123456789012"
	testAPI     = "abcdefghij"
)

// A bed is a gateway with one API on the stages dev and prod, stub backends, and
// functions with canned answers.
type bed struct {
	*gateway.Gateway
	t         *testing.T
	clock     *clock.Virtual
	network   *integration.Network
	functions *lambda.Registry
}

type bedOption func(*bedConfig)

type bedConfig struct {
	stage     func(*gateway.Stage)
	settings  func(*gateway.Settings)
	gateway   func(*gateway.Config)
	functions []lambda.Function
	backends  map[string]integration.Backend
}

// static is a function that always returns the JSON.
func static(name, json string) bedOption {
	return func(c *bedConfig) {
		v, err := ordered.Parse([]byte(json))
		if err != nil {
			panic(err)
		}
		c.functions = append(c.functions, lambda.Function{Name: name, Code: lambda.Code{Static: []lambda.StaticAnswer{{Result: v}}}})
	}
}

// failing is a function that always fails with the message.
func failing(name, message string) bedOption {
	return func(c *bedConfig) {
		c.functions = append(c.functions, lambda.Function{Name: name, Code: lambda.Code{
			Static: []lambda.StaticAnswer{{Error: &lambda.StaticError{Message: message, Type: "Error"}}},
		}})
	}
}

// backend stands for a host.
func backend(host string, b integration.Backend) bedOption {
	return func(c *bedConfig) {
		if c.backends == nil {
			c.backends = map[string]integration.Backend{}
		}
		c.backends[host] = b
	}
}

func withStage(f func(*gateway.Stage)) bedOption {
	return func(c *bedConfig) { c.stage = f }
}

func withSettings(f func(*gateway.Settings)) bedOption {
	return func(c *bedConfig) { c.settings = f }
}

func withConfig(f func(*gateway.Config)) bedOption {
	return func(c *bedConfig) { c.gateway = f }
}

func deploy(t *testing.T, document string) *gateway.Deployment {
	t.Helper()
	doc, err := openapi.LoadBytes("api.yaml", []byte("openapi: 3.0.1\ninfo: {title: t, version: '1'}\n"+document))
	if err != nil {
		t.Fatal(err)
	}
	api, findings := openapi.Import(doc, openapi.Options{Region: testRegion, AccountID: testAccount, APIID: testAPI, APIName: "API"})
	for _, f := range findings {
		if f.Category == openapi.Refused {
			t.Errorf("%s: %s", f.Pos, f.Message)
		}
	}
	return gateway.NewDeployment(api, gateway.DeploymentOptions{APIID: testAPI, Region: testRegion, AccountID: testAccount})
}

func newBed(t *testing.T, document string, options ...bedOption) *bed {
	t.Helper()
	var c bedConfig
	for _, o := range options {
		o(&c)
	}
	b := &bed{t: t, clock: clock.NewVirtual(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))}
	d := deploy(t, document)
	settings := &gateway.Settings{Region: testRegion, AccountID: testAccount}
	for _, name := range []string{"dev", "prod"} {
		st := &gateway.Stage{API: "API", APIID: testAPI, Name: name, Deployment: d, Variables: map[string]string{"name": name}}
		if c.stage != nil {
			c.stage(st)
		}
		settings.Stages = append(settings.Stages, st)
	}
	if c.settings != nil {
		c.settings(settings)
	}
	var err error
	if b.network, err = integration.NewNetwork(integration.NetworkConfig{Backends: c.backends}, b.clock); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.network.Close)
	if b.functions, err = lambda.New(lambda.Config{Functions: c.functions, Clock: b.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.functions.Close)
	config := gateway.Config{Settings: settings, Functions: b.functions, Network: b.network, Clock: b.clock, Seed: 7, Trace: true}
	if c.gateway != nil {
		c.gateway(&config)
	}
	b.Gateway = gateway.New(config)
	return b
}

// send sends "METHOD target" with "Name: value" headers; a body follows an empty line.
func (b *bed) send(request string) *gateway.Response {
	b.t.Helper()
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := &gateway.Request{Method: method, Target: target, Host: "127.0.0.1:3000", Proto: "HTTP/1.1", SourceIP: "192.0.2.7", Body: []byte(body)}
	for _, l := range lines[1:] {
		name, value, _ := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		if name == "Host" {
			r.Host = value
		}
		r.Header = append(r.Header, result.Header{Name: name, Value: value})
	}
	return b.Do(b.t.Context(), r)
}

// reason is the reason id of a refusal, or "".
func reason(r *gateway.Response) string {
	if e, ok := r.Exchange.Refusal(); ok {
		return e.ID
	}
	return ""
}

func header(r *gateway.Response, name string) string {
	v, _ := r.Exchange.Response.Get(name)
	return v
}

// mock is an operation on a mock; extra stands in the operation.
func mock(template, extra string) string {
	return fmt.Sprintf(`{responses: {"200": {description: d}}, %s x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: '{"statusCode": 200}'},
      responses: {default: {statusCode: "200", responseTemplates: {application/json: '%s'}}}}}`, extra, template)
}

func function(name string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:" + name + "/invocations"
}

func TestFormsOfURL(t *testing.T) {
	b := newBed(t, `
paths:
  /: {get: `+mock(`root $context.path`, "")+`}
  /a/{x}: {get: `+mock(`a $input.params("x") $context.path $context.domainName $context.domainPrefix`, "")+`}
  /{proxy+}: {get: `+mock(`proxy $input.params("proxy")`, "")+`}`)
	const domain = " abcdefghij.execute-api.us-east-1.amazonaws.com abcdefghij"
	tests := []struct {
		name, request string
		status        int
		body          string
	}{
		{"the stage in the path", "GET /dev/a/1", 200, "a 1 /dev/a/1" + domain},
		{"the API in the host", "GET /dev/a/1\nHost: abcdefghij.execute-api.us-east-1.amazonaws.com", 200, "a 1 /dev/a/1" + domain},
		{"the API in the path", "GET /restapis/abcdefghij/dev/_user_request_/a/1", 200, "a 1 /dev/a/1" + domain},
		{"the API's name in the path", "GET /restapis/API/dev/_user_request_/a/1?b=c", 200, "a 1 /dev/a/1" + domain},
		{"the API in the path and nothing more", "GET /restapis/abcdefghij/dev/_user_request_", 200, "root /dev"},
		{"the stage alone", "GET /dev", 200, "root /dev"},
		{"the stage with a slash", "GET /dev/", 200, "root /dev/"},
		{"slashes before the stage are dropped", "GET ///dev/a/1", 200, "a 1 /dev/a/1" + domain},
		{"slashes after it are kept in the context's path", "GET /dev//a/1", 200, "a 1 /dev//a/1" + domain},
		{"a trailing slash is kept there too", "GET /dev/a/1/", 200, "a 1 /dev/a/1/" + domain},
		{"path values are decoded for templates", "GET /dev/a/b%20c", 200, "a b c /dev/a/b%20c" + domain},
		{"only the first stage is one", "GET /dev/dev", 200, "proxy dev"},
		{"a fragment never counts", "GET /dev#x", 200, "root /dev"},
		{"a query after the stage", "GET /dev?x=y", 200, "root /dev"},
		{"an absolute target", "GET http://somewhere/dev/a/1", 200, "a 1 /dev/a/1" + domain},
		{"another API in the host", "GET /dev/a/1\nHost: zzzzzzzzzz.execute-api.us-east-1.amazonaws.com", 403, `{"message":"Forbidden"}`},
		{"the API in the host, in another region", "GET /dev/a/1\nHost: abcdefghij.execute-api.eu-west-1.amazonaws.com", 403, `{"message":"Forbidden"}`},
		{"the API in the host, with a port", "GET /dev/a/1\nHost: abcdefghij.execute-api.us-east-1.amazonaws.com:3000", 200, "a 1 /dev/a/1" + domain},
		{"another region in the host, with a port", "GET /dev/a/1\nHost: abcdefghij.execute-api.eu-west-1.amazonaws.com:3000", 403, `{"message":"Forbidden"}`},
		{"the API in the host's dual-stack name", "GET /dev/a/1\nHost: abcdefghij.execute-api.us-east-1.api.aws", 200, "a 1 /dev/a/1 abcdefghij.execute-api.us-east-1.api.aws abcdefghij"},
		{"the API in a host of this machine", "GET /dev/a/1\nHost: abcdefghij.execute-api.localhost:3000", 200, "a 1 /dev/a/1" + domain},
		{"no stage", "GET /", 403, `{"message":"Forbidden"}`},
		{"a stage in other letters", "GET /Dev/a/1", 403, `{"message":"Forbidden"}`},
		{"an API in the path that is not there", "GET /restapis/zzz/dev/_user_request_/a/1", 403, `{"message":"Forbidden"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.send(tt.request)
			if r.Status != tt.status || string(r.Body) != tt.body {
				t.Errorf("%s: %d %q, want %d %q", tt.request, r.Status, r.Body, tt.status, tt.body)
			}
			if got := header(r, "x-amzn-errortype"); tt.status == 403 && got != "ForbiddenException" {
				t.Errorf("x-amzn-errortype %q, want ForbiddenException", got)
			}
		})
	}
}

func TestSeveralAPIs(t *testing.T) {
	b := newBed(t, `paths: {/: {get: `+mock(`$context.apiId`, "")+`}}`, withSettings(func(s *gateway.Settings) {
		other := *s.Stages[0]
		other.API, other.APIID = "Other", "other12345"
		s.Stages = append(s.Stages, &other)
	}))
	for request, want := range map[string]string{
		"GET /dev\nHost: other12345.execute-api.us-east-1.amazonaws.com": "other12345",
		"GET /restapis/Other/dev/_user_request_/":                        "other12345",
		"GET /dev\nHost: abcdefghij.execute-api.us-east-1.amazonaws.com": "abcdefghij",
		"GET /dev": `{"message":"Forbidden"}`,
	} {
		if r := b.send(request); string(r.Body) != want {
			t.Errorf("%s: %q, want %q", request, r.Body, want)
		}
	}
}

func TestHeadersOfAnAnswer(t *testing.T) {
	b := newBed(t, `
paths:
  /a: {get: `+mock(`x`, "")+`, head: `+mock(`x`, "")+`}`)
	names := func(r *gateway.Response) string {
		var list []string
		for _, h := range r.Header {
			list = append(list, h.Name)
		}
		return strings.Join(list, " ")
	}
	r := b.send("GET /dev/a")
	if got, want := names(r), "Date Content-Type Content-Length Connection x-amzn-RequestId x-amz-apigw-id"; got != want {
		t.Errorf("headers %s, want %s", got, want)
	}
	if got, want := header(r, "date"), "Thu, 01 Jan 2026 12:00:00 GMT"; got != want {
		t.Errorf("Date %s, want %s: it is the gateway's clock", got, want)
	}
	r = b.send("GET /dev/b\nConnection: close")
	if got, want := names(r), "Date Content-Type Content-Length Connection x-amzn-RequestId x-amzn-ErrorType x-amz-apigw-id"; got != want {
		t.Errorf("headers %s, want %s", got, want)
	}
	if got := header(r, "connection"); got != "close" {
		t.Errorf("Connection %s, want close", got)
	}
	r = b.send("HEAD /dev/a")
	if len(r.Body) != 0 || header(r, "content-length") != "1" {
		t.Errorf("HEAD has body %q and length %s, want none and 1", r.Body, header(r, "content-length"))
	}
	r = b.send("GET /dev/a\nx-amzn-requestid: 01234567-89ab-cdef-0123-456789abcdef")
	if got := header(r, "x-amzn-requestid"); got != "01234567-89ab-cdef-0123-456789abcdef" {
		t.Errorf("request id %s, want the caller's", got)
	}
	r = b.send("GET /dev/a\nx-amzn-requestid: me")
	if got := header(r, "x-amzn-requestid"); got == "me" {
		t.Error("a request id that is no UUID was taken")
	}
}

func TestMethodOverride(t *testing.T) {
	b := newBed(t, `paths: {/a: {get: `+mock(`get`, "")+`, put: `+mock(`put $context.httpMethod`, "")+`}}`)
	if r := b.send("POST /dev/a\nX-HTTP-Method-Override: PUT"); string(r.Body) != "put PUT" {
		t.Errorf("%d %q, want the answer of PUT", r.Status, r.Body)
	}
}

func TestRunsRepeat(t *testing.T) {
	ids := func() (list []string) {
		b := newBed(t, `paths: {/a: {get: `+mock(`x`, "")+`}}`)
		for range 3 {
			r := b.send("GET /dev/a")
			list = append(list, header(r, "x-amzn-requestid"), header(r, "x-amz-apigw-id"))
		}
		b.Reset()
		r := b.send("GET /dev/a")
		if header(r, "x-amzn-requestid") != list[0] {
			t.Error("after Reset the sequence of ids does not begin again")
		}
		return list
	}
	a, b := ids(), ids()
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Errorf("two runs with one seed have ids %v and %v", a, b)
	}
	if a[0] == a[2] {
		t.Error("two requests have one id")
	}
}

func TestCanary(t *testing.T) {
	document := `paths: {/a: {get: ` + mock(`$stageVariables.name $context.isCanaryRequest`, "") + `}}`
	for _, tt := range []struct {
		percent     float64
		least, most int
	}{{0, 0, 0}, {100, 1000, 1000}, {30, 250, 350}} {
		t.Run(fmt.Sprint(tt.percent), func(t *testing.T) {
			b := newBed(t, document, withStage(func(s *gateway.Stage) {
				s.Canary = &gateway.Canary{PercentTraffic: tt.percent, StageVariableOverrides: map[string]string{"name": "bird"}}
			}))
			n := 0
			for range 1000 {
				switch r := b.send("GET /dev/a"); string(r.Body) {
				case "bird true":
					n++
				case "dev false":
				default:
					t.Fatalf("body %q", r.Body)
				}
			}
			if n < tt.least || n > tt.most {
				t.Errorf("%d of 1000 requests went to the canary, want %d to %d", n, tt.least, tt.most)
			}
		})
	}
	if r := newBed(t, document).send("GET /dev/a"); string(r.Body) != "dev " {
		t.Errorf("body %q: without a canary isCanaryRequest is not there", r.Body)
	}
}

func TestCaching(t *testing.T) {
	yes, no, ttl := true, false, 100
	document := `
paths:
  /f/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: lang, in: header, schema: {type: string}}]
      responses: {"200": {description: d}}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://back.example/", cacheKeyParameters: [method.request.path.id, method.request.header.lang],
        responses: {default: {statusCode: "200"}}}
    post:
      responses: {"200": {description: d}}
      x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://back.example/", responses: {default: {statusCode: "200"}}}`
	cached := func(set gateway.MethodSetting) bedOption {
		return withStage(func(s *gateway.Stage) {
			s.CacheClusterEnabled = true
			s.MethodSettings = map[string]gateway.MethodSetting{"*/*": set}
		})
	}
	tests := []struct {
		name     string
		option   bedOption
		requests []string // "+SECONDS" moves the clock
		calls    int
		last     int // status
		warning  bool
	}{
		{name: "the cluster alone caches nothing", option: withStage(func(s *gateway.Stage) { s.CacheClusterEnabled = true }),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "caching without the cluster caches nothing", option: withStage(func(s *gateway.Stage) {
			s.MethodSettings = map[string]gateway.MethodSetting{"*/*": {CachingEnabled: &yes}}
		}), requests: []string{"GET /dev/f/1", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "a hit calls nobody", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1", "GET /dev/f/1"}, calls: 1, last: 200},
		{name: "path and header parameters are keys", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/2", "GET /dev/f/1\nlang: de", "GET /dev/f/1\nLang: de"}, calls: 3, last: 200},
		{name: "stages share nothing", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "GET /prod/f/1"}, calls: 2, last: 200},
		{name: "an entry lives for the TTL", option: cached(gateway.MethodSetting{CachingEnabled: &yes, CacheTTLInSeconds: &ttl}),
			requests: []string{"GET /dev/f/1", "+99", "GET /dev/f/1", "+1", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "the default TTL is 300 seconds", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "+299", "GET /dev/f/1", "+2", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "POST is cached when it is named", option: withStage(func(s *gateway.Stage) {
			s.CacheClusterEnabled = true
			s.MethodSettings = map[string]gateway.MethodSetting{"/f/{id}/POST": {CachingEnabled: &yes}}
		}), requests: []string{"POST /dev/f/1", "POST /dev/f/2", "GET /dev/f/1", "GET /dev/f/1"}, calls: 3, last: 200},
		{name: "a method can be left out", option: withStage(func(s *gateway.Stage) {
			s.CacheClusterEnabled = true
			s.MethodSettings = map[string]gateway.MethodSetting{"*/*": {CachingEnabled: &yes}, "~1f~1{id}/GET": {CachingEnabled: &no}}
		}), requests: []string{"GET /dev/f/1", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "max-age=0 is ignored with a warning unless said otherwise", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: max-age=0"}, calls: 1, last: 200, warning: true},
		{name: "max-age=0 is ignored without a word", option: cached(gateway.MethodSetting{CachingEnabled: &yes, UnauthorizedCacheControlHeaderStrategy: "SUCCEED_WITHOUT_RESPONSE_HEADER"}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: max-age=0"}, calls: 1, last: 200},
		{name: "max-age=0 is 403", option: cached(gateway.MethodSetting{CachingEnabled: &yes, UnauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403"}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: no-cache, max-age=0"}, calls: 1, last: 403},
		{name: "max-age=0 is nothing where nothing is cached", option: cached(gateway.MethodSetting{UnauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403"}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: max-age=0"}, calls: 2, last: 200},
		{name: "max-age=0 replaces the entry where all may", option: cached(gateway.MethodSetting{CachingEnabled: &yes, RequireAuthorizationForCacheControl: &no}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: max-age=0", "GET /dev/f/1"}, calls: 2, last: 200},
		{name: "no-store and max-age=1 do nothing", option: cached(gateway.MethodSetting{CachingEnabled: &yes}),
			requests: []string{"GET /dev/f/1", "GET /dev/f/1\nCache-Control: no-store, max-age=1"}, calls: 1, last: 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t, document, tt.option, backend("http://back.example", integration.Backend{Answer: &integration.Answer{Status: 200, Body: []byte("{}")}}))
			var r *gateway.Response
			for _, q := range tt.requests {
				if s, ok := strings.CutPrefix(q, "+"); ok {
					d, _ := time.ParseDuration(s + "s")
					b.clock.Advance(d)
					continue
				}
				r = b.send(q)
			}
			if got := len(b.network.Received("http://back.example")); got != tt.calls {
				t.Errorf("the backend was called %d times, want %d", got, tt.calls)
			}
			if r.Status != tt.last {
				t.Errorf("the last status is %d, want %d", r.Status, tt.last)
			}
			if got := header(r, "warning") != ""; got != tt.warning {
				t.Errorf("a warning: %v, want %v", got, tt.warning)
			}
		})
	}
	t.Run("flush, and what is the present request's own", func(t *testing.T) {
		b := newBed(t, document, cached(gateway.MethodSetting{CachingEnabled: &yes}), backend("http://back.example", integration.Backend{Echo: true}))
		first, second := b.send("GET /dev/f/1"), b.send("GET /dev/f/1")
		if header(first, "x-amzn-requestid") == header(second, "x-amzn-requestid") {
			t.Error("a hit has the request id of the first request")
		}
		if string(first.Body) != string(second.Body) {
			t.Errorf("bodies %q and %q", first.Body, second.Body)
		}
		b.FlushCache("API", "dev")
		if r := b.send("GET /dev/f/1"); string(r.Body) == string(first.Body) {
			t.Error("after a flush the old response is served")
		}
	})
	t.Run("settings that are replaced keep the entries", func(t *testing.T) {
		b := newBed(t, document, cached(gateway.MethodSetting{CachingEnabled: &yes}), backend("http://back.example", integration.Backend{Echo: true}))
		b.send("GET /dev/f/1")
		b.SetSettings(b.Settings().Clone())
		b.send("GET /dev/f/1")
		if got := len(b.network.Received("http://back.example")); got != 1 {
			t.Errorf("the backend was called %d times, want 1", got)
		}
	})
}

func TestAuthorizers(t *testing.T) {
	const token = `{type: apiKey, name: Authorization, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: token, %s authorizerUri: "` // + uri
	document := func(authorizer string) string {
		return `
components: {securitySchemes: {auth: ` + authorizer + `}}
paths:
  /a: {get: ` + mock(`$context.authorizer.principalId $context.authorizer.k`, "security: [{auth: []}],") + `}
  /b: {get: ` + mock(`b`, "security: [{auth: []}],") + `}`
	}
	tokenAuthorizer := func(extra string) string {
		return fmt.Sprintf(token, extra) + function("auth") + `"}}`
	}
	request := `{type: apiKey, name: Unused, in: header, x-amazon-apigateway-authtype: custom, x-amazon-apigateway-authorizer: {type: request,
      identitySource: "method.request.header.X-Id, method.request.querystring.q, stageVariables.name, context.stage", authorizerUri: "` + function("auth") + `"}}`
	allow := func(resource string) string {
		return `{"principalId":"me","context":{"k":1},"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"` + resource + `"}]}}`
	}
	const all = "arn:aws:execute-api:us-east-1:123456789012:abcdefghij/*"
	tests := []struct {
		name       string
		authorizer string
		function   bedOption
		requests   []string
		status     int
		body       string
		reason     string
		calls      int
	}{
		{"a token is let in", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a\nauthorization: t"}, 200, "me 1", "", 1},
		{"a result is kept for a token", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: t", "GET /dev/b\nAuthorization: t"}, 200, "b", "", 1},
		{"another token is asked about", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: t", "GET /dev/b\nAuthorization: u"}, 200, "b", "", 2},
		{"another stage is asked about", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: t", "GET /prod/b\nAuthorization: t"}, 200, "b", "", 2},
		{"a result is not kept with a TTL of 0", tokenAuthorizer("authorizerResultTtlInSeconds: 0,"), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: t", "GET /dev/b\nAuthorization: t"}, 200, "b", "", 2},
		{"no token", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a"}, 401, `{"message":"Unauthorized"}`, "identity-source-missing", 0},
		{"an empty token", tokenAuthorizer(""), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization:"}, 401, `{"message":"Unauthorized"}`, "identity-source-missing", 0},
		{"a token that fits", tokenAuthorizer(`identityValidationExpression: "^[a-z]+$",`), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: abc"}, 200, "me 1", "", 1},
		{"a token that does not fit", tokenAuthorizer(`identityValidationExpression: "[a-z]+",`), static("auth", allow(all)), []string{"GET /dev/a\nAuthorization: abc1"}, 401, `{"message":"Unauthorized"}`, "identity-validation-failed", 0},
		{"a deny", tokenAuthorizer(""), static("auth", strings.Replace(allow(all), "Allow", "Deny", 1)), []string{"GET /dev/a\nAuthorization: t"}, 403, `{"Message":"User is not authorized to access this resource with an explicit deny"}`, "authorizer-denies", 1},
		{"a policy for another stage", tokenAuthorizer(""), static("auth", allow("arn:aws:execute-api:us-east-1:123456789012:abcdefghij/prod/*")), []string{"GET /dev/a\nAuthorization: t"}, 403, `{"Message":"User is not authorized to access this resource"}`, "authorizer-silent", 1},
		{"Unauthorized and nothing else", tokenAuthorizer(""), failing("auth", "Unauthorized"), []string{"GET /dev/a\nAuthorization: t"}, 401, `{"message":"Unauthorized"}`, "authorizer-says-unauthorized", 1},
		{"Unauthorized and a reason", tokenAuthorizer(""), failing("auth", "Unauthorized: no"), []string{"GET /dev/a\nAuthorization: t"}, 500, `{"message":null}`, "authorizer-failed", 1},
		{"a result that is no object", tokenAuthorizer(""), static("auth", `"x"`), []string{"GET /dev/a\nAuthorization: t"}, 500, `{"message":null}`, "authorizer-output-invalid", 1},
		{"a context that is nested", tokenAuthorizer(""), static("auth", strings.Replace(allow(all), `"k":1`, `"k":{}`, 1)), []string{"GET /dev/a\nAuthorization: t"}, 500, `{"message":null}`, "authorizer-output-invalid", 1},
		{"a function that is not there", tokenAuthorizer(""), static("other", "{}"), []string{"GET /dev/a\nAuthorization: t"}, 500, `{"message":null}`, "authorizer-failed", 0},
		{"all identity sources", request, static("auth", allow(all)), []string{"GET /dev/a?q=1\nx-id: 1"}, 200, "me 1", "", 1},
		{"a result is kept for all sources together", request, static("auth", allow(all)), []string{"GET /dev/a?q=1\nX-Id: 1", "GET /dev/b?q=1\nX-Id: 1", "GET /dev/b?q=2\nX-Id: 1"}, 200, "b", "", 2},
		{"an identity source without a value", request, static("auth", allow(all)), []string{"GET /dev/a?q=\nX-Id: 1"}, 401, `{"message":"Unauthorized"}`, "identity-source-missing", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t, document(tt.authorizer), tt.function)
			var r *gateway.Response
			for _, q := range tt.requests {
				r = b.send(q)
			}
			if r.Status != tt.status || string(r.Body) != tt.body || reason(r) != tt.reason {
				t.Errorf("%d %s because of %q, want %d %s because of %q", r.Status, r.Body, reason(r), tt.status, tt.body, tt.reason)
			}
			if got := len(b.functions.Calls("auth")); got != tt.calls {
				t.Errorf("the function was called %d times, want %d", got, tt.calls)
			}
		})
	}
	t.Run("what a deny says can be used in a gateway response", func(t *testing.T) {
		b := newBed(t, `x-amazon-apigateway-gateway-responses: {ACCESS_DENIED: {statusCode: 418, responseTemplates: {application/json: '{"k":"$context.authorizer.k"}'}}}`+
			document(tokenAuthorizer("")), static("auth", strings.Replace(allow(all), "Allow", "Deny", 1)))
		if r := b.send("GET /dev/a\nAuthorization: t"); r.Status != 418 || string(r.Body) != `{"k":"1"}` {
			t.Errorf("%d %s", r.Status, r.Body)
		}
	})
	t.Run("the event of a REQUEST authorizer", func(t *testing.T) {
		b := newBed(t, document(request), static("auth", allow(all)))
		b.send("GET /dev/a?q=1&q=2\nX-Id: 1")
		v, err := ordered.Parse(b.functions.Calls("auth")[0].Payload)
		if err != nil {
			t.Fatal(err)
		}
		event := v.(*ordered.Object)
		for key, want := range map[string]string{
			"type": `"REQUEST"`, "methodArn": `"arn:aws:execute-api:us-east-1:123456789012:abcdefghij/dev/GET/a"`, "resource": `"/a"`, "path": `"/a"`,
			"httpMethod": `"GET"`, "queryStringParameters": `{"q":"2"}`, "pathParameters": "{}", "stageVariables": `{"name":"dev"}`,
		} {
			got, _ := event.Get(key)
			if s := string(ordered.Append(nil, got)); s != want {
				t.Errorf("%s is %s, want %s", key, s, want)
			}
		}
		if _, ok := event.Get("body"); ok {
			t.Error("the event has a body")
		}
	})
}

func TestSignatures(t *testing.T) {
	b := newBed(t, `
paths:
  /iam: {get: `+mock(`in`, "x-amazon-apigateway-auth: {type: AWS_IAM},")+`}
  /open: {get: `+mock(`in`, "")+`}`)
	const good = "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=abc"
	tests := []struct {
		name, headers       string
		errorType, contains string
	}{
		{"none", "", "MissingAuthenticationTokenException", `{"message":"Missing Authentication Token"}`},
		{"a bearer token", "Authorization: Bearer sometoken", "IncompleteSignatureException",
			`{"message":"'sometoken' not a valid key=value pair (missing equal-sign) in Authorization header: 'Bearer sometoken'."}`},
		{"one word", "Authorization: eyJx", "IncompleteSignatureException",
			`Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=eyJx`},
		{"base64 with padding", "Authorization: Basic dXNlcjpwYQ==", "IncompleteSignatureException", `Authorization header requires 'Credential' parameter.`},
		{"a signature without a date", "Authorization: " + good, "IncompleteSignatureException", `{"message":"Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=` + good},
		{"a signature", "X-Amz-Date: 20260101T120000Z\nAuthorization: " + good, "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`},
	}
	for _, path := range []string{"/dev/iam", "/dev/nowhere"} {
		for _, tt := range tests {
			t.Run(path+" "+tt.name, func(t *testing.T) {
				r := b.send("GET " + path + "\n" + tt.headers)
				if r.Status != 403 || header(r, "x-amzn-errortype") != tt.errorType || !strings.Contains(string(r.Body), tt.contains) {
					t.Errorf("%d %s %s, want 403 %s %s", r.Status, header(r, "x-amzn-errortype"), r.Body, tt.errorType, tt.contains)
				}
			})
		}
	}
	if r := b.send("GET /dev/open\nAuthorization: Bearer x"); r.Status != 200 {
		t.Errorf("an open method answers %d to a bearer token, want 200", r.Status)
	}
}

func TestAdmission(t *testing.T) {
	const good, disabled, elsewhere = "good567890123456789012", "disabled90123456789012", "elsewhere0123456789012"
	document := `
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}
paths:
  /a: {get: ` + mock(`$context.identity.apiKeyId`, "security: [{key: []}],") + `}
  /open: {get: ` + mock(`open`, "") + `}`
	plans := func(p traffic.UsagePlan) bedOption {
		return withSettings(func(s *gateway.Settings) {
			p.Name, p.ID, p.Keys = "P", "idP", []string{"good", "disabled"}
			if p.APIStages == nil {
				p.APIStages = []traffic.APIStage{{API: testAPI, Stage: "dev"}}
			}
			keys := []traffic.APIKey{{Name: "good", ID: "idgood", Value: good}, {Name: "disabled", Value: disabled, Disabled: true}, {Name: "elsewhere", Value: elsewhere}}
			compiled, err := traffic.Compile(keys, []traffic.UsagePlan{p})
			if err != nil {
				t.Fatal(err)
			}
			s.Plans = compiled
		})
	}
	zero, one := 0.0, 1
	tests := []struct {
		name     string
		options  []bedOption
		requests []string
		status   int
		reason   string
	}{
		{"no key", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /dev/a"}, 403, "api-key-missing"},
		{"an unknown key", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /dev/a\nx-api-key: nobody"}, 403, "api-key-unknown"},
		{"a disabled key", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /dev/a\nx-api-key: " + disabled}, 403, "api-key-disabled"},
		{"a key in no plan", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /dev/a\nx-api-key: " + elsewhere}, 403, "api-key-not-in-plan"},
		{"a stage the plan does not name", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /prod/a\nx-api-key: " + good}, 403, "api-key-not-in-plan"},
		{"a good key, however the header is spelled", []bedOption{plans(traffic.UsagePlan{})}, []string{"GET /dev/a\nX-API-Key: " + good}, 200, ""},
		{"no plans at all", nil, []string{"GET /dev/a\nx-api-key: " + good}, 403, "api-key-unknown"},
		{"a quota", []bedOption{plans(traffic.UsagePlan{Quota: &traffic.Quota{Limit: 1, Period: traffic.Day}})}, []string{"GET /dev/a\nx-api-key: " + good, "GET /dev/a\nx-api-key: " + good}, 429, "quota-exhausted"},
		{"a method without a key spends no quota", []bedOption{plans(traffic.UsagePlan{Quota: &traffic.Quota{Limit: 1, Period: traffic.Day}})}, []string{"GET /dev/open\nx-api-key: " + good, "GET /dev/a\nx-api-key: " + good}, 200, ""},
		{"a plan's throttle", []bedOption{plans(traffic.UsagePlan{Throttle: &traffic.Rate{RateLimit: 1, BurstLimit: 1}})}, []string{"GET /dev/a\nx-api-key: " + good, "GET /dev/a\nx-api-key: " + good}, 429, "plan-throttled"},
		{"a plan's throttle for a method", []bedOption{plans(traffic.UsagePlan{APIStages: []traffic.APIStage{{API: testAPI, Stage: "dev", Throttle: map[string]traffic.Rate{"/a/GET": {}}}}})}, []string{"GET /dev/a\nx-api-key: " + good}, 429, "plan-method-throttled"},
		{"the stage's throttle", []bedOption{withStage(func(s *gateway.Stage) {
			s.MethodSettings = map[string]gateway.MethodSetting{"*/*": {ThrottlingBurstLimit: &one, ThrottlingRateLimit: &zero}}
		})}, []string{"GET /dev/open", "GET /dev/open"}, 429, "stage-throttled"},
		{"the account's throttle", []bedOption{withSettings(func(s *gateway.Settings) { s.AccountRate = &traffic.Rate{BurstLimit: 1} })}, []string{"GET /dev/open", "GET /prod/open"}, 429, "account-throttled"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBed(t, document, tt.options...)
			var r *gateway.Response
			for _, q := range tt.requests {
				r = b.send(q)
			}
			if r.Status != tt.status || reason(r) != tt.reason {
				t.Errorf("%d %s because of %q, want %d because of %q", r.Status, r.Body, reason(r), tt.status, tt.reason)
			}
			if r.Status == 200 && tt.name[0] == 'a' && strings.Contains(tt.name, "good key") && string(r.Body) != "idgood" {
				t.Errorf("body %q, want the id of the key", r.Body)
			}
		})
	}
	t.Run("usage is told by name", func(t *testing.T) {
		b := newBed(t, document, plans(traffic.UsagePlan{Quota: &traffic.Quota{Limit: 5, Period: traffic.Day}}))
		b.send("GET /dev/a\nx-api-key: " + good)
		if got, want := b.Usage("P", "good"), (traffic.Usage{Used: 1, Left: 4}); got != want {
			t.Errorf("usage %v, want %v", got, want)
		}
	})
}

func TestCompression(t *testing.T) {
	long := strings.Repeat("x", 1000)
	b := newBed(t, `
x-amazon-apigateway-minimum-compression-size: 100
paths:
  /long: {get: `+mock(long, "")+`}
  /short: {get: `+mock("short", "")+`}
  /echo: {post: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: POST, uri: "http://back.example/"}}}`,
		backend("http://back.example", integration.Backend{Echo: true}))
	unpack := map[string]func(io.Reader) (io.Reader, error){
		"":        func(r io.Reader) (io.Reader, error) { return r, nil },
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		"deflate": func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) },
	}
	for _, tt := range []struct{ request, coding, body string }{
		{"GET /dev/long", "", long},
		{"GET /dev/long\nAccept-Encoding: *", "", long},
		{"GET /dev/long\nAccept-Encoding: gzip, br", "gzip", long},
		{"GET /dev/long\nAccept-Encoding: gzip;q=0.5, deflate", "deflate", long},
		{"GET /dev/long\nAccept-Encoding: gzip;q=0.5, identity", "", long},
		{"GET /dev/long\nAccept-Encoding: br", "", long},
		{"GET /dev/long\nAccept-Encoding: gzip;q=0", "", long},
		{"GET /dev/short\nAccept-Encoding: gzip", "", "short"},
	} {
		r := b.send(tt.request)
		if got := header(r, "content-encoding"); got != tt.coding {
			t.Errorf("%s: Content-Encoding %q, want %q", tt.request, got, tt.coding)
			continue
		}
		plain, err := unpack[tt.coding](bytes.NewReader(r.Body))
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(plain); string(body) != tt.body {
			t.Errorf("%s: body %q, want %q", tt.request, body, tt.body)
		}
		if got := header(r, "content-length"); got != fmt.Sprint(len(r.Body)) {
			t.Errorf("%s: Content-Length %s, want %d", tt.request, got, len(r.Body))
		}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	io.WriteString(w, "hello")
	w.Close()
	if r := b.send("POST /dev/echo\nContent-Encoding: gzip\n\n" + packed.String()); !strings.Contains(string(r.Body), `"body":"hello"`) || strings.Contains(string(r.Body), "gzip") {
		t.Errorf("the backend got %s, want the body unpacked", r.Body)
	}
	for _, q := range []string{"POST /dev/echo\nContent-Encoding: gzip\n\nnone", "POST /dev/echo\nContent-Encoding: br\n\nx"} {
		if r := b.send(q); r.Status != 415 || reason(r) != "content-encoding-unsupported" {
			t.Errorf("%q: %d because of %q, want 415", q, r.Status, reason(r))
		}
	}
}

func TestLimits(t *testing.T) {
	b := newBed(t, `
x-amazon-apigateway-gateway-responses: {REQUEST_TOO_LARGE: {statusCode: 418}, DEFAULT_4XX: {statusCode: 419}}
paths: {/a: {post: `+mock("x", "")+`}}`)
	r := b.send("POST /dev/a\n\n" + strings.Repeat("x", 10485761))
	if r.Status != 413 || string(r.Body) != "HTTP content length exceeded 10485760 bytes." || header(r, "content-length") != "44" {
		t.Errorf("%d %q, want 413 and the plain text", r.Status, r.Body)
	}
	for _, name := range []string{"x-amzn-requestid", "x-amzn-errortype", "x-amz-apigw-id"} {
		if got := header(r, name); got != "" {
			t.Errorf("%s is %q, want none", name, got)
		}
	}
	if r := b.send("POST /dev/a\n\n" + strings.Repeat("x", 10485760)); r.Status != 200 {
		t.Errorf("10 MB are answered with %d, want 200", r.Status)
	}
	if r := b.send("POST /dev/a\nA: " + strings.Repeat("x", 10241)); r.Status != 431 || reason(r) != "headers-too-long" {
		t.Errorf("long headers are answered with %d because of %q", r.Status, reason(r))
	}
	if r := b.send("POST /dev/a?" + strings.Repeat("x", 10241)); r.Status != 414 || reason(r) != "uri-too-long" {
		t.Errorf("a long target is answered with %d because of %q", r.Status, reason(r))
	}
}

// The whole table of contentHandling, binary media types, Content-Type and Accept.
func TestContentHandling(t *testing.T) {
	const text = "hello world"
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	const fails = "500"
	tests := []struct {
		handling, payload, accept string
		body, want                string
	}{
		{"", "text/plain", "text/plain", text, text},
		{"", "text/plain", "image/png", encoded, text},
		{"", "text/plain", "image/png", "no base64!", fails},
		{"", "image/png", "text/plain", text, encoded},
		{"", "image/png", "image/png", text, text},
		{"", "image/png", "", text, encoded},
		{"CONVERT_TO_TEXT", "text/plain", "text/plain", text, text},
		{"CONVERT_TO_TEXT", "text/plain", "image/png", text, text},
		{"CONVERT_TO_TEXT", "image/png", "text/plain", text, encoded},
		{"CONVERT_TO_TEXT", "image/png", "image/png", text, encoded},
		{"CONVERT_TO_BINARY", "text/plain", "text/plain", encoded, text},
		{"CONVERT_TO_BINARY", "text/plain", "text/plain", "no base64!", fails},
		{"CONVERT_TO_BINARY", "text/plain", "image/png", encoded, text},
		{"CONVERT_TO_BINARY", "image/png", "text/plain", text, text},
		{"CONVERT_TO_BINARY", "image/png", "image/png", text, text},
	}
	for _, tt := range tests {
		t.Run("response "+tt.handling+" "+tt.payload+" to "+tt.accept, func(t *testing.T) {
			handling := ""
			if tt.handling != "" {
				handling = ", contentHandling: " + tt.handling
			}
			b := newBed(t, `
x-amazon-apigateway-binary-media-types: [image/png]
paths:
  /b: {get: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http, httpMethod: GET, uri: "http://back.example/", responses: {default: {statusCode: "200"`+handling+`}}}}}`,
				backend("http://back.example", integration.Backend{Answer: &integration.Answer{Status: 200, Body: []byte(tt.body), Header: []result.Header{{Name: "Content-Type", Value: tt.payload}}}}))
			r := b.send("GET /dev/b\nAccept: " + tt.accept)
			if tt.want == fails {
				if r.Status != 500 || reason(r) != "response-body-not-base64" {
					t.Errorf("%d because of %q, want 500", r.Status, reason(r))
				}
				return
			}
			if r.Status != 200 || string(r.Body) != tt.want {
				t.Errorf("%d %q, want %q", r.Status, r.Body, tt.want)
			}
		})
	}
	requests := []struct{ handling, contentType, body, want string }{
		{"", "text/plain", text, text},
		{"", "text/plain", "a\xffb", "a\uFFFDb"},
		{"", "image/png", text, text},
		{"CONVERT_TO_TEXT", "text/plain", text, text},
		{"CONVERT_TO_TEXT", "image/png; x=y", text, encoded},
		{"CONVERT_TO_BINARY", "text/plain", encoded, text},
		{"CONVERT_TO_BINARY", "text/plain", "no base64!", fails},
		{"CONVERT_TO_BINARY", "image/png", text, text},
	}
	for _, tt := range requests {
		t.Run("request "+tt.handling+" "+tt.contentType, func(t *testing.T) {
			handling := ""
			if tt.handling != "" {
				handling = ", contentHandling: " + tt.handling
			}
			b := newBed(t, `
x-amazon-apigateway-binary-media-types: [image/png]
paths:
  /b: {put: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: http, httpMethod: PUT, uri: "http://back.example/"`+handling+`, responses: {default: {statusCode: "200"}}}}}`,
				backend("http://back.example", integration.Backend{Echo: true}))
			r := b.send("PUT /dev/b\nContent-Type: " + tt.contentType + "\n\n" + tt.body)
			if tt.want == fails {
				if r.Status != 500 || reason(r) != "request-body-not-base64" {
					t.Errorf("%d because of %q, want 500", r.Status, reason(r))
				}
				return
			}
			calls := b.network.Received("http://back.example")
			if len(calls) != 1 || string(calls[0].Body) != tt.want {
				t.Errorf("%d: the backend got %q, want %q", r.Status, calls, tt.want)
			}
		})
	}
	t.Run("a preflight to a mock of an API with */* needs CONVERT_TO_TEXT", func(t *testing.T) {
		document := func(handling string) string {
			return `
x-amazon-apigateway-binary-media-types: ["*/*"]
paths: {/a: {options: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock, ` + handling + ` requestTemplates: {application/json: '{"statusCode": 200}'}, responses: {default: {statusCode: "200"}}}}}}`
		}
		if r := newBed(t, document("")).send("OPTIONS /dev/a"); r.Status != 500 || reason(r) != "template-over-bytes" {
			t.Errorf("%d because of %q, want 500", r.Status, reason(r))
		}
		if r := newBed(t, document("contentHandling: CONVERT_TO_TEXT,")).send("OPTIONS /dev/a"); r.Status != 200 {
			t.Errorf("%d because of %q, want 200", r.Status, reason(r))
		}
	})
}

func TestGatewayResponses(t *testing.T) {
	b := newBed(t, `
x-amazon-apigateway-gateway-responses:
  MISSING_AUTHENTICATION_TOKEN:
    statusCode: 404
    responseParameters:
      gatewayresponse.header.x-path: method.request.path.none
      gatewayresponse.header.x-query: method.request.querystring.q
      gatewayresponse.header.x-kind: context.error.responseType
      gatewayresponse.header.Content-Type: "'text/x'"
    responseTemplates:
      application/json: '{"m":$context.error.messageString,"s":"$stageVariables.name","a":"${context.apiId}","h":"$method.request.header.H","n":"$context.none.such","p":"$context.path"} $contexts $5 $'
      application/xml: '<m>$context.error.message</m>'
  DEFAULT_5XX: {responseParameters: {gatewayresponse.header.x-five: "'5'"}}
  UNSUPPORTED_MEDIA_TYPE: {responseTemplates: {application/json: '$context.error.messageString'}}
paths:
  /none: {get: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "{}"}, responses: {default: {statusCode: "200"}}}}}
  /415: {post: {responses: {"200": {description: d}}, x-amazon-apigateway-integration: {type: mock, passthroughBehavior: never, requestTemplates: {application/json: "{}"}, responses: {default: {statusCode: "200"}}}}}`)
	r := b.send("GET /dev/x?q=1&q=2\nH: v")
	if want := `{"m":"Missing Authentication Token","s":"dev","a":"abcdefghij","h":"v","n":"","p":"/dev/x"} $contexts $5 $`; r.Status != 404 || string(r.Body) != want {
		t.Errorf("%d %s, want 404 %s", r.Status, r.Body, want)
	}
	for name, want := range map[string]string{"x-path": "", "x-query": "2", "x-kind": "MISSING_AUTHENTICATION_TOKEN", "content-type": "text/x", "x-amzn-errortype": "MissingAuthenticationTokenException"} {
		if got := header(r, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if r.Exchange.ResponseType != "MISSING_AUTHENTICATION_TOKEN" {
		t.Errorf("the exchange tells response type %q", r.Exchange.ResponseType)
	}
	if r := b.send("GET /dev/x\nAccept: application/xml"); string(r.Body) != "<m>Missing Authentication Token</m>" {
		t.Errorf("body %s, want the XML template", r.Body)
	}
	if r := b.send("GET /dev/none"); r.Status != 500 || header(r, "x-five") != "5" || string(r.Body) != `{"message": "Internal server error"}` {
		t.Errorf("%d %s x-five %q, want the family's header and AWS's body", r.Status, r.Body, header(r, "x-five"))
	}
	if r := b.send("POST /dev/415\nContent-Type: a/b\n\nx"); string(r.Body) != ` "Unsupported Media Type"` {
		t.Errorf("body %q: the blank is the message string's", r.Body)
	}
}

func TestExchangeTells(t *testing.T) {
	var seen []*result.Exchange
	b := newBed(t, `paths: {"/a/{x}": {get: `+mock("x", "")+`}}`, withConfig(func(c *gateway.Config) {
		c.Observe = func(x *result.Exchange) { seen = append(seen, x) }
	}))
	r := b.send("GET /dev/a/1?b=c\nH: v")
	if len(seen) != 1 || seen[0] != r.Exchange {
		t.Fatalf("%d exchanges were seen, want the response's", len(seen))
	}
	x := r.Exchange
	if x.API != "API" || x.Stage != "dev" || x.Resource != "/a/{x}" || x.Method != "GET" || x.Target != "/dev/a/1?b=c" || x.Status != 200 || x.ID != header(r, "x-amzn-requestid") {
		t.Errorf("exchange %+v", x)
	}
	var ids []string
	for _, e := range x.Trace {
		ids = append(ids, e.ID)
		if e.Text == "" || strings.Contains(e.String(), "{a}") {
			t.Errorf("decision %s says %q", e.ID, e)
		}
	}
	want := "method-chosen no-key-needed request-template-used mock-answered response-by-default response-template-used"
	if got := strings.Join(ids, " "); got != want {
		t.Errorf("decisions %s, want %s", got, want)
	}
	api := b.Settings().Stages[0].Deployment.API()
	var covered []string
	for _, i := range x.Covered {
		covered = append(covered, api.Elements[i].Kind)
	}
	if got, want := strings.Join(covered, " "), "method requestTemplate integrationResponse methodResponse responseTemplate"; got != want {
		t.Errorf("covered %s, want %s", got, want)
	}
	if len(x.Templates) != 2 || int(x.Templates[0].Element) != int(x.Covered[1]) || !x.Templates[0].Lines.Has(1) || x.Templates[0].Lines.Has(2) || !x.Templates[1].Lines.Has(1) {
		t.Errorf("templates went through %+v", x.Templates)
	}
}

func TestDecisions(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range gateway.Decisions() {
		if seen[d.ID] {
			t.Errorf("two decisions are called %s", d.ID)
		}
		seen[d.ID] = true
		if d.ID == "" || d.Phase == "" || d.Evidence == "" || d.Source == "" || d.Text == "" {
			t.Errorf("decision %+v is not complete", d)
		}
		if name, ok := strings.CutPrefix(d.Source, "case "); ok {
			name, _, _ = strings.Cut(name, " ")
			text, err := os.ReadFile("../../fixtures/cases/runtime/" + strings.Trim(name, ",;") + ".yaml")
			if err != nil {
				t.Errorf("decision %s rests on a case that is not there: %v", d.ID, err)
				continue
			}
			// A decision claims no more than its case shows.
			mark := map[openapi.Evidence]string{openapi.Recorded: "recorded-on-aws", openapi.Documented: "documented", openapi.Inferred: "inferred"}[d.Evidence]
			if !strings.Contains(string(text), "\nevidence: "+mark+"\n") {
				t.Errorf("decision %s is %s, and case %s is not", d.ID, d.Evidence, name)
			}
		}
	}
	for _, id := range []string{"quota-exhausted", "backend-not-configured"} {
		if !seen[id] {
			t.Errorf("no decision is called %s", id)
		}
	}
}

func TestSettingsChangeUnderRequests(t *testing.T) {
	yes := true
	b := newBed(t, `paths: {/a: {get: `+mock(`$stageVariables.name $context.requestId`, "")+`}}`, withStage(func(s *gateway.Stage) {
		s.CacheClusterEnabled = true
		s.MethodSettings = map[string]gateway.MethodSetting{"*/*": {CachingEnabled: &yes}}
	}))
	done := make(chan bool)
	for range 4 {
		go func() {
			for range 200 {
				b.Do(t.Context(), &gateway.Request{Method: "GET", Target: "/dev/a"})
			}
			done <- true
		}()
	}
	for i := range 100 {
		s := b.Settings().Clone()
		s.Stages[0].Variables["name"] = fmt.Sprint(i)
		b.SetSettings(s)
		b.FlushCache("", "dev")
	}
	for range 4 {
		<-done
	}
	b.FlushCache("", "dev")
	if r := b.send("GET /dev/a"); !strings.HasPrefix(string(r.Body), "99 ") {
		t.Errorf("body %q, want the last settings", r.Body)
	}
}

func TestUnknownPathNamesTheNearest(t *testing.T) {
	b := newBed(t, `paths: {/items: {get: `+mock(`x`, "")+`}}`)
	r := b.send("GET /dev/itmes")
	if e, _ := r.Exchange.Refusal(); e.ID != "path-unknown" || e.String() != "no resource fits /itmes; the most alike is /items" {
		t.Errorf("%s: %s", e.ID, e)
	}
}
