package lint

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi"
)

var update = flag.Bool("update", false, "write README.md anew")

// TestREADME holds the tables of README.md against the rules.
func TestREADME(t *testing.T) {
	want := readme()
	if *update {
		if err := os.WriteFile("README.md", want, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("README.md is not what the rules say: go test ./openapi/lint -run README -update")
	}
}

// subjects are the tables of rules with what they are about.
var subjects = []struct {
	name  string
	rules []*Rule
}{
	{"the document as a whole", documentRules},
	{"paths and operations", pathRules},
	{"parameters and validators", parameterRules},
	{"schemas", modelRules},
	{"integrations", integrationRules},
	{"request mappings", mappingRules},
	{"integration responses", responseRules},
	{"mocks", mockRules},
	{"mapping templates", templateRules},
	{"what templates render", renderingRules},
	{"security", securityRules},
	{"CORS", corsRules},
	{"gateway responses", gatewayResponseRules},
	{"functions", functionRules},
	{"stages", stageRules},
	{"caching", cacheRules},
	{"API keys", keyRules},
	{"usage plans", planRules},
	{"comments to lint", commentRules},
}

func readme() []byte {
	var b bytes.Buffer
	b.WriteString(`# Rules

What ` + "`rehearse lint`" + ` may say. This page is written by ` + "`go test ./openapi/lint -run README -update`" + `;
` + "`rehearse rules ID`" + ` prints why a rule is there and how to mend what it finds.

What AWS's import refuses, warns about or drops is said by the import itself, in package openapi, where the evidence goes
with each finding. The rules of this package are about what the import takes: their evidence is recorded (seen on AWS),
documented (AWS says so) or inferred (our best knowledge, and never an error).

## How many

| category | of the import | recorded | documented | inferred | in all |
| --- | ---: | ---: | ---: | ---: | ---: |
`)
	var sums [5]int
	for _, c := range []openapi.Category{openapi.Refused, openapi.Dropped, openapi.FailsAtRuntime, openapi.Advice, openapi.Scope} {
		var row [5]int
		for _, r := range openapi.Rules() {
			if r.Category == c {
				row[0]++
			}
		}
		for _, r := range Rules() {
			if r.Category == c {
				row[map[openapi.Evidence]int{openapi.Recorded: 1, openapi.Documented: 2, openapi.Inferred: 3}[r.Evidence]]++
			}
		}
		row[4] = row[0] + row[1] + row[2] + row[3]
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %d | %d |\n", c, row[0], row[1], row[2], row[3], row[4])
		for i := range sums {
			sums[i] += row[i]
		}
	}
	fmt.Fprintf(&b, "| in all | %d | %d | %d | %d | %d |\n", sums[0], sums[1], sums[2], sums[3], sums[4])
	b.WriteString("\n## The rules of this package\n\nRules with a * need a rehearse.yaml to check against.\n")
	for _, s := range subjects {
		fmt.Fprintf(&b, "\n### %s\n\n| rule | level | category | evidence | says |\n| --- | --- | --- | --- | --- |\n", strings.ToUpper(s.name[:1])+s.name[1:])
		for _, r := range s.rules {
			line, _, _ := strings.Cut(r.Doc, "\n")
			star := ""
			if r.Surrounded {
				star = " *"
			}
			fmt.Fprintf(&b, "| %s%s | %s | %s | %s | %s |\n", r.ID, star, r.Severity, r.Category, r.Evidence, strings.NewReplacer("|", `\|`, "*", `\*`).Replace(line))
		}
	}
	return b.Bytes()
}

func TestEveryRuleHasASubject(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range subjects {
		for _, r := range s.rules {
			listed[r.ID] = true
		}
	}
	for _, r := range Rules() {
		if !listed[r.ID] {
			t.Errorf("%s is in no table of README.md", r.ID)
		}
	}
}

// shared are the ids that the import has too: two sides of one mistake, of which
// it refuses one and takes the other.
var shared = map[string]bool{"integration-response-no-method-response": true}

func TestRulesHaveIDsOfTheirOwn(t *testing.T) {
	for _, r := range openapi.Rules() {
		for _, own := range Rules() {
			if own.ID == r.ID && !shared[r.ID] {
				t.Errorf("%s is a rule of the import and of lint", r.ID)
			}
		}
	}
}
