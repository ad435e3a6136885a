package lint

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const (
	allowOrigin      = "Access-Control-Allow-Origin"
	allowMethods     = "Access-Control-Allow-Methods"
	allowHeaders     = "Access-Control-Allow-Headers"
	allowCredentials = "Access-Control-Allow-Credentials"
)

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
		ID: "cors-options-headers-missing", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs; Fetch standard",
		Doc: `the answer to a preflight lacks a header

OPTIONS says Access-Control-Allow-Origin, -Methods and -Headers: without the first
the browser refuses everything, without the others all that isn't a plain form.`,
		Check: func(p *Pass) {
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				var missing []string
				for _, header := range []string{allowOrigin, allowMethods, allowHeaders} {
					if responseHeader(ir, header) == nil {
						missing = append(missing, header)
					}
				}
				if len(missing) > 0 {
					p.Report(ir.Pos, options.Integration.Pointer+"/responses", "add method.response.header."+missing[0]+" to its responseParameters", "%s answers a preflight without %s", name(options), strings.Join(missing, ", "))
				}
			})
		},
	},
	{
		ID: "cors-methods-incomplete", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs; Fetch standard",
		Doc: `Access-Control-Allow-Methods leaves out a method of the resource

A page's call of it ends at the preflight. GET, HEAD and POST need not be named.`,
		Check: func(p *Pass) {
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				allowed, pos, ok := listed(ir, allowMethods)
				if !ok {
					return
				}
				for _, m := range r.Methods {
					if slices.Contains([]string{"GET", "HEAD", "POST", "OPTIONS", "ANY"}, m.HTTPMethod) || contains(allowed, m.HTTPMethod) {
						continue
					}
					p.Report(pos, options.Integration.Pointer+"/responses", "add "+m.HTTPMethod, "%s doesn't allow %s, which %s has", name(options), m.HTTPMethod, r.Path)
				}
			})
		},
	},
	{
		ID: "cors-headers-missing-api-key", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs",
		Doc: `a method requires an API key, and Access-Control-Allow-Headers leaves x-api-key out

A browser doesn't send the header then, and the call ends at the preflight.`,
		Check: func(p *Pass) {
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				allowed, pos, ok := listed(ir, allowHeaders)
				if !ok || contains(allowed, "x-api-key") || p.API.APIKeySource == "AUTHORIZER" {
					return
				}
				for _, m := range r.Methods {
					if m.APIKeyRequired && m != options {
						p.Report(pos, options.Integration.Pointer+"/responses", "add X-Api-Key", "%s doesn't allow the header x-api-key, which %s requires", name(options), name(m))
						return
					}
				}
			})
		},
	},
	{
		ID: "cors-headers-missing-authorization", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs",
		Doc: `an authorizer reads a header that Access-Control-Allow-Headers leaves out

A browser doesn't send it then, and the call ends at the preflight.`,
		Check: func(p *Pass) {
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				allowed, pos, ok := listed(ir, allowHeaders)
				if !ok {
					return
				}
				said := map[string]bool{}
				for _, m := range r.Methods {
					for _, header := range identityHeaders(m) {
						if m == options || contains(allowed, header) || said[header] {
							continue
						}
						said[header] = true
						p.Report(pos, options.Integration.Pointer+"/responses", "add "+header, "%s doesn't allow the header %s, which the authorizer of %s reads", name(options), header, name(m))
					}
				}
			})
		},
	},
	{
		ID: "cors-origin-missing-on-method", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs",
		Doc: `the preflight allows other origins, and an answer of the method doesn't

The browser makes the call and then hides the answer from the page. Map
Access-Control-Allow-Origin in each integration response.`,
		Check: func(p *Pass) {
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				if responseHeader(ir, allowOrigin) == nil {
					return
				}
				for _, m := range r.Methods {
					if m == options || m.Integration == nil || proxy(m.Integration) {
						continue
					}
					for _, own := range m.Integration.Responses {
						if responseHeader(own, allowOrigin) == nil && !p.overrides(own, allowOrigin) {
							p.Report(own.Pos, m.Integration.Pointer+"/responses", "add method.response.header."+allowOrigin+` to its responseParameters, and the header to the operation's response`,
								"%s answers %s without %s: a page doesn't see it", name(m), own.StatusCode, allowOrigin)
						}
					}
				}
			})
		},
	},
	{
		ID: "cors-origin-credentials-star", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "Fetch standard: CORS protocol and credentials",
		Doc: `an answer allows credentials and any origin

Browsers refuse Access-Control-Allow-Origin: * together with
Access-Control-Allow-Credentials: true. Name the origin.`,
		Check: func(p *Pass) {
			p.answers(func(who, pointer string, header func(string) *openapi.ParameterMapping) {
				origin, credentials := header(allowOrigin), header(allowCredentials)
				if literal(origin) == "*" && literal(credentials) == "true" {
					p.Report(origin.Pos, pointer, "name the origin", "%s allows any origin and credentials, which browsers refuse", who)
				}
			})
		},
	},
	{
		ID: "cors-multiple-origins", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "Fetch standard: Access-Control-Allow-Origin",
		Doc: `Access-Control-Allow-Origin has a list

It takes one origin, or *: a list fits none. Let the backend answer with the origin
of the request if it is a good one.`,
		Check: func(p *Pass) {
			p.answers(func(who, pointer string, header func(string) *openapi.ParameterMapping) {
				if origin := header(allowOrigin); strings.ContainsAny(strings.TrimSpace(literal(origin)), ", ") {
					p.Report(origin.Pos, pointer, "", "%s has several origins in %s, which fits none of them", who, allowOrigin)
				}
			})
		},
	},
	{
		ID: "cors-gateway-responses-missing", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: Gateway responses in API Gateway; CORS for REST APIs",
		Doc: `pages don't see the gateway's own refusals

401, 403, 429 and 500 of the gateway's own have no Access-Control-Allow-Origin:
a page sees a network error instead. Give the gateway responses DEFAULT_4XX and
DEFAULT_5XX the header.`,
		Check: func(p *Pass) {
			var first *openapi.Method
			p.preflights(func(_ *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				if first == nil && responseHeader(ir, allowOrigin) != nil {
					first = options
				}
			})
			if first == nil {
				return
			}
			var missing []string
			for _, t := range []string{"DEFAULT_4XX", "DEFAULT_5XX"} {
				g := p.API.GatewayResponse(t)
				if g == nil || mapped(g.ResponseParameters, "gatewayresponse.header."+allowOrigin) == nil {
					missing = append(missing, t)
				}
			}
			if len(missing) > 0 {
				p.Report(keyPos(p.Document.Root, "x-amazon-apigateway-gateway-responses", first.Pos), "/x-amazon-apigateway-gateway-responses", "add gatewayresponse.header."+allowOrigin+": \"'*'\" to the responseParameters of "+missing[0],
					"the API allows other origins, and its own refusals don't: %s without %s", strings.Join(missing, " and "), allowOrigin)
			}
		},
	},
	{
		ID: "cors-proxy-backend-owns", Category: openapi.Advice, Severity: openapi.Info, Evidence: openapi.Documented,
		Source: "AWS docs: CORS for REST APIs",
		Doc: `behind a proxy integration the backend must allow the origin

The preflight is answered here, the call itself by the backend: its answer has no
Access-Control-Allow-Origin unless the backend says so. Said once a document.`,
		Check: func(p *Pass) {
			var first *openapi.Method
			others := 0
			p.preflights(func(r *openapi.Resource, options *openapi.Method, ir *openapi.IntegrationResponse) {
				if responseHeader(ir, allowOrigin) == nil {
					return
				}
				for _, m := range r.Methods {
					switch {
					case m == options || m.Integration == nil || !proxy(m.Integration):
					case first == nil:
						first = m
					default:
						others++
					}
				}
			})
			if first == nil {
				return
			}
			more := ""
			if others > 0 {
				more = ", and so " + count(others, "other method", "other methods")
			}
			p.Report(first.Pos, first.Pointer, "", "%s is a proxy%s: its backend must answer with %s", name(first), more, allowOrigin)
		},
	},
}

// preflights calls f for each OPTIONS method that the gateway answers itself for
// browsers, with its integration response.
func (p *Pass) preflights(f func(*openapi.Resource, *openapi.Method, *openapi.IntegrationResponse)) {
	for r := range p.API.AllResources() {
		options := r.Method("OPTIONS")
		if options == nil || options.Integration == nil || options.Integration.Type != openapi.Mock {
			continue
		}
		for _, ir := range options.Integration.Responses {
			if speaksCORS(ir) {
				f(r, options, ir)
				break
			}
		}
	}
}

func speaksCORS(ir *openapi.IntegrationResponse) bool {
	return slices.ContainsFunc(ir.ResponseParameters, func(m openapi.ParameterMapping) bool {
		return strings.HasPrefix(strings.ToLower(m.Target), "method.response.header.access-control-allow-")
	})
}

// answers calls f for each integration response and gateway response.
func (p *Pass) answers(f func(who, pointer string, header func(string) *openapi.ParameterMapping)) {
	for m := range p.API.AllMethods() {
		if m.Integration == nil || proxy(m.Integration) {
			continue
		}
		for _, ir := range m.Integration.Responses {
			f(name(m)+" response "+ir.StatusCode, m.Integration.Pointer+"/responses", func(h string) *openapi.ParameterMapping { return responseHeader(ir, h) })
		}
	}
	for _, g := range p.API.GatewayResponses {
		f("gateway response "+g.ResponseType, gatewayPointer(g), func(h string) *openapi.ParameterMapping {
			return mapped(g.ResponseParameters, "gatewayresponse.header."+h)
		})
	}
}

// overrides reports whether a template of a response sets a header.
func (p *Pass) overrides(ir *openapi.IntegrationResponse, header string) bool {
	return slices.ContainsFunc(ir.ResponseTemplates, func(t *openapi.Template) bool {
		return strings.Contains(t.Text.Text, "responseOverride") && strings.Contains(strings.ToLower(t.Text.Text), strings.ToLower(header))
	})
}

// responseHeader is the mapping of a header, or nil.
func responseHeader(ir *openapi.IntegrationResponse, header string) *openapi.ParameterMapping {
	return mapped(ir.ResponseParameters, "method.response.header."+header)
}

func mapped(mappings []openapi.ParameterMapping, target string) *openapi.ParameterMapping {
	for i := range mappings {
		if strings.EqualFold(mappings[i].Target, target) {
			return &mappings[i]
		}
	}
	return nil
}

// literal is the text of a fixed mapping; empty for any other.
func literal(m *openapi.ParameterMapping) string {
	if m == nil || m.Expr == nil || m.Expr.Kind() != mapping.Static {
		return ""
	}
	return m.Expr.Name()
}

// listed are the names in a fixed header; false where it isn't fixed, or is *.
func listed(ir *openapi.IntegrationResponse, header string) ([]string, source.Pos, bool) {
	m := responseHeader(ir, header)
	value := literal(m)
	if value == "" || strings.TrimSpace(value) == "*" {
		return nil, source.Pos{}, false
	}
	var names []string
	for _, n := range strings.Split(value, ",") {
		names = append(names, strings.TrimSpace(n))
	}
	return names, m.Pos, true
}

func contains(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// identityHeaders are the headers by which a method knows its caller.
func identityHeaders(m *openapi.Method) []string {
	switch {
	case m.AuthorizationType == "AWS_IAM":
		return []string{"Authorization"}
	case m.Authorizer == nil:
		return nil
	}
	var headers []string
	for _, s := range strings.Split(m.Authorizer.IdentitySource, ",") {
		if header, ok := strings.CutPrefix(strings.TrimSpace(s), headerParameter); ok {
			headers = append(headers, header)
		}
	}
	return headers
}

func allowsOrigin(m *openapi.Method) bool {
	return m.Integration != nil && slices.ContainsFunc(m.Integration.Responses, func(ir *openapi.IntegrationResponse) bool { return responseHeader(ir, allowOrigin) != nil })
}
