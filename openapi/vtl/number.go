package vtl

import (
	"math"
	"math/big"
	"strconv"
)

// appendNumber writes a JSON number as Java would print it once read. Most are
// spelled that way already.
func appendNumber(dst []byte, s string) []byte {
	if printsAsIs(s) {
		return append(dst, s...)
	}
	return appendPlain(dst, readNumber(s))
}

// printsAsIs reports whether reading and printing s would give s: integers,
// and decimals of at most 15 digits within Double's plain notation.
func printsAsIs(s string) bool {
	if s != "" && s[0] == '-' {
		s = s[1:]
		if s == "0" {
			return false
		}
	}
	point := -1
	for i := 0; i < len(s); i++ {
		if s[i] == '.' && point < 0 {
			point = i
		} else if !isDigit(s[i]) {
			return false
		}
	}
	if point < 0 {
		return s != ""
	}
	frac := s[point+1:]
	return point >= 1 && point <= 7 && len(s) <= 16 && frac != "" &&
		(frac == "0" || frac[len(frac)-1] != '0') &&
		(s[0] != '0' || frac == "0" || frac[0] != '0')
}

// isNumber reports whether v, which has been through norm, is a java.lang.Number.
func isNumber(v any) bool {
	switch v.(type) {
	case int32, int64, float64, float32, *big.Int, *decimal:
		return true
	}
	return false
}

func isIntegral(v any) bool {
	switch v.(type) {
	case int32, int64, *big.Int:
		return true
	}
	return false
}

// toLong is Number.longValue.
func toLong(v any) int64 {
	switch v := v.(type) {
	case int32:
		return int64(v)
	case int64:
		return v
	case float64:
		return saturate(v, math.MinInt64, math.MaxInt64)
	case float32:
		return saturate(float64(v), math.MinInt64, math.MaxInt64)
	case *big.Int:
		return lowBits(v)
	case *decimal:
		return lowBits(v.truncate())
	}
	return 0
}

// toInt is Number.intValue.
func toInt(v any) int32 {
	switch v := v.(type) {
	case int32:
		return v
	case float64:
		return int32(saturate(v, math.MinInt32, math.MaxInt32))
	case float32:
		return int32(saturate(float64(v), math.MinInt32, math.MaxInt32))
	}
	return int32(toLong(v))
}

// toDouble is Number.doubleValue.
func toDouble(v any) float64 {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case float32:
		return float64(v)
	case *big.Int:
		f, _ := new(big.Float).SetInt(v).Float64()
		return f
	case *decimal:
		f, _ := strconv.ParseFloat(string(v.append(nil)), 64)
		return f
	}
	return 0
}

func saturate(f float64, low, high int64) int64 {
	switch {
	case math.IsNaN(f):
		return 0
	case f <= float64(low):
		return low
	case f >= float64(high):
		return high
	}
	return int64(f)
}

// lowBits are the low 64 bits, as BigInteger.longValue gives them.
func lowBits(b *big.Int) int64 {
	if b.IsInt64() {
		return b.Int64()
	}
	m := new(big.Int).And(b, new(big.Int).SetUint64(math.MaxUint64))
	return int64(m.Uint64())
}

func toBigInt(v any) *big.Int {
	if b, ok := v.(*big.Int); ok {
		return b
	}
	return big.NewInt(toLong(v))
}

// A calcBase is the class a calculation is done in.
type calcBase uint8

const (
	baseLong calcBase = iota
	baseFloat
	baseDouble
	baseBigInteger
	baseBigDecimal
)

func baseOf(a, b any) calcBase {
	ai, bi := isIntegral(a), isIntegral(b)
	_, aBig := a.(*big.Int)
	_, bBig := b.(*big.Int)
	_, aDec := a.(*decimal)
	_, bDec := b.(*decimal)
	switch {
	case aDec || bDec || (!ai || !bi) && (aBig || bBig):
		return baseBigDecimal
	case ai && bi && (aBig || bBig):
		return baseBigInteger
	case ai && bi:
		return baseLong
	}
	_, aDouble := a.(float64)
	_, bDouble := b.(float64)
	if aDouble || bDouble {
		return baseDouble
	}
	return baseFloat
}

// wrap gives a result the wider class of its operands, and a wider one if it doesn't fit.
func wrap(n int64, a, b any) any {
	_, aInt := a.(int32)
	_, bInt := b.(int32)
	if aInt && bInt {
		return fitInt(n)
	}
	return n
}

// calculate applies + - * / or % to two numbers. It returns nil for division
// by zero, and an error for the modulo the engine can't do.
func calculate(op synKind, a, b any) (any, error) {
	if x, ok := a.(int32); ok {
		if y, ok := b.(int32); ok {
			switch op { // can't overflow a long
			case synAdd:
				return fitInt(int64(x) + int64(y)), nil
			case synSubtract:
				return fitInt(int64(x) - int64(y)), nil
			case synMultiply:
				return fitInt(int64(x) * int64(y)), nil
			}
		}
	}
	if (op == synDivide || op == synModulo) && isZero(b) {
		return nil, nil
	}
	switch baseOf(a, b) {
	case baseLong:
		return longs(op, toLong(a), toLong(b), a, b), nil
	case baseDouble:
		return doubles(op, toDouble(a), toDouble(b)), nil
	case baseFloat:
		x, y := float32(toDouble(a)), float32(toDouble(b))
		if op == synModulo {
			return float32(math.Mod(float64(x), float64(y))), nil
		}
		return [...]float32{x + y, x - y, x * y, x / y}[op-synAdd], nil
	case baseBigInteger:
		return bigInts(op, toBigInt(a), toBigInt(b))
	}
	return decimals(op, toDecimal(a), toDecimal(b))
}

func isZero(v any) bool {
	switch v := v.(type) {
	case *big.Int:
		return v.Sign() == 0
	case *decimal:
		return v.unscaled.Sign() == 0
	}
	return toDouble(v) == 0
}

func longs(op synKind, x, y int64, a, b any) any {
	switch op {
	case synAdd:
		r := x + y
		if (r^x) < 0 && (r^y) < 0 {
			return new(big.Int).Add(big.NewInt(x), big.NewInt(y))
		}
		return wrap(r, a, b)
	case synSubtract:
		r := x - y
		if (r^x) < 0 && (r^^y) < 0 {
			return new(big.Int).Sub(big.NewInt(x), big.NewInt(y))
		}
		return wrap(r, a, b)
	case synMultiply:
		r := x * y
		if y != 0 && quotient(r, y) != x {
			return new(big.Int).Mul(big.NewInt(x), big.NewInt(y))
		}
		return wrap(r, a, b)
	case synDivide:
		return wrap(quotient(x, y), a, b)
	}
	if y == -1 {
		return wrap(0, a, b)
	}
	return wrap(x%y, a, b)
}

// quotient divides as Java does, where the smallest long divided by -1 is itself.
func quotient(x, y int64) int64 {
	if y == -1 {
		return -x
	}
	return x / y
}

func doubles(op synKind, x, y float64) any {
	switch op {
	case synAdd:
		return x + y
	case synSubtract:
		return x - y
	case synMultiply:
		return x * y
	case synDivide:
		return x / y
	}
	return math.Mod(x, y)
}

func bigInts(op synKind, x, y *big.Int) (any, error) {
	r := new(big.Int)
	switch op {
	case synAdd:
		return r.Add(x, y), nil
	case synSubtract:
		return r.Sub(x, y), nil
	case synMultiply:
		return r.Mul(x, y), nil
	case synDivide:
		return r.Quo(x, y), nil
	}
	if y.Sign() < 0 {
		return nil, throw(arithmetic, "BigInteger: modulus not positive")
	}
	return r.Mod(x, y), nil
}

// compareNumbers orders two numbers as the engine does. NaN is equal to everything.
func compareNumbers(a, b any) int {
	switch baseOf(a, b) {
	case baseLong:
		return order(toLong(a), toLong(b))
	case baseDouble:
		return order(toDouble(a), toDouble(b))
	case baseFloat:
		return order(float32(toDouble(a)), float32(toDouble(b)))
	case baseBigInteger:
		return toBigInt(a).Cmp(toBigInt(b))
	}
	return toDecimal(a).cmp(toDecimal(b))
}

func order[T int32 | int64 | float32 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
