package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An Invocation is one call of a function.
type Invocation struct {
	Function      string // a name, or any form of an ARN
	Qualifier     string // version or alias; empty is $LATEST
	Payload       []byte // JSON; empty is {}
	Async         bool   // answered before it ran, as invocation type Event
	TraceID       string
	RequestID     string        // the function's; one is made if empty
	SourceARN     string        // of the API's method; empty: a caller that function policies do not concern
	Timeout       time.Duration // the integration's; 0 is none
	ClientContext string        // X-Amz-Client-Context as it came, base64
}

// A Result is what Lambda answers a call with.
type Result struct {
	Payload       []byte // bytes as the runtime wrote them
	FunctionError string // "" or "Unhandled"
	Version       string // that ran, a number or $LATEST
	RequestID     string
	Log           string        // START to REPORT
	Duration      time.Duration // of the handler; declared delays included
	InitDuration  time.Duration // of a cold start, else 0
}

// A Call is a call that was made, for steps and reports.
type Call struct {
	Version       string
	Qualifier     string
	Payload       []byte
	Result        []byte // nil if it has not ended
	FunctionError string
	Log           string
	RequestID     string
}

// A flight is one call on its way.
type flight struct {
	r       *Registry
	f       *function
	v       *version
	in      Invocation
	arn     string
	call    *Call
	answer  *override
	delay   time.Duration
	attempt int  // of an asynchronous call
	waits   bool // an asynchronous call that was throttled
}

// Invoke calls a function and waits for its answer. A function that fails has
// answered: see [Result.FunctionError]. The error wraps one of the Err values
// of this package or is an [*UnavailableError], or ctx's.
func (r *Registry) Invoke(ctx context.Context, in Invocation) (*Result, error) {
	r.runLater()
	fl, err := r.take(in)
	if err != nil {
		return nil, err
	}
	if in.Async {
		if fl.waits {
			r.makeLater(fl, throttledAfter)
		} else {
			go fl.runAsync()
		}
		return &Result{Version: fl.v.name, RequestID: fl.in.RequestID}, nil
	}
	return fl.wait(ctx)
}

// take checks a call and counts it in.
func (r *Registry) take(in Invocation) (*flight, error) {
	if name, qualifier := ParseName(in.Function); name != in.Function {
		in.Function = name
		if in.Qualifier == "" {
			in.Qualifier = qualifier
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	f, err := r.get(in.Function)
	if err != nil {
		return nil, err
	}
	if err := f.permits(in.Qualifier, in.SourceARN); err != nil {
		return nil, err
	}
	v, err := r.resolve(f, in.Qualifier)
	if err != nil {
		return nil, err
	}
	if len(in.Payload) == 0 {
		in.Payload = []byte("{}")
	}
	limit := maxRequest
	if in.Async {
		limit = maxAsyncRequest
	}
	if len(in.Payload) > limit {
		return nil, fmt.Errorf("%w: the event for %s has %d bytes, Lambda takes %d", ErrTooLarge, f.name, len(in.Payload), limit)
	}
	if !json.Valid(in.Payload) {
		return nil, fmt.Errorf("%w: the event for %s", ErrNotJSON, f.name)
	}
	throttled := r.throttles(f)
	if throttled != nil && !in.Async {
		return nil, throttled
	}
	if in.RequestID == "" {
		in.RequestID = r.newID()
	}
	fl := &flight{
		r: r, f: f, v: v, in: in, arn: r.host.arn(f.name, in.Qualifier), answer: f.answer, delay: f.delay,
		call: &Call{Version: v.name, Qualifier: in.Qualifier, Payload: in.Payload, RequestID: in.RequestID},
	}
	if throttled != nil {
		fl.waits = true
		return fl, nil
	}
	r.begin(fl)
	return fl, nil
}

// throttles says why no more calls of f can be made now; r.mu is held.
func (r *Registry) throttles(f *function) error {
	if n := f.config.ReservedConcurrency; n != nil && f.working >= *n {
		return fmt.Errorf("%w: %s has a reservedConcurrency of %d", ErrThrottled, f.name, *n)
	}
	if r.working >= accountPool {
		return fmt.Errorf("%w: %d calls, the account's limit", ErrThrottled, r.working)
	}
	return nil
}

// permits checks the function's resource policy. A grant on the function does
// not cover an alias, nor the other way round (AWS docs: AddPermission).
func (f *function) permits(qualifier, sourceARN string) error {
	if f.config.Permissions == nil || sourceARN == "" {
		return nil
	}
	if qualifier == Latest {
		qualifier = "" // no policy can be put on $LATEST by name
	}
	for _, p := range f.config.Permissions {
		if p.Qualifier != qualifier || p.Principal != "" && p.Principal != "*" && p.Principal != "apigateway.amazonaws.com" {
			continue
		}
		if p.SourceARN == "" || like(p.SourceARN, sourceARN) {
			return nil
		}
	}
	name := f.name
	if qualifier != "" {
		name += ":" + qualifier
	}
	return fmt.Errorf("%w: %s for %s", ErrNoPermission, name, sourceARN)
}

func (f *function) remember(c *Call, keep int) {
	if keep > 0 && len(f.calls) >= keep {
		copy(f.calls, f.calls[1:])
		f.calls[len(f.calls)-1] = c
		return
	}
	f.calls = append(f.calls, c)
}

// begin counts a call in; r.mu is held.
func (r *Registry) begin(fl *flight) {
	r.flights.Add(1)
	fl.f.working++
	r.working++
	fl.f.remember(fl.call, r.config.KeepCalls)
	if fl.in.Async {
		r.async[fl] = make(chan struct{})
	}
}

// done counts a call out, when whoever wants to know of it has been told.
func (fl *flight) done(res *Result) {
	r := fl.r
	defer r.flights.Done()
	if res != nil {
		r.mu.Lock()
		fl.call.Result, fl.call.FunctionError, fl.call.Log = res.Payload, res.FunctionError, res.Log
		ended := *fl.call
		r.mu.Unlock()
		if r.config.Ended != nil {
			r.config.Ended(fl.f.name, ended)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if settled, ok := r.async[fl]; ok {
		close(settled)
		delete(r.async, fl)
	}
	fl.f.working--
	r.working--
}

// wait runs a call and answers its caller.
func (fl *flight) wait(ctx context.Context) (*Result, error) {
	var canned *StaticAnswer
	delay := fl.delay
	isCanned := fl.answer != nil
	if !isCanned && fl.v.code.kind() == kindStatic {
		isCanned = true
		if canned = fl.static(); canned != nil {
			delay += canned.Delay
		}
	}
	if delay > 0 {
		if res, err := fl.sleep(ctx, delay); res != nil || err != nil {
			fl.done(res)
			return res, err
		}
	}
	if isCanned {
		res := fl.cannedResult(canned, delay)
		fl.done(res)
		return res, nil
	}
	return fl.waitReal(ctx)
}

// sleep lets a declared time pass on the gateway's clock: the function's own
// timeout ends it with a result, the integration's with an error.
func (fl *flight) sleep(ctx context.Context, delay time.Duration) (*Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(fl.r.ctx, cancel)()
	timeout, limit := fl.v.code.Timeout, fl.in.Timeout
	takes := min(delay, timeout)
	overrun := limit > 0 && limit <= takes
	if overrun {
		takes = limit
	}
	if err := fl.r.clock.Sleep(ctx, takes); err != nil {
		if fl.r.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, err
	}
	switch {
	case overrun:
		return nil, fl.integrationTimeout()
	case delay < timeout:
		return nil, nil
	}
	return fl.result(outcome{
		payload: timedOut(fl.in.RequestID, timeout), failed: true, duration: timeout,
		status: "timeout", last: timedOutMessage(timeout),
	}), nil
}

func (fl *flight) integrationTimeout() error {
	return fmt.Errorf("%w of %v: %s:%s, request %s", ErrIntegrationTimeout, fl.in.Timeout, fl.f.name, fl.v.name, fl.in.RequestID)
}

// static is the canned answer for the event, or nil.
func (fl *flight) static() *StaticAnswer {
	var event any
	for i := range fl.v.code.Static {
		a := &fl.v.code.Static[i]
		if a.Event == nil {
			return a
		}
		if event == nil {
			event, _ = ordered.Parse(fl.in.Payload)
		}
		if contains(event, a.Event) {
			return a
		}
	}
	return nil
}

// cannedResult answers without any code: what a step said, or the static answer.
func (fl *flight) cannedResult(a *StaticAnswer, took time.Duration) *Result {
	if o := fl.answer; o != nil {
		if o.failure {
			return fl.failure(o.message, "", took)
		}
		return fl.result(outcome{payload: o.result, duration: took})
	}
	switch {
	case a == nil:
		return fl.failure("none of the static answers of "+fl.f.name+" is for this event", "Rehearse.NoStaticAnswer", took)
	case a.Error != nil:
		return fl.failure(a.Error.Message, a.Error.Type, took)
	}
	return fl.result(outcome{payload: ordered.AppendSpelled(nil, a.Result), duration: took})
}

// failure is a function error as the function's runtime would report it.
func (fl *flight) failure(message, errorType string, took time.Duration) *Result {
	var b []byte
	switch fl.v.code.kind() {
	case kindNode, kindProvided:
		if errorType == "" {
			errorType = "Error"
		}
		b = append(b, `{"errorType":`...)
		b = ordered.AppendString(b, errorType)
		b = append(b, `,"errorMessage":`...)
		b = ordered.AppendString(b, message)
		b = append(b, `,"trace":[]}`...)
	default:
		if errorType == "" {
			errorType = "Exception"
		}
		b = append(b, `{"errorMessage": `...)
		b = ordered.AppendString(b, message)
		b = append(b, `, "errorType": `...)
		b = ordered.AppendString(b, errorType)
		b = append(b, `, "requestId": `...)
		b = ordered.AppendString(b, fl.in.RequestID)
		b = append(b, `, "stackTrace": []}`...)
	}
	return fl.result(outcome{payload: b, failed: true, duration: took, log: "[ERROR] " + errorType + ": " + message + "\n"})
}

// result makes the answer of an outcome, with its log. What Lambda itself has
// to say of a failure goes to the run's log too, where a person finds it who
// has only seen a 500.
func (fl *flight) result(o outcome) *Result {
	if len(o.payload) > maxResult && !o.failed {
		o.payload, o.failed = resultTooLarge(), true
		o.status, o.errorType = "error", tooLargeType
	}
	hint := ""
	if o.failed {
		hint = fl.hint(o.payload)
	}
	if o.status != "" {
		fl.tell(platformMessage(o, fl.in.RequestID), hint)
	}
	res := &Result{
		Payload: o.payload, Version: fl.v.name, RequestID: fl.in.RequestID,
		Duration: o.duration, InitDuration: o.cold,
	}
	if o.failed {
		res.FunctionError = unhandled
	}
	last := ""
	if o.last != "" {
		last = fl.r.clock.Now().Format("2006-01-02T15:04:05.000Z") + " " + fl.in.RequestID + " " + o.last
	}
	report := logReport{
		requestID: fl.in.RequestID, version: fl.v.name, init: fl.initStart(o) + o.coldLog, own: o.log,
		duration: o.duration, cold: o.cold, memorySize: fl.v.code.MemorySize, memoryUsed: o.memoryUsed,
		status: o.status, errorType: o.errorType, last: last,
	}
	report.own += hint
	res.Log = report.String()
	return res
}

// tell says to a person what came of this call.
func (fl *flight) tell(what, hint string) {
	if hint != "" {
		hint = "\n  " + strings.TrimSpace(hint)
	}
	fl.r.host.logf("function %s:%s, request %s: %s%s", fl.f.name, fl.v.name, fl.in.RequestID, what, hint)
}

// initStart is the line a log begins with where an environment was started for
// the call.
func (fl *flight) initStart(o outcome) string {
	if o.cold == 0 {
		return ""
	}
	return initStart(fl.v.code.Runtime, fl.r.host.config.Region)
}

// waitReal runs the code, for as long as the caller waits; after that the code
// goes on without it, as it does on AWS.
func (fl *flight) waitReal(ctx context.Context) (*Result, error) {
	type ending struct {
		res *Result
		err error
	}
	end := make(chan ending, 1)
	go func() {
		res, err := fl.run()
		if u, ok := errors.AsType[*UnavailableError](err); ok {
			hint := ""
			if u.Hint != "" {
				hint = "hint: " + u.Hint
			}
			u.Version, u.RequestID = fl.v.name, fl.in.RequestID
			fl.tell("it cannot run: "+u.Reason, hint)
		}
		fl.done(res)
		end <- ending{res, err}
	}()
	var over <-chan time.Time
	if fl.in.Timeout > 0 {
		t := time.NewTimer(fl.in.Timeout)
		defer t.Stop()
		over = t.C
	}
	select {
	case e := <-end:
		return e.res, e.err
	case <-over:
		passed(fl.r.clock, fl.in.Timeout)
		return nil, fl.integrationTimeout()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// passed moves a virtual clock by time that was really waited.
func passed(c clock.Clock, d time.Duration) {
	if c.Virtual() {
		c.Sleep(context.Background(), d)
	}
}

// run runs the code.
func (fl *flight) run() (*Result, error) {
	switch fl.v.code.kind() {
	case kindExec:
		return fl.runExec()
	case kindHTTP:
		return fl.runHTTP()
	}
	return fl.runEnvironment()
}

// runEnvironment has an environment run the code.
func (fl *flight) runEnvironment() (*Result, error) {
	v := fl.v
	call := &apiCall{id: fl.in.RequestID, head: fl.head(), event: fl.in.Payload, timeout: v.code.Timeout}
	second := false
	coldLog := ""
	for attempt := 0; ; attempt++ {
		e, err := v.pool.take()
		if bad, ok := errors.AsType[*entrypointError](err); ok {
			return fl.result(outcome{
				payload: platformError("Runtime.InvalidEntrypoint", "RequestId: "+call.id+" Error: "+bad.message),
				failed:  true, status: "error", errorType: "Runtime.InvalidEntrypoint",
			}), nil
		}
		if err != nil {
			return nil, err
		}
		if !e.usedOnce {
			e.second, e.initTime = second, initLimit
			if second {
				e.initTime = v.code.Timeout
			}
		}
		call.delivered, call.answered = make(chan struct{}), make(chan apiAnswer, 1)
		o := e.invoke(fl.r.ctx, call)
		o.memoryUsed = e.memoryUsed()
		v.pool.put(e, o.discard)
		coldLog += o.coldLog
		if o.slowInit {
			second = true
			coldLog += o.log
			continue
		}
		if o.stale && attempt < 3 {
			fl.r.host.logf("function %s:%s: an environment ended or hung after its last answer, another takes request %s", fl.f.name, v.name, fl.in.RequestID)
			continue
		}
		if o.stale {
			o = outcome{failed: true, payload: exited(call.id, "")}
		}
		if fl.r.ctx.Err() != nil {
			return nil, ErrClosed
		}
		o.coldLog = coldLog
		if o.status == "timeout" {
			passed(fl.r.clock, v.code.Timeout)
		}
		return fl.result(o), nil
	}
}

// head is the beginning of the answer to invocation/next.
func (fl *flight) head() []byte {
	b := make([]byte, 0, 512)
	b = append(b, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: "...)
	b = appendHeader(b, fl.in.RequestID)
	b = append(b, "Lambda-Runtime-Invoked-Function-Arn: "...)
	b = appendHeader(b, fl.arn)
	if fl.in.TraceID != "" {
		b = append(b, "Lambda-Runtime-Trace-Id: "...)
		b = appendHeader(b, fl.in.TraceID)
	}
	if fl.in.ClientContext != "" {
		b = append(b, "Lambda-Runtime-Client-Context: "...)
		b = appendHeader(b, string(decodeBase64(fl.in.ClientContext)))
	}
	return b
}

// appendHeader writes a header value and the end of its line; a trace id comes
// from the client, so what would end the line early is left out.
func appendHeader(b []byte, value string) []byte {
	for i := range len(value) {
		if c := value[i]; c >= ' ' && c != 0x7f {
			b = append(b, c)
		}
	}
	return append(b, '\r', '\n')
}

// errorTypeOf is the errorType of an error a runtime reported.
func errorTypeOf(payload []byte) string {
	var e struct{ ErrorType string }
	if json.Unmarshal(payload, &e) != nil {
		return ""
	}
	return e.ErrorType
}

// hint is a line for the log of a failure that has to do with this machine.
func (fl *flight) hint(payload []byte) string {
	if !bytes.Contains(payload, []byte("Runtime.ImportModuleError")) {
		return ""
	}
	return missingModule(fl.v, payload)
}

// Calls are the calls of a function that were made, in the order they began;
// asynchronous ones at work are waited for.
func (r *Registry) Calls(name string) []Call {
	r.runLater()
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.async) > 0 {
		var settled chan struct{}
		for _, settled = range r.async {
			break
		}
		r.mu.Unlock()
		<-settled
		r.mu.Lock()
	}
	f := r.functions[name]
	if f == nil {
		return nil
	}
	calls := make([]Call, len(f.calls))
	for i, c := range f.calls {
		calls[i] = *c
	}
	return calls
}
