package lambda

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

const maxLog = 1 << 20 // bytes kept of what one call writes

// A logBuffer holds what was written and not yet taken.
type logBuffer struct {
	mu      sync.Mutex
	text    []byte
	dropped int
}

// add keeps b; the caller holds mu.
func (l *logBuffer) add(b []byte) {
	keep := min(len(b), maxLog-len(l.text))
	l.text = append(l.text, b[:keep]...)
	l.dropped += len(b) - keep
}

func (l *logBuffer) cut() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := string(l.text)
	if l.dropped > 0 {
		s += "\n(" + strconv.Itoa(l.dropped) + " more bytes of log are not kept)\n"
	}
	l.text, l.dropped = l.text[:0], 0
	if cap(l.text) > 64<<10 {
		l.text = nil
	}
	return s
}

// A logReport is what the lines around a call's own log say.
type logReport struct {
	requestID, version string
	init               string // written before the call, by a cold start
	own                string // written during it
	duration, cold     time.Duration
	memorySize         int    // MB
	memoryUsed         int    // MB; 0: not known
	status             string // "timeout", "error", or "" when all went well
	errorType          string
	last               string // a line after REPORT
}

// String is the log of a call as CloudWatch has it: START, the function's own
// lines, END, REPORT.
func (r *logReport) String() string {
	var b strings.Builder
	b.Grow(len(r.init) + len(r.own) + len(r.last) + 360)
	line := func(s string) {
		b.WriteString(s)
		if s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	line(r.init)
	b.WriteString("START RequestId: ")
	b.WriteString(r.requestID)
	b.WriteString(" Version: ")
	b.WriteString(r.version)
	b.WriteByte('\n')
	line(r.own)
	b.WriteString("END RequestId: ")
	b.WriteString(r.requestID)
	b.WriteString("\nREPORT RequestId: ")
	b.WriteString(r.requestID)
	b.WriteString("\tDuration: ")
	b.WriteString(milliseconds(r.duration))
	b.WriteString(" ms\tBilled Duration: ")
	// The time of a cold start is billed too since August 2025 (spec: lambda 13).
	b.WriteString(strconv.Itoa(int(math.Ceil(float64(r.duration+r.cold) / 1e6))))
	b.WriteString(" ms\tMemory Size: ")
	b.WriteString(strconv.Itoa(r.memorySize))
	b.WriteString(" MB\t")
	if r.memoryUsed > 0 {
		b.WriteString("Max Memory Used: ")
		b.WriteString(strconv.Itoa(r.memoryUsed))
		b.WriteString(" MB\t")
	}
	if r.cold > 0 {
		b.WriteString("Init Duration: ")
		b.WriteString(milliseconds(r.cold))
		b.WriteString(" ms\t")
	}
	if r.status != "" {
		b.WriteString("Status: ")
		b.WriteString(r.status)
		if r.errorType != "" {
			b.WriteString("\tError Type: ")
			b.WriteString(r.errorType)
		}
	}
	b.WriteByte('\n')
	line(r.last)
	return b.String()
}

// initStart is the line of a cold start: "python3.13" is python:3.13.v0 there.
// guess: the form. The number behind v and the ARN are AWS's own and can't be
// known here, so they are 0 and one made of the runtime's name.
func initStart(runtime, region string) string {
	if runtime == "" {
		return "" // a command: Lambda has no name for it
	}
	i := strings.IndexAny(runtime, ".0123456789")
	if i < 0 {
		i = len(runtime)
	}
	name := runtime[:i] + ":" + strings.TrimSuffix(strings.TrimPrefix(runtime[i:], "."), ".x") + ".v0"
	return fmt.Sprintf("INIT_START Runtime Version: %s\tRuntime Version ARN: arn:aws:lambda:%s::runtime:%x\n", name, region, sha256.Sum256([]byte(runtime)))
}

func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/1e6, 'f', 2, 64)
}
