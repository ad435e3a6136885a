package vtl

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// npe is what calling a method with null where it wants a value gives.
func npe(args ...any) error {
	for _, a := range args {
		if a == nil {
			return throw(nullPointer, "an argument is null")
		}
	}
	return nil
}

func stringLength(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(length(recv.(string)))), nil
}

func stringIsEmpty(_ *exec, recv any, _ []any) (any, error) { return recv.(string) == "", nil }

func stringCharAt(ex *exec, recv any, args []any) (any, error) {
	s, i := recv.(string), int(args[0].(int32))
	if n := length(s); i < 0 || i >= n {
		return nil, throw(stringIndexOutOfBounds, "index %d, length %d", i, n)
	}
	c := unitAt(s, i)
	if isSurrogate(rune(c)) {
		ex.halves = true
	}
	return c, nil
}

func stringCodePointAt(_ *exec, recv any, args []any) (any, error) {
	s, i := recv.(string), int(args[0].(int32))
	if n := length(s); i < 0 || i >= n {
		return nil, throw(stringIndexOutOfBounds, "index %d, length %d", i, n)
	}
	offset, half := offsetOf(s, i)
	r, _ := decode(s, offset)
	if half {
		_, lo := units(r)
		return boxInt(int32(lo)), nil
	}
	return boxInt(r), nil
}

func stringSubstring(ex *exec, recv any, args []any) (any, error) {
	s, from := recv.(string), int(args[0].(int32))
	n := length(s)
	to := n
	if len(args) == 2 {
		to = int(args[1].(int32))
	}
	if from < 0 || to > n || from > to {
		return nil, throw(stringIndexOutOfBounds, "begin %d, end %d, length %d", from, to, n)
	}
	return ex.substring(s, from, to), nil
}

// needle is the text to look for: a string, or the code point an Integer stands for.
func needle(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", npe(v)
	case int32:
		if isSurrogate(v) {
			return string(appendUnit(nil, char(v))), nil
		}
		if v < 0 || v > utf8.MaxRune {
			return "\xff", nil // no string holds it
		}
		return string(rune(v)), nil
	}
	return v.(string), nil
}

func stringIndexOf(_ *exec, recv any, args []any) (any, error) {
	s := recv.(string)
	sub, err := needle(args[0])
	if err != nil {
		return nil, err
	}
	from := 0
	if len(args) == 2 {
		from = int(args[1].(int32))
	}
	n := length(s)
	if from >= n && !(sub == "" && from <= n) {
		if sub == "" {
			return boxInt(int32(n)), nil
		}
		return boxInt(-1), nil
	}
	start, _ := offsetOf(s, max(from, 0))
	i := strings.Index(s[start:], sub)
	if i < 0 {
		return boxInt(-1), nil
	}
	return boxInt(int32(unitIndex(s, start+i))), nil
}

func stringLastIndexOf(_ *exec, recv any, args []any) (any, error) {
	s := recv.(string)
	sub, err := needle(args[0])
	if err != nil {
		return nil, err
	}
	end := len(s)
	if len(args) == 2 {
		from := int(args[1].(int32))
		if from < 0 {
			return boxInt(-1), nil
		}
		if from < length(s) {
			start, _ := offsetOf(s, from)
			end = min(len(s), start+len(sub))
		}
	}
	return boxInt(int32(unitIndex(s, strings.LastIndex(s[:end], sub)))), nil
}

func stringContains(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	return strings.Contains(recv.(string), args[0].(string)), nil
}

func stringStartsWith(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	s := recv.(string)
	if len(args) == 2 {
		from := int(args[1].(int32))
		if from < 0 || from > length(s) {
			return false, nil
		}
		start, _ := offsetOf(s, from)
		s = s[start:]
	}
	return strings.HasPrefix(s, args[0].(string)), nil
}

func stringEndsWith(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	return strings.HasSuffix(recv.(string), args[0].(string)), nil
}

func stringEqualsIgnoreCase(_ *exec, recv any, args []any) (any, error) {
	o, ok := args[0].(string)
	return ok && compareFolded(recv.(string), o) == 0, nil
}

func stringContentEquals(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	return recv.(string) == args[0].(string), nil
}

func stringCompareTo(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	o, ok := args[0].(string)
	if !ok {
		return nil, cannotCast(args[0], "java.lang.String")
	}
	return boxInt(compareUnits(recv.(string), o, func(c uint16) uint16 { return c })), nil
}

func stringCompareToIgnoreCase(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	return boxInt(compareFolded(recv.(string), args[0].(string))), nil
}

func cannotCast(v any, want string) error {
	return throw(classCast, "class %s cannot be cast to class %s", javaName(v), want)
}

// fold makes units that differ in case alone the same.
func fold(c uint16) uint16 {
	r := unicode.ToLower(unicode.ToUpper(rune(c)))
	if r > 0xFFFF {
		return c
	}
	return uint16(r)
}

func compareFolded(a, b string) int32 { return compareUnits(a, b, fold) }

// compareUnits is the difference of the first units that differ, or of the lengths.
func compareUnits(a, b string, f func(uint16) uint16) int32 {
	i, j := 0, 0
	var hiA, loA, hiB, loB uint16
	for {
		switch {
		case loA != 0:
			hiA, loA = loA, 0
		case i < len(a):
			r, n := decode(a, i)
			i += n
			hiA, loA = units(r)
		default:
			rest := int32(length(b[j:]))
			if loB != 0 {
				rest++
			}
			return -rest
		}
		switch {
		case loB != 0:
			hiB, loB = loB, 0
		case j < len(b):
			r, n := decode(b, j)
			j += n
			hiB, loB = units(r)
		default:
			rest := int32(length(a[i:])) + 1
			if loA != 0 {
				rest++
			}
			return rest
		}
		if x, y := f(hiA), f(hiB); x != y {
			return int32(x) - int32(y)
		}
	}
}

func stringConcat(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	s := recv.(string) + args[0].(string)
	if ex.halves {
		s = string(joinHalves([]byte(s), false))
	}
	return ex.bounded(s), nil
}

func stringReplace(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	s := recv.(string)
	from, _ := ex.string(args[0])
	to, _ := ex.string(args[1])
	ex.spend(len(s) >> 8)
	n := strings.Count(s, from)
	if n == 0 {
		return recv, nil
	}
	ex.make(len(s) + n*(len(to)-len(from)))
	return strings.ReplaceAll(s, from, to), nil
}

// regex compiles a pattern. What it matches against is paid for.
func (ex *exec) regex(pattern any, s string) (*javare.Regexp, error) {
	if err := npe(pattern); err != nil {
		return nil, err
	}
	ex.spend(10 + len(s)>>4)
	re, err := javare.Compile(pattern.(string))
	if err != nil {
		return nil, throw(patternSyntax, "%s", err)
	}
	return re, nil
}

func stringMatches(ex *exec, recv any, args []any) (any, error) {
	re, err := ex.regex(args[0], recv.(string))
	if err != nil {
		return nil, err
	}
	ok, err := re.MatchWhole(recv.(string))
	return ok, err
}

func stringReplaceAll(ex *exec, recv any, args []any) (any, error) {
	return ex.replacePattern(recv.(string), args, (*javare.Regexp).ReplaceAll)
}

func stringReplaceFirst(ex *exec, recv any, args []any) (any, error) {
	return ex.replacePattern(recv.(string), args, (*javare.Regexp).ReplaceFirst)
}

func (ex *exec) replacePattern(s string, args []any, replace func(*javare.Regexp, string, string) (string, error)) (any, error) {
	re, err := ex.regex(args[0], s)
	if err != nil {
		return nil, err
	}
	repl, ok := args[1].(string)
	if !ok { // null, which is looked at when there is something to replace
		if found, err := re.Find(s); found || err != nil {
			return nil, cmp.Or(err, npe(args[1]))
		}
		return s, nil
	}
	if len(repl) > 0 && len(s) > ex.t.limits.Collection/len(repl)+1 {
		ex.exceed("Collection", ex.t.limits.Collection)
	}
	out, err := replace(re, s, repl)
	if err != nil {
		if errors.Is(err, javare.ErrTooSlow) {
			return nil, err
		}
		return nil, throw(illegalArgument, "%s", err)
	}
	return ex.bounded(out), nil
}

func stringSplit(ex *exec, recv any, args []any) (any, error) {
	s := recv.(string)
	re, err := ex.regex(args[0], s)
	if err != nil {
		return nil, err
	}
	limit := 0
	if len(args) == 2 {
		limit = int(args[1].(int32))
	}
	parts, err := re.Split(s, limit)
	if err != nil {
		return nil, err
	}
	ex.make(len(parts))
	a := &array{elem: "java.lang.String", items: make([]any, len(parts))}
	for i, p := range parts {
		a.items[i] = p
	}
	return a, nil
}

func stringTrim(_ *exec, recv any, _ []any) (any, error) {
	return strings.TrimFunc(recv.(string), func(r rune) bool { return r <= ' ' }), nil
}

func stringToUpperCase(ex *exec, recv any, _ []any) (any, error) {
	s := recv.(string)
	if isASCII(s) {
		return ex.bounded(strings.ToUpper(s)), nil
	}
	return ex.bounded(cases.Upper(language.Und).String(s)), nil
}

func stringToLowerCase(ex *exec, recv any, _ []any) (any, error) {
	s := recv.(string)
	if isASCII(s) {
		return ex.bounded(strings.ToLower(s)), nil
	}
	return ex.bounded(cases.Lower(language.Und).String(s)), nil
}

func stringToCharArray(ex *exec, recv any, _ []any) (any, error) {
	s := recv.(string)
	a := &array{elem: "char", items: make([]any, 0, length(s))}
	ex.make(cap(a.items))
	for i := 0; i < len(s); {
		r, n := decode(s, i)
		i += n
		hi, lo := units(r)
		a.items = append(a.items, char(hi))
		if lo != 0 {
			ex.halves = true
			a.items = append(a.items, char(lo))
		}
	}
	return a, nil
}

func stringGetBytes(ex *exec, recv any, args []any) (any, error) {
	b := []byte(recv.(string))
	if len(args) == 1 {
		charset, ok := args[0].(string)
		if !ok {
			return nil, nil // Java can't choose: there is one for a Charset too
		}
		var err error
		if b, err = encode(recv.(string), charset); err != nil {
			return nil, err
		}
	}
	ex.make(len(b))
	a := &array{elem: "byte", items: make([]any, len(b))}
	for i := range a.items {
		a.items[i] = boxInt(int32(int8(b[i])))
	}
	return a, nil
}

// encode writes s in one of the character sets every Java has. What a set
// doesn't have becomes ?.
func encode(s, charset string) ([]byte, error) {
	limit := rune(0x80)
	switch strings.ToUpper(charset) {
	case "UTF-8", "UTF8":
		return joinHalves([]byte(s), true), nil
	case "US-ASCII", "ASCII":
	case "ISO-8859-1", "LATIN1", "ISO8859_1":
		limit = 0x100
	default:
		return nil, throw("java.io.UnsupportedEncodingException", "%s", charset)
	}
	var b []byte
	for _, r := range s {
		if r >= limit {
			r = '?'
		}
		b = append(b, byte(r))
	}
	return b, nil
}

func stringCodePointCount(_ *exec, recv any, args []any) (any, error) {
	s, from, to := recv.(string), int(args[0].(int32)), int(args[1].(int32))
	if from < 0 || to > length(s) || from > to {
		return nil, throw(indexOutOfBounds, "begin %d, end %d, length %d", from, to, length(s))
	}
	i, _ := offsetOf(s, from)
	j, half := offsetOf(s, to)
	n := utf8.RuneCountInString(s[i:j])
	if half {
		n++
	}
	return boxInt(int32(n)), nil
}

func stringRegionMatches(_ *exec, recv any, args []any) (any, error) {
	ignoreCase := false
	if len(args) == 5 {
		ignoreCase = args[0].(bool)
		args = args[1:]
	}
	i, j, n := int(args[0].(int32)), int(args[2].(int32)), int(args[3].(int32))
	if i < 0 || j < 0 {
		return false, nil
	}
	if err := npe(args[1]); err != nil {
		return nil, err
	}
	s, o := recv.(string), args[1].(string)
	if i > length(s)-n || j > length(o)-n {
		return false, nil
	}
	f := func(c uint16) uint16 { return c }
	if ignoreCase {
		f = fold
	}
	for k := range n {
		if f(uint16(unitAt(s, i+k))) != f(uint16(unitAt(o, j+k))) {
			return false, nil
		}
	}
	return true, nil
}

func stringValueOf(ex *exec, _ any, args []any) (any, error) {
	if a, ok := args[0].(*array); ok && a.elem == "char" {
		var b []byte
		for _, c := range a.items {
			b = appendUnit(b, c.(char))
		}
		return ex.bounded(string(joinHalves(b, false))), nil
	}
	s, ok := ex.string(args[0])
	if !ok {
		s = "null"
	}
	return s, nil
}

func stringCopyValueOf(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	return stringValueOf(ex, recv, args)
}

func stringValueOfFloat(_ *exec, _ any, args []any) (any, error) {
	return string(ordered.AppendFloat(nil, float32(toDouble(args[0])))), nil
}

func stringJoin(ex *exec, _ any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	items := collection(args[1])
	sep := args[0].(string)
	var b []byte
	for i, item := range items {
		if i > 0 {
			b = append(b, sep...)
		}
		item = norm(item)
		if item != nil {
			if _, ok := item.(string); !ok {
				return nil, cannotCast(item, "java.lang.CharSequence")
			}
		}
		b = appendText(b, item, ex, 0)
		if len(b) > ex.t.limits.Collection {
			ex.exceed("Collection", ex.t.limits.Collection)
		}
	}
	return ex.bounded(string(b)), nil
}
