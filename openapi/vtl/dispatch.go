package vtl

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A method is one of Java's methods.
type method struct {
	name    string
	params  []param
	varargs bool // the last parameter is an array
	fn      func(ex *exec, recv any, args []any) (any, error)
}

// A param is the declared type of a parameter.
type param uint8

const (
	pObject param = iota
	pString
	pCharSequence
	pInt
	pLong
	pFloat
	pDouble
	pBoolean
	pChar
	pBigInteger
	pCollection
	pIterable
	pMap
	pComparator
	pLocale
	pObjects // Object[], also for Object...
	pCharSequences
	pChars
)

var paramNames = map[string]param{
	"Object": pObject, "String": pString, "CharSequence": pCharSequence, "int": pInt, "long": pLong, "float": pFloat,
	"double": pDouble, "boolean": pBoolean, "char": pChar, "BigInteger": pBigInteger, "Collection": pCollection,
	"Iterable": pIterable, "Map": pMap, "Comparator": pComparator, "Locale": pLocale, "Object...": pObjects,
	"CharSequence...": pCharSequences, "char[]": pChars,
}

func (p param) primitive() bool { return p >= pInt && p <= pChar }
func (p param) array() bool     { return p >= pObjects }

// element is the type of an array's elements.
func (p param) element() param {
	switch p {
	case pCharSequences:
		return pCharSequence
	case pChars:
		return pChar
	}
	return pObject
}

// elementName is the same in Java's words.
func (p param) elementName() string {
	switch p {
	case pCharSequences:
		return "java.lang.CharSequence"
	case pChars:
		return "char"
	}
	return "java.lang.Object"
}

// takes reports whether an argument can be passed: references widen, numbers
// widen as Java's primitives do, and text never becomes a number.
func (p param) takes(v any) bool {
	c := classOf(v)
	if c == classNull {
		return !p.primitive()
	}
	switch p {
	case pObject:
		return true
	case pString, pCharSequence:
		return c == classString
	case pInt:
		return c == classInteger
	case pLong:
		return c == classInteger || c == classLong
	case pFloat:
		return c == classInteger || c == classLong || c == classFloat
	case pDouble:
		return c == classInteger || c == classLong || c == classFloat || c == classDouble
	case pBoolean:
		return c == classBoolean
	case pChar:
		return c == classCharacter
	case pBigInteger:
		return c == classBigInteger
	case pCollection, pIterable:
		return c == classList || c == classSet || c == classCollection
	case pMap:
		return c == classMap || c == classScope
	case pObjects:
		a, ok := v.(*array)
		return ok && a.elem != "char" && a.elem != "byte"
	case pCharSequences:
		a, ok := v.(*array)
		return ok && a.elem == "java.lang.String"
	case pChars:
		a, ok := v.(*array)
		return ok && a.elem == "char"
	}
	return false // a Comparator or Locale can't be written
}

// exactly reports whether an argument has the declared class itself; null has Object's.
func (p param) exactly(v any) bool {
	switch c := classOf(v); p {
	case pObject:
		return c == classNull
	case pString:
		return c == classString
	case pInt:
		return c == classInteger
	case pLong:
		return c == classLong
	case pFloat:
		return c == classFloat
	case pDouble:
		return c == classDouble
	case pBoolean:
		return c == classBoolean
	case pChar:
		return c == classCharacter
	case pBigInteger:
		return c == classBigInteger
	case pChars:
		return p.takes(v) && c == classArray
	}
	return false
}

// wider reports whether p is declared for all that q is.
func (p param) wider(q param) bool {
	switch p {
	case pObject:
		return true
	case q:
		return true
	case pCharSequence:
		return q == pString
	case pIterable:
		return q == pCollection
	case pLong:
		return q == pInt
	case pFloat:
		return q == pInt || q == pLong
	case pDouble:
		return q == pInt || q == pLong || q == pFloat
	case pObjects:
		return q == pCharSequences
	}
	return false
}

// applicable reports whether the method can be called with args. One without
// parameters can be called with any, as far as the engine looks.
func (m *method) applicable(args []any) bool {
	n := len(m.params)
	switch {
	case n > len(args):
		if n != len(args)+1 || !m.params[n-1].array() {
			return false
		}
		return takeAll(m.params[:n-1], args)
	case n == len(args):
		for i, p := range m.params {
			if !p.takes(args[i]) {
				return i == n-1 && p.array() && p.element().takes(args[i])
			}
		}
		return true
	case n > 0:
		last := m.params[n-1]
		if !last.array() || !takeAll(m.params[:n-1], args) {
			return false
		}
		for _, a := range args[n-1:] {
			if !last.element().takes(a) {
				return false
			}
		}
	}
	return true
}

func takeAll(params []param, args []any) bool {
	for i, p := range params {
		if !p.takes(args[i]) {
			return false
		}
	}
	return true
}

// moreSpecific compares two applicable methods: 1 if m is, -1 if o is, 0 if
// they can't be compared.
func (m *method) moreSpecific(o *method) int {
	switch {
	case len(m.params) > len(o.params):
		return 1
	case len(m.params) < len(o.params):
		return -1
	}
	var mine, its bool
	for i, p := range m.params {
		q := o.params[i]
		if p == q {
			continue
		}
		last := i == len(m.params)-1
		mine = mine || q.wider(p) || last && q.array() && q.element().wider(elementOf(p))
		its = its || p.wider(q) || last && p.array() && p.element().wider(elementOf(q))
	}
	switch {
	case mine && its:
		n := len(m.params) - 1
		if a, b := m.params[n].array(), o.params[n].array(); a != b {
			if a {
				return -1
			}
			return 1
		}
		return 0
	case mine:
		return 1
	case its:
		return -1
	}
	return 0
}

func elementOf(p param) param {
	if p.array() {
		return p.element()
	}
	return p
}

// pick chooses among methods of one name; nil if none fits or the choice is
// ambiguous.
func pick(list []*method, args []any) *method {
	if len(list) == 1 {
		if list[0].applicable(args) {
			return list[0]
		}
		return nil
	}
next:
	for _, m := range list {
		if len(m.params) != len(args) {
			continue
		}
		for i, p := range m.params {
			if !p.exactly(args[i]) {
				continue next
			}
		}
		return m
	}
	var best *method
	var rivals []*method
	for _, m := range list {
		if !m.applicable(args) {
			continue
		}
		if best == nil {
			best = m
			continue
		}
		switch m.moreSpecific(best) {
		case 1:
			best, rivals = m, stillRivals(m, rivals)
		case 0:
			rivals = append(rivals, m)
		}
	}
	if len(rivals) > 0 {
		return nil
	}
	return best
}

func stillRivals(m *method, rivals []*method) []*method {
	var left []*method
	for _, r := range rivals {
		if m.moreSpecific(r) != 1 {
			left = append(left, r)
		}
	}
	return left
}

// signatures are the methods of one name, by class.
type signatures struct {
	byClass [numClasses][]*method
}

// methods are all methods by name.
var methods = buildMethods()

func buildMethods() map[string]*signatures {
	all := map[string]*signatures{}
	for _, r := range methodTable {
		m := &method{name: r.name, fn: r.fn}
		if r.params != "" {
			for p := range strings.SplitSeq(r.params, ",") {
				m.params = append(m.params, paramNames[p])
				m.varargs = paramNames[p].array() // for the engine, any array
			}
		}
		sig := all[r.name]
		if sig == nil {
			sig = &signatures{}
			all[r.name] = sig
		}
		for _, c := range r.on {
			sig.byClass[c] = append(sig.byClass[c], m)
		}
	}
	return all
}

func methodsNamed(name string) *signatures { return methods[name] }

// A property is what .name may call on each class.
type property struct {
	isClass bool // .class, which the sandbox hides
	get, is [numClasses]*method
}

// properties are those some class has a getter for, in both spellings: the
// engine turns the first letter's case if it finds none.
var properties = buildProperties()

func buildProperties() map[string]*property {
	all := map[string]*property{}
	at := func(name string) *property {
		p := all[name]
		if p == nil {
			p = &property{isClass: name == "class" || name == "Class"}
			all[name] = p
		}
		return p
	}
	for name, sig := range methods {
		get := strings.TrimPrefix(name, "get")
		is := strings.TrimPrefix(name, "is")
		for c, list := range sig.byClass {
			for _, m := range list {
				switch {
				case len(m.params) > 0:
				case get != name && get != "":
					at(get).get[c] = m
					at(flipFirst(get)).get[c] = m
				case is != name && is != "":
					at(is).is[c] = m
					at(flipFirst(is)).is[c] = m
				}
			}
		}
	}
	return all
}

// noProperty is one no class has a getter for.
var noProperty = &property{}

func propertyNamed(name string) *property {
	if p := properties[name]; p != nil {
		return p
	}
	return noProperty
}

func flipFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if unicode.IsLower(r) {
		return string(unicode.ToUpper(r)) + s[n:]
	}
	return string(unicode.ToLower(r)) + s[n:]
}

// invoke calls a method. Without one that fits the value is nil, as for
// anything undefined. args have been through norm.
func (ex *exec) invoke(recv any, name string, sig *signatures, args []any) (any, error) {
	recv = norm(recv)
	c := classOf(recv)
	if c == classHost {
		h, ok := recv.(Object)
		if !ok {
			return nil, nil
		}
		for i := range args {
			args[i] = ex.hostArg(args[i])
		}
		v, err := h.Call(name, args)
		if err != nil && errors.Is(err, ErrNoMethod) {
			return nil, nil
		}
		return v, err
	}
	if sig == nil || ex.aws && name == "getClass" {
		return nil, nil
	}
	list := sig.byClass[c]
	if len(list) == 0 {
		return nil, nil
	}
	m := pick(list, args)
	if m == nil {
		return nil, nil
	}
	if m.varargs {
		args = gather(m, args)
	} else if len(args) > len(m.params) {
		return nil, throw(illegalArgument, "wrong number of arguments")
	}
	ex.spend(1)
	return m.fn(ex, recv, args)
}

// gather puts the arguments of a variable number into an array.
func gather(m *method, args []any) []any {
	fixed := len(m.params) - 1
	if len(args) == fixed+1 {
		if _, ok := args[fixed].(*array); ok || args[fixed] == nil {
			return args
		}
	}
	rest := &array{elem: m.params[fixed].elementName(), items: append([]any(nil), args[fixed:]...)}
	return append(append([]any(nil), args[:fixed]...), rest)
}

// void is what a method without a result gives: "".
func void(err error) (any, error) { return "", err }

// seq is a list's or array's elements.
func seq(recv any) *[]any { return elements(recv) }

// collection returns the elements of a Collection in order, as a slice that
// must not be changed.
func collection(v any) []any {
	switch v := v.(type) {
	case *view:
		items := make([]any, v.m.Len())
		for i := range items {
			items[i] = v.at(i)
		}
		return items
	case *ordered.Object:
		return collection(&view{v, valueView})
	}
	if items := elements(v); items != nil {
		return *items
	}
	return nil
}
