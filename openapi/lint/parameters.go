package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

var parameterRules = []*Rule{
	{
		ID: "required-parameter-unvalidated", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Request validation for REST APIs",
		Doc: `a required parameter is checked by nobody

API Gateway checks required query parameters and headers only where the method
has a request validator with validateRequestParameters. Give the document
x-amazon-apigateway-request-validators and a x-amazon-apigateway-request-validator.
Without a validator in the whole document this is said once.`,
		Check: func(p *Pass) {
			p.unvalidated(func(v *openapi.RequestValidator) bool { return v.ValidateRequestParameters },
				func(m *openapi.Method) string {
					for _, param := range m.RequestParameters {
						if param.Required && !strings.HasPrefix(param.Name, pathParameter) {
							return "nothing checks that " + param.Name + " is there"
						}
					}
					return ""
				})
		},
	},
	{
		ID: "body-model-unvalidated", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Request validation for REST APIs",
		Doc: `a request body has a schema, and nobody checks it

API Gateway holds bodies against their model only where the method has a request
validator with validateRequestBody. Without a validator in the whole document
this is said once.`,
		Check: func(p *Pass) {
			p.unvalidated(func(v *openapi.RequestValidator) bool { return v.ValidateRequestBody },
				func(m *openapi.Method) string {
					if len(m.RequestModels) > 0 {
						return "nothing checks its body against the model " + m.RequestModels[0].Model
					}
					return ""
				})
		},
	},
	{
		ID: "validator-without-model", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Request validation for REST APIs",
		Doc: `an operation validates bodies and has no schema for them

Every body passes. Give the operation a requestBody with a schema.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				v := m.RequestValidator
				if v == nil || !v.ValidateRequestBody || len(m.RequestModels) > 0 || !takesBody(m.HTTPMethod) {
					continue
				}
				op := p.operation(m)
				if own := op.Get("x-amazon-apigateway-request-validator"); own != nil {
					p.Report(own.Pos, m.Pointer+"/x-amazon-apigateway-request-validator", "add a requestBody with a schema", "%s asks for %s, and has no model for its body", name(m), v.Name)
				} else if body := op.Get("requestBody"); body != nil {
					p.Report(body.Pos, m.Pointer+"/requestBody", "give it a schema", "%s has a body without a model, so that the validator %s lets every body pass", name(m), v.Name)
				}
			}
		},
	},
	{
		ID: "validator-unused", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "case request-validator-operation-overrides",
		Doc: `a request validator is used by no operation

It is created all the same. Name it in x-amazon-apigateway-request-validator, at
the root for all operations, or take it out.`,
		Check: func(p *Pass) {
			used := map[*openapi.RequestValidator]bool{}
			for m := range p.API.AllMethods() {
				used[m.RequestValidator] = true
			}
			for _, v := range p.API.RequestValidators {
				if !used[v] {
					p.Report(v.Pos, validatorPointer(v), "", "no operation uses the request validator %s", v.Name)
				}
			}
		},
	},
	{
		ID: "validator-noop", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded: with both flags false every request passes",
		Doc: `a request validator validates nothing

Set validateRequestBody, validateRequestParameters or both.`,
		Check: func(p *Pass) {
			used := map[*openapi.RequestValidator]bool{}
			for m := range p.API.AllMethods() {
				used[m.RequestValidator] = true
			}
			for _, v := range p.API.RequestValidators {
				// One that switches the root's off for an operation says what it does.
				if !v.ValidateRequestBody && !v.ValidateRequestParameters && used[v] && !p.hasRootValidator() {
					p.Report(v.Pos, validatorPointer(v), "set validateRequestBody or validateRequestParameters", "the request validator %s validates nothing", v.Name)
				}
			}
		},
	},
}

// unvalidated reports methods that ask for something which their validator, or
// the lack of one, doesn't check.
func (p *Pass) unvalidated(checks func(*openapi.RequestValidator) bool, asks func(*openapi.Method) string) {
	var first *openapi.Method
	var what string
	others := 0
	for m := range p.API.AllMethods() {
		if m.RequestValidator != nil && checks(m.RequestValidator) {
			continue
		}
		said := asks(m)
		switch {
		case said == "":
		case len(p.API.RequestValidators) > 0:
			hint := "name a validator that does in x-amazon-apigateway-request-validator"
			if m.RequestValidator == nil && p.Document.Root.Get("x-amazon-apigateway-request-validator") != nil {
				hint = ""
			}
			p.Report(m.Pos, m.Pointer, hint, "%s: %s", name(m), said)
		case first == nil:
			first, what = m, said
		default:
			others++
		}
	}
	if first == nil {
		return
	}
	more := ""
	if others > 0 {
		more = " (and so for " + count(others, "other method", "other methods") + ")"
	}
	p.Report(first.Pos, first.Pointer, "add x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}} and x-amazon-apigateway-request-validator: all",
		"%s: %s%s", name(first), what, more)
}

func (p *Pass) hasRootValidator() bool {
	return p.Document.Root.Get("x-amazon-apigateway-request-validator") != nil
}

func validatorPointer(v *openapi.RequestValidator) string {
	return "/x-amazon-apigateway-request-validators/" + escape(v.Name)
}

// takesBody reports whether callers send bodies with a method.
func takesBody(httpMethod string) bool {
	return slices.Contains([]string{"POST", "PUT", "PATCH"}, httpMethod)
}
