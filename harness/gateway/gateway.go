// Package gateway answers as API Gateway answers: one request's way as a list
// of phases, from routing to the method response.
//
// Three things are kept apart. A [Deployment] is an API made ready to serve,
// frozen and shared by all worlds. [Settings] are one immutable value, replaced
// whole. State (counters, cache) is keyed by names and outlives both.
//
// [Gateway.Do] is the whole of it: a request as spelled goes in, a response
// comes out, with an exchange that tells how it came about. [Serve] puts a
// gateway on a port.
//
// It promises nothing to other modules.
package gateway

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi"
)

// A Request is what a caller sent, as spelled.
type Request struct {
	Method   string
	Target   string // path and query as on the request line, the stage included
	Host     string
	Proto    string // HTTP/1.1
	Header   []result.Header
	Body     []byte
	SourceIP string

	bodyTooLong bool // a server did not even read it
	// watch gives a context that ends when the caller goes away, too, and what ends
	// the watch; nil: nobody can tell.
	watch func(context.Context) (context.Context, func())
}

// A Response is what the caller gets.
type Response struct {
	Status int
	Header []result.Header
	Body   []byte
	// Exchange tells how it came about. It belongs to the caller.
	Exchange *result.Exchange
}

// Config says what a gateway works with. The zero value of every field works.
type Config struct {
	Settings  *Settings              // nil: no stages
	Functions integration.Functions  // nil: there are none
	Network   *integration.Network   // nil: one that reaches loopback only
	Clock     clock.Clock            // nil: real time
	Seed      uint64                 // ids, canaries
	Observe   func(*result.Exchange) // called with every exchange when it is over, from its own goroutine; nil: nobody
	// Trace keeps the decisions, the covered elements and both messages in
	// each response's exchange. Without it, and without Observe, nothing is noted.
	Trace        bool
	ExecutionLog bool // keep the execution log in each exchange
	// Stub says what answers where a function, host or service isn't there; an
	// authorizer whose function isn't there then lets everybody in. Nil: AWS's
	// own refusal.
	Stub func(*openapi.Integration) *integration.Stub
}

// A Gateway is a world of stages that answers requests. Its methods may be
// called from any number of goroutines.
type Gateway struct {
	config       Config
	clock        clock.Clock
	integrations *integration.Integrations
	observed     bool // decisions are noted

	world   atomic.Pointer[world]
	counter atomic.Uint64 // of the seeded sequence

	store       *traffic.Store
	cache       cache
	authorizers authorizerResults
}

// New makes a gateway.
func New(c Config) *Gateway {
	if c.Clock == nil {
		c.Clock = clock.Real()
	}
	if c.Settings == nil {
		c.Settings = &Settings{}
	}
	g := &Gateway{
		config:       c,
		clock:        c.Clock,
		observed:     c.Trace || c.Observe != nil,
		integrations: integration.New(integration.Config{Functions: c.Functions, Network: c.Network, Clock: c.Clock, Stub: c.Stub}),
		store:        traffic.NewStore(),
	}
	g.world.Store(newWorld(c.Settings))
	return g
}

// Settings returns what is in force. It must not be changed: Clone it.
func (g *Gateway) Settings() *Settings { return g.world.Load().settings }

// SetSettings puts s in force for the requests that come. Counters, cache
// entries and authorizer results go on living by their names.
func (g *Gateway) SetSettings(s *Settings) { g.world.Store(newWorld(s)) }

// Do answers a request. It takes as long as the integration does; when ctx ends,
// the call to the backend does too.
func (g *Gateway) Do(ctx context.Context, r *Request) *Response {
	x := g.newExchange(r)
	defer x.done()
	x.run(ctx, phases)
	// One allocation for what always comes together.
	both := &struct {
		Response
		result.Exchange
	}{}
	x.result(&both.Exchange)
	both.Response = Response{Status: x.status, Header: both.Exchange.Response.Header, Body: both.Exchange.Response.Body, Exchange: &both.Exchange}
	if g.config.Observe != nil {
		g.config.Observe(&both.Exchange)
	}
	return &both.Response
}

// ServeHTTP is an adapter for Go tests. net/http gives header names in its own
// spelling and its own order; a server of [Serve] keeps the caller's.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// One byte more than is allowed: the gateway says what becomes of it.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		http.Error(w, "the body can't be read", http.StatusBadRequest)
		return
	}
	req := &Request{Method: r.Method, Target: r.RequestURI, Host: r.Host, Proto: r.Proto, Body: body}
	if req.Target == "" {
		req.Target = r.URL.RequestURI()
	}
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		req.SourceIP = host
	}
	req.Header = append(req.Header, result.Header{Name: "Host", Value: r.Host})
	for name, values := range r.Header {
		for _, v := range values {
			req.Header = append(req.Header, result.Header{Name: name, Value: v})
		}
	}
	res := g.Do(r.Context(), req)
	for _, h := range res.Header {
		if !strings.EqualFold(h.Name, "Connection") {
			w.Header().Add(h.Name, h.Value)
		}
	}
	w.WriteHeader(res.Status)
	w.Write(res.Body) //nolint:errcheck // the caller went away
}

// FlushCache drops the cached responses of a stage. API is the API's id or name.
func (g *Gateway) FlushCache(api, stage string) {
	for _, st := range g.Settings().Stages {
		if st.Name == stage && (api == "" || st.APIID == api || st.API == api) {
			id := st.APIID
			if id == "" && st.Deployment != nil {
				id = st.Deployment.options.APIID
			}
			g.cache.flush(id + "/" + stage)
		}
	}
}

// Reset forgets all state: counters, cached responses, authorizer results. The
// sequence of ids and draws begins again.
func (g *Gateway) Reset() {
	g.store.Reset()
	g.cache.reset()
	g.authorizers.reset()
	g.counter.Store(0)
}

// Usage tells what a key has used of a usage plan's quota in the period that it
// is now. Both go by their names; a plan that is not there has none.
func (g *Gateway) Usage(plan, key string) traffic.Usage {
	p := g.Settings().Plans.Plan(plan)
	if p == nil {
		return traffic.Usage{}
	}
	return g.store.Usage(p, key, g.clock.Now())
}
