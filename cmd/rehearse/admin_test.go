package main

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

func TestOnlyProgramsOnThisMachineReachTheAdminAPI(t *testing.T) {
	tests := []struct {
		name   string
		source string
		host   string
		header []result.Header
		ok     bool
	}{
		{"a program on this machine", "127.0.0.1", "127.0.0.1:3000", nil, true},
		{"by IPv6", "::1", "[::1]:3000", nil, true},
		{"by IPv4 in IPv6", "::ffff:127.0.0.1", "localhost", nil, true},
		{"by any spelling of localhost", "127.0.0.1", "LOCALHOST:3000", nil, true},
		{"another machine", "192.168.1.7", "127.0.0.1:3000", nil, false},
		{"another machine that says it is this one", "192.168.1.7", "localhost", nil, false},
		{"a name that was rebound to loopback", "127.0.0.1", "evil.example:3000", nil, false},
		{"a name that begins like loopback", "127.0.0.1", "127.0.0.1.evil.example", nil, false},
		{"a name that begins like localhost", "127.0.0.1", "localhost.evil.example", nil, false},
		{"no name", "127.0.0.1", "", nil, false},
		{"a page of elsewhere", "127.0.0.1", "localhost:3000", []result.Header{{Name: "origin", Value: "https://evil.example"}}, false},
		{"a page of another local port", "127.0.0.1", "localhost:3000", []result.Header{{Name: "Origin", Value: "http://localhost:8080"}}, false},
		{"a page without an origin", "127.0.0.1", "localhost:3000", []result.Header{{Name: "Origin", Value: "null"}}, false},
		{"a picture in a page of elsewhere", "127.0.0.1", "localhost:3000", []result.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}}, false},
		{"what a person types into a browser", "127.0.0.1", "localhost:3000", []result.Header{{Name: "Sec-Fetch-Site", Value: "none"}}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := checkCaller(&gateway.Request{SourceIP: tt.source, Host: tt.host, Header: tt.header})
			if (err == nil) != tt.ok {
				t.Errorf("checkCaller gives %v", err)
			}
		})
	}
}

func TestPostsMustSayThatTheyAreJSON(t *testing.T) {
	tests := []struct {
		name, contentType, body string
		ok                      bool
	}{
		{"JSON", "application/json", "{}", true},
		{"JSON with a charset", "application/json; charset=utf-8", "{}", true},
		{"what a form sends", "application/x-www-form-urlencoded", "{}", false},
		{"what a script may send without asking", "text/plain", "{}", false},
		{"a body without a type", "", "{}", false},
		{"no body", "", "", true},
		{"a type that is none", "application/json, text/plain", "{}", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &gateway.Request{Method: "POST", Body: []byte(tt.body)}
			if tt.contentType != "" {
				r.Header = []result.Header{{Name: "content-type", Value: tt.contentType}}
			}
			if err := checkContentType(r); (err == nil) != tt.ok {
				t.Errorf("checkContentType gives %v", err)
			}
		})
	}
}

func TestHistoryKeepsTheLastExchangesAndNoMoreThanItMay(t *testing.T) {
	var h history
	for i := range keptExchanges + 10 {
		h.add(&result.Exchange{Status: i})
	}
	if got := h.last(keptExchanges * 2); len(got) != keptExchanges || got[0].Status != 10 {
		t.Errorf("%d exchanges are kept, the first is %d", len(got), got[0].Status)
	}
	if got := h.last(2); len(got) != 2 || got[1].Status != keptExchanges+9 {
		t.Errorf("the last two are %v", got)
	}

	large := []byte(strings.Repeat("x", 3*keptBody))
	for range keptExchanges {
		h.add(&result.Exchange{Request: result.Message{Body: large}, Response: result.Message{Body: large}})
	}
	kept := h.last(keptExchanges)
	total := 0
	for _, x := range kept {
		total += size(x)
	}
	if total > keptBytes || total != h.bytes || total < keptBytes-2*keptBody {
		t.Errorf("%d bytes are kept and %d counted, want at most %d", total, h.bytes, keptBytes)
	}
	if m := kept[0].Request; len(m.Body) != keptBody || m.Cut != 2*keptBody {
		t.Errorf("of a body %d bytes are kept, %d cut", len(m.Body), m.Cut)
	}
	if len(large) != 3*keptBody {
		t.Error("the exchange itself was changed")
	}
}

func TestShownExchangesHideSecretsAndCutNoCharacterInTwo(t *testing.T) {
	body := append([]byte(strings.Repeat("a", 5)), "€"[:2]...) // cut within its last character
	x := &result.Exchange{Request: result.Message{
		Header: []result.Header{{Name: "Authorization", Value: "Bearer abcdefghijklmnopqrstuvwxyz"}, {Name: "x-api-key", Value: "THEKEY0123456789THEKEY"}, {Name: "Accept", Value: "*/*"}},
		Body:   body, Cut: 1,
	}}
	shown := showExchange(x, func(s string) string { return strings.ReplaceAll(s, "THEKEY0123456789THEKEY", "****THEKEY") })
	want := [][2]string{{"Authorization", "***************************uvwxyz"}, {"x-api-key", "****THEKEY"}, {"Accept", "*/*"}}
	for i, h := range shown.Request.Headers {
		if h != want[i] {
			t.Errorf("header %q, want %q", h, want[i])
		}
	}
	if shown.Request.Body != "aaaaa" || shown.Request.Base64 {
		t.Errorf("the body is shown as %+v", shown.Request)
	}
	binary := showMessage(result.Message{Body: []byte{0xff, 0}}, func(s string) string { return s })
	if !binary.Base64 || binary.Body != "/wA=" {
		t.Errorf("bytes are shown as %+v", binary)
	}
}
