package harness

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

// BenchmarkScenarios replays 10,000 scenarios of five steps against mocks. The
// budget is 10 s for all of them.
func BenchmarkScenarios(b *testing.B) {
	const scenarios = 10_000
	var text strings.Builder
	text.WriteString("Feature: many\n")
	for i := range scenarios {
		fmt.Fprintf(&text, `
  Scenario: number %d
    Given I use the stage "dev"
    And I use the API key "Key"
    When I send GET "/items?size=%d"
    Then the status is 200
    And the JSON at "$[0].name" is "item 1"
`, i, i)
	}
	p, err := project.Open("testdata/mocks/rehearse.yaml", project.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	fsys := fstest.MapFS{"many.feature": {Data: []byte(text.String())}}
	for b.Loop() {
		run, err := Run(b.Context(), Config{Project: p, Features: fsys, Paths: []string{"many.feature"}, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		if n := run.Count(result.Passed); n != scenarios {
			b.Fatalf("%d scenarios passed, want %d", n, scenarios)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Seconds())/float64(b.N)*10_000/scenarios, "s/10000scenarios")
}
