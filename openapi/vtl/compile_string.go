package vtl

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// stringLiteral compiles a string; a double-quoted one with $ or # is a
// template of its own.
func (c *compiler) stringLiteral(n *syn) expr {
	t := &c.p.toks[n.first]
	raw := t.image
	content, offsets := c.unquote(n, raw)
	src := c.p.literal(n)
	if raw[0] != '"' || !strings.ContainsAny(raw, "$#") {
		return &text{content, src}
	}
	s := &interpolated{comment: strings.Contains(content, "##"), src: src}
	body := content
	if !s.comment {
		body += " "
	}
	at := c.place(n.first)
	base := t.end - len(raw) + 1
	outer := c.unit
	inner := *c
	inner.unit = &unit{at: func(offset int) source.Pos {
		offset = min(offset, len(content))
		if offsets != nil {
			offset = offsets[offset]
		}
		return outer.at(base + offset)
	}}
	inner.nested, inner.line0, inner.col = true, at.line, at.col
	inner.cover = nil
	tree := inner.parse(body, func(e *ParseError) {
		e.pos = inner.unit.at(e.offset)
		if e.hasOpened {
			e.hasOpened = false
			e.hint = "the directive in this string needs its #end"
		}
		e.Line, e.Column = at.line, at.col
		e.msg = "in a string: " + e.msg
	})
	s.body = inner.block(tree)
	c.calls, c.refs, c.dynamic, c.halves = inner.calls, inner.refs, inner.dynamic, inner.halves
	return s
}

// parse reads the text of a string or of #evaluate. adjust is given the error, if any.
func (c *compiler) parse(src string, adjust func(*ParseError)) *syn {
	defer func() {
		r := recover()
		if e, ok := r.(*ParseError); ok {
			adjust(e)
		}
		if r != nil {
			panic(r)
		}
	}()
	defined := c.p.defined
	depth := c.p.depth
	c.p = newParser(src, defined, c.known)
	c.p.depth = depth + 10 // strings in strings are nesting too
	return c.p.template()
}

// unquote returns what a string literal says. offsets, nil if they are the
// same, are those of its bytes within the quotes.
func (c *compiler) unquote(n *syn, raw string) (content string, offsets []int) {
	q := raw[0]
	s := raw[1 : len(raw)-1]
	double := strings.Contains(s, string([]byte{q, q}))
	unicode := q == '"' && strings.Contains(s, `\u`)
	if !double && !unicode {
		return s, nil
	}
	var b []byte
	add := func(at int, bytes ...byte) {
		for _, c := range bytes {
			b = append(b, c)
			offsets = append(offsets, at)
		}
	}
	for i := 0; i < len(s); i++ {
		switch {
		case unicode && strings.HasPrefix(s[i:], `\u`):
			var v uint64
			err := strconv.ErrSyntax
			if i+6 <= len(s) {
				v, err = strconv.ParseUint(s[i+2:i+6], 16, 16)
			}
			if err != nil {
				c.fail(place{in: c.unit, offset: c.p.toks[n.first].offset}, raw, `\u in a double-quoted string needs four hexadecimal digits`)
			}
			if isSurrogate(rune(v)) {
				c.halves = true
			}
			add(i, appendUnit(nil, char(v))...)
			i += 5
		case s[i] == q && i+1 < len(s) && s[i+1] == q:
			add(i, q)
			i++
		default:
			add(i, s[i])
		}
	}
	return string(b), append(offsets, len(s))
}
