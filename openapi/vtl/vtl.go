// Package vtl is the template language of mapping templates: Velocity 1.7 as
// it really behaves, and what API Gateway changes in it.
//
// [Parse] makes a [Template] once; [Template.Execute] runs it any number of
// times, from any number of goroutines, against [Vars]. Nothing here knows API
// Gateway's variables: package mapping offers $input and its kin as [Object]s.
package vtl

import (
	"errors"
	"maps"
	"strconv"
	"sync"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Mode says whose dialect a template is in.
type Mode uint8

const (
	AWS   Mode = iota // as API Gateway renders: undefined references are blank, arrays print as JSON, the sandbox holds
	Stock             // Velocity 1.7 as shipped
)

// Options of Parse. The zero value is the product's default.
type Options struct {
	Mode   Mode
	Limits Limits // zero fields mean the defaults
}

// Limits bound what a template may use, so that none can hang or eat the memory.
type Limits struct {
	Output     int // bytes of output; default 10 MiB
	Steps      int // directives and references evaluated, and work that costs as much; default 20 million
	Depth      int // macro calls in each other; default 20, as in Velocity. #evaluate may nest ten times as deep
	Foreach    int // rounds of one #foreach, which then ends without a word; default 1000 in AWS mode, none in Stock
	Collection int // elements of one list or map and bytes of one string made by a template; default 10 MiB. All together may take 64 times that
}

// maxMacroDepth is how deep the content of a #@macro may print itself.
const maxMacroDepth = 20

func (l Limits) withDefaults(m Mode) Limits {
	set := func(n *int, d int) {
		if *n <= 0 {
			*n = d
		}
	}
	set(&l.Output, 10<<20)
	set(&l.Steps, 20_000_000)
	set(&l.Depth, 20)
	set(&l.Collection, 10<<20)
	if m == AWS {
		set(&l.Foreach, 1000)
	}
	return l
}

// Vars are the variables a template starts with. Values are those of package
// ordered, Go's string, bool, int32, int64, float64, *big.Int, and Objects. #set
// in a template does not change the map itself, but does change what it holds
// by reference.
type Vars map[string]any

// An Object is a value a host offers, such as $input.
type Object interface {
	// Get returns a property, and whether there is one.
	Get(name string) (any, bool)
	// Call calls a method. ErrNoMethod says there is none of that name and
	// number of arguments; any other error ends the rendering. args may be
	// used until Call returns, and hold what the template has: lists, maps and
	// characters it made are for [Plain] and [Text] to read. $object[k] calls
	// get(k), and #foreach over an Object calls values().
	Call(name string, args []any) (any, error)
}

// ErrNoMethod is what an Object's Call returns for a method it doesn't have.
var ErrNoMethod = errors.New("no such method")

// A Setter is an Object whose properties templates may set.
type Setter interface {
	// Set sets a property, to a value as Call's args have it, and reports
	// whether that was allowed.
	Set(name string, value any) bool
}

// A Printer is an Object with a text of its own. An Object without one prints nothing.
type Printer interface {
	AppendText(dst []byte) []byte
}

// A Template is a parsed template. It is not changed by executing it.
type Template struct {
	text    source.Text
	mode    Mode
	limits  Limits
	body    *block
	names   map[string]int // variables, by name
	order   []string       // the same, by number
	macros  map[string]*macro
	defined map[string]bool
	refs    []Reference
	cover   coverage
	placed  sync.Once // the places of refs and cover.branches
	halves  bool
	failure *failure // what every rendering starts and ends with, or nil

	// loop has the variables that directives set by themselves; -1 where the
	// template doesn't name them.
	loop struct {
		scope, count, hasNext, content int
		private                        bool // $foreach is only asked for its counters, so nobody keeps it
	}

	pool sync.Pool // of *exec
}

// Parse parses a template. Its error is a *source.Error that wraps a
// *ParseError. Like the engine it reports the first mistake only: what follows
// one can't be told from text.
func Parse(t source.Text, o Options) (tmpl *Template, err error) {
	if t.At == nil {
		t = source.Plain("", t.Text)
	}
	tmpl = &Template{
		text: t, mode: o.Mode, limits: o.Limits.withDefaults(o.Mode),
		names: map[string]int{}, macros: map[string]*macro{}, defined: map[string]bool{},
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *ParseError:
			tmpl, err = nil, located(t, r)
		case failure:
			tmpl.failure = &r // the engine says so only when it renders
		default:
			panic(r)
		}
	}()
	c := &compiler{
		unit:     &unit{at: t.At},
		names:    tmpl.names,
		addName:  tmpl.addName,
		known:    func(name string) bool { return tmpl.macros[name] != nil },
		register: func(m *macro) { tmpl.macros[m.name] = m },
		cover:    &tmpl.cover,
	}
	c.p = newParser(t.Text, tmpl.defined, func(string) bool { return false })
	tree := c.p.template()
	tmpl.body = c.block(tree)
	tmpl.refs = c.refs
	tmpl.halves = c.halves
	for _, call := range c.calls {
		call.macro = tmpl.macros[call.name]
	}
	special := func(name string) int {
		if c.dynamic {
			return c.slot(name) // #evaluate may name it
		}
		if s, ok := tmpl.names[name]; ok {
			return s
		}
		return -1
	}
	tmpl.loop.scope = special("foreach")
	tmpl.loop.count = special("velocityCount")
	tmpl.loop.hasNext = special("velocityHasNext")
	tmpl.loop.content = special("bodyContent")
	tmpl.loop.private = !c.dynamic && !keepsScope(c.refs)
	return tmpl, nil
}

// keepsScope reports whether a reference may hold on to $foreach itself.
func keepsScope(refs []Reference) bool {
	for i := range refs {
		if refs[i].Name != "foreach" {
			continue
		}
		if len(refs[i].Path) == 0 {
			return true
		}
		switch refs[i].Path[0].Name {
		case "hasNext", "index", "count", "first", "last":
		default:
			return true
		}
	}
	return false
}

func (t *Template) addName(name string) int {
	n := len(t.order)
	t.names[name] = n
	t.order = append(t.order, name)
	return n
}

// Text returns the text the template was parsed from.
func (t *Template) Text() source.Text { return t.text }

// Execute renders the template and appends the output to dst. rec, if not nil,
// is added to. An error is a *source.Error that wraps a *RuntimeError, which
// wraps a *LimitError where a limit was reached, or a *ParseError for text
// #evaluate can't read; dst is then returned as it was given.
func (t *Template) Execute(dst []byte, vars Vars, rec *Recording) (out []byte, err error) {
	if t.failure != nil {
		return dst, t.failure.err
	}
	ex, _ := t.pool.Get().(*exec)
	if ex == nil {
		ex = &exec{t: t, slots: make([]any, len(t.order))}
		ex.args = ex.smallArgs[:0]
	}
	ex.start(dst, vars, rec)
	defer func() {
		switch r := recover().(type) {
		case nil:
			out = ex.out
			if ex.halves {
				out = append(dst, joinHalves(out[len(dst):], true)...)
			}
			ex.reset()
			t.pool.Put(ex)
		case failure:
			out, err = dst, ex.located(r.err)
		default:
			panic(r)
		}
	}()
	t.body.run(ex)
	ex.checkOutput(len(ex.out))
	return
}

func (ex *exec) start(dst []byte, vars Vars, rec *Recording) {
	t := ex.t
	ex.aws = t.mode == AWS
	if ex.aws {
		ex.blank = ""
	}
	ex.vars = vars
	ex.out, ex.base = dst, len(dst)
	ex.steps, ex.made = t.limits.Steps, 64*t.limits.Collection
	ex.halves = t.halves
	if len(vars) > 0 {
		for slot, name := range t.order {
			ex.slots[slot] = vars[name]
		}
	}
	if ex.rec = rec; rec != nil {
		rec.fit(t)
	}
}

// reset makes ex fit for another rendering.
func (ex *exec) reset() {
	clear(ex.slots)
	ex.slots = ex.slots[:len(ex.t.order)]
	ex.out, ex.vars, ex.rec = nil, nil, nil
	ex.frame, ex.names, ex.added, ex.defined = nil, nil, nil, nil
	ex.unwind, ex.stopAt = unwindNone, nil
	ex.iterators = ex.iterators[:0]
	ex.macroDepth, ex.evalDepth, ex.nested = 0, 0, 0
}

// located gives an error without a place that of the block it happened in.
func (ex *exec) located(err error) error {
	var e *source.Error
	if !errors.As(err, &e) {
		e = &source.Error{Msg: err.Error(), Err: &RuntimeError{Err: err, msg: err.Error()}}
	}
	if e.Pos.IsZero() && ex.current != nil {
		e.Pos = ex.current.at.pos()
	}
	var limit *LimitError
	if errors.As(err, &limit) {
		e.Hint = "a template may not use more; look for a loop that never ends"
	}
	return e
}

// compile compiles what #evaluate at was given.
func (ex *exec) compile(src string, at place) *block {
	if ex.names == nil {
		ex.names = maps.Clone(ex.t.names)
		ex.defined = maps.Clone(ex.t.defined)
		ex.added = map[string]*macro{}
	}
	pos := at.pos()
	known := func(name string) bool { return ex.t.macros[name] != nil || ex.added[name] != nil }
	c := &compiler{
		unit:  &unit{at: func(int) source.Pos { return pos }},
		names: ex.names,
		addName: func(name string) int {
			ex.names[name] = len(ex.slots)
			ex.slots = append(ex.slots, ex.vars[name])
			return ex.names[name]
		},
		known:    known,
		register: func(m *macro) { ex.added[m.name] = m },
	}
	defer func() {
		r := recover()
		if e, ok := r.(*ParseError); ok {
			inner := *e
			e.Line, e.Column = at.line, at.col
			e.msg = "#evaluate was given no template: line " + strconv.Itoa(inner.Line) + ", column " + strconv.Itoa(inner.Column) + ": " + e.msg
			r = failure{&source.Error{Pos: pos, Msg: e.msg, Hint: e.hint, Err: e}}
		}
		if r != nil {
			panic(r)
		}
	}()
	c.p = newParser(src, ex.defined, known)
	tree := c.p.template()
	body := c.block(tree)
	if c.halves {
		ex.halves = true
	}
	for _, call := range c.calls {
		call.macro = ex.t.macros[call.name]
	}
	return body
}
