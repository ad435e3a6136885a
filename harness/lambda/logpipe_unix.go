//go:build unix

package lambda

import (
	"os"
	"syscall"
)

// A logPipe collects what an environment's processes write to stdout and
// stderr, so that each call gets what was written during it.
type logPipe struct {
	logBuffer
	reader *os.File
	writer *os.File // until the process has it
	raw    syscall.RawConn
	chunk  [16 << 10]byte // guarded by logBuffer.mu
}

func newLogPipe() (*logPipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	raw, err := r.SyscallConn()
	if err != nil {
		r.Close()
		w.Close()
		return nil, err
	}
	p := &logPipe{reader: r, writer: w, raw: raw}
	go p.read()
	return p, nil
}

// started lets go of the end that belongs to the process.
func (p *logPipe) started() { p.writer.Close() }

// read ends when the last process that holds the pipe does, or at close.
func (p *logPipe) read() {
	p.raw.Read(func(fd uintptr) bool { return p.empty(fd) })
}

// empty reads all there is without waiting, and reports whether nothing more
// can come.
func (p *logPipe) empty(fd uintptr) (ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		n, err := syscall.Read(int(fd), p.chunk[:])
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return err != syscall.EAGAIN
		case n == 0:
			return true
		default:
			p.add(p.chunk[:n])
		}
	}
}

// take returns what was written since the last take. What a process wrote
// before it answered is in the pipe by now, so nothing is waited for.
func (p *logPipe) take() string {
	p.raw.Control(func(fd uintptr) { p.empty(fd) })
	return p.cut()
}

func (p *logPipe) close() { p.reader.Close() }
