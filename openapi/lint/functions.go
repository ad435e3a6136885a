package lint

import (
	"regexp"
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
				if p.Around.function(u.uri.Name) == nil && !p.Around.Elsewhere {
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
		ID: "timeout-below-function", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
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
	{
		ID: "function-permission-missing", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Set up a stage variable for a REST API; AWS API: Lambda AddPermission",
		Doc: `a function doesn't let API Gateway in

A function, and each of its versions and aliases by itself, says who may invoke
it. Where permissions: of rehearse.yaml has no entry for the method, calls answer
500 {"message": "Internal server error"}. The console adds the entry for a
function it is told by name; one that a stage variable chooses gets none. Add it
with the command in the hint, or give the integration credentials.`,
		Surrounded: true,
		Check: func(p *Pass) {
			for _, missing := range p.missingPermissions() {
				u, more := missing.use, ""
				if missing.others > 0 {
					more = " (and " + count(missing.others, "other method or stage", "other methods or stages") + ")"
				}
				p.Report(u.text.At(0), u.pointer, addPermission(u.uri, missing.sourceARN), "%s: %s doesn't let API Gateway in%s%s", u.who, called(u.uri), u.onStage(), more)
			}
		},
	},
	{
		ID: "function-other-account", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway stage variables reference for REST APIs",
		Doc: `a stage variable chooses a function of another account

AWS doesn't support stage variables for functions of other accounts. Write the
function's whole ARN.`,
		Surrounded: true,
		Check: func(p *Pass) {
			said := map[string]bool{}
			for u := range p.functionURIs() {
				account := u.uri.AccountID
				if u.stage == "" || account == "" || account == p.Around.AccountID || p.Around.AccountID == "" || said[u.who] {
					continue
				}
				said[u.who] = true
				p.Report(u.text.At(0), u.pointer, "write the function's ARN out", "%s: a stage variable chooses a function of the account %s, and the API is in %s", u.who, account, p.Around.AccountID)
			}
		},
	},
	{
		ID: "function-unused", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Inferred,
		Source: "rehearse.yaml: functions",
		Doc: `a function of rehearse.yaml is called by no document

Nothing starts it. Mostly its name is spelled otherwise in a URI.`,
		Surrounded: true, Shared: true,
		Check: func(p *Pass) {
			used := map[string]bool{}
			for u := range p.functionURIs() {
				used[u.uri.Name] = true
			}
			for _, f := range p.Around.Functions {
				if !used[f.Name] && !f.Template {
					p.Report(f.Pos, "", "", "no document calls the function %s", f.Name)
				}
			}
		},
	},
}

// A missingPermission is a function that a method may not invoke.
type missingPermission struct {
	use       functionUse
	sourceARN string
	others    int // methods and stages of which the same is true
}

// missingPermissions are the functions, versions and aliases that don't let the
// API in, each once.
func (p *Pass) missingPermissions() []*missingPermission {
	var all []*missingPermission
	at := map[[2]string]*missingPermission{}
	for u := range p.functionURIs() {
		f := p.Around.function(u.uri.Name)
		if f == nil || !f.Restricted || u.role || !f.Has(u.uri.Qualifier) {
			continue
		}
		stages := []string{u.stage}
		if u.stage == "" {
			stages = nil
			for _, st := range p.Around.Stages {
				stages = append(stages, st.Name)
			}
		}
		for _, stage := range stages {
			arn := "arn:aws:execute-api:" + p.Around.Region + ":" + p.Around.AccountID + ":" + p.Around.APIID + "/"
			if u.method == nil {
				arn += "authorizers/" + u.authorizer
			} else {
				arn += stage + "/" + u.method.HTTPMethod + u.method.Resource.Path
			}
			if f.permits(u.uri.Qualifier, arn) {
				continue
			}
			key := [2]string{u.uri.Name, u.uri.Qualifier}
			if at[key] == nil {
				at[key] = &missingPermission{use: u, sourceARN: arn, others: -1}
				all = append(all, at[key])
			}
			at[key].others++
		}
	}
	return all
}

// permits reports whether a function, version or alias lets API Gateway in. A
// grant on the function doesn't cover an alias, nor the other way round [AWS API:
// Lambda AddPermission].
func (f *Function) permits(qualifier, sourceARN string) bool {
	if qualifier == "$LATEST" {
		qualifier = ""
	}
	return slices.ContainsFunc(f.Permissions, func(g Permission) bool {
		if g.Qualifier != qualifier || g.Principal != "" && g.Principal != "*" && g.Principal != "apigateway.amazonaws.com" {
			return false
		}
		return g.SourceARN == "" || like(g.SourceARN, sourceARN)
	})
}

// like matches a pattern with * and ? as policies have them.
func like(pattern, text string) bool {
	for pattern != "" {
		switch {
		case pattern[0] == '*':
			for i := 0; i <= len(text); i++ {
				if like(pattern[1:], text[i:]) {
					return true
				}
			}
			return false
		case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
			return false
		}
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}

// addPermission is the command that lets API Gateway in. Variables of the path
// become *, as the console writes them.
func addPermission(uri openapi.FunctionURI, sourceARN string) string {
	qualifier := ""
	if uri.Qualifier != "" && uri.Qualifier != "$LATEST" {
		qualifier = " --qualifier " + uri.Qualifier
	}
	return "aws lambda add-permission --function-name " + uri.Name + qualifier + " --statement-id apigateway-" + uri.Name +
		" --action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '" + pathVariable.ReplaceAllString(sourceARN, "*") + "'"
}

var pathVariable = regexp.MustCompile(`\{[^{}]+\}`)

// A functionUse is a function that a method or authorizer reaches on some stage.
type functionUse struct {
	who           string
	stage         string // empty where the URI has no stage variables
	text          source.Text
	pointer       string
	uri           openapi.FunctionURI
	timeoutMillis int
	role          bool            // it is called with a role, which needs no permission of the function
	method        *openapi.Method // nil: an authorizer, whose id is authorizer
	authorizer    string
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
			if !each(functionUse{who: name(m), text: in.URI, pointer: in.Pointer + "/uri", timeoutMillis: in.TimeoutInMillis, role: in.Credentials != "", method: m}) {
				return
			}
		}
		for _, a := range p.API.Authorizers {
			if a.AuthorizerURI.Text != "" && !each(functionUse{who: "authorizer " + a.Name, text: a.AuthorizerURI, role: a.AuthorizerCredentials != "", authorizer: a.ID}) {
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

// called is how messages call a function.
func called(uri openapi.FunctionURI) string {
	if uri.Qualifier == "" {
		return "the function " + uri.Name
	}
	return "the function " + uri.Name + ":" + uri.Qualifier
}
