package lambda

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	awslambda "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/rehearse-api/rehearse/harness/clock"
)

var someday = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const requestID = "6f1c1a52-2b8a-4d53-9f3e-0d6c5a1e7b90"

// TestMain lets the test binary be a bootstrap: command: [test binary, bootstrap,
// what it does].
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "bootstrap" {
		bootstraps[os.Args[2]](newTestRuntime())
		os.Exit(0)
	}
	if len(os.Args) == 3 && os.Args[1] == "gateway" {
		runGateway(os.Args[2])
	}
	os.Exit(m.Run())
}

// bootstrap is a function whose runtime is this test binary.
func bootstrap(name, what string) Function {
	if bootstraps[what] == nil {
		panic("no bootstrap " + what)
	}
	return Function{Name: name, Code: Code{Command: []string{self(), "bootstrap", what}}}
}

func self() string {
	name, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return name
}

// A testRuntime is a client of the Runtime API that does as it is told.
type testRuntime struct{ base string }

func newTestRuntime() *testRuntime {
	return &testRuntime{"http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"}
}

func (t *testRuntime) next() (id string, event []byte) {
	resp, err := http.Get(t.base + "invocation/next")
	if err != nil {
		os.Exit(0)
	}
	defer resp.Body.Close()
	event, _ = io.ReadAll(resp.Body)
	return resp.Header.Get("Lambda-Runtime-Aws-Request-Id"), event
}

func (t *testRuntime) post(path, body string) int {
	resp, err := http.Post(t.base+path, "application/json", strings.NewReader(body))
	if err != nil {
		os.Exit(0)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func (t *testRuntime) respond(id, body string) int {
	return t.post("invocation/"+id+"/response", body)
}

// bootstraps are what runtimes do, good and bad. Most do it to the event "bad"
// and answer others.
var bootstraps = map[string]func(*testRuntime){
	"echo": func(t *testRuntime) {
		for {
			id, event := t.next()
			t.respond(id, string(event))
		}
	},
	"aws-lambda-go": func(*testRuntime) {
		awslambda.Start(func(ctx context.Context, event map[string]any) (any, error) {
			switch event["do"] {
			case "fail":
				return nil, errors.New("NotFoundError")
			case "panic":
				panic("at the disco")
			}
			c, _ := lambdacontext.FromContext(ctx)
			deadline, _ := ctx.Deadline()
			return map[string]any{
				"id": c.AwsRequestID, "arn": c.InvokedFunctionArn, "name": lambdacontext.FunctionName,
				"version": lambdacontext.FunctionVersion, "memory": lambdacontext.MemoryLimitInMB,
				"late": time.Until(deadline) > 3*time.Second, "event": event,
			}, nil
		})
	},
	"prints garbage and never answers": bad(func(*testRuntime, string) {
		fmt.Print("\x00\xff{{{ not a protocol\n")
		select {}
	}),
	"sends garbage": bad(func(t *testRuntime, id string) {
		c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
		if err != nil {
			os.Exit(1)
		}
		io.WriteString(c, "\x16\x03\x01 hello\r\n\r\n")
		io.Copy(os.Stdout, c)
		os.Exit(3)
	}),
	"exits":      bad(func(*testRuntime, string) { os.Exit(7) }),
	"exits well": bad(func(*testRuntime, string) { os.Exit(0) }),
	"is killed": bad(func(*testRuntime, string) {
		p, _ := os.FindProcess(os.Getpid())
		p.Kill()
		select {}
	}),
	"forks and exits": bad(func(*testRuntime, string) {
		cmd := exec.Command("sleep", "60")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			fmt.Println(err)
		}
		os.Exit(4)
	}),
	"closes its connection": func(t *testRuntime) {
		for {
			http.DefaultClient.CloseIdleConnections()
			id, event := t.next()
			http.DefaultClient.CloseIdleConnections()
			t.respond(id, string(event))
		}
	},
	"asks and goes away": func(t *testRuntime) {
		for {
			c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
			if err != nil {
				os.Exit(0)
			}
			io.WriteString(c, "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
			c.Close()
			time.Sleep(20 * time.Millisecond)
			id, event := t.next()
			t.respond(id, string(event))
		}
	},
	"answers twice": bad(func(t *testRuntime, id string) {
		t.respond(id, `"first"`)
		fmt.Println("second answer:", t.respond(id, `"second"`))
	}),
	"answers for another": bad(func(t *testRuntime, id string) {
		fmt.Println("answer:", t.respond("11111111-2222-3333-4444-555555555555", `"no"`))
		t.respond(id, `"yes"`)
	}),
	"answers after its deadline": bad(func(t *testRuntime, id string) {
		time.Sleep(1500 * time.Millisecond)
		t.respond(id, `"too late"`)
	}),
	"answers late": bad(func(t *testRuntime, id string) {
		time.Sleep(300 * time.Millisecond)
		t.respond(id, `"late"`)
	}),
	"never asks again": bad(func(t *testRuntime, id string) {
		t.respond(id, `"last"`)
		select {}
	}),
	"exits in init": func(*testRuntime) { fmt.Println("goodbye"); os.Exit(9) },
	"fails in init": func(t *testRuntime) {
		t.post("init/error", `{"errorMessage":"no database","errorType":"InitError"}`)
		os.Exit(1)
	},
	"never initialises": func(*testRuntime) { select {} },
	"answers too much": bad(func(t *testRuntime, id string) {
		fmt.Println("answer:", t.respond(id, `"`+strings.Repeat("x", maxResult)+`"`))
	}),
	"streams": func(t *testRuntime) {
		for {
			id, event := t.next()
			c, err := net.Dial("tcp", os.Getenv("AWS_LAMBDA_RUNTIME_API"))
			if err != nil {
				os.Exit(0)
			}
			io.WriteString(c, "POST /2018-06-01/runtime/invocation/"+id+"/response HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"+
				"Lambda-Runtime-Function-Response-Mode: streaming\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n")
			io.WriteString(c, "5\r\n\"one \r\n4\r\ntwo\"\r\n0\r\n")
			if string(event) == `"bad"` {
				io.WriteString(c, "Lambda-Runtime-Function-Error-Type: Oops\r\nLambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJPb3BzIn0=\r\n")
			}
			io.WriteString(c, "\r\n")
			bufio.NewReader(c).ReadString('\n')
			c.Close()
		}
	},
	"environment": func(t *testRuntime) {
		for {
			id, _ := t.next()
			dir, _ := os.Getwd()
			b, _ := json.Marshal(map[string]any{"env": os.Environ(), "dir": dir})
			t.respond(id, string(b))
		}
	},
}

// bad is a runtime that answers all events but "bad".
func bad(do func(t *testRuntime, id string)) func(*testRuntime) {
	return func(t *testRuntime) {
		for {
			id, event := t.next()
			if string(event) == `"bad"` {
				do(t, id)
				continue
			}
			t.respond(id, string(event))
		}
	}
}

func skipOrFail(tb testing.TB, name string) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("%s is not here", name)
	}
	tb.Skipf("%s is not here", name)
}

// needPython skips where there is none, and fails where there must be one.
func needPython(tb testing.TB) {
	tb.Helper()
	if _, ok := pythonProbe.try("python3"); !ok {
		skipOrFail(tb, "python3")
	}
}

func needNode(tb testing.TB) {
	tb.Helper()
	if _, ok := nodeProbe.try("node"); !ok {
		skipOrFail(tb, "node")
	}
}

func newHost(tb testing.TB) *Host {
	tb.Helper()
	return hostWith(tb, HostConfig{})
}

func hostWith(tb testing.TB, c HostConfig) *Host {
	tb.Helper()
	if c.Logf == nil {
		c.Logf = tb.Logf
	}
	h := NewHost(c)
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

func invoke(tb testing.TB, r *Registry, function, event string) *Result {
	tb.Helper()
	res, err := r.Invoke(context.Background(), Invocation{Function: function, Payload: []byte(event), RequestID: requestID})
	if err != nil {
		tb.Fatalf("Invoke(%s, %s) = %v", function, event, err)
	}
	return res
}

// A call is a row of a runtime's table: an event, and what Lambda answers.
type callTest struct {
	name    string
	code    string
	handler string // default index.handler
	event   string // default {}
	want    string // payload; begins with ~: part of it
	failed  bool
	log     string // part of it
}

func testCalls(t *testing.T, h *Host, runtime string, tests []callTest) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.handler == "" {
				tt.handler = "index.handler"
			}
			if tt.event == "" {
				tt.event = "{}"
			}
			r := world(t, h, Function{Name: "F", Code: Code{Runtime: runtime, Handler: tt.handler, Inline: tt.code}})
			res := invoke(t, r, "F", tt.event)
			got := string(res.Payload)
			if part, ok := strings.CutPrefix(tt.want, "~"); ok && !strings.Contains(got, part) || !ok && got != tt.want {
				t.Errorf("payload = %s\nwant      %s", got, tt.want)
			}
			if failed := res.FunctionError != ""; failed != tt.failed {
				t.Errorf("FunctionError = %q, want failed %v", res.FunctionError, tt.failed)
			}
			if !strings.Contains(res.Log, tt.log) {
				t.Errorf("log = %s\nwant in it %s", res.Log, tt.log)
			}
		})
	}
}
