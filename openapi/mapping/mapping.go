// Package mapping is what API Gateway offers in the texts of a document: $input,
// $util, $context and $stageVariables of mapping templates, and the parameter
// mapping expressions (method.request.querystring.size, 'static', context.apiId).
//
// A [Scope] holds what one exchange offers; a [Template] renders against it, an
// [Expression] reads from it.
//
// It promises nothing to other modules.
package mapping

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// A Param is one name with its values, in the order they came.
type Param struct {
	Name   string
	Values []string
}

// Params are the parameters of one location, in order.
type Params []Param

// Get returns the values of name (spelling matters), nil if there are none.
func (p Params) Get(name string) []string {
	for i := range p {
		if p[i].Name == name {
			return p[i].Values
		}
	}
	return nil
}

// fold is Get, with any spelling where the exact one is not there.
func (p Params) fold(name string) []string {
	if values := p.Get(name); values != nil {
		return values
	}
	for i := range p {
		if strings.EqualFold(p[i].Name, name) {
			return p[i].Values
		}
	}
	return nil
}

// last is the value that counts where only one can: the last one (inferred, tried
// in the console by others; recorded for proxy events).
func last(values []string) (string, bool) {
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// A Context offers $context and context.* lookups. The gateway's exchange is one.
type Context interface {
	// Lookup returns a member of $context ("requestId", "identity", "authorizer", "error" ...): a string,
	// number, bool, *ordered.Object or vtl.Object; false when it is not there.
	Lookup(name string) (any, bool)
	// Names lists the members there are, in AWS's order.
	Names() []string
}

// A Scope is what one rendering or one mapping reads. A gateway keeps one for
// each exchange and sets Body anew for the response side. It is for one
// goroutine, and must not be copied once used.
type Scope struct {
	Path, Query, Header Params
	ResponseHeader      Params // of the integration response, for integration.response.header.X
	StageVariables      map[string]string
	Context             Context
	// Variables are further ones for templates, and may stand in for those AWS
	// has. Set them before anything is rendered.
	Variables vtl.Vars
	// RequestOverride and ResponseOverride hold what templates assign to
	// $context.requestOverride and $context.responseOverride; made when a template
	// first names them.
	RequestOverride, ResponseOverride *ordered.Object

	body   Body
	extra  *ordered.Object // what templates assign to $context itself
	twice  string          // an override that one template assigned twice
	set    []assignment    // the overrides the template at work has assigned
	paths  map[string]compiledPath
	params *ordered.Object // $input.params(), made when first asked for
	render bool            // an AWS template is at work, which may assign an override once

	vars vtl.Vars // over the following, which point back here
	objects
}

// Body is a payload with its JSON, parsed when first asked for.
type Body struct {
	raw     []byte
	text    string
	hasText bool
	parsed  bool
	value   any
	err     error
}

// SetBody makes b the payload. B must not change while the scope reads it.
func (s *Scope) SetBody(b []byte) { s.body = Body{raw: b} }

// Reset makes s as new, for another exchange.
func (s *Scope) Reset() {
	clear(s.Path)
	clear(s.Query)
	clear(s.Header)
	clear(s.ResponseHeader)
	clear(s.set)
	vars := s.vars
	if s.Variables != nil {
		vars = nil
	}
	*s = Scope{
		Path: s.Path[:0], Query: s.Query[:0], Header: s.Header[:0], ResponseHeader: s.ResponseHeader[:0],
		set: s.set[:0], vars: vars, objects: s.objects,
	}
}

// ErrPayload says that a payload begins as JSON and is none: a template or
// mapping that reads it cannot.
var ErrPayload error = javaError("Could not process payload")

// Text is the payload as text; an empty one reads as {} (case
// vtl-input-body-empty-is-braces).
func (b *Body) Text() string {
	if !b.hasText {
		b.hasText = true
		if b.text = string(b.raw); b.text == "" {
			b.text = "{}"
		}
	}
	return b.text
}

// Value is the payload as a template's JSONPaths see it. A text that is no JSON
// is one string, unless it begins as an object or array (recorded in 2016: 400
// Could not process payload).
func (b *Body) Value() (any, error) {
	if b.parsed {
		return b.value, b.err
	}
	b.parsed = true
	text := b.Text()
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		b.value = ordered.NewObject(0)
		return b.value, nil
	}
	if b.value, b.err = ordered.ParseString(trimmed); b.err == nil {
		return b.value, nil
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		b.err = &PayloadError{Err: b.err}
		return nil, b.err
	}
	b.value, b.err = text, nil
	return b.value, nil
}

// A PayloadError is [ErrPayload] with the reason.
type PayloadError struct {
	Err error // a *ordered.SyntaxError
}

func (e *PayloadError) Error() string { return ErrPayload.Error() + ": " + e.Err.Error() }

// Is makes a PayloadError an [ErrPayload].
func (e *PayloadError) Is(target error) bool { return target == ErrPayload }

func (e *PayloadError) Unwrap() error { return e.Err }
