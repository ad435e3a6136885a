package lambda

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
)

// What goes wrong with a runtime has its message, and the next call works.
func TestRuntimesThatGoWrong(t *testing.T) {
	h := newHost(t)
	tests := []struct {
		bootstrap string
		timeout   time.Duration // default 3 s
		want      string        // payload of the bad event
		failed    bool
		log       string // part of it
		recovers  string // payload of the next call; default "good"
	}{
		{
			bootstrap: "prints garbage and never answers", timeout: time.Second, failed: true,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.00 seconds"}`,
			log:  "2026-01-01T00:00:01.000Z " + id + " Task timed out after 1.00 seconds\n",
		},
		{
			bootstrap: "sends garbage", failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`,
			log:  "HTTP/1.1 400 Bad Request",
		},
		{
			bootstrap: "exits", failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 7"}`,
			log:  "Status: error\tError Type: Runtime.ExitError\n",
		},
		{
			bootstrap: "exits well", failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited without providing a reason"}`,
		},
		{
			bootstrap: "is killed", failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: signal: killed"}`,
		},
		{
			bootstrap: "forks and exits", failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 4"}`,
		},
		{bootstrap: "closes its connection", want: `"bad"`},
		{bootstrap: "asks and goes away", want: `"bad"`},
		{bootstrap: "answers twice", want: `"first"`},
		{bootstrap: "answers for another", want: `"yes"`, log: "answer: 400\n"},
		{
			bootstrap: "answers after its deadline", timeout: time.Second, failed: true,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.00 seconds"}`,
		},
		{bootstrap: "never asks again", want: `"last"`},
		{
			bootstrap: "exits in init", failed: true,
			want:     `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 9"}`,
			log:      "goodbye\n",
			recovers: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 9"}`,
		},
		{
			bootstrap: "fails in init", failed: true,
			want:     `{"errorMessage":"no database","errorType":"InitError"}`,
			log:      "Error Type: InitError\n",
			recovers: `{"errorMessage":"no database","errorType":"InitError"}`,
		},
		{
			bootstrap: "answers too much", failed: true,
			want: `{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}`,
		},
		{bootstrap: "streams", failed: true, want: `{"errorType":"Oops"}`, recovers: `"one two"`},
	}
	for _, tt := range tests {
		t.Run(tt.bootstrap, func(t *testing.T) {
			f := bootstrap("F", tt.bootstrap)
			f.Timeout = tt.timeout
			r := world(t, h, f)
			res := invoke(t, r, "F", `"bad"`)
			if got := string(res.Payload); got != tt.want {
				t.Errorf("payload = %s\nwant      %s", got, tt.want)
			}
			if failed := res.FunctionError != ""; failed != tt.failed {
				t.Errorf("FunctionError = %q, want failed %v", res.FunctionError, tt.failed)
			}
			if !strings.Contains(res.Log, tt.log) {
				t.Errorf("log = %s\nwant in it %s", res.Log, tt.log)
			}
			want := tt.recovers
			if want == "" {
				want = `"good"`
			}
			if got := string(invoke(t, r, "F", `"good"`).Payload); got != want {
				t.Errorf("the next call = %s, want %s", got, want)
			}
		})
	}
}

func TestCodeThatIsNotThere(t *testing.T) {
	h := newHost(t)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "plain", "bootstrap"), "#!/bin/sh\n", 0o644)
	write(t, filepath.Join(dir, "noformat", "bootstrap"), "\x01\x02\x03", 0o755)
	write(t, filepath.Join(dir, "empty", "other.py"), "", 0o644)
	tests := []struct {
		name, want string
		code       Code
	}{
		{
			name: "no bootstrap", code: Code{Runtime: "provided.al2023", Path: filepath.Join(dir, "empty")},
			want: `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + id + ` Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}`,
		},
		{
			name: "a bootstrap that is not executable", code: Code{Runtime: "provided.al2023", Path: filepath.Join(dir, "plain")},
			want: `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + id + ` Error: fork/exec /var/task/bootstrap: permission denied"}`,
		},
		{
			name: "a bootstrap that is no program", code: Code{Runtime: "provided.al2023", Path: filepath.Join(dir, "noformat")},
			want: `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: ` + id + ` Error: fork/exec /var/task/bootstrap: exec format error"}`,
		},
		{
			name: "no handler file of Python", code: Code{Runtime: "python3.12", Path: filepath.Join(dir, "empty")},
			want: `{"errorMessage": "Unable to import module 'lambda_function': No module named 'lambda_function'", "errorType": "Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.code.kind() == kindPython {
				needPython(t)
			}
			r := world(t, h, Function{Name: "F", Code: tt.code})
			for range 2 {
				res := invoke(t, r, "F", `{}`)
				if got := string(res.Payload); got != tt.want || res.FunctionError != "Unhandled" {
					t.Errorf("payload = %s\nwant      %s", got, tt.want)
				}
			}
		})
	}
	t.Run("no handler file of Node.js", func(t *testing.T) {
		needNode(t)
		r := world(t, h, Function{Name: "F", Code: Code{Runtime: "nodejs22.x", Path: filepath.Join(dir, "empty")}})
		res := invoke(t, r, "F", `{}`)
		want := `{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/index.mjs","trace":[`
		if !strings.HasPrefix(string(res.Payload), want) {
			t.Errorf("payload = %s\nwant      %s", res.Payload, want)
		}
		if !strings.Contains(res.Log, "hint: the handler index.handler wants a file of ") {
			t.Errorf("log = %s", res.Log)
		}
	})
}

func write(tb testing.TB, name, content string, mode os.FileMode) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), mode); err != nil {
		tb.Fatal(err)
	}
}

func TestPrograms(t *testing.T) {
	h := newHost(t)
	missing := func(c Code) error {
		r := world(t, h, Function{Name: "F", Code: c})
		_, err := r.Invoke(context.Background(), Invocation{Function: "F"})
		return err
	}
	for name, c := range map[string]Code{
		"a command that is not there":         {Command: []string{"no-such-program"}},
		"a program that is not there":         {Exec: []string{"./no-such-program"}},
		"an interpreter that is not there":    {Runtime: "python3.13", Inline: "x", Interpreter: "no-such-python"},
		"an endpoint where nobody listens":    {HTTP: "http://127.0.0.1:1"},
		"an interpreter that is not one":      {Runtime: "nodejs22.x", Inline: "x", Interpreter: "/bin/true"},
		"an interpreter that is a directory":  {Runtime: "nodejs22.x", Inline: "x", Interpreter: os.TempDir()},
		"an executable that is no program":    {Exec: []string{os.TempDir()}},
		"a command that is not an executable": {Command: []string{os.DevNull}},
	} {
		t.Run(name, func(t *testing.T) {
			err := missing(c)
			u, ok := errors.AsType[*UnavailableError](err)
			if !ok || u.Function != "F" || u.Reason == "" {
				t.Errorf("Invoke() = %v, want an UnavailableError of F", err)
			}
		})
	}
}

// A function that hangs longer than the integration waits goes on behind the
// caller's back, and its environment is free again when it has finished.
func TestIntegrationTimeout(t *testing.T) {
	clk := clock.NewVirtual(someday)
	f := bootstrap("F", "answers late")
	one := 1
	f.ReservedConcurrency = &one
	r, err := New(Config{Functions: []Function{f}, Host: newHost(t), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	invoke(t, r, "F", `"warm"`)
	call := func(event string) (*Result, error) {
		return r.Invoke(t.Context(), Invocation{Function: "F", Payload: []byte(event), Timeout: 100 * time.Millisecond, RequestID: id})
	}
	_, err = call(`"bad"`)
	if !errors.Is(err, ErrIntegrationTimeout) {
		t.Fatalf("Invoke() = %v, want ErrIntegrationTimeout", err)
	}
	for _, part := range []string{"F:$LATEST", id, "100ms"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("Invoke() = %v, want %s in it", err, part)
		}
	}
	if got := clk.Now().Sub(someday); got != 100*time.Millisecond {
		t.Errorf("the clock moved by %v, want 100ms", got)
	}
	if _, err := call(`"good"`); !errors.Is(err, ErrThrottled) {
		t.Errorf("Invoke() while the function goes on = %v, want ErrThrottled", err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		res, err := call(`"good"`)
		if err == nil && string(res.Payload) == `"good"` {
			if res.InitDuration != 0 {
				t.Error("the environment was replaced")
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("Invoke() = %v, want an answer", err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if calls := r.Calls("F"); string(calls[1].Result) != `"late"` {
		t.Errorf("the call that took too long = %s, want its late result", calls[1].Result)
	}
}

func TestContextOfTheCaller(t *testing.T) {
	r := world(t, newHost(t), bootstrap("F", "answers late"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := r.Invoke(ctx, Invocation{Function: "F", Payload: []byte(`"bad"`)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Invoke() = %v, want the context's error", err)
	}
}

// A module that takes longer than ten seconds is started again on the call's
// time; here with shorter times.
func TestSlowInit(t *testing.T) {
	r := world(t, newHost(t), bootstrap("F", "never initialises"))
	v := r.functions["F"].latest
	e, err := v.pool.take()
	if err != nil {
		t.Fatal(err)
	}
	e.initTime = 50 * time.Millisecond
	call := func() *apiCall {
		return &apiCall{id: id, event: []byte("{}"), timeout: time.Second, delivered: make(chan struct{}), answered: make(chan apiAnswer, 1)}
	}
	if o := e.invoke(t.Context(), call()); !o.slowInit || !o.discard {
		t.Errorf("invoke() = %+v, want slowInit", o)
	}
	v.pool.put(e, true)
	if e, err = v.pool.take(); err != nil {
		t.Fatal(err)
	}
	e.initTime, e.second = 50*time.Millisecond, true
	if o := e.invoke(t.Context(), call()); o.slowInit || o.status != "timeout" || !strings.Contains(string(o.payload), "Task timed out after 1.00 seconds") {
		t.Errorf("second invoke() = %+v, want a timeout", o)
	}
	v.pool.put(e, true)
}
