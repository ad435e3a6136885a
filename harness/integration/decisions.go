package integration

import (
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// phase is the name of the phase that takes these decisions.
const phase = "integrate"

// Every way an integration gives no answer, or one AWS would not take.
var (
	backendNotConfigured = &result.Decision{
		ID: "backend-not-configured", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "case http-proxy-network-error-is-504",
		Text:   "nothing here stands for {a}: it is neither under endpoints, backends nor network.allow, and nothing leaves the machine unless named",
	}
	networkError = &result.Decision{
		ID: "network-error", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "case http-proxy-network-error-is-504",
		Text:   "{a} can't be reached or broke off: {b}",
	}
	integrationTimeout = &result.Decision{
		ID: "integration-timeout", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "case lambda-proxy-integration-timeout-is-504",
		Text:   "{a} gave no answer within {n} ms",
	}
	invalidEndpoint = &result.Decision{
		ID: "invalid-endpoint", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "AWS answered 500 to an HTTP integration without a host",
		Text:   "{a} is no endpoint that can be called: {b}",
	}
	invalidHeader = &result.Decision{
		ID: "invalid-integration-header", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "guess",
		Text:   "header {a} can't be sent: its name or value has characters HTTP does not allow",
	}
	responseTooLarge = &result.Decision{
		ID: "integration-response-too-large", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway quotas (payload size); the status is a guess",
		Text:   "{a} answered with more than {n} bytes",
	}
	clientGone = &result.Decision{
		ID: "client-gone", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "guess",
		Text:   "the caller went away while {a} was called",
	}
	integrationMethod = &result.Decision{
		ID: "integration-method-not-post", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "case gateway-response-integration-failure-default-is-500",
		Text:   "a function is invoked with POST, and the integration's httpMethod is {a}",
	}
	functionMissing = &result.Decision{
		ID: "function-not-found", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: Troubleshooting issues with Lambda integrations",
		Text:   "there is no function {a}",
	}
	aliasMissing = &result.Decision{
		ID: "function-alias-not-found", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: Use stage variables, Lambda alias",
		Text:   "function {a} has no version or alias {b}",
	}
	functionForbidden = &result.Decision{
		ID: "function-permission", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: Grant an API permission to invoke a Lambda function",
		Text:   "function {a} does not let {b} invoke it",
	}
	functionThrottled = &result.Decision{
		ID: "function-throttled", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "re:Post: Lambda concurrency and API Gateway status codes",
		Text:   "function {a} has no concurrency left",
	}
	functionUnavailable = &result.Decision{
		ID: "function-unavailable", Phase: phase, Refusal: true, Evidence: openapi.Inferred,
		Source: "guess",
		Text:   "function {a} can't run on this machine: {b} (Lambda request {c})",
	}
	functionFailed = &result.Decision{
		ID: "function-error", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "case lambda-proxy-function-error-is-502",
		Text:   "function {a} failed: {b} (Lambda request {c})",
	}
	proxyMalformed = &result.Decision{
		ID: "malformed-proxy-response", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "case lambda-proxy-unknown-key-is-502",
		Text:   "the result of function {a} is no proxy response: {b} (Lambda request {c})",
	}
	payloadTooLarge = &result.Decision{
		ID: "function-payload-too-large", Phase: phase, Refusal: true, Evidence: openapi.Recorded,
		Source: "AWS answered 413 to a body over Lambda's 6 MB",
		Text:   "the event for function {a} is larger than Lambda takes",
	}
	payloadNotJSON = &result.Decision{
		ID: "function-payload-not-json", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: Lambda Invoke, InvalidRequestContentException",
		Text:   "the integration request for function {a} is not JSON: {b}",
	}
	invocationUnsupported = &result.Decision{
		ID: "integration-unsupported", Phase: phase, Refusal: true, Evidence: openapi.Documented,
		Source: "AWS docs: AWS_PROXY supports Lambda functions only",
		Text:   "{a} can't be called: {b}",
	}
)

// Decisions are all decisions of this package.
func Decisions() []*result.Decision {
	return []*result.Decision{
		backendNotConfigured, networkError, integrationTimeout, invalidEndpoint, invalidHeader,
		responseTooLarge, clientGone, integrationMethod, functionMissing, aliasMissing,
		functionForbidden, functionThrottled, functionUnavailable, functionFailed,
		proxyMalformed, payloadTooLarge, payloadNotJSON, invocationUnsupported,
	}
}

// What callers are told.
const (
	internalError    = "Internal server error"
	endpointTimedOut = "Endpoint request timed out"
	endpointNetwork  = "Network error communicating with endpoint"
	requestTooLong   = "Request Too Long"
)

// configurationError is a 500 because of how the API is set up.
func configurationError(e result.Event, line string) *Failure {
	return &Failure{
		Type: "API_CONFIGURATION_ERROR", Status: 500, Message: internalError,
		LogLine: "Execution failed due to configuration error: " + line, Event: e,
	}
}

// integrationFailure is a backend that failed, with the status AWS really
// sends: 500 or 502 although the type is listed as 504.
func integrationFailure(status int, e result.Event, line string) *Failure {
	return &Failure{
		Type: "INTEGRATION_FAILURE", Status: status, Message: internalError, LogLine: line, Event: e,
	}
}

func timeoutFailure(backend string, millis float64) *Failure {
	return &Failure{
		Type: "INTEGRATION_TIMEOUT", Status: 504, Message: endpointTimedOut,
		LogLine: "Execution failed due to a timeout error",
		Event:   result.Event{Decision: integrationTimeout, A: backend, N: millis},
	}
}

func networkFailure(e result.Event) *Failure {
	return &Failure{
		Type: "INTEGRATION_FAILURE", Status: 504, Message: endpointNetwork,
		LogLine: "Execution failed due to a network error communicating with endpoint", Event: e,
	}
}
