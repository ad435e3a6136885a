package vtl

import "github.com/rehearse-api/rehearse/openapi/ordered"

// hostArg is v as a host gets it. Blocks, loops and iterators belong to the
// rendering: the host gets their text.
func (ex *exec) hostArg(v any) any {
	switch v.(type) {
	case *blockRef, *iterator, *classRef:
		s, _ := ex.string(v)
		return s
	}
	return v
}

// Keys, Values and Entries are what keySet(), values() and entrySet() of the
// map m return, for Objects that are maps to templates.
func Keys(m *ordered.Object) any    { return &view{m, keyView} }
func Values(m *ordered.Object) any  { return &view{m, valueView} }
func Entries(m *ordered.Object) any { return &view{m, entryView} }

// Text is a value a template made as the template prints it. The error wraps a
// *LimitError: v printed is larger than a rendering may be.
func Text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return textWithin(v, Limits{})
}

func textWithin(v any, limits Limits) (text string, err error) {
	ex := &exec{t: &Template{limits: limits.withDefaults(AWS)}}
	ex.steps = ex.t.limits.Steps
	defer func() {
		switch r := recover().(type) {
		case nil:
		case failure:
			err = r.err
		default:
			panic(r)
		}
	}()
	return string(appendText(nil, v, ex, 0)), nil
}

// Plain returns v, which a template made, with everything in it a value of
// package ordered or one of Vars. It returns v itself where that holds already.
func Plain(v any) any {
	budget := maxUnshared
	if isPlain(v, 0, &budget) {
		return v
	}
	return plainer{}.plain(v, 0)
}

// maxUnshared bounds the walk that finds nothing to do. A value with more parts
// may hold the same part over and over.
const maxUnshared = 1 << 20

func isPlain(v any, depth int, budget *int) bool {
	if *budget--; *budget < 0 || depth > maxPrintDepth {
		return false
	}
	switch v := v.(type) {
	case *ordered.Array:
		for _, item := range v.Items {
			if !isPlain(item, depth+1, budget) {
				return false
			}
		}
	case *ordered.Object:
		for k, item := range v.All() {
			if k != "" && k[0] == 0 || !isPlain(item, depth+1, budget) {
				return false
			}
		}
	case *list, *array, *view, *scope, char, *decimal, float32, *entry, *blockRef, *iterator, *classRef:
		return false
	}
	return true
}

// A plainer copies values, each once.
type plainer map[any]any

func (p plainer) plain(v any, depth int) any {
	if depth > maxPrintDepth {
		return nil
	}
	if l, ok := v.(*list); ok {
		v = (*ordered.Array)(l)
	}
	switch v := v.(type) {
	case *ordered.Array:
		return p.array(v, v.Items, depth)
	case *array:
		return p.array(v, v.items, depth)
	case *view:
		items := make([]any, v.m.Len())
		for i := range items {
			items[i] = v.at(i)
		}
		return p.array(v, items, depth)
	case *scope:
		return p.plain(v.store(), depth)
	case *ordered.Object:
		if made, ok := p[v]; ok {
			return made
		}
		out := ordered.NewObject(v.Len())
		p[v] = out
		for k, item := range v.All() {
			if k != "" && k[0] == 0 {
				k = string(appendPlain(nil, keyValue(k)))
			}
			out.Set(k, p.plain(item, depth+1))
		}
		return out
	case char, *decimal, float32, *entry, *blockRef, *iterator, *classRef:
		return string(appendPlain(nil, v))
	}
	return v
}

func (p plainer) array(v any, items []any, depth int) any {
	if made, ok := p[v]; ok {
		return made
	}
	out := &ordered.Array{Items: make([]any, len(items))}
	p[v] = out
	for i, item := range items {
		out.Items[i] = p.plain(item, depth+1)
	}
	return out
}

// Lists returns v with the arrays in it as lists that templates made: ones that
// print as Java's whatever the mode.
func Lists(v any) any {
	switch v := v.(type) {
	case *ordered.Array:
		l := newList(make([]any, len(v.Items)))
		for i, item := range v.Items {
			l.Items[i] = Lists(item)
		}
		return l
	case *ordered.Object:
		o := ordered.NewObject(v.Len())
		for k, item := range v.All() {
			o.Set(k, Lists(item))
		}
		return o
	}
	return v
}
