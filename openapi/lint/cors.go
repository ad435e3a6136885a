package lint

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

const allowOrigin = "method.response.header.Access-Control-Allow-Origin"

var corsRules = []*Rule{
	{
		ID: "cors-options-missing", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "case routing-wrong-method; AWS docs: CORS for REST APIs",
		Doc: `methods allow other origins, and the resource has no OPTIONS

A browser's preflight gets 403 Missing Authentication Token, and the page never
makes its call. Add an OPTIONS mock, as the console's Enable CORS does, to each
resource.`,
		Check: func(p *Pass) {
			for r := range p.API.AllResources() {
				if r.Method("OPTIONS") != nil || r.Method("ANY") != nil {
					continue
				}
				for _, m := range r.Methods {
					if allowsOrigin(m) {
						p.Report(m.Pos, m.Pointer, "add an OPTIONS mock to "+r.Path, "%s allows other origins, and %s has no OPTIONS: a preflight is refused", name(m), r.Path)
						break
					}
				}
			}
		},
	},
	{
		ID: "cors-options-key-required", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "case options-not-exempt-from-security",
		Doc: `OPTIONS requires an API key or an authorizer

A browser sends neither with a preflight, so it is refused. Root security holds
for OPTIONS too: give it security: [].`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.HTTPMethod == "OPTIONS" && (m.APIKeyRequired || m.AuthorizationType != "NONE" && m.AuthorizationType != "") {
					p.Report(m.Pos, m.Pointer, "add security: [] to the operation", "%s is not open: a browser's preflight is refused", name(m))
				}
			}
		},
	},
}

func allowsOrigin(m *openapi.Method) bool {
	if m.Integration == nil {
		return false
	}
	for _, r := range m.Integration.Responses {
		for _, pm := range r.ResponseParameters {
			if strings.EqualFold(pm.Target, allowOrigin) {
				return true
			}
		}
	}
	return false
}
