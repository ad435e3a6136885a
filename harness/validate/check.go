package validate

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// The Java validator (java-json-tools' json-schema-validator; recorded by its
// words in AWS's log) works like this, and so does validate:
//
//   - the keywords that mean something for the instance's type are checked in
//     alphabetical order, format last;
//   - after any fault so far, the members or elements are not looked into;
//   - else members are looked into by name, elements by index;
//   - allOf, anyOf, oneOf and not report only themselves.

// report collects faults.
type report struct {
	faults []string
	steps  int  // schemas asked: see budget
	spent  *int // where they are counted, which trials share
	stack  []visit
}

// visit is a schema at work on an instance at some depth: one that comes again
// at the same depth would never end.
type visit struct {
	schema *schema
	depth  int
}

// budget bounds the schemas asked for one body: nested anyOf over circular
// models would take time without end. A body that needs more is at fault.
const budget = 200_000

func (r *report) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

// trial is an empty report for a schema of allOf, anyOf, oneOf or not.
func (r *report) trial() *report {
	r.counter()
	return &report{spent: r.spent, stack: r.stack}
}

func (r *report) counter() *int {
	if r.spent == nil {
		r.spent = &r.steps
	}
	return r.spent
}

// validate checks v, which stands depth containers deep, and adds what is wrong
// to r.
func (s *schema) validate(v any, r *report, depth int) {
	for hops := 0; s != nil && s.ref != nil; hops++ {
		if s = s.ref; hops > 1000 {
			s = nil // references that only refer to each other say nothing
		}
	}
	if s == nil {
		return
	}
	spent := r.counter()
	if *spent++; *spent > budget {
		return
	}
	here := visit{s, depth}
	if slices.Contains(r.stack, here) {
		r.fault("validation loop") // guess: the Java validator throws here
		return
	}
	r.stack = append(r.stack, here)
	defer func() { r.stack = r.stack[:len(r.stack)-1] }()

	t := typeOf(v)
	switch v := v.(type) {
	case *ordered.Object:
		s.checkObject(v, r, depth)
	case *ordered.Array:
		s.checkArray(v, r, depth)
	case string:
		s.checkString(v, r, depth)
	case ordered.Number:
		s.checkNumber(v, r, depth)
	default:
		s.checkAny(v, r, depth, nil)
	}
	if s.typed && s.types&t == 0 {
		r.fault("instance type (%s) does not match any allowed primitive type (allowed: %s)", t, s.types.list())
	}
	switch v := v.(type) {
	case *ordered.Array:
		if s.unique && !distinct(v.Items) {
			r.fault("array must not contain duplicate elements")
		}
	case string:
		if message := checkFormat(s.format, v); message != "" {
			r.fault("%s", message)
		}
	}
	if r.faults != nil {
		return
	}
	switch v := v.(type) {
	case *ordered.Object:
		s.checkMembers(v, r, depth+1)
	case *ordered.Array:
		for i, item := range v.Items {
			s.itemAt(i).validate(item, r, depth+1)
		}
	}
}

// checkAny checks the keywords that go for every type: allOf, anyOf,
// dependencies, enum; then those of the type that come between, in between;
// then not, oneOf.
func (s *schema) checkAny(v any, r *report, depth int, between func()) {
	if n := len(s.allOf); n > 0 {
		if matched := s.matching(s.allOf, v, r, depth); matched != n {
			r.fault("instance failed to match all required schemas (matched only %d out of %d)", matched, n)
		}
	}
	if n := len(s.anyOf); n > 0 && s.matching(s.anyOf, v, r, depth) == 0 {
		r.fault("instance failed to match at least one required schema among %d", n)
	}
	if o, ok := v.(*ordered.Object); ok {
		s.checkDependencies(o, r, depth)
	}
	if s.enumText != "" && !slices.ContainsFunc(s.enum, func(e any) bool { return ordered.Equal(e, v) }) {
		r.fault("instance value (%s) not found in enum (possible values: %s)", text(v), s.enumText)
	}
	if between != nil {
		between()
	}
	if s.not != nil {
		trial := r.trial()
		if s.not.validate(v, trial, depth); trial.faults == nil {
			r.fault("instance matched a schema which it should not have")
		}
	}
	if n := len(s.oneOf); n > 0 {
		if matched := s.matching(s.oneOf, v, r, depth); matched != 1 {
			r.fault("instance failed to match exactly one schema (matched %d out of %d)", matched, n)
		}
	}
}

func (s *schema) matching(schemas []*schema, v any, r *report, depth int) int {
	n := 0
	for _, sub := range schemas {
		trial := r.trial()
		if sub.validate(v, trial, depth); trial.faults == nil {
			n++
		}
	}
	return n
}

func (s *schema) checkObject(o *ordered.Object, r *report, depth int) {
	if s.noMore {
		var extra []string
		for name := range o.All() {
			if !s.knows(name) {
				extra = append(extra, name)
			}
		}
		if extra != nil {
			slices.Sort(extra)
			r.fault("object instance has properties which are not allowed by the schema: %s", list(extra))
		}
	}
	s.checkAny(o, r, depth, func() {
		if s.maxProperties != nil && o.Len() > *s.maxProperties {
			r.fault("object has too many properties (found %d but schema requires at most %d)", o.Len(), *s.maxProperties)
		}
		if s.minProperties != nil && o.Len() < *s.minProperties {
			r.fault("object has too few properties (found %d but schema requires at least %d)", o.Len(), *s.minProperties)
		}
	})
	if missing := without(s.required, o); missing != nil {
		r.fault("object has missing required properties (%s)", list(missing))
	}
}

func (s *schema) knows(name string) bool {
	if _, ok := s.properties[name]; ok {
		return true
	}
	return slices.ContainsFunc(s.patterns, func(p patternSchema) bool { return p.pattern.find(name) })
}

func (s *schema) checkDependencies(o *ordered.Object, r *report, depth int) {
	for _, d := range s.dependencies {
		if _, ok := o.Get(d.name); !ok {
			continue
		}
		if d.schema != nil {
			d.schema.validate(o, r, depth)
			continue
		}
		if missing := without(d.names, o); missing != nil {
			r.fault("property %s of object has missing property dependencies (schema requires %s; missing: %s)",
				text(d.name), list(d.names), list(missing))
		}
	}
}

// without are those of names that o does not have.
func without(names []string, o *ordered.Object) []string {
	var missing []string
	for _, name := range names {
		if _, ok := o.Get(name); !ok {
			missing = append(missing, name)
		}
	}
	return missing
}

func (s *schema) checkMembers(o *ordered.Object, r *report, depth int) {
	if s.properties == nil && s.patterns == nil && s.moreProperties == nil {
		return
	}
	names := make([]string, 0, o.Len())
	for name := range o.All() {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		v, _ := o.Get(name)
		sub, known := s.properties[name]
		sub.validate(v, r, depth)
		for _, p := range s.patterns {
			if p.pattern.find(name) {
				known = true
				p.schema.validate(v, r, depth)
			}
		}
		if !known {
			s.moreProperties.validate(v, r, depth)
		}
	}
}

func (s *schema) checkArray(a *ordered.Array, r *report, depth int) {
	n := len(a.Items)
	if s.noMoreItems && n > len(s.tuple) {
		r.fault("schema only allows %d elements in array but instance has %d elements", len(s.tuple), n)
	}
	s.checkAny(a, r, depth, func() {
		if s.maxItems != nil && n > *s.maxItems {
			r.fault("array is too long: must have at most %d elements but instance has %d elements", *s.maxItems, n)
		}
		if s.minItems != nil && n < *s.minItems {
			r.fault("array is too short: must have at least %d elements but instance has %d elements", *s.minItems, n)
		}
	})
}

func (s *schema) itemAt(i int) *schema {
	switch {
	case s.items != nil:
		return s.items
	case i < len(s.tuple):
		return s.tuple[i]
	}
	return s.moreItems
}

func (s *schema) checkString(v string, r *report, depth int) {
	n := utf8.RuneCountInString(v)
	s.checkAny(v, r, depth, func() {
		if s.maxLength != nil && n > *s.maxLength {
			r.fault("string %s is too long (length: %d, maximum allowed: %d)", quote(v), n, *s.maxLength)
		}
		if s.minLength != nil && n < *s.minLength {
			r.fault("string %s is too short (length: %d, required minimum: %d)", quote(v), n, *s.minLength)
		}
	})
	if s.pattern != nil && !s.pattern.find(v) {
		r.fault("ECMA 262 regex %s does not match input string %s", quote(s.pattern.text), quote(v))
	}
}

func (s *schema) checkNumber(v ordered.Number, r *report, depth int) {
	s.checkAny(v, r, depth, func() {
		if s.maximum != "" {
			switch c := v.Compare(s.maximum); {
			case c > 0:
				r.fault("numeric instance is greater than the required maximum (maximum: %s, found: %s)", javaNumber(s.maximum), javaNumber(v))
			case c == 0 && s.below:
				r.fault("numeric instance is not strictly lower than the required maximum %s", javaNumber(s.maximum))
			}
		}
		if s.minimum != "" {
			switch c := v.Compare(s.minimum); {
			case c < 0:
				r.fault("numeric instance is lower than the required minimum (minimum: %s, found: %s)", javaNumber(s.minimum), javaNumber(v))
			case c == 0 && s.above:
				r.fault("numeric instance is not strictly greater than the required minimum %s", javaNumber(s.minimum))
			}
		}
		if s.multipleOf != "" && !divides(s.multipleOf, v) {
			r.fault("remainder of division is not zero (%s / %s)", javaNumber(v), javaNumber(s.multipleOf))
		}
	})
}

// divides reports whether n is a multiple of d.
func divides(d, n ordered.Number) bool {
	a, ok1 := exact(n)
	b, ok2 := exact(d)
	if ok1 && ok2 {
		return new(big.Rat).Quo(a, b).IsInt()
	}
	return math.Mod(n.Float64(), d.Float64()) == 0 // numbers out of all proportion
}

// exact is a number as a fraction, unless its digits or exponent would fill the
// memory.
func exact(n ordered.Number) (*big.Rat, bool) {
	if len(n) > 400 {
		return nil, false
	}
	if i := strings.IndexAny(string(n), "eE"); i >= 0 && len(n)-i > 4 { // e+99 at most
		return nil, false
	}
	return new(big.Rat).SetString(string(n))
}

func distinct(items []any) bool {
	// Scalars by their text, containers in pairs.
	seen := make(map[string]bool, len(items))
	var containers []any
	for _, item := range items {
		key := ""
		switch item := item.(type) {
		case *ordered.Object, *ordered.Array:
			if slices.ContainsFunc(containers, func(c any) bool { return ordered.Equal(c, item) }) {
				return false
			}
			containers = append(containers, item)
			continue
		case ordered.Number:
			key = javaNumber(item) // 1, 1.0 and 10e-1 are one number
			if !item.IsInteger() {
				key = normal(item)
			}
		default:
			key = text(item)
		}
		if seen[key] {
			return false
		}
		seen[key] = true
	}
	return true
}

// normal is the spelling an equal integer would have, if there is one.
func normal(n ordered.Number) string {
	if r, ok := exact(n); ok && r.IsInt() {
		return r.Num().String()
	}
	return javaNumber(n)
}
