package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// maxResources is the quota of resources in an API, which AWS raises on demand
// [AWS docs: Quotas for configuring and running a REST API].
const maxResources = 300

const pathParameter = "method.request.path."

var pathRules = []*Rule{
	{
		ID: "path-parameter-undeclared", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Recorded,
		Source: "case path-parameter-added-by-aws",
		Doc: `a variable of the path is not among the operation's parameters

API Gateway adds the resource's own variable itself; others of the path can't be
used by a mapping or a cache key until they are declared. Declare each as a
parameter in: path, required: true.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				for _, v := range pathVariables(m.Resource.Path) {
					if declared := parameter(m, pathParameter+v); declared == nil || declared.Pos == m.Pos {
						p.Report(m.Pos, m.Pointer, "declare it: {name: "+v+", in: path, required: true, schema: {type: string}}", "%s doesn't declare its path parameter %s", name(m), v)
					}
				}
			}
		},
	},
	{
		ID: "path-parameter-unmatched", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded: a required parameter that can't come refuses every request",
		Doc: `a path parameter is not in the path

It imports. A request never has it: where the method validates parameters and
this one is required, which makes the finding an error, every call answers 400
Missing required request parameters. Take it out or correct its name.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				vars := pathVariables(m.Resource.Path)
				for _, param := range m.RequestParameters {
					v, ok := strings.CutPrefix(param.Name, pathParameter)
					if !ok || slices.Contains(vars, v) {
						continue
					}
					severity, hint := openapi.Warning, ""
					if near := source.Nearest(v, vars); near != "" {
						hint = "did you mean " + near + "?"
					}
					if param.Required && m.RequestValidator != nil && m.RequestValidator.ValidateRequestParameters {
						severity = openapi.Error
					}
					p.ReportAs(severity, param.Pos, m.Pointer+"/parameters", hint, "%s declares the path parameter %s, which is not in its path", name(m), v)
				}
			}
		},
	},
	{
		ID: "path-parameter-not-required", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "OpenAPI 3.0: Parameter Object; AWS records required: false",
		Doc: `a path parameter is not required

OpenAPI wants required: true of each parameter in: path. API Gateway keeps what
stands there, and other tools refuse the document.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				for _, param := range m.RequestParameters {
					if v, ok := strings.CutPrefix(param.Name, pathParameter); ok && !param.Required {
						p.Report(param.Pos, m.Pointer+"/parameters", "add required: true", "%s: the path parameter %s is not required", name(m), v)
					}
				}
			}
		},
	},
	{
		ID: "path-ping-reserved", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway important notes for REST APIs",
		Doc: `a path is /ping or /sping

API Gateway keeps both for its own health checks. Behind a custom domain a
resource of that name at the root may never see a request.`,
		Check: func(p *Pass) {
			for _, r := range p.API.Root.Children {
				if r.PathPart == "ping" || r.PathPart == "sping" {
					p.Report(r.Pos, "/paths/"+escape(r.Path), "call it something else, such as /health", "%s is reserved for API Gateway's own health checks", r.Path)
				}
			}
		},
	},
	{
		ID: "path-too-many-resources", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Quotas for configuring and running a REST API",
		Doc: `an API has more than 300 resources

That is the quota; each part of a path counts. AWS raises it on demand, so do
this before the deployment.`,
		Check: func(p *Pass) {
			n := -1 // the root doesn't count
			for range p.API.AllResources() {
				n++
			}
			if paths := p.Document.Root.Get("paths"); n > maxResources && paths != nil {
				p.Report(paths.Pos, "/paths", "ask for a higher quota, or split the API", "the API has %d resources, the quota is %d", n, maxResources)
			}
		},
	},
	{
		ID: "method-any-shadows", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "case routing-method-beats-any; AWS docs: x-amazon-apigateway-any-method object",
		Doc: `a path has an any-method and methods of its own

The methods that are named win; the any-method gets the others. Good to know
where one is changed and the other forgotten.`,
		Check: func(p *Pass) {
			for r := range p.API.AllResources() {
				any := r.Method("ANY")
				if any == nil || len(r.Methods) < 2 {
					continue
				}
				var others []string
				for _, m := range r.Methods {
					if m != any {
						others = append(others, m.HTTPMethod)
					}
				}
				p.Report(any.Pos, any.Pointer, "", "the any-method of %s doesn't get %s, which the path has itself", r.Path, strings.Join(others, ", "))
			}
		},
	},
	{
		ID: "operation-id-duplicate", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "OpenAPI 3.0: Operation Object; AWS API: Method",
		Doc: `two operations have one operationId

It names the method in generated SDKs, where one of the two is lost.`,
		Check: func(p *Pass) {
			first := map[string]*openapi.Method{}
			for m := range p.API.AllMethods() {
				if m.OperationName == "" {
					continue
				}
				if other := first[m.OperationName]; other != nil {
					p.Report(keyPos(p.operation(m), "operationId", m.Pos), m.Pointer+"/operationId", "", "%s has the operationId %s, which %s has already", name(m), m.OperationName, name(other))
					continue
				}
				first[m.OperationName] = m
			}
		},
	},
}

// parameter is a declared request parameter, or nil.
func parameter(m *openapi.Method, name string) *openapi.RequestParameter {
	for i := range m.RequestParameters {
		if m.RequestParameters[i].Name == name {
			return &m.RequestParameters[i]
		}
	}
	return nil
}
