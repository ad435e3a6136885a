package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rehearse-api/rehearse"

// mayImport is the import policy: which of our packages each package may import.
// Syntax stands under openapi, behaviour under harness, words for people under
// reports and cmd, and no arrow goes back: cmd -> reports -> harness -> openapi.
// An entry ending in /... means all packages below.
var mayImport = map[string][]string{
	"openapi/ordered": {"openapi/javare"},
	"openapi/source":  {"openapi/ordered"},
	"openapi/javare":  {},
	"openapi/vtl":     {"openapi/source", "openapi/ordered", "openapi/javare"},
	"openapi/mapping": {"openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl"},
	"openapi/iac":     {"openapi/source", "openapi/ordered"},
	"openapi":         {"openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl", "openapi/mapping", "openapi/iac"},
	"openapi/lint":    {"openapi", "openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl", "openapi/mapping"},

	"openapi/lint/fix": {"openapi", "openapi/source", "openapi/ordered", "openapi/mapping"},

	"harness/clock":       {},
	"harness/result":      {"openapi", "openapi/source"},
	"harness/traffic":     {},
	"harness/lambda":      {"harness/clock", "openapi/ordered", "openapi/source"},
	"harness/policy":      {"openapi/ordered", "openapi/source"},
	"harness/validate":    {"openapi", "openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl", "openapi/mapping"},
	"harness/integration": {"openapi", "openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl", "openapi/mapping", "harness/clock", "harness/lambda", "harness/result"},
	"harness/stub":        {"openapi", "openapi/source", "openapi/ordered", "harness/integration", "harness/result"},
	"harness/gateway": {"openapi", "openapi/source", "openapi/ordered", "openapi/javare", "openapi/vtl", "openapi/mapping",
		"harness/clock", "harness/result", "harness/traffic", "harness/lambda", "harness/policy", "harness/validate", "harness/integration"},
	"harness/project": {"openapi/...", "openapi", "harness/clock", "harness/result", "harness/traffic", "harness/lambda", "harness/integration", "harness/stub", "harness/gateway"},
	"harness/steps": {"openapi", "openapi/source", "openapi/ordered", "openapi/javare",
		"harness/project", "harness/gateway", "harness/integration", "harness/lambda", "harness/traffic", "harness/clock", "harness/result"},
	"harness": {"openapi", "openapi/source",
		"harness/project", "harness/steps", "harness/gateway", "harness/lambda", "harness/clock", "harness/result"},

	"reports":            {"openapi", "openapi/source", "openapi/ordered", "openapi/lint", "harness/result"},
	"reports/sariftest":  {},
	"cmd/rehearse/early": {},
	"cmd/rehearse":       {"cmd/rehearse/early", "openapi/...", "openapi", "harness/...", "harness", "reports", "features", "fixtures"},
	"features":           {},
	"fixtures":           {},
}

// The table holds for tests too, but for these: a package's test may use what
// the package itself may not.
var testsMayImport = map[string][]string{
	"cmd/rehearse":    {"reports/sariftest"},
	"features":        {"harness", "harness/project", "harness/result", "fixtures", "openapi/..."},
	"fixtures":        {"openapi/...", "openapi"},
	"harness":         {"features", "fixtures", "harness/..."},
	"harness/project": {"fixtures"},
	"harness/steps":   {"fixtures"},
	"openapi":         {"fixtures"},
	"openapi/iac":     {"openapi"}, // what its documents import as
	"openapi/lint":    {"fixtures"},
	"reports":         {"reports/sariftest"},
	"openapi/vtl":     {"openapi/mapping"}, // the corpus and the benchmark use $input and its kin

	"openapi/lint/fix": {"openapi/lint"},
}

// The policy is checked on the sources themselves: the result of a test that
// runs go list stays cached when a source changes.
func TestPackagesImportOnlyWhatThePolicyAllows(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != root && (base == "testdata" || base == "node_modules" || strings.HasPrefix(base, ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		pkg := path.Dir(filepath.ToSlash(rel))
		seen[pkg] = true
		allowed, ok := mayImport[pkg]
		if !ok {
			t.Errorf("%s: package %s is not in the import policy (cmd/rehearse/imports_test.go)", rel, pkg)
			return nil
		}
		isTest := strings.HasSuffix(name, "_test.go")
		if isTest {
			allowed = append(slices.Clone(allowed), testsMayImport[pkg]...)
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			ours, ok := strings.CutPrefix(imported, module+"/")
			if !ok || ours == pkg && isTest || allows(allowed, ours) {
				continue
			}
			t.Errorf("%s imports %s, which the import policy does not allow package %s", rel, ours, pkg)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("the import policy names package %s, which is not there", pkg)
		}
	}
}

func allows(allowed []string, pkg string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		below, ok := strings.CutSuffix(a, "...")
		return a == pkg || ok && strings.HasPrefix(pkg, below)
	})
}
