package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
)

func (a *app) rulesCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "rules [ID]",
		Short: "Print the rules of lint beyond what AWS's import says, or why one is there",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			rules := lint.Rules()
			if len(args) == 1 {
				rule := findRule(rules, args[0])
				if rule == nil {
					return unknownName("rule", args[0], ruleIDs(rules))
				}
				if format == "text" {
					fmt.Fprintf(a.stdout, "%s: %s\n\n%s, %s; rests on: %s (%s)\n", rule.ID, rule.Doc, rule.Category, rule.Severity, rule.Source, rule.Evidence)
					return nil
				}
				rules = []*lint.Rule{rule}
			}
			return a.printRules(rules, format)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

func findRule(rules []*lint.Rule, id string) *lint.Rule {
	for _, r := range rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

func ruleIDs(rules []*lint.Rule) []string {
	var ids []string
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}

type ruleJSON struct {
	ID       string           `json:"id"`
	Category openapi.Category `json:"category"`
	Severity openapi.Severity `json:"severity"`
	Evidence openapi.Evidence `json:"evidence"`
	Source   string           `json:"source"`
	Doc      string           `json:"doc"`
}

func (a *app) printRules(rules []*lint.Rule, format string) error {
	if format == "json" {
		list := []ruleJSON{}
		for _, r := range rules {
			list = append(list, ruleJSON{r.ID, r.Category, r.Severity, r.Evidence, r.Source, r.Doc})
		}
		return a.printJSON(map[string]any{"schemaVersion": schemaVersion, "rules": list})
	}
	for _, r := range rules {
		line, _, _ := strings.Cut(r.Doc, "\n")
		fmt.Fprintf(a.stdout, "%-34s %-8s %s\n", r.ID, r.Severity, line)
	}
	return nil
}
