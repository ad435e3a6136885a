package gateway

import (
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
)

// A responseType is a gateway response type: an answer of the gateway's own
// with what it says unless the API customises it [AWS docs: Gateway response
// types for API Gateway]. Messages and error types are those of real answers.
type responseType struct {
	name      string // empty: not a gateway response, can't be customised
	status    int
	message   string
	null      bool // the message is null
	errorType string
	// executing says the error is raised while executing: its message string then
	// has a blank before the quote (case lambda-proxy-integration-timeout-is-504).
	executing bool
	// key is what the default body calls the message (case
	// authorizer-request-implicit-deny-text).
	key string
}

var (
	accessDenied               = responseType{name: "ACCESS_DENIED", status: 403, message: "User is not authorized to access this resource", errorType: "AccessDeniedException", key: "Message"}
	apiConfigurationError      = responseType{name: "API_CONFIGURATION_ERROR", status: 500, message: "Internal server error", errorType: "InternalServerErrorException", executing: true}
	authorizerConfiguration    = responseType{name: "AUTHORIZER_CONFIGURATION_ERROR", status: 500, null: true, errorType: "AuthorizerConfigurationException"}
	authorizerFailure          = responseType{name: "AUTHORIZER_FAILURE", status: 500, null: true, errorType: "AuthorizerFailureException"}
	badRequestBody             = responseType{name: "BAD_REQUEST_BODY", status: 400, message: "Invalid request body", errorType: "BadRequestException", executing: true}
	badRequestParameters       = responseType{name: "BAD_REQUEST_PARAMETERS", status: 400, message: "Missing required request parameters", errorType: "BadRequestException", executing: true}
	expiredToken               = responseType{name: "EXPIRED_TOKEN", status: 403, message: "The security token included in the request is expired", errorType: "ExpiredTokenException"}
	integrationFailure         = responseType{name: "INTEGRATION_FAILURE", status: 500, message: "Internal server error", errorType: "InternalServerErrorException", executing: true}
	integrationTimeout         = responseType{name: "INTEGRATION_TIMEOUT", status: 504, message: "Endpoint request timed out", errorType: "InternalServerErrorException", executing: true}
	invalidAPIKey              = responseType{name: "INVALID_API_KEY", status: 403, message: "Forbidden", errorType: "ForbiddenException"}
	invalidSignature           = responseType{name: "INVALID_SIGNATURE", status: 403, errorType: "InvalidSignatureException"}
	missingAuthenticationToken = responseType{name: "MISSING_AUTHENTICATION_TOKEN", status: 403, message: "Missing Authentication Token", errorType: "MissingAuthenticationTokenException"}
	quotaExceeded              = responseType{name: "QUOTA_EXCEEDED", status: 429, message: "Limit Exceeded", errorType: "LimitExceededException"}
	requestTooLarge            = responseType{name: "REQUEST_TOO_LARGE", status: 413, message: "Request Too Long", errorType: "BadRequestException", executing: true}
	resourceNotFound           = responseType{name: "RESOURCE_NOT_FOUND", status: 404, message: "Not Found", errorType: "NotFoundException"}
	throttled                  = responseType{name: "THROTTLED", status: 429, message: "Too Many Requests", errorType: "TooManyRequestsException"}
	unauthorized               = responseType{name: "UNAUTHORIZED", status: 401, message: "Unauthorized", errorType: "UnauthorizedException"}
	unsupportedMediaType       = responseType{name: "UNSUPPORTED_MEDIA_TYPE", status: 415, message: "Unsupported Media Type", errorType: "BadRequestException", executing: true}
	wafFiltered                = responseType{name: "WAF_FILTERED", status: 403, message: "Forbidden", errorType: "ForbiddenException"}
)

// responseTypes are all that an API can customise, DEFAULT_4XX and DEFAULT_5XX aside.
var responseTypes = []*responseType{
	&accessDenied, &apiConfigurationError, &authorizerConfiguration, &authorizerFailure, &badRequestBody,
	&badRequestParameters, &expiredToken, &integrationFailure, &integrationTimeout, &invalidAPIKey,
	&invalidSignature, &missingAuthenticationToken, &quotaExceeded, &requestTooLarge, &resourceNotFound,
	&throttled, &unauthorized, &unsupportedMediaType, &wafFiltered,
}

// Answers given before there is an API whose gateway responses could be asked.
var (
	forbidden = responseType{status: 403, message: "Forbidden", errorType: "ForbiddenException"}
	// guess: what AWS's front door says to a target that is no path.
	badTarget = responseType{status: 400, message: "Bad Request", errorType: "BadRequestException"}
	// guess: no answer to long headers or URLs was shown by anybody.
	headersTooLong = responseType{status: 431, message: "Request Header Fields Too Large", errorType: "RequestHeaderFieldsTooLargeException"}
	uriTooLong     = responseType{status: 414, message: "Request URI too long", errorType: "RequestUriTooLongException"}
	// bodyTooLong is the plain text of the front door, without ids; what
	// REQUEST_TOO_LARGE says has no effect on it (recorded).
	bodyTooLong = responseType{status: 413, message: "HTTP content length exceeded 10485760 bytes."}
)

// typeNamed is the type a neighbour names in a failure.
func typeNamed(name string) *responseType {
	for _, t := range responseTypes {
		if t.name == name {
			return t
		}
	}
	return &integrationFailure
}

// A refusal is an answer of the gateway's own, and a right one.
type refusal struct {
	*responseType
	status     int    // if it differs from the type's
	message    string // if it differs
	errorType  string // if it differs
	validation string // $context.error.validationErrorString
	logLine    string // what the execution log says of it
}

func (r *refusal) statusCode() int {
	if r.status != 0 {
		return r.status
	}
	return r.responseType.status
}

func (r *refusal) messageText() string {
	if r.message != "" {
		return r.message
	}
	return r.responseType.message
}

func (r *refusal) isNull() bool { return r.null && r.message == "" }

func (r *refusal) errorTypeName() string {
	if r.errorType != "" {
		return r.errorType
	}
	return r.responseType.errorType
}

func (r *refusal) typeName() string {
	if r.responseType == nil {
		return ""
	}
	return r.name
}

// refuse ends the exchange's way with an answer of type t; d says why.
func (x *exchange) refuse(t *responseType, d *result.Decision, a, b, c string) *refusal {
	x.refused = refusal{responseType: t}
	x.note(d, a, b, c)
	return &x.refused
}

// refuseWith is refuse with a message of its own.
func (x *exchange) refuseWith(t *responseType, message string, d *result.Decision, a, b, c string) *refusal {
	r := x.refuse(t, d, a, b, c)
	r.message = message
	return r
}

// misconfigured is the 500 of what the document says and can't be done. The
// line is AWS's, for the execution log.
func (x *exchange) misconfigured(line string, d *result.Decision, a, b, c string) *refusal {
	r := x.refuse(&apiConfigurationError, d, a, b, c)
	r.logLine = line
	return r
}

// failed is what the caller sees of a backend that gave no answer.
func (x *exchange) failed(f *integration.Failure) *refusal {
	x.refused = refusal{responseType: typeNamed(f.Type), status: f.Status, message: f.Message, errorType: f.ErrorType, logLine: f.LogLine}
	if x.observed {
		x.trace = append(x.trace, f.Event)
	}
	return &x.refused
}
