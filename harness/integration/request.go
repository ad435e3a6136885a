// Package integration is what stands behind a method: one file for each
// integration type, the header tables, signing, and the rule that nothing
// leaves the machine unless it is named.
//
// It promises nothing to other modules.
package integration

import (
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// A Request is an integration request: mapped, interpolated, ready to go.
type Request struct {
	Integration              *openapi.Integration
	HTTPMethod               string // of the backend call; ANY is resolved
	URI                      string // stage variables and path parameters filled in, query appended
	Header                   []result.Header
	Body                     []byte
	HasBody                  bool          // false: nothing is sent at all
	Timeout                  time.Duration // on the gateway's clock
	Region, AccountID, APIID string
	TraceID                  string // for X-Amzn-Trace-Id
	SourceARN                string // arn:aws:execute-api:... of the method, for permissions
	RequestID                string
	ClientMethod             string // of the method request
}

// A Response is a backend's answer, yet to be mapped.
type Response struct {
	Status   int
	Header   []result.Header
	Body     []byte
	Error    string               // AWS (Lambda): the errorMessage of a function error, for selection
	IsError  bool                 // AWS (Lambda): the function failed
	Base64   bool                 // AWS_PROXY: Body was flagged isBase64Encoded
	Function string               // name:version that ran, for the trace
	Call     *result.FunctionCall // what ran, if it was waited for
	Stub     *Stub                // nothing stands there: this answered
}

// A Failure is a backend that gave no answer, or one AWS would not take. Its
// Decision says what the caller sees.
type Failure struct {
	Type      string               // gateway response type: INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, API_CONFIGURATION_ERROR, REQUEST_TOO_LARGE, BAD_REQUEST_BODY
	Status    int                  // the status without a customised gateway response: 500, 502, 504, 413, 400
	Message   string               // "Internal server error", "Endpoint request timed out", "Network error communicating with endpoint"
	ErrorType string               // x-amzn-errortype; empty: the type's own
	LogLine   string               // in AWS's words: "Execution failed due to configuration error: ..."
	Event     result.Event         // the reason, with evidence
	Call      *result.FunctionCall // the function that ran before it, if one did
}

func (f *Failure) Error() string { return f.Message }
