package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A Go function built with AWS's own library runs unchanged.
func TestAWSLambdaGo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a bootstrap is a program of a Unix")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bootstrap"), "#!/bin/sh\nexec "+self()+" bootstrap aws-lambda-go\n", 0o755)
	f := Function{Name: "F", Code: Code{Runtime: "provided.al2023", Path: dir, Timeout: 5 * time.Second, MemorySize: 256}}
	f.Versions = map[string]Code{"4": {}}
	f.Aliases = map[string]Alias{"prod": {Version: "4"}}
	r := world(t, newHost(t), f)
	res := invoke(t, r, "F:prod", `{"a":1}`)
	want := `{"arn":"arn:aws:lambda:us-east-1:123456789012:function:F:prod","event":{"a":1},"id":"` + id + `","late":true,"memory":256,"name":"F","version":"4"}`
	if string(res.Payload) != want {
		t.Errorf("payload = %s\nwant      %s", res.Payload, want)
	}
	res = invoke(t, r, "F:prod", `{"do":"fail"}`)
	if want := `{"errorMessage":"NotFoundError","errorType":"errorString"}`; string(res.Payload) != want || res.FunctionError != "Unhandled" {
		t.Errorf("payload = %s, want %s", res.Payload, want)
	}
	res = invoke(t, r, "F:prod", `{"do":"panic"}`)
	if !strings.HasPrefix(string(res.Payload), `{"errorMessage":"at the disco","errorType":"string","stackTrace":[`) {
		t.Errorf("payload = %s", res.Payload)
	}
	if got := string(invoke(t, r, "F:prod", `{"b":2}`).Payload); !strings.Contains(got, `"event":{"b":2}`) {
		t.Errorf("after a panic: %s", got)
	}
}

func TestExec(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the programs are a Unix's")
	}
	h := newHost(t)
	sh := func(script string) Code { return Code{Exec: []string{"sh", "-c", script}, Timeout: time.Second} }
	tests := []struct {
		name   string
		code   Code
		want   string
		failed bool
		log    string
	}{
		{name: "the event is stdin, the result stdout", code: Code{Exec: []string{"cat"}}, want: `{"a": 1.0}`},
		{name: "stderr is the log, the end of a line no result", code: sh(`echo hello >&2; echo '[1]'`), want: `[1]`, log: "hello\nEND"},
		{
			name: "what is not JSON is an error", code: sh(`echo garbage`), failed: true,
			want: `{"errorType":"Rehearse.NotJSON","errorMessage":"RequestId: ` + id + ` Error: F:$LATEST wrote to stdout what is not JSON: \"garbage\""}`,
		},
		{
			name: "a status other than 0 is an error", code: sh(`echo '{}'; exit 3`), failed: true,
			want: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + id + ` Error: Runtime exited with error: exit status 3"}`,
		},
		{
			name: "an error may be written", code: sh(`echo '{"errorMessage":"no","errorType":"Oops"}'; exit 1`), failed: true,
			want: `{"errorMessage":"no","errorType":"Oops"}`, log: "Error Type: Oops",
		},
		{
			name: "it is killed at its timeout", code: sh(`sleep 60`), failed: true,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.00 seconds"}`,
		},
		{name: "what it leaves behind does not hold it up", code: sh(`sleep 60 & echo 1`), want: `1`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begin := time.Now()
			r := world(t, h, Function{Name: "F", Code: tt.code})
			res := invoke(t, r, "F", `{"a": 1.0}`)
			if string(res.Payload) != tt.want || (res.FunctionError != "") != tt.failed {
				t.Errorf("payload = %s, %q\nwant      %s", res.Payload, res.FunctionError, tt.want)
			}
			if !strings.Contains(res.Log, tt.log) {
				t.Errorf("log = %s\nwant in it %s", res.Log, tt.log)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestHTTP(t *testing.T) {
	var got *http.Request
	var event string
	answer := func(w http.ResponseWriter) { io.WriteString(w, `{"a": 1.0}`) }
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, event = r, string(b)
		answer(w)
	}))
	defer server.Close()
	f := Function{Name: "F", Code: Code{HTTP: server.URL, Timeout: time.Second}}
	f.Aliases = map[string]Alias{"prod": {Version: "$LATEST"}}
	r := world(t, newHost(t), f)

	res := invoke(t, r, "F:prod", `{"x":1}`)
	if string(res.Payload) != `{"a": 1.0}` || event != `{"x":1}` {
		t.Errorf("event %s, payload %s", event, res.Payload)
	}
	if got.URL.String() != "/2015-03-31/functions/F/invocations?Qualifier=prod" || got.Method != "POST" || got.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" {
		t.Errorf("request %s %s %v", got.Method, got.URL, got.Header)
	}
	answer = func(w http.ResponseWriter) {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		w.Header().Set("X-Amz-Log-Result", "aGVsbG8K")
		io.WriteString(w, `{"errorMessage":"no"}`)
	}
	if res = invoke(t, r, "F", `{}`); res.FunctionError != "Unhandled" || !strings.Contains(res.Log, "hello\n") {
		t.Errorf("result %+v", res)
	}
	answer = func(w http.ResponseWriter) { io.WriteString(w, `{"errorMessage":"no","errorType":"Oops"}`) }
	if res = invoke(t, r, "F", `{}`); res.FunctionError != "Unhandled" {
		t.Errorf("an error object without the header: %+v", res)
	}
	answer = func(w http.ResponseWriter) { io.WriteString(w, `{"errorMessage":"no","statusCode":200}`) }
	if res = invoke(t, r, "F", `{}`); res.FunctionError != "" {
		t.Errorf("an object that has errorMessage among others: %+v", res)
	}
	for status, want := range map[int]error{404: ErrNoFunction, 403: ErrNoPermission, 429: ErrThrottled, 400: ErrNotJSON, 413: ErrTooLarge} {
		answer = func(w http.ResponseWriter) { w.WriteHeader(status) }
		if _, err := r.Invoke(t.Context(), Invocation{Function: "F"}); !errors.Is(err, want) {
			t.Errorf("status %d: %v, want %v", status, err, want)
		}
	}
	answer = func(w http.ResponseWriter) { w.WriteHeader(502) }
	if _, err := r.Invoke(t.Context(), Invocation{Function: "F"}); func() bool { _, ok := errors.AsType[*UnavailableError](err); return !ok }() {
		t.Errorf("status 502: %v, want an UnavailableError", err)
	}
	release := make(chan struct{})
	answer = func(http.ResponseWriter) { <-release }
	if res = invoke(t, r, "F", `{}`); !strings.Contains(string(res.Payload), "Task timed out after 1.00 seconds") {
		t.Errorf("a silent endpoint: %s", res.Payload)
	}
	close(release)
}

// The headers of the Runtime API, as a runtime sees them.
func TestRuntimeAPIHeaders(t *testing.T) {
	needPython(t)
	code := `
import http.client, os, sys
def handler(event, context):
    return [os.environ.get("_X_AMZN_TRACE_ID"), context.client_context and context.client_context.custom]`
	r := world(t, newHost(t), python("F", code))
	res, err := r.Invoke(t.Context(), Invocation{Function: "F", TraceID: "Root=1-5759e988-bd862e3fe1be46a994272793\r\nEvil: 1", ClientContext: "eyJjdXN0b20iOnsiYSI6MX19"})
	if err != nil {
		t.Fatal(err)
	}
	var got []any
	if err := json.Unmarshal(res.Payload, &got); err != nil || fmt.Sprint(got) != "[Root=1-5759e988-bd862e3fe1be46a994272793Evil: 1 map[a:1]]" {
		t.Errorf("payload = %s", res.Payload)
	}
	if res = invoke(t, r, "F", `{}`); string(res.Payload) != "[null, null]" {
		t.Errorf("without a trace: %s", res.Payload)
	}
}
