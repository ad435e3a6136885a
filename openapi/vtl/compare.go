package vtl

import (
	"encoding/binary"
	"math"
	"math/big"
	"reflect"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// same is Java's equals.
func (ex *exec) same(a, b any, depth int) bool {
	a, b = norm(a), norm(b)
	switch x := a.(type) {
	case nil:
		return b == nil
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool, int32, int64, char:
		return a == b
	case float64:
		y, ok := b.(float64)
		return ok && math.Float64bits(x) == math.Float64bits(y)
	case float32:
		y, ok := b.(float32)
		return ok && math.Float32bits(x) == math.Float32bits(y)
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case *decimal:
		y, ok := b.(*decimal)
		return ok && x.scale == y.scale && x.unscaled.Cmp(y.unscaled) == 0
	}
	if depth > maxPrintDepth {
		ex.overflow()
	}
	ex.spend(1)
	depth++
	switch x := a.(type) {
	case *list, *ordered.Array:
		xs, ys := listItems(a), listItems(b)
		if ys == nil || len(*xs) != len(*ys) {
			return false
		}
		if xs == ys {
			return true
		}
		for i := range *xs {
			if !ex.same((*xs)[i], (*ys)[i], depth) {
				return false
			}
		}
		return true
	case *ordered.Object:
		y := asMap(b)
		return y != nil && ex.sameMap(x, y, depth)
	case *scope:
		y := asMap(b)
		return y != nil && ex.sameMap(x.store(), y, depth)
	case *view:
		y, ok := b.(*view)
		if !ok || x.kind != y.kind || x.kind == valueView {
			return a == b
		}
		if x.kind == entryView {
			return ex.sameMap(x.m, y.m, depth)
		}
		if x.m.Len() != y.m.Len() {
			return false
		}
		for k := range x.m.All() {
			if _, ok := y.m.Get(k); !ok {
				return false
			}
		}
		return true
	case *entry:
		y, ok := b.(*entry)
		return ok && x.key == y.key && ex.same(x.value(), y.value(), depth)
	case *classRef:
		y, ok := b.(*classRef)
		return ok && *x == *y
	}
	return reflect.TypeOf(a).Comparable() && a == b
}

func asMap(v any) *ordered.Object {
	switch v := v.(type) {
	case *ordered.Object:
		return v
	case *scope:
		return v.store()
	}
	return nil
}

// listItems returns the elements of a list, or nil.
func listItems(v any) *[]any {
	switch v := v.(type) {
	case *list:
		return &v.Items
	case *ordered.Array:
		return &v.Items
	}
	return nil
}

func (ex *exec) sameMap(x, y *ordered.Object, depth int) bool {
	if x == y {
		return true
	}
	if x.Len() != y.Len() {
		return false
	}
	for k, v := range x.All() {
		w, ok := y.Get(k)
		if !ok || !ex.same(v, w, depth) {
			return false
		}
	}
	return true
}

// equal is the == of templates: numbers by value, other things of one class by
// equals, the rest by their text.
func (ex *exec) equal(a, b any) bool {
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return x == y
		}
	}
	a, b = norm(a), norm(b)
	if a == nil || b == nil {
		// A block that may not be entered again has no text either.
		return a == nil && b == nil || ex.textless(a) && ex.textless(b)
	}
	if isNumber(a) && isNumber(b) {
		return compareNumbers(a, b) == 0
	}
	if ca, cb := classOf(a), classOf(b); ca == cb && ca != classHost && ca != classArray ||
		reflect.TypeOf(a) == reflect.TypeOf(b) {
		return ex.same(a, b, 0)
	}
	x, okx := ex.string(a)
	y, oky := ex.string(b)
	return okx == oky && x == y
}

func (ex *exec) textless(v any) bool {
	if v == nil {
		return true
	}
	if _, ok := v.(*blockRef); ok {
		_, ok := ex.string(v)
		return !ok
	}
	return false
}

// hash is Java's hashCode. Objects without one of their own have the same.
func (ex *exec) hash(v any, depth int) int32 {
	if depth > maxPrintDepth {
		ex.overflow()
	}
	ex.spend(1)
	depth++
	switch v := norm(v).(type) {
	case nil:
		return 0
	case string:
		return hashString(v)
	case bool:
		if v {
			return 1231
		}
		return 1237
	case int32:
		return v
	case int64:
		return hashLong(v)
	case float64:
		return hashLong(int64(math.Float64bits(v)))
	case float32:
		return int32(math.Float32bits(v))
	case char:
		return int32(v)
	case *big.Int:
		return hashBig(v)
	case *decimal:
		return 31*hashBig(v.unscaled) + int32(v.scale)
	case *list:
		return ex.hashItems(v.Items, depth)
	case *ordered.Array:
		return ex.hashItems(v.Items, depth)
	case *ordered.Object:
		return ex.hashMap(v, depth)
	case *scope:
		return ex.hashMap(v.store(), depth)
	case *entry:
		return ex.hash(keyValue(v.key), depth) ^ ex.hash(v.value(), depth)
	case *view:
		switch v.kind {
		case entryView:
			return ex.hashMap(v.m, depth)
		case keyView:
			var h int32
			for k := range v.m.All() {
				h += ex.hash(keyValue(k), depth)
			}
			return h
		}
	}
	return 0x1b28cdfa
}

func (ex *exec) hashItems(items []any, depth int) int32 {
	h := int32(1)
	for _, item := range items {
		h = 31*h + ex.hash(item, depth)
	}
	return h
}

func (ex *exec) hashMap(m *ordered.Object, depth int) int32 {
	var h int32
	for k, v := range m.All() {
		h += ex.hash(keyValue(k), depth) ^ ex.hash(v, depth)
	}
	return h
}

func hashString(s string) int32 {
	var h int32
	for i := 0; i < len(s); {
		r, size := decode(s, i)
		i += size
		if hi, lo := units(r); lo != 0 {
			h = 31*(31*h+int32(hi)) + int32(lo)
		} else {
			h = 31*h + int32(hi)
		}
	}
	return h
}

func hashLong(v int64) int32 { return int32(v ^ int64(uint64(v)>>32)) }

func hashBig(b *big.Int) int32 {
	bytes := b.Bytes()
	if pad := len(bytes) % 4; pad != 0 {
		bytes = append(make([]byte, 4-pad), bytes...)
	}
	var h int32
	for ; len(bytes) > 0; bytes = bytes[4:] {
		h = 31*h + int32(binary.BigEndian.Uint32(bytes))
	}
	return h * int32(b.Sign())
}
