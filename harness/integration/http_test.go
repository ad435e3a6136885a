package integration

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/openapi"
)

// server answers each connection with what serve writes to it, once the head of
// a request has been read. It returns the address, and the heads as they came.
func server(t *testing.T, serve func(c net.Conn, r *http.Request)) (address string, heads func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var list []string
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				var head strings.Builder
				r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &head)))
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, r.Body) // else closing resets the connection
				mu.Lock()
				list = append(list, head.String())
				mu.Unlock()
				serve(c, r)
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String(), func() []string { mu.Lock(); defer mu.Unlock(); return append([]string(nil), list...) }
}

// checkLeaks fails the test if goroutines it started are left when it ends.
func checkLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 200 {
			if runtime.NumGoroutine() <= before {
				return
			}
			_ = clock.Real().Sleep(context.Background(), 10*time.Millisecond) // goroutines of closed connections end soon
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d at the start:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	})
}

func TestHTTPSendsWhatAWSSends(t *testing.T) {
	address, heads := server(t, func(c net.Conn, _ *http.Request) {
		io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	})
	n, _ := network(t, NetworkConfig{})
	call := func(typ openapi.IntegrationType, method string, header ...string) string {
		t.Helper()
		_, f := do(t, n, &Request{Integration: &openapi.Integration{Type: typ}, HTTPMethod: method, URI: "http://" + address + "/p?q=1", Header: lines(header...),
			Body: []byte("hello"), HasBody: true, APIID: "abc", TraceID: "Root=1-2-3", Timeout: 10 * time.Second})
		if f != nil {
			t.Fatal(f.Event)
		}
		all := heads()
		return all[len(all)-1]
	}
	tests := []struct {
		name, head   string
		have, havent []string
	}{
		{
			name: "HTTP", head: call(openapi.HTTP, "POST", "x-spelled-Like-THIS: 1"),
			have: []string{"POST /p?q=1 HTTP/1.1\r\n", "Host: " + address + "\r\n", "x-spelled-Like-THIS: 1\r\n", "Accept: application/json\r\n", "User-Agent: AmazonAPIGateway_abc\r\n",
				"X-Amzn-Apigateway-Api-Id: abc\r\n", "X-Amzn-Trace-Id: Root=1-2-3\r\n", "Content-Length: 5\r\n"},
			havent: []string{"Accept-Encoding", "Go-http-client"},
		},
		{
			name: "mapped headers win", head: call(openapi.HTTP, "POST", "accept: text/x", "user-agent: mine", "Host: other.example", "Trailer: x", "Content-Length: 77"),
			have:   []string{"accept: text/x\r\n", "user-agent: mine\r\n", "Host: other.example\r\n", "railer: x\r\n", "Content-Length: 5\r\n"},
			havent: []string{"application/json", "AmazonAPIGateway", "77"},
		},
		{
			name: "HTTP_PROXY adds less", head: call(openapi.HTTPProxy, "PUT", "User-Agent: curl/8"),
			have:   []string{"User-Agent: curl/8\r\n", "X-Amzn-Apigateway-Api-Id: abc\r\n"},
			havent: []string{"Accept"},
		},
		{name: "no body goes with GET", head: call(openapi.HTTPProxy, "GET"), havent: []string{"Content-Length", "hello"}},
		{name: "no body goes with HEAD", head: call(openapi.HTTP, "HEAD"), havent: []string{"Content-Length"}},
		{name: "no body goes with OPTIONS", head: call(openapi.HTTP, "OPTIONS"), havent: []string{"Content-Length: 5"}},
		{name: "a body goes with DELETE", head: call(openapi.HTTP, "DELETE"), have: []string{"Content-Length: 5"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, want := range tt.have {
				if !strings.Contains(tt.head, want) {
					t.Errorf("the request lacks %q:\n%s", want, tt.head)
				}
			}
			for _, want := range tt.havent {
				if strings.Contains(tt.head, want) {
					t.Errorf("the request has %q:\n%s", want, tt.head)
				}
			}
		})
	}
}

func TestHeadersThatCantBeSent(t *testing.T) {
	n, _ := network(t, NetworkConfig{Backends: map[string]Backend{"http://b.example": {Echo: true}}})
	for _, h := range []string{"X: a\r\nY", "X Y: a", ": a", "X: a\x00"} {
		name, value, _ := strings.Cut(h, ": ")
		_, f := do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTP}, HTTPMethod: "GET", URI: "http://b.example/", Header: lines(name + ": " + value)})
		if reason(f) != "invalid-integration-header" || f.Status != 500 {
			t.Errorf("header %q = %+v, want 500", h, f)
		}
	}
}

func TestHTTPTakesWhatABackendSends(t *testing.T) {
	checkLeaks(t)
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	tests := []struct {
		name   string
		serve  func(c net.Conn, r *http.Request)
		status int
		body   string
		reason string
	}{
		{"a redirect is not followed", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
		}, 302, "", ""},
		{"1xx answers are passed over", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"+ok)
		}, 200, "ok", ""},
		{"switching protocols", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
		}, 0, "", "network-error"},
		{"chunks", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n")
		}, 200, "ok", ""},
		{"no length: to the end of the connection", func(c net.Conn, _ *http.Request) { io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nok") }, 200, "ok", ""},
		{"compressed bodies pass as they are", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b")
		}, 200, "\x1f\x8b", ""},
		{"closed at once", func(net.Conn, *http.Request) {}, 0, "", "network-error"},
		{"closed in the head", func(c net.Conn, _ *http.Request) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-") }, 0, "", "network-error"},
		{"closed in the body", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfew")
		}, 0, "", "network-error"},
		{"closed between chunks", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n")
		}, 0, "", "network-error"},
		{"broken chunks", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\no\r\n")
		}, 0, "", "network-error"},
		{"no HTTP", func(c net.Conn, _ *http.Request) { io.WriteString(c, "220 ready\r\n") }, 0, "", "network-error"},
		{"headers without end", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for range 1 << 14 {
				if _, err := io.WriteString(c, "X-Filler: 0123456789\r\n"); err != nil {
					return
				}
			}
		}, 0, "", "network-error"},
		{"too large a body, announced", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
			fill(c, 100<<20)
		}, 0, "", "integration-response-too-large"},
		{"too large a body, in chunks", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6400000\r\n")
			fill(c, 100<<20)
		}, 0, "", "integration-response-too-large"},
		{"as large a body as there may be", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n")
			fill(c, 10<<20)
		}, 200, strings.Repeat("\x00", 10<<20), ""},
		{"a hang before the head", func(c net.Conn, _ *http.Request) { io.Copy(io.Discard, c) }, 0, "", "integration-timeout"},
		{"a hang in the body", func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
			io.Copy(io.Discard, c)
		}, 0, "", "integration-timeout"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := server(t, tt.serve)
			n, clk := network(t, NetworkConfig{})
			timeout := 20 * time.Second
			if tt.reason == "integration-timeout" {
				timeout = 60 * time.Millisecond
			}
			r, f := do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy}, HTTPMethod: "GET", URI: "http://" + address + "/", Timeout: timeout})
			if reason(f) != tt.reason {
				t.Fatalf("reason %q (%v), want %q", reason(f), f, tt.reason)
			}
			if f == nil && (r.Status != tt.status || string(r.Body) != tt.body) {
				t.Errorf("answer %d with %d bytes, want %d with %d", r.Status, len(r.Body), tt.status, len(tt.body))
			}
			moved := clk.Now().Sub(start)
			if tt.reason == "integration-timeout" && moved != timeout || tt.reason != "integration-timeout" && moved != 0 {
				t.Errorf("the gateway's clock moved by %v", moved)
			}
			n.Close()
		})
	}
}

func fill(w io.Writer, n int) {
	block := make([]byte, 64<<10)
	for ; n > 0; n -= len(block) {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

func TestConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	n, _ := network(t, NetworkConfig{})
	_, f := get(t, n, "http://"+address+"/") // case http-proxy-network-error-is-504
	if reason(f) != "network-error" || f.Status != 504 || strings.Contains(f.Event.B, address) {
		t.Errorf("a closed port = %+v", f)
	}
}

func TestCallerThatGoesAway(t *testing.T) {
	checkLeaks(t)
	ctx, cancel := context.WithCancel(t.Context())
	address, _ := server(t, func(c net.Conn, _ *http.Request) { cancel(); io.Copy(io.Discard, c) })
	n, clk := network(t, NetworkConfig{})
	_, f := doWith(ctx, t, New(Config{Network: n}), &Request{Integration: &openapi.Integration{Type: openapi.HTTP}, HTTPMethod: "GET", URI: "http://" + address + "/", Timeout: 20 * time.Second})
	if reason(f) != "client-gone" || clk.Now() != start {
		t.Errorf("a cancelled call = %+v at %v", f, clk.Now())
	}
	n.Close()
}

func TestConnectionsAreKept(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		connections[r.RemoteAddr] = true
		mu.Unlock()
		w.Header()["x-Spelled"] = []string{"1", "2"}
		io.WriteString(w, "ok")
	}))
	defer s.Close()
	shared := NewClients()
	defer shared.Close()
	for range 3 { // worlds
		n, _ := network(t, NetworkConfig{Clients: shared})
		for range 5 {
			r, f := get(t, n, s.URL)
			if f != nil || len(r.Header) < 4 {
				t.Fatal(r, f)
			}
		}
		n.Close()
	}
	if len(connections) != 1 {
		t.Errorf("%d connections for 15 calls, want one", len(connections))
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	n, _ := network(t, NetworkConfig{})
	call := func(tls *openapi.TLSConfig) (*Response, *Failure) {
		return do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy, TLSConfig: tls}, HTTPMethod: "GET", URI: s.URL, Timeout: 10 * time.Second})
	}
	if _, f := call(nil); reason(f) != "network-error" || f.Status != 504 {
		t.Errorf("a certificate nobody knows = %+v, want a network error", f)
	}
	if _, f := call(&openapi.TLSConfig{}); reason(f) != "network-error" {
		t.Errorf("a certificate nobody knows = %+v, want a network error", f)
	}
	r, f := call(&openapi.TLSConfig{InsecureSkipVerification: true})
	if f != nil || string(r.Body) != "HTTP/1.1" {
		t.Errorf("insecureSkipVerification = %v, %v, want it to be called", r, f)
	}
}

func TestEndpoints(t *testing.T) {
	address, heads := server(t, func(c net.Conn, _ *http.Request) {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	})
	n, _ := network(t, NetworkConfig{Endpoints: map[string]string{"https://Backend.example.com": "http://" + address, "vpclink1": "http://" + address}})
	call := func(in *openapi.Integration, uri string) *Failure {
		in.Type = openapi.HTTP
		_, f := do(t, n, &Request{Integration: in, HTTPMethod: "GET", URI: uri, Timeout: 10 * time.Second})
		return f
	}
	if f := call(&openapi.Integration{}, "https://backend.example.com/a/b?c=d"); f != nil {
		t.Fatal(f.Event)
	}
	if f := call(&openapi.Integration{ConnectionType: "VPC_LINK", ConnectionID: "vpclink1"}, "http://internal.example:8080/x"); f != nil {
		t.Fatal(f.Event)
	}
	if f := call(&openapi.Integration{ConnectionID: "vpclink1"}, "http://internal.example:8080/x"); reason(f) != "backend-not-configured" {
		t.Errorf("an integration without a link = %v, want it refused", f)
	}
	for i, want := range []string{"GET /a/b?c=d HTTP/1.1\r\nHost: backend.example.com\r\n", "GET /x HTTP/1.1\r\nHost: internal.example:8080\r\n"} {
		if got := heads()[i]; !strings.HasPrefix(got, want) {
			t.Errorf("call %d begins %q, want %q", i, got, want)
		}
	}
	if got := n.Received("https://backend.example.com"); len(got) != 1 || got[0].Path != "/a/b" {
		t.Errorf("Received = %+v, want the call by the document's host", got)
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	checkLeaks(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.RawQuery) }))
	defer s.Close()
	n, _ := network(t, NetworkConfig{})
	i := New(Config{Network: n})
	var wg sync.WaitGroup
	for k := range 50 {
		wg.Go(func() {
			q := strconv.Itoa(k)
			r, err := i.Do(context.Background(), &Request{Integration: &openapi.Integration{Type: openapi.HTTP}, HTTPMethod: "GET", URI: s.URL + "?" + q, Timeout: 20 * time.Second})
			if err != nil || string(r.Body) != q {
				t.Errorf("call %s = %v, %v", q, r, err)
			}
		})
	}
	wg.Wait()
	n.Close()
}
