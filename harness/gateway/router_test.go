package gateway

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

// router makes a router of "METHOD /path" lines.
func router(tb testing.TB, routes ...string) *node {
	tb.Helper()
	root := &openapi.Resource{Path: "/"}
	byPath := map[string]*openapi.Resource{"/": root}
	compiled := map[*openapi.Method]*method{}
	var resource func(path string) *openapi.Resource
	resource = func(path string) *openapi.Resource {
		if r := byPath[path]; r != nil {
			return r
		}
		i := strings.LastIndexByte(path, '/')
		parent := resource(path[:max(i, 1)])
		r := &openapi.Resource{Path: path, PathPart: path[i+1:], Parent: parent}
		parent.Children = append(parent.Children, r)
		byPath[path] = r
		return r
	}
	for _, route := range routes {
		verb, path, _ := strings.Cut(route, " ")
		r := resource(path)
		m := &openapi.Method{Resource: r, HTTPMethod: verb}
		r.Methods = append(r.Methods, m)
		compiled[m] = &method{Method: m}
	}
	return newRouter(&openapi.API{Root: root}, compiled)
}

func TestRouter(t *testing.T) {
	tests := []struct {
		name   string
		routes string
		ask    string // METHOD PATH
		want   string // METHOD RESOURCE name=value ...; "none"
	}{
		{"a static part beats a parameter", "GET /a/{x}, GET /a/b", "GET /a/b", "GET /a/b"},
		{"a parameter beats a greedy one", "GET /{p+}, GET /{x}", "GET /1", "GET /{x} x=1"},
		{"a greedy one takes what is longer", "GET /{p+}, GET /{x}", "GET /1/2", "GET /{p+} p=1/2"},
		{"a static parent without the rest falls back to the greedy one above", "GET /{p+}, GET /a, GET /a/b", "GET /a/x", "GET /{p+} p=a/x"},
		{"the nearest greedy one is preferred", "GET /{p+}, GET /a/{q+}", "GET /a/x/y", "GET /a/{q+} q=x/y"},
		{"the nearest greedy one without the method is passed over", "GET /{p+}, POST /a/{q+}", "GET /a/x/y", "GET /{p+} p=a/x/y"},
		{"a static part without the method gives way to a parameter", "POST /a/b, GET /a/{x}", "GET /a/b", "GET /a/{x} x=b"},
		{"a parameter without the method gives way to a greedy one", "POST /a/{x}, ANY /{p+}", "GET /a/1", "ANY /{p+} p=a/1"},
		{"a greedy one does not stand for its parent", "GET /{p+}", "GET /", "none"},
		{"nor for its parent with a slash", "ANY /a/{p+}", "GET /a/", "none"},
		{"ANY serves every verb", "ANY /a", "PATCH /a", "ANY /a"},
		{"a method beats ANY that comes first", "ANY /a, GET /a", "GET /a", "GET /a"},
		{"a method beats ANY that comes last", "GET /a, ANY /a", "GET /a", "GET /a"},
		{"HEAD is not served by GET", "GET /a", "HEAD /a", "none"},
		{"a trailing slash is ignored", "GET /a/{x}", "GET /a/1/", "GET /a/{x} x=1"},
		{"the greedy value loses the trailing slash", "GET /{p+}", "GET /a/b/", "GET /{p+} p=a/b"},
		{"slashes inside a greedy value stay", "GET /{p+}", "GET /a//b", "GET /{p+} p=a//b"},
		{"an empty part is no parameter", "GET /a/{x}/b", "GET /a//b", "none"},
		{"an encoded slash does not split", "GET /{x}", "GET /a%2Fb", "GET /{x} x=a%2Fb"},
		{"values of a way that was left are forgotten", "GET /{a}/{b}/x, GET /{p+}", "GET /1/2/y", "GET /{p+} p=1/2/y"},
		{"parameters keep their order", "GET /{a}/x/{b}", "GET /1/x/2", "GET /{a}/x/{b} a=1 b=2"},
		{"the root", "GET /", "GET /", "GET /"},
		{"names are case-sensitive", "GET /A", "GET /a", "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := router(t, strings.Split(tt.routes, ", ")...)
			verb, path, _ := strings.Cut(tt.ask, " ")
			m, params := n.match(strings.TrimSuffix(path[1:], "/"), verbOf(verb), nil)
			got := "none"
			if m != nil {
				got = m.HTTPMethod + " " + m.Resource.Path
				for _, p := range params {
					got += " " + p.name + "=" + p.value
				}
			}
			if got != tt.want {
				t.Errorf("%s in %s gives %q, want %q", tt.ask, tt.routes, got, tt.want)
			}
		})
	}
}

// BenchmarkRouter shows that finding a method does not depend on how many there are.
func BenchmarkRouter(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			routes := make([]string, 0, n+1)
			for i := range n {
				routes = append(routes, fmt.Sprintf("GET /resource%d/{id}/part", i))
			}
			r := router(b, append(routes, "ANY /{proxy+}")...)
			params := make([]pathParam, 0, 4)
			for b.Loop() {
				if m, _ := r.match("resource7/1/part", verbOf("GET"), params); m == nil {
					b.Fatal("not found")
				}
			}
		})
	}
	b.Run("worst", func(b *testing.B) {
		// On every level {x} beside a, and a path that fails at the last part.
		routes := []string{""}
		for range 12 {
			var next []string
			for _, r := range routes {
				next = append(next, r+"/a", r+"/{x}")
			}
			routes = next
		}
		for i, r := range routes {
			routes[i] = "GET " + r + "/end"
		}
		r := router(b, routes...)
		params := make([]pathParam, 0, 16)
		path := strings.Repeat("a/", 12) + "other"
		for b.Loop() {
			if m, _ := r.match(path, verbOf("GET"), params); m != nil {
				b.Fatal("found")
			}
		}
	})
}
