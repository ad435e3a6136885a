package stub

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// matching makes a text that a pattern fits, of a length between least and most
// characters. It says false where it finds none: the pattern looks around, or
// asks for what can't be.
func matching(pattern string, least, most int) (string, bool) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	parsed = parsed.Simplify()
	re, err := regexp.Compile(pattern)
	if err != nil {
		return "", false
	}
	// How often what may repeat without end does: once, then as often as a
	// length asks for.
	for _, repeats := range []int{1, 0, least, least / 2, 2} {
		var b strings.Builder
		w := writer{&b, repeats, mostText}
		if !w.expression(parsed) {
			continue
		}
		s := b.String()
		if n := utf8.RuneCountInString(s); n >= least && n <= most && re.MatchString(s) {
			return s, true
		}
	}
	return "", false
}

// A writer writes the plainest text an expression fits.
type writer struct {
	to      *strings.Builder
	repeats int
	steps   int // left to take
}

func (w *writer) expression(e *syntax.Regexp) bool {
	if w.steps--; w.steps < 0 {
		return false
	}
	switch e.Op {
	case syntax.OpNoMatch:
		return false
	case syntax.OpLiteral:
		for _, r := range e.Rune {
			w.to.WriteRune(r)
		}
	case syntax.OpCharClass:
		if len(e.Rune) == 0 {
			return false
		}
		w.to.WriteRune(plainest(e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.to.WriteByte('a')
	case syntax.OpCapture:
		return w.expression(e.Sub[0])
	case syntax.OpStar:
		return w.times(e.Sub[0], w.repeats)
	case syntax.OpPlus:
		return w.times(e.Sub[0], max(w.repeats, 1))
	case syntax.OpQuest:
		return w.times(e.Sub[0], min(w.repeats, 1))
	case syntax.OpRepeat:
		n := max(e.Min, w.repeats)
		if e.Max >= 0 {
			n = min(n, e.Max)
		}
		return w.times(e.Sub[0], n)
	case syntax.OpConcat:
		for _, sub := range e.Sub {
			if !w.expression(sub) {
				return false
			}
		}
	case syntax.OpAlternate:
		return w.expression(e.Sub[0])
	}
	return true // an empty match, or a place in the text
}

func (w *writer) times(e *syntax.Regexp, n int) bool {
	for range n {
		if !w.expression(e) {
			return false
		}
	}
	return true
}

// plainest is the letter of a class that reads best: a, A or 1 if it has them.
func plainest(class []rune) rune {
	for _, want := range "aA1" {
		for i := 0; i+1 < len(class); i += 2 {
			if class[i] <= want && want <= class[i+1] {
				return want
			}
		}
	}
	return class[0]
}
