package project

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// ErrRefused says that AWS's import would refuse a document; the findings say why.
var ErrRefused = errors.New("AWS would refuse the import")

// StartOptions of [Project.Start]. The zero value works.
type StartOptions struct {
	Clock clock.Clock // nil: real time
	// Seed draws weighted aliases, canaries and request ids.
	Seed uint64
	// KeySeed makes the values of keys that have none; 0: Seed does. Sandboxes of
	// one run share it, and with it their keys.
	KeySeed uint64
	// Observe is told of each exchange; nil: nobody is.
	Observe func(*result.Exchange)
	// Trace keeps the decisions and the messages of exchanges, ExecutionLog the
	// log lines in AWS's words.
	Trace, ExecutionLog bool
	// Logf takes what functions' processes have to say to a person; nil: nobody.
	Logf func(format string, args ...any)
	// KeepCalls is how many calls of each function are remembered, the last ones; 0
	// is all. What serves for days needs a limit.
	KeepCalls int
	// Called is told of each call of a function that has ended, with its log;
	// nil: nobody is.
	Called func(function string, c lambda.Call)
	// Parallel is how many sandboxes of the project are at work at once: so many
	// node processes are kept ready. The first Start decides.
	Parallel int
}

// A Sandbox is a project running: one world with its settings, counters, cache
// and function state. Close it.
type Sandbox struct {
	Project   *Project
	Gateway   *gateway.Gateway
	Functions *lambda.Registry
	Network   *integration.Network
	Clock     clock.Clock

	mu    sync.Mutex // settings are changed one after another
	plans *plansOf
	first *gateway.Settings
	start *plansOf
}

// Start makes a sandbox. It is cheap: no process starts, and deployments are
// shared by all sandboxes of the project.
func (p *Project) Start(o StartOptions) (*Sandbox, error) {
	if p.Refused() && !p.options.AllowRefused {
		return nil, ErrRefused
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	plans, err := p.plans(cmp.Or(o.KeySeed, o.Seed))
	if err != nil {
		return nil, err
	}
	host, functions, err := p.functionHost(o)
	if err != nil {
		return nil, err
	}
	registry, err := lambda.New(lambda.Config{Functions: functions, Host: host, Clock: o.Clock, Rand: draw(o.Seed), KeepCalls: o.KeepCalls, Ended: o.Called})
	if err != nil {
		return nil, configError("functions", err)
	}
	network, err := integration.NewNetwork(p.networkConfig(), o.Clock)
	if err != nil {
		registry.Close()
		return nil, configError("backends", err)
	}
	s := &Sandbox{Project: p, Functions: registry, Network: network, Clock: o.Clock, plans: plans, start: plans}
	s.first = &gateway.Settings{Region: p.Config.Region, AccountID: p.Config.AccountID, Stages: p.stages(), Plans: plans.compiled}
	s.Gateway = gateway.New(gateway.Config{
		Settings: s.first, Functions: registry, Network: network, Clock: o.Clock, Seed: o.Seed,
		Observe: o.Observe, Trace: o.Trace, ExecutionLog: o.ExecutionLog, Stub: p.stub(),
	})
	return s, nil
}

// configError makes errors of a package that reads a part of the config errors
// of the config.
func configError(part string, err error) error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return &source.Error{Msg: part + ": " + strings.TrimPrefix(err.Error(), part+": "), Err: err}
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, configError(part, e))
	}
	return errors.Join(all...)
}

// Close ends what the sandbox started.
func (s *Sandbox) Close() {
	s.Functions.Close()
	s.Network.Close()
}

// Reset forgets what has happened: counters, cache, function state, and the
// settings that were changed. The clock is its owner's.
func (s *Sandbox) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plans = s.start
	s.Gateway.SetSettings(s.first)
	s.Gateway.Reset()
	s.Functions.Reset()
	s.Network.Reset()
}

// draw returns numbers from 0 to 1 that are the same for the same seed.
func draw(seed uint64) func() float64 {
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0x616c696173)) // "alias": another sequence than the gateway's
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return r.Float64()
	}
}

// stages are the stages of all APIs as the config has them.
func (p *Project) stages() []*gateway.Stage {
	var all []*gateway.Stage
	for _, a := range p.APIs {
		for _, c := range a.Config.Stages {
			s := &gateway.Stage{
				API: a.Name, APIID: a.ID, Name: c.Name,
				Deployment:          p.stageDocument(a, c).deployment(),
				Variables:           maps.Clone(c.Variables),
				CacheClusterEnabled: c.CacheClusterEnabled,
				CacheClusterSize:    c.CacheClusterSize,
				MethodSettings:      maps.Clone(c.MethodSettings),
			}
			if c.Canary != nil {
				s.Canary = &gateway.Canary{
					PercentTraffic:         c.Canary.PercentTraffic,
					StageVariableOverrides: maps.Clone(c.Canary.StageVariableOverrides),
					UseStageCache:          c.Canary.UseStageCache,
				}
				if c.Canary.Document != "" {
					if d, err := p.load(a.Config, c.Canary.Document); err == nil {
						s.Canary.Deployment = d.deployment()
					}
				}
			}
			all = append(all, s)
		}
	}
	return all
}

// plansOf are keys and plans, before and after they were compiled.
type plansOf struct {
	keys     []traffic.APIKey
	plans    []traffic.UsagePlan
	compiled *traffic.Plans

	seed   uint64 // that keys without a value were made from
	seeded bool   // there are such keys
}

// plans compiles keys and plans, and keeps them for the next sandbox: of another
// seed only if no key is made from it.
func (p *Project) plans(seed uint64) (*plansOf, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.base != nil && (!p.base.seeded || p.base.seed == seed) {
		return p.base, nil
	}
	ps := plansOf{seed: seed}
	for _, k := range p.Config.APIKeys {
		value := k.Value
		if value == "" {
			value = generateKey(k.Name, seed)
			ps.seeded = true
			p.hide(value)
		}
		ps.keys = append(ps.keys, traffic.APIKey{Name: k.Name, ID: openapi.NewID("apikey", k.Name), Value: value, Disabled: k.Disabled})
	}
	for _, c := range p.Config.UsagePlans {
		plan := traffic.UsagePlan{Name: c.Name, ID: openapi.NewID("usageplan", c.Name)[:6], Throttle: c.Throttle, Quota: c.Quota}
		for _, k := range c.Keys {
			plan.Keys = append(plan.Keys, k.Name)
		}
		for _, s := range c.Stages {
			plan.APIStages = append(plan.APIStages, traffic.APIStage{API: p.Config.api(s.API.Name).ID, Stage: s.Stage.Name, Throttle: s.Throttle})
		}
		ps.plans = append(ps.plans, plan)
	}
	if err := ps.compile(); err != nil {
		return nil, err
	}
	p.base = &ps
	return &ps, nil
}

func (ps *plansOf) compile() error {
	var err error
	ps.compiled, err = traffic.Compile(ps.keys, ps.plans)
	return err
}

// clone copies what a change may touch.
func (ps *plansOf) clone() *plansOf {
	return &plansOf{keys: slices.Clone(ps.keys), plans: slices.Clone(ps.plans)}
}

// functionHost makes the host of all sandboxes' functions when first needed, and
// the functions with their code where processes find it.
func (p *Project) functionHost(o StartOptions) (*lambda.Host, []lambda.Function, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host != nil {
		return p.host, p.functions, nil
	}
	endpoints := map[string]string{}
	for target, url := range p.Config.Endpoints {
		if !strings.Contains(target, "://") {
			endpoints[target] = url
		}
	}
	var functions []lambda.Function
	for _, c := range p.Config.Functions {
		f, err := p.located(c)
		if err != nil {
			return nil, nil, err
		}
		functions = append(functions, f)
	}
	p.functions = functions
	p.host = lambda.NewHost(lambda.HostConfig{
		Region: p.Config.Region, AccountID: p.Config.AccountID, Endpoints: endpoints, Logf: o.Logf, Dir: p.files.absolute("."),
		WarmNode: max(1, o.Parallel),
	})
	return p.host, p.functions, nil
}

// located is a function with its code where processes find it.
func (p *Project) located(c FunctionConfig) (lambda.Function, error) {
	f := c.Function
	var err error
	if f.Code, err = p.locate(f.Code, filepath.Join(f.Name, "latest")); err != nil {
		return f, fmt.Errorf("function %s: %w", f.Name, err)
	}
	f.Versions = maps.Clone(f.Versions)
	for v, code := range f.Versions {
		if f.Versions[v], err = p.locate(code, filepath.Join(f.Name, v)); err != nil {
			return f, fmt.Errorf("function %s, version %s: %w", f.Name, v, err)
		}
	}
	return f, nil
}

// locate makes the paths of code absolute; embedded code is unpacked to a
// temporary folder first.
func (p *Project) locate(c lambda.Code, name string) (lambda.Code, error) {
	if p.files.embedded != nil {
		if c.Path == "" {
			return c, nil
		}
		if p.unpacked == "" {
			dir, err := os.MkdirTemp("", "rehearse-")
			if err != nil {
				return c, err
			}
			p.unpacked = dir
		}
		to := filepath.Join(p.unpacked, name)
		if err := p.files.unpack(c.Path, to); err != nil {
			return c, fmt.Errorf("unpack %s: %w", c.Path, err)
		}
		c.Path = to
		return c, nil
	}
	c.Path = p.files.absolute(c.Path)
	c.Layers = slices.Clone(c.Layers)
	for i, l := range c.Layers {
		c.Layers[i] = p.files.absolute(l)
	}
	if strings.ContainsAny(c.Interpreter, `/\`) {
		c.Interpreter = p.files.absolute(c.Interpreter)
	}
	return c, nil
}

// HostNotes are what the functions' host has to say: a runtime's minor version
// that differs from the one asked for.
func (p *Project) HostNotes() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.host == nil {
		return nil
	}
	return p.host.Notes()
}

func (p *Project) networkConfig() integration.NetworkConfig {
	n := integration.NetworkConfig{Endpoints: p.Config.Endpoints, Allow: p.Config.Allow, Clients: &p.clients, Backends: map[string]integration.Backend{}}
	for _, c := range p.Config.Backends {
		b := integration.Backend{Echo: c.Echo}
		if c.Answer != nil {
			a := c.Answer.answer()
			b.Answer = &a
		}
		for _, r := range c.Routes {
			b.Routes = append(b.Routes, integration.Route{Method: r.Method, Path: r.Path, Answer: r.Answer.answer()})
		}
		n.Backends[c.Target] = b
	}
	return n
}

func (c *AnswerConfig) answer() integration.Answer {
	a := integration.Answer{Status: c.Status, Body: []byte(c.Body), Delay: c.Delay, Unreachable: c.Unreachable}
	for _, h := range c.Header {
		a.Header = append(a.Header, result.Header{Name: h[0], Value: h[1]})
	}
	return a
}

// NotEnforced says what of the config is stored and without effect, for the
// start lines.
func (p *Project) NotEnforced() []string {
	var notes []string
	for _, a := range p.APIs {
		for _, s := range a.Config.Stages {
			at := a.Name + "/" + s.Name
			if s.MethodSettings["*/*"].ThrottlingRateLimit == nil && s.MethodSettings["*/*"].ThrottlingBurstLimit == nil {
				notes = append(notes, at+": AWS's default throttle of 10,000 requests a second with a burst of 5,000")
			}
			stored := map[string]bool{}
			for _, m := range s.MethodSettings {
				stored["cacheDataEncrypted"] = stored["cacheDataEncrypted"] || m.CacheDataEncrypted != nil
				stored["metricsEnabled"] = stored["metricsEnabled"] || m.MetricsEnabled != nil
				stored["dataTraceEnabled"] = stored["dataTraceEnabled"] || m.DataTraceEnabled != nil
				stored["loggingLevel"] = stored["loggingLevel"] || m.LoggingLevel != ""
			}
			for _, name := range sortedKeys(stored) {
				if stored[name] {
					notes = append(notes, at+": methodSettings "+name+" is stored only")
				}
			}
		}
	}
	for _, d := range p.Documents() {
		if d.Model == nil {
			continue
		}
		auth := map[string]int{}
		for m := range d.Model.AllMethods() {
			auth[m.AuthorizationType]++
		}
		if n := auth["AWS_IAM"]; n > 0 {
			notes = append(notes, d.Name+": AWS_IAM is not verified: calls of "+count(n, "method")+" are answered as AWS answers a bad signature")
		}
		if n := auth["COGNITO_USER_POOLS"]; n > 0 {
			notes = append(notes, d.Name+": Cognito tokens are not verified: calls of "+count(n, "method")+" are answered as AWS answers a bad token")
		}
	}
	return notes
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
