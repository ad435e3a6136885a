package mapping

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// A Side says where an expression stands, and so what it may read.
type Side uint8

const (
	Request         Side = iota // requestParameters: method.request.*
	Response                    // responseParameters of an integration response: integration.response.*
	GatewayResponse             // responseParameters of a gateway response: method.request.*, no body
)

// A Kind is what an Expression reads.
type Kind uint8

const (
	Static Kind = iota
	Path
	QueryString
	Header
	WholeBody
	BodyPath
	StageVariable
	ContextVariable
)

// An Expression is a parsed mapping source [AWS docs: Parameter mapping source
// reference for REST APIs in API Gateway].
type Expression struct {
	text  string
	side  Side
	kind  Kind
	multi bool
	name  string
	path  *ordered.Path // of BodyPath
	inner []innerPath   // of BodyPath: where it may go on below a string
	steps []string      // of ContextVariable
	fixed []string      // of Static
}

// String returns the expression as it was written.
func (e *Expression) String() string { return e.text }

// Kind says what the expression reads.
func (e *Expression) Kind() Kind { return e.kind }

// Multi reports whether it reads all values of a name.
func (e *Expression) Multi() bool { return e.multi }

// Name is the parameter, stage variable or context variable that is read
// (authorizer.claims.sub), the JSONPath within the body as written, or the text
// of a static value.
func (e *Expression) Name() string { return e.name }

var locations = map[string]struct {
	kind  Kind
	multi bool
}{
	"path":                  {Path, false},
	"querystring":           {QueryString, false},
	"multivaluequerystring": {QueryString, true},
	"header":                {Header, false},
	"multivalueheader":      {Header, true},
}

// ParseExpression parses a mapping source. The error is a *[source.Error].
func ParseExpression(t source.Text, side Side) (*Expression, error) {
	e := &Expression{text: t.Text, side: side}
	wrong := func(offset int, msg, hint string) (*Expression, error) {
		err := &source.Error{Msg: msg, Hint: hint}
		if t.At != nil {
			err.Pos = t.At(offset)
		}
		return nil, err
	}
	text := t.Text
	if strings.HasPrefix(text, "'") {
		if len(text) < 2 || !strings.HasSuffix(text, "'") {
			return wrong(0, "the static value is never closed", "it ends with a single quote")
		}
		e.kind, e.name = Static, text[1:len(text)-1]
		e.fixed = []string{e.name}
		return e, nil
	}
	if name, ok := strings.CutPrefix(text, "stageVariables."); ok && name != "" {
		e.kind, e.name = StageVariable, name
		return e, nil
	}
	if name, ok := strings.CutPrefix(text, "context."); ok && name != "" {
		e.kind, e.name, e.steps = ContextVariable, name, strings.Split(name, ".")
		return e, nil
	}
	prefix := "method.request."
	if side == Response {
		prefix = "integration.response."
	}
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return wrong(0, "found "+quoted(text)+", want "+prefix+"…, context.…, stageVariables.… or a 'static value'", staticHint(text))
	}
	if path, ok := strings.CutPrefix(rest, "body"); ok && side != GatewayResponse && (path == "" || path[0] == '.' || path[0] == '[') {
		return e.readBody(path, func(msg string) (*Expression, error) { return wrong(len(prefix)+len("body"), msg, "") })
	}
	location, name, _ := strings.Cut(rest, ".")
	l, known := locations[location]
	switch {
	case !known || side == Response && l.kind != Header:
		return wrong(len(prefix), "found "+quoted(location)+" after "+strings.TrimSuffix(prefix, ".")+", want "+locationsOf(side), nearestLocation(location, side))
	case name == "":
		return wrong(len(text), "a name is missing after "+prefix+location, "")
	}
	e.kind, e.multi, e.name = l.kind, l.multi, name
	return e, nil
}

func (e *Expression) readBody(path string, wrong func(msg string) (*Expression, error)) (*Expression, error) {
	e.kind = WholeBody
	if path == "" {
		return e, nil
	}
	e.kind, e.name = BodyPath, strings.TrimPrefix(path, ".")
	if e.name == "" {
		return wrong("a JSONPath is missing after the body")
	}
	text := e.name
	if text[0] == '[' {
		text = "$" + text
	}
	var err error
	if e.path, err = ordered.CompilePath(text); err != nil {
		return wrong(err.Error())
	}
	if e.side == Response {
		e.inner = innerPaths(text)
	}
	return e, nil
}

// An innerPath is a body path cut in two: outer leads to a string which holds
// JSON, rest goes on in there.
type innerPath struct{ outer, rest *ordered.Path }

// innerPaths cuts a path at each of its steps, the nearest to the root first.
// Pieces that are no paths of their own, such as those of a name in brackets,
// are none.
func innerPaths(text string) []innerPath {
	text = strings.TrimPrefix(text, "$")
	var all []innerPath
	for i := 1; i < len(text); i++ {
		if text[i] != '.' && text[i] != '[' {
			continue
		}
		outer, err := ordered.CompilePath("$" + withDot(text[:i]))
		if err != nil || !outer.Definite() {
			continue
		}
		if rest, err := ordered.CompilePath("$" + text[i:]); err == nil {
			all = append(all, innerPath{outer, rest})
		}
	}
	return all
}

// withDot gives a path below the root the dot it may lack.
func withDot(path string) string {
	if path[0] == '.' || path[0] == '[' {
		return path
	}
	return "." + path
}

func quoted(text string) string { return `"` + text + `"` }

func staticHint(text string) string {
	if strings.HasPrefix(text, `"`) || !strings.Contains(text, ".") {
		return "a static value stands in single quotes, within the string: \"'value'\""
	}
	return ""
}

func locationsOf(side Side) string {
	switch side {
	case Response:
		return "header, multivalueheader or body"
	case GatewayResponse:
		return "path, querystring, header, multivaluequerystring or multivalueheader"
	}
	return "path, querystring, header, multivaluequerystring, multivalueheader or body"
}

func nearestLocation(location string, side Side) string {
	known := strings.FieldsFunc(strings.ReplaceAll(locationsOf(side), " or ", ", "), func(r rune) bool { return r == ',' || r == ' ' })
	if near := source.Nearest(location, known); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Values reads the expression from s. Ok is false when what it reads is not
// there: then what it is mapped to is left out. The error is [ErrPayload]: the
// body begins as JSON and is none (case params-body-mapping-with-broken-json-is-400).
func (e *Expression) Values(s *Scope) (values []string, ok bool, err error) {
	switch e.kind {
	case Static:
		return e.fixed, true, nil
	case Path:
		return e.choose(s.Path.Get(e.name))
	case QueryString:
		return e.choose(s.Query.Get(e.name))
	case Header:
		if e.side == Response {
			// The exact spelling first [AWS docs: important notes, names are
			// case-sensitive]. guess: any spelling after that, since HTTP has none.
			return e.choose(s.ResponseHeader.fold(e.name))
		}
		return e.choose(s.Header.Get(e.name))
	case StageVariable:
		v, ok := s.StageVariables[e.name]
		return one(v, ok)
	case ContextVariable:
		v, ok := s.contextVariable(e.steps)
		return one(v, ok)
	}
	return e.bodyValues(s)
}

func one(v string, ok bool) ([]string, bool, error) {
	if !ok {
		return nil, false, nil
	}
	return []string{v}, true, nil
}

// choose takes all values or the last one.
func (e *Expression) choose(values []string) ([]string, bool, error) {
	if len(values) == 0 {
		return nil, false, nil
	}
	if !e.multi {
		values = values[len(values)-1:]
	}
	return values, true, nil
}

// bodyValues reads the body. It must be JSON if it begins as JSON does, even
// where all of it is wanted; any other text has no parts (inferred).
func (e *Expression) bodyValues(s *Scope) ([]string, bool, error) {
	text := s.body.Text()
	trimmed := strings.TrimLeft(text, " \t\r\n")
	isJSON := trimmed != "" && strings.IndexByte(`{["'`, trimmed[0]) >= 0
	if !isJSON {
		return one(text, e.kind == WholeBody)
	}
	root, err := s.body.json()
	if err != nil {
		return nil, false, err
	}
	if e.kind == WholeBody {
		return one(text, true)
	}
	v, err := e.path.Find(root)
	if err != nil {
		v = e.findInside(root)
	}
	if v == nil {
		return nil, false, nil // guess: what a path cannot find is left out, as any source is
	}
	return one(mappedText(v), true)
}

// findInside is what the path leads to where a part of it ends at a string which
// holds a JSON object or array, and the rest goes on in there; nil for nothing.
// So functions tell what went wrong: integration.response.body.errorMessage.httpStatus
// [AWS docs: Handle Lambda errors in API Gateway].
func (e *Expression) findInside(root any) any {
	for _, p := range e.inner {
		v, err := p.outer.Find(root)
		if err != nil {
			return nil // what is deeper leads nowhere either
		}
		text, ok := v.(string)
		if !ok {
			continue
		}
		if text = strings.TrimSpace(text); text == "" || text[0] != '{' && text[0] != '[' {
			return nil
		}
		inner, err := ordered.ParseString(text)
		if err != nil {
			return nil
		}
		found, err := p.rest.Find(inner)
		if err != nil {
			return nil
		}
		return found
	}
	return nil
}

// json is the body as JSON, whatever it begins with.
func (b *Body) json() (any, error) {
	v, err := b.Value()
	if err != nil {
		return nil, err
	}
	if s, ok := v.(string); ok && s == b.text {
		_, err = ordered.ParseString(s) // Value took it for a text
		if err != nil {
			return nil, &PayloadError{Err: err}
		}
	}
	return v, nil
}

// mappedText is a JSON value as a parameter: text as it is, all else as JSON.
func mappedText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(ordered.Append(nil, v))
}

// contextVariable follows the steps of context.a.b. Objects have no value of
// their own.
func (s *Scope) contextVariable(steps []string) (string, bool) {
	if s.Context == nil {
		return "", false
	}
	v, ok := s.Context.Lookup(steps[0])
	for i := 1; i < len(steps) && ok; i++ {
		var next any
		if next, ok = member(v, steps[i]); !ok {
			// A name may have dots of its own, as claims do.
			if next, ok = member(v, strings.Join(steps[i:], ".")); ok {
				i = len(steps)
			}
		}
		v = next
	}
	switch v := v.(type) {
	case nil, *ordered.Object, vtl.Object:
		return "", false
	case string:
		return v, ok
	}
	return string(ordered.AppendJava(nil, v)), ok
}

func member(v any, name string) (any, bool) {
	switch v := v.(type) {
	case *ordered.Object:
		if v != nil {
			return v.Get(name)
		}
	case vtl.Object:
		return v.Get(name)
	}
	return nil, false
}

// Interpolate fills ${stageVariables.x} in text. A variable that is not there is
// empty, and any other ${…} stays (recorded and inferred: cases
// http-proxy-stage-variables-in-path-and-query).
func Interpolate(text string, stageVariables map[string]string) string {
	const open = "${stageVariables."
	start := strings.Index(text, open)
	if start < 0 {
		return text
	}
	var b strings.Builder
	for start >= 0 {
		b.WriteString(text[:start])
		name, rest, closed := strings.Cut(text[start+len(open):], "}")
		if !closed {
			text = text[start:]
			break
		}
		b.WriteString(stageVariables[name])
		text = rest
		start = strings.Index(text, open)
	}
	b.WriteString(text)
	return b.String()
}
