package iac

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// An expression is one of Terraform's, as far as rehearse knows them: names,
// texts, conditions and a few functions (Terraform docs: Expressions).
type expression struct {
	kind expressionKind
	// text is the value of a literal, the name of a function, an operator, a name
	// as it is written, or why there is no value.
	text string
	path []string // of a name: its parts; an index is one too
	args []*expression
}

type expressionKind uint8

const (
	isLiteral  expressionKind = iota // a number, true, false, null
	isText                           // args are its pieces
	isName                           // a reference
	isCall                           // of a function
	isOperator                       // !, ==, !=, &&, ||, ?
	isUnsupported
	isRefused
)

// Expressions longer or nested deeper than that are not read.
const (
	maxLength = 64 << 10
	maxNested = 100
)

// An expressionParser reads one expression. What it can't read ends it.
type expressionParser struct {
	text  string
	i     int
	depth int
	stop  *expression // why it ended early
}

func parseExpression(text string) *expression {
	if len(text) > maxLength {
		return &expression{kind: isUnsupported, text: "it is too long"}
	}
	p := &expressionParser{text: text}
	e := p.condition()
	p.blanks()
	switch {
	case p.stop != nil:
		return p.stop
	case p.i == len(p.text):
		return e
	case strings.ContainsRune("+-*/%<>", rune(p.text[p.i])):
		return &expression{kind: isUnsupported, text: "rehearse doesn't calculate"}
	}
	return p.refuse("%q is not expected", shorten(p.text[p.i:]))
}

func (p *expressionParser) refuse(format string, args ...any) *expression {
	return p.end(isRefused, fmt.Sprintf(format, args...))
}

func (p *expressionParser) unsupported(why string) *expression { return p.end(isUnsupported, why) }

func (p *expressionParser) end(kind expressionKind, why string) *expression {
	e := &expression{kind: kind, text: why}
	if p.stop == nil {
		p.stop = e
	}
	p.i = len(p.text)
	return e
}

func (p *expressionParser) blanks() {
	for p.i < len(p.text) {
		switch p.text[p.i] {
		case ' ', '\t', '\r', '\n':
			p.i++
		case '#', '/':
			end := endOfComment(p.text, p.i)
			if end == p.i+1 && p.text[p.i] == '/' {
				return // a division
			}
			p.i = end
		default:
			return
		}
	}
}

// take moves behind s if it comes next.
func (p *expressionParser) take(s string) bool {
	p.blanks()
	if !strings.HasPrefix(p.text[p.i:], s) {
		return false
	}
	p.i += len(s)
	return true
}

// condition is x ? a : b, or what binds tighter.
func (p *expressionParser) condition() *expression {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxNested {
		return p.unsupported("it is nested too deep")
	}
	e := p.binary(0)
	if !p.take("?") {
		return e
	}
	yes := p.condition()
	if !p.take(":") {
		return p.refuse("a condition has no : behind its first value")
	}
	return &expression{kind: isOperator, text: "?", args: []*expression{e, yes, p.condition()}}
}

// operators, those that bind least first.
var operators = [][]string{{"||"}, {"&&"}, {"==", "!="}}

func (p *expressionParser) binary(level int) *expression {
	if level == len(operators) {
		return p.unary()
	}
	left := p.binary(level + 1)
	for {
		i := slices.IndexFunc(operators[level], p.take)
		if i < 0 {
			return left
		}
		left = &expression{kind: isOperator, text: operators[level][i], args: []*expression{left, p.binary(level + 1)}}
	}
}

func (p *expressionParser) unary() *expression {
	not := false
	for p.take("!") {
		not = !not
	}
	e := p.term()
	p.blanks()
	switch {
	case p.i == len(p.text) || p.stop != nil:
	case p.text[p.i] == '.' && !strings.HasPrefix(p.text[p.i:], "..."), p.text[p.i] == '[': // behind a name it is a part of that
		return p.unsupported("rehearse doesn't look into what isn't a name")
	case strings.ContainsRune("+-*/%<>", rune(p.text[p.i])):
		return p.unsupported("rehearse doesn't calculate")
	}
	if not {
		return &expression{kind: isOperator, text: "!", args: []*expression{e}}
	}
	return e
}

func (p *expressionParser) term() *expression {
	p.blanks()
	if p.i == len(p.text) {
		if p.text == "" {
			return p.refuse("there is nothing in it")
		}
		return p.refuse("something is missing at its end")
	}
	switch c := p.text[p.i]; {
	case c == '"':
		return p.quoted()
	case c == '(':
		p.i++
		e := p.condition()
		if !p.take(")") {
			return p.refuse("a ( has no )")
		}
		return e
	case c == '[', c == '{':
		return p.unsupported("rehearse doesn't know lists and objects in expressions")
	case c == '<' && strings.HasPrefix(p.text[p.i:], "<<"):
		return p.unsupported("rehearse doesn't know heredocs")
	case c >= '0' && c <= '9', c == '-':
		return p.number()
	case isLetter(c):
		return p.reference()
	}
	c, _ := utf8.DecodeRuneInString(p.text[p.i:])
	return p.refuse("%q is not expected", string(c))
}

func (p *expressionParser) number() *expression {
	from := p.i
	p.i++
	for p.i < len(p.text) && (isDigit(p.text[p.i]) || strings.ContainsRune(".eE", rune(p.text[p.i]))) {
		p.i++
	}
	text := p.text[from:p.i]
	if _, err := strconv.ParseFloat(text, 64); err != nil {
		return p.unsupported("rehearse doesn't calculate")
	}
	return &expression{kind: isLiteral, text: text}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= utf8.RuneSelf
}

func (p *expressionParser) identifier() string {
	from := p.i
	for p.i < len(p.text) && (isLetter(p.text[p.i]) || isDigit(p.text[p.i]) || p.text[p.i] == '-') {
		p.i++
	}
	return p.text[from:p.i]
}

// reference is a name with its attributes and indexes, or a call.
func (p *expressionParser) reference() *expression {
	from := p.i
	name := p.identifier()
	if strings.HasPrefix(p.text[p.i:], "::") {
		if strings.Contains(p.text[p.i:], "(") {
			return p.unsupported("rehearse doesn't run functions of providers")
		}
		return p.refuse("no name has ::")
	}
	if strings.HasPrefix(p.text[p.i:], "(") {
		p.i++
		return p.call(name)
	}
	if name == "true" || name == "false" || name == "null" {
		return &expression{kind: isLiteral, text: name}
	}
	e := &expression{kind: isName, path: []string{name}}
	for {
		e.text = p.text[from:p.i]
		switch {
		case strings.HasPrefix(p.text[p.i:], ".*"):
			p.i += 2
		case strings.HasPrefix(p.text[p.i:], "."):
			p.i++
			part := p.identifier()
			if part == "" {
				return p.refuse("a name is missing behind %s", shorten(p.text[from:p.i]))
			}
			e.path = append(e.path, part)
		case strings.HasPrefix(p.text[p.i:], "["):
			p.i++
			if p.take("*") {
				// of all, as of one
			} else if part := p.index(); part != "" {
				e.path = append(e.path, part)
			}
			if !p.take("]") {
				return p.refuse("a [ has no ]")
			}
		default:
			return e
		}
	}
}

// index is the name an index gives to a thing: that of a text or of another
// name, none of a number.
func (p *expressionParser) index() string {
	switch e := p.condition(); e.kind {
	case isText:
		if len(e.args) == 1 && e.args[0].kind == isLiteral {
			return e.args[0].text
		}
	case isName:
		return e.path[len(e.path)-1]
	}
	return ""
}

func (p *expressionParser) call(name string) *expression {
	e := &expression{kind: isCall, text: name}
	if p.take(")") {
		return e
	}
	for {
		e.args = append(e.args, p.condition())
		if p.take("...") {
			return p.unsupported("rehearse doesn't know lists in expressions")
		}
		if p.take(")") {
			return e
		}
		if !p.take(",") {
			return p.refuse("a ( has no )")
		}
		if p.take(")") {
			return e
		}
	}
}

// quoted is a text in quotes, which is a template itself.
func (p *expressionParser) quoted() *expression {
	e := &expression{kind: isText}
	var b strings.Builder
	flush := func() {
		if b.Len() > 0 {
			e.args = append(e.args, &expression{kind: isLiteral, text: b.String()})
			b.Reset()
		}
	}
	for p.i++; p.i < len(p.text); {
		rest := p.text[p.i:]
		switch {
		case rest[0] == '"':
			p.i++
			if flush(); e.args == nil {
				e.args = []*expression{{kind: isLiteral}}
			}
			return e
		case rest[0] == '\\':
			value, size := unescape(rest)
			if size == 0 {
				return p.refuse("%s is no escape", shorten(rest[:min(2, len(rest))]))
			}
			b.WriteString(value)
			p.i += size
		case strings.HasPrefix(rest, "$${"), strings.HasPrefix(rest, "%%{"):
			b.WriteString(rest[1:3])
			p.i += 3
		case strings.HasPrefix(rest, "%{"):
			return p.unsupported("directives are not rendered")
		case strings.HasPrefix(rest, "${"):
			flush()
			p.i += 2
			p.take("~")
			e.args = append(e.args, p.condition())
			p.take("~")
			if !p.take("}") {
				return p.refuse("a ${ has no }")
			}
		default:
			b.WriteByte(rest[0])
			p.i++
		}
	}
	return p.refuse("a text has no quote at its end")
}

// unescape reads an escape of a text in quotes (Terraform docs: Strings and
// Templates, Escape Sequences); size is 0 if it is none.
func unescape(s string) (value string, size int) {
	if len(s) < 2 {
		return "", 0
	}
	digits := 0
	switch s[1] {
	case 'n':
		return "\n", 2
	case 'r':
		return "\r", 2
	case 't':
		return "\t", 2
	case '"', '\\':
		return s[1:2], 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	default:
		return "", 0
	}
	if len(s) < 2+digits {
		return "", 0
	}
	c, err := strconv.ParseUint(s[2:2+digits], 16, 32)
	if err != nil {
		return "", 0
	}
	return string(rune(c)), 2 + digits
}
