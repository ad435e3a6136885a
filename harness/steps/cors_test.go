package steps

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

func headers(lines ...string) []result.Header {
	var list []result.Header
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		list = append(list, result.Header{Name: name, Value: value})
	}
	return list
}

func TestHeadersThatNeedAPreflight(t *testing.T) {
	tests := []struct {
		name    string
		headers []result.Header
		want    string
	}{
		{"none", nil, ""},
		{"the four of every request", headers("Accept: text/html", "Accept-Language: de, en;q=0.5", "Content-Language: de", "Content-Type: text/plain;charset=UTF-8"), ""},
		{"forms", headers("Content-Type: application/x-www-form-urlencoded"), ""},
		{"JSON", headers("Content-Type: application/json"), "content-type"},
		{"a type that only begins well", headers("content-type: text/plainish"), "content-type"},
		{"an API key", headers("X-Api-Key: k"), "x-api-key"},
		{"sorted and once", headers("b: 1", "A: 1", "B: 2"), "a,b"},
		{"a value of 129 bytes", headers("Accept: " + strings.Repeat("a", 129)), "accept"},
		{"a value of 128 bytes", headers("Accept: " + strings.Repeat("a", 128)), ""},
		{"more than 1024 bytes in all", headers(strings.Split(strings.Repeat("Accept: "+strings.Repeat("a", 128)+"|", 9), "|")[:9]...), "accept"},
		{"a bracket in Accept", headers("Accept: a(b)"), "accept"},
		{"an underscore in Accept-Language", headers("Accept-Language: de_DE"), "accept-language"},
		{"a simple range", headers("Range: bytes=0-99"), ""},
		{"an open range", headers("Range: bytes=100-"), ""},
		{"a range from the end", headers("Range: bytes=-99"), "range"},
		{"a range backwards", headers("Range: bytes=9-8"), "range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(unsafeHeaders(tt.headers), ","); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHeadersNoPageMaySet(t *testing.T) {
	got := withoutForbidden(headers("Host: x", "Origin: y", "Cookie: z", "Sec-Fetch-Mode: no", "Proxy-Foo: 1", "X-HTTP-Method-Override: TRACE",
		"X-HTTP-Method-Override: PATCH", "User-Agent: me", "x-api-key: k"))
	if len(got) != 3 || got[0].Value != "PATCH" || got[1].Name != "User-Agent" || got[2].Name != "x-api-key" {
		t.Errorf("left are %v", got)
	}
}

func TestWhatABrowserMakesOfAPreflight(t *testing.T) {
	const origin = "https://shop.example"
	any := "Access-Control-Allow-Origin: *"
	own := "Access-Control-Allow-Origin: " + origin
	tests := []struct {
		name        string
		status      int
		response    []result.Header
		method      string
		unsafe      string
		credentials bool
		want        string
	}{
		{"all allowed", 200, headers(any, "Access-Control-Allow-Methods: GET,OPTIONS", "Access-Control-Allow-Headers: Content-Type,X-Api-Key"), "GET", "x-api-key", false, ""},
		{"no header at all", 403, nil, "GET", "x-api-key", false, "missing-allow-origin"},
		{"a refusal that allows the origin", 403, headers(any), "GET", "x-api-key", false, "preflight-failed-status"},
		{"a redirect", 301, headers(any), "GET", "x-api-key", false, "preflight-failed-status"},
		{"204 is as good as 200", 204, headers(any, "Access-Control-Allow-Headers: x-api-key"), "GET", "x-api-key", false, ""},
		{"GET need not be listed", 200, headers(any, "Access-Control-Allow-Methods: PUT", "Access-Control-Allow-Headers: x-api-key"), "GET", "x-api-key", false, ""},
		{"PUT must be listed", 200, headers(any, "Access-Control-Allow-Methods: GET, POST"), "PUT", "", false, "method-not-allowed"},
		{"the star lists all", 200, headers(any, "Access-Control-Allow-Methods: *"), "DELETE", "", false, ""},
		{"but is a word with credentials", 200, headers(own, "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Methods: *"), "DELETE", "", true, "method-not-allowed"},
		{"methods are compared letter by letter", 200, headers(any, "Access-Control-Allow-Methods: patch"), "PATCH", "", false, "method-not-allowed"},
		{"header names are not", 200, headers(any, "Access-Control-Allow-Headers: X-API-KEY"), "GET", "x-api-key", false, ""},
		{"a header that is not listed", 200, headers(any, "Access-Control-Allow-Headers: Content-Type"), "GET", "x-api-key", false, "header-not-allowed"},
		{"the star covers headers", 200, headers(any, "Access-Control-Allow-Headers: *"), "GET", "x-api-key", false, ""},
		{"but not Authorization", 200, headers(any, "Access-Control-Allow-Headers: *"), "GET", "authorization", false, "header-not-allowed"},
		{"nor anything with credentials", 200, headers(own, "Access-Control-Allow-Credentials: true", "Access-Control-Allow-Headers: *"), "GET", "x-api-key", true, "header-not-allowed"},
		{"another origin", 200, headers("Access-Control-Allow-Origin: https://other.example"), "PUT", "", false, "allow-origin-mismatch"},
		{"two origins", 200, headers(own, any), "PUT", "", false, "allow-origin-mismatch"},
		{"a slash too much", 200, headers(own + "/"), "PUT", "", false, "allow-origin-mismatch"},
		{"the star with credentials", 200, headers(any), "PUT", "", true, "wildcard-with-credentials"},
		{"credentials that are not allowed", 200, headers(own), "PUT", "", true, "missing-allow-credentials"},
		{"credentials allowed in capitals", 200, headers(own, "Access-Control-Allow-Credentials: True"), "PUT", "", true, "missing-allow-credentials"},
		{"a list with a quote", 200, headers(any, "Access-Control-Allow-Methods: 'GET,PUT\""), "PUT", "", false, "invalid-allow-methods"},
		{"headers with a blank between", 200, headers(any, "Access-Control-Allow-Methods: PUT", "Access-Control-Allow-Headers: a b"), "PUT", "", false, "invalid-allow-headers"},
		{"several lines are one list", 200, headers(any, "Access-Control-Allow-Methods: GET", "access-control-allow-methods: PUT"), "PUT", "", false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var unsafe []string
			if tt.unsafe != "" {
				unsafe = strings.Split(tt.unsafe, ",")
			}
			got := ""
			if b := checkPreflight(&gateway.Response{Status: tt.status, Header: tt.response}, tt.method, origin, unsafe, tt.credentials); b != nil {
				got = b.reason
			}
			if got = strings.TrimPrefix(got, "preflight-"); got != strings.TrimPrefix(tt.want, "preflight-") {
				t.Errorf("blocked because of %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReasonsOfPreflightsHaveTwoNames(t *testing.T) {
	b := checkPreflight(&gateway.Response{Status: 403}, "PUT", "https://a.example", nil, false)
	if !b.is("missing-allow-origin") || !b.is("preflight-missing-allow-origin") || b.is("allow-origin-mismatch") {
		t.Errorf("the reason is %q", b.reason)
	}
	b = checkAllowOrigin(&gateway.Response{Status: 403}, "https://a.example", false)
	if !b.is("missing-allow-origin") || b.is("preflight-missing-allow-origin") {
		t.Errorf("the reason is %q", b.reason)
	}
	var none *block
	if none.is("") {
		t.Error("no block has a reason")
	}
	ids := map[string]bool{}
	for _, r := range BlockReasons() {
		if ids[r.ID] || r.Doc == "" {
			t.Errorf("%q comes twice or has no doc", r.ID)
		}
		ids[r.ID] = true
	}
}

func TestPageOrigins(t *testing.T) {
	for s, want := range map[string]string{
		"https://shop.example": "https://shop.example", "https://Shop.Example:443": "https://shop.example",
		"http://localhost:3000": "http://localhost:3000", "http://a:80": "http://a", "null": "null",
	} {
		if got, err := pageOrigin(s); err != nil || got != want {
			t.Errorf("pageOrigin(%q) = %q, %v, want %q", s, got, err, want)
		}
	}
	for _, s := range []string{"shop.example", "https://shop.example/", "https://shop.example/cart", "ftp://a", "", "https://"} {
		if got, err := pageOrigin(s); err == nil {
			t.Errorf("pageOrigin(%q) = %q, want an error", s, got)
		}
	}
}
