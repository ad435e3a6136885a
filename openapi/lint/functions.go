package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var functionRules = []*Rule{
	{
		ID: "function-unknown", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Set up Lambda integrations",
		Doc: `a Lambda URI names a function that rehearse.yaml does not have

API Gateway never checks that a function exists. Every call of the method then
answers 500 {"message": "Internal server error"}. Add the function to functions:
or correct the name in the URI or the stage variable.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for u := range p.functionURIs() {
				if p.Around.function(u.uri.Name) == nil {
					p.Report(u.text.At(0), u.pointer, p.functionHint(u.uri.Name), "%s: there is no function %q%s", u.who, u.uri.Name, u.onStage())
				}
			}
		},
	},
	{
		ID: "function-qualifier-unknown", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Lambda function aliases",
		Doc: `a Lambda URI names a version or alias that the function does not have

Calls on the stage whose variables lead there answer 500
{"message": "Internal server error"}. Names of aliases are case-sensitive.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for u := range p.functionURIs() {
				f := p.Around.function(u.uri.Name)
				if f == nil || f.Has(u.uri.Qualifier) {
					continue
				}
				hint := "add the alias to functions." + f.Name + ".aliases"
				if near := source.Nearest(u.uri.Qualifier, f.Qualifiers); near != "" {
					hint = "did you mean " + near + "?"
				}
				p.Report(u.text.At(0), u.pointer, hint, "%s: the function %s has no version or alias %q%s", u.who, f.Name, u.uri.Qualifier, u.onStage())
			}
		},
	},
	{
		ID: "function-slower-than-integration", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway quotas and important notes",
		Doc: `a function may run longer than the integration waits

The caller gets 504 {"message": "Endpoint request timed out"} while the function
goes on. Lower the function's timeout, or raise timeoutInMillis where the quota
allows it.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for u := range p.functionURIs() {
				f := p.Around.function(u.uri.Name)
				if f == nil || u.timeoutMillis == 0 || f.Timeout.Milliseconds() <= int64(u.timeoutMillis) {
					continue
				}
				p.Report(u.text.At(0), u.pointer, "", "%s: the function %s may take %s, the integration waits %d ms", u.who, f.Name, f.Timeout, u.timeoutMillis)
			}
		},
	},
}

// A functionUse is a function that a method or authorizer reaches on some stage.
type functionUse struct {
	who           string
	stage         string // empty where the URI has no stage variables
	text          source.Text
	pointer       string
	uri           openapi.FunctionURI
	timeoutMillis int
}

func (u functionUse) onStage() string {
	if u.stage == "" {
		return ""
	}
	return " (on the stage " + u.stage + ")"
}

// functionURIs yields the functions of all methods and authorizers: once where
// the URI is fixed, once a stage where stage variables are in it. URIs with an
// undefined variable are left to stage-variable-undefined.
func (p *Pass) functionURIs() func(func(functionUse) bool) {
	return func(yield func(functionUse) bool) {
		each := func(u functionUse) bool {
			if !strings.Contains(u.text.Text, ":lambda:") {
				return true
			}
			if !strings.Contains(u.text.Text, "${stageVariables.") {
				return p.yieldFunction(u, nil, yield)
			}
			for _, st := range p.Around.Stages {
				u.stage = st.Name
				if !p.yieldFunction(u, st.Variables, yield) {
					return false
				}
			}
			return true
		}
		for m := range p.API.AllMethods() {
			in := m.Integration
			if in == nil || in.Type != openapi.AWS && in.Type != openapi.AWSProxy {
				continue
			}
			if !each(functionUse{who: name(m), text: in.URI, pointer: in.Pointer + "/uri", timeoutMillis: in.TimeoutInMillis}) {
				return
			}
		}
		for _, a := range p.API.Authorizers {
			if a.AuthorizerURI.Text != "" && !each(functionUse{who: "authorizer " + a.Name, text: a.AuthorizerURI}) {
				return
			}
		}
	}
}

func (p *Pass) yieldFunction(u functionUse, vars map[string]string, yield func(functionUse) bool) bool {
	for _, v := range stageVariables(u.text.Text) {
		if _, ok := vars[v]; !ok {
			return true
		}
	}
	uri, err := openapi.ParseFunctionURI(mapping.Interpolate(u.text.Text, vars))
	if err != nil {
		return true // the import says so
	}
	u.uri = uri
	return yield(u)
}

func (p *Pass) functionHint(wanted string) string {
	var names []string
	for _, f := range p.Around.Functions {
		names = append(names, f.Name)
	}
	if near := source.Nearest(wanted, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "add it to functions: in rehearse.yaml; until then calls answer 500, as on AWS"
}

// stageVariables lists the names of ${stageVariables.NAME} in a text, once each.
func stageVariables(text string) []string {
	const open = "${stageVariables."
	var names []string
	for {
		i := strings.Index(text, open)
		if i < 0 {
			return names
		}
		text = text[i+len(open):]
		end := strings.IndexByte(text, '}')
		if end < 0 {
			return names
		}
		if v := text[:end]; !slices.Contains(names, v) {
			names = append(names, v)
		}
		text = text[end:]
	}
}
