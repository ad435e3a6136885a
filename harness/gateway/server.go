package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/result"
)

// ServerConfig says what a server serves.
type ServerConfig struct {
	Gateway *Gateway
	// Admin answers requests below /_rehearse/; nil: they are the gateway's.
	Admin func(*Request) *Response
	// Drain is how long requests under way may take when the server ends; 0: 30 s.
	Drain time.Duration
}

// adminPrefix is where the admin API is.
const adminPrefix = "/_rehearse/"

const (
	// idleTimeout is how long a connection may wait for a request, and a request
	// for its own end.
	idleTimeout = 75 * time.Second
	// writeTimeout is how long an answer may wait for a caller to take it.
	writeTimeout = 60 * time.Second
	// halfClosed is how long a backend goes on working for a caller who sends no more.
	halfClosed   = 500 * time.Millisecond
	defaultDrain = 30 * time.Second
)

// Serve answers what comes to ln until ctx ends. Then it takes no more
// connections, lets the requests under way finish, and returns nil. It owns ln.
func Serve(ctx context.Context, ln net.Listener, c ServerConfig) error {
	if c.Drain <= 0 {
		c.Drain = defaultDrain
	}
	s := &server{config: c, clock: clock.Real(), conns: make(map[*conn]struct{})}
	stop := context.AfterFunc(ctx, func() {
		s.ending.Store(true)
		ln.Close()
		s.wake()
	})
	defer stop()
	err := s.accept(ctx, ln)
	ln.Close()
	s.ending.Store(true)
	s.wake()
	s.drain()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

type server struct {
	config ServerConfig
	clock  clock.Clock
	ending atomic.Bool
	wg     sync.WaitGroup

	mu    sync.Mutex
	conns map[*conn]struct{}
}

// accept takes connections until the listener is closed.
func (s *server) accept(ctx context.Context, ln net.Listener) error {
	pause := time.Duration(0)
	for {
		c, err := ln.Accept()
		if err != nil {
			if s.ending.Load() || errors.Is(err, net.ErrClosed) {
				return nil
			}
			// Out of files or the like: it passes, and others wait for their answers.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			if s.clock.Sleep(ctx, pause) != nil {
				return nil
			}
			continue
		}
		pause = 0
		k := &conn{Conn: c, server: s, sourceIP: sourceIP(c.RemoteAddr())}
		s.mu.Lock()
		s.conns[k] = struct{}{}
		s.mu.Unlock()
		s.wg.Go(func() {
			defer s.forget(k)
			k.serve(ctx)
		})
	}
}

func sourceIP(a net.Addr) string {
	if host, _, err := net.SplitHostPort(a.String()); err == nil {
		return host
	}
	return a.String()
}

func (s *server) forget(k *conn) {
	k.Close()
	s.mu.Lock()
	delete(s.conns, k)
	s.mu.Unlock()
}

// wake ends the wait of connections without a request.
func (s *server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.conns {
		if k.idle.Load() {
			k.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // it is closed already
		}
	}
}

// drain waits for the requests under way, and then for nobody.
func (s *server) drain() {
	done := make(chan struct{})
	go func() { s.wg.Wait(); close(done) }()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	late := make(chan struct{})
	go func() { s.clock.Sleep(ctx, s.config.Drain); close(late) }() //nolint:errcheck // ends either way
	select {
	case <-done:
	case <-late:
		s.mu.Lock()
		for k := range s.conns {
			k.Close()
		}
		s.mu.Unlock()
		<-done
	}
}

// A conn is one connection, served by one goroutine.
type conn struct {
	net.Conn
	server   *server
	sourceIP string
	idle     atomic.Bool // it waits for a request
	wire     wireReader
	watcher  func(context.Context) (context.Context, func()) // watch
	out      []byte

	readBy, writeBy time.Time // deadlines as last set
}

func (k *conn) serve(ctx context.Context) {
	k.wire = wireReader{r: k, buf: make([]byte, 4096), proceed: k.proceed}
	k.watcher = k.watch
	w := &k.wire
	var q wireRequest
	// The requests of a connection are answered to their end, whatever becomes of
	// the server: ctx says when to take no more of them.
	work := context.WithoutCancel(ctx)
	for {
		k.idle.Store(!w.buffered())
		if k.server.ending.Load() && !w.buffered() {
			return
		}
		k.waitForRequest()
		if err := w.read(&q); err != nil {
			k.refuse(err)
			return
		}
		k.idle.Store(false)
		q.SourceIP, q.watch = k.sourceIP, k.watcher
		closing := q.close || k.server.ending.Load()
		if err := k.answer(work, &q, closing); err != nil || closing {
			if closing && (q.bodyTooLong || len(q.Body) > 0) {
				k.linger()
			}
			return
		}
		if k.server.config.Gateway.observed {
			q.header = make([]result.Header, 0, len(q.header)+1) // they are somebody else's now
		}
	}
}

// waitForRequest lets the next read take its time. Deadlines are set once in a
// while: they cost more than it is worth to be exact.
func (k *conn) waitForRequest() {
	now := k.server.clock.Now()
	if k.readBy.Sub(now) > idleTimeout-time.Second {
		return
	}
	k.readBy = now.Add(idleTimeout)
	k.SetReadDeadline(k.readBy) //nolint:errcheck // reading says it
	if k.server.ending.Load() && k.idle.Load() {
		k.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // wake came before the deadline was set
	}
}

// watch looks after the caller while a backend works for it: the context it gives
// ends when the connection does. What comes meanwhile is the next request and is
// kept; once there is some of it nobody can tell any more. The second result ends
// the watch and must be called.
func (k *conn) watch(ctx context.Context) (context.Context, func()) {
	if k.wire.buffered() {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	k.SetReadDeadline(time.Time{}) //nolint:errcheck // reading says it
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := k.wire.fill(maxHead)
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
		if err == io.EOF {
			// It may have closed its own side only, and still be there to listen: then
			// a backend that is quick gets through to it.
			k.server.clock.Sleep(ctx, halfClosed) //nolint:errcheck // ends either way
		}
		cancel()
	}()
	return ctx, func() {
		k.SetReadDeadline(time.Unix(1, 0)) //nolint:errcheck // it is closed already
		cancel()
		<-done
		k.readBy = time.Time{} // the deadline is to be set again
	}
}

// waitForCaller lets the next write take its time.
func (k *conn) waitForCaller() {
	now := k.server.clock.Now()
	if k.writeBy.Sub(now) > writeTimeout/2 {
		return
	}
	k.writeBy = now.Add(writeTimeout)
	k.SetWriteDeadline(k.writeBy) //nolint:errcheck // writing says it
}

func (k *conn) proceed() error {
	k.waitForCaller()
	_, err := io.WriteString(k, "HTTP/1.1 100 Continue\r\n\r\n")
	return err
}

// refuse answers what can't be read as a request. A caller that went away, or
// took too long, gets nothing.
func (k *conn) refuse(err error) {
	var e *wireError
	if !errors.As(err, &e) {
		return
	}
	body := e.reason + "\n"
	k.out = appendResponse(k.out[:0], e.status, []result.Header{
		{Name: "Date", Value: httpDate(k.server.clock.Now().Unix())},
		{Name: "Content-Type", Value: "text/plain; charset=utf-8"},
		{Name: "Content-Length", Value: strconv.Itoa(len(body))},
	}, true)
	k.out = append(k.out, body...)
	k.waitForCaller()
	if _, err := k.Write(k.out); err == nil {
		k.linger()
	}
}

// linger takes what a caller is still sending, for a moment: closing in its face
// would make the answer get lost on the way.
func (k *conn) linger() {
	if c, ok := k.Conn.(interface{ CloseWrite() error }); !ok || c.CloseWrite() != nil {
		return
	}
	k.SetReadDeadline(k.server.clock.Now().Add(500 * time.Millisecond)) //nolint:errcheck // reading says it
	io.Copy(io.Discard, io.LimitReader(k.Conn, 1<<20))                  //nolint:errcheck // nothing hangs on it
}

// answer answers one request.
func (k *conn) answer(ctx context.Context, q *wireRequest, closing bool) error {
	if admin := k.server.config.Admin; admin != nil && isAdmin(q.Target) {
		r := admin(&q.Request)
		header := append([]result.Header{{Name: "Content-Length", Value: strconv.Itoa(len(r.Body))}}, r.Header...)
		return k.send(q.Method, r.Status, header, r.Body, closing)
	}
	g := k.server.config.Gateway
	x := g.newExchange(&q.Request)
	defer x.done()
	x.run(ctx, phases)
	if g.config.Observe != nil {
		seen := new(result.Exchange)
		x.result(seen)
		g.config.Observe(seen)
	}
	return k.send(q.Method, x.status, x.final, x.respBody, closing)
}

// isAdmin reports whether a target is below /_rehearse/.
func isAdmin(target string) bool {
	if strings.HasPrefix(target, adminPrefix) {
		return true
	}
	if target[0] == '/' {
		return false
	}
	path, ok := originForm(target)
	return ok && strings.HasPrefix(path, adminPrefix)
}

// maxJoined is how large a body may be to go out in one write with its headers.
const maxJoined = 16 << 10

func (k *conn) send(method string, status int, header []result.Header, body []byte, closing bool) error {
	k.out = appendResponse(k.out[:0], status, header, closing)
	if method == http.MethodHead || bodiless(status) {
		body = nil
	}
	k.waitForCaller()
	if len(body) <= maxJoined {
		k.out = append(k.out, body...)
		_, err := k.Write(k.out)
		return err
	}
	both := net.Buffers{k.out, body}
	_, err := both.WriteTo(k.Conn)
	return err
}

// reasonOf is the reason phrase of a status.
func reasonOf(status int) string { return http.StatusText(status) }
