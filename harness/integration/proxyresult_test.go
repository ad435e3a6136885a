package integration

import (
	"slices"
	"strings"
	"testing"
)

func TestParseProxyResult(t *testing.T) {
	tests := []struct {
		name, payload string
		status        int
		body          string
		header        []string
		base64        bool
	}{
		{"an empty object", `{}`, 200, "", nil, false},
		{"a status alone", `{"statusCode": 201}`, 201, "", nil, false},
		{"a status in quotes", `{"statusCode": "404"}`, 404, "", nil, false},
		{"a whole number however spelled", `{"statusCode": 200.0}`, 200, "", nil, false},
		{"headers that are null", `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, 200, "", nil, false},
		{"strings and booleans", `{"headers":{"test-header":"value","header-bool":true}}`, 200, "", []string{"test-header: value", "header-bool: true"}, false},
		{"several values", `{"multiValueHeaders":{"test-multi":["value1","value2"]}}`, 200, "", []string{"test-multi: value1", "test-multi: value2"}, false},
		{"both kinds merge, whatever the case", `{"headers":{"a":"1","test-multi":"value-solo"},"multiValueHeaders":{"tesT-Multi":["value-multi"]}}`, 200, "",
			[]string{"tesT-Multi: value-multi", "tesT-Multi: value-solo", "a: 1"}, false},
		{"a base64 body", `{"body":"aGk=","isBase64Encoded":true}`, 200, "aGk=", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := ParseProxyResult([]byte(tt.payload))
			if err != nil {
				t.Fatal(err)
			}
			var header []string
			for _, h := range r.Header {
				header = append(header, h.Name+": "+h.Value)
			}
			if r.Status != tt.status || string(r.Body) != tt.body || r.Base64 != tt.base64 || !slices.Equal(header, tt.header) {
				t.Errorf("ParseProxyResult = %d %q %q %v", r.Status, header, r.Body, r.Base64)
			}
		})
	}
}

func TestMalformedProxyResults(t *testing.T) {
	tests := []struct{ payload, want string }{
		{``, "not JSON"},
		{`null`, "null, want an object"},
		{`"Pass"`, "a string, want an object"},
		{`[{"statusCode":200}]`, "a list, want an object"},
		{`{"statusCode":200,"wrongValue":"value"}`, `"wrongValue"`},
		{`{"statusCode":200,"cookies":[]}`, `"cookies"`},
		{`{"StatusCode":200}`, `"StatusCode"`},
		{`{"statusCode":"test"}`, `"test"`},
		{`{"statusCode":true}`, "statusCode is a boolean"},
		{`{"statusCode":20}`, "want 100 to 599"},
		{`{"body":{"hey":"there"}}`, "body is an object"},
		{`{"body":1}`, "body is a number"},
		{`{"headers":[]}`, "headers is a list"},
		{`{"headers":{"x":{"a":1}}}`, `headers "x": it is an object`},
		{`{"headers":{"x":1}}`, `headers "x": it is a number`},
		{`{"headers":{"x":null}}`, `headers "x": it is null`},
		{`{"headers":{"x":"a\nb"}}`, `can't be sent`},
		{`{"headers":{"x y":"a"}}`, `can't be sent`},
		{`{"multiValueHeaders":{"x":"a"}}`, `multiValueHeaders "x" is a string`},
		{`{"multiValueHeaders":{"x":[["a"]]}}`, `multiValueHeaders "x": it is a list`},
		{`{"isBase64Encoded":"true"}`, "isBase64Encoded is a string"},
	}
	for _, tt := range tests {
		if r, err := ParseProxyResult([]byte(tt.payload)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseProxyResult(%s) = %+v, %v, want an error with %q", tt.payload, r, err, tt.want)
		}
	}
}

func FuzzParseProxyResult(f *testing.F) {
	f.Add([]byte(`{"statusCode":"200","headers":{"a":"b","c":true},"multiValueHeaders":{"A":["1"]},"body":"x","isBase64Encoded":false}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := ParseProxyResult(payload)
		if err != nil {
			return
		}
		if r.Status < 100 || r.Status > 599 {
			t.Errorf("status %d can't be sent", r.Status)
		}
		for _, h := range r.Header {
			if !validHeader(h.Name, h.Value) {
				t.Errorf("header %q: %q can't be sent", h.Name, h.Value)
			}
		}
	})
}
