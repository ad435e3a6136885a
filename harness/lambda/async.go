package lambda

import (
	"time"
)

// A retry is an asynchronous call that failed and is to be made again.
type retry struct {
	due time.Time
	fl  *flight
}

// retryAfter is how long Lambda waits before an asynchronous call's second and
// third attempt (AWS docs: How Lambda handles errors and retries with
// asynchronous invocation).
var retryAfter = []time.Duration{time.Minute, 2 * time.Minute}

// runAsync runs a call nobody waits for.
func (fl *flight) runAsync() {
	fl.in.Timeout = 0
	res, err := fl.wait(fl.r.ctx)
	if err == nil && res.FunctionError == "" || fl.attempt >= len(retryAfter) {
		return
	}
	after := retryAfter[fl.attempt]
	again := *fl
	again.attempt++
	r := fl.r
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.clock.Virtual() {
		r.later = append(r.later, retry{r.clock.Now().Add(after), &again})
		return
	}
	r.flights.Go(func() {
		if r.clock.Sleep(r.ctx, after) == nil {
			again.retry()
		}
	})
}

// retry makes a failed call again, as a call of its own.
func (fl *flight) retry() {
	r := fl.r
	r.mu.Lock()
	f := r.functions[fl.f.name]
	if r.closed || f != fl.f {
		r.mu.Unlock()
		return
	}
	call := Call{Version: fl.v.name, Qualifier: fl.in.Qualifier, Payload: fl.in.Payload, RequestID: fl.in.RequestID}
	fl.call = &call
	fl.answer, fl.delay = f.answer, f.delay
	r.begin(fl)
	r.mu.Unlock()
	fl.runAsync()
}

// runLater makes the calls whose time has come on a virtual clock: nothing else
// could, as nobody waits for it.
func (r *Registry) runLater() {
	if !r.clock.Virtual() {
		return
	}
	for {
		r.mu.Lock()
		now, at := r.clock.Now(), -1
		for i, l := range r.later {
			if !l.due.After(now) && (at < 0 || l.due.Before(r.later[at].due)) {
				at = i
			}
		}
		if at < 0 {
			r.mu.Unlock()
			return
		}
		fl := r.later[at].fl
		r.later = append(r.later[:at], r.later[at+1:]...)
		r.mu.Unlock()
		fl.retry()
	}
}
