package vtl

import "github.com/rehearse-api/rehearse/openapi/ordered"

// An iterator walks a list, a map's view or a range, and notices when what it
// walks is changed under it.
type iterator struct {
	items *[]any
	m     *ordered.Object
	kind  viewKind
	pos   int  // of the next element
	more  bool // of a map: decided when the last element was taken
	stale bool

	from, step, count int // of a range; step 0 otherwise

	own []any // elements nobody else has; kept for the next loop
}

func (v *view) at(i int) any {
	k, val := v.m.At(i)
	switch v.kind {
	case keyView:
		return keyValue(k)
	case valueView:
		return val
	}
	return &entry{v.m, k, val}
}

// iterate returns an iterator over v, or nil if there is nothing to iterate.
func (ex *exec) iterate(v any) *iterator {
	switch v := v.(type) {
	case *list:
		return ex.newIterator(iterator{items: &v.Items})
	case *ordered.Array:
		return ex.newIterator(iterator{items: &v.Items})
	case *array:
		return ex.newIterator(iterator{items: &v.items})
	case *ordered.Object:
		return ex.newIterator(iterator{m: v, kind: valueView, more: v.Len() > 0})
	case *view:
		return ex.newIterator(iterator{m: v.m, kind: v.kind, more: v.m.Len() > 0})
	case *scope:
		m := v.store()
		return ex.newIterator(iterator{m: m, kind: valueView, more: m.Len() > 0})
	case *iterator:
		return v
	case Object:
		values, err := v.Call("values", nil)
		if err != nil {
			return nil
		}
		switch values.(type) {
		case *ordered.Array, *list, *view:
			return ex.iterate(values)
		}
	}
	return nil
}

func (ex *exec) newIterator(i iterator) *iterator {
	var it *iterator
	if n := len(ex.spare); n > 0 {
		it, ex.spare = ex.spare[n-1], ex.spare[:n-1]
	} else {
		it = new(iterator)
	}
	own := it.own[:0]
	*it = i
	it.own = own
	ex.iterators = append(ex.iterators, it)
	return it
}

// release forgets an iterator that newIterator made last.
func (ex *exec) release(it *iterator) {
	if n := len(ex.iterators) - 1; n >= 0 && ex.iterators[n] == it {
		ex.iterators = ex.iterators[:n]
		clear(it.own)
		ex.spare = append(ex.spare, it)
	}
}

func (it *iterator) hasNext() bool {
	switch {
	case it.step != 0:
		return it.pos < it.count
	case it.m != nil:
		return it.more
	}
	return it.pos != len(*it.items)
}

func (it *iterator) next() (any, error) {
	if it.step != 0 {
		if it.pos >= it.count {
			return nil, throw(noSuchElement, "")
		}
		v := boxInt(int32(it.from + it.pos*it.step))
		it.pos++
		return v, nil
	}
	if it.stale {
		return nil, throw(concurrentModification, "the list or map was changed while it was walked")
	}
	if it.m != nil {
		if !it.more || it.pos >= it.m.Len() {
			return nil, throw(noSuchElement, "")
		}
		v := (&view{it.m, it.kind}).at(it.pos)
		it.pos++
		it.more = it.pos < it.m.Len()
		return v, nil
	}
	if it.pos >= len(*it.items) {
		return nil, throw(noSuchElement, "")
	}
	v := (*it.items)[it.pos]
	it.pos++
	return v, nil
}

// remove takes away what next returned last.
func (it *iterator) remove(ex *exec) error {
	switch {
	case it.step != 0 || it.pos == 0:
		return throw(illegalState, "")
	case it.stale:
		return throw(concurrentModification, "the list or map was changed while it was walked")
	case it.m != nil:
		k, _ := it.m.At(it.pos - 1)
		it.m.Delete(k)
		ex.changedMap(it.m)
	default:
		items := *it.items
		*it.items = append(items[:it.pos-1], items[it.pos:]...)
		ex.changed(it.items)
	}
	it.pos--
	it.stale = false
	return nil
}
