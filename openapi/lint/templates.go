package lint

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

var templateRules = []*Rule{
	{
		ID: "vtl-syntax-error", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Mapping template transformations",
		Doc: `a mapping template does not parse

The import takes it; every call that renders it answers 500
{"message": "Internal server error"}.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if t.template.Err == nil {
					continue
				}
				pos, msg, hint := t.template.Pos, t.template.Err.Error(), ""
				var at *source.Error
				if errors.As(t.template.Err, &at) {
					pos, msg, hint = at.Pos, at.Msg, at.Hint
				}
				p.Report(pos, t.pointer, hint, "%s: mapping template for %s: %s", t.who, t.template.ContentType, msg)
			}
		},
	},
	{
		ID: "vtl-unknown-variable", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway mapping template and access logging variable reference; case vtl-input-body-has-no-properties",
		Doc: `a template names a variable or member that is not there

It is printed as nothing, and a condition on it is never true. Names are
case-sensitive: $context.identity.sourceIp. $util has six functions and none of
AppSync's; $input.body is a text, so its parts come from $input.path('$.x').`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if t.template.Compiled == nil {
					continue
				}
				refs := t.template.Compiled.References()
				own := ownVariables(refs)
				said := map[string]bool{}
				for _, r := range refs {
					what, hint := unknownReference(r, own, t.template.Text.Text)
					if what != "" && !said[what] {
						said[what] = true
						p.Report(r.Pos, t.pointer, hint, "%s: there is no %s", t.who, what)
					}
				}
			}
		},
	},
	{
		ID: "vtl-undefined-parameter", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway mapping template and access logging variable reference; case mock-unknown-parameter-is-empty-string",
		Doc: `a template reads a parameter that the operation doesn't declare

Query parameters and headers are there all the same when a caller sends them; one
that is nowhere is the empty string. Where the name is nearly that of a declared
one the finding is a warning: spelling matters.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if t.template.Compiled == nil {
					continue
				}
				said := map[string]bool{}
				for _, r := range t.template.Compiled.References() {
					wanted, ok := parameterOf(r)
					if !ok || said[wanted] {
						continue
					}
					declared := parameterNames(t.method)
					if slices.Contains(declared, wanted) {
						continue
					}
					said[wanted] = true
					if near := source.Nearest(wanted, declared); near != "" {
						p.ReportAs(openapi.Warning, r.Pos, t.pointer, "did you mean "+near+"?", "%s reads the parameter %s, which is not declared", t.who, wanted)
					} else {
						p.Report(r.Pos, t.pointer, "declare it under parameters", "%s reads the parameter %s, which is not declared", t.who, wanted)
					}
				}
			}
		},
	},
}

// A templateUse is a template with the method it belongs to.
type templateUse struct {
	who, pointer string
	method       *openapi.Method
	template     *openapi.Template
	response     *openapi.IntegrationResponse // nil: a request template
}

func (p *Pass) templates() func(func(templateUse) bool) {
	return func(yield func(templateUse) bool) {
		for m := range p.API.AllMethods() {
			in := m.Integration
			if in == nil {
				continue
			}
			for _, t := range in.RequestTemplates {
				if !yield(templateUse{name(m) + " request", in.Pointer + "/requestTemplates", m, t, nil}) {
					return
				}
			}
			for _, r := range in.Responses {
				for _, t := range r.ResponseTemplates {
					if !yield(templateUse{name(m) + " response " + r.StatusCode, in.Pointer + "/responses", m, t, r}) {
						return
					}
				}
			}
		}
	}
}

// builtIn are the variables a template has without giving them a value.
var builtIn = []string{"input", "util", "context", "stageVariables", "foreach", "velocityCount", "velocityHasNext", "macro", "template", "define", "evaluate", "bodyContent", "null"} // nobody sets $null: it is how people write nothing

var (
	inputMembers = []string{"body", "params", "path", "json"}
	utilMembers  = []string{"escapeJavaScript", "parseJson", "urlEncode", "urlDecode", "base64Encode", "base64Decode"}
	paramMembers = []string{"path", "querystring", "header"}
)

// ownVariables are the variables a template gives a value, and the members of
// $context it sets.
func ownVariables(refs []vtl.Reference) map[string]bool {
	own := map[string]bool{}
	for _, r := range refs {
		if !r.Assigned {
			continue
		}
		if r.Name == "context" && len(r.Path) > 0 {
			own["context."+r.Path[0].Name] = true
			continue
		}
		own[r.Name] = true
	}
	return own
}

// unknownReference says what of a reference is not there, and what may be meant.
func unknownReference(r vtl.Reference, own map[string]bool, template string) (what, hint string) {
	if r.Assigned && r.Name == "context" && len(r.Path) > 2 && r.Path[1].Kind == vtl.Property {
		names := []string{r.Path[0].Name, r.Path[1].Name}
		if !knownContext(names) {
			return "$context." + strings.Join(names, "."), nearContext(names)
		}
	}
	if own[r.Name] || r.Assigned {
		return "", ""
	}
	suggest := func(name string, known []string) string {
		if near := source.Nearest(name, known); near != "" {
			return "did you mean " + near + "?"
		}
		return ""
	}
	if !slices.Contains(builtIn, r.Name) {
		// #evaluate and macros may set what can't be seen; $!x says that x may be missing.
		if r.Quiet || strings.Contains(template, "#evaluate") || strings.Contains(template, "#macro") {
			return "", ""
		}
		return "variable $" + r.Name, suggest(r.Name, append(slices.Sorted(maps.Keys(own)), builtIn[:4]...))
	}
	if len(r.Path) == 0 {
		return "", ""
	}
	first := r.Path[0]
	switch r.Name {
	case "input":
		return unknownInput(r, suggest)
	case "util":
		if first.Kind != vtl.Index && (first.Kind != vtl.Method || !slices.Contains(utilMembers, first.Name)) {
			return "$util." + first.Name, suggest(first.Name, utilMembers)
		}
	case "context":
		var names []string
		for _, part := range r.Path {
			if part.Kind != vtl.Property {
				break
			}
			names = append(names, part.Name)
		}
		if len(names) > 0 && !own["context."+names[0]] && !knownContext(names) {
			if _, ok := contextVariables[names[0]]; ok {
				names = names[:2]
			} else {
				names = names[:1]
			}
			return "$context." + strings.Join(names, "."), nearContext(names)
		}
	}
	return "", ""
}

func unknownInput(r vtl.Reference, suggest func(string, []string) string) (what, hint string) {
	first := r.Path[0]
	switch {
	case first.Kind == vtl.Index:
		return "", ""
	case first.Kind == vtl.Property && first.Name == "body":
		if len(r.Path) > 1 && r.Path[1].Kind == vtl.Property {
			return "$input.body." + r.Path[1].Name + ": the body is a text", "use $input.path('$." + r.Path[1].Name + "')"
		}
	case first.Kind == vtl.Property, !slices.Contains(inputMembers[1:], first.Name):
		return "$input." + first.Name, suggest(first.Name, inputMembers)
	case first.Name == "params" && len(first.Args) == 0:
		if len(r.Path) > 1 && r.Path[1].Kind == vtl.Property && !slices.Contains(paramMembers, r.Path[1].Name) {
			return "$input.params()." + r.Path[1].Name, suggest(r.Path[1].Name, paramMembers)
		}
	case len(first.Args) != 1:
		return "$input." + first.Name + " with " + count(len(first.Args), "argument", "arguments"), ""
	}
	return "", ""
}

// parameterOf is the parameter a reference reads, where it says so outright.
func parameterOf(r vtl.Reference) (string, bool) {
	if r.Name != "input" || len(r.Path) == 0 || r.Path[0].Kind != vtl.Method || r.Path[0].Name != "params" {
		return "", false
	}
	switch args := r.Path[0].Args; {
	case len(args) == 1:
		wanted, ok := args[0].Value.(string)
		return wanted, ok
	case len(args) == 0 && len(r.Path) == 3 && r.Path[2].Kind == vtl.Property:
		return r.Path[2].Name, true
	case len(args) == 0 && len(r.Path) == 3 && r.Path[2].Kind == vtl.Method && r.Path[2].Name == "get" && len(r.Path[2].Args) == 1:
		wanted, ok := r.Path[2].Args[0].Value.(string)
		return wanted, ok
	}
	return "", false
}

// parameterNames are the parameters of a method, wherever they are.
func parameterNames(m *openapi.Method) []string {
	names := pathVariables(m.Resource.Path)
	for _, param := range m.RequestParameters {
		if parts := strings.SplitN(param.Name, ".", 4); len(parts) == 4 {
			names = append(names, parts[3])
		}
	}
	return names
}
