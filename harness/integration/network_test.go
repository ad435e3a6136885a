package integration

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func network(t *testing.T, c NetworkConfig) (*Network, *clock.Virtual) {
	t.Helper()
	clk := clock.NewVirtual(start)
	n, err := NewNetwork(c, clk)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Close)
	return n, clk
}

// get calls a URI behind an HTTP_PROXY integration.
func get(t *testing.T, n *Network, uri string) (*Response, *Failure) {
	t.Helper()
	return do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy}, HTTPMethod: "GET", URI: uri, Timeout: 29 * time.Second})
}

func do(t *testing.T, n *Network, req *Request) (*Response, *Failure) {
	t.Helper()
	return doWith(t.Context(), t, New(Config{Network: n}), req)
}

func doWith(ctx context.Context, t *testing.T, i *Integrations, req *Request) (*Response, *Failure) {
	t.Helper()
	r, err := i.Do(ctx, req)
	if err == nil {
		return r, nil
	}
	var f *Failure
	if !errors.As(err, &f) {
		t.Fatalf("Do = %T, want a *Failure", err)
	}
	if f.Event.Decision == nil || f.LogLine == "" || f.Message == "" || f.Type == "" || f.Status < 400 {
		t.Errorf("the failure leaves something out: %+v", f)
	}
	return nil, f
}

// reason is the id of a failure's decision.
func reason(f *Failure) string {
	if f == nil {
		return ""
	}
	return f.Event.ID
}

func TestNothingLeavesTheMachineUnlessNamed(t *testing.T) {
	n, _ := network(t, NetworkConfig{Allow: []string{"allowed.example"}})
	for _, uri := range []string{
		"http://example.com/", "https://169.254.169.254/latest/meta-data", "http://10.0.0.1/", "http://127.0.0.1.example.com/", "http://localhost.example.com/",
		"http://0.0.0.0/", "http://[2001:db8::1]/", "http://user@example.com/", "http://allowed.example:8080/", "http://not.allowed.example/", "http://2130706433/",
	} {
		_, f := get(t, n, uri)
		if reason(f) != "backend-not-configured" || f.Status != 504 || f.Message != "Network error communicating with endpoint" || f.Type != "INTEGRATION_FAILURE" {
			t.Errorf("GET %s = %+v, want it refused as an unreachable backend", uri, f)
		}
	}
	for host, want := range map[string]bool{"localhost": true, "LOCALHOST": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true, "0.0.0.0": false, "example.com": false, "": false} {
		if got := isLoopback(host); got != want {
			t.Errorf("isLoopback(%q) = %v, want %v", host, got, want)
		}
	}
	for uri, want := range map[string]bool{"http://allowed.example/": true, "https://ALLOWED.example:443/x": true, "https://allowed.example:8443/": false, "http://localhost:1/": true} {
		u, _ := parseEndpoint(uri)
		if got := !n.wayTo(hostKey(u), u.Path, "GET", u, "").nothing; got != want {
			t.Errorf("%s may be called = %v, want %v", uri, got, want)
		}
	}
}

func TestURIsThatAreNoEndpoint(t *testing.T) {
	n, _ := network(t, NetworkConfig{})
	for _, uri := range []string{"", "http:///path", "http://", "https://:8080/", "/path", "ftp://127.0.0.1/", "127.0.0.1/x", "http://127.0.0.1:x/", "http://[::1/", "http://127.0.0.1/\x01"} {
		_, f := get(t, n, uri)
		if reason(f) != "invalid-endpoint" || f.Status != 500 || f.Message != "Internal server error" || f.LogLine != "Execution failed due to configuration error: Invalid endpoint address" {
			t.Errorf("GET %q = %+v, want 500 for an invalid endpoint address", uri, f)
		}
	}
}

func TestStubs(t *testing.T) {
	n, clk := network(t, NetworkConfig{Backends: map[string]Backend{
		"http://pets.example": {
			Routes: []Route{
				{Method: "GET", Path: "/pets", Answer: Answer{Status: 200, Body: []byte(`[]`)}},
				{Path: "/pets/{id}", Answer: Answer{Status: 201, Body: []byte("one")}},
				{Method: "ANY", Path: "/files/{path+}", Answer: Answer{Status: 202}},
				{Method: "GET", Path: "/slow", Answer: Answer{Delay: 2 * time.Second}},
				{Method: "GET", Path: "/never", Answer: Answer{Delay: 31 * time.Second}},
				{Method: "GET", Path: "/gone", Answer: Answer{Unreachable: true}},
			},
		},
		"https://always.example": {Answer: &Answer{Status: 418, Header: lines("X-A: b", "Content-Type: text/x")}},
	}})
	tests := []struct {
		uri, reason string
		status      int
		contentType string
		took        time.Duration
	}{
		{uri: "http://pets.example/pets?x=1", status: 200, contentType: "application/json"},
		{uri: "http://PETS.example:80/pets", status: 200, contentType: "application/json"},
		{uri: "http://pets.example/pets/7", status: 201, contentType: "text/plain; charset=utf-8"},
		{uri: "http://pets.example/pets/7/toys", status: 404},
		{uri: "http://pets.example/pets/", status: 404},
		{uri: "http://pets.example/files/a/b", status: 202},
		{uri: "http://pets.example/files", status: 404},
		{uri: "http://pets.example/slow", status: 200, took: 2 * time.Second},
		{uri: "http://pets.example/never", reason: "integration-timeout", took: 29 * time.Second},
		{uri: "http://pets.example/gone", reason: "network-error"},
		{uri: "https://pets.example/pets", reason: "backend-not-configured"},
		{uri: "https://always.example", status: 418, contentType: "text/x"},
	}
	for _, tt := range tests {
		t.Run(tt.uri, func(t *testing.T) {
			before := clk.Now()
			r, f := get(t, n, tt.uri)
			if reason(f) != tt.reason {
				t.Fatalf("reason %q, want %q", reason(f), tt.reason)
			}
			if f == nil && (r.Status != tt.status || value(r.Header, "Content-Type") != tt.contentType) {
				t.Errorf("answer %d %v, want %d %s", r.Status, r.Header, tt.status, tt.contentType)
			}
			if took := clk.Now().Sub(before); took != tt.took {
				t.Errorf("it took %v of the gateway's time, want %v", took, tt.took)
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	n, _ := network(t, NetworkConfig{Backends: map[string]Backend{"http://b.example": {Answer: &Answer{Delay: time.Minute}}}})
	_, f := get(t, n, "http://b.example/")
	if f == nil || f.Type != "INTEGRATION_TIMEOUT" || f.Status != 504 || f.Message != "Endpoint request timed out" {
		t.Errorf("a slow backend = %+v, want the answer to a timeout", f)
	}
	if got, want := f.Event.String(), "http://b.example gave no answer within 29000 ms"; got != want {
		t.Errorf("the reason reads %q, want %q", got, want)
	}
}

func TestWhatStepsSayWins(t *testing.T) {
	n, clk := network(t, NetworkConfig{Backends: map[string]Backend{"http://b.example": {Answer: &Answer{Status: 200}}}})
	set := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(uri, want string) {
		t.Helper()
		r, f := get(t, n, uri)
		got := reason(f)
		if f == nil {
			got = strconv.Itoa(r.Status)
		}
		if got != want {
			t.Errorf("GET %s = %s, want %s", uri, got, want)
		}
	}
	set(n.SetAnswers("http://b.example", []Answer{{Status: 500}, {Status: 503}, {Status: 201}}))
	set(n.SetAnswers("http://b.example/pets", []Answer{{Status: 404}}))
	want("http://b.example/", "500")
	want("http://b.example/pets", "404") // a path of its own, and no place in the host's sequence
	want("http://b.example/other", "503")
	want("http://b.example/", "201")
	want("http://b.example/", "201") // the last repeats
	n.Reset()
	want("http://b.example/", "500")

	before := clk.Now()
	set(n.SetDelay("http://b.example", 3*time.Second))
	want("http://b.example/pets", "404")
	if took := clk.Now().Sub(before); took != 3*time.Second {
		t.Errorf("the path took %v, want the host's 3s", took)
	}
	set(n.SetDelay("http://b.example", 31*time.Second))
	want("http://b.example/", "integration-timeout")
	set(n.SetDelay("http://b.example", 0))
	set(n.SetUnreachable("http://b.example"))
	want("http://b.example/", "network-error")
	set(n.SetAnswers("http://b.example", []Answer{{Status: 200}}))
	want("http://b.example/", "200")

	set(n.SetDelay("http://unnamed.example", 31*time.Second))
	want("http://unnamed.example/", "integration-timeout")
	for _, target := range []string{"", "b.example:80", "http://", "/pets", "ftp://x"} {
		if n.SetDelay(target, time.Second) == nil || n.SetUnreachable(target) == nil || n.SetAnswers(target, nil) == nil {
			t.Errorf("the target %q is taken", target)
		}
	}
}

func TestReceived(t *testing.T) {
	n, _ := network(t, NetworkConfig{Backends: map[string]Backend{"http://b.example": {Echo: true}}})
	r, f := do(t, n, &Request{
		Integration: &openapi.Integration{Type: openapi.HTTP}, HTTPMethod: "POST", URI: "http://b.example/a%20b?q=1&q=2&r=%26", Timeout: time.Second,
		Header: lines("X-Twice: 1", "X-Twice: 2", "Host: other.example"), Body: []byte("hello"), HasBody: true, APIID: "abc", TraceID: "Root=1-2-3",
	})
	if f != nil {
		t.Fatal(f)
	}
	const echo = `{"method":"POST","path":"/a%20b","query":{"q":["1","2"],"r":"\u0026"},"headers":{"Accept":"application/json","Host":"other.example","User-Agent":"AmazonAPIGateway_abc","X-Amzn-Apigateway-Api-Id":"abc","X-Amzn-Trace-Id":"Root=1-2-3","X-Twice":["1","2"]},"body":"hello"}`
	if string(r.Body) != echo {
		t.Errorf("echo %s, want %s", r.Body, echo)
	}
	if _, f := get(t, n, "http://b.example/other"); f != nil {
		t.Fatal(f)
	}
	got := n.Received("http://b.example")
	if len(got) != 2 || got[0].Path != "/a%20b" || got[0].Query != "q=1&q=2&r=%26" || string(got[0].Body) != "hello" || value(got[0].Header, "host") != "other.example" {
		t.Errorf("Received = %+v", got)
	}
	if got := n.Received("http://b.example/a b"); len(got) != 1 || got[0].Method != "POST" {
		t.Errorf("Received of the path = %+v, want the POST", got)
	}
	if got := n.Received("http://other.example"); got != nil {
		t.Errorf("Received of another host = %+v", got)
	}
	n.Reset()
	if got := n.Received("http://b.example"); got != nil {
		t.Errorf("Received after Reset = %+v", got)
	}
}

func TestReceivedDoesNotGrow(t *testing.T) {
	n, _ := network(t, NetworkConfig{})
	for i := range 3 * maxReceived {
		n.record("http://b", BackendRequest{Path: strconv.Itoa(i), Body: make([]byte, 1<<10)})
	}
	if got := n.Received("http://b"); len(got) != maxReceived || got[maxReceived-1].Path != strconv.Itoa(3*maxReceived-1) {
		t.Errorf("%d calls are kept, want the last %d", len(got), maxReceived)
	}
	for range 10 {
		n.record("http://b", BackendRequest{Body: make([]byte, maxReceivedSize/3)})
	}
	if n.size > maxReceivedSize || len(n.Received("http://b")) != 3 {
		t.Errorf("%d bytes in %d calls are kept, want at most %d", n.size, len(n.received), maxReceivedSize)
	}
}

func TestNetworkConfigProblems(t *testing.T) {
	_, err := NewNetwork(NetworkConfig{
		Endpoints: map[string]string{"https://a.example/path": "http://127.0.0.1:1", "b.example:80": "http://127.0.0.1:1", "sqs": "127.0.0.1:1", "sns": "http://127.0.0.1:1/x"},
		Backends:  map[string]Backend{"http://c.example/x": {}, "": {}},
		Allow:     []string{"*.example.com", "http://d.example/", "e.example/x"},
	}, nil)
	if err == nil {
		t.Fatal("NewNetwork took everything")
	}
	for _, want := range []string{`endpoints: "https://a.example/path"`, `endpoints: "b.example:80"`, `endpoints: "sqs": "127.0.0.1:1"`, `endpoints: "sns"`, `backends: "http://c.example/x"`, `backends: ""`, `network.allow: "*.example.com"`, `network.allow: "e.example/x"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %s:\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "d.example") {
		t.Errorf("a host given as URL is refused: %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	root := &openapi.Resource{Path: "/"}
	add := func(typ openapi.IntegrationType, uri, connection string) {
		root.Methods = append(root.Methods, &openapi.Method{Resource: root, HTTPMethod: "GET",
			Integration: &openapi.Integration{Type: typ, URI: source.Plain("api.yaml", uri), ConnectionID: connection}})
	}
	add(openapi.HTTP, "https://z.example/a", "")
	add(openapi.HTTPProxy, "https://z.example/b", "")
	add(openapi.HTTPProxy, "http://${stageVariables.host}/b", "")
	add(openapi.HTTP, "http://stubbed.example/a", "")
	add(openapi.HTTP, "http://127.0.0.1:9/a", "")
	add(openapi.HTTP, "http://behind.example/a", "link1")
	add(openapi.HTTP, "http:///nowhere", "")
	add(openapi.AWS, "arn:aws:apigateway:us-east-1:sqs:path/123456789012/q", "")
	add(openapi.AWS, "arn:aws:apigateway:us-east-1:dynamodb:action/Query", "")
	add(openapi.AWS, "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations", "")
	add(openapi.Mock, "", "")
	root.Methods = append(root.Methods, &openapi.Method{Resource: root, HTTPMethod: "PUT"})
	n, _ := network(t, NetworkConfig{
		Endpoints: map[string]string{"dynamodb": "http://127.0.0.1:8000", "LINK1": "http://127.0.0.1:1"},
		Backends:  map[string]Backend{"http://stubbed.example": {}},
	})
	api := &openapi.API{Root: root}
	if got, want := n.Unreachable(api, map[string]string{"host": "a.example"}), []string{"http://a.example", "https://z.example", "sqs"}; !slices.Equal(got, want) {
		t.Errorf("Unreachable = %q, want %q", got, want)
	}
	if err := n.SetAnswers("sqs", []Answer{{}}); err != nil {
		t.Fatal(err)
	}
	if err := n.SetAnswers("https://z.example/a", []Answer{{}}); err != nil {
		t.Fatal(err)
	}
	if got, want := n.Unreachable(api, map[string]string{"host": "a.example"}), []string{"http://a.example"}; !slices.Equal(got, want) {
		t.Errorf("Unreachable = %q, want %q", got, want)
	}
}
