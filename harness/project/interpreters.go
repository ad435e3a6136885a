package project

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// MissingInterpreters says which functions can't run on this machine. It tries
// their interpreters and so takes as long as those do to start, once in the life
// of this program.
func (p *Project) MissingInterpreters() []*source.Error {
	var notes []*source.Error
	for _, f := range p.Config.Functions {
		missing, hint := p.missing(f.Code)
		for _, v := range sortedKeys(f.Versions) {
			if missing == "" {
				missing, hint = p.missing(inherit(f.Code, f.Versions[v]))
			}
		}
		if missing != "" {
			notes = append(notes, &source.Error{Pos: f.Pos, Msg: fmt.Sprintf("function %q needs %s: its calls can't be answered", f.Name, missing), Hint: hint})
		}
	}
	return notes
}

// missing names the interpreter that code needs and that is not there or does
// not run.
func (p *Project) missing(c lambda.Code) (what, hint string) {
	python, node := strings.HasPrefix(c.Runtime, "python"), strings.HasPrefix(c.Runtime, "nodejs")
	if c.Interpreter != "" && (python || node) {
		name := c.Interpreter
		if strings.ContainsAny(name, `/\`) {
			name = p.files.absolute(name)
		}
		if !lambda.Runs(c.Runtime, name) {
			return "the interpreter " + c.Interpreter + ", which does not run", "name one that runs, or leave interpreter out"
		}
		return "", ""
	}
	switch {
	case python:
		if p.venvRuns(c) || lambda.Runs(c.Runtime, c.Runtime) || lambda.Runs(c.Runtime, "python3") {
			return "", ""
		}
		return c.Runtime + " or another python3, and there is none in PATH that runs",
			"install python3 (apt-get install python3, brew install python), or name one: interpreter: /usr/local/bin/python3"
	case node:
		if lambda.Runs(c.Runtime, "node") {
			return "", ""
		}
		return "node, and there is none in PATH that runs",
			"install Node.js (apt-get install nodejs, brew install node), or name one: interpreter: /usr/local/bin/node"
	}
	return "", ""
}

// venvRuns reports whether a virtual environment that runs stands in or beside
// the folder of code.
func (p *Project) venvRuns(c lambda.Code) bool {
	dir := p.files.absolute(c.Path)
	if dir == "" {
		return false
	}
	python := filepath.Join(".venv", "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(".venv", "Scripts", "python.exe")
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if name := filepath.Join(d, python); exists(name) && lambda.Runs(c.Runtime, name) {
			return true
		}
	}
	return false
}
