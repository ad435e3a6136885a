package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint/fix"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A fixing is what lint --fix was asked for.
type fixing struct {
	on, write bool

	stage    string
	levels   map[string]openapi.Severity
	baseline string
	failOn   string
	asked    bool // --fail-on was given, and is stronger than the config
}

func (fx *fixing) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&fx.on, "fix", false, "print a diff that mends what it can; changes nothing")
	cmd.Flags().BoolVar(&fx.write, "write", false, "with --fix: change the documents, print no diff")
}

// check says what the flags of --fix don't go with.
func (fx *fixing) check(format string, baselineUpdate bool) error {
	switch {
	case fx.write && !fx.on:
		return usage("lint --fix --write", "--write wants --fix")
	case fx.on && format != "text":
		return usage("lint --format "+format+" without --fix says what there is to mend", "--fix prints a diff, which --format %s has no place for", format)
	case fx.on && baselineUpdate:
		return usage("mend first, then lint --baseline FILE --baseline-update", "--fix and --baseline-update don't go together")
	}
	return nil
}

// offerFix says that some of the findings can be mended: those that stand in a file
// that can be edited.
func (a *app) offerFix(findings []openapi.Finding, editable map[string]bool) {
	n := 0
	for _, f := range findings {
		if fix.Known(f.Rule) && editable[f.Pos.File] {
			n++
		}
	}
	if n > 0 {
		a.say(fmt.Sprintf("a mend is known for %s: rehearse lint --fix shows it", findingsCount(n)))
	}
}

// A patient is a document that is being mended.
type patient struct {
	name string // as the user calls it
	file string // where it is, behind symbolic links
	text []byte
	*fix.Result
}

// fix prints what would mend the documents, or mends them. The exit code is that
// of lint: on what was found, or, if it was written, on what is left.
func (a *app) fix(fx fixing, documents []string) error {
	baseline, err := fx.known()
	if err != nil {
		return err
	}
	var left []openapi.Finding
	var wrong []error
	seen := map[string]bool{}
	changes := false
	openErr := a.eachLinted(documents, fx.stage, func(p *project.Project) {
		policy := p.Config.Lint
		wanted := func(f openapi.Finding) bool {
			return !baseline[known(f)] && len(relevel(relevel([]openapi.Finding{f}, policy.Rules), fx.levels)) > 0
		}
		findings := said(p, fx.levels)
		before := slices.Clone(findings)
		var files []string
		acted := map[string]bool{} // something was said of what there is to mend in the file
		for _, d := range p.Documents() {
			file, err := filepath.EvalSymlinks(d.Name)
			key := file
			if d.Document != nil {
				key += "#" + d.Document.LogicalID
			}
			if err != nil || seen[key] {
				continue // what can't be opened was said
			}
			seen[key] = true
			m, err := a.mend(p, d, file, wanted)
			if err == nil {
				err = a.deliver(m, fx.write)
			}
			if err != nil {
				wrong = append(wrong, err)
				continue
			}
			changes = changes || len(m.Edits) > 0
			if fx.write {
				findings = m.after(findings)
			}
			if !slices.Contains(files, m.name) {
				files = append(files, m.name)
			}
			acted[m.name] = acted[m.name] || len(m.Mended)+len(m.Kept) > 0
			a.sayMended(m, fx.write)
		}
		for _, name := range files {
			a.sayRest(name, acted[name], before, wanted)
		}
		if policy.FailOn != "" && !fx.asked {
			fx.failOn = policy.FailOn
		}
		for _, f := range relevel(relevel(findings, policy.Rules), fx.levels) {
			if !baseline[known(f)] {
				left = append(left, f)
			}
		}
	})
	if openErr != nil {
		wrong = append(wrong, unwrapExit(openErr))
	}
	if changes && !fx.write && len(wrong) == 0 {
		a.say("nothing was changed; --fix --write makes these changes")
	}
	if wrong != nil {
		return &exit{exitUsage, errors.Join(wrong...)}
	}
	if slices.ContainsFunc(left, func(f openapi.Finding) bool { return reaches(f, fx.failOn) }) {
		return failed
	}
	return nil
}

// known are the findings of the baseline, which are put up with and so not mended.
func (fx *fixing) known() (map[knownFinding]bool, error) {
	all := map[knownFinding]bool{}
	if fx.baseline == "" {
		return all, nil
	}
	b, err := readBaseline(fx.baseline, false)
	if err != nil {
		return nil, err
	}
	for _, k := range b.Findings {
		all[k] = true
	}
	return all, nil
}

// mend works out the mends of one document.
func (a *app) mend(p *project.Project, d *project.Deployed, file string, wanted func(openapi.Finding) bool) (*patient, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("", "can't open document %s: %s", d.Name, reason(err))
	}
	check := func(text []byte) fix.Checked {
		now, findings := p.Recheck(d, text)
		return fix.Checked{Document: now.Document, API: now.Model, Findings: findings}
	}
	return &patient{d.Name, file, text, fix.Mend(text, check, wanted)}, nil
}

// deliver writes a mended document, or prints the diff.
func (a *app) deliver(m *patient, write bool) error {
	switch {
	case len(m.Edits) == 0:
		return nil
	case write:
		return m.write()
	}
	return writeDiff(a.stdout, m.name, string(m.text), m.Edits, a.colored(a.stdout))
}

// after are findings less those that were mended, and with those that came by it.
func (m *patient) after(findings []openapi.Finding) []openapi.Finding {
	findings = slices.DeleteFunc(findings, func(f openapi.Finding) bool { return slices.Contains(m.Mended, f) })
	for _, k := range m.Came {
		findings = append(findings, k.Finding)
	}
	return findings
}

// write puts the mended text in the place of the file, whole or not at all. A file
// that was changed since it was read stays as it is.
func (m *patient) write() error {
	now, err := os.ReadFile(m.file)
	if err != nil {
		return usage("", "can't open document %s: %s", m.name, reason(err))
	}
	if !bytes.Equal(now, m.text) {
		return usage("run it again", "%s was changed meanwhile; it is left as it is", m.name)
	}
	if err := replaceFile(m.file, m.Text); err != nil {
		return usage("it was left as it is", "can't write %s: %s", m.name, reason(err))
	}
	return nil
}

// replaceFile gives a file that is there another content and keeps its mode.
func replaceFile(name, content string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o200 == 0 {
		return &os.PathError{Op: "write", Path: name, Err: os.ErrPermission} // a rename would not mind
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".rehearse-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Chmod(info.Mode().Perm()), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// sayMended tells on stderr what was done to a document, and what was not.
func (a *app) sayMended(m *patient, written bool) {
	verb, place := "would mend", func(f openapi.Finding) source.Pos { return f.Pos }
	if written {
		verb, place = "mended", m.moved
	}
	if len(m.Mended) > 0 {
		a.sayRules(fmt.Sprintf("%s: %s %s:", m.name, verb, findingsCount(len(m.Mended))), m.Mended)
	}
	a.sayKept(m, place)
	for _, k := range m.Came {
		if k.Finding.Severity == openapi.Info {
			continue
		}
		at := m.name
		if written {
			at = k.Finding.Pos.String()
		}
		a.say(fmt.Sprintf("%s: new by the mend: %s [%s]", at, k.Finding.Message, k.Finding.Rule))
		if k.Why != "" {
			a.say("  not mended, because " + k.Why)
		}
	}
}

// sayRest tells on stderr what of a file nothing is known to mend; a template has
// several documents, and is one file. Acted says that something was said of it.
func (a *app) sayRest(name string, acted bool, findings []openapi.Finding, wanted func(openapi.Finding) bool) {
	rest := 0
	for _, f := range findings {
		if f.Pos.File == name && wanted(f) && !fix.Known(f.Rule) {
			rest++
		}
	}
	switch {
	case rest > 0:
		a.say(fmt.Sprintf("%s: no fix is known for %s; rehearse lint says which", name, findingsCount(rest)))
	case !acted:
		a.say(name + ": nothing to mend")
	}
}

// manyKept is from how many findings on that stay for one reason they are only counted.
const manyKept = 4

// sayKept tells which findings stay though a mend is known, each with its reason; or
// a reason once, where it is that of many.
func (a *app) sayKept(m *patient, place func(openapi.Finding) source.Pos) {
	by := map[string][]openapi.Finding{}
	for _, k := range m.Kept {
		by[k.Why] = append(by[k.Why], k.Finding)
	}
	for _, k := range m.Kept {
		same := by[k.Why]
		switch {
		case len(same) < manyKept:
			a.say(fmt.Sprintf("%s: not mended: %s [%s]", place(k.Finding), k.Finding.Message, k.Finding.Rule))
			a.say("  because " + k.Why)
		case k.Finding == same[0]:
			a.sayRules(fmt.Sprintf("%s: not mended: %s, because %s:", m.name, findingsCount(len(same)), k.Why), same)
		}
	}
}

// moved is where a finding's place is in the mended text.
func (m *patient) moved(f openapi.Finding) source.Pos {
	for _, now := range m.After {
		if now.Rule == f.Rule && now.Pointer == f.Pointer && now.Message == f.Message {
			return now.Pos
		}
	}
	return f.Pos
}

func findingsCount(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

// sayRules says something of findings, and how many of them are of which rule.
func (a *app) sayRules(what string, findings []openapi.Finding) {
	a.say(what)
	counts := map[string]int{}
	for _, f := range findings {
		counts[f.Rule]++
	}
	for _, rule := range slices.Sorted(maps.Keys(counts)) {
		a.say(fmt.Sprintf("  %d %s", counts[rule], rule))
	}
}
