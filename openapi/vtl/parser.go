package vtl

import "strings"

// maxNesting bounds how deep blocks, parentheses and literals may nest. It is
// far above what people write, and keeps the stack small.
const maxNesting = 200

// maxOperators bounds the operators of one strength in a row, for the same reason.
const maxOperators = 2000

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

type scan struct {
	end int
	ok  bool
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

func (p *parser) argument() *syn {
	if p.is(tokWord) {
		return p.single(synWord)
	}
	return p.value("an argument")
}

// startsParameter reports whether a parameter can start with k.
func startsParameter(k tokenKind) bool {
	switch k {
	case tokString, tokInteger, tokFloat, tokBracketOpen, tokCurlyOpen, tokTrue, tokFalse, tokIdentifier, tokRefOpen:
		return true
	}
	return false
}

// value reads a literal or a reference.
func (p *parser) value(want string) *syn {
	switch p.tok(0).kind {
	case tokString:
		return p.single(synString)
	case tokInteger:
		return p.single(synInteger)
	case tokFloat:
		return p.single(synFloat)
	case tokTrue:
		return p.single(synTrue)
	case tokFalse:
		return p.single(synFalse)
	case tokIdentifier, tokRefOpen:
		return p.reference()
	case tokCurlyOpen:
		return p.mapLiteral()
	case tokBracketOpen:
		if p.rangeAhead() {
			return p.rangeLiteral()
		}
		return p.listLiteral()
	}
	p.unexpected(want)
	return nil
}

// parameter is a value with blanks around it.
func (p *parser) parameter() *syn {
	p.enter()
	defer p.leave()
	p.accept(tokSpace)
	v := p.value("a value")
	p.accept(tokSpace)
	return v
}

func (p *parser) mapLiteral() *syn {
	n := p.open(synMap)
	p.pos++
	if p.entryAhead() {
		for {
			k := p.parameter()
			p.expect(tokColon, ":")
			n.kids = append(n.kids, k, p.parameter())
			if !p.accept(tokComma) {
				break
			}
		}
	} else {
		p.accept(tokSpace)
	}
	if !p.accept(tokRefClose) {
		p.expect(tokCurlyClose, "}")
	}
	return p.close(n)
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

func (p *parser) listLiteral() *syn {
	n := p.open(synList)
	p.pos++
	if k := p.tok(0).kind; k == tokSpace || startsParameter(k) {
		n.kids = append(n.kids, p.parameter())
		for p.accept(tokComma) {
			n.kids = append(n.kids, p.parameter())
		}
	}
	p.expect(tokBracketClose, ", or ]")
	return p.close(n)
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

func (p *parser) rangeLiteral() *syn {
	n := p.open(synRange)
	p.pos++
	bound := func() {
		p.accept(tokSpace)
		switch p.tok(0).kind {
		case tokInteger, tokIdentifier, tokRefOpen:
			n.kids = append(n.kids, p.value(""))
		default:
			p.unexpected("an integer or a reference")
		}
		p.accept(tokSpace)
	}
	bound()
	p.expect(tokDotDot, "..")
	bound()
	p.expect(tokBracketClose, "]")
	return p.close(n)
}

// reference reads $name or ${name} with what follows.
func (p *parser) reference() *syn {
	n := p.open(synReference)
	formal := p.accept(tokRefOpen)
	p.expect(tokIdentifier, "a reference")
	p.indexes(n)
	for p.is(tokDot) && p.tok(1).kind == tokIdentifier {
		p.pos++
		if p.callAhead() {
			n.kids = append(n.kids, p.method())
		} else {
			n.kids = append(n.kids, p.single(synIdentifier))
		}
		p.indexes(n)
	}
	if formal {
		p.expect(tokRefClose, "}")
	}
	return p.close(n)
}

// callAhead reports whether name ( and the start of an argument or ) follow.
func (p *parser) callAhead() bool {
	if p.tok(1).kind != tokParenOpen {
		return false
	}
	k := p.tok(2).kind
	return k == tokCallClose || k == tokSpace || startsParameter(k)
}

func (p *parser) indexes(n *syn) {
	for p.is(tokIndexOpen) {
		i := p.open(synIndex)
		p.pos++
		p.accept(tokSpace)
		switch p.tok(0).kind {
		case tokString, tokInteger, tokTrue, tokFalse, tokIdentifier, tokRefOpen:
			p.enter()
			i.kids = append(i.kids, p.value(""))
			p.leave()
		default:
			p.unexpected("a string, an integer or a reference")
		}
		p.accept(tokSpace)
		p.expect(tokIndexClose, "]")
		n.kids = append(n.kids, p.close(i))
	}
}

func (p *parser) method() *syn {
	n := p.open(synMethod)
	p.pos += 2
	if k := p.tok(0).kind; k == tokSpace || startsParameter(k) {
		n.kids = append(n.kids, p.parameter())
		for p.accept(tokComma) {
			n.kids = append(n.kids, p.parameter())
		}
	}
	p.expect(tokCallClose, ", or )")
	return p.close(n)
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

// precedence of the binary operators, loosest first.
var precedence = [...]map[tokenKind]synKind{
	{tokOr: synOr},
	{tokAnd: synAnd},
	{tokEQ: synEQ, tokNE: synNE},
	{tokLT: synLT, tokGT: synGT, tokLE: synLE, tokGE: synGE},
	{tokPlus: synAdd, tokMinus: synSubtract},
	{tokTimes: synMultiply, tokDivide: synDivide, tokModulus: synModulo},
}

func (p *parser) expression() *syn {
	n := p.open(synParen)
	p.enter()
	defer p.leave()
	n.kids = append(n.kids, p.binary(0))
	return p.close(n)
}

func (p *parser) binary(level int) *syn {
	if level == len(precedence) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for operators := 0; ; operators++ {
		if operators > maxOperators {
			p.tooDeep()
		}
		kind, ok := precedence[level][p.tok(0).kind]
		if !ok {
			return left
		}
		p.pos++
		// The engine's node starts behind the operator, which shows when
		// "+" has to print a side that is null.
		n := p.open(kind)
		n.kids = append(n.kids, left, p.binary(level+1))
		left = p.close(n)
	}
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

func (p *parser) unary() *syn {
	if p.notAhead() {
		n := p.open(synNot)
		p.enter()
		defer p.leave()
		p.accept(tokSpace)
		p.pos++
		n.kids = append(n.kids, p.unary())
		return p.close(n)
	}
	p.accept(tokSpace)
	var v *syn
	if p.accept(tokParenOpen) {
		v = p.expression()
		p.expect(tokParenClose, "an operator or )")
	} else {
		v = p.value("a value")
	}
	p.accept(tokSpace)
	return v
}
