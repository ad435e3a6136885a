Feature: Stages
  A stage serves the deployment it was given, with its own variables.

  Background:
    Given I use the API key "LabKey"

  Scenario: A deployment is a snapshot
    When I deploy "openapi-mock.yaml" to the stage "dev"
    And I send GET "/dev/items"
    Then the JSON at "$[0].name" is "Crayon 1"
    When I send GET "/prod/items"
    Then the JSON at "$[0].name" is "Notebook"

  Scenario: The same address answers from the function after the next deployment
    When I deploy "openapi-mock.yaml" to the stage "dev"
    And I send GET "/dev/items/1"
    Then the JSON at "$.name" is "Crayon 1"
    When I deploy "openapi.yaml" to the stage "dev"
    And I send GET "/dev/items/1"
    Then the JSON at "$.name" is "Notebook"

  Scenario Outline: A stage that is not there is forbidden, whatever is in its path
    When I send GET "/<stage>/items"
    Then the status is 403
    And the header "x-amzn-errortype" is "ForbiddenException"
    And the JSON is:
      """
      {"message": "Forbidden"}
      """

    Examples:
      | stage |
      | pro   |
      | Prod  |
      | test  |

  Scenario: Requests can be sent relative to a stage
    Given I use the stage "prod"
    When I send GET "/items/1"
    Then the status is 200

  Scenario: Every answer carries the ids support asks for
    When I send GET "/dev/items"
    Then the header "x-amzn-requestid" matches "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    And the header "x-amz-apigw-id" is present

  Scenario: A trailing slash changes nothing
    When I send GET "/dev/items/"
    Then the status is 200
    And the JSON at "$[0].name" is "Notebook"
