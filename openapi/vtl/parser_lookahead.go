package vtl

import "strings"

type scan struct {
	end int
	ok  bool
}

// parenAhead looks past blanks for a parenthesis, in the text itself: whether
// there is one decides how the text is read.
func (p *parser) parenAhead() bool {
	s := p.lex.src[p.lex.pos:]
	s = strings.TrimLeft(s, " \t\r\n")
	return s != "" && s[0] == '('
}

// argumentAhead reports whether another directive argument starts within two tokens.
func (p *parser) argumentAhead() bool {
	switch p.tok(0).kind {
	case tokSpace:
		k := p.tok(1).kind
		return k == tokComma || startsArgument(k)
	case tokComma:
		k := p.tok(1).kind
		return k == tokSpace || startsArgument(k)
	}
	return startsArgument(p.tok(0).kind) && p.literalAhead(0)
}

func startsArgument(k tokenKind) bool {
	return k == tokWord || startsParameter(k)
}

// literalAhead reports whether the parameter that starts n tokens ahead can go
// on with the token behind its first.
func (p *parser) literalAhead(n int) bool {
	next := func() tokenKind { return p.tok(n + 1).kind }
	switch p.tok(n).kind {
	case tokRefOpen:
		return next() == tokIdentifier
	case tokIdentifier:
		next() // the engine reads it, and may stumble over it
	case tokBracketOpen:
		k := next()
		return k == tokBracketClose || k == tokSpace || startsParameter(k)
	case tokCurlyOpen:
		k := next()
		return k == tokCurlyClose || k == tokRefClose || k == tokSpace || startsParameter(k)
	}
	return true
}

// startsParameter reports whether a parameter can start with k.
func startsParameter(k tokenKind) bool {
	switch k {
	case tokString, tokInteger, tokFloat, tokBracketOpen, tokCurlyOpen, tokTrue, tokFalse, tokIdentifier, tokRefOpen:
		return true
	}
	return false
}

// entryAhead reports whether two tokens ahead look like a map's first entry.
func (p *parser) entryAhead() bool {
	k := p.tok(0).kind
	switch k {
	case tokSpace:
		return startsParameter(p.tok(1).kind)
	case tokString, tokInteger, tokFloat, tokTrue, tokFalse:
		next := p.tok(1).kind
		return next == tokSpace || next == tokColon
	case tokIdentifier:
		next := p.tok(1).kind
		return next == tokSpace || next == tokColon || next == tokIndexOpen || next == tokDot
	}
	return startsParameter(k) && p.literalAhead(0)
}

// rangeAhead looks for "[" end "..".
func (p *parser) rangeAhead() bool {
	i := 1
	skip := func() {
		if p.tok(i).kind == tokSpace {
			i++
		}
	}
	skip()
	switch p.tok(i).kind {
	case tokInteger:
		i++
	case tokIdentifier, tokRefOpen:
		end, ok := p.scanReference(i)
		if !ok {
			return false
		}
		i = end
	default:
		return false
	}
	skip()
	return p.tok(i).kind == tokDotDot
}

// callAhead reports whether name ( and the start of an argument or ) follow.
func (p *parser) callAhead() bool {
	if p.tok(1).kind != tokParenOpen {
		return false
	}
	k := p.tok(2).kind
	return k == tokCallClose || k == tokSpace || startsParameter(k)
}

// scanReference returns the token behind the reference that starts i tokens ahead.
func (p *parser) scanReference(i int) (end int, ok bool) {
	formal := p.tok(i).kind == tokRefOpen
	if formal {
		i++
	}
	if p.tok(i).kind != tokIdentifier {
		return i, false
	}
	i++
	i = p.scanIndexes(i)
	for p.tok(i).kind == tokDot && p.tok(i+1).kind == tokIdentifier {
		if end, ok := p.scanCall(i + 2); ok {
			i = end
		} else {
			i += 2
		}
		i = p.scanIndexes(i)
	}
	if formal {
		if p.tok(i).kind != tokRefClose {
			return i, false
		}
		i++
	}
	return i, true
}

func (p *parser) scanIndexes(i int) int {
	for p.tok(i).kind == tokIndexOpen {
		j := p.scanSpace(i + 1)
		k, ok := p.scanValue(j)
		if !ok {
			return i
		}
		k = p.scanSpace(k)
		if p.tok(k).kind != tokIndexClose {
			return i
		}
		i = k + 1
	}
	return i
}

func (p *parser) scanSpace(i int) int {
	if p.tok(i).kind == tokSpace {
		i++
	}
	return i
}

// scanCall reads ( arguments ).
func (p *parser) scanCall(i int) (end int, ok bool) {
	if p.tok(i).kind != tokParenOpen {
		return i, false
	}
	return p.scanList(i+1, tokCallClose, false)
}

// scanList reads parameters, or entries, up to a closing token.
func (p *parser) scanList(i int, closing tokenKind, entries bool) (end int, ok bool) {
	p.enter()
	defer p.leave()
	param := func() bool {
		var ok bool
		i = p.scanSpace(i)
		if i, ok = p.scanValue(i); ok {
			i = p.scanSpace(i)
		}
		return ok
	}
	closed := func() bool {
		k := p.tok(i).kind
		return k == closing || closing == tokCurlyClose && k == tokRefClose
	}
	if j := p.scanSpace(i); closing == tokCurlyClose && (p.tok(j).kind == tokCurlyClose || p.tok(j).kind == tokRefClose) {
		return j + 1, true
	}
	if closed() {
		return i + 1, true
	}
	for {
		if !param() {
			return i, false
		}
		if entries {
			if p.tok(i).kind != tokColon {
				return i, false
			}
			i++
			if !param() {
				return i, false
			}
		}
		if closed() {
			return i + 1, true
		}
		if p.tok(i).kind != tokComma {
			return i, false
		}
		i++
	}
}

// scanValue remembers its results: nested brackets would otherwise be read
// twice at each level.
func (p *parser) scanValue(i int) (end int, ok bool) {
	if s, seen := p.scans[i]; seen {
		return s.end, s.ok
	}
	end, ok = p.scanValueAt(i)
	if p.scans == nil {
		p.scans = map[int]scan{}
	}
	p.scans[i] = scan{end, ok}
	return end, ok
}

func (p *parser) scanValueAt(i int) (end int, ok bool) {
	switch p.tok(i).kind {
	case tokString, tokInteger, tokFloat, tokTrue, tokFalse:
		return i + 1, true
	case tokIdentifier, tokRefOpen:
		return p.scanReference(i)
	case tokCurlyOpen:
		return p.scanList(i+1, tokCurlyClose, true)
	case tokBracketOpen:
		if end, ok := p.scanRange(i); ok {
			return end, true
		}
		return p.scanList(i+1, tokBracketClose, false)
	}
	return i, false
}

func (p *parser) scanRange(i int) (end int, ok bool) {
	p.enter()
	defer p.leave()
	bound := func() bool {
		i = p.scanSpace(i + 1)
		switch p.tok(i).kind {
		case tokInteger:
			i++
		case tokIdentifier, tokRefOpen:
			if i, ok = p.scanReference(i); !ok {
				return false
			}
		default:
			return false
		}
		i = p.scanSpace(i)
		return true
	}
	if !bound() || p.tok(i).kind != tokDotDot || !bound() {
		return i, false
	}
	return i + 1, p.tok(i).kind == tokBracketClose
}

// notAhead reports whether ! and the start of what it negates follow, as far
// as two tokens show.
func (p *parser) notAhead() bool {
	switch p.tok(0).kind {
	case tokSpace:
		return p.tok(1).kind == tokNot
	case tokNot:
		k := p.tok(1).kind
		return k == tokSpace || k == tokNot || k == tokParenOpen || startsParameter(k)
	}
	return false
}
