package vtl

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A unit is a text places point into: the template, a string in it, or what
// #evaluate was given.
type unit struct {
	at func(offset int) source.Pos
}

// A compiler turns syntax into statements. It walks the tree in the engine's
// own order, since a macro is known from the moment its definition is passed.
type compiler struct {
	p    *parser
	unit *unit

	// Within a string, Velocity counts from the string's own place.
	nested     bool
	line0, col int

	names    map[string]int
	addName  func(name string) int
	known    func(macro string) bool
	register func(*macro)
	calls    []*macroCall
	refs     []Reference
	cover    *coverage // nil: not recorded
	dynamic  bool      // there is an #evaluate
	halves   bool      // there is half a surrogate pair
}

func (c *compiler) slot(name string) int {
	if s, ok := c.names[name]; ok {
		return s
	}
	return c.addName(name)
}

func (c *compiler) place(tok int) place {
	t := &c.p.toks[tok]
	pl := place{in: c.unit, offset: t.offset, line: t.line, col: t.col}
	if c.nested {
		if t.line == 1 {
			pl.col += c.col
		}
		pl.line += c.line0 - 1
	}
	return pl
}

// fail compiles a directive the engine itself trips over before it renders anything.
func (c *compiler) fail(at place, what, msg string) {
	panic(*runtimeFailure(at, what, throw(illegalArgument, "%s", msg)))
}

// misused reports a wrong argument.
func (c *compiler) misused(tok int, msg, hint string) {
	pl := c.place(tok)
	panic(&ParseError{Line: pl.line, Column: pl.col, offset: pl.offset, msg: msg, hint: hint, pos: pl.pos()})
}

func (c *compiler) block(n *syn) *block {
	b := &block{}
	if n.first < len(c.p.toks) {
		b.at = c.place(n.first)
	}
	var text strings.Builder // text in a row is one statement
	var textLines lineRange
	flush := func() {
		if text.Len() > 0 {
			b.stmts = append(b.stmts, &literalText{text.String()})
			b.lines = append(b.lines, textLines)
		}
		text.Reset()
		textLines = lineRange{}
	}
	for _, k := range n.kids {
		first := c.p.toks[k.first].line
		s := c.statement(k)
		if s == nil {
			continue
		}
		var lines lineRange
		if c.cover != nil {
			lines = c.lines(k, s, first)
			c.cover.add(lines)
		}
		if t, ok := s.(*literalText); ok {
			text.WriteString(t.s)
			textLines = textLines.join(lines)
			continue
		}
		flush()
		b.stmts = append(b.stmts, s)
		b.lines = append(b.lines, lines)
	}
	flush()
	return b
}

// lines are those a statement stands on: of text the ones with something on
// them, of a directive the one it starts on.
func (c *compiler) lines(n *syn, s stmt, first int) lineRange {
	last := first
	if s, ok := s.(*literalText); ok {
		if n.kind != synText && n.kind != synTextblock {
			return lineRange{}
		}
		trimmed := strings.TrimLeft(s.s, " \t\r\n")
		if trimmed == "" {
			return lineRange{}
		}
		first += countLines(s.s[:len(s.s)-len(trimmed)])
		last = first + countLines(strings.TrimRight(trimmed, " \t\r\n"))
	}
	return lineRange{first, last}
}

func countLines(s string) int {
	return strings.Count(s, "\n") + strings.Count(s, "\r") - strings.Count(s, "\r\n")
}

func (c *compiler) statement(n *syn) stmt {
	p := c.p
	switch n.kind {
	case synText:
		return &literalText{p.toks[n.first].literal()}
	case synEscape:
		return &literalText{n.name}
	case synEscapedDirective:
		return &literalText{p.toks[n.first].image}
	case synComment:
		image := p.toks[n.first].image
		i := strings.Index(image, "##")
		if i < 0 {
			i = strings.Index(image, "#*")
		}
		return &literalText{image[:max(i, 0)]}
	case synTextblock:
		image := p.toks[n.first].image
		return &literalText{image[len("#[[") : len(image)-len("]]#")]}
	case synReference:
		return c.reference(n, false)
	case synSet:
		s := &setStmt{at: c.place(n.first)}
		s.left = c.reference(n.kids[0], true)
		s.right = c.expr(n.kids[1])
		return s
	case synIf:
		return c.ifStatement(n)
	case synDirective:
		return c.directive(n)
	}
	return nil
}

func (c *compiler) ifStatement(n *syn) stmt {
	s := &ifStmt{at: c.place(n.first)}
	add := func(n *syn) {
		a := arm{at: c.place(n.first), src: strings.TrimSpace(c.p.literal(n.kids[0]))}
		a.cond = c.expr(n.kids[0])
		a.taken = c.cover.branch(a.at, a.src)
		a.body = c.block(n.kids[1])
		s.arms = append(s.arms, a)
	}
	add(n)
	var orElse *syn
	for _, k := range n.kids[2:] {
		if k.kind == synElse {
			orElse = k
			continue
		}
		add(k)
	}
	at := s.at
	if orElse != nil {
		at = c.place(orElse.first)
	}
	s.other = c.cover.branch(at, "else")
	if orElse != nil {
		s.orElse = c.block(orElse.kids[0])
	}
	return s
}

// expressions compiles the arguments of a directive, in order.
func (c *compiler) expressions(kids []*syn) []expr {
	list := make([]expr, len(kids))
	for i, k := range kids {
		list[i] = c.expr(k)
	}
	return list
}

func (c *compiler) expr(n *syn) expr {
	p := c.p
	image := p.toks[n.first].image
	switch n.kind {
	case synParen:
		return c.expr(n.kids[0])
	case synReference:
		return c.reference(n, false)
	case synString:
		return c.stringLiteral(n)
	case synInteger:
		c.checkNumber(n, image)
		return constant{readInteger(image)}
	case synFloat:
		c.checkNumber(n, image)
		f, _ := strconv.ParseFloat(image, 64)
		return constant{f}
	case synTrue:
		return constant{true}
	case synFalse:
		return constant{false}
	case synList:
		return &listLiteral{c.expressions(n.kids), p.literal(n)}
	case synMap:
		m := &mapLiteral{}
		for i, k := range n.kids {
			if i%2 == 0 {
				m.keys = append(m.keys, c.expr(k))
			} else {
				m.vals = append(m.vals, c.expr(k))
			}
		}
		m.src = p.literal(n)
		return m
	case synRange:
		return &rangeLiteral{c.expr(n.kids[0]), c.expr(n.kids[1]), p.literal(n)}
	case synNot:
		return not{c.expr(n.kids[0])}
	case synWord:
		return nothing{}
	}
	left := c.expr(n.kids[0])
	right := c.expr(n.kids[1])
	switch n.kind {
	case synOr:
		return &or{left, right}
	case synAnd:
		return &and{left, right}
	case synEQ, synNE:
		return &equality{left, right, n.kind == synNE}
	case synLT, synGT, synLE, synGE:
		return &comparison{n.kind, left, right}
	}
	return &arithmeticExpr{op: n.kind, left: left, right: right, at: c.place(n.first),
		leftSource: p.literal(n.kids[0]), rightSource: p.literal(n.kids[1])}
}

// checkNumber refuses a number behind a #, which the lexer takes for a part of it.
func (c *compiler) checkNumber(n *syn, image string) {
	if image[0] != '-' && image[0] != '.' && !isDigit(image[0]) {
		c.fail(c.place(n.first).unplaced(), image, quote(image)+" is no number")
	}
}
