// Package clock is the only place that knows what time it is and how one waits.
//
// [Real] is the machine's clock. A [Virtual] one moves when told to, or when
// somebody sleeps on it, so that scenarios of days run in milliseconds.
//
// It promises nothing to other modules.
package clock

import (
	"context"
	"sync/atomic"
	"time"
)

// A Clock tells the time and waits. Its methods may be called from any number
// of goroutines.
type Clock interface {
	// Now is the present moment, in UTC.
	Now() time.Time
	// Sleep waits for d, or less if ctx ends first, and then returns ctx's error.
	Sleep(ctx context.Context, d time.Duration) error
	// Virtual reports whether Sleep costs no real time.
	Virtual() bool
}

type realClock struct{}

// Real returns the machine's clock.
func Real() Clock { return realClock{} }

func (realClock) Now() time.Time { return time.Now().UTC() }

func (realClock) Virtual() bool { return false }

func (realClock) Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// A Virtual clock stands still until it is moved.
type Virtual struct {
	now atomic.Int64 // nanoseconds since 1970
}

// NewVirtual returns a clock that shows start.
func NewVirtual(start time.Time) *Virtual {
	v := &Virtual{}
	v.now.Store(start.UnixNano())
	return v
}

// Now is what the clock shows.
func (v *Virtual) Now() time.Time { return time.Unix(0, v.now.Load()).UTC() }

// Virtual is true.
func (v *Virtual) Virtual() bool { return true }

// Sleep moves the clock instead of waiting for somebody to advance it: the only
// one who could is the step that waits for this very request.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	v.Advance(d)
	return ctx.Err()
}

// Advance moves the clock forward by d; a negative d does nothing.
func (v *Virtual) Advance(d time.Duration) {
	if d > 0 {
		v.now.Add(int64(d))
	}
}

// Set moves the clock to t, which must not be in its past, and reports whether
// it did.
func (v *Virtual) Set(t time.Time) bool {
	for {
		was := v.now.Load()
		if t.UnixNano() < was {
			return false
		}
		if v.now.CompareAndSwap(was, t.UnixNano()) {
			return true
		}
	}
}

// Reset sets the clock to t, even backwards: a new world begins.
func (v *Virtual) Reset(t time.Time) { v.now.Store(t.UnixNano()) }

// Stopwatch measures real time: durations shown to people are never virtual.
type Stopwatch struct{ start time.Time }

// StartStopwatch starts one.
func StartStopwatch() Stopwatch { return Stopwatch{time.Now()} }

// Elapsed is the real time since the start.
func (s Stopwatch) Elapsed() time.Duration { return time.Since(s.start) }
