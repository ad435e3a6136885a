package integration

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// doLambda invokes the function of an AWS integration: the body is the event,
// the result is the response's body, and whether it failed is for the selection
// patterns to say.
func (i *Integrations) doLambda(ctx context.Context, req *Request) (*Response, error) {
	in := i.invocation(req)
	if len(in.Payload) == 0 {
		in.Payload = []byte("{}") // a function always gets an event: recorded
	}
	kind := ""
	for _, h := range req.Header { // Lambda's own headers, which only mappings can set
		switch {
		case strings.EqualFold(h.Name, "X-Amz-Invocation-Type"):
			kind = h.Value
		case strings.EqualFold(h.Name, "X-Amz-Client-Context"):
			in.ClientContext = h.Value
		}
	}
	in.Async = kind == "Event"
	r, s, f := i.invoke(ctx, req, &in)
	if f != nil {
		return nil, f
	}
	if in.Async {
		// Lambda says 202 with an empty body; which response that is, the
		// patterns don't ask (case lambda-custom-async-invocation).
		return &Response{Status: http.StatusAccepted, Function: functionName(in, r), Stub: s}, nil
	}
	out := &Response{
		Status: http.StatusOK, Body: r.Payload, Function: functionName(in, r), Stub: s,
		Header: []result.Header{
			{Name: "Content-Type", Value: "application/json"},
			{Name: "X-Amz-Executed-Version", Value: r.Version},
			{Name: "x-amzn-RequestId", Value: r.RequestID},
		},
	}
	if s == nil {
		out.Call = CallOf(out.Function, r)
	}
	if req.TraceID != "" {
		out.Header = append(out.Header, result.Header{Name: "X-Amzn-Trace-Id", Value: req.TraceID})
	}
	if r.FunctionError != "" {
		out.IsError, out.Error = true, errorMessage(r.Payload)
		out.Header = append(out.Header, result.Header{Name: "X-Amz-Function-Error", Value: r.FunctionError})
	}
	return out, nil
}

// doProxy invokes the function of an AWS_PROXY integration with the event in
// the request's body, and reads its result as a response.
func (i *Integrations) doProxy(ctx context.Context, req *Request) (*Response, error) {
	in := i.invocation(req)
	r, s, f := i.invoke(ctx, req, &in)
	if f != nil {
		return nil, f
	}
	name := functionName(in, r)
	if r.FunctionError != "" {
		message := errorMessage(r.Payload)
		f := integrationFailure(http.StatusBadGateway, result.Event{Decision: functionFailed, A: name, B: message, C: r.RequestID},
			"Lambda execution failed with status 200 due to customer function error: "+message+". Lambda request id: "+r.RequestID)
		f.Call = CallOf(name, r)
		return nil, f
	}
	out, err := ParseProxyResult(r.Payload)
	if err != nil {
		f := integrationFailure(http.StatusBadGateway, result.Event{Decision: proxyMalformed, A: name, B: err.Error(), C: r.RequestID},
			"Execution failed due to configuration error: Malformed Lambda proxy response")
		f.Call = CallOf(name, r)
		return nil, f
	}
	out.Function, out.Stub = name, s
	if s == nil {
		out.Call = CallOf(name, r)
	}
	return out, nil
}

// CallOf is what a report says of a call whose result is r; function is
// name:version.
func CallOf(function string, r *lambda.Result) *result.FunctionCall {
	return &result.FunctionCall{
		Function: function, RequestID: r.RequestID, Failed: r.FunctionError != "", Log: r.Log,
		Duration: r.Duration, InitDuration: r.InitDuration,
	}
}

func (i *Integrations) invocation(req *Request) lambda.Invocation {
	in := lambda.Invocation{Payload: req.Body, TraceID: req.TraceID, Timeout: req.Timeout}
	if req.Integration.Credentials == "" { // with a role, the function's own policy isn't asked (AWS docs: API Gateway permissions model)
		in.SourceARN = req.SourceARN
	}
	return in
}

// functionName names what ran: "ItemsFunction:3".
func functionName(in lambda.Invocation, r *lambda.Result) string {
	if r == nil || r.Version == "" {
		return in.Function
	}
	return in.Function + ":" + r.Version
}

// invoke runs the function a request's URI names, which it notes in in; without
// a function, or where Lambda itself would refuse, it is a Failure; or the
// result is that of a stub, which stands beside it.
func (i *Integrations) invoke(ctx context.Context, req *Request, in *lambda.Invocation) (*lambda.Result, *Stub, *Failure) {
	if req.HTTPMethod != "" && req.HTTPMethod != http.MethodPost {
		return nil, nil, integrationFailure(http.StatusInternalServerError, result.Event{Decision: integrationMethod, A: req.HTTPMethod},
			"Execution failed due to configuration error: Invalid permissions on Lambda function")
	}
	uri, err := openapi.ParseFunctionURI(req.URI)
	if err != nil {
		if s := i.stubFor(req); s != nil && Unresolved(req.Integration.URI.Text) != "" {
			in.Function = Unresolved(req.Integration.URI.Text)
			return s.result(req.Integration.Type), s, nil
		}
		return nil, nil, configurationError(result.Event{Decision: invalidEndpoint, A: req.URI, B: err.Error()}, "Invalid endpoint address")
	}
	in.Function, in.Qualifier = uri.Name, uri.Qualifier
	var r *lambda.Result
	err = lambda.ErrNoFunction
	if i.functions != nil {
		r, err = i.functions.Invoke(ctx, *in)
	}
	if errors.Is(err, lambda.ErrNoFunction) {
		if s := i.stubFor(req); s != nil {
			return s.result(req.Integration.Type), s, nil
		}
	}
	if err != nil {
		return nil, nil, lambdaFailure(ctx, in, err)
	}
	return r, nil, nil
}

// permissionLine is what AWS logs for a function that is not there, too.
const permissionLine = "Invalid permissions on Lambda function"

// lambdaFailure says what becomes of an invocation Lambda did not make.
func lambdaFailure(ctx context.Context, in *lambda.Invocation, err error) *Failure {
	var unavailable *lambda.UnavailableError
	switch {
	case errors.Is(err, lambda.ErrNoFunction):
		return configurationError(result.Event{Decision: functionMissing, A: in.Function}, permissionLine)
	case errors.Is(err, lambda.ErrNoAlias):
		return configurationError(result.Event{Decision: aliasMissing, A: in.Function, B: in.Qualifier}, permissionLine)
	case errors.Is(err, lambda.ErrNoPermission):
		return configurationError(result.Event{Decision: functionForbidden, A: in.Function, B: in.SourceARN}, permissionLine)
	case errors.Is(err, lambda.ErrThrottled):
		return integrationFailure(http.StatusInternalServerError, result.Event{Decision: functionThrottled, A: in.Function},
			"Lambda invocation failed with status: 429. Lambda request id: "+in.RequestID)
	case errors.Is(err, lambda.ErrTooLarge):
		return &Failure{
			Type: "REQUEST_TOO_LARGE", Status: http.StatusRequestEntityTooLarge, Message: requestTooLong,
			ErrorType: "BadRequestException", LogLine: "Execution failed due to configuration error: Request Too Long",
			Event: result.Event{Decision: payloadTooLarge, A: in.Function},
		}
	case errors.Is(err, lambda.ErrNotJSON):
		return notJSON(in)
	case errors.Is(err, lambda.ErrIntegrationTimeout):
		return timeoutFailure(in.Function, float64(in.Timeout/time.Millisecond))
	case errors.As(err, &unavailable):
		return integrationFailure(http.StatusInternalServerError,
			result.Event{Decision: functionUnavailable, A: in.Function + ":" + unavailable.Version, B: unavailable.Reason, C: unavailable.RequestID},
			"Execution failed due to configuration error: "+unavailable.Error())
	case ctx.Err() != nil:
		return networkFailure(result.Event{Decision: clientGone, A: in.Function})
	}
	return integrationFailure(http.StatusInternalServerError,
		result.Event{Decision: functionUnavailable, A: in.Function, B: err.Error(), C: in.RequestID},
		"Execution failed due to configuration error: "+err.Error())
}

// notJSON is Lambda's own 400, which reaches the caller (AWS docs: Lambda
// Invoke, InvalidRequestContentException). guess: the text after the colon.
func notJSON(in *lambda.Invocation) *Failure {
	_, err := ordered.Parse(in.Payload)
	reason := "Unrecognized token"
	if err != nil {
		reason = err.Error()
	}
	return &Failure{
		Type: "BAD_REQUEST_BODY", Status: http.StatusBadRequest, ErrorType: "BadRequestException",
		Message: "Could not parse request body into json: " + reason,
		LogLine: "Lambda invocation failed with status: 400. Lambda request id: " + strconv.Quote(in.RequestID),
		Event:   result.Event{Decision: payloadNotJSON, A: in.Function, B: reason},
	}
}

// errorMessage is what selection patterns are matched against: errorMessage of
// a function error, empty if there is none.
func errorMessage(payload []byte) string {
	v, err := ordered.Parse(payload)
	if err != nil {
		return ""
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return ""
	}
	switch m, _ := o.Get("errorMessage"); m := m.(type) {
	case string:
		return m
	case nil:
		return ""
	default:
		return string(ordered.Append(nil, m))
	}
}
