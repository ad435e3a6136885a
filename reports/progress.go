package reports

import "io"

// writeProgress writes a mark for each scenario, then what failed or was skipped.
func writeProgress(w io.Writer, r *Report) error {
	p := newPrinter(w, r.Color)
	n := 0
	for _, f := range r.Run.Features {
		for _, s := range f.Scenarios {
			p.printf("%s", p.mark(s.Status))
			if n++; n%columns == 0 {
				p.printf("\n")
			}
		}
	}
	if n%columns != 0 {
		p.printf("\n")
	}
	p.printf("\n")
	p.failures(r.Run)
	p.skipped(r.Run, true)
	p.closing(r)
	return p.err
}
