package harness

import (
	"slices"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// listDocuments adds the documents that the project deploys to the result.
func (r *runner) listDocuments() {
	for _, d := range r.c.Project.Documents() {
		if d.Model != nil {
			r.document(d.Model, d.API, d.Name)
		}
	}
}

// document returns the index of a document in the result; it adds one that a
// step has deployed.
func (r *runner) document(model *openapi.API, api, name string) int {
	if i, ok := r.documents[model]; ok {
		return i
	}
	i := len(r.run.Documents)
	r.documents[model] = i
	r.run.Documents = append(r.run.Documents, result.Document{
		API: api, Name: name, Elements: model.Elements, Covered: result.NewBits(len(model.Elements)),
	})
	return i
}

// cover notes which elements exchanges went through.
func (r *runner) cover(s *project.Sandbox, exchanges []*result.Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range exchanges {
		model := modelOf(s, x)
		if model == nil || len(x.Covered) == 0 {
			continue
		}
		covered := r.run.Documents[r.document(model, x.API, model.Name)].Covered
		for _, i := range x.Covered {
			covered.Set(int(i))
		}
	}
}

// modelOf is the API that answered an exchange: the stage's, or its canary's.
func modelOf(s *project.Sandbox, x *result.Exchange) *openapi.API {
	if x.Stage == "" {
		return nil
	}
	stage, err := s.Stage(x.API, x.Stage)
	if err != nil {
		return nil
	}
	isCanary := slices.ContainsFunc(x.Trace, func(e result.Event) bool {
		return e.Decision != nil && e.ID == "canary-drawn" && e.B == "canary"
	})
	if isCanary && stage.Canary != nil && stage.Canary.Deployment != nil {
		return stage.Canary.Deployment.API()
	}
	if stage.Deployment == nil {
		return nil
	}
	return stage.Deployment.API()
}
