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
	Check      func(*Pass)
}

// rules are all rules by subject; Rules sorts them.
var rules = slices.Concat(functionRules, stageRules, keyRules, cacheRules, templateRules, integrationRules, corsRules)

// Rules returns all rules, sorted by ID.
func Rules() []*Rule {
	sorted := slices.Clone(rules)
	slices.SortFunc(sorted, func(a, b *Rule) int { return strings.Compare(a.ID, b.ID) })
	return sorted
}

// Surroundings are what a document will meet, as plain data: what rehearse.yaml
// says of the API it belongs to.
type Surroundings struct {
	// Known says that there is a rehearse.yaml; without it rules that need one keep quiet.
	Known     bool
	Region    string
	Stages    []Stage // on which this document is deployed
	Functions []Function
	// Answered reports whether something answers for a host ("https://x.example")
	// or an AWS service ("sqs") in this run. Nil: nothing is known.
	Answered func(host string) bool
}

// A Stage is a stage the document is deployed to.
type Stage struct {
	Name      string
	Variables map[string]string
	// Plans says whether a usage plan covers the stage, Keys whether one that does has a key.
	Plans, Keys bool
	// CacheCluster says that a cache is provisioned; Caches whether responses of a
	// method (resource path + "/" + HTTP method) are cached.
	CacheCluster bool
	Caches       func(method string) bool
	Settings     []Setting // the keys of methodSettings but for */*
	Pos          source.Pos
}

// A Setting is a key of methodSettings with its place.
type Setting struct {
	Key string
	Pos source.Pos
}

// A Function is a function that is there.
type Function struct {
	Name       string
	Qualifiers []string // versions and aliases; $LATEST is always there
	Timeout    time.Duration
	Pos        source.Pos
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
}

// Report adds a finding of the rule at work.
func (p *Pass) Report(pos source.Pos, pointer, hint, format string, args ...any) {
	p.out = append(p.out, openapi.Finding{
		Rule: p.rule.ID, Category: p.rule.Category, Severity: p.rule.Severity, Evidence: p.rule.Evidence,
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

// name is how a method is called in messages.
func name(m *openapi.Method) string { return m.HTTPMethod + " " + m.Resource.Path }
