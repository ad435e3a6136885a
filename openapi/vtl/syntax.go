package vtl

import "strings"

// A synKind is what a node of the syntax tree is.
type synKind uint8

const (
	synTemplate synKind = iota
	synBlock
	synText
	synEscape
	synEscapedDirective
	synComment
	synTextblock
	synReference
	synIdentifier
	synMethod
	synIndex
	synSet
	synIf
	synElseIf
	synElse
	synDirective
	synWord
	synString
	synInteger
	synFloat
	synTrue
	synFalse
	synMap
	synList
	synRange
	synParen // an expression in parentheses, a condition or a right-hand side
	synOr
	synAnd
	synEQ
	synNE
	synLT
	synGT
	synLE
	synGE
	synAdd
	synSubtract
	synMultiply
	synDivide
	synModulo
	synNot
)

// A syn is a node of the syntax tree, with the tokens it spans.
type syn struct {
	kind        synKind
	first, last int // tokens
	kids        []*syn
	name        string // of a directive; the text of an escape
}

// literal is the source of a node as the engine puts it together again, which
// loses what comments hold.
func (p *parser) literal(n *syn) string {
	if n.first == n.last {
		return p.toks[n.first].literal()
	}
	var b strings.Builder
	for i := n.first; i <= n.last; i++ {
		b.WriteString(p.toks[i].literal())
	}
	return b.String()
}

// images is the same for macro calls, which do not care for what was lost in
// front of their tokens.
func (p *parser) images(n *syn) string {
	var b strings.Builder
	for i := n.first; i <= n.last; i++ {
		b.WriteString(p.toks[i].image)
	}
	return b.String()
}
