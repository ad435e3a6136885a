package fix

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// mends are the rules that have a mechanical mend. One returns the changes that
// make its finding go away, or why there are none.
var mends = map[string]func(*patient, openapi.Finding) (changes []change, why string){
	"cors-options-missing":                    (*patient).optionsMissing,
	"cors-options-headers-missing":            (*patient).optionsHeadersMissing,
	"cors-methods-incomplete":                 (*patient).methodsIncomplete,
	"cors-headers-missing-api-key":            (*patient).headersIncomplete,
	"cors-headers-missing-authorization":      (*patient).headersIncomplete,
	"cors-origin-missing-on-method":           (*patient).originMissing,
	"integration-response-no-method-response": (*patient).methodResponseMissing,
	"response-mapping-undeclared-header":      (*patient).headerUndeclared,
	"path-parameter-undeclared":               (*patient).pathParameterUndeclared,
	"path-parameter-not-required":             (*patient).pathParameterNotRequired,
	"request-mapping-source-undeclared":       (*patient).sourceUndeclared,
	"cache-key-undeclared":                    (*patient).cacheKeyUndeclared,
	"request-mapping-static-unquoted":         (*patient).staticUnquoted,
	"response-mapping-static-unquoted":        (*patient).staticUnquoted,
	"mock-no-status-template":                 (*patient).statusTemplateMissing,
	"binary-all-with-mock":                    (*patient).contentHandlingMissing,
}

// A patient is a document with findings, as a mend looks at it.
type patient struct {
	Checked
	*outline
	methods map[string]*openapi.Method // by pointer
}

func newPatient(c Checked, o *outline) *patient {
	p := &patient{c, o, map[string]*openapi.Method{}}
	if c.API != nil {
		for m := range c.API.AllMethods() {
			p.methods[m.Pointer] = m
		}
	}
	return p
}

// written is the text that stands in the file at a path, with its placeholders;
// false where none does, but an alias or a function.
func (p *patient) written(path []string) (string, bool) {
	at := p.root
	for _, key := range path {
		next, ok := childOf(at, key)
		if !ok || next.alias {
			return "", false
		}
		at = next
	}
	return at.value, at.kind == source.String && at.tag == "" && at.raw != absent
}

const (
	integrationKey  = "x-amazon-apigateway-integration"
	methodHeader    = "method.response.header."
	notUnderPaths   = "it comes by a $ref, which others may use"
	noMethodThere   = "its method is not in the document"
	nothingToBeDone = "it can't be told what is wanted"
)

// method is the method that a finding is about, with the path of its operation.
func (p *patient) method(f openapi.Finding) (*openapi.Method, []string, string) {
	for at := f.Pointer; at != ""; at = at[:strings.LastIndexByte(at, '/')] {
		if m := p.methods[at]; m != nil {
			path, why := pathOf(at)
			if why == "" {
				why = p.reach(path)
			}
			return m, path, why
		}
	}
	return nil, nil, noMethodThere
}

// reach says why nothing can be edited at a path, as far as it is there.
func (p *patient) reach(path []string) string {
	at := p.root
	for i, key := range path {
		if err := editable(at, path[:i]); err != nil {
			return err.Error()
		}
		next, there := childOf(at, key)
		if !there {
			return ""
		}
		at = next
	}
	if err := editable(at, path); err != nil {
		return err.Error()
	}
	return ""
}

// pathOf takes a pointer to an operation apart.
func pathOf(pointer string) ([]string, string) {
	at := tokens(pointer)
	if len(at) != 3 || at[0] != "paths" {
		return nil, notUnderPaths
	}
	return at, ""
}

func tokens(pointer string) []string {
	at := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range at {
		at[i] = strings.ReplaceAll(strings.ReplaceAll(at[i], "~1", "/"), "~0", "~")
	}
	return at
}

func below(path []string, keys ...string) []string { return slices.Concat(path, keys) }

// integrated is the method of a finding that has an integration.
func (p *patient) integrated(f openapi.Finding) (*openapi.Method, []string, string) {
	m, at, why := p.method(f)
	if why == "" && m.Integration == nil {
		why = nothingToBeDone
	}
	return m, at, why
}

// responseKeyed finds the integration response that stands at a key.
func (p *patient) responseKeyed(m *openapi.Method, key string) *openapi.IntegrationResponse {
	for _, r := range m.Integration.Responses {
		if p.keyOf(m, r) == key {
			return r
		}
	}
	return nil
}

// keyOf is the key under which an integration response stands in the document.
func (p *patient) keyOf(m *openapi.Method, r *openapi.IntegrationResponse) string {
	if n := p.Document.Node(m.Integration.Pointer + "/responses"); n != nil {
		for _, member := range n.Members {
			if member.Pos == r.Pos {
				return member.Key
			}
		}
	}
	if r.SelectionPattern == "" {
		return "default"
	}
	return r.SelectionPattern
}

func (p *patient) swagger() bool { return p.Document.Root.Get("swagger") != nil }

// aString declares a text: in OpenAPI 3 by a schema, in Swagger 2.0 by its type.
func (p *patient) aString() *ordered.Object {
	if p.swagger() {
		return object("type", "string")
	}
	return object("schema", object("type", "string"))
}

// methodResponse declares a status code and headers of it.
func (p *patient) methodResponse(at []string, code string, headers []string) []change {
	changes := []change{add(object("description", code+" response"), below(at, "responses", code)...)}
	for _, h := range headers {
		changes = append(changes, add(p.aString(), below(at, "responses", code, "headers", h)...))
	}
	return changes
}

func (p *patient) methodResponseMissing(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	if why != "" {
		return nil, why
	}
	for _, r := range m.Integration.Responses {
		var headers []string
		for _, h := range r.ResponseParameters {
			if name, ok := strings.CutPrefix(h.Target, methodHeader); ok {
				headers = append(headers, name)
			}
		}
		key := p.keyOf(m, r)
		mine := f.Pos == r.Pos || strings.HasPrefix(f.Pointer, pointer(below(tokens(m.Integration.Pointer), "responses", key)...)+"/")
		if mine && m.Response(r.StatusCode) == nil {
			return p.methodResponse(at, r.StatusCode, headers), ""
		}
	}
	return nil, nothingToBeDone
}

func (p *patient) headerUndeclared(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	parts := tokens(f.Pointer)
	if why != "" || len(parts) < 4 {
		return nil, why
	}
	// .../responses/KEY/responseParameters/method.response.header.NAME
	r := p.responseKeyed(m, parts[len(parts)-3])
	name, ok := strings.CutPrefix(parts[len(parts)-1], methodHeader)
	if r == nil || !ok {
		return nil, nothingToBeDone
	}
	return p.methodResponse(at, r.StatusCode, []string{name}), ""
}

func pointer(path ...string) string {
	var b strings.Builder
	for _, key := range path {
		b.WriteString("/" + strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1"))
	}
	return b.String()
}

func itoa(i int) string { return strconv.Itoa(i) }

// staticUnquoted puts quotes around a text that can be nothing but a fixed value.
func (p *patient) staticUnquoted(f openapi.Finding) ([]change, string) {
	n := p.Document.Node(f.Pointer)
	path := tokens(f.Pointer)
	if n == nil || n.Kind != source.String || len(path) < 4 || path[0] != "paths" {
		return nil, nothingToBeDone
	}
	if !surelyFixed(n.Value) {
		return nil, "it may be a fixed text or a mapping that is spelled wrongly"
	}
	return []change{{path: path, wrap: true}}, ""
}

// surelyFixed reports whether a text has a character that no mapping expression
// has, and doesn't begin as one does.
func surelyFixed(text string) bool {
	if strings.ContainsAny(text, `'"\$[]`) || text == "" {
		return false
	}
	for _, start := range []string{"method", "integration", "context", "stagevariables", "request", "response"} {
		if strings.HasPrefix(strings.ToLower(text), start) {
			return false
		}
	}
	return strings.ContainsAny(text, "*,/;: ")
}

// statusTemplateMissing gives a mock the template that says which response it gives.
func (p *patient) statusTemplateMissing(f openapi.Finding) ([]change, string) {
	m, at, why := p.integrated(f)
	if why != "" {
		return nil, why
	}
	if len(m.Integration.RequestTemplates) > 0 {
		return nil, "its template says something, and what is wanted instead can't be told"
	}
	code := "200"
	for i, r := range m.Integration.Responses {
		if i == 0 || r.SelectionPattern == "" {
			code = r.StatusCode
		}
	}
	return []change{add(object("application/json", `{"statusCode": `+code+`}`), below(at, integrationKey, "requestTemplates")...)}, ""
}
