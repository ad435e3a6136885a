package gateway

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func illegalHeader(t openapi.IntegrationType, name string) bool {
	return integration.IllegalMapped(t, name)
}

// mapRequest makes the integration request: content handling, template,
// parameter mappings, overrides.
func (x *exchange) mapRequest(context.Context) *refusal {
	in := x.m.Integration
	if in == nil {
		return x.misconfigured("Execution failed due to configuration error: No integration defined for method", becauseIntegrationMissing, x.m.HTTPMethod, x.m.Resource.Path, "")
	}
	if x.m.illegal != "" {
		return x.misconfigured("Execution failed due to configuration error: Illegal header mapping", becauseHeaderIllegal, x.m.illegal, string(x.m.kind), "")
	}
	x.ireq = integration.Request{
		Integration:  in,
		HTTPMethod:   in.HTTPMethod,
		Timeout:      integrationTimeoutOf(in),
		Region:       x.w.settings.Region,
		AccountID:    x.w.settings.AccountID,
		APIID:        x.st.APIID,
		ClientMethod: x.verb,
	}
	if x.m.kind == openapi.AWSProxy {
		return x.mapProxyEvent()
	}
	if r := x.mapBody(in); r != nil {
		return r
	}
	if x.m.kind == openapi.Mock {
		return nil // mapped parameters go nowhere
	}
	return x.mapParameters()
}

// integrationTimeoutOf is how long AWS waits for an integration [AWS docs:
// Amazon API Gateway quotas].
func integrationTimeoutOf(in *openapi.Integration) time.Duration {
	ms := in.TimeoutInMillis
	if ms <= 0 {
		ms = 29000
	}
	return time.Duration(ms) * time.Millisecond
}

// mapBody applies contentHandling, and the template for the Content-Type.
func (x *exchange) mapBody(in *openapi.Integration) *refusal {
	contentType, _ := x.headerValue("Content-Type")
	binary := x.v.binary.has(contentType)
	body, isBytes, ok := convertRequest(x.body, binary, in.ContentHandling)
	if !ok {
		return x.misconfigured("Execution failed due to configuration error: Unable to base64 decode the body.", becauseRequestNotBase64, in.ContentHandling, "", "")
	}
	x.scope.SetBody(body)
	if x.m.kind == openapi.HTTPProxy {
		x.setBody(body, len(x.body) > 0)
		return nil
	}
	t, r := x.chooseRequestTemplate(in, contentType)
	if r != nil {
		return r
	}
	if t == nil {
		if len(body) == 0 && x.m.lambda {
			body = append(x.rendered[:0], "{}"...) // (case lambda-custom-passthrough: no body is an empty event)
			x.rendered = body
		}
		x.setBody(body, len(body) > 0)
		return nil
	}
	// A template reads text. Bytes that are none end the call (case
	// request-template-over-decoded-bytes-is-500), and so does a binary type that
	// is not converted: preflights to mocks of APIs with */* fail for that (well
	// known; guess: it does not matter what the bytes are).
	if isBytes && (in.ContentHandling == "" || !utf8.Valid(body)) {
		return x.misconfigured("Execution failed due to configuration error: Unable to transform request", becauseTemplateOverBytes, t.ContentType, "", "")
	}
	x.note(requestTemplateUsed, t.ContentType, "", "")
	x.cover(t.Element)
	if t.Compiled == nil {
		return x.misconfigured("Execution failed due to configuration error: Unable to transform request", becauseRequestTemplateFails, t.ContentType, errText(t.Err), "")
	}
	out, err := x.render(x.rendered[:0], t, requestSide)
	x.rendered = out
	if errors.Is(err, mapping.ErrPayload) {
		return x.refuseWith(&badRequestBody, "Could not process payload", becausePayloadUnreadable, t.ContentType, errText(err), "")
	}
	if err != nil {
		return x.misconfigured("Execution failed due to configuration error: Unable to transform request", becauseRequestTemplateFails, t.ContentType, errText(err), "")
	}
	x.setBody(out, true)
	return nil
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// setBody sets the integration request's body. Those of GET, HEAD and OPTIONS
// are not sent (inferred).
func (x *exchange) setBody(body []byte, has bool) {
	x.ireq.Body = body
	x.ireq.HasBody = has
}

// chooseRequestTemplate finds the template for a Content-Type: its MIME part,
// none counts as application/json, then $default (inferred). Without one,
// passthroughBehavior decides [AWS docs: Method request behavior for payloads
// without mapping templates].
func (x *exchange) chooseRequestTemplate(in *openapi.Integration, contentType string) (*openapi.Template, *refusal) {
	mime := firstMediaType(contentType)
	if mime == "" {
		mime = "application/json"
	}
	var fallback *openapi.Template
	for _, t := range in.RequestTemplates {
		if t.ContentType == mime || strings.EqualFold(t.ContentType, mime) {
			return t, nil
		}
		if t.ContentType == "$default" {
			fallback = t
		}
	}
	if fallback != nil {
		return fallback, nil
	}
	switch {
	case in.PassthroughBehavior == "NEVER", in.PassthroughBehavior == "WHEN_NO_TEMPLATES" && len(in.RequestTemplates) > 0:
		return nil, x.refuse(&unsupportedMediaType, becauseNoTemplate, mime, in.PassthroughBehavior, "")
	}
	x.note(bodyPassedThrough, mime, in.PassthroughBehavior, "")
	return nil, nil
}

// mapParameters makes headers, query and path of the integration request.
func (x *exchange) mapParameters() *refusal {
	var mapped []result.Header
	var query, path mapping.Params
	for i := range x.m.requests {
		p := &x.m.requests[i]
		if p.Expr == nil {
			continue
		}
		values, ok, err := p.Expr.Values(x.scope)
		if err != nil {
			r := x.refuseWith(&badRequestBody, "Invalid JSON in request body", becauseBodyNotJSON, p.Target, p.Source.Text, "")
			return r
		}
		if !ok {
			x.note(mappingSourceMissing, p.Target, p.Source.Text, "")
			continue // the target is left out (inferred)
		}
		switch p.location {
		case toHeader:
			mapped = append(mapped, result.Header{Name: p.name, Value: strings.Join(values, ",")})
		case toQuery:
			query = append(query, mapping.Param{Name: p.name, Values: values})
		case toPath:
			path = append(path, mapping.Param{Name: p.name, Values: values})
		}
	}
	if o := x.scope.RequestOverride; o != nil {
		mapped = overrideHeaders(mapped, member(o, "header"))
		query = override(query, member(o, "querystring"))
		path = override(path, member(o, "path"))
		for i := range mapped {
			if illegalHeader(x.m.kind, mapped[i].Name) {
				return x.misconfigured("Execution failed due to configuration error: Illegal header mapping", becauseHeaderIllegal, mapped[i].Name, string(x.m.kind), "")
			}
		}
	}
	x.ireq.Header = integration.RequestHeaders(x.ireq.Header[:0], x.m.kind, x.verb, x.header, mapped)
	x.ireq.URI = x.integrationURI(path, query)
	if x.ireq.HTTPMethod == anyVerb || x.ireq.HTTPMethod == "" {
		x.ireq.HTTPMethod = x.verb
	}
	switch x.ireq.HTTPMethod {
	case "GET", "HEAD", "OPTIONS":
		x.setBody(nil, false)
	}
	x.ireq.TraceID = x.traceIDText()
	x.ireq.RequestID = x.requestIDText()
	x.ireq.SourceARN = x.sourceARN()
	return nil
}

func last(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[len(values)-1]
}

// member is the object called name, or nil.
func member(o *ordered.Object, name string) *ordered.Object {
	if o == nil {
		return nil
	}
	v, _ := o.Get(name)
	m, _ := v.(*ordered.Object)
	return m
}

// overrideHeaders lets what a template assigned win over the mappings. A value
// may be a list.
func overrideHeaders(list []result.Header, o *ordered.Object) []result.Header {
	if o == nil {
		return list
	}
	for name, v := range o.All() {
		list = slices.DeleteFunc(list, func(h result.Header) bool { return strings.EqualFold(h.Name, name) })
		if a, ok := v.(*ordered.Array); ok {
			for _, item := range a.Items {
				list = append(list, result.Header{Name: name, Value: scalarText(item)})
			}
			continue
		}
		list = append(list, result.Header{Name: name, Value: scalarText(v)})
	}
	return list
}

// override is overrideHeaders for query and path.
func override(list mapping.Params, o *ordered.Object) mapping.Params {
	if o == nil {
		return list
	}
	for name, v := range o.All() {
		list = slices.DeleteFunc(list, func(p mapping.Param) bool { return p.Name == name })
		values := []string{scalarText(v)}
		if a, ok := v.(*ordered.Array); ok {
			values = values[:0]
			for _, item := range a.Items {
				values = append(values, scalarText(item))
			}
		}
		list = append(list, mapping.Param{Name: name, Values: values})
	}
	return list
}

// scalarText is a value as a header or parameter has it: strings as they are,
// anything else as JSON.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	return string(ordered.Append(nil, v))
}

// integrationURI fills path parameters into the URI and adds the query: what
// the URI has comes first, then the caller's own for HTTP_PROXY, then what is
// mapped (case http-proxy-client-query-passes-and-uri-query-comes-first).
func (x *exchange) integrationURI(path, query mapping.Params) string {
	uri := x.m.uri
	if len(path) > 0 {
		uri = integration.FillPath(uri, func(name string) (string, bool) {
			values := path.Get(name)
			return last(values), values != nil
		})
	}
	if x.m.kind == openapi.HTTPProxy {
		uri = integration.AppendQuery(uri, x.scope.Query)
	}
	return integration.AppendQuery(uri, query)
}

// sourceARN is the ARN of the method that a function's permission names: with
// the resource's path, not the one called.
func (x *exchange) sourceARN() string {
	return "arn:aws:execute-api:" + x.w.settings.Region + ":" + x.w.settings.AccountID + ":" + x.st.APIID + "/" + x.stageName() + "/" + x.m.HTTPMethod + x.m.Resource.Path
}
