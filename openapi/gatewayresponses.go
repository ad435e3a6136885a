package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// gatewayResponseTypes in the order in which AWS prints them (recorded for
// PutGatewayResponse).
var gatewayResponseTypes = []string{
	"REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "AUTHORIZER_CONFIGURATION_ERROR", "MISSING_AUTHENTICATION_TOKEN", "BAD_REQUEST_BODY",
	"INVALID_SIGNATURE", "INVALID_API_KEY", "BAD_REQUEST_PARAMETERS", "AUTHORIZER_FAILURE", "UNAUTHORIZED", "INTEGRATION_TIMEOUT",
	"ACCESS_DENIED", "DEFAULT_4XX", "DEFAULT_5XX", "WAF_FILTERED", "QUOTA_EXCEEDED", "THROTTLED", "API_CONFIGURATION_ERROR",
	"UNSUPPORTED_MEDIA_TYPE", "INTEGRATION_FAILURE", "EXPIRED_TOKEN",
}

// gatewayResponseStatus are the status codes of the types that have one of their
// own (recorded for GetGatewayResponse).
var gatewayResponseStatus = map[string]string{
	"ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500", "AUTHORIZER_CONFIGURATION_ERROR": "500", "AUTHORIZER_FAILURE": "500",
	"BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400", "EXPIRED_TOKEN": "403", "INTEGRATION_FAILURE": "504", "INTEGRATION_TIMEOUT": "504",
	"INVALID_API_KEY": "403", "INVALID_SIGNATURE": "403", "MISSING_AUTHENTICATION_TOKEN": "403", "QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413",
	"RESOURCE_NOT_FOUND": "404", "THROTTLED": "429", "UNAUTHORIZED": "401", "UNSUPPORTED_MEDIA_TYPE": "415", "WAF_FILTERED": "403",
}

// gatewayResponses reads x-amazon-apigateway-gateway-responses.
func (im *importer) gatewayResponses() {
	const extension = "x-amazon-apigateway-gateway-responses"
	n := im.root.Get(extension)
	if isNull(n) {
		return
	}
	if n.Kind != source.Object {
		im.wrongKind(n, "/"+extension, "an object of responses by type")
		return
	}
	for _, m := range n.Members {
		im.gatewayResponse(m, pointerTo("/"+extension, m.Key))
	}
}

func (im *importer) gatewayResponse(m source.Member, at string) {
	refuse := func(rule string, evidence Evidence, at place, message, hint, inner string) {
		im.add(at, Finding{
			Rule: rule, Category: Refused, Evidence: evidence, Message: "gateway response " + m.Key + ": " + message, Hint: hint,
			AWS: inner, AWSKind: AWSError, call: "gateway response " + m.Key, // guess: no phrase of the import is recorded for gateway responses
		})
	}
	if !slices.Contains(gatewayResponseTypes, m.Key) {
		refuse("gateway-response-type-unknown", Inferred, place{m.Pos, at}, "there is no such type", im.nearestType(m.Key), // case gateway-response-type-unknown-refused
			enumViolation(m.Key, "responseType", gatewayResponseTypes...))
		return
	}
	if !isNull(m.Value) && m.Value.Kind != source.Object {
		im.wrongKind(m.Value, at, "an object")
		return
	}
	g := &GatewayResponse{ResponseType: m.Key, StatusCode: scalar(m.Value.Get("statusCode")), Pos: m.Pos}
	im.notes.took(m.Value)
	im.notes.text(m.Value.Get("statusCode"), g.StatusCode)
	g.Element = im.element("gatewayResponse", "gateway response "+m.Key, at, m.Pos)
	if g.StatusCode != "" && !statusCode.MatchString(g.StatusCode) {
		refuse("response-status-illegal", Recorded, place{im.pos(m.Value.Get("statusCode")), at + "/statusCode"}, "statusCode is "+quote(g.StatusCode)+", want three digits, 100 to 599", "",
			violation(g.StatusCode, "putGatewayResponseInput.statusCode", invalidStatus))
	}
	im.gatewayParameters(g, m.Value.Get("responseParameters"), at+"/responseParameters", refuse)
	im.gatewayTemplates(g, m.Value.Get("responseTemplates"), at+"/responseTemplates", refuse)
	if m.Value != nil {
		for _, p := range m.Value.Members {
			switch p.Key {
			case "statusCode", "responseParameters", "responseTemplates":
			default:
				im.unknownProperty(p, at, "a gateway response", nil)
			}
		}
	}
	if i := slices.IndexFunc(im.api.GatewayResponses, func(old *GatewayResponse) bool { return old.ResponseType == m.Key }); i >= 0 {
		im.api.GatewayResponses[i] = g
		return
	}
	im.api.GatewayResponses = append(im.api.GatewayResponses, g)
}

type refusal = func(rule string, evidence Evidence, at place, message, hint, inner string)

// gatewayParameters reads the headers of a gateway response. Their names are not
// checked (recorded: a name that itself begins with method.response.header).
func (im *importer) gatewayParameters(g *GatewayResponse, n *source.Node, at string, refuse refusal) {
	if isNull(n) {
		return
	}
	if n.Kind != source.Object {
		im.wrongKind(n, at, "an object of mappings")
		return
	}
	for _, p := range n.Members {
		where := place{im.pos(p.Value), pointerTo(at, p.Key)}
		value := scalar(p.Value)
		if value == "" {
			refuse("gateway-response-template-null", Recorded, where, p.Key+" is empty", "", "Invalid null or empty value in responseParameters")
			continue
		}
		if !strings.HasPrefix(p.Key, "gatewayresponse.header.") && !strings.HasPrefix(p.Key, "gatewayresponse.path.") && !strings.HasPrefix(p.Key, "gatewayresponse.querystring.") {
			refuse("gateway-response-parameter-key", Inferred, where, quote(p.Key)+" is no target: want gatewayresponse.header and a name", "",
				invalidMapping("Invalid mapping expression parameter specified: "+p.Key))
			continue
		}
		m := ParameterMapping{Target: p.Key, Source: im.text(p.Value), Pos: p.Pos}
		expr, err := mapping.ParseExpression(m.Source, mapping.GatewayResponse)
		if err != nil {
			message, hint := mappingAdvice(err)
			refuse("gateway-response-mapping-invalid", Inferred, where, p.Key+": "+message, hint, invalidMapping("Invalid mapping expression specified: "+value))
		} else {
			m.Expr = expr
		}
		g.ResponseParameters = append(g.ResponseParameters, m)
		im.notes.text(p.Value, m.Source.Text)
	}
	slices.SortStableFunc(g.ResponseParameters, byTarget)
}

func (im *importer) gatewayTemplates(g *GatewayResponse, n *source.Node, at string, refuse refusal) {
	if isNull(n) {
		return
	}
	if n.Kind != source.Object {
		im.wrongKind(n, at, "an object of templates by media type")
		return
	}
	for _, p := range n.Members {
		if scalar(p.Value) == "" {
			refuse("gateway-response-template-null", Recorded, place{im.pos(p.Value), pointerTo(at, p.Key)}, "the template for "+p.Key+" is empty", "",
				"Invalid null or empty value in responseTemplates")
			continue
		}
		im.notes.text(p.Value, p.Value.Value)
		g.ResponseTemplates = append(g.ResponseTemplates, GatewayTemplate{ContentType: p.Key, Text: im.text(p.Value)})
	}
}

func (im *importer) nearestType(name string) string {
	if near := im.near(name, gatewayResponseTypes); near != "" {
		return "did you mean " + near + "?"
	}
	return "the types are " + strings.Join(slices.Sorted(slices.Values(gatewayResponseTypes)), ", ")
}
