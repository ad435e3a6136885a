package ordered

import (
	"errors"
	"fmt"
)

// ErrNotFound says that a path leads nowhere in a value: Jayway's
// PathNotFoundException. What that means to a template or a mapping is for
// their package to say.
var ErrNotFound = errors.New("the path leads nowhere")

// A PathError says why a text is no JSONPath.
type PathError struct {
	Path   string
	Offset int // in bytes
	Msg    string
}

func (e *PathError) Error() string {
	return fmt.Sprintf("JSONPath %s: %s at offset %d", e.Path, e.Msg, e.Offset)
}

// An EvalError says why a valid path could not be evaluated, such as a sum
// over nothing.
type EvalError struct {
	Path, Msg string

	// invalid marks what Jayway calls an invalid path, though it sees that only
	// now. Within a filter such an error means no more than "no".
	invalid bool
}

func (e *EvalError) Error() string { return fmt.Sprintf("JSONPath %s: %s", e.Path, e.Msg) }

// A Path is a compiled JSONPath in Jayway's dialect, which is the one API
// Gateway speaks. The dialect is that of Jayway's current source.
// guess: which version AWS runs is not published; testdata/jayway-2.0.0.tsv lists
// paths that an old one answers differently.
type Path struct {
	text      string
	steps     []step
	fromRoot  bool // begins with $, not @: matters inside a filter
	definite  bool // leads to one value at most
	plain     bool // only single names and indexes
	functions bool // ends with a function
}

// String returns the path as it was written.
func (p *Path) String() string { return p.text }

// Definite reports whether the path leads to one value at most; another one
// finds an *[Array] of values.
func (p *Path) Definite() bool { return p.definite }

type stepKind uint8

const (
	nameStep     stepKind = iota // .name ['name']
	namesStep                    // ['a','b']
	indexStep                    // [0] [-1]
	indexesStep                  // [0,2]
	sliceStep                    // [1:3]
	wildcardStep                 // .* [*]
	filterStep                   // [?(@.a > 1)]
	scanStep                     // ..
	functionStep                 // .length()
)

// A step leads from one value to the next ones.
type step struct {
	kind     stepKind
	name     string
	names    []string
	index    int
	indexes  []int
	from, to *int // of a slice, nil where left out
	filter   condition
	call     *call

	// certain says that the steps before this one lead to one value at most: only
	// then is it an error that they lead to something of the wrong kind.
	certain bool
	last    bool
}

func (k stepKind) definite() bool {
	return k == nameStep || k == indexStep || k == functionStep
}

// CompilePath compiles a JSONPath. A text without $ at its start is taken as a
// path below the root, as Jayway does. The error is a *[PathError].
func CompilePath(text string) (*Path, error) { return compilePath(text, 0) }

// finish works out what evaluation wants to know of each step.
func (p *Path) finish() {
	p.definite, p.plain = true, true
	for i := range p.steps {
		s := &p.steps[i]
		s.last = i == len(p.steps)-1
		s.certain = p.definite
		// Several names at the end merge into one object: one value.
		p.definite = p.definite && (s.kind.definite() || s.kind == namesStep && s.last)
		p.plain = p.plain && (s.kind == nameStep || s.kind == indexStep)
		p.functions = s.kind == functionStep
	}
	p.invertFunctionOfScan()
}

// invertFunctionOfScan turns $..a.sum() into $.sum($..a), so that the function
// works on all that was found and not on each. Jayway does so when the path
// begins with the scan and ends with a function.
func (p *Path) invertFunctionOfScan() {
	if !p.functions || p.steps[0].kind != scanStep {
		return
	}
	for i := range p.steps {
		if p.steps[i].kind != functionStep {
			continue
		}
		inner := &Path{text: p.text, fromRoot: true, steps: append([]step(nil), p.steps[:i]...)}
		inner.finish()
		outer := append([]step(nil), p.steps[i:]...)
		f := *outer[0].call
		f.params = []param{{path: inner}}
		outer[0].call = &f
		p.steps = outer
		p.finish()
		return
	}
}

// Find returns what the path leads to in root: for a definite path the value
// itself or [ErrNotFound], for another one an *[Array], possibly empty, whose
// items are shared with root. Other errors are *[EvalError].
func (p *Path) Find(root any) (any, error) {
	if p.plain {
		return p.findPlain(root)
	}
	return p.find(root, root, false)
}

// findPlain walks single names and indexes.
func (p *Path) findPlain(v any) (any, error) {
	for i := range p.steps {
		s := &p.steps[i]
		found := false
		switch at := v.(type) {
		case *Object:
			if s.kind == nameStep && at != nil {
				v, found = at.Get(s.name)
			}
		case *Array:
			if s.kind == indexStep && at != nil {
				v, found = at.at(s.index)
			}
		}
		if !found {
			return nil, ErrNotFound
		}
	}
	return v, nil
}

// at returns the i-th item, counted from the end when i is negative.
func (a *Array) at(i int) (any, bool) {
	if i < 0 {
		i += len(a.Items)
	}
	if i < 0 || i >= len(a.Items) {
		return nil, false
	}
	return a.Items[i], true
}

// find evaluates any path. Strict makes each missing name an error, which is how
// a filter asks whether something exists.
func (p *Path) find(start, root any, strict bool) (any, error) {
	w := walk{path: p, root: root, strict: strict}
	if err := w.step(0, start); err != nil {
		return nil, err
	}
	if !p.definite {
		return &Array{Items: w.found}, nil
	}
	if len(w.found) == 0 {
		return nil, ErrNotFound
	}
	return w.found[len(w.found)-1], nil
}

// A walk is one evaluation of a path.
type walk struct {
	path   *Path
	root   any
	strict bool
	found  []any
}

func (w *walk) errorf(format string, args ...any) error {
	return &EvalError{Path: w.path.text, Msg: fmt.Sprintf(format, args...)}
}

func (w *walk) invalidf(format string, args ...any) error {
	return &EvalError{Path: w.path.text, Msg: fmt.Sprintf(format, args...), invalid: true}
}

// step applies the i-th step and all behind it to v.
func (w *walk) step(i int, v any) error {
	if i == len(w.path.steps) {
		w.found = append(w.found, v)
		return nil
	}
	s := &w.path.steps[i]
	switch s.kind {
	case nameStep, namesStep:
		return w.names(s, i, v)
	case indexStep, indexesStep, sliceStep:
		return w.indexes(s, i, v)
	case wildcardStep:
		return w.all(i, v)
	case filterStep:
		return w.filter(s, i, v)
	case scanStep:
		if s.last {
			return w.errorf("nothing stands behind the two dots")
		}
		return w.scan(i+1, v)
	default:
		return w.function(s, i, v)
	}
}

func (w *walk) names(s *step, i int, v any) error {
	o, ok := v.(*Object)
	if !ok || o == nil {
		if s.certain {
			return ErrNotFound
		}
		return nil
	}
	switch {
	case s.kind == nameStep:
		return w.name(s, i, o, s.name)
	case s.last:
		return w.merge(s, o)
	}
	for _, name := range s.names {
		if err := w.name(s, i, o, name); err != nil {
			return err
		}
	}
	return nil
}

// name goes on with one member, which may be missing: at the end of a path that
// is no result, before the end it is an error where there was only one way.
func (w *walk) name(s *step, i int, o *Object, name string) error {
	v, ok := o.Get(name)
	if ok {
		return w.step(i+1, v)
	}
	if w.strict || !s.last && s.certain && s.kind == nameStep {
		return ErrNotFound
	}
	return nil
}

// merge makes one object of several members, without the missing ones.
func (w *walk) merge(s *step, o *Object) error {
	merged := NewObject(len(s.names))
	for _, name := range s.names {
		if v, ok := o.Get(name); ok {
			merged.Set(name, v)
		} else if w.strict {
			return ErrNotFound
		}
	}
	w.found = append(w.found, merged)
	return nil
}

func (w *walk) indexes(s *step, i int, v any) error {
	a, ok := v.(*Array)
	if !ok || a == nil {
		if s.certain {
			return ErrNotFound
		}
		return nil
	}
	switch s.kind {
	case indexStep:
		return w.index(i, a, s.index)
	case indexesStep:
		for _, index := range s.indexes {
			if err := w.index(i, a, index); err != nil {
				return err
			}
		}
		return nil
	}
	from, to := s.bounds(len(a.Items))
	for index := from; index < to; index++ {
		if err := w.index(i, a, index); err != nil {
			return err
		}
	}
	return nil
}

// bounds of a slice. With both ends given Jayway doesn't count a negative one
// from the end: [1:-1] is empty, and [-2:1] has the items -2, -1 and 0.
func (s *step) bounds(length int) (from, to int) {
	switch {
	case s.to == nil:
		from = *s.from
		if from < 0 {
			from = max(0, length+from)
		}
		return from, length
	case s.from == nil:
		to = *s.to
		if to < 0 {
			to += length
		}
		return 0, min(length, to)
	}
	return max(*s.from, -length), min(length, *s.to)
}

func (w *walk) index(i int, a *Array, index int) error {
	if v, ok := a.at(index); ok {
		return w.step(i+1, v)
	}
	return nil
}

func (w *walk) all(i int, v any) error {
	switch v := v.(type) {
	case *Object:
		if v == nil {
			return nil
		}
		for _, member := range v.vals {
			if err := w.step(i+1, member); err != nil {
				return err
			}
		}
	case *Array:
		if v == nil {
			return nil
		}
		for _, item := range v.Items {
			if err := w.step(i+1, item); err != nil && (err != ErrNotFound || w.strict) {
				return err
			}
		}
	}
	return nil
}

func (w *walk) filter(s *step, i int, v any) error {
	switch v := v.(type) {
	case *Object:
		ok, err := w.accepts(s, v)
		if err == nil && ok {
			err = w.step(i+1, v)
		}
		return err
	case *Array:
		for _, item := range v.Items {
			ok, err := w.accepts(s, item)
			if err == nil && ok {
				err = w.step(i+1, item)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	if s.certain {
		return w.invalidf("a filter stands behind something that is neither an object nor an array")
	}
	return nil
}

// accepts applies a filter to one item. A comparison that cannot be made keeps
// the item out.
func (w *walk) accepts(s *step, item any) (bool, error) {
	ok, err := s.filter.holds(&scope{item: item, root: w.root})
	if err == errIncomparable {
		return false, nil
	}
	var eval *EvalError
	if errors.As(err, &eval) && eval.invalid {
		return false, nil
	}
	if err != nil && err != ErrNotFound && eval == nil {
		return false, w.errorf("%s", err)
	}
	return ok, err
}

// scan applies the i-th step to v and everything below it, each object and array
// before what it holds.
//
// It differs from Jayway where another step follows and what was reached is an
// array: there Jayway 2.7 and later apply the following step to all items, or drop
// what it finds, depending on what the same path was used on before ($..[0]['a','b'],
// $..*.a). Versions before did as this one.
func (w *walk) scan(i int, v any) error {
	s := &w.path.steps[i]
	fits, err := w.scanFits(s, v)
	if err != nil {
		return err
	}
	if fits {
		if err := w.step(i, v); err != nil {
			return err
		}
	}
	switch v := v.(type) {
	case *Object:
		for _, member := range v.vals {
			if err := w.scanBelow(i, member); err != nil {
				return err
			}
		}
	case *Array:
		for _, item := range v.Items {
			if err := w.scanBelow(i, item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) scanBelow(i int, v any) error {
	switch v.(type) {
	case *Object, *Array:
		return w.scan(i, v)
	}
	return nil
}

// scanFits says whether a scan tries the step s on v.
func (w *walk) scanFits(s *step, v any) (bool, error) {
	switch v.(type) {
	case *Object, *Array:
	default:
		return false, nil
	}
	o, isObject := v.(*Object)
	switch s.kind {
	case nameStep:
		if !isObject {
			return false, nil
		}
		_, ok := o.Get(s.name)
		return ok, nil
	case namesStep:
		if !isObject || !s.last {
			return isObject, nil
		}
		for _, name := range s.names {
			if _, ok := o.Get(name); !ok {
				return false, nil
			}
		}
		return true, nil
	case indexStep, indexesStep, sliceStep:
		return !isObject, nil
	case wildcardStep:
		return true, nil
	case filterStep:
		return w.accepts(s, v)
	}
	return false, nil
}
