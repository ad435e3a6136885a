package main

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
)

// An exchangeLog writes a line for each exchange. Requests don't wait for the
// writing: one goroutine does it, many lines at once when there are many.
type exchangeLog struct {
	out     io.Writer
	serving *serving
	mask    func(string) string

	mu      sync.Mutex
	change  sync.Cond
	pending []byte
	closed  bool
	done    chan struct{}
}

const (
	// logDelay is how long a line may wait for others to go with.
	logDelay = 2 * time.Millisecond
	// maxPending is how much may wait to be written before requests do too.
	maxPending = 1 << 20
)

func newExchangeLog(out io.Writer, s *serving, mask func(string) string) *exchangeLog {
	l := &exchangeLog{out: out, serving: s, mask: mask, done: make(chan struct{})}
	l.change.L = &l.mu
	go l.run()
	return l
}

// run writes what is pending until the log is closed.
func (l *exchangeLog) run() {
	defer close(l.done)
	var spare []byte
	for {
		l.mu.Lock()
		for len(l.pending) == 0 && !l.closed {
			l.change.Wait()
		}
		if len(l.pending) == 0 {
			l.mu.Unlock()
			return
		}
		if !l.closed {
			l.mu.Unlock()
			time.Sleep(logDelay)
			l.mu.Lock()
		}
		text := l.pending
		l.pending = spare[:0]
		l.change.Broadcast()
		l.mu.Unlock()
		l.out.Write(text) //nolint:errcheck // there is nobody to tell
		spare = text
	}
}

// close writes what is left and ends the log.
func (l *exchangeLog) close() {
	l.mu.Lock()
	l.closed = true
	l.change.Broadcast()
	l.mu.Unlock()
	<-l.done
}

// begin locks the log and gives what to append lines to, for end.
func (l *exchangeLog) begin() []byte {
	l.mu.Lock()
	for len(l.pending) > maxPending && !l.closed {
		l.change.Wait()
	}
	return l.pending
}

func (l *exchangeLog) end(pending []byte) {
	if len(l.pending) == 0 {
		l.change.Broadcast()
	}
	l.pending = pending
	l.mu.Unlock()
}

// write writes the line of an exchange.
func (l *exchangeLog) write(x *result.Exchange) {
	if l.serving.quiet {
		return
	}
	target := l.mask(x.Target)
	reason := ""
	if e, ok := x.Refusal(); ok {
		reason = e.ID
	}
	var explained []byte
	if l.serving.explain {
		explained = l.explanation(x)
	}
	b := l.begin()
	b = append(b, x.Method...)
	b = append(append(b, ' '), target...)
	b = strconv.AppendInt(append(b, ' '), int64(x.Status), 10)
	b = strconv.AppendFloat(append(b, ' '), float64(x.Duration.Microseconds())/1000, 'f', 1, 64)
	b = append(b, "ms"...)
	if x.ResponseType != "" {
		b = append(append(b, ' '), x.ResponseType...)
	}
	if reason != "" {
		b = append(append(b, ' '), reason...)
	}
	b = append(b, explained...)
	l.end(append(b, '\n'))
}

// explanation is the decisions of an exchange, each on a line of its own.
func (l *exchangeLog) explanation(x *result.Exchange) []byte {
	var b []byte
	for _, e := range x.Trace {
		if e.Decision != nil {
			b = append(b, "\n  "+e.Phase+": "+l.mask(e.String())+" ("+string(e.Evidence)+": "+e.Source+")"...)
		}
	}
	return b
}

// writeCall writes the log of a function's call, which ends before the exchange
// it belongs to does.
func (l *exchangeLog) writeCall(_ string, c lambda.Call) {
	text := l.mask(c.Log)
	l.end(append(l.begin(), text...))
}
