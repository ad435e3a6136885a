package reports

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

//go:embed report.html.tmpl
var pageText string

// page is parsed when the first report is written: most commands write none.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(pageFuncs).Parse(pageText))
})

var pageFuncs = template.FuncMap{
	"mark": func(s result.Status) string {
		return map[result.Status]string{result.Passed: "✓", result.Failed: "✗"}[s]
	},
	"duration": duration,
	"join":     strings.Join,
	"stamp":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"clock":    func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") },
	"class":    statusClass,
	"body":     bodyText,
	"latency":  func(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) },
	"words":    searchText,
	"firstLine": func(text string) string {
		first, _, _ := strings.Cut(text, "\n")
		return first
	},
	"failed": func(s result.Status) bool { return s == result.Failed },
}

type htmlPage struct {
	*Report
	Scenarios, Steps counts
	Evidence         result.EvidenceCount
	Closing          []string
	Failures         []htmlFailure
	Slowest          []htmlSlow
	ColdStarts       coldStarts // of the whole run
	Coverage         []htmlCoverage
	Errors, Warnings int
}

type htmlFailure struct {
	ID       string
	Scenario *result.Scenario
	Step     *result.Step
}

// htmlSlow is a scenario of the slowest, with what its functions' cold starts
// took of its time.
type htmlSlow struct {
	ID       string
	Scenario *result.Scenario
	Cold     coldStarts
}

// coldStarts are environments that had to be started for calls.
type coldStarts struct {
	Count     int
	Took      time.Duration
	Functions []string // each once, in the order they were started
}

func (c *coldStarts) add(s *result.Scenario) {
	for _, st := range s.Steps {
		for _, x := range st.Exchanges {
			for _, f := range x.Functions {
				if f.InitDuration == 0 {
					continue
				}
				c.Count++
				c.Took += f.InitDuration
				if !slices.Contains(c.Functions, f.Function) {
					c.Functions = append(c.Functions, f.Function)
				}
			}
		}
	}
}

// String is "2 cold starts of F:1 and G:$LATEST took 90 ms", or empty.
func (c coldStarts) String() string {
	if c.Count == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s took %s", plural(c.Count, "cold start"), strings.Join(c.Functions, ", "), duration(c.Took))
}

// mostSlow is how many scenarios the list of the slowest has.
const mostSlow = 10

// slowest are the scenarios that took longest, the longest first.
func slowest(run *result.Run) []htmlSlow {
	var all []htmlSlow
	for i, f := range run.Features {
		for j, s := range f.Scenarios {
			if s.Duration > 0 {
				all = append(all, htmlSlow{ID: scenarioID(i, j), Scenario: s})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b htmlSlow) int { return cmp.Compare(b.Scenario.Duration, a.Scenario.Duration) })
	all = all[:min(len(all), mostSlow)]
	for i := range all {
		all[i].Cold.add(all[i].Scenario)
	}
	return all
}

type htmlCoverage struct {
	result.Document
	Kinds  []htmlKind
	Mapped []htmlTemplate
}

// htmlTemplate is a mapping template and what of it was executed.
type htmlTemplate struct {
	openapi.Element
	Lines, Branches       int
	AllLines, AllBranches int
	Missed                []result.TemplatePart // in the file's order
}

// htmlKind is how much was covered of the elements of one kind.
type htmlKind struct {
	Kind         string
	Covered, All int
	Missing      []openapi.Element
}

// writeHTML writes one page that needs nothing else.
func writeHTML(w io.Writer, r *Report) error {
	r.Mask = clean // secrets are hidden by now; control characters have no place in a page
	r = r.hideSecrets()
	p := htmlPage{Report: r, Evidence: r.Run.Evidence(), Closing: closing(r)}
	p.Scenarios, p.Steps = countRun(r.Run)
	p.Slowest = slowest(r.Run)
	for i, f := range r.Run.Features {
		for j, s := range f.Scenarios {
			p.ColdStarts.add(s)
			for _, st := range s.Steps {
				if st.Status == result.Failed {
					p.Failures = append(p.Failures, htmlFailure{scenarioID(i, j), s, st})
					break
				}
			}
		}
	}
	for _, d := range r.Run.Documents {
		p.Coverage = append(p.Coverage, coverageOf(d))
	}
	for _, f := range r.Findings {
		switch f.Severity {
		case openapi.Error:
			p.Errors++
		case openapi.Warning:
			p.Warnings++
		}
	}
	return page().Execute(w, p)
}

// ScenarioID is the anchor of a scenario.
func (p htmlPage) ScenarioID(feature, scenario int) string { return scenarioID(feature, scenario) }

func scenarioID(feature, scenario int) string { return fmt.Sprintf("s%d-%d", feature+1, scenario+1) }

// Percent of n in all, for the width of a bar.
func (p htmlPage) Percent(n, all int) string {
	if all == 0 {
		return "0"
	}
	return fmt.Sprintf("%.2f", 100*float64(n)/float64(all))
}

func coverageOf(d result.Document) htmlCoverage {
	c := htmlCoverage{Document: d}
	for i, e := range d.Elements {
		at := -1
		for k := range c.Kinds {
			if c.Kinds[k].Kind == e.Kind {
				at = k
			}
		}
		if at < 0 {
			at = len(c.Kinds)
			c.Kinds = append(c.Kinds, htmlKind{Kind: e.Kind})
		}
		k := &c.Kinds[at]
		k.All++
		if d.Covered.Has(i) {
			k.Covered++
		} else {
			k.Missing = append(k.Missing, e)
		}
	}
	for _, t := range d.Templates {
		m := htmlTemplate{
			Element: d.Elements[t.Element],
			Lines:   result.CountCovered(t.Lines), AllLines: len(t.Lines),
			Branches: result.CountCovered(t.Branches), AllBranches: len(t.Branches),
		}
		for _, p := range slices.Concat(t.Lines, t.Branches) {
			if !p.Covered {
				m.Missed = append(m.Missed, p)
			}
		}
		slices.SortStableFunc(m.Missed, func(a, b result.TemplatePart) int { return cmp.Compare(a.Pos.Line, b.Pos.Line) })
		c.Mapped = append(c.Mapped, m)
	}
	return c
}

// statusClass colours a status code.
func statusClass(status int) string {
	switch {
	case status >= 500:
		return "s5"
	case status >= 400:
		return "s4"
	}
	return "s2"
}

// mostBody is how much of a body the page shows.
const mostBody = 16 << 10

// bodyText is a body as the page shows it: JSON with line breaks.
func bodyText(m result.Message) string {
	if len(m.Body) == 0 {
		return ""
	}
	if !utf8.Valid(m.Body) {
		return fmt.Sprintf("%s that are no text", plural(len(m.Body)+m.Cut, "byte"))
	}
	text := string(m.Body)
	if v, err := ordered.Parse(m.Body); err == nil && len(m.Body) < mostBody {
		text = indentJSON(v, "")
	}
	cut := m.Cut
	if len(text) > mostBody {
		end := mostBody
		for !utf8.RuneStart(text[end]) {
			end--
		}
		cut += len(text) - end
		text = text[:end]
	}
	if cut > 0 {
		text += fmt.Sprintf("\n... and %s more", plural(cut, "byte"))
	}
	return text
}

// indentJSON writes a value with a line for each member and item, numbers as
// spelled.
func indentJSON(v any, indent string) string {
	inner := indent + "  "
	switch v := v.(type) {
	case *ordered.Object:
		if v.Len() == 0 {
			return "{}"
		}
		var lines []string
		for key, value := range v.All() {
			lines = append(lines, inner+string(ordered.AppendString(nil, key))+": "+indentJSON(value, inner))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
	case *ordered.Array:
		if len(v.Items) == 0 {
			return "[]"
		}
		var lines []string
		for _, item := range v.Items {
			lines = append(lines, inner+indentJSON(item, inner))
		}
		return "[\n" + strings.Join(lines, ",\n") + "\n" + indent + "]"
	}
	return string(ordered.AppendSpelled(nil, v))
}

// searchText is what the page's filter looks through for a scenario.
func searchText(f *result.Feature, s *result.Scenario) string {
	return strings.ToLower(f.Name + " " + s.Name + " " + strings.Join(s.Tags, " ") + " " + s.Pos.String())
}
