package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
)

// onPort serves a gateway in real time, whose document may name backends on
// loopback, and returns its address.
func onPort(t *testing.T, document string) string {
	t.Helper()
	network, err := integration.NewNetwork(integration.NetworkConfig{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := newBed(t, document, withConfig(func(c *gateway.Config) { c.Clock, c.Network = clock.Real(), network }))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- gateway.Serve(ctx, ln, gateway.ServerConfig{Gateway: b.Gateway, Drain: time.Second}) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
		network.Close()
	})
	return ln.Addr().String()
}

// noLeaks fails the test if goroutines it started are left when all else of it
// has ended. It is to be called first.
func noLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 300 {
			if runtime.NumGoroutine() <= before {
				return
			}
			_ = clock.Real().Sleep(context.Background(), 10*time.Millisecond) // those of closed connections end soon
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d at the start:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
	})
}

// rawBackend answers each connection with what serve writes once a request was
// read, and closes it then.
func rawBackend(t *testing.T, serve func(c net.Conn)) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				r, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				io.Copy(io.Discard, r.Body)
				serve(c)
			})
		}
	})
	t.Cleanup(func() { ln.Close(); wg.Wait() })
	return ln.Addr().String()
}

// proxied is a document with GET /x in front of a backend.
func proxied(address string, timeout int) string {
	return fmt.Sprintf(`paths: {/x: {get: {responses: {"200": {description: ok}}, x-amazon-apigateway-integration: {type: http_proxy, httpMethod: GET, uri: "http://%s/", timeoutInMillis: %d}}}}`, address, timeout)
}

func dial(t *testing.T, address string) *net.TCPConn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return c.(*net.TCPConn)
}

const getX = "GET /dev/x HTTP/1.1\r\nHost: x\r\n\r\n"

func TestCallerWhoLeavesEndsTheCall(t *testing.T) {
	ways := []struct {
		name  string
		leave func(c *net.TCPConn)
	}{
		{"closing the connection", func(c *net.TCPConn) { c.Close() }},
		{"resetting it", func(c *net.TCPConn) { c.SetLinger(0); c.Close() }},
	}
	for _, tt := range ways {
		t.Run(tt.name, func(t *testing.T) {
			noLeaks(t)
			called, ended := make(chan struct{}), make(chan struct{})
			backend := rawBackend(t, func(c net.Conn) {
				close(called)
				io.Copy(io.Discard, c) // until the gateway hangs up
				close(ended)
			})
			c := dial(t, onPort(t, proxied(backend, 29000)))
			io.WriteString(c, getX)
			<-called
			tt.leave(c)
			select {
			case <-ended:
			case <-time.After(10 * time.Second):
				t.Error("the backend's connection is open though nobody waits for its answer")
			}
		})
	}
}

func TestCallerWhoOnlyStopsSendingIsAnswered(t *testing.T) {
	noLeaks(t)
	backend := rawBackend(t, func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") })
	c := dial(t, onPort(t, proxied(backend, 29000)))
	io.WriteString(c, getX)
	c.CloseWrite()
	all, err := io.ReadAll(c)
	if err != nil || !strings.HasSuffix(string(all), "\r\n\r\nok") {
		t.Errorf("%q, %v", all, err)
	}
}

func TestRequestsThatComeDuringACallAreKept(t *testing.T) {
	noLeaks(t)
	goOn := make(chan struct{})
	var calls int
	backend := rawBackend(t, func(c net.Conn) {
		<-goOn
		calls++
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n%d", calls)
	})
	c := dial(t, onPort(t, proxied(backend, 29000)))
	defer c.Close()
	const more = 30
	io.WriteString(c, getX)
	go func() {
		for range more {
			io.WriteString(c, getX[:7])
			io.WriteString(c, getX[7:])
			goOn <- struct{}{}
		}
		goOn <- struct{}{}
	}()
	r := bufio.NewReader(c)
	for i := range more + 1 {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i+1, err)
		}
		io.Copy(io.Discard, res.Body)
		if res.StatusCode != 200 {
			t.Errorf("answer %d is %s", i+1, res.Status)
		}
	}
}

// What a backend does wrong ends as specified, and leaves nothing behind.
func TestBackendsThatMisbehave(t *testing.T) {
	tests := []struct {
		name   string
		serve  func(c net.Conn)
		status int
		body   string
	}{
		{"hangs before an answer", func(c net.Conn) { io.Copy(io.Discard, c) }, 504, `{"message": "Endpoint request timed out"}`},
		{"hangs in its body", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfew")
			io.Copy(io.Discard, c)
		}, 504, `{"message": "Endpoint request timed out"}`},
		{"closes at once", func(net.Conn) {}, 504, `{"message": "Network error communicating with endpoint"}`},
		{"closes in its body", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfew") }, 504, `{"message": "Network error communicating with endpoint"}`},
		{"sends chunks that are none", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n")
		}, 504, `{"message": "Network error communicating with endpoint"}`},
		{"answers 1xx first", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok")
		}, 201, "ok"},
		{"sends 100 MB", func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			part := make([]byte, 1<<16)
			for range 100 << 20 / len(part) {
				if _, err := c.Write(part); err != nil {
					return
				}
			}
		}, 500, `{"message": "Internal server error"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			noLeaks(t)
			c := dial(t, onPort(t, proxied(rawBackend(t, tt.serve), 400)))
			defer c.Close()
			io.WriteString(c, getX)
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != tt.status || string(body) != tt.body {
				t.Errorf("%d %s, want %d %s", res.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}
