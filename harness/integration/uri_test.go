package integration

import (
	"testing"

	"github.com/rehearse-api/rehearse/openapi/mapping"
)

func TestAppendQuery(t *testing.T) {
	params := mapping.Params{{Name: "a b", Values: []string{"1&2", "é"}}, {Name: "none"}, {Name: "c", Values: []string{""}}}
	for uri, want := range map[string]string{
		"http://h/x":      "http://h/x?a%20b=1%262&a%20b=%C3%A9&c=",
		"http://h/x?":     "http://h/x?a%20b=1%262&a%20b=%C3%A9&c=",
		"http://h/x?z=1":  "http://h/x?z=1&a%20b=1%262&a%20b=%C3%A9&c=",
		"http://h/x?z=1&": "http://h/x?z=1&a%20b=1%262&a%20b=%C3%A9&c=",
	} {
		if got := AppendQuery(uri, params); got != want {
			t.Errorf("AppendQuery(%s) = %s, want %s", uri, got, want)
		}
	}
	if got := AppendQuery("http://h/x", nil); got != "http://h/x" {
		t.Errorf("AppendQuery without parameters = %s", got)
	}
}

func TestFillPath(t *testing.T) {
	known := map[string]string{"id": "a b/c", "proxy": "x/y%2Fz", "empty": "", "odd": "1%&2=%zz?#"}
	for uri, want := range map[string]string{
		"http://h/x":                     "http://h/x",
		"http://h/{id}/{other}/{proxy+}": "http://h/a%20b/c/{other}/x/y%2Fz",
		"http://h/{empty}/{":             "http://h//{",
		"http://h/{a{id}}":               "http://h/{aa%20b/c}",
		"http://h/?q={id}":               "http://h/?q=a%20b%2Fc",
		"http://h/{odd}?q={odd}":         "http://h/1%25&2=%25zz%3F%23?q=1%25%262%3D%25zz%3F%23",
	} {
		if got := FillPath(uri, func(name string) (string, bool) { v, ok := known[name]; return v, ok }); got != want {
			t.Errorf("FillPath(%s) = %s, want %s", uri, got, want)
		}
	}
}

func FuzzParseEndpoint(f *testing.F) {
	f.Add("http://h/a b?{x}=é y")
	f.Fuzz(func(t *testing.T, uri string) {
		u, problem := parseEndpoint(uri)
		if (u == nil) != (problem != "") {
			t.Fatalf("parseEndpoint(%q) = %v, %q", uri, u, problem)
		}
		if u == nil {
			return
		}
		for _, c := range []byte(u.RequestURI()) {
			if c <= ' ' || c >= 0x7f {
				t.Errorf("the request line of %q would hold %q", uri, u.RequestURI())
			}
		}
	})
}
