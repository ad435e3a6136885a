package vtl

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
	"unicode"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func numberIntValue(_ *exec, recv any, _ []any) (any, error) { return boxInt(toInt(recv)), nil }

func numberLongValue(_ *exec, recv any, _ []any) (any, error) { return toLong(recv), nil }

func numberDoubleValue(_ *exec, recv any, _ []any) (any, error) { return toDouble(recv), nil }

func numberFloatValue(_ *exec, recv any, _ []any) (any, error) { return float32(toDouble(recv)), nil }

func numberShortValue(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(int16(toInt(recv)))), nil
}

func numberByteValue(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(int8(toInt(recv)))), nil
}

// numberCompareTo compares with a number of the same class only.
func numberCompareTo(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	if classOf(recv) != classOf(args[0]) {
		return nil, cannotCast(args[0], javaName(recv))
	}
	switch recv.(type) {
	case float64, float32:
		return boxInt(compareDoubles(toDouble(recv), toDouble(args[0]))), nil
	}
	return boxInt(int32(compareNumbers(recv, args[0]))), nil
}

// compareDoubles is Double.compare: NaN is the greatest, -0.0 less than 0.0.
func compareDoubles(a, b float64) int32 {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	x, y := int64(math.Float64bits(a)), int64(math.Float64bits(b))
	if math.IsNaN(a) {
		x = 0x7ff8000000000000
	}
	if math.IsNaN(b) {
		y = 0x7ff8000000000000
	}
	return int32(order(float64(x), float64(y)))
}

// parseInteger is Integer.parseInt and Long.parseLong.
func parseInteger(args []any, size int) (int64, error) {
	radix := 10
	if len(args) == 2 {
		radix = int(args[1].(int32))
		if radix < 2 || radix > 36 {
			return 0, throw(numberFormat, "radix %d out of range", radix)
		}
	}
	s, ok := args[0].(string)
	if !ok {
		return 0, throw(numberFormat, "null")
	}
	n, err := strconv.ParseInt(s, radix, size)
	if err != nil || strings.ContainsRune(s, '_') {
		return 0, throw(numberFormat, "For input string: %s", quote(s))
	}
	return n, nil
}

func integerParseInt(_ *exec, _ any, args []any) (any, error) {
	n, err := parseInteger(args, 32)
	if err != nil {
		return nil, err
	}
	return boxInt(int32(n)), nil
}

// decodeInteger reads an integer that may be written in hexadecimal or octal.
func decodeInteger(v any, size int) (int64, error) {
	s, ok := v.(string)
	if !ok {
		return 0, npe(v)
	}
	digits := strings.TrimLeft(s, "+-")
	sign := s[:len(s)-len(digits)]
	radix := 10
	switch {
	case strings.HasPrefix(digits, "0x"), strings.HasPrefix(digits, "0X"):
		radix, digits = 16, digits[2:]
	case strings.HasPrefix(digits, "#"):
		radix, digits = 16, digits[1:]
	case strings.HasPrefix(digits, "0") && len(digits) > 1:
		radix, digits = 8, digits[1:]
	}
	n, err := strconv.ParseInt(sign+digits, radix, size)
	if err != nil || len(sign) > 1 {
		return 0, throw(numberFormat, "For input string: %s", quote(s))
	}
	return n, nil
}

func integerDecode(_ *exec, _ any, args []any) (any, error) {
	n, err := decodeInteger(args[0], 32)
	if err != nil {
		return nil, err
	}
	return boxInt(int32(n)), nil
}

func longDecode(_ *exec, _ any, args []any) (any, error) {
	n, err := decodeInteger(args[0], 64)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func integerToString(_ *exec, _ any, args []any) (any, error) {
	radix := int(args[1].(int32))
	if radix < 2 || radix > 36 {
		radix = 10
	}
	return strconv.FormatInt(toLong(args[0]), radix), nil
}

func integerToHexString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(uint32(args[0].(int32))), 16), nil
}

func integerToBinaryString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(uint32(args[0].(int32))), 2), nil
}

func integerToOctalString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(uint32(args[0].(int32))), 8), nil
}

func longToHexString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(toLong(args[0])), 16), nil
}

func longToBinaryString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(toLong(args[0])), 2), nil
}

func longToOctalString(_ *exec, _ any, args []any) (any, error) {
	return strconv.FormatUint(uint64(toLong(args[0])), 8), nil
}

func numberMax(_ *exec, _ any, args []any) (any, error) {
	return args[b2i(compareNumbers(args[1], args[0]) > 0)], nil
}

func numberMin(_ *exec, _ any, args []any) (any, error) {
	return args[b2i(compareNumbers(args[1], args[0]) < 0)], nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func integerSum(_ *exec, _ any, args []any) (any, error) {
	return boxInt(args[0].(int32) + args[1].(int32)), nil
}

func numberCompare(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(compareNumbers(args[0], args[1]))), nil
}

func numberSignum(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(compareNumbers(args[0], int32(0)))), nil
}

// ints turns a function of bits into a method of Integer.
func ints(f func(uint32) uint32) func(*exec, any, []any) (any, error) {
	return func(_ *exec, _ any, args []any) (any, error) {
		return boxInt(int32(f(uint32(args[0].(int32))))), nil
	}
}

var (
	integerBitCount      = ints(func(n uint32) uint32 { return uint32(bits.OnesCount32(n)) })
	integerReverse       = ints(bits.Reverse32)
	integerReverseBytes  = ints(bits.ReverseBytes32)
	integerLeadingZeros  = ints(func(n uint32) uint32 { return uint32(bits.LeadingZeros32(n)) })
	integerTrailingZeros = ints(func(n uint32) uint32 { return uint32(bits.TrailingZeros32(n)) })
	integerLowestOneBit  = ints(func(n uint32) uint32 { return n & -n })
	integerHighestOneBit = ints(func(n uint32) uint32 {
		if n == 0 {
			return 0
		}
		return 1 << (bits.Len32(n) - 1)
	})
)

func integerRotateLeft(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(bits.RotateLeft32(uint32(args[0].(int32)), int(args[1].(int32))))), nil
}

func integerRotateRight(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(bits.RotateLeft32(uint32(args[0].(int32)), -int(args[1].(int32))))), nil
}

func longParseLong(_ *exec, _ any, args []any) (any, error) {
	n, err := parseInteger(args, 64)
	if err != nil {
		return nil, err
	}
	return n, nil
}

func longValueOf(_ *exec, _ any, args []any) (any, error) { return toLong(args[0]), nil }

func longHashCode(_ *exec, _ any, args []any) (any, error) {
	return boxInt(hashLong(toLong(args[0]))), nil
}

func longMax(_ *exec, _ any, args []any) (any, error) {
	return max(toLong(args[0]), toLong(args[1])), nil
}

func longMin(_ *exec, _ any, args []any) (any, error) {
	return min(toLong(args[0]), toLong(args[1])), nil
}

func longSum(_ *exec, _ any, args []any) (any, error) {
	return toLong(args[0]) + toLong(args[1]), nil
}

func longBitCount(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(bits.OnesCount64(uint64(toLong(args[0]))))), nil
}

// parseDouble is Double.parseDouble.
func parseDouble(v any) (float64, error) {
	s, ok := v.(string)
	if !ok {
		return 0, npe(v)
	}
	bad := throw(numberFormat, "For input string: %s", quote(s))
	t := strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	if t == "" {
		return 0, throw(numberFormat, "empty String")
	}
	body := strings.TrimPrefix(strings.TrimPrefix(t, "-"), "+")
	switch {
	case len(t)-len(body) > 1:
		return 0, bad
	case body == "NaN":
		return math.NaN(), nil
	case body == "Infinity":
		f, _ := strconv.ParseFloat(t[:len(t)-len(body)]+"Inf", 64)
		return f, nil
	case body == "" || !isDigit(body[0]) && body[0] != '.' || strings.ContainsRune(body, '_'):
		return 0, bad
	}
	hex := strings.HasPrefix(strings.ToLower(body), "0x")
	if last := body[len(body)-1] | 0x20; last == 'd' || last == 'f' {
		if !hex || strings.ContainsAny(body, "pP") {
			t = t[:len(t)-1]
		}
	}
	f, err := strconv.ParseFloat(t, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, bad
	}
	return f, nil
}

func doubleParseDouble(_ *exec, _ any, args []any) (any, error) {
	f, err := parseDouble(args[0])
	if err != nil {
		return nil, err
	}
	return f, nil
}

func floatParseFloat(_ *exec, _ any, args []any) (any, error) {
	f, err := parseDouble(args[0])
	if err != nil {
		return nil, err
	}
	return float32(f), nil
}

func doubleValueOf(_ *exec, _ any, args []any) (any, error) { return toDouble(args[0]), nil }

func floatValueOf(_ *exec, _ any, args []any) (any, error) { return float32(toDouble(args[0])), nil }

func doubleToString(_ *exec, _ any, args []any) (any, error) {
	return string(ordered.AppendDouble(nil, toDouble(args[0]))), nil
}

func doubleHashCode(_ *exec, _ any, args []any) (any, error) {
	return boxInt(hashLong(int64(math.Float64bits(toDouble(args[0]))))), nil
}

// argumentOr is the argument, or the receiver if there is none.
func argumentOr(recv any, args []any) float64 {
	if len(args) == 1 {
		return toDouble(args[0])
	}
	return toDouble(recv)
}

func doubleIsNaN(_ *exec, recv any, args []any) (any, error) {
	return math.IsNaN(argumentOr(recv, args)), nil
}

func doubleIsInfinite(_ *exec, recv any, args []any) (any, error) {
	return math.IsInf(argumentOr(recv, args), 0), nil
}

func doubleIsFinite(_ *exec, _ any, args []any) (any, error) {
	f := toDouble(args[0])
	return !math.IsNaN(f) && !math.IsInf(f, 0), nil
}

func doubleMax(_ *exec, _ any, args []any) (any, error) {
	return math.Max(toDouble(args[0]), toDouble(args[1])), nil
}

func doubleMin(_ *exec, _ any, args []any) (any, error) {
	return math.Min(toDouble(args[0]), toDouble(args[1])), nil
}

func doubleSum(_ *exec, _ any, args []any) (any, error) {
	return toDouble(args[0]) + toDouble(args[1]), nil
}

func doubleCompare(_ *exec, _ any, args []any) (any, error) {
	return boxInt(compareDoubles(toDouble(args[0]), toDouble(args[1]))), nil
}

func booleanCompareTo(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	o, ok := args[0].(bool)
	if !ok {
		return nil, cannotCast(args[0], "java.lang.Boolean")
	}
	return boxInt(int32(b2i(recv.(bool)) - b2i(o))), nil
}

func booleanParseBoolean(_ *exec, _ any, args []any) (any, error) {
	s, _ := args[0].(string)
	return strings.EqualFold(s, "true"), nil
}

func booleanHashCode(ex *exec, _ any, args []any) (any, error) {
	return boxInt(ex.hash(args[0], 0)), nil
}

func booleanCompare(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(b2i(args[0].(bool)) - b2i(args[1].(bool)))), nil
}

func booleanAnd(_ *exec, _ any, args []any) (any, error) {
	return args[0].(bool) && args[1].(bool), nil
}

func booleanOr(_ *exec, _ any, args []any) (any, error) {
	return args[0].(bool) || args[1].(bool), nil
}

func booleanXor(_ *exec, _ any, args []any) (any, error) {
	return args[0].(bool) != args[1].(bool), nil
}

// bigOp turns an operation of big.Int into a method of BigInteger.
func bigOp(f func(z, x, y *big.Int) *big.Int) func(*exec, any, []any) (any, error) {
	return func(ex *exec, recv any, args []any) (any, error) {
		if err := npe(args...); err != nil {
			return nil, err
		}
		return ex.bounded(f(new(big.Int), recv.(*big.Int), args[0].(*big.Int))), nil
	}
}

// bigIntDivision is the same for those that can't divide by zero.
func bigIntDivision(f func(z, x, y *big.Int) *big.Int) func(*exec, any, []any) (any, error) {
	op := bigOp(f)
	return func(ex *exec, recv any, args []any) (any, error) {
		if y, ok := args[0].(*big.Int); ok && y.Sign() == 0 {
			return nil, throw(arithmetic, "BigInteger divide by zero")
		}
		return op(ex, recv, args)
	}
}

var (
	bigAdd       = bigOp((*big.Int).Add)
	bigSubtract  = bigOp((*big.Int).Sub)
	bigMultiply  = bigOp((*big.Int).Mul)
	bigDivide    = bigIntDivision((*big.Int).Quo)
	bigRemainder = bigIntDivision((*big.Int).Rem)
	bigGCD       = bigOp(func(z, x, y *big.Int) *big.Int {
		return z.GCD(nil, nil, new(big.Int).Abs(x), new(big.Int).Abs(y))
	})
	bigAnd = bigOp((*big.Int).And)
	bigOr  = bigOp((*big.Int).Or)
	bigXor = bigOp((*big.Int).Xor)
	bigMax = bigOp(func(_, x, y *big.Int) *big.Int {
		if x.Cmp(y) < 0 {
			return y
		}
		return x
	})
	bigMin = bigOp(func(_, x, y *big.Int) *big.Int {
		if x.Cmp(y) > 0 {
			return y
		}
		return x
	})
)

func bigMod(ex *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	y := args[0].(*big.Int)
	if y.Sign() <= 0 {
		return nil, throw(arithmetic, "BigInteger: modulus not positive")
	}
	return new(big.Int).Mod(recv.(*big.Int), y), nil
}

func bigPow(ex *exec, recv any, args []any) (any, error) {
	x, n := recv.(*big.Int), int(args[0].(int32))
	if n < 0 {
		return nil, throw(arithmetic, "Negative exponent")
	}
	if x.BitLen() > 1 {
		if n > ex.t.limits.Collection {
			ex.exceed("Collection", ex.t.limits.Collection)
		}
		ex.make(x.BitLen() * n * 8)
	}
	return new(big.Int).Exp(x, big.NewInt(int64(n)), nil), nil
}

func bigTestBit(_ *exec, recv any, args []any) (any, error) {
	n := int(args[0].(int32))
	if n < 0 {
		return nil, throw(arithmetic, "Negative bit address")
	}
	return recv.(*big.Int).Bit(n) == 1, nil
}

func bigNegate(_ *exec, recv any, _ []any) (any, error) {
	return new(big.Int).Neg(recv.(*big.Int)), nil
}

func bigAbs(_ *exec, recv any, _ []any) (any, error) {
	return new(big.Int).Abs(recv.(*big.Int)), nil
}

func bigSignum(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*big.Int).Sign())), nil
}

func bigBitLength(_ *exec, recv any, _ []any) (any, error) {
	b := recv.(*big.Int)
	if b.Sign() < 0 {
		b = new(big.Int).Not(b)
	}
	return boxInt(int32(b.BitLen())), nil
}

func bigToString(_ *exec, recv any, args []any) (any, error) {
	radix := int(args[0].(int32))
	if radix < 2 || radix > 36 {
		radix = 10
	}
	return recv.(*big.Int).Text(radix), nil
}

func bigValueOf(_ *exec, _ any, args []any) (any, error) { return big.NewInt(toLong(args[0])), nil }

func decimalNegate(_ *exec, recv any, _ []any) (any, error) {
	d := recv.(*decimal)
	return &decimal{new(big.Int).Neg(d.unscaled), d.scale}, nil
}

func decimalAbs(_ *exec, recv any, _ []any) (any, error) {
	d := recv.(*decimal)
	return &decimal{new(big.Int).Abs(d.unscaled), d.scale}, nil
}

func decimalSignum(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*decimal).unscaled.Sign())), nil
}

func decimalScale(_ *exec, recv any, _ []any) (any, error) {
	return boxInt(int32(recv.(*decimal).scale)), nil
}

func decimalToBigInteger(_ *exec, recv any, _ []any) (any, error) {
	return recv.(*decimal).truncate(), nil
}

func decimalToPlainString(_ *exec, recv any, _ []any) (any, error) {
	d := recv.(*decimal)
	digits := new(big.Int).Abs(d.unscaled).String()
	if d.scale > 0 {
		if pad := d.scale + 1 - len(digits); pad > 0 {
			digits = strings.Repeat("0", pad) + digits
		}
		point := len(digits) - d.scale
		digits = digits[:point] + "." + digits[point:]
	}
	if d.unscaled.Sign() < 0 {
		digits = "-" + digits
	}
	return digits, nil
}

func characterCompareTo(_ *exec, recv any, args []any) (any, error) {
	if err := npe(args...); err != nil {
		return nil, err
	}
	o, ok := args[0].(char)
	if !ok {
		return nil, cannotCast(args[0], "java.lang.Character")
	}
	return boxInt(int32(recv.(char)) - int32(o)), nil
}

func characterCompare(_ *exec, _ any, args []any) (any, error) {
	return boxInt(int32(args[0].(char)) - int32(args[1].(char))), nil
}

func characterToChars(ex *exec, _ any, args []any) (any, error) {
	r := args[0].(int32)
	if r < 0 || r > unicode.MaxRune {
		return nil, throw(illegalArgument, "Not a valid Unicode code point: 0x%X", uint32(r))
	}
	a := &array{elem: "char"}
	hi, lo := units(r)
	a.items = append(a.items, char(hi))
	if lo != 0 || isSurrogate(r) {
		ex.halves = true
	}
	if lo != 0 {
		a.items = append(a.items, char(lo))
	}
	return a, nil
}

func characterForDigit(_ *exec, _ any, args []any) (any, error) {
	digit, radix := args[0].(int32), args[1].(int32)
	if radix < 2 || radix > 36 || digit < 0 || digit >= radix {
		return char(0), nil
	}
	return char("0123456789abcdefghijklmnopqrstuvwxyz"[digit]), nil
}

// codePoint is that of a char or an int.
func codePoint(v any) rune {
	if c, ok := v.(char); ok {
		return rune(c)
	}
	return v.(int32)
}

// likeArgument gives r the class of the argument it was made of.
func likeArgument(r rune, arg any) (any, error) {
	if _, ok := arg.(char); !ok {
		return boxInt(r), nil
	}
	if r > 0xFFFF {
		return arg, nil
	}
	return char(r), nil
}

// charTest turns a question about a code point into a static method of Character.
func charTest(f func(rune) bool) func(*exec, any, []any) (any, error) {
	return func(_ *exec, _ any, args []any) (any, error) { return f(codePoint(args[0])), nil }
}

var (
	characterIsDigit         = charTest(unicode.IsDigit)
	characterIsLetter        = charTest(unicode.IsLetter)
	characterIsLetterOrDigit = charTest(func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	characterIsUpperCase     = charTest(unicode.IsUpper)
	characterIsLowerCase     = charTest(unicode.IsLower)
	characterIsWhitespace    = charTest(func(r rune) bool {
		return r >= 0x1C && r <= 0x1F || unicode.IsSpace(r) && r != 0x85 && r != 0xA0 && r != 0x2007 && r != 0x202F
	})
)

func characterToUpperCase(_ *exec, _ any, args []any) (any, error) {
	return likeArgument(unicode.ToUpper(codePoint(args[0])), args[0])
}

func characterToLowerCase(_ *exec, _ any, args []any) (any, error) {
	return likeArgument(unicode.ToLower(codePoint(args[0])), args[0])
}

func characterGetNumericValue(_ *exec, _ any, args []any) (any, error) {
	switch c := codePoint(args[0]); {
	case '0' <= c && c <= '9':
		return boxInt(c - '0'), nil
	case 'a' <= c|0x20 && c|0x20 <= 'z':
		return boxInt(c | 0x20 - 'a' + 10), nil
	}
	return boxInt(-1), nil
}
