package project

import (
	"net/url"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
)

// Findings are what the import and the rules say of all documents, sorted by
// place within each document.
func (p *Project) Findings() []openapi.Finding {
	p.linted.Do(func() {
		for _, d := range p.Documents() {
			p.findings = append(p.findings, p.FindingsOf(d)...)
		}
	})
	return p.findings
}

// FindingsOf are what the import and the rules say of one document.
func (p *Project) FindingsOf(d *Deployed) []openapi.Finding {
	found := slices.Clone(d.Findings)
	if d.Model != nil {
		found = append(found, lint.Check(d.Document, d.Model, p.Surroundings(d))...)
	}
	openapi.SortFindings(found)
	return found
}

// Surroundings are what a document meets: the stages it is deployed to, and the
// functions and hosts that the config knows.
func (p *Project) Surroundings(d *Deployed) lint.Surroundings {
	c := p.Config
	s := lint.Surroundings{Known: p.HasConfig, Region: c.Region, Answered: p.answered}
	for _, st := range d.Stages {
		at := lint.Stage{Name: st.Name, Variables: st.Variables, CacheCluster: st.CacheClusterEnabled, Pos: st.Pos}
		for _, plan := range c.UsagePlans {
			for _, ps := range plan.Stages {
				if ps.API.Name == d.API && ps.Stage.Name == st.Name {
					at.Plans = true
					at.Keys = at.Keys || len(plan.Keys) > 0
				}
			}
		}
		at.Caches = st.caches
		for _, k := range sortedKeys(st.MethodSettings) {
			if k != "*/*" {
				at.Settings = append(at.Settings, lint.Setting{Key: k, Pos: st.settingPos[k]})
			}
		}
		s.Stages = append(s.Stages, at)
	}
	for _, f := range c.Functions {
		at := lint.Function{Name: f.Name, Qualifiers: append(sortedKeys(f.Versions), sortedKeys(f.Aliases)...), Timeout: f.Timeout, Pos: f.Pos}
		s.Functions = append(s.Functions, at)
	}
	return s
}

// caches reports whether responses of a method (resource path, slash, verb) are
// cached: the cluster alone caches nothing, */* means GET only (case
// caching-only-get-by-default).
func (s *StageConfig) caches(method string) bool {
	if !s.CacheClusterEnabled {
		return false
	}
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
