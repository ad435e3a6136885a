package vtl

import (
	"math/big"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An expr is a compiled expression. eval is its value; test is what it is as
// a condition, which is not the same: a literal is false whatever it says.
type expr interface {
	eval(ex *exec) any
	test(ex *exec) bool
}

// byName are the expressions macros evaluate at each use of a parameter;
// literal is their source.
type byName interface {
	expr
	literal() string
}

// constant is a number or a boolean.
type constant struct{ val any }

func (c constant) eval(*exec) any { return c.val }

func (c constant) test(*exec) bool {
	b, ok := c.val.(bool)
	return ok && b
}

// text is a string without anything to interpolate.
type text struct {
	val any // a string
	src string
}

func (t *text) eval(*exec) any  { return t.val }
func (t *text) test(*exec) bool { return false }
func (t *text) literal() string { return t.src }

// nothing is an argument that has no value, such as a word.
type nothing struct{}

func (nothing) eval(*exec) any  { return nil }
func (nothing) test(*exec) bool { return false }

// interpolated is a double-quoted string: a template of its own.
type interpolated struct {
	body    *block
	comment bool // it holds ##, so no blank was added to its end
	src     string
}

func (s *interpolated) eval(ex *exec) any {
	start := len(ex.out)
	s.body.run(ex)
	made := ex.out[start:]
	ex.out = ex.out[:start]
	if ex.unwind != unwindNone {
		return nil
	}
	if !s.comment && len(made) > 0 {
		made = made[:len(made)-1]
	}
	if ex.halves {
		made = joinHalves(made, false)
	}
	ex.make(len(made))
	return string(made)
}

func (s *interpolated) test(*exec) bool { return false }
func (s *interpolated) literal() string { return s.src }

type listLiteral struct {
	items []expr
	src   string
}

func (l *listLiteral) eval(ex *exec) any {
	items := make([]any, len(l.items))
	for i, item := range l.items {
		items[i] = item.eval(ex)
	}
	ex.make(len(items) + 1)
	return newList(items)
}

func (l *listLiteral) test(*exec) bool { return false }
func (l *listLiteral) literal() string { return l.src }

type mapLiteral struct {
	keys, vals []expr
	src        string
}

func (m *mapLiteral) eval(ex *exec) any {
	o := ordered.NewObject(len(m.keys))
	for i, k := range m.keys {
		key := k.eval(ex)
		o.Set(mapKey(key), m.vals[i].eval(ex))
	}
	ex.make(len(m.keys) + 1)
	return o
}

func (m *mapLiteral) test(*exec) bool { return false }
func (m *mapLiteral) literal() string { return m.src }

type rangeLiteral struct {
	from, to expr
	src      string
}

func (r *rangeLiteral) test(*exec) bool { return false }
func (r *rangeLiteral) literal() string { return r.src }

// bounds returns the range as start, step and count.
func (r *rangeLiteral) bounds(ex *exec) (from, step, count int, ok bool) {
	a, b := norm(r.from.eval(ex)), norm(r.to.eval(ex))
	if !isNumber(a) || !isNumber(b) {
		return 0, 0, 0, false
	}
	from, to := int(toInt(a)), int(toInt(b))
	if from >= to {
		return from, -1, from - to + 1, true
	}
	return from, 1, to - from + 1, true
}

func (r *rangeLiteral) eval(ex *exec) any {
	from, step, count, ok := r.bounds(ex)
	if !ok {
		return nil
	}
	ex.make(count)
	items := make([]any, count)
	for i := range items {
		items[i] = boxInt(int32(from + i*step))
	}
	return newList(items)
}

type not struct{ of expr }

func (n not) test(ex *exec) bool { return !n.of.test(ex) }
func (n not) eval(ex *exec) any  { return n.test(ex) }

type and struct{ left, right expr }

func (a *and) test(ex *exec) bool { return a.left.test(ex) && a.right.test(ex) }
func (a *and) eval(ex *exec) any  { return a.test(ex) }

type or struct{ left, right expr }

func (o *or) test(ex *exec) bool { return o.left.test(ex) || o.right.test(ex) }
func (o *or) eval(ex *exec) any  { return o.test(ex) }

type equality struct {
	left, right expr
	negated     bool
}

func (e *equality) test(ex *exec) bool {
	a := e.left.eval(ex)
	return ex.equal(a, e.right.eval(ex)) != e.negated
}

func (e *equality) eval(ex *exec) any { return e.test(ex) }

type comparison struct {
	op          synKind
	left, right expr
}

func (c *comparison) test(ex *exec) bool {
	a := norm(c.left.eval(ex))
	b := norm(c.right.eval(ex))
	if !isNumber(a) || !isNumber(b) {
		return false
	}
	n := compareNumbers(a, b)
	switch c.op {
	case synLT:
		return n < 0
	case synGT:
		return n > 0
	case synLE:
		return n <= 0
	}
	return n >= 0
}

func (c *comparison) eval(ex *exec) any { return c.test(ex) }

type arithmeticExpr struct {
	op                      synKind
	left, right             expr
	leftSource, rightSource string // what + prints for a side that is null
	at                      place
}

func (a *arithmeticExpr) test(ex *exec) bool { return false }

func (a *arithmeticExpr) eval(ex *exec) any {
	x := norm(a.left.eval(ex))
	y := norm(a.right.eval(ex))
	if a.op == synAdd {
		_, xs := x.(string)
		_, ys := y.(string)
		if xs || ys {
			return a.concat(ex, x, y)
		}
	}
	if !isNumber(x) || !isNumber(y) {
		return nil
	}
	v, err := calculate(a.op, x, y)
	if err != nil {
		ex.failAt(a.at.unplaced(), "", err) // the engine gives no place
	}
	switch v.(type) {
	case *big.Int, *decimal:
		ex.bounded(v)
	}
	return v
}

func (a *arithmeticExpr) concat(ex *exec, x, y any) any {
	start := len(ex.out)
	add := func(v any, source string) {
		if v == nil {
			ex.out = append(ex.out, source...)
			return
		}
		if b, ok := v.(*blockRef); ok {
			s, ok := b.text(ex)
			if !ok {
				ex.failAt(a.at.unplaced(), source, throw(nullPointer, "the block is being printed already"))
			}
			v = s
		}
		ex.out = appendText(ex.out, v, ex, 0)
	}
	add(x, a.leftSource)
	add(y, a.rightSource)
	made := ex.out[start:]
	ex.out = ex.out[:start]
	if ex.halves {
		made = joinHalves(made, false)
	}
	ex.make(len(made))
	return string(made)
}
