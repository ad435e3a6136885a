package vtl

import (
	"strings"
	"unicode/utf8"
)

// A lexState is the set of tokens the lexer looks for. Velocity's oddities are
// for the most part consequences of when it changes this state, so the states
// and the moments they change are kept as they are there.
type lexState uint8

const (
	inText         lexState = iota
	inName                  // after #
	inDirective             // in the parentheses of a directive
	inReference             // after $
	inModifier              // after the dot of a reference
	inCall                  // in the parentheses of a method
	inIndex                 // in the brackets of a reference
	inLineComment           // after ##
	inFormal                // after #**
	inBlockComment          // after #*
	inTextblock             // after #[[
)

// outer is what the lexer returns to.
type outer struct {
	state         lexState
	lparen, closd int
}

type lexer struct {
	src     string
	pos     int
	state   lexState
	stack   []outer
	lparen  int
	rparen  int
	comment bool // in a comment or a text block: # and $ mean nothing
	inSet   bool

	places placer

	slashes, slashesEnd int // the last run of backslashes that was looked at
}

// backslashes counts those at p. A long run is asked about at each of them.
func (l *lexer) backslashes(p int) int {
	if p < l.slashes || p >= l.slashesEnd {
		l.slashes, l.slashesEnd = p, p+run(l.src[p:], '\\')
	}
	return l.slashesEnd - p
}

func newLexer(src string) lexer {
	return lexer{src: src, places: placer{src: src}}
}

func (l *lexer) push() {
	l.stack = append(l.stack, outer{l.state, l.lparen, l.rparen})
	l.lparen = 0
}

// pop returns to the state below and reports whether there was one.
func (l *lexer) pop() bool {
	n := len(l.stack) - 1
	if n < 0 {
		l.lparen = 0
		l.state = inText
		return false
	}
	o := l.stack[n]
	l.stack = l.stack[:n]
	l.state, l.lparen, l.rparen = o.state, o.lparen, o.closd
	return true
}

// closeParen leaves the states that a closing parenthesis closes.
func (l *lexer) closeParen() {
	for {
		if l.lparen > 0 {
			if l.lparen == l.rparen+1 {
				l.pop()
			} else {
				l.rparen++
			}
			return
		}
		if !l.pop() {
			return
		}
	}
}

// next returns the next token. A character no token can start with is a parse
// error (panics with *ParseError).
func (l *lexer) next() token {
	var specials []string
	for {
		start := l.pos
		if start >= len(l.src) {
			t := token{kind: tokEOF, special: specialText(specials), offset: max(len(l.src)-1, 0), end: len(l.src)}
			t.line, t.col = l.places.at(t.offset)
			return t
		}
		for { // until it is more than the start of a token
			kind, end := l.match()
			if kind == tokNone {
				l.fail(end)
			}
			from := l.pos
			l.pos = end
			state := l.state
			l.act(kind, from)
			if kind == tokMore || state == inTextblock && kind == tokSkip {
				if l.pos >= len(l.src) {
					l.fail(l.pos)
				}
				continue
			}
			switch kind {
			case tokSkip:
			case tokRefEnd, tokDirectiveEnd:
				specials = append(specials, l.src[start:end])
			default:
				t := token{kind: kind, image: l.src[start:l.pos], special: specialText(specials), offset: start, end: l.pos}
				if kind == tokDot {
					t.image = "."
				}
				t.line, t.col = l.places.at(start)
				return t
			}
			break
		}
	}
}

// act does what the engine does on seeing a token: it moves between states.
// from is where the matched piece began; l.pos is behind it.
func (l *lexer) act(kind tokenKind, from int) {
	switch kind {
	case tokMore:
		l.more(l.src[from:l.pos])
	case tokIndexOpen:
		l.push()
		l.state = inIndex
	case tokIndexClose, tokRefClose:
		l.pop()
	case tokParenOpen:
		l.lparen++
		if l.state == inModifier {
			l.state = inCall
		}
	case tokParenClose:
		l.closeParen()
	case tokCallClose:
		l.state = inReference
	case tokSet:
		l.push()
		l.inSet = true
		l.state = inDirective
		l.lparen++
	case tokLineComment:
		if l.comment {
			return
		}
		if l.state == inReference {
			l.pop()
		}
		l.comment = true
		l.push()
		l.state = inLineComment
	case tokLineCommentEnd, tokFormalComment, tokBlockComment, tokTextblock:
		l.comment = false
		l.pop()
	case tokString:
		if l.state == inDirective && !l.inSet && l.lparen == 0 {
			l.pop()
		}
	case tokInteger:
		if l.lparen == 0 && !l.inSet && l.state != inCall && l.state != inIndex {
			l.pop()
		}
	case tokFloat:
		if l.lparen == 0 && !l.inSet && l.state != inCall {
			l.pop()
		}
	case tokEnd, tokElse:
		l.pop()
	case tokIf, tokElseIf:
		l.state = inDirective
	case tokDot:
		l.pos = from + 1 // the letter belongs to the name
		l.state = inModifier
	case tokRefEnd, tokDirectiveEnd:
		l.pos = from
		l.pop()
	}
}

// more handles the pieces that begin a longer token, which are looked for in
// every state.
func (l *lexer) more(piece string) {
	if l.comment {
		return
	}
	enter := func(s lexState) {
		l.push()
		l.state = s
	}
	switch {
	case piece[0] != '#':
		if l.state == inReference {
			l.pop()
		}
		enter(inReference)
	case piece == "#[[":
		l.comment = true
		enter(inTextblock)
	case strings.HasPrefix(piece, "#**"):
		l.pos = l.pos - 1
		l.comment = true
		enter(inFormal)
	case piece == "#*":
		l.comment = true
		enter(inBlockComment)
	case piece == "#":
		if l.state == inReference || l.state == inModifier {
			l.pop()
		}
		enter(inName)
	}
}

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

// fail reports the character at which no token was possible any more. The
// engine takes the last character of a template for its end.
func (l *lexer) fail(at int) {
	r, size := utf8.RuneError, 0
	if at < len(l.src) {
		r, size = utf8.DecodeRuneInString(l.src[at:])
	}
	if at+size >= len(l.src) && r <= 0xFFFF {
		last := len(l.src) - 1
		line, col := l.places.at(last)
		if c := l.src[last]; c == '\n' || c == '\r' {
			line, col = line+1, 0
		} else {
			col++
		}
		panic(&ParseError{Line: line, Column: col, offset: len(l.src), Lexical: true, msg: l.unfinished()})
	}
	line, col := l.places.at(at)
	panic(&ParseError{Line: line, Column: col, offset: at, Lexical: true, Found: string(r), msg: "unexpected " + quote(string(r))})
}

// unfinished says what the template ended in the middle of.
func (l *lexer) unfinished() string {
	switch {
	case l.state == inTextblock:
		return "#[[ is never closed, want ]]#"
	case l.comment:
		return "the template ends in a comment with a $ or #"
	case l.state == inName && strings.HasSuffix(l.src, "#"):
		return "a template can't end in #"
	case l.state == inReference && (strings.HasSuffix(l.src, "$") || strings.HasSuffix(l.src, "!")):
		return "a template can't end in $"
	case l.pos < len(l.src) && (l.state == inDirective || l.state == inCall || l.state == inIndex):
		if c := l.src[l.pos]; c == '"' || c == '\'' {
			return "the string that starts with " + quote(string(c)) + " is never closed"
		}
	}
	return "the template ends too early"
}

// specialText is what is left of things that looked like VTL when they turn
// out to be text: their $ and #, and backslashes before $.
func specialText(specials []string) string {
	if len(specials) == 0 || strings.HasPrefix(specials[len(specials)-1], "##") {
		return ""
	}
	var b []byte
	for _, s := range specials {
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '#', '$':
				b = append(b, s[i])
			case '\\':
				j := i + run(s[i:], '\\')
				if j < len(s) && s[j] == '$' {
					b = append(b, s[i:j+1]...)
					i = j + 1
				}
			}
		}
	}
	return string(b)
}

// A placer turns offsets into lines and columns as Velocity counts them. It is
// quick for offsets that grow.
type placer struct {
	src       string
	off       int
	line, col int // of the character at off, before its tab is counted
	lf, cr    bool
}

func (p *placer) at(offset int) (line, col int) {
	if p.line == 0 || offset < p.off {
		*p = placer{src: p.src, line: 1, col: 0}
	}
	for {
		// p.col is the column of the last character before p.off.
		if p.off > offset || p.off >= len(p.src) {
			return p.line, p.col
		}
		save := *p
		c := p.src[p.off]
		size := 1
		units := 1
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(p.src[p.off:])
			size = n
			if r > 0xFFFF {
				units = 2
			}
		}
		p.col++
		switch {
		case p.lf:
			p.lf = false
			p.col = 1
			p.line++
		case p.cr:
			p.cr = false
			if c == '\n' {
				p.lf = true
			} else {
				p.col = 1
				p.line++
			}
		}
		switch c {
		case '\r':
			p.cr = true
		case '\n':
			p.lf = true
		case '\t':
			p.col--
			p.col += 8 - p.col&7
		}
		if p.off+size > offset {
			line, col = p.line, p.col
			if offset > p.off {
				col += units - 1 // its last half
			}
			*p = save
			return line, col
		}
		p.col += units - 1
		p.off += size
	}
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
