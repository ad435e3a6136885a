package lambda

import "time"

// A retry is an asynchronous call that is to be made later: it failed, or was
// throttled.
type retry struct {
	due time.Time
	fl  *flight
}

// retryAfter is how long Lambda waits before an asynchronous call's second and
// third attempt, throttledAfter before it tries one again that was throttled
// (AWS docs: How Lambda handles errors and retries with asynchronous
// invocation; there the second grows up to five minutes).
var retryAfter = []time.Duration{time.Minute, 2 * time.Minute}

const throttledAfter = time.Second

// runAsync runs a call nobody waits for.
func (fl *flight) runAsync() {
	fl.in.Timeout = 0
	res, err := fl.wait(fl.r.ctx)
	if err == nil && res.FunctionError == "" || fl.attempt >= len(retryAfter) {
		return
	}
	again := *fl
	again.attempt++
	fl.r.makeLater(&again, retryAfter[fl.attempt])
}

// makeLater makes a call when the clock has moved by after: a real clock does
// so by itself, a virtual one is looked at when somebody comes by.
func (r *Registry) makeLater(fl *flight, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	if r.clock.Virtual() {
		r.later = append(r.later, retry{r.clock.Now().Add(after), fl})
		return
	}
	r.flights.Go(func() {
		if r.clock.Sleep(r.ctx, after) == nil {
			fl.again()
		}
	})
}

// again makes an asynchronous call, as a call of its own.
func (fl *flight) again() {
	r := fl.r
	r.mu.Lock()
	f := r.functions[fl.f.name]
	if r.closed || f != fl.f { // or deleted, or another world by now
		r.mu.Unlock()
		return
	}
	if n := f.config.ReservedConcurrency; n != nil && *n == 0 {
		r.mu.Unlock()
		return // never to be made
	}
	if r.throttles(f) != nil {
		r.mu.Unlock()
		r.makeLater(fl, throttledAfter)
		return
	}
	fl.waits = false
	fl.call = &Call{Version: fl.v.name, Qualifier: fl.in.Qualifier, Payload: fl.in.Payload, RequestID: fl.in.RequestID}
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
		fl.again()
	}
}
