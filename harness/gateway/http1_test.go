package gateway

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
)

// serve starts a server for a gateway without stages, with an admin that tells
// what it was asked, and returns its address.
func serve(t *testing.T, g *Gateway) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- Serve(ctx, ln, ServerConfig{Gateway: g, Drain: time.Second, Admin: func(r *Request) *Response {
			var b strings.Builder
			b.WriteString(r.Method + " " + r.Target + " " + r.Host + "\n")
			for _, h := range r.Header {
				b.WriteString(h.Name + ": " + h.Value + "\n")
			}
			b.Write(r.Body)
			return &Response{Status: 200, Body: []byte(b.String()), Header: []result.Header{{Name: "X-Split", Value: "a\r\nInjected: b"}}}
		}})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return ln.Addr().String()
}

// talk sends bytes and returns all that comes back until the server closes.
func talk(t *testing.T, addr, send string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, send); err != nil {
		t.Fatal(err)
	}
	c.(*net.TCPConn).CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("reading the answer: %v", err)
	}
	return string(all)
}

func TestRequestsThatAreNone(t *testing.T) {
	addr := serve(t, New(Config{}))
	const rest = " HTTP/1.1\r\nHost: x\r\n"
	tests := []struct {
		name, send, want string // want: how the answer begins
	}{
		{"a blank before the colon", "GET /_rehearse/x" + rest + "A : b\r\n\r\n", "HTTP/1.1 400 "},
		{"a header name with a control character", "GET /_rehearse/x" + rest + "A\x01: b\r\n\r\n", "HTTP/1.1 400 "},
		{"a header line without a colon", "GET /_rehearse/x" + rest + "nonsense\r\n\r\n", "HTTP/1.1 400 "},
		{"a folded header line", "GET /_rehearse/x" + rest + "A: b\r\n c\r\n\r\n", "HTTP/1.1 400 "},
		{"a header value with a NUL", "GET /_rehearse/x" + rest + "A: b\x00\r\n\r\n", "HTTP/1.1 400 "},
		{"a header value with a bare carriage return", "GET /_rehearse/x" + rest + "A: b\rc\r\n\r\n", "HTTP/1.1 400 "},
		{"two lengths that differ", "POST /_rehearse/x" + rest + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400 "},
		{"two lengths in one header", "POST /_rehearse/x" + rest + "Content-Length: 1, 2\r\n\r\nab", "HTTP/1.1 400 "},
		{"a length with a sign", "POST /_rehearse/x" + rest + "Content-Length: +1\r\n\r\na", "HTTP/1.1 400 "},
		{"a length that is no number", "POST /_rehearse/x" + rest + "Content-Length: ten\r\n\r\n", "HTTP/1.1 400 "},
		{"a length and chunks", "POST /_rehearse/x" + rest + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 400 "},
		{"a transfer coding nobody knows", "POST /_rehearse/x" + rest + "Transfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 501 "},
		{"a chunk size that is no number", "POST /_rehearse/x" + rest + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n", "HTTP/1.1 400 "},
		{"a negative chunk size", "POST /_rehearse/x" + rest + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n", "HTTP/1.1 400 "},
		{"a chunk longer than it says", "POST /_rehearse/x" + rest + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 400 "},
		{"a body that is cut off", "POST /_rehearse/x" + rest + "Content-Length: 10\r\n\r\nabc", "HTTP/1.1 400 "},
		{"headers that are cut off", "GET /_rehearse/x HTTP/1.1\r\nHos", "HTTP/1.1 400 "},
		{"no Host", "GET /_rehearse/x HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "},
		{"two Hosts", "GET /_rehearse/x" + rest + "Host: y\r\n\r\n", "HTTP/1.1 400 "},
		{"no protocol", "GET /_rehearse/x\r\nHost: x\r\n\r\n", "HTTP/1.1 400 "},
		{"HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 "},
		{"another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "HTTP/1.1 400 "},
		{"a method that is no token", "G(T /_rehearse/x" + rest + "\r\n", "HTTP/1.1 400 "},
		{"a blank in the target", "GET /_rehearse/x y" + rest + "\r\n", "HTTP/1.1 400 "},
		{"raw bytes in the target", "GET /_rehearse/\xff" + rest + "\r\n", "HTTP/1.1 400 "},
		{"a target that is no path", "GET nowhere" + rest + "\r\n", "HTTP/1.1 400 "},
		{"the asterisk", "OPTIONS *" + rest + "\r\n", "HTTP/1.1 400 "},
		{"a tunnel", "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", "HTTP/1.1 400 "},
		{"headers without end", "GET /_rehearse/x" + rest + "A: " + strings.Repeat("b", 2*maxHead) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"more headers than AWS takes", "GET /dev/x" + rest + "A: " + strings.Repeat("b", maxHeaderBytes) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"an expectation nobody knows", "POST /_rehearse/x" + rest + "Expect: wonders\r\n\r\n", "HTTP/1.1 417 "},
		{"a body longer than AWS takes", "POST /dev/x" + rest + "Content-Length: 10485761\r\n\r\n", "HTTP/1.1 413 "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := talk(t, addr, tt.send); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer %.200q, want it to begin %q", got, tt.want)
			}
		})
	}
}

func TestRequestsAsSpelled(t *testing.T) {
	addr := serve(t, New(Config{}))
	tests := []struct {
		name, send string
		want       []string
	}{
		{
			name: "names keep their spelling and their order",
			send: "GET /_rehearse/a?b=%2f HTTP/1.1\r\nzEbra: 1\r\nHost: x\r\nALPHA:2\t\r\n\r\n",
			want: []string{"GET /_rehearse/a?b=%2f x\nzEbra: 1\nHost: x\nALPHA: 2\n"},
		},
		{
			name: "a header of an answer can't bring another one",
			send: "GET /_rehearse/a HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"HTTP/1.1 200 OK\r\nContent-Length: 27\r\nConnection: keep-alive\r\n\r\n"},
		},
		{
			name: "an absolute target brings its host",
			send: "GET http://other.example:80/_rehearse/a HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"GET http://other.example:80/_rehearse/a other.example:80\n"},
		},
		{
			name: "chunks are put together and trailers dropped",
			send: "POST /_rehearse/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: x\r\n\r\n",
			want: []string{"chunked\nabcde"},
		},
		{
			name: "two requests in one packet are answered in their order",
			send: "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /_rehearse/2 HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"POST /_rehearse/1 x", "hiHTTP/1.1 200", "GET /_rehearse/2 x"},
		},
		{
			name: "an empty line too many before a request is passed over",
			send: "\r\nGET /_rehearse/1 HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"HTTP/1.1 200"},
		},
		{
			name: "the same length twice is one length",
			send: "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
			want: []string{"HTTP/1.1 200", "2\nhi"},
		},
		{
			name: "close is heeded",
			send: "GET /_rehearse/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /_rehearse/2 HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"Connection: close\r\n"},
		},
		{
			name: "HTTP/1.0 closes unless asked not to",
			send: "GET /_rehearse/1 HTTP/1.0\r\n\r\n",
			want: []string{"Connection: close\r\n"},
		},
		{
			name: "HEAD has a length and no body",
			send: "HEAD /nowhere/x HTTP/1.1\r\nHost: x\r\n\r\n",
			want: []string{"HTTP/1.1 403 Forbidden", "Content-Length: 23\r\n"},
		},
		{
			name: "who waits is told to go on",
			send: "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
			want: []string{"HTTP/1.1 200"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := talk(t, addr, tt.send)
			rest := got
			for _, want := range tt.want {
				_, after, ok := strings.Cut(rest, want)
				if !ok {
					t.Fatalf("answer %q, want %q in it, after what was found", got, want)
				}
				rest = after
			}
			if strings.Contains(got, "Injected") && !strings.Contains(tt.send, "Injected") {
				t.Errorf("a header was split: %q", got)
			}
			if strings.HasPrefix(tt.send, "HEAD") && !strings.HasSuffix(got, "\r\n\r\n") {
				t.Errorf("HEAD was answered with a body: %q", got)
			}
		})
	}
}

func TestLargeBodies(t *testing.T) {
	addr := serve(t, New(Config{}))
	for _, n := range []int{4095, 4096, 4097, 100_000, 1 << 20} {
		body := strings.Repeat("0123456789abcdef", n/16+1)[:n]
		for name, send := range map[string]string{
			"with a length": "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(n) + "\r\n\r\n" + body,
			"in one chunk":  "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + strconv.FormatInt(int64(n), 16) + "\r\n" + body + "\r\n0\r\n\r\n",
		} {
			if got := talk(t, addr, send); !strings.HasSuffix(got, body) {
				t.Errorf("%d bytes %s do not come through", n, name)
			}
		}
	}
}

func TestExpectContinue(t *testing.T) {
	addr := serve(t, New(Config{}))
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, "POST /_rehearse/1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
	r := bufio.NewReader(c)
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("line %q, want 100 Continue", line)
	}
	r.ReadString('\n')
	io.WriteString(c, "body")
	res, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(res.Body); !strings.HasSuffix(string(body), "body") {
		t.Errorf("body %q, want it to end in the request's", body)
	}
}

func TestServerEndsWithIdleConnections(t *testing.T) {
	g := New(Config{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, ln, ServerConfig{Gateway: g}) }()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("Serve: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the server waits for a connection without a request")
	}
}

func FuzzWire(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
	f.Add("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /")
	f.Add("\r\n\r\n\r\n")
	f.Fuzz(func(t *testing.T, in string) {
		w := wireReader{r: strings.NewReader(in)}
		var q wireRequest
		for range 100 {
			if err := w.read(&q); err != nil {
				return
			}
			if !isToken(q.Method) || !isTarget(q.Target) {
				t.Fatalf("read %q %q", q.Method, q.Target)
			}
			if len(q.Body) > len(in) {
				t.Fatalf("a body of %d bytes from %d", len(q.Body), len(in))
			}
		}
	})
}
