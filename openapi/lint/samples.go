package lint

import (
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// A sample is what a template is rendered against to see what it makes of it.
// Whatever the template asks for is there; only what it looks like differs.
type sample struct {
	path  any    // what $input.path gives
	body  string // $input.body, and what $input.json gives
	param string // any parameter
}

// samples are tried one after the other until one gives what is looked for.
var samples = []sample{
	{path: stand{}, body: "1", param: "1"},
	{path: int32(1), body: "1", param: "1"},
	{path: "1", body: "1", param: "1"},
	{path: listOf(stand{}), body: "1", param: "1"},
	{path: nil, body: `""`, param: ""},
}

// renderSteps bounds the work a template may cause here.
const renderSteps = 20000

type renderKey struct {
	text string
	sample
}

// A rendered template is what became of it with one sample.
type rendered struct {
	out    string
	failed bool     // it ended with an error: nothing can be said
	twice  []string // overrides that were set more than once
}

// render renders a template with a sample, once for each text: generated
// documents repeat theirs.
func (p *Pass) render(t *openapi.Template, s sample) *rendered {
	key := renderKey{t.Text.Text, s}
	if r := p.memo.rendered[key]; r != nil {
		return r
	}
	r := &rendered{failed: true}
	if parsed, err := vtl.Parse(t.Text, vtl.Options{Limits: vtl.Limits{Steps: renderSteps, Output: 1 << 20, Collection: 1 << 16}}); err == nil {
		sets := map[string]int{}
		vars := vtl.Vars{"input": &sampleInput{s}, "util": sampleUtil{s}, "context": contextSample{path: "$context", sets: sets}, "stageVariables": stand{}}
		out, err := parsed.Execute(nil, vars, nil)
		r.out, r.failed = string(out), err != nil
		for _, name := range sortedKeys(sets) {
			if sets[name] > 1 {
				r.twice = append(r.twice, name)
			}
		}
	}
	if p.memo.rendered == nil {
		p.memo.rendered = map[renderKey]*rendered{}
	}
	p.memo.rendered[key] = r
	return r
}

// stand stands for any value: it has every property, every method gives another
// one of it, and it prints as 1, which is good JSON with quotes and without.
type stand struct{}

func (stand) AppendText(dst []byte) []byte { return append(dst, '1') }

func (stand) Get(string) (any, bool) { return stand{}, true }

func (stand) Set(string, any) bool { return true }

func (stand) Call(name string, args []any) (any, error) {
	switch name {
	case "size", "length", "indexOf", "intValue":
		return int32(1), nil
	case "isEmpty":
		return false, nil
	case "equals", "equalsIgnoreCase", "contains", "containsKey", "startsWith", "endsWith", "matches", "add", "addAll":
		return true, nil
	case "toString", "substring", "replace", "replaceAll", "toLowerCase", "toUpperCase", "trim":
		return "1", nil
	case "keySet":
		return listOf("k"), nil
	case "values", "split", "toArray", "subList":
		return listOf(stand{}), nil
	case "entrySet":
		return listOf(stand{}), nil
	}
	return stand{}, nil
}

func listOf(items ...any) any { return &ordered.Array{Items: items} }

// sampleInput is $input.
type sampleInput struct{ s sample }

func (in *sampleInput) Get(name string) (any, bool) {
	if name == "body" {
		return in.s.body, true
	}
	return nil, false
}

func (in *sampleInput) Call(name string, args []any) (any, error) {
	switch {
	case name == "params" && len(args) == 0:
		return paramMaps{in.s}, nil
	case name == "params" && len(args) == 1:
		return in.s.param, nil
	case name == "path" && len(args) == 1:
		return in.s.path, nil
	case name == "json" && len(args) == 1:
		return in.s.body, nil
	}
	return nil, vtl.ErrNoMethod
}

// paramMaps is $input.params().
type paramMaps struct{ s sample }

func (m paramMaps) Get(string) (any, bool) { return paramMap(m), true }

func (m paramMaps) Call(name string, args []any) (any, error) {
	switch name {
	case "keySet":
		return listOf("path"), nil
	case "get":
		return paramMap(m), nil
	}
	return stand{}.Call(name, args)
}

// paramMap is one of the maps in it.
type paramMap struct{ s sample }

func (m paramMap) Get(string) (any, bool) { return m.s.param, true }

func (m paramMap) Call(name string, args []any) (any, error) {
	switch name {
	case "get", "getOrDefault":
		return m.s.param, nil
	case "values":
		return listOf(m.s.param), nil
	}
	return stand{}.Call(name, args)
}

// sampleUtil is $util.
type sampleUtil struct{ s sample }

func (sampleUtil) Get(string) (any, bool) { return nil, false }

func (u sampleUtil) Call(name string, args []any) (any, error) {
	if len(args) != 1 {
		return nil, vtl.ErrNoMethod
	}
	switch name {
	case "escapeJavaScript":
		if text, ok := args[0].(string); ok {
			return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text), nil
		}
		return "1", nil
	case "parseJson":
		return u.s.path, nil
	case "urlEncode", "urlDecode", "base64Encode", "base64Decode":
		return "1", nil
	}
	return nil, vtl.ErrNoMethod
}

// contextSample is $context and what is in it; it counts what is set.
type contextSample struct {
	path string
	sets map[string]int
}

func (c contextSample) AppendText(dst []byte) []byte { return append(dst, '1') }

func (c contextSample) Get(name string) (any, bool) {
	return contextSample{c.path + "." + name, c.sets}, true
}

func (c contextSample) Set(name string, value any) bool {
	if strings.HasPrefix(c.path, "$context.requestOverride") || strings.HasPrefix(c.path, "$context.responseOverride") {
		c.sets[c.path+"."+name]++
	}
	return true
}

func (c contextSample) Call(name string, args []any) (any, error) {
	if name == "put" && len(args) == 2 {
		if key, ok := args[0].(string); ok {
			c.Set(key, args[1])
		}
		return nil, nil
	}
	return stand{}.Call(name, args)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
