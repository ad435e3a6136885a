package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
)

// A TestInvoke is a call as the console's Test tab makes it: to a method, past
// routing, authorization, API keys, throttles and the cache.
type TestInvoke struct {
	API      string // id or name; may be empty where there is one
	Stage    string // whose deployment and variables; empty: the API's first
	Method   string
	Path     string // path and query without the stage: /pets/1?size=2
	Resource string // the resource's path, /pets/{id}; empty: the one Path is routed to
	Header   []result.Header
	Body     []byte
	// StageVariables, if not nil, stand in the place of the stage's.
	StageVariables map[string]string
}

// A TestResult is what a test invocation gave.
type TestResult struct {
	Err     error // there is no such API, stage, resource or method; the rest is then empty
	Status  int
	Header  []result.Header
	Body    []byte
	Latency time.Duration
	Log     string // the execution log, each line with its end
	// Exchange tells how it came about.
	Exchange *result.Exchange
}

// testStage is the name of the stage that test invocations run in.
const testStage = "test-invoke-stage"

// What AWS says of a method or resource that is not there.
var (
	//lint:ignore ST1005 AWS's words
	errInvalidMethod = errors.New("Invalid Method identifier specified")
	//lint:ignore ST1005 AWS's words
	errInvalidResource = errors.New("Invalid Resource identifier specified")
)

// TestInvoke calls a method as test-invoke-method does.
func (g *Gateway) TestInvoke(ctx context.Context, t TestInvoke) *TestResult {
	st, err := g.testedStage(t.API, t.Stage)
	if err != nil {
		return &TestResult{Err: err}
	}
	req := &Request{Method: t.Method, Target: "/" + testStage + t.Path, Proto: "HTTP/1.1", Header: t.Header, Body: t.Body, SourceIP: "test-invoke-source-ip"}
	x := g.newExchange(req)
	defer x.done()
	x.testing, x.logging, x.observed = true, true, true
	x.st, x.v = st, st.base
	if t.StageVariables != nil {
		x.v = newVariant(st, st.base.Deployment, t.StageVariables, false)
	}
	x.scope.StageVariables = x.v.variables
	x.takeHeaders()
	if err := x.aim(t); err != nil {
		return &TestResult{Err: err}
	}
	x.logStart()
	x.run(ctx, testPhases)
	exchange := &result.Exchange{}
	x.result(exchange)
	var b strings.Builder
	for _, line := range x.log {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return &TestResult{
		Status:   x.status,
		Header:   exchange.Response.Header,
		Body:     exchange.Response.Body,
		Latency:  exchange.Latency,
		Log:      b.String(),
		Exchange: exchange,
	}
}

// testedStage finds the stage whose deployment a test is for.
func (g *Gateway) testedStage(api, name string) (*stage, error) {
	w := g.world.Load()
	for _, s := range w.settings.Stages {
		if s.Deployment == nil || api != "" && s.API != api && s.APIID != api || name != "" && s.Name != name {
			continue
		}
		id := s.APIID
		if id == "" {
			id = s.Deployment.options.APIID
		}
		return w.apis[id].stages[s.Name], nil
	}
	return nil, fmt.Errorf("there is no stage %q of API %q", name, api)
}

// aim finds the method, and what of the path its parameters stand for. A path
// that does not fit leaves them out; without a path the resource's own is used,
// and {petId} becomes the value of petId (recorded).
func (x *exchange) aim(t TestInvoke) error {
	path, query, _ := strings.Cut(t.Path, "?")
	x.rawQuery = query
	if path == "" {
		path = t.Resource
	}
	if path == "" {
		path = "/"
	}
	x.path = collapse(path)
	x.contextPath = x.path
	v := verbOf(x.verb)
	if v == noVerb {
		return errInvalidMethod
	}
	m, params := x.v.router.match(strings.TrimSuffix(x.path[1:], "/"), v, nil)
	if t.Resource != "" && (m == nil || m.Resource.Path != t.Resource) {
		m, params = x.v.methodOf(t.Resource, x.verb), nil
	}
	if m == nil {
		if t.Resource != "" && x.v.api.ResourceAt(t.Resource) != nil || t.Resource == "" && x.v.router.knows(strings.TrimSuffix(x.path[1:], "/")) {
			return errInvalidMethod
		}
		return errInvalidResource
	}
	x.pathParams = params
	x.m = &x.v.at[m.index]
	x.takeParams()
	return nil
}

// methodOf is the method that serves a verb on the resource with that path.
func (d *Deployment) methodOf(resource, verb string) *method {
	m := d.api.MethodAt(resource, verb)
	if m == nil {
		return nil
	}
	return d.compiled[m]
}

// logStart begins the log of a test.
func (x *exchange) logStart() {
	x.log = append(x.log, "Execution log for request "+x.requestIDText())
	x.logMethodRequest()
}
