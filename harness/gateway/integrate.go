package gateway

import (
	"context"
	"errors"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// integrate calls the backend. A mock's is its own request template.
func (x *exchange) integrate(ctx context.Context) *refusal {
	if x.m.kind == openapi.Mock {
		status, err := integration.MockStatus(x.ireq.Body)
		if err != nil {
			return x.misconfigured("Execution failed due to configuration error: "+err.Error(), becauseMockStatus, "", "", "")
		}
		x.mock = status
		x.noteNumbers(mockAnswered, "", float64(status), 0)
		return nil
	}
	if x.req.watch != nil {
		var stop func()
		ctx, stop = x.req.watch(ctx)
		defer stop()
	}
	sent := x.g.clock.Now()
	res, err := x.g.integrations.Do(ctx, &x.ireq)
	if err != nil {
		var f *integration.Failure
		if errors.As(err, &f) {
			x.noteCall(f.Call)
			x.logEndpointRequest(sent, f)
			return x.failed(f)
		}
		r := x.refuse(&integrationFailure, becauseIntegrationFailed, string(x.m.kind), err.Error(), "")
		r.logLine = "Execution failed due to an internal error"
		return r
	}
	x.ires = res
	x.logEndpointRequest(sent, nil)
	x.noteCall(res.Call)
	if res.Stub != nil {
		x.note(stubAnswered, x.backendName(res), res.Stub.From, "")
	} else if res.Function != "" {
		x.note(functionAnswered, res.Function, res.Error, "")
	} else {
		x.noteNumbers(backendAnswered, x.ireq.URI, float64(res.Status), 0)
	}
	x.logEndpointResponse(x.g.clock.Now().Sub(sent))
	return nil
}

// noteCall keeps a call of a function, if somebody reads it.
func (x *exchange) noteCall(c *result.FunctionCall) {
	if c != nil && x.observed {
		x.functions = append(x.functions, *c)
	}
}

// backendName is what a stub answered for: a function by its name, else the URI.
func (x *exchange) backendName(res *integration.Response) string {
	if res.Function != "" {
		return "the function " + res.Function
	}
	return x.ireq.URI
}
