package vtl

import "strings"

// maxNesting bounds how deep blocks, parentheses and literals may nest. It is
// far above what people write, and keeps the stack small.
const maxNesting = 200

// A parser makes the syntax tree of one text: a template, a double-quoted
// string, or what #evaluate was given.
//
// It looks ahead exactly as far as the engine's generated parser does, because
// how far it looks decides where an error is seen and which text stays text.
type parser struct {
	lex   lexer
	toks  []token
	pos   int // the next token
	depth int

	// defined holds the macros whose definition has been read; known says
	// whether the engine has a macro already. They decide what a backslash
	// before #name means.
	defined map[string]bool
	known   func(name string) bool

	scans map[int]scan // what scanValue found, by token
}

func newParser(src string, defined map[string]bool, known func(string) bool) *parser {
	return &parser{lex: newLexer(src), toks: make([]token, 0, 16+len(src)/6), defined: defined, known: known}
}

// tok returns the token ahead by n (0 is the next), reading it if need be.
func (p *parser) tok(n int) *token {
	for len(p.toks) <= p.pos+n {
		if k := len(p.toks); k > 0 && p.toks[k-1].kind == tokEOF {
			return &p.toks[k-1]
		}
		p.toks = append(p.toks, p.lex.next())
	}
	return &p.toks[p.pos+n]
}

func (p *parser) is(k tokenKind) bool { return p.tok(0).kind == k }

func (p *parser) accept(k tokenKind) bool {
	if p.is(k) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(k tokenKind, what string) {
	if !p.accept(k) {
		p.unexpected(what)
	}
}

// unexpected reports the next token as the one that can't stand there.
func (p *parser) unexpected(want string) {
	t := p.tok(0)
	e := &ParseError{Line: t.line, Column: t.col, offset: t.offset, Found: t.image}
	if t.kind == tokEOF {
		e.offset = len(p.lex.src)
		e.msg = "the template ends here, want " + want
	} else {
		e.msg = "unexpected " + quote(strings.TrimRight(t.image, " \t\r\n")) + ", want " + want
	}
	panic(e)
}

// misused reports a directive used wrongly, at the token behind its name.
func (p *parser) misused(nameTok int, msg, hint string) {
	t := &p.toks[nameTok]
	if nameTok+1 < len(p.toks) {
		t = &p.toks[nameTok+1]
	}
	panic(&ParseError{Line: t.line, Column: t.col, offset: t.offset, Found: t.image, msg: msg, hint: hint})
}

func (p *parser) open(k synKind) *syn {
	p.tok(0)
	return &syn{kind: k, first: p.pos}
}

func (p *parser) close(n *syn) *syn {
	n.last = p.pos - 1
	return n
}

func (p *parser) enter() {
	p.depth++
	if p.depth > maxNesting {
		p.tooDeep()
	}
}

func (p *parser) tooDeep() {
	t := p.tok(0)
	panic(&ParseError{Line: t.line, Column: t.col, offset: t.offset, Found: t.image,
		msg: "nested too deeply", hint: "split it with #set or macros"})
}

func (p *parser) leave() { p.depth-- }

func (p *parser) template() *syn {
	n := p.open(synTemplate)
	n.kids = p.statements()
	if !p.is(tokEOF) {
		switch p.tok(0).kind {
		case tokEnd, tokElse, tokElseIf:
			t := p.tok(0)
			word := strings.TrimSpace(t.image)
			panic(&ParseError{Line: t.line, Column: t.col, offset: t.offset, Found: t.image,
				msg: word + " without a block to belong to", hint: "remove it, or look for a directive above whose parentheses were not recognised"})
		}
		p.unexpected("text or a directive")
	}
	return p.close(n)
}

func (p *parser) statements() []*syn {
	p.enter()
	defer p.leave()
	var list []*syn
	for {
		n := p.statement()
		if n == nil {
			return list
		}
		list = append(list, n)
	}
}

// block is statements up to #end or another branch.
func (p *parser) block() *syn {
	n := p.open(synBlock)
	n.kids = p.statements()
	return p.close(n)
}

// statement returns nil where none can start.
func (p *parser) statement() *syn {
	k := p.tok(0).kind
	if k == tokIdentifier || k == tokRefOpen && p.tok(1).kind == tokIdentifier {
		if k == tokIdentifier {
			p.tok(1)
		}
		return p.reference()
	}
	switch k {
	case tokIf:
		return p.ifStatement()
	case tokLineComment:
		n := p.open(synComment)
		p.pos++
		p.accept(tokLineCommentEnd)
		return p.close(n)
	case tokBlockComment, tokFormalComment:
		return p.single(synComment)
	case tokTextblock:
		return p.single(synTextblock)
	case tokSet:
		return p.setDirective()
	case tokEscapedDirective:
		p.escapeDirective(p.tok(0))
		return p.single(synEscapedDirective)
	case tokTwoBackslashes:
		return p.escape()
	case tokWord, tokBracketedWord:
		return p.directive()
	case tokText, tokDot, tokParenClose, tokParenOpen, tokInteger, tokFloat, tokString, tokBackslash, tokRefOpen, tokRefClose, tokEmptyIndex:
		return p.single(synText)
	}
	return nil
}

func (p *parser) single(k synKind) *syn {
	n := p.open(k)
	p.pos++
	return p.close(n)
}

// builtin are the directives that are not grammar of their own.
var builtin = map[string]bool{
	"foreach": true, "include": true, "parse": true, "macro": true, "literal": true,
	"evaluate": true, "break": true, "define": true, "stop": true,
}

// blocks are those of them with a body.
var blocks = map[string]bool{"foreach": true, "macro": true, "literal": true, "define": true}

func (p *parser) isDirective(name string) bool {
	return builtin[name] || p.defined[name] || p.known(name)
}

// escapeDirective halves the backslashes before a directive that exists.
func (p *parser) escapeDirective(t *token) {
	last := strings.LastIndexByte(t.image, '\\')
	directive := t.image[last+1:]
	name := strings.Trim(directive, "#{}")
	switch name {
	case "if", "end", "set", "else", "elseif":
	default:
		if !p.isDirective(name) {
			return
		}
	}
	t.image = t.image[:last/2] + directive
}

// escape reads pairs of backslashes, which are halved before a directive.
func (p *parser) escape() *syn {
	n := p.open(synEscape)
	count := 0
	for p.accept(tokTwoBackslashes) {
		count++
		p.tok(0)
	}
	next := p.tok(0)
	each := `\\`
	switch next.kind {
	case tokIf, tokElse, tokElseIf, tokEnd:
		each = `\`
	default:
		if len(next.image) > 1 && p.isDirective(next.image[1:]) {
			each = `\`
		}
	}
	n.name = strings.Repeat(each, count)
	return p.close(n)
}

func (p *parser) ifStatement() *syn {
	n := p.open(synIf)
	p.pos++
	n.kids = append(n.kids, p.condition(), p.block())
	for p.is(tokElseIf) {
		e := p.open(synElseIf)
		p.pos++
		e.kids = append(e.kids, p.condition(), p.block())
		n.kids = append(n.kids, p.close(e))
	}
	if p.is(tokElse) {
		e := p.open(synElse)
		p.pos++
		e.kids = append(e.kids, p.block())
		n.kids = append(n.kids, p.close(e))
	}
	p.end(n.first)
	return p.close(n)
}

// end reads the #end of the directive whose first token is given.
func (p *parser) end(first int) {
	if p.accept(tokEnd) {
		return
	}
	if p.is(tokEOF) {
		t, of := p.tok(0), &p.toks[first]
		name := "#" + strings.Trim(of.image, "#{} \t$")
		panic(&ParseError{Line: t.line, Column: t.col, offset: len(p.lex.src),
			msg: name + " is never closed", opened: of.offset, hasOpened: true})
	}
	p.unexpected("#end")
}

func (p *parser) condition() *syn {
	p.accept(tokSpace)
	p.expect(tokParenOpen, "(")
	e := p.expression()
	p.expect(tokParenClose, "an operator or )")
	return e
}

func (p *parser) setDirective() *syn {
	n := p.open(synSet)
	p.pos++
	p.accept(tokSpace)
	left := p.reference()
	p.accept(tokSpace)
	p.expect(tokAssign, "=")
	n.kids = append(n.kids, left, p.expression())
	p.expect(tokParenClose, "an operator or )")
	p.lex.inSet = false
	return p.close(n)
}

func (p *parser) directive() *syn {
	n := p.open(synDirective)
	nameTok := p.pos
	t := p.tok(0)
	n.name = t.image[1:]
	if t.kind == tokBracketedWord && len(t.image) > 2 {
		n.name = t.image[2 : len(t.image)-1]
	}
	p.pos++
	isMacro := n.name == "macro"
	isBlock := blocks[n.name] || !builtin[n.name] && strings.HasPrefix(n.name, "@")
	isCall := !builtin[n.name] && !isBlock && p.known(n.name)
	p.lex.state = inDirective

	if !p.parenAhead() {
		if isMacro {
			p.misused(nameTok, "#macro has no name", "write #macro(name $argument)")
		}
		p.lex.pop()
		return p.close(n)
	}
	p.accept(tokSpace)
	p.expect(tokParenOpen, "(")
	for pos := 0; p.argumentAhead(); pos++ {
		p.accept(tokSpace)
		if p.accept(tokComma) {
			p.accept(tokSpace)
		}
		arg := p.argument()
		n.kids = append(n.kids, arg)
		word := arg.kind == synWord
		switch {
		case isMacro && pos == 0:
			if !word {
				p.misused(nameTok, "the name of a macro is a word, without quotes or $", "write #macro(name $argument)")
			}
		case !word:
		case isCall, builtin[n.name] && (n.name != "foreach" || pos != 1):
			p.misused(nameTok, "#"+n.name+" can't take the word "+quote(p.toks[arg.first].image)+" as an argument", "put it in quotes, or a $ in front")
		}
	}
	p.accept(tokSpace)
	p.expect(tokParenClose, "an argument or )")
	if !isBlock {
		return p.close(n)
	}
	n.kids = append(n.kids, p.block())
	p.end(n.first)
	if isMacro {
		if len(n.kids) < 2 {
			p.misused(nameTok, "#macro has no name", "write #macro(name $argument)")
		}
		p.defined[p.toks[n.kids[0].first].image] = true
	}
	return p.close(n)
}

func (p *parser) argument() *syn {
	if p.is(tokWord) {
		return p.single(synWord)
	}
	return p.value("an argument")
}
