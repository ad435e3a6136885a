package steps

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/gavv/httpexpect/v2"
)

// failures collects what assertions say.
type failures struct {
	list []*httpexpect.AssertionFailure
}

// Success is what an AssertionHandler must have; nothing is to be done.
func (f *failures) Success(*httpexpect.AssertionContext) {}

// Failure keeps a failed assertion.
func (f *failures) Failure(_ *httpexpect.AssertionContext, failure *httpexpect.AssertionFailure) {
	f.list = append(f.list, failure)
}

// Assertions send nothing, so one client does for all of them; without it each
// would make its own, with a jar for cookies.
var (
	noClient = &http.Client{}
	noDialer = struct{ httpexpect.WebsocketDialer }{}
)

// expect runs assertions on the last response and reports whether all hold. A
// chain of assertions that has failed once says nothing more, so each step
// begins a new one.
func (w *World) expect(assert func(r *httpexpect.Response)) bool {
	var f failures
	response := w.last.response
	header := make(http.Header, len(response.Header))
	for _, h := range response.Header {
		header.Add(h.Name, h.Value)
	}
	assert(httpexpect.NewResponseC(
		httpexpect.Config{AssertionHandler: &f, Client: noClient, WebsocketDialer: noDialer},
		&http.Response{
			StatusCode: response.Status,
			Status:     http.StatusText(response.Status),
			Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header:        header,
			Body:          io.NopCloser(bytes.NewReader(response.Body)),
			ContentLength: int64(len(response.Body)),
		}))
	return len(f.list) == 0
}

// headerValues are the values of a response header, in order.
func (w *World) headerValues(name string) []string {
	var values []string
	for _, h := range w.last.response.Header {
		if strings.EqualFold(h.Name, name) {
			values = append(values, h.Value)
		}
	}
	return values
}
