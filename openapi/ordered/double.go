package ordered

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// AppendDouble appends f as Java's Double.toString writes it: plain from 0.001
// to below ten million, with at least one decimal, else in computerised notation.
//
// The digits are those of Java before 19, which are not always the shortest
// that read back the same: an integer keeps digits beyond its precision, and
// some fractions have one digit more.
func AppendDouble(dst []byte, f float64) []byte { return appendFloat(dst, f, 64) }

// AppendFloat is [AppendDouble] for Java's Float.toString.
func AppendFloat(dst []byte, f float32) []byte { return appendFloat(dst, float64(f), 32) }

func appendFloat(dst []byte, f float64, size int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if math.Signbit(f) {
		dst = append(dst, '-')
		f = -f
	}
	if f < 1e7 && f == math.Trunc(f) {
		dst = strconv.AppendInt(dst, int64(f), 10)
		return append(dst, ".0"...)
	}
	var buf [32]byte
	digits, exp := javaDigits(buf[:0], f, size)
	if f >= 1e-3 && f < 1e7 {
		return appendPoint(dst, digits, exp)
	}
	dst = append(dst, digits[0], '.')
	if len(digits) > 1 {
		dst = append(dst, digits[1:]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(exp), 10)
}

// appendPoint writes digits whose first has the value 10^exp.
func appendPoint(dst, digits []byte, exp int) []byte {
	if exp < 0 {
		dst = append(dst, "0."...)
		for range -exp - 1 {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	for i := range exp + 1 {
		if i < len(digits) {
			dst = append(dst, digits[i])
		} else {
			dst = append(dst, '0')
		}
	}
	dst = append(dst, '.')
	if len(digits) <= exp+1 {
		return append(dst, '0')
	}
	return append(dst, digits[exp+1:]...)
}

// safeDigits is the number of digits up to which the shortest text is Java's
// too, but for powers of two and great numbers.
const safeDigits = 15

// javaDigits returns the digits Java prints for f > 0, and the exponent of the first.
func javaDigits(buf []byte, f float64, size int) (digits []byte, exp int) {
	mantissa, binExp, precision := split(f, size)
	if f == math.Trunc(f) && binExp <= 62 {
		return integerDigits(buf, uint64(f), binExp, precision)
	}
	if size == 64 && precision == 53 && f < 1<<63 && mantissa != 1<<52 {
		s := strconv.AppendFloat(buf, f, 'e', -1, 64) // d.ddde-XX
		e := len(s) - 1
		for s[e] != 'e' {
			e--
		}
		if e <= safeDigits+1 {
			exp, _ = strconv.Atoi(string(s[e+1:]))
			digits = append(s[:1], s[min(2, e):e]...)
			return digits, exp
		}
	}
	return generateDigits(buf[:0], mantissa, binExp, precision)
}

// split gives f as mantissa × 2^(binExp-52) with the mantissa's highest bit at
// 52, and the bits of precision it has.
func split(f float64, size int) (mantissa uint64, binExp, precision int) {
	frac, exp := math.Frexp(f)
	mantissa = uint64(frac * (1 << 53))
	binExp = exp - 1
	precision, lowest := 53, -1022
	if size == 32 {
		precision, lowest = 24, -126
	}
	if binExp < lowest {
		precision -= lowest - binExp
	}
	return mantissa, binExp, precision
}

// integerDigits are those of a whole number, of which the ones far below its
// precision are rounded away.
func integerDigits(buf []byte, n uint64, binExp, precision int) ([]byte, int) {
	exp := 0
	if binExp > precision {
		if p := binExp - precision - 1; p > 1 {
			drop := p * 30103 / 100000 // digits of 2^p
			pow := uint64(1)
			for range drop {
				pow *= 10
			}
			rest := n % pow
			n /= pow
			if drop > 0 && rest >= pow/2 {
				n++
			}
			exp = drop
		}
	}
	digits := strconv.AppendUint(buf, n, 10)
	exp += len(digits) - 1
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, exp
}

// generateDigits divides digit after digit out of b/s, where both are scaled
// so that the quotient is below ten, until the rest is within half a unit of
// the last place, m.
func generateDigits(digits []byte, mantissa uint64, binExp, precision int) ([]byte, int) {
	zeros := bits.TrailingZeros64(mantissa)
	width := 53 - zeros
	tiny := max(0, width-binExp-1) // bits behind the point
	decExp := estimateExponent(mantissa, binExp)

	b5 := max(0, -decExp)
	b2 := b5 + tiny + binExp
	s5 := max(0, decExp)
	s2 := s5 + tiny
	m2 := b2 - precision
	b2 -= width - 1
	common := min(b2, s2)
	b2, s2, m2 = b2-common, s2-common, m2-common
	if width == 1 {
		m2-- // below a power of two doubles are closer
	}
	if m2 < 0 {
		b2, s2, m2 = b2-m2, s2-m2, 0
	}
	scaled := func(n uint64, five, two int) *big.Int {
		v := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(five)), nil)
		v.Mul(v, new(big.Int).SetUint64(n))
		return v.Lsh(v, uint(two))
	}
	b := scaled(mantissa>>zeros, b5, b2)
	s := scaled(1, s5, s2)
	m := scaled(1, b5, m2)
	var d division = &bigDivision{b: b, s: s, m: m}
	if bitsOf(width, b2, b5) < 64 && bitsOfTens(s2, s5) < 64 {
		d = &longDivision{b: b.Int64(), s: s.Int64(), m: m.Int64()}
	}
	q, low, high := d.step(true)
	if q == 0 && !high {
		decExp--
	} else {
		digits = append(digits, '0'+q)
	}
	if decExp < -3 || decExp >= 8 {
		low, high = false, false // this notation has two digits at least
	}
	for !low && !high {
		q, low, high = d.step(false)
		digits = append(digits, '0'+q)
	}
	if high {
		half := 1
		if low {
			half = d.half()
		}
		if half > 0 || half == 0 && digits[len(digits)-1]&1 != 0 {
			decExp += roundUp(&digits)
		}
	}
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	return digits, decExp
}

// A division yields the digits of b/s. low and high say that the rest, or what
// is missing to the next digit, is within m; half compares the rest with a half.
type division interface {
	step(first bool) (digit byte, low, high bool)
	half() int
}

// A longDivision is done in 64 bits, and overflows as Java's does.
type longDivision struct{ b, s, m int64 }

func (d *longDivision) step(first bool) (digit byte, low, high bool) {
	digit = byte(d.b / d.s)
	d.b = 10 * (d.b % d.s)
	d.m *= 10
	if d.m <= 0 && !first {
		return digit, true, true
	}
	return digit, d.b < d.m, d.b+d.m > d.s*10
}

func (d *longDivision) half() int { return cmp.Compare(d.b<<1-d.s*10, 0) }

// A bigDivision is done without bounds. Unlike the other it stops where the
// next digit is exactly m away.
type bigDivision struct {
	b, s, m, tens, tmp *big.Int
}

var ten = big.NewInt(10)

func (d *bigDivision) step(first bool) (digit byte, low, high bool) {
	if first {
		d.tens, d.tmp = new(big.Int).Mul(d.s, ten), new(big.Int)
	}
	q, rest := d.tmp.QuoRem(d.b, d.s, new(big.Int))
	digit = byte(q.Int64())
	d.b = rest.Mul(rest, ten)
	d.m.Mul(d.m, ten)
	return digit, d.b.Cmp(d.m) < 0, d.tmp.Add(d.b, d.m).Cmp(d.tens) >= 0
}

func (d *bigDivision) half() int { return d.tmp.Lsh(d.b, 1).Cmp(d.tens) }

// roundUp adds one to the last digit; it returns 1 if that gave a digit in front.
func roundUp(digits *[]byte) int {
	d := *digits
	for i := len(d) - 1; i >= 0; i-- {
		if d[i] < '9' {
			d[i]++
			return 0
		}
		d[i] = '0'
	}
	d[0] = '1'
	return 1
}

// estimateExponent guesses the decimal exponent; it may be one too high.
func estimateExponent(mantissa uint64, binExp int) int {
	d2 := math.Float64frombits(0x3FF<<52 | mantissa&(1<<52-1))
	a := (d2 - 1.5) * 0.289529654
	b := float64(binExp) * 0.301029995663981
	return int(math.Floor(float64(float64(a+0.176091259) + b)))
}

// bitsOf5 is the length of 5^n.
func bitsOf5(n int) int {
	return new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil).BitLen()
}

func bitsOf(width, two, five int) int {
	switch {
	case five == 0:
		return width + two
	case five < 27:
		return width + two + bitsOf5(five)
	}
	return width + two + five*3
}

func bitsOfTens(two, five int) int {
	if five+1 < 27 {
		return two + 1 + bitsOf5(five+1)
	}
	return two + 1 + (five+1)*3
}
