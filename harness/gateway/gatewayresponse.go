package gateway

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A gatewayAnswer is a customised gateway response, compiled.
type gatewayAnswer struct {
	*openapi.GatewayResponse
	status    int // 0: the refusal's own
	headers   []gatewayHeader
	templates []gatewayTemplate
}

type gatewayHeader struct {
	name string
	*openapi.ParameterMapping
}

// A gatewayTemplate is text with substitutions, no VTL (case
// gateway-response-template-is-not-vtl).
type gatewayTemplate struct {
	contentType string
	parts       []gatewayPart
}

// A gatewayPart is literal text, or the name of something to put in.
type gatewayPart struct {
	literal string
	name    []string // context, error, message
}

const gatewayHeaderPrefix = "gatewayresponse.header."

// compileGatewayResponses finds for each type what an API says of it: the
// type's own entry, else that of its family. Nothing is merged (case
// gateway-response-own-type-beats-default).
func compileGatewayResponses(a *openapi.API) map[string]*gatewayAnswer {
	own := make(map[string]*gatewayAnswer, len(a.GatewayResponses))
	for _, g := range a.GatewayResponses {
		own[g.ResponseType] = compileGatewayResponse(g)
	}
	all := make(map[string]*gatewayAnswer)
	for _, t := range responseTypes {
		c := own[t.name]
		if c == nil {
			family := "DEFAULT_4XX"
			if t.status >= 500 {
				family = "DEFAULT_5XX"
			}
			c = own[family]
		}
		if c != nil {
			all[t.name] = c
		}
	}
	return all
}

func compileGatewayResponse(g *openapi.GatewayResponse) *gatewayAnswer {
	c := &gatewayAnswer{GatewayResponse: g}
	c.status, _ = strconv.Atoi(g.StatusCode)
	for i := range g.ResponseParameters {
		p := &g.ResponseParameters[i]
		if name, ok := strings.CutPrefix(p.Target, gatewayHeaderPrefix); ok {
			c.headers = append(c.headers, gatewayHeader{name, p})
		}
	}
	for _, t := range g.ResponseTemplates {
		c.templates = append(c.templates, gatewayTemplate{t.ContentType, splitGatewayTemplate(t.Text.Text)})
	}
	return c
}

// splitGatewayTemplate cuts a template at its references: $context.a.b,
// $stageVariables.x, $method.request.header.y, each also with braces.
func splitGatewayTemplate(text string) []gatewayPart {
	var parts []gatewayPart
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '$' {
			continue
		}
		name, end := gatewayReference(text, i)
		if name == nil {
			continue
		}
		if start < i {
			parts = append(parts, gatewayPart{literal: text[start:i]})
		}
		parts = append(parts, gatewayPart{name: name})
		start = end
		i = end - 1
	}
	if start < len(text) {
		parts = append(parts, gatewayPart{literal: text[start:]})
	}
	return parts
}

// gatewayReference reads the reference at text[i], a "$", and returns its names
// and where it ends; nil if it is no reference.
func gatewayReference(text string, i int) ([]string, int) {
	j := i + 1
	brace := j < len(text) && text[j] == '{'
	if brace {
		j++
	}
	var names []string
	for {
		k := j
		for k < len(text) && isNameByte(text[k]) {
			k++
		}
		if k == j {
			break
		}
		names = append(names, text[j:k])
		j = k
		if j+1 < len(text) && text[j] == '.' && isNameByte(text[j+1]) {
			j++
			continue
		}
		break
	}
	if len(names) < 2 || names[0] != "context" && names[0] != "stageVariables" && names[0] != "method" {
		return nil, 0
	}
	if brace {
		if j == len(text) || text[j] != '}' {
			return nil, 0
		}
		j++
	}
	return names, j
}

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}

// gatewayResponse answers with a refusal: as the API customises it, else as AWS does.
func (x *exchange) gatewayResponse(r *refusal) {
	x.status = r.statusCode()
	x.contentType = "application/json"
	x.respHeader = x.respHeader[:0]
	x.out = x.out[:0]
	x.logRefusal(r)
	if r.responseType == &bodyTooLong {
		x.contentType = "text; charset=utf-8" // recorded: the front door says "text"
		x.respBody = append(x.out, r.messageText()...)
		x.finish(false, nil)
		return
	}
	var custom *gatewayAnswer
	if x.v != nil && r.name != "" {
		custom = x.v.gatewayResponses[r.name]
	}
	if custom == nil {
		x.respBody = r.appendDefaultBody(x.out)
	} else {
		x.customise(custom, r)
	}
	x.out = x.respBody
	x.finish(false, r)
}

// customise answers as c says. What c does not say stays AWS's: a status set
// alone keeps the default template (recorded for the settings).
func (x *exchange) customise(c *gatewayAnswer, r *refusal) {
	x.note(gatewayResponseUsed, c.ResponseType, r.name, "")
	x.cover(c.Element)
	if c.status != 0 {
		x.status = c.status
	}
	if x.m == nil {
		x.takeParams() // no method was found, yet method.request.header.x can be mapped
	}
	typed := false // a mapping says the Content-Type
	for i := range c.headers {
		h := &c.headers[i]
		if h.Expr == nil {
			continue
		}
		values, ok, err := h.Expr.Values(x.scope)
		if !ok || err != nil {
			continue
		}
		if strings.EqualFold(h.name, "Content-Type") {
			x.contentType, typed = last(values), true
			continue
		}
		for _, v := range values {
			x.respHeader = append(x.respHeader, result.Header{Name: h.name, Value: v})
		}
	}
	t := c.template(x.accept())
	if t == nil {
		x.respBody = r.appendDefaultBody(x.out)
		return
	}
	if !typed {
		x.contentType = t.contentType
	}
	x.respBody = x.out
	for _, p := range t.parts {
		if p.name == nil {
			x.respBody = append(x.respBody, p.literal...)
		} else {
			x.respBody = x.appendGatewayReference(x.respBody, p.name, r)
		}
	}
}

// template chooses by Accept; application/json is the default, then the first.
func (c *gatewayAnswer) template(accept string) *gatewayTemplate {
	var json *gatewayTemplate
	for i := range c.templates {
		t := &c.templates[i]
		if t.contentType == accept {
			return t
		}
		if t.contentType == "application/json" {
			json = t
		}
	}
	if json != nil || len(c.templates) == 0 {
		return json
	}
	return &c.templates[0]
}

// appendDefaultBody appends what AWS's own template makes,
// {"message":$context.error.messageString}.
func (r *refusal) appendDefaultBody(dst []byte) []byte {
	key := r.key
	if key == "" {
		key = "message"
	}
	dst = append(dst, `{"`...)
	dst = append(dst, key...)
	dst = append(dst, `":`...)
	dst = r.appendMessageString(dst)
	return append(dst, '}')
}

// appendMessageString appends $context.error.messageString: the message with
// its quotes and, for errors of the execution, a blank before them.
func (r *refusal) appendMessageString(dst []byte) []byte {
	if r.isNull() {
		return append(dst, "null"...)
	}
	if r.executing {
		dst = append(dst, ' ')
	}
	return ordered.AppendString(dst, r.messageText())
}

// appendGatewayReference appends what a reference stands for; what there is not
// is nothing.
func (x *exchange) appendGatewayReference(dst []byte, name []string, r *refusal) []byte {
	switch name[0] {
	case "stageVariables":
		if x.v != nil && len(name) == 2 {
			return append(dst, x.v.variables[name[1]]...)
		}
	case "method":
		return append(dst, x.methodRequest(name[1:])...)
	case "context":
		if name[1] != "error" {
			return x.appendContext(dst, name[1:])
		}
		if len(name) != 3 {
			return dst
		}
		switch name[2] {
		case "message":
			return append(dst, r.messageText()...)
		case "messageString":
			return r.appendMessageString(dst)
		case "responseType":
			return append(dst, r.name...)
		case "validationErrorString":
			// The quotes are escaped, so that templates that put it between quotes stay
			// JSON (case gateway-response-bad-request-body-detail).
			s := ordered.AppendString(nil, r.validation)
			return append(dst, s[1:len(s)-1]...)
		}
	}
	return dst
}

// methodRequest is method.request.LOCATION.NAME, the last value.
func (x *exchange) methodRequest(name []string) string {
	if len(name) != 3 || name[0] != "request" {
		return ""
	}
	var values []string
	switch name[1] {
	case "header":
		values = x.scope.Header.Get(name[2])
	case "querystring":
		values = x.scope.Query.Get(name[2])
	case "path":
		values = x.scope.Path.Get(name[2])
	}
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}
