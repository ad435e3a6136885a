package ordered

import (
	"strconv"
	"strings"
)

// IsInteger reports whether n is spelled without a point and an exponent, which
// is what makes it an Integer, a Long or a BigInteger in Java.
func (n Number) IsInteger() bool { return !strings.ContainsAny(string(n), ".eE") }

// Int64 returns the value of an integer that fits.
func (n Number) Int64() (int64, bool) {
	i, err := strconv.ParseInt(string(n), 10, 64)
	return i, err == nil
}

// Float64 returns the nearest double; too great a number is infinite.
func (n Number) Float64() float64 {
	f, _ := strconv.ParseFloat(string(n), 64)
	return f
}

// decimalBeyond is the length of spelling from which json-smart, the reader
// Jayway uses, makes a decimal a BigDecimal instead of a Double.
const decimalBeyond = 18

// AppendJava appends n as Java prints the number json-smart makes of it: an
// integer as it is, 2.50 as 2.5, 1e3 as 1000.0.
func (n Number) AppendJava(dst []byte) []byte {
	switch {
	case n == "-0":
		return append(dst, '0')
	case n.IsInteger():
		return append(dst, n...)
	case len(n) > decimalBeyond:
		return n.decimal().appendBigDecimal(dst)
	}
	return AppendDouble(dst, n.Float64())
}

// A decimal is a number taken apart: 0.DIGITS * 10^exp. Digits has no zero at
// either end, so equal numbers have equal parts; zero has none.
type decimal struct {
	negative bool
	digits   string
	exp      int64
	scale    int64 // digits behind the point as spelled, less the exponent
}

func (n Number) decimal() decimal {
	s := string(n)
	var d decimal
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		d.negative, s = true, rest
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		d.exp = saturatedExponent(s[i+1:])
		s = s[:i]
	}
	d.scale = -d.exp
	whole, fraction, _ := strings.Cut(s, ".")
	d.scale += int64(len(fraction))
	digits := whole + fraction
	d.exp += int64(len(whole))
	d.digits = strings.TrimLeft(digits, "0")
	d.exp -= int64(len(digits) - len(d.digits))
	d.digits = strings.TrimRight(d.digits, "0")
	if d.digits == "" {
		d.negative, d.exp = false, 0
	}
	return d
}

// saturatedExponent reads an exponent; one that is out of all proportion
// becomes the greatest that can still be counted with.
func saturatedExponent(s string) int64 {
	const limit = 1 << 50
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil && strings.HasPrefix(s, "-") {
		return -limit
	}
	if err != nil {
		return limit
	}
	return min(max(i, -limit), limit)
}

// appendBigDecimal appends d as Java's BigDecimal.toString writes it.
func (d decimal) appendBigDecimal(dst []byte) []byte {
	// The unscaled digits are those spelled, without the zeros in front.
	unscaled := d.digits
	if unscaled == "" {
		unscaled = "0"
	} else if zeros := d.exp + d.scale - int64(len(unscaled)); zeros > 0 {
		unscaled += strings.Repeat("0", int(zeros)) // never more than were spelled
	}
	if d.negative {
		dst = append(dst, '-')
	}
	return AppendDecimal(dst, unscaled, d.scale)
}

// AppendDecimal appends the decimal unscaled * 10^-scale as Java's
// BigDecimal.toString writes it. unscaled has digits only.
func AppendDecimal(dst []byte, unscaled string, scale int64) []byte {
	adjusted := int64(len(unscaled)) - 1 - scale // the exponent of the first digit
	switch {
	case scale == 0:
		return append(dst, unscaled...)
	case scale > 0 && adjusted >= -6:
		return appendPoint(dst, []byte(unscaled), int(adjusted))
	}
	dst = append(dst, unscaled[0])
	if len(unscaled) > 1 {
		dst = append(dst, '.')
		dst = append(dst, unscaled[1:]...)
	}
	dst = append(dst, 'E')
	if adjusted >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, adjusted, 10)
}

// Compare orders numbers by value, exactly: 1, 1.0 and 10e-1 are one number.
func (n Number) Compare(m Number) int {
	a, b := n.decimal(), m.decimal()
	switch {
	case a.digits == "" || b.digits == "":
		return a.sign() - b.sign()
	case a.negative != b.negative:
		return a.sign()
	}
	c := 0
	if a.exp != b.exp {
		c = 1
		if a.exp < b.exp {
			c = -1
		}
	} else {
		c = strings.Compare(a.digits, b.digits)
	}
	if a.negative {
		return -c
	}
	return c
}

func (d decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	}
	return 1
}
