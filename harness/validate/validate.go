// Package validate checks method requests as API Gateway's request validators
// do: required parameters, and bodies by their models, in the words of the Java
// validator AWS uses.
//
// [New] compiles the models of an API once; a [Validator] is frozen and may be
// used from any number of goroutines. Both checks go by the method alone: whether
// its request validator asks for them is for the caller to look at.
//
// It promises nothing to other modules.
package validate

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Validator checks the method requests of one API.
type Validator struct {
	models map[string]*schema
}

// Models that exist without being imported; they are known to validation only.
// The schemas are those the console shows (AWS docs: Data models).
var builtIn = map[string]string{
	"Empty": `{"type":"object"}`,
	"Error": `{"type":"object","properties":{"message":{"type":"string"}}}`,
}

// New compiles an API's models. Problems are parts of models that can't be
// compiled, each a *source.Error with the model's place; such a part checks
// nothing.
func New(api *openapi.API) (v *Validator, problems []error) {
	c := compiler{roots: map[string]any{}, compiled: map[place]*schema{}}
	for name, text := range builtIn {
		c.roots[name], _ = ordered.ParseString(text) // ours, and right
	}
	positions := map[string]source.Pos{}
	for _, m := range api.Models {
		c.roots[m.Name], positions[m.Name] = m.Schema, m.Pos
	}
	v = &Validator{models: make(map[string]*schema, len(c.roots))}
	for name := range builtIn {
		v.models[name] = c.compile(place{name, ""})
	}
	for _, m := range api.Models {
		v.models[m.Name] = c.compile(place{m.Name, ""})
	}
	for _, p := range c.problems {
		problems = append(problems, &source.Error{
			Pos: positions[p.at.model], Msg: "model " + p.at.model + p.at.pointer + ": " + p.msg, Hint: p.hint,
		})
	}
	return v, problems
}

// Parameters checks that a method's required parameters are there. Has says
// whether one is, and not blank (AWS docs: request validation); location is
// path, querystring or header, and the name's spelling counts.
//
// The message names those that are missing in AWS's order: headers, path,
// query string, each by name (case validation-missing-header).
func (v *Validator) Parameters(m *openapi.Method, has func(location, name string) bool) (message string, ok bool) {
	var missing []string
	for _, p := range m.RequestParameters { // sorted by full name, which is AWS's order
		if !p.Required {
			continue
		}
		location, name, _ := strings.Cut(strings.TrimPrefix(p.Name, "method.request."), ".")
		if !has(location, name) {
			missing = append(missing, name)
		}
	}
	if missing == nil {
		return "", true
	}
	return "Missing required request parameters: [" + strings.Join(missing, ", ") + "]", false
}

// Body checks a body against the method's model for a content type. Without a
// content type it is application/json; a type without a model of its own goes by
// the model of $default, and with none nothing is checked (AWS docs: Request
// validation for REST APIs). An empty body counts as {} (case
// models-array-of-ref).
//
// Detail is $context.error.validationErrorString: the faults in brackets. Model
// is the one that was asked, or empty.
func (v *Validator) Body(m *openapi.Method, contentType string, body []byte) (detail, model string, ok bool) {
	model = modelFor(m, contentType)
	s := v.models[model]
	if s == nil {
		return "", "", true
	}
	if len(strings.TrimSpace(string(body))) == 0 {
		body = []byte("{}")
	}
	instance, err := ordered.Parse(body)
	if err != nil {
		return notJSON, model, false
	}
	var r report
	s.validate(instance, &r, 0)
	if *r.counter() > budget {
		r.faults = []string{"validation takes too many steps"} // ours: AWS has no word for it
	}
	if r.faults == nil {
		return "", model, true
	}
	return "[" + strings.Join(r.faults, ", ") + "]", model, false
}

// notJSON is the detail of a body that can't be read.
// guess: no recording shows it.
const notJSON = "[Unable to parse request body]"

func modelFor(m *openapi.Method, contentType string) string {
	contentType = strings.TrimSpace(contentType)
	mime, _, _ := strings.Cut(contentType, ";")
	mime = strings.TrimSpace(mime)
	if mime == "" {
		contentType, mime = "application/json", "application/json"
	}
	byMIME, byDefault := "", ""
	for _, r := range m.RequestModels {
		switch {
		case strings.EqualFold(r.ContentType, contentType):
			return r.Model
		case strings.EqualFold(r.ContentType, mime):
			byMIME = r.Model
		case r.ContentType == "$default":
			byDefault = r.Model
		}
	}
	if byMIME != "" {
		return byMIME
	}
	return byDefault
}
