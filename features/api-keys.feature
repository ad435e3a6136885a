Feature: API keys
  Both GETs need a key that is enabled and in a usage plan of the stage. Whatever
  is wrong with it, the answer is the same.

  Scenario: A key of the plan opens both stages
    Given I use the API key "LabKey"
    When I send GET "/dev/items"
    Then the status is 200
    When I send GET "/prod/items/1"
    Then the status is 200

  Scenario: No key
    Given I use no API key
    When I send GET "/dev/items"
    Then the status is 403
    And the header "x-amzn-errortype" is "ForbiddenException"
    And the body is:
      """
      {"message":"Forbidden"}
      """
    And the request is refused because of "api-key-missing"
    And the function "ItemsFunction" was called 0 times

  Scenario: A wrong key
    Given the request header "x-api-key" is "not-the-key-not-the-key-at-all"
    When I send GET "/dev/items"
    Then the status is 403
    And the body is:
      """
      {"message":"Forbidden"}
      """
    And the request is refused because of "api-key-unknown"

  Scenario: A disabled key
    Given I use the API key "LabKey"
    And the API key "LabKey" is disabled
    When I send GET "/dev/items"
    Then the status is 403
    And the body is:
      """
      {"message":"Forbidden"}
      """
    And the request is refused because of "api-key-disabled"

  Scenario: A good key that is in no usage plan of the stage
    Given I use the API key "SpareKey"
    When I send GET "/dev/items"
    Then the status is 403
    And the body is:
      """
      {"message":"Forbidden"}
      """
    And the request is refused because of "api-key-not-in-plan"

  Scenario: The name of the header may be spelled as one likes
    Given the request header "X-API-KEY" is "LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234"
    When I send GET "/dev/items"
    Then the status is 200

  Scenario: A key in the query is no key
    When I send GET "/dev/items?x-api-key=LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234"
    Then the status is 403

  Scenario: A refused call costs no quota
    When I send GET "/dev/items"
    Then the API key "LabKey" has 1000 requests left in "CloudAcademyPlan"
