package lambda

import (
	"sync"
	"time"
)

// A pool holds the environments of one version.
type pool struct {
	start func() (*environment, error)

	mu     sync.Mutex
	idle   []*environment // by when they were last used, which is the first to be used again
	busy   map[*environment]struct{}
	closed bool
}

// idleTime is how long an environment is kept that nobody uses while others of
// its version are: after a rush some are too many.
// guess: AWS does not say; people measure some minutes.
const idleTime = 10 * time.Minute

func newPool(start func() (*environment, error)) *pool {
	return &pool{start: start, busy: map[*environment]struct{}{}}
}

// take returns an environment that is free, or a new one: as many run as there
// are calls at one time.
func (p *pool) take() (*environment, error) {
	p.mu.Lock()
	for len(p.idle) > 0 {
		e := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if e.alive() {
			p.busy[e] = struct{}{}
			p.mu.Unlock()
			return e, nil
		}
		e.close() // it ended between calls; AWS starts another without a word
	}
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return nil, ErrClosed
	}
	e, err := p.start()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		e.close()
		return nil, ErrClosed
	}
	p.busy[e] = struct{}{}
	return e, nil
}

// put takes an environment back, for the next call or to end it.
func (p *pool) put(e *environment, discard bool) {
	p.mu.Lock()
	delete(p.busy, e)
	var old []*environment
	if !discard && !p.closed {
		e.lastUsed = time.Now()
		p.idle = append(p.idle, e)
		for e.lastUsed.Sub(p.idle[0].lastUsed) > idleTime {
			old = append(old, p.idle[0])
			p.idle = p.idle[1:]
		}
	} else {
		old = append(old, e)
	}
	p.mu.Unlock()
	for _, e := range old {
		e.close()
	}
}

// close ends all environments, also those at work.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	idle, busy := p.idle, p.busy
	p.idle, p.busy = nil, map[*environment]struct{}{}
	p.mu.Unlock()
	for _, e := range idle {
		e.close()
	}
	for e := range busy {
		e.close()
	}
}

// retire lets calls at work finish and ends the rest: the version has new code.
func (p *pool) retire() {
	p.mu.Lock()
	p.closed = true
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, e := range idle {
		e.close()
	}
}
