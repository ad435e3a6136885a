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
	Error    string // AWS (Lambda): the errorMessage of a function error, for selection
	IsError  bool   // AWS (Lambda): the function failed
	Base64   bool   // AWS_PROXY: Body was flagged isBase64Encoded
	Function string // name:version that ran, for the trace
	Log      string // the function's log
}

// A Failure is a backend that gave no answer, or one AWS would not take. Its
// Decision says what the caller sees.
type Failure struct {
	Type      string       // gateway response type: INTEGRATION_FAILURE, INTEGRATION_TIMEOUT, API_CONFIGURATION_ERROR, REQUEST_TOO_LARGE, BAD_REQUEST_BODY
	Status    int          // the status without a customised gateway response: 500, 502, 504, 413, 400
	Message   string       // "Internal server error", "Endpoint request timed out", "Network error communicating with endpoint"
	ErrorType string       // x-amzn-errortype; empty: the type's own
	LogLine   string       // in AWS's words: "Execution failed due to configuration error: ..."
	Event     result.Event // the reason, with evidence
}

func (f *Failure) Error() string { return f.Message }

// Keep these signatures:
//
//	type Functions interface { Invoke(ctx context.Context, in lambda.Invocation) (*lambda.Result, error) }
//	type Config struct { Functions Functions; Network *Network; Clock clock.Clock }
//	func New(Config) *Integrations
//	func (i *Integrations) Do(ctx context.Context, req *Request) (*Response, error) // by type and URI; error is *Failure. MOCK: the gateway, with MockStatus
//	func InvokeFunction(ctx, f Functions, req *Request) ... is inside Do; authorizers call Functions.Invoke themselves
//	func ParseProxyResult(payload []byte) (*Response, error) // AWS_PROXY's rules; error: malformed
//	// building the URI:
//	func FillPath(uri string, value func(name string) (string, bool)) string // {name} of integration.request.path.*, escaped; others stay
//	func AppendQuery(uri string, params mapping.Params) string               // names and values are escaped
//	// header tables: headers.go. Events: event.go
//	// Network: endpoints, stub backends, allow list, service stubs
//	type NetworkConfig struct { Endpoints map[string]string; Backends map[string]Backend; Allow []string; Clients *Clients /* shared connections; nil: its own */ }
//	type Backend struct { Routes []Route; Answer *Answer; Echo bool }; Route{Method, Path string; Answer}; Answer{Status int; Header []result.Header; Body []byte; Delay time.Duration; Unreachable bool}
//	func NewNetwork(NetworkConfig, clock.Clock) (*Network, error)
//	func (n *Network) SetAnswers(target string, answers []Answer) error // target "http://host" or "http://host/path" or service "sqs"; a sequence, the last repeats
//	func (n *Network) SetDelay(target string, d time.Duration) error; SetUnreachable(target string) error
//	func (n *Network) Received(target string) []BackendRequest       // {Method, Path, Query string; Header []result.Header; Body []byte}
//	func (n *Network) Unreachable(api *openapi.API, vars map[string]string) []string     // hosts and services the document names that nothing here answers, for the start lines
//	func (n *Network) Reset(); Close()
