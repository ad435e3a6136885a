package project

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// noteMissingInterpreters says which functions can't run on this machine: a
// look, nothing is started.
func (p *Project) noteMissingInterpreters() {
	for _, f := range p.Config.Functions {
		missing, hint := p.missing(f.Code)
		for _, v := range sortedKeys(f.Versions) {
			if missing == "" {
				missing, hint = p.missing(inherit(f.Code, f.Versions[v]))
			}
		}
		if missing != "" {
			p.Warnings = append(p.Warnings, &source.Error{Pos: f.Pos, Msg: fmt.Sprintf("function %q needs %s: its calls can't be answered", f.Name, missing), Hint: hint})
		}
	}
}

// missing names the interpreter that code needs and that is not there.
func (p *Project) missing(c lambda.Code) (what, hint string) {
	if c.Interpreter != "" {
		name := c.Interpreter
		if strings.ContainsAny(name, `/\`) {
			name = p.files.absolute(name)
		}
		if _, err := exec.LookPath(name); err != nil {
			return "the interpreter " + c.Interpreter + ", which is not there", "name one that runs, or leave interpreter out"
		}
		return "", ""
	}
	switch {
	case strings.HasPrefix(c.Runtime, "python"):
		if inPath(c.Runtime) || inPath("python3") || p.hasVenv(c.Path) {
			return "", ""
		}
		return c.Runtime + " or another python3, and there is none in PATH", "install python3 (apt-get install python3, brew install python), or set interpreter:"
	case strings.HasPrefix(c.Runtime, "nodejs"):
		if inPath("node") {
			return "", ""
		}
		return "node, which is not in PATH", "install Node.js (apt-get install nodejs, brew install node), or set interpreter:"
	}
	return "", ""
}

func inPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// hasVenv reports whether a virtual environment stands in or beside a folder of code.
func (p *Project) hasVenv(path string) bool {
	dir := p.files.absolute(path)
	if dir == "" {
		return false
	}
	python := filepath.Join(".venv", "bin", "python")
	if runtime.GOOS == "windows" {
		python = filepath.Join(".venv", "Scripts", "python.exe")
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if _, err := os.Stat(filepath.Join(d, python)); err == nil {
			return true
		}
	}
	return false
}
