package fix

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// checkAs imports and lints a text as the file called name.
func checkAs(name string) func([]byte) Checked {
	return func(text []byte) Checked {
		doc, err := openapi.LoadBytes(name, text)
		if err != nil {
			return Checked{Findings: openapi.Unreadable(err)}
		}
		api, findings := openapi.Import(doc, openapi.Options{})
		findings = append(findings, lint.Check(doc, api, lint.Surroundings{})...)
		openapi.SortFindings(findings)
		return Checked{doc, api, findings}
	}
}

func all(openapi.Finding) bool { return true }

// document is one that fixtures hold, with the name it has there.
type document struct {
	name string
	text []byte
}

// documents are the fixtures of the rules, the lab's documents and those of the
// cases of the import.
func documents(t testing.TB) []document {
	t.Helper()
	var all []document
	for _, pattern := range []string{"../testdata/*.yaml", "../../../fixtures/items/openapi*.yaml", "testdata/*.yaml", "testdata/*.json"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, document{file, text})
		}
	}
	cases, err := filepath.Glob("../../../fixtures/cases/*/*.yaml")
	if err != nil || len(cases) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range cases {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if d := documentOf(string(text)); d != "" {
			all = append(all, document{filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file), []byte(d)})
		}
	}
	return all
}

// documentOf is the document of a case as it stands there, moved to the margin.
func documentOf(text string) string {
	_, rest, ok := strings.Cut("\n"+text, "\nopenapi:\n")
	if !ok {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(rest) {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "  ") {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return b.String()
}

// dressed are other ways to write a document.
var dressed = []struct {
	name  string
	dress func(string) string
}{
	{"as it stands", func(text string) string { return text }},
	{"with CRLF line ends", func(text string) string {
		return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
	}},
	{"with a byte order mark and without a last line end", func(text string) string { return "\ufeff" + strings.TrimRight(text, "\n") }},
	{"with a comment above each line", func(text string) string {
		return everyLine(text, func(line string) string {
			return line[:len(line)-len(strings.TrimLeft(line, " "))] + "# above\n" + line
		})
	}},
	{"with a comment behind each line", func(text string) string {
		return everyLine(text, func(line string) string { return strings.TrimSuffix(line, "\n") + "   # behind\n" })
	}},
	{"with an empty line and a comment below each line", func(text string) string {
		return everyLine(text, func(line string) string {
			return line + "\n" + line[:len(line)-len(strings.TrimLeft(line, " "))] + "# below\n"
		})
	}},
	{"as JSON in one line", func(text string) string { return toJSON(text, "") }},
	{"as JSON with tabs", func(text string) string { return toJSON(text, "\t") }},
	{"as YAML in braces", func(text string) string {
		if j := toJSON(text, ""); j != "" {
			return "# in braces\n" + strings.NewReplacer(`":`, `": `).Replace(j) + " # the end\n"
		}
		return ""
	}},
}

// everyLine changes each line of a text; empty if that is no YAML any more.
func everyLine(text string, change func(string) string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(change(line))
	}
	if _, err := source.Read("x.yaml", []byte(b.String())); err != nil {
		return ""
	}
	return b.String()
}

// toJSON writes a document as JSON; empty if it isn't YAML.
func toJSON(text, indent string) string {
	f, err := source.Read("x.yaml", []byte(text))
	if err != nil {
		return ""
	}
	out := ordered.Append(nil, f.Root.Ordered())
	if indent != "" {
		var b bytes.Buffer
		if err := json.Indent(&b, out, "", indent); err != nil {
			return ""
		}
		return b.String() + "\n"
	}
	return string(out)
}

// TestMendsHarmNothing mends all that the fixtures have: what comes of it still
// reads, has all lines it had, says no more findings, and has nothing left to mend.
func TestMendsHarmNothing(t *testing.T) {
	mended := map[string]int{}
	for i, way := range dressed {
		for _, d := range documents(t) {
			if i > 0 && strings.HasPrefix(d.name, "runtime/") {
				continue // much alike
			}
			if text := way.dress(string(d.text)); text != "" {
				mendHarmless(t, document{way.name + ": " + d.name, []byte(text)}, mended)
			}
		}
	}
	for rule := range mends {
		if mended[rule] == 0 {
			t.Errorf("no document has a finding of %s that is mended", rule)
		}
	}
}

func mendHarmless(t *testing.T, d document, mended map[string]int) {
	t.Helper()
	check := checkAs(d.name)
	before := check(d.text)
	r := Mend(d.text, check, all)
	if got := Apply(string(d.text), r.Edits); got != r.Text {
		t.Errorf("%s: the edits make another text than the one that was checked", d.name)
	}
	for _, f := range r.Mended {
		mended[f.Rule]++
	}
	for _, k := range r.Kept {
		if k.Why == errLayout.Error() || k.Why == nothingToBeDone || k.Why == "what would be added doesn't mend it" {
			t.Errorf("%s: %s: %s [%s]: %s", d.name, k.Finding.Pos, k.Finding.Message, k.Finding.Rule, k.Why)
		}
	}
	if len(r.Edits) == 0 {
		return
	}
	if _, err := source.Read(d.name, []byte(r.Text)); err != nil {
		t.Errorf("%s: what comes of it can't be read: %v\n%s", d.name, err, r.Text)
	}
	// Information may come: behind a preflight it is good to know what backends must answer.
	if was, is := grave(before.Findings), grave(r.After); len(is) > len(was) {
		t.Errorf("%s: %d findings become %d\n%s", d.name, len(was), len(is), messages(is))
	}
	if was, is := comments(string(d.text)), comments(r.Text); !slices.Equal(was, is) {
		t.Errorf("%s: comments\n%q\nbecome\n%q", d.name, was, is)
	}
	if strings.Count(r.Text, "\n") != strings.Count(r.Text, "\r\n") && strings.Contains(string(d.text), "\r\n") {
		t.Errorf("%s: line ends are mixed", d.name)
	}
	if again := Mend([]byte(r.Text), check, all); len(again.Edits) > 0 {
		t.Errorf("%s: a second time there is still something to mend\n%s", d.name, again.Text)
	}
}

func messages(findings []openapi.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString(f.Pos.String() + " " + f.Rule + ": " + f.Message + "\n")
	}
	return b.String()
}

func grave(findings []openapi.Finding) []openapi.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f openapi.Finding) bool { return f.Severity == openapi.Info })
}

// comments are what stands behind # in a text; it may be inside a text too.
func comments(text string) []string { return comment.FindAllString(text, -1) }

var comment = regexp.MustCompile(`(?m)(^|[ \t])#.*$`)
