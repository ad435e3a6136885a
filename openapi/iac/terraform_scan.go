package iac

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A sequence is what is no literal text in a template (Terraform docs: Strings
// and Templates): a placeholder, a directive, or a $$ or %% before a brace.
type sequence struct {
	kind        sequenceKind
	from, to    int
	placeholder int  // its number
	trimBefore  bool // ${~
	trimAfter   bool // ~}
}

type sequenceKind uint8

const (
	interpolation sequenceKind = iota
	escape                     // the one $ or % that Terraform takes away
	directive
)

// maxScanErrors is how many things that can't be rendered are told.
const maxScanErrors = 20

// scan finds the sequences of the template. What can't be rendered here is an
// error: directives, and placeholders that never end.
func (t *terraformFile) scan() error {
	var errs []error
	lines := newLines(t.text)
	at := func(offset int) source.Pos {
		line, col := lines.at(offset)
		return source.Pos{File: t.name, Line: line, Col: col}
	}
	directives, more := 0, source.Pos{}
	for i := 0; ; {
		brace := strings.IndexByte(t.text[i:], '{')
		if brace < 0 {
			break
		}
		open := i + brace // of the brace
		if open == 0 || t.text[open-1] != '$' && t.text[open-1] != '%' || open-1 < i {
			i = open + 1
			continue
		}
		mark := t.text[open-1]
		if open >= 2 && t.text[open-2] == mark && open-2 >= i {
			// $${ is ${, and $$${ is $${: one goes.
			t.sequences = append(t.sequences, sequence{kind: escape, from: open - 1, to: open})
			i = open + 1
			continue
		}
		from, inner := open-1, open+1
		s := sequence{from: from}
		if strings.HasPrefix(t.text[inner:], "~") {
			s.trimBefore = true
			inner++
		}
		end, ok := endOfExpression(t.text, inner)
		if !ok {
			errs = append(errs, &source.Error{
				Pos: at(from), Msg: string(mark) + "{ has no } to end it",
				Hint: "Terraform refuses that; a " + string(mark) + "{ that is text is written " + string(mark) + string(mark) + "{",
			})
			break // all behind it is inside it
		}
		s.to = end
		expression := t.text[inner : end-1]
		if strings.HasSuffix(expression, "~") {
			s.trimAfter = true
			expression = expression[:len(expression)-1]
		}
		i = end
		if mark == '%' {
			directives++
			if directives <= maxScanErrors {
				errs = append(errs, &source.Error{
					Pos: at(from), Msg: "the directive " + shorten(t.text[from:end]) + " stands here, and directives are not rendered",
					Hint: renderFirst,
				})
			} else if directives == maxScanErrors+1 {
				more = at(from)
			}
			continue
		}
		s.placeholder = len(t.placeholders)
		t.placeholders = append(t.placeholders, placeholder{from: from, to: end, expression: strings.TrimSpace(expression), pos: at(from)})
		t.sequences = append(t.sequences, s)
	}
	if !more.IsZero() {
		errs = append(errs, &source.Error{Pos: more, Msg: fmt.Sprintf("%d more directives stand from here on", directives-maxScanErrors), Hint: renderFirst})
	}
	return errors.Join(errs...)
}

// endOfExpression is where the } behind an expression ends that begins at from;
// false if there is none. Braces nest; those in texts and comments don't count,
// but for the placeholders in a text.
func endOfExpression(text string, from int) (int, bool) {
	var inside []byte // what is open: { or " (a text)
	for i := from; i < len(text); i++ {
		if len(inside) > 0 && inside[len(inside)-1] == '"' {
			switch c := text[i]; {
			case c == '\\':
				i++
			case c == '"':
				inside = inside[:len(inside)-1]
			case c == '\n':
				return 0, false // no text of Terraform's goes over a line's end
			case (c == '$' || c == '%') && strings.HasPrefix(text[i+1:], "{"):
				inside = append(inside, '{')
				i++
			case (c == '$' || c == '%') && strings.HasPrefix(text[i+1:], string(c)+"{"):
				i += 2
			}
			continue
		}
		switch text[i] {
		case '\\':
			i++ // a quote in a JSON string, no text of Terraform's
		case '"', '{':
			inside = append(inside, text[i])
		case '}':
			if len(inside) == 0 {
				return i + 1, true
			}
			inside = inside[:len(inside)-1]
		case '#', '/':
			i = endOfComment(text, i) - 1
		}
	}
	return 0, false
}

// endOfComment is where the comment at from ends, from+1 if there is none: #, //
// and /* */ begin one (Terraform docs: Syntax).
func endOfComment(text string, from int) int {
	rest := text[from:]
	switch {
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest[2:], "*/"); end >= 0 {
			return from + 2 + end + 2
		}
		return len(text)
	case rest[0] == '#', strings.HasPrefix(rest, "//"):
		if end := strings.IndexByte(rest, '\n'); end >= 0 {
			return from + end
		}
		return len(text)
	}
	return from + 1
}

// lineTable tells lines and columns of offsets. They are asked for in order, so
// that all of them cost one walk.
type lineTable struct {
	text              string
	starts            []int
	offset, line, col int
}

func newLines(text string) *lineTable {
	starts := []int{0}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i+1:], "\n") {
			starts = append(starts, i+1)
		}
	}
	return &lineTable{text: text, starts: starts, line: 1, col: 1}
}

func (l *lineTable) at(offset int) (line, col int) {
	line = sort.SearchInts(l.starts, offset+1)
	if line != l.line || offset < l.offset {
		l.line, l.col, l.offset = line, 1, l.starts[line-1]
	}
	l.col += utf8.RuneCountInString(l.text[l.offset:offset])
	l.offset = offset
	return l.line, l.col
}
