package lambda

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// An entrypointError says that a bootstrap cannot be started. On AWS it is the
// function that fails then, so it is no error of a call.
type entrypointError struct{ message string }

func (e *entrypointError) Error() string { return e.message }

// runProvided starts the executable bootstrap of v's code, or of a layer.
func (h *Host) runProvided(v *version, vars environmentVars) (process, *logPipe, error) {
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, nil, err
	}
	names := append([]string{taskRoot}, v.code.Layers...)
	for _, dir := range names {
		bootstrap := filepath.Join(dir, "bootstrap")
		info, err := os.Stat(bootstrap)
		if err != nil || info.IsDir() {
			continue
		}
		shown := "/var/task/bootstrap"
		if dir != taskRoot {
			shown = "/opt/bootstrap"
		}
		p, logs, err := h.run(exec.Command(bootstrap), taskRoot, vars)
		switch {
		case err == nil:
			return p, logs, nil
		case errors.Is(err, fs.ErrPermission):
			h.logf("function %s: chmod +x %s", v.function, bootstrap)
			err = syscall.EACCES
		case errors.Is(err, ErrClosed):
			return nil, nil, err
		}
		var errno syscall.Errno
		text := err.Error()
		if errors.As(err, &errno) {
			text = errno.Error()
		}
		return nil, nil, &entrypointError{"fork/exec " + shown + ": " + text}
	}
	h.logf("function %s: %s has no executable file bootstrap", v.function, taskRoot)
	return nil, nil, &entrypointError{"Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}
}

// runCommand starts a program that speaks the Runtime API.
func (h *Host) runCommand(v *version, vars environmentVars) (process, *logPipe, error) {
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, nil, err
	}
	cmd, err := h.command(v, v.code.Command)
	if err != nil {
		return nil, nil, err
	}
	// Whatever it is (java, dotnet, ruby), it is found and runs where it does for
	// the user.
	vars.set("PATH", vars["PATH"]+string(filepath.ListSeparator)+os.Getenv("PATH"))
	p, logs, err := h.run(cmd, taskRoot, vars)
	if err != nil && !errors.Is(err, ErrClosed) {
		err = unavailable(v.function, "command "+strings.Join(v.code.Command, " ")+": "+err.Error(), "")
	}
	return p, logs, err
}

// command makes a command of the words that configure it; a program with a
// slash in its name is looked for from the configuration's folder.
func (h *Host) command(v *version, words []string) (*exec.Cmd, error) {
	name := words[0]
	if strings.ContainsAny(name, `/\`) {
		name = h.path(name)
	}
	found, err := exec.LookPath(name)
	if err != nil {
		return nil, unavailable(v.function, name+" is no program that runs here: "+cause(err), "name one that is in PATH, or give its path")
	}
	return exec.Command(found, words[1:]...), nil
}

func cause(err error) string {
	var e *exec.Error
	if errors.As(err, &e) {
		return e.Err.Error()
	}
	return err.Error()
}

// run starts cmd as an environment's process.
func (h *Host) run(cmd *exec.Cmd, dir string, vars environmentVars) (process, *logPipe, error) {
	logs, err := newLogPipe()
	if err != nil {
		return nil, nil, err
	}
	cmd.Dir, cmd.Env = dir, vars.list()
	cmd.Stdout, cmd.Stderr = logs.writer, logs.writer
	c, err := h.startChild(cmd)
	logs.started()
	if err != nil {
		logs.close()
		return nil, nil, err
	}
	return c, logs, nil
}
