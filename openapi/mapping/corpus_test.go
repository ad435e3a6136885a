package mapping

import (
	"bufio"
	"errors"
	"os"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// oracleOnly are entries that print an object of the overrides, or assign to one
// twice. The engine that made the corpus knows nothing of API Gateway, where such
// objects print nothing (recorded).
var oracleOnly = map[string]bool{
	"s-aws-context-016": true, "s-aws-context-017": true, "s-aws-context-020": true,
	"s-realistic-012": true, "s-realistic-013": true,
}

// TestCorpus renders the templates of the vtl package's corpus that use $input
// and its kin.
func TestCorpus(t *testing.T) {
	f, err := os.Open("../vtl/testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ran := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		v, err := ordered.ParseString(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		entry := v.(*ordered.Object)
		id, _ := text(entry, "id")
		request, ok := object(entry, "context", "request")
		if !ok || oracleOnly[id] {
			continue
		}
		ran++
		t.Run(id, func(t *testing.T) {
			mode, _ := text(entry, "mode")
			template, _ := text(entry, "template")
			want, hasOutput := text(entry, "output")
			options := vtl.Options{Mode: vtl.Stock}
			if mode == "aws" {
				options.Mode = vtl.AWS
			}
			tmpl, err := ParseTemplate(source.Plain(id, template), options)
			var got []byte
			if err == nil {
				got, err = tmpl.Render(nil, scopeOf(request), nil)
			}
			if hasOutput {
				if err != nil || string(got) != want {
					t.Errorf("%s\nrenders %q, %v, want %q", template, got, err, want)
				}
				return
			}
			var placed *source.Error
			if !errors.As(err, &placed) {
				t.Fatalf("%s\nrenders %q, %v, want an error", template, got, err)
			}
			failure, _ := object(entry, "error")
			line, _ := failure.Get("line")
			column, _ := failure.Get("column")
			if l, _ := line.(ordered.Number).Int64(); l > 0 {
				if c, _ := column.(ordered.Number).Int64(); placed.Pos.Line != int(l) || placed.Pos.Col != int(c) {
					t.Errorf("%s\nfails at %v (%v), want line %v, column %v", template, placed.Pos, err, line, column)
				}
			}
		})
	}
	if ran < 170 {
		t.Errorf("only %d entries ran", ran)
	}
}

func text(o *ordered.Object, name string) (string, bool) {
	v, _ := o.Get(name)
	s, ok := v.(string)
	return s, ok
}

func object(o *ordered.Object, names ...string) (*ordered.Object, bool) {
	for _, name := range names {
		v, _ := o.Get(name)
		inner, ok := v.(*ordered.Object)
		if !ok {
			return nil, false
		}
		o = inner
	}
	return o, true
}

// mapContext is a Context over an object.
type mapContext struct{ o *ordered.Object }

func (c mapContext) Lookup(name string) (any, bool) { return c.o.Get(name) }

func (c mapContext) Names() []string { return keysOf(c.o) }

// scopeOf makes the scope a corpus entry's request describes.
func scopeOf(request *ordered.Object) *Scope {
	s := &Scope{StageVariables: map[string]string{}}
	for _, list := range []struct {
		name string
		into *Params
	}{{"path", &s.Path}, {"querystring", &s.Query}, {"header", &s.Header}} {
		if o, ok := object(request, list.name); ok {
			for name, v := range o.All() {
				*list.into = append(*list.into, Param{name, []string{v.(string)}})
			}
		}
	}
	if o, ok := object(request, "stageVariables"); ok {
		for name, v := range o.All() {
			s.StageVariables[name] = v.(string)
		}
	}
	context, ok := object(request, "context")
	if !ok {
		context = new(ordered.Object)
	}
	s.Context = mapContext{context}
	body, _ := text(request, "body")
	s.SetBody([]byte(body))
	return s
}
