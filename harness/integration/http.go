package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// maxPayload is API Gateway's limit for a payload, either way (AWS docs:
// Amazon API Gateway quotas).
const maxPayload = 10 << 20

// doHTTP calls the backend of an HTTP or HTTP_PROXY integration.
func (i *Integrations) doHTTP(ctx context.Context, req *Request) (*Response, error) {
	u, problem := parseEndpoint(req.URI)
	if problem != "" {
		if s := i.stubFor(req); s != nil && Unresolved(req.Integration.URI.Text) != "" {
			return s.response(), nil
		}
		return nil, configurationError(result.Event{Decision: invalidEndpoint, A: req.URI, B: problem}, "Invalid endpoint address")
	}
	host := u.Host
	header := httpHeaders(req, &host)
	if f := checkHeaders(header); f != nil {
		return nil, f
	}
	c := call{
		name: hostKey(u), url: u, host: host, method: req.HTTPMethod, header: header,
		timeout: req.Timeout,
	}
	if sendsBody(req) {
		c.body = req.Body
	}
	if tls := req.Integration.TLSConfig; tls != nil {
		c.insecure = tls.InsecureSkipVerification
	}
	connection := ""
	if req.Integration.ConnectionType == "VPC_LINK" {
		connection = req.Integration.ConnectionID // the URI gives the Host header only
	}
	c.way = i.network.wayTo(c.name, u.Path, c.method, u, connection)
	if c.way.nothing {
		c.stub = i.stubFor(req)
	}
	return i.network.send(ctx, &c)
}

// sendsBody reports whether a body goes with the integration request: none does
// with GET, HEAD and OPTIONS (inferred).
func sendsBody(req *Request) bool {
	switch req.HTTPMethod {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	return req.HasBody
}

// httpHeaders are the headers as sent: those of the request, and API Gateway's
// own. A Host among them goes where net/http looks for it.
func httpHeaders(req *Request, host *string) []result.Header {
	header := make([]result.Header, 0, len(req.Header)+4)
	for _, h := range req.Header {
		if strings.EqualFold(h.Name, "Host") {
			*host = h.Value
			continue
		}
		header = append(header, h)
	}
	// Case http-client-headers-are-not-sent: what an HTTP integration gets
	// without any mapping. HTTP_PROXY passes the caller's.
	if req.Integration.Type != openapi.HTTPProxy && !has(header, "Accept") {
		header = append(header, result.Header{Name: "Accept", Value: "application/json"})
	}
	if !has(header, "User-Agent") {
		header = append(header, result.Header{Name: "User-Agent", Value: "AmazonAPIGateway_" + req.APIID})
	}
	header = append(header, result.Header{Name: "X-Amzn-Apigateway-Api-Id", Value: req.APIID})
	if req.TraceID != "" {
		header = append(header, result.Header{Name: "X-Amzn-Trace-Id", Value: req.TraceID})
	}
	return header
}

// SentHeaders are the headers of an integration request as the execution log has
// them: those of HTTP backends as sent, and for a function those of AWS's call of
// it that can be known here (recorded: their names).
func SentHeaders(req *Request) []result.Header {
	switch req.Integration.Type {
	case openapi.HTTP, openapi.HTTPProxy:
		host := ""
		header := httpHeaders(req, &host)
		if host != "" {
			header = append(header, result.Header{Name: "Host", Value: host})
		}
		return header
	}
	if _, err := openapi.ParseFunctionURI(req.URI); err != nil {
		return req.Header
	}
	return append([]result.Header{
		{Name: "x-amzn-lambda-integration-tag", Value: req.RequestID},
		{Name: "x-amzn-apigateway-api-id", Value: req.APIID},
		{Name: "Accept", Value: "application/json"},
		{Name: "User-Agent", Value: "AmazonAPIGateway_" + req.APIID},
	}, req.Header...)
}

func checkHeaders(list []result.Header) *Failure {
	for _, h := range list {
		if !validHeader(h.Name, h.Value) {
			return configurationError(result.Event{Decision: invalidHeader, A: h.Name}, "Invalid header "+h.Name)
		}
	}
	return nil
}

// A call is an HTTP request on its way to a stub or a real place.
type call struct {
	name     string   // whom it is for: "http://host:port" or a service's name
	url      *url.URL // as the document has it
	host     string   // the Host header
	method   string
	header   []result.Header
	body     []byte // nil: none is sent
	timeout  time.Duration
	insecure bool
	way      way
	stub     *Stub                       // where nothing stands; nil: none
	sign     func(r *http.Request) error // nil: not signed
}

// send makes the call. Whatever the backend does, it ends within the timeout
// and gives a response or a *Failure.
func (n *Network) send(ctx context.Context, c *call) (*Response, error) {
	if !n.wait(ctx, c.way.delay, c.timeout) {
		return nil, n.timedOut(c)
	}
	if c.way.to != nil {
		return n.sendReal(ctx, c)
	}
	if c.way.nothing && c.stub == nil {
		return nil, networkFailure(result.Event{Decision: backendNotConfigured, A: c.name})
	}
	n.record(c.name, c.received())
	if c.way.nothing {
		return c.stub.response(), nil
	}
	if c.way.echo {
		return c.echo(), nil
	}
	a := c.way.answer
	if !n.wait(ctx, a.Delay, c.timeout-c.way.delay) {
		return nil, n.timedOut(c)
	}
	if a.Unreachable {
		return nil, networkFailure(result.Event{Decision: networkError, A: c.name, B: "it is set to be unreachable"})
	}
	return a.response(), nil
}

func (n *Network) timedOut(c *call) *Failure {
	return timeoutFailure(c.name, float64(c.timeout.Milliseconds()))
}

func (c *call) received() BackendRequest {
	header := slices.Clone(c.header)
	if c.host != "" {
		header = append([]result.Header{{Name: "Host", Value: c.host}}, header...)
	}
	path := c.url.EscapedPath()
	if path == "" {
		path = "/"
	}
	return BackendRequest{Method: c.method, Path: path, Query: c.url.RawQuery, Header: header, Body: slices.Clone(c.body)}
}

func (a *Answer) response() *Response {
	r := &Response{Status: a.Status, Header: slices.Clone(a.Header), Body: slices.Clone(a.Body)}
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	if len(r.Body) > 0 && !has(r.Header, "Content-Type") {
		r.Header = append(r.Header, result.Header{Name: "Content-Type", Value: guessType(r.Body)})
	}
	return r
}

// guessType is the Content-Type of an answer that was given without one.
func guessType(body []byte) string {
	if json.Valid(body) {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}

// echo answers with what was sent, as JSON.
func (c *call) echo() *Response {
	r := c.received()
	values := map[string]any{}
	for _, h := range r.Header {
		addValue(values, h.Name, h.Value)
	}
	query := map[string]any{}
	parsed, _ := url.ParseQuery(r.Query) // what can't be read is left out
	for name, list := range parsed {
		for _, v := range list {
			addValue(query, name, v)
		}
	}
	body, _ := json.Marshal(struct { // it holds nothing that can't be written
		Method  string         `json:"method"`
		Path    string         `json:"path"`
		Query   map[string]any `json:"query"`
		Headers map[string]any `json:"headers"`
		Body    string         `json:"body"`
	}{r.Method, r.Path, query, values, string(r.Body)})
	return &Response{
		Status: http.StatusOK, Body: body,
		Header: []result.Header{{Name: "Content-Type", Value: "application/json"}},
	}
}

// addValue keeps one value as a string and several as a list.
func addValue(m map[string]any, name, value string) {
	switch before := m[name].(type) {
	case nil:
		m[name] = value
	case string:
		m[name] = []string{before, value}
	case []string:
		m[name] = append(before, value)
	}
}

// sendReal makes the call over the network, in real time; when that runs out,
// the gateway's clock moves by the timeout.
func (n *Network) sendReal(ctx context.Context, c *call) (*Response, error) {
	timed := ctx // ends with the timeout too
	if rest := c.timeout - c.way.delay; c.timeout > 0 {
		var cancel context.CancelFunc
		timed, cancel = context.WithTimeout(ctx, rest)
		defer cancel()
	}
	r, err := c.httpRequest()
	if err != nil {
		return nil, networkFailure(result.Event{Decision: networkError, A: c.name, B: err.Error()})
	}
	n.record(c.name, c.received())
	var head string // of the response
	r = r.WithContext(httptrace.WithClientTrace(timed, &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if conn, ok := info.Conn.(*wireConn); ok {
			conn.begin(c.header, &head)
		}
	}}))
	resp, err := n.clients.transport(c.insecure).RoundTrip(r)
	if err != nil {
		return nil, n.noAnswer(ctx, timed, c, err)
	}
	// Closing an unread body closes its connection, so that a backend which
	// never stops sending holds nothing.
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil, networkFailure(result.Event{Decision: networkError, A: c.name, B: "it switched protocols"})
	}
	if resp.ContentLength > maxPayload {
		return nil, tooLarge(c)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPayload+1))
	if err != nil {
		return nil, n.noAnswer(ctx, timed, c, err)
	}
	if len(body) > maxPayload {
		return nil, tooLarge(c)
	}
	out := &Response{Status: resp.StatusCode, Body: body, Header: spelled(head, resp.Header)}
	if out.Header != nil {
		return out, nil
	}
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, v := range resp.Header[name] {
			out.Header = append(out.Header, result.Header{Name: name, Value: v})
		}
	}
	return out, nil
}

// tooLarge: guess that it is a 500; no page says what the caller sees.
func tooLarge(c *call) *Failure {
	return integrationFailure(http.StatusInternalServerError,
		result.Event{Decision: responseTooLarge, A: c.name, N: maxPayload},
		"Execution failed due to an internal error")
}

// noAnswer says why there is none. Ctx is the caller's, timed ends with the timeout too.
func (n *Network) noAnswer(ctx, timed context.Context, c *call, err error) *Failure {
	switch {
	case ctx.Err() != nil:
		return networkFailure(result.Event{Decision: clientGone, A: c.name})
	case errors.Is(timed.Err(), context.DeadlineExceeded):
		if n.clock.Virtual() {
			_ = n.clock.Sleep(ctx, c.timeout-c.way.delay) // the real wait is over already
		}
		return n.timedOut(c)
	}
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		// guess: a host without an address is an invalid endpoint, not a network error.
		return configurationError(result.Event{Decision: invalidEndpoint, A: c.name, B: "the host is not known"}, "Invalid endpoint address")
	}
	return networkFailure(result.Event{Decision: networkError, A: c.name, B: plainError(err)})
}

// plainError is err without the address and port numbers that differ from run to run.
func plainError(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}

func (c *call) httpRequest() (*http.Request, error) {
	u := *c.url
	u.Scheme, u.Host, u.User = c.way.to.Scheme, c.way.to.Host, nil
	r := &http.Request{
		Method: c.method, URL: &u, Host: c.host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(c.header)+4),
	}
	if len(c.body) > 0 {
		r.ContentLength = int64(len(c.body))
		r.Body = io.NopCloser(bytes.NewReader(c.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.body)), nil }
	} else {
		r.Body = http.NoBody
	}
	for _, h := range c.header {
		name := h.Name
		switch {
		case strings.EqualFold(name, "Content-Length"), strings.EqualFold(name, "Transfer-Encoding"):
			continue // made from the body
		case strings.EqualFold(name, "User-Agent"):
			name = "User-Agent" // else net/http adds its own
		case strings.EqualFold(name, "Trailer"):
			name = "trailer" // net/http would hold it back under its usual spelling
		}
		r.Header[name] = append(r.Header[name], h.Value)
	}
	if c.sign != nil {
		if err := c.sign(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}
