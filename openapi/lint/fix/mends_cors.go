package fix

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const (
	allowCredentials = "Access-Control-Allow-Credentials"
	allowHeaders     = "Access-Control-Allow-Headers"
	allowMethods     = "Access-Control-Allow-Methods"
	allowOrigin      = "Access-Control-Allow-Origin"
)

// consoleHeaders are what the console's Enable CORS allows [AWS docs: CORS for REST APIs].
var consoleHeaders = []string{"Content-Type", "X-Amz-Date", "Authorization", "X-Api-Key", "X-Amz-Security-Token"}

// A preflight is what OPTIONS of a resource should answer.
type preflight struct {
	origin      string // the mapping
	credentials bool
	methods     []string
	headers     []string
}

// preflightOf gathers what the methods of a resource need.
func (p *patient) preflightOf(r *openapi.Resource) (pre preflight, why string) {
	pre.headers = slices.Clone(consoleHeaders)
	origins := map[string]bool{}
	for _, m := range r.Methods {
		if m.HTTPMethod == "OPTIONS" {
			continue
		}
		pre.methods = append(pre.methods, m.HTTPMethod)
		for _, h := range sentHeaders(m) {
			if !contains(pre.headers, h) {
				pre.headers = append(pre.headers, h)
			}
		}
		if m.Integration == nil {
			continue
		}
		for _, ir := range m.Integration.Responses {
			origin, credentials := responseHeader(ir, allowOrigin), responseHeader(ir, allowCredentials)
			pre.credentials = pre.credentials || fixed(credentials) == "true"
			if origin == nil || !tellable(origin) {
				continue
			}
			var ok bool
			if pre.origin, ok = p.written(p.mappingPath(m, ir, origin.Target)); !ok {
				return pre, "the origin that " + m.HTTPMethod + " " + r.Path + " allows comes by an alias or a function"
			}
			origins[pre.origin] = true
		}
	}
	pre.methods = append(pre.methods, "OPTIONS")
	switch {
	case len(origins) > 1:
		return pre, "the methods of " + r.Path + " allow different origins"
	case len(origins) == 0:
		pre.origin = "'*'"
	}
	pre.credentials = pre.credentials && pre.origin != "'*'" // browsers refuse both together
	return pre, ""
}

// tellable reports whether a mock can answer with a mapping: there is no backend
// whose header it could hand on.
func tellable(m *openapi.ParameterMapping) bool {
	return m.Expr != nil && (m.Expr.Kind() == mapping.Static || m.Expr.Kind() == mapping.ContextVariable || m.Expr.Kind() == mapping.StageVariable)
}

// sentHeaders are the headers that a page sends to a method by itself: those that
// it declares, and those its authorizer reads.
func sentHeaders(m *openapi.Method) []string {
	var headers []string
	take := func(name, prefix string) {
		if h, ok := strings.CutPrefix(strings.TrimSpace(name), prefix); ok && h != "" && !contains(unasked, h) {
			headers = append(headers, h)
		}
	}
	if m.Authorizer != nil {
		for _, s := range strings.Split(m.Authorizer.IdentitySource, ",") {
			take(s, methodRequest+"header.")
		}
	}
	for _, p := range m.RequestParameters {
		take(p.Name, methodRequest+"header.")
	}
	return headers
}

// unasked are headers that a browser sends itself or lets every page send [Fetch
// standard: CORS-safelisted request header, forbidden request-header].
var unasked = []string{"Accept", "Accept-Language", "Content-Language", "Accept-Encoding", "Cookie", "Host", "Origin", "Referer", "Content-Length", "Date", "Via"}

func contains(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

func responseHeader(ir *openapi.IntegrationResponse, header string) *openapi.ParameterMapping {
	for i := range ir.ResponseParameters {
		if strings.EqualFold(ir.ResponseParameters[i].Target, methodHeader+header) {
			return &ir.ResponseParameters[i]
		}
	}
	return nil
}

// fixed is the text of a mapping that is one; else empty.
func fixed(m *openapi.ParameterMapping) string {
	if m == nil || m.Expr == nil || m.Expr.Kind() != mapping.Static {
		return ""
	}
	return m.Expr.Name()
}

// mappingPath leads to a response parameter of an integration.
func (p *patient) mappingPath(m *openapi.Method, ir *openapi.IntegrationResponse, target string) []string {
	return below(tokens(m.Integration.Pointer), "responses", p.keyOf(m, ir), "responseParameters", target)
}

// value is the mapping of a header of the preflight.
func (pre preflight) value(header string) string {
	switch header {
	case allowHeaders:
		return "'" + strings.Join(pre.headers, ",") + "'"
	case allowMethods:
		return "'" + strings.Join(pre.methods, ",") + "'"
	case allowCredentials:
		return "'true'"
	}
	return pre.origin
}

// optionsMissing adds the OPTIONS mock that the console's Enable CORS makes.
func (p *patient) optionsMissing(f openapi.Finding) ([]change, string) {
	m, at, why := p.method(f)
	if why != "" {
		return nil, why
	}
	pre, why := p.preflightOf(m.Resource)
	if why != "" {
		return nil, why
	}
	headers := []string{allowHeaders, allowMethods, allowOrigin}
	if pre.credentials {
		headers = slices.Insert(headers, 0, allowCredentials)
	}
	declared, answered := ordered.NewObject(3), ordered.NewObject(3)
	for _, h := range headers {
		declared.Set(h, p.aString())
		answered.Set(methodHeader+h, pre.value(h))
	}
	operation := ordered.NewObject(4)
	if list := p.parametersOf(m, at); list != nil {
		operation.Set("parameters", list)
	}
	operation.Set("responses", object("200", object("description", "200 response", "headers", declared)))
	if p.Document.Root.Get("security") != nil {
		operation.Set("security", &ordered.Array{}) // a browser sends no credentials with a preflight (case options-not-exempt-from-security)
	}
	integration := object("type", "mock", "requestTemplates", object("application/json", `{"statusCode": 200}`), "passthroughBehavior", "when_no_match")
	if slices.Contains(p.API.BinaryMediaTypes, "*/*") {
		integration.Set("contentHandling", "CONVERT_TO_TEXT") // case mock-with-binary-wildcard-and-no-content-handling
	}
	integration.Set("responses", object("default", object("statusCode", "200", "responseParameters", answered)))
	operation.Set(integrationKey, integration)
	return []change{add(operation, below(at[:2], "options")...)}, ""
}

// parametersOf are the variables of a path that its methods declare each for
// themselves.
func (p *patient) parametersOf(m *openapi.Method, at []string) *ordered.Array {
	var list ordered.Array
	shared := p.Document.Node(pointer(at[:2]...)).Get("parameters")
	for _, v := range pathVariables(m.Resource.Path) {
		if shared == nil || shared.Kind != source.Array || len(shared.Items) == 0 {
			list.Items = append(list.Items, p.declared(v, "path"))
		}
	}
	if list.Items == nil {
		return nil
	}
	return &list
}

// answer is the integration response of an OPTIONS method that a finding is about.
func (p *patient) answer(f openapi.Finding) (m *openapi.Method, ir *openapi.IntegrationResponse, pre preflight, why string) {
	m, _, why = p.integrated(f)
	if why != "" {
		return nil, nil, pre, why
	}
	for _, r := range m.Integration.Responses {
		at := f.Pos == r.Pos
		for _, h := range r.ResponseParameters {
			at = at || f.Pos == h.Pos
		}
		if at {
			pre, why = p.preflightOf(m.Resource)
			return m, r, pre, why
		}
	}
	return nil, nil, pre, nothingToBeDone
}

// header has an integration response set a header, and the method response declare it.
func (p *patient) header(m *openapi.Method, ir *openapi.IntegrationResponse, name, value string) ([]change, string) {
	at, why := pathOf(m.Pointer)
	if why != "" {
		return nil, why
	}
	return append(p.methodResponse(at, ir.StatusCode, []string{name}), add(value, p.mappingPath(m, ir, methodHeader+name)...)), ""
}

func (p *patient) optionsHeadersMissing(f openapi.Finding) ([]change, string) {
	m, ir, pre, why := p.answer(f)
	if why != "" {
		return nil, why
	}
	var changes []change
	for _, h := range []string{allowHeaders, allowMethods, allowOrigin} {
		if responseHeader(ir, h) == nil {
			more, why := p.header(m, ir, h, pre.value(h))
			if why != "" {
				return nil, why
			}
			changes = append(changes, more...)
		}
	}
	return changes, ""
}

// extend adds names to the list in a fixed header.
func (p *patient) extend(m *openapi.Method, ir *openapi.IntegrationResponse, header string, names []string) ([]change, string) {
	h := responseHeader(ir, header)
	if h == nil {
		return nil, nothingToBeDone
	}
	var missing []string
	known := strings.Split(strings.ReplaceAll(fixed(h), " ", ""), ",")
	for _, n := range names {
		if !contains(known, n) {
			missing = append(missing, n)
		}
	}
	return []change{{path: p.mappingPath(m, ir, h.Target), list: missing}}, ""
}

func (p *patient) methodsIncomplete(f openapi.Finding) ([]change, string) {
	m, ir, pre, why := p.answer(f)
	if why != "" {
		return nil, why
	}
	var names []string
	for _, name := range pre.methods { // GET, HEAD and POST need not be named
		if !slices.Contains([]string{"GET", "HEAD", "POST", "OPTIONS", "ANY"}, name) {
			names = append(names, name)
		}
	}
	return p.extend(m, ir, allowMethods, names)
}

func (p *patient) headersIncomplete(f openapi.Finding) ([]change, string) {
	m, ir, _, why := p.answer(f)
	if why != "" {
		return nil, why
	}
	var names []string
	for _, other := range m.Resource.Methods {
		if other == m {
			continue
		}
		if other.APIKeyRequired && p.API.APIKeySource != "AUTHORIZER" {
			names = append(names, "X-Api-Key")
		}
		if other.AuthorizationType == "AWS_IAM" {
			names = append(names, "Authorization")
		}
		if other.Authorizer != nil {
			names = append(names, sentHeaders(&openapi.Method{Authorizer: other.Authorizer})...)
		}
	}
	return p.extend(m, ir, allowHeaders, names)
}

// originMissing has an answer allow the origin that the preflight allows.
func (p *patient) originMissing(f openapi.Finding) ([]change, string) {
	m, ir, _, why := p.answer(f)
	if why != "" {
		return nil, why
	}
	options := m.Resource.Method("OPTIONS")
	if options == nil || options.Integration == nil {
		return nil, nothingToBeDone
	}
	for _, r := range options.Integration.Responses {
		if origin := responseHeader(r, allowOrigin); origin != nil {
			if value, ok := p.written(p.mappingPath(options, r, origin.Target)); ok {
				return p.header(m, ir, allowOrigin, value)
			}
		}
	}
	return nil, "the origin that the preflight allows comes by an alias or a function"
}

// contentHandlingMissing has the template of a mock be read as a text.
func (p *patient) contentHandlingMissing(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	if why != "" {
		return nil, why
	}
	if m.Integration.ContentHandling != "" {
		return nil, "it says contentHandling: " + m.Integration.ContentHandling
	}
	return []change{add("CONVERT_TO_TEXT", below(at, integrationKey, "contentHandling")...)}, ""
}
