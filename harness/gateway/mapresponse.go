package gateway

import (
	"context"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// mapResponse makes the method response: the choice of the integration
// response, content handling, template, header mappings, overrides.
func (x *exchange) mapResponse(context.Context) *refusal {
	x.contentType = "application/json" // unless something says otherwise (recorded)
	switch x.m.kind {
	case openapi.AWSProxy:
		return x.proxyFunction()
	case openapi.HTTPProxy:
		return x.proxyBackend()
	}
	ir := x.chooseResponse()
	if ir == nil {
		return x.misconfigured("Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: "+strconv.Itoa(x.endpointStatus()),
			becauseNoResponseFits, x.selector(), "", "")
	}
	x.cover(ir.Element)
	if ir.declared == nil {
		return x.misconfigured("Execution failed due to configuration error: Output mapping refers to an invalid method response: "+ir.StatusCode, becauseResponseUndeclared, ir.StatusCode, "", "")
	}
	x.cover(ir.declared.Element)
	x.status = ir.status
	if r := x.mapResponseBody(ir); r != nil {
		return r
	}
	if r := x.mapResponseHeaders(ir); r != nil {
		return r
	}
	x.overrideResponse()
	return nil
}

// endpointStatus is what the backend answered.
func (x *exchange) endpointStatus() int {
	if x.m.kind == openapi.Mock {
		return x.mock
	}
	return x.ires.Status
}

// selector is what selection patterns are matched against: the status, or the
// error message of a function, empty when there is none (case
// lambda-custom-selection-catch-all).
func (x *exchange) selector() string {
	if x.m.lambda && x.m.kind == openapi.AWS {
		return x.ires.Error
	}
	return strconv.Itoa(x.endpointStatus())
}

// chooseResponse finds the integration response: patterns first, in the order of
// their status codes, then the default. Among those that fit, a mock prefers the
// one whose own status was rendered (recorded).
func (x *exchange) chooseResponse() *integrationResponse {
	if len(x.m.responses) == 1 && x.m.responses[0].isDefault() {
		ir := x.m.responses[0]
		x.note(responseByDefault, ir.StatusCode, "", "")
		return ir
	}
	selector := x.selector()
	var first, fallback *integrationResponse
	for _, ir := range x.m.responses {
		if ir.isDefault() {
			if fallback == nil {
				fallback = ir
			}
			continue
		}
		if ir.Pattern == nil || !fits(ir.Pattern, selector) {
			continue
		}
		if first == nil {
			first = ir
		}
		if x.m.kind != openapi.Mock {
			break
		}
		if ir.status == x.mock {
			first = ir
			break
		}
	}
	if first != nil {
		x.note(responseByPattern, first.StatusCode, first.SelectionPattern, selector)
		return first
	}
	if fallback != nil {
		x.note(responseByDefault, fallback.StatusCode, selector, "")
	}
	return fallback
}

// fits reports whether the whole of s matches. One that takes too long does not.
func fits(re *javare.Regexp, s string) bool {
	ok, err := re.MatchWhole(s)
	return ok && err == nil
}

// accept is the first media type the caller accepts; none is application/json.
func (x *exchange) accept() string {
	a, ok := x.headerValue("Accept")
	if !ok {
		return "application/json"
	}
	if a = firstMediaType(a); a == "" {
		return "application/json"
	}
	return a
}

// chooseResponseTemplate chooses by Accept, else application/json, else the
// first (cases response-template-chosen-by-accept,
// response-template-unmatched-accept-prefers-json).
func (x *exchange) chooseResponseTemplate(list []*openapi.Template) *openapi.Template {
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	accept := x.accept()
	var json *openapi.Template
	for _, t := range list {
		if t.ContentType == accept {
			return t
		}
		if t.ContentType == "application/json" {
			json = t
		}
	}
	if json != nil {
		return json
	}
	return list[0]
}

func (x *exchange) mapResponseBody(ir *integrationResponse) *refusal {
	var body []byte
	isBytes := false
	if x.m.kind != openapi.Mock {
		payload, _ := result.Message{Header: x.ires.Header}.Get("Content-Type")
		accept, _ := x.headerValue("Accept")
		var ok bool
		body, isBytes, ok = convertResponse(x.ires.Body, x.v.binary.has(payload), x.v.binary.has(accept), x.m.lambda, ir.ContentHandling)
		if !ok {
			return x.misconfigured("Execution failed due to configuration error: Unable to base64 decode the body.", becauseResponseNotBase64, ir.ContentHandling, "", "")
		}
	}
	x.scope.SetBody(body) // a mock's request body is never seen on this side (recorded)
	t := x.chooseResponseTemplate(ir.ResponseTemplates)
	if t == nil {
		x.respBody = body
		return nil
	}
	if isBytes {
		// Even if the bytes are text (recorded with S3).
		return x.misconfigured("Execution failed due to configuration error: Unable to transform response", becauseTemplateOverBytes, t.ContentType, "", "")
	}
	x.note(responseTemplateUsed, t.ContentType, "", "")
	x.cover(t.Element)
	if t.Compiled == nil {
		return x.misconfigured("Execution failed due to configuration error: Unable to transform response", becauseResponseTemplateFails, t.ContentType, errText(t.Err), "")
	}
	out, err := x.render(x.out[:0], t, responseSide)
	x.out = out
	if err != nil {
		return x.misconfigured("Execution failed due to configuration error: Unable to transform response", becauseResponseTemplateFails, t.ContentType, errText(err), "")
	}
	x.respBody = out
	x.contentType = t.ContentType
	return nil
}

// mapResponseHeaders maps headers. Those of the backend that no mapping names
// stay behind (recorded).
func (x *exchange) mapResponseHeaders(ir *integrationResponse) *refusal {
	x.takeResponseHeaders()
	for i := range ir.headers {
		p := &ir.headers[i]
		if p.Expr == nil {
			continue
		}
		values, ok, err := p.Expr.Values(x.scope)
		if err != nil {
			return x.misconfigured("Execution failed due to configuration error: Unable to transform response", becauseResponseNotJSON, p.Target, p.Source.Text, "")
		}
		if !ok {
			x.note(mappingSourceMissing, p.Target, p.Source.Text, "")
			continue
		}
		x.setHeader(p.name, strings.Join(values, ","))
	}
	return nil
}

// setHeader sets a header of the method response under the name it goes out with.
func (x *exchange) setHeader(name, value string) {
	newName, keep := integration.ResponseHeader(x.m.kind, name, true)
	switch {
	case !keep:
		x.note(headerDropped, name, "", "")
		return
	case strings.EqualFold(newName, "Content-Type"):
		x.contentType = value
		return
	case newName != name:
		x.note(headerRenamed, name, newName, "")
	}
	for i := range x.respHeader {
		if strings.EqualFold(x.respHeader[i].Name, newName) {
			x.respHeader[i] = result.Header{Name: newName, Value: value}
			return
		}
	}
	x.respHeader = append(x.respHeader, result.Header{Name: newName, Value: value})
}

// overrideResponse lets what templates assigned to $context.responseOverride
// win, a mock's request template among them (case
// mock-response-override-from-request-template). A status need not be declared
// (case lambda-custom-response-override-status); one that is no status is ignored.
func (x *exchange) overrideResponse() {
	o := x.scope.ResponseOverride
	if o == nil {
		return
	}
	if v, ok := o.Get("status"); ok {
		if status, ok := overrideStatus(v); ok {
			x.noteNumbers(statusOverridden, "", float64(status), float64(x.status))
			x.status = status
		}
	}
	if h := member(o, "header"); h != nil {
		for name, v := range h.All() {
			if a, ok := v.(*ordered.Array); ok {
				values := make([]string, len(a.Items))
				for i, item := range a.Items {
					values[i] = scalarText(item)
				}
				x.setHeader(name, strings.Join(values, ","))
				continue
			}
			x.setHeader(name, scalarText(v))
		}
	}
}

// overrideStatus reads a status a template assigned: an integer, or its text.
func overrideStatus(v any) (int, bool) {
	n, err := strconv.Atoi(scalarText(v))
	return n, err == nil && n >= 100 && n <= 599
}

// statusNumber reads a status code of the document.
func statusNumber(code string) int {
	n, err := strconv.Atoi(code)
	if err != nil || n < 100 || n > 599 {
		return 500
	}
	return n
}

// proxyFunction passes on what a function behind AWS_PROXY answered. Its body is
// decoded only if the function says it is base64 and the caller accepts a binary
// type; the answer's own Content-Type does not matter (cases binary-*).
func (x *exchange) proxyFunction() *refusal {
	x.status = x.ires.Status
	x.respBody = x.ires.Body
	if x.ires.Base64 {
		accept, _ := x.headerValue("Accept")
		if x.v.binary.has(accept) {
			body, ok := decode64(x.ires.Body)
			if !ok {
				return x.misconfigured("Execution failed due to configuration error: Unable to base64 decode the body.", becauseResponseNotBase64, "", "", "")
			}
			x.respBody = body
		}
	}
	x.passHeaders()
	return nil
}

// proxyBackend passes on what an HTTP_PROXY backend answered.
func (x *exchange) proxyBackend() *refusal {
	x.status = x.ires.Status
	payload, _ := result.Message{Header: x.ires.Header}.Get("Content-Type")
	accept, _ := x.headerValue("Accept")
	body, _, ok := convertResponse(x.ires.Body, x.v.binary.has(payload), x.v.binary.has(accept), false, x.m.Integration.ContentHandling)
	if !ok {
		return x.misconfigured("Execution failed due to configuration error: Unable to base64 decode the body.", becauseResponseNotBase64, x.m.Integration.ContentHandling, "", "")
	}
	x.respBody = body
	x.passHeaders()
	return nil
}

// passHeaders sends a backend's headers on, some renamed or dropped.
func (x *exchange) passHeaders() {
	for _, h := range x.ires.Header {
		if strings.EqualFold(h.Name, "Content-Type") {
			x.contentType = h.Value
			continue
		}
		name, keep := integration.ResponseHeader(x.m.kind, h.Name, false)
		if !keep {
			x.note(headerDropped, h.Name, "", "")
			continue
		}
		if name != h.Name {
			x.note(headerRenamed, h.Name, name, "")
		}
		x.respHeader = append(x.respHeader, result.Header{Name: name, Value: h.Value})
	}
}
