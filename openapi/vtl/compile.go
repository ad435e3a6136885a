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

func (c *compiler) directive(n *syn) stmt {
	at := c.place(n.first)
	switch n.name {
	case "foreach":
		return c.foreach(n, at)
	case "macro":
		c.macro(n)
		return nil
	case "define":
		return c.define(n, at)
	case "literal":
		if len(n.kids) == 0 {
			c.fail(place{in: at.in, offset: at.offset}, "#literal", "#literal needs parentheses and an #end")
		}
		first := n.kids[0]
		if first.kind == synBlock {
			c.block(first)
			if first.last < first.first {
				c.fail(place{in: at.in, offset: at.offset}, "#literal", "#literal()#end holds nothing")
			}
		} else {
			c.expressions(n.kids[:len(n.kids)-1])
		}
		return &literalText{c.p.literal(first)}
	case "evaluate":
		return c.evaluate(n, at)
	case "break":
		return c.breakDirective(n, at)
	case "stop":
		args := c.expressions(n.kids)
		if len(args) > 1 {
			c.fail(at, "#stop", "#stop takes one message at most")
		}
		s := &stopStmt{}
		if len(args) == 1 {
			s.message = args[0]
		}
		return s
	case "include", "parse":
		s := &includeStmt{name: n.name, at: at, args: c.expressions(n.kids)}
		for _, k := range n.kids {
			s.srcs = append(s.srcs, c.p.literal(k))
			s.bad = append(s.bad, k.kind != synString && k.kind != synReference)
		}
		return s
	}
	return c.call(n, at)
}

func (c *compiler) breakDirective(n *syn, at place) stmt {
	args := c.expressions(n.kids)
	if len(args) > 1 {
		c.fail(at, "#break", "#break takes one loop at most")
	}
	s := &breakStmt{at: at}
	if len(args) == 1 {
		s.what, s.src = args[0], c.p.literal(n.kids[0])
	}
	return s
}

func (c *compiler) evaluate(n *syn, at place) stmt {
	c.dynamic = true
	args := c.expressions(n.kids)
	const want = `write #evaluate("text") or #evaluate($reference)`
	switch {
	case len(args) == 0:
		c.misused(n.first, "#evaluate has no argument", want)
	case len(args) > 1:
		c.misused(n.kids[1].first, "#evaluate takes one argument", want)
	case n.kids[0].kind != synString && n.kids[0].kind != synReference:
		c.misused(n.kids[0].first, "#evaluate takes a string or a reference", want)
	}
	return &evaluateStmt{what: args[0], at: at}
}

func (c *compiler) foreach(n *syn, at place) stmt {
	if len(n.kids) == 0 {
		c.fail(place{in: at.in, offset: at.offset}, "#foreach", "#foreach needs parentheses: #foreach($x in $list)")
	}
	s := &foreachStmt{at: at, list: nothing{}, body: &block{}}
	s.loops = c.cover.branch(at, "in the loop")
	s.skips = c.cover.branch(at, "nothing to loop over")
	for i, k := range n.kids {
		var e expr
		var body stmt
		switch {
		case k.kind == synBlock:
			body = c.block(k)
		case i == 0 && k.kind == synReference:
			r := c.reference(k, true)
			s.slot = c.slot(r.root)
			continue
		case i == 3 && k.kind == synReference:
			r := c.reference(k, false)
			e, body = r, r
		default:
			e = c.expr(k)
			body = c.printed(k)
		}
		switch i {
		case 0:
			name := c.p.toks[k.first].image
			s.slot = c.slot("\x00" + name)
		case 2:
			if e != nil {
				s.list = e
				s.src = c.p.literal(k)
			}
		case 3:
			s.body = body
		}
	}
	if len(n.kids) < 3 {
		return failStmt{runtimeFailure(place{in: at.in, offset: at.offset}, "#foreach",
			throw(arrayIndexOutOfBounds, "#foreach has no list, want #foreach($x in $list)"))}
	}
	return s
}

// printed is what a literal prints where the engine takes it for a block: the
// references in it.
func (c *compiler) printed(n *syn) stmt {
	b := &block{}
	switch n.kind {
	case synList, synMap, synRange:
		for _, k := range n.kids {
			if k.kind == synReference {
				b.stmts = append(b.stmts, c.compiledReference(k))
			} else {
				b.stmts = append(b.stmts, c.printed(k))
			}
			b.lines = append(b.lines, lineRange{})
		}
	}
	return b
}

func (c *compiler) macro(n *syn) {
	m := &macro{}
	for i, k := range n.kids {
		switch {
		case k.kind == synBlock:
			m.body = c.block(k)
			m.at = m.body.at
		case i == 0:
			m.name = c.p.toks[k.first].image
		default:
			if k.kind == synReference {
				c.reference(k, true)
			} else {
				c.expr(k)
			}
			m.params = append(m.params, c.slot(strings.TrimPrefix(c.p.toks[k.first].image, "$")))
		}
	}
	if !c.known(m.name) {
		c.register(m)
	}
}

func (c *compiler) define(n *syn, at place) stmt {
	nowhere := place{in: at.in, offset: at.offset}
	if len(n.kids) == 0 {
		c.fail(nowhere, "#define", "#define needs parentheses: #define($block)")
	}
	d := &defineStmt{}
	for _, k := range n.kids {
		switch k.kind {
		case synBlock:
			d.body = c.block(k)
		case synReference:
			c.reference(k, true)
		default:
			c.expr(k)
		}
	}
	if len(n.kids) != 2 {
		c.fail(at, "#define", "#define takes one name: #define($block)")
	}
	image := c.p.toks[n.kids[0].first].image
	d.slot = c.slot(image[1:])
	return d
}

func (c *compiler) call(n *syn, at place) stmt {
	call := &macroCall{name: n.name, at: at}
	args := n.kids
	if strings.HasPrefix(n.name, "@") {
		if len(args) == 0 {
			return &literalText{"#" + n.name}
		}
		call.name = n.name[1:]
		body := args[len(args)-1]
		args = args[:len(args)-1]
		call.args = c.expressions(args)
		call.content = c.block(body)
	} else {
		call.args = c.expressions(args)
	}
	for _, a := range args {
		if a.kind == synWord {
			call.badWord, call.wordAt = c.p.toks[a.first].image, c.place(a.first)
		}
	}
	call.src = c.p.images(n)
	c.calls = append(c.calls, call)
	return call
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
		return constant{readInteger(image)}
	case synFloat:
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

// reference compiles a reference. assigned says that it stands where something
// is given a value or declared.
func (c *compiler) reference(n *syn, assigned bool) *ref {
	r := c.compiledReference(n)
	c.note(n, r, assigned)
	return r
}

func (c *compiler) compiledReference(n *syn) *ref {
	r := &ref{slot: -1, argSlot: -1, setSlot: -1}
	for _, k := range n.kids {
		s := step{at: c.place(k.first), name: c.p.toks[k.first].image}
		switch k.kind {
		case synMethod:
			s.kind = stepMethod
			s.sig = methodsNamed(s.name)
			s.args = c.expressions(k.kids)
		case synIndex:
			s.kind = stepIndex
			s.args = c.expressions(k.kids)
		default:
			s.kind = stepProperty
			s.prop = propertyNamed(s.name)
		}
		r.steps = append(r.steps, s)
	}
	r.at = c.place(n.first)
	r.at.offset += c.prefix(n)
	c.root(n, r)
	r.src = c.p.literal(n)
	r.plain = r.escapes == "" && r.more == "" && !r.escaped && !r.opaque && !r.runt
	return r
}

// prefix is the length of what stands before the $ of a reference.
func (c *compiler) prefix(n *syn) int {
	return max(strings.LastIndexByte(c.p.toks[n.first].image, '$'), 0)
}

// root reads the first token of a reference: its name, and how it is printed.
// It takes the token's backslashes away, as the engine does.
func (c *compiler) root(n *syn, r *ref) {
	t := &c.p.toks[n.first]
	image := t.image
	if strings.Contains(image, `\!`) {
		start := strings.IndexByte(image, '$')
		start += strings.IndexByte(image[start:], '\\')
		r.opaque = true
		r.null = image[:start] + image[start+1:]
		r.root = r.null
		if len(r.steps) == 0 {
			r.setSlot = c.slot("\x00" + image)
		}
		return
	}
	n1 := run(image, '\\')
	r.escaped = n1%2 == 1
	r.escapes = image[:n1/2]
	image = image[n1:]
	if i := strings.LastIndexByte(image, '$'); i > 0 {
		r.more = image[:i]
		image = image[i:]
	}
	t.image = image
	r.null = c.p.literal(n)
	switch {
	case strings.HasPrefix(image, "$!"):
		r.quiet = true
		if !r.escaped {
			r.null = ""
		}
		if strings.HasPrefix(image, "$!{") {
			r.root = c.p.toks[n.first+1].image
		} else {
			r.root = image[2:]
		}
	case image == "${":
		r.root = c.p.toks[n.first+1].image
	case strings.HasPrefix(image, "$"):
		r.root = image[1:]
	default:
		r.runt = true
		r.root = image
		return
	}
	r.slot = c.slot(r.root)
	if r.null == "$"+r.root {
		r.argSlot = r.slot
	}
	if len(r.steps) == 0 {
		r.setSlot = r.slot
		if image != "$"+r.root {
			r.setSlot = c.slot("\x00" + image) // a name no reference has
		}
	}
}

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
