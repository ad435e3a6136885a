package project

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
)

// Recheck says what the import and the rules would say of a document if its file
// held data. Nothing of the project changes.
func (p *Project) Recheck(d *Deployed, data []byte) (*Deployed, []openapi.Finding) {
	for _, api := range p.APIs {
		if !slices.Contains(api.Documents, d) {
			continue
		}
		config := *api.Config
		now := p.importDocument(&config, p.nameOf(d, &config), data)
		now.Stages = d.Stages
		return now, p.findingsOf(now)
	}
	return d, p.findingsOf(d)
}

// nameOf is what the config calls a document.
func (p *Project) nameOf(d *Deployed, c *APIConfig) string {
	names := []string{c.Document}
	for _, s := range c.Stages {
		names = append(names, s.Document)
		if s.Canary != nil {
			names = append(names, s.Canary.Document)
		}
	}
	for _, name := range names {
		file, _, _ := strings.Cut(name, "#") // template.yaml#ItemsApi
		if p.files.show(name) == d.Name || p.files.show(file) == d.Name {
			return name
		}
	}
	return c.Document
}
