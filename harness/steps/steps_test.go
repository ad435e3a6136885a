package steps

import (
	"strings"
	"testing"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
)

// example is a step's example as Gherkin reads it.
func example(t *testing.T, s *Step) *messages.PickleStep {
	t.Helper()
	text := "Feature: f\n  Scenario: s\n    " + strings.ReplaceAll(s.Example, "\n", "\n    ") + "\n"
	ids := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocument(strings.NewReader(text), ids)
	if err != nil {
		t.Fatalf("%s is no Gherkin: %v", s.Example, err)
	}
	pickles := gherkin.Pickles(*doc, "", ids)
	if len(pickles) != 1 || len(pickles[0].Steps) != 1 {
		t.Fatalf("%s is not one step", s.Example)
	}
	return pickles[0].Steps[0]
}

func TestEveryStepHasADocAndAnExampleThatIsItsOwn(t *testing.T) {
	for _, s := range All() {
		st := example(t, s)
		for _, other := range All() {
			if matches := other.Pattern.MatchString(st.Text); matches != (other == s) {
				t.Errorf("%q: %s matches = %v", st.Text, other.Pattern, matches)
			}
		}
		if s.Doc == "" || s.Subject == "" || strings.HasSuffix(strings.SplitN(s.Doc, "\n", 2)[0], ".") {
			t.Errorf("%s: doc %q, subject %q", s.Pattern, s.Doc, s.Subject)
		}
		w := &World{step: st, remembered: map[string]string{}}
		if err := w.argument(s, &args{}); err != nil {
			t.Errorf("the example of %s: %v", s.Pattern, err)
		}
	}
}

// The texts of the design, to the letter.
func TestSettledTextsAreSteps(t *testing.T) {
	for _, text := range strings.Split(strings.TrimSpace(`
I use the stage "prod"
I use the stage "prod" of "ItemsAPI"
I use the API key "LabKey"
I use no API key
the request header "Accept" is "text/html"
the stage variable "lambdaAlias" of "dev" is "prod"
the usage plan "P" allows 1000 requests per day
the usage plan "P" allows 1 request per week
the usage plan "P" allows 1000 requests per month
the usage plan "P" is throttled to 10 requests per second with a burst of 5
the usage plan "P" is throttled to 1 request per second with a burst of 5
the API key "LabKey" is disabled
the stage "prod" caches responses for 300 seconds
the stage "prod" caches responses for 1 second
the function "F" answers:
the function "F" fails with "NotFoundError"
the function "F" takes 31 seconds
the function "F" takes 1 second
the function "F" has this code:
the alias "prod" of "F" points to version "1"
the backend "http://host/pets" answers 200:
the backend "http://host/pets" answers 500, then 200:
the backend "http://host" takes 31 seconds
the backend "http://host" is unreachable
the service "sqs" answers:
I send GET "/items"
I send PATCH "/items?size=2"
I send POST "/items" with body:
I send GET "/items" with headers:
I send GET "/items" 1000 times
I send GET "/items" 1 time
25 hours pass
1 second passes
2 minutes pass
3 days pass
the clock reaches "2026-01-02T00:00:00Z"
I publish version "2" of "F"
I deploy "openapi.yaml" to the stage "dev"
I flush the cache of "prod"
I remember the JSON at "$.id" as "id"
a page on "https://shop.example" calls GET "/items"
a page on "https://shop.example" calls GET "/items" with headers:
the status is 403
all responses have the status 200
5 responses have the status 200
1 response has the status 200
no response has the status 200
at least 3 responses have the status 200
the header "x-amzn-errortype" is "ForbiddenException"
the header "x-amzn-errortype" matches "^Forbidden"
the header "x-amzn-errortype" is present
the header "x-amzn-errortype" is absent
the body is:
the JSON is:
the JSON contains:
the JSON has:
the JSON at "$[0].name" is "Pen"
the JSON at "$[0].price" is 2.5
the JSON at "$[0].sold" is true
the JSON at "$[0].sold" is null
the JSON at "$[0].name" exists
the JSON at "$[0].name" is absent
the JSON at "$" has 4 items
the JSON at "$" has 1 item
the response matches the document
the gateway answers with "QUOTA_EXCEEDED"
the request is refused because of "quota-exhausted"
the trace mentions "plan P"
the response came from the cache
the response did not come from the cache
the function "F" was called 1 time
the function "F" was called 0 times
the function "F" was called as version "1"
the function "F" received:
the backend "http://host" received:
the service "sqs" received:
the API key "LabKey" has 0 requests left in "P"
the API key "LabKey" has 1 request left in "P"
the browser allows it
the browser blocks it because of "missing-allow-origin"
the execution log contains "Method completed with status: 200"`), "\n") {
		n := 0
		for _, s := range All() {
			if s.Pattern.MatchString(text) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d steps match %q, want 1", n, text)
		}
	}
}

func TestArgumentsThatAreMissingOrTooMany(t *testing.T) {
	find := func(example string) *Step {
		for _, s := range All() {
			if strings.HasPrefix(s.Example, example) {
				return s
			}
		}
		t.Fatalf("no step has the example %s", example)
		return nil
	}
	doc := &messages.PickleStepArgument{DocString: &messages.PickleDocString{Content: "x"}}
	rows := &messages.PickleStepArgument{DataTable: &messages.PickleTable{}}
	tests := []struct {
		step *Step
		arg  *messages.PickleStepArgument
		want string
	}{
		{find("Then the status"), doc, "takes no doc string"},
		{find("Then the status"), rows, "takes no table"},
		{find("Then the body is:"), nil, "a doc string is missing"},
		{find("Then the body is:"), rows, "a doc string is missing"},
		{find("Then the JSON has:"), nil, "a table is missing"},
		{find("Then the JSON has:"), doc, "a table is missing"},
	}
	for _, tt := range tests {
		w := &World{step: &messages.PickleStep{Argument: tt.arg}}
		if err := w.argument(tt.step, &args{}); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s with %v: %v, want %q", tt.step.Pattern, tt.arg, err, tt.want)
		}
	}
}

func TestRememberedValuesStandAnywhere(t *testing.T) {
	w := &World{}
	w.Remember("id", "7")
	w.Remember("name", "Pen {{id}}")
	for text, want := range map[string]string{
		"/items/{{id}}": "/items/7", "{{ id }}{{id}}": "77", "{{name}}": "Pen {{id}}", "{id}": "{id}", "": "",
	} {
		if got, err := w.fill(text); err != nil || got != want {
			t.Errorf("fill(%q) = %q, %v, want %q", text, got, err, want)
		}
	}
	_, err := w.fill("{{nmae}}")
	f, ok := err.(*Failure)
	if !ok || f.Message != `there is no remembered value "nmae"` || f.Hint != `did you mean "name"?` {
		t.Errorf("an unknown name gives %#v", err)
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		name, want string
	}{
		{"LabKey", "LabKey"}, {"labkey", "LabKey"}, {"LabKye", "LabKey"}, {"Labkeys", "LabKey"}, {"Other", ""}, {"", ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, []string{"CloudAcademyPlan", "LabKey"}); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"adn", "and", 1}, {"givn", "given", 1}, {"kitten", "sitting", 3}, {"é", "e", 1}} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
