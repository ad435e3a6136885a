package vtl

import (
	"slices"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func listSize(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(len(*seq(recv)))), nil
}

func listIsEmpty(_ *exec, recv any, _ []any) (any, error) { return len(*seq(recv)) == 0, nil }

// at checks an index; most is the first that is too high.
func at(i any, most int) (int, error) {
	n := int(i.(int32))
	if n < 0 || n >= most {
		return 0, throw(indexOutOfBounds, "Index %d out of bounds for length %d", n, most)
	}
	return n, nil
}

func listGet(_ *exec, recv any, args []any) (any, error) {
	items := *seq(recv)
	i, err := at(args[0], len(items))
	if err != nil {
		return nil, err
	}
	return items[i], nil
}

func listSet(_ *exec, recv any, args []any) (any, error) {
	items := *seq(recv)
	i, err := at(args[0], len(items))
	if err != nil {
		return nil, err
	}
	old := items[i]
	items[i] = args[1]
	return old, nil
}

func (ex *exec) find(items []any, v any) int {
	ex.spend(len(items) >> 4)
	return slices.IndexFunc(items, func(item any) bool { return ex.same(item, v, 0) })
}

func listContains(ex *exec, recv any, args []any) (any, error) {
	return ex.find(*seq(recv), args[0]) >= 0, nil
}

func listContainsAll(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	for _, v := range collection(args[0]) {
		if ex.find(*seq(recv), v) < 0 {
			return false, nil
		}
	}
	return true, nil
}

func listIndexOf(ex *exec, recv any, args []any) (any, error) {
	return boxInt(int32(ex.find(*seq(recv), args[0]))), nil
}

func listLastIndexOf(ex *exec, recv any, args []any) (any, error) {
	items := *seq(recv)
	ex.spend(len(items) >> 4)
	for i := len(items) - 1; i >= 0; i-- {
		if ex.same(items[i], args[0], 0) {
			return boxInt(int32(i)), nil
		}
	}
	return boxInt(-1), nil
}

func listIterator(ex *exec, recv any, _ []any) (any, error) { return ex.iterate(recv), nil }

// listSubList shares its elements with the list, but not its length.
func listSubList(_ *exec, recv any, args []any) (any, error) {
	items := *seq(recv)
	from, to := int(args[0].(int32)), int(args[1].(int32))
	switch {
	case from < 0:
		return nil, throw(indexOutOfBounds, "fromIndex = %d", from)
	case to > len(items):
		return nil, throw(indexOutOfBounds, "toIndex = %d", to)
	case from > to:
		return nil, throw(illegalArgument, "fromIndex(%d) > toIndex(%d)", from, to)
	}
	return newList(items[from:to:to]), nil
}

// resizable returns the elements of a list; arrays keep their length.
func resizable(recv any) (*[]any, error) {
	if _, ok := recv.(*array); ok {
		return nil, throw(unsupported, "an array can't change its length")
	}
	return seq(recv), nil
}

// insert puts values into a list.
func (ex *exec) insert(recv any, i int, values ...any) error {
	items, err := resizable(recv)
	if err != nil {
		return err
	}
	if i < 0 || i > len(*items) {
		return throw(indexOutOfBounds, "Index: %d, Size: %d", i, len(*items))
	}
	ex.make(len(values))
	if len(*items)+len(values) > ex.t.limits.Collection {
		ex.exceed("Collection", ex.t.limits.Collection)
	}
	if i == len(*items) {
		*items = append(*items, values...)
	} else {
		ex.spend((len(*items) - i) >> 6)
		*items = slices.Insert(*items, i, values...)
	}
	ex.changed(items)
	return nil
}

func listAdd(ex *exec, recv any, args []any) (any, error) {
	return true, ex.insert(recv, len(*seq(recv)), args[0])
}

func listInsert(ex *exec, recv any, args []any) (any, error) {
	return void(ex.insert(recv, int(args[0].(int32)), args[1]))
}

func listAddAll(ex *exec, recv any, args []any) (any, error) {
	return ex.addAll(recv, len(*seq(recv)), args[0])
}

func listInsertAll(ex *exec, recv any, args []any) (any, error) {
	return ex.addAll(recv, int(args[0].(int32)), args[1])
}

func (ex *exec) addAll(recv any, i int, from any) (any, error) {
	if err := npe(from); err != nil {
		return nil, err
	}
	values := slices.Clone(collection(from))
	return len(values) > 0, ex.insert(recv, i, values...)
}

func (ex *exec) removeAt(recv any, i int) (any, error) {
	items, err := resizable(recv)
	if err != nil {
		return nil, err
	}
	old := (*items)[i]
	ex.spend((len(*items) - i) >> 6)
	*items = slices.Delete(*items, i, i+1)
	ex.changed(items)
	return old, nil
}

func listRemoveAt(ex *exec, recv any, args []any) (any, error) {
	i, err := at(args[0], len(*seq(recv)))
	if err != nil {
		return nil, err
	}
	return ex.removeAt(recv, i)
}

func listRemove(ex *exec, recv any, args []any) (any, error) {
	i := ex.find(*seq(recv), args[0])
	if i < 0 {
		return false, nil
	}
	_, err := ex.removeAt(recv, i)
	return true, err
}

func listRemoveAll(ex *exec, recv any, args []any) (any, error) {
	return ex.filter(recv, args[0], false)
}

func listRetainAll(ex *exec, recv any, args []any) (any, error) {
	return ex.filter(recv, args[0], true)
}

// filter keeps the elements that are, or are not, in other.
func (ex *exec) filter(recv, other any, keep bool) (any, error) {
	if err := npe(other); err != nil {
		return nil, err
	}
	values := slices.Clone(collection(other))
	goes := func(item any) bool { return ex.find(values, item) >= 0 != keep }
	if !slices.ContainsFunc(*seq(recv), goes) {
		return false, nil
	}
	items, err := resizable(recv)
	if err != nil {
		return nil, err
	}
	n := len(*items)
	*items = slices.DeleteFunc(*items, goes)
	if len(*items) != n {
		ex.changed(items)
	}
	return len(*items) != n, nil
}

func listClear(ex *exec, recv any, _ []any) (any, error) {
	items, err := resizable(recv)
	if err != nil {
		return nil, err
	}
	*items = nil
	ex.changed(items)
	return void(nil)
}

func collectionToArray(ex *exec, recv any, _ []any) (any, error) {
	items := slices.Clone(collection(recv))
	ex.make(len(items))
	return &array{elem: "java.lang.Object", items: items}, nil
}

// collectionIntoArray fills the array it is given, if that is long enough.
func collectionIntoArray(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	items := collection(recv)
	into := args[0].(*array)
	if len(into.items) < len(items) {
		made, err := collectionToArray(ex, recv, nil)
		made.(*array).elem = into.elem
		return made, err
	}
	if n := copy(into.items, items); n < len(into.items) {
		into.items[n] = nil
	}
	return into, nil
}

// listSort sorts by the elements' own order, as sort(null) does.
func listSort(ex *exec, recv any, _ []any) (any, error) {
	items := seq(recv)
	ex.spend(len(*items))
	var failed error
	slices.SortStableFunc(*items, func(a, b any) int {
		a, b = norm(a), norm(b)
		if failed != nil {
			return 0
		}
		if failed = npe(a, b); failed != nil {
			return 0
		}
		v, err := compareNaturally(ex, a, b)
		if err != nil {
			failed = err
			return 0
		}
		return int(v.(int32))
	})
	ex.changed(items)
	return void(failed)
}

// compareNaturally is a.compareTo(b).
func compareNaturally(ex *exec, a, b any) (any, error) {
	args := []any{b}
	switch a.(type) {
	case string:
		return stringCompareTo(ex, a, args)
	case bool:
		return booleanCompareTo(ex, a, args)
	case char:
		return characterCompareTo(ex, a, args)
	}
	if isNumber(a) {
		return numberCompareTo(ex, a, args)
	}
	return nil, cannotCast(a, "java.lang.Comparable")
}

func listClone(ex *exec, recv any, _ []any) (any, error) {
	items := slices.Clone(*seq(recv))
	ex.make(len(items))
	return newList(items), nil
}

// theMap is the map itself; a loop's scope keeps its own.
func theMap(recv any) *ordered.Object { return asMap(recv) }

func mapSize(_ *exec, recv any, _ []any) (any, error) { return boxInt(int32(theMap(recv).Len())), nil }

func mapIsEmpty(_ *exec, recv any, _ []any) (any, error) { return theMap(recv).Len() == 0, nil }

func mapGet(_ *exec, recv any, args []any) (any, error) {
	key := mapKey(args[0])
	if s, ok := recv.(*scope); ok {
		return s.get(key), nil
	}
	v, _ := theMap(recv).Get(key)
	return v, nil
}

func mapGetOrDefault(_ *exec, recv any, args []any) (any, error) {
	if v, ok := theMap(recv).Get(mapKey(args[0])); ok {
		return v, nil
	}
	return args[1], nil
}

func mapPut(ex *exec, recv any, args []any) (any, error) {
	m, key := theMap(recv), mapKey(args[0])
	old, _ := m.Get(key)
	ex.setKey(m, key, args[1])
	return old, nil
}

func mapPutAll(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	from := theMap(args[0])
	m := theMap(recv)
	if from == m {
		return void(nil)
	}
	for k, v := range from.All() {
		ex.setKey(m, k, v)
	}
	return void(nil)
}

func mapPutIfAbsent(ex *exec, recv any, args []any) (any, error) {
	m, key := theMap(recv), mapKey(args[0])
	if old, _ := m.Get(key); old != nil {
		return old, nil
	}
	ex.setKey(m, key, args[1])
	return nil, nil
}

func mapReplace(_ *exec, recv any, args []any) (any, error) {
	m, key := theMap(recv), mapKey(args[0])
	old, ok := m.Get(key)
	if ok {
		m.Set(key, args[1])
	}
	return old, nil
}

func mapReplaceValue(ex *exec, recv any, args []any) (any, error) {
	m, key := theMap(recv), mapKey(args[0])
	old, ok := m.Get(key)
	if !ok || !ex.same(old, args[1], 0) {
		return false, nil
	}
	m.Set(key, args[2])
	return true, nil
}

func (ex *exec) deleteKey(m *ordered.Object, key string) (any, bool) {
	ex.spend(m.Len() >> 4)
	old, ok := m.Delete(key)
	if ok {
		ex.changedMap(m)
	}
	return old, ok
}

func mapRemove(ex *exec, recv any, args []any) (any, error) {
	old, _ := ex.deleteKey(theMap(recv), mapKey(args[0]))
	return old, nil
}

func mapRemoveValue(ex *exec, recv any, args []any) (any, error) {
	m, key := theMap(recv), mapKey(args[0])
	if v, ok := m.Get(key); !ok || !ex.same(v, args[1], 0) {
		return false, nil
	}
	ex.deleteKey(m, key)
	return true, nil
}

func mapContainsKey(_ *exec, recv any, args []any) (any, error) {
	_, ok := theMap(recv).Get(mapKey(args[0]))
	return ok, nil
}

func mapContainsValue(ex *exec, recv any, args []any) (any, error) {
	m := theMap(recv)
	ex.spend(m.Len() >> 4)
	for _, v := range m.All() {
		if ex.same(v, args[0], 0) {
			return true, nil
		}
	}
	return false, nil
}

func mapKeySet(_ *exec, recv any, _ []any) (any, error) { return &view{theMap(recv), keyView}, nil }
func mapValues(_ *exec, recv any, _ []any) (any, error) { return &view{theMap(recv), valueView}, nil }

func mapEntrySet(_ *exec, recv any, _ []any) (any, error) {
	return &view{theMap(recv), entryView}, nil
}

func mapClear(ex *exec, recv any, _ []any) (any, error) {
	m := theMap(recv)
	m.Clear()
	ex.changedMap(m)
	return void(nil)
}

func mapClone(ex *exec, recv any, _ []any) (any, error) {
	m := theMap(recv)
	ex.make(m.Len())
	out := ordered.NewObject(m.Len())
	for k, v := range m.All() {
		out.Set(k, v)
	}
	return out, nil
}

func viewSize(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*view).m.Len())), nil
}

func viewIsEmpty(_ *exec, recv any, _ []any) (any, error) { return recv.(*view).m.Len() == 0, nil }

// indexIn returns the position of v in the view, or -1.
func (ex *exec) indexIn(w *view, v any) int {
	ex.spend(w.m.Len() >> 4)
	for i := range w.m.Len() {
		if ex.same(w.at(i), v, 0) {
			return i
		}
	}
	return -1
}

func viewContains(ex *exec, recv any, args []any) (any, error) {
	w := recv.(*view)
	if w.kind == keyView {
		_, ok := w.m.Get(mapKey(args[0]))
		return ok, nil
	}
	return ex.indexIn(w, args[0]) >= 0, nil
}

func viewContainsAll(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	for _, v := range collection(args[0]) {
		if ex.indexIn(recv.(*view), v) < 0 {
			return false, nil
		}
	}
	return true, nil
}

func viewRemove(ex *exec, recv any, args []any) (any, error) {
	w := recv.(*view)
	i := ex.indexIn(w, args[0])
	if i < 0 {
		return false, nil
	}
	k, _ := w.m.At(i)
	ex.deleteKey(w.m, k)
	return true, nil
}

func viewRemoveAll(ex *exec, recv any, args []any) (any, error) {
	return ex.filterView(recv.(*view), args[0], false)
}

func viewRetainAll(ex *exec, recv any, args []any) (any, error) {
	return ex.filterView(recv.(*view), args[0], true)
}

func (ex *exec) filterView(w *view, other any, keep bool) (any, error) {
	if err := npe(other); err != nil {
		return nil, err
	}
	values := slices.Clone(collection(other))
	n := w.m.Len()
	for i := n - 1; i >= 0; i-- {
		if ex.find(values, w.at(i)) >= 0 != keep {
			k, _ := w.m.At(i)
			ex.deleteKey(w.m, k)
		}
	}
	return w.m.Len() != n, nil
}

func viewClear(ex *exec, recv any, _ []any) (any, error) {
	return mapClear(ex, recv.(*view).m, nil)
}
