package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// counts are how many scenarios or steps ended how.
type counts struct{ Passed, Failed, Skipped int }

func (c *counts) add(s result.Status) {
	switch s {
	case result.Passed:
		c.Passed++
	case result.Failed:
		c.Failed++
	default:
		c.Skipped++
	}
}

func (c counts) Total() int { return c.Passed + c.Failed + c.Skipped }

// String is "12 passed, 1 failed", without what there is none of.
func (c counts) String() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{c.Passed, "passed"}, {c.Failed, "failed"}, {c.Skipped, "skipped"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// countRun counts scenarios and steps.
func countRun(run *result.Run) (scenarios, steps counts) {
	for _, f := range run.Features {
		for _, s := range f.Scenarios {
			scenarios.add(s.Status)
			for _, st := range s.Steps {
				steps.add(st.Status)
			}
		}
	}
	return scenarios, steps
}

// closing are the lines a report for people ends with.
func closing(r *Report) []string {
	scenarios, steps := countRun(r.Run)
	line := func(n int, thing string, c counts) string {
		if n == 0 {
			return "no " + thing + "s"
		}
		return fmt.Sprintf("%s: %s", plural(n, thing), c)
	}
	lines := []string{
		line(scenarios.Total(), "scenario", scenarios),
		line(steps.Total(), "step", steps),
		evidence(r.Run.Evidence()),
	}
	for _, text := range []string{coverageLine(r.Run.Documents), templateLine(r.Run.Documents)} {
		if text != "" {
			lines = append(lines, text)
		}
	}
	lines = append(lines, fmt.Sprintf("%s, seed %d", duration(r.Run.Duration), r.Run.Seed))
	if text := findingsLine(r.Findings); text != "" {
		lines = append(lines, text)
	}
	if r.Run.AllowedRefused {
		lines = append(lines, "A document that AWS would refuse was run all the same (--allow-refused).")
	}
	return append(lines, r.Run.Notes...)
}

// evidence says what the decisions of a run rested on.
func evidence(c result.EvidenceCount) string {
	if c.Total() == 0 {
		return "no decisions"
	}
	return fmt.Sprintf("%s: %d recorded, %d documented, %d inferred", plural(c.Total(), "decision"), c.Recorded, c.Documented, c.Inferred)
}

// mostUncalled is how many methods that were not called are named.
const mostUncalled = 5

// coverageLine says how much of the documents the run went through, and, if
// few, what it did not.
func coverageLine(documents []result.Document) string {
	covered, all := 0, 0
	var missing []string
	for _, d := range documents {
		for i, e := range d.Elements {
			if e.Kind != "method" {
				continue
			}
			all++
			if d.Covered.Has(i) {
				covered++
				continue
			}
			name := e.Name
			if len(documents) > 1 {
				name += " of " + d.Name
			}
			missing = append(missing, name)
		}
	}
	if all == 0 {
		return ""
	}
	line := fmt.Sprintf("%d of %s called", covered, plural(all, "method"))
	switch {
	case len(missing) == 0, covered == 0:
		return line
	case len(missing) <= mostUncalled:
		return line + ", not " + strings.Join(missing, ", ")
	}
	return line + "; --format html says which were not"
}

// templateLine says how much of the mapping templates the run executed.
func templateLine(documents []result.Document) string {
	var lines, branches, allLines, allBranches int
	for _, d := range documents {
		for _, t := range d.Templates {
			lines += result.CountCovered(t.Lines)
			branches += result.CountCovered(t.Branches)
			allLines += len(t.Lines)
			allBranches += len(t.Branches)
		}
	}
	switch {
	case allLines == 0:
		return ""
	case allBranches == 0:
		return fmt.Sprintf("%d of %s of mapping templates executed", lines, plural(allLines, "line"))
	}
	return fmt.Sprintf("%d of %s and %d of %d branches of mapping templates executed", lines, plural(allLines, "line"), branches, allBranches)
}

// findingsLine counts what lint has to say.
func findingsLine(findings []openapi.Finding) string {
	var errors, warnings int
	for _, f := range findings {
		switch f.Severity {
		case openapi.Error:
			errors++
		case openapi.Warning:
			warnings++
		}
	}
	if errors+warnings == 0 {
		return ""
	}
	return fmt.Sprintf("%s and %s in the documents: see rehearse lint", plural(errors, "error"), plural(warnings, "warning"))
}

// plural counts things: 1 step, 2 steps.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// duration shows a real time with the precision people care for.
func duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
}
