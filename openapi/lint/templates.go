package lint

import (
	"errors"
	"fmt"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// maxTemplate is the size AWS takes [AWS docs: Amazon API Gateway quotas and important notes].
const maxTemplate = 300 << 10

var templateRules = []*Rule{
	{
		ID: "vtl-syntax-error", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Mapping template transformations",
		Doc: `a mapping template does not parse

The import takes it; every call that renders it answers 500
{"message": "Internal server error"}.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if t.template.Err == nil {
					continue
				}
				pos, msg, hint := t.template.Pos, t.template.Err.Error(), ""
				var at *source.Error
				if errors.As(t.template.Err, &at) {
					pos, msg, hint = at.Pos, at.Msg, at.Hint
				}
				p.Report(pos, t.pointer, hint, "%s: mapping template for %s: %s", t.who, t.template.ContentType, msg)
			}
		},
	},
	{
		ID: "template-too-large", Category: openapi.FailsAtRuntime, Severity: openapi.Error, Evidence: openapi.Documented,
		Source: "AWS docs: Amazon API Gateway quotas and important notes",
		Doc: `a mapping template is larger than 300 KB

That is the largest AWS takes.`,
		Check: func(p *Pass) {
			for t := range p.templates() {
				if n := len(t.template.Text.Text); n > maxTemplate {
					p.Report(t.template.Pos, t.pointer, "", "%s: mapping template for %s has %d bytes, the limit is %d", t.who, t.template.ContentType, n, maxTemplate)
				}
			}
		},
	},
}

// A templateUse is a template with the method it belongs to.
type templateUse struct {
	who, pointer string
	template     *openapi.Template
}

func (p *Pass) templates() func(func(templateUse) bool) {
	return func(yield func(templateUse) bool) {
		for m := range p.API.AllMethods() {
			in := m.Integration
			if in == nil {
				continue
			}
			for _, t := range in.RequestTemplates {
				if !yield(templateUse{name(m) + " request", in.Pointer + "/requestTemplates", t}) {
					return
				}
			}
			for _, r := range in.Responses {
				for _, t := range r.ResponseTemplates {
					if !yield(templateUse{fmt.Sprintf("%s response %s", name(m), r.StatusCode), in.Pointer + "/responses", t}) {
						return
					}
				}
			}
		}
	}
}
