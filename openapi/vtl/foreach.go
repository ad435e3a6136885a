package vtl

import "github.com/rehearse-api/rehearse/openapi/ordered"

type foreachStmt struct {
	slot  int // of the element
	list  expr
	body  stmt
	src   string
	at    place
	loops branch
	skips branch
}

// A scope is $foreach. It is a map too, and templates may store things in it.
type scope struct {
	owner    *foreachStmt
	parent   *scope
	replaced any // what $foreach was before, if no scope
	index    int
	hasNext  bool
	stored   *ordered.Object
}

func (s *scope) store() *ordered.Object {
	if s.stored == nil {
		s.stored = ordered.NewObject(0)
	}
	return s.stored
}

func (s *scope) get(key string) any {
	for ; s != nil; s = s.parent {
		if s.stored != nil {
			if v, ok := s.stored.Get(key); ok {
				return v
			}
		}
	}
	return nil
}

func (s *foreachStmt) run(ex *exec) {
	it, made := s.iterator(ex)
	if it == nil {
		if ex.rec != nil {
			ex.rec.noRound(s)
		}
		return
	}
	special := &ex.t.loop // the names of what loops set
	saved := ex.get(s.slot)
	savedCount, savedNext := ex.get(special.count), ex.get(special.hasNext)
	var sc *scope
	if special.scope >= 0 {
		sc = ex.newScope()
		sc.owner, sc.index = s, -1
		switch prev := ex.get(special.scope).(type) {
		case *scope:
			sc.parent = prev
		case nil:
		default:
			sc.replaced = prev
		}
		ex.put(special.scope, sc)
	}
	var nulls *frame
	rounds, looped := 0, false
	for it.hasNext() {
		looped = true
		ex.spend(1)
		if special.count >= 0 {
			ex.put(special.count, boxInt(int32(rounds+1)))
		}
		v, err := it.next()
		if err != nil {
			ex.failAt(s.at.unplaced(), "#foreach", err)
		}
		if special.hasNext >= 0 {
			ex.put(special.hasNext, it.hasNext())
		}
		ex.put(s.slot, v)
		if sc != nil {
			sc.index++
			sc.hasNext = it.hasNext()
		}
		if ex.rec != nil {
			ex.rec.round(s, v)
		}
		if v == nil {
			if nulls == nil {
				nulls = &frame{parent: ex.frame, nullSlot: s.slot, active: true}
			}
			ex.frame = nulls
			s.body.run(ex)
			ex.frame = nulls.parent
		} else {
			s.body.run(ex)
		}
		if ex.unwind != unwindNone {
			if ex.unwind == unwindNearest || ex.unwind == unwindTo && ex.stopAt == s {
				ex.unwind = unwindNone
			}
			break
		}
		rounds++
		if limit := ex.t.limits.Foreach; limit > 0 && rounds >= limit {
			break // without a word
		}
	}
	if ex.rec != nil && !looped {
		ex.rec.noRound(s)
	}
	if made {
		ex.release(it)
	}
	ex.restore(s.slot, saved)
	ex.restore(special.count, savedCount)
	ex.restore(special.hasNext, savedNext)
	if sc == nil {
		return
	}
	if now, ok := ex.get(special.scope).(*scope); ok {
		switch {
		case now.parent != nil:
			ex.put(special.scope, now.parent)
		case now.replacedValue() != nil:
			ex.put(special.scope, now.replacedValue())
		default:
			ex.remove(special.scope)
		}
	}
	ex.releaseScope(sc)
}

// newScope returns a scope; used ones come back where no template can have
// kept them.
func (ex *exec) newScope() *scope {
	if n := len(ex.scopes); n > 0 {
		sc := ex.scopes[n-1]
		ex.scopes = ex.scopes[:n-1]
		return sc
	}
	return new(scope)
}

func (ex *exec) releaseScope(sc *scope) {
	if ex.t.loop.private {
		*sc = scope{}
		ex.scopes = append(ex.scopes, sc)
	}
}

func (s *scope) replacedValue() any {
	for ; s != nil; s = s.parent {
		if s.replaced != nil {
			return s.replaced
		}
	}
	return nil
}

func (ex *exec) restore(slot int, v any) {
	if v != nil {
		ex.put(slot, v)
	} else {
		ex.remove(slot)
	}
}

// iterator evaluates the list. made says that the iterator is the loop's own.
func (s *foreachStmt) iterator(ex *exec) (it *iterator, made bool) {
	if r, ok := s.list.(*rangeLiteral); ok {
		from, step, count, ok := r.bounds(ex)
		if !ok || ex.unwind != unwindNone {
			return nil, false
		}
		return ex.newIterator(iterator{from: from, step: step, count: count}), true
	}
	if l, ok := s.list.(*listLiteral); ok {
		it = ex.newIterator(iterator{})
		for _, item := range l.items {
			it.own = append(it.own, item.eval(ex))
		}
		it.items = &it.own
		return it, true
	}
	v := s.list.eval(ex)
	if v == nil || ex.unwind != unwindNone {
		return nil, false
	}
	it = ex.iterate(v)
	return it, it != v
}
