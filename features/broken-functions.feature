Feature: Functions that are not there
  A caller never learns why: the answer is the same internal server error. The
  decision trace says what happened.

  Background:
    Given I use the API key "LabKey"

  Scenario: The alias does not exist
    Given the stage variable "lambdaAlias" of "dev" is "live"
    When I send GET "/dev/items"
    Then the status is 500
    And the header "x-amzn-errortype" is "InternalServerErrorException"
    And the body is:
      """
      {"message": "Internal server error"}
      """
    And the request is refused because of "function-alias-not-found"

  Scenario: Aliases are case-sensitive
    Given the stage variable "lambdaAlias" of "prod" is "Prod"
    When I send GET "/prod/items"
    Then the status is 500
    And the request is refused because of "function-alias-not-found"

  Scenario: The stage has no variable for the alias
    Given the stage variable "lambdaAlias" of "dev" is ""
    When I send GET "/dev/items"
    Then the status is 500

  Scenario: The function was deleted before the API
    When I delete the function "ItemsFunction"
    And I send GET "/dev/items"
    Then the status is 500
    And the body is:
      """
      {"message": "Internal server error"}
      """
    And the request is refused because of "function-not-found"

  Scenario: Deleting a function deletes its aliases
    When I delete the function "ItemsFunction"
    And I send GET "/prod/items/1"
    Then the status is 500
