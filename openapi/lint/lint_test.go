package lint

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// TestRules runs each rule on the fixture of its name. A comment `# want "..."`
// says that the rule reports there: a want without a finding fails, and so does a
// finding without a want.
func TestRules(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			file := filepath.Join("testdata", r.ID+".yaml")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("the rule has no fixture: %v", err)
			}
			doc, err := openapi.LoadBytes(file, text)
			if err != nil {
				t.Fatal(err)
			}
			if size := whole(doc.Root.Get("x-size")); size != nil {
				doc.Size = *size
			}
			api, _ := openapi.Import(doc, openapi.Options{APIID: "abcdefghij", EndpointConfigurationTypes: texts(doc.Root.Get("x-endpoint-types"))})
			wants := wanted(t, string(text))
			for _, f := range ReadQuiet(file, text).Apply(Check(doc, api, surroundings(t, doc))) {
				if f.Rule != r.ID {
					continue
				}
				i := slices.IndexFunc(wants, func(w want) bool { return w.line == f.Pos.Line && w.text.MatchString(f.Message) })
				if i < 0 {
					t.Errorf("nobody wants: %s: %s", f.Pos, f.Message)
					continue
				}
				wants = slices.Delete(wants, i, i+1)
			}
			for _, w := range wants {
				t.Errorf("%s:%d: nothing matches %q", file, w.line, w.text)
			}
		})
	}
}

type want struct {
	line int
	text *regexp.Regexp
}

var wantComment = regexp.MustCompile(`# want "([^"]+)"`)

func wanted(t *testing.T, text string) []want {
	t.Helper()
	var wants []want
	for i, line := range strings.Split(text, "\n") {
		for _, m := range wantComment.FindAllStringSubmatch(line, -1) {
			wants = append(wants, want{i + 1, regexp.MustCompile(m[1])})
		}
	}
	if len(wants) == 0 {
		t.Error("the fixture wants nothing")
	}
	return wants
}

// surroundings reads a fixture's x-surroundings, which stands for rehearse.yaml.
func surroundings(t *testing.T, doc *openapi.Document) Surroundings {
	t.Helper()
	n := doc.Root.Get("x-surroundings")
	if n == nil {
		return Surroundings{}
	}
	s := Surroundings{
		Known: true, Region: "us-east-1", AccountID: "123456789012", APIID: "abcdefghij", Basepath: text(n.Get("basepath")),
		Answered: func(host string) bool { return slices.Contains(texts(n.Get("answered")), host) },
	}
	for _, m := range members(n.Get("stages")) {
		st := Stage{Name: m.Key, Pos: m.Pos, Variables: map[string]string{}}
		for _, v := range members(m.Value.Get("variables")) {
			st.Variables[v.Key] = v.Value.Value
		}
		st.Plans = m.Value.Get("plan") != nil
		st.EnabledKeys = len(texts(m.Value.Get("keys"))) > 0
		st.Keys = st.EnabledKeys || len(texts(m.Value.Get("disabledKeys"))) > 0
		st.CacheCluster = m.Value.Get("cacheCluster") != nil
		caches := texts(m.Value.Get("caches"))
		st.Caches = func(method string) bool { return slices.Contains(caches, method) }
		for _, v := range members(m.Value.Get("settings")) {
			st.Settings = append(st.Settings, Setting{v.Key, number(v.Value.Get("rate")), whole(v.Value.Get("burst")), v.Pos})
		}
		for _, plan := range members(m.Value.Get("throttles")) {
			for _, v := range members(plan.Value) {
				st.Throttles = append(st.Throttles, Throttle{plan.Key, v.Key, *number(v.Value.Get("rate")), *whole(v.Value.Get("burst")), v.Pos})
			}
		}
		s.Stages = append(s.Stages, st)
	}
	for _, m := range members(n.Get("functions")) {
		f := Function{Name: m.Key, Qualifiers: texts(m.Value.Get("qualifiers")), Pos: m.Pos}
		if d := m.Value.Get("timeout"); d != nil {
			var err error
			if f.Timeout, err = time.ParseDuration(d.Value); err != nil {
				t.Fatal(err)
			}
		}
		if list := m.Value.Get("permissions"); list != nil {
			f.Restricted = true
			for _, g := range list.Items {
				f.Permissions = append(f.Permissions, Permission{text(g.Get("qualifier")), text(g.Get("principal")), text(g.Get("sourceArn"))})
			}
		}
		s.Functions = append(s.Functions, f)
	}
	for _, m := range members(n.Get("keys")) {
		s.Keys = append(s.Keys, Key{m.Key, m.Value.Get("plans") != nil, m.Pos})
	}
	for _, m := range members(n.Get("plans")) {
		plan := Plan{Name: m.Key, QuotaLimit: whole(m.Value.Get("quota")), Pos: m.Pos}
		if rate := number(m.Value.Get("rate")); rate != nil {
			plan.Throttled, plan.Rate, plan.Burst = true, *rate, *whole(m.Value.Get("burst"))
		}
		s.Plans = append(s.Plans, plan)
	}
	return s
}

func number(n *source.Node) *float64 {
	f, err := strconv.ParseFloat(text(n), 64)
	if err != nil {
		return nil
	}
	return &f
}

func whole(n *source.Node) *int {
	i, err := strconv.Atoi(text(n))
	if err != nil {
		return nil
	}
	return &i
}

func texts(n *source.Node) []string {
	var all []string
	if n != nil {
		for _, i := range n.Items {
			all = append(all, i.Value)
		}
	}
	return all
}

func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] {
			t.Errorf("two rules are called %s", r.ID)
		}
		seen[r.ID] = true
		if r.Category == "" || r.Severity == "" || r.Evidence == "" || r.Source == "" || r.Check == nil {
			t.Errorf("%s lacks something: %+v", r.ID, r)
		}
		if head, rest, ok := strings.Cut(r.Doc, "\n\n"); !ok || head == "" || rest == "" {
			t.Errorf("%s: the text wants a line, an empty line, and a reason", r.ID)
		}
		if r.Severity == openapi.Error && r.Evidence == openapi.Inferred {
			t.Errorf("%s is inferred and an error", r.ID)
		}
	}
	fixtures, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fixtures {
		if id := strings.TrimSuffix(filepath.Base(f), ".yaml"); !seen[id] {
			t.Errorf("%s is the fixture of no rule", f)
		}
	}
}

func ExampleRules() {
	for _, r := range Rules() {
		if r.ID == "function-unknown" {
			line, _, _ := strings.Cut(r.Doc, "\n")
			fmt.Println(r.ID+":", line)
		}
	}
	// Output: function-unknown: a Lambda URI names a function that rehearse.yaml does not have
}

// A rule that rests on a case alone claims no more than the case shows.
func TestRulesClaimNoMoreThanTheirCase(t *testing.T) {
	marks := map[openapi.Evidence]string{openapi.Recorded: "recorded-on-aws", openapi.Documented: "documented", openapi.Inferred: "inferred"}
	alone := regexp.MustCompile(`^case ([a-z0-9-]+)$`)
	checked := 0
	for _, r := range Rules() {
		m := alone.FindStringSubmatch(r.Source)
		if m == nil {
			continue
		}
		files, err := filepath.Glob("../../fixtures/cases/*/" + m[1] + ".yaml")
		if err != nil || len(files) != 1 {
			t.Errorf("%s rests on case %s, which is not there", r.ID, m[1])
			continue
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		checked++
		if !strings.Contains(string(text), "\nevidence: "+marks[r.Evidence]+"\n") {
			t.Errorf("%s is %s, and case %s is not", r.ID, r.Evidence, m[1])
		}
	}
	if checked == 0 {
		t.Error("no rule rests on a case")
	}
}
