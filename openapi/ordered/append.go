package ordered

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Append appends v to dst as compact JSON, as Java's JSON writers do: members
// in order, no blanks, "/" and letters beyond ASCII as they are, numbers as Java
// prints them ([Number.AppendJava]).
//
// Besides JSON values v may be or hold what templates make: Go's integers,
// float64 and *big.Int. Anything else is written as null.
func Append(dst []byte, v any) []byte { return new(writer).value(dst, v) }

// AppendSmart is [Append] as json-smart's toString does it: "/" becomes "\/".
// It is how an array of $input.path prints.
// guess: no recording has a slash in such an array; the code of json-smart says so.
func AppendSmart(dst []byte, v any) []byte { return (&writer{slash: true}).value(dst, v) }

// AppendSmartMax is [AppendSmart] that gives up, with false, when it has
// appended more than limit bytes. Values that templates make may be far larger
// written than in memory.
func AppendSmartMax(dst []byte, v any, limit int) ([]byte, bool) {
	w := writer{slash: true, stop: len(dst) + limit}
	dst = w.value(dst, v)
	return dst, len(dst) <= w.stop
}

// AppendSpelled is [Append] with numbers as they were spelled, for texts that
// people compare with their files.
func AppendSpelled(dst []byte, v any) []byte { return (&writer{spelled: true}).value(dst, v) }

// AppendString appends s as a JSON string.
func AppendString(dst []byte, s string) []byte { return new(writer).string(dst, s) }

type writer struct {
	slash   bool  // escape slashes
	spelled bool  // numbers as they were spelled
	stop    int   // write nothing more once dst is longer than this; 0: never stop
	holders []any // the objects and arrays being written, outermost first
}

// enter notes that v is being written, unless it already is: a value that holds
// itself, which only templates can make, is written as null where it comes again.
func (w *writer) enter(v any) bool {
	if slices.Contains(w.holders, v) {
		return false
	}
	w.holders = append(w.holders, v)
	return true
}

func (w *writer) leave() { w.holders = w.holders[:len(w.holders)-1] }

func (w *writer) full(dst []byte) bool { return w.stop > 0 && len(dst) > w.stop }

func (w *writer) value(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return w.string(dst, v)
	case Number:
		return w.number(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case *Object:
		return w.object(dst, v)
	case *Array:
		return w.array(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendFinite(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	}
	return append(dst, "null"...)
}

func (w *writer) object(dst []byte, o *Object) []byte {
	if o == nil || !w.enter(o) {
		return append(dst, "null"...)
	}
	defer w.leave()
	dst = append(dst, '{')
	for i, k := range o.keys {
		if w.full(dst) {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.string(dst, k)
		dst = append(dst, ':')
		dst = w.value(dst, o.vals[i])
	}
	return append(dst, '}')
}

func (w *writer) array(dst []byte, a *Array) []byte {
	if a == nil || !w.enter(a) {
		return append(dst, "null"...)
	}
	defer w.leave()
	dst = append(dst, '[')
	for i, v := range a.Items {
		if w.full(dst) {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = w.value(dst, v)
	}
	return append(dst, ']')
}

func (w *writer) number(dst []byte, n Number) []byte {
	switch {
	case w.spelled:
		return append(dst, n...)
	case n.IsInteger() || len(n) > decimalBeyond:
		return n.AppendJava(dst)
	}
	return appendFinite(dst, n.Float64())
}

// appendFinite writes a double; JSON has no infinity, and Java's writers say null.
func appendFinite(dst []byte, f float64) []byte {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(dst, "null"...)
	}
	return AppendDouble(dst, f)
}

const upperHex = "0123456789ABCDEF"

func (w *writer) string(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = replaceInvalid(s)
	}
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && (c != '/' || !w.slash) {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\', '/':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		default:
			dst = append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
		}
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// AppendJava appends v as Java's toString has it: text as it is, objects as
// {a=1, b=x}, arrays as json-smart's JSON, null as null.
func AppendJava(dst []byte, v any) []byte { return appendJava(dst, v, 0) }

func appendJava(dst []byte, v any, depth int) []byte {
	if depth > MaxDepth {
		return append(dst, "..."...) // it holds itself
	}
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case *Array:
		return AppendSmart(dst, v)
	case Number:
		return v.AppendJava(dst)
	case *Object:
		dst = append(dst, '{')
		for i, k := range v.keys {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, k...), '=')
			dst = appendJava(dst, v.vals[i], depth+1)
		}
		return append(dst, '}')
	case float64:
		return AppendDouble(dst, v)
	}
	return Append(dst, v)
}
