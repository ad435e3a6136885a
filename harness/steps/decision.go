package steps

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
)

var decisionSteps = []Step{
	{
		pattern: `the gateway answers with {string}`,
		Doc: `says which gateway response the last response is

QUOTA_EXCEEDED, INVALID_API_KEY and so on, whatever status and body the API
gives it.`,
		Example: `Then the gateway answers with "QUOTA_EXCEEDED"`,
		run: func(_ context.Context, w *World, a *args) error {
			x, err := w.lastExchange()
			if err != nil {
				return err
			}
			if x.ResponseType == a.s[0] {
				return nil
			}
			if !slices.Contains(responseTypes, a.s[0]) {
				return unknown("gateway response type", a.s[0], responseTypes)
			}
			if x.ResponseType == "" {
				return w.unlike("the response is not one of the gateway's own, want %s", a.s[0])
			}
			return w.unlike("the gateway answers with %s, want %s", x.ResponseType, a.s[0])
		},
	},
	{
		pattern: `the request is refused because of {string}`,
		Doc: `says why the gateway refused the last request

The reasons are listed by "rehearse steps --reasons".`,
		Example: `Then the request is refused because of "quota-exhausted"`,
		run: func(_ context.Context, w *World, a *args) error {
			x, err := w.lastExchange()
			if err != nil {
				return err
			}
			e, refused := x.Refusal()
			if refused && e.ID == a.s[0] {
				return nil
			}
			var ids []string
			for _, d := range Reasons() {
				ids = append(ids, d.ID)
			}
			if !slices.Contains(ids, a.s[0]) {
				return unknownReason(a.s[0], ids)
			}
			if !refused {
				return w.unlike("the request is not refused, want the reason %q", a.s[0])
			}
			return w.unlike("the request is refused because of %q, want %q", e.ID, a.s[0])
		},
	},
	{
		pattern: `the trace mentions {string}`,
		Doc: `looks for a text in the decision trace of the last response

The trace is prose for people: its wording may change. Reasons do not.`,
		Example: `Then the trace mentions "usage plan"`,
		run: func(_ context.Context, w *World, a *args) error {
			x, err := w.lastExchange()
			if err != nil {
				return err
			}
			var b strings.Builder
			for _, e := range x.Trace {
				if strings.Contains(e.String(), a.s[0]) {
					return nil
				}
				b.WriteString("\n    " + e.String())
			}
			return w.unlike("the trace does not mention %q:%s", a.s[0], b.String())
		},
	},
	{
		pattern: `the response (came|did not come) from the cache`,
		Doc:     `says whether the last response came from the stage's cache`,
		Example: `Then the response came from the cache`,
		Also: []string{
			`Then the response did not come from the cache`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			x, err := w.lastExchange()
			if err != nil {
				return err
			}
			hit := slices.ContainsFunc(x.Trace, func(e result.Event) bool { return e.Decision != nil && e.ID == cacheHit })
			if hit == (a.s[0] == "came") {
				return nil
			}
			var why string
			for _, e := range x.Trace {
				if e.Decision != nil && strings.HasPrefix(e.ID, "cache-") {
					why = "\n  cache:    " + e.String()
				}
			}
			if hit {
				return w.unlike("the response came from the cache%s", why)
			}
			f := w.unlike("the response did not come from the cache%s", why)
			if why == "" && f.Hint == "" {
				f.Hint = w.uncachedHint(x)
			}
			return f
		},
	},
	{
		pattern: `the API key {string} has {count} requests? left in {string}`,
		Doc:     `counts what is left of a usage plan's quota for an API key`,
		Example: `Then the API key "LabKey" has 999 requests left in "CloudAcademyPlan"`,
		run: func(_ context.Context, w *World, a *args) error {
			want, err := strconv.Atoi(a.s[1])
			if err != nil {
				return wrong("%q is no number of requests", a.s[1])
			}
			left, err := w.s.QuotaLeft(a.s[2], a.s[0])
			if err != nil {
				return err
			}
			if left != want {
				return w.unlike("the API key %s has %s left in %s, want %d", a.s[0], plural(left, "request"), a.s[2], want)
			}
			return nil
		},
	},
	{
		NeedsExecutionLog: true,

		pattern: `the execution log contains {string}`,
		Doc:     `looks for a text in the execution log of the last response, which is in API Gateway's words`,
		Example: `Then the execution log contains "Method completed with status: 200"`,
		run: func(_ context.Context, w *World, a *args) error {
			x, err := w.lastExchange()
			if err != nil {
				return err
			}
			for _, line := range x.Log {
				if strings.Contains(line, a.s[0]) {
					return nil
				}
			}
			return w.unlike("the execution log does not contain %q:\n    %s", a.s[0], strings.Join(x.Log, "\n    "))
		},
	},
}

// responseTypes are the gateway's own answers [AWS docs: Gateway response types
// for API Gateway]; DEFAULT_4XX and DEFAULT_5XX customise others and are none.
var responseTypes = []string{
	"ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
	"BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
	"INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE",
	"RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}

// Ids of decisions that steps speak of.
const (
	cacheHit            = "cache-hit"
	functionUnavailable = "function-unavailable"
	stageUnknown        = "stage-unknown"
	pathUnknown         = "path-unknown"
)

// Reasons are the decisions that refuse a request: the ids of "the request is
// refused because of", sorted.
func Reasons() []*result.Decision {
	var reasons []*result.Decision
	for _, d := range gateway.Decisions() {
		if d.Refusal {
			reasons = append(reasons, d)
		}
	}
	slices.SortFunc(reasons, func(a, b *result.Decision) int { return strings.Compare(a.ID, b.ID) })
	return reasons
}

// unknownReason lists reasons only where one is near: there are dozens.
func unknownReason(id string, ids []string) error {
	f := wrong("there is no reason %q", id).hint("rehearse steps --reasons lists the reasons")
	if near := nearOrLonger(id, ids); near != "" {
		return f.hint("did you mean %q? rehearse steps --reasons lists the reasons", near)
	}
	return f
}

// lastExchange is how the last response came about.
func (w *World) lastExchange() (*result.Exchange, error) {
	if err := w.needResponse(); err != nil {
		return nil, err
	}
	if x := w.last.response.Exchange; x != nil {
		return x, nil
	}
	return nil, wrong("this gateway keeps no trace of its exchanges")
}

// uncachedHint says why nobody looked into the cache for a response that the
// gateway did not refuse.
func (w *World) uncachedHint(x *result.Exchange) string {
	if x.Stage == "" {
		return ""
	}
	for _, s := range w.s.Gateway.Settings().Stages {
		if s.API == x.API && s.Name == x.Stage && !s.CacheClusterEnabled {
			return fmt.Sprintf("stage %s has no cache; a step gives it one: Given the stage %q caches responses for 300 seconds", x.Stage, x.Stage)
		}
	}
	return fmt.Sprintf("caching is off for %s %s of stage %s: see methodSettings, cachingEnabled", x.Method, x.Resource, x.Stage)
}

// unavailable ends a scenario that needs a function this machine can't run.
func (w *World) unavailable(x *result.Exchange) error {
	if x == nil {
		return nil
	}
	for _, e := range x.Trace {
		if e.Decision == nil || e.ID != functionUnavailable {
			continue
		}
		// Without the request id many scenarios have one reason.
		why, _, _ := strings.Cut(e.String(), " (Lambda request ")
		if w.opts.FailUnavailable {
			return wrong("%s", why)
		}
		return &Skip{Reason: why}
	}
	return nil
}
