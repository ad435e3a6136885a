package sariftest

import (
	"fmt"
	"strings"
	"testing"
)

// A recorder is a TB that keeps what a check says of a log.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	log := func(result string) string {
		return `{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [` + result + `]}]}`
	}
	tests := []struct {
		name, log string
		want      string // "" for nothing
	}{
		{"a log without results", log(""), ""},
		{"a result", log(`{"message": {"text": "m"}, "level": "note"}`), ""},
		{"no JSON", "{", "not JSON"},
		{"no message", log(`{"level": "note"}`), "message"},
		{"a level that is none", log(`{"message": {"text": "m"}, "level": "info"}`), "level"},
		{"a field that is none", log(`{"message": {"text": "m"}, "severity": "note"}`), "severity"},
		{"a line 0", log(`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"region": {"startLine": 0}}}]}`), "startLine"},
		{"a URI that is none", log(`{"message": {"text": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a%b"}}}]}`), "uri"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := &recorder{TB: t}
			Check(r, []byte(tt.log))
			if said := strings.Join(r.said, "\n"); tt.want == "" && said != "" || !strings.Contains(said, tt.want) {
				t.Errorf("said %q, want %q", said, tt.want)
			}
		})
	}
}
