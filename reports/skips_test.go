package reports

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// manySkipped has forty scenarios that were skipped for one long reason, and one
// that failed with a long hint.
func manySkipped() *Report {
	f := &result.Feature{Name: "f"}
	reason := "function ItemsFunction can't run on this machine: it needs python3.13 or another python3, and there is none in PATH"
	for range 40 {
		f.Scenarios = append(f.Scenarios, &result.Scenario{Name: "s", Status: result.Skipped, Reason: reason})
	}
	curl := "curl:     curl -i -H 'Accept: application/json, text/html;q=0.9' 'http://127.0.0.1:3000/dev/items?one=1&two=2'"
	f.Scenarios = append(f.Scenarios, &result.Scenario{Name: "t", Status: result.Failed, Steps: []*result.Step{{
		Text: "the status is 200", Status: result.Failed, Hint: strings.Repeat("something to do ", 9),
		Error: "the status is 403, want 200\n  response: 403 " + strings.Repeat(`{"name":"value"},`, 12) + "\n  " + curl,
	}}})
	return &Report{Run: &result.Run{Features: []*result.Feature{f}}}
}

func TestAReasonOfManySkipsIsSaidOnce(t *testing.T) {
	for name, most := range map[string]int{"pretty": 2, "progress": 1} {
		format, _ := Find(name)
		got := string(render(t, func(w io.Writer) error { return format.Write(w, manySkipped()) }))
		if n := strings.Count(got, "can't run on this machine"); n < 1 || n > most {
			t.Errorf("%s says the reason %d times:\n%s", name, n, got)
		}
		if !strings.Contains(got, "- 40 scenarios: function ItemsFunction") {
			t.Errorf("%s does not count the skipped:\n%s", name, got)
		}
	}
}

func TestTextForTerminalsFitsEightyColumns(t *testing.T) {
	for _, name := range []string{"pretty", "progress"} {
		format, _ := Find(name)
		var b bytes.Buffer
		if err := format.Write(&b, manySkipped()); err != nil {
			t.Fatal(err)
		}
		commands := 0
		for line := range strings.SplitSeq(b.String(), "\n") {
			if strings.Contains(line, "curl -i") {
				commands++
				if !strings.HasSuffix(line, "two=2'") {
					t.Errorf("%s: a command is broken: %s", name, line)
				}
			} else if utf8.RuneCountInString(line) > columns {
				t.Errorf("%s: %d columns: %s", name, utf8.RuneCountInString(line), line)
			}
		}
		if commands != 1 {
			t.Errorf("%s has %d commands, want 1", name, commands)
		}
	}
}

func TestMethodsThatWereNotCalledAreNamedIfFew(t *testing.T) {
	document := func(name string, called int, methods ...string) result.Document {
		d := result.Document{Name: name, Covered: result.NewBits(len(methods))}
		for i, m := range methods {
			d.Elements = append(d.Elements, openapi.Element{Kind: "method", Name: m})
			if i < called {
				d.Covered.Set(i)
			}
		}
		return d
	}
	tests := []struct {
		name      string
		documents []result.Document
		want      string
	}{
		{"none there", nil, ""},
		{"all", []result.Document{document("a.yaml", 2, "GET /a", "GET /b")}, "2 of 2 methods called"},
		{"some not", []result.Document{document("a.yaml", 1, "GET /a", "GET /b", "PUT /b")}, "1 of 3 methods called, not GET /b, PUT /b"},
		{"of several documents", []result.Document{document("a.yaml", 1, "GET /a"), document("b.yaml", 0, "GET /a")}, "1 of 2 methods called, not GET /a of b.yaml"},
		{"none called", []result.Document{document("a.yaml", 0, "GET /a", "GET /b", "GET /c", "GET /d", "GET /e", "GET /f")}, "0 of 6 methods called"},
		{"many of more", []result.Document{document("a.yaml", 1, "GET /a", "GET /b", "GET /c", "GET /d", "GET /e", "GET /f", "GET /g")}, "1 of 7 methods called; --format html says which were not"},
	}
	for _, tt := range tests {
		if got := coverageLine(tt.documents); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestThePageSaysWhatFailedAndOfWhichDocument(t *testing.T) {
	report := sampleReport()
	second := report.Run.Documents[0]
	second.Name = "openapi-mock.yaml"
	report.Run.Documents = append(report.Run.Documents, second)
	got := string(render(t, func(w io.Writer) error { return writeHTML(w, report) }))
	before, _, _ := strings.Cut(got, `<div class="filter">`)
	for _, want := range []string{">openapi.yaml</span> called", ">openapi-mock.yaml</span> called", "the status is 429, want 200"} {
		if strings.Count(before, want) != 1 {
			t.Errorf("%d times %q above the scenarios, want once", strings.Count(before, want), want)
		}
	}
	if strings.Contains(before, "request:  GET") {
		t.Error("the list of failures shows more than the first line")
	}
}
