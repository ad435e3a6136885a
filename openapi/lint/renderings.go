package lint

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// renderingRules look at what templates make of samples.
var renderingRules = []*Rule{
	{
		ID: "template-json-invalid", Category: openapi.FailsAtRuntime, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: Mapping template transformations for REST APIs",
		Doc: `a template for JSON never gives JSON

Whatever it was rendered against here, numbers, texts, lists, objects and nothing
at all, the output was no JSON: a comma too many, a quote too few. A Lambda
function then gets 500 from the Invoke API, and a caller what no parser reads.
Only templates that functions or callers read as application/json are looked at.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if t.readAsJSON() && p.neverJSON(t.template) {
					p.Report(t.template.Pos, t.pointer, "rehearse render shows what it gives", "%s: its output is no JSON, whatever goes in", t.who)
				}
			}
		},
	},
	{
		ID: "template-unescaped-body", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Documented,
		Source: "AWS docs: API Gateway mapping template and access logging variable reference ($util.escapeJavaScript)",
		Doc: `a template puts a caller's text into a JSON string as it is

A quote in it ends the string: the JSON breaks, or a caller adds members of his
own. Wrap it: $util.escapeJavaScript($input.body). For a parameter, which callers
seldom send quotes in, this is for information.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if !t.readAsJSON() || t.response != nil {
					continue
				}
				body, param := p.unescaped(t.template)
				if body != nil {
					p.Report(body.Pos, t.pointer, "write $util.escapeJavaScript("+body.Text+")", "%s: a body with quotes breaks the JSON around %s", t.who, body.Text)
				}
				if param != nil {
					p.ReportAs(openapi.Info, param.Pos, t.pointer, "write $util.escapeJavaScript("+param.Text+")", "%s: a parameter with quotes breaks the JSON around %s", t.who, param.Text)
				}
			}
		},
	},
	{
		ID: "template-override-twice", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Override your API's request and response parameters and status codes for REST APIs",
		Doc: `a template sets an override twice

The call then answers 5xx. Put the value into a variable and set the override
once, at the end. Said only where the template did so whatever it was rendered
against.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if strings.Count(t.template.Text.Text, "Override") < 2 || t.template.Compiled == nil {
					continue
				}
				if what := p.setTwice(t.template); what != "" {
					p.Report(t.template.Pos, t.pointer, "set a variable, and the override once", "%s: it sets %s twice", t.who, what)
				}
			}
		},
	},
}

// readAsJSON reports whether somebody parses a template's output as JSON: the
// Invoke API, or a caller that was told so. What an AWS service or an HTTP
// backend gets under application/json need not be JSON: its key is the type of
// what the caller sent (case sqs-form-body-template).
func (t templateUse) readAsJSON() bool {
	if t.template.Compiled == nil || proxy(t.method.Integration) || !strings.HasPrefix(strings.ToLower(t.template.ContentType), "application/json") {
		return false
	}
	return t.response != nil || lambda(t.method.Integration)
}

// neverJSON reports whether a template gave something that is no JSON for every sample.
func (p *Pass) neverJSON(t *openapi.Template) bool {
	for _, s := range samples {
		r := p.render(t, s)
		if r.failed || strings.TrimSpace(r.out) == "" || isJSON(r.out) {
			return false
		}
	}
	return true
}

func isJSON(text string) bool {
	_, err := ordered.ParseString(strings.TrimSpace(text))
	return err == nil
}

// unescaped are the first references to the body and to a parameter that break
// the JSON they stand in.
func (p *Pass) unescaped(t *openapi.Template) (body, param *vtl.Reference) {
	refs := t.Compiled.References()
	firstBody := find(refs, func(r vtl.Reference) bool { return r.Path[0].Name == "body" || r.Path[0].Name == "json" })
	firstParam := find(refs, func(r vtl.Reference) bool { return r.Path[0].Name == "params" })
	if firstBody == nil && firstParam == nil {
		return nil, nil
	}
	base := samples[0]
	good := func(s sample) bool {
		r := p.render(t, s)
		return !r.failed && isJSON(r.out)
	}
	if !good(base) {
		return nil, nil
	}
	with := func(change func(*sample)) sample {
		s := base
		change(&s)
		return s
	}
	// A body alone is JSON, with or without quotes in it; within quotes it is none.
	if firstBody != nil && !good(with(func(s *sample) { s.body = `{"a":"b"}` })) {
		body = firstBody
	}
	// A word is no JSON alone: where one is good, it stands in quotes.
	if firstParam != nil && good(with(func(s *sample) { s.param = "a" })) && !good(with(func(s *sample) { s.param = `a"b` })) {
		param = firstParam
	}
	return body, param
}

// find returns the first reference to $input that is meant.
func find(refs []vtl.Reference, meant func(vtl.Reference) bool) *vtl.Reference {
	for i := range refs {
		if refs[i].Name == "input" && len(refs[i].Path) > 0 && meant(refs[i]) {
			return &refs[i]
		}
	}
	return nil
}

// setTwice is an override that a template sets twice with every sample, or empty.
func (p *Pass) setTwice(t *openapi.Template) string {
	what := ""
	for _, s := range samples {
		r := p.render(t, s)
		if r.failed || len(r.twice) == 0 {
			return ""
		}
		what = r.twice[0]
	}
	return what
}
