package lambda

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// What the Runtime API answers, request by request, to a runtime that talks as
// it likes.
func TestRuntimeAPI(t *testing.T) {
	tests := []struct{ name, request, want string }{
		{"a path nobody knows", "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
		{"the Extensions API", "POST /2020-01-01/extension/register HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.1 404 Not Found"},
		{"a wrong method", "POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n", "HTTP/1.1 405 Method Not Allowed"},
		{"an answer to nothing", "POST /2018-06-01/runtime/invocation/x/response HTTP/1.1\r\nContent-Length: 1\r\n\r\n1", "HTTP/1.1 400 Bad Request"},
		{"an error of init", "POST /2018-06-01/runtime/init/error HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}", "HTTP/1.1 202 Accepted"},
		{"a chunked body", "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", "HTTP/1.1 202 Accepted"},
		{"waiting for 100 Continue", "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 100 Continue"},
		{"an absolute URL", "GET http://127.0.0.1:9/nothing HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
		{"blank lines before a request", "\r\n\r\nGET / HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"},
		{"not HTTP", "hello\r\n", "HTTP/1.1 400 Bad Request"},
		{"a length that is none", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
		{"an encoding nobody knows", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 400 Bad Request"},
		{"a header without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n", "HTTP/1.1 400 Bad Request"},
		{"endless headers", "GET / HTTP/1.1\r\n" + strings.Repeat("x: y\r\n", 20000) + "\r\n", "HTTP/1.1 400 Bad Request"},
		{"an endless header", "GET / HTTP/1.1\r\nx: " + strings.Repeat("y", 100000) + "\r\n\r\n", "HTTP/1.1 400 Bad Request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			api, err := newRuntimeAPI(t.Logf)
			if err != nil {
				t.Fatal(err)
			}
			defer api.close()
			c, err := net.Dial("tcp", api.address())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(10 * time.Second))
			go io.WriteString(c, tt.request)
			line, err := bufio.NewReader(c).ReadString('\n')
			if got := strings.TrimSpace(line); got != tt.want {
				t.Errorf("answer = %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

// Bytes of any kind are read as a request or refused, and reading ends.
func FuzzRuntimeAPIRequest(f *testing.F) {
	f.Add("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
	f.Add("POST /2018-06-01/runtime/init/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n")
	f.Add("  HTTP/1.0\n\n")
	f.Add("POST /x HTTP/1.0\r\nContent-Length: 99999999999999999999\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		in := bufio.NewReader(strings.NewReader(text))
		var r apiRequest
		for r.read(in) == nil {
			if r.method == "" || strings.ContainsAny(r.path, " ?") {
				t.Errorf("request %q %q", r.method, r.path)
			}
			body, tooLarge, err := r.body(in, 1000)
			if len(body) > 1000 || tooLarge && len(body) > 0 {
				t.Errorf("%d bytes of body, %v", len(body), tooLarge)
			}
			if err != nil {
				return
			}
		}
	})
}
