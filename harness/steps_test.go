package harness

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

func shop(t testing.TB) *project.Project {
	t.Helper()
	p, err := project.Open("testdata/shop/rehearse.yaml", project.Options{})
	if err != nil {
		t.Fatal(explain(err))
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// Each step in a scenario in which it holds.
const everyStep = `Feature: every step
  Scenario: requests
    Given I use the stage "prod" of "Shop"
    And I use the API key "LabKey"
    And the request header "Accept" is "text/html"
    And the request header "accept" is "application/json"
    When I send GET "/items?size=2"
    Then the status is 200
    And the function "Items" was called as version "1"
    And the function "Items" received:
      """
      {"size": "2"}
      """
    And I use no API key
    When I send PUT "/items" with body:
      """
      {"ID": 5}
      """
    When I send GET "/items" with headers:
      | name   | value     |
      | Accept | text/html |
    When I send PUT "/items" 3 times with body:
      """
      {}
      """
    Then all responses have the status 200

  Scenario: settings
    Given the stage variable "alias" of "prod" is "dev"
    And the usage plan "Plan" allows 2 requests per week
    And the usage plan "Plan" is throttled to 0.5 requests per second with a burst of 1
    And the API key "LabKey" is disabled
    And the API key "LabKey" is enabled
    And the stage "only" caches responses for 300 seconds
    And the method setting "throttlingRateLimit" of "prod" is "2.5"
    When I send GET "/prod/items"
    Then the function "Items" was called as version "$LATEST"
    When I flush the cache of "only"
    And I deploy "openapi.yaml" to the stage "dev" of "Shop"
    Then the API key "LabKey" has 2 requests left in "Plan"

  Scenario: functions
    Given I use the stage "dev" of "Shop"
    When I send GET "/items" 2 times
    Then the function "Items" was called 2 times
    And the function "Items" was called as version "$LATEST"
    Given the function "Items" answers:
      """
      {"from": "the step"}
      """
    When I send GET "/items"
    Then the JSON is:
      """
      {"from": "the step"}
      """
    Given the function "Items" fails with "NotFound"
    When I send GET "/items"
    Then the status is 404
    Given the function "Items" takes 31 seconds
    And the alias "dev" of "Items" points to version "1"
    When I send GET "/items"
    Then the function "Items" was called 5 times
    When I delete the function "Items"
    And I send GET "/items"
    Then the status is 500

  Scenario: backends
    Given I use the stage "prod"
    And the backend "http://petstore.example.com/pets" answers 500, then 201:
      """
      [{"id": 1}]
      """
    When I send POST "/pets?type=dog&type=cat" with body:
      """ application/json
      {"name": "Rex"}
      """
    Then the status is 500
    And the backend "http://petstore.example.com" received:
      """
      {"method": "POST", "path": "/pets", "query": {"type": ["dog", "cat"]}, "headers": {"CONTENT-TYPE": "application/json"}, "body": {"name": "Rex"}}
      """
    When I send GET "/pets" 2 times
    Then the status is 201
    And the header "Content-Type" is "application/json"
    And the backend "http://petstore.example.com/pets" was called 3 times
    Given the backend "http://petstore.example.com" is unreachable
    And the backend "http://petstore.example.com/pets" is unreachable
    When I send GET "/pets"
    Then the status is 504
    Given the backend "http://petstore.example.com/pets" answers 204
    And the backend "http://petstore.example.com/pets" takes 1 second
    When I send GET "/pets"
    Then the status is 204
    Given the service "sqs" answers:
      """
      {"SendMessageResponse": {"SendMessageResult": {"MessageId": "m-1"}}}
      """
    When I send POST "/queue" with body:
      """
      Action=SendMessage
      """
    Then the status is 200
    And the service "sqs" was called 1 time
    And the service "sqs" received:
      """
      {"method": "POST", "body": "Action=SendMessage"}
      """

  Scenario: time
    When 25 hours pass
    And 1.5 minutes pass
    And 20 milliseconds pass
    And the clock reaches "2026-01-03T00:00:00Z"

  Scenario: a browser
    Given I use the stage "prod"
    When a page on "https://shop.example" calls GET "/items"
    Then the browser allows it
    When a page on "https://shop.example" calls PUT "/items" with body:
      """
      {}
      """
    Then the browser blocks it because of "method-not-allowed"
    When a page on "https://shop.example" calls GET "/items" with headers:
      | X-Api-Key | k |
    Then the browser allows it
    When a page on "https://shop.example" calls GET "/items" with credentials
    Then the browser blocks it because of "missing-allow-credentials"
    When a page on "https://other.example" calls GET "/items"
    Then the browser blocks it because of "allow-origin-mismatch"

  Scenario: responses
    When I send GET "/only/nowhere"
    Then the status is 403
    And 1 response has the status 403
    And no response has the status 200
    And at least 1 response has the status 403
    And at most 1 response has the status 403
    And the header "X-AMZN-ErrorType" is "MissingAuthenticationTokenException"
    And the header "x-amzn-requestid" matches "^[0-9a-f-]{36}$"
    And the header "x-amz-apigw-id" is present
    And the header "set-cookie" is absent
    And the body is:
      """
      {"message":"Missing Authentication Token"}
      """
    And the body contains "Missing \"Auth"
    And the gateway answers with "MISSING_AUTHENTICATION_TOKEN"
    And the request is refused because of "path-unknown"
    And the trace mentions "no resource fits"
    And the response did not come from the cache

  Scenario: JSON
    Given I use the stage "dev" of "Shop"
    When I send GET "/items"
    Then the JSON is:
      """
      [{"price": 2.5, "name": "Pen", "ID": 1.0}]
      """
    And the JSON contains:
      """
      [{"name": "Pen"}]
      """
    And the JSON has:
      | path       | value |
      | $[0].name  | Pen   |
      | $[0].name  | "Pen" |
      | $[0].price | 2.5   |
    And the JSON at "$[0].name" is "Pen"
    And the JSON at "$[0].price" is 2.50
    And the JSON at "$[0].name" matches "^P"
    And the JSON at "$[0].ID" exists
    And the JSON at "$[0].id" is absent
    And the JSON at "$..nothing" is absent
    And the JSON at "$" has 1 item
    And the JSON at "$[?(@.price > 3)]" is []
    And the response matches the document
    And the execution log contains "Method completed with status: 200"
    When I remember the JSON at "$[0].name" as "name"
    And the request header "X-Name" is "{{name}}"
    And I send GET "/items?size={{name}}"
    Then the function "Items" received:
      """
      {"size": "{{name}}"}
      """
`

func TestEveryStepHolds(t *testing.T) {
	// One of the steps above must not hold, or this test would pass on steps that
	// do nothing: the body has no quote behind Missing.
	run, err := replay(t, Config{Project: shop(t), Seed: 1}, map[string]string{"every.feature": everyStep})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range run.Features[0].Scenarios {
		for _, st := range s.Steps {
			if strings.Contains(st.Text, `Missing \"Auth`) {
				if st.Status != result.Failed {
					t.Errorf("%s: %s is %s", st.Pos, st.Text, st.Status)
				}
				break
			}
			if st.Status != result.Passed {
				t.Errorf("%s: %s is %s: %s\nhint: %s", st.Pos, st.Text, st.Status, st.Error, st.Hint)
			}
		}
	}
}

// Each step that does not hold says what is wrong, and what to do.
func TestFailuresSayWhatIsWrong(t *testing.T) {
	const sent = "Given I use the stage \"dev\" of \"Shop\"\nWhen I send GET \"/items\"\n"
	const doc = "\n\"\"\"\n"
	tests := []struct{ steps, want, hint string }{
		{`Then the status is 200`, "nothing has been sent yet", "When I send GET"},
		{`Given I use the stage "pord"`, `there is no stage "pord"`, `did you mean "prod"?`},
		{`Given I use the stage "dev"`, `the APIs Shop and Other each have a stage "dev"`, "say of which"},
		{`Given I use the stage "dev" of "Shp"`, `there is no API "Shp"`, `did you mean "Shop"?`},
		{`Given I use the API key "Labkey"`, `there is no API key "Labkey"`, `did you mean "LabKey"?`},
		{`Given the request header "a b" is "c"`, `"a b" is no name of a header`, ""},
		{`When I send GET "items"`, `the path "items" does not begin with a slash`, ""},
		{`When I send GET "http://host/items"`, `"http://host/items" is a URL, want a path`, `begins with its stage`},
		{`When I send GET "/dev/items"`, `both Shop and Other have a stage "dev"`, `Given I use the stage "dev" of "Shop"`},
		{`When I send GET "/prod/items" 0 times`, `"0" is no number of times`, ""},
		{"When I send GET \"/prod/items\" with headers:\n| a |", "row 1 of the table has 1 cell", ""},
		{`Given the usage plan "Plam" allows 5 requests per day`, `there is no usage plan "Plam"`, `did you mean "Plan"?`},
		{`Given the method setting "cachingEnable" of "prod" is "false"`, `there is no method setting "cachingEnable"`, `did you mean "cachingEnabled"?`},
		{`Given the method setting "cachingEnabled" of "prod" is "no"`, `the method setting cachingEnabled is "no", want true or false`, ""},
		{`When I deploy "nope.yaml" to the stage "prod"`, `nope.yaml`, ""},
		{`Given the function "Item" fails with "x"`, `there is no function "Item"`, `did you mean "Items"?`},
		{"Given the function \"Items\" answers:" + doc + "{" + doc, "the doc string is no JSON: line 1, column 2", ""},
		{`Then the function "Items" was called 1 time`, "the function Items was called 0 times, want 1", ""},
		{`Then the function "Items" was called as version "1"`, "the function Items was not called", ""},
		{sent + `Then the function "Items" was called as version "1"`, `was called as version "$LATEST", want "1"`, ""},
		{sent + "Then the function \"Items\" received:" + doc + `{"size": "9"}` + doc, `the event of Items is not as wanted: $.size is "", want "9"`, ""},
		{sent + `Then the log of "Items" contains "Hello"`, `the log of Items does not contain "Hello"`, ""},
		{`Given the backend "petstore" is unreachable`, `the backend "petstore" is no URL`, "http://host"},
		{`Given the service "http://sqs" is unreachable`, `is no name of an AWS service`, `"sqs"`},
		{"Then the backend \"http://petstore.example.com\" received:" + doc + "{}" + doc, "received nothing", ""},
		{`When the clock reaches "tomorrow"`, `"tomorrow" is no moment`, "2026-01-02T00:00:00Z"},
		{`When the clock reaches "2020-01-01T00:00:00Z"`, "2020-01-01T00:00:00Z has passed: the clock shows 2026-01-01T00:00:00Z", ""},
		{`When a page on "shop.example" calls GET "/prod/items"`, `"shop.example" is no origin of a page`, "https://shop.example"},
		{`Then the browser allows it`, "no page has called anything yet", "When a page on"},
		{"When a page on \"https://x.example\" calls GET \"/prod/items\"\nThen the browser allows it", `blocks it because of "allow-origin-mismatch"`, ""},
		{"When a page on \"https://shop.example\" calls GET \"/prod/items\"\nThen the browser blocks it because of \"missing-allow-orgin\"", "there is no reason of a browser", `did you mean "missing-allow-origin"?`},
		{sent + `Then the status is 404`, "the status is 200, want 404", ""},
		{"Given I use the API key \"LabKey\"\nWhen I send GET \"/prod/items\"\nThen the status is 404", `-H "x-api-key: $LAB_KEY" http://127.0.0.1:3000/prod/items`, ""},
		{sent + `Then the status is 999`, `"999" is no status`, ""},
		{sent + `Then no response has the status 200`, "1 of 1 response has the status 200, want no\n  statuses: 200 x 1", ""},
		{sent + `Then the header "Content-Typ" is "text/html"`, "the response has no header Content-Typ", "it has Content-Type"},
		{sent + `Then the header "Content-Type" is "text/html"`, `the header Content-Type is "application/json", want "text/html"`, ""},
		{sent + `Then the header "Content-Type" matches "("`, `"(" is no regular expression: missing closing )`, ""},
		{sent + `Then the header "Content-Type" is absent`, `the header Content-Type is "application/json", want none`, ""},
		{sent + "Then the body is:" + doc + `[{"ID":1,"name":"Pen","price":2.5}]` + doc, `the body is not as wanted: line 1, column`, "as JSON they are equal"},
		{sent + "Then the JSON is:" + doc + `[{"ID":2,"name":"Pen"}]` + doc, "the JSON is not as wanted:\n    $[0].ID is 1, want 2\n    $[0].price is 2.50, want no such member", ""},
		{sent + "Then the JSON contains:" + doc + `[{"ID":2}]` + doc, "$[0].ID is 1, want 2", ""},
		{sent + "Then the JSON has:\n| $[0].ID | 2 |\n| $.x | y |", "$[0].ID is 1, want 2\n    $.x is not there, want \"y\"", ""},
		{sent + `Then the JSON at "$[0].ID" is "1"`, `the JSON at $[0].ID is 1, want "1"`, "texts stand in quotes"},
		{sent + `Then the JSON at "$[0" is 1`, "JSONPath $[0:", ""},
		{sent + `Then the JSON at "$" has 2 items`, "the JSON at $ has 1 item, want 2", ""},
		{sent + `Then the JSON at "$[0].ID" has 1 item`, "the JSON at $[0].ID is 1, want 1 item", ""},
		{sent + `Then the JSON at "$[0].idea" exists`, "the JSON has nothing at $[0].idea", ""},
		{"Given I use the stage \"dev\" of \"Shop\"\nAnd the function \"Items\" answers:" + doc + `[{"ID":"x"}]` + doc + "When I send GET \"/items\"\nThen the response matches the document",
			"the response is not what GET /items declares:\n    $[0].ID value must be an integer\n    $[0].name property \"name\" is missing", ""},
		{"Given I use the stage \"dev\" of \"Shop\"\nWhen I delete the function \"Items\"\nAnd I send GET \"/items\"\nThen the response matches the document",
			"the status 500 is not declared: GET /items declares 200, 404", ""},
		{"When I send GET \"/only/x\"\nThen the response matches the document", "the request matches no path of the document", ""},
		{sent + `Then the gateway answers with "THROTTLED"`, "the response is not one of the gateway's own, want THROTTLED", ""},
		{sent + `Then the gateway answers with "THROTLED"`, `there is no gateway response type "THROTLED"`, `did you mean "THROTTLED"?`},
		{sent + `Then the request is refused because of "quota-exhausted"`, "the request is not refused", ""},
		{sent + `Then the request is refused because of "qouta-exhausted"`, `there is no reason "qouta-exhausted"`, `did you mean "quota-exhausted"?`},
		{"When I send GET \"/only/x\"\nThen the request is refused because of \"quota-exhausted\"", `refused because of "path-unknown", want "quota-exhausted"`, ""},
		{sent + `Then the trace mentions "elephants"`, "the trace does not mention \"elephants\":\n    ", ""},
		{sent + `Then the response came from the cache`, "the response did not come from the cache", ""},
		{`Then the API key "LabKey" has 3 requests left in "Plan"`, "has 1000 requests left in Plan, want 3", ""},
		{sent + `Then the execution log contains "elephants"`, "the execution log does not contain", ""},
		{`When I send GET "/only/{{x}}"`, `there is no remembered value "x"`, `I remember the JSON at "$.x" as "x"`},
		{sent + `Then the header "Nope" is "text/html"`, "the response has no header Nope", "it has Access-Control-Allow-Origin, Connection, Content-Length, Content-Type, "},
		{sent + `Then the gateway answers with "QUOTA"`, `there is no gateway response type "QUOTA"`, `did you mean "QUOTA_EXCEEDED"?`},
		{sent + `Then the JSON at "$[0].title" is "Pen"`, "the JSON has nothing at $[0].title", "$[0] has ID, name, price"},
		{sent + `Then the JSON at "$.name" is "Pen"`, "the JSON has nothing at $.name", "$ is an array of 1 item: $[0].name is of the first"},
		{sent + `Then the JSON at "$[0].name.first" exists`, "the JSON has nothing at $[0].name.first", `$[0].name is "Pen"`},
		{sent + `Then the response came from the cache`, "the response did not come from the cache", `Given the stage "dev" caches responses`},
		{"When I send GET \"/only/nope\"\nThen the status is 200", "no resource fits /nope", "stage only has /"},
		{"When I send GET \"/onlyone/items\"\nThen the status is 200", "there is no stage onlyone", `did you mean "only"?`},
		{"When I send GET \"/xyz/items\"\nThen the status is 200", "there is no stage xyz", "the stages are "},
		{"When I send GET '/only/items'", "there is no such step", `did you mean: I send GET "/only/items"`},
		{"Then the status is 200" + doc + "x" + doc, "this step takes no doc string", "end in a colon"},
	}
	var text strings.Builder
	text.WriteString("Feature: failures\n")
	for _, tt := range tests {
		text.WriteString("Scenario: s\n" + tt.steps + "\n")
	}
	run, err := replay(t, Config{Project: shop(t), Seed: 1}, map[string]string{"f.feature": text.String()})
	if err != nil {
		t.Fatal(explain(err))
	}
	for i, tt := range tests {
		s := run.Features[0].Scenarios[i]
		last := s.Steps[len(s.Steps)-1]
		if last.Status != result.Failed || !strings.Contains(last.Error, tt.want) || !strings.Contains(last.Hint, tt.hint) {
			t.Errorf("%s\nis %s: %s\nhint: %s\nwant: %s\nhint: %s", tt.steps, last.Status, last.Error, last.Hint, tt.want, tt.hint)
		}
	}
}
