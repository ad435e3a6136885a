package harness

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gavv/httpexpect/v2"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Sandbox is a gateway that runs for one Go test. Its methods may be called
// from any number of goroutines.
type Sandbox struct {
	*project.Sandbox
	// URL is where the gateway listens, without a stage: URL + "/dev/items".
	URL string
	// Clock is the gateway's, and stands still until it is moved.
	Clock *clock.Virtual

	tb        testing.TB
	mu        sync.Mutex
	exchanges []*result.Exchange
}

// An Option changes what [Start] does.
type Option func(*startOptions)

type startOptions struct {
	seed    uint64
	at      time.Time
	project project.Options
}

// Seed sets what weighted aliases, canaries and request ids are drawn from;
// default 1.
func Seed(n uint64) Option { return func(o *startOptions) { o.seed = n } }

// At sets what the clock shows first; default the config's clock.start.
func At(t time.Time) Option { return func(o *startOptions) { o.at = t } }

// AllowRefused runs what could be built of a document that AWS would refuse.
func AllowRefused() Option { return func(o *startOptions) { o.project.AllowRefused = true } }

// Stub answers for functions and hosts that aren't there, from the document's
// examples and schemas.
func Stub() Option { return func(o *startOptions) { o.project.Stub = true } }

// Stage names the stage that a document without config is deployed to; default
// dev.
func Stage(name string) Option { return func(o *startOptions) { o.project.Stage = name } }

// Start runs a gateway until the test ends. config is a rehearse.yaml, or an
// OpenAPI document, which is deployed to the stage dev. What is wrong with it
// ends the test.
func Start(tb testing.TB, config string, opts ...Option) *Sandbox {
	tb.Helper()
	o := startOptions{seed: 1}
	for _, opt := range opts {
		opt(&o)
	}
	open := project.OpenDocument
	if filepath.Base(config) == project.ConfigName || isConfig(config) {
		open = project.Open
	}
	p, err := open(config, o.project)
	if err != nil {
		tb.Fatalf("rehearse: %s", explain(err))
	}
	tb.Cleanup(func() {
		if err := p.Close(); err != nil {
			tb.Errorf("rehearse: %v", err)
		}
	})
	if o.at.IsZero() {
		o.at = p.Config.Start
	}
	s := &Sandbox{Clock: clock.NewVirtual(o.at), tb: tb}
	s.Sandbox, err = p.Start(project.StartOptions{
		Clock: s.Clock, Seed: o.seed, Observe: s.observe, Trace: true, ExecutionLog: true, Logf: tb.Logf,
	})
	if errors.Is(err, project.ErrRefused) {
		var b strings.Builder
		for _, f := range p.Findings() {
			b.WriteString("\n" + f.Pos.String() + ": " + f.Message)
		}
		tb.Fatalf("rehearse: %v:%s", err, b.String())
	}
	if err != nil {
		tb.Fatalf("rehearse: %s", explain(err))
	}
	tb.Cleanup(s.Sandbox.Close)
	server := httptest.NewServer(http.HandlerFunc(s.Gateway.ServeHTTP))
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// isConfig reports whether a file is a rehearse.yaml by another name: documents
// say openapi or swagger at their root.
func isConfig(name string) bool {
	data, err := readFile(nil, filepath.ToSlash(name))
	if err != nil {
		return false
	}
	f, err := source.Read(name, data)
	return err == nil && f.Root.Get("apis") != nil && f.Root.Get("openapi") == nil && f.Root.Get("swagger") == nil
}

// explain shows all errors that were joined, each with its hint.
func explain(err error) string {
	var b strings.Builder
	var walk func(err error)
	walk = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				walk(e)
			}
			return
		}
		b.WriteString("\n" + err.Error())
		var e *source.Error
		if errors.As(err, &e) && e.Hint != "" {
			b.WriteString("\n  hint: " + e.Hint)
		}
	}
	walk(err)
	return strings.TrimPrefix(b.String(), "\n")
}

func (s *Sandbox) observe(x *result.Exchange) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.exchanges = append(s.exchanges, x)
}

// Exchanges are the requests so far, in the order in which they were answered,
// each with the decisions the gateway took.
func (s *Sandbox) Exchanges() []*result.Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.exchanges)
}

// Expect begins a request whose answer is checked: Expect().GET("/dev/items").
// Redirects are not followed. Go's client spells header names its own way; where
// the spelling matters, call Gateway.Do.
func (s *Sandbox) Expect() *httpexpect.Expect {
	return httpexpect.WithConfig(httpexpect.Config{
		TestName: s.tb.Name(),
		BaseURL:  s.URL,
		Reporter: httpexpect.NewAssertReporter(s.tb),
		Client: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	})
}
