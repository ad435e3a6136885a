package reports

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	messages "github.com/cucumber/messages/go/v21"
	"golang.org/x/net/html"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var update = flag.Bool("update", false, "write the goldens")

const labKey = "LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234"

var (
	routed = &result.Decision{ID: "method-chosen", Phase: "route", Evidence: openapi.Recorded,
		Source: "routing-static-beats-greedy-whatever-the-order", Text: "{a} {b} takes the request"}
	spent = &result.Decision{ID: "quota-exhausted", Phase: "admit", Refusal: true, Evidence: openapi.Documented,
		Source: "usage-plan-quota-one-a-day", Text: "API key {a} has used the {n} requests plan {b} allows in a {c}"}
	guessed = &result.Decision{ID: "cache-missed", Phase: "look up cache", Evidence: openapi.Inferred,
		Source: "guess", Text: "the cache of stage {a} has no response for this key"}
)

// sampleReport has one of everything, and texts that no format may stumble over.
func sampleReport() *Report {
	at := func(line int) source.Pos { return source.Pos{File: "features/quotas.feature", Line: line, Col: 5} }
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	exchange := func(status int, body string, trace ...result.Event) *result.Exchange {
		return &result.Exchange{
			ID: "5a6c1c59-0000-4000-8000-000000000001", Time: noon, API: "ItemsAPI", Stage: "prod", Method: "GET",
			Target: "/prod/items?q=</script><b>&key=" + labKey, Resource: "/items",
			Request:  result.Message{Header: []result.Header{{Name: "x-api-key", Value: labKey}, {Name: "X-Echo", Value: "my key is " + labKey}}},
			Response: result.Message{Header: []result.Header{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(body)},
			Status:   status, Trace: trace, Latency: 3 * time.Millisecond, Duration: 120 * time.Microsecond,
		}
	}
	refused := exchange(429, `{"message":"Limit Exceeded"}`,
		result.Event{Decision: routed, A: "GET", B: "/items"}, result.Event{Decision: spent, A: "LabKey", B: "CloudAcademyPlan", C: "day", N: 1000})
	refused.ResponseType = "QUOTA_EXCEEDED"
	refused.Log = []string{"Starting execution for request", "Method completed with status: 429"}
	many := exchange(200, `[{"ID":1,"price":2.50}]`, result.Event{Decision: routed, A: "GET", B: "/items"}, result.Event{Decision: guessed, A: "prod"})
	many.Repeats = 999
	many.Functions = []result.FunctionCall{{
		Function: "ItemsFunction:3", RequestID: "11111111-0000-4000-8000-000000000001", Duration: 1370 * time.Microsecond, InitDuration: 45 * time.Millisecond,
		Log: "START RequestId: 11111111-0000-4000-8000-000000000001 Version: 3\nthe key is " + labKey + " <b>\x1b[31m\nEND\nREPORT\n",
	}}
	binary := exchange(200, "\x00\xff\xfe")
	run := &result.Run{
		Started: noon, Duration: 1234 * time.Millisecond, Seed: 4711,
		Notes: []string{"python3.13 asked for, python3.11 used"},
		Features: []*result.Feature{
			{
				Name: "Quotas & <limits>", URI: "features/quotas.feature", Description: "A plan counts\nwhat its keys use.", Pos: at(1),
				Source: `Feature: Quotas & <limits>

  @quota
  Scenario: a key has requests left
    Given I use the API key "LabKey"
    When I send GET "/prod/items" with headers:
      | x-api-key | ` + labKey + ` |
      | Accept    | text/html |
  Scenario: the 1001st is refused
    When I send GET "/prod/items"
    Then the status is 200
    And the body is:
      """
      <script>alert(1)</script>
      """
`,
				Scenarios: []*result.Scenario{
					{Name: "a key has requests left", Pos: at(4), Tags: []string{"@quota"}, Status: result.Passed, Duration: 1500 * time.Microsecond,
						Steps: []*result.Step{
							{Keyword: "Given", Text: `I use the API key "LabKey"`, Pos: at(5), Status: result.Passed},
							{Keyword: "When", Text: `I send GET "/prod/items" with headers:`, Pos: at(6), Status: result.Passed,
								Table: [][]string{{"x-api-key", labKey}, {"Accept", "text/html"}}, Exchanges: []*result.Exchange{many, binary}},
						}},
					{Name: "the 1001st is refused \x1b[31mred\x1b[0m", Pos: at(9), Status: result.Failed, Duration: 2 * time.Millisecond,
						Steps: []*result.Step{
							{Keyword: "When", Text: `I send GET "/prod/items"`, Pos: at(10), Status: result.Passed, Exchanges: []*result.Exchange{refused}},
							{Keyword: "Then", Text: "the status is 200", Pos: at(11), Status: result.Failed,
								Error: "the status is 429, want 200\n  request:  GET /prod/items\n  key:      " + labKey + "\n  bell:     \a",
								Hint:  "wait until the next day"},
							{Keyword: "And", Text: "the body is:", Pos: at(12), Status: result.Skipped, DocString: "<script>alert(1)</script>"},
						}},
				},
			},
			{
				Name: "Functions", URI: "features/functions.feature",
				Source: "Feature: Functions\n  Scenario Outline: an item\n    When I send GET \"/dev/items/<n>\"\n\n    Examples:\n    | n |\n    | 1 |\n    | 2 |\n",
				Pos:    source.Pos{File: "features/functions.feature", Line: 1, Col: 1},
				Scenarios: []*result.Scenario{
					{Name: "an item", Pos: source.Pos{File: "features/functions.feature", Line: 7}, Status: result.Skipped, Reason: "function ItemsFunction can't run on this machine: no python3",
						Steps: []*result.Step{{Keyword: "When", Text: `I send GET "/dev/items/1"`, Status: result.Skipped}}},
					{Name: "an item", Pos: source.Pos{File: "features/functions.feature", Line: 8}, Status: result.Passed},
				},
			},
		},
		Documents: []result.Document{{
			API: "ItemsAPI", Name: "openapi.yaml",
			Elements: []openapi.Element{
				{Kind: "method", Pointer: "/paths/~1items/get", Name: "GET /items", Pos: source.Pos{File: "openapi.yaml", Line: 10, Col: 5}},
				{Kind: "method", Pointer: "/paths/~1items/options", Name: "OPTIONS /items", Pos: source.Pos{File: "openapi.yaml", Line: 30, Col: 5}},
				{Kind: "requestTemplate", Pointer: "/paths/~1items/get/x-amazon-apigateway-integration/requestTemplates/application~1json", Name: "GET /items request template application/json", Pos: source.Pos{File: "openapi.yaml", Line: 20, Col: 15}},
			},
			Covered: result.NewBits(3),
			Templates: []result.TemplateCoverage{{
				Element: 2,
				Lines: []result.TemplatePart{
					{Number: 1, Pos: source.Pos{File: "openapi.yaml", Line: 21, Col: 17}, Covered: true},
					{Number: 2, Pos: source.Pos{File: "openapi.yaml", Line: 22, Col: 17}},
				},
				Branches: []result.TemplatePart{
					{Number: 0, Text: "$a == '<'", Pos: source.Pos{File: "openapi.yaml", Line: 21, Col: 17}},
					{Number: 1, Text: "else", Pos: source.Pos{File: "openapi.yaml", Line: 21, Col: 17}, Covered: true},
				},
			}},
		}},
	}
	run.Documents[0].Covered.Set(0)
	return &Report{
		Run: run, Version: "1.2.3", Findings: sampleFindings(),
		Mask: func(s string) string {
			return strings.ReplaceAll(s, labKey, strings.Repeat("*", len(labKey)-6)+labKey[len(labKey)-6:])
		},
	}
}

func sampleFindings() []openapi.Finding {
	return []openapi.Finding{
		{Rule: "undeclared-method-response", Category: openapi.Refused, Severity: openapi.Error, Evidence: openapi.Recorded,
			Message: "GET /items has no response 404 to map to", Hint: "add 404 to the operation's responses",
			Pos: source.Pos{File: "openapi.yaml", Line: 3, Col: 13}, Pointer: "/paths/~1items/get"},
		{Rule: "wide, open: 100%", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Inferred,
			Message: "any origin may\nread this", Pos: source.Pos{File: "api docs/ünï.yaml", Line: 1, Col: 1}},
		{Rule: "nowhere", Category: openapi.Scope, Severity: openapi.Info, Evidence: openapi.Documented, Message: "of no file"},
	}
}

func render(t *testing.T, write func(io.Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func checkGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))) {
		t.Errorf("%s is not as written; go test ./reports -update, and look at the difference. Got:\n%s", file, got)
	}
}

func TestFormats(t *testing.T) {
	for i, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			if i > 0 && Formats[i-1].Name >= f.Name {
				t.Errorf("%s stands behind %s", f.Name, Formats[i-1].Name)
			}
			got := render(t, func(w io.Writer) error { return f.Write(w, sampleReport()) })
			checkGolden(t, f.File, got)
			again := render(t, func(w io.Writer) error { return f.Write(w, sampleReport()) })
			if !bytes.Equal(got, again) {
				t.Error("two reports of one run differ")
			}
			if bytes.Contains(got, []byte(labKey)) {
				t.Error("the API key stands in it")
			}
			if bytes.ContainsAny(got, "\x1b\a") {
				t.Error("a control character of a foreign text stands in it")
			}
			empty := render(t, func(w io.Writer) error { return f.Write(w, &Report{Run: &result.Run{}}) })
			if len(empty) == 0 {
				t.Error("nothing is written of an empty run")
			}
		})
	}
	if _, ok := Find("nope"); ok {
		t.Error("Find finds a format that is not there")
	}
}

func TestFindingFormats(t *testing.T) {
	files := map[string]string{"openapi.yaml": "\ufeffopenapi: 3.0.1\r\npaths:\r\n  /items:   get: {}\r\n"}
	report := &FindingReport{
		Findings: sampleFindings(), Version: "1.2.3",
		Rules: []Rule{{ID: "undeclared-method-response", Doc: "integration response maps to a status code the operation does not declare\n\nDeclare it."}},
		Source: func(file string) ([]byte, error) {
			text, ok := files[file]
			if !ok {
				return nil, os.ErrNotExist
			}
			return []byte(text), nil
		},
	}
	for _, f := range FindingFormats {
		t.Run(f.Name, func(t *testing.T) {
			checkGolden(t, "findings."+f.Name, render(t, func(w io.Writer) error { return WriteFindings(w, f.Name, report) }))
			render(t, func(w io.Writer) error { return f.Write(w, &FindingReport{}) })
		})
	}
	if err := WriteFindings(io.Discard, "nope", report); err == nil {
		t.Error("a format that is not there is written")
	}
}

func TestJUnitIsXMLAndCountsWhatItHolds(t *testing.T) {
	data := render(t, func(w io.Writer) error { return masked(writeJUnit)(w, sampleReport()) })
	var all junitSuites
	if err := xml.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	cases, failures, skipped := 0, 0, 0
	names := map[string]bool{}
	for _, s := range all.Suites {
		for _, c := range s.Cases {
			cases++
			if c.Failure != nil {
				failures++
			}
			if c.Skipped != nil {
				skipped++
			}
			if names[c.ClassName+c.Name] {
				t.Errorf("two cases are called %q", c.Name)
			}
			names[c.ClassName+c.Name] = true
		}
	}
	if all.Tests != cases || all.Failures != failures || all.Skipped != skipped || cases != 4 || failures != 1 || skipped != 1 {
		t.Errorf("says %d tests, %d failures, %d skipped; holds %d, %d, %d", all.Tests, all.Failures, all.Skipped, cases, failures, skipped)
	}
}

func TestJSONHasTheShapeThatIsPromised(t *testing.T) {
	data := render(t, func(w io.Writer) error { return masked(writeJSON)(w, sampleReport()) })
	var got struct {
		SchemaVersion int
		Features      []struct {
			Name, URI string
			Scenarios []struct {
				Name, Status string
				Line         int
				Tags         []string
				Steps        []struct {
					Text, Status, Error string
					Exchanges           []struct{ Status int }
				}
			}
		}
		Decisions struct{ Total, Recorded, Documented, Inferred int }
	}
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	s := got.Features[0].Scenarios[1]
	if got.SchemaVersion != 1 || s.Line != 9 || s.Status != "failed" || s.Tags == nil || s.Steps[1].Error == "" || s.Steps[0].Exchanges[0].Status != 429 {
		t.Errorf("got %+v", s)
	}
	// 1000 exchanges of two decisions each, and one of two.
	if d := got.Decisions; d.Total != 2002 || d.Recorded != 1001 || d.Documented != 1 || d.Inferred != 1000 {
		t.Errorf("decisions are %+v", d)
	}
}

var outside = regexp.MustCompile(`(?i)(src|href)="(https?:|//)|@import|url\(`)

func TestHTMLIsOnePageThatAsksForNothing(t *testing.T) {
	data := render(t, func(w io.Writer) error { return masked(writeHTML)(w, sampleReport()) })
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if found := outside.FindString(string(data)); found != "" {
		t.Errorf("the page asks for %q", found)
	}
	scripts := 0
	ids := map[string]bool{}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "script" {
			scripts++
		}
		for _, a := range n.Attr {
			if a.Key == "id" {
				ids[a.Val] = true
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	if scripts != 1 {
		t.Errorf("the page has %d scripts, want its own only: a text of the run became one", scripts)
	}
	for _, m := range regexp.MustCompile(`href="#([^"]*)"`).FindAllStringSubmatch(string(data), -1) {
		if !ids[m[1]] {
			t.Errorf("the page leads to #%s, which is not there", m[1])
		}
	}
}

func TestColorIsForTheReportThatAsksForIt(t *testing.T) {
	r := sampleReport()
	r.Color = true
	with := render(t, func(w io.Writer) error { return masked(writePretty)(w, r) })
	without := render(t, func(w io.Writer) error { return masked(writePretty)(w, sampleReport()) })
	if !bytes.Contains(with, []byte("\x1b[31m")) {
		t.Error("there are no colours")
	}
	if plain := ansi.ReplaceAll(with, nil); !bytes.Equal(plain, without) {
		t.Error("colours change more than colours")
	}
}

func TestClosingLines(t *testing.T) {
	got := strings.Join(closing(sampleReport()), "\n")
	for _, want := range []string{
		"4 scenarios: 2 passed, 1 failed, 1 skipped", "6 steps: 3 passed, 1 failed, 2 skipped",
		"2002 decisions: 1001 recorded, 1 documented, 1000 inferred", "1 of 2 methods called", "1.23 s, seed 4711",
		"1 error and 1 warning in the documents", "python3.13 asked for",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("closing lines lack %q:\n%s", want, got)
		}
	}
}

func TestSecretsOfHeadersAreHiddenWithoutAMask(t *testing.T) {
	r := sampleReport()
	r.Mask = nil
	shown := r.hideSecrets().Run.Features[0].Scenarios[0].Steps[1]
	if v, _ := shown.Exchanges[0].Request.Get("X-Api-Key"); v == labKey || !strings.HasSuffix(v, "ey1234") {
		t.Errorf("x-api-key is shown as %q", v)
	}
	if shown.Table[0][1] == labKey {
		t.Error("the key in the step's table is shown")
	}
	if v, _ := r.Run.Features[0].Scenarios[0].Steps[1].Exchanges[0].Request.Get("x-api-key"); v != labKey {
		t.Error("hiding changes the run itself")
	}
	for value, want := range map[string]string{"": "", "short": "*****", strings.Repeat("a", 12) + "bcdefg": "************bcdefg"} {
		if got := hide(value); got != want {
			t.Errorf("hide(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestSARIFHasWhatCodeScanningNeeds(t *testing.T) {
	for name, data := range map[string][]byte{
		"a run":    render(t, func(w io.Writer) error { return masked(writeSARIF)(w, sampleReport()) }),
		"findings": render(t, func(w io.Writer) error { return writeFindingsSARIF(w, &FindingReport{Findings: sampleFindings()}) }),
	} {
		var log sarifLog
		if err := json.Unmarshal(data, &log); err != nil {
			t.Fatal(err)
		}
		if log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) < 3 {
			t.Fatalf("%s: got %s", name, data)
		}
		rules := log.Runs[0].Tool.Driver.Rules
		for _, r := range log.Runs[0].Results {
			if r.RuleIndex >= len(rules) || rules[r.RuleIndex].ID != r.RuleID {
				t.Errorf("%s: the rule of %s is not at %d", name, r.RuleID, r.RuleIndex)
			}
			for _, l := range r.Locations {
				if at := l.PhysicalLocation; strings.ContainsAny(at.ArtifactLocation.URI, " ï") || at.Region == nil || at.Region.StartLine < 1 {
					t.Errorf("%s: %s is at %+v", name, r.RuleID, at)
				}
			}
		}
	}
}

func TestMarkdownKeepsForeignTextsText(t *testing.T) {
	if got, want := markdownText("a *b* [c](d) <i>\n|`"), "a \\*b\\* \\[c\\](d) &lt;i&gt; \\|\\`"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := fenceFor("a ``` b ```` c"); got != "`````" {
		t.Errorf("the fence is %s", got)
	}
}

func TestMessagesFitTogether(t *testing.T) {
	data := render(t, func(w io.Writer) error { return masked(writeMessages)(w, sampleReport()) })
	pickles, tests, started, steps := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	statuses := map[string]int{}
	last := ""
	for line := range strings.Lines(string(data)) {
		var e messages.Envelope
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		switch {
		case e.Pickle != nil:
			pickles[e.Pickle.Id] = true
		case e.TestCase != nil:
			if !pickles[e.TestCase.PickleId] {
				t.Errorf("a test case of pickle %s, which is not there", e.TestCase.PickleId)
			}
			tests[e.TestCase.Id] = true
			for _, s := range e.TestCase.TestSteps {
				steps[s.Id] = true
			}
		case e.TestCaseStarted != nil:
			if !tests[e.TestCaseStarted.TestCaseId] {
				t.Errorf("test case %s starts, which is not there", e.TestCaseStarted.TestCaseId)
			}
			started[e.TestCaseStarted.Id] = true
		case e.Attachment != nil:
			if !steps[e.Attachment.TestStepId] || !started[e.Attachment.TestCaseStartedId] {
				t.Errorf("an attachment of step %s, which is not there", e.Attachment.TestStepId)
			}
		case e.TestStepFinished != nil:
			statuses[string(e.TestStepFinished.TestStepResult.Status)]++
		}
		last = line
	}
	if len(tests) != 4 || statuses["PASSED"] != 3 || statuses["FAILED"] != 1 || statuses["SKIPPED"] != 3 {
		t.Errorf("%d tests, %v", len(tests), statuses)
	}
	if !strings.Contains(last, `"testRunFinished":{`) || !strings.Contains(last, `"success":false`) {
		t.Errorf("it ends with %s", last)
	}
}
