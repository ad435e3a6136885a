package lambda

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// check returns what is wrong with f, in the words of rehearse.yaml.
func (h *Host) check(f *Function) (problems []error) {
	report := func(format string, args ...any) {
		problems = append(problems, fmt.Errorf("functions."+f.Name+format, args...))
	}
	if !nameForm.MatchString(f.Name) || len(f.Name) > 64 {
		problems = append(problems, fmt.Errorf("functions: %q is no function name, want at most 64 of a-z A-Z 0-9 - _", f.Name))
	}
	latest := f.Code.withDefaults()
	h.checkCode(&latest, "", report)
	for _, name := range slices.Sorted(maps.Keys(f.Versions)) {
		if !versionForm.MatchString(name) || name[0] == '0' {
			report(".versions: %q is no version, want a number from 1", name)
			continue
		}
		v := f.Versions[name].inherit(f.Code).withDefaults()
		h.checkCode(&v, ".versions."+name, report)
	}
	isVersion := func(name string) bool {
		_, ok := f.Versions[name]
		return ok
	}
	for _, name := range slices.Sorted(maps.Keys(f.Aliases)) {
		a := f.Aliases[name]
		at := ".aliases." + name
		if !isAlias(name) {
			report(".aliases: %q is no alias name, want letters, digits, - and _, and not digits alone", name)
		}
		if a.Version != Latest && !isVersion(a.Version) {
			report("%s: version %q is not there", at, a.Version)
		}
		if len(a.Weights) > 1 {
			report("%s: weights names %d versions, an alias splits between two at most", at, len(a.Weights))
		}
		for _, other := range slices.Sorted(maps.Keys(a.Weights)) {
			weight := a.Weights[other]
			if !isVersion(other) {
				report("%s: weights: version %q is not there; a weighted version must be published", at, other)
			}
			if other == a.Version {
				report("%s: weights: %q is the alias's own version", at, other)
			}
			if a.Version == Latest {
				report("%s: $LATEST cannot be weighted", at)
			}
			if !(weight >= 0 && weight <= 1) {
				report("%s: weights: %v is no share, want 0 to 1", at, weight)
			}
		}
	}
	if n := f.ReservedConcurrency; n != nil && *n < 0 {
		report(": reservedConcurrency is %d, want 0 or more", *n)
	}
	return problems
}

func (h *Host) checkCode(c *Code, at string, report func(string, ...any)) {
	at += ": "
	ways := 0
	for _, has := range []bool{c.Path != "" || c.Inline != "", len(c.Command) > 0 && c.Path == "" && c.Inline == "", len(c.Exec) > 0 && c.Path == "" && c.Inline == "", c.HTTP != "", c.Static != nil} {
		if has {
			ways++
		}
	}
	if ways > 1 || c.Path != "" && c.Inline != "" {
		report(at + "says more than once what runs, want one of path, code, command, exec, http and static")
	}
	switch c.kind() {
	case kindUnknown:
		if c.Runtime == "" {
			report(at + "nothing says what runs, want runtime with path or code, or command, exec, http or static")
		} else {
			report(at+"runtime %s is not run here; with command: any program that speaks the Runtime API is", c.Runtime)
		}
	case kindPython, kindNode, kindProvided:
		if c.Path == "" && c.Inline == "" {
			report(at + "no path and no code")
		}
	}
	if c.HTTP != "" {
		if wrong := checkHTTP(c.HTTP); wrong != "" {
			report(at+"http: %s", wrong)
		}
	}
	if c.Path != "" {
		if info, err := os.Stat(h.path(c.Path)); err != nil || !info.IsDir() {
			report(at+"path: no folder %s", c.Path)
		}
	}
	for _, l := range c.Layers {
		if info, err := os.Stat(h.path(l)); err != nil || !info.IsDir() {
			report(at+"layers: no folder %s", l)
		}
	}
	if c.Timeout < time.Second && c.Timeout != 0 || c.Timeout > maxTimeout {
		report(at+"timeout is %v, want 1 to 900 seconds", c.Timeout)
	}
	if c.MemorySize < 128 || c.MemorySize > 10240 {
		report(at+"memorySize is %d, want 128 to 10240 MB", c.MemorySize)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Environment)) {
		switch {
		case reservedVariables[name]:
			report(at+"environment: %s is Lambda's own, AWS refuses it", name)
		case !environmentForm.MatchString(name):
			report(at+"environment: %q is no name of a variable, want a letter, then letters, digits and _", name)
		}
	}
}
