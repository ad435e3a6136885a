package integration

import (
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A Stub is what a backend that isn't there would answer. It goes the way of a
// real answer: a function's result, or an HTTP response, that is mapped then.
type Stub struct {
	From   string // what it was made of: "the example of response 200"
	Status int
	Header []result.Header // Content-Type among them, if there is a body
	Body   []byte
}

// stubFor is what answers a request in place of its backend, or nil.
func (i *Integrations) stubFor(req *Request) *Stub {
	if i.stub == nil {
		return nil
	}
	return i.stub(req.Integration)
}

// Unresolved is what a URI as the document has it names by a placeholder or a
// stage variable: ItemsFunction:${stageVariables.alias}, or the whole URI. Where
// this run gives those no value, it isn't there, and a stub may answer for it.
// It is "" for a URI without any.
func Unresolved(uri string) string {
	if !strings.Contains(uri, "${") {
		return ""
	}
	if _, function, ok := strings.Cut(uri, "/functions/"); ok {
		function, _, _ = strings.Cut(function, "/invocations")
		if _, name, ok := strings.Cut(function, ":function:"); ok {
			return name
		}
		return function
	}
	return uri
}

// result is the stub as what a function returns: a proxy integration's result,
// or the body itself.
func (s *Stub) result(t openapi.IntegrationType) *lambda.Result {
	if t != openapi.AWSProxy {
		body := s.Body
		if _, err := ordered.Parse(body); err != nil { // no JSON, or nothing
			body = ordered.Append(nil, string(body))
		}
		if len(s.Body) == 0 {
			body = []byte("null")
		}
		return &lambda.Result{Payload: body}
	}
	b := append([]byte(nil), `{"statusCode":`...)
	b = strconv.AppendInt(b, int64(s.Status), 10)
	b = append(b, `,"headers":{`...)
	for n, h := range s.Header {
		if n > 0 {
			b = append(b, ',')
		}
		b = ordered.AppendString(b, h.Name)
		b = append(b, ':')
		b = ordered.AppendString(b, h.Value)
	}
	b = append(b, `},"body":`...)
	b = ordered.AppendString(b, string(s.Body))
	return &lambda.Result{Payload: append(b, '}')}
}

// response is the stub as what a host or a service answers.
func (s *Stub) response() *Response {
	return &Response{Status: s.Status, Header: slices.Clone(s.Header), Body: slices.Clone(s.Body), Stub: s}
}

// Service is the AWS service that the URI of an AWS integration calls
// ("lambda", "sqs"), or "" if it names none.
func Service(uri string) string {
	s, ok := parseServiceURI(uri)
	if !ok {
		return ""
	}
	return s.service
}

// Host is what the URI of an HTTP integration calls: "http://host:port", in
// lower case and without the scheme's own port; "" if it can't be called.
func Host(uri string) string {
	u, problem := parseEndpoint(uri)
	if problem != "" {
		return ""
	}
	return hostKey(u)
}
