package fix

import (
	"slices"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A change is one thing that a document should have: something at a path, or a
// text written otherwise.
type change struct {
	path []string // keys and indexes, as a JSON pointer's; a last "-" is a new item of a list
	// value is what is made where the path leads nowhere; where it leads somewhere,
	// that stays as it is.
	value any
	// Texts that are there are changed by one of these:
	wrap   bool     // a text is put between single quotes: x becomes 'x'
	list   []string // names that come to a list between single quotes: 'a' becomes 'a,b'
	become string   // another word: false becomes true
}

// add wants something at a path, in case it isn't there.
func add(value any, path ...string) change { return change{path: path, value: value} }

// object makes an ordered object of keys and values that follow each other.
func object(pairs ...any) *ordered.Object {
	o := ordered.NewObject(len(pairs) / 2)
	for i := 0; i+1 < len(pairs); i += 2 {
		o.Set(pairs[i].(string), pairs[i+1])
	}
	return o
}

// A growth is what several changes do to one value of the document, and to those
// inside it: changes of one place become one.
type growth struct {
	key    string
	value  any
	made   bool // a change wants it made
	inside []*growth
	items  []any // new ones of a list
	wrap   bool
	list   []string
	become string
}

func (g *growth) inner(key string) *growth {
	for _, i := range g.inside {
		if i.key == key {
			return i
		}
	}
	i := &growth{key: key}
	g.inside = append(g.inside, i)
	return i
}

func (g *growth) take(c change) {
	for n, key := range c.path {
		if key == "-" && n == len(c.path)-1 {
			if !slices.ContainsFunc(g.items, func(v any) bool { return ordered.Equal(v, c.value) }) {
				g.items = append(g.items, c.value)
			}
			return
		}
		g = g.inner(key)
	}
	switch {
	case c.wrap:
		g.wrap = true
	case c.become != "":
		g.become = c.become
	case c.list != nil:
		for _, name := range c.list {
			if !slices.Contains(g.list, name) {
				g.list = append(g.list, name)
			}
		}
	case !g.made:
		g.made, g.value = true, c.value
	default:
		old, _ := g.value.(*ordered.Object)
		more, _ := c.value.(*ordered.Object)
		if old == nil || more == nil {
			return
		}
		for key, v := range more.All() {
			if _, there := old.Get(key); !there {
				old.Set(key, v)
			}
		}
	}
}

func grow(changes []change) *growth {
	g := &growth{}
	for _, c := range changes {
		c.value = ordered.Clone(c.value)
		g.take(c)
	}
	return g
}

// whole is the value to make where nothing is there yet.
func (g *growth) whole() any {
	if g.items != nil {
		return &ordered.Array{Items: g.items}
	}
	o, ok := g.value.(*ordered.Object)
	if g.made && !ok {
		return g.value
	}
	if !ok {
		o = ordered.NewObject(len(g.inside))
	}
	for _, i := range g.inside {
		if old, there := o.Get(i.key); !there {
			o.Set(i.key, i.whole())
		} else if inner, ok := old.(*ordered.Object); ok {
			i.value, i.made = inner, true
			o.Set(i.key, i.whole())
		}
	}
	return o
}
