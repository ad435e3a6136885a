package lambda

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A runtimeAPI is the Lambda Runtime API (AWS docs: Using the Lambda runtime API
// for custom runtimes) as one environment sees it. The API carries no name of
// the environment, so each has a port of its own.
//
// HTTP is written by hand here: two requests make one call, and net/http spends
// as much on them as the rest of a warm call. The goroutine of a connection
// reads only; a call's event is written by whoever hands it in.
type runtimeAPI struct {
	listener net.Listener
	logf     func(string, ...any)

	mu      sync.Mutex
	closed  bool
	conns   map[*apiConn]struct{}
	waiting *apiConn // asked for the next event and has not got it
	call    *apiCall // handed in, and not answered yet
	began   bool     // the runtime has asked for an event once

	ready      chan struct{} // closed when the runtime asks for its first event
	readyAt    time.Time     // then
	initFailed chan []byte   // the body of init/error
}

// An apiCall is one event on its way through a runtime.
type apiCall struct {
	id      string
	head    []byte // response head: status line and headers, Content-Length and the blank line excepted
	event   []byte
	timeout time.Duration // the function's; sets the deadline header when the event is delivered

	delivered chan struct{} // closed when the runtime has the event
	answered  chan apiAnswer

	// guarded by the API's mu
	conn  *apiConn // the event went there
	lost  bool     // and that connection ended
	again bool     // so the event was given a second time
}

// An apiAnswer is what a runtime posted for a call.
type apiAnswer struct {
	failed   bool // to /error
	tooLarge bool
	body     []byte
}

const (
	apiPrefix      = "/2018-06-01/runtime/"
	maxHead        = 64 << 10 // bytes of request line and headers
	maxDrain       = 256 << 20
	apiJSON        = "Content-Type: application/json\r\n"
	largeEvent     = 64 << 10        // bytes; above, a write may block
	largeEventTime = 5 * time.Second // for a runtime to take a large event in
)

func newRuntimeAPI(logf func(string, ...any)) (*runtimeAPI, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	a := &runtimeAPI{
		listener:   l,
		logf:       logf,
		conns:      map[*apiConn]struct{}{},
		ready:      make(chan struct{}),
		initFailed: make(chan []byte, 1),
	}
	go a.accept()
	return a, nil
}

// address is what AWS_LAMBDA_RUNTIME_API holds: host:port without a scheme.
func (a *runtimeAPI) address() string { return a.listener.Addr().String() }

func (a *runtimeAPI) accept() {
	for {
		c, err := a.listener.Accept()
		if err != nil {
			return
		}
		conn := &apiConn{api: a, conn: c, in: bufio.NewReaderSize(c, 4096)}
		a.mu.Lock()
		if a.closed {
			a.mu.Unlock()
			c.Close()
			return
		}
		a.conns[conn] = struct{}{}
		a.mu.Unlock()
		go conn.serve() // net sets TCP_NODELAY by itself
	}
}

// close ends the listener and all connections, and with them their goroutines.
func (a *runtimeAPI) close() {
	a.mu.Lock()
	a.closed = true
	conns := a.conns
	a.conns = nil
	a.waiting = nil
	a.mu.Unlock()
	a.listener.Close()
	for c := range conns {
		c.conn.Close()
	}
}

// hand gives the runtime an event: now if it waits for one, else when it asks.
func (a *runtimeAPI) hand(call *apiCall) {
	a.mu.Lock()
	a.call = call
	conn := a.waiting
	a.waiting = nil
	if conn != nil {
		call.handOver(conn)
	}
	a.mu.Unlock()
	if conn != nil {
		conn.deliver(call)
	}
}

// handOver notes where an event goes; the API's mu is held.
func (call *apiCall) handOver(c *apiConn) {
	if call.conn == nil {
		close(call.delivered)
	} else {
		call.again = true
	}
	call.conn = c
}

// takeBack removes a call that was not delivered, and reports whether it could.
func (a *runtimeAPI) takeBack(call *apiCall) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if call.conn != nil {
		return false
	}
	if a.call == call {
		a.call = nil
	}
	return true
}

// An apiConn is one connection of a runtime.
type apiConn struct {
	api  *runtimeAPI
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	last bool // the client wants the connection closed after the event it waits for
}

func (c *apiConn) serve() {
	defer func() {
		c.conn.Close()
		a := c.api
		a.mu.Lock()
		delete(a.conns, c)
		if a.waiting == c {
			a.waiting = nil
		}
		if a.call != nil && a.call.conn == c {
			a.call.lost = true
		}
		a.mu.Unlock()
	}()
	var r apiRequest
	for {
		err := r.read(c.in)
		if err != nil {
			var bad badRequest
			if errors.As(err, &bad) {
				c.reply("400 Bad Request", "InvalidRequest", string(bad))
			}
			return
		}
		if r.expect {
			if _, err := io.WriteString(c.conn, "HTTP/1.1 100 Continue\r\n\r\n"); err != nil {
				return
			}
		}
		if !c.handle(&r) || r.close && !c.last {
			return
		}
	}
}

// handle answers one request and reports whether the connection can go on.
func (c *apiConn) handle(r *apiRequest) bool {
	path, ok := strings.CutPrefix(r.path, apiPrefix)
	if !ok {
		return c.skip(r) && c.notFound(r)
	}
	switch {
	case path == "invocation/next":
		if r.method != "GET" {
			return c.skip(r) && c.reply("405 Method Not Allowed", "InvalidRequest", "invocation/next takes GET")
		}
		c.last = r.close
		return c.skip(r) && c.next()
	case path == "init/error":
		body, _, err := r.body(c.in, maxResult)
		if err != nil {
			return false
		}
		c.api.mu.Lock()
		late := c.api.began
		c.api.mu.Unlock()
		if late {
			return c.reply("403 Forbidden", "InvalidStateTransition", "init/error after the first invocation/next")
		}
		if len(body) == 0 {
			body = platformError(orUnknown(r.errorType), "")
		}
		select {
		case c.api.initFailed <- body:
		default:
		}
		return c.accepted()
	}
	id, what, ok := strings.Cut(strings.TrimPrefix(path, "invocation/"), "/")
	if !ok || !strings.HasPrefix(path, "invocation/") || what != "response" && what != "error" {
		return c.skip(r) && c.notFound(r)
	}
	if r.method != "POST" {
		return c.skip(r) && c.reply("405 Method Not Allowed", "InvalidRequest", what+" takes POST")
	}
	return c.answer(r, id, what == "error")
}

// next is the runtime asking for an event.
func (c *apiConn) next() bool {
	a := c.api
	a.mu.Lock()
	if !a.began {
		a.began = true
		a.readyAt = time.Now()
		close(a.ready)
	}
	call := a.call
	if call != nil && call.conn != nil && (!call.lost || call.again) {
		call = nil // asked again without having answered: there is nothing to give yet
	}
	if call == nil {
		a.waiting = c
	} else {
		call.handOver(c)
	}
	a.mu.Unlock()
	if call != nil {
		return c.deliver(call)
	}
	// The answer is written by hand; until then the connection is silent, and
	// only its end is of interest.
	return true
}

// deliver writes a call's event as the answer to invocation/next.
func (c *apiConn) deliver(call *apiCall) bool {
	now := time.Now()
	out := append(c.out[:0], call.head...)
	out = append(out, "Lambda-Runtime-Deadline-Ms: "...)
	out = strconv.AppendInt(out, now.Add(call.timeout).UnixMilli(), 10)
	out = append(out, "\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(call.event)), 10)
	if c.last {
		out = append(out, "\r\nConnection: close"...)
		defer c.conn.Close()
	}
	out = append(out, "\r\n\r\n"...)
	if len(call.event) <= largeEvent {
		out = append(out, call.event...)
	}
	c.out = out
	if len(call.event) > largeEvent {
		c.conn.SetWriteDeadline(now.Add(largeEventTime))
		defer c.conn.SetWriteDeadline(time.Time{})
		if _, err := c.conn.Write(out); err != nil {
			return false
		}
		out = call.event
	}
	_, err := c.conn.Write(out)
	return err == nil
}

// answer takes the result or the error of a call.
func (c *apiConn) answer(r *apiRequest, id string, failed bool) bool {
	body, tooLarge, err := r.body(c.in, maxResult)
	if err != nil {
		return false
	}
	a := c.api
	a.mu.Lock()
	call := a.call
	known := call != nil && call.id == id
	if known = known && call.conn != nil; known {
		a.call = nil
	}
	a.mu.Unlock()
	if !known {
		// Answered twice, or after its deadline.
		a.logf("invocation %s is answered, but is not the one at work: the answer is dropped", id)
		return c.reply("400 Bad Request", "InvalidRequestID", "Invalid request ID")
	}
	if r.failed {
		failed, body = true, r.errorBody
	}
	if failed && len(body) == 0 {
		body = platformError(orUnknown(r.errorType), "")
	}
	call.answered <- apiAnswer{failed: failed, tooLarge: tooLarge, body: body}
	if tooLarge {
		return c.reply("413 Request Entity Too Large", tooLargeType,
			"Exceeded maximum allowed payload size ("+strconv.Itoa(maxResult)+" bytes).")
	}
	return c.accepted()
}

func orUnknown(errorType string) string {
	if errorType == "" {
		return "Runtime.Unknown"
	}
	return errorType
}

const acceptedReply = "HTTP/1.1 202 Accepted\r\n" + apiJSON + "Content-Length: 16\r\n\r\n{\"status\":\"OK\"}\n"

func (c *apiConn) accepted() bool {
	_, err := io.WriteString(c.conn, acceptedReply)
	return err == nil
}

func (c *apiConn) notFound(r *apiRequest) bool {
	if strings.Contains(r.path, "/extension/") || strings.Contains(r.path, "/telemetry") || strings.Contains(r.path, "/logs") {
		c.api.logf("%s: the Extensions, Logs and Telemetry APIs are not supported", r.path)
	}
	return c.reply("404 Not Found", "InvalidRequest", "no such path: "+r.path)
}

func (c *apiConn) reply(status, errorType, message string) bool {
	body := append([]byte(nil), `{"errorMessage":`...)
	body = ordered.AppendString(body, message)
	body = append(body, `,"errorType":`...)
	body = ordered.AppendString(body, errorType)
	body = append(body, '}')
	_, err := c.conn.Write([]byte("HTTP/1.1 " + status + "\r\n" + apiJSON +
		"Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + string(body)))
	return err == nil
}

// skip reads past a body nobody wants.
func (c *apiConn) skip(r *apiRequest) bool {
	_, _, err := r.body(c.in, 0)
	return err == nil
}

// An apiRequest is a request's head, as far as the API needs it.
type apiRequest struct {
	method, path string
	close        bool  // the client ends the connection after it
	length       int64 // of the body
	chunked      bool
	expect       bool // waits for 100 Continue
	errorType    string

	failed    bool // a streamed response that ended in an error
	errorBody []byte
}

// A badRequest is a request that is not HTTP as we know it.
type badRequest string

func (b badRequest) Error() string { return string(b) }

func (r *apiRequest) read(in *bufio.Reader) error {
	*r = apiRequest{}
	line, err := readLine(in)
	for err == nil && len(line) == 0 {
		line, err = readLine(in) // blank lines before a request are to be ignored (RFC 9112, 2.2)
	}
	if err != nil {
		return err
	}
	method, rest, ok := strings.Cut(string(line), " ")
	path, version, ok2 := strings.Cut(rest, " ")
	if !ok || !ok2 || method == "" || path == "" || !strings.HasPrefix(version, "HTTP/1.") {
		return badRequest("not an HTTP/1.1 request")
	}
	r.method, r.close = method, version == "HTTP/1.0"
	if i := strings.Index(path, "://"); i >= 0 { // absolute form
		if j := strings.IndexByte(path[i+3:], '/'); j >= 0 {
			path = path[i+3+j:]
		}
	}
	r.path, _, _ = strings.Cut(path, "?")
	for size := len(line); ; {
		line, err := readLine(in)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if size += len(line); size > maxHead {
			return badRequest("the request's headers are too large")
		}
		if err := r.header(line); err != nil {
			return err
		}
	}
}

func (r *apiRequest) header(line []byte) error {
	i := 0
	for i < len(line) && line[i] != ':' {
		i++
	}
	if i == 0 || i == len(line) {
		return badRequest("a header line without a name")
	}
	name, value := line[:i], strings.TrimSpace(string(line[i+1:]))
	switch {
	case isHeader(name, "content-length"):
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || n < 0 {
			return badRequest("Content-Length is " + strconv.Quote(value))
		}
		r.length = n
	case isHeader(name, "transfer-encoding"):
		if !strings.EqualFold(value, "chunked") {
			return badRequest("Transfer-Encoding is " + strconv.Quote(value))
		}
		r.chunked = true
	case isHeader(name, "connection"):
		r.close = strings.EqualFold(value, "close")
	case isHeader(name, "expect"):
		r.expect = strings.EqualFold(value, "100-continue")
	case isHeader(name, "lambda-runtime-function-error-type"):
		r.errorType = value
	}
	return nil
}

func isHeader(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

// body reads the body, of which it keeps limit bytes.
func (r *apiRequest) body(in *bufio.Reader, limit int) (body []byte, tooLarge bool, err error) {
	if !r.chunked {
		if r.length <= int64(limit) {
			body = make([]byte, r.length)
			_, err = io.ReadFull(in, body)
			return body, false, err
		}
		if r.length > maxDrain {
			return nil, true, badRequest("the request's body is too large")
		}
		_, err = io.CopyN(io.Discard, in, r.length)
		return nil, true, err
	}
	chunks := httputil.NewChunkedReader(in)
	body, err = io.ReadAll(io.LimitReader(chunks, int64(limit)+1))
	if err != nil {
		return nil, false, err
	}
	if len(body) > limit {
		body, tooLarge = nil, true
		n, err := io.CopyN(io.Discard, chunks, maxDrain)
		if err != io.EOF || n == maxDrain {
			return nil, true, badRequest("the request's body is too large")
		}
	}
	return body, tooLarge, r.trailers(in)
}

// trailers reads what follows the last chunk: a streaming runtime tells there
// that it failed after it had begun to answer.
func (r *apiRequest) trailers(in *bufio.Reader) error {
	for {
		line, err := readLine(in)
		if err != nil || len(line) == 0 {
			return err
		}
		name, value, _ := strings.Cut(string(line), ":")
		switch value = strings.TrimSpace(value); strings.ToLower(name) {
		case "lambda-runtime-function-error-type":
			r.failed, r.errorType = true, value
		case "lambda-runtime-function-error-body":
			r.errorBody = decodeBase64(value)
		}
	}
}

// readLine returns a line without its end; it is valid until the next read.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		long := append([]byte(nil), line...)
		for err == bufio.ErrBufferFull && len(long) < maxHead {
			line, err = in.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
		if err == bufio.ErrBufferFull {
			return nil, badRequest("a header line is too long")
		}
	}
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}
