package lint

import "github.com/rehearse-api/rehearse/openapi"

var integrationRules = []*Rule{
	{
		ID: "operation-without-integration", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "case method-without-integration-imports; AWS docs: Set up REST API methods",
		Doc: `an operation has no x-amazon-apigateway-integration

It imports without a word. The deployment then fails: No integration defined for
method.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil {
					p.Report(m.Pos, m.Pointer, "add an x-amazon-apigateway-integration, for a start one of type: mock", "%s has no integration", name(m))
				}
			}
		},
	},
	{
		ID: "integration-response-no-method-response", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Set up an integration response using the API Gateway console",
		Doc: `an integration response maps to a status code the operation does not declare

An integration response goes out as a method response, and those are the
operation's responses. The import takes it; calls that come there answer 500.
Declare the code there, or map to a declared one.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil || proxy(m.Integration) {
					continue
				}
				for _, r := range m.Integration.Responses {
					if m.Response(r.StatusCode) == nil {
						p.Report(r.Pos, m.Integration.Pointer+"/responses", "add "+r.StatusCode+" to the operation's responses", "%s has no response %s to map to", name(m), r.StatusCode)
					}
				}
			}
		},
	},
	{
		ID: "non-proxy-no-responses", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Integration response for REST APIs",
		Doc: `a mock, http or aws integration has no responses

There is nothing to answer with: every call answers 500. Add responses with at
least a default entry.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration != nil && !proxy(m.Integration) && len(m.Integration.Responses) == 0 {
					p.Report(m.Integration.Pos, m.Integration.Pointer, "add responses: {default: {statusCode: \"200\"}}", "the integration of %s has no responses", name(m))
				}
			}
		},
	},
	{
		ID: "integration-response-no-default", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Integration response for REST APIs",
		Doc: `an integration has responses and no default one

A backend's answer that no pattern matches then answers 500.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || proxy(in) || len(in.Responses) == 0 {
					continue
				}
				hasDefault := false
				for _, r := range in.Responses {
					hasDefault = hasDefault || r.SelectionPattern == ""
				}
				if !hasDefault {
					p.Report(in.Pos, in.Pointer+"/responses", "add a default entry", "the integration of %s has no default response", name(m))
				}
			}
		},
	},
	{
		ID: "lambda-method-not-post", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Recorded,
		Source: "recorded: AWS_PROXY with httpMethod GET answers 500",
		Doc: `a Lambda integration's httpMethod is not POST

It imports, and every call answers 500 {"message": "Internal server error"}: the
Invoke API takes POST only. The method of the API has nothing to do with it.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.AWS && in.Type != openapi.AWSProxy || in.HTTPMethod == "POST" || in.HTTPMethod == "" {
					continue
				}
				if _, err := openapi.ParseFunctionURI(in.URI.Text); err == nil {
					p.Report(in.Pos, in.Pointer+"/httpMethod", "set httpMethod: POST", "%s calls a function with %s", name(m), in.HTTPMethod)
				}
			}
		},
	},
}

func proxy(in *openapi.Integration) bool {
	return in.Type == openapi.HTTPProxy || in.Type == openapi.AWSProxy
}
