package stub

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// What a made value may grow to; a schema can ask for any size.
const (
	mostDepth = 24
	mostNodes = 5000
	mostItems = 100
	mostText  = 10_000
)

// A maker makes values that fit schemas.
type maker struct {
	o     *operation
	open  []string // references that are being made, so that a circle ends
	depth int
	nodes int
}

func newMaker(o *operation) *maker { return &maker{o: o} }

// value makes a value of a schema: its example, default or first enum value
// where it has one, else the plainest that fits. nil is JSON's null.
func (m *maker) value(schema *source.Node) any {
	v, _ := m.make(schema)
	return v
}

// make says false where there is no value: in a circle, or past the limits.
func (m *maker) make(schema *source.Node) (any, bool) {
	m.nodes++
	if schema == nil {
		return nil, true
	}
	if m.depth >= mostDepth || m.nodes > mostNodes {
		return nil, false
	}
	if ref := refOf(schema); ref != "" {
		if slices.Contains(m.open, ref) {
			return nil, false
		}
		m.open = append(m.open, ref)
		defer func() { m.open = m.open[:len(m.open)-1] }()
		schema = m.o.follow(schema)
	}
	m.depth++
	defer func() { m.depth-- }()
	if v, ok := given(schema); ok {
		return v, true
	}
	if all := schema.Get("allOf"); all != nil && len(all.Items) > 0 {
		return m.allOf(schema, all.Items)
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if one := schema.Get(key); one != nil {
			for _, s := range one.Items {
				if v, ok := m.make(s); ok {
					return m.with(schema, v), true
				}
			}
		}
	}
	switch typeOf(schema) {
	case "object":
		return m.object(schema)
	case "array":
		return m.array(schema)
	case "string":
		return text(schema), true
	case "integer":
		return number(schema, true), true
	case "number":
		return number(schema, false), true
	case "boolean":
		return true, true
	case "null":
		return nil, true
	}
	return ordered.NewObject(0), true // no type: any value fits
}

// given is a value that the schema itself names.
func given(schema *source.Node) (any, bool) {
	for _, key := range []string{"example", "default", "const"} {
		if n := schema.Get(key); n != nil {
			return n.Ordered(), true
		}
	}
	for _, key := range []string{"examples", "enum"} {
		if list := schema.Get(key); list != nil && list.Kind == source.Array && len(list.Items) > 0 {
			return list.Items[0].Ordered(), true
		}
	}
	return nil, false
}

// typeOf is a schema's type, or the one its keywords are about.
func typeOf(schema *source.Node) string {
	t := schema.Get("type")
	switch {
	case t == nil:
	case t.Kind == source.String:
		return t.Value
	case t.Kind == source.Array:
		for _, item := range t.Items {
			if item.Value != "null" {
				return item.Value
			}
		}
		return "null"
	}
	for _, k := range keywordTypes {
		if schema.Get(k.keyword) != nil {
			return k.about
		}
	}
	return ""
}

// keywordTypes are the types that keywords are about.
var keywordTypes = []struct{ keyword, about string }{
	{"properties", "object"}, {"additionalProperties", "object"}, {"required", "object"},
	{"items", "array"}, {"minItems", "array"},
	{"pattern", "string"}, {"format", "string"}, {"minLength", "string"}, {"maxLength", "string"},
	{"minimum", "number"}, {"maximum", "number"}, {"multipleOf", "number"},
}

// allOf joins what the parts and the schema's own properties say.
func (m *maker) allOf(schema *source.Node, parts []*source.Node) (any, bool) {
	var joined any
	for _, part := range parts {
		v, ok := m.make(part)
		if !ok {
			return nil, false
		}
		joined = join(joined, v)
	}
	return m.with(schema, joined), true
}

// with adds the schema's own properties to a value made of its parts.
func (m *maker) with(schema *source.Node, v any) any {
	if schema.Get("properties") == nil {
		return v
	}
	own, ok := m.object(schema)
	if !ok {
		return v
	}
	return join(v, own)
}

// join adds the members of b to those of a; of two other values the second wins.
func join(a, b any) any {
	to, ok1 := a.(*ordered.Object)
	from, ok2 := b.(*ordered.Object)
	if !ok1 || !ok2 {
		return b
	}
	for k, v := range from.All() {
		to.Set(k, v)
	}
	return to
}

// object has all properties a response may show. One that can't be made is left
// out; if it is required, so is the whole object.
func (m *maker) object(schema *source.Node) (any, bool) {
	o := ordered.NewObject(0)
	var required []string
	if list := schema.Get("required"); list != nil {
		for _, item := range list.Items {
			required = append(required, item.Value)
		}
	}
	if properties := schema.Get("properties"); properties != nil {
		for _, p := range properties.Members {
			if w := m.o.follow(p.Value).Get("writeOnly"); w != nil && w.Value == "true" {
				continue
			}
			v, ok := m.make(p.Value)
			switch {
			case ok:
				o.Set(p.Key, v)
			case slices.Contains(required, p.Key):
				return nil, false
			}
		}
	}
	for _, key := range required {
		if _, ok := o.Get(key); !ok && schema.Get("properties").Get(key) == nil {
			o.Set(key, m.additional(schema))
		}
	}
	for n := 1; o.Len() < min(whole(schema, "minProperties", 0), mostItems); n++ {
		o.Set("key"+strconv.Itoa(n), m.additional(schema))
	}
	return o, true
}

// additional is the value of a property that only additionalProperties describes.
func (m *maker) additional(schema *source.Node) any {
	if a := schema.Get("additionalProperties"); a != nil && a.Kind == source.Object {
		if v, ok := m.make(a); ok {
			return v
		}
	}
	return "string"
}

// array has one item, or as many as the schema asks for; none in a circle.
func (m *maker) array(schema *source.Node) (any, bool) {
	a := &ordered.Array{}
	least := whole(schema, "minItems", 0)
	n := min(max(least, 1), whole(schema, "maxItems", mostItems), mostItems)
	items := schema.Get("items")
	for i := range n {
		v, ok := m.make(items)
		if !ok {
			return a, least == 0
		}
		if u := schema.Get("uniqueItems"); i > 0 && u != nil && u.Value == "true" {
			v = another(v, items, i)
		}
		a.Items = append(a.Items, v)
	}
	return a, true
}

// another is the i-th of values that are to differ.
func another(v any, items *source.Node, i int) any {
	if enum := items.Get("enum"); enum != nil && i < len(enum.Items) {
		return enum.Items[i].Ordered()
	}
	switch v := v.(type) {
	case string:
		return v + strconv.Itoa(i+1)
	case ordered.Number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return ordered.Number(spell(r.Add(r, big.NewRat(int64(i), 1))))
		}
	}
	return v
}

// whole is a keyword's number, or what it is without one.
func whole(schema *source.Node, key string, otherwise int) int {
	n := schema.Get(key)
	if n == nil {
		return otherwise
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || v < 0 {
		return otherwise
	}
	return v
}

// formats are values of the formats that OpenAPI and JSON Schema name.
var formats = map[string]string{
	"date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00Z", "duration": "P1D",
	"email": "user@example.com", "idn-email": "user@example.com", "hostname": "example.com", "idn-hostname": "example.com",
	"ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "uri": "https://example.com/", "url": "https://example.com/",
	"uri-reference": "/", "iri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000",
	"byte": "c3RyaW5n", "binary": "string", "password": "********", "json-pointer": "/a", "regex": ".*",
}

// text is a string: of its pattern, of its format, or the word string, in the
// length asked for.
func text(schema *source.Node) string {
	least, most := whole(schema, "minLength", 0), whole(schema, "maxLength", mostText)
	if p := schema.Get("pattern"); p != nil {
		if s, ok := matching(p.Value, least, most); ok {
			return s
		}
	}
	s := "string"
	if f := schema.Get("format"); f != nil {
		if v, ok := formats[strings.ToLower(f.Value)]; ok {
			s = v
		}
	}
	if least > len(s) {
		s += strings.Repeat("x", min(least, mostText)-len(s))
	}
	if len(s) > most {
		s = s[:most]
	}
	return s
}

// number is the number next to 0 that fits.
func number(schema *source.Node, isWhole bool) ordered.Number {
	limit := func(key string) *big.Rat {
		if n := schema.Get(key); n != nil && n.Kind == source.Number && len(n.Value) < 40 {
			if r, ok := new(big.Rat).SetString(n.Value); ok {
				return r
			}
		}
		return nil
	}
	low, high, step := limit("minimum"), limit("maximum"), limit("multipleOf")
	excludes := func(key string) bool { n := schema.Get(key); return n != nil && n.Value == "true" }
	if step == nil || step.Sign() <= 0 {
		step = big.NewRat(1, 1)
		if !isWhole && low != nil && high != nil && new(big.Rat).Sub(high, low).Cmp(step) <= 0 {
			step = new(big.Rat).Quo(new(big.Rat).Sub(high, low), big.NewRat(2, 1)) // a step that lands between the two
			if step.Sign() == 0 {
				return ordered.Number(spell(low))
			}
			if excludes("exclusiveMinimum") {
				return ordered.Number(spell(new(big.Rat).Add(low, step)))
			}
			return ordered.Number(spell(low))
		}
	}
	v := new(big.Rat)
	if low != nil && low.Sign() >= 0 {
		v = multiple(low, step, true)
		if excludes("exclusiveMinimum") && v.Cmp(low) == 0 {
			v.Add(v, step)
		}
	}
	if x := limit("exclusiveMinimum"); x != nil && x.Sign() >= 0 { // as JSON Schema has it since draft 6
		if v = multiple(x, step, true); v.Cmp(x) == 0 {
			v.Add(v, step)
		}
	}
	if high != nil && high.Sign() <= 0 {
		v = multiple(high, step, false)
		if excludes("exclusiveMaximum") && v.Cmp(high) == 0 {
			v.Sub(v, step)
		}
	}
	return ordered.Number(spell(v))
}

// multiple is the multiple of step at or above r, or at or below it.
func multiple(r, step *big.Rat, up bool) *big.Rat {
	q := new(big.Rat).Quo(r, step)
	n := new(big.Int).Div(q.Num(), q.Denom()) // rounds down
	if up && !q.IsInt() {
		n.Add(n, big.NewInt(1))
	}
	return new(big.Rat).Mul(new(big.Rat).SetInt(n), step)
}

func spell(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(12), "0")
}
