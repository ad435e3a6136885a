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

// AppendMax is [Append] that gives up, with false, when it has appended more
// than limit bytes. Values that templates make may be far larger written than
// in memory.
func AppendMax(dst []byte, v any, limit int) ([]byte, bool) {
	w := writer{stop: len(dst) + limit}
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
	also := byte('"')
	if w.slash {
		also = '/'
	}
	dst = append(dst, '"')
	dst = AppendEscaped(dst, s, also)
	return append(dst, '"')
}

// AppendEscaped appends s with a backslash before both '"' and '\\' and the
// character also, and with control characters as \n, \t ... or \u001F.
func AppendEscaped(dst []byte, s string, also byte) []byte {
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c != also {
			continue
		}
		dst = append(dst, s[start:i]...)
		start = i + 1
		switch c {
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
			if c < 0x20 {
				dst = append(dst, '\\', 'u', '0', '0', upperHex[c>>4], upperHex[c&15])
			} else {
				dst = append(dst, '\\', c)
			}
		}
	}
	return append(dst, s[start:]...)
}

// AppendJava appends v as Java's toString has it: text as it is, objects as
// {a=1, b=x}, null as null, and arrays as json-smart's JSON, in which "/" is "\/"
// (guess: no recording has a slash in such an array; the code of json-smart says so).
func AppendJava(dst []byte, v any) []byte { return (&writer{slash: true}).java(dst, v) }

// AppendJavaMax is to [AppendJava] what [AppendMax] is to [Append].
func AppendJavaMax(dst []byte, v any, limit int) ([]byte, bool) {
	w := writer{slash: true, stop: len(dst) + limit}
	dst = w.java(dst, v)
	return dst, len(dst) <= w.stop
}

func (w *writer) java(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case Number:
		return v.AppendJava(dst)
	case float64:
		return AppendDouble(dst, v)
	case *Object:
		if v == nil || !w.enter(v) {
			return append(dst, "..."...)
		}
		defer w.leave()
		dst = append(dst, '{')
		for i, k := range v.keys {
			if w.full(dst) {
				break
			}
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, k...), '=')
			dst = w.java(dst, v.vals[i])
		}
		return append(dst, '}')
	}
	return w.value(dst, v)
}
