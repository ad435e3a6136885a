package vtl

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// Inside a rendering a value is nil, bool, string, int32, int64, float64,
// float32, *big.Int, *decimal, char, ordered.Number (one of Java's numbers,
// not yet read), *ordered.Object (LinkedHashMap), *ordered.Array (the host's
// list), *list (ArrayList), or one of the types below.

// A list is a java.util.ArrayList. It differs from the host's arrays in that
// it prints as Java's lists do whatever the mode.
type list ordered.Array

func newList(items []any) *list { return &list{Items: items} }

// A char is a java.lang.Character.
type char uint16

// An array is one of Java's arrays; elem names its element type.
type array struct {
	elem  string
	items []any
}

// A view is what keySet(), values() and entrySet() return: it shows the map as it is.
type view struct {
	m    *ordered.Object
	kind viewKind
}

type viewKind uint8

const (
	keyView viewKind = iota
	valueView
	entryView
)

// An entry is a Map.Entry.
type entry struct {
	m   *ordered.Object
	key string
	val any // when it was read
}

func (e *entry) value() any {
	if v, ok := e.m.Get(e.key); ok {
		return v
	}
	return e.val
}

// A classRef is what getClass() returns.
type classRef struct{ name string }

// A class is the Java class of a value, as far as methods depend on it.
type class uint8

const (
	classNull class = iota
	classString
	classBoolean
	classInteger
	classLong
	classFloat
	classDouble
	classBigInteger
	classBigDecimal
	classCharacter
	classList
	classMap
	classSet        // of keys or entries
	classCollection // of values
	classArray
	classEntry
	classIterator
	classScope
	classBlock
	classClass
	classHost
	numClasses
)

// classOf returns the class of a value that has been through norm.
func classOf(v any) class {
	switch v := v.(type) {
	case nil:
		return classNull
	case string:
		return classString
	case bool:
		return classBoolean
	case int32:
		return classInteger
	case int64:
		return classLong
	case float64:
		return classDouble
	case *ordered.Object:
		return classMap
	case *ordered.Array, *list:
		return classList
	case float32:
		return classFloat
	case *big.Int:
		return classBigInteger
	case *decimal:
		return classBigDecimal
	case char:
		return classCharacter
	case *view:
		if v.kind == valueView {
			return classCollection
		}
		return classSet
	case *array:
		return classArray
	case *entry:
		return classEntry
	case *iterator:
		return classIterator
	case *scope:
		return classScope
	case *blockRef:
		return classBlock
	case *classRef:
		return classClass
	}
	return classHost
}

// javaName returns the name of a value's class.
func javaName(v any) string {
	switch v := v.(type) {
	case *ordered.Array:
		return "java.util.ArrayList"
	case *view:
		return [...]string{"java.util.LinkedHashMap$LinkedKeySet", "java.util.LinkedHashMap$LinkedValues", "java.util.LinkedHashMap$LinkedEntrySet"}[v.kind]
	case *iterator:
		if v.m == nil {
			return "java.util.ArrayList$Itr"
		}
		return [...]string{"java.util.LinkedHashMap$LinkedKeyIterator", "java.util.LinkedHashMap$LinkedValueIterator", "java.util.LinkedHashMap$LinkedEntryIterator"}[v.kind]
	case *array:
		switch v.elem {
		case "char":
			return "[C"
		case "byte":
			return "[B"
		}
		return "[L" + v.elem + ";"
	}
	return [...]string{"null", "java.lang.String", "java.lang.Boolean", "java.lang.Integer", "java.lang.Long", "java.lang.Float",
		"java.lang.Double", "java.math.BigInteger", "java.math.BigDecimal", "java.lang.Character", "java.util.ArrayList",
		"java.util.LinkedHashMap", "java.util.Set", "java.util.Collection", "[", "java.util.LinkedHashMap$Entry",
		"java.util.Iterator", "org.apache.velocity.runtime.directive.ForeachScope",
		"org.apache.velocity.runtime.directive.Block$Reference", "java.lang.Class", "java.lang.Object"}[classOf(v)]
}

func simpleName(class string) string {
	return class[strings.LastIndexAny(class, ".$")+1:]
}

// smallInts saves the allocation of most Integers.
var smallInts = func() (t [1280]any) {
	for i := range t {
		t[i] = int32(i - 256)
	}
	return t
}()

func boxInt(i int32) any {
	if i >= -256 && int(i) < len(smallInts)-256 {
		return smallInts[i+256]
	}
	return i
}

// norm reads numbers the host left as text, and Go's int.
func norm(v any) any {
	switch v := v.(type) {
	case ordered.Number:
		return readNumber(string(v))
	case int:
		return fitInt(int64(v))
	}
	return v
}

// fitInt is an Integer, or a Long if it has to be.
func fitInt(i int64) any {
	if i == int64(int32(i)) {
		return boxInt(int32(i))
	}
	return i
}

// readNumber makes of a JSON number what Java's readers make of it: Integer,
// Long or BigInteger by size, Double with a point or an exponent.
func readNumber(s string) any {
	if len(s) <= 18 {
		n, neg, ok := int64(0), false, len(s) > 0
		for i := 0; i < len(s); i++ {
			c := s[i]
			if isDigit(c) {
				n = n*10 + int64(c-'0')
			} else if c == '-' && i == 0 && len(s) > 1 {
				neg = true
			} else {
				ok = false
				break
			}
		}
		if ok {
			if neg {
				n = -n
			}
			return fitInt(n)
		}
	}
	if strings.ContainsAny(s, ".eE") {
		f, _ := strconv.ParseFloat(s, 64) // out of range is an infinity, as in Java
		return f
	}
	return readInteger(s)
}

// maxDigits bounds the integers that are calculated with. Longer ones are text:
// reading one takes time that grows with the square of its length.
const maxDigits = 4096

// readInteger reads digits with an optional sign as the smallest class that holds them.
func readInteger(s string) any {
	if len(s) > maxDigits {
		return s
	}
	if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		return fitInt(i)
	}
	b, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return s
	}
	return b
}

// A map of the host has strings for keys; a template may use any value. Keys
// of other classes are kept as strings that start with a zero byte and a
// letter, which JSON's keys in practice never do.

func mapKey(v any) string {
	switch v := norm(v).(type) {
	case string:
		if v != "" && v[0] == 0 {
			return "\x00s" + v
		}
		return v
	case nil:
		return "\x00n"
	case int32:
		return "\x00i" + strconv.Itoa(int(v))
	case int64:
		return "\x00l" + strconv.FormatInt(v, 10)
	case float64:
		return "\x00d" + strconv.FormatFloat(v, 'g', -1, 64)
	case bool:
		return "\x00b" + strconv.FormatBool(v)
	case char:
		return "\x00c" + strconv.Itoa(int(v))
	case *big.Int:
		return "\x00B" + v.String()
	default:
		return "\x00t" + string(appendPlain(nil, v))
	}
}

func keyValue(k string) any {
	if len(k) < 2 || k[0] != 0 {
		return k
	}
	rest := k[2:]
	switch k[1] {
	case 's', 't':
		return rest
	case 'n':
		return nil
	case 'i':
		i, _ := strconv.Atoi(rest)
		return boxInt(int32(i))
	case 'l':
		i, _ := strconv.ParseInt(rest, 10, 64)
		return i
	case 'd':
		f, _ := strconv.ParseFloat(rest, 64)
		return f
	case 'b':
		return rest == "true"
	case 'c':
		i, _ := strconv.Atoi(rest)
		return char(i)
	case 'B':
		b, _ := new(big.Int).SetString(rest, 10)
		return b
	}
	return k
}
