package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// What [Registry.Invoke] may answer instead of a result. The errors it returns
// wrap these and name the function.
var (
	ErrNoFunction         = errors.New("no such function")
	ErrNoAlias            = errors.New("no such version or alias")
	ErrNoPermission       = errors.New("no permission to invoke")
	ErrThrottled          = errors.New("too many environments at work")
	ErrTooLarge           = errors.New("payload too large")
	ErrNotJSON            = errors.New("payload is not JSON")
	ErrIntegrationTimeout = errors.New("no answer within the integration's timeout")
	ErrClosed             = errors.New("the registry is closed")
)

// An UnavailableError says that this machine cannot run a function's code.
type UnavailableError struct {
	Function  string
	Reason    string // what is missing: "python3.13 and python3 are not here"
	Hint      string // what to do about it
	Version   string // that was to run; set by Invoke
	RequestID string // of the call; set by Invoke
}

func unavailable(function, reason, hint string) *UnavailableError {
	return &UnavailableError{Function: function, Reason: reason, Hint: hint}
}

func (e *UnavailableError) Error() string {
	return fmt.Sprintf("function %s cannot run: %s", e.Function, e.Reason)
}

// platformError is the payload of an error that Lambda itself reports.
func platformError(errorType, message string) []byte {
	b := append([]byte(nil), `{"errorType":`...)
	b = ordered.AppendString(b, errorType)
	b = append(b, `,"errorMessage":`...)
	b = ordered.AppendString(b, message)
	return append(b, '}')
}

// timedOutMessage is what the log and the payload say of a function that took
// longer than its timeout.
func timedOutMessage(timeout time.Duration) string {
	return "Task timed out after " + strconv.FormatFloat(timeout.Seconds(), 'f', 2, 64) + " seconds"
}

// timedOut is the payload of a function that took longer than its timeout.
// guess: the form AWS has used since 2024; before, errorMessage was the line of
// the log and stood alone.
func timedOut(requestID string, timeout time.Duration) []byte {
	return platformError("Sandbox.Timedout", "RequestId: "+requestID+" Error: "+timedOutMessage(timeout))
}

// exited is the payload of a function whose process ended before it answered;
// status is "exit status 1", "signal: killed", or "" for a plain exit.
func exited(requestID, status string) []byte {
	if status == "" || status == "exit status 0" {
		return platformError("Runtime.ExitError", "RequestId: "+requestID+" Error: Runtime exited without providing a reason")
	}
	return platformError("Runtime.ExitError", "RequestId: "+requestID+" Error: Runtime exited with error: "+status)
}

const tooLargeType = "Function.ResponseSizeTooLarge"

func resultTooLarge() []byte {
	return platformError(tooLargeType,
		"Response payload size exceeded maximum allowed payload size ("+strconv.Itoa(maxResult)+" bytes).")
}

// platformMessage is what an outcome's payload says, for a person: without the
// request id that AWS puts before it.
func platformMessage(o outcome, requestID string) string {
	var e struct{ ErrorMessage string }
	if json.Unmarshal(o.payload, &e) != nil || e.ErrorMessage == "" {
		return o.errorType
	}
	return strings.TrimPrefix(e.ErrorMessage, "RequestId: "+requestID+" Error: ")
}
