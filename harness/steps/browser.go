package steps

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

var browserSteps = []Step{
	{
		pattern: pageCalls,
		Doc: `calls the API as a script of a web page does: preflight, then the call

What a step has set as API key or request header is sent by the script. The
browser is one by the Fetch Standard that has no preflight in its cache, sends
no cookies, and follows no redirects. When the preflight fails, the call is not
sent, and steps about the response speak of the preflight's.`,
		Example: `When a page on "https://shop.example" calls GET "/dev/items"`,
		Also: []string{
			`When a page on "https://shop.example" calls GET "/dev/items" with credentials`,
		},
		run: func(ctx context.Context, w *World, a *args) error {
			return w.visit(ctx, a, call{})
		},
	},
	{
		pattern: pageCalls + ` with headers:`,
		Doc:     `calls the API as a script of a web page does, with more headers`,
		Example: `When a page on "https://shop.example" calls GET "/dev/items" with headers:
  | x-api-key | abcdefghijklmnopqrstuvwxyz |`,
		arg: table,
		run: func(ctx context.Context, w *World, a *args) error {
			headers, err := headerTable(a.table)
			if err != nil {
				return err
			}
			return w.visit(ctx, a, call{header: headers})
		},
	},
	{
		pattern: pageCalls + ` with body:`,
		Doc: `calls the API as a script of a web page does, with a body

Without a Content-Type of its own a text goes out as text/plain;charset=UTF-8.`,
		Example: `When a page on "https://shop.example" calls POST "/dev/items" with body:
  """ application/json
  {"ID": 5}
  """`,
		arg: docString,
		run: func(ctx context.Context, w *World, a *args) error {
			c := call{body: []byte(a.doc), mediaType: a.mediaType}
			if c.mediaType == "" {
				c.mediaType = "text/plain;charset=UTF-8"
			}
			return w.visit(ctx, a, c)
		},
	},
	{
		pattern: `the browser allows it`,
		Doc:     `says that the page may read the response of its call, whatever its status`,
		Example: `Then the browser allows it`,
		run: func(_ context.Context, w *World, _ *args) error {
			if err := w.needVisit(); err != nil {
				return err
			}
			if b := w.browser.blocked; b != nil {
				return w.unlike("the browser blocks it because of %q: %s", b.reason, b.text)
			}
			return nil
		},
	},
	{
		pattern: `the browser blocks it because of {string}`,
		Doc: `says why the browser keeps the response of its call from the page

A reason that begins with preflight- may be given without that.
` + blockReasonsDoc(),
		Example: `Then the browser blocks it because of "missing-allow-origin"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needVisit(); err != nil {
				return err
			}
			b := w.browser.blocked
			if b.is(a.s[0]) {
				return nil
			}
			if ids := blockReasonIDs(); !slices.Contains(ids, a.s[0]) {
				return unknown("reason of a browser", a.s[0], ids)
			}
			if b == nil {
				return w.unlike("the browser allows it, want it blocked because of %q", a.s[0])
			}
			return w.unlike("the browser blocks it because of %q, want %q: %s", b.reason, a.s[0], b.text)
		},
	},
}

const pageCalls = `a page on {string} calls ([A-Z]+) {string}( with credentials)?`

// A visit is a page's call and what the browser made of it.
type visit struct {
	blocked *block // nil: the page may read the response
}

// A block is why a browser keeps a response from a page.
type block struct {
	reason string // an id of BlockReasons
	text   string
}

func blocked(reason, format string, a ...any) *block {
	return &block{reason: reason, text: fmt.Sprintf(format, a...)}
}

// visit runs a page's call; a.s holds origin, method, path and credentials.
func (w *World) visit(ctx context.Context, a *args, c call) error {
	origin, err := pageOrigin(a.s[0])
	if err != nil {
		return err
	}
	c.method, c.path = a.s[1], a.s[2]
	r, err := w.request(c)
	if err != nil {
		return err
	}
	r.Header = withoutForbidden(r.Header)
	w.batch, w.last, w.browser = batch{}, nil, &visit{}
	credentials := a.s[3] != ""

	switch r.Method {
	case "CONNECT", "TRACE", "TRACK":
		w.browser.blocked = blocked("forbidden-method", "no page may send %s", r.Method)
		return nil
	}
	if origin == "https://"+r.Host {
		// Same origin: no preflight, nothing to allow. Browsers send Origin with
		// methods that may change something.
		if r.Method != "GET" && r.Method != "HEAD" {
			r.Header = append(r.Header, result.Header{Name: "Origin", Value: origin})
		}
		return w.pageRequest(ctx, r)
	}
	unsafe := unsafeHeaders(r.Header)
	if !isSimpleMethod(r.Method) || len(unsafe) > 0 {
		p := preflight(r, origin, unsafe)
		if err := w.pageRequest(ctx, p); err != nil {
			return err
		}
		w.browser.blocked = checkPreflight(w.last.response, r.Method, origin, unsafe, credentials)
		if w.browser.blocked != nil {
			return nil
		}
	}
	r.Header = append(r.Header, result.Header{Name: "Origin", Value: origin})
	if !hasHeader(r.Header, "Accept") {
		r.Header = append(r.Header, result.Header{Name: "Accept", Value: "*/*"})
	}
	if err := w.pageRequest(ctx, r); err != nil {
		return err
	}
	w.browser.blocked = checkAllowOrigin(w.last.response, origin, credentials)
	return nil
}

// pageRequest sends one request of a page's call.
func (w *World) pageRequest(ctx context.Context, r *gateway.Request) error {
	if err := w.exchange(ctx, r, nil); err != nil {
		return err
	}
	w.batch = batch{}
	w.batch.add(w.last.response.Status)
	return nil
}

// pageOrigin checks the origin of a page.
func pageOrigin(s string) (string, error) {
	if s == "null" { // a file, or a frame in a sandbox
		return s, nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", wrong("%q is no origin of a page", s).hint(`write it as "https://shop.example"`)
	}
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	if s != origin && !strings.EqualFold(s, origin) {
		return "", wrong("%q is more than the origin of a page", s).hint("the origin is %q", origin)
	}
	switch {
	case u.Scheme == "https":
		origin = strings.TrimSuffix(origin, ":443")
	case u.Scheme == "http":
		origin = strings.TrimSuffix(origin, ":80")
	}
	return origin, nil
}

// needVisit is the error of a step that speaks of a browser too early.
func (w *World) needVisit() error {
	if w.browser == nil {
		return wrong("no page has called anything yet").
			hint(`a step such as: When a page on "https://shop.example" calls GET "/prod/items"`)
	}
	return nil
}
