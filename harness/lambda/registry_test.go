package lambda

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

func value(tb testing.TB, text string) any {
	tb.Helper()
	v, err := ordered.ParseString(text)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// static is a function that answers result to every event.
func static(tb testing.TB, name, result string) Function {
	return Function{Name: name, Code: Code{Static: []StaticAnswer{{Result: value(tb, result)}}}}
}

func TestParseName(t *testing.T) {
	tests := []struct{ in, name, qualifier string }{
		{"F", "F", ""},
		{"F:1", "F", "1"},
		{"F:$LATEST", "F", "$LATEST"},
		{"123456789012:function:F", "F", ""},
		{"123456789012:function:F:prod", "F", "prod"},
		{"arn:aws:lambda:us-west-2:123456789012:function:F", "F", ""},
		{"arn:aws:lambda:us-west-2:123456789012:function:F:prod", "F", "prod"},
		{"arn:aws:lambda", "arn", "aws:lambda"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if name, qualifier := ParseName(tt.in); name != tt.name || qualifier != tt.qualifier {
			t.Errorf("ParseName(%q) = %q, %q, want %q, %q", tt.in, name, qualifier, tt.name, tt.qualifier)
		}
	}
}

func TestLike(t *testing.T) {
	const arn = "arn:aws:execute-api:us-west-2:123456789012:ab12cd34ef/dev/GET/items/{ID}"
	tests := []struct {
		pattern string
		want    bool
	}{
		{arn, true},
		{"arn:aws:execute-api:us-west-2:123456789012:ab12cd34ef/*/GET/items/*", true},
		{"arn:aws:execute-api:us-west-2:123456789012:ab12cd34ef/*/GET/items", false},
		{"arn:aws:execute-api:us-west-2:123456789012:ab12cd34ef/*/POST/items/*", false},
		{"arn:aws:execute-api:*:*:*/dev/GET/*", true},
		{"arn:aws:execute-api:us-west-?:123456789012:ab12cd34ef/dev/GET/items/{ID}", true},
		{"*", true},
		{"", false},
		{arn + "?", false},
		{"ARN:*", false},
	}
	for _, tt := range tests {
		if got := like(tt.pattern, arn); got != tt.want {
			t.Errorf("like(%q) = %v, want %v", tt.pattern, got, tt.want)
		}
	}
}

func TestProblemsAreAllReported(t *testing.T) {
	bad := -1
	_, err := New(Config{Functions: []Function{
		{Name: "No spaces", Code: Code{Static: []StaticAnswer{{}}}},
		{Name: "A"},
		{Name: "B", Code: Code{Runtime: "java21", Path: os.TempDir()}},
		{Name: "C", Code: Code{Runtime: "python3.13"}},
		{Name: "D", Code: Code{Runtime: "python3.13", Path: "no/such/folder", Inline: "x"}},
		{Name: "E", Code: Code{Static: []StaticAnswer{{}}, Timeout: 901 * time.Second, MemorySize: 64}},
		{Name: "F", Code: Code{Exec: []string{"true"}, Environment: map[string]string{"AWS_REGION": "x", "9": "y"}}},
		{
			Name: "G", Code: Code{Static: []StaticAnswer{{}}}, ReservedConcurrency: &bad,
			Versions: map[string]Code{"1": {}, "one": {}},
			Aliases: map[string]Alias{
				"7": {Version: "1"}, "gone": {Version: "2"}, "heavy": {Version: "1", Weights: map[string]float64{"3": 1.5}},
				"latest": {Version: "$LATEST", Weights: map[string]float64{"1": 0.5}},
			},
		},
		{Name: "A", Code: Code{HTTP: "ftp://x"}},
		{Name: "H", Code: Code{HTTP: "https://lambda.us-east-1.amazonaws.com", Layers: []string{"no/layer"}}},
	}})
	if err == nil {
		t.Fatal("New() took it all")
	}
	for _, want := range []string{
		`functions: "No spaces" is no function name`,
		"functions.A: nothing says what runs",
		"functions.B: runtime java21 is not run here",
		"functions.C: no path and no code",
		"functions.D: says more than once what runs",
		"functions.D: path: no folder no/such/folder",
		"functions.E: timeout is 15m1s, want 1 to 900 seconds",
		"functions.E: memorySize is 64, want 128 to 10240 MB",
		"functions.F: environment: AWS_REGION is Lambda's own",
		`functions.F: environment: "9" is no name of a variable`,
		`functions.G.versions: "one" is no version`,
		`functions.G.aliases: "7" is no alias name`,
		`functions.G.aliases.gone: version "2" is not there`,
		`functions.G.aliases.heavy: weights: version "3" is not there`,
		"functions.G.aliases.heavy: weights: 1.5 is no share",
		"functions.G.aliases.latest: $LATEST cannot be weighted",
		"functions.G: reservedConcurrency is -1",
		"functions.A is there twice",
		"functions.H: http: https://lambda.us-east-1.amazonaws.com is AWS itself",
		"functions.H: layers: no folder no/layer",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("New() says nothing of: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestStaticAnswers(t *testing.T) {
	f := Function{Name: "F", Code: Code{Runtime: "python3.13", Static: []StaticAnswer{
		{Event: value(t, `{"a":{"b":1}}`), Result: value(t, `{"z":1,"price":3.0,"a":[]}`)},
		{Event: value(t, `{"a":[1,2]}`), Error: &StaticError{Message: "NotFoundError", Type: "LookupError"}},
		{Event: value(t, `{"slow":true}`), Result: value(t, `"slow"`), Delay: 2 * time.Second},
		{Event: value(t, `{"slower":true}`), Result: value(t, `"slower"`), Delay: 4 * time.Second},
	}}}
	tests := []struct {
		event, want string
		failed      bool
		took        time.Duration
	}{
		{event: `{"x":0,"a":{"c":2,"b":1.0}}`, want: `{"z":1,"price":3.0,"a":[]}`},
		{
			event: `{"a":[1,2]}`, failed: true,
			want: `{"errorMessage": "NotFoundError", "errorType": "LookupError", "requestId": "` + id + `", "stackTrace": []}`,
		},
		{
			event: `{"a":[1,2,3]}`, failed: true,
			want: `{"errorMessage": "none of the static answers of F is for this event", "errorType": "Rehearse.NoStaticAnswer", "requestId": "` + id + `", "stackTrace": []}`,
		},
		{event: `{"slow":true}`, want: `"slow"`, took: 2 * time.Second},
		{
			event: `{"slower":true}`, failed: true, took: 3 * time.Second,
			want: `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + id + ` Error: Task timed out after 3.00 seconds"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.event, func(t *testing.T) {
			clk := clock.NewVirtual(someday)
			r, err := New(Config{Functions: []Function{f}, Clock: clk})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			res := invoke(t, r, "F", tt.event)
			if string(res.Payload) != tt.want || (res.FunctionError != "") != tt.failed {
				t.Errorf("payload = %s, %q\nwant %s", res.Payload, res.FunctionError, tt.want)
			}
			if took := clk.Now().Sub(someday); took != tt.took {
				t.Errorf("the clock moved by %v, want %v", took, tt.took)
			}
		})
	}
}

func TestDelays(t *testing.T) {
	tests := []struct {
		name        string
		delay       time.Duration
		timeout     time.Duration // of the function
		integration time.Duration
		want        string // part of the payload
		overrun     bool   // ErrIntegrationTimeout
		moved       time.Duration
	}{
		{name: "a delay passes", delay: 2 * time.Second, timeout: 3 * time.Second, integration: 29 * time.Second, want: `"ok"`, moved: 2 * time.Second},
		{name: "the function's timeout ends it", delay: 31 * time.Second, timeout: 3 * time.Second, integration: 29 * time.Second, want: "Task timed out after 3.00 seconds", moved: 3 * time.Second},
		{name: "the integration's timeout ends it", delay: 31 * time.Second, timeout: 60 * time.Second, integration: 29 * time.Second, overrun: true, moved: 29 * time.Second},
		{name: "without an integration it takes its time", delay: 31 * time.Second, timeout: 60 * time.Second, want: `"ok"`, moved: 31 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			clk := clock.NewVirtual(someday)
			f := static(t, "F", `"ok"`)
			f.Timeout = tt.timeout
			r, err := New(Config{Functions: []Function{f}, Clock: clk})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.SetDelay("F", tt.delay); err != nil {
				t.Fatal(err)
			}
			res, err := r.Invoke(t.Context(), Invocation{Function: "F", Timeout: tt.integration})
			if errors.Is(err, ErrIntegrationTimeout) != tt.overrun {
				t.Errorf("Invoke() = %v", err)
			}
			if err == nil && !strings.Contains(string(res.Payload), tt.want) {
				t.Errorf("payload = %s, want %s", res.Payload, tt.want)
			}
			if moved := clk.Now().Sub(someday); moved != tt.moved {
				t.Errorf("the clock moved by %v, want %v", moved, tt.moved)
			}
			if calls := r.Calls("F"); len(calls) != 1 {
				t.Errorf("%d calls, want 1", len(calls))
			}
		})
	}
}

func TestQualifiers(t *testing.T) {
	f := static(t, "F", `"latest"`)
	f.Versions = map[string]Code{"1": {Static: []StaticAnswer{{Result: "one"}}}, "2": {}}
	f.Aliases = map[string]Alias{
		"prod": {Version: "1"}, "dev": {Version: "$LATEST"},
		"canary": {Version: "1", Weights: map[string]float64{"2": 0.1}},
	}
	draws := []float64{0.5, 0.05, 0.1, 0.0999}
	r, err := New(Config{Functions: []Function{f}, Clock: clock.NewVirtual(someday), Rand: func() float64 {
		d := draws[0]
		draws = draws[1:]
		return d
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	tests := []struct {
		qualifier, want, version string
		err                      error
	}{
		{"", `"latest"`, "$LATEST", nil},
		{"$LATEST", `"latest"`, "$LATEST", nil},
		{"1", `"one"`, "1", nil},
		{"2", `"latest"`, "2", nil},
		{"prod", `"one"`, "1", nil},
		{"dev", `"latest"`, "$LATEST", nil},
		{"Prod", "", "", ErrNoAlias},
		{"3", "", "", ErrNoAlias},
		{"canary", `"latest"`, "2", nil}, // 0.05; New has drawn 0.5
		{"canary", `"one"`, "1", nil},    // 0.1
		{"canary", `"latest"`, "2", nil}, // 0.0999
	}
	for _, tt := range tests {
		res, err := r.Invoke(t.Context(), Invocation{Function: "arn:aws:lambda:us-east-1:123456789012:function:F", Qualifier: tt.qualifier})
		if !errors.Is(err, tt.err) {
			t.Errorf("Invoke(F:%s) = %v, want %v", tt.qualifier, err, tt.err)
		}
		if err == nil && (string(res.Payload) != tt.want || res.Version != tt.version) {
			t.Errorf("Invoke(F:%s) = %s of %s, want %s of %s", tt.qualifier, res.Payload, res.Version, tt.want, tt.version)
		}
	}
	if _, err := r.Invoke(t.Context(), Invocation{Function: "f"}); !errors.Is(err, ErrNoFunction) {
		t.Errorf("Invoke(f) = %v, want ErrNoFunction: names are case-sensitive", err)
	}
}

func TestWeightsAreDrawnFromTheSeed(t *testing.T) {
	f := static(t, "F", `1`)
	f.Versions = map[string]Code{"1": {}, "2": {}}
	f.Aliases = map[string]Alias{"prod": {Version: "1", Weights: map[string]float64{"2": 0.3}}}
	run := func(seed uint64) (versions []string) {
		r, err := New(Config{Functions: []Function{f}, Rand: rand.New(rand.NewPCG(seed, 0)).Float64})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		for range 1000 {
			res, err := r.Invoke(t.Context(), Invocation{Function: "F", Qualifier: "prod"})
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, res.Version)
		}
		return versions
	}
	a, b, c := run(1), run(1), run(2)
	if !slices.Equal(a, b) {
		t.Error("the same seed gives other versions")
	}
	if slices.Equal(a, c) {
		t.Error("another seed gives the same versions")
	}
	n := 0
	for _, v := range a {
		if v == "2" {
			n++
		}
	}
	if n < 250 || n > 350 {
		t.Errorf("version 2 ran %d times of 1000, want about 300", n)
	}
}

func TestPermissions(t *testing.T) {
	f := static(t, "F", `1`)
	f.Aliases = map[string]Alias{"prod": {Version: "$LATEST"}, "dev": {Version: "$LATEST"}}
	f.Permissions = []Permission{
		{Qualifier: "prod", Principal: "apigateway.amazonaws.com", SourceARN: "arn:aws:execute-api:us-east-1:123456789012:api/*/GET/items"},
		{Qualifier: "dev", Principal: "events.amazonaws.com"},
	}
	open := static(t, "Open", `1`)
	closed := static(t, "Closed", `1`)
	closed.Permissions = []Permission{}
	r := world(t, newHost(t), f, open, closed)
	const arn = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/items"
	tests := []struct {
		function, qualifier, source string
		want                        bool
	}{
		{"F", "prod", arn, true},
		{"F", "prod", arn + "/7", false},
		{"F", "dev", arn, false}, // another principal
		{"F", "", arn, false},    // a grant on an alias does not cover the function
		{"F", "$LATEST", arn, false},
		{"F", "prod", "", true}, // not an API: a role was given, function policies are not asked
		{"Open", "", arn, true},
		{"Closed", "", arn, false},
	}
	for _, tt := range tests {
		_, err := r.Invoke(t.Context(), Invocation{Function: tt.function, Qualifier: tt.qualifier, SourceARN: tt.source})
		if tt.want && err != nil || !tt.want && !errors.Is(err, ErrNoPermission) {
			t.Errorf("Invoke(%s:%s) from %s = %v, want allowed %v", tt.function, tt.qualifier, tt.source, err, tt.want)
		}
	}
}

func TestPayloads(t *testing.T) {
	r := world(t, newHost(t), static(t, "F", `1`))
	big := []byte(`"` + strings.Repeat("x", 6<<20-2) + `"`)
	tests := []struct {
		name    string
		payload []byte
		async   bool
		want    error
	}{
		{"nothing is an empty object", nil, false, nil},
		{"6 MB are taken", big, false, nil},
		{"more are not", append(big, ' '), false, ErrTooLarge},
		{"1 MB is taken asynchronously", big[:0], true, nil},
		{"more is not taken asynchronously", big, true, ErrTooLarge},
		{"what is not JSON", []byte(`{"ID": abc}`), false, ErrNotJSON},
		{"two values", []byte(`1 2`), false, ErrNotJSON},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := r.Invoke(t.Context(), Invocation{Function: "F", Payload: tt.payload, Async: tt.async}); !errors.Is(err, tt.want) {
				t.Errorf("Invoke() = %v, want %v", err, tt.want)
			}
		})
	}
	if calls := r.Calls("F"); string(calls[0].Payload) != "{}" {
		t.Errorf("the event of an empty payload = %s, want {}", calls[0].Payload)
	}
}

// One call at a time in an environment, as many environments as calls.
func TestConcurrency(t *testing.T) {
	two := 2
	f := bootstrap("F", "answers late")
	f.ReservedConcurrency = &two
	g := static(t, "Never", `1`)
	zero := 0
	g.ReservedConcurrency = &zero
	r := world(t, newHost(t), f, g)
	var wg sync.WaitGroup
	var mu sync.Mutex
	throttled, cold := 0, 0
	for range 5 {
		wg.Go(func() {
			res, err := r.Invoke(context.Background(), Invocation{Function: "F", Payload: []byte(`"bad"`)})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ErrThrottled):
				throttled++
			case err != nil:
				t.Errorf("Invoke() = %v", err)
			case res.InitDuration > 0:
				cold++
			}
		})
	}
	wg.Wait()
	if throttled != 3 || cold != 2 {
		t.Errorf("%d throttled and %d cold starts, want 3 and 2", throttled, cold)
	}
	if res := invoke(t, r, "F", `1`); res.InitDuration != 0 {
		t.Error("a free environment was not used again")
	}
	if _, err := r.Invoke(t.Context(), Invocation{Function: "Never"}); !errors.Is(err, ErrThrottled) {
		t.Errorf("a reservedConcurrency of 0: Invoke() = %v, want ErrThrottled", err)
	}
}

func TestSettings(t *testing.T) {
	needPython(t)
	f := python("F", "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return ['config', context.function_version, n]")
	f.Aliases = map[string]Alias{"prod": {Version: "$LATEST"}}
	r := world(t, newHost(t), f)
	check := func(qualifier, want string) {
		t.Helper()
		res, err := r.Invoke(t.Context(), Invocation{Function: "F", Qualifier: qualifier})
		if err != nil {
			t.Fatalf("Invoke(F:%s) = %v", qualifier, err)
		}
		if got := string(res.Payload); got != want {
			t.Errorf("Invoke(F:%s) = %s, want %s", qualifier, got, want)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check("", `["config", "$LATEST", 1]`)
	check("prod", `["config", "$LATEST", 2]`) // an alias has no environments of its own
	version, err := r.Publish("F", "1")
	must(err)
	if version != "1" {
		t.Errorf("Publish() = %s, want 1", version)
	}
	check("1", `["config", "1", 1]`) // a version has
	if again, err := r.Publish("F", ""); err != nil || again != "1" {
		t.Errorf("Publish() without a change = %s, %v, want 1", again, err)
	}
	if _, err := r.Publish("F", "2"); err == nil {
		t.Error("Publish(2) without a change is taken")
	}
	must(r.SetCode("F", "def handler(event, context):\n    return ['new', context.function_version]"))
	check("", `["new", "$LATEST"]`)
	check("1", `["config", "1", 2]`)
	if _, err := r.Publish("F", "3"); err == nil {
		t.Error("Publish(3) is taken where 2 is next")
	}
	if version, err = r.Publish("F", "2"); err != nil || version != "2" {
		t.Errorf("Publish(2) = %s, %v", version, err)
	}
	must(r.SetAlias("F", "prod", "2"))
	check("prod", `["new", "2"]`)
	must(r.SetAlias("F", "beta", "1"))
	check("beta", `["config", "1", 3]`)
	if err := r.SetAlias("F", "prod", "9"); !errors.Is(err, ErrNoAlias) {
		t.Errorf("SetAlias(prod, 9) = %v, want ErrNoAlias", err)
	}
	if err := r.SetAlias("F", "77", "1"); err == nil {
		t.Error("SetAlias(77) is taken")
	}
	must(r.SetAnswer("F", []byte(`{ "a": 1.0 }`)))
	check("1", `{ "a": 1.0 }`)
	must(r.SetFailure("F", "NotFoundError"))
	res := invoke(t, r, "F", `{}`)
	if want := `{"errorMessage": "NotFoundError", "errorType": "Exception", "requestId": "` + id + `", "stackTrace": []}`; string(res.Payload) != want || res.FunctionError != "Unhandled" {
		t.Errorf("after SetFailure: %s, want %s", res.Payload, want)
	}
	if err := r.SetAnswer("F", []byte(`{`)); err == nil {
		t.Error("SetAnswer({) is taken")
	}
	if err := r.SetAnswer("f", []byte(`{}`)); !errors.Is(err, ErrNoFunction) || !strings.Contains(err.Error(), "did you mean F?") {
		t.Errorf("SetAnswer(f) = %v, want ErrNoFunction and the nearest name", err)
	}
	versions := r.Functions()[0].Versions
	if len(versions) != 2 {
		t.Errorf("Functions() has versions %v, want 1 and 2", versions)
	}
	must(r.Delete("F"))
	if _, err := r.Invoke(t.Context(), Invocation{Function: "F", Qualifier: "1"}); !errors.Is(err, ErrNoFunction) {
		t.Errorf("Invoke() after Delete = %v, want ErrNoFunction", err)
	}
	r.Reset()
	check("", `["config", "$LATEST", 1]`)
	check("prod", `["config", "$LATEST", 2]`)
	if calls := r.Calls("F"); len(calls) != 2 {
		t.Errorf("%d calls after Reset, want 2", len(calls))
	}
}

func TestPublishedFoldersDoNotChange(t *testing.T) {
	needPython(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "lambda_function.py")
	write(t, file, "def lambda_handler(event, context):\n    return 1", 0o644)
	write(t, filepath.Join(dir, "sub", "data"), "x", 0o600)
	h := newHost(t)
	f := Function{Name: "F", Code: Code{Runtime: "python3.13", Path: dir}}
	r := world(t, h, f)
	if got := string(invoke(t, r, "F", `{}`).Payload); got != "1" {
		t.Errorf("$LATEST = %s, want 1", got)
	}
	if _, err := r.Publish("F", ""); err != nil {
		t.Fatal(err)
	}
	write(t, file, "def lambda_handler(event, context):\n    return 2", 0o644) // as long as before, in the same second
	if got := r.Reload(filepath.Join(dir, "other.py")); !slices.Equal(got, []string{"F"}) {
		t.Errorf("Reload() = %v, want F", got)
	}
	if got := r.Reload(filepath.Join(filepath.Dir(dir), "other.py")); got != nil {
		t.Errorf("Reload() of a file beside the folder = %v", got)
	}
	if got := string(invoke(t, r, "F", `{}`).Payload); got != "2" {
		t.Errorf("$LATEST after the change = %s, want 2", got)
	}
	if got := string(invoke(t, r, "F:1", `{}`).Payload); got != "1" {
		t.Errorf("version 1 after the change = %s, want 1", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "__pycache__")); err == nil {
		t.Error("running the code left __pycache__ in its folder")
	}
}

// What happens in one world is not seen in another.
func TestWorldsAreApart(t *testing.T) {
	needPython(t)
	h := newHost(t)
	count := "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n"
	shared := python("Shared", count)
	shared.Shared = true
	functions := []Function{python("Own", count), shared}
	for i := range 3 {
		r := world(t, h, functions...)
		for n := range 2 {
			if got, want := string(invoke(t, r, "Own", `{}`).Payload), fmt.Sprint(n+1); got != want {
				t.Errorf("world %d, call %d of Own = %s, want %s", i, n, got, want)
			}
			if got, want := string(invoke(t, r, "Shared", `{}`).Payload), fmt.Sprint(2*i+n+1); got != want {
				t.Errorf("world %d, call %d of Shared = %s, want %s", i, n, got, want)
			}
		}
		if err := r.SetCode("Own", "def handler(event, context):\n    return 'changed'"); err != nil {
			t.Fatal(err)
		}
		if err := r.SetAnswer("Shared", []byte(`"changed"`)); err != nil {
			t.Fatal(err)
		}
		if len(r.Calls("Own")) != 2 {
			t.Errorf("world %d has %d calls of Own", i, len(r.Calls("Own")))
		}
		r.Close()
		if _, err := r.Invoke(t.Context(), Invocation{Function: "Own"}); !errors.Is(err, ErrClosed) {
			t.Errorf("Invoke() after Close = %v, want ErrClosed", err)
		}
	}
}

func TestCloseEndsCallsAtWork(t *testing.T) {
	r := world(t, newHost(t), bootstrap("F", "prints garbage and never answers"))
	errs := make(chan error)
	go func() {
		_, err := r.Invoke(context.Background(), Invocation{Function: "F", Payload: []byte(`"bad"`)})
		errs <- err
	}()
	for len(r.Calls("F")) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.Close()
	if err := <-errs; !errors.Is(err, ErrClosed) {
		t.Errorf("Invoke() = %v, want ErrClosed", err)
	}
}

func TestAsync(t *testing.T) {
	clk := clock.NewVirtual(someday)
	f := bootstrap("F", "answers late")
	r, err := New(Config{Functions: []Function{f, static(t, "S", `1`)}, Host: newHost(t), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	res, err := r.Invoke(t.Context(), Invocation{Function: "F", Async: true, Payload: []byte(`"bad"`)})
	if err != nil || len(res.Payload) != 0 {
		t.Fatalf("Invoke(async) = %s, %v", res.Payload, err)
	}
	if calls := r.Calls("F"); len(calls) != 1 || string(calls[0].Result) != `"late"` {
		t.Errorf("Calls() = %v, want one call that has ended", calls)
	}
	if err := r.SetFailure("S", "no"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Invoke(t.Context(), Invocation{Function: "S", Async: true}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pass time.Duration
		want int
	}{{0, 1}, {59 * time.Second, 1}, {time.Second, 2}, {119 * time.Second, 2}, {time.Second, 3}, {time.Hour, 3}} {
		clk.Advance(tt.pass)
		calls := r.Calls("S")
		if len(calls) != tt.want {
			t.Errorf("%v later: %d calls, want %d", tt.pass, len(calls), tt.want)
		}
		if calls[0].RequestID != calls[len(calls)-1].RequestID {
			t.Error("an attempt has another request id")
		}
	}
}

func TestKeepCalls(t *testing.T) {
	r, err := New(Config{Functions: []Function{static(t, "F", `1`)}, KeepCalls: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 10 {
		invoke(t, r, "F", fmt.Sprint(i))
	}
	calls := r.Calls("F")
	if len(calls) != 3 || string(calls[0].Payload) != "7" || string(calls[2].Payload) != "9" {
		t.Errorf("Calls() = %v, want the last three", calls)
	}
}

func TestLog(t *testing.T) {
	r := logReport{
		requestID: "rid", version: "7", init: "loading", own: "Event: {}", memorySize: 128, memoryUsed: 36,
		duration: 1370 * time.Microsecond, cold: 102250 * time.Microsecond,
	}
	want := "loading\nSTART RequestId: rid Version: 7\nEvent: {}\nEND RequestId: rid\n" +
		"REPORT RequestId: rid\tDuration: 1.37 ms\tBilled Duration: 104 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 102.25 ms\t\n"
	if got := r.String(); got != want {
		t.Errorf("log = %q\nwant  %q", got, want)
	}
}

func TestInitStart(t *testing.T) {
	for runtime, want := range map[string]string{
		"python3.13":      "INIT_START Runtime Version: python:3.13.v0\tRuntime Version ARN: arn:aws:lambda:us-west-2::runtime:",
		"nodejs22.x":      "INIT_START Runtime Version: nodejs:22.v0\t",
		"provided.al2023": "INIT_START Runtime Version: provided:al2023.v0\t",
		"":                "",
	} {
		if got := initStart(runtime, "us-west-2"); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("initStart(%q) = %q, want it to begin with %q", runtime, got, want)
		}
	}
}

// A result too large is an error whatever it comes from, so that a canned answer
// doesn't pass where the real one would not.
func TestStaticAnswerTooLarge(t *testing.T) {
	large := strings.Repeat("x", maxResult)
	r := world(t, newHost(t), Function{Name: "F", Code: Code{Static: []StaticAnswer{
		{Event: "large", Result: large}, {Result: large[:maxResult-2]},
	}}})
	res := invoke(t, r, "F", `"large"`)
	if res.FunctionError != unhandled || !strings.HasPrefix(string(res.Payload), `{"errorType":"Function.ResponseSizeTooLarge"`) {
		t.Errorf("payload = %.200s, want Function.ResponseSizeTooLarge", res.Payload)
	}
	if res := invoke(t, r, "F", `"just fits"`); res.FunctionError != "" || len(res.Payload) != maxResult {
		t.Errorf("%d bytes: FunctionError = %q, want none", len(res.Payload), res.FunctionError)
	}
	if err := r.SetAnswer("F", []byte(`"`+large+`"`)); err != nil {
		t.Fatal(err)
	}
	if res := invoke(t, r, "F", `1`); res.FunctionError != unhandled {
		t.Errorf("a step's answer of %d bytes is no error", len(res.Payload))
	}
}

// Who is told of calls is told of each, with its log.
func TestEnded(t *testing.T) {
	var mu sync.Mutex
	var ended []Call
	r, err := New(Config{
		Functions: []Function{static(t, "F", `1`)}, Clock: clock.NewVirtual(someday),
		Ended: func(name string, c Call) {
			mu.Lock()
			defer mu.Unlock()
			if name != "F" {
				t.Errorf("function %s, want F", name)
			}
			ended = append(ended, c)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	invoke(t, r, "F", `{}`)
	if _, err := r.Invoke(t.Context(), Invocation{Function: "F", Async: true}); err != nil {
		t.Fatal(err)
	}
	r.Calls("F") // waits for it
	mu.Lock()
	defer mu.Unlock()
	if len(ended) != 2 || !strings.Contains(ended[0].Log, "START RequestId: ") || string(ended[1].Result) != "1" {
		t.Errorf("ended = %v, want two calls with results and logs", ended)
	}
}

// An asynchronous call that is throttled is taken, and made when there is room.
func TestThrottledAsync(t *testing.T) {
	clk := clock.NewVirtual(someday)
	one, zero := 1, 0
	f := bootstrap("F", "answers late")
	f.ReservedConcurrency = &one
	never := static(t, "Never", `1`)
	never.ReservedConcurrency = &zero
	r, err := New(Config{Functions: []Function{f, never}, Host: newHost(t), Clock: clk})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for i := range 3 {
		for _, name := range []string{"F", "Never"} {
			if _, err := r.Invoke(t.Context(), Invocation{Function: name, Async: true, Payload: fmt.Append(nil, i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 10 {
		r.Calls("F") // waits for the one at work
		clk.Advance(time.Second)
	}
	if calls := r.Calls("F"); len(calls) != 3 || string(calls[2].Result) == "" {
		t.Errorf("Calls(F) = %v, want all three", calls)
	}
	if calls := r.Calls("Never"); len(calls) != 0 {
		t.Errorf("Calls(Never) = %v", calls)
	}
}

func TestCloseEndsDelays(t *testing.T) {
	f := static(t, "F", `1`)
	f.Timeout = 900 * time.Second
	r, err := New(Config{Functions: []Function{f}})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.SetDelay("F", 899*time.Second); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	go func() {
		_, err := r.Invoke(context.Background(), Invocation{Function: "F"})
		errs <- err
	}()
	for len(r.Calls("F")) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.Close()
	if err := <-errs; !errors.Is(err, ErrClosed) {
		t.Errorf("Invoke() = %v, want ErrClosed", err)
	}
}

func TestWarm(t *testing.T) {
	needPython(t)
	h := hostWith(t, HostConfig{WarmNode: 1})
	node := Function{Name: "N", Code: Code{Runtime: "nodejs22.x", Inline: "exports.handler = async () => 1;"}}
	r := world(t, h, python("P", "def handler(event, context):\n    return 1"), node, static(t, "S", `1`))
	r.Warm()
	h.warming.Wait()
	h.nodes.started.Wait()
	if canFork && len(h.forks) != 1 {
		t.Errorf("%d warm interpreters of Python, want 1", len(h.forks))
	}
	if _, ok := nodeProbe.try("node"); ok && len(h.nodes.waiting) != 1 {
		t.Errorf("%d warm processes of node, want 1", len(h.nodes.waiting))
	}
	if got := string(invoke(t, r, "P", `{}`).Payload); got != "1" {
		t.Errorf("payload = %s", got)
	}
}
