package integration

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-api/rehearse/harness/result"
)

// Header names go to a backend and come back as they are spelled, and in their
// order. net/http, which does all the rest of HTTP well, sorts those it sends and
// respells those it reads. So its connections are wrapped: the head of a request
// is put into order on its way out, and that of a response is kept on its way in.

// A wireConn is a connection to a backend. It has one call at a time.
type wireConn struct {
	net.Conn

	mu      sync.Mutex
	sending bool            // the head of a request is on its way
	order   []result.Header // as it should be
	out     []byte          // of the head, not sent yet
	reading bool            // the head of a response is awaited
	in      []byte          // of it, as far as it came
	head    *string         // where it goes when it is whole
}

// begin says that a call with these headers comes next. The head of its response
// is put into head before net/http sees the end of it. It is the call's own: a
// connection may serve the next one before the caller has looked.
func (w *wireConn) begin(header []result.Header, head *string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sending, w.order, w.out = true, header, w.out[:0]
	w.reading, w.in, w.head = true, w.in[:0], head
}

// Write holds back the head of a request until it is whole.
func (w *wireConn) Write(p []byte) (int, error) {
	w.mu.Lock()
	if !w.sending {
		w.mu.Unlock()
		return w.Conn.Write(p)
	}
	w.out = append(w.out, p...)
	end := bytes.Index(w.out, []byte("\r\n\r\n"))
	if end < 0 {
		w.mu.Unlock()
		return len(p), nil
	}
	message := inOrder(w.out[:end+2], w.order)
	message = append(message, w.out[end+2:]...)
	w.sending, w.order = false, nil
	w.mu.Unlock()
	if _, err := w.Conn.Write(message); err != nil {
		return 0, err
	}
	return len(p), nil
}

// inOrder puts the header lines of a request into an order and gives their names
// the spelling they have there. Lines of net/http's own, such as Host, come first.
// Nothing is lost or added.
func inOrder(head []byte, order []result.Header) []byte {
	lines := bytes.SplitAfter(head, []byte("\r\n"))
	lines = lines[:len(lines)-1] // empty, after the last
	taken := make([]bool, len(lines))
	sorted := make([]byte, 0, len(head))
	for _, h := range order {
		for i := 1; i < len(lines); i++ {
			if !taken[i] && names(lines[i], h.Name) {
				taken[i] = true
				sorted = append(sorted, h.Name...)
				sorted = append(sorted, lines[i][len(h.Name):]...)
				break
			}
		}
	}
	out := make([]byte, 0, len(head))
	for i, line := range lines {
		if !taken[i] {
			out = append(out, line...)
		}
	}
	return append(out, sorted...)
}

// names reports whether a header line is one of that name.
func names(line []byte, name string) bool {
	return len(line) > len(name) && line[len(name)] == ':' && strings.EqualFold(string(line[:len(name)]), name)
}

// Read keeps the head of a response.
func (w *wireConn) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reading {
		return n, err
	}
	w.in = append(w.in, p[:n]...)
	for {
		end := headEnd(w.in)
		if end < 0 {
			w.reading = len(w.in) < 4*maxResponseHeader // net/http gives up sooner
			return n, err
		}
		if !interim(w.in) {
			*w.head, w.reading = string(w.in[:end]), false
			return n, err
		}
		w.in = w.in[:copy(w.in, w.in[end:])]
	}
}

// headEnd is where the empty line after a head ends, -1 if it is not there. Lines
// may end without a carriage return.
func headEnd(b []byte) int {
	for i := 0; ; {
		j := bytes.IndexByte(b[i:], '\n')
		if j < 0 {
			return -1
		}
		i += j + 1
		if rest := b[i:]; bytes.HasPrefix(rest, []byte("\n")) {
			return i + 1
		} else if bytes.HasPrefix(rest, []byte("\r\n")) {
			return i + 2
		}
	}
}

// interim reports whether a head is that of a response before the response: 100
// Continue, 103 Early Hints.
func interim(head []byte) bool {
	_, status, ok := bytes.Cut(head[:min(len(head), 16)], []byte(" "))
	return ok && bytes.HasPrefix(status, []byte("1")) && !bytes.HasPrefix(status, []byte("101"))
}

// spelled are the headers of a response as its head spells them and in their
// order; nil if net/http read them otherwise.
func spelled(head string, read http.Header) []result.Header {
	_, head, ok := strings.Cut(head, "\n")
	if !ok {
		return nil
	}
	count := 0
	for _, values := range read {
		count += len(values)
	}
	list := make([]result.Header, 0, count)
	for line := range strings.Lines(head) {
		line = strings.TrimRight(line, "\r\n")
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if ok && slices.Contains(read[http.CanonicalHeaderKey(name)], value) {
			list = append(list, result.Header{Name: name, Value: value})
		}
	}
	if len(list) != count {
		return nil // folded lines, for one
	}
	return list
}

// dialer makes wireConns.
type dialer struct {
	net.Dialer
	config *tls.Config
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &wireConn{Conn: c}, nil
}

func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	config := d.config.Clone()
	if host, _, err := net.SplitHostPort(address); err == nil {
		config.ServerName = host
	}
	secure := tls.Client(c, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return &wireConn{Conn: secure}, nil
}
