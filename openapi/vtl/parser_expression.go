package vtl

// maxOperators bounds the operators of one strength in a row, for the same reason.
const maxOperators = 2000

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
