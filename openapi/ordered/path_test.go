package ordered

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestAgainstJayway compares with what Jayway itself answered.
func TestAgainstJayway(t *testing.T) {
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := os.ReadFile("testdata/jayway.tsv")
	if err != nil {
		t.Fatal(err)
	}
	// differ are the expressions we answer otherwise, with the reason.
	differ := map[string]string{}
	lines := strings.Split(strings.TrimSpace(string(answers)), "\n")[1:]
	if len(lines) < 165 {
		t.Fatalf("there are only %d answers", len(lines))
	}
	for _, line := range lines {
		expression, want, _ := strings.Cut(line, "\t")
		if i := strings.Index(want, "Exception:"); i > 0 {
			want = want[:i+len("Exception")]
		}
		got := answer(t, string(document), expression)
		if reason, ok := differ[expression]; ok != (got != want) {
			t.Errorf("%s = %s, want %s (known to differ: %q)", expression, got, want, reason)
		}
	}
}

// answer finds text in document and says it in the words of the recorded answers.
func answer(t *testing.T, document, text string) string {
	t.Helper()
	root := mustParse(t, document)
	p, err := CompilePath(text)
	if err != nil {
		var wrong *PathError
		if !errors.As(err, &wrong) || wrong.Path != text || wrong.Offset > len(text) {
			t.Errorf("CompilePath(%s) error is %#v", text, err)
		}
		return "InvalidPathException"
	}
	v, err := p.Find(root)
	var eval *EvalError
	switch {
	case err == ErrNotFound:
		return "PathNotFoundException"
	case errors.As(err, &eval) && strings.Contains(eval.Msg, "two dots"):
		return "IllegalStateException"
	case errors.As(err, &eval):
		return "JsonPathException"
	case err != nil:
		t.Errorf("%s: %v", text, err)
	}
	kind := "I "
	if p.Definite() {
		kind = "D "
	}
	if got := string(Append(nil, root)); got != string(Append(nil, mustParse(t, document))) {
		t.Errorf("%s changed the document", text)
	}
	return kind + string(Append(nil, v))
}
