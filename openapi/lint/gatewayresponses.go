package lint

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

var gatewayResponseRules = []*Rule{
	{
		ID: "gateway-response-413", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway important notes for REST APIs",
		Doc: `REQUEST_TOO_LARGE is customised

It is stored and not used: requests that are too large are refused before the
gateway's own responses come into play.`,
		Check: func(p *Pass) {
			if g := p.API.GatewayResponse("REQUEST_TOO_LARGE"); g != nil {
				p.Report(g.Pos, gatewayPointer(g), "", "the gateway response REQUEST_TOO_LARGE is not used")
			}
		},
	},
	{
		ID: "gateway-response-header-name-odd", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "recorded: a header called method.response.header.X is taken as it stands",
		Doc: `a header of a gateway response is called like a mapping's target

gatewayresponse.header.method.response.header.X makes a header of that whole name.
Write gatewayresponse.header.X.`,
		Check: func(p *Pass) {
			for _, g := range p.API.GatewayResponses {
				for _, m := range g.ResponseParameters {
					header := m.Target[strings.Index(m.Target, ".header.")+len(".header."):]
					if i := strings.LastIndex(header, "header."); i >= 0 && strings.Contains(m.Target, ".header.") {
						p.Report(m.Pos, gatewayPointer(g)+"/responseParameters", "write gatewayresponse.header."+header[i+len("header."):], "gateway response %s has a header called %s", g.ResponseType, header)
					}
				}
			}
		},
	},
	{
		ID: "gateway-response-message-quoted", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway mapping template and access logging variable reference ($context.error.messageString)",
		Doc: `$context.error.messageString stands in quotes

It brings its own, so the JSON breaks. Write it without, or use
$context.error.message.`,
		Check: func(p *Pass) {
			for _, g := range p.API.GatewayResponses {
				for _, t := range g.ResponseTemplates {
					if i := strings.Index(t.Text.Text, `"$context.error.messageString"`); i >= 0 {
						p.Report(t.Text.At(i), gatewayPointer(g)+"/responseTemplates", "write $context.error.messageString without quotes", "gateway response %s: $context.error.messageString has quotes already", g.ResponseType)
					}
				}
			}
		},
	},
	{
		ID: "gateway-response-vtl", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "case gateway-response-template-is-not-vtl",
		Doc: `the template of a gateway response has directives

It is no mapping template: $context, $stageVariables and method.request values are
filled in, and #set, #if, $input and $util go out as they stand.`,
		Check: func(p *Pass) {
			for _, g := range p.API.GatewayResponses {
				for _, t := range g.ResponseTemplates {
					if at := directive.FindStringIndex(t.Text.Text); at != nil {
						p.Report(t.Text.At(at[0]), gatewayPointer(g)+"/responseTemplates", "use $context, $stageVariables and method.request values only", "gateway response %s: %s goes out as it stands", g.ResponseType, t.Text.Text[at[0]:at[1]])
					}
				}
			}
		},
	},
}

var directive = regexp.MustCompile(`#(set|if|elseif|foreach)\s*\(|#(end|else)\b|\$!?\{?(input|util)\.\w+`)

func gatewayPointer(g *openapi.GatewayResponse) string {
	return "/x-amazon-apigateway-gateway-responses/" + g.ResponseType
}
