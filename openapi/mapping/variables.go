package mapping

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// objects are the variables of templates. They live in their Scope, so that a
// rendering makes none.
type objects struct {
	input   inputObject
	util    utilObject
	context contextObject
	stage   stageObject
}

// Vars returns $input, $util, $context and $stageVariables over s. They stay the
// same for the life of s.
func (s *Scope) Vars() vtl.Vars {
	if s.vars == nil {
		s.input.s, s.context.s, s.stage.s = s, s, s
		s.vars = vtl.Vars{"input": &s.input, "util": &s.util, "context": &s.context, "stageVariables": &s.stage}
		maps.Copy(s.vars, s.Variables)
	}
	return s.vars
}

// inputObject is $input. It prints nothing itself.
type inputObject struct{ s *Scope }

func (in *inputObject) Get(name string) (any, bool) {
	if name == "body" {
		return in.s.body.Text(), true
	}
	return nil, false
}

func (in *inputObject) Call(name string, args []any) (any, error) {
	switch name {
	case "params":
		return in.params(args)
	case "path", "json":
		if len(args) != 1 {
			return nil, vtl.ErrNoMethod
		}
		path, ok := args[0].(string)
		switch {
		case args[0] == nil:
			return nil, errNull
		case !ok:
			return nil, vtl.ErrNoMethod
		case name == "path":
			return in.s.find(path)
		}
		return in.json(path)
	}
	return nil, vtl.ErrNoMethod
}

// params is $input.params() and $input.params(name).
func (in *inputObject) params(args []any) (any, error) {
	if len(args) == 0 {
		return in.s.allParams(), nil
	}
	if len(args) == 1 {
		name, ok := args[0].(string)
		if ok {
			return in.s.param(name), nil
		}
		if args[0] == nil {
			return "", nil
		}
	}
	return nil, errArguments
}

// maxJSON bounds the text of $input.json, which a template can make larger than
// the payload by changing what $input.path gave it.
const maxJSON = 10 << 20

func (in *inputObject) json(path string) (any, error) {
	v, err := in.s.find(path)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return `""`, nil // inferred: two quotes, not null
	}
	text, ok := ordered.AppendMax(nil, vtl.Plain(v), maxJSON)
	if !ok {
		return nil, fmt.Errorf("the text would be longer than %d bytes", maxJSON)
	}
	return string(text), nil
}

// param looks a parameter up in path, query and header, in that order (case
// vtl-params-search-order-path-query-header); one that is nowhere is "" (case
// mock-unknown-parameter-is-empty-string).
func (s *Scope) param(name string) string {
	for _, list := range [...]Params{s.Path, s.Query, s.Header} {
		if v, ok := last(list.Get(name)); ok {
			return v
		}
	}
	return ""
}

// allParams is $input.params().
func (s *Scope) allParams() *ordered.Object {
	if s.params == nil {
		s.params = ordered.NewObject(3)
		s.params.Set("path", single(s.Path))
		s.params.Set("querystring", single(s.Query))
		s.params.Set("header", single(s.Header))
	}
	return s.params
}

func single(list Params) *ordered.Object {
	o := ordered.NewObject(len(list))
	for i := range list {
		if v, ok := last(list[i].Values); ok {
			o.Set(list[i].Name, v)
		}
	}
	return o
}

// contextObject is $context.
type contextObject struct{ s *Scope }

const (
	requestOverride  = "requestOverride"
	responseOverride = "responseOverride"
)

func (c *contextObject) Get(name string) (any, bool) {
	s := c.s
	switch name {
	case requestOverride, responseOverride:
		if s.extra != nil {
			if v, ok := s.extra.Get(name); ok {
				return v, true
			}
		}
	}
	switch name {
	case requestOverride:
		return &override{s: s, o: s.requestOverrides(), path: "$context.requestOverride"}, true
	case responseOverride:
		return &override{s: s, o: s.responseOverrides(), path: "$context.responseOverride"}, true
	}
	if s.extra != nil {
		if v, ok := s.extra.Get(name); ok {
			return v, true
		}
	}
	if s.Context == nil {
		return nil, false
	}
	v, ok := s.Context.Lookup(name)
	return silent(v), ok
}

// requestOverrides makes the object with the members it begins with (recorded).
func (s *Scope) requestOverrides() *ordered.Object {
	if s.RequestOverride == nil {
		s.RequestOverride = ordered.NewObject(3)
		for _, name := range []string{"path", "header", "querystring"} {
			s.RequestOverride.Set(name, new(ordered.Object))
		}
	}
	return s.RequestOverride
}

func (s *Scope) responseOverrides() *ordered.Object {
	if s.ResponseOverride == nil {
		s.ResponseOverride = ordered.NewObject(2)
		s.ResponseOverride.Set("header", new(ordered.Object))
	}
	return s.ResponseOverride
}

func (c *contextObject) names() []string {
	var names []string
	if c.s.Context != nil {
		names = slices.Clone(c.s.Context.Names())
	}
	for _, name := range []string{requestOverride, responseOverride} {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if c.s.extra != nil {
		for name := range c.s.extra.All() {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Set lets templates give $context members of their own.
func (c *contextObject) Set(name string, value any) bool {
	o, isObject := value.(*ordered.Object)
	switch {
	case name == requestOverride && isObject:
		c.s.RequestOverride = o
		c.s.forget(name)
	case name == responseOverride && isObject:
		c.s.ResponseOverride = o
		c.s.forget(name)
	default:
		if c.s.extra == nil {
			c.s.extra = new(ordered.Object)
		}
		c.s.extra.Set(name, value)
	}
	return true
}

// forget drops what a template assigned to a member of $context itself.
func (s *Scope) forget(name string) {
	if s.extra != nil {
		s.extra.Delete(name)
	}
}

func (c *contextObject) Call(name string, args []any) (any, error) {
	return callMap(c, c.names, name, args)
}

// silent wraps an object of $context so that it prints nothing, as AWS prints
// nothing for it (recorded: $context.identity). Objects offered by the host stay.
func silent(v any) any {
	if o, ok := v.(*ordered.Object); ok {
		return &silentMap{o}
	}
	return v
}

// silentMap is an object of $context that templates read.
type silentMap struct{ o *ordered.Object }

func (m *silentMap) Get(name string) (any, bool) {
	v, ok := m.o.Get(name)
	return silent(v), ok
}

func (m *silentMap) Set(name string, value any) bool {
	m.o.Set(name, value)
	return true
}

func (m *silentMap) names() []string { return keysOf(m.o) }

func (m *silentMap) Call(name string, args []any) (any, error) {
	return callMap(m, m.names, name, args)
}

func keysOf(o *ordered.Object) []string {
	keys := make([]string, o.Len())
	for i := range keys {
		keys[i], _ = o.At(i)
	}
	return keys
}

// An assignment is an override that was set.
type assignment struct {
	o    *ordered.Object
	name string
}

// override is $context.requestOverride, responseOverride or an object in them:
// what templates write for the gateway to read.
type override struct {
	s    *Scope
	o    *ordered.Object
	path string
}

func (o *override) Get(name string) (any, bool) {
	v, ok := o.o.Get(name)
	if inner, isObject := v.(*ordered.Object); isObject {
		return &override{s: o.s, o: inner, path: o.path + "." + name}, true
	}
	return v, ok
}

func (o *override) Set(name string, value any) bool {
	if o.s.render {
		a := assignment{o.o, name}
		if slices.Contains(o.s.set, a) && o.s.twice == "" {
			o.s.twice = o.path + "." + name
		}
		o.s.set = append(o.s.set, a)
	}
	o.o.Set(name, value)
	return true
}

func (o *override) names() []string { return keysOf(o.o) }

func (o *override) Call(name string, args []any) (any, error) {
	if name == "remove" && len(args) == 1 {
		key, _ := args[0].(string)
		old, _ := o.o.Delete(key)
		return old, nil
	}
	return callMap(o, o.names, name, args)
}

// stageObject is $stageVariables.
type stageObject struct{ s *Scope }

func (v *stageObject) Get(name string) (any, bool) {
	value, ok := v.s.StageVariables[name]
	return value, ok
}

func (v *stageObject) names() []string { return slices.Sorted(maps.Keys(v.s.StageVariables)) }

func (v *stageObject) Call(name string, args []any) (any, error) {
	return callMap(v, v.names, name, args)
}

// AppendText prints the variables as Java prints a map.
// guess: nobody has recorded it.
func (v *stageObject) AppendText(dst []byte) []byte {
	o := ordered.NewObject(len(v.s.StageVariables))
	for _, name := range v.names() {
		o.Set(name, v.s.StageVariables[name])
	}
	return ordered.AppendJava(dst, o)
}

// callMap gives m the methods of a Java map.
func callMap(m vtl.Object, names func() []string, name string, args []any) (any, error) {
	get := func(key any) (any, bool) {
		k, ok := key.(string)
		if !ok {
			return nil, false
		}
		return m.Get(k)
	}
	switch len(args) {
	case 0:
		return callMapWithout(m, names, name)
	case 1:
		switch name {
		case "get":
			v, _ := get(args[0])
			return v, nil
		case "equals":
			return args[0] == any(m), nil
		case "containsKey":
			_, ok := get(args[0])
			return ok, nil
		case "putAll":
			other, ok := args[0].(*ordered.Object)
			setter, can := m.(vtl.Setter)
			if ok && can {
				for k, v := range other.All() {
					setter.Set(k, v)
				}
			}
			return "", nil
		}
	case 2:
		switch name {
		case "getOrDefault":
			if v, ok := get(args[0]); ok {
				return v, nil
			}
			return args[1], nil
		case "put":
			key, ok := args[0].(string)
			setter, can := m.(vtl.Setter)
			if !ok || !can {
				return nil, vtl.ErrNoMethod
			}
			old, _ := m.Get(key)
			setter.Set(key, args[1])
			return old, nil
		}
	}
	switch name {
	case "size", "isEmpty", "toString", "keySet", "values", "entrySet":
		return nil, errArguments
	}
	return nil, vtl.ErrNoMethod
}

func callMapWithout(m vtl.Object, names func() []string, name string) (any, error) {
	switch name {
	case "size":
		return int32(len(names())), nil
	case "isEmpty":
		return len(names()) == 0, nil
	case "toString":
		if p, ok := m.(vtl.Printer); ok {
			return string(p.AppendText(nil)), nil
		}
		return "", nil
	case "keySet":
		return vtl.Keys(members(m, names())), nil
	case "values":
		return vtl.Values(members(m, names())), nil
	case "entrySet":
		return vtl.Entries(members(m, names())), nil
	}
	return nil, vtl.ErrNoMethod
}

// members are those of m at the moment.
func members(m vtl.Object, names []string) *ordered.Object {
	o := ordered.NewObject(len(names))
	for _, name := range names {
		v, _ := m.Get(name)
		o.Set(name, v)
	}
	return o
}
