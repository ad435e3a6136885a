Feature: Alias routing
  The stage variable lambdaAlias chooses the alias of the function: dev follows
  $LATEST, prod stays on version 1 until its alias moves.

  Background:
    Given I use the API key "LabKey"

  Scenario: dev runs the latest code
    When I send GET "/dev/items"
    Then the JSON at "$" has 5 items
    And the function "ItemsFunction" was called as version "$LATEST"

  Scenario: prod runs the published version
    When I send GET "/prod/items"
    Then the JSON at "$" has 4 items
    And the function "ItemsFunction" was called as version "1"

  Scenario: A change of the code reaches dev and leaves prod alone
    Given the function "ItemsFunction" has this code:
      """
      def lambda_handler(event, context):
          return [{"ID": 1, "name": "Fountain pen", "price": 30.0}]
      """
    When I send GET "/dev/items"
    Then the JSON at "$[0].name" is "Fountain pen"
    When I send GET "/prod/items"
    Then the JSON at "$[0].name" is "Notebook"

  Scenario: Publishing changes nothing until the alias moves
    When I publish version "2" of "ItemsFunction"
    And I send GET "/prod/items"
    Then the JSON at "$" has 4 items
    Given the alias "prod" of "ItemsFunction" points to version "2"
    When I flush the cache of "prod"
    And I send GET "/prod/items"
    Then the JSON at "$" has 5 items
    And the function "ItemsFunction" was called as version "2"

  Scenario: Moving the alias back is the rollback
    Given the alias "prod" of "ItemsFunction" points to version "$LATEST"
    When I send GET "/prod/items"
    Then the JSON at "$" has 5 items
    Given the alias "prod" of "ItemsFunction" points to version "1"
    When I flush the cache of "prod"
    And I send GET "/prod/items"
    Then the JSON at "$" has 4 items

  Scenario: The operator's slip: dev with the variable of prod
    Given the stage variable "lambdaAlias" of "dev" is "prod"
    When I send GET "/dev/items"
    Then the JSON at "$" has 4 items
    And the function "ItemsFunction" was called as version "1"
