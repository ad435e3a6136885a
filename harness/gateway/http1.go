package gateway

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
)

// HTTP/1.1 as it goes over the wire (RFC 9112). net/http changes the spelling
// and loses the order of header names, which AWS keeps; so requests are read
// here. What can't be one is answered with a status of the 400 class and the end
// of the connection.

// maxHead is how long a request line and its headers may be. It is above what
// the gateway allows, so that the gateway can say so itself.
const maxHead = 64 << 10

// A wireError is a request that can't be read, and the status that says so.
type wireError struct {
	status int
	reason string
}

func (e *wireError) Error() string { return e.reason }

func malformed(reason string) error { return &wireError{400, reason} }

// A wireReader reads requests from a connection. Its buffer holds what was read
// and not yet used.
type wireReader struct {
	r        io.Reader
	buf      []byte
	from, to int // the unused part of buf

	// proceed is called before a body is waited for that the caller sends only
	// when told to go on (Expect: 100-continue).
	proceed func() error
}

// A wireRequest is a request and what the connection needs to know of it.
type wireRequest struct {
	Request
	header []result.Header // backs Request.Header
	close  bool            // the connection ends with the answer
}

// buffered reports whether there is something of the next request already.
func (w *wireReader) buffered() bool { return w.from < w.to }

// fill reads more into the buffer, which grows up to limit.
func (w *wireReader) fill(limit int) error {
	if w.from > 0 && w.from == w.to {
		w.from, w.to = 0, 0
	}
	if w.to == len(w.buf) {
		if w.from > 0 {
			w.to = copy(w.buf, w.buf[w.from:w.to])
			w.from = 0
		} else {
			if len(w.buf) >= limit {
				return errTooLong
			}
			bigger := make([]byte, min(limit, max(4096, 2*len(w.buf))))
			copy(bigger, w.buf[:w.to])
			w.buf = bigger
		}
	}
	n, err := w.r.Read(w.buf[w.to:])
	w.to += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

var errTooLong = errors.New("too long")

// read reads the next request into q. io.EOF means that the caller has none.
func (w *wireReader) read(q *wireRequest) error {
	head, err := w.head()
	if err != nil {
		return err
	}
	*q = wireRequest{header: q.header[:0]}
	framing, err := q.parseHead(head)
	if err != nil {
		return err
	}
	return w.body(q, framing)
}

// head reads up to the empty line, and returns what stands before it.
func (w *wireReader) head() (string, error) {
	// Empty lines before a request are left over from clients that send one too
	// many after a body (RFC 9112, 2.2).
	for {
		for w.to-w.from < 2 {
			if err := w.fill(maxHead); err != nil {
				if w.buffered() && err == io.EOF {
					return "", malformed("the request is cut off")
				}
				return "", err
			}
		}
		if w.buf[w.from] != '\r' || w.buf[w.from+1] != '\n' {
			break
		}
		w.from += 2
	}
	searched := 0
	for {
		have := w.buf[w.from:w.to]
		if i := bytes.Index(have[searched:], []byte("\r\n\r\n")); i >= 0 {
			n := searched + i
			w.from += n + 4
			return string(have[:n]), nil
		}
		searched = max(0, len(have)-3)
		switch err := w.fill(maxHead); {
		case err == errTooLong:
			return "", &wireError{431, "the headers are too long"}
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return "", malformed("the request is cut off")
		case err != nil:
			return "", err
		}
	}
}

// A framing says where a body ends.
type framing struct {
	length  int64 // of Content-Length; -1: none
	chunked bool
	expect  bool // 100-continue
}

// parseHead reads request line and headers.
func (q *wireRequest) parseHead(head string) (framing, error) {
	f := framing{length: -1}
	line, rest, _ := strings.Cut(head, "\r\n")
	method, target, ok := strings.Cut(line, " ")
	if !ok || !isToken(method) {
		return f, malformed("the request line has no method")
	}
	target, proto, ok := strings.Cut(target, " ")
	if !ok || target == "" || !isTarget(target) {
		return f, malformed("the request target can't be read")
	}
	switch proto {
	case "HTTP/1.1":
	case "HTTP/1.0":
		q.close = true
	default:
		if strings.HasPrefix(proto, "HTTP/") {
			return f, &wireError{505, "the protocol is not HTTP/1.1"}
		}
		return f, malformed("the request line has no protocol")
	}
	q.Method, q.Target, q.Proto = method, target, proto
	hosts := 0
	for rest != "" {
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) { // folded lines and blanks before the colon among them
			return f, malformed("a header line can't be read")
		}
		value = strings.Trim(value, " \t")
		if !isFieldValue(value) {
			return f, malformed("a header value has control characters")
		}
		q.header = append(q.header, result.Header{Name: name, Value: value})
		if err := q.heed(name, value, &f, &hosts); err != nil {
			return f, err
		}
	}
	if hosts > 1 || hosts == 0 && proto == "HTTP/1.1" {
		return f, malformed("want exactly one Host header")
	}
	if host, ok := authority(target); ok {
		q.Host = host // the target's host wins (RFC 9112, 3.2.2)
	}
	if f.chunked && f.length >= 0 {
		return f, malformed("both Content-Length and Transfer-Encoding")
	}
	q.Header = q.header
	return f, nil
}

// heed takes from a header what the connection needs.
func (q *wireRequest) heed(name, value string, f *framing, hosts *int) error {
	switch len(name) {
	case len("Host"):
		if strings.EqualFold(name, "Host") {
			*hosts++
			q.Host = value
		}
	case len("Expect"):
		if strings.EqualFold(name, "Expect") {
			if !strings.EqualFold(value, "100-continue") {
				return &wireError{417, "the expectation is not 100-continue"}
			}
			f.expect = true
		}
	case len("Connection"):
		if strings.EqualFold(name, "Connection") {
			for option := range strings.SplitSeq(value, ",") {
				option = strings.TrimSpace(option)
				if strings.EqualFold(option, "close") {
					q.close = true
				} else if strings.EqualFold(option, "keep-alive") && q.Proto == "HTTP/1.0" {
					q.close = false
				}
			}
		}
	case len("Content-Length"):
		if strings.EqualFold(name, "Content-Length") {
			for part := range strings.SplitSeq(value, ",") {
				n, ok := digits(strings.TrimSpace(part))
				if !ok || f.length >= 0 && f.length != n {
					return malformed("Content-Length can't be read, or says two things")
				}
				f.length = n
			}
		}
	case len("Transfer-Encoding"):
		if strings.EqualFold(name, "Transfer-Encoding") {
			if f.chunked || !strings.EqualFold(value, "chunked") || q.Proto == "HTTP/1.0" {
				return &wireError{501, "the transfer coding is not chunked"}
			}
			f.chunked = true
		}
	}
	return nil
}

// digits reads a length: digits and nothing else.
func digits(s string) (int64, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = 10*n + int64(s[i]-'0')
	}
	return n, true
}

// authority returns the host of a target in absolute form.
func authority(target string) (string, bool) {
	i := strings.Index(target, "://")
	if i <= 0 || target[0] == '/' {
		return "", false
	}
	host := target[i+3:]
	if j := strings.IndexAny(host, "/?#"); j >= 0 {
		host = host[:j]
	}
	if j := strings.LastIndexByte(host, '@'); j >= 0 {
		host = host[j+1:]
	}
	return host, true
}

// body reads the body. One that is longer than the gateway allows is not read:
// the gateway says what becomes of it, and the connection ends.
func (w *wireReader) body(q *wireRequest, f framing) error {
	if !f.chunked && f.length <= 0 {
		return nil
	}
	if f.length > maxBody {
		q.bodyTooLong, q.close = true, true
		return nil
	}
	if f.expect && !w.buffered() && w.proceed != nil {
		if err := w.proceed(); err != nil {
			return err
		}
	}
	if f.chunked {
		return w.chunks(q)
	}
	body, err := w.exactly(make([]byte, 0, min(f.length, 64<<10)), f.length)
	if err != nil {
		return err
	}
	q.Body = body
	return nil
}

// exactly appends the next n bytes to dst, which grows as they come: a length
// alone takes no memory.
func (w *wireReader) exactly(dst []byte, n int64) ([]byte, error) {
	for n > 0 {
		if !w.buffered() && n >= int64(len(w.buf)) {
			// Straight to where it belongs.
			dst = slices.Grow(dst, int(min(n, 64<<10)))
			room := dst[len(dst):cap(dst)]
			if int64(len(room)) > n {
				room = room[:n]
			}
			m, err := w.r.Read(room)
			dst = dst[:len(dst)+m]
			n -= int64(m)
			if m == 0 && err != nil {
				return nil, cutOff(err)
			}
			continue
		}
		if !w.buffered() {
			if err := w.more(); err != nil {
				return nil, err
			}
		}
		part := w.buf[w.from:w.to]
		if int64(len(part)) > n {
			part = part[:n]
		}
		dst = append(dst, part...)
		w.from += len(part)
		n -= int64(len(part))
	}
	return dst, nil
}

// more is fill in the middle of a request.
func (w *wireReader) more() error {
	return cutOff(w.fill(maxHead))
}

// cutOff makes the end of the connection in the middle of a body a wireError.
func cutOff(err error) error {
	if err == io.EOF {
		return malformed("the body is cut off")
	}
	return err
}

// chunks reads a chunked body and drops its trailers.
func (w *wireReader) chunks(q *wireRequest) error {
	var body []byte
	for {
		line, err := w.line()
		if err != nil {
			return err
		}
		size, _, _ := strings.Cut(line, ";")
		size = strings.TrimRight(size, " \t")
		n, err := strconv.ParseUint(size, 16, 62)
		if err != nil || size == "" || size[0] == '+' {
			return malformed("a chunk's size can't be read")
		}
		if n == 0 {
			break
		}
		if int64(len(body))+int64(n) > maxBody {
			q.bodyTooLong, q.close = true, true
			return nil
		}
		if body, err = w.exactly(body, int64(n)); err != nil {
			return err
		}
		if line, err = w.line(); err != nil {
			return err
		}
		if line != "" {
			return malformed("a chunk is longer than it says")
		}
	}
	for total := 0; ; {
		line, err := w.line()
		if err != nil {
			return err
		}
		if line == "" {
			break
		}
		if total += len(line); total > maxHead {
			return &wireError{431, "the trailers are too long"}
		}
	}
	q.Body = body
	return nil
}

// line reads up to the end of a line.
func (w *wireReader) line() (string, error) {
	searched := 0
	for {
		have := w.buf[w.from:w.to]
		if i := bytes.Index(have[searched:], []byte("\r\n")); i >= 0 {
			n := searched + i
			w.from += n + 2
			return string(have[:n]), nil
		}
		if len(have) > 4096 {
			return "", malformed("a line of the body's framing is too long")
		}
		searched = max(0, len(have)-1)
		if err := w.more(); err != nil {
			return "", err
		}
	}
}

// isToken reports whether s is a token (RFC 9110, 5.6.2).
func isToken(s string) bool {
	if s == "" {
		return false
	}
	for i := range len(s) {
		if !tokenByte[s[i]] {
			return false
		}
	}
	return true
}

var tokenByte = func() (table [256]bool) {
	for c := range table {
		table[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c < 0x80 && strings.IndexByte("!#$%&'*+-.^_`|~", byte(c)) >= 0
	}
	return table
}()

// isTarget reports whether s can be a request target: visible ASCII.
func isTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// isFieldValue reports whether s can be a header's value: no control characters
// but tabs.
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// appendResponse appends the head of a response: the status line and the
// headers. Connection and, where a body may not be, its length are the wire's
// own business. A header that can't be sent is left out.
func appendResponse(dst []byte, status int, header []result.Header, closing bool) []byte {
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(dst, ' ')
	dst = append(dst, reasonOf(status)...)
	dst = append(dst, '\r', '\n')
	connection := "Connection: keep-alive\r\n"
	if closing {
		connection = "Connection: close\r\n"
	}
	for i := range header {
		h := &header[i]
		switch len(h.Name) {
		case len("Connection"):
			if strings.EqualFold(h.Name, "Connection") {
				dst = append(dst, connection...) // where AWS has it
				connection = ""
				continue
			}
		case len("Content-Length"):
			if strings.EqualFold(h.Name, "Content-Length") && bodiless(status) {
				continue
			}
		case len("Transfer-Encoding"):
			if strings.EqualFold(h.Name, "Transfer-Encoding") {
				continue
			}
		}
		if !isToken(h.Name) || !isFieldValue(h.Value) {
			continue
		}
		dst = append(dst, h.Name...)
		dst = append(dst, ':', ' ')
		dst = append(dst, h.Value...)
		dst = append(dst, '\r', '\n')
	}
	dst = append(dst, connection...)
	return append(dst, '\r', '\n')
}

// bodiless reports whether a response of that status has no body (RFC 9110, 6.4.1).
func bodiless(status int) bool { return status < 200 || status == 204 || status == 304 }
