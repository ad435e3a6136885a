package gateway

import (
	"context"
	"strings"
)

// validate checks what the method's request validator asks for: parameters,
// then the body; both wrong says parameters only (recorded).
func (x *exchange) validate(context.Context) *refusal {
	v := x.m.RequestValidator
	if v == nil {
		return nil
	}
	if v.ValidateRequestParameters {
		if message, ok := x.v.validator.Parameters(x.m.Method, x.hasParameter); !ok {
			return x.refuseWith(&badRequestParameters, message, becauseParameterMissing, message, "", "")
		}
	}
	if v.ValidateRequestBody && len(x.m.RequestModels) > 0 {
		contentType, _ := x.headerValue("Content-Type")
		if contentType = firstMediaType(contentType); contentType == "" {
			contentType = "application/json"
		}
		detail, model, ok := x.v.validator.Body(x.m.Method, contentType, x.body)
		if !ok {
			r := x.refuse(&badRequestBody, becauseBodyInvalid, model, detail, "")
			r.validation = detail
			r.logLine = "Request body does not match model schema for content type " + contentType + ": " + detail
			return r
		}
		x.note(bodyValid, model, contentType, "")
		x.logf("Request validation succeeded for content type ", contentType)
	}
	return nil
}

// hasParameter reports whether a parameter is there and not blank. Names are
// case-sensitive, those of headers too [AWS docs: Amazon API Gateway important
// notes].
func (x *exchange) hasParameter(location, name string) bool {
	var values []string
	switch location {
	case "path":
		values = x.scope.Path.Get(name)
	case "querystring":
		values = x.scope.Query.Get(name)
	case "header":
		values = x.scope.Header.Get(name)
	}
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return true
		}
	}
	return false
}
