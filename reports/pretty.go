package reports

import (
	"io"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/harness/result"
)

// columns is the width a terminal is taken to have.
const columns = 80

// writePretty writes every step, and at the end, where people look first, what
// failed and why.
func writePretty(w io.Writer, r *Report) error {
	p := newPrinter(w, r.Color)
	told := map[string]bool{} // reasons of skipping: each is said once, and at the end
	for _, f := range r.Run.Features {
		p.printf("%s\n", p.bold.Sprint("Feature: "+clean(f.Name)))
		for _, s := range f.Scenarios {
			p.printf("\n")
			p.scenario(s, !told[s.Reason])
			told[s.Reason] = true
		}
		p.printf("\n")
	}
	p.skipped(r.Run, false)
	p.failures(r.Run)
	p.closing(r)
	return p.err
}

// scenario writes one scenario; why it was skipped, if withReason.
func (p *printer) scenario(s *result.Scenario, withReason bool) {
	head := "  Scenario: " + clean(s.Name)
	place := s.Pos.String()
	if utf8.RuneCountInString(head)+utf8.RuneCountInString(place)+2 <= columns {
		p.printf("%s  %s\n", head, p.dim.Sprint(place))
	} else {
		p.printf("%s\n  %s\n", head, p.dim.Sprint(place))
	}
	switch {
	case s.Reason != "" && withReason:
		p.indented(4, "skipped: "+s.Reason, p.yellow)
	case s.Reason != "":
		p.indented(4, "skipped, as above", p.yellow)
	}
	for _, st := range s.Steps {
		text := clean(st.Text)
		if st.Keyword != "" {
			text = st.Keyword + " " + text
		}
		p.printf("    %s %s\n", p.mark(st.Status), p.paint(st.Status, text))
		for _, row := range tableLines(st.Table) {
			p.printf("        %s\n", p.dim.Sprint(row))
		}
		if st.DocString != "" {
			for line := range strings.SplitSeq(clean(st.DocString), "\n") {
				p.printf("        %s\n", p.dim.Sprint(line))
			}
		}
		if st.Status == result.Failed {
			first, _, _ := strings.Cut(st.Error, "\n")
			p.indented(8, first, p.red)
		}
	}
}

// failures lists what failed, each with its place.
func (p *printer) failures(run *result.Run) {
	heading := false
	for _, f := range run.Features {
		for _, s := range f.Scenarios {
			if s.Status != result.Failed {
				continue
			}
			if !heading {
				heading = true
				p.printf("%s\n\n", p.bold.Sprint("Failures"))
			}
			p.printf("%s %s\n", p.mark(s.Status), clean(s.Name))
			for _, st := range s.Steps {
				if st.Status == result.Failed {
					p.printf("  %s: %s\n", st.Pos, clean(strings.TrimSpace(st.Keyword+" "+st.Text)))
					p.failure(4, st)
				}
			}
			p.printf("\n")
		}
	}
}

// tableLines are the rows of a table with their columns aligned.
func tableLines(table [][]string) []string {
	var widths []int
	for _, row := range table {
		for i, cell := range row {
			n := utf8.RuneCountInString(clean(cell))
			if i == len(widths) {
				widths = append(widths, n)
			}
			widths[i] = max(widths[i], n)
		}
	}
	lines := make([]string, len(table))
	for i, row := range table {
		var b strings.Builder
		for j, cell := range row {
			cell = clean(cell)
			b.WriteString("| " + cell + strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell)) + " ")
		}
		lines[i] = b.String() + "|"
	}
	return lines
}
