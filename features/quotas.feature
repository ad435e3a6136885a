Feature: Quotas
  CloudAcademyPlan allows a key 1000 requests a day, over both stages together.

  Background:
    Given I use the API key "LabKey"
    And the usage plan "CloudAcademyPlan" is throttled to 10000 requests per second with a burst of 5000
    And the function "ItemsFunction" answers:
      """
      []
      """

  Scenario: The 1000th request passes, the 1001st does not
    When I send GET "/dev/items" 1000 times
    Then all responses have the status 200
    And the API key "LabKey" has 0 requests left in "CloudAcademyPlan"
    When I send GET "/dev/items"
    Then the status is 429
    And the header "x-amzn-errortype" is "LimitExceededException"
    And the body is:
      """
      {"message":"Limit Exceeded"}
      """
    And the gateway answers with "QUOTA_EXCEEDED"
    And the request is refused because of "quota-exhausted"

  Scenario: A day is the calendar's, in UTC
    When the clock reaches "2026-01-01T23:59:58Z"
    And I send GET "/dev/items" 1000 times
    Then all responses have the status 200
    When 1 second passes
    And I send GET "/dev/items"
    Then the status is 429
    When 1 second passes
    And I send GET "/dev/items"
    Then the status is 200
    And the API key "LabKey" has 999 requests left in "CloudAcademyPlan"

  Scenario: The next day everything is allowed again
    When I send GET "/dev/items" 1001 times
    Then 1000 responses have the status 200
    And 1 response has the status 429
    When 25 hours pass
    And I send GET "/dev/items"
    Then the status is 200

  Scenario: Both stages draw from one quota
    Given the usage plan "CloudAcademyPlan" allows 3 requests per day
    When I send GET "/dev/items" 2 times
    And I send GET "/prod/items"
    Then the status is 200
    When I send GET "/dev/items"
    Then the status is 429

  Scenario: A raised quota counts what was used
    Given the usage plan "CloudAcademyPlan" allows 2 requests per day
    When I send GET "/dev/items" 3 times
    Then 2 responses have the status 200
    Given the usage plan "CloudAcademyPlan" allows 5 requests per day
    Then the API key "LabKey" has 3 requests left in "CloudAcademyPlan"
    When I send GET "/dev/items"
    Then the status is 200

  Scenario: What the backend answers does not matter to the quota
    Given the usage plan "CloudAcademyPlan" allows 2 requests per day
    And the function "ItemsFunction" fails with "NotFoundError"
    When I send GET "/dev/items" 3 times
    Then 2 responses have the status 200
    And 1 response has the status 429

  Scenario: An unknown path costs nothing
    Given the usage plan "CloudAcademyPlan" allows 1 request per day
    When I send GET "/dev/nothing" 5 times
    And I send GET "/dev/items"
    Then the status is 200

  Scenario: A preflight costs nothing
    Given the usage plan "CloudAcademyPlan" allows 1 request per day
    When I send OPTIONS "/dev/items" 5 times
    Then the API key "LabKey" has 1 request left in "CloudAcademyPlan"
