package lambda

import (
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed runtimes/python.py
var pythonRuntime string

// pythonLoader reads the runtime from stdin and runs it: no file has to be left
// anywhere for it. Frames of the runtime are told from the user's by its name.
const pythonLoader = `import os, sys
def read_exactly(n):
    data = b""
    while len(data) < n:
        more = os.read(0, n - len(data))
        if not more:
            os._exit(0)
        data += more
    return data
MODE = sys.argv[1]
__file__ = "rehearse/python.py"
exec(compile(read_exactly(int(sys.argv[2])), __file__, "exec"))
`

// A pythonConfig tells the runtime which environment it is.
type pythonConfig struct {
	Runtime     string          `json:"runtime"`
	TaskRoot    string          `json:"taskRoot"`
	Layers      []string        `json:"layers"`
	Cache       string          `json:"cache"` // folder for compiled code
	Environment environmentVars `json:"environment"`
}

// pythonFile is the file of a handler: package/module.function.
func pythonFile(handler string) string {
	module := handler
	if i := strings.LastIndexByte(handler, '.'); i >= 0 {
		module = handler[:i]
	}
	return filepath.FromSlash(strings.ReplaceAll(module, ".", "/")) + ".py"
}

func (h *Host) findPython(v *version, taskRoot string) (interpreter, error) {
	return h.find(v, pythonProbe, taskRoot, []string{v.code.Runtime, "python3"},
		"install Python: apt-get install python3 or brew install python3")
}

// runPython starts a Python environment: a fork of a warm interpreter where
// that is possible, a process of its own elsewhere.
func (h *Host) runPython(v *version, vars environmentVars) (process, *logPipe, error) {
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, nil, err
	}
	found, err := h.findPython(v, taskRoot)
	if err != nil {
		return nil, nil, err
	}
	temp, err := h.tempDir()
	if err != nil {
		return nil, nil, err
	}
	vars.set("PATH", filepath.Dir(found.path)+string(filepath.ListSeparator)+vars["PATH"])
	config := pythonConfig{
		Runtime: v.code.Runtime, TaskRoot: taskRoot, Layers: append([]string{}, v.code.Layers...),
		Cache: filepath.Join(temp, "python"), Environment: vars,
	}
	var p process
	var logs *logPipe
	if canFork && !h.noFork && !readByPython(vars) {
		if logs, err = newLogPipe(); err == nil {
			p, err = h.forkPython(found, &config, logs.writer)
			logs.started()
			if err != nil {
				logs.close()
			}
		}
	} else {
		p, logs, err = h.startPython(found, &config)
	}
	if err != nil && !errors.Is(err, ErrClosed) {
		err = unavailable(v.function, found.path+": "+err.Error(), "")
	}
	return p, logs, err
}

// startPython starts an environment as a process of its own.
func (h *Host) startPython(in interpreter, config *pythonConfig) (process, *logPipe, error) {
	cmd := exec.Command(in.path, "-c", pythonLoader, "one", fmt.Sprint(len(pythonRuntime)))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	p, logs, err := h.run(cmd, "", interpreterVars(config.Environment))
	if err != nil {
		return nil, nil, err
	}
	message := frame(config)
	go func() { // the pipe may be smaller than what goes through it
		io.WriteString(stdin, pythonRuntime)
		stdin.Write(message)
		stdin.Close()
	}()
	return p, logs, nil
}

// frame is a message to the Python runtime.
func frame(message any) []byte {
	body, err := json.Marshal(message)
	if err != nil {
		panic(err) // only our own types come here
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

// readByPython reports whether the environment has variables that Python
// reads when it starts, so that a fork would come too late for them.
func readByPython(vars environmentVars) bool {
	for name := range vars {
		if strings.HasPrefix(name, "PYTHON") && name != "PYTHONPATH" {
			return true
		}
	}
	return false
}

// interpreterVars are the variables an interpreter starts with: where the user's
// own packages are, nothing else of this process's. The runtime replaces them
// by the environment's own before user code runs.
func interpreterVars(vars environmentVars) environmentVars {
	own := environmentVars{"PATH": searchPath(nil)}
	for _, name := range []string{"HOME", "USERPROFILE", "APPDATA", "SYSTEMROOT"} {
		if value, ok := os.LookupEnv(name); ok {
			own[name] = value
		}
	}
	for name, value := range vars {
		if strings.HasPrefix(name, "PYTHON") {
			own[name] = value
		}
	}
	return own
}
