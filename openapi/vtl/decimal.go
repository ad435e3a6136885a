package vtl

import (
	"math"
	"math/big"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A decimal is a java.math.BigDecimal: unscaled × 10^-scale. The engine makes
// one only where a BigInteger meets a Double.
type decimal struct {
	unscaled *big.Int
	scale    int
}

// toDecimal is the number's exact value; a Double's is that of its binary fraction,
// and an infinite one ends the rendering.
func toDecimal(v any) *decimal {
	switch v := v.(type) {
	case *decimal:
		return v
	case *big.Int:
		return &decimal{v, 0}
	}
	f := toDouble(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		panic(*runtimeFailure(place{}, "", throw(numberFormat, "Infinite or NaN can't be calculated with a BigInteger")))
	}
	if f == 0 {
		return &decimal{new(big.Int), 0}
	}
	frac, exp := math.Frexp(f)
	m := big.NewInt(int64(frac * (1 << 53)))
	exp -= 53
	for exp < 0 && m.Bit(0) == 0 {
		m.Rsh(m, 1)
		exp++
	}
	if exp >= 0 {
		return &decimal{m.Lsh(m, uint(exp)), 0}
	}
	// m / 2^n = m × 5^n / 10^n
	n := -exp
	m.Mul(m, new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(n)), nil))
	return &decimal{m, n}
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// align gives two decimals the larger of their scales.
func align(x, y *decimal) (a, b *big.Int, scale int) {
	a, b = x.unscaled, y.unscaled
	switch {
	case x.scale < y.scale:
		a = new(big.Int).Mul(a, pow10(y.scale-x.scale))
	case y.scale < x.scale:
		b = new(big.Int).Mul(b, pow10(x.scale-y.scale))
	}
	return a, b, max(x.scale, y.scale)
}

func (d *decimal) cmp(o *decimal) int {
	a, b, _ := align(d, o)
	return a.Cmp(b)
}

// truncate drops the fraction.
func (d *decimal) truncate() *big.Int {
	if d.scale <= 0 {
		return d.unscaled
	}
	return new(big.Int).Quo(d.unscaled, pow10(d.scale))
}

func decimals(op synKind, x, y *decimal) (any, error) {
	r := new(big.Int)
	switch op {
	case synAdd:
		a, b, scale := align(x, y)
		return &decimal{r.Add(a, b), scale}, nil
	case synSubtract:
		a, b, scale := align(x, y)
		return &decimal{r.Sub(a, b), scale}, nil
	case synMultiply:
		return &decimal{r.Mul(x.unscaled, y.unscaled), x.scale + y.scale}, nil
	case synDivide:
		return x.divide(y), nil
	}
	return nil, throw(arithmetic, "Cannot calculate the modulo of BigDecimals.")
}

// divide keeps the dividend's scale and rounds half down.
func (d *decimal) divide(o *decimal) *decimal {
	num := new(big.Int).Mul(d.unscaled, pow10(o.scale))
	q, rem := new(big.Int).QuoRem(num, o.unscaled, new(big.Int))
	twice := new(big.Int).Lsh(new(big.Int).Abs(rem), 1)
	if twice.Cmp(new(big.Int).Abs(o.unscaled)) > 0 {
		q.Add(q, big.NewInt(int64(num.Sign()*o.unscaled.Sign())))
	}
	return &decimal{q, d.scale}
}

// append writes what BigDecimal.toString gives.
func (d *decimal) append(dst []byte) []byte {
	if d.unscaled.Sign() < 0 {
		dst = append(dst, '-')
	}
	return ordered.AppendDecimal(dst, new(big.Int).Abs(d.unscaled).String(), int64(d.scale))
}
