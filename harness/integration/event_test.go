package integration

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func sampleEvent() *Event {
	return &Event{
		Resource: "/items/{ID}", Path: "/items/7", HTTPMethod: "GET",
		Header: EventHeaders(nil, lines("x-api-key: K", "accept: a", "user-agent: curl/8.9.1", "tEsT-HEADeR: 1", "Test-Header: 2", "Host: wrong", "authorization: t"),
			"ab12cd34ef.execute-api.us-west-2.amazonaws.com", "203.0.113.9", "Root=1-66f0a1b2-0123456789abcdef01234567"),
		Query:      mapping.Params{{Name: "tag", Values: []string{"a", "b \"c\""}}, {Name: "empty", Values: []string{""}}},
		PathParams: mapping.Params{{Name: "ID", Values: []string{"7"}}},
		Variables:  map[string]string{"z": "1", "lambdaAlias": "dev"},
		Context: EventContext{
			ResourceID: "q1w2e3", ResourcePath: "/items/{ID}", HTTPMethod: "GET", ExtendedRequestID: "XyZabcE1PHcFxyz=",
			Time: time.Date(2026, 11, 21, 1, 2, 3, 4e6, time.UTC), Path: "/dev/items/7", AccountID: "123456789012", Protocol: "HTTP/1.1", Stage: "dev",
			DomainPrefix: "ab12cd34ef", RequestID: "0f9d6c1e-1f2a-4b5c-8d7e-001122334455", DomainName: "ab12cd34ef.execute-api.us-west-2.amazonaws.com",
			DeploymentID: "dp1234", APIID: "ab12cd34ef",
			Identity: EventIdentity{SourceIP: "203.0.113.9", UserAgent: "curl/8.9.1", APIKey: "K", APIKeyID: "k1d2e3f4g5"},
		},
	}
}

func TestProxyEvent(t *testing.T) {
	const want = `{"resource":"/items/{ID}","path":"/items/7","httpMethod":"GET",` +
		`"headers":{"accept":"a","Authorization":"t","Host":"ab12cd34ef.execute-api.us-west-2.amazonaws.com","tEsT-HEADeR":"2","User-Agent":"curl/8.9.1","X-Amzn-Trace-Id":"Root=1-66f0a1b2-0123456789abcdef01234567","x-api-key":"K","X-Forwarded-For":"203.0.113.9","X-Forwarded-Port":"443","X-Forwarded-Proto":"https"},` +
		`"multiValueHeaders":{"accept":["a"],"Authorization":["t"],"Host":["ab12cd34ef.execute-api.us-west-2.amazonaws.com"],"tEsT-HEADeR":["1","2"],"User-Agent":["curl/8.9.1"],"X-Amzn-Trace-Id":["Root=1-66f0a1b2-0123456789abcdef01234567"],"x-api-key":["K"],"X-Forwarded-For":["203.0.113.9"],"X-Forwarded-Port":["443"],"X-Forwarded-Proto":["https"]},` +
		`"queryStringParameters":{"tag":"b \"c\"","empty":""},"multiValueQueryStringParameters":{"tag":["a","b \"c\""],"empty":[""]},"pathParameters":{"ID":"7"},"stageVariables":{"lambdaAlias":"dev","z":"1"},` +
		`"requestContext":{"resourceId":"q1w2e3","resourcePath":"/items/{ID}","httpMethod":"GET","extendedRequestId":"XyZabcE1PHcFxyz=","requestTime":"21/Nov/2026:01:02:03 +0000","path":"/dev/items/7","accountId":"123456789012","protocol":"HTTP/1.1","stage":"dev","domainPrefix":"ab12cd34ef","requestTimeEpoch":1795222923004,"requestId":"0f9d6c1e-1f2a-4b5c-8d7e-001122334455",` +
		`"identity":{"cognitoIdentityPoolId":null,"accountId":null,"cognitoIdentityId":null,"caller":null,"sourceIp":"203.0.113.9","principalOrgId":null,"accessKey":null,"cognitoAuthenticationType":null,"cognitoAuthenticationProvider":null,"userArn":null,"userAgent":"curl/8.9.1","user":null,"apiKey":"K","apiKeyId":"k1d2e3f4g5"},` +
		`"domainName":"ab12cd34ef.execute-api.us-west-2.amazonaws.com","deploymentId":"dp1234","apiId":"ab12cd34ef"},"body":null,"isBase64Encoded":false}`
	if got := string(ProxyEvent(nil, sampleEvent())); got != want {
		t.Errorf("ProxyEvent =\n%s\nwant\n%s", got, want)
	}
}

func TestProxyEventOfABareCall(t *testing.T) {
	got := string(ProxyEvent([]byte("before"), &Event{Resource: "/", Path: "/", HTTPMethod: "POST", HasBody: true, Body: []byte("a\"\n\xff")}))
	const begin = `before{"resource":"/","path":"/","httpMethod":"POST","headers":null,"multiValueHeaders":null,"queryStringParameters":null,"multiValueQueryStringParameters":null,"pathParameters":null,"stageVariables":null,"requestContext":{`
	const end = `},"body":"a\"\n` + "\ufffd" + `","isBase64Encoded":false}`
	if got[:len(begin)] != begin || got[len(got)-len(end):] != end {
		t.Errorf("ProxyEvent = %s, want null for what is not there", got)
	}
}

func TestAuthorizerEvents(t *testing.T) {
	if got, want := string(TokenAuthorizerEvent(nil, "arn:x", `a"b`)), `{"type":"TOKEN","methodArn":"arn:x","authorizationToken":"a\"b"}`; got != want {
		t.Errorf("TokenAuthorizerEvent = %s, want %s", got, want)
	}
	e := sampleEvent()
	e.HasBody = true
	v, err := ordered.Parse(RequestAuthorizerEvent(nil, "arn:x", e))
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range v.(*ordered.Object).All() {
		keys = append(keys, k)
	}
	want := []string{"type", "methodArn", "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables", "requestContext"}
	if !slices.Equal(keys, want) {
		t.Errorf("a REQUEST event has %q, want %q", keys, want)
	}
}

func TestEventHeadersOfAForwardedCall(t *testing.T) {
	got := EventHeaders(nil, lines("x-forwarded-for: 1.1.1.1", "X-Forwarded-Proto: http", "x-amzn-trace-id: old"), "h", "2.2.2.2", "new")
	if v := value(got, "X-Forwarded-For"); v != "1.1.1.1, 2.2.2.2" {
		t.Errorf("X-Forwarded-For = %q, want the caller's and the address it came from", v)
	}
	if value(got, "X-Forwarded-Proto") != "https" || value(got, "X-Amzn-Trace-Id") != "new" || len(got) != 5 {
		t.Errorf("EventHeaders = %v", got)
	}
}

func TestEventWithAuthorizerAndCanary(t *testing.T) {
	e := sampleEvent()
	canary := true
	authorizer := ordered.NewObject(2)
	authorizer.Set("principalId", "me")
	authorizer.Set("integrationLatency", ordered.Number("12"))
	e.Context.Authorizer, e.Context.IsCanary, e.Context.OperationName = authorizer, &canary, "GetItem"
	var got struct {
		RequestContext struct {
			Authorizer      map[string]any
			IsCanaryRequest bool
			OperationName   string
		}
	}
	if err := json.Unmarshal(ProxyEvent(nil, e), &got); err != nil {
		t.Fatal(err)
	}
	c := got.RequestContext
	if c.Authorizer["principalId"] != "me" || c.Authorizer["integrationLatency"] != 12.0 || !c.IsCanaryRequest || c.OperationName != "GetItem" {
		t.Errorf("requestContext = %+v", c)
	}
}

func FuzzProxyEvent(f *testing.F) {
	f.Add("a", "b\"\\\x00é", []byte("\xff{"))
	f.Fuzz(func(t *testing.T, name, text string, body []byte) {
		e := sampleEvent()
		e.Header = EventHeaders(nil, lines(name+": "+text), text, text, text)
		e.Query = mapping.Params{{Name: name, Values: []string{text, name}}}
		e.Variables = map[string]string{name: text}
		e.Path, e.Body, e.HasBody = text, body, true
		if b := ProxyEvent(nil, e); !json.Valid(b) {
			t.Errorf("ProxyEvent is no JSON: %s", b)
		}
	})
}

func BenchmarkProxyEvent(b *testing.B) {
	e := sampleEvent()
	dst := ProxyEvent(nil, e)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = ProxyEvent(dst[:0], e)
	}
}
