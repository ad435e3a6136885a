package integration

import (
	"context"
	"strings"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// Functions invoke Lambda functions: a *lambda.Registry.
type Functions interface {
	// Invoke runs a function. Errors wrap those package lambda names; a
	// function that ran and failed is a result.
	Invoke(ctx context.Context, in lambda.Invocation) (*lambda.Result, error)
}

// Config says what integrations work with.
type Config struct {
	Functions   Functions   // nil: there are no functions
	Network     *Network    // nil: one that reaches loopback only
	Clock       clock.Clock // nil: real time
	Credentials Credentials // for AWS services; zero: a dummy pair
	// Stub says what answers where a function, host or service isn't there; nil,
	// or nil from it: AWS's own refusal.
	Stub func(*openapi.Integration) *Stub
}

// Integrations are the backends of methods, by integration type. They belong
// to one world and may be used from any number of goroutines.
type Integrations struct {
	functions   Functions
	network     *Network
	credentials Credentials
	stub        func(*openapi.Integration) *Stub
}

// New makes Integrations.
func New(c Config) *Integrations {
	i := &Integrations{functions: c.Functions, network: c.Network, credentials: c.Credentials, stub: c.Stub}
	if i.network == nil {
		i.network, _ = NewNetwork(NetworkConfig{}, c.Clock) // nothing in it can be wrong
	}
	if i.credentials == (Credentials{}) {
		i.credentials = dummyCredentials
	}
	return i
}

// Do sends an integration request to what stands behind its method: any type
// but MOCK, which needs no backend (see [MockStatus]). The error is a *[Failure].
// A backend that answers 500 has answered.
func (i *Integrations) Do(ctx context.Context, req *Request) (*Response, error) {
	switch req.Integration.Type {
	case openapi.HTTP, openapi.HTTPProxy:
		return i.doHTTP(ctx, req)
	case openapi.AWSProxy:
		return i.doProxy(ctx, req)
	case openapi.AWS:
		s, ok := parseServiceURI(req.URI)
		switch {
		case ok && s.service == "lambda" && isInvocation(s.path):
			return i.doLambda(ctx, req)
		case ok:
			return i.doService(ctx, req, s)
		case strings.HasPrefix(req.URI, "arn:"):
			return nil, configurationError(result.Event{Decision: invocationUnsupported, A: req.URI,
				B: "want arn:aws:apigateway:REGION:SERVICE:path/... or :action/..."}, "Invalid endpoint address")
		}
		return i.doLambda(ctx, req) // a bare function name, as the console lets one write
	}
	return nil, configurationError(result.Event{Decision: invocationUnsupported, A: string(req.Integration.Type),
		B: "it is no integration type with a backend"}, "Invalid endpoint address")
}

func isInvocation(path string) bool {
	return strings.HasSuffix(path, "/invocations") || strings.HasSuffix(path, "/response-streaming-invocations")
}
