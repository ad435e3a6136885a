package lambda

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
)

// Config configures a [Registry].
type Config struct {
	Functions []Function
	Host      *Host          // nil: the registry has one of its own
	Clock     clock.Clock    // nil: real time
	Rand      func() float64 // draws from [0,1), seeded; nil: the same draws each time
	// KeepCalls is how many calls of each function [Registry.Calls] remembers, the
	// last ones; 0 means all. What serves for days needs a limit.
	KeepCalls int
	// Ended is told of each call that Lambda answered, when it has ended; from
	// the goroutine of that call. Nil: nobody is.
	Ended func(function string, c Call)
}

// A Registry is the functions of one world. It is cheap to make: no process
// starts before the first call.
type Registry struct {
	config  Config
	host    *Host
	ownHost bool
	clock   clock.Clock
	ctx     context.Context // ends with the registry
	cancel  context.CancelFunc
	flights sync.WaitGroup // calls at work, also those nobody waits for any more

	mu        sync.Mutex
	closed    bool
	functions map[string]*function
	working   int // calls at work, all functions
	later     []retry
	async     map[*flight]chan struct{} // asynchronous calls at work

	randMu sync.Mutex
	rand   func() float64
	ids    *rand.Rand // of its own, so that a cold start does not move the draws
}

// A function is what a world knows of a function. Its registry's mu guards it.
type function struct {
	name        string
	config      Function
	latest      *version
	versions    map[string]*version // published
	aliases     map[string]Alias
	lastVersion int
	changed     bool // $LATEST is not what was published last

	stands  bool // for one that isn't there: it has no code, and every qualifier is it
	answer  *override
	delay   time.Duration // "takes 31 seconds"
	working int           // calls at work, all versions
	calls   []*Call
}

// An override answers instead of the code, for every version and alias.
type override struct {
	result  []byte
	message string // of a failure
	failure bool
}

// A version is code that does not change. $LATEST is one until it gets new code.
type version struct {
	function string
	name     string
	code     Code
	taskRoot func() (string, error) // the folder that is /var/task
	pool     *pool
	shared   bool // the pool is the host's
}

// New makes the functions of a world. The error joins everything that is wrong
// with them.
func New(c Config) (*Registry, error) {
	r := &Registry{config: c, host: c.Host, clock: c.Clock, rand: c.Rand, async: map[*flight]chan struct{}{}}
	if r.host == nil {
		r.host, r.ownHost = NewHost(HostConfig{}), true
	}
	if r.clock == nil {
		r.clock = clock.Real()
	}
	if r.rand == nil {
		r.rand = rand.New(rand.NewPCG(1, 1)).Float64
	}
	r.ids = rand.New(rand.NewPCG(uint64(r.rand()*(1<<53)), 2))
	r.ctx, r.cancel = context.WithCancel(context.Background())
	var problems []error
	seen := map[string]bool{}
	for i := range c.Functions {
		problems = append(problems, r.host.check(&c.Functions[i])...)
		if seen[c.Functions[i].Name] {
			problems = append(problems, fmt.Errorf("functions.%s is there twice", c.Functions[i].Name))
		}
		seen[c.Functions[i].Name] = true
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	r.functions = r.make()
	return r, nil
}

// make builds the functions as configured.
func (r *Registry) make() map[string]*function {
	m := make(map[string]*function, len(r.config.Functions))
	for _, c := range r.config.Functions {
		f := &function{
			name: c.Name, config: c, changed: true,
			versions: make(map[string]*version, len(c.Versions)), aliases: maps.Clone(c.Aliases),
		}
		if f.aliases == nil {
			f.aliases = map[string]Alias{}
		}
		f.latest = r.version(f, Latest, c.Code)
		for name, code := range c.Versions {
			f.versions[name] = r.version(f, name, code.inherit(c.Code))
			if n, err := strconv.Atoi(name); err == nil {
				f.lastVersion = max(f.lastVersion, n)
			}
		}
		m[c.Name] = f
	}
	return m
}

// version makes a version of f; its environments come with its first call.
func (r *Registry) version(f *function, name string, code Code) *version {
	code = code.withDefaults()
	layers := make([]string, len(code.Layers))
	for i, l := range code.Layers {
		layers[i] = r.host.path(l)
	}
	code.Layers = layers
	v := &version{function: f.name, name: name, code: code, shared: f.config.Shared}
	v.taskRoot = sync.OnceValues(func() (string, error) { return r.host.taskRoot(&v.code) })
	switch {
	case code.kind() == kindStatic || code.kind() == kindHTTP || code.kind() == kindExec:
	case v.shared:
		v.pool = r.host.sharedPool(v, r.environment)
	default:
		v.pool = newPool(func() (*environment, error) { return r.environment(v) })
	}
	return v
}

// environment starts an environment of v.
func (r *Registry) environment(v *version) (*environment, error) {
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, unavailable(v.function, err.Error(), "")
	}
	return r.host.start(v, r.host.environ(v, taskRoot, r.logStream(v)))
}

// logStream names an environment: 2026/01/01/[$LATEST]6f1c1a522b8a4d539f3e0d6c5a1e7b90.
func (r *Registry) logStream(v *version) string {
	return r.clock.Now().Format("2006/01/02") + "/[" + v.name + "]" + strings.ReplaceAll(r.newID(), "-", "")
}

// Close ends this world's environments and waits for the calls at work to
// notice. Environments of shared functions live on.
func (r *Registry) Close() {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.closed = true
	functions := r.functions
	r.functions = nil
	r.later = nil
	r.mu.Unlock()
	r.cancel()
	closePools(functions)
	r.flights.Wait()
	if r.ownHost {
		r.host.Close()
	}
}

// Reset makes the world new: functions as configured, no calls remembered, no
// environment with state.
func (r *Registry) Reset() {
	r.mu.Lock()
	old := r.functions
	if !r.closed {
		r.functions = r.make()
	}
	r.later = nil
	r.mu.Unlock()
	closePools(old)
}

func closePools(functions map[string]*function) {
	for _, f := range functions {
		f.latest.close()
		for _, v := range f.versions {
			v.close()
		}
	}
}

func (v *version) close() {
	if v.pool != nil && !v.shared {
		v.pool.close()
	}
}

// Functions are the functions as they are now: code, versions and aliases that
// steps have changed included. Sorted by name.
func (r *Registry) Functions() []Function {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Function, 0, len(r.functions))
	for _, name := range slices.Sorted(maps.Keys(r.functions)) {
		f := r.functions[name]
		c := f.config
		c.Code = f.latest.code
		c.Aliases = maps.Clone(f.aliases)
		c.Versions = make(map[string]Code, len(f.versions))
		for n, v := range f.versions {
			c.Versions[n] = v.code
		}
		list = append(list, c)
	}
	return list
}

// get returns a function; r.mu is held.
func (r *Registry) get(name string) (*function, error) {
	if r.closed {
		return nil, ErrClosed
	}
	f := r.functions[name]
	if f == nil {
		if n := nearest(name, slices.Collect(maps.Keys(r.functions))); n != "" {
			return nil, fmt.Errorf("%w: %s (did you mean %s?)", ErrNoFunction, name, n)
		}
		return nil, fmt.Errorf("%w: %s", ErrNoFunction, name)
	}
	return f, nil
}

// resolve returns the version a qualifier stands for. A weighted alias draws.
func (r *Registry) resolve(f *function, qualifier string) (*version, error) {
	if qualifier == "" || qualifier == Latest || f.stands {
		return f.latest, nil
	}
	if v := f.versions[qualifier]; v != nil {
		return v, nil
	}
	a, ok := f.aliases[qualifier]
	if !ok {
		names := append(slices.Collect(maps.Keys(f.aliases)), slices.Collect(maps.Keys(f.versions))...)
		if n := nearest(qualifier, names); n != "" {
			return nil, fmt.Errorf("%w: %s:%s (did you mean %s?)", ErrNoAlias, f.name, qualifier, n)
		}
		return nil, fmt.Errorf("%w: %s:%s", ErrNoAlias, f.name, qualifier)
	}
	target := a.Version
	for other, weight := range a.Weights { // one at most
		if r.draw() < weight {
			target = other
		}
	}
	if target == Latest {
		return f.latest, nil
	}
	if v := f.versions[target]; v != nil {
		return v, nil
	}
	return nil, fmt.Errorf("%w: %s:%s points to version %s, which is not there", ErrNoAlias, f.name, qualifier, target)
}

func (r *Registry) draw() float64 {
	r.randMu.Lock()
	defer r.randMu.Unlock()
	return r.rand()
}

// newID makes a request id from the seed.
func (r *Registry) newID() string {
	r.randMu.Lock()
	high, low := r.ids.Uint64(), r.ids.Uint64()
	r.randMu.Unlock()
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], high)
	binary.BigEndian.PutUint64(b[8:], low)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // a UUID of version 4
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// sharedPool is the pool of a function whose environments survive a scenario:
// one for each version and its code, whatever world asks.
func (h *Host) sharedPool(v *version, start func(*version) (*environment, error)) *pool {
	key := fmt.Sprintf("%s:%s %+v", v.function, v.name, v.code)
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.shared[key]
	if p == nil {
		p = newPool(func() (*environment, error) { return start(v) })
		h.shared[key] = p
	}
	return p
}
