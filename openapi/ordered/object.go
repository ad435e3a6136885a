package ordered

import "iter"

// indexAbove is the number of members from which an Object is searched through
// a map: below it a scan is faster.
const indexAbove = 16

// An Object is a JSON object. Its members keep the order in which they were
// first set. The zero Object is empty and ready to use.
type Object struct {
	keys  []string
	vals  []any
	index map[string]int // nil while small
}

// NewObject returns an empty Object with room for n members.
func NewObject(n int) *Object {
	return &Object{keys: make([]string, 0, n), vals: make([]any, 0, n)}
}

// Len returns the number of members.
func (o *Object) Len() int { return len(o.keys) }

// At returns the i-th member, counting from 0.
func (o *Object) At(i int) (key string, value any) { return o.keys[i], o.vals[i] }

func (o *Object) find(key string) int {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range o.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// Get returns the member called key, and whether there is one.
func (o *Object) Get(key string) (any, bool) {
	if i := o.find(key); i >= 0 {
		return o.vals[i], true
	}
	return nil, false
}

// Set sets the member called key. A key that is there keeps its place.
func (o *Object) Set(key string, value any) {
	if i := o.find(key); i >= 0 {
		o.vals[i] = value
		return
	}
	o.keys = append(o.keys, key)
	o.vals = append(o.vals, value)
	switch {
	case o.index != nil:
		o.index[key] = len(o.keys) - 1
	case len(o.keys) > indexAbove:
		o.reindex()
	}
}

// Delete removes the member called key and returns what it was.
func (o *Object) Delete(key string) (any, bool) {
	i := o.find(key)
	if i < 0 {
		return nil, false
	}
	old := o.vals[i]
	o.keys = append(o.keys[:i], o.keys[i+1:]...)
	o.vals = append(o.vals[:i], o.vals[i+1:]...)
	if o.index != nil {
		o.reindex()
	}
	return old, true
}

// Clear removes all members.
func (o *Object) Clear() {
	clear(o.vals)
	o.keys, o.vals, o.index = o.keys[:0], o.vals[:0], nil
}

func (o *Object) reindex() {
	o.index = make(map[string]int, 2*len(o.keys))
	for i, k := range o.keys {
		o.index[k] = i
	}
}

// All ranges over the members in order.
func (o *Object) All() iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i, k := range o.keys {
			if !yield(k, o.vals[i]) {
				return
			}
		}
	}
}
