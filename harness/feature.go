package harness

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/steps"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A feature is one feature file as parsed, with all its scenarios.
type feature struct {
	uri       string
	text      string // without byte order mark, lines ended by \n
	doc       *messages.GherkinDocument
	scenarios []*scenario    // in the order of their lines
	named     map[string]int // how many scenarios have a name
	spans     []span         // of all scenarios, outlines and rules, for file:LINE
}

// A scenario is what can be run or left out: a scenario, or a row of an outline.
type scenario struct {
	node   *messages.Scenario
	pickle *messages.Pickle // nil: there is nothing to run, see broken
	line   int              // of the scenario, or of the row
	nth    int              // of those of its name in the file, an outline's rows among them
	tags   []string
	broken *result.Step // why it can't be run as it stands
}

// A span is the lines a scenario takes, or the head of a rule.
type span struct {
	first, last int
	node        *messages.Scenario // nil: of a rule
	rule        int                // 1 + index of the span of the rule it is in; 0: none
}

// parseFeature reads a feature file. The error joins a *source.Error for each
// place where it is no Gherkin.
func parseFeature(uri string, data []byte) (*feature, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, notUTF8(uri, data)
	}
	f := &feature{uri: uri, text: strings.ReplaceAll(string(data), "\r\n", "\n")}
	ids := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocumentForLanguage(strings.NewReader(f.text), gherkin.DefaultDialect, ids)
	if err != nil {
		return nil, gherkinErrors(uri, f.text, err)
	}
	f.doc = doc
	if doc.Feature != nil {
		f.collect(gherkin.Pickles(*doc, uri, ids))
	}
	return f, nil
}

// notUTF8 says where a file stops being UTF-8.
func notUTF8(uri string, data []byte) error {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return &source.Error{Pos: source.Pos{File: uri, Line: 1, Col: 1}, Msg: "the file is UTF-16", Hint: "save it as UTF-8"}
	}
	line, col := 1, 1
	for rest := data; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			break
		}
		if col++; r == '\n' {
			line, col = line+1, 1
		}
		rest = rest[size:]
	}
	return &source.Error{Pos: source.Pos{File: uri, Line: line, Col: col}, Msg: "the file is not UTF-8", Hint: "save it as UTF-8"}
}

var gherkinError = regexp.MustCompile(`(?m)^\((\d+):(\d+)\): (.*)$`)

// gherkinErrors places the parser's errors and says them in our words.
func gherkinErrors(uri, text string, err error) error {
	lines := strings.Split(text, "\n")
	var errs []error
	for _, m := range gherkinError.FindAllStringSubmatch(err.Error(), -1) {
		line, _ := strconv.Atoi(m[1])
		col, _ := strconv.Atoi(m[2])
		pos := source.Pos{File: uri, Line: line, Col: max(col, 1)}
		found := ""
		if line >= 1 && line <= len(lines) {
			found = strings.TrimSpace(lines[line-1])
		}
		e := &source.Error{Pos: pos, Msg: m[3]}
		switch {
		case strings.Contains(m[3], "#FeatureLine"):
			// Whatever follows is read as if there were no feature, so it says no more.
			return headless(pos, found)
		case strings.HasPrefix(m[3], "unexpected end of file"):
			e.Msg = "the file ends too early"
			e.Hint = `a doc string that begins with """ needs another """ at its end`
		case strings.Contains(m[3], "inconsistent cell count"):
			e.Msg = "the rows of the table do not have the same number of cells"
		case strings.Contains(m[3], "Language not supported"):
			e.Msg = strings.ToLower(m[3][:1]) + m[3][1:]
		case strings.Contains(m[3], ", got '"):
			e.Msg = fmt.Sprintf("found %q, which begins with no keyword that may stand here", found)
			e.Hint = keywordHint(found)
		}
		errs = append(errs, e)
	}
	if errs == nil {
		errs = append(errs, &source.Error{Pos: source.Pos{File: uri}, Msg: err.Error()})
	}
	return errors.Join(errs...)
}

// headless is the error of a file whose first line that counts begins no feature.
func headless(pos source.Pos, found string) error {
	e := &source.Error{Pos: pos, Msg: fmt.Sprintf("a feature file begins with Feature:, found %q", found),
		Hint: "put a line such as Feature: Orders above it"}
	if name, _, colon := strings.Cut(found, ":"); colon && steps.Nearest(name, []string{"Feature"}) != "" {
		e.Hint = `did you mean "Feature:"?`
	}
	return e
}

// collect makes a scenario of each pickle, and of what should have been one.
func (f *feature) collect(pickles []*messages.Pickle) {
	byNode := map[string][]*messages.Pickle{}
	for _, p := range pickles {
		byNode[p.AstNodeIds[0]] = append(byNode[p.AstNodeIds[0]], p)
	}
	lastLine := strings.Count(f.text, "\n") + 1
	var starts []int // first lines of scenarios and rules, in order
	var backgrounds []*result.Step
	rule := 0
	begin := func(tags []*messages.Tag, at *messages.Location) int {
		first := int(at.Line)
		for _, t := range tags {
			first = min(first, int(t.Location.Line))
		}
		starts = append(starts, first)
		return len(f.spans)
	}
	add := func(sc *messages.Scenario) {
		i := begin(sc.Tags, sc.Location)
		f.spans = append(f.spans, span{first: starts[i], node: sc, rule: rule})
		f.collectScenario(sc, byNode[sc.Id], backgrounds)
	}
	background := func(b *messages.Background) {
		if s := f.misspelt(b.Location, b.Description); s != nil {
			backgrounds = append(backgrounds, s)
		}
	}
	for _, child := range f.doc.Feature.Children {
		switch {
		case child.Background != nil:
			background(child.Background)
		case child.Scenario != nil:
			add(child.Scenario)
		case child.Rule != nil:
			i := begin(child.Rule.Tags, child.Rule.Location)
			f.spans = append(f.spans, span{first: starts[i]})
			before := backgrounds
			rule = i + 1
			for _, c := range child.Rule.Children {
				if c.Background != nil {
					background(c.Background)
				}
				if c.Scenario != nil {
					add(c.Scenario)
				}
			}
			backgrounds, rule = before, 0
		}
	}
	for i := range f.spans {
		f.spans[i].last = lastLine
		if i+1 < len(f.spans) {
			f.spans[i].last = starts[i+1] - 1
		}
	}
}

// collectScenario adds what one scenario or outline of the file makes.
func (f *feature) collectScenario(sc *messages.Scenario, pickles []*messages.Pickle, backgrounds []*result.Step) {
	broken := f.misspelt(sc.Location, sc.Description)
	if broken == nil && len(backgrounds) > 0 {
		broken = backgrounds[0]
	}
	pos := f.pos(sc.Location)
	if broken == nil && len(sc.Steps) == 0 {
		broken = brokenStep(pos, title(sc), "the scenario has no steps", "steps begin with Given, When, Then, And or But")
	}
	// Gherkin runs an outline without Examples once, with <name> as it stands, and
	// one with empty Examples not at all.
	isOutline := sc.Keyword == "Scenario Outline" || sc.Keyword == "Scenario Template" || len(sc.Examples) > 0
	if broken == nil && isOutline && rows(sc) == 0 {
		broken = brokenStep(pos, title(sc), "the outline has no examples, so nothing of it runs", "add rows below Examples:")
	}
	if len(pickles) == 0 {
		f.addScenario(&scenario{node: sc, line: int(sc.Location.Line), tags: f.tagsOf(sc), broken: broken})
		return
	}
	for _, p := range pickles {
		s := &scenario{node: sc, pickle: p, line: int(sc.Location.Line), broken: broken}
		if len(p.AstNodeIds) > 1 {
			s.line = rowLine(sc, p.AstNodeIds[1])
		}
		for _, t := range p.Tags {
			s.tags = append(s.tags, t.Name)
		}
		f.addScenario(s)
	}
}

func (f *feature) addScenario(s *scenario) {
	if f.named == nil {
		f.named = map[string]int{}
	}
	f.named[s.node.Name]++
	s.nth = f.named[s.node.Name]
	f.scenarios = append(f.scenarios, s)
}

// tagsOf are the tags of a scenario that makes no pickle: its own and the feature's.
func (f *feature) tagsOf(sc *messages.Scenario) []string {
	var tags []string
	for _, t := range f.doc.Feature.Tags {
		tags = append(tags, t.Name)
	}
	for _, t := range sc.Tags {
		tags = append(tags, t.Name)
	}
	return tags
}

func rowLine(sc *messages.Scenario, id string) int {
	for _, e := range sc.Examples {
		for _, row := range e.TableBody {
			if row.Id == id {
				return int(row.Location.Line)
			}
		}
	}
	return int(sc.Location.Line)
}

func (f *feature) pos(at *messages.Location) source.Pos {
	return source.Pos{File: f.uri, Line: int(at.Line), Col: int(at.Column)}
}

// brokenStep is the step a report shows for a scenario that can't be run.
func brokenStep(pos source.Pos, text, problem, hint string) *result.Step {
	return &result.Step{Pos: pos, Text: text, Status: result.Failed, Error: problem, Hint: hint}
}

// title is the line a scenario begins with.
func title(sc *messages.Scenario) string { return strings.TrimSpace(sc.Keyword + ": " + sc.Name) }

// misspelt looks for a step among the lines of a description: Gherkin reads
// "Givn x" as prose and says nothing. at is where the description's owner begins.
func (f *feature) misspelt(at *messages.Location, description string) *result.Step {
	if f.doc.Feature.Language != gherkin.DefaultDialect || strings.TrimSpace(description) == "" {
		return nil
	}
	// The description's lines follow its owner's; comments may stand between.
	lines := strings.Split(f.text, "\n")
	wanted := map[string]bool{}
	for line := range strings.SplitSeq(description, "\n") {
		wanted[strings.TrimSpace(line)] = true
	}
	left := len(wanted)
	for i := int(at.Line); i < len(lines) && left > 0; i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || !wanted[line] {
			continue
		}
		left--
		word, _, _ := strings.Cut(line, " ")
		if near := nearKeyword(word); near != "" {
			pos := source.Pos{File: f.uri, Line: i + 1, Col: strings.Index(lines[i], line) + 1}
			return brokenStep(pos, line, fmt.Sprintf("%q is no step keyword, so this line is read as a description", word),
				fmt.Sprintf("did you mean %q?", near))
		}
	}
	return nil
}

// stepKeywords are those of English features.
var stepKeywords = []string{"Given", "When", "Then", "And", "But"}

// words are English words that are one letter away from a keyword.
var words = map[string]bool{
	"the": true, "than": true, "them": true, "they": true, "hen": true, "ten": true, "thin": true, "whey": true,
	"whet": true, "wen": true, "give": true, "gives": true, "riven": true, "liven": true,
}

// nearKeyword returns the keyword that a word was most likely meant to be, or "".
func nearKeyword(word string) string {
	lower := strings.ToLower(strings.TrimRight(word, ":,"))
	if words[lower] {
		return ""
	}
	for _, k := range stepKeywords {
		keyword := strings.ToLower(k)
		switch {
		case word == k:
			continue
		case lower == keyword:
			return k
		case len(k) == 3:
			// And and But are one letter away from many words: exchanged letters only.
			if len(lower) == 3 && steps.Distance(lower, keyword) == 1 && sameLetters(lower, keyword) {
				return k
			}
		case steps.Distance(lower, keyword) == 1:
			return k
		}
	}
	return ""
}

func sameLetters(a, b string) bool {
	for _, r := range a {
		if strings.Count(a, string(r)) != strings.Count(b, string(r)) {
			return false
		}
	}
	return len(a) == len(b)
}

// keywordHint says what a line that Gherkin can't place may have been meant to be.
func keywordHint(line string) string {
	word, _, _ := strings.Cut(line, " ")
	if near := nearKeyword(word); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	blocks := []string{"Feature", "Rule", "Background", "Scenario", "Scenario Outline", "Examples"}
	name, _, _ := strings.Cut(line, ":")
	if near := steps.Nearest(name, blocks); near != "" {
		return fmt.Sprintf("did you mean \"%s:\"?", near)
	}
	return "steps begin with Given, When, Then, And or But"
}
