package project

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A LintConfig says how documents are linted.
type LintConfig struct {
	Rules  map[string]openapi.Severity // by rule id; "off" leaves it out
	FailOn string                      // refused, error, warning, info; empty: not said

	extends nameAt // another file that says the rest; empty: none
}

func decodeLint(n *source.Node) LintConfig {
	l := LintConfig{FailOn: textOf(n.Get("failOn"))}
	if e := n.Get("extends"); e != nil {
		l.extends = nameAt{textOf(e), e.Pos}
	}
	for id, level := range textsOf(n.Get("rules")) {
		if l.Rules == nil {
			l.Rules = map[string]openapi.Severity{}
		}
		l.Rules[id] = openapi.Severity(level)
	}
	return l
}

// checkRuleIDs finds ids that no rule has.
func (c *checker) checkRuleIDs(lint *source.Node) {
	for _, m := range members(lint.Get("rules")) {
		if ids := ruleIDs(); !slices.Contains(ids, m.Key) {
			c.unknown(nameAt{m.Key, m.Pos}, "rule", ids, "lint")
		}
	}
}

// inheritPolicy fills what a config's lint leaves out with what the files say
// that it extends, the nearest first. Paths are relative to the file they stand
// in, and such a file needs a lint: only.
func (c *checker) inheritPolicy(l *LintConfig, files fileSystem, base string) {
	chain := []string{files.show(base)}
	for next := l.extends; next.Name != ""; {
		if !filepath.IsAbs(next.Name) {
			base = filepath.Join(filepath.Dir(base), next.Name)
		} else {
			base = next.Name
		}
		name := files.show(base)
		if slices.Contains(chain, name) {
			c.add(next.Pos, "", "lint: the files extend each other in a ring: %s", strings.Join(append(chain, name), ", "))
			return
		}
		chain = append(chain, name)
		policy, ok := c.readPolicy(next, files, base)
		if !ok {
			return
		}
		for id, level := range policy.Rules {
			if _, own := l.Rules[id]; own {
				continue
			}
			if l.Rules == nil {
				l.Rules = map[string]openapi.Severity{}
			}
			l.Rules[id] = level
		}
		if l.FailOn == "" {
			l.FailOn = policy.FailOn
		}
		next = policy.extends
	}
}

func (c *checker) readPolicy(at nameAt, files fileSystem, name string) (LintConfig, bool) {
	if files.outside(name) {
		c.add(at.Pos, "", "lint: can't open %s", at.Name)
		return LintConfig{}, false
	}
	data, err := files.read(name)
	if err != nil {
		c.add(at.Pos, pathHint(files, name, err), "lint: can't open %s: %s", at.Name, reason(err))
		return LintConfig{}, false
	}
	f, err := source.Read(files.show(name), data)
	if err != nil {
		c.add(at.Pos, "", "lint: %s can't be read: %s", at.Name, err)
		return LintConfig{}, false
	}
	before := len(c.errs)
	n := f.Root.Get("lint")
	if n == nil {
		c.add(f.Root.Pos, "lint: {rules: {RULE: LEVEL}, failOn: error}", "%s has no lint", f.Name)
		return LintConfig{}, false
	}
	c.check(n, rehearseYAML.field("lint").shape, "lint")
	c.checkRuleIDs(n)
	return decodeLint(n), len(c.errs) == before
}
