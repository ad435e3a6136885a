package validate

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A schema is a JSON schema (draft 4) made ready. The zero value takes anything.
type schema struct {
	ref *schema // of $ref, whose siblings don't count

	types    typeSet
	typed    bool
	enum     []any
	enumText string

	multipleOf         ordered.Number
	minimum, maximum   ordered.Number
	above, below       bool // exclusiveMinimum, exclusiveMaximum
	minLength          *int
	maxLength          *int
	pattern            *pattern
	format             string
	minItems, maxItems *int
	unique             bool

	items          *schema   // for all elements
	tuple          []*schema // or for the first ones
	moreItems      *schema   // additionalItems as a schema
	noMoreItems    bool      // additionalItems: false
	minProperties  *int
	maxProperties  *int
	required       []string // sorted
	properties     map[string]*schema
	patterns       []patternSchema
	moreProperties *schema // additionalProperties as a schema
	noMore         bool    // additionalProperties: false
	dependencies   []dependency

	allOf, anyOf, oneOf []*schema
	not                 *schema
}

type patternSchema struct {
	pattern *pattern
	schema  *schema
}

// A dependency is what must be there when name is.
type dependency struct {
	name   string
	names  []string // sorted; or
	schema *schema
}

// A place is a schema within a model: its JSON pointer, empty for the root.
type place struct{ model, pointer string }

func (p place) below(keys ...string) place {
	for _, k := range keys {
		p.pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k)
	}
	return p
}

type problem struct {
	at        place
	msg, hint string
}

// compiler compiles each place once, so that circular references end.
type compiler struct {
	roots    map[string]any // schemas of models by name
	compiled map[place]*schema
	problems []problem
}

func (c *compiler) problemf(at place, hint, format string, args ...any) {
	c.problems = append(c.problems, problem{at, fmt.Sprintf(format, args...), hint})
}

// compile compiles the schema at a place of a model.
func (c *compiler) compile(at place) *schema {
	if s, ok := c.compiled[at]; ok {
		return s
	}
	v, ok := find(c.roots[at.model], at.pointer)
	if !ok {
		return nil
	}
	s := &schema{}
	c.compiled[at] = s
	o, ok := v.(*ordered.Object)
	if !ok {
		if v != nil {
			c.problemf(at, "", "it is %s, want a schema", kindName(v))
		}
		return s
	}
	if ref, ok := o.Get("$ref"); ok {
		s.ref = c.resolve(at, ref)
		return s
	}
	for key, v := range o.All() {
		if keyword := keywords[key]; keyword != nil {
			keyword(c, s, at.below(key), v)
		}
	}
	c.boundsAndItems(s, at, o)
	return s
}

// modelURL is how AWS keeps a reference to a model.
const modelURL = "https://apigateway.amazonaws.com/restapis/"

// resolve finds what a $ref means: a model by its URL, a part of one, or a
// part of the same model.
func (c *compiler) resolve(at place, ref any) *schema {
	text, ok := ref.(string)
	if !ok {
		c.problemf(at, "", "$ref is %s, want a string", kindName(ref))
		return nil
	}
	before, pointer, _ := strings.Cut(text, "#")
	to := place{at.model, pointer}
	if before != "" {
		rest, ok := strings.CutPrefix(before, modelURL)
		_, name, found := strings.Cut(rest, "/models/")
		if !ok || !found {
			c.problemf(at, "refer to a model: "+modelURL+"API-ID/models/NAME", "$ref %q is no model's URL", text)
			return nil
		}
		to.model = name
	}
	if unescaped, err := url.PathUnescape(to.pointer); err == nil {
		to.pointer = unescaped
	}
	if to.pointer == "/" {
		to.pointer = ""
	}
	if _, ok := c.roots[to.model]; !ok {
		c.problemf(at, "", "$ref %q: there is no model %s", text, to.model)
		return nil
	}
	s := c.compile(to)
	if s == nil {
		c.problemf(at, "", "$ref %q leads nowhere", text)
	}
	return s
}

// find follows a JSON pointer.
func find(v any, pointer string) (any, bool) {
	if pointer == "" {
		return v, true
	}
	for _, key := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
		switch at := v.(type) {
		case *ordered.Object:
			member, ok := at.Get(key)
			if !ok {
				return nil, false
			}
			v = member
		case *ordered.Array:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(at.Items) {
				return nil, false
			}
			v = at.Items[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// keywords read what a schema says. Those missing here mean nothing to draft 4.
var keywords map[string]func(c *compiler, s *schema, at place, v any)

func init() { // they refer to compile, which refers to them
	keywords = map[string]func(c *compiler, s *schema, at place, v any){
		"type": func(c *compiler, s *schema, at place, v any) { s.types, s.typed = c.types(at, v) },
		"enum": func(c *compiler, s *schema, at place, v any) {
			if a := c.array(at, v); a != nil {
				s.enum, s.enumText = a.Items, text(a)
			}
		},
		"multipleOf": func(c *compiler, s *schema, at place, v any) {
			if n := c.number(at, v); n != "" && n.Compare("0") > 0 {
				s.multipleOf = n
			} else if n != "" {
				c.problemf(at, "", "it is %s, want more than 0", n)
			}
		},
		"minimum":       func(c *compiler, s *schema, at place, v any) { s.minimum = c.number(at, v) },
		"maximum":       func(c *compiler, s *schema, at place, v any) { s.maximum = c.number(at, v) },
		"minLength":     func(c *compiler, s *schema, at place, v any) { s.minLength = c.count(at, v) },
		"maxLength":     func(c *compiler, s *schema, at place, v any) { s.maxLength = c.count(at, v) },
		"minItems":      func(c *compiler, s *schema, at place, v any) { s.minItems = c.count(at, v) },
		"maxItems":      func(c *compiler, s *schema, at place, v any) { s.maxItems = c.count(at, v) },
		"minProperties": func(c *compiler, s *schema, at place, v any) { s.minProperties = c.count(at, v) },
		"maxProperties": func(c *compiler, s *schema, at place, v any) { s.maxProperties = c.count(at, v) },
		"uniqueItems":   func(c *compiler, s *schema, at place, v any) { s.unique = v == true },
		"pattern":       func(c *compiler, s *schema, at place, v any) { s.pattern = c.pattern(at, v) },
		"format":        func(c *compiler, s *schema, at place, v any) { s.format, _ = v.(string) },
		"required":      func(c *compiler, s *schema, at place, v any) { s.required = c.names(at, v) },
		"properties": func(c *compiler, s *schema, at place, v any) {
			if o := c.object(at, v); o != nil {
				s.properties = make(map[string]*schema, o.Len())
				for name := range o.All() {
					s.properties[name] = c.compile(at.below(name))
				}
			}
		},
		"patternProperties": func(c *compiler, s *schema, at place, v any) {
			if o := c.object(at, v); o != nil {
				for name := range o.All() {
					if p := c.pattern(at.below(name), name); p != nil {
						s.patterns = append(s.patterns, patternSchema{p, c.compile(at.below(name))})
					}
				}
			}
		},
		"additionalProperties": func(c *compiler, s *schema, at place, v any) {
			if v == false {
				s.noMore = true
			} else if _, ok := v.(*ordered.Object); ok {
				s.moreProperties = c.compile(at)
			}
		},
		"dependencies": func(c *compiler, s *schema, at place, v any) {
			if o := c.object(at, v); o != nil {
				for name, v := range o.All() {
					d := dependency{name: name}
					switch v.(type) {
					case *ordered.Array:
						d.names = c.names(at.below(name), v)
					default:
						d.schema = c.compile(at.below(name))
					}
					s.dependencies = append(s.dependencies, d)
				}
				slices.SortFunc(s.dependencies, func(a, b dependency) int { return strings.Compare(a.name, b.name) })
			}
		},
		"allOf": func(c *compiler, s *schema, at place, v any) { s.allOf = c.list(at, v) },
		"anyOf": func(c *compiler, s *schema, at place, v any) { s.anyOf = c.list(at, v) },
		"oneOf": func(c *compiler, s *schema, at place, v any) { s.oneOf = c.list(at, v) },
		"not":   func(c *compiler, s *schema, at place, v any) { s.not = c.compile(at) },
	}
}

// boundsAndItems reads the keywords that mean something only beside others.
func (c *compiler) boundsAndItems(s *schema, at place, o *ordered.Object) {
	get := func(name string) any { v, _ := o.Get(name); return v }
	s.above, s.below = get("exclusiveMinimum") == true, get("exclusiveMaximum") == true
	switch items := get("items").(type) {
	case *ordered.Object:
		s.items = c.compile(at.below("items"))
	case *ordered.Array:
		s.tuple = make([]*schema, 0, len(items.Items))
		for i := range items.Items {
			s.tuple = append(s.tuple, c.compile(at.below("items", strconv.Itoa(i))))
		}
		switch more := get("additionalItems").(type) {
		case bool:
			s.noMoreItems = !more
		case *ordered.Object:
			s.moreItems = c.compile(at.below("additionalItems"))
		}
	}
}

func (c *compiler) types(at place, v any) (set typeSet, ok bool) {
	list := []any{v}
	if a, isList := v.(*ordered.Array); isList {
		list = a.Items
	}
	for _, item := range list {
		name, _ := item.(string)
		t, known := typeNamed(name)
		if !known {
			c.problemf(at, "", "%s is no type; there are array, boolean, integer, null, number, object, string", text(item))
			return 0, false
		}
		set |= t
	}
	if set&isNumber != 0 {
		set |= isInteger // an integer is a number, and listed with it
	}
	return set, true
}

func (c *compiler) array(at place, v any) *ordered.Array {
	a, ok := v.(*ordered.Array)
	if !ok {
		c.problemf(at, "", "it is %s, want a list", kindName(v))
	}
	return a
}

func (c *compiler) object(at place, v any) *ordered.Object {
	o, ok := v.(*ordered.Object)
	if !ok {
		c.problemf(at, "", "it is %s, want an object", kindName(v))
	}
	return o
}

func (c *compiler) number(at place, v any) ordered.Number {
	n, ok := v.(ordered.Number)
	if !ok {
		c.problemf(at, "", "it is %s, want a number", kindName(v))
	}
	return n
}

func (c *compiler) count(at place, v any) *int {
	n, _ := v.(ordered.Number)
	i, ok := n.Int64()
	if !ok || i < 0 {
		c.problemf(at, "", "it is %s, want 0 or a greater integer", text(v))
		return nil
	}
	count := int(i)
	return &count
}

// names reads a list of names, and sorts it as the Java validator does.
func (c *compiler) names(at place, v any) []string {
	a, ok := v.(*ordered.Array)
	if !ok {
		c.problemf(at, "", "it is %s, want a list of names", kindName(v))
		return nil
	}
	var names []string
	for _, item := range a.Items {
		name, ok := item.(string)
		if !ok {
			c.problemf(at, "", "%s in it is no name", text(item))
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (c *compiler) list(at place, v any) []*schema {
	a := c.array(at, v)
	if a == nil {
		return nil
	}
	list := make([]*schema, 0, len(a.Items))
	for i := range a.Items {
		list = append(list, c.compile(at.below(strconv.Itoa(i))))
	}
	return list
}

func (c *compiler) pattern(at place, v any) *pattern {
	s, ok := v.(string)
	if !ok {
		c.problemf(at, "", "it is %s, want a pattern", kindName(v))
		return nil
	}
	p, err := compilePattern(s)
	if err != nil {
		c.problemf(at, "", "pattern %q: %v", s, err)
		return nil
	}
	return p
}

// typeSet is a set of the seven primitive types, in the order the Java
// validator prints them.
type typeSet uint8

const (
	isArray typeSet = 1 << iota
	isBoolean
	isInteger
	isNull
	isNumber
	isObject
	isString
)

var typeNames = [...]string{"array", "boolean", "integer", "null", "number", "object", "string"}

func typeNamed(name string) (typeSet, bool) {
	for i, n := range typeNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}

// String prints one type, or several as a JSON list.
func (t typeSet) list() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, name := range typeNames {
		if t&(1<<i) != 0 {
			if b.Len() > 1 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + name + `"`)
		}
	}
	b.WriteByte(']')
	return b.String()
}

func typeOf(v any) typeSet {
	switch v := v.(type) {
	case nil:
		return isNull
	case bool:
		return isBoolean
	case string:
		return isString
	case *ordered.Array:
		return isArray
	case ordered.Number:
		// 2.0 is a number to the Java validator, not an integer: it goes by
		// the spelling. guess: AWS not asked.
		if v.IsInteger() {
			return isInteger
		}
		return isNumber
	}
	return isObject
}

func (t typeSet) String() string {
	for i, name := range typeNames {
		if t == 1<<i {
			return name
		}
	}
	return t.list()
}

func kindName(v any) string {
	switch t := typeOf(v); t {
	case isNull:
		return "null"
	case isArray, isObject, isInteger:
		return "an " + t.String()
	default:
		return "a " + t.String()
	}
}
