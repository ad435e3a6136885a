package project

import (
	"slices"

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
		now := p.importDocument(&config, d.document, data)
		now.Stages = d.Stages
		return now, p.findingsOf(now)
	}
	return d, p.findingsOf(d)
}
