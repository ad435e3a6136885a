//go:build !linux && !darwin

package lambda

import "os"

const canFork = false

// A forkServer is not to be had here: every environment is a process of its own.
type forkServer struct{}

func (*forkServer) close() {}

func (h *Host) forkServer(interpreter) (*forkServer, error) { return nil, nil }

func (h *Host) forkPython(interpreter, *pythonConfig, *os.File) (process, error) {
	panic("forkPython: canFork is false")
}
