package vtl

import "strings"

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
			c.fail(at.unplaced(), "#literal", "#literal needs parentheses and an #end")
		}
		first := n.kids[0]
		if first.kind == synBlock {
			c.block(first)
			if first.last < first.first {
				c.fail(at.unplaced(), "#literal", "#literal()#end holds nothing")
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
		s := &stopStmt{at: at}
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
	return &evaluateStmt{what: args[0], src: c.p.literal(n.kids[0]), at: at}
}

func (c *compiler) foreach(n *syn, at place) stmt {
	if len(n.kids) == 0 {
		c.fail(at.unplaced(), "#foreach", "#foreach needs parentheses: #foreach($x in $list)")
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
		return failStmt{runtimeFailure(at.unplaced(), "#foreach",
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
	nowhere := at.unplaced()
	if len(n.kids) == 0 {
		c.fail(nowhere, "#define", "#define needs parentheses: #define($block)")
	}
	d := &defineStmt{at: at}
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
	d.slot, d.src = c.slot(image[1:]), image
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
