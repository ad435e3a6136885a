package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A phase is one part of a request's way. It fills in its own part of the
// exchange; a refusal ends the way.
type phase struct {
	name string
	run  func(*exchange, context.Context) *refusal
}

// phases are in the order AWS works in. Routing comes before everybody's
// permission (case routing-guarded-sibling-does-not-hold-the-path); admission
// comes after authorization because an authorizer may supply the API key [AWS
// docs: Choose an API key source]; guess: validation comes before the cache.
var phases = []phase{
	{"route", (*exchange).route},
	{"decode", (*exchange).decode}, // Content-Encoding of the request
	{"check policy", (*exchange).checkPolicy},
	{"authorize", (*exchange).authorize},
	{"admit", (*exchange).admit}, // API key, throttle, quota
	{"validate", (*exchange).validate},
	{"look up cache", (*exchange).lookUpCache},
	{"map request", (*exchange).mapRequest},
	{"integrate", (*exchange).integrate},
	{"map response", (*exchange).mapResponse},
	{"fill cache", (*exchange).fillCache},
}

// testPhases are what a test invocation goes through: no key, no authorizer, no
// cache [AWS docs: Use the API Gateway console to test a REST API method].
var testPhases = []phase{
	{"validate", (*exchange).validate},
	{"map request", (*exchange).mapRequest},
	{"integrate", (*exchange).integrate},
	{"map response", (*exchange).mapResponse},
}

// An exchange is one request on its way. It belongs to one request, and is used
// again for another when that is over.
type exchange struct {
	g     *Gateway
	w     *world
	req   *Request
	now   time.Time
	watch clock.Stopwatch

	ids       string // request id and extended request id, in one string
	requestID string // the client's own, if it gave one
	traceID   string // made when first asked for

	// route
	verb        string // the method, X-HTTP-Method-Override heeded
	rawQuery    string
	st          *stage
	v           *variant
	m           *methodAt
	contextPath string // with the stage, as sent: $context.path
	path        string // without it, leading slashes collapsed: path of a proxy event
	pathParams  []pathParam

	scope  *mapping.Scope  // what templates and mappings read
	header []result.Header // the caller's, without those dropped on arrival
	body   []byte          // the caller's, Content-Encoding undone
	values []string        // backs the one-value slices of scope's parameters

	identity *ordered.Object // $context.identity, made when first asked for
	key      *traffic.APIKey
	caller   authorization // who the authorizer says it is

	invalidate bool // the caller may, and wants to, replace the cache entry
	warning    bool // the caller may not invalidate the cache and is told so
	cacheKey   string
	cached     bool // the cache had the response: nothing is left to do

	// Integration request and response.
	ireq     integration.Request
	ires     *integration.Response
	mock     int    // status a mock's request template rendered to
	rendered []byte // buffer of the request side
	out      []byte // buffer of the response side

	status      int
	contentType string
	respHeader  []result.Header // method response headers, Content-Type not among them
	respBody    []byte

	refused refusal
	final   []result.Header // as sent

	observed  bool // somebody reads the trace
	trace     []result.Event
	covered   []int32
	templates [2]templateRun        // of the request side and the response side
	functions []result.FunctionCall // that were waited for
	logging   bool
	testing   bool
	log       []string
}

var exchanges = sync.Pool{New: func() any { return &exchange{scope: new(mapping.Scope)} }}

// newExchange takes an exchange for r. done must be called when its response
// has been read.
func (g *Gateway) newExchange(r *Request) *exchange {
	x := exchanges.Get().(*exchange)
	x.g = g
	x.w = g.world.Load()
	x.req = r
	x.now = g.clock.Now()
	x.watch = clock.StartStopwatch()
	x.observed = g.observed
	x.logging = g.config.ExecutionLog
	x.body = r.Body
	x.scope.Context = x
	return x
}

// done gives x back. Nothing of it may be used afterwards.
func (x *exchange) done() {
	scope := x.scope
	clear(x.header)
	clear(x.respHeader)
	clear(x.final)
	clear(x.values)
	clear(x.pathParams)
	clear(x.trace)
	kept := exchange{
		header:     x.header[:0],
		respHeader: x.respHeader[:0],
		final:      x.final[:0],
		values:     x.values[:0],
		pathParams: x.pathParams[:0],
		trace:      x.trace[:0],
		covered:    x.covered[:0],
		templates:  x.templates,
		rendered:   reusable(x.rendered),
		out:        reusable(x.out),
	}
	for i := range kept.templates {
		kept.templates[i].template = nil
	}
	scope.Reset()
	kept.scope = scope
	*x = kept
	exchanges.Put(x)
}

// reusable returns b emptied, or nil if it grew so large that keeping it would
// hold memory for nothing.
func reusable(b []byte) []byte {
	if cap(b) > 64<<10 {
		return nil
	}
	return b[:0]
}

// run sends x through the phases and leaves the answer in status, final and
// respBody.
func (x *exchange) run(ctx context.Context, way []phase) {
	for i := range way {
		if x.cached {
			break
		}
		if r := way[i].run(x, ctx); r != nil {
			x.gatewayResponse(r)
			return
		}
	}
	x.write()
}

// note adds a decision to the trace, if somebody reads it.
func (x *exchange) note(d *result.Decision, a, b, c string) {
	if x.observed {
		x.trace = append(x.trace, result.Event{Decision: d, A: a, B: b, C: c})
	}
}

// noteNumbers is note with numbers.
func (x *exchange) noteNumbers(d *result.Decision, a string, n, m float64) {
	if x.observed {
		x.trace = append(x.trace, result.Event{Decision: d, A: a, N: n, M: m})
	}
}

// cover notes that the exchange went through an element of the document.
func (x *exchange) cover(element int) {
	if x.observed {
		x.covered = append(x.covered, int32(element))
	}
}

// result is what happened, for those who read it. Its parts are its own.
func (x *exchange) result(dst *result.Exchange) {
	*dst = result.Exchange{
		ID:           x.requestIDText(),
		Time:         x.now,
		Method:       x.req.Method,
		Target:       x.req.Target,
		Request:      result.Message{Header: x.req.Header, Body: x.req.Body},
		Response:     result.Message{Header: append([]result.Header(nil), x.final...), Body: append([]byte(nil), x.respBody...)},
		Status:       x.status,
		ResponseType: x.refused.typeName(),
		Trace:        append([]result.Event(nil), x.trace...),
		Covered:      append([]int32(nil), x.covered...),
		Templates:    x.templateRuns(),
		Log:          x.log,
		Functions:    x.functions,
		Duration:     x.watch.Elapsed(),
		Latency:      x.g.clock.Now().Sub(x.now),
	}
	if x.st != nil {
		dst.API, dst.Stage = x.st.API, x.st.Name
	}
	if x.m != nil {
		dst.Resource = x.m.Resource.Path
	}
}
