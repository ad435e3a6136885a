package vtl

import (
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A ref is a compiled reference.
type ref struct {
	slot  int    // of the variable; -1 if it can't be set
	root  string // its name, or all a reference that is none prints
	steps []step
	at    place

	plain   bool // printed as its value alone: no prefix
	runt    bool // text that reads like the inside of a reference
	opaque  bool // $\!name: text wherever a value is asked for
	quiet   bool
	escaped bool
	escapes string // backslashes to print in front
	more    string // what else stood in front
	null    string // printed when there is no value
	argSlot int    // the macro parameter this is, whose argument's source replaces null; -1
	src     string
	setSlot int // the variable #set assigns, which an odd spelling changes
}

func (r *ref) literal() string { return r.src }

// A step is one .name, .name(arguments) or [index].
type step struct {
	kind stepKind
	name string
	args []expr
	sig  *signatures // the methods of that name, by class
	prop *property
	at   place
}

type stepKind uint8

const (
	stepProperty stepKind = iota
	stepMethod
	stepIndex
)

func (r *ref) eval(ex *exec) any {
	if r.opaque {
		return nil
	}
	return r.value(ex)
}

// value is the reference's value. In AWS's mode one that has none is "".
func (r *ref) value(ex *exec) any {
	v := r.find(ex)
	if ex.rec != nil && ex.rec.watching {
		ex.rec.see(r, v)
	}
	return v
}

func (r *ref) find(ex *exec) any {
	if r.runt {
		return nil
	}
	v := ex.get(r.slot)
	if v == nil {
		return ex.blank
	}
	for i := range r.steps {
		if v = r.steps[i].apply(ex, v); v == nil {
			return ex.blank
		}
	}
	return v
}

func (r *ref) test(ex *exec) bool {
	switch v := r.value(ex).(type) {
	case nil:
		return false
	case bool:
		return v
	case *blockRef:
		return v.tested(ex, r.at)
	}
	return true
}

// run prints the reference.
func (r *ref) run(ex *exec) {
	if r.runt {
		ex.out = append(ex.out, r.root...)
		return
	}
	v := r.value(ex)
	if ex.unwind != unwindNone {
		return
	}
	if ex.rec != nil {
		ex.rec.value(r, v)
	}
	if v != nil && r.plain {
		switch v := v.(type) {
		case string:
			ex.out = append(ex.out, v...)
			ex.checkOutput(len(ex.out))
			return
		case *blockRef:
		default:
			ex.out = appendText(ex.out, v, ex, 0)
			return
		}
	}
	if r.escaped {
		ex.out = append(ex.out, r.escapes...)
		if v == nil {
			ex.out = append(ex.out, '\\')
		}
		ex.out = append(ex.out, r.nullText(ex)...)
		return
	}
	if b, ok := v.(*blockRef); ok {
		if b.render(ex) {
			return
		}
		if _, ok := b.text(ex); !ok {
			v = nil
		}
	}
	ex.out = append(ex.out, r.escapes...)
	if v == nil {
		ex.out = append(ex.out, r.escapes...)
	}
	ex.out = append(ex.out, r.more...)
	if v == nil {
		ex.out = append(ex.out, r.nullText(ex)...)
		return
	}
	ex.out = appendText(ex.out, v, ex, 0)
}

func (r *ref) nullText(ex *exec) string {
	if s, ok := ex.argumentText(r.argSlot); ok {
		return s
	}
	return r.null
}

// apply takes one step from v, which is not nil.
func (s *step) apply(ex *exec, v any) any {
	switch s.kind {
	case stepProperty:
		if m, ok := v.(*ordered.Object); ok && !s.prop.isClass {
			v, _ := m.Get(s.name)
			return v
		}
		return s.property(ex, v)
	case stepMethod:
		return s.call(ex, v)
	}
	return s.index(ex, v)
}

// property reads .name: a getter, a map's key, or a boolean getter.
func (s *step) property(ex *exec, v any) any {
	v = norm(v)
	c := classOf(v)
	if c == classHost {
		h, ok := v.(Object)
		if !ok {
			return nil
		}
		val, _ := h.Get(s.name)
		return val
	}
	if s.prop.isClass && ex.aws {
		return nil // the sandbox
	}
	if m := s.prop.get[c]; m != nil {
		val, err := m.fn(ex, v, nil)
		if err != nil {
			ex.failAt(s.at, m.name, err)
		}
		return val
	}
	if m, ok := v.(*ordered.Object); ok {
		val, _ := m.Get(s.name)
		return val
	}
	if sc, ok := v.(*scope); ok {
		return sc.get(s.name)
	}
	if m := s.prop.is[c]; m != nil {
		val, err := m.fn(ex, v, nil)
		if err != nil {
			ex.failAt(s.at, m.name, err)
		}
		return val
	}
	return nil
}

// call calls .name(arguments).
func (s *step) call(ex *exec, v any) any {
	base := len(ex.args)
	for _, a := range s.args {
		arg := a.eval(ex)
		ex.args = append(ex.args, norm(arg))
	}
	if ex.unwind != unwindNone {
		ex.args = ex.args[:base]
		return nil
	}
	val, err := ex.invoke(v, s.name, s.sig, ex.args[base:])
	clear(ex.args[base:])
	ex.args = ex.args[:base]
	if err != nil {
		ex.failAt(s.at, s.name, err)
	}
	return val
}

// index reads [index]: get(index), where a negative index counts from the end.
func (s *step) index(ex *exec, v any) any {
	k := norm(s.args[0].eval(ex))
	if ex.unwind != unwindNone {
		return nil
	}
	v = norm(v)
	k = ex.fromEnd(s.at, v, k)
	if items := elements(v); items != nil {
		i, ok := k.(int32)
		if !ok {
			return nil
		}
		if i < 0 || int(i) >= len(*items) {
			ex.failAt(s.at, "", throw(indexOutOfBounds, "Index %d out of bounds for length %d", i, len(*items)))
		}
		return (*items)[i]
	}
	switch v := v.(type) {
	case *ordered.Object:
		val, _ := v.Get(mapKey(k))
		return val
	case *scope:
		if k, ok := k.(string); ok {
			return v.get(k)
		}
	case Object:
		args := [1]any{ex.hostArg(k)}
		val, err := v.Call("get", args[:])
		if err == ErrNoMethod {
			if name, ok := k.(string); ok {
				val, _ = v.Get(name)
			}
			return val
		}
		if err != nil {
			ex.failAt(s.at, "get", err)
		}
		return val
	}
	return nil
}

// elements are those of a list or array, or nil.
func elements(v any) *[]any {
	if a, ok := v.(*array); ok {
		return &a.items
	}
	return listItems(v)
}

// fromEnd turns a negative Integer into an index from the start, on anything
// that has a size.
func (ex *exec) fromEnd(at place, v, k any) any {
	i, ok := k.(int32)
	if !ok || i >= 0 {
		return k
	}
	switch v := v.(type) {
	case *ordered.Object:
		return boxInt(int32(v.Len()) + i)
	case *view:
		return boxInt(int32(v.m.Len()) + i)
	case *scope:
		return boxInt(int32(v.store().Len()) + i)
	}
	if items := elements(v); items != nil {
		return boxInt(int32(len(*items)) + i)
	}
	if _, ok := v.(Object); !ok {
		ex.failAt(at, "", throw(illegalArgument, "a negative index needs a list, not %s", simpleName(javaName(v))))
	}
	return k
}

// set assigns to the reference, as #set does. Where there is nothing to assign
// to it does nothing.
func (r *ref) set(ex *exec, val any) {
	if len(r.steps) == 0 {
		ex.put(r.setSlot, val)
		return
	}
	v := ex.get(r.slot)
	if v == nil {
		return
	}
	last := len(r.steps) - 1
	for i := range r.steps[:last] {
		if v = r.steps[i].apply(ex, v); v == nil {
			return
		}
	}
	v = norm(v)
	s := &r.steps[last]
	if s.kind == stepIndex {
		s.setIndex(ex, v, val)
		return
	}
	switch v := v.(type) {
	case *ordered.Object:
		ex.setKey(v, s.name, val)
	case *scope:
		v.store().Set(s.name, val)
	case *entry:
		if s.name == "value" || s.name == "Value" {
			v.m.Set(v.key, val)
		}
	case Setter:
		v.Set(s.name, ex.hostArg(val))
	}
}

func (s *step) setIndex(ex *exec, v, val any) {
	k := norm(s.args[0].eval(ex))
	k = ex.fromEnd(s.at, v, k)
	if items := elements(v); items != nil {
		i, ok := k.(int32)
		if !ok {
			return
		}
		if i < 0 || int(i) >= len(*items) {
			ex.failAt(s.at, "", throw(indexOutOfBounds, "Index %d out of bounds for length %d", i, len(*items)))
		}
		(*items)[i] = val
		return
	}
	switch v := v.(type) {
	case *ordered.Object:
		ex.setKey(v, mapKey(k), val)
	case *scope:
		v.store().Set(mapKey(k), val)
	case Setter:
		if name, ok := k.(string); ok {
			v.Set(name, ex.hostArg(val))
		}
	}
}
