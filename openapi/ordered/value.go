package ordered

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// KindName says to a person what v is: "null", "a boolean", "a string", "a
// number", "a list" or "an object".
func KindName(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case string:
		return "a string"
	case Number:
		return "a number"
	case *Array:
		return "a list"
	}
	return "an object"
}

// Clone copies v with all it holds.
func Clone(v any) any {
	switch v := v.(type) {
	case *Object:
		if v == nil {
			return v
		}
		c := NewObject(v.Len())
		for i, k := range v.keys {
			c.Set(k, Clone(v.vals[i]))
		}
		return c
	case *Array:
		if v == nil {
			return v
		}
		c := &Array{Items: make([]any, len(v.Items))}
		for i, item := range v.Items {
			c.Items[i] = Clone(item)
		}
		return c
	}
	return v
}

// Equal reports whether a and b are the same JSON: objects whatever their
// order, numbers by value (1 and 1.0 are equal).
func Equal(a, b any) bool {
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for i, k := range a.keys {
			if other, ok := b.Get(k); !ok || !Equal(a.vals[i], other) {
				return false
			}
		}
		return true
	case *Array:
		b, ok := b.(*Array)
		return ok && slices.EqualFunc(a.Items, b.Items, Equal)
	case Number:
		b, ok := b.(Number)
		return ok && (a == b || a.Compare(b) == 0)
	case string, bool, nil:
		return a == b
	}
	return false
}

// ToGo turns v into what encoding/json would make of it with UseNumber:
// map[string]any, []any and json.Number.
func ToGo(v any) any {
	switch v := v.(type) {
	case *Object:
		m := make(map[string]any, v.Len())
		for i, k := range v.keys {
			m[k] = ToGo(v.vals[i])
		}
		return m
	case *Array:
		s := make([]any, len(v.Items))
		for i, item := range v.Items {
			s[i] = ToGo(item)
		}
		return s
	case Number:
		return json.Number(v)
	}
	return v
}

// FromGo turns what encoding/json made into a value. The keys of a map come in
// alphabetical order. What JSON has no word for becomes nil.
func FromGo(v any) any {
	switch v := v.(type) {
	case map[string]any:
		o := NewObject(len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			o.Set(k, FromGo(v[k]))
		}
		return o
	case []any:
		a := &Array{Items: make([]any, len(v))}
		for i, item := range v {
			a.Items[i] = FromGo(item)
		}
		return a
	case json.Number:
		return Number(v)
	case int:
		return Number(strconv.Itoa(v))
	case int64:
		return Number(strconv.FormatInt(v, 10))
	case float64:
		b, err := json.Marshal(v)
		if err != nil { // NaN and infinity
			return nil
		}
		return Number(b)
	case string, bool, *Object, *Array, Number:
		return v
	}
	return nil
}
