package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
	"github.com/rehearse-api/rehearse/openapi/lint/fix"
)

// A rule is what lint may say, be it AWS's import or a rule of ours.
type rule struct {
	ID       string           `json:"id"`
	Category openapi.Category `json:"category"`
	Severity openapi.Severity `json:"severity,omitempty"` // of the import's: by its evidence
	Evidence openapi.Evidence `json:"evidence,omitempty"`
	Source   string           `json:"source,omitempty"`
	Doc      string           `json:"doc"`
	Fix      bool             `json:"fix,omitempty"` // lint --fix knows a mend
}

// allRules are the rules of the import and of lint, by id.
func allRules() []rule {
	var all []rule
	for _, r := range openapi.Rules() {
		all = append(all, rule{ID: r.ID, Category: r.Category, Doc: r.Doc, Fix: fix.Known(r.ID)})
	}
	for _, r := range lint.Rules() {
		all = append(all, rule{r.ID, r.Category, r.Severity, r.Evidence, r.Source, r.Doc, fix.Known(r.ID)})
	}
	slices.SortStableFunc(all, func(a, b rule) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

func ruleIDs(rules []rule) []string {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}

func unknownRule(id string, ids []string) error {
	like := near(id, ids)
	if len(like) == 0 {
		return usage("rehearse rules lists them", "there is no rule %q", id)
	}
	return unknownName("rule", id, like)
}

func (a *app) rulesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "Print the rules of lint, or why one is there",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			rules := allRules()
			if len(args) == 1 {
				all := rules
				// The import and lint have one id where both see sides of one mistake.
				rules = slices.DeleteFunc(slices.Clone(all), func(r rule) bool { return r.ID != args[0] })
				if len(rules) == 0 {
					return unknownRule(args[0], ruleIDs(all))
				}
			}
			if format == "json" {
				return a.printJSON(map[string]any{"schemaVersion": schemaVersion, "rules": rules})
			}
			if len(args) == 1 {
				for i, r := range rules {
					if i > 0 {
						fmt.Fprintln(a.stdout)
					}
					a.explain(r)
				}
				return nil
			}
			for _, r := range rules {
				line, _, _ := strings.Cut(r.Doc, "\n")
				fmt.Fprintf(a.stdout, "%-42s %-17s %s\n", r.ID, r.Category, line)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

// explain prints why a rule is there and what becomes of what it is about.
func (a *app) explain(r rule) {
	fmt.Fprintf(a.stdout, "%s: %s\n\n", r.ID, r.Doc)
	switch r.Category {
	case openapi.Refused:
		fmt.Fprintln(a.stdout, "AWS's import refuses the document.")
	case openapi.Dropped:
		fmt.Fprintln(a.stdout, "AWS's import leaves it out, with or without a warning.")
	case openapi.FailsAtRuntime:
		fmt.Fprintln(a.stdout, "AWS's import takes it, and then calls fail.")
	case openapi.Advice:
		fmt.Fprintln(a.stdout, "AWS's import takes it; people regret it.")
	case openapi.Scope:
		fmt.Fprintln(a.stdout, "It is nothing that a REST API, or rehearse, does.")
	}
	if r.Source != "" {
		fmt.Fprintf(a.stdout, "Rests on: %s (%s); level %s.\n", r.Source, r.Evidence, r.Severity)
	}
	if r.Fix {
		fmt.Fprintln(a.stdout, "lint --fix mends it where that is mechanical.")
	}
	fmt.Fprintf(a.stdout, "Change its level with lint --rule %s=off, info, warning or error.\n", r.ID)
}
