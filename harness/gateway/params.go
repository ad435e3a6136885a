package gateway

import (
	"net/url"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// takeParams makes the parameters that mappings and templates read. Path values
// are decoded once, query values as a form is; names keep their spelling (cases
// lambda-proxy-query-decoding, params-names-are-case-sensitive).
func (x *exchange) takeParams() {
	s := x.scope
	s.Path, s.Query, s.Header = s.Path[:0], s.Query[:0], s.Header[:0]
	for _, p := range x.pathParams {
		s.Path = x.add(s.Path, p.name, unescapePath(p.value))
	}
	for q := x.rawQuery; q != ""; {
		var pair string
		pair, q, _ = strings.Cut(q, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		s.Query = x.add(s.Query, unescapeForm(name), unescapeForm(value))
	}
	for i := range x.header {
		s.Header = x.add(s.Header, x.header[i].Name, x.header[i].Value)
	}
}

// add appends a value to the parameter called name. The slices of the first
// values are cut from one array.
func (x *exchange) add(list mapping.Params, name, value string) mapping.Params {
	for i := range list {
		if list[i].Name == name {
			list[i].Values = append(list[i].Values, value)
			return list
		}
	}
	x.values = append(x.values, value)
	n := len(x.values)
	return append(list, mapping.Param{Name: name, Values: x.values[n-1 : n : n]})
}

// unescapePath decodes %XX; what can't be decoded stays as it is.
func unescapePath(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	if d, err := url.PathUnescape(s); err == nil {
		return d
	}
	return s
}

// unescapeForm decodes %XX and makes blanks of pluses.
func unescapeForm(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	if d, err := url.QueryUnescape(s); err == nil {
		return d
	}
	return s
}

// takeResponseHeaders makes the parameters integration.response.header.X reads.
func (x *exchange) takeResponseHeaders() {
	s := x.scope
	s.ResponseHeader = s.ResponseHeader[:0]
	if x.ires == nil {
		return
	}
	for i := range x.ires.Header {
		s.ResponseHeader = x.add(s.ResponseHeader, x.ires.Header[i].Name, x.ires.Header[i].Value)
	}
}
