package gateway

import (
	"context"
	"strings"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Limits of what a request may be [AWS docs: Amazon API Gateway quotas].
const (
	maxBody        = 10485760
	maxHeaderBytes = 10240 // the values of all headers together
	maxURL         = 10240
)

// route finds the API, the stage, the side of the canary and the method.
func (x *exchange) route(context.Context) *refusal {
	target, ok := originForm(x.req.Target)
	if !ok {
		return x.refuse(&badTarget, becauseTargetUnreadable, x.req.Target, "", "")
	}
	if len(x.req.Body) > maxBody || x.req.bodyTooLong {
		return x.refuse(&bodyTooLong, becauseBodyTooLong, "", "", "")
	}
	// guess: nobody showed AWS's answers to long headers and URLs.
	if n := headerBytes(x.req.Header); n > maxHeaderBytes {
		return x.refuse(&headersTooLong, becauseHeadersTooLong, "", "", "")
	}
	if len(target) > maxURL {
		return x.refuse(&uriTooLong, becauseURITooLong, "", "", "")
	}
	path, query := target, ""
	if i := strings.IndexByte(path, '#'); i >= 0 {
		path = path[:i]
	}
	if i := strings.IndexByte(path, '?'); i >= 0 {
		path, query = path[:i], path[i+1:]
	}
	x.rawQuery = query
	x.takeHeaders()

	rest, r := x.findStage(path)
	if r != nil {
		return r
	}
	x.nameHost()
	x.v = x.st.base
	if c := x.st.canary; c != nil {
		if x.g.draw()*100 < x.st.percent {
			x.v = c
		}
		x.note(canaryDrawn, x.st.Name, sideName(x.v.canary), "")
	}
	x.scope.StageVariables = x.v.variables

	// Slashes after the stage are collapsed for routing and for path, and kept in
	// requestContext.path (case routing-double-slash-after-stage).
	x.contextPath = contextPath(path, x.st.Name, rest)
	x.path = collapse(rest)
	v := verbOf(x.verb)
	if v == noVerb {
		return x.notFound(x.path)
	}
	m, params := x.v.router.match(strings.TrimSuffix(x.path[1:], "/"), v, x.pathParams[:0])
	x.pathParams = params
	if m == nil {
		return x.notFound(x.path)
	}
	x.m = &x.v.at[m.index]
	x.takeParams()
	x.note(methodChosen, m.HTTPMethod, m.Resource.Path, "")
	x.cover(m.Element)
	return nil
}

// originForm takes scheme and host off a target that has them (RFC 9112,
// absolute form), and reports whether it then is a path.
func originForm(target string) (string, bool) {
	if strings.HasPrefix(target, "/") {
		return target, true
	}
	for _, scheme := range []string{"http://", "https://"} {
		if len(target) >= len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
			rest := target[len(scheme):]
			if i := strings.IndexAny(rest, "/?#"); i < 0 {
				return "/", true
			} else if rest[i] == '/' {
				return rest[i:], true
			} else {
				return "/" + rest[i:], true
			}
		}
	}
	return "", false
}

func headerBytes(h []result.Header) int {
	n := 0
	for i := range h {
		n += len(h[i].Value)
	}
	return n
}

// takeHeaders keeps the caller's headers that are not dropped on arrival, and
// the method: X-HTTP-Method-Override changes it [AWS docs: Amazon API Gateway
// important notes].
func (x *exchange) takeHeaders() {
	x.verb = x.req.Method
	for _, h := range x.req.Header {
		if integration.DropOnArrival(h.Name) {
			continue
		}
		if len(h.Name) == len("X-HTTP-Method-Override") && strings.EqualFold(h.Name, "X-HTTP-Method-Override") && h.Value != "" {
			x.verb = h.Value
			x.note(methodOverridden, x.req.Method, h.Value, "")
		}
		x.header = append(x.header, h)
	}
}

// nameHost gives the Host header the value it would have on AWS: a caller who
// reached us by an address of this machine would have used the API's own name.
// Go callers need not give one at all.
func (x *exchange) nameHost() {
	for i := range x.header {
		if strings.EqualFold(x.header[i].Name, "Host") {
			x.header[i].Value = x.domainName()
			return
		}
	}
	x.header = append(x.header, result.Header{Name: "Host", Value: x.domainName()})
}

// userRequest stands between stage and path in the form of a URL that names the
// API in its path.
const userRequest = "/_user_request_"

// findStage finds API and stage in the Host header or in the path, and returns
// what of the path follows the stage.
func (x *exchange) findStage(path string) (rest string, r *refusal) {
	path = collapse(path) // slashes before the stage are dropped everywhere (recorded)
	api := x.w.only
	switch {
	case strings.HasPrefix(path, "/restapis/"):
		id, after, _ := strings.Cut(path[len("/restapis/"):], "/")
		named := x.w.apis[id]
		stageName, after, _ := strings.Cut(after, "/")
		if named != nil && ("/"+after == userRequest || strings.HasPrefix("/"+after, userRequest+"/")) {
			return x.enterStage(named, stageName, after[len(userRequest)-1:])
		}
	default:
		if id, region, ok := hostAPI(x.req.Host); ok {
			api = x.w.apis[id]
			if region != "" && region != x.w.settings.Region {
				api = nil // another region has no such API
			}
		}
	}
	if api == nil {
		return "", x.refuse(&forbidden, becauseAPIUnknown, x.req.Host, "", "")
	}
	stageName, _, _ := strings.Cut(path[1:], "/")
	return x.enterStage(api, stageName, path[1+len(stageName):])
}

func (x *exchange) enterStage(api *apiStages, name, rest string) (string, *refusal) {
	st := api.stages[name]
	if st == nil {
		return "", x.refuse(&forbidden, becauseStageUnknown, name, "", "")
	}
	x.st = st
	if st.base.api.DisableExecuteAPIEndpoint {
		return "", x.refuse(&forbidden, becauseEndpointDisabled, "", "", "")
	}
	return rest, nil
}

// hostAPI returns the API id and the region of
// {apiId}.execute-api.{region}.amazonaws.com. Any other name that begins so, such
// as one that leads to this machine, has no region.
func hostAPI(host string) (id, region string, ok bool) {
	id, rest, _ := strings.Cut(host, ".")
	rest, ok = strings.CutPrefix(rest, "execute-api.")
	if !ok {
		return "", "", false
	}
	region, domain, _ := strings.Cut(rest, ".")
	domain, _, _ = strings.Cut(domain, ":")
	switch domain {
	case "amazonaws.com", "amazonaws.com.cn", "api.aws": // the last one answers IPv6, too
		return id, region, true
	}
	return id, "", true
}

// collapse makes one slash of those at the front.
func collapse(path string) string {
	for len(path) > 1 && path[1] == '/' && path[0] == '/' {
		path = path[1:]
	}
	if path == "" {
		return "/"
	}
	return path
}

// contextPath is $context.path: the stage and what follows, as sent. It is a
// part of the target where that has this form.
func contextPath(path, stage, rest string) string {
	if n := 1 + len(stage) + len(rest); len(path) >= n {
		if p := path[len(path)-n:]; p[0] == '/' && p[1:1+len(stage)] == stage {
			return p
		}
	}
	return "/" + stage + rest
}

func sideName(canary bool) string {
	if canary {
		return "canary"
	}
	return "base"
}

// notFound is the answer where no resource or no method fits.
func (x *exchange) notFound(path string) *refusal {
	if r := x.readSignature(); r != nil {
		return r
	}
	if x.v.router.knows(strings.TrimSuffix(path[1:], "/")) {
		return x.refuse(&missingAuthenticationToken, becauseMethodUnknown, x.verb, path, "")
	}
	return x.refuse(&missingAuthenticationToken, becausePathUnknown, x.verb, path, x.nearestResource(path))
}

// maxNamed is up to how many resources a path is compared with to find the one
// that was meant: a trace must not make an unknown path dear.
const maxNamed = 300

// nearestResource names the resource whose path looks most like this one, for the trace.
func (x *exchange) nearestResource(path string) string {
	if !x.observed || len(path) > 200 || len(x.v.methods) > maxNamed {
		return "none is like it"
	}
	var paths []string
	for _, m := range x.v.methods {
		paths = append(paths, m.Resource.Path)
	}
	if near := source.Nearest(path, paths); near != "" {
		return "the most alike is " + near
	}
	return "none is like it"
}

// headerValue returns the caller's last value of a header, whatever the spelling.
func (x *exchange) headerValue(name string) (string, bool) {
	for i := len(x.header) - 1; i >= 0; i-- {
		if h := &x.header[i]; len(h.Name) == len(name) && strings.EqualFold(h.Name, name) {
			return h.Value, true
		}
	}
	return "", false
}
