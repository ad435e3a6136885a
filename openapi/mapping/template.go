package mapping

import (
	"fmt"
	"sync"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// A Template is a parsed mapping template. It may be rendered by several
// goroutines at once, each with a [Scope] of its own.
type Template struct {
	vtl   *vtl.Template
	aws   bool
	paths map[string]compiledPath // those that stand in the template as constants
}

type compiledPath struct {
	path *ordered.Path
	err  error
}

// ParseTemplate parses a mapping template. The error is a *[source.Error].
func ParseTemplate(t source.Text, o vtl.Options) (*Template, error) {
	parsed, err := vtl.Parse(t, o)
	if err != nil {
		return nil, err
	}
	tmpl := &Template{vtl: parsed, aws: o.Mode == vtl.AWS, paths: map[string]compiledPath{}}
	for _, r := range parsed.References() {
		if r.Name != "input" || len(r.Path) == 0 {
			continue
		}
		if p := r.Path[0]; p.Kind == vtl.Method && (p.Name == "path" || p.Name == "json") && len(p.Args) == 1 {
			if text, ok := p.Args[0].Value.(string); ok {
				tmpl.paths[text] = compilePath(text)
			}
		}
	}
	return tmpl, nil
}

func compilePath(text string) compiledPath {
	path, err := ordered.CompilePath(text)
	return compiledPath{path, err}
}

// VTL is the template itself, for those who record what it does.
func (t *Template) VTL() *vtl.Template { return t.vtl }

// References returns the references of the template, for those who check it.
func (t *Template) References() []vtl.Reference { return t.vtl.References() }

// Render renders the template against s and appends the output to dst. The
// errors are those of [vtl.Template.Execute]; [ErrPayload] is among what they
// wrap. On an error dst is returned as it was given.
//
// A template that assigns one override twice fails too [AWS docs: Override a
// request or response parameter and status code].
func (t *Template) Render(dst []byte, s *Scope, rec *vtl.Recording) ([]byte, error) {
	s.paths, s.render, s.twice, s.set = t.paths, t.aws, "", s.set[:0]
	out, err := t.vtl.Execute(dst, s.Vars(), rec)
	s.render = false
	if err != nil {
		return dst, err
	}
	s.RequestOverride = plainObject(s.RequestOverride)
	s.ResponseOverride = plainObject(s.ResponseOverride)
	if s.twice != "" {
		return dst, &source.Error{
			Pos:  t.vtl.Text().At(0),
			Msg:  fmt.Sprintf("%s is assigned twice; API Gateway answers that with an error", s.twice),
			Hint: "put the value in a variable and assign it once, at the end",
		}
	}
	return out, nil
}

// plainObject is o without what only templates have in it.
func plainObject(o *ordered.Object) *ordered.Object {
	if o == nil {
		return nil
	}
	return vtl.Plain(o).(*ordered.Object)
}

// maxPaths is how many paths made by templates are remembered.
const maxPaths = 1000

// madePaths remembers JSONPaths that templates put together.
var madePaths = struct {
	sync.Mutex
	m map[string]compiledPath
}{m: map[string]compiledPath{}}

// path compiles a JSONPath, or finds it compiled.
func (s *Scope) path(text string) (*ordered.Path, error) {
	if p, ok := s.paths[text]; ok {
		return p.path, p.err
	}
	madePaths.Lock()
	defer madePaths.Unlock()
	p, ok := madePaths.m[text]
	if !ok {
		p = compilePath(text)
		if len(madePaths.m) >= maxPaths {
			clear(madePaths.m)
		}
		madePaths.m[text] = p
	}
	return p.path, p.err
}

// find evaluates a JSONPath on the payload. What a path does not find is null
// (case vtl-missing-path-is-null-and-equals-empty-string).
func (s *Scope) find(text string) (any, error) {
	path, err := s.path(text)
	if err != nil {
		return nil, err
	}
	root, err := s.body.Value()
	if err != nil {
		return nil, err
	}
	v, err := path.Find(root)
	if err == ordered.ErrNotFound {
		return nil, nil
	}
	return v, err
}
