package openapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

const casesFolder = "../fixtures/cases/import"

// shown is what ShowJSON writes.
type shown struct {
	OK        bool                `json:"ok"`
	Errors    []string            `json:"errors"`
	Warnings  []string            `json:"warnings"`
	Resources map[string][]string `json:"resources"`
	Models    map[string]any      `json:"models"`
	all       map[string]any
}

// readFiles reads the YAML and JSON files of patterns, each of which must have some.
func readFiles(t testing.TB, patterns ...string) []*source.File {
	t.Helper()
	var all []*source.File
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f, err := source.Read(name, data)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, f)
		}
	}
	return all
}

// TestImportCases runs every case of fixtures/cases/import: what AWS answered to
// an import.
func TestImportCases(t *testing.T) {
	files := readFiles(t, casesFolder+"/*.yaml")
	if len(files) < 303 {
		t.Fatalf("found %d cases in %s, want at least 303", len(files), casesFolder)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f.Name), ".yaml")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkCase(t, f.Root)
		})
	}
}

func checkCase(t *testing.T, c *source.Node) {
	imp := c.Get("import")
	o := caseOptions(c)
	if existing := imp.Get("existing"); existing != nil {
		doc, err := LoadBytes("existing", documentOf(existing))
		if err != nil {
			t.Fatal(err)
		}
		api, findings := Import(doc, Options{Region: o.Region, APIID: o.APIID})
		if IsRefused(findings, Options{}) {
			t.Fatalf("the existing API is refused: %v", findings)
		}
		o.Onto = api
	}
	got := importCase(t, c, o)
	expect := imp.Get("expect")
	if want := truth(expect.Get("ok")); got.OK != want {
		t.Errorf("ok = %v, want %v; errors %q, warnings %q", got.OK, want, got.Errors, got.Warnings)
	}
	for _, want := range list(expect.Get("errors")) {
		if !slices.ContainsFunc(got.Errors, func(line string) bool { return matchText(want, line) }) {
			t.Errorf("errors %q, want one like %q", got.Errors, want)
		}
	}
	if w := expect.Get("warnings"); w != nil {
		wants := list(w)
		if len(wants) != len(got.Warnings) {
			t.Errorf("warnings %q, want %q", got.Warnings, wants)
		}
		for _, want := range wants {
			if !slices.ContainsFunc(got.Warnings, func(line string) bool { return matchText(want, line) }) {
				t.Errorf("warnings %q, want one like %q", got.Warnings, want)
			}
		}
	}
	if r := expect.Get("resources"); r != nil {
		want := map[string][]string{}
		for _, m := range r.Members {
			want[m.Key] = append([]string{}, list(m.Value)...)
			sort.Strings(want[m.Key])
		}
		if !equalJSON(got.Resources, want) {
			t.Errorf("resources %v, want %v", got.Resources, want)
		}
	}
	if m := expect.Get("models"); m != nil {
		var names []string
		for name := range got.Models {
			names = append(names, name)
		}
		want := list(m)
		sort.Strings(names)
		sort.Strings(want)
		if !slices.Equal(names, want) {
			t.Errorf("models %v, want %v", names, want)
		}
	}
	checkFacts(t, got.all, expect.Get("facts"))
}

func caseOptions(c *source.Node) Options {
	o := Options{Region: scalar(c.Get("config").Get("region"))}
	mode := c.Get("import").Get("mode")
	o.FailOnWarnings = truth(mode.Get("failonwarnings"))
	o.Basepath = scalar(mode.Get("basepath"))
	o.Mode = scalar(mode.Get("putMode"))
	parameters := mode.Get("parameters")
	o.IgnoreDocumentation = scalar(parameters.Get("ignore")) == "documentation"
	o.EndpointConfigurationTypes = list(parameters.Get("endpointConfigurationTypes"))
	if o.Basepath == "" {
		o.Basepath = scalar(parameters.Get("basepath"))
	}
	return o
}

func documentOf(c *source.Node) []byte {
	if text := c.Get("openapi_text"); text != nil {
		return []byte(text.Value)
	}
	return ordered.Append(nil, c.Get("openapi").Ordered())
}

func importCase(t *testing.T, c *source.Node, o Options) shown {
	t.Helper()
	var data []byte
	doc, err := LoadBytes("document", documentOf(c))
	if err != nil {
		data = ShowJSON(nil, Unreadable(err), o)
	} else {
		api, findings := Import(doc, o)
		checkElements(t, api)
		data = ShowJSON(api, findings, o)
	}
	var got shown
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("ShowJSON wrote no JSON: %v\n%s", err, data)
	}
	if err := json.Unmarshal(data, &got.all); err != nil {
		t.Fatal(err)
	}
	return got
}

// checkElements checks that everything that can be covered has its own number.
func checkElements(t *testing.T, api *API) {
	t.Helper()
	seen := map[int]string{}
	check := func(kind string, element int) {
		if element < 0 || element >= len(api.Elements) {
			t.Errorf("%s has the element %d of %d", kind, element, len(api.Elements))
			return
		}
		if got := api.Elements[element].Kind; got != kind {
			t.Errorf("element %d is a %s, want a %s", element, got, kind)
		}
		if other, ok := seen[element]; ok {
			t.Errorf("%s and %s share the element %d", kind, other, element)
		}
		seen[element] = kind
	}
	for m := range api.AllMethods() {
		check("method", m.Element)
		for _, r := range m.Responses {
			check("methodResponse", r.Element)
		}
		if m.Integration == nil {
			continue
		}
		for _, tmpl := range m.Integration.RequestTemplates {
			check("requestTemplate", tmpl.Element)
		}
		for _, r := range m.Integration.Responses {
			check("integrationResponse", r.Element)
			for _, tmpl := range r.ResponseTemplates {
				check("responseTemplate", tmpl.Element)
			}
		}
	}
	for _, a := range api.Authorizers {
		check("authorizer", a.Element)
	}
	for _, g := range api.GatewayResponses {
		check("gatewayResponse", g.Element)
	}
}

func checkFacts(t *testing.T, got any, facts *source.Node) {
	t.Helper()
	if facts == nil {
		return
	}
	for _, m := range facts.Members {
		if m.Key != "absent" {
			if diff := subset(got.(map[string]any)[m.Key], m.Value, m.Key); diff != "" {
				t.Error(diff)
			}
			continue
		}
		for _, path := range list(m.Value) {
			if v, ok := lookUp(got, path); ok {
				t.Errorf("%s is %v, want it absent", path, v)
			}
		}
	}
}

// lookUp follows names joined by points; a name may hold points itself.
func lookUp(v any, path string) (any, bool) {
	o, ok := v.(map[string]any)
	if !ok {
		return nil, false
	}
	if found, ok := o[path]; ok {
		return found, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if next, ok := o[path[:i]]; ok {
			if found, ok := lookUp(next, path[i+1:]); ok {
				return found, true
			}
		}
	}
	return nil, false
}

// subset says where got lacks or contradicts want, or "".
func subset(got any, want *source.Node, at string) string {
	switch want.Kind {
	case source.Object:
		o, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", at, got)
		}
		for _, m := range want.Members {
			v, ok := o[m.Key]
			if !ok && m.Value.Kind != source.Null {
				return fmt.Sprintf("%s.%s is absent, want %s", at, m.Key, m.Value.Value)
			}
			if diff := subset(v, m.Value, at+"."+m.Key); diff != "" {
				return diff
			}
		}
		return ""
	case source.Array:
		a, ok := got.([]any)
		if !ok || len(a) != len(want.Items) {
			return fmt.Sprintf("%s is %v, want %d items", at, got, len(want.Items))
		}
		for i, item := range want.Items {
			if diff := subset(a[i], item, fmt.Sprintf("%s[%d]", at, i)); diff != "" {
				return diff
			}
		}
		return ""
	case source.String:
		if s, ok := got.(string); ok && matchText(want.Value, s) || want.Value == "<any>" && got != nil {
			return ""
		}
	default:
		if equalJSON(got, json.RawMessage(ordered.Append(nil, want.Ordered()))) {
			return ""
		}
	}
	return fmt.Sprintf("%s is %v, want %s", at, got, want.Value)
}

func matchText(want, got string) bool {
	if pattern, ok := strings.CutPrefix(want, "~"); ok {
		return regexp.MustCompile(pattern).MatchString(got)
	}
	return want == got || want == "<any>"
}

func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	var v, w any
	if json.Unmarshal(x, &v) != nil || json.Unmarshal(y, &w) != nil {
		return false
	}
	x, _ = json.Marshal(v)
	y, _ = json.Marshal(w)
	return string(x) == string(y)
}

// TestRuntimeCasesImport imports the documents of the runtime cases: AWS took
// them all.
func TestRuntimeCasesImport(t *testing.T) {
	files, err := filepath.Glob("../fixtures/cases/runtime/*.yaml")
	if err != nil || len(files) < 100 {
		t.Fatalf("found %d cases (%v)", len(files), err)
	}
	backend := regexp.MustCompile(`\{\{backend\.(\w+)\}\}`)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f, err := source.Read(file, backend.ReplaceAll(data, []byte("$1.example")))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := LoadBytes(file, documentOf(f.Root))
		if err != nil {
			t.Fatal(err)
		}
		api, findings := Import(doc, Options{})
		checkElements(t, api)
		if IsRefused(findings, Options{}) {
			message, _ := AWSMessages(findings, Options{})
			t.Errorf("%s is refused: %s", filepath.Base(file), message)
		}
	}
}
