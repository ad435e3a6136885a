package integration

import (
	"net/url"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// FillPath replaces each {name} of an integration URI that value knows: what
// integration.request.path.name gave. Others stay as they are (case
// params-unmapped-path-variable-stays-literal). Values are escaped where a URI
// needs it; their slashes stay, as greedy values bring some (case
// http-proxy-greedy-path-in-uri-keeps-slashes).
func FillPath(uri string, value func(name string) (string, bool)) string {
	i := strings.IndexByte(uri, '{')
	if i < 0 {
		return uri
	}
	var b strings.Builder
	keep := keepInPath
	for i >= 0 {
		if strings.IndexByte(uri[:i], '?') >= 0 {
			keep = keepInQuery
		}
		b.WriteString(uri[:i])
		uri = uri[i:]
		end := strings.IndexByte(uri, '}')
		if end < 0 {
			break
		}
		name := strings.TrimSuffix(uri[1:end], "+")
		if v, ok := value(name); ok {
			appendOnce(&b, v, keep)
			uri = uri[end+1:]
		} else {
			b.WriteByte('{')
			uri = uri[1:]
		}
		i = strings.IndexByte(uri, '{')
	}
	b.WriteString(uri)
	return b.String()
}

// What stands in a URI as it is, beyond letters and digits.
const (
	keepInPath  = "-._~!$&'()*+,;=:@/"
	keepInQuery = "-._~"
)

// appendOnce escapes s, but not what is escaped in it already: static values
// are written pre-encoded (AWS docs: API Gateway API request and response data
// mapping reference).
func appendOnce(b *strings.Builder, s, keep string) {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 {
			appendEscaped(b, s, keep)
			return
		}
		appendEscaped(b, s[:i], keep)
		if i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteString(s[i : i+3])
			s = s[i+3:]
			continue
		}
		b.WriteString("%25")
		s = s[i+1:]
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

const upperHex = "0123456789ABCDEF"

func appendEscaped(b *strings.Builder, s, keep string) {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(keep, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(upperHex[c>>4])
		b.WriteByte(upperHex[c&15])
	}
}

// AppendQuery adds query parameters to an integration URI, behind those it has.
// Names and values are decoded; they are escaped here, a blank as %20.
//
// For HTTP_PROXY the parameters are the caller's, then the mapped ones (case
// http-proxy-client-query-passes-and-uri-query-comes-first); for other types
// the mapped ones.
func AppendQuery(uri string, params mapping.Params) string {
	if len(params) == 0 {
		return uri
	}
	separator := byte('?')
	if i := strings.IndexByte(uri, '?'); i >= 0 {
		separator = '&'
		if i == len(uri)-1 || strings.HasSuffix(uri, "&") {
			separator = 0
		}
	}
	var b strings.Builder
	b.WriteString(uri)
	for _, p := range params {
		for _, v := range p.Values {
			if separator != 0 {
				b.WriteByte(separator)
			}
			appendEscaped(&b, p.Name, keepInQuery)
			b.WriteByte('=')
			appendEscaped(&b, v, keepInQuery)
			separator = '&'
		}
	}
	return b.String()
}

// parseEndpoint reads the URI of an HTTP integration, which may have blanks and
// braces where a mapping or a stage variable left some.
func parseEndpoint(uri string) (*url.URL, string) {
	u, err := url.Parse(strings.TrimSpace(uri))
	switch {
	case err != nil:
		return nil, "it can't be read as a URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, "it does not begin with http:// or https://"
	case u.Hostname() == "":
		return nil, "it has no host"
	}
	u.RawQuery = printable(u.RawQuery)
	u.Fragment, u.RawFragment = "", ""
	return u, ""
}

// printable escapes what may not stand on a request line.
func printable(s string) string {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			var b strings.Builder
			for i := range len(s) {
				if c := s[i]; c <= ' ' || c >= 0x7f {
					b.WriteByte('%')
					b.WriteByte(upperHex[c>>4])
					b.WriteByte(upperHex[c&15])
				} else {
					b.WriteByte(c)
				}
			}
			return b.String()
		}
	}
	return s
}
