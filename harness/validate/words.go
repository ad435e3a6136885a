package validate

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// quote puts a string in quotes as the Java validator does: nothing in it is
// escaped.
func quote(s string) string { return `"` + s + `"` }

// text is a value as Jackson prints it.
func text(v any) string {
	if n, ok := v.(ordered.Number); ok {
		return javaNumber(n)
	}
	return string(ordered.Append(nil, v))
}

// list is a list of names as Jackson prints it.
func list(names []string) string {
	b := []byte{'['}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = ordered.AppendString(b, name)
	}
	return string(append(b, ']'))
}

// javaNumber is a number as Jackson reads and prints it with big decimals:
// integers as they are, others as BigDecimal.toString without zeros at the end.
func javaNumber(n ordered.Number) string {
	s := string(n)
	if n.IsInteger() {
		if s == "-0" {
			return "0"
		}
		return s
	}
	s, negative := strings.CutPrefix(s, "-")
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		var err error
		if exponent, err = strconv.Atoi(s[i+1:]); err != nil {
			return string(n) // out of all proportion: as spelled
		}
		s = s[:i]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := len(fraction) - exponent
	for strings.HasSuffix(digits, "0") {
		digits = digits[:len(digits)-1]
		scale--
	}
	if digits == "" {
		return "0"
	}
	return sign(negative) + bigDecimal(digits, scale)
}

func sign(negative bool) string {
	if negative {
		return "-"
	}
	return ""
}

// bigDecimal writes digits * 10^-scale as BigDecimal.toString does.
func bigDecimal(digits string, scale int) string {
	adjusted := len(digits) - 1 - scale
	switch {
	case scale == 0:
		return digits
	case scale > 0 && adjusted >= -6:
		if point := len(digits) - scale; point > 0 {
			return digits[:point] + "." + digits[point:]
		}
		return "0." + strings.Repeat("0", scale-len(digits)) + digits
	}
	s := digits[:1]
	if len(digits) > 1 {
		s += "." + digits[1:]
	}
	s += "E"
	if adjusted >= 0 {
		s += "+"
	}
	return s + strconv.Itoa(adjusted)
}
