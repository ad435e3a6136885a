package mapping

import (
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// NewScope makes a scope such as the gateway would have it of a request written
// down: {"body": "...", "path": {}, "querystring": {}, "header": {}, "context": {},
// "stageVariables": {}}, each of which may be missing, a parameter being a text
// or a list of them. variables are further ones by name, but for "request"; for
// stock mode $context is a map that prints.
func NewScope(r, variables *ordered.Object, mode vtl.Mode) *Scope {
	s := &Scope{
		Path: paramsOf(r, "path"), Query: paramsOf(r, "querystring"), Header: paramsOf(r, "header"),
		Context: writtenContext{objectOf(r, "context")}, Variables: vtl.Vars{},
	}
	stage := ordered.NewObject(0)
	for k, v := range objectOf(r, "stageVariables").All() {
		stage.Set(k, textOf(v))
	}
	s.Variables["stageVariables"] = stage // in the file's order
	if mode == vtl.Stock {
		s.Variables["context"] = plainContext(objectOf(r, "context"))
	}
	for k, v := range variables.All() {
		if k != "request" {
			s.Variables[k] = vtl.Lists(v)
		}
	}
	body, _ := r.Get("body")
	switch body := body.(type) {
	case nil:
		s.SetBody(nil)
	case string:
		s.SetBody([]byte(body))
	default: // written as JSON instead of a text
		s.SetBody(ordered.Append(nil, body))
	}
	return s
}

// plainContext is $context as Velocity alone would have it: a map that prints.
func plainContext(context *ordered.Object) *ordered.Object {
	if _, ok := context.Get("requestOverride"); !ok {
		o := ordered.NewObject(3)
		for _, name := range []string{"header", "path", "querystring"} {
			o.Set(name, new(ordered.Object))
		}
		context.Set("requestOverride", o)
	}
	if _, ok := context.Get("responseOverride"); !ok {
		o := ordered.NewObject(2)
		o.Set("header", new(ordered.Object))
		context.Set("responseOverride", o)
	}
	return context
}

func objectOf(r *ordered.Object, key string) *ordered.Object {
	v, _ := r.Get(key)
	if o, ok := v.(*ordered.Object); ok {
		return o
	}
	return ordered.NewObject(0)
}

func paramsOf(r *ordered.Object, key string) Params {
	var params Params
	o := objectOf(r, key)
	for i := range o.Len() {
		name, v := o.At(i)
		p := Param{Name: name}
		if list, ok := v.(*ordered.Array); ok {
			for _, item := range list.Items {
				p.Values = append(p.Values, textOf(item))
			}
		} else {
			p.Values = []string{textOf(v)}
		}
		params = append(params, p)
	}
	return params
}

func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(ordered.Append(nil, v))
}

// A writtenContext offers an object as $context.
type writtenContext struct{ *ordered.Object }

func (c writtenContext) Lookup(name string) (any, bool) { return c.Get(name) }

func (c writtenContext) Names() []string { return keysOf(c.Object) }
