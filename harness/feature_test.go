package harness

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/rehearse-api/rehearse/openapi/source"
)

func parse(t *testing.T, text string) *feature {
	t.Helper()
	f, err := parseFeature("a.feature", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestScenariosThatGherkinWouldPassOver(t *testing.T) {
	tests := []struct {
		name, text string
		line       int
		want, hint string
	}{
		{"a misspelt keyword before the first step", "Feature: f\n  Scenario: s\n    Givn a\n    Then b\n", 3, `"Givn" is no step keyword`, `did you mean "Given"?`},
		{"a misspelt keyword and no step at all", "Feature: f\n  Scenario: s\n    Wehn a\n", 3, `"Wehn" is no step keyword`, `did you mean "When"?`},
		{"a keyword in small letters", "Feature: f\n  Scenario: s\n\n    given a\n    when b\n", 4, `"given" is no step keyword`, `did you mean "Given"?`},
		{"And with letters exchanged", "Feature: f\n  Scenario: s\n    Adn a\n    Then b\n", 3, `"Adn" is no step keyword`, `did you mean "And"?`},
		{"a misspelt keyword in the background", "Feature: f\n  Background:\n    Gven a\n  Scenario: s\n    Then b\n", 3, `"Gven" is no step keyword`, `did you mean "Given"?`},
		{"a scenario without steps", "Feature: f\n  Scenario: s\n  Scenario: t\n    Given a\n", 2, "the scenario has no steps", "steps begin with"},
		{"an outline without examples", "Feature: f\n  Scenario Outline: s\n    Given <a>\n", 2, "the outline has no examples", "add rows"},
		{"an outline without rows", "Feature: f\n  Scenario Outline: s\n    Given <a>\n    Examples:\n      | a |\n", 2, "the outline has no examples", "add rows"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parse(t, tt.text)
			if len(f.scenarios) == 0 || f.scenarios[0].broken == nil {
				t.Fatal("it is passed over")
			}
			b := f.scenarios[0].broken
			if b.Pos.Line != tt.line || !strings.Contains(b.Error, tt.want) || !strings.Contains(b.Hint, tt.hint) {
				t.Errorf("got line %d, %q, hint %q; want line %d, %q, hint %q", b.Pos.Line, b.Error, b.Hint, tt.line, tt.want, tt.hint)
			}
		})
	}
}

func TestProseIsNoMisspeltStep(t *testing.T) {
	for _, line := range []string{
		"The customer wants pens.", "They are many.", "Give it a try.", "Any order will do.", "An item", "Andy knows.",
		"Buy one.", "Where it stands", "Thirty days", "But-ton", "This is prose",
	} {
		f := parse(t, "Feature: f\n  Scenario: s\n    "+line+"\n    Given a\n")
		if b := f.scenarios[0].broken; b != nil {
			t.Errorf("%q is taken for a step: %s", line, b.Error)
		}
	}
	f := parse(t, "# language: fr\nFonctionnalité: f\n  Scénario: s\n    Givn\n    Soit a\n")
	if f.scenarios[0].broken != nil {
		t.Error("a description in French is looked through for English steps")
	}
}

func TestParseErrorsHavePlacesAndHints(t *testing.T) {
	tests := []struct {
		name, text string
		want, hint string
	}{
		{"a misspelt keyword between steps", "Feature: f\n  Scenario: s\n    Given a\n    Thn b\n", `a.feature:4:5: found "Thn b"`, `did you mean "Then"?`},
		{"a misspelt block", "Feature: f\n  Scenario: s\n    Given a\n  Scenaro: t\n", `a.feature:4:3: found "Scenaro: t"`, `did you mean "Scenario:"?`},
		{"no feature", "Scenario: s\n  Given a\n", `a.feature:1:1: a feature file begins with Feature:, found "Scenario: s"`, ""},
		{"a feature misspelt", "# a comment\n@tag\nFeatur: f\n  Scenario: s\n", `a.feature:3:1: a feature file begins with Feature:, found "Featur: f"`, `did you mean "Feature:"?`},
		{"another kind of file", "openapi: 3.0.1\ninfo:\n  title: t\n", `a.feature:1:1: a feature file begins with Feature:, found "openapi: 3.0.1"`, "Feature: Orders"},
		{"a doc string without an end", "Feature: f\n  Scenario: s\n    Given a\n      \"\"\"\n      x\n", "the file ends too early", `another """`},
		{"uneven rows", "Feature: f\n  Scenario: s\n    Given a\n      | 1 | 2 |\n      | 1 |\n", "a.feature:5:7: the rows of the table", ""},
		{"an unknown language", "# language: xx\nFeature: f\n", "a.feature:1:1: language not supported", ""},
		{"bytes that are no UTF-8", "Feature: f\n# \xff\n", "a.feature:2:3: the file is not UTF-8", "save it as UTF-8"},
		{"UTF-16", "\xff\xfeF\x00", "a.feature:1:1: the file is UTF-16", "save it as UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := parseFeature("a.feature", []byte(tt.text))
			var e *source.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a *source.Error", err)
			}
			if strings.Contains(tt.want, "begins with Feature:") && strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("more than one error for one cause: %v", err)
			}
			if !strings.Contains(err.Error(), tt.want) || !strings.Contains(explain(err), tt.hint) {
				t.Errorf("got %s, want %q with hint %q", explain(err), tt.want, tt.hint)
			}
		})
	}
}

func TestBOMAndCRLFMakeNoDifference(t *testing.T) {
	text := "Feature: f\n\n  Scenario: s\n    Given a\n      \"\"\"\n      one\n      two\n      \"\"\"\n"
	f := parse(t, "\ufeff"+strings.ReplaceAll(text, "\n", "\r\n"))
	if f.text != text {
		t.Errorf("the text is %q", f.text)
	}
	if doc := f.scenarios[0].pickle.Steps[0].Argument.DocString.Content; doc != "one\ntwo" {
		t.Errorf("the doc string is %q", doc)
	}
}

const manyScenarios = `@all
Feature: f
  Background:
    Given x

  @a
  Scenario: one
    Given a

  Scenario Outline: two
    Given <n>
    Examples: some
      | n |
      | 1 |
      | 2 |
    @b
    Examples: more
      | n |
      | 3 |

  # of the rule
  Rule: r
    Background:
      Given y
    @c
    Scenario: three
      Given c
    Scenario: empty
`

func names(list []*scenario) string {
	var all []string
	for _, s := range list {
		name := s.node.Name
		if s.pickle != nil && len(s.pickle.Steps) > 0 && s.node.Name == "two" {
			name += " " + s.pickle.Steps[len(s.pickle.Steps)-1].Text
		}
		all = append(all, name)
	}
	return strings.Join(all, ", ")
}

func TestALineChoosesWhatItIsIn(t *testing.T) {
	f := parse(t, manyScenarios)
	const everything = "one, two 1, two 2, two 3, three, empty"
	tests := []struct {
		name  string
		lines []int
		want  string
	}{
		{"no line", nil, everything},
		{"the feature's line", []int{2}, everything},
		{"a background", []int{4}, everything},
		{"a scenario's tag", []int{6}, "one"},
		{"a scenario's own line", []int{7}, "one"},
		{"a step", []int{8}, "one"},
		{"an outline's own line", []int{10}, "two 1, two 2, two 3"},
		{"a step of an outline", []int{11}, "two 1, two 2, two 3"},
		{"a row", []int{15}, "two 2"},
		{"a row of the other examples", []int{19}, "two 3"},
		{"a rule", []int{22}, "three, empty"},
		{"a rule's background", []int{24}, "three, empty"},
		{"a scenario of a rule", []int{27}, "three"},
		{"the last line", []int{28}, "empty"},
		{"two lines", []int{27, 7}, "one, three"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := f.at(tt.lines)
			if err != nil {
				t.Fatal(err)
			}
			if names(got) != tt.want {
				t.Errorf("got %s, want %s", names(got), tt.want)
			}
		})
	}
	if _, err := f.at([]int{99}); err == nil || !strings.Contains(err.Error(), "a.feature:99: the file has only 29 lines") {
		t.Errorf("line 99 is %v", err)
	}
}

func TestLeavingOutScenariosKeepsLines(t *testing.T) {
	f := parse(t, manyScenarios)
	for _, keep := range [][]int{{0}, {1}, {2}, {3}, {4}, {0, 3}, {1, 2, 4}, {0, 1, 2, 3, 4}} {
		var chosen []*scenario
		for _, i := range keep {
			chosen = append(chosen, f.scenarios[i])
		}
		text := f.only(chosen)
		doc, err := gherkin.ParseGherkinDocument(strings.NewReader(text), (&messages.Incrementing{}).NewId)
		if err != nil {
			t.Fatalf("%v leaves no Gherkin: %v\n%s", keep, err, text)
		}
		left := &feature{uri: f.uri, text: text, doc: doc}
		left.collect(gherkin.Pickles(*doc, f.uri, (&messages.Incrementing{}).NewId))
		var runnable []*scenario
		for _, s := range left.scenarios {
			if s.broken == nil {
				runnable = append(runnable, s)
			}
		}
		if names(runnable) != names(chosen) {
			t.Errorf("%v leaves %s, want %s", keep, names(runnable), names(chosen))
			continue
		}
		for i, s := range runnable {
			if s.line != chosen[i].line || len(s.pickle.Steps) != len(chosen[i].pickle.Steps) {
				t.Errorf("%v: %s moved from line %d to %d", keep, names(runnable[i:i+1]), chosen[i].line, s.line)
			}
		}
	}
}

func TestTagsOfScenarios(t *testing.T) {
	f := parse(t, manyScenarios)
	for i, want := range []string{"@all @a", "@all", "@all", "@all @b", "@all @c", "@all"} {
		if got := strings.Join(f.scenarios[i].tags, " "); got != want {
			t.Errorf("%s has the tags %s, want %s", f.scenarios[i].node.Name, got, want)
		}
	}
}

func TestPaths(t *testing.T) {
	fsys := fstest.MapFS{
		"features/b.feature":      {Data: []byte("Feature: b")},
		"features/a.feature":      {Data: []byte("Feature: a")},
		"features/sub/c.feature":  {Data: []byte("Feature: c")},
		"features/sub/readme.txt": {Data: []byte("no feature")},
	}
	tests := []struct {
		name  string
		paths []string
		want  string
	}{
		{"a folder, by name", []string{"features"}, "features/a.feature features/b.feature features/sub/c.feature"},
		{"a file and its folder come once", []string{"features/b.feature", "features"}, "features/b.feature features/a.feature features/sub/c.feature"},
		{"a line", []string{"features/a.feature:3"}, "features/a.feature:3"},
		{"two lines of one file", []string{"features/a.feature:3", "features/a.feature:9"}, "features/a.feature:3:9"},
		{"a file is more than its line", []string{"features/a.feature:3", "features/a.feature"}, "features/a.feature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := findFeatures(fsys, tt.paths)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range found {
				s := w.uri
				for _, l := range w.lines {
					s += ":" + string(rune('0'+l))
				}
				got = append(got, s)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %s", got, tt.want)
			}
		})
	}
	_, err := findFeatures(fsys, []string{"nope", "features:3", "features/a.feature:0", "nope.feature:4"})
	for _, want := range []string{"there is no feature file or folder nope\n", "features is a folder, which has no line 3", "lines count from 1", "folder nope.feature"} {
		if err == nil || !strings.Contains(err.Error()+"\n", want) {
			t.Errorf("got %v, want %q among all", err, want)
		}
	}
}

func FuzzParseFeature(f *testing.F) {
	f.Add([]byte(manyScenarios), 7)
	f.Add([]byte("\ufeffFeature: f\r\n  Scenario: s\r\n    Givn a\r\n"), 3)
	f.Add([]byte("# language: fr\nFonctionnalité: f\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, line int) {
		feature, err := parseFeature("a.feature", data)
		if err != nil || feature.doc.Feature == nil {
			return
		}
		chosen, err := feature.at([]int{line})
		if err != nil {
			return
		}
		feature.only(chosen)
		nodes := feature.stepNodes()
		for _, s := range chosen {
			newRecord(feature, s, nodes)
		}
	})
}
