package steps

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

// What a browser does is the Fetch Standard's (fetch.spec.whatwg.org, "HTTP-network
// fetch", "CORS-preflight fetch" and "CORS check"), in its order.

// A BlockReason is why a browser keeps a response from a page.
type BlockReason struct{ ID, Doc string }

// BlockReasons are all there are, in the order in which browsers look.
func BlockReasons() []BlockReason { return slices.Clone(blockReasons) }

var blockReasons = []BlockReason{
	{"forbidden-method", "no page may send CONNECT, TRACE or TRACK"},
	{"missing-allow-origin", "the response has no Access-Control-Allow-Origin"},
	{"allow-origin-mismatch", "Access-Control-Allow-Origin is neither * nor the page's origin; a list of origins is never right"},
	{"wildcard-with-credentials", "Access-Control-Allow-Origin is *, which is not enough for a call with credentials"},
	{"missing-allow-credentials", "a call with credentials needs Access-Control-Allow-Credentials: true"},
	{"preflight-missing-allow-origin", "missing-allow-origin, and it was the preflight's response"},
	{"preflight-allow-origin-mismatch", "allow-origin-mismatch, and it was the preflight's response"},
	{"preflight-wildcard-with-credentials", "wildcard-with-credentials, and it was the preflight's response"},
	{"preflight-missing-allow-credentials", "missing-allow-credentials, and it was the preflight's response"},
	{"preflight-failed-status", "the preflight's status is not 200 to 299"},
	{"invalid-allow-methods", "the preflight's Access-Control-Allow-Methods is no list of methods"},
	{"invalid-allow-headers", "the preflight's Access-Control-Allow-Headers is no list of header names"},
	{"method-not-allowed", "the preflight's Access-Control-Allow-Methods lacks the method"},
	{"header-not-allowed", "the preflight's Access-Control-Allow-Headers lacks a header of the call; * does not cover Authorization"},
}

func blockReasonIDs() []string {
	ids := make([]string, len(blockReasons))
	for i, r := range blockReasons {
		ids[i] = r.ID
	}
	return ids
}

func blockReasonsDoc() string {
	lines := make([]string, len(blockReasons))
	for i, r := range blockReasons {
		lines[i] = r.ID + ": " + r.Doc
	}
	return strings.Join(lines, "\n")
}

// preflightPrefix begins the reasons that are about a preflight's response and
// have a name of their own for the call's.
const preflightPrefix = "preflight-"

// is reports whether a block is of a reason; a preflight's may be called without
// its prefix.
func (b *block) is(reason string) bool {
	return b != nil && (b.reason == reason || b.reason == preflightPrefix+reason)
}

// isSimpleMethod reports whether a method needs no preflight by itself.
func isSimpleMethod(method string) bool {
	return method == "GET" || method == "HEAD" || method == "POST"
}

// withoutForbidden leaves out the headers that pages can't set: a browser
// ignores an attempt.
func withoutForbidden(headers []result.Header) []result.Header {
	return slices.DeleteFunc(slices.Clone(headers), func(h result.Header) bool {
		name := strings.ToLower(h.Name)
		if strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "sec-") {
			return true
		}
		switch name {
		case "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
			"access-control-request-private-network", "connection", "content-length", "cookie", "cookie2", "date",
			"dnt", "expect", "host", "keep-alive", "origin", "referer", "set-cookie", "te", "trailer",
			"transfer-encoding", "upgrade", "via":
			return true
		case "x-http-method", "x-http-method-override", "x-method-override":
			for m := range strings.SplitSeq(h.Value, ",") {
				switch strings.ToUpper(strings.TrimSpace(m)) {
				case "CONNECT", "TRACE", "TRACK":
					return true
				}
			}
		}
		return false
	})
}

// unsafeHeaders are the names, lower-case and sorted, of the headers that need a
// preflight: the CORS-unsafe request-header names.
func unsafeHeaders(headers []result.Header) []string {
	var names, safe []string
	safeSize := 0
	for _, h := range headers {
		name := strings.ToLower(h.Name)
		if !isSafelisted(name, h.Value) {
			names = append(names, name)
		} else {
			safe = append(safe, name)
			safeSize += len(h.Value)
		}
	}
	if safeSize > 1024 {
		names = append(names, safe...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// isSafelisted reports whether a header may be sent without a preflight.
func isSafelisted(name, value string) bool {
	if len(value) > 128 {
		return false
	}
	switch name {
	case "accept":
		return !hasUnsafeByte(value)
	case "accept-language", "content-language":
		for _, c := range []byte(value) {
			if !isAlphanumeric(c) && !strings.ContainsRune(" *,-.;=", rune(c)) {
				return false
			}
		}
		return true
	case "content-type":
		essence, _, _ := strings.Cut(value, ";")
		switch strings.ToLower(strings.TrimSpace(essence)) {
		case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
			return !hasUnsafeByte(value)
		}
		return false
	case "range":
		return isSimpleRange(value)
	}
	return false
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// hasUnsafeByte looks for a CORS-unsafe request-header byte.
func hasUnsafeByte(value string) bool {
	return slices.ContainsFunc([]byte(value), func(c byte) bool {
		return c < ' ' && c != '\t' || c == 0x7f || strings.IndexByte(`"():<>?@[\]{}`, c) >= 0
	})
}

// isSimpleRange accepts "bytes=0-" and "bytes=0-99", not "bytes=-99".
func isSimpleRange(value string) bool {
	spec, ok := strings.CutPrefix(value, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	digits := func(s string) bool {
		return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	}
	return ok && dash && first != "" && digits(first) && digits(last) &&
		(last == "" || len(first) < len(last) || len(first) == len(last) && first <= last)
}

// preflight is the OPTIONS request that asks for r.
func preflight(r *gateway.Request, origin string, unsafe []string) *gateway.Request {
	p := &gateway.Request{Method: "OPTIONS", Target: r.Target, Host: r.Host, Proto: r.Proto, SourceIP: r.SourceIP}
	p.Header = []result.Header{{Name: "Accept", Value: "*/*"}, {Name: "Access-Control-Request-Method", Value: r.Method}}
	if len(unsafe) > 0 {
		p.Header = append(p.Header, result.Header{Name: "Access-Control-Request-Headers", Value: strings.Join(unsafe, ",")})
	}
	p.Header = append(p.Header, result.Header{Name: "Origin", Value: origin})
	return p
}

// combined is a response header as browsers read it: several lines are one list.
func combined(response *gateway.Response, name string) (value string, present bool) {
	var values []string
	for _, h := range response.Header {
		if strings.EqualFold(h.Name, name) {
			values = append(values, strings.Trim(h.Value, " \t"))
		}
	}
	return strings.Join(values, ", "), values != nil
}

// checkAllowOrigin is the CORS check.
func checkAllowOrigin(response *gateway.Response, origin string, credentials bool) *block {
	allow, present := combined(response, "Access-Control-Allow-Origin")
	switch {
	case !present:
		return blocked("missing-allow-origin", "the response (status %d) has no Access-Control-Allow-Origin", response.Status)
	case allow == "*" && !credentials:
		return nil
	case allow == "*":
		return blocked("wildcard-with-credentials", "Access-Control-Allow-Origin is *, a call with credentials needs %s", origin)
	case allow != origin:
		return blocked("allow-origin-mismatch", "Access-Control-Allow-Origin is %q, the page's origin %q", allow, origin)
	}
	if !credentials {
		return nil
	}
	if with, _ := combined(response, "Access-Control-Allow-Credentials"); with != "true" {
		return blocked("missing-allow-credentials", "Access-Control-Allow-Credentials is %q, a call with credentials needs true", with)
	}
	return nil
}

// checkPreflight is what a browser asks of a preflight's answer.
func checkPreflight(response *gateway.Response, method, origin string, unsafe []string, credentials bool) *block {
	if b := checkAllowOrigin(response, origin, credentials); b != nil {
		b.reason = preflightPrefix + b.reason
		return b
	}
	if response.Status < 200 || response.Status > 299 {
		return blocked("preflight-failed-status", "the preflight's status is %d", response.Status)
	}
	methodsText, _ := combined(response, "Access-Control-Allow-Methods")
	methods, ok := tokens(methodsText)
	if !ok {
		return blocked("invalid-allow-methods", "Access-Control-Allow-Methods is %q", methodsText)
	}
	headersText, _ := combined(response, "Access-Control-Allow-Headers")
	headers, ok := tokens(headersText)
	if !ok {
		return blocked("invalid-allow-headers", "Access-Control-Allow-Headers is %q", headersText)
	}
	// Methods are compared letter by letter: "get" allows no GET.
	if !slices.Contains(methods, method) && !isSimpleMethod(method) && (credentials || !slices.Contains(methods, "*")) {
		return blocked("method-not-allowed", "Access-Control-Allow-Methods is %q, which lacks %s", methodsText, method)
	}
	for _, name := range unsafe {
		listed := slices.ContainsFunc(headers, func(h string) bool { return strings.EqualFold(h, name) })
		wildcard := slices.Contains(headers, "*") && !credentials && name != "authorization"
		if !listed && !wildcard {
			return blocked("header-not-allowed", "Access-Control-Allow-Headers is %q, which lacks %s", headersText, name)
		}
	}
	return nil
}

// tokens reads a list of tokens separated by commas; empty ones are left out.
func tokens(list string) ([]string, bool) {
	var all []string
	for t := range strings.SplitSeq(list, ",") {
		t = strings.Trim(t, " \t")
		if t == "" {
			continue
		}
		for _, c := range []byte(t) {
			if !isAlphanumeric(c) && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
				return nil, false
			}
		}
		all = append(all, t)
	}
	return all, true
}
