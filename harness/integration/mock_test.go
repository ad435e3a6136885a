package integration

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestMockStatus(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{`{"statusCode": 200}`, 200},
		// Cases mock-lenient-json-in-request-template and mock-lenient-json-accepted-forms.
		{`{statusCode: 200}`, 200},
		{`{ statusCode: 200 }`, 200},
		{`{'statusCode': 200, '': ''}`, 200},
		{`{statusCode: 200, "value": 'goog'}`, 200},
		{`{statusCode: 200, " ": " "}`, 200},
		{`{"statusCode": 200 , }`, 200},
		{`{"statusCode": 200 ,, }`, 200},
		{`{"statusCode": 200 , null: null }`, 200},
		{`{statusCode: 200, value: [ba r]}`, 200},
		{`{statusCode: 200, value: ba r}`, 200},
		{`{statusCode: 200, "nested": {a: [1,,2], 'b': "}"}}`, 200},
		{"\n  {\r\n\t\"statusCode\" : 404\n}\n", 404},
		{`{"statusCode": 0}`, 0},
		{`{"statusCode": -1000}`, -1000},
		{`{"statusCode": 200, "statusCode": 201}`, 201},
		{`{"nested": {"statusCode": 500}, "statusCode": 200}`, 200},
		{`{"a\"b": 1, "statusCode": 200}`, 200},
		{`{"\u0073tatusCode": 200}`, 200},
		{`{statusCode: 0200}`, 200},
		{`{statusCode: 200} and more`, 200},
	}
	for _, tt := range tests {
		if got, err := MockStatus([]byte(tt.text)); got != tt.want || err != nil {
			t.Errorf("MockStatus(%s) = %d, %v, want %d", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{
		``, ` `, `null`, `200`, `[]`, `{}`, `statusCode: 200`, `{statusCode: 200`, `{"statusCode": "200"}`, `{'statusCode': '200'}`,
		`{"statusCode': 200}`, `{'statusCode": 200}`, `{"statusCode: 200}`, `{[statusCode]: 200}`, `{ {a}: 1, statusCode: 200}`, `{statusCode}`, `{statusCode:}`,
		`{statusCode: 200.5}`, `{statusCode: 2e2}`, `{statusCode: +200}`, `{statusCode: 2OO}`, `{statusCode: 20 0}`, `{statusCode: null}`, `{statusCode: true}`,
		`{"status": 200}`, `{"StatusCode": 200}`, `{"nested": {"statusCode": 200}}`, `{"statusCode": 200, "statusCode": "x"}`, `{"statusCode": 99999999999999999999}`,
		`{"statusCode": 200]`, `{"statusCode": 200, "a": [1}`, `{"statusCode": 200, "a": {b: 1}`, "{\"statusCode\": 200\x00}", `{: 1, statusCode: 200}`,
		`{"statusCode": 200 "a": 1}`, strings.Repeat(`{a:`, 1000), strings.Repeat(`{a:[`, 1000),
	} {
		if got, err := MockStatus([]byte(text)); !errors.Is(err, ErrNoStatus) {
			t.Errorf("MockStatus(%.60s) = %d, %v, want ErrNoStatus", text, got, err)
		}
	}
}

func FuzzMockStatus(f *testing.F) {
	f.Add(`{statusCode: 200, 'a': [b c, {,}], "\u0041\"": -1,, }`, 200)
	f.Add(`{"statusCode": 1e5}`, -1)
	f.Fuzz(func(t *testing.T, text string, status int) {
		_, _ = MockStatus([]byte(text)) // no panic
		// Whatever stands in a strict object beside it, the status is found.
		b, err := json.Marshal(struct {
			Before string `json:"before"`
			Status int    `json:"statusCode"`
			After  any    `json:"after"`
		}{text, status, []any{text, map[string]any{text: status}}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := MockStatus(b); got != status || err != nil {
			t.Errorf("MockStatus(%s) = %d, %v, want %d", b, got, err, status)
		}
	})
}

func BenchmarkMockStatus(b *testing.B) {
	text := []byte("{\"statusCode\": 200}")
	b.ReportAllocs()
	for b.Loop() {
		if s, err := MockStatus(text); s != 200 || err != nil {
			b.Fatal(s, err)
		}
	}
}
