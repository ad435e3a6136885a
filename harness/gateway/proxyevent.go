package gateway

import (
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// mapProxyEvent makes the event of a Lambda proxy integration. Mappings and
// templates play no part (recorded).
func (x *exchange) mapProxyEvent() *refusal {
	e := x.event()
	if len(x.body) > 0 {
		contentType, _ := x.headerValue("Content-Type")
		e.HasBody = true
		if x.v.binary.has(contentType) {
			e.Body, e.IsBase64 = encode64(x.body), true
		} else {
			e.Body = utf8Text(x.body)
		}
	}
	x.rendered = integration.ProxyEvent(x.rendered[:0], e)
	x.setBody(x.rendered, true)
	x.ireq.URI = x.m.uri
	x.ireq.TraceID = x.traceIDText()
	x.ireq.RequestID = x.requestIDText()
	x.ireq.SourceARN = x.sourceARN()
	return nil
}

// event is what functions are told of the request, without its body.
func (x *exchange) event() *integration.Event {
	agent, _ := x.headerValue("User-Agent")
	e := &integration.Event{
		Resource:   x.m.Resource.Path,
		Path:       x.path,
		HTTPMethod: x.verb,
		Header:     integration.EventHeaders(nil, x.header, x.domainName(), x.sourceIP(), x.traceIDText()),
		Query:      x.scope.Query,
		Variables:  x.v.variables,
		Context: integration.EventContext{
			ResourceID:        x.m.Resource.ID,
			Authorizer:        x.caller.context,
			ResourcePath:      x.m.Resource.Path,
			OperationName:     x.m.OperationName,
			HTTPMethod:        x.verb,
			ExtendedRequestID: x.extendedRequestID(),
			Time:              x.now,
			Path:              x.contextPath,
			AccountID:         x.w.settings.AccountID,
			Protocol:          x.protocol(),
			Stage:             x.stageName(),
			DomainPrefix:      x.st.APIID,
			RequestID:         x.requestIDText(),
			Identity:          integration.EventIdentity{SourceIP: x.sourceIP(), UserAgent: agent},
			DomainName:        x.domainName(),
			DeploymentID:      x.v.options.ID,
			APIID:             x.st.APIID,
		},
	}
	for _, p := range x.pathParams {
		// Not decoded (case routing-percent-encoded-path-stays-encoded).
		e.PathParams = append(e.PathParams, mapping.Param{Name: p.name, Values: []string{p.value}})
	}
	if x.key != nil {
		e.Context.Identity.APIKey, e.Context.Identity.APIKeyID = x.key.Value, x.key.ID
	}
	if x.st.canary != nil {
		canary := x.v.canary
		e.Context.IsCanary = &canary
	}
	return e
}
