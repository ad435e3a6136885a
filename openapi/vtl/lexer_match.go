package vtl

import "strings"

// match finds the longest token at l.pos in the present state, and of equally
// long ones the one the grammar names first. For tokNone, end is where the
// last hope died.
func (l *lexer) match() (kind tokenKind, end int) {
	s, p := l.src, l.pos
	c := s[p]
	switch l.state {
	case inText:
		return l.matchText(c)
	case inReference, inModifier:
		return l.matchReference(c)
	case inName:
		return l.matchName(c)
	case inDirective, inCall, inIndex:
		return l.matchExpression(c)
	}
	// Comments and text blocks.
	if c == '$' || c == '#' || c == '\\' {
		if end := l.matchMore(); end > p {
			return tokMore, end
		}
	}
	switch l.state {
	case inLineComment:
		if n := newline(s[p:]); n > 0 {
			return tokLineCommentEnd, p + n
		}
	case inFormal:
		if strings.HasPrefix(s[p:], "*#") {
			return tokFormalComment, p + 2
		}
	case inBlockComment:
		if strings.HasPrefix(s[p:], "*#") {
			return tokBlockComment, p + 2
		}
	case inTextblock:
		if strings.HasPrefix(s[p:], "]]#") {
			return tokTextblock, p + 3
		}
	}
	return tokSkip, p + 1
}

// matchMore matches \\$, $!, #[[, #**, #* and #; it returns l.pos if there is none.
func (l *lexer) matchMore() int {
	s, p := l.src, l.pos
	if s[p] == '#' {
		rest := s[p:]
		switch {
		case strings.HasPrefix(rest, "#**") && len(rest) > 3 && rest[3] != '#':
			return p + 4
		case strings.HasPrefix(rest, "#[["):
			return p + 3
		case strings.HasPrefix(rest, "#*"):
			return p + 2
		}
		return p + 1
	}
	i := p + l.backslashes(p)
	if i == len(s) || s[i] != '$' {
		return p
	}
	i++
	if j := i + run(s[i:], '\\'); j < len(s) && s[j] == '!' {
		return j + 1
	}
	return i
}

// matchSet matches blanks and #set( ; it returns l.pos if there is none.
func (l *lexer) matchSet() int {
	s := l.src
	i := l.pos
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	switch {
	case strings.HasPrefix(s[i:], "#set"):
		i += len("#set")
	case strings.HasPrefix(s[i:], "#{set}"):
		i += len("#{set}")
	default:
		return l.pos
	}
	i += run(s[i:], ' ')
	if i < len(s) && s[i] == '(' {
		return i + 1
	}
	return l.pos
}

func (l *lexer) matchText(c byte) (tokenKind, int) {
	s, p := l.src, l.pos
	switch c {
	case '#':
		if end := l.matchSet(); end > p {
			return tokSet, end
		}
		if strings.HasPrefix(s[p:], "##") {
			return tokLineComment, p + 2
		}
		return tokMore, l.matchMore()
	case '$':
		if n := emptyIndex(s[p:]); n > 0 {
			return tokEmptyIndex, p + n
		}
		return tokMore, l.matchMore()
	case '\\':
		if end := l.matchMore(); end > p {
			return tokMore, end
		}
		n := l.backslashes(p)
		if n%2 == 1 && p+n < len(s) && s[p+n] == '#' {
			if end := word(s, p+n+1); end > 0 {
				return tokEscapedDirective, end
			}
			if end := bracketedWord(s, p+n+1); end > 0 {
				return tokEscapedDirective, end
			}
		}
		if n >= 2 {
			return tokTwoBackslashes, p + 2
		}
		return tokBackslash, p + 1
	case ' ', '\t':
		if end := l.matchSet(); end > p {
			return tokSet, end
		}
	}
	if i := strings.IndexAny(s[p:], "$#\\"); i >= 0 {
		return tokText, p + i
	}
	return tokText, len(s)
}

func (l *lexer) matchReference(c byte) (tokenKind, int) {
	s, p := l.src, l.pos
	switch {
	case c == '[':
		return tokIndexOpen, p + 1
	case c == '(' && l.state == inModifier:
		return tokParenOpen, p + 1
	case c == ' ' || c == '\t':
		if end := l.matchSet(); end > p {
			return tokSet, end
		}
	case c == '#':
		if end := l.matchSet(); end > p {
			return tokSet, end
		}
		if l.state == inReference && strings.HasPrefix(s[p:], "##") {
			return tokLineComment, p + 2
		}
		return tokMore, l.matchMore()
	case c == '$':
		if n := emptyIndex(s[p:]); n > 0 && l.state == inReference {
			return tokEmptyIndex, p + n
		}
		return tokMore, l.matchMore()
	case c == '\\':
		if end := l.matchMore(); end > p {
			return tokMore, end
		}
	case isAlpha(c) || c == '_':
		return identifier(s, p)
	case c == '.':
		if p+1 < len(s) && isAlpha(s[p+1]) {
			return tokDot, p + 2
		}
	case c == '{':
		return tokRefOpen, p + 1
	case c == '}':
		return tokRefClose, p + 1
	}
	return tokRefEnd, p + 1
}

func (l *lexer) matchName(c byte) (tokenKind, int) {
	s, p := l.src, l.pos
	switch {
	case c == '#':
		if strings.HasPrefix(s[p:], "##") {
			return tokLineComment, p + 2
		}
		return tokMore, l.matchMore()
	case c == '$' || c == '\\':
		if end := l.matchMore(); end > p {
			return tokMore, end
		}
	case c == '-' || c == '.' || isDigit(c):
		if kind, end := number(s, p); kind != tokNone {
			return kind, end
		}
	case c == '{':
		if end := bracketedWord(s, p); end > 0 {
			switch s[p:end] {
			case "{end}":
				return tokEnd, restOfLine(s, end)
			case "{else}":
				return tokElse, restOfLine(s, end)
			case "{if}":
				return tokIf, end
			case "{elseif}":
				return tokElseIf, end
			}
			return tokBracketedWord, end
		}
	default:
		if end := word(s, p); end > 0 {
			switch s[p:end] {
			case "end":
				return tokEnd, restOfLine(s, end)
			case "else":
				return tokElse, restOfLine(s, end)
			case "if":
				return tokIf, end
			case "elseif":
				return tokElseIf, end
			}
			return tokWord, end
		}
	}
	return tokDirectiveEnd, p + 1
}

var operatorWords = map[string]tokenKind{
	"true": tokTrue, "false": tokFalse, "and": tokAnd, "or": tokOr, "not": tokNot,
	"lt": tokLT, "le": tokLE, "gt": tokGT, "ge": tokGE, "eq": tokEQ, "ne": tokNE,
}

// matchExpression matches inside the parentheses of directives and methods and
// inside brackets, where alone a character may be an error.
func (l *lexer) matchExpression(c byte) (tokenKind, int) {
	s, p := l.src, l.pos
	rest := s[p:]
	second := byte(0)
	if len(rest) > 1 {
		second = rest[1]
	}
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		if l.state == inCall {
			if end := l.matchSet(); end > p {
				return tokSet, end
			}
		}
		i := p
		for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
			i++
		}
		return tokSpace, i
	case c == '"' || c == '\'':
		if end := quoted(s, p); end > 0 {
			return tokString, end
		}
		return tokNone, len(s)
	case c == '#':
		if l.state == inCall {
			if end := l.matchSet(); end > p {
				return tokSet, end
			}
		}
		if l.state == inDirective && second == '#' {
			return tokLineComment, p + 2
		}
		return tokMore, l.matchMore()
	case c == '$':
		return tokMore, l.matchMore()
	case c == '\\':
		if end := l.matchMore(); end > p {
			return tokMore, end
		}
		return tokNone, p + l.backslashes(p)
	case isDigit(c):
		return number(s, p)
	case c == '-':
		if kind, end := number(s, p); kind != tokNone {
			return kind, end
		}
		if l.state == inDirective {
			return tokMinus, p + 1
		}
		if second == '.' {
			return tokNone, p + 2
		}
		return tokNone, p + 1
	case c == '.':
		if second == '.' && l.state != inIndex {
			return tokDotDot, p + 2
		}
		if kind, end := number(s, p); kind != tokNone {
			return kind, end
		}
		if isAlpha(second) && l.state == inCall {
			return tokDot, p + 2
		}
		return tokNone, p + 1
	case c == ']':
		if l.state == inIndex {
			return tokIndexClose, p + 1
		}
		return tokBracketClose, p + 1
	}
	if l.state == inIndex {
		return matchIndexWord(s, p)
	}
	switch c {
	case '[':
		return tokBracketOpen, p + 1
	case ',':
		return tokComma, p + 1
	case ':':
		return tokColon, p + 1
	case '}':
		return tokCurlyClose, p + 1
	case '{':
		if l.state == inDirective {
			if end := bracketedWord(s, p); end > 0 {
				return tokBracketedWord, end
			}
		}
		return tokCurlyOpen, p + 1
	case ')':
		if l.state == inCall {
			return tokCallClose, p + 1
		}
		return tokParenClose, restOfLine(s, p+1)
	}
	if l.state == inCall {
		if isAlpha(c) || c == '_' {
			return identifier(s, p)
		}
		return tokNone, p
	}
	switch c {
	case '(':
		return tokParenOpen, p + 1
	case '+':
		return tokPlus, p + 1
	case '*':
		return tokTimes, p + 1
	case '/':
		return tokDivide, p + 1
	case '%':
		return tokModulus, p + 1
	case '&', '|':
		if second != c {
			return tokNone, p + 1
		}
		if c == '&' {
			return tokAnd, p + 2
		}
		return tokOr, p + 2
	case '<':
		return orEqual(second, tokLT, tokLE, p)
	case '>':
		return orEqual(second, tokGT, tokGE, p)
	case '!':
		return orEqual(second, tokNot, tokNE, p)
	case '=':
		return orEqual(second, tokAssign, tokEQ, p)
	}
	if end := word(s, p); end > 0 {
		if kind, ok := operatorWords[s[p:end]]; ok {
			return kind, end
		}
		return tokWord, end
	}
	return tokNone, p
}

func orEqual(second byte, alone, with tokenKind, p int) (tokenKind, int) {
	if second == '=' {
		return with, p + 2
	}
	return alone, p + 1
}

// matchIndexWord matches true and false, the only words between brackets.
func matchIndexWord(s string, p int) (tokenKind, int) {
	want, kind := "true", tokTrue
	if s[p] == 'f' {
		want, kind = "false", tokFalse
	}
	for i := range len(want) {
		if p+i == len(s) || s[p+i] != want[i] {
			return tokNone, p + i
		}
	}
	return kind, p + len(want)
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// run counts how often c stands at the start of s.
func run(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}

// newline returns the length of the line end s starts with.
func newline(s string) int {
	switch {
	case strings.HasPrefix(s, "\r\n"):
		return 2
	case s != "" && (s[0] == '\n' || s[0] == '\r'):
		return 1
	}
	return 0
}

// restOfLine returns the offset behind blanks and one line end, or p if there
// is more than blanks.
func restOfLine(s string, p int) int {
	i := p
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	if n := newline(s[i:]); n > 0 {
		return i + n
	}
	return p
}

// emptyIndex matches $[ $![ $\![ and $. , which are text.
func emptyIndex(s string) int {
	for _, e := range [...]string{"$[", "$![", `$\![`, "$."} {
		if strings.HasPrefix(s, e) {
			return len(e)
		}
	}
	return 0
}

// word matches the name of a directive and returns its end, or 0.
func word(s string, p int) int {
	if p >= len(s) || !isAlpha(s[p]) && s[p] != '_' && s[p] != '@' {
		return 0
	}
	return wordEnd(s, p)
}

func wordEnd(s string, p int) int {
	for p < len(s) && (isAlpha(s[p]) || isDigit(s[p]) || s[p] == '_' || s[p] == '@') {
		p++
	}
	return p
}

// bracketedWord matches {name} and returns its end, or 0.
func bracketedWord(s string, p int) int {
	if p+1 >= len(s) || s[p] != '{' || !isAlpha(s[p+1]) && s[p+1] != '_' {
		return 0
	}
	end := wordEnd(s, p+1)
	if end < len(s) && s[end] == '}' {
		return end + 1
	}
	return 0
}

func identifier(s string, p int) (tokenKind, int) {
	end := p
	for end < len(s) && (isAlpha(s[end]) || isDigit(s[end]) || s[end] == '_' || s[end] == '-') {
		end++
	}
	switch s[p:end] {
	case "true":
		return tokTrue, end
	case "false":
		return tokFalse, end
	}
	return tokIdentifier, end
}

// number matches an integer or a float. "1.." is the integer 1 before "..".
func number(s string, p int) (tokenKind, int) {
	i := p
	if i < len(s) && s[i] == '-' {
		i++
	}
	digits := func(i int) int {
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		return i
	}
	exponent := func(i int) int {
		if i < len(s) && s[i]|0x20 == 'e' {
			j := i + 1
			if j < len(s) && (s[j] == '+' || s[j] == '-') {
				j++
			}
			if end := digits(j); end > j {
				return end
			}
		}
		return i
	}
	end := digits(i)
	if end == i {
		if end < len(s) && s[end] == '.' {
			if frac := digits(end + 1); frac > end+1 {
				return tokFloat, exponent(frac)
			}
		}
		return tokNone, p
	}
	if end < len(s) && s[end] == '.' {
		if end+1 < len(s) && s[end+1] == '.' {
			return tokInteger, end
		}
		return tokFloat, exponent(digits(end + 1))
	}
	if e := exponent(end); e > end {
		return tokFloat, e
	}
	return tokInteger, end
}

// quoted matches a string in which its quote is written twice, and returns its
// end, or 0 if it is never closed.
func quoted(s string, p int) int {
	q := s[p]
	end := 0
	for i := p + 1; ; i += 2 {
		j := strings.IndexByte(s[i:], q)
		if j < 0 {
			return end
		}
		i += j
		end = i + 1
		if end >= len(s) || s[end] != q {
			return end
		}
	}
}
