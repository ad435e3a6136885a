package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// coverage counts the operations of a run's documents, and those of which a
// scenario has seen a status that they declare.
func coverage(run *result.Run) (seen, all int, unseen []string) {
	statuses := map[[2]string]map[int]bool{} // API and "GET /items"
	for _, x := range run.Exchanges() {
		at := [2]string{x.API, x.Method + " " + x.Resource}
		if statuses[at] == nil {
			statuses[at] = map[int]bool{}
		}
		statuses[at][x.Status] = true
	}
	counted := map[[2]string]bool{}
	for _, d := range run.Documents {
		declared := map[string]bool{}
		for _, e := range d.Elements {
			if e.Kind == "methodResponse" {
				declared[e.Name] = true
			}
		}
		for _, e := range d.Elements {
			op := [2]string{d.API, e.Name}
			if e.Kind != "method" || counted[op] {
				continue
			}
			counted[op] = true
			all++
			if sawDeclared(statuses, d.API, e.Name, declared) {
				seen++
			} else {
				unseen = append(unseen, e.Name)
			}
		}
	}
	return seen, all, unseen
}

func sawDeclared(statuses map[[2]string]map[int]bool, api, name string, declared map[string]bool) bool {
	verb, path, _ := strings.Cut(name, " ")
	for at, seen := range statuses {
		if at[0] != api || at[1] != name && !(verb == "ANY" && strings.HasSuffix(at[1], " "+path)) {
			continue
		}
		for status := range seen {
			if declared[name+" response "+strconv.Itoa(status)] {
				return true
			}
		}
	}
	return false
}

// checkCoverage fails a run that has seen less than percent of the operations.
func checkCoverage(run *result.Run, percent float64) error {
	seen, all, unseen := coverage(run)
	if all == 0 || float64(seen)*100 >= percent*float64(all) {
		return nil
	}
	const most = 5
	if len(unseen) > most {
		unseen = append(unseen[:most:most], "...")
	}
	return &exit{exitFailed, &source.Error{
		Msg:  fmt.Sprintf("%d of %d operations have been seen with a status they declare, want %g %%", seen, all, percent),
		Hint: "without one: " + strings.Join(unseen, ", "),
	}}
}
