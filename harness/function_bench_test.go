package harness

import (
	"fmt"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

// openFunctions opens a project with a Python function behind AWS_PROXY.
func openFunctions(tb testing.TB) *project.Project {
	tb.Helper()
	if err := exec.Command("python3", "-c", "").Run(); err != nil {
		tb.Skip("python3 does not run on this machine")
	}
	p, err := project.Open("testdata/functions/rehearse.yaml", project.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close() })
	return p
}

// BenchmarkFunctionCalls calls a Python function through the gateway, one
// environment each core. The budget is 2,000 calls a second on two cores, and
// 0.5 ms at p50 over the function's own time; the times of the calls are those
// of the whole request.
func BenchmarkFunctionCalls(b *testing.B) {
	sandbox, err := openFunctions(b).Start(project.StartOptions{Seed: 1, KeepCalls: 1})
	if err != nil {
		b.Fatal(err)
	}
	defer sandbox.Close()
	request := func() *gateway.Request {
		return &gateway.Request{
			Method: "GET", Target: "/dev/hello?name=you", Host: "127.0.0.1", Proto: "HTTP/1.1", SourceIP: "127.0.0.1",
			Header: []result.Header{{Name: "Host", Value: "127.0.0.1"}, {Name: "User-Agent", Value: "bench/1"}, {Name: "Accept", Value: "*/*"}},
		}
	}
	if r := sandbox.Gateway.Do(b.Context(), request()); r.Status != http.StatusOK {
		b.Fatalf("status %d: %s", r.Status, r.Body)
	}
	var mu sync.Mutex
	var took []time.Duration
	b.RunParallel(func(pb *testing.PB) {
		var mine []time.Duration
		req := request()
		for pb.Next() {
			begin := time.Now()
			if r := sandbox.Gateway.Do(b.Context(), req); r.Status != http.StatusOK {
				b.Errorf("status %d: %s", r.Status, r.Body)
				return
			}
			mine = append(mine, time.Since(begin))
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
	})
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkFunctionScenarios replays 1,000 scenarios that call a Python
// function, each in an environment of its own. The budget is 15 s for all.
func BenchmarkFunctionScenarios(b *testing.B) {
	p := openFunctions(b)
	const scenarios = 1000
	var text strings.Builder
	text.WriteString("Feature: many\n")
	for i := range scenarios {
		fmt.Fprintf(&text, `
  Scenario: number %d
    Given I use the stage "dev"
    When I send GET "/hello?name=%[1]d"
    Then the status is 200
    And the JSON at "$.hello" is "%[1]d"
    And the function "Hello" was called 1 time
`, i)
	}
	fsys := fstest.MapFS{"many.feature": {Data: []byte(text.String())}}
	for _, parallel := range []int{1, 2} {
		b.Run(fmt.Sprintf("parallel-%d", parallel), func(b *testing.B) {
			for b.Loop() {
				run, err := Run(b.Context(), Config{Project: p, Features: fsys, Paths: []string{"many.feature"}, Seed: 1, Parallel: parallel})
				if err != nil {
					b.Fatal(err)
				}
				if n := run.Count(result.Passed); n != scenarios {
					b.Fatalf("%d scenarios passed, want %d", n, scenarios)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/1000scenarios")
		})
	}
}
