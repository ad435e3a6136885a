package vtl

import "errors"

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
		ex.rec.call(c)
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
	src  string
	body *block
	at   place
}

// maxDefineDepth is how often a block may print itself.
const maxDefineDepth = 2

func (d *defineStmt) run(ex *exec) {
	if ex.frame != nil {
		ex.frame.keep()
	}
	ex.put(d.slot, &blockRef{body: d.body, frame: ex.frame, max: maxDefineDepth})
}
