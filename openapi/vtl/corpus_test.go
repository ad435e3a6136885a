package vtl_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// An example is a line of testdata/corpus.jsonl: a template, its variables and
// what the real engine made of it.
type example struct {
	ID, Area, Template, Mode string
	Context                  json.RawMessage
	Output                   *string
	Error                    *struct {
		Kind, Message string
		Line, Column  int
	}
}

func readCorpus(t testing.TB) []example {
	t.Helper()
	f, err := os.Open("testdata/corpus.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var list []example
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e example
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

func (e *example) mode() vtl.Mode {
	if e.Mode == "aws" {
		return vtl.AWS
	}
	return vtl.Stock
}

// fresh returns the variables; templates change what they hold.
func (e *example) fresh() vtl.Vars {
	v, err := ordered.Parse(e.Context)
	if err != nil {
		panic(err) // it was read before
	}
	all := v.(*ordered.Object)
	if r, ok := all.Get("request"); ok {
		return mapping.NewScope(r.(*ordered.Object), all, e.mode()).Vars()
	}
	vars := vtl.Vars{}
	for k, v := range all.All() {
		vars[k] = vtl.Lists(v)
	}
	return vars
}

// printsSilent are the examples in which AWS differs from the engine that made
// the corpus: it prints nothing for an object of $context (recorded on AWS for
// $context.identity and $context.requestOverride), the engine Java's {k=v}.
var printsSilent = map[string]bool{"s-aws-context-016": true, "s-aws-context-017": true, "s-aws-context-020": true}

// render gives the output, or the kind and place of the error.
func (e *example) render() (out, kind string, line, col int, err error) {
	tmpl, err := vtl.Parse(source.Plain("t", e.Template), vtl.Options{Mode: e.mode()})
	var b []byte
	if err == nil {
		b, err = tmpl.Execute(nil, e.fresh(), nil)
	}
	if err == nil {
		return string(b), "", 0, 0, nil
	}
	kind, line, col = kindOf(err)
	return "", kind, line, col, err
}

func kindOf(err error) (kind string, line, col int) {
	var pe *vtl.ParseError
	var re *vtl.RuntimeError
	switch {
	case errors.As(err, &pe):
		return "parse", pe.Line, pe.Column
	case errors.As(err, &re):
		return "runtime", re.Line, re.Column
	}
	return "other", 0, 0
}

func TestCorpus(t *testing.T) {
	ran := 0
	for _, e := range readCorpus(t) {
		if printsSilent[e.ID] {
			if out, _, _, _, err := e.render(); out != "" || err != nil {
				t.Errorf("%s gives %q, %v, want nothing", e.Template, out, err)
			}
			continue
		}
		ran++
		t.Run(e.ID, func(t *testing.T) {
			out, kind, line, col, err := e.render()
			switch {
			case e.Output != nil && err != nil:
				t.Errorf("%q\n got error %s %d:%d %v\nwant %q", e.Template, kind, line, col, err, *e.Output)
			case e.Output != nil && out != *e.Output:
				t.Errorf("%q\n got %q\nwant %q", e.Template, out, *e.Output)
			case e.Error != nil:
				got := fmt.Sprint(kind, " ", line, ":", col)
				want := fmt.Sprint(e.Error.Kind, " ", e.Error.Line, ":", e.Error.Column)
				if err == nil {
					got = fmt.Sprintf("output %q", out)
				}
				if got != want {
					t.Errorf("%q\n got %s (%v)\nwant %s (%s)", e.Template, got, err, want, e.Error.Message)
				}
			}
		})
	}
	t.Logf("%d examples", ran)
}

// TestGenerated runs templates put together at random, with what the real
// engine made of them. They show how constructs meet that nobody writes
// side by side. Those of generated-request.json use $input and its kin; for them
// the engine had maps of $context that print nothing in AWS mode.
func TestGenerated(t *testing.T) {
	for _, name := range []string{"testdata/generated.json", "testdata/generated-request.json"} {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Context  json.RawMessage
			Examples []struct{ Template, Mode, Output, Error string }
		}
		if err := json.Unmarshal(data, &file); err != nil {
			t.Fatal(err)
		}
		for _, g := range file.Examples {
			e := example{Template: g.Template, Mode: g.Mode, Context: file.Context}
			out, kind, line, col, err := e.render()
			got := ""
			if err != nil {
				got = fmt.Sprintf("%s %d:%d", kind, line, col)
			}
			if out != g.Output || got != g.Error {
				t.Errorf("%q\n got %q %s (%v)\nwant %q %s", g.Template, out, got, err, g.Output, g.Error)
			}
		}
	}
}
