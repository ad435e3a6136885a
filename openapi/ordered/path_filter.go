package ordered

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/rehearse-api/rehearse/openapi/javare"
)

// A condition is what stands in a filter.
type condition interface {
	holds(s *scope) (bool, error)
}

// A scope is what a filter's paths start from.
type scope struct {
	item, root any
}

// errIncomparable ends a condition whose operands do not suit its operator.
var errIncomparable = errors.New("the operands cannot be compared")

type orCondition []condition

func (c orCondition) holds(s *scope) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

type andCondition []condition

func (c andCondition) holds(s *scope) (bool, error) {
	for _, part := range c {
		if ok, err := part.holds(s); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

type notCondition struct{ condition }

func (c notCondition) holds(s *scope) (bool, error) {
	ok, err := c.condition.holds(s)
	return !ok, err
}

// An existsCondition asks whether a path leads somewhere, be it to null. Jayway
// starts at the item even where the path begins with $.
type existsCondition struct {
	path *Path
	want bool
}

func (c existsCondition) holds(s *scope) (bool, error) {
	_, err := c.path.find(s.item, s.root, true)
	if err != nil && err != ErrNotFound {
		return false, err
	}
	return (err == nil) == c.want, nil
}

type comparison struct {
	left, right operand
	compare     func(left, right operand) (bool, error)
}

func (c *comparison) holds(s *scope) (bool, error) {
	left, err := c.left.evaluate(s)
	if err != nil {
		return false, err
	}
	right, err := c.right.evaluate(s)
	if err != nil {
		return false, err
	}
	return c.compare(left, right)
}

type operandKind uint8

const (
	undefinedOperand operandKind = iota
	nullOperand
	boolOperand
	numberOperand
	stringOperand
	jsonOperand // an object or array
	patternOperand
	pathOperand
)

// An operand is one side of a comparison: a literal, or a path and then its value.
type operand struct {
	kind    operandKind
	truth   bool
	number  Number
	text    string
	json    any
	literal bool // of json: it stands in the filter
	pattern *javare.Regexp
	path    *Path
}

func (o operand) evaluate(s *scope) (operand, error) {
	if o.kind != pathOperand {
		return o, nil
	}
	start := s.item
	if o.path.fromRoot {
		start = s.root
	}
	var v any
	var err error
	if o.path.plain {
		v, err = o.path.findPlain(start)
	} else {
		v, err = o.path.find(start, s.root, false)
	}
	if err == ErrNotFound {
		return operand{}, nil
	}
	if err != nil {
		return operand{}, err
	}
	return operandOf(v), nil
}

func operandOf(v any) operand {
	switch v := v.(type) {
	case nil:
		return operand{kind: nullOperand}
	case bool:
		return operand{kind: boolOperand, truth: v}
	case string:
		return operand{kind: stringOperand, text: v}
	case *Object, *Array:
		return operand{kind: jsonOperand, json: v}
	}
	if n, ok := asNumber(v); ok {
		return operand{kind: numberOperand, number: n}
	}
	return operand{}
}

// asNumber takes numbers of JSON and of templates.
func asNumber(v any) (Number, bool) {
	switch v := v.(type) {
	case Number:
		return v, true
	case int:
		return Number(strconv.Itoa(v)), true
	case int32:
		return Number(strconv.Itoa(int(v))), true
	case int64:
		return Number(strconv.FormatInt(v, 10)), true
	case float64:
		return Number(strconv.FormatFloat(v, 'g', -1, 64)), true
	case *big.Int:
		return Number(v.String()), true
	}
	return "", false
}

// numberText is the text a number is compared with as a string.
func (o operand) numberText() string { return string(o.number.AppendJava(nil)) }

// same is the loose equality of ==, in, contains and their kin: a number and a
// string are equal when they read the same, to the number if it stands left.
func same(a, b operand) bool {
	switch {
	case a.kind == numberOperand && b.kind == numberOperand:
		return a.number.Compare(b.number) == 0
	case a.kind == numberOperand && b.kind == stringOperand:
		n, ok := bigDecimal(b.text)
		return ok && a.number.Compare(n) == 0
	case a.kind == stringOperand && b.kind == numberOperand:
		return a.text == b.numberText()
	case a.kind != b.kind:
		return false
	}
	switch a.kind {
	case nullOperand:
		return true
	case boolOperand:
		return a.truth == b.truth
	case stringOperand:
		return a.text == b.text
	case jsonOperand:
		// A literal on the left is compared as the text it is, which no value equals.
		return !a.literal && javaEqual(a.json, b.json)
	}
	return false
}

// bigDecimal reads what Java's BigDecimal reads.
func bigDecimal(s string) (Number, bool) {
	s = strings.TrimPrefix(s, "+")
	mantissa, exponent, hasExponent := s, "", false
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent, hasExponent = s[:i], strings.TrimPrefix(s[i+1:], "+"), true
	}
	digits := strings.TrimPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if whole+fraction == "" || !allDigits(whole+fraction) || hasExponent && (strings.TrimPrefix(exponent, "-") == "" || !allDigits(strings.TrimPrefix(exponent, "-"))) {
		return "", false
	}
	return Number(s), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// javaEqual is equality of Java's maps and lists, to which 1 and 1.0 differ.
func javaEqual(a, b any) bool {
	if x, ok := asNumber(a); ok {
		y, ok := asNumber(b)
		return ok && x.IsInteger() == y.IsInteger() && x.Compare(y) == 0
	}
	switch a := a.(type) {
	case *Object:
		b, ok := b.(*Object)
		if !ok || a.Len() != b.Len() {
			return false
		}
		for i, k := range a.keys {
			if other, ok := b.Get(k); !ok || !javaEqual(a.vals[i], other) {
				return false
			}
		}
		return true
	case *Array:
		b, ok := b.(*Array)
		if !ok || len(a.Items) != len(b.Items) {
			return false
		}
		for i := range a.Items {
			if !javaEqual(a.Items[i], b.Items[i]) {
				return false
			}
		}
		return true
	case string, bool, nil:
		return a == b
	}
	return false
}

// operators are the comparisons of filters; the words may be in any case.
var operators = map[string]func(left, right operand) (bool, error){
	"==":       func(l, r operand) (bool, error) { return same(l, r), nil },
	"!=":       func(l, r operand) (bool, error) { return !same(l, r), nil },
	"===":      func(l, r operand) (bool, error) { return l.kind == r.kind && same(l, r), nil },
	"!==":      func(l, r operand) (bool, error) { return l.kind != r.kind || !same(l, r), nil },
	"<":        ordering(func(c int) bool { return c < 0 }),
	"<=":       ordering(func(c int) bool { return c <= 0 }),
	">":        ordering(func(c int) bool { return c > 0 }),
	">=":       ordering(func(c int) bool { return c >= 0 }),
	"=~":       matches,
	"IN":       in,
	"NIN":      func(l, r operand) (bool, error) { ok, err := in(l, r); return !ok && err == nil, err },
	"CONTAINS": contains,
	"SIZE":     hasSize,
	"EMPTY":    isEmpty,
	"EXISTS":   bothTrue,
	"SUBSETOF": setOperator(func(left, right []operand) bool {
		for _, l := range left {
			if !contained(right, l) {
				return false
			}
		}
		return true
	}),
	"ANYOF":  setOperator(anyOf),
	"NONEOF": setOperator(func(left, right []operand) bool { return !anyOf(left, right) }),
	// These three want a right side that no path can be written with: Jayway
	// knows the words and never finds anything.
	"ALL":     func(operand, operand) (bool, error) { return false, errIncomparable },
	"TYPE":    func(operand, operand) (bool, error) { return false, errIncomparable },
	"MATCHES": func(operand, operand) (bool, error) { return false, errIncomparable },
}

func ordering(holds func(int) bool) func(l, r operand) (bool, error) {
	return func(l, r operand) (bool, error) {
		switch {
		case l.kind == numberOperand && r.kind == numberOperand:
			return holds(l.number.Compare(r.number)), nil
		case l.kind == stringOperand && r.kind == stringOperand:
			return holds(compareUTF16(l.text, r.text)), nil
		}
		return false, nil
	}
}

// compareUTF16 orders strings as Java does, by UTF-16 units.
func compareUTF16(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if a[i] >= 0xEE && b[i] >= 0xEE { // only here the orders differ
				return slicesCompare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			}
			break
		}
	}
	return strings.Compare(a, b)
}

func slicesCompare(a, b []uint16) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return len(a) - len(b)
}

func matches(l, r operand) (bool, error) {
	if (l.kind == patternOperand) == (r.kind == patternOperand) {
		return false, nil
	}
	pattern, subject := l.pattern, r
	if pattern == nil {
		pattern, subject = r.pattern, l
	}
	subjects := []operand{subject}
	if a, ok := subject.json.(*Array); ok {
		list, err := listOf(a)
		if err != nil {
			return false, err
		}
		subjects = list
	}
	for _, s := range subjects {
		text := ""
		switch s.kind {
		case stringOperand:
			text = s.text
		case numberOperand:
			text = s.numberText()
		case boolOperand:
			text = strconv.FormatBool(s.truth)
		}
		if ok, err := pattern.MatchWhole(text); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// listOf makes operands of items. Those that are objects or arrays themselves
// Jayway has no way to compare: an error.
func listOf(a *Array) ([]operand, error) {
	list := make([]operand, len(a.Items))
	for i, item := range a.Items {
		if list[i] = operandOf(item); list[i].kind == jsonOperand {
			return nil, errors.New("a filter compares with an array that holds objects or arrays")
		}
	}
	return list, nil
}

// list is the items of an operand that is an array.
func (o operand) list() ([]operand, bool, error) {
	if o.kind != jsonOperand {
		return nil, false, errIncomparable
	}
	a, ok := o.json.(*Array)
	if !ok {
		return nil, false, nil
	}
	list, err := listOf(a)
	return list, true, err
}

func contained(list []operand, wanted operand) bool {
	for _, item := range list {
		if same(wanted, item) {
			return true
		}
	}
	return false
}

func in(l, r operand) (bool, error) {
	list, ok, err := r.list()
	return ok && contained(list, l), err
}

func contains(l, r operand) (bool, error) {
	switch {
	case l.kind == stringOperand && r.kind == stringOperand:
		return strings.Contains(l.text, r.text), nil
	case l.kind != jsonOperand:
		return false, nil
	}
	list, ok, err := l.list()
	return ok && contained(list, r), err
}

func hasSize(l, r operand) (bool, error) {
	if r.kind != numberOperand {
		return false, nil
	}
	want := int(r.number.Float64())
	switch l.kind {
	case stringOperand:
		return len(utf16.Encode([]rune(l.text))) == want, nil
	case jsonOperand:
		if a, ok := l.json.(*Array); ok {
			return len(a.Items) == want, nil
		}
		return want == -1, nil // an object's size is not counted
	}
	return false, nil
}

func isEmpty(l, r operand) (bool, error) {
	empty := l.text == ""
	switch held := l.json.(type) {
	case *Array:
		empty = len(held.Items) == 0
	case *Object:
		return false, errors.New("a filter asks whether an object is empty, at which Jayway breaks down")
	default:
		if l.kind != stringOperand {
			return false, nil
		}
	}
	if r.kind != boolOperand {
		return false, errIncomparable
	}
	return empty == r.truth, nil
}

func bothTrue(l, r operand) (bool, error) {
	if l.kind != boolOperand || r.kind != boolOperand {
		if l.kind != boolOperand && r.kind != boolOperand {
			return false, errors.New("exists wants true or false beside it")
		}
		return false, errIncomparable
	}
	return l.truth == r.truth, nil
}

func anyOf(left, right []operand) bool {
	for _, l := range left {
		if contained(right, l) {
			return true
		}
	}
	return false
}

func setOperator(holds func(left, right []operand) bool) func(l, r operand) (bool, error) {
	return func(l, r operand) (bool, error) {
		right, rightOK, err := r.list()
		if err != nil || !rightOK {
			return false, err
		}
		left, leftOK, err := l.list()
		if err != nil || !leftOK {
			return false, err
		}
		return holds(left, right), nil
	}
}
