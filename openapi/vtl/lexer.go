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
