package lambda

import (
	"os/exec"
	"runtime"
	"sync"
)

// A starter starts all child processes from one thread that lives as long as
// the host. On Linux a child is told to die with its parent, and for the kernel
// the parent is the thread: were it one that the Go runtime ends when it likes,
// the child would die under a living gateway.
type starter struct {
	once  sync.Once
	queue chan startRequest
	mu    sync.RWMutex
	ended bool
}

type startRequest struct {
	cmd *exec.Cmd
	err chan error
}

func (s *starter) start(cmd *exec.Cmd) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.ended {
		return ErrClosed
	}
	s.once.Do(func() {
		s.queue = make(chan startRequest)
		go func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			for r := range s.queue {
				r.err <- r.cmd.Start()
			}
		}()
	})
	r := startRequest{cmd, make(chan error, 1)}
	s.queue <- r
	return <-r.err
}

// close ends the thread, and on Linux with it every child that is left.
func (s *starter) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queue != nil && !s.ended {
		close(s.queue)
	}
	s.ended = true
}
