package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var mappingRules = []*Rule{
	{
		ID: "request-mapping-context-unknown", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway mapping template and access logging variable reference",
		Doc: `a mapping reads a context variable that is none

It reads nothing, and what it is mapped to is left out.`,
		Check: func(p *Pass) {
			check := func(who, pointer string, mappings []openapi.ParameterMapping) {
				for _, m := range mappings {
					if m.Expr == nil || m.Expr.Kind() != mapping.ContextVariable {
						continue
					}
					if names := strings.Split(m.Expr.Name(), "."); !knownContext(names) {
						p.Report(m.Source.At(0), pointer, nearContext(names), "%s: there is no context.%s", who, m.Expr.Name())
					}
				}
			}
			for m := range p.API.AllMethods() {
				if in := m.Integration; in != nil {
					check(name(m), in.Pointer+"/requestParameters", in.RequestParameters)
				}
			}
			for _, g := range p.API.GatewayResponses {
				check("gateway response "+g.ResponseType, gatewayPointer(g)+"/responseParameters", g.ResponseParameters)
			}
		},
	},
	{
		ID: "request-header-restricted", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Recorded,
		Source: "cases illegal-header-mapping-aws-proxy, illegal-header-mapping-http, illegal-header-mapping-http-proxy",
		Doc: `a mapping sets a header that API Gateway keeps to itself

Calls that set Content-Length or Transfer-Encoding answer 500 {"message":
"Internal server error"}, and in a Lambda integration Authorization, Connection,
Expect, Proxy-Authenticate and TE too. A fixed value fails every call, which makes
the finding an error. Use another name.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || in.Type == openapi.Mock {
					continue
				}
				for _, rp := range in.RequestParameters {
					header, ok := strings.CutPrefix(rp.Target, "integration.request.header.")
					if !ok || !slices.Contains(restrictedHeaders(in.Type), strings.ToLower(header)) {
						continue
					}
					severity := openapi.Warning
					if in.Type != openapi.AWS && rp.Expr != nil && rp.Expr.Kind() == mapping.Static {
						severity = openapi.Error
					}
					p.ReportAs(severity, rp.Pos, in.Pointer+"/requestParameters", "call it something else", "%s sets the header %s, and calls that do answer 500", name(m), header)
				}
			}
		},
	},
}

// restrictedHeaders are recorded for AWS_PROXY, HTTP and HTTP_PROXY; AWS as
// AWS_PROXY is a guess, and so no error.
func restrictedHeaders(t openapi.IntegrationType) []string {
	if t == openapi.AWS || t == openapi.AWSProxy {
		return []string{"content-length", "transfer-encoding", "authorization", "connection", "expect", "proxy-authenticate", "te"}
	}
	return []string{"content-length", "transfer-encoding"}
}

// contextVariables are the members of $context, with their own members where
// those are known [AWS docs: API Gateway mapping template and access logging
// variable reference; $context.keySet() recorded].
var contextVariables = map[string][]string{
	"accountId": nil, "apiId": nil, "authorizer": nil, "awsEndpointRequestId": nil, "customDomain": nil, "deploymentId": nil,
	"domainName": nil, "domainPrefix": nil, "extendedRequestId": nil, "httpMethod": nil, "isCanaryRequest": nil, "path": nil,
	"protocol": nil, "requestId": nil, "requestTime": nil, "requestTimeEpoch": nil, "resourceId": nil, "resourcePath": nil,
	"stage": nil, "status": nil, "wafResponseCode": nil, "webaclArn": nil, "waf": nil, "xrayTraceId": nil, "integration": nil,
	"responseLatency": nil, "responseLength": nil, "integrationLatency": nil, "integrationStatus": nil, "authorize": nil, "authenticate": nil,
	"requestOverride":  {"header", "path", "querystring"},
	"responseOverride": {"header", "status"},
	"error":            {"message", "messageString", "responseType", "validationErrorString"},
	"identity": {
		"accessKey", "accountId", "apiKey", "apiKeyId", "caller", "clientCert", "cognitoAuthenticationProvider", "cognitoAuthenticationType",
		"cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId", "sourceIp", "user", "userAgent", "userArn", "vpcId", "vpceId",
	},
}

// knownContext reports whether $context has such a member.
func knownContext(names []string) bool {
	inner, ok := contextVariables[names[0]]
	if !ok || len(names) == 1 || inner == nil {
		return ok
	}
	return slices.Contains(inner, names[1])
}

func nearContext(names []string) string {
	inner, ok := contextVariables[names[0]]
	if ok {
		if near := source.Nearest(names[1], inner); near != "" {
			return "did you mean " + names[0] + "." + near + "?"
		}
		return ""
	}
	var all []string
	for name := range contextVariables {
		all = append(all, name)
	}
	slices.Sort(all)
	if near := source.Nearest(names[0], all); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}
