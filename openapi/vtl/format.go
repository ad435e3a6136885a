package vtl

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// maxWidth bounds the width and precision of String.format.
const maxWidth = 100_000

// A conversion is one %... of a format.
type conversion struct {
	flags            string
	width, precision int // -1: not given
	verb             byte
	text             string
}

// stringFormat is String.format for the conversions of text and numbers.
// Those of dates are refused.
func stringFormat(ex *exec, _ any, args []any) (any, error) {
	if err := npe(args[0]); err != nil {
		return nil, err
	}
	format := args[0].(string)
	var values []any
	none := args[1] == nil // null for the array stands for any number of nulls
	if a, ok := args[1].(*array); ok {
		values = a.items
	}
	var b []byte
	next, last := 0, -1
	for i := 0; i < len(format); {
		if format[i] != '%' {
			j := strings.IndexByte(format[i:], '%')
			if j < 0 {
				j = len(format) - i
			}
			b = append(b, format[i:i+j]...)
			i += j
			continue
		}
		c, index, n, err := readConversion(format[i:])
		if err != nil {
			return nil, err
		}
		i += n
		switch c.verb {
		case 'n':
			b = append(b, '\n')
			continue
		case '%':
			b = append(b, c.pad("%")...)
			continue
		}
		k := next
		switch {
		case index > 0:
			k = index - 1
		case strings.Contains(c.flags, "<"):
			k = last
		default:
			next++
		}
		if k < 0 || k >= len(values) && !none {
			return nil, throw("java.util.MissingFormatArgumentException", "Format specifier '%s'", c.text)
		}
		last = k
		var v any
		if !none {
			v = norm(values[k])
		}
		s, err := c.format(ex, v)
		if err != nil {
			return nil, err
		}
		b = append(b, s...)
		if len(b) > ex.t.limits.Collection {
			ex.exceed("Collection", ex.t.limits.Collection)
		}
	}
	return ex.bounded(string(b)), nil
}

// stringFormatIn is String.format with a Locale, of which templates have none but null.
func stringFormatIn(ex *exec, recv any, args []any) (any, error) {
	return stringFormat(ex, recv, args[1:])
}

// readConversion reads %[index$][flags][width][.precision]verb.
func readConversion(s string) (c conversion, index, n int, err error) {
	c.width, c.precision = -1, -1
	i := 1
	number := func() int {
		start := i
		for i < len(s) && isDigit(s[i]) {
			i++
		}
		v, err := strconv.Atoi(s[start:i])
		if start == i || err != nil {
			return -1
		}
		return min(v, maxWidth)
	}
	if start := i; i < len(s) && s[i] != '0' {
		if v := number(); v > 0 && i < len(s) && s[i] == '$' {
			index = v
			i++
		} else {
			i = start
		}
	}
	start := i
	for i < len(s) && strings.IndexByte("-#+ 0,(<", s[i]) >= 0 {
		i++
	}
	c.flags = s[start:i]
	c.width = number()
	if i < len(s) && s[i] == '.' {
		i++
		c.precision = number()
	}
	if i == len(s) || strings.IndexByte("bBhHsScCdoxXeEfgGaAn%", s[i]) < 0 {
		bad := s[min(i, len(s)):]
		if bad == "" {
			bad = "%"
		}
		return c, 0, 0, throw("java.util.UnknownFormatConversionException", "Conversion = '%s'", bad[:1])
	}
	c.verb = s[i]
	c.text = s[:i+1]
	return c, index, i + 1, nil
}

func (c *conversion) has(flag byte) bool { return strings.IndexByte(c.flags, flag) >= 0 }

// pad fills up to the width with blanks.
func (c *conversion) pad(s string) string {
	n := c.width - length(s)
	if n <= 0 {
		return s
	}
	if c.has('-') {
		return s + strings.Repeat(" ", n)
	}
	return strings.Repeat(" ", n) + s
}

func (c *conversion) format(ex *exec, v any) (string, error) {
	upper := c.verb >= 'A' && c.verb <= 'Z'
	s, err := c.convert(ex, v)
	if upper {
		s = strings.ToUpper(s)
	}
	return s, err
}

func (c *conversion) convert(ex *exec, v any) (string, error) {
	wrong := func() error {
		return throw("java.util.IllegalFormatConversionException", "%c != %s", c.verb, javaName(v))
	}
	text := func(s string) string {
		if c.precision >= 0 && c.precision < length(s) {
			s = ex.substring(s, 0, c.precision)
		}
		return c.pad(s)
	}
	verb := c.verb | 0x20
	switch verb {
	case 's':
		s, _ := ex.string(v)
		return text(s), nil
	case 'b':
		b, ok := v.(bool)
		return text(strconv.FormatBool(b || !ok && v != nil)), nil
	case 'h':
		if v == nil {
			return text("null"), nil
		}
		return text(strconv.FormatUint(uint64(uint32(ex.hash(v, 0))), 16)), nil
	}
	if v == nil {
		return c.pad("null"), nil
	}
	switch verb {
	case 'c':
		switch v := v.(type) {
		case char:
			return c.pad(string(appendUnit(nil, v))), nil
		case int32:
			if v < 0 || v > unicode.MaxRune {
				return "", throw("java.util.IllegalFormatCodePointException", "Code point = 0x%x", uint32(v))
			}
			return c.pad(string(rune(v))), nil
		}
	case 'd', 'o', 'x':
		if isIntegral(v) {
			return c.integer(v, verb), nil
		}
	case 'e', 'f', 'g', 'a':
		switch v.(type) {
		case float64, float32:
			return c.float(toDouble(v), verb), nil
		case *decimal:
			return c.float(toDouble(v), verb), nil
		}
	}
	return "", wrong()
}

func (c *conversion) integer(v any, verb byte) string {
	n := toBigInt(v)
	if verb == 'd' {
		digits := new(big.Int).Abs(n).String()
		return c.number(n.Sign() < 0, digits, "")
	}
	base, prefix := 16, "0x"
	if verb == 'o' {
		base, prefix = 8, "0"
	}
	if n.Sign() < 0 { // two's complement of the class's size
		size := uint(64)
		if _, ok := v.(int32); ok {
			size = 32
		}
		if _, ok := v.(*big.Int); !ok {
			n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), size))
		}
	}
	s := n.Text(base)
	if c.has('#') {
		s = prefix + s
	}
	if c.has('0') && len(s) < c.width {
		s = strings.Repeat("0", c.width-len(s)) + s
	}
	return c.pad(s)
}

// number adds sign, grouping and zeros to digits with an optional fraction.
func (c *conversion) number(negative bool, digits, fraction string) string {
	if c.has(',') {
		var b []byte
		for i := range len(digits) {
			if i > 0 && (len(digits)-i)%3 == 0 {
				b = append(b, ',')
			}
			b = append(b, digits[i])
		}
		digits = string(b)
	}
	before, after := "", ""
	switch {
	case negative && c.has('('):
		before, after = "(", ")"
	case negative:
		before = "-"
	case c.has('+'):
		before = "+"
	case c.has(' '):
		before = " "
	}
	if n := c.width - len(before) - len(digits) - len(fraction) - len(after); c.has('0') && n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	return c.pad(before + digits + fraction + after)
}

func (c *conversion) float(f float64, verb byte) string {
	if math.IsNaN(f) {
		return c.pad("NaN")
	}
	if math.IsInf(f, 0) {
		plain := *c
		plain.flags = strings.ReplaceAll(c.flags, "0", "")
		return plain.number(f < 0, "Infinity", "")
	}
	precision := c.precision
	if precision < 0 {
		precision = 6
	}
	negative := math.Signbit(f)
	abs := math.Abs(f)
	if verb == 'g' {
		if precision == 0 {
			precision = 1
		}
		if abs == 0 || abs >= 1e-4 && abs < math.Pow10(precision) {
			verb = 'f'
			exp := 0
			if abs != 0 {
				exp = int(math.Floor(math.Log10(abs)))
			}
			precision -= exp + 1
		} else {
			verb = 'e'
			precision--
		}
	}
	if verb == 'a' {
		return c.pad(hexFloat(f))
	}
	s := roundHalfUp(abs, verb, precision)
	digits, fraction := s, ""
	if i := strings.IndexAny(s, ".e"); i >= 0 {
		digits, fraction = s[:i], s[i:]
	}
	return c.number(negative, digits, fraction)
}

// roundHalfUp formats as Java does: from the shortest decimal, half up.
func roundHalfUp(f float64, verb byte, precision int) string {
	shortest := strconv.FormatFloat(f, 'e', -1, 64)
	r, ok := new(big.Rat).SetString(shortest)
	if !ok {
		return strconv.FormatFloat(f, verb, precision, 64)
	}
	if verb == 'f' {
		return ratFixed(r, precision)
	}
	i := strings.IndexByte(shortest, 'e')
	exp, _ := strconv.Atoi(shortest[i+1:])
	mantissa, _ := new(big.Rat).SetString(shortest[:i])
	s := ratFixed(mantissa, precision)
	if strings.HasPrefix(s, "10") {
		exp++
		mantissa.Quo(mantissa, big.NewRat(10, 1))
		s = ratFixed(mantissa, precision)
	}
	sign := "+"
	if exp < 0 {
		sign, exp = "-", -exp
	}
	e := strconv.Itoa(exp)
	if len(e) < 2 {
		e = "0" + e
	}
	return s + "e" + sign + e
}

// ratFixed writes r, which is not negative, with that many decimals, rounded half up.
func ratFixed(r *big.Rat, decimals int) string {
	decimals = max(decimals, 0)
	n := new(big.Int).Mul(r.Num(), pow10(decimals))
	q, rem := new(big.Int).QuoRem(n, r.Denom(), new(big.Int))
	if rem.Lsh(rem, 1).Cmp(r.Denom()) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	s := q.String()
	if decimals == 0 {
		return s
	}
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals+1-len(s)) + s
	}
	return s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}

// hexFloat is Double.toHexString.
func hexFloat(f float64) string {
	s := strconv.FormatFloat(f, 'x', -1, 64) // 0x1.8p+01
	i := strings.IndexByte(s, 'p')
	mantissa, exp := s[:i], s[i+1:]
	if !strings.Contains(mantissa, ".") {
		mantissa += ".0"
	}
	sign := ""
	if exp[0] == '-' {
		sign = "-"
	}
	exp = strings.TrimLeft(exp[1:], "0")
	if exp == "" {
		exp, sign = "0", ""
	}
	return mantissa + "p" + sign + exp
}
