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
		Templates: templatesOf(model),
	})
	return i
}

// templatesOf lists the mapping templates that can be rendered, in the order of
// the API's elements.
func templatesOf(model *openapi.API) []result.TemplateCoverage {
	var list []result.TemplateCoverage
	add := func(templates []*openapi.Template) {
		for _, t := range templates {
			if t.Compiled == nil {
				continue
			}
			c := result.TemplateCoverage{Element: t.Element}
			parsed := t.Compiled.VTL()
			for _, line := range parsed.Lines() {
				c.Lines = append(c.Lines, result.TemplatePart{Number: line.Number, Pos: line.Pos})
			}
			for i, b := range parsed.Branches() {
				c.Branches = append(c.Branches, result.TemplatePart{Number: i, Text: b.Text, Pos: b.Pos})
			}
			list = append(list, c)
		}
	}
	for m := range model.AllMethods() {
		if m.Integration == nil {
			continue
		}
		add(m.Integration.RequestTemplates)
		for _, r := range m.Integration.Responses {
			add(r.ResponseTemplates)
		}
	}
	slices.SortStableFunc(list, func(a, b result.TemplateCoverage) int { return a.Element - b.Element })
	return list
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
		document := &r.run.Documents[r.document(model, x.API, r.nameOf(s, model, x))]
		for _, i := range x.Covered {
			document.Covered.Set(int(i))
		}
		for _, run := range x.Templates {
			at, found := slices.BinarySearchFunc(document.Templates, int(run.Element), func(c result.TemplateCoverage, element int) int { return c.Element - element })
			if found {
				document.Templates[at].Add(run)
			}
		}
	}
}

// nameOf is the file of the API that answered an exchange; its title, if the file
// is not known.
func (r *runner) nameOf(s *project.Sandbox, model *openapi.API, x *result.Exchange) string {
	if _, known := r.documents[model]; known {
		return ""
	}
	if d := s.DocumentOf(x.API, x.Stage); d != nil && d.Model == model {
		return d.Name
	}
	return model.Name
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
