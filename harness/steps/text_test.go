package steps

import (
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func TestDurations(t *testing.T) {
	tests := []struct {
		number, unit string
		want         time.Duration
	}{
		{"25", "hour", 25 * time.Hour}, {"1", "second", time.Second}, {"1.5", "minute", 90 * time.Second},
		{"2", "day", 48 * time.Hour}, {"20", "millisecond", 20 * time.Millisecond}, {"0", "second", 0},
	}
	for _, tt := range tests {
		if got, err := duration(tt.number, tt.unit); err != nil || got != tt.want {
			t.Errorf("%s %s is %v, %v, want %v", tt.number, tt.unit, got, err, tt.want)
		}
	}
	for _, number := range []string{"99999999999999", "x", "-1"} {
		if got, err := duration(number, "day"); err == nil {
			t.Errorf("%s days are %v", number, got)
		}
	}
}

func TestExcerptsOfBodies(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"nothing", "", "(no body)"},
		{"lines become one", "{\n  \"a\": 1\n}", `{ "a": 1 }`},
		{"bytes", "\xff\xfe", "(2 bytes that are no text)"},
		{"long ones end between letters", strings.Repeat("é", 200), strings.Repeat("é", 150) + "... (400 bytes in all)"},
	}
	for _, tt := range tests {
		if got := excerpt([]byte(tt.body)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestCurlShowsNoSecretAndRuns(t *testing.T) {
	w := &World{keyName: "LabKey", keyValue: "secret"}
	r := &gateway.Request{Method: "POST", Target: "/prod/items?a=b&c=it's", Body: []byte(`{"a":"it's"}`),
		Header: headers("x-api-key: secret", "Authorization: Bearer t", "Accept: text/html", "X-Empty: ")}
	want := `curl -i -X POST -H "x-api-key: $LAB_KEY" -H "Authorization: $AUTHORIZATION" -H 'Accept: text/html' -H 'X-Empty;'` +
		` --data-binary '{"a":"it'\''s"}' 'http://127.0.0.1:3000/prod/items?a=b&c=it'\''s'`
	if got := w.curlTo(r, false); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := w.curlTo(&gateway.Request{Method: "GET", Target: "/a", Host: "h"}, true), "curl -i -H 'Host: h' http://127.0.0.1:3000/a"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for name, want := range map[string]string{"LabKey": "LAB_KEY", "x-amz-date": "X_AMZ_DATE", "key2Go": "KEY2_GO", "2nd": "KEY_2ND", "APIKey": "APIKEY"} {
		if got := upperSnake(name); got != want {
			t.Errorf("upperSnake(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCurlNotesNameTheVariablesOnce(t *testing.T) {
	keys := []project.KeyConfig{{Name: "LabKey", Value: "secret"}, {Name: "Other", FromEnv: "SHOP_KEY"}}
	lab := "the status is 403\n  curl:     curl -i -H \"x-api-key: $LAB_KEY\" http://127.0.0.1:3000/dev"
	tests := []struct {
		name     string
		failures []string
		want     string
	}{
		{"none failed", nil, ""},
		{"no command", []string{"there is no such step"}, ""},
		{"no variable", []string{"x\n  curl:     curl -i http://127.0.0.1:3000/a"}, "The curl commands are for rehearse serve, which must run."},
		{"one key twice", []string{lab, lab}, "The curl commands are for rehearse serve, which must run; first: export LAB_KEY='the value of LabKey in rehearse.yaml'"},
		{"a key of the environment and a header", []string{`curl -i -H "x-api-key: $SHOP_KEY" -H "Authorization: $AUTHORIZATION" http://h`},
			"The curl commands are for rehearse serve, which must run; first: export SHOP_KEY='the value of Other in rehearse.yaml'; export AUTHORIZATION='the Authorization of the step'"},
	}
	for _, tt := range tests {
		if got := CurlNote(tt.failures, keys); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestTargetsAreSentAsWritten(t *testing.T) {
	for path, want := range map[string]string{
		"/a?b=2&a=1&e": "/a?b=2&a=1&e", "/a%2Fb": "/a%2Fb", "/a b": "/a%20b", "/é": "/%C3%A9", "/a\tb": "/a%09b", "/{x}|": "/{x}|",
	} {
		if got := escapeTarget(path); got != want {
			t.Errorf("escapeTarget(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestHeaderTables(t *testing.T) {
	got, err := headerTable([][]string{{"Name", "Value"}, {"Accept", "a"}, {"Name", "value"}})
	if err != nil || len(got) != 2 || got[1].Name != "Name" {
		t.Errorf("got %v, %v", got, err)
	}
	for _, rows := range [][][]string{{{"a"}}, {{"a b", "c"}}, {{"", "c"}}, {{"a", "b\nc"}}} {
		if got, err := headerTable(rows); err == nil {
			t.Errorf("%q is taken as %v", rows, got)
		}
	}
}

func TestQueriesAsObjects(t *testing.T) {
	got := string(ordered.AppendSpelled(nil, queryValue("type=dog&tag=a&tag=b%20c&tag=%zz&flag&=x")))
	if want := `{"type":"dog","tag":["a","b c","%zz"],"flag":"","":"x"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFirstDifference(t *testing.T) {
	tests := []struct{ got, want, text string }{
		{"ab", "ac", `: line 1, column 2 is "b", want "c"`},
		{"a\nbc", "a\nbd", `: line 2, column 2 is "c", want "d"`},
		{"a", "ab", `: line 1, column 2 is the end, want "b"`},
		{"a\n", "a", `: line 1, column 2 is "\n", want the end`},
	}
	for _, tt := range tests {
		if got := firstDifference(tt.got, tt.want); got != tt.text {
			t.Errorf("got %s, want %s", got, tt.text)
		}
	}
}
