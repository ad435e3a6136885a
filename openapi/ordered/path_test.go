package ordered

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// TestAgainstJayway compares with what Jayway itself answered. All answers of its
// current source are equal; testdata/jayway-2.0.0.tsv lists where its version 2.0.0
// answers differently.
func TestAgainstJayway(t *testing.T) {
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		t.Fatal(err)
	}
	for file, least := range map[string]int{"testdata/jayway.tsv": 165, "testdata/jayway-mixed.tsv": 600} {
		answers, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(string(answers)), "\n")[1:]
		if len(lines) < least {
			t.Fatalf("%s has only %d answers", file, len(lines))
		}
		for _, line := range lines {
			expression, want, _ := strings.Cut(line, "\t")
			if i := strings.Index(want, "Exception:"); i > 0 {
				want = want[:i+len("Exception")]
			}
			if got := answer(t, string(document), expression); got != want {
				t.Errorf("%s = %s, want %s", expression, got, want)
			}
		}
	}
}

// TestUnverifiedPaths keeps the list of expressions that depend on Jayway's
// version true: we answer them, and not as 2.0.0 does.
func TestUnverifiedPaths(t *testing.T) {
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile("testdata/jayway-2.0.0.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(old)), "\n")[1:]
	for _, line := range lines {
		expression, theirs, _ := strings.Cut(line, "\t")
		if got := answer(t, string(document), expression); got == theirs {
			t.Errorf("%s = %s, as 2.0.0 has it: it does not belong in the list", expression, got)
		}
	}
	if len(lines) < 40 {
		t.Errorf("only %d expressions are listed", len(lines))
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

func TestPathErrors(t *testing.T) {
	tests := []struct {
		path   string
		offset int
		msg    string
	}{
		{"", 0, "it is empty"},
		{"$.a.", 3, "it must not end with a dot"},
		{"$a", 1, `want "." or "[" here`},
		{"$.a...b", 5, "a dot too many"},
		{"$. a", 2, "a blank stands where a name should be"},
		{"$.a b", 3, "a name with a blank must be written ['like this']"},
		{"$['a", 2, "a quoted name is never closed"},
		{"$['a' 'b']", 6, `want a comma or "]" after a quoted name`},
		{"$[x]", 1, "want a quoted name, a number, * or ?(...) in the brackets"},
		{"$[1x]", 1, "want whole numbers in the brackets"},
		{"$[::2]", 1, "want a slice like [1:3], [1:] or [:3]"},
		{"$[0", 1, "the bracket is never closed"},
		{"$[?(@.a == )]", 11, "want a path, a string in quotes, a number, true, false, null, a [list] or a /pattern/"},
		{"$[?(@.a =< 1)]", 8, "there is no operator =<"},
		{"$[?(@.a == 1]", 3, "the filter is never closed"},
		{"$[?(1)]", 4, "a value stands alone; want a comparison or a path"},
		{"$[?(@.a =~ /(/)]", 11, "regular expression (: the group is never closed at offset 1"},
		{"items[?(@.a b)]", 12, "there is no operator b)"},
		{"$.length(", 8, "the parameters of length() are never closed"},
		{"$[?(" + strings.Repeat("(", 60) + "@.a" + strings.Repeat(")", 60) + ")]", 52, "filters are nested too deep"},
	}
	for _, tt := range tests {
		_, err := CompilePath(tt.path)
		var wrong *PathError
		if !errors.As(err, &wrong) {
			t.Errorf("CompilePath(%s) error is %v", tt.path, err)
			continue
		}
		if wrong.Offset != tt.offset || wrong.Msg != tt.msg {
			t.Errorf("CompilePath(%s) = %d, %q, want %d, %q", tt.path, wrong.Offset, wrong.Msg, tt.offset, tt.msg)
		}
	}
}

func TestFindInWhatTemplatesMake(t *testing.T) {
	o := NewObject(4)
	o.Set("int", 5)
	o.Set("items", &Array{Items: []any{int32(1), int64(2), 3.5, "x"}})
	for text, want := range map[string]string{
		"$.items[?(@ > 1)]":  "[2,3.5]",
		"$.items.sum()":      "6.5",
		"$[?(@.int == 5)]":   `[{"int":5,"items":[1,2,3.5,"x"]}]`,
		"$.items[?(@=='x')]": `["x"]`,
	} {
		p, err := CompilePath(text)
		if err != nil {
			t.Fatal(err)
		}
		v, err := p.Find(o)
		if got := string(Append(nil, v)); got != want || err != nil {
			t.Errorf("%s = %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestADefinitePathAllocatesNothing(t *testing.T) {
	root := mustParse(t, `{"a":{"b":[1,{"c":"x"}]}}`)
	p, err := CompilePath("$.a['b'][-1].c")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Find(root) }); n != 0 {
		t.Errorf("Find allocates %v times", n)
	}
	if p.String() != "$.a['b'][-1].c" || !p.Definite() {
		t.Errorf("String and Definite are %s, %v", p, p.Definite())
	}
}

func FuzzPath(f *testing.F) {
	for _, s := range []string{"$.a", "$..['a','b'][?(@.x =~ /a/i && !(@.y in [1,'2']))].length()", "$[1:-1]", "$.sum($.a, {\"x\":1})", "$[?(@.a size 3 || $.b contains \"x\")]", "$['a\\'b']", "a.*[*]..c"} {
		f.Add(s)
	}
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		answer(t, string(document), text)
	})
}

func BenchmarkFind(b *testing.B) {
	document, err := os.ReadFile("testdata/document.json")
	if err != nil {
		b.Fatal(err)
	}
	root := mustParse(b, string(document))
	for _, text := range []string{"$.obj.k2.z", "$.items[*].a", "$..a", "$.items[?(@.a > 1)].n"} {
		b.Run(text, func(b *testing.B) {
			p, err := CompilePath(text)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Find(root); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
