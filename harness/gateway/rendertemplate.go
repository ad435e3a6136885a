package gateway

import (
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// A side is the half of an exchange that a template belongs to.
type side int

const (
	requestSide side = iota
	responseSide
)

// A templateRun is one rendering of a template, for those who read it.
type templateRun struct {
	template *openapi.Template // nil: none was rendered
	rec      vtl.Recording
}

// render renders a template, appended to dst, and records what it went through
// if somebody reads that.
func (x *exchange) render(dst []byte, t *openapi.Template, s side) ([]byte, error) {
	if !x.observed {
		return t.Compiled.Render(dst, x.scope, nil)
	}
	run := &x.templates[s]
	run.template = t
	run.rec.Reset()
	return t.Compiled.Render(dst, x.scope, &run.rec)
}

// templateRuns are the renderings for the result, which keeps them.
func (x *exchange) templateRuns() []result.TemplateRun {
	n, words := 0, 0
	for i := range x.templates {
		if run := &x.templates[i]; run.template != nil {
			n++
			words += len(run.rec.Lines) + len(run.rec.Branches)
		}
	}
	if n == 0 {
		return nil
	}
	list := make([]result.TemplateRun, 0, n)
	bits := make(result.Bits, 0, words)
	keep := func(b vtl.Bits) result.Bits {
		from := len(bits)
		bits = append(bits, b...)
		return bits[from:len(bits):len(bits)]
	}
	for i := range x.templates {
		if run := &x.templates[i]; run.template != nil {
			list = append(list, result.TemplateRun{Element: int32(run.template.Element), Lines: keep(run.rec.Lines), Branches: keep(run.rec.Branches)})
		}
	}
	return list
}
