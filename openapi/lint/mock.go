package lint

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

var mockRules = []*Rule{
	{
		ID: "mock-no-status-template", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Set up mock integrations in API Gateway; case mock-lenient-json-accepted-forms",
		Doc: `a mock has no request template that says a statusCode

The rendered request template is the mock's answer, and its statusCode chooses the
integration response. Without one calls answer 500 {"message": "Internal server
error"}. Add requestTemplates: {application/json: '{"statusCode": 200}'}. Where no
template is there at all and the method takes bodies, a body that says a
statusCode passes, so that is a warning.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.Mock {
					continue
				}
				if len(in.RequestTemplates) == 0 {
					severity := openapi.Error
					if takesBody(m.HTTPMethod) || m.HTTPMethod == "ANY" {
						severity = openapi.Warning
					}
					p.ReportAs(severity, in.Pos, in.Pointer, `add requestTemplates: {application/json: '{"statusCode": 200}'}`, "%s is a mock without a request template: there is no statusCode to answer with", name(m))
					continue
				}
				for _, t := range in.RequestTemplates {
					if t.Compiled == nil || strings.Contains(t.Text.Text, "statusCode") || strings.Contains(t.Text.Text, "#evaluate") || readsBody(t.Compiled.References()) {
						continue
					}
					p.Report(t.Pos, in.Pointer+"/requestTemplates", `want {"statusCode": 200}`, "%s: its template for %s never says a statusCode", name(m), t.ContentType)
				}
			}
		},
	},
	{
		ID: "mock-status-without-response", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "case mock-selection-pattern-not-matching-is-500",
		Doc: `a mock says a status that none of its responses is for

The statusCode of the rendered request template is held against the patterns of
the integration responses. Where none matches and there is no default, the call
answers 500 {"message": "Internal server error"}.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.Mock || len(in.Responses) == 0 {
					continue
				}
				for _, t := range in.RequestTemplates {
					if status := fixedStatus(t); status != "" && !answered(in, status) {
						p.Report(t.Pos, in.Pointer+"/requestTemplates", "add a default response, or one for "+status, "%s says statusCode %s, and none of its responses is for it", name(m), status)
					}
				}
			}
		},
	},
	{
		ID: "mock-template-wrong-content-type", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Data transformations for REST APIs",
		Doc: `a mock has templates, and none for application/json

A request without a Content-Type counts as application/json. It passes the
template by, there is no statusCode, and the call answers 500, or 415 where
passthroughBehavior is when_no_templates or never.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type != openapi.Mock || len(in.RequestTemplates) == 0 {
					continue
				}
				if template(in, "application/json") == nil && template(in, "$default") == nil {
					t := in.RequestTemplates[0]
					p.Report(t.Pos, in.Pointer+"/requestTemplates", "name it application/json", "%s is a mock with a template for %s only, which a request without Content-Type passes by", name(m), t.ContentType)
				}
			}
		},
	},
}

var statusLiteral = regexp.MustCompile(`statusCode["']?\s*:\s*(-?\d+)\s*[,}]`)

// fixedStatus is the status that a mock's template always says; empty where it
// may say another one.
func fixedStatus(t *openapi.Template) string {
	if t.Compiled == nil || len(t.Compiled.VTL().Branches()) > 0 || strings.Count(t.Text.Text, "statusCode") != 1 {
		return ""
	}
	if found := statusLiteral.FindStringSubmatch(t.Text.Text); found != nil {
		return found[1]
	}
	return ""
}

// answered reports whether an integration has a response for a status.
func answered(in *openapi.Integration, status string) bool {
	for _, r := range in.Responses {
		if r.Pattern == nil {
			return true // the default, or one that can't be judged
		}
		if ok, err := r.Pattern.MatchWhole(status); ok || err != nil {
			return true
		}
	}
	return false
}
