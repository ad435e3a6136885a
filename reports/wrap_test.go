package reports

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLinesWrapBelowTheirFirstWord(t *testing.T) {
	tests := []struct {
		name, line string
		want       []string
	}{
		{"a short one", "  hint: a b", []string{"  hint: a b"}},
		{"between words", "hint: aaaa bbbb cccc dddd", []string{"hint: aaaa bbbb cccc", "      dddd"}},
		{"a word that just fits", "hint: aaaa bbbb cccc d", []string{"hint: aaaa bbbb cccc", "      d"}},
		{"JSON, behind a comma", `response: {"a":1,"bb":2}`, []string{`response: {"a":1,`, `          "bb":2}`}},
		{"no place to break", "    aaaaaaaaaaaaaaaaaaaaaaaaaaa", []string{"    aaaaaaaaaaaaaaaa", "    aaaaaaaaaaa"}},
		{"letters, not bytes", "ééééé ééééé ééééé éé", []string{"ééééé ééééé ééééé éé"}},
		{"a list's item", "- aaaa bbbb cccc dddd eeee", []string{"- aaaa bbbb cccc", "  dddd eeee"}},
		{"nothing", "", []string{""}},
		{"blanks", strings.Repeat(" ", 30), []string{""}},
	}
	for _, tt := range tests {
		if got := wrap(tt.line, 20); strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestATextWrapsLineByLine(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("word ", 20))
	text := "a.yaml:1:2: note: short\n  hint: " + long + "\ncurl: " + long + "\x1b[2J\a"
	want := "a.yaml:1:2: note: short\n" +
		"  hint: " + strings.TrimSpace(strings.Repeat("word ", 14)) + "\n" +
		"        " + strings.TrimSpace(strings.Repeat("word ", 6)) + "\n" +
		"curl: " + long + "\ufffd"
	if got := Wrap(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("  response: 200 {\"a\":1}", 20)
	f.Add("          x          ", 10)
	f.Fuzz(func(t *testing.T, line string, width int) {
		if width < 10 || width > 200 || len(line) > 1000 || strings.Contains(line, "\n") || !utf8.ValidString(line) {
			return
		}
		for _, l := range wrap(line, width) {
			if utf8.RuneCountInString(l) > width {
				t.Errorf("%q is longer than %d", l, width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := bare(strings.Join(wrap(line, width), "")); got != bare(line) {
			t.Errorf("%q has become %q", line, got)
		}
	})
}
