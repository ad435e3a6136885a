package main

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/reports"
)

func (a *app) lintCommand() *cobra.Command {
	var format, failOn, stage, baselineFile string
	var baselineUpdate bool
	var levels []string
	var fx fixing
	cmd := &cobra.Command{
		Use:   "lint [DOCUMENT...]",
		Short: "Say what AWS's import would refuse, warn about or drop, and what would fail in production",
		Long: `Say what AWS's import would refuse, warn about or drop, and what would fail in
production. Without a DOCUMENT, every document that rehearse.yaml names is held
against what rehearse.yaml says: functions, aliases, stage variables, hosts, plans.
All documents are linted whatever one of them does.

A comment "# rehearse-disable-next-line RULE: REASON" in a document keeps a rule
quiet about the line below. A baseline keeps what was found so far quiet: what is mended
leaves it, and what is new is said.

--fix prints a diff that mends what can be mended mechanically, such as a missing
OPTIONS mock, method response, header or parameter, and changes nothing; the exit
code is that of lint on the documents as they are. --fix --write makes the changes
in the documents, and the exit code is that of lint on what is left.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, ok := reports.FindFindings(format)
			if !ok {
				return oneOf("--format", format, findingFormats()...)
			}
			if err := oneOf("--fail-on", failOn, "refused", "error", "warning", "info"); err != nil {
				return err
			}
			if baselineUpdate && baselineFile == "" {
				return usage("lint --baseline FILE --baseline-update", "--baseline-update wants --baseline")
			}
			if err := fx.check(format, baselineUpdate); err != nil {
				return err
			}
			severities, err := parseLevels(levels)
			if err != nil {
				return err
			}
			if fx.on {
				fx.stage, fx.levels, fx.baseline = stage, severities, baselineFile
				fx.failOn, fx.asked = failOn, cmd.Flags().Changed("fail-on")
				return a.fix(fx, args)
			}
			l, openErr := a.lint(args, stage, severities)
			if openErr != nil && l.documents == nil {
				return openErr
			}
			findings := relevel(relevel(l.findings, l.policy.Rules), severities)
			if findings, err = a.applyBaseline(baselineFile, baselineUpdate, l.documents, findings); err != nil {
				return err
			}
			if l.policy.FailOn != "" && !cmd.Flags().Changed("fail-on") {
				failOn = l.policy.FailOn
			}
			report := &reports.FindingReport{
				Findings: findings, Source: l.source, Rules: describedRules(),
				Color: a.colored(a.stdout), Version: programVersion(),
			}
			if err := write.Write(a.stdout, report); err != nil {
				return err
			}
			if openErr != nil {
				return openErr
			}
			if format == "text" {
				a.offerFix(findings, l.editable)
			}
			if slices.ContainsFunc(findings, func(f openapi.Finding) bool { return reaches(f, failOn) }) {
				return failed
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVarP(&format, "format", "f", "text", strings.Join(findingFormats(), ", "))
	f.StringVar(&failOn, "fail-on", "error", "exit with 1 from this on: refused, error, warning or info")
	f.StringArrayVar(&levels, "rule", nil, "`ID=LEVEL`, repeatable: off, info, warning or error")
	f.StringVar(&baselineFile, "baseline", "", "a `FILE` of findings to put up with; it only shrinks")
	f.BoolVar(&baselineUpdate, "baseline-update", false, "write the baseline anew, with all there is to find now")
	f.StringVar(&stage, "stage", "", "of a DOCUMENT: the `NAME` of its stage (default dev)")
	fx.flags(cmd)
	return cmd
}

func findingFormats() []string {
	var names []string
	for _, f := range reports.FindingFormats {
		names = append(names, f.Name)
	}
	return names
}

func describedRules() []reports.Rule {
	var all []reports.Rule
	for _, r := range allRules() {
		all = append(all, reports.Rule{ID: r.ID, Doc: r.Doc})
	}
	return all
}

// A linting is what was linted, and what was found.
type linting struct {
	findings  []openapi.Finding
	documents []string                    // the files that findings may stand in
	editable  map[string]bool             // those of them that lint --fix may edit
	levels    map[string]openapi.Severity // that flags ask for
	policy    project.LintConfig          // what the config says of levels
	mask      func(string) string
}

// lint collects the findings of the documents named, or of all that the config
// names. A document that can't be opened is an error; the others are linted all
// the same.
func (a *app) lint(documents []string, stage string, levels map[string]openapi.Severity) (l linting, err error) {
	l.levels = levels
	err = a.eachLinted(documents, stage, func(p *project.Project) {
		l.add(p)
		if len(documents) == 0 {
			l.documents = append(l.documents, p.Name) // what is wrong with the config itself stands there
		}
	})
	return l, err
}

// eachLinted opens the documents named one by one, or the config, and says what is
// wrong with those that can't be opened.
func (a *app) eachLinted(documents []string, stage string, do func(*project.Project)) error {
	if len(documents) == 0 {
		p, err := a.open("", project.Options{Inspect: true})
		if err != nil {
			return err
		}
		defer p.Close()
		a.notes(p)
		if len(p.APIs) == 0 {
			return usage("rehearse lint DOCUMENT...", "%s names no documents", p.Name)
		}
		do(p)
		return nil
	}
	var errs []error
	for _, document := range documents {
		p, err := a.open(document, project.Options{Inspect: true, Stage: stage})
		if err != nil {
			errs = append(errs, unwrapExit(err))
			continue
		}
		a.notes(p)
		do(p)
		p.Close()
	}
	if errs != nil {
		return &exit{exitUsage, errors.Join(errs...)}
	}
	return nil
}

func (l *linting) add(p *project.Project) {
	l.policy, l.mask = p.Config.Lint, p.Mask
	l.findings = append(l.findings, said(p, l.levels)...)
	for _, d := range p.Documents() {
		l.documents = append(l.documents, d.Name)
		// One inside of a template, or of a file that a template names, stays as it is.
		if l.editable == nil {
			l.editable = map[string]bool{}
		}
		if d.Document != nil && d.Document.LogicalID == "" {
			l.editable[d.Name] = true
		}
	}
}

// source is a file as reports may show it: lines of rehearse.yaml hold API keys.
func (l *linting) source(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return []byte(l.mask(string(data))), nil
}

func unwrapExit(err error) error {
	var e *exit
	if errors.As(err, &e) && e.err != nil {
		return e.err
	}
	return err
}

// off is the level of a rule that says nothing.
const off openapi.Severity = "off"

// parseLevels reads --rule ID=LEVEL.
func parseLevels(flags []string) (map[string]openapi.Severity, error) {
	levels := map[string]openapi.Severity{}
	for _, f := range flags {
		id, level, ok := strings.Cut(f, "=")
		if !ok || id == "" {
			return nil, usage("such as --rule function-unknown=error", "--rule is %q, want ID=LEVEL", f)
		}
		if err := oneOf("--rule "+id, level, "off", "info", "warning", "error"); err != nil {
			return nil, err
		}
		if ids := ruleIDs(allRules()); !slices.Contains(ids, id) {
			return nil, unknownRule(id, ids)
		}
		levels[id] = openapi.Severity(level)
	}
	return levels, nil
}

// near are the ids that begin as id does: a hint can't list them all.
func near(id string, ids []string) []string {
	word, _, _ := strings.Cut(id, "-")
	return slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return !strings.HasPrefix(s, word) && source.Nearest(id, []string{s}) == "" })
}

// relevel gives findings the severities that were asked for.
func relevel(findings []openapi.Finding, levels map[string]openapi.Severity) []openapi.Finding {
	var kept []openapi.Finding
	for _, f := range findings {
		if level, ok := levels[f.Rule]; ok {
			if level == off {
				continue
			}
			f.Severity = level
		}
		kept = append(kept, f)
	}
	return kept
}

// reaches reports whether a finding is at or above a threshold.
func reaches(f openapi.Finding, threshold string) bool {
	switch threshold {
	case "refused":
		return f.Category == openapi.Refused
	case "error":
		return f.Severity == openapi.Error
	case "warning":
		return f.Severity != openapi.Info
	}
	return true
}
