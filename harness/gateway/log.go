package gateway

import (
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi/mapping"
)

// The lines of the execution log, in AWS's words [AWS docs: Set up CloudWatch
// logging for REST APIs in API Gateway; recorded for test invocations].

// maxLogLine is the length at which AWS cuts a line [AWS docs: Amazon API
// Gateway important notes].
const maxLogLine = 1024

const truncated = " [TRUNCATED]"

// logf adds a line made of parts, if a log is kept.
func (x *exchange) logf(parts ...string) {
	if x.logging {
		x.logAt(x.g.clock.Now(), parts...)
	}
}

func (x *exchange) logAt(now time.Time, parts ...string) {
	line := strings.Join(parts, "")
	if len(line) > maxLogLine {
		line = line[:maxLogLine-len(truncated)] + truncated
	}
	if x.testing {
		line = now.UTC().Format("Mon Jan 02 15:04:05 UTC 2006") + " : " + line
	} else {
		line = "(" + x.requestIDText() + ") " + line
	}
	x.log = append(x.log, line)
}

// logAdmission says what became of key and usage plan.
func (x *exchange) logAdmission(v *traffic.Verdict) {
	if !x.logging {
		return
	}
	key := ""
	if v.Key != nil {
		key = masked(v.Key.Value)
	}
	at := x.st.APIID + "/" + x.st.Name
	x.logf("Extended Request Id: ", x.extendedRequestID())
	x.logf("Verifying Usage Plan for request: ", x.requestIDText(), ". API Key: ", key, " API Stage: ", at)
	switch v.Outcome {
	case traffic.Throttled:
		if v.Plan != nil {
			x.logf("API Key ", key, " exceeded throttle limit for API Stage ", at, ": Key throttle limit exceeded for Usage Plan ID ", v.Plan.ID,
				", RestApi ", x.st.APIID, ", Stage ", x.st.Name, ", Resource ", x.m.Resource.ID, ", HttpMethod ", x.verb,
				". Limit: ", strconv.FormatFloat(v.Rate.RateLimit, 'f', 2, 64), " Burst: ", strconv.Itoa(v.Rate.BurstLimit))
		}
		return
	case traffic.QuotaExceeded:
		x.logf("API Key ", key, " exceeded quota limit for API Stage ", at, ": Key quota exhausted for Usage Plan ID ", v.Plan.ID,
			". Quota Limit: ", strconv.Itoa(v.Plan.Quota.Limit), " Period: ", string(v.Plan.Quota.Period))
		return
	case traffic.Admitted:
	default:
		return
	}
	method := "'" + x.m.HTTPMethod + " " + x.m.Resource.Path + "'"
	if x.m.APIKeyRequired {
		x.logf("API Key ", key, " authorized because method ", method, " requires API Key and API Key is associated with usage plan")
	} else {
		x.logf("API Key ", key, " authorized because method ", method, " does not require API Key. Request will not contribute to throttle or quota limits")
	}
	x.logf("Usage Plan check succeeded for API Key ", key, " and API Stage ", at)
	x.logMethodRequest()
}

// logMethodRequest says what the method request is.
func (x *exchange) logMethodRequest() {
	if !x.logging {
		return
	}
	x.logf("Starting execution for request: ", x.requestIDText())
	x.logf("HTTP Method: ", x.verb, ", Resource Path: ", x.path)
	x.logf("Method request path: ", paramsText(x.scope.Path))
	x.logf("Method request query string: ", paramsText(x.scope.Query))
	x.logf("Method request headers: ", headersText(x.header))
	x.logf("Method request body before transformations: ", string(x.body))
}

// logEndpointRequest says what was sent, when the outcome is known: of a request
// to an address that is none AWS says nothing (recorded).
func (x *exchange) logEndpointRequest(sent time.Time, f *integration.Failure) {
	if !x.logging || f != nil && strings.HasSuffix(f.LogLine, "Invalid endpoint address") {
		return
	}
	x.logAt(sent, "Endpoint request URI: ", x.endpointURI())
	x.logAt(sent, "Endpoint request headers: ", headersText(integration.SentHeaders(&x.ireq)))
	x.logAt(sent, "Endpoint request body after transformations: ", string(x.ireq.Body))
	x.logAt(sent, "Sending request to ", x.endpointURI())
}

// endpointURI is where the call goes: a function's own address for its ARN.
func (x *exchange) endpointURI() string {
	if !x.m.lambda {
		return x.ireq.URI
	}
	_, path, ok := strings.Cut(x.ireq.URI, ":lambda:path")
	if !ok {
		return x.ireq.URI
	}
	return "https://lambda." + x.ireq.Region + ".amazonaws.com/" + strings.TrimLeft(path, "/")
}

func (x *exchange) logEndpointResponse(latency time.Duration) {
	if !x.logging {
		return
	}
	x.logf("Received response. Status: ", strconv.Itoa(x.ires.Status), ", Integration latency: ", strconv.FormatInt(latency.Milliseconds(), 10), " ms")
	x.logf("Endpoint response headers: ", headersText(x.ires.Header))
	x.logf("Endpoint response body before transformations: ", string(x.ires.Body))
	if x.ires.IsError {
		x.logf("Lambda execution failed with status 200 due to customer function error: ", x.ires.Error, ". Lambda request id: ", x.requestIDText())
	}
}

// logRefusal says why an execution failed.
func (x *exchange) logRefusal(r *refusal) {
	if x.logging && r.logLine != "" {
		x.logf(r.logLine)
	}
}

// logEnd says what goes out.
func (x *exchange) logEnd(r *refusal) {
	if !x.logging || x.m == nil {
		return
	}
	if r == nil {
		x.logf("Method response body after transformations: ", string(x.respBody))
		x.logf("Method response headers: ", headersText(x.methodHeaders()))
		x.logf("Successfully completed execution")
	}
	x.logf("Method completed with status: ", strconv.Itoa(x.status))
}

// methodHeaders are the headers of the method response as the log prints them.
func (x *exchange) methodHeaders() []result.Header {
	var h []result.Header
	if x.tracesBack() {
		h = append(h, result.Header{Name: "X-Amzn-Trace-Id", Value: x.traceIDText()})
	}
	h = append(h, x.respHeader...)
	return append(h, result.Header{Name: "Content-Type", Value: x.contentType})
}

func paramsText(list mapping.Params) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, p := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Name + "=" + last(p.Values))
	}
	b.WriteByte('}')
	return b.String()
}

func headersText(list []result.Header) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, h := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		value := h.Value
		if secretHeader(h.Name) {
			value = masked(value)
		}
		b.WriteString(h.Name + "=" + value)
	}
	b.WriteByte('}')
	return b.String()
}

// secretHeader reports whether AWS masks a header in its logs.
func secretHeader(name string) bool {
	return strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "x-api-key") || strings.EqualFold(name, "X-Amz-Security-Token")
}

// masked is a secret as AWS prints it: stars and the last six characters.
func masked(s string) string {
	if len(s) <= 6 {
		return strings.Repeat("*", len(s))
	}
	return strings.Repeat("*", len(s)-6) + s[len(s)-6:]
}
