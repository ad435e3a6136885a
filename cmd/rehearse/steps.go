package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/steps"
	"github.com/rehearse-api/rehearse/openapi"
)

func (a *app) stepsCommand() *cobra.Command {
	var format string
	var reasons bool
	cmd := &cobra.Command{
		Use:   "steps",
		Short: "Print the steps that features may use, with examples",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if reasons {
				return a.printReasons(format)
			}
			return a.printSteps(format)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	cmd.Flags().BoolVar(&reasons, "reasons", false, `the ids that "is refused because of" and "the browser blocks it because of" take`)
	return cmd
}

type stepJSON struct {
	Subject string `json:"subject"`
	Pattern string `json:"pattern"`
	Doc     string `json:"doc"`
	Example string `json:"example"`
	// Also are the other forms of the step.
	Also []string `json:"also,omitempty"`
}

func (a *app) printSteps(format string) error {
	all := steps.All()
	if format == "json" {
		list := []stepJSON{}
		for _, s := range all {
			list = append(list, stepJSON{s.Subject, s.Pattern.String(), s.Doc, s.Example, s.Also})
		}
		return a.printJSON(map[string]any{"schemaVersion": schemaVersion, "steps": list})
	}
	subject := ""
	for _, s := range all {
		if s.Subject != subject {
			if subject != "" {
				fmt.Fprintln(a.stdout)
			}
			subject = s.Subject
			fmt.Fprintf(a.stdout, "%s\n\n", strings.ToUpper(subject))
		}
		doc, _, _ := strings.Cut(s.Doc, "\n")
		fmt.Fprintf(a.stdout, "%s\n", indent(s.Example, "  "))
		for _, form := range s.Also {
			fmt.Fprintf(a.stdout, "  %s\n", form)
		}
		fmt.Fprintf(a.stdout, "      # %s\n", doc)
	}
	fmt.Fprintf(a.stdout, "\nrehearse steps --reasons lists why a gateway refuses and a browser blocks.\n")
	return nil
}

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n"+by)
}

type reasonJSON struct {
	ID       string           `json:"id"`
	Phase    string           `json:"phase"`
	Text     string           `json:"text"`
	Evidence openapi.Evidence `json:"evidence"`
	Source   string           `json:"source"`
}

type blockReasonJSON struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// printReasons lists the decisions that refuse a request, and why browsers keep
// a response from a page.
func (a *app) printReasons(format string) error {
	list := []reasonJSON{}
	for _, d := range gateway.Decisions() {
		if d.Refusal {
			list = append(list, reasonJSON{d.ID, d.Phase, reasonText(d), d.Evidence, d.Source})
		}
	}
	slices.SortFunc(list, func(a, b reasonJSON) int { return cmp.Compare(a.ID, b.ID) })
	browser := []blockReasonJSON{}
	for _, r := range steps.BlockReasons() {
		browser = append(browser, blockReasonJSON{r.ID, r.Doc})
	}
	if format == "json" {
		return a.printJSON(map[string]any{"schemaVersion": schemaVersion, "reasons": list, "browserReasons": browser})
	}
	fmt.Fprint(a.stdout, "THEN THE REQUEST IS REFUSED BECAUSE OF\n\n")
	for _, r := range list {
		fmt.Fprintf(a.stdout, "%s\n  %s (%s: %s)\n", r.ID, r.Text, r.Evidence, r.Source)
	}
	fmt.Fprint(a.stdout, "\nTHEN THE BROWSER BLOCKS IT BECAUSE OF\n\n")
	for _, r := range browser {
		fmt.Fprintf(a.stdout, "%s\n  %s\n", r.ID, r.Text)
	}
	return nil
}

// reasonText is the text of a decision with dots where an event would say more.
func reasonText(d *result.Decision) string {
	return strings.NewReplacer("{a}", "…", "{b}", "…", "{c}", "…", "{n}", "…", "{m}", "…").Replace(d.Text)
}
