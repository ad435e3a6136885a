package lint

import (
	"regexp"
	"strconv"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/javare"
)

var responseRules = []*Rule{
	{
		ID: "integration-response-no-method-response", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Set up an integration response using the API Gateway console",
		Doc: `an integration response maps to a status code the operation does not declare

An integration response goes out as a method response, and those are the
operation's responses. The import takes it; calls that come there answer 500.
Declare the code there, or map to a declared one.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil || proxy(m.Integration) {
					continue
				}
				for _, r := range m.Integration.Responses {
					// One that sets headers is refused, and the import says so.
					if m.Response(r.StatusCode) == nil && len(r.ResponseParameters) == 0 {
						p.Report(r.Pos, m.Integration.Pointer+"/responses", "add "+r.StatusCode+" to the operation's responses", "%s has no response %s to map to", name(m), r.StatusCode)
					}
				}
			}
		},
	},
	{
		ID: "non-proxy-no-responses", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Integration response for REST APIs",
		Doc: `a mock, http or aws integration has no responses

There is nothing to answer with: every call answers 500. Add responses with at
least a default entry.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration != nil && !proxy(m.Integration) && len(m.Integration.Responses) == 0 {
					p.Report(m.Integration.Pos, m.Integration.Pointer, "add responses: {default: {statusCode: \"200\"}}", "the integration of %s has no responses", name(m))
				}
			}
		},
	},
	{
		ID: "integration-response-no-default", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Integration response for REST APIs",
		Doc: `an integration has responses and no default one

A backend's answer that no pattern matches then answers 500.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				in := m.Integration
				if in == nil || proxy(in) || len(in.Responses) == 0 {
					continue
				}
				hasDefault := false
				for _, r := range in.Responses {
					hasDefault = hasDefault || r.SelectionPattern == ""
				}
				if !hasDefault {
					p.Report(p.property(m, "responses"), in.Pointer+"/responses", "add a default entry", "the integration of %s has no default response", name(m))
				}
			}
		},
	},
	{
		ID: "integration-response-pattern-http-text", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "case http-status-pattern; AWS docs: Set up an integration response using the API Gateway console",
		Doc: `the pattern of an integration response matches no status code

Patterns of an HTTP backend, of an AWS service other than Lambda and of a mock are
held against the status code, and against the whole of it: 5\d{2}, not 5 and not
.*Error.*. This one is never chosen.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil || proxy(m.Integration) || lambda(m.Integration) {
					continue
				}
				for _, r := range m.Integration.Responses {
					if r.Pattern == nil || p.matchesStatus(r.Pattern) {
						continue
					}
					if _, err := strconv.Atoi(r.SelectionPattern); err != nil || m.Integration.Type != openapi.Mock { // a mock may say any number
						p.Report(r.Pos, m.Integration.Pointer+"/responses", "write a pattern for the whole status, such as 404 or 5\\d{2}", "%s: no status code is matched by %q", name(m), r.SelectionPattern)
					}
				}
			}
		},
	},
	{
		ID: "lambda-error-pattern-numeric", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "case lambda-custom-selection-catch-all; AWS docs: Handle Lambda errors in API Gateway",
		Doc: `the pattern of a Lambda integration is one for status codes

It is held against the whole errorMessage of the function, not against a status.
This one matches only messages that are nothing but digits. Write a pattern for
the message, such as .*NotFound.*.`,
		Check: func(p *Pass) {
			for m := range p.API.AllMethods() {
				if m.Integration == nil || m.Integration.Type != openapi.AWS || !lambda(m.Integration) {
					continue
				}
				for _, r := range m.Integration.Responses {
					if r.Pattern != nil && digitsOnly.MatchString(r.SelectionPattern) && p.matchesStatus(r.Pattern) {
						p.Report(r.Pos, m.Integration.Pointer+"/responses", "write a pattern for the function's errorMessage, such as .*NotFound.*", "%s: %q is held against the function's errorMessage, not against a status code", name(m), r.SelectionPattern)
					}
				}
			}
		},
	},
}

// digitsOnly are patterns that can't match anything but digits.
var digitsOnly = regexp.MustCompile(`^(\\d|\d|[\^$()|?+*]|\[[\d-]+\]|\{[\d,]+\})+$`)

// matchesStatus reports whether a pattern matches some status code.
func (p *Pass) matchesStatus(re *javare.Regexp) bool {
	if known, ok := p.memo.statuses[re]; ok {
		return known
	}
	found := false
	for status := 100; status < 600 && !found; status++ {
		ok, err := re.MatchWhole(strconv.Itoa(status))
		found = ok || err != nil // nothing is known of one that takes too long
	}
	if p.memo.statuses == nil {
		p.memo.statuses = map[*javare.Regexp]bool{}
	}
	p.memo.statuses[re] = found
	return found
}
