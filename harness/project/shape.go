package project

import (
	"regexp"
	"slices"
	"sync"
)

// A shape says what a value of rehearse.yaml may look like. The shapes of
// shapes.go are the only description of the file: checking reads them, and
// [Schema] prints them as a JSON Schema.
type shape struct {
	kind kind
	doc  string

	fields []field // of an object
	each   *shape  // the values of a mapping, the items of a list
	names  *rule   // what a mapping's keys must look like
	noun   string  // what a mapping's keys are: "stage"

	choices []*shape // of an either: told apart by the node's kind, or by their fields

	enum []string
	min  *float64
	max  *float64
	rule *rule
}

// A rule is a pattern with the words for it.
type rule struct {
	expr string
	re   func() *regexp.Regexp // compiled when first needed: few configs need them all
	want string                // "want letters, digits, _ and -"
}

// A field is one field of an object.
type field struct {
	name     string
	doc      string
	shape    *shape
	required bool
}

type kind uint8

const (
	object   kind = iota
	mapping       // names of the user's own
	list          // items
	text          // a string
	spelled       // any scalar, taken as it is spelled: 0.5, "0.5", true
	whole         // an integer
	number        // any number
	flag          // true or false
	duration      // "2s", "1h30m"
	moment        // 2026-01-01T00:00:00Z
	anything      // JSON
	either        // one of choices
)

// want names a shape in messages.
func (s *shape) want() string {
	switch s.kind {
	case object:
		return "a mapping"
	case mapping:
		if s.noun != "" {
			return "a mapping of " + s.noun + " names"
		}
		return "a mapping"
	case list:
		return "a list"
	case text, spelled:
		return "a text"
	case whole:
		return "a whole number"
	case number:
		return "a number"
	case flag:
		return "true or false"
	case duration:
		return `a duration such as "2s"`
	case moment:
		return "a time such as 2026-01-01T00:00:00Z"
	case either:
		w := ""
		for i, c := range s.choices {
			switch {
			case i == 0:
			case i == len(s.choices)-1:
				w += " or "
			default:
				w += ", "
			}
			w += c.want()
		}
		return w
	}
	return "a value"
}

// field returns the field called name, or nil.
func (s *shape) field(name string) *field {
	i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &s.fields[i]
}

func (s *shape) fieldNames() []string {
	var names []string
	for _, f := range s.fields {
		names = append(names, f.name)
	}
	return names
}

// Makers of shapes, so that shapes.go reads as a table.

func between(s *shape, min, max float64) *shape {
	c := *s
	c.min, c.max = &min, &max
	return &c
}

func atLeast(s *shape, min float64) *shape {
	c := *s
	c.min = &min
	return &c
}

func matching(re, want string) *shape {
	return &shape{kind: text, rule: newRule(re, want)}
}

func spelledLike(re, want string) *shape {
	return &shape{kind: spelled, rule: newRule(re, want)}
}

func newRule(expr, want string) *rule {
	return &rule{expr, sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) }), want}
}

// fits reports whether the rule allows s.
func (r *rule) fits(s string) bool { return r.re().MatchString(s) }

func oneOf(values ...string) *shape { return &shape{kind: text, enum: values} }

func listOf(each *shape) *shape { return &shape{kind: list, each: each} }

func mapOf(noun string, names *rule, each *shape) *shape {
	return &shape{kind: mapping, noun: noun, names: names, each: each}
}

func eitherOf(choices ...*shape) *shape { return &shape{kind: either, choices: choices} }
