package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// newInvokeClient makes the client of endpoints that speak Lambda's Invoke. It follows no
// redirects and no proxy: the endpoint is the one that was named.
func newInvokeClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// endpoint is the URL to call: one without a path gets that of Invoke.
func (fl *flight) endpoint() (string, error) {
	u, err := url.Parse(fl.v.code.HTTP)
	if err != nil {
		return "", err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/2015-03-31/functions/" + fl.f.name + "/invocations"
		if fl.in.Qualifier != "" && u.RawQuery == "" {
			u.RawQuery = url.Values{"Qualifier": {fl.in.Qualifier}}.Encode()
		}
	}
	return u.String(), nil
}

// runHTTP calls an endpoint that speaks Lambda's Invoke, a runtime interface
// emulator for one.
func (fl *flight) runHTTP() (*Result, error) {
	r, v := fl.r, fl.v
	target, err := fl.endpoint()
	if err != nil {
		return nil, unavailable(fl.f.name, "http: "+err.Error(), "")
	}
	ctx, cancel := context.WithTimeout(r.ctx, v.code.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(fl.in.Payload))
	if err != nil {
		return nil, unavailable(fl.f.name, "http: "+err.Error(), "")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	req.Header.Set("X-Amz-Log-Type", "Tail")
	req.Header["X-Amzn-RequestId"] = []string{fl.in.RequestID}
	if fl.in.TraceID != "" {
		req.Header.Set("X-Amzn-Trace-Id", fl.in.TraceID)
	}
	if fl.in.ClientContext != "" {
		req.Header.Set("X-Amz-Client-Context", fl.in.ClientContext)
	}
	begin := time.Now()
	resp, err := r.host.client.Do(req)
	var body []byte
	if err == nil {
		defer resp.Body.Close()
		body, err = io.ReadAll(io.LimitReader(resp.Body, maxResult+1))
	}
	var o outcome
	switch {
	case r.ctx.Err() != nil:
		return nil, ErrClosed
	case errors.Is(err, context.DeadlineExceeded):
		passed(r.clock, v.code.Timeout)
		return fl.result(outcome{payload: timedOut(fl.in.RequestID, v.code.Timeout), failed: true, status: "timeout",
			last: timedOutMessage(v.code.Timeout), duration: v.code.Timeout}), nil
	case err != nil:
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, unavailable(fl.f.name, target+" does not answer: "+err.Error(), "start what runs the function there")
	}
	if refusal, ok := invokeRefusals[resp.StatusCode]; ok {
		return nil, fmt.Errorf("%w: %s answers %s", refusal, target, resp.Status)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, unavailable(fl.f.name, target+" answers "+resp.Status+": "+excerpt(body), "")
	}
	o.payload, o.duration = body, time.Since(begin)
	switch {
	case len(body) > maxResult:
		o.fail(tooLargeType, resultTooLarge())
	case resp.Header.Get("X-Amz-Function-Error") != "" || isErrorObject(body):
		o.fail(errorTypeOf(body), body)
	}
	if tail := resp.Header.Get("X-Amz-Log-Result"); tail != "" {
		o.log = string(decodeBase64(tail))
	}
	return fl.result(o), nil
}

// invokeRefusals are the statuses of Invoke that mean something to a gateway
// (AWS docs: Invoke, Errors).
var invokeRefusals = map[int]error{
	http.StatusBadRequest:            ErrNotJSON,
	http.StatusForbidden:             ErrNoPermission,
	http.StatusNotFound:              ErrNoFunction,
	http.StatusRequestEntityTooLarge: ErrTooLarge,
	http.StatusTooManyRequests:       ErrThrottled,
}

// isErrorObject reports whether a payload is an error as runtimes report it.
// guess: the runtime interface emulator says with no header that a function
// failed, so its payload has to.
func isErrorObject(payload []byte) bool {
	if !bytes.HasPrefix(bytes.TrimLeft(payload, " \t\r\n"), []byte("{")) || !bytes.Contains(payload, []byte("errorMessage")) {
		return false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return false
	}
	for name := range members {
		if !slices.Contains([]string{"errorMessage", "errorType", "stackTrace", "trace", "requestId", "cause"}, name) {
			return false
		}
	}
	return members["errorMessage"] != nil && members["errorType"] != nil
}

// checkHTTP says what is wrong with an endpoint.
func checkHTTP(endpoint string) string {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Sprintf("%q is no address, want http://host:port", endpoint)
	case strings.Contains(u.Host, "amazonaws.com"):
		return endpoint + " is AWS itself, want an endpoint of this machine"
	}
	return ""
}
