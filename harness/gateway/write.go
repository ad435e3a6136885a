package gateway

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// write makes the answer of a method response.
func (x *exchange) write() {
	x.compress()
	x.finish(x.tracesBack(), nil)
}

// tracesBack reports whether the answer carries X-Amzn-Trace-Id: those of AWS,
// AWS_PROXY and HTTP integrations do, MOCK and HTTP_PROXY do not (cases
// mock-has-no-trace-id, lambda-proxy-trace-id-generated).
func (x *exchange) tracesBack() bool {
	switch x.m.kind {
	case openapi.AWS, openapi.AWSProxy, openapi.HTTP:
		return true
	}
	return false
}

// finish puts the headers AWS adds around those of the method response, in
// AWS's order.
func (x *exchange) finish(withTrace bool, r *refusal) {
	length := "0"
	if n := len(x.respBody); n > 0 {
		length = strconv.Itoa(n)
	}
	h := x.final[:0]
	h = append(h,
		result.Header{Name: "Date", Value: httpDate(x.now.Unix())},
		result.Header{Name: "Content-Type", Value: x.contentType},
		result.Header{Name: "Content-Length", Value: length},
		result.Header{Name: "Connection", Value: x.connection()})
	switch {
	case x.testing:
		h = h[:0]
		if withTrace {
			h = append(h, result.Header{Name: "X-Amzn-Trace-Id", Value: x.traceIDText()})
		}
		if r != nil {
			h = append(h, result.Header{Name: "x-amzn-ErrorType", Value: r.errorTypeName()})
		} else {
			h = append(h, result.Header{Name: "Content-Type", Value: x.contentType})
		}
		h = append(h, x.respHeader...)
	case r == nil && x.refused.responseType == &bodyTooLong:
		// the front door's own answer, without ids
	default:
		h = append(h, result.Header{Name: "x-amzn-RequestId", Value: x.requestIDText()})
		if r != nil {
			h = append(h, result.Header{Name: "x-amzn-ErrorType", Value: r.errorTypeName()})
		}
		h = append(h, x.respHeader...)
		if x.warning {
			h = append(h, result.Header{Name: "Warning", Value: cacheWarning})
		}
		h = append(h, result.Header{Name: "x-amz-apigw-id", Value: x.extendedRequestID()})
		if withTrace {
			h = append(h, result.Header{Name: "X-Amzn-Trace-Id", Value: x.traceIDText()})
		}
	}
	x.final = h
	if x.req.Method == "HEAD" && !x.testing {
		x.respBody = nil // its length is announced all the same (recorded)
	}
	x.logEnd(r)
}

func (x *exchange) connection() string {
	for i := range x.req.Header {
		h := &x.req.Header[i]
		if len(h.Name) == len("Connection") && strings.EqualFold(h.Name, "Connection") {
			if strings.EqualFold(h.Value, "close") {
				return "close"
			}
			break
		}
	}
	return "keep-alive"
}

// A date is a second as an HTTP date; most requests share one with the last.
type date struct {
	second int64
	text   string
}

var lastDate atomic.Pointer[date]

// dateFormat is RFC 9110's IMF-fixdate.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

func httpDate(second int64) string {
	if d := lastDate.Load(); d != nil && d.second == second {
		return d.text
	}
	d := &date{second, unixUTC(second).Format(dateFormat)}
	lastDate.Store(d)
	return d.text
}
