package policy

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A quantifier says how a condition looks at a key of several values.
type quantifier uint8

const (
	single quantifier = iota
	forAny
	forAll
)

// A condition is one operator on one key.
type condition struct {
	operator *operator
	quantify quantifier
	ifExists bool
	key      string   // lower case
	values   []string // of which one has to fit (none, for a negated operator)
}

// An operator compares a value of the call with one of the policy.
type operator struct {
	name     string
	negated  bool
	wildcard bool // the policy's value may have * and ?
	// fits gets the policy's value with variables filled in. Values that can't
	// be read as what the operator compares never fit.
	fits func(policy, value string) bool
}

// operators are IAM's condition operators (AWS docs: IAM JSON policy elements:
// Condition operators), by name in lower case. Null is looked at apart.
var operators = map[string]*operator{}

func init() {
	add := func(name, negated string, wildcard bool, fits func(policy, value string) bool) {
		operators[strings.ToLower(name)] = &operator{name: name, wildcard: wildcard, fits: fits}
		if negated != "" {
			operators[strings.ToLower(negated)] = &operator{name: negated, negated: true, wildcard: wildcard, fits: fits}
		}
	}
	equal := func(p, v string) bool { return p == v }
	add("StringEquals", "StringNotEquals", false, equal)
	add("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", false, strings.EqualFold)
	add("StringLike", "StringNotLike", true, globEscaped)
	add("ArnEquals", "ArnNotEquals", true, arnFits)
	add("ArnLike", "ArnNotLike", true, arnFits)
	add("IpAddress", "NotIpAddress", false, addressFits)
	add("NumericEquals", "NumericNotEquals", false, numeric(func(c int) bool { return c == 0 }))
	add("NumericLessThan", "", false, numeric(func(c int) bool { return c < 0 }))
	add("NumericLessThanEquals", "", false, numeric(func(c int) bool { return c <= 0 }))
	add("NumericGreaterThan", "", false, numeric(func(c int) bool { return c > 0 }))
	add("NumericGreaterThanEquals", "", false, numeric(func(c int) bool { return c >= 0 }))
	add("DateEquals", "DateNotEquals", false, date(func(c int) bool { return c == 0 }))
	add("DateLessThan", "", false, date(func(c int) bool { return c < 0 }))
	add("DateLessThanEquals", "", false, date(func(c int) bool { return c <= 0 }))
	add("DateGreaterThan", "", false, date(func(c int) bool { return c > 0 }))
	add("DateGreaterThanEquals", "", false, date(func(c int) bool { return c >= 0 }))
	add("Bool", "", false, strings.EqualFold)
	add("BinaryEquals", "", false, binaryFits)
	add("Null", "", false, nil)
}

// parseConditions reads {"IpAddress": {"aws:SourceIp": [...]}, ...}.
func parseConditions(v any) ([]condition, error) {
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, fmt.Errorf("the Condition is %s, want an object", ordered.KindName(v))
	}
	var list []condition
	for name, v := range o.All() {
		c, err := parseOperator(name)
		if err != nil {
			return nil, err
		}
		keys, ok := v.(*ordered.Object)
		if !ok {
			return nil, fmt.Errorf("the Condition.%s is %s, want an object of keys and values", name, ordered.KindName(v))
		}
		for key, v := range keys.All() {
			c.key = strings.ToLower(key)
			if c.values, err = conditionValues(v); err != nil {
				return nil, fmt.Errorf("the Condition.%s.%s %w", name, key, err)
			}
			if err := c.check(name, key); err != nil {
				return nil, err
			}
			list = append(list, c)
		}
	}
	return list, nil
}

func parseOperator(name string) (condition, error) {
	var c condition
	low := strings.ToLower(name)
	if rest, ok := strings.CutPrefix(low, "foranyvalue:"); ok {
		c.quantify, low = forAny, rest
	} else if rest, ok := strings.CutPrefix(low, "forallvalues:"); ok {
		c.quantify, low = forAll, rest
	}
	low, c.ifExists = strings.CutSuffix(low, "ifexists")
	c.operator = operators[low]
	if c.operator == nil || c.ifExists && c.operator.fits == nil {
		return c, fmt.Errorf("the Condition has the operator %q, which IAM does not know", name)
	}
	return c, nil
}

// check refuses a value its operator could never compare.
func (c *condition) check(name, key string) error {
	for _, v := range c.values {
		if strings.Contains(v, "${") {
			continue // known only when a call comes
		}
		ok := true
		switch op := c.operator.name; {
		case op == "IpAddress" || op == "NotIpAddress":
			_, ok = prefix(v)
		case strings.HasPrefix(op, "Numeric"):
			_, ok = number(v)
		case strings.HasPrefix(op, "Date"):
			_, ok = moment(v)
		case op == "Bool" || op == "Null":
			ok = strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
		}
		if !ok {
			return fmt.Errorf("the Condition.%s.%s is %q, which %s can't compare", name, key, v, c.operator.name)
		}
	}
	return nil
}

// conditionValues reads one value or a list; booleans and numbers count as
// their text.
func conditionValues(v any) ([]string, error) {
	items := []any{v}
	if a, ok := v.(*ordered.Array); ok {
		items = a.Items
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		switch item := item.(type) {
		case string:
			list = append(list, item)
		case bool:
			list = append(list, strconv.FormatBool(item))
		case ordered.Number:
			list = append(list, string(item))
		default:
			return nil, fmt.Errorf("has %s, want strings", ordered.KindName(item))
		}
	}
	return list, nil
}

// holds reports whether all conditions of a statement are met.
func (s *statement) holds(r *Request) bool {
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

func (c *condition) holds(r *Request) bool {
	values, there := r.Context[c.key]
	there = there && len(values) > 0
	if c.operator.fits == nil { // Null
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, "true") == !there })
	}
	if !there {
		// AWS docs: without the key a condition is not met, except for negated
		// operators, IfExists and ForAllValues.
		return c.ifExists || c.quantify == forAll || c.operator.negated && c.quantify == single
	}
	fits := func(v string) bool { return c.fits(v, r) }
	if c.quantify == forAll {
		return !slices.ContainsFunc(values, func(v string) bool { return !fits(v) })
	}
	if c.quantify == single && c.operator.negated {
		return !slices.ContainsFunc(values, func(v string) bool { return !fits(v) })
	}
	return slices.ContainsFunc(values, fits)
}

// fits compares one value of the call with all of the policy: one has to match,
// or none for a negated operator.
func (c *condition) fits(value string, r *Request) bool {
	for _, p := range c.values {
		p, ok := fillVariables(p, r)
		if !ok {
			continue
		}
		if !c.operator.wildcard {
			p = unescaped(p)
		}
		if c.operator.fits(p, value) {
			return !c.operator.negated
		}
	}
	return c.operator.negated
}

// arnFits compares ARNs part by part: a * never reaches over a colon, except in
// the sixth.
func arnFits(pattern, value string) bool {
	p, v := strings.SplitN(pattern, ":", 6), strings.SplitN(value, ":", 6)
	return len(p) == 6 && len(v) == 6 && slices.EqualFunc(p, v, globEscaped)
}

func addressFits(policy, value string) bool {
	p, ok := prefix(policy)
	if !ok {
		return false
	}
	a, err := netip.ParseAddr(value)
	return err == nil && p.Contains(a.Unmap())
}

// prefix reads 203.0.113.0/24, or one address.
func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(a, a.BitLen()), true
}

func numeric(want func(int) bool) func(policy, value string) bool {
	return func(policy, value string) bool {
		p, ok1 := number(policy)
		v, ok2 := number(value)
		return ok1 && ok2 && want(v.Cmp(p))
	}
}

// number reads a number of reasonable length: an exponent without bound would
// take all memory.
func number(s string) (*big.Rat, bool) {
	if len(s) > 64 || strings.ContainsAny(s, "eEpPxX/_") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func date(want func(int) bool) func(policy, value string) bool {
	return func(policy, value string) bool {
		p, ok1 := moment(policy)
		v, ok2 := moment(value)
		return ok1 && ok2 && want(v.Compare(p))
	}
}

// moment reads a W3C date and time, a date, or seconds since 1970.
func moment(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	return time.Time{}, false
}

func binaryFits(policy, value string) bool {
	p, err1 := base64.StdEncoding.DecodeString(policy)
	v, err2 := base64.StdEncoding.DecodeString(value)
	return err1 == nil && err2 == nil && string(p) == string(v)
}
