package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

var allTypes = []openapi.IntegrationType{openapi.HTTP, openapi.HTTPProxy, openapi.AWS, openapi.AWSProxy, openapi.Mock}

func TestDropOnArrival(t *testing.T) {
	// Recorded on AWS: what an echo behind HTTP_PROXY and a function got.
	for _, name := range strings.Fields("Connection Content-Length Content-MD5 Expect Max-Forwards Proxy-Authenticate Server TE Transfer-Encoding Trailer Upgrade WWW-Authenticate content-md5 tE") {
		if !DropOnArrival(name) {
			t.Errorf("%s is kept, want it dropped", name)
		}
	}
	for _, name := range strings.Fields("Accept Accept-Charset Accept-Encoding Age Authorization Content-Encoding Content-Type Date Host Pragma Range Referer User-Agent Via Warn X-Custom X-Amzn-Trace-Id") {
		if DropOnArrival(name) {
			t.Errorf("%s is dropped, want it kept", name)
		}
	}
}

func TestIllegalAndDroppedMappings(t *testing.T) {
	// Cases illegal-header-mapping-*: h is HTTP, p HTTP_PROXY, a AWS, l AWS_PROXY, m MOCK.
	illegal := map[string]string{
		"Content-Length": "hpalm", "Transfer-Encoding": "hpalm", "X-Amzn-Trace-Id": "hpalm", "x-amzn-apigateway-api-id": "hpalm",
		"Authorization": "al", "Connection": "al", "Expect": "al", "Proxy-Authenticate": "al", "te": "al",
	}
	dropped := map[string]string{
		"Connection": "hp", "Expect": "hp", "Proxy-Authenticate": "hp", "TE": "hp", "te": "hp", "Via": "hp", "Referer": "a",
	}
	names := strings.Fields(`Content-Length Transfer-Encoding X-Amzn-Trace-Id x-amzn-apigateway-api-id Authorization Connection Expect Proxy-Authenticate te TE Via Referer
		Accept Accept-Charset Accept-Encoding Age Content-Encoding Content-MD5 Content-Type Date Host Max-Forwards Pragma Range Server Trailer Upgrade User-Agent Warn WWW-Authenticate X-Own`)
	for _, name := range names {
		for i, letter := range "hpalm" {
			typ := allTypes[i]
			wantIllegal := strings.ContainsRune(illegal[name], letter) || name == "TE" && strings.ContainsRune("al", letter)
			if got := IllegalMapped(typ, name); got != wantIllegal {
				t.Errorf("IllegalMapped(%s, %s) = %v, want %v", typ, name, got, wantIllegal)
			}
			if got := DropMapped(typ, name); got != strings.ContainsRune(dropped[name], letter) {
				t.Errorf("DropMapped(%s, %s) = %v, want %v", typ, name, got, !got)
			}
		}
	}
}

func TestResponseHeaderThatIsMapped(t *testing.T) {
	for _, typ := range []openapi.IntegrationType{openapi.HTTP, openapi.AWS} { // case response-headers-remapped-http
		for _, name := range strings.Fields("Authorization Connection Content-Length Content-MD5 Date Expect Host Max-Forwards Proxy-Authenticate Server Trailer Upgrade User-Agent WWW-Authenticate") {
			if got, keep := ResponseHeader(typ, name, true); got != "x-amzn-Remapped-"+name || !keep {
				t.Errorf("ResponseHeader(%s, %s) = %q, %v, want it renamed", typ, name, got, keep)
			}
		}
		for _, name := range strings.Fields("Accept Accept-Charset Accept-Encoding Age Content-Encoding Content-Type Pragma Range Referer TE Via Warn X-Own") {
			if got, keep := ResponseHeader(typ, name, true); got != name || !keep {
				t.Errorf("ResponseHeader(%s, %s) = %q, %v, want it as it is", typ, name, got, keep)
			}
		}
		if _, keep := ResponseHeader(typ, "Transfer-Encoding", true); keep {
			t.Error("a mapped Transfer-Encoding is kept, want it dropped")
		}
	}
}

func TestResponseHeaderOfABackend(t *testing.T) {
	tests := []struct {
		typ                    openapi.IntegrationType
		renamed, kept, dropped string
	}{
		{
			typ:     openapi.HTTPProxy,
			renamed: "Connection Content-Length Date Server x-amzn-RequestId Authorization Content-MD5 Max-Forwards User-Agent WWW-Authenticate",
			kept:    "Age Accept Accept-Charset Accept-Encoding Content-Encoding Content-Type Pragma Range Referer Warn X-Amzn-Trace-Id X-Own Set-Cookie",
			dropped: "Transfer-Encoding Via Expect Host Proxy-Authenticate TE Trailer Upgrade",
		},
		{
			typ:     openapi.AWSProxy,                                                                                           // cases lambda-proxy-response-headers-*, lambda-proxy-www-authenticate-is-remapped
			renamed: "Connection Content-Length Date Server Authorization Content-MD5 Max-Forwards User-Agent WWW-Authenticate", // x-amzn-requestid too: guess
			kept:    "Age Accept Accept-Charset Accept-Encoding Content-Encoding Content-Type Pragma Range Referer Warn X-Own",
			dropped: "Transfer-Encoding Via Expect Host Proxy-Authenticate TE Trailer Upgrade",
		},
	}
	for _, tt := range tests {
		for _, name := range strings.Fields(tt.renamed) {
			if got, keep := ResponseHeader(tt.typ, name, false); got != "x-amzn-Remapped-"+name || !keep {
				t.Errorf("%s: %s = %q, %v, want it renamed", tt.typ, name, got, keep)
			}
		}
		for _, name := range strings.Fields(tt.kept) {
			if got, keep := ResponseHeader(tt.typ, name, false); got != name || !keep {
				t.Errorf("%s: %s = %q, %v, want it kept", tt.typ, name, got, keep)
			}
		}
		for _, name := range strings.Fields(tt.dropped) {
			if _, keep := ResponseHeader(tt.typ, name, false); keep {
				t.Errorf("%s: %s is kept, want it dropped", tt.typ, name)
			}
		}
	}
}

func TestRequestHeaders(t *testing.T) {
	client := lines("Accept: text/html", "content-type: text/csv", "Host: caller", "Via: 1.1 x", "X-Own: 1", "x-own: 2", "Content-Encoding: gzip", "X-Amzn-Trace-Id: Root=1")
	mapped := lines("X-OWN: mapped", "Referer: r", "TE: gzip")
	tests := []struct {
		name   string
		typ    openapi.IntegrationType
		method string
		mapped []result.Header
		want   []string
	}{
		{"HTTP gets the mapped ones and the type of the body", openapi.HTTP, "POST", mapped, []string{"Content-Type: text/csv", "X-OWN: mapped", "Referer: r"}},
		{"a GET brings no type", openapi.HTTP, "GET", mapped, []string{"X-OWN: mapped", "Referer: r"}},
		{"a mapped type wins", openapi.HTTP, "POST", lines("Content-Type: text/plain"), []string{"Content-Type: text/plain"}}, // case sqs-form-body-template
		{"AWS gets no Referer", openapi.AWS, "PUT", lines("Referer: r"), []string{"Content-Type: text/csv"}},
		{"HTTP_PROXY passes the caller's, a mapped one takes the place", openapi.HTTPProxy, "GET", mapped,
			[]string{"Accept: text/html", "content-type: text/csv", "X-OWN: mapped", "Referer: r"}},
		{"the event has them", openapi.AWSProxy, "GET", mapped, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, h := range RequestHeaders(nil, tt.typ, tt.method, client, tt.mapped) {
				got = append(got, h.Name+": "+h.Value)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("RequestHeaders = %q, want %q", got, tt.want)
			}
		})
	}
}

// lines makes a list of "Name: value" lines.
func lines(text ...string) []result.Header {
	var list []result.Header
	for _, l := range text {
		name, value, _ := strings.Cut(l, ": ")
		list = append(list, result.Header{Name: name, Value: value})
	}
	return list
}

// value is the first header called name, in any case.
func value(list []result.Header, name string) string {
	v, _ := result.Message{Header: list}.Get(name)
	return v
}
