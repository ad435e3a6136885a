package project

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A checker collects everything that is wrong with a file.
type checker struct {
	errs []*source.Error
}

func (c *checker) add(pos source.Pos, hint, format string, args ...any) {
	c.errs = append(c.errs, &source.Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// check holds a value against its shape. name is what messages call the value:
// the field it stands in, or what the user named it.
func (c *checker) check(n *source.Node, s *shape, name string) {
	if n.Kind == source.Null {
		switch s.kind {
		case object:
			c.checkRequired(n, s, name, n.Pos)
		case mapping, list, anything:
		default:
			c.add(n.Pos, "", "%s is empty, want %s", name, s.want())
		}
		return
	}
	switch s.kind {
	case object:
		c.checkObject(n, s, name)
	case mapping:
		c.checkMapping(n, s, name)
	case list:
		if n.Kind != source.Array {
			c.wrongKind(n, s, name)
			return
		}
		for _, item := range n.Items {
			c.check(item, s.each, "an item of "+name)
		}
	case either:
		if choice := s.choose(n); choice != nil {
			c.check(n, choice, name)
			return
		}
		c.wrongKind(n, s, name)
	case anything:
	default:
		c.checkScalar(n, s, name)
	}
}

// choose finds the choice that n's kind means.
func (s *shape) choose(n *source.Node) *shape {
	i := slices.IndexFunc(s.choices, func(c *shape) bool {
		switch n.Kind {
		case source.Object:
			return c.kind == object || c.kind == mapping || c.kind == anything
		case source.Array:
			return c.kind == list || c.kind == anything
		}
		return c.kind != object && c.kind != mapping && c.kind != list
	})
	if i < 0 {
		return nil
	}
	return s.choices[i]
}

func (c *checker) wrongKind(n *source.Node, s *shape, name string) {
	c.add(n.Pos, "", "%s is %s, want %s", name, describe(n), s.want())
}

// describe says what a value is, short values themselves.
func describe(n *source.Node) string {
	switch n.Kind {
	case source.Null:
		return "empty"
	case source.Array:
		return "a list"
	case source.Object:
		return "a mapping"
	case source.String:
		return strconv.Quote(shorten(n.Value))
	}
	return shorten(n.Value)
}

func shorten(s string) string {
	r := []rune(s)
	if len(r) <= 60 {
		return s
	}
	return string(r[:57]) + "..."
}

func (c *checker) checkObject(n *source.Node, s *shape, name string) {
	if n.Kind != source.Object {
		c.wrongKind(n, s, name)
		return
	}
	for _, m := range n.Members {
		f := s.field(m.Key)
		switch {
		case f == nil:
			hint := "known here: " + strings.Join(s.fieldNames(), ", ")
			if near := source.Nearest(m.Key, s.fieldNames()); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			c.add(m.Pos, hint, "unknown field %q in %s", m.Key, name)
		default:
			c.check(m.Value, f.shape, m.Key)
		}
	}
	c.checkRequired(n, s, name, n.Pos)
}

func (c *checker) checkRequired(n *source.Node, s *shape, name string, pos source.Pos) {
	for _, f := range s.fields {
		if f.required && n.Get(f.name) == nil {
			hint := strings.TrimSuffix(f.doc, ".")
			c.add(pos, hint, "%s has no %s", name, f.name)
		}
	}
}

func (c *checker) checkMapping(n *source.Node, s *shape, name string) {
	if n.Kind != source.Object {
		c.wrongKind(n, s, name)
		return
	}
	for _, m := range n.Members {
		called := m.Key
		if s.noun != "" {
			called = fmt.Sprintf("%s %q", s.noun, m.Key)
		}
		if s.names != nil && !s.names.fits(m.Key) {
			c.add(m.Pos, "", "%s is no name for this: %s", called, s.names.want)
		}
		c.check(m.Value, s.each, called)
	}
}

func (c *checker) checkScalar(n *source.Node, s *shape, name string) {
	if n.Kind == source.Array || n.Kind == source.Object {
		c.wrongKind(n, s, name)
		return
	}
	switch s.kind {
	case text:
		if n.Kind != source.String {
			c.add(n.Pos, fmt.Sprintf("put it in quotes: %q", n.Value), "%s is %s, want %s", name, describe(n), s.want())
			return
		}
	case flag:
		if n.Kind != source.Bool {
			c.wrongKind(n, s, name)
			return
		}
	case whole, number:
		c.checkNumber(n, s, name)
		return
	case duration:
		if d, err := time.ParseDuration(n.Value); err != nil || d < 0 {
			c.wrongKind(n, s, name)
		}
		return
	case moment:
		if _, err := parseMoment(n.Value); err != nil {
			c.wrongKind(n, s, name)
		}
		return
	}
	if len(s.enum) > 0 && !slices.Contains(s.enum, n.Value) {
		hint := ""
		if near := source.Nearest(n.Value, s.enum); near != "" {
			hint = fmt.Sprintf("did you mean %s?", near)
		}
		c.add(n.Pos, hint, "%s is %s, want one of %s", name, describe(n), strings.Join(s.enum, ", "))
	}
	if s.rule != nil && !s.rule.fits(n.Value) {
		c.add(n.Pos, "", "%s is %s, %s", name, describe(n), s.rule.want)
	}
}

func (c *checker) checkNumber(n *source.Node, s *shape, name string) {
	if n.Kind != source.Number {
		c.wrongKind(n, s, name)
		return
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case err != nil:
		c.wrongKind(n, s, name)
	case s.kind == whole && f != math.Trunc(f):
		c.wrongKind(n, s, name)
	case s.min != nil && f < *s.min, s.max != nil && f > *s.max:
		c.add(n.Pos, "", "%s is %s, want %s", name, n.Value, bounds(s))
	}
}

func bounds(s *shape) string {
	low := "any"
	if s.min != nil {
		low = strconv.FormatFloat(*s.min, 'f', -1, 64)
	}
	if s.max == nil {
		return "at least " + low
	}
	return low + " to " + strconv.FormatFloat(*s.max, 'f', -1, 64)
}

// parseMoment reads a time as rehearse.yaml and the admin API spell it.
func parseMoment(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}
