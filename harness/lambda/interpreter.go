package lambda

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

// An interpreter is a program that runs code, found and tried.
type interpreter struct {
	path    string // of the program itself, not of a shim
	version string // python3.11, nodejs20.x
}

const probeTime = 20 * time.Second // a shim on a busy machine takes its time

// A probe asks a candidate where it really is and which version it has.
type probe struct{ flag, code string }

var (
	pythonProbe = probe{"-c", "import sys; print(sys.executable); print('python%d.%d' % sys.version_info[:2])"}
	nodeProbe   = probe{"-e", "console.log(process.execPath); console.log('nodejs' + process.versions.node.split('.')[0] + '.x')"}
)

// probed remembers what was tried: a name costs a process, and stays what it
// is while this program runs.
var probed struct {
	sync.Mutex
	results map[string]*probeResult
}

type probeResult struct {
	once  sync.Once
	found interpreter
	ok    bool
}

// try runs a candidate, once for each name. One that does not run counts as
// absent: a pyenv shim of a version that is not selected is in PATH and fails.
func (p probe) try(name string) (interpreter, bool) {
	probed.Lock()
	if probed.results == nil {
		probed.results = map[string]*probeResult{}
	}
	key := name + "\x00" + os.Getenv("PATH")
	r := probed.results[key]
	if r == nil {
		r = &probeResult{}
		probed.results[key] = r
	}
	probed.Unlock()
	r.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), probeTime)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, p.flag, p.code)
		cmd.WaitDelay = time.Second
		out, err := cmd.Output()
		lines := strings.Fields(strings.ReplaceAll(string(out), " ", "\x00"))
		if err != nil || len(lines) != 2 {
			return
		}
		r.found = interpreter{strings.ReplaceAll(lines[0], "\x00", " "), lines[1]}
		r.ok = true
	})
	return r.found, r.ok
}

// find returns the interpreter for v's code: the one configured, a .venv beside
// the code, one of the runtime's own version, any.
func (h *Host) find(v *version, p probe, taskRoot string, candidates []string, hint string) (interpreter, error) {
	if v.code.Interpreter != "" {
		name := v.code.Interpreter
		if strings.ContainsAny(name, `/\`) {
			name = h.path(name)
		}
		found, ok := p.try(name)
		if !ok {
			return found, unavailable(v.function, "interpreter "+v.code.Interpreter+" does not run", "name one that runs, or leave interpreter out")
		}
		return found, nil
	}
	if v.code.kind() == kindPython {
		if python := venv(taskRoot); python != "" {
			if found, ok := p.try(python); ok {
				return h.noted(v, found), nil
			}
			h.logf("function %s: %s does not run: another interpreter is used", v.function, python)
		}
	}
	for _, name := range candidates {
		if found, ok := p.try(name); ok {
			return h.noted(v, found), nil
		}
	}
	return interpreter{}, unavailable(v.function, strings.Join(candidates, " and ")+notHere(len(candidates)), hint)
}

func notHere(n int) string {
	if n == 1 {
		return " does not run on this machine"
	}
	return " do not run on this machine"
}

// noted notes an interpreter of another minor version than the runtime asks
// for: no reason to fail, but one to know.
func (h *Host) noted(v *version, found interpreter) interpreter {
	if found.version != v.code.Runtime {
		h.note(v.code.Runtime + " asked for, " + found.version + " used")
	}
	return found
}

// venv is the Python of the .venv in or beside a folder of code, or empty.
func venv(taskRoot string) string {
	for _, dir := range []string{taskRoot, filepath.Dir(taskRoot)} {
		python := filepath.Join(dir, ".venv", "bin", "python")
		if runtime.GOOS == "windows" {
			python = filepath.Join(dir, ".venv", "Scripts", "python.exe")
		}
		if _, err := os.Stat(python); err == nil {
			return python
		}
	}
	return ""
}
