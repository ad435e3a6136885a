package vtl

import (
	"errors"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A stmt is a compiled piece of template.
type stmt interface{ run(ex *exec) }

// A block is statements in a row. lines are the lines each stands on, for
// coverage.
type block struct {
	stmts []stmt
	lines []lineRange
	at    place
}

func (b *block) run(ex *exec) {
	ex.spend(len(b.stmts) + 1)
	ex.checkOutput(len(ex.out))
	ex.current = b
	if ex.nested++; ex.nested > maxRunDepth {
		ex.exceed("Depth", maxRunDepth)
	}
	if ex.rec != nil {
		b.record(ex)
	} else {
		for _, s := range b.stmts {
			s.run(ex)
			if ex.unwind != unwindNone {
				break
			}
		}
	}
	ex.nested--
}

func (b *block) record(ex *exec) {
	for i, s := range b.stmts {
		ex.rec.executed(b.lines[i])
		s.run(ex)
		if ex.unwind != unwindNone {
			return
		}
	}
}

// maxRunDepth bounds how deep blocks may run in each other, which blocks that
// define blocks can do without end.
const maxRunDepth = 5000

// literalText is text between the rest.
type literalText struct{ s string }

func (t *literalText) run(ex *exec) { ex.out = append(ex.out, t.s...) }

type setStmt struct {
	left  *ref
	right expr
	at    place
}

func (s *setStmt) run(ex *exec) {
	v := s.right.eval(ex)
	if ex.unwind != unwindNone {
		return
	}
	if ex.rec != nil {
		ex.rec.set(ex, s, v)
	}
	if v == nil {
		return // and the old value stays
	}
	s.left.set(ex, v)
}

type ifStmt struct {
	arms   []arm
	orElse *block
	at     place
	other  branch // no arm was taken
}

type arm struct {
	cond  expr
	src   string
	body  *block
	at    place
	taken branch
}

func (s *ifStmt) run(ex *exec) {
	for i := range s.arms {
		a := &s.arms[i]
		ok := a.cond.test(ex)
		if ex.unwind != unwindNone {
			return
		}
		if ex.rec != nil {
			ex.rec.condition(ex, a, ok)
		}
		if ok {
			a.body.run(ex)
			return
		}
	}
	if ex.rec != nil {
		ex.rec.branch(s.other)
	}
	if s.orElse != nil {
		s.orElse.run(ex)
	}
}

type foreachStmt struct {
	slot  int // of the element
	list  expr
	body  stmt
	src   string
	at    place
	loops branch
	skips branch
}

// A scope is $foreach. It is a map too, and templates may store things in it.
type scope struct {
	owner    *foreachStmt
	parent   *scope
	replaced any // what $foreach was before, if no scope
	index    int
	hasNext  bool
	stored   *ordered.Object
}

func (s *scope) store() *ordered.Object {
	if s.stored == nil {
		s.stored = ordered.NewObject(0)
	}
	return s.stored
}

func (s *scope) get(key string) any {
	for ; s != nil; s = s.parent {
		if s.stored != nil {
			if v, ok := s.stored.Get(key); ok {
				return v
			}
		}
	}
	return nil
}

func (s *foreachStmt) run(ex *exec) {
	it, made := s.iterator(ex)
	if it == nil {
		if ex.rec != nil {
			ex.rec.branch(s.skips)
		}
		return
	}
	special := &ex.t.loop // the names of what loops set
	saved := ex.get(s.slot)
	savedCount, savedNext := ex.get(special.count), ex.get(special.hasNext)
	var sc *scope
	if special.scope >= 0 {
		sc = ex.newScope()
		sc.owner, sc.index = s, -1
		switch prev := ex.get(special.scope).(type) {
		case *scope:
			sc.parent = prev
		case nil:
		default:
			sc.replaced = prev
		}
		ex.put(special.scope, sc)
	}
	var nulls *frame
	rounds := 0
	for it.hasNext() {
		ex.spend(1)
		if special.count >= 0 {
			ex.put(special.count, boxInt(int32(rounds+1)))
		}
		v, err := it.next()
		if err != nil {
			ex.failAt(place{in: s.at.in, offset: s.at.offset}, "#foreach", err)
		}
		if special.hasNext >= 0 {
			ex.put(special.hasNext, it.hasNext())
		}
		ex.put(s.slot, v)
		if sc != nil {
			sc.index++
			sc.hasNext = it.hasNext()
		}
		if ex.rec != nil {
			ex.rec.round(ex, s, v)
		}
		if v == nil {
			if nulls == nil {
				nulls = &frame{parent: ex.frame, nullSlot: s.slot, active: true}
			}
			ex.frame = nulls
			s.body.run(ex)
			ex.frame = nulls.parent
		} else {
			s.body.run(ex)
		}
		if ex.unwind != unwindNone {
			if ex.unwind == unwindNearest || ex.unwind == unwindTo && ex.stopAt == s {
				ex.unwind = unwindNone
			}
			break
		}
		rounds++
		if limit := ex.t.limits.Foreach; limit > 0 && rounds >= limit {
			break // without a word
		}
	}
	if ex.rec != nil && rounds == 0 && !it.hasNext() {
		ex.rec.branch(s.skips)
	}
	if made {
		ex.release(it)
	}
	ex.restore(s.slot, saved)
	ex.restore(special.count, savedCount)
	ex.restore(special.hasNext, savedNext)
	if sc == nil {
		return
	}
	if now, ok := ex.get(special.scope).(*scope); ok {
		switch {
		case now.parent != nil:
			ex.put(special.scope, now.parent)
		case now.replacedValue() != nil:
			ex.put(special.scope, now.replacedValue())
		default:
			ex.remove(special.scope)
		}
	}
	ex.releaseScope(sc)
}

// newScope returns a scope; used ones come back where no template can have
// kept them.
func (ex *exec) newScope() *scope {
	if n := len(ex.scopes); n > 0 {
		sc := ex.scopes[n-1]
		ex.scopes = ex.scopes[:n-1]
		return sc
	}
	return new(scope)
}

func (ex *exec) releaseScope(sc *scope) {
	if ex.t.loop.private {
		*sc = scope{}
		ex.scopes = append(ex.scopes, sc)
	}
}

func (s *scope) replacedValue() any {
	for ; s != nil; s = s.parent {
		if s.replaced != nil {
			return s.replaced
		}
	}
	return nil
}

func (ex *exec) restore(slot int, v any) {
	if v != nil {
		ex.put(slot, v)
	} else {
		ex.remove(slot)
	}
}

// iterator evaluates the list. made says that the iterator is the loop's own.
func (s *foreachStmt) iterator(ex *exec) (it *iterator, made bool) {
	if r, ok := s.list.(*rangeLiteral); ok {
		from, step, count, ok := r.bounds(ex)
		if !ok || ex.unwind != unwindNone {
			return nil, false
		}
		return ex.newIterator(iterator{from: from, step: step, count: count}), true
	}
	if l, ok := s.list.(*listLiteral); ok {
		it = ex.newIterator(iterator{})
		for _, item := range l.items {
			it.own = append(it.own, item.eval(ex))
		}
		it.items = &it.own
		return it, true
	}
	v := s.list.eval(ex)
	if v == nil || ex.unwind != unwindNone {
		return nil, false
	}
	it = ex.iterate(v)
	return it, it != v
}

// A macro is a defined macro.
type macro struct {
	name   string
	params []int // slots
	body   *block
	at     place // of the body
}

type macroCall struct {
	name    string
	args    []expr
	macro   *macro // nil if only #evaluate may have defined it
	src     string // printed if there is no such macro
	badWord string // an argument that is a word: no macro can be called with it
	wordAt  place
	at      place
	content *block // of #@name(): $bodyContent
}

func (c *macroCall) run(ex *exec) {
	m := c.macro
	if m == nil {
		if m = ex.added[c.name]; m == nil {
			ex.out = append(ex.out, c.src...)
			return
		}
	}
	if c.badWord != "" {
		ex.failAt(c.wordAt, "#"+c.name, throw(illegalArgument, "the argument %s is a word: put it in quotes, or a $ in front", c.badWord))
	}
	if ex.rec != nil {
		ex.rec.call(ex, c)
	}
	var body *blockRef
	if c.content != nil {
		if ex.frame != nil {
			ex.frame.keep()
		}
		body = &blockRef{body: c.content, frame: ex.frame, max: maxMacroDepth}
	}
	if ex.macroDepth == ex.t.limits.Depth {
		ex.failAt(m.at, "#"+m.name, &LimitError{"Depth", ex.t.limits.Depth})
	}
	f := ex.pushFrame()
	f.macro, f.args = m, c.args
	if body != nil {
		if slot := ex.t.loop.content; slot >= 0 {
			f.setLocal(slot, body)
		}
	}
	ex.macroDepth++
	m.body.run(ex)
	if ex.unwind == unwindNone {
		ex.macroDepth--
	} else if ex.unwind == unwindNearest {
		// The engine forgets to count down when #break leaves a macro, so
		// the depth is used up after some such calls. So do we.
		ex.unwind = unwindNone
	}
	ex.popFrame()
}

// A blockRef is what #define assigns.
type blockRef struct {
	body  *block
	frame *frame // where it was defined
	depth int
	max   int
}

// render prints the block; false means it is being printed already.
func (b *blockRef) render(ex *exec) bool {
	if b.depth == b.max {
		return false
	}
	b.depth++
	b.body.run(ex)
	if ex.unwind == unwindNearest {
		ex.unwind = unwindNone
	}
	if ex.unwind == unwindNone {
		b.depth--
	}
	return true
}

// tested renders the block to see whether it has a text, as a condition does.
// What fails in it fails at the condition.
func (b *blockRef) tested(ex *exec, at place) bool {
	defer func() {
		r := recover()
		if f, ok := r.(failure); ok {
			var e *RuntimeError
			if errors.As(f.err, &e) {
				e.Line, e.Column = at.line, at.col
			} else {
				r = *runtimeFailure(at, "", throw(velocityException, "%s", f.err))
			}
		}
		if r != nil {
			panic(r)
		}
	}()
	_, ok := b.text(ex)
	return ok
}

// text renders the block, in the context it was defined in, to a string.
func (b *blockRef) text(ex *exec) (string, bool) {
	start := len(ex.out)
	inner := ex.frame
	ex.frame = b.frame
	ok := b.render(ex)
	ex.frame = inner
	s := string(ex.out[start:])
	ex.out = ex.out[:start]
	ex.make(len(s))
	return s, ok
}

type defineStmt struct {
	slot int
	body *block
}

// maxDefineDepth is how often a block may print itself.
const maxDefineDepth = 2

func (d *defineStmt) run(ex *exec) {
	if ex.frame != nil {
		ex.frame.keep()
	}
	ex.put(d.slot, &blockRef{body: d.body, frame: ex.frame, max: maxDefineDepth})
}

type breakStmt struct {
	what expr // nil: the nearest
	src  string
	at   place
}

func (b *breakStmt) run(ex *exec) {
	if b.what == nil {
		ex.unwind = unwindNearest
		return
	}
	s, ok := b.what.eval(ex).(*scope)
	if !ok {
		ex.failAt(b.at, "#break("+b.src+")", throw(illegalArgument, "%s is no loop, want $foreach or one of its parents", b.src))
	}
	ex.unwind, ex.stopAt = unwindTo, s.owner
}

type stopStmt struct{ message expr }

func (s *stopStmt) run(ex *exec) {
	if s.message != nil {
		s.message.eval(ex)
	}
	ex.unwind = unwindAll
}

type evaluateStmt struct {
	what expr
	at   place
}

func (e *evaluateStmt) run(ex *exec) {
	v := e.what.eval(ex)
	if v == nil || ex.unwind != unwindNone {
		return
	}
	src, ok := ex.string(v)
	if !ok {
		return
	}
	if ex.evalDepth == ex.t.limits.Depth {
		ex.failAt(e.at, "#evaluate", &LimitError{"Depth", ex.t.limits.Depth})
	}
	ex.spend(len(src))
	if ex.evalDepth == 0 {
		ex.evaluating = e.at
	}
	body := ex.compile(src, ex.evaluating)
	ex.evalDepth++
	body.run(ex)
	ex.evalDepth--
	if ex.unwind == unwindNearest || ex.unwind == unwindAll {
		ex.unwind = unwindNone
	}
}

// includeStmt is #include or #parse. There is nothing to load: templates of an
// API stand alone.
type includeStmt struct {
	name string
	args []expr
	srcs []string
	bad  []bool // neither string nor reference
	at   place
}

func (s *includeStmt) run(ex *exec) {
	if s.name == "parse" {
		if len(s.args) == 0 {
			ex.failAt(s.at, "#parse", throw(illegalArgument, "argument missing"))
		}
		if v := s.args[0].eval(ex); v != nil {
			s.notFound(ex, v)
		}
		return
	}
	for i, a := range s.args {
		if s.bad[i] {
			ex.failAt(s.at, "#include", throw(illegalArgument, "the argument %s is neither a string nor a reference", s.srcs[i]))
		}
		v := a.eval(ex)
		if v != nil {
			s.notFound(ex, v)
		}
		ex.out = append(ex.out, "<!-- include error : error with arg "...)
		ex.out = appendText(ex.out, int32(i), ex, 0)
		ex.out = append(ex.out, " please see log. see error log -->"...)
	}
}

func (s *includeStmt) notFound(ex *exec, v any) {
	name, _ := ex.string(v)
	ex.failAt(place{in: s.at.in, offset: s.at.offset}, "#"+s.name,
		throw(resourceNotFound, "Unable to find resource '%s'", name))
}

// failStmt is a directive the engine stumbles over when it starts a rendering.
type failStmt struct{ err *failure }

func (s failStmt) run(*exec) { panic(*s.err) }
