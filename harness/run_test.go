package harness

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

func mocks(t testing.TB) *project.Project {
	t.Helper()
	p, err := project.Open("testdata/mocks/rehearse.yaml", project.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// replay runs features given by their names against the mocks.
func replay(t testing.TB, c Config, features map[string]string) (*result.Run, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range features {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	if c.Project == nil {
		c.Project = mocks(t)
	}
	c.Features = fsys
	if c.Paths == nil {
		c.Paths = []string{"."}
	}
	return Run(t.Context(), c)
}

// scenarios are the results by name.
func scenarios(run *result.Run) map[string]*result.Scenario {
	all := map[string]*result.Scenario{}
	for _, f := range run.Features {
		for _, s := range f.Scenarios {
			name := s.Name
			for i := 2; all[name] != nil; i++ {
				name = fmt.Sprintf("%s %d", s.Name, i)
			}
			all[name] = s
		}
	}
	return all
}

func TestRunRecordsWhatHappened(t *testing.T) {
	run, err := replay(t, Config{Seed: 7}, map[string]string{"a.feature": `Feature: Items
  What they are.

  Background:
    Given I use the stage "dev"

  @good
  Scenario: it passes
    Given I use the API key "Key"
    When I send GET "/items"
    Then the status is 200
    And the JSON has:
      | $[0].name  | item 1 |
      | $[0].price | 2.5    |

  Scenario: it fails
    When I send GET "/items"
    Then the status is 200
    And the header "x-none" is present

  Scenario: it is not known
    When I send GET "/open"
    Then the staus is 200
    And the status is 200
`})
	if err != nil {
		t.Fatal(err)
	}
	f := run.Features[0]
	if f.Name != "Items" || f.Description != "What they are." || f.URI != "a.feature" || run.Seed != 7 || run.Started.IsZero() || run.Duration == 0 {
		t.Errorf("the feature is %q, %q, %q, the seed %d", f.Name, f.Description, f.URI, run.Seed)
	}
	good := scenarios(run)["it passes"]
	if good.Status != result.Passed || good.Duration == 0 || len(good.Steps) != 5 || good.Tags[0] != "@good" || good.Pos.Line != 8 {
		t.Errorf("it passes: %+v", good)
	}
	sent := good.Steps[2]
	if sent.Keyword != "When" || sent.Text != `I send GET "/items"` || sent.Pos.Line != 10 || sent.Duration == 0 || len(sent.Exchanges) != 1 ||
		sent.Exchanges[0].Status != 200 || len(sent.Exchanges[0].Trace) == 0 {
		t.Errorf("the sending step is %+v", sent)
	}
	if good.Steps[4].Table[1][1] != "2.5" {
		t.Errorf("the table is %v", good.Steps[4].Table)
	}
	bad := scenarios(run)["it fails"]
	var statuses []string
	for _, st := range bad.Steps {
		statuses = append(statuses, string(st.Status))
	}
	if bad.Status != result.Failed || strings.Join(statuses, " ") != "passed passed failed skipped" {
		t.Errorf("it fails: %s, %v", bad.Status, statuses)
	}
	for _, want := range []string{
		"the status is 403, want 200",
		"request:  GET /dev/items",
		`response: 403 {"message":"Forbidden"}`,
		`reason "api-key-missing"`,
		"curl:     curl -i http://127.0.0.1:3000/dev/items",
	} {
		if !strings.Contains(bad.Steps[2].Error, want) {
			t.Errorf("the failure lacks %q:\n%s", want, bad.Steps[2].Error)
		}
	}
	unknown := scenarios(run)["it is not known"]
	if st := unknown.Steps[2]; unknown.Status != result.Failed || st.Error != "there is no such step" || st.Hint != "did you mean: the status is 200" {
		t.Errorf("an unknown step is %q, hint %q", st.Error, st.Hint)
	}
	if e := run.Evidence(); e.Total() == 0 {
		t.Error("no decisions are counted")
	}
	covered := 0
	for i := range run.Documents[0].Elements {
		if run.Documents[0].Covered.Has(i) {
			covered++
		}
	}
	if len(run.Documents) != 1 || covered == 0 || covered == len(run.Documents[0].Elements) {
		t.Errorf("%d of %d elements are covered", covered, len(run.Documents[0].Elements))
	}
	for _, c := range run.Documents[0].Templates {
		was := run.Documents[0].Covered.Has(c.Element)
		if executed := result.CountCovered(c.Lines); len(c.Lines) == 0 || was != (executed > 0) || c.Lines[0].Pos.Line == 0 {
			t.Errorf("template %s: %d of %d lines executed, covered is %v", run.Documents[0].Elements[c.Element].Name, executed, len(c.Lines), was)
		}
	}
	if len(run.Documents[0].Templates) == 0 {
		t.Error("the document's templates are not listed")
	}
}

func TestEveryScenarioHasAWorldOfItsOwn(t *testing.T) {
	for _, parallel := range []int{1, 8} {
		t.Run(fmt.Sprint(parallel), func(t *testing.T) {
			var text strings.Builder
			text.WriteString("Feature: quota\n")
			for i := range 40 {
				fmt.Fprintf(&text, `
  Scenario: number %d
    Given I use the API key "Key"
    When I send GET "/dev/items" 4 times
    Then 3 responses have the status 200
    And the API key "Key" has 0 requests left in "Plan"
    When 1 day passes
    And I send GET "/dev/items"
    Then the status is 200
`, i)
			}
			ended := 0
			run, err := replay(t, Config{Parallel: parallel, Ended: func(*result.Scenario) { ended++ }}, map[string]string{"q.feature": text.String()})
			if err != nil {
				t.Fatal(err)
			}
			if n := run.Count(result.Passed); n != 40 || ended != 40 {
				t.Errorf("%d scenarios passed and %d ended, want 40", n, ended)
			}
			for i, s := range run.Features[0].Scenarios {
				if s.Name != fmt.Sprintf("number %d", i) {
					t.Fatalf("scenario %d is %q: their order is not the file's", i, s.Name)
				}
				if x := s.Steps[1].Exchanges; len(x) != 2 || x[0].Repeats != 2 || x[1].Status != 429 {
					t.Fatalf("four requests keep %d exchanges", len(x))
				}
			}
		})
	}
}

func TestRunsDoNotDisturbEachOther(t *testing.T) {
	p := mocks(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			name := fmt.Sprintf("run %d", i)
			run, err := replay(t, Config{Project: p, Parallel: 2}, map[string]string{"a.feature": fmt.Sprintf(`Feature: %s
  Scenario Outline: %s
    When I send GET "/dev/open"
    Then the status is <status>
    Examples:
      | status |
      | 200    |
      | 404    |
`, name, name)})
			if err != nil {
				t.Error(err)
				return
			}
			if run.Features[0].Name != name || run.Count(result.Passed) != 1 || run.Count(result.Failed) != 1 {
				t.Errorf("%s has %d passed, %d failed of %s", name, run.Count(result.Passed), run.Count(result.Failed), run.Features[0].Name)
			}
		})
	}
	wg.Wait()
}

func TestScenariosThatCannotRunFailWithTheirLine(t *testing.T) {
	run, err := replay(t, Config{}, map[string]string{"a.feature": `Feature: f
  Scenario: misspelt
    Givn I use the stage "dev"
    When I send GET "/open"

  Scenario: empty

  Scenario: fine
    When I send GET "/dev/open"
    Then the status is 200
`})
	if err != nil {
		t.Fatal(err)
	}
	all := scenarios(run)
	if s := all["misspelt"]; s.Status != result.Failed || s.Steps[0].Pos.Line != 3 || !strings.Contains(s.Steps[0].Error, `"Givn" is no step keyword`) {
		t.Errorf("misspelt: %s %+v", s.Status, s.Steps[0])
	}
	if s := all["empty"]; s.Status != result.Failed || !strings.Contains(s.Steps[0].Error, "the scenario has no steps") {
		t.Errorf("empty: %s %+v", s.Status, s.Steps[0])
	}
	if s := all["fine"]; s.Status != result.Passed {
		t.Errorf("fine: %s", s.Status)
	}
}

func TestNothingRunsWhenAFileIsNoGherkin(t *testing.T) {
	run, err := replay(t, Config{Tags: ""}, map[string]string{
		"a.feature": "Feature: a\n  Scenario: s\n    Given I use no API key\n    Thn b\n",
		"b.feature": "Scenario: no feature\n",
		"c.feature": "Feature: c\n  Scenario: s\n    When I send GET \"/dev/open\"\n",
	})
	if run != nil || err == nil || !strings.Contains(err.Error(), "a.feature:4:5") || !strings.Contains(err.Error(), "b.feature:1:1") {
		t.Errorf("got %v, %v", run, err)
	}
}

const three = `Feature: three
  @one
  Scenario: one
    When I send GET "/dev/open"
    Then the status is 200
  @two
  Scenario: two
    When I send GET "/dev/open"
    Then the status is 500
  @three
  Scenario: three
    When I send GET "/dev/open"
    Then the status is 200
`

func TestChoosingScenarios(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		want string
	}{
		{"all", Config{}, "one two three"},
		{"by tags", Config{Tags: "@one or @three"}, "one three"},
		{"by a line", Config{Paths: []string{"a.feature:8"}}, "two"},
		{"the first of two parts", Config{Shard: Shard{1, 2}}, "one three"},
		{"the second of two parts", Config{Shard: Shard{2, 2}}, "two"},
		{"a part that is empty", Config{Shard: Shard{4, 4}}, ""},
		{"a part of what has tags", Config{Tags: "not @one", Shard: Shard{1, 2}}, "two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run, err := replay(t, tt.c, map[string]string{"a.feature": three})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range run.Features {
				for _, s := range f.Scenarios {
					got = append(got, s.Name)
					if s.Status == result.Skipped {
						t.Errorf("%s is skipped: %s", s.Name, s.Reason)
					}
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
}

func TestNoScenarioIsAnError(t *testing.T) {
	tests := []struct {
		name string
		c    Config
		text string
	}{
		{"no tag fits", Config{Tags: "@nope"}, three},
		{"a feature without scenarios", Config{}, "Feature: f\n"},
		{"an empty file", Config{}, ""},
		{"all are skipped", Config{Tags: "@function"}, "Feature: f\n  @function\n  Scenario: s\n    When I send GET \"/dev/lambda\"\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run, err := replay(t, tt.c, map[string]string{"a.feature": tt.text})
			if run == nil || !errors.Is(err, ErrNoScenarios) {
				t.Errorf("got %v, %v", run, err)
			}
		})
	}
	for _, c := range []Config{{Tags: "@a,@b"}, {Shard: Shard{3, 2}}, {Paths: []string{"nope"}}} {
		if run, err := replay(t, c, map[string]string{"a.feature": three}); run != nil || err == nil || errors.Is(err, ErrNoScenarios) {
			t.Errorf("%+v gives %v, %v", c, run, err)
		}
	}
}

func TestFailFastLeavesOutTheRest(t *testing.T) {
	run, err := replay(t, Config{FailFast: true}, map[string]string{"a.feature": three})
	if err != nil {
		t.Fatal(err)
	}
	all := scenarios(run)
	if s := all["three"]; all["one"].Status != result.Passed || all["two"].Status != result.Failed || s.Status != result.Skipped || !strings.Contains(s.Reason, "stops at the first") {
		t.Errorf("three is %s: %s", s.Status, s.Reason)
	}
}

func TestAnInterruptedRunSkipsWhatHasNotBegun(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fsys := fstest.MapFS{"a.feature": {Data: []byte(three)}}
	run, err := Run(ctx, Config{Project: mocks(t), Features: fsys, Paths: []string{"a.feature"}, Ended: func(*result.Scenario) { cancel() }})
	if !errors.Is(err, context.Canceled) || run == nil {
		t.Fatalf("got %v, %v", run, err)
	}
	all := scenarios(run)
	if s := all["three"]; all["one"].Status != result.Passed || s.Status != result.Skipped || s.Reason != "the run was interrupted" {
		t.Errorf("three is %s: %s", s.Status, s.Reason)
	}
}

func TestAnInterruptedScenarioIsSkippedAndBlamesNobody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	fsys := fstest.MapFS{"a.feature": {Data: []byte(`Feature: f
  Scenario: failed before
    When I send GET "/dev/items"
    Then the status is 201

  Scenario: under way
    When somebody presses Ctrl-C
    And I send GET "/dev/items"
    Then the status is 201
`)}}
	run, err := Run(ctx, Config{Project: mocks(t), Features: fsys, Paths: []string{"a.feature"}, Steps: func(sc *godog.ScenarioContext) {
		sc.Step(`^somebody presses Ctrl-C$`, cancel)
	}})
	if !errors.Is(err, context.Canceled) || err.Error() != "the run was interrupted" {
		t.Errorf("the error is %v", err)
	}
	all := scenarios(run)
	if s := all["failed before"]; s.Status != result.Failed {
		t.Errorf("failed before is %s: %s", s.Status, s.Reason)
	}
	if s := all["under way"]; s.Status != result.Skipped || s.Reason != "the run was interrupted" || s.Steps[2].Error != "" {
		t.Errorf("under way is %s: %s, its last step says %q", s.Status, s.Reason, s.Steps[2].Error)
	}
	late, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	if _, err := Run(late, Config{Project: mocks(t), Features: fsys, Paths: []string{"a.feature"}}); err == nil || err.Error() != "the run was interrupted: its time was up" {
		t.Errorf("a run whose time is up says %v", err)
	}
}

func TestARunOfNothingSaysWhereItLooked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		paths []string
		want  string
	}{
		{"an empty file", map[string]string{"a.feature": ""}, []string{"a.feature"}, "no scenario ran: there is no scenario in a.feature"},
		{"a feature alone", map[string]string{"a.feature": "Feature: f"}, []string{"a.feature"}, "no scenario ran: there is no scenario in a.feature"},
		{"a folder without features", map[string]string{"docs/a.txt": "x"}, []string{"docs"}, "no scenario ran: there is no .feature file in docs"},
		{"many of them", map[string]string{"a.feature": "", "b.feature": "", "c.feature": "", "d.feature": ""},
			[]string{"a.feature", "b.feature", "c.feature", "d.feature"}, "no scenario ran: there is no scenario in a.feature, b.feature, c.feature and 1 more"},
	} {
		_, err := replay(t, Config{Paths: tt.paths}, tt.files)
		if !errors.Is(err, ErrNoScenarios) || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestAFunctionThisMachineCannotRunSkipsItsScenario(t *testing.T) {
	features := map[string]string{"a.feature": three + `
  Scenario: with a function
    When I send GET "/dev/lambda"
    Then the status is 200
  Scenario: with it again
    When I send GET "/dev/lambda"
`}
	run, err := replay(t, Config{}, features)
	if err != nil {
		t.Fatal(err)
	}
	if s := scenarios(run)["with a function"]; s.Status != result.Skipped || !strings.Contains(s.Reason, "Absent") {
		t.Errorf("it is %s: %s", s.Status, s.Reason)
	}
	if a, b := scenarios(run)["with a function"], scenarios(run)["with it again"]; a.Reason != b.Reason {
		t.Errorf("one reason is said in two ways: %q and %q", a.Reason, b.Reason)
	}
	run, err = replay(t, Config{FailUnavailable: true}, features)
	if err != nil {
		t.Fatal(err)
	}
	if s := scenarios(run)["with a function"]; s.Status != result.Failed || !strings.Contains(s.Steps[0].Error, "Absent") {
		t.Errorf("it is %s: %+v", s.Status, s.Steps[0])
	}
}

func TestADocumentThatAStepDeploysIsNamedByItsFile(t *testing.T) {
	run, err := replay(t, Config{}, map[string]string{"a.feature": `Feature: f
  Scenario: s
    When I deploy "second.yaml" to the stage "dev"
    And I send GET "/dev/second"
    Then the status is 200
`})
	if err != nil {
		t.Fatal(err)
	}
	if s := scenarios(run)["s"]; s.Status != result.Passed {
		for _, st := range s.Steps {
			t.Errorf("%s: %s", st.Text, st.Error)
		}
	}
	if n := len(run.Documents); n != 2 || !strings.HasSuffix(run.Documents[1].Name, "second.yaml") {
		t.Errorf("%d documents, the last is %q", n, run.Documents[n-1].Name)
	}
}

func TestATeamsOwnSteps(t *testing.T) {
	own := func(sc *godog.ScenarioContext) {
		sc.Step(`^the caller asks twice$`, func() godog.Steps {
			return godog.Steps{`I send GET "/dev/open"`, `I send GET "/dev/open"`}
		})
		sc.Step(`^it was "([^"]*)" after (\d+) h$`, func(ctx context.Context, body string, hours int) error {
			w := World(ctx)
			if got := w.Clock().Now().Sub(w.Sandbox().Project.Config.Start).Hours(); int(got) != hours {
				return fmt.Errorf("%v hours have passed", got)
			}
			if got := string(w.Response().Body); got != strings.ReplaceAll(body, "'", `"`) {
				return fmt.Errorf("the body is %s", got)
			}
			w.Remember("answer", "42")
			return nil
		})
		sc.Step(`^it goes wrong$`, func() error { return errors.New("as it must") })
		sc.Step(`^it panics$`, func() { panic("at the disco") })
		sc.Step(`^it is left out$`, func() error { return godog.ErrSkip })
		sc.Step(`^it is to be written$`, func() error { return godog.ErrPending })
		sc.Step(`^the status is 200$`, func() error { return nil })
	}
	run, err := replay(t, Config{Steps: own}, map[string]string{"a.feature": `Feature: own
  Scenario: together
    When the caller asks twice
    And 3 hours pass
    Then it was "{'open': true}" after 3 h
    When the request header "x" is "{{answer}}"
  Scenario: wrong
    When it goes wrong
  Scenario: panic
    When it panics
  Scenario: skipped
    When it is left out
    Then it goes wrong
  Scenario: pending
    When it is to be written
  Scenario: ambiguous
    When I send GET "/dev/open"
    Then the status is 200
`})
	if err != nil {
		t.Fatal(err)
	}
	all := scenarios(run)
	if s := all["together"]; s.Status != result.Passed || len(s.Steps[0].Exchanges) != 2 {
		t.Errorf("together: %s, %+v, %+v", s.Status, s.Steps[0], s.Steps[2])
	}
	for name, want := range map[string]string{
		"wrong": "as it must", "panic": "at the disco", "pending": "not written yet",
	} {
		if s := all[name]; s.Status != result.Failed || !strings.Contains(s.Steps[0].Error, want) {
			t.Errorf("%s: %s, %q", name, s.Status, s.Steps[0].Error)
		}
	}
	if s := all["ambiguous"]; s.Status != result.Failed || !strings.Contains(s.Steps[1].Error, "two steps match") {
		t.Errorf("ambiguous: %s, %q", s.Status, s.Steps[1].Error)
	}
	if s := all["skipped"]; s.Status != result.Skipped || s.Steps[1].Status != result.Skipped {
		t.Errorf("skipped: %s", s.Status)
	}
}

func TestASeedRepeatsARun(t *testing.T) {
	ids := func(c Config) string {
		run, err := replay(t, c, map[string]string{"a.feature": three})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, x := range run.Exchanges() {
			all = append(all, x.ID)
		}
		return strings.Join(all, " ")
	}
	first := ids(Config{Seed: 5})
	if again := ids(Config{Seed: 5}); again != first {
		t.Errorf("the same seed gives the request ids %s and %s", first, again)
	}
	if only := ids(Config{Seed: 5, Tags: "@three"}); !strings.HasSuffix(first, only) {
		t.Errorf("alone, the scenario draws %s, and with others %s", only, first)
	}
	if other := ids(Config{Seed: 6}); other == first {
		t.Error("another seed gives the same request ids")
	}
	list := strings.Fields(first)
	if list[0] == list[1] {
		t.Error("two scenarios draw the same request id")
	}
}
