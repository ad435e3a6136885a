package vtl_test

import (
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// tight are limits under which a rendering ends at once.
var tight = vtl.Limits{Output: 1 << 16, Steps: 20_000, Collection: 1 << 14}

func addCorpus(f *testing.F) {
	for _, e := range readCorpus(f) {
		f.Add(e.Template)
	}
}

// FuzzParse feeds foreign text to Parse: it must not panic, and a mistake must
// lie within the text.
func FuzzParse(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := vtl.Parse(source.Plain("t", text), vtl.Options{})
		if err != nil {
			var at *source.Error
			var pe *vtl.ParseError
			if !errors.As(err, &at) || !errors.As(err, &pe) {
				t.Fatalf("error %#v, want a *source.Error with a *ParseError", err)
			}
			if at.Msg == "" || at.Pos.Line < 1 || at.Pos.Col < 1 {
				t.Errorf("error %q at %+v", at.Msg, at.Pos)
			}
			return
		}
		for _, r := range tmpl.References() {
			if r.Pos.Line < 1 || r.Text == "" {
				t.Errorf("reference %+v", r)
			}
		}
	})
}

// FuzzExecute renders foreign templates in both modes: no panic, no hang, and
// the same output whether or not the rendering is recorded.
func FuzzExecute(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		for _, mode := range []vtl.Mode{vtl.AWS, vtl.Stock} {
			tmpl, err := vtl.Parse(source.Plain("t", text), vtl.Options{Mode: mode, Limits: tight})
			if err != nil {
				return
			}
			out, err := tmpl.Execute(nil, fuzzVars(t), nil)
			if err != nil {
				var at *source.Error
				if kind, _, _ := kindOf(err); kind == "other" || !errors.As(err, &at) {
					t.Fatalf("error %#v", err)
				}
			}
			rec := tmpl.NewRecording()
			rec.Trace = true
			again, err2 := tmpl.Execute(nil, fuzzVars(t), rec)
			if string(out) != string(again) || (err == nil) != (err2 == nil) {
				t.Errorf("first %q, %v; recorded %q, %v", out, err, again, err2)
			}
			if utf8.ValidString(text) && !utf8.Valid(out) {
				t.Errorf("output %q is no UTF-8", out)
			}
		}
	})
}

func fuzzVars(t testing.TB) vtl.Vars {
	o := object(t, `{"name": "Ada", "s": "Hello, World", "i": 7, "d": 2.5, "t": true, "f": false, "n": null, "big": 3000000000,
		"huge": 123456789012345678901234567890, "list": ["x", "y", "z"], "nums": [5, 3, 9, 1], "map": {"a": 1, "b": "two", "c": [1, 2]},
		"user": {"name": "Bob", "tags": ["p", "q"], "address": {"city": "Oslo"}}, "uni": "h\u00e9\ud83d\ude00x"}`)
	vars := vtl.Vars{"host": &host{props: map[string]any{}}}
	for k, v := range o.All() {
		vars[k] = v
	}
	return vars
}
