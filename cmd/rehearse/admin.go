package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// adminPrefix is where the admin API is.
const adminPrefix = "/_rehearse/"

// An admin is the admin API of serve: it moves the clock, resets, and tells what
// happened. Only callers and Host names on loopback reach it, and what a web
// page sends without asking first is refused.
type admin struct {
	sandbox *project.Sandbox
	clock   *clock.Virtual // nil: real time
	start   time.Time
	history *history
}

// A refusedCall is an answer of the admin API that is not 200.
type refusedCall struct {
	status  int
	message string
}

func (e *refusedCall) Error() string { return e.message }

func refuse(status int, format string, args ...any) error {
	return &refusedCall{status, fmt.Sprintf(format, args...)}
}

// do answers a request of the admin API.
func (a *admin) do(r *gateway.Request) *gateway.Response {
	v, err := a.answer(r)
	status := http.StatusOK
	if err != nil {
		status = http.StatusBadRequest
		var e *refusedCall
		if errors.As(err, &e) {
			status = e.status
		}
		v = map[string]string{"message": err.Error()}
	}
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"message":"the answer has no JSON"}`)
	}
	return &gateway.Response{Status: status, Body: append(body, '\n'), Header: []result.Header{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Cache-Control", Value: "no-store"},
		{Name: "X-Content-Type-Options", Value: "nosniff"},
	}}
}

// withHint is an error with its hint in one line.
func withHint(err error) string {
	var s *source.Error
	if errors.As(err, &s) && s.Hint != "" {
		return s.Msg + ": " + s.Hint
	}
	return err.Error()
}

// adminCalls are the calls of the admin API by path.
var adminCalls = map[string]struct {
	method string
	call   func(a *admin, query url.Values, body []byte) (any, error)
}{
	"health":      {"GET", (*admin).health},
	"clock":       {"POST", (*admin).moveClock},
	"reset":       {"POST", (*admin).reset},
	"exchanges":   {"GET", (*admin).exchanges},
	"cache/flush": {"POST", (*admin).flush},
}

func (a *admin) answer(r *gateway.Request) (any, error) {
	if err := checkCaller(r); err != nil {
		return nil, err
	}
	u, err := url.ParseRequestURI(r.Target)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "the request target can't be read")
	}
	path := strings.TrimSuffix(strings.TrimPrefix(u.Path, adminPrefix), "/")
	c, ok := adminCalls[path]
	if path == "" {
		return nil, refuse(http.StatusNotFound, "this is the admin API; it has %shealth, clock, reset, exchanges and cache/flush", adminPrefix)
	}
	if !ok {
		return nil, refuse(http.StatusNotFound, "the admin API has no %s; it has health, clock, reset, exchanges and cache/flush", path)
	}
	if r.Method != c.method {
		return nil, refuse(http.StatusMethodNotAllowed, "%s takes %s", path, c.method)
	}
	if c.method == "POST" {
		if err := checkContentType(r); err != nil {
			return nil, err
		}
	}
	return c.call(a, u.Query(), r.Body)
}

// checkCaller lets in only programs on this machine: the caller's address and
// the Host name must be loopback (a page that rebinds its DNS name has another
// Host), and a browser says when a page of elsewhere sends.
func checkCaller(r *gateway.Request) error {
	addr, err := netip.ParseAddr(r.SourceIP)
	if err != nil || !addr.Unmap().IsLoopback() {
		return refuse(http.StatusForbidden, "the admin API answers callers on this machine only")
	}
	if !loopbackHost(r.Host) {
		return refuse(http.StatusForbidden, "the admin API answers the host names localhost, 127.0.0.1 and [::1] only")
	}
	for _, h := range r.Header {
		switch strings.ToLower(h.Name) {
		case "origin":
			if u, err := url.Parse(h.Value); err != nil || !loopbackHost(u.Host) || u.Host != r.Host {
				return refuse(http.StatusForbidden, "the admin API answers no web page")
			}
		case "sec-fetch-site":
			if h.Value != "same-origin" && h.Value != "none" {
				return refuse(http.StatusForbidden, "the admin API answers no web page")
			}
		}
	}
	return nil
}

// loopbackHost reports whether a Host header names this machine.
func loopbackHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// checkContentType refuses what a web page could send without asking first. A
// call without a body needs no type.
func checkContentType(r *gateway.Request) error {
	for _, h := range r.Header {
		if !strings.EqualFold(h.Name, "Content-Type") {
			continue
		}
		if t, _, err := mime.ParseMediaType(h.Value); err == nil && t == "application/json" {
			return nil
		}
		return refuse(http.StatusUnsupportedMediaType, "the admin API takes application/json only")
	}
	if len(r.Body) > 0 {
		return refuse(http.StatusUnsupportedMediaType, "the admin API takes application/json only")
	}
	return nil
}

// decodeBody reads a JSON object with known fields only; no body is an empty one.
func decodeBody(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return refuse(http.StatusBadRequest, "%s", bodyProblem(err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return refuse(http.StatusBadRequest, "the body goes on behind its JSON object")
	}
	return nil
}

// bodyProblem says what is wrong with a body in words of JSON.
func bodyProblem(err error) string {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Sprintf("the body is a JSON %s, want an object", kind.Value)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a JSON %s, want a string", kind.Field, kind.Value)
	case strings.HasPrefix(err.Error(), "json: unknown field "):
		return "the body has an " + strings.TrimPrefix(err.Error(), "json: ")
	}
	return "the body is no JSON"
}

func (a *admin) health(url.Values, []byte) (any, error) {
	return map[string]any{"status": "ok", "version": programVersion(), "now": a.sandbox.Clock.Now().Format(time.RFC3339Nano), "virtualClock": a.clock != nil}, nil
}

func (a *admin) moveClock(_ url.Values, body []byte) (any, error) {
	var in struct {
		Advance *string `json:"advance"`
		Now     *string `json:"now"`
	}
	if err := decodeBody(body, &in); err != nil {
		return nil, err
	}
	if a.clock == nil {
		return nil, refuse(http.StatusConflict, "the clock is real: start serve with --virtual-clock to move it")
	}
	switch {
	case (in.Advance == nil) == (in.Now == nil):
		return nil, refuse(http.StatusBadRequest, `want {"advance":"1h30m"} or {"now":"2026-01-02T00:00:00Z"}`)
	case in.Advance != nil:
		d, err := time.ParseDuration(*in.Advance)
		if err != nil || d < 0 {
			return nil, refuse(http.StatusBadRequest, "advance is %q, want a duration such as 1h30m", *in.Advance)
		}
		a.clock.Advance(d)
	default:
		t, err := time.Parse(time.RFC3339Nano, *in.Now)
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "now is %q, want a time such as 2026-01-02T00:00:00Z", *in.Now)
		}
		if !a.clock.Set(t) {
			return nil, refuse(http.StatusBadRequest, "%s has passed: it is %s", *in.Now, a.clock.Now().Format(time.RFC3339Nano))
		}
	}
	return map[string]string{"now": a.clock.Now().Format(time.RFC3339Nano)}, nil
}

func (a *admin) reset(_ url.Values, body []byte) (any, error) {
	if err := decodeBody(body, &struct{}{}); err != nil {
		return nil, err
	}
	a.sandbox.Reset()
	if a.clock != nil {
		a.clock.Reset(a.start)
	}
	return map[string]string{"now": a.sandbox.Clock.Now().Format(time.RFC3339Nano)}, nil
}

func (a *admin) exchanges(query url.Values, _ []byte) (any, error) {
	n := keptExchanges
	if s := query.Get("last"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil || n < 0 {
			return nil, refuse(http.StatusBadRequest, "last is %q, want a number", s)
		}
	}
	list := []exchangeJSON{}
	for _, x := range a.history.last(n) {
		list = append(list, showExchange(x, a.sandbox.Project.Mask))
	}
	return map[string]any{"schemaVersion": schemaVersion, "exchanges": list}, nil
}

func (a *admin) flush(_ url.Values, body []byte) (any, error) {
	var in struct {
		API   string `json:"api"`
		Stage string `json:"stage"`
	}
	if err := decodeBody(body, &in); err != nil {
		return nil, err
	}
	if in.Stage == "" {
		return nil, refuse(http.StatusBadRequest, `want {"stage":"prod"}, and "api" where there are several`)
	}
	if err := a.sandbox.FlushCache(in.API, in.Stage); err != nil {
		return nil, refuse(http.StatusNotFound, "%s", withHint(err))
	}
	return map[string]string{"flushed": in.Stage}, nil
}
