// Package lint says what AWS accepts and people regret: rules on an imported
// API, alone and against what surrounds it. What AWS's import itself refuses,
// warns about or drops comes from package openapi, not from here.
//
// [Check] runs the [Rules]; a rule's text, evidence and check stand together in
// the table of its subject.
//
// It promises nothing to other modules.
package lint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Rule is one thing worth saying about an API.
type Rule struct {
	ID       string // a contract: never renamed, never reused
	Category openapi.Category
	Severity openapi.Severity
	Evidence openapi.Evidence
	// Doc is what `rehearse rules` prints: a line, an empty line, then why AWS
	// does so and how to mend it.
	Doc string
	// Source is the case or AWS page the rule rests on.
	Source string
	// Surrounded rules need a rehearse.yaml to check against.
	Surrounded bool
	// Shared rules speak of something that all documents of a rehearse.yaml share,
	// such as a function: what they say holds only if it holds of each document.
	// See [Together].
	Shared bool
	Check  func(*Pass)
}

// rules are all rules by subject; Rules sorts them.
var rules = slices.Concat(
	documentRules, pathRules, parameterRules, modelRules,
	integrationRules, mappingRules, responseRules, mockRules, templateRules, renderingRules,
	securityRules, corsRules, gatewayResponseRules,
	functionRules, stageRules, cacheRules, keyRules, planRules, commentRules,
)

// Rules returns all rules, sorted by ID.
func Rules() []*Rule {
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return sorted
}

// Surroundings are what a document will meet, as plain data: what rehearse.yaml
// says of the API it belongs to.
type Surroundings struct {
	// Known says that there is a rehearse.yaml, or a template with the stage; without
	// one rules that need it keep quiet.
	Known bool
	// Elsewhere says that functions may be deployed by others than what is known.
	Elsewhere                bool
	Region, AccountID, APIID string
	Basepath                 string  // how the import treats the document's base path; empty: ignore
	Stages                   []Stage // on which this document is deployed
	Functions                []Function
	Keys                     []Key
	Plans                    []Plan
	// Answered reports whether something answers for a host ("https://x.example")
	// or an AWS service ("sqs") in this run. Nil: nothing is known.
	Answered func(host string) bool
}

// A Stage is a stage the document is deployed to.
type Stage struct {
	Name      string
	Variables map[string]string
	// Plans says whether a usage plan covers the stage, Keys whether one that does
	// has a key, and EnabledKeys whether one has a key that is enabled.
	Plans, Keys, EnabledKeys bool
	// CacheCluster says that a cache is provisioned; Caches whether the settings
	// have responses of a method (resource path + "/" + HTTP method) cached in it.
	CacheCluster bool
	Caches       func(method string) bool
	Settings     []Setting  // of methodSettings
	Throttles    []Throttle // that usage plans have for single methods of the stage
	Pos          source.Pos
}

// A Setting is an entry of methodSettings.
type Setting struct {
	Key   string   // "*/*", or resource path + "/" + HTTP method
	Rate  *float64 // requests a second; nil: not said
	Burst *int
	Pos   source.Pos
}

// A Throttle is what a usage plan allows of one method.
type Throttle struct {
	Plan, Method string // Method is resource path + "/" + HTTP method
	Rate         float64
	Burst        int
	Pos          source.Pos
}

// A Key is an API key.
type Key struct {
	Name  string
	Plans bool // a usage plan has it
	Pos   source.Pos
}

// A Plan is a usage plan.
type Plan struct {
	Name        string
	Throttled   bool // it has a rate and burst of its own
	Rate        float64
	Burst       int
	QuotaLimit  *int // nil: no quota
	MethodLimit bool // it throttles single methods
	Pos         source.Pos
}

// A Function is a function that is there.
type Function struct {
	Name       string
	Qualifiers []string // versions and aliases; $LATEST is always there
	Timeout    time.Duration
	// Restricted says that only those in Permissions may invoke; else everybody may.
	Restricted  bool
	Permissions []Permission
	Template    bool // it comes from a template, where others may call it
	Pos         source.Pos
}

// A Permission is an entry of a function's resource policy.
type Permission struct {
	Qualifier string // empty: the function without one
	Principal string // empty: apigateway.amazonaws.com
	SourceARN string // a pattern with * and ?; empty: any
}

// Has reports whether a qualifier leads to code; the empty one is $LATEST.
func (f *Function) Has(qualifier string) bool {
	return qualifier == "" || qualifier == "$LATEST" || slices.Contains(f.Qualifiers, qualifier)
}

// function returns the function called name, or nil.
func (s *Surroundings) function(name string) *Function {
	for i := range s.Functions {
		if s.Functions[i].Name == name {
			return &s.Functions[i]
		}
	}
	return nil
}

// A Pass is one rule at work on one API.
type Pass struct {
	API      *openapi.API
	Document *openapi.Document
	Around   Surroundings

	rule *Rule
	out  []openapi.Finding
	memo memo
}

// Report adds a finding of the rule at work.
func (p *Pass) Report(pos source.Pos, pointer, hint, format string, args ...any) {
	p.ReportAs(p.rule.Severity, pos, pointer, hint, format, args...)
}

// ReportAs is [Pass.Report] with another severity than the rule's.
func (p *Pass) ReportAs(severity openapi.Severity, pos source.Pos, pointer, hint, format string, args ...any) {
	p.out = append(p.out, openapi.Finding{
		Rule: p.rule.ID, Category: p.rule.Category, Severity: severity, Evidence: p.rule.Evidence,
		Message: fmt.Sprintf(format, args...), Hint: hint, Pos: pos, Pointer: pointer,
	})
}

// Check runs all rules on an API and returns what they say, sorted by place.
func Check(doc *openapi.Document, api *openapi.API, around Surroundings) []openapi.Finding {
	p := &Pass{API: api, Document: doc, Around: around}
	for _, r := range rules {
		if r.Surrounded && !around.Known {
			continue
		}
		p.rule = r
		r.Check(p)
	}
	openapi.SortFindings(p.out)
	return p.out
}

// Together are the findings of the documents of one rehearse.yaml, each once. What
// a shared rule says counts only if it says it of each document.
func Together(documents [][]openapi.Finding) []openapi.Finding {
	shared := map[string]bool{}
	for _, r := range rules {
		shared[r.ID] = r.Shared
	}
	said := map[openapi.Finding]int{}
	var all []openapi.Finding
	for _, found := range documents {
		for _, f := range found {
			said[f]++
			if n := said[f]; n == 1 && !shared[f.Rule] || n == len(documents) && shared[f.Rule] {
				all = append(all, f)
			}
		}
	}
	return all
}

// name is how a method is called in messages.
func name(m *openapi.Method) string { return m.HTTPMethod + " " + m.Resource.Path }
