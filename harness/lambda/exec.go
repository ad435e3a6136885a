package lambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// leftBehind is how long the output is waited for that a program's children hold
// open after its end.
const leftBehind = 100 * time.Millisecond

// runExec runs a program for one call: the event is its stdin, what it writes to
// stdout the result, to stderr the log. A program that ends with a status other
// than 0 has failed; the error is what it wrote if that is one, else Lambda's own.
func (fl *flight) runExec() (*Result, error) {
	r, v := fl.r, fl.v
	taskRoot, err := v.taskRoot()
	if err != nil {
		return nil, unavailable(fl.f.name, err.Error(), "")
	}
	cmd, err := r.host.command(v, v.code.Exec)
	if err != nil {
		return nil, err
	}
	logs, err := newLogPipe()
	if err != nil {
		return nil, unavailable(fl.f.name, err.Error(), "")
	}
	defer logs.close()
	vars := r.host.environ(v, taskRoot, r.logStream(v))
	vars.set("PATH", vars["PATH"]+string(filepath.ListSeparator)+os.Getenv("PATH"))
	vars.set("AWS_LAMBDA_RUNTIME_DEADLINE_MS", strconv.FormatInt(time.Now().Add(v.code.Timeout).UnixMilli(), 10))
	vars.set("AWS_LAMBDA_REQUEST_ID", fl.in.RequestID)
	if fl.in.TraceID != "" {
		vars.set("_X_AMZN_TRACE_ID", fl.in.TraceID)
	}
	out := &limitedBuffer{limit: maxResult}
	cmd.Dir, cmd.Env = taskRoot, vars.list()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(fl.in.Payload), out, logs.writer
	cmd.WaitDelay = leftBehind
	begin := time.Now()
	p, err := r.host.startChild(cmd)
	logs.started()
	if errors.Is(err, ErrClosed) {
		return nil, err
	}
	if err != nil {
		return nil, unavailable(fl.f.name, strings.Join(v.code.Exec, " ")+": "+err.Error(), "")
	}
	limit := time.NewTimer(v.code.Timeout)
	defer limit.Stop()
	var o outcome
	select {
	case <-p.ended():
		o.payload = bytes.TrimRight(out.bytes, "\r\n")
		switch isJSON := json.Valid(o.payload); {
		case out.over:
			o.fail(tooLargeType, resultTooLarge())
		case p.status() != "" && isJSON && errorTypeOf(o.payload) != "":
			o.fail(errorTypeOf(o.payload), o.payload)
		case p.status() != "":
			o.fail("Runtime.ExitError", exited(fl.in.RequestID, p.status()))
		case !isJSON:
			o.fail("Rehearse.NotJSON", platformError("Rehearse.NotJSON", "RequestId: "+fl.in.RequestID+" Error: "+
				fl.f.name+":"+v.name+" wrote to stdout what is not JSON: "+excerpt(o.payload)))
		}
		o.duration = time.Since(begin)
	case <-limit.C:
		p.kill()
		<-p.ended()
		o = outcome{payload: timedOut(fl.in.RequestID, v.code.Timeout), failed: true, status: "timeout",
			last: timedOutMessage(v.code.Timeout), duration: v.code.Timeout}
		passed(r.clock, v.code.Timeout)
	case <-r.ctx.Done():
		p.kill()
		return nil, ErrClosed
	}
	o.log = logs.take()
	return fl.result(o), nil
}

// fail makes o the outcome of a function that failed.
func (o *outcome) fail(errorType string, payload []byte) {
	o.failed, o.status, o.errorType, o.payload = true, "error", errorType, payload
}

func excerpt(b []byte) string {
	const most = 80
	if len(b) > most {
		return strconv.QuoteToGraphic(string(b[:most])) + "..."
	}
	return strconv.QuoteToGraphic(string(b))
}

// A limitedBuffer keeps what is written up to a limit, and takes the rest.
type limitedBuffer struct {
	bytes []byte
	limit int
	over  bool
}

func (l *limitedBuffer) Write(b []byte) (int, error) {
	if len(l.bytes)+len(b) > l.limit {
		l.over = true
		return len(b), nil
	}
	l.bytes = append(l.bytes, b...)
	return len(b), nil
}
