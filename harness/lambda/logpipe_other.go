//go:build !unix

package lambda

import (
	"bytes"
	"os"
	"time"
)

// A logPipe collects what an environment's processes write to stdout and
// stderr, so that each call gets what was written during it.
//
// Pipes cannot be asked here whether they are empty, so take writes a mark into
// the pipe and waits for it to come out.
type logPipe struct {
	logBuffer
	reader, writer *os.File
	marks          chan struct{}
}

var logMark = []byte("\x00\x01end of call\x01\x00")

const markTime = time.Second // for the mark to come through

func newLogPipe() (*logPipe, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p := &logPipe{reader: r, writer: w, marks: make(chan struct{}, 1)}
	go p.read()
	return p, nil
}

func (p *logPipe) started() {}

func (p *logPipe) read() {
	chunk := make([]byte, 16<<10)
	var rest []byte // may be the beginning of a mark
	for {
		n, err := p.reader.Read(chunk)
		if err != nil {
			return
		}
		rest = append(rest, chunk[:n]...)
		p.mu.Lock()
		for {
			i := bytes.Index(rest, logMark)
			if i < 0 {
				break
			}
			p.add(rest[:i])
			rest = rest[i+len(logMark):]
			select {
			case p.marks <- struct{}{}:
			default:
			}
		}
		if !bytes.Contains(rest, logMark[:1]) {
			p.add(rest)
			rest = rest[:0]
		}
		p.mu.Unlock()
	}
}

// take returns what was written since the last take.
func (p *logPipe) take() string {
	select {
	case <-p.marks: // of a take that did not wait long enough
	default:
	}
	if _, err := p.writer.Write(logMark); err == nil {
		wait := time.NewTimer(markTime)
		defer wait.Stop()
		select {
		case <-p.marks:
		case <-wait.C:
		}
	}
	return p.cut()
}

func (p *logPipe) close() {
	p.writer.Close()
	p.reader.Close()
}
