package gateway_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// benchDocument is a mock with a template that reads a parameter, loops and
// computes, as the lab's do.
const benchDocument = `
openapi: 3.0.1
info: {title: bench, version: "1"}
paths:
  /items/{ID}:
    get:
      parameters:
        - {name: ID, in: path, required: true, schema: {type: string}}
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: mock
        passthroughBehavior: when_no_match
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses:
          default:
            statusCode: "200"
            responseTemplates:
              application/json: |
                #set($i = 0)
                #set($id = $i.parseInt($input.params('ID')))
                #set($names = ["Pen", "Cup", "Lamp"])
                {"items": [#foreach($name in $names){"id": $foreach.count, "name": "$name", "price": #set($price = $foreach.count * $id)$price}#if($foreach.hasNext), #end#end], "stage": "$context.stage"}
`

func benchGateway(tb testing.TB, observe func(*result.Exchange)) *gateway.Gateway {
	tb.Helper()
	doc, err := openapi.LoadBytes("bench.yaml", []byte(benchDocument))
	if err != nil {
		tb.Fatal(err)
	}
	api, findings := openapi.Import(doc, openapi.Options{Region: "us-east-1", AccountID: "123456789012", APIID: "abcdefghij"})
	for _, f := range findings {
		if f.Category == openapi.Refused {
			tb.Fatalf("%s: %s", f.Pos, f.Message)
		}
	}
	d := gateway.NewDeployment(api, gateway.DeploymentOptions{APIID: "abcdefghij", Region: "us-east-1", AccountID: "123456789012"})
	return gateway.New(gateway.Config{Observe: observe, Settings: &gateway.Settings{
		Region: "us-east-1", AccountID: "123456789012",
		Stages: []*gateway.Stage{{API: "bench", APIID: "abcdefghij", Name: "dev", Deployment: d}},
	}})
}

func benchRequest() *gateway.Request {
	return &gateway.Request{
		Method: "GET", Target: "/dev/items/7", Host: "127.0.0.1", Proto: "HTTP/1.1", SourceIP: "127.0.0.1",
		Header: []result.Header{{Name: "Host", Value: "127.0.0.1"}, {Name: "User-Agent", Value: "bench/1"}, {Name: "Accept", Value: "*/*"}},
	}
}

// BenchmarkDo is a mock with VTL without a network. Its nine allocations: the
// response with its exchange; the copies of headers and body that the caller
// keeps; the two ids in one string; the length as text; and in the template its
// list with the list's items, the parameter and the stage's name as values.
func BenchmarkDo(b *testing.B) {
	g := benchGateway(b, nil)
	req := benchRequest()
	ctx := context.Background()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if res := g.Do(ctx, req); res.Status != 200 {
				b.Fatalf("status %d: %s", res.Status, res.Body)
			}
		}
	})
}

// BenchmarkMockGET compares requests a second over loopback: a bare net/http
// ServeMux that writes the same bytes, and the gateway's server. "of-bare" is how
// many requests a second are answered for one of the bare server's; the budget is
// 0.40. An answer other than 200 makes the run fail.
//
// The gateway's seven allocations are the head of the request as one string, of
// which its names and values are parts, and six of BenchmarkDo's: those that are
// not for a caller who keeps the exchange.
func BenchmarkMockGET(b *testing.B) {
	g := benchGateway(b, nil)
	want := g.Do(context.Background(), benchRequest())
	if want.Status != 200 {
		b.Fatalf("status %d: %s", want.Status, want.Body)
	}
	var bare float64 // ns a request
	b.Run("bare", func(b *testing.B) {
		mux := http.NewServeMux()
		mux.HandleFunc("GET /dev/items/{ID}", func(w http.ResponseWriter, r *http.Request) {
			for _, h := range want.Header {
				switch h.Name {
				case "Date", "Connection":
				default:
					w.Header()[h.Name] = []string{h.Value}
				}
			}
			w.Write(want.Body)
		})
		srv := &http.Server{Handler: mux}
		addr := listen(b, func(ln net.Listener) { srv.Serve(ln) })
		defer srv.Close()
		bare = load(b, addr)
		b.ReportMetric(1, "of-bare")
	})
	serve := func(g *gateway.Gateway) func(*testing.B) {
		return func(b *testing.B) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			addr := listen(b, func(ln net.Listener) { gateway.Serve(ctx, ln, gateway.ServerConfig{Gateway: g}) })
			if ns := load(b, addr); bare > 0 {
				b.ReportMetric(bare/ns, "of-bare")
			}
		}
	}
	b.Run("gateway", serve(g))
	// With somebody who keeps the last thousand exchanges, as serve does.
	var mu sync.Mutex
	var kept [1000]*result.Exchange
	n := 0
	b.Run("gateway observed", serve(benchGateway(b, func(x *result.Exchange) {
		mu.Lock()
		kept[n%len(kept)] = x
		n++
		mu.Unlock()
	})))
}

func listen(b *testing.B, serve func(net.Listener)) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	go serve(ln)
	return ln.Addr().String()
}

// load sends requests over as many connections as there are processors and
// wants 200 for each. It returns the nanoseconds of one.
func load(b *testing.B, addr string) float64 {
	request := []byte("GET /dev/items/7 HTTP/1.1\r\nHost: " + addr + "\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n")
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			b.Error(err)
			return
		}
		defer c.Close()
		buf := make([]byte, 8192)
		for pb.Next() {
			if _, err := c.Write(request); err != nil {
				b.Error(err)
				return
			}
			if err := readAnswer(c, buf); err != nil {
				b.Error(err)
				return
			}
		}
	})
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// readAnswer reads one answer of known length; anything but 200 is an error.
func readAnswer(c net.Conn, buf []byte) error {
	n, need := 0, 0
	for need == 0 || n < need {
		m, err := c.Read(buf[n:])
		if err != nil {
			return err
		}
		n += m
		if need > 0 {
			continue
		}
		head := bytes.Index(buf[:n], []byte("\r\n\r\n"))
		if head < 0 {
			continue
		}
		if !bytes.HasPrefix(buf[:n], []byte("HTTP/1.1 200 ")) {
			return io.ErrUnexpectedEOF
		}
		i := bytes.Index(buf[:head], []byte("Content-Length: "))
		if i < 0 {
			return io.ErrUnexpectedEOF
		}
		value := buf[i+len("Content-Length: "):]
		length, err := strconv.Atoi(string(value[:bytes.IndexByte(value, '\r')]))
		if err != nil {
			return err
		}
		need = head + 4 + length
	}
	return nil
}
