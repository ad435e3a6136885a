package main

import (
	"slices"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
)

// otherKinds are the rules that say of a document as a whole that it is for another
// kind of API than rehearse runs.
var otherKinds = []string{"http-api-document", "websocket-api-document"}

// said are the findings of a project that are worth saying. That a document is for
// another kind of API is one finding: those that say it again of each of its parts
// are left out, unless AWS prints them or nobody wants to hear the one.
func said(p *project.Project, levels map[string]openapi.Severity) []openapi.Finding {
	findings := slices.Clone(p.Findings())
	for _, d := range p.Documents() {
		told := slices.ContainsFunc(d.Findings, func(f openapi.Finding) bool {
			return slices.Contains(otherKinds, f.Rule) && slices.Contains(findings, f) &&
				len(relevel(relevel([]openapi.Finding{f}, p.Config.Lint.Rules), levels)) > 0
		})
		if told {
			findings = slices.DeleteFunc(findings, func(f openapi.Finding) bool { return repeats(f) && slices.Contains(d.Findings, f) })
		}
	}
	return findings
}

// repeats reports whether a finding only says of a part what a document is as a whole.
func repeats(f openapi.Finding) bool {
	return f.AWS == "" && (f.Rule == "http-api-only-extension" || f.Rule == "http-api-only-property")
}
