package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/reports/sariftest"
)

func TestTheCaretStandsUnderTheCodePoint(t *testing.T) {
	tests := []struct {
		name string
		line string
		mark string // the text the finding is about
		want string // the caret's line behind the bar
	}{
		{"plain text", "key: value", "value", "     ^"},
		{"letters of two bytes take one column", "ключ: value", "value", "      ^"},
		{"wide characters take two columns", "鍵: value", "value", "    ^"},
		{"combining marks take none", "e\u0301: value", "value", "   ^"},
		{"emoji take two columns", "🙂: value", "value", "    ^"},
		{"a tab takes one, as it is shown", "a:\tvalue", "value", "   ^"},
		{"blanks before the text are left out", "      key: value", "value", "     ^"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, _, _ := strings.Cut(tt.line, tt.mark)
			report := &FindingReport{
				Findings: []openapi.Finding{{Rule: "r", Severity: openapi.Error, Message: "m", Pos: source.Pos{File: "f", Line: 1, Col: len([]rune(before)) + 1}}},
				Source:   func(string) ([]byte, error) { return []byte(tt.line + "\n"), nil },
			}
			lines := strings.Split(string(render(t, func(w io.Writer) error { return writeFindingsText(w, report) })), "\n")
			if _, got, _ := strings.Cut(lines[2], "| "); got != tt.want {
				t.Errorf("got\n%s\n%s\nwant the caret at %q", lines[1], lines[2], tt.want)
			}
		})
	}
}

// What a quoted line can't show, or would command the terminal with, is escaped.
func TestAQuotedLineIsShownEscaped(t *testing.T) {
	tests := []struct {
		name, line, want string
		column           int
		under            string // what begins above the caret
	}{
		{"a colour", "a: \x1b[31mred", `a: \x1b[31mred`, 9, "red"},
		{"the control character itself", "a: \x1b[31mred", `a: \x1b[31mred`, 4, `\x1b`},
		{"NUL and DEL", "a\x00b\x7fc", `a\x00b\x7fc`, 5, "c"},
		{"UTF-16, little endian", "\xff\xfeo\x00p\x00", `\xff\xfeo\x00p\x00`, 5, "p"},
		{"a byte that is no UTF-8", "ä: \xff x", `ä: \xff x`, 6, "x"},
		{"a control character of Latin 1", "a\u009b31m b", `a\u009b31m b`, 7, "b"},
		{"a change of the direction", "a\u202eb c", `a\u202eb c`, 5, "c"},
		{"a backslash is left alone", `a\x1b c`, `a\x1b c`, 7, "c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report := &FindingReport{
				Findings: []openapi.Finding{{Rule: "r", Severity: openapi.Error, Message: "m", Pos: source.Pos{File: "f", Line: 1, Col: tt.column}}},
				Source:   func(string) ([]byte, error) { return []byte(tt.line + "\n"), nil },
			}
			lines := strings.Split(string(render(t, func(w io.Writer) error { return writeFindingsText(w, report) })), "\n")
			_, shown, _ := strings.Cut(lines[1], "| ")
			_, caret, _ := strings.Cut(lines[2], "| ")
			if shown != tt.want {
				t.Errorf("got %q, want %q", shown, tt.want)
			}
			if at := len(caret) - 1; at > len([]rune(shown)) || !strings.HasPrefix(string([]rune(shown)[at:]), tt.under) {
				t.Errorf("the caret is not under %q:\n%s\n%s", tt.under, shown, caret)
			}
		})
	}
}

// TestSARIFIsValid holds what is written against the schema of SARIF 2.1.0, and
// against what its text asks beyond that.
func TestSARIFIsValid(t *testing.T) {
	findings := append(sampleFindings(),
		openapi.Finding{Rule: "a", Severity: openapi.Info, Message: "at the start of a file", Pos: source.Pos{File: "a b/c.yaml"}},
		openapi.Finding{Rule: "a", Severity: "", Message: "of no severity", Pos: source.Pos{File: "/abs/c.yaml", Line: 3}},
		openapi.Finding{Rule: "b", Severity: openapi.Error, Message: "", Pos: source.Pos{File: "x.yaml", Line: 1, Col: 1}},
	)
	for name, findings := range map[string][]openapi.Finding{"several": findings, "none": nil} {
		t.Run(name, func(t *testing.T) {
			data := render(t, func(w io.Writer) error {
				return writeFindingsSARIF(w, &FindingReport{Findings: findings, Version: "1.0.0", Rules: []Rule{{ID: "a", Doc: "title\n\nWhy."}}})
			})
			var log map[string]any
			if err := json.Unmarshal(data, &log); err != nil {
				t.Fatal(err)
			}
			for _, fault := range sarifFaults(log) {
				t.Error(fault)
			}
			sariftest.Check(t, data)
		})
	}
}

func TestArtifactsOfSARIFAreURIs(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"a file of the folder", "openapi.yaml", "openapi.yaml"},
		{"a dot before it says nothing", "./apis/openapi.yaml", "apis/openapi.yaml"},
		{"above the folder", "../openapi.yaml", "../openapi.yaml"},
		{"blanks and letters beyond ASCII are escaped", "a b/größe%.yaml", "a%20b/gr%C3%B6%C3%9Fe%25.yaml"},
		{"what begins a query or a fragment is escaped", "a?b#c.yaml", "a%3Fb%23c.yaml"},
		{"a colon is not behind a scheme", "a:b.yaml", "./a:b.yaml"},
		{"an absolute name", "/apis/a b.yaml", "file:///apis/a%20b.yaml"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := artifact(tt.file).URI; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSARIFGoldensAreValid(t *testing.T) {
	goldens, err := filepath.Glob("testdata/*.sarif")
	if err != nil || len(goldens) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, golden := range goldens {
		t.Run(filepath.Base(golden), func(t *testing.T) {
			data, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			sariftest.Check(t, data)
		})
	}
}

// sarifFaults lists what of a log isn't as the schema wants it, or as those who
// read it do.
func sarifFaults(log map[string]any) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if log["version"] != "2.1.0" {
		fault("version is %v", log["version"])
	}
	runs, ok := log["runs"].([]any)
	if !ok || len(runs) == 0 {
		fault("there are no runs")
	}
	for _, r := range runs {
		run, _ := r.(map[string]any)
		if kind := run["columnKind"]; kind != "unicodeCodePoints" && kind != "utf16CodeUnits" {
			fault("columnKind is %v", kind)
		}
		tool, _ := run["tool"].(map[string]any)
		driver, _ := tool["driver"].(map[string]any)
		if name, _ := driver["name"].(string); name == "" {
			fault("the driver has no name")
		}
		ids := map[string]bool{}
		rules, _ := driver["rules"].([]any)
		for _, d := range rules {
			rule, _ := d.(map[string]any)
			id, _ := rule["id"].(string)
			if id == "" || ids[id] {
				fault("rule %q is unnamed or there twice", id)
			}
			ids[id] = true
			short, _ := rule["shortDescription"].(map[string]any)
			if text, _ := short["text"].(string); text == "" {
				fault("rule %s has no text", id)
			}
		}
		results, ok := run["results"].([]any)
		if !ok {
			fault("results is no list: an empty one says that all is well")
		}
		for _, d := range results {
			result, _ := d.(map[string]any)
			message, _ := result["message"].(map[string]any)
			if _, ok := message["text"].(string); !ok {
				fault("a result has no message: %v", result)
			}
			if level, _ := result["level"].(string); !slices.Contains([]string{"none", "note", "warning", "error"}, level) {
				fault("level is %q", level)
			}
			if i, ok := result["ruleIndex"].(float64); !ok || int(i) >= len(rules) || rules[int(i)].(map[string]any)["id"] != result["ruleId"] {
				fault("ruleIndex %v is not that of %v", result["ruleIndex"], result["ruleId"])
			}
			locations, _ := result["locations"].([]any)
			for _, l := range locations {
				location, _ := l.(map[string]any)
				physical, _ := location["physicalLocation"].(map[string]any)
				artifact, _ := physical["artifactLocation"].(map[string]any)
				if uri, _ := artifact["uri"].(string); uri == "" || strings.ContainsAny(uri, " \\") {
					fault("uri is %q", uri)
				}
				region, there := physical["region"].(map[string]any)
				for _, key := range []string{"startLine", "startColumn"} {
					if n, ok := region[key].(float64); there && (ok && n < 1 || !ok && key == "startLine") {
						fault("%s is %v", key, region[key])
					}
				}
			}
		}
	}
	return faults
}
