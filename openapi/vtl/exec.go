package vtl

import (
	"math/big"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An exec is one rendering.
type exec struct {
	t    *Template
	aws  bool
	vars Vars
	rec  *Recording

	out  []byte // output, and above it the string being interpolated
	base int    // where our output starts in out

	slots   []any  // the variables, by number
	frame   *frame // the innermost macro call, nil outside
	names   map[string]int
	added   map[string]*macro // macros that #evaluate defined
	defined map[string]bool
	current *block // the last block that was entered

	unwind     unwinding
	stopAt     *foreachStmt // for unwindTo
	blank      any          // what a reference without a value evaluates to
	args       []any        // a stack of arguments
	iterators  []*iterator  // those that notice changes
	steps      int          // left
	made       int          // bytes and elements a template may still make
	macroDepth int
	evalDepth  int
	nested     int   // blocks that run
	evaluating place // the outermost #evaluate that runs
	halves     bool  // somebody cut a surrogate pair
	frames     []*frame
	spare      []*iterator
	scopes     []*scope
	smallArgs  [16]any
}

// An unwinding says what #break or #stop is ending.
type unwinding uint8

const (
	unwindNone unwinding = iota
	unwindNearest
	unwindTo  // the loop stopAt
	unwindAll // up to #evaluate or the template
)

// A frame is the context of a macro call, or (nullSlot >= 0) of a #foreach
// round whose element is null. Frames chain to the context they were made in.
type frame struct {
	parent *frame

	macro   *macro
	args    []expr
	removed uint64 // arguments that #foreach took away
	locals  []binding
	kept    bool // a block holds on to it

	nullSlot int
	active   bool
}

type binding struct {
	slot int
	val  any
}

// get returns a variable, nil if it is not set.
func (ex *exec) get(slot int) any {
	if ex.frame == nil {
		if slot < 0 {
			return nil
		}
		return ex.slots[slot]
	}
	return ex.lookup(ex.frame, slot)
}

func (ex *exec) lookup(f *frame, slot int) any {
	if slot < 0 {
		return nil
	}
	for ; f != nil; f = f.parent {
		if f.macro == nil {
			if f.active && f.nullSlot == slot {
				return nil
			}
			continue
		}
		for i := range f.locals {
			if b := &f.locals[i]; b.slot == slot && b.val != nil {
				return b.val
			}
		}
		if i := f.param(slot); i >= 0 && f.removed>>i&1 == 0 {
			return ex.argument(f, f.args[i])
		}
	}
	return ex.slots[slot]
}

// param returns the number of the argument for slot, or -1.
func (f *frame) param(slot int) int {
	for i := min(len(f.macro.params), len(f.args)) - 1; i >= 0; i-- {
		if f.macro.params[i] == slot {
			return i
		}
	}
	return -1
}

// argument evaluates an argument where the macro was called: macros are called by name.
func (ex *exec) argument(f *frame, arg expr) any {
	ex.spend(1)
	if r, ok := arg.(*ref); ok && len(r.steps) == 0 {
		return ex.lookup(f.parent, r.slot)
	}
	inner := ex.frame
	ex.frame = f.parent
	v := arg.eval(ex)
	ex.frame = inner
	return v
}

// put sets a variable, here and in every context around.
func (ex *exec) put(slot int, v any) {
	if slot < 0 {
		return
	}
	for f := ex.frame; f != nil; f = f.parent {
		if f.macro == nil {
			if f.nullSlot == slot && v == nil {
				f.active = true
			}
			continue
		}
		f.setLocal(slot, v)
	}
	ex.slots[slot] = v
}

func (f *frame) setLocal(slot int, v any) {
	for i := range f.locals {
		if f.locals[i].slot == slot {
			f.locals[i].val = v
			return
		}
	}
	f.locals = append(f.locals, binding{slot, v})
}

// remove makes a variable unset.
func (ex *exec) remove(slot int) {
	if slot < 0 {
		return
	}
	for f := ex.frame; f != nil; f = f.parent {
		if f.macro == nil {
			if f.nullSlot == slot {
				f.active = false
			}
			continue
		}
		for i := range f.locals {
			if f.locals[i].slot == slot {
				f.locals[i].val = nil
			}
		}
		for i, s := range f.macro.params {
			if s == slot {
				f.removed |= 1 << min(i, 63)
			}
		}
	}
	ex.slots[slot] = nil
}

// argumentText returns how the caller wrote the argument that slot stands for.
func (ex *exec) argumentText(slot int) (string, bool) {
	if slot < 0 {
		return "", false
	}
	for f := ex.frame; f != nil; f = f.parent {
		if f.macro == nil {
			continue
		}
		if i := f.param(slot); i >= 0 {
			if a, ok := f.args[i].(byName); ok {
				return a.literal(), true
			}
		}
	}
	return "", false
}

func (ex *exec) pushFrame() *frame {
	var f *frame
	if n := len(ex.frames); n > 0 {
		f, ex.frames = ex.frames[n-1], ex.frames[:n-1]
	} else {
		f = &frame{}
	}
	locals := f.locals[:0]
	*f = frame{parent: ex.frame, locals: locals, nullSlot: -1}
	ex.frame = f
	return f
}

func (ex *exec) popFrame() {
	f := ex.frame
	ex.frame = f.parent
	if !f.kept {
		clear(f.locals)
		ex.frames = append(ex.frames, f)
	}
}

// keep says that the present context is needed later.
func (f *frame) keep() {
	for ; f != nil && !f.kept; f = f.parent {
		f.kept = true
	}
}

// spend takes n steps from what is left.
func (ex *exec) spend(n int) {
	if ex.steps -= n; ex.steps < 0 {
		ex.exceed("Steps", ex.t.limits.Steps)
	}
}

// make accounts for n bytes or elements of a value the template makes.
func (ex *exec) make(n int) {
	if limit := ex.t.limits.Collection; n > limit {
		ex.exceed("Collection", limit)
	}
	ex.spend(n >> 8)
	if ex.made -= n; ex.made < 0 {
		ex.exceed("Collection", ex.t.limits.Collection)
	}
}

// bounded checks the size of a value a method made.
func (ex *exec) bounded(v any) any {
	switch v := v.(type) {
	case string:
		ex.make(len(v))
	case *big.Int:
		ex.make(v.BitLen() * 8) // a number costs more than its length
	case *decimal:
		ex.make(v.unscaled.BitLen() * 8)
	}
	return v
}

func (ex *exec) checkOutput(n int) {
	if n-ex.base > ex.t.limits.Output {
		ex.exceed("Output", ex.t.limits.Output)
	}
}

// failure is what a rendering panics with; Execute returns its error.
type failure struct{ err error }

func (ex *exec) exceed(limit string, most int) {
	panic(failure{&LimitError{limit, most}})
}

// overflow ends the rendering of something that holds itself.
func (ex *exec) overflow() {
	ex.exceed("Depth", maxPrintDepth)
}

// string is toString; ok is false for a block that can't be rendered here.
func (ex *exec) string(v any) (s string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case *blockRef:
		return v.text(ex)
	}
	var buf [64]byte
	b := appendText(buf[:0], v, ex, 0)
	ex.make(len(b))
	return string(b), true
}

// changed tells iterators over a list that it has another length now.
func (ex *exec) changed(items *[]any) {
	for _, it := range ex.iterators {
		if it.items == items {
			it.stale = true
		}
	}
}

func (ex *exec) changedMap(m *ordered.Object) {
	for _, it := range ex.iterators {
		if it.m == m {
			it.stale = true
		}
	}
}

// setKey puts a value into a map.
func (ex *exec) setKey(m *ordered.Object, key string, v any) {
	n := m.Len()
	m.Set(key, v)
	if m.Len() != n {
		ex.changedMap(m)
		ex.make(32)
		if m.Len() > ex.t.limits.Collection {
			ex.exceed("Collection", ex.t.limits.Collection)
		}
	}
}
