package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
)

// writeGitHub writes an annotation for each step that failed and each scenario
// that was skipped [GitHub docs: Workflow commands for GitHub Actions].
func writeGitHub(w io.Writer, r *Report) error {
	p := newPrinter(w, false)
	annotate := func(level, file string, line int, title, text string) {
		p.printf("::%s file=%s,line=%d,title=%s::%s\n", level, githubProperty(file), max(line, 1), githubProperty(clean(title)), githubData(clean(text)))
	}
	for _, f := range r.Run.Features {
		for _, s := range f.Scenarios {
			if s.Status == result.Skipped {
				annotate("notice", s.Pos.File, s.Pos.Line, s.Name, "skipped: "+s.Reason)
			}
			for _, st := range s.Steps {
				if st.Status != result.Failed {
					continue
				}
				text := strings.TrimSpace(st.Keyword+" "+st.Text) + "\n" + st.Error
				if st.Hint != "" {
					text += "\nhint: " + st.Hint
				}
				annotate("error", st.Pos.File, st.Pos.Line, s.Name, text)
			}
		}
	}
	p.printf("%s\n", strings.Join(closing(r), "\n"))
	return p.err
}

// writeMarkdown writes a summary as GitHub and GitLab show it below a change.
func writeMarkdown(w io.Writer, r *Report) error {
	p := newPrinter(w, false)
	scenarios, steps := countRun(r.Run)
	title := "✓ All scenarios passed"
	switch {
	case scenarios.Failed > 0:
		title = fmt.Sprintf("✗ %d of %s failed", scenarios.Failed, plural(scenarios.Total(), "scenario"))
	case scenarios.Passed == 0:
		title = "No scenario ran"
	}
	p.printf("## %s\n\n", title)
	p.printf("| | passed | failed | skipped |\n| --- | ---: | ---: | ---: |\n")
	p.printf("| scenarios | %d | %d | %d |\n", scenarios.Passed, scenarios.Failed, scenarios.Skipped)
	p.printf("| steps | %d | %d | %d |\n\n", steps.Passed, steps.Failed, steps.Skipped)
	for _, line := range closing(r)[2:] {
		p.printf("- %s\n", markdownText(line))
	}
	for _, f := range r.Run.Features {
		for _, s := range f.Scenarios {
			for _, st := range s.Steps {
				if st.Status != result.Failed {
					continue
				}
				p.printf("\n<details open><summary>✗ %s</summary>\n\n", markdownText(s.Name))
				p.printf("`%s`\n\n", strings.ReplaceAll(st.Pos.String(), "`", "'"))
				text := strings.TrimSpace(st.Keyword+" "+st.Text) + "\n\n" + st.Error
				if st.Hint != "" {
					text += "\n\nhint: " + st.Hint
				}
				fence := fenceFor(text)
				p.printf("%s\n%s\n%s\n\n</details>\n", fence, clean(text), fence)
			}
		}
	}
	if scenarios.Skipped > 0 {
		p.printf("\n<details><summary>%s skipped</summary>\n\n", plural(scenarios.Skipped, "scenario"))
		for _, f := range r.Run.Features {
			for _, s := range f.Scenarios {
				if s.Status == result.Skipped {
					p.printf("- %s: %s\n", markdownText(s.Name), markdownText(s.Reason))
				}
			}
		}
		p.printf("\n</details>\n")
	}
	return p.err
}

// markdownText is a foreign text on one line, as nothing but text.
func markdownText(s string) string {
	s = strings.Join(strings.Fields(clean(s)), " ")
	return strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", `\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "|", `\|`, "#", `\#`,
	).Replace(s)
}

// fenceFor is a fence that a text does not hold.
func fenceFor(text string) string {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	return fence
}
