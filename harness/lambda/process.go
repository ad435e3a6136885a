package lambda

import (
	"errors"
	"os/exec"
)

// A process is what runs an environment's code, with all it started.
type process interface {
	// kill ends the process and its group; it does not wait.
	kill()
	// ended is closed when the process is gone.
	ended() <-chan struct{}
	// status is how it ended, in Lambda's words: "exit status 1",
	// "signal: killed", "" for a plain exit. Only after ended.
	status() string
	// pid is the process's id, 0 if it is not known.
	pid() int
}

// A child is a process started by this one.
type child struct {
	cmd  *exec.Cmd
	done chan struct{}
	end  string
}

// startChild starts cmd in a group of its own that does not outlive this
// process, and waits for it.
func (h *Host) startChild(cmd *exec.Cmd) (*child, error) {
	ownGroup(cmd)
	dieWithParent(cmd)
	return h.startGroup(cmd, true)
}

// startGroup starts cmd, which is to be a group of its own, and waits for it.
func (h *Host) startGroup(cmd *exec.Cmd, guarded bool) (*child, error) {
	h.liveMu.Lock()
	defer h.liveMu.Unlock()
	if err := h.starter.start(cmd); err != nil {
		return nil, err
	}
	c := &child{cmd: cmd, done: make(chan struct{})}
	h.live[c] = struct{}{}
	if guarded {
		h.guard.add(h, c.pid())
	}
	h.children.Add(1)
	go func() {
		defer h.children.Done()
		err := cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			c.end = exit.ProcessState.String()
		}
		// What it started and left behind goes with it. No other process can have
		// the number of the group as long as somebody is in it.
		killGroup(c.pid())
		h.liveMu.Lock()
		delete(h.live, c)
		if guarded {
			h.guard.remove(c.pid())
		}
		h.liveMu.Unlock()
		close(c.done)
	}()
	return c, nil
}

// killChildren ends every process that is left, and no other can be started.
func (h *Host) killChildren() {
	h.liveMu.Lock()
	h.starter.close()
	for c := range h.live {
		c.kill()
	}
	h.liveMu.Unlock()
	h.children.Wait()
}

func (c *child) kill() {
	select {
	case <-c.done:
	default:
		killGroup(c.cmd.Process.Pid)
	}
}

func (c *child) ended() <-chan struct{} { return c.done }
func (c *child) status() string         { return c.end }
func (c *child) pid() int               { return c.cmd.Process.Pid }
