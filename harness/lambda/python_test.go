package lambda

import (
	"os"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/clock"
)

// needPython skips where there is none, and fails where there must be one.
func needPython(tb testing.TB) {
	tb.Helper()
	if _, ok := pythonProbe.try("python3"); !ok {
		skipOrFail(tb, "python3")
	}
}

func skipOrFail(tb testing.TB, name string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not here", name)
	}
	tb.Skipf("%s is not here", name)
}

func newHost(tb testing.TB) *Host {
	tb.Helper()
	h := NewHost(HostConfig{Logf: tb.Logf})
	tb.Cleanup(func() {
		if err := h.Close(); err != nil {
			tb.Errorf("Close() = %v", err)
		}
	})
	return h
}

// world makes a registry on a virtual clock.
func world(tb testing.TB, h *Host, functions ...Function) *Registry {
	tb.Helper()
	r, err := New(Config{Functions: functions, Host: h, Clock: clock.NewVirtual(someday)})
	if err != nil {
		tb.Fatalf("New() = %v", err)
	}
	tb.Cleanup(r.Close)
	return r
}

func python(name, code string) Function {
	return Function{Name: name, Code: Code{Runtime: "python3.13", Handler: "index.handler", Inline: code}}
}

func invoke(tb testing.TB, r *Registry, function, event string) *Result {
	tb.Helper()
	res, err := r.Invoke(tb.Context(), Invocation{Function: function, Payload: []byte(event), RequestID: "6f1c1a52-2b8a-4d53-9f3e-0d6c5a1e7b90"})
	if err != nil {
		tb.Fatalf("Invoke(%s, %s) = %v", function, event, err)
	}
	return res
}

func TestPython(t *testing.T) {
	needPython(t)
	h := newHost(t)
	tests := []struct {
		name, code, event string
		want              string // payload, exactly
		failed            bool
		log               string // part of it
	}{
		{
			name:  "a result is passed on as json.dumps spells it",
			code:  "def handler(event, context):\n    return [{'ID': 1, 'price': 3.0, 'text': 'é', 'nan': float('nan')}, event]",
			event: `{"b":1,"a":[1.50]}`,
			want:  `[{"ID": 1, "price": 3.0, "text": "é", "nan": NaN}, {"b": 1, "a": [1.5]}]`,
		},
		{
			name:   "an exception is an error with its stack as strings",
			code:   "def handler(event, context):\n    raise Exception('NotFoundError')",
			event:  `{}`,
			want:   `{"errorMessage": "NotFoundError", "errorType": "Exception", "requestId": "6f1c1a52-2b8a-4d53-9f3e-0d6c5a1e7b90", "stackTrace": ["  File \"/var/task/index.py\", line 2, in handler\n    raise Exception('NotFoundError')\n"]}`,
			failed: true,
			log:    "[ERROR] Exception: NotFoundError\nTraceback (most recent call last):\n  File \"/var/task/index.py\", line 2, in handler\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := world(t, h, python("F", tt.code))
			res := invoke(t, r, "F", tt.event)
			if got := string(res.Payload); got != tt.want {
				t.Errorf("payload = %s\nwant %s", got, tt.want)
			}
			if failed := res.FunctionError != ""; failed != tt.failed {
				t.Errorf("FunctionError = %q", res.FunctionError)
			}
			if !strings.Contains(res.Log, tt.log) {
				t.Errorf("log = %s\nwant %s in it", res.Log, tt.log)
			}
		})
	}
}
