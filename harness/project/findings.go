package project

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Findings are what the import and the rules say of all documents, sorted by
// place within each document.
func (p *Project) Findings() []openapi.Finding {
	p.linted.Do(func() {
		var each [][]openapi.Finding
		for _, d := range p.Documents() {
			each = append(each, p.findingsOf(d))
		}
		p.findings = lint.Together(each)
	})
	return p.findings
}

// findingsOf are what the import and the rules say of one document, but for what
// comments in it keep quiet.
func (p *Project) findingsOf(d *Deployed) []openapi.Finding {
	found := slices.Clone(d.Findings)
	if d.Model != nil {
		found = append(found, lint.Check(d.Document, d.Model, p.surroundings(d))...)
	}
	openapi.SortFindings(found)
	for _, q := range d.quiet {
		found = q.Apply(found)
	}
	if d.Document != nil && d.Document.LogicalID != "" {
		found = onceAPlace(found)
	}
	return found
}

// onceAPlace are findings with those that one rule has of OPTIONS methods at one
// place as one: SAM's Cors stands for such a method of each path.
func onceAPlace(found []openapi.Finding) []openapi.Finding {
	type spot struct {
		rule string
		pos  source.Pos
	}
	first, more := map[spot]int{}, map[int]int{}
	var once []openapi.Finding
	for _, f := range found {
		at := spot{f.Rule, f.Pos}
		if i, ok := first[at]; ok && f.Category != openapi.Refused && ofOptions(f.Pointer) {
			more[i]++
			continue
		}
		first[at] = len(once)
		once = append(once, f)
	}
	for i, n := range more {
		// Not in the message, by which baselines know a finding.
		hint := fmt.Sprintf("there are %d more like it at this place", n)
		if once[i].Hint != "" {
			hint = once[i].Hint + "; " + hint
		}
		once[i].Hint = hint
	}
	return once
}

// ofOptions reports whether a JSON Pointer leads to an OPTIONS method or into one.
func ofOptions(pointer string) bool {
	parts := strings.Split(pointer, "/")
	return len(parts) > 3 && parts[1] == "paths" && parts[3] == "options"
}

// surroundings are what a document meets: the stages it is deployed to, and what
// else the config knows.
func (p *Project) surroundings(d *Deployed) lint.Surroundings {
	c := p.Config
	staged := p.stagedByTemplate(d)
	s := lint.Surroundings{
		Known: p.HasConfig || staged, Elsewhere: !p.HasConfig, Region: c.Region, AccountID: c.AccountID, Basepath: d.Options.Basepath,
	}
	if p.HasConfig {
		s.Answered = p.answered
	}
	if d.Model != nil {
		s.APIID = d.Model.ID
	}
	for _, st := range d.Stages {
		s.Stages = append(s.Stages, p.lintStage(d.API, st))
	}
	for _, f := range c.Functions {
		at := lint.Function{Name: f.Name, Qualifiers: append(sortedKeys(f.Versions), sortedKeys(f.Aliases)...), Timeout: f.Timeout, Restricted: f.Permissions != nil, Template: f.Pos.File != p.files.config || staged, Pos: f.Pos}
		for _, g := range f.Permissions {
			at.Permissions = append(at.Permissions, lint.Permission(g))
		}
		s.Functions = append(s.Functions, at)
	}
	for _, k := range c.APIKeys {
		s.Keys = append(s.Keys, lint.Key{Name: k.Name, Plans: slices.ContainsFunc(c.UsagePlans, func(plan PlanConfig) bool { return plan.has(k.Name) }), Pos: k.Pos})
	}
	for _, plan := range c.UsagePlans {
		s.Plans = append(s.Plans, plan.lint())
	}
	return s
}

// stagedByTemplate reports whether a document that was named without a config is of
// a template which deploys it to a stage.
func (p *Project) stagedByTemplate(d *Deployed) bool {
	return !p.HasConfig && d.Document != nil && d.Document.LogicalID != "" && p.options.Stage == "" &&
		slices.ContainsFunc(d.Stages, func(s *StageConfig) bool {
			api := p.Config.api(d.API)
			return api != nil && s.Pos != api.Pos
		})
}

// lintStage is a stage of an API as rules see it.
func (p *Project) lintStage(api string, st *StageConfig) lint.Stage {
	at := lint.Stage{Name: st.Name, Variables: st.Variables, CacheCluster: st.CacheClusterEnabled, Caches: st.caches, Pos: st.Pos}
	for _, plan := range p.Config.UsagePlans {
		for _, ps := range plan.Stages {
			if ps.API.Name != api || ps.Stage.Name != st.Name {
				continue
			}
			at.Plans = true
			for _, k := range p.Config.APIKeys {
				if plan.has(k.Name) {
					at.Keys = true
					at.EnabledKeys = at.EnabledKeys || !k.Disabled
				}
			}
			for _, method := range sortedKeys(ps.Throttle) {
				r := ps.Throttle[method]
				at.Throttles = append(at.Throttles, lint.Throttle{Plan: plan.Name, Method: method, Rate: r.RateLimit, Burst: r.BurstLimit, Pos: ps.throttlePos[method]})
			}
		}
	}
	for _, k := range sortedKeys(st.MethodSettings) {
		own := st.MethodSettings[k]
		at.Settings = append(at.Settings, lint.Setting{Key: k, Rate: own.ThrottlingRateLimit, Burst: own.ThrottlingBurstLimit, Pos: st.settingPos[k]})
	}
	return at
}

// has reports whether a plan has a key.
func (p *PlanConfig) has(key string) bool {
	return slices.ContainsFunc(p.Keys, func(k nameAt) bool { return k.Name == key })
}

// lint is a plan as rules see it.
func (p *PlanConfig) lint() lint.Plan {
	at := lint.Plan{Name: p.Name, Pos: p.Pos}
	if p.Throttle != nil {
		at.Throttled, at.Rate, at.Burst = true, p.Throttle.RateLimit, p.Throttle.BurstLimit
	}
	if p.Quota != nil {
		at.QuotaLimit = &p.Quota.Limit
	}
	for _, ps := range p.Stages {
		at.MethodLimit = at.MethodLimit || len(ps.Throttle) > 0
	}
	return at
}

// caches reports whether the settings have responses of a method (resource path,
// slash, verb) cached where there is a cluster: */* means GET only (case
// caching-only-get-by-default).
func (s *StageConfig) caches(method string) bool {
	own, all := s.MethodSettings[method], s.MethodSettings["*/*"]
	ttl := 300
	switch {
	case own.CacheTTLInSeconds != nil:
		ttl = *own.CacheTTLInSeconds
	case all.CacheTTLInSeconds != nil:
		ttl = *all.CacheTTLInSeconds
	}
	if ttl == 0 {
		return false
	}
	if own.CachingEnabled != nil {
		return *own.CachingEnabled
	}
	return all.CachingEnabled != nil && *all.CachingEnabled && strings.HasSuffix(method, "/GET")
}

// answered reports whether something in this run answers for a host
// ("https://backend.example.com") or an AWS service ("sqs").
func (p *Project) answered(host string) bool {
	c := p.Config
	if _, ok := c.Endpoints[host]; ok {
		return true
	}
	if slices.ContainsFunc(c.Backends, func(b BackendConfig) bool { return b.Target == host }) {
		return true
	}
	u, err := url.Parse(host)
	if err != nil || u.Host == "" {
		return false
	}
	return isLoopback(u.Hostname()) || slices.Contains(c.Allow, u.Hostname()) || slices.Contains(c.Allow, u.Host)
}

// isLoopback reports whether a host name is the machine itself.
func isLoopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || host == "::1" || strings.HasPrefix(host, "127.")
}
