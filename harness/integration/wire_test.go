package integration

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

func TestHeaderNamesKeepSpellingAndOrder(t *testing.T) {
	t.Run("on the way to a backend", func(t *testing.T) {
		address, heads := server(t, func(c net.Conn, _ *http.Request) {
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		})
		n, _ := network(t, NetworkConfig{})
		sent := lines("zebra: 1", "X-aPPle: 2", "USER-agent: u", "Accept: 3", "zebra: 4", "Apple: 5")
		_, f := do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy}, HTTPMethod: "GET", URI: "http://" + address + "/p", Header: sent, APIID: "abc"})
		if f != nil {
			t.Fatal(f)
		}
		want := "GET /p HTTP/1.1\r\nHost: " + address + "\r\nzebra: 1\r\nX-aPPle: 2\r\nUSER-agent: u\r\nAccept: 3\r\nzebra: 4\r\nApple: 5\r\nX-Amzn-Apigateway-Api-Id: abc\r\n\r\n"
		if got := heads()[0]; got != want {
			t.Errorf("sent\n%s\nwant\n%s", got, want)
		}
	})
	answers := []struct{ name, head, want string }{
		{"on the way back", "HTTP/1.1 200 OK\r\nzebra: 1\r\nX-aPPle:  2 \r\ncontent-LENGTH: 0\r\nzebra: 1\r\nSet-Cookie: a=1\r\nALPHA:\r\nset-cookie: b=2\r\n\r\n",
			"zebra: 1|X-aPPle: 2|content-LENGTH: 0|zebra: 1|Set-Cookie: a=1|ALPHA: |set-cookie: b=2"},
		{"after interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nb: 1\r\na: 2\r\nContent-Length: 0\r\n\r\n",
			"b: 1|a: 2|Content-Length: 0"},
		{"with bare line feeds", "HTTP/1.1 200 OK\nb: 1\na: 2\nContent-Length: 0\n\n", "b: 1|a: 2|Content-Length: 0"},
		{"without what HTTP keeps for itself", "HTTP/1.1 200 OK\r\nb: 1\r\nTransfer-Encoding: chunked\r\na: 2\r\n\r\n0\r\n\r\n", "b: 1|a: 2"},
		{"of folded lines as net/http has them", "HTTP/1.1 200 OK\r\nb: 1\r\n 2\r\na: 3\r\nContent-Length: 0\r\n\r\n", "A: 3|B: 1 2|Content-Length: 0"},
	}
	for _, tt := range answers {
		t.Run(tt.name, func(t *testing.T) {
			address, _ := server(t, func(c net.Conn, _ *http.Request) {
				for i := range len(tt.head) { // a byte at a time
					io.WriteString(c, tt.head[i:i+1])
				}
			})
			n, _ := network(t, NetworkConfig{})
			r, f := get(t, n, "http://"+address)
			if f != nil {
				t.Fatal(f)
			}
			if got := joined(r.Header); got != tt.want {
				t.Errorf("headers %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("over TLS, on a connection that is kept", func(t *testing.T) {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["x-Spelled"] = []string{r.RemoteAddr}
			w.Header()["Date"] = nil
		}))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		n, _ := network(t, NetworkConfig{})
		before := ""
		for range 3 {
			r, f := do(t, n, &Request{
				Integration: &openapi.Integration{Type: openapi.HTTPProxy, TLSConfig: &openapi.TLSConfig{InsecureSkipVerification: true}},
				HTTPMethod:  "GET", URI: s.URL,
			})
			if f != nil {
				t.Fatal(f)
			}
			got := joined(r.Header)
			if !strings.HasPrefix(got, "x-Spelled: 127.0.0.1:") || before != "" && got != before {
				t.Errorf("headers %s, before %s", got, before)
			}
			before = got
		}
	})
}

func joined(list []result.Header) string {
	all := make([]string, len(list))
	for i, h := range list {
		all[i] = h.Name + ": " + h.Value
	}
	return strings.Join(all, "|")
}

// A backend that accepts and never shakes hands holds nothing when the time is up.
func TestHangingHandshake(t *testing.T) {
	checkLeaks(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	n, _ := network(t, NetworkConfig{})
	defer n.Close()
	_, f := do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy}, HTTPMethod: "GET", URI: "https://" + l.Addr().String(), Timeout: 60 * time.Millisecond})
	if reason(f) != "integration-timeout" {
		t.Errorf("%v, want a timeout", f)
	}
}

func FuzzHeads(f *testing.F) {
	f.Add("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\na: 1\r\n\r\nbody", 3)
	f.Add("HTTP/1.1 200 OK\nA: 1\n\n", 1)
	f.Add("\n\r\n\n", 1)
	f.Fuzz(func(t *testing.T, text string, step int) {
		var head string
		w := &wireConn{Conn: textConn{strings.NewReader(text), max(1, step%9)}}
		w.begin(nil, &head)
		all, err := io.ReadAll(w)
		if err != nil || string(all) != text {
			t.Fatalf("%q is read as %q, %v", text, all, err)
		}
		if !strings.Contains(text, head) {
			t.Fatalf("%q has the head %q", text, head)
		}
		spelled(head, http.Header{"A": {"1"}})
	})
}

// A textConn gives a text in small parts.
type textConn struct {
	*strings.Reader
	step int
}

func (c textConn) Read(p []byte) (int, error)       { return c.Reader.Read(p[:min(len(p), c.step)]) }
func (c textConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c textConn) Close() error                     { return nil }
func (c textConn) LocalAddr() net.Addr              { return nil }
func (c textConn) RemoteAddr() net.Addr             { return nil }
func (c textConn) SetDeadline(time.Time) error      { return nil }
func (c textConn) SetReadDeadline(time.Time) error  { return nil }
func (c textConn) SetWriteDeadline(time.Time) error { return nil }

// BenchmarkCall is a call of a backend on a connection that is kept.
func BenchmarkCall(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	defer s.Close()
	n, err := NewNetwork(NetworkConfig{}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer n.Close()
	i := New(Config{Network: n})
	req := &Request{Integration: &openapi.Integration{Type: openapi.HTTPProxy}, HTTPMethod: "GET", URI: s.URL, Timeout: time.Second, Header: lines("Accept: */*", "X-Id: 1")}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := i.Do(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
