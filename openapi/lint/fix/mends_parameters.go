package fix

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const (
	methodRequest = "method.request."
	pathParameter = methodRequest + "path."
)

// declared is a parameter as a document declares it.
func (p *patient) declared(name, in string) *ordered.Object {
	o := object("name", name, "in", in)
	if in == "path" {
		o.Set("required", true)
	}
	if p.swagger() {
		o.Set("type", "string")
	} else {
		o.Set("schema", object("type", "string"))
	}
	return o
}

// pathVariables are the names of a path's variables.
func pathVariables(path string) []string {
	var names []string
	for _, part := range strings.Split(path, "/") {
		if len(part) > 2 && part[0] == '{' && part[len(part)-1] == '}' {
			names = append(names, strings.TrimSuffix(part[1:len(part)-1], "+"))
		}
	}
	return names
}

// declares reports whether the document itself declares a parameter, which the
// import adds too where a resource's own variable is left out.
func declares(m *openapi.Method, name string) bool {
	return slices.ContainsFunc(m.RequestParameters, func(r openapi.RequestParameter) bool { return r.Name == name && r.Pos != m.Pos })
}

func (p *patient) pathParameterUndeclared(f openapi.Finding) ([]change, string) {
	m, at, why := p.method(f)
	if why != "" {
		return nil, why
	}
	var changes []change
	for _, v := range pathVariables(m.Resource.Path) {
		if declares(m, pathParameter+v) {
			continue
		}
		// A list of the path is where those of all its methods stand.
		list := below(at, "parameters", "-")
		if n := p.Document.Node(pointer(at[:2]...)).Get("parameters"); n != nil && n.Kind == source.Array {
			list = below(at[:2], "parameters", "-")
		}
		changes = append(changes, add(p.declared(v, "path"), list...))
	}
	return changes, ""
}

func (p *patient) pathParameterNotRequired(f openapi.Finding) ([]change, string) {
	_, at, why := p.method(f)
	if why != "" {
		return nil, why
	}
	for _, list := range [][]string{below(at, "parameters"), below(at[:2], "parameters")} {
		n := p.Document.Node(pointer(list...))
		if n == nil {
			continue
		}
		for i, item := range n.Items {
			if item.Pos != f.Pos {
				continue
			}
			c := change{path: below(list, itoa(i), "required"), value: true}
			if item.Get("required") != nil {
				c.become = "true"
			}
			return []change{c}, ""
		}
	}
	return nil, notUnderPaths
}

func (p *patient) sourceUndeclared(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	if why != "" {
		return nil, why
	}
	parts := tokens(f.Pointer)
	for _, r := range m.Integration.RequestParameters {
		if r.Target == parts[len(parts)-1] {
			return p.declare(m, at, r.Source.Text)
		}
	}
	return nil, nothingToBeDone
}

func (p *patient) cacheKeyUndeclared(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	n := p.Document.Node(f.Pointer)
	if why != "" || n == nil {
		return nil, why
	}
	return p.declare(m, at, n.Value)
}

// declare declares a parameter that is read as method.request.querystring.NAME.
func (p *patient) declare(m *openapi.Method, at []string, expression string) ([]change, string) {
	rest, ok := strings.CutPrefix(expression, methodRequest)
	rest = strings.TrimPrefix(rest, "multivalue")
	where, name, named := strings.Cut(rest, ".")
	if !ok || !named || name == "" {
		return nil, nothingToBeDone
	}
	in := map[string]string{"querystring": "query", "header": "header"}[where]
	if in == "" {
		return nil, `the path ` + m.Resource.Path + ` has no variable "` + name + `"`
	}
	for _, other := range m.RequestParameters {
		if _, known, _ := strings.Cut(strings.TrimPrefix(other.Name, methodRequest), "."); strings.EqualFold(known, name) {
			return nil, `a parameter ` + known + ` is declared as ` + other.Name + `: one of the two is meant otherwise`
		}
	}
	return []change{add(p.declared(name, in), below(at, "parameters", "-")...)}, ""
}
