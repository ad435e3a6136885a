Feature: Throttling
  A token bucket: the burst passes at one instant, the rate refills it.

  Background:
    Given I use the API key "LabKey"
    And the function "ItemsFunction" answers:
      """
      []
      """

  Scenario: 100 at once, and 50 a second after that
    When I send GET "/dev/items" 101 times
    Then 100 responses have the status 200
    And 1 response has the status 429
    When 1 second passes
    And I send GET "/dev/items" 51 times
    Then 50 responses have the status 200
    And 1 response has the status 429

  Scenario: What a throttled caller sees
    Given the usage plan "CloudAcademyPlan" is throttled to 1 request per second with a burst of 1
    When I send GET "/dev/items" 2 times
    Then the status is 429
    And the header "x-amzn-errortype" is "TooManyRequestsException"
    And the header "Retry-After" is absent
    And the body is:
      """
      {"message":"Too Many Requests"}
      """
    And the gateway answers with "THROTTLED"
    And the request is refused because of "plan-throttled"

  Scenario: Both stages draw from one bucket
    Given the usage plan "CloudAcademyPlan" is throttled to 1 request per second with a burst of 2
    When I send GET "/dev/items" 2 times
    And I send GET "/prod/items"
    Then the status is 429

  Scenario: Throttled requests cost no quota
    Given the usage plan "CloudAcademyPlan" is throttled to 1 request per second with a burst of 2
    When I send GET "/dev/items" 10 times
    Then the API key "LabKey" has 998 requests left in "CloudAcademyPlan"

  Scenario: A stage's own limit holds for everybody
    Given the method setting "throttlingRateLimit" of "dev" is "1"
    And the method setting "throttlingBurstLimit" of "dev" is "1"
    When I send GET "/dev/items" 2 times
    Then the request is refused because of "stage-throttled"
    When I send GET "/prod/items" 2 times
    Then all responses have the status 200
