package lambda

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// An environment is one process (or what stands for it) that runs one version's
// code: it starts once, keeps its state between calls, and has one call at a
// time.
type environment struct {
	host *Host
	api  *runtimeAPI
	logs *logPipe
	proc process

	cold     time.Duration // how long the cold start took; 0 once it was reported
	coldLog  string
	started  time.Time
	initTime time.Duration // allowed for the cold start
	second   bool          // the cold start is tried again, now on the call's time
	usedOnce bool
	lastUsed time.Time // guarded by the pool

	once sync.Once
}

// start makes an environment of v's code. Its process is on the way when start
// returns, not ready.
func (h *Host) start(v *version, vars environmentVars) (*environment, error) {
	logf := func(format string, args ...any) {
		h.logf("function %s:%s: %s", v.function, v.name, fmt.Sprintf(format, args...))
	}
	api, err := newRuntimeAPI(logf)
	if err != nil {
		return nil, unavailable(v.function, "no port for its Runtime API: "+err.Error(), "")
	}
	e := &environment{host: h, api: api, started: time.Now()}
	vars.set("AWS_LAMBDA_RUNTIME_API", api.address())
	e.proc, e.logs, err = h.startProcess(v, vars)
	if err != nil {
		api.close()
		return nil, err
	}
	return e, nil
}

// startProcess starts what runs v's code.
func (h *Host) startProcess(v *version, vars environmentVars) (process, *logPipe, error) {
	switch v.code.kind() {
	case kindPython:
		return h.runPython(v, vars)
	case kindNode:
		return h.runNode(v, vars)
	case kindProvided:
		return h.runProvided(v, vars)
	case kindCommand:
		return h.runCommand(v, vars)
	}
	panic("lambda: code without a process: " + v.function)
}

// close ends the process and everything that belongs to the environment.
func (e *environment) close() {
	e.once.Do(func() {
		e.proc.kill()
		e.api.close()
		e.logs.close()
	})
}

// alive reports whether the process still runs.
func (e *environment) alive() bool {
	select {
	case <-e.proc.ended():
		return false
	default:
		return true
	}
}

// An outcome is how one call of an environment ended.
type outcome struct {
	payload    []byte
	failed     bool
	discard    bool   // the environment is of no more use
	stale      bool   // the call never reached the runtime: another environment may have it
	slowInit   bool   // likewise, because the cold start took longer than AWS allows
	status     string // for the log: "timeout", "error"
	errorType  string // likewise
	last       string // likewise
	log        string // written during the call
	coldLog    string // written by the cold start before it
	duration   time.Duration
	memoryUsed int // MB, 0 if not known
	cold       time.Duration
}

// nextGrace is how long a runtime may take to ask for the next event after it
// answered the last. One that never does is replaced.
const nextGrace = time.Second

// invoke has the environment run one call. ctx ends only when the environment
// is taken away.
func (e *environment) invoke(ctx context.Context, call *apiCall) (o outcome) {
	if o, ok := e.coldStart(ctx, call); !ok {
		return o
	}
	o.coldLog, o.cold = e.coldLog, e.cold
	e.coldLog, e.cold = "", 0
	first := !e.usedOnce
	e.usedOnce = true

	begin := time.Now()
	e.api.hand(call)
	limit := time.NewTimer(nextGrace)
	defer limit.Stop()
	delivered := false
	if first { // it waits for the event
		limit.Reset(call.timeout)
		delivered = true
	}
	for !delivered {
		select {
		case <-call.delivered:
			delivered = true
			limit.Reset(call.timeout - time.Since(begin))
		case a := <-call.answered: // delivered and answered: both were ready
			return e.answered(o, a, begin)
		case <-e.proc.ended():
			if e.api.takeBack(call) {
				return outcome{stale: true, discard: true, coldLog: o.coldLog, cold: o.cold}
			}
			delivered = true
		case <-limit.C:
			if e.api.takeBack(call) {
				return outcome{stale: true, discard: true, coldLog: o.coldLog, cold: o.cold}
			}
			delivered = true
			limit.Reset(call.timeout - time.Since(begin))
		case <-ctx.Done():
			return outcome{discard: true, failed: true, payload: exited(call.id, "signal: killed")}
		}
	}
	select {
	case a := <-call.answered:
		return e.answered(o, a, begin)
	case <-e.proc.ended():
		select { // it may have answered before it ended
		case a := <-call.answered:
			o = e.answered(o, a, begin)
			o.discard = true
			return o
		default:
		}
		o.duration = time.Since(begin)
		o.payload = exited(call.id, e.proc.status())
		o.status, o.errorType = "error", "Runtime.ExitError"
	case <-limit.C:
		o.log = e.logs.take()
		e.close()
		o.duration = call.timeout
		o.payload = timedOut(call.id, call.timeout)
		o.status = "timeout"
		o.last = timedOutMessage(call.timeout)
	case <-ctx.Done():
		o.payload = exited(call.id, "signal: killed")
	}
	if o.log == "" {
		o.log = e.logs.take()
	}
	o.failed, o.discard = true, true
	return o
}

func (e *environment) answered(o outcome, a apiAnswer, begin time.Time) outcome {
	o.duration = time.Since(begin)
	o.log = e.logs.take()
	o.payload, o.failed = a.body, a.failed
	if a.tooLarge {
		o.payload, o.failed = resultTooLarge(), true
		o.status, o.errorType = "error", tooLargeType
	}
	return o
}

// coldStart waits until the runtime has loaded the code, if it is still at it.
// When that fails, o is how the call ends.
func (e *environment) coldStart(ctx context.Context, call *apiCall) (o outcome, ok bool) {
	if e.usedOnce {
		return outcome{}, true
	}
	select {
	case <-e.api.ready:
	default:
		limit := time.NewTimer(e.initTime)
		defer limit.Stop()
		select {
		case <-e.api.ready:
		case body := <-e.api.initFailed:
			return e.initFailure(outcome{payload: body, status: "error", errorType: errorTypeOf(body)}), false
		case <-e.proc.ended():
			select { // it may have said why
			case body := <-e.api.initFailed:
				return e.initFailure(outcome{payload: body, status: "error", errorType: errorTypeOf(body)}), false
			case <-e.api.ready:
			default:
				return e.initFailure(outcome{payload: exited(call.id, e.proc.status()), status: "error", errorType: "Runtime.ExitError"}), false
			}
		case <-limit.C:
			e.proc.kill()
			if !e.second {
				return e.initFailure(outcome{slowInit: true}), false
			}
			return e.initFailure(outcome{payload: timedOut(call.id, call.timeout), status: "timeout", last: timedOutMessage(call.timeout)}), false
		case <-ctx.Done():
			return e.initFailure(outcome{payload: exited(call.id, "signal: killed")}), false
		}
	}
	e.cold = e.api.readyAt.Sub(e.started)
	if e.second { // no cold start of its own for the bill
		call.timeout -= min(e.cold, call.timeout-time.Millisecond)
	}
	e.coldLog = e.logs.take()
	return outcome{}, true
}

// initFailure completes the outcome of a cold start that came to nothing. What
// the runtime wrote is the call's log: AWS starts it again for the call, and
// the second failure is what the caller sees.
func (e *environment) initFailure(o outcome) outcome {
	o.cold = time.Since(e.started)
	o.failed, o.discard = true, true
	o.log = e.logs.take()
	return o
}
