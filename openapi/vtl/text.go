package vtl

import (
	"math/big"
	"strconv"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// maxPrintDepth bounds how deep lists and maps are printed, compared and
// hashed; a deeper one holds itself.
const maxPrintDepth = 500

// appendPlain writes a value without a rendering.
func appendPlain(dst []byte, v any) []byte {
	return appendText(dst, v, nil, 0)
}

// appendText writes what Java's String.valueOf gives. ex may be nil: then
// blocks of #define print nothing.
func appendText(dst []byte, v any, ex *exec, depth int) []byte {
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case nil:
		return append(dst, "null"...)
	case ordered.Number:
		return appendNumber(dst, string(v))
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case float64:
		return ordered.AppendDouble(dst, v)
	case float32:
		return ordered.AppendFloat(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case *big.Int:
		return v.Append(dst, 10)
	case *decimal:
		return v.append(dst)
	case char:
		return appendUnit(dst, v)
	}
	if depth > maxPrintDepth {
		if ex != nil {
			ex.overflow()
		}
		return append(dst, "..."...)
	}
	if ex != nil {
		ex.spend(1)
		ex.checkOutput(len(dst))
	}
	depth++
	switch v := v.(type) {
	case *ordered.Object:
		return appendMap(dst, v, ex, depth)
	case *ordered.Array:
		return appendJSON(dst, v, ex, depth)
	case *list:
		return appendList(dst, v.Items, func(item any) bool { return sameList(item, (*ordered.Array)(v)) }, ex, depth)
	case *view:
		return appendView(dst, v, ex, depth)
	case *entry:
		dst = appendText(dst, keyValue(v.key), ex, depth)
		dst = append(dst, '=')
		return appendText(dst, v.value(), ex, depth)
	case *array, *iterator:
		dst = append(dst, javaName(v)...)
		return append(dst, "@1b28cdfa"...) // an address in Java
	case *scope:
		return appendMap(dst, v.store(), ex, depth)
	case *classRef:
		dst = append(dst, "class "...)
		return append(dst, v.name...)
	case *blockRef:
		if ex != nil {
			s, ok := v.text(ex)
			if !ok {
				return append(dst, "null"...)
			}
			return append(dst, s...)
		}
	case Printer:
		return v.AppendText(dst)
	}
	return dst
}

func sameList(item any, l *ordered.Array) bool {
	switch item := item.(type) {
	case *list:
		return (*ordered.Array)(item) == l
	case *ordered.Array:
		return item == l
	}
	return false
}

func appendList(dst []byte, items []any, self func(any) bool, ex *exec, depth int) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if self(item) {
			dst = append(dst, "(this Collection)"...)
			continue
		}
		dst = appendText(dst, item, ex, depth)
	}
	return append(dst, ']')
}

func appendMap(dst []byte, m *ordered.Object, ex *exec, depth int) []byte {
	dst = append(dst, '{')
	for i := range m.Len() {
		k, v := m.At(i)
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendText(dst, keyValue(k), ex, depth)
		dst = append(dst, '=')
		if self, ok := v.(*ordered.Object); ok && self == m {
			dst = append(dst, "(this Map)"...)
			continue
		}
		dst = appendText(dst, v, ex, depth)
	}
	return append(dst, '}')
}

func appendView(dst []byte, v *view, ex *exec, depth int) []byte {
	dst = append(dst, '[')
	for i := range v.m.Len() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = appendText(dst, v.at(i), ex, depth)
	}
	return append(dst, ']')
}

// appendJSON writes a host's array as API Gateway prints one: compact JSON in
// which slashes are escaped (inferred from json-smart, whose class it is).
func appendJSON(dst []byte, v any, ex *exec, depth int) []byte {
	if depth > maxPrintDepth {
		if ex != nil {
			ex.overflow()
		}
		return append(dst, "null"...)
	}
	if ex != nil {
		ex.checkOutput(len(dst))
	}
	depth++
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case *ordered.Object:
		dst = append(dst, '{')
		for i := range v.Len() {
			k, item := v.At(i)
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSONString(dst, string(appendText(nil, keyValue(k), ex, depth)))
			dst = append(dst, ':')
			dst = appendJSON(dst, item, ex, depth)
		}
		return append(dst, '}')
	case *ordered.Array:
		return appendJSONArray(dst, v.Items, ex, depth)
	case *list:
		return appendJSONArray(dst, v.Items, ex, depth)
	case bool, int32, int64, float64, float32, *big.Int, *decimal, ordered.Number, int:
		return appendText(dst, v, ex, depth)
	case string:
		return appendJSONString(dst, v)
	}
	return appendJSONString(dst, string(appendText(nil, v, ex, depth)))
}

func appendJSONArray(dst []byte, items []any, ex *exec, depth int) []byte {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, item, ex, depth)
	}
	return append(dst, ']')
}

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	dst = ordered.AppendEscaped(dst, s, '/')
	return append(dst, '"')
}
