package reports

import (
	"github.com/rehearse-api/rehearse/harness/result"
)

// A skipGroup is the scenarios that were skipped for one reason.
type skipGroup struct {
	reason    string
	scenarios []*result.Scenario
}

// skips groups the skipped scenarios, the reasons in the order they come.
func skips(run *result.Run) []skipGroup {
	var groups []skipGroup
	at := map[string]int{}
	for _, f := range run.Features {
		for _, s := range f.Scenarios {
			if s.Status != result.Skipped {
				continue
			}
			i, known := at[s.Reason]
			if !known {
				i = len(groups)
				at[s.Reason] = i
				groups = append(groups, skipGroup{reason: s.Reason})
			}
			groups[i].scenarios = append(groups[i].scenarios, s)
		}
	}
	return groups
}

// skipped lists what was skipped, each reason once; names says whether with the
// scenarios.
func (p *printer) skipped(run *result.Run, names bool) {
	groups := skips(run)
	if len(groups) == 0 {
		return
	}
	p.printf("%s\n\n", p.bold.Sprint("Skipped"))
	for _, g := range groups {
		p.indented(0, "- "+plural(len(g.scenarios), "scenario")+": "+clean(g.reason), p.yellow)
		if !names {
			continue
		}
		for _, s := range g.scenarios {
			p.indented(4, s.Pos.String()+": "+s.Name, p.dim)
		}
	}
	p.printf("\n")
}
