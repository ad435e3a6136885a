package vtl

import (
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Reference is a reference a template holds, for those who check templates
// without running them.
type Reference struct {
	Name     string // of the variable: input
	Path     []Part // what follows it
	Text     string // as written: $input.params('id')
	Pos      source.Pos
	InString bool // it stands in a double-quoted string
	Quiet    bool // $!name
	Assigned bool // it is given a value here, by #set, #foreach, #define or as a parameter of #macro

	at place
}

// A Part is one .name, .name(arguments) or [index] of a Reference.
type Part struct {
	Kind PartKind
	Name string // empty for an index
	Args []Arg  // of a method; the index of an index
	Pos  source.Pos

	at place
}

// A PartKind is what a Part is.
type PartKind uint8

const (
	Property PartKind = iota
	Method
	Index
)

// An Arg is an argument. Value is that of a constant: a string, a number as in
// Vars, or a bool; nil if it is known only when the template runs.
type Arg struct {
	Value any
	Pos   source.Pos

	at place
}

// References returns the references of the template in the order they stand
// in, arguments before the reference they belong to. Text given to #evaluate is not looked into.
func (t *Template) References() []Reference {
	t.placed.Do(t.place)
	return t.refs
}

// place looks up the places of what is listed. Finding one may mean reading
// the file up to it, so those who only render are spared that.
func (t *Template) place() {
	for i := range t.refs {
		r := &t.refs[i]
		r.Pos = r.at.pos()
		for j := range r.Path {
			p := &r.Path[j]
			p.Pos = p.at.pos()
			for k := range p.Args {
				p.Args[k].Pos = p.Args[k].at.pos()
			}
		}
	}
	for i := range t.cover.branches {
		b := &t.cover.branches[i]
		b.Pos = b.at.pos()
	}
}

// KnownMethod reports whether any value but a host's Object has a method of
// that name that takes so many arguments.
func KnownMethod(name string, args int) bool {
	sig := methodsNamed(name)
	if sig == nil {
		return false
	}
	for _, list := range sig.byClass {
		for _, m := range list {
			if len(m.params) == args || m.varargs && args >= len(m.params)-1 {
				return true
			}
		}
	}
	return false
}

func (c *compiler) note(n *syn, r *ref, assigned bool) {
	if r.runt || r.opaque || r.escaped {
		return
	}
	out := Reference{Name: r.root, Text: r.src, at: r.at, InString: c.nested, Quiet: r.quiet, Assigned: assigned}
	for i := range r.steps {
		s := &r.steps[i]
		p := Part{Kind: PartKind(s.kind), Name: s.name, at: s.at}
		if s.kind == stepIndex {
			p.Name = ""
		}
		for j, a := range s.args {
			arg := Arg{at: c.place(n.kids[i].kids[j].first)}
			switch a := a.(type) {
			case constant:
				arg.Value = a.val
			case *text:
				arg.Value = a.val
			}
			p.Args = append(p.Args, arg)
		}
		out.Path = append(out.Path, p)
	}
	c.refs = append(c.refs, out)
}
