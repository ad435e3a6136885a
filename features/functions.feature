Feature: The function behind the API
  GET /items sends no body, so the function is called with an empty object. The
  template of GET /items/{ID} puts the path parameter into the event without
  quotes.

  Background:
    Given I use the API key "LabKey"
    And I use the stage "dev"

  Scenario: Without an ID the function lists everything
    When I send GET "/items"
    Then the status is 200
    And the function "ItemsFunction" received:
      """
      {}
      """
    And the JSON at "$[2].name" is "Stapler"
    And the response matches the document

  Scenario: The ID arrives as a number
    When I send GET "/items/2"
    Then the function "ItemsFunction" received:
      """
      {"ID": 2}
      """
    And the JSON is:
      """
      {"ID": 2, "name": "Eraser", "price": 0.75}
      """
    And the response matches the document

  Scenario: The body is passed on as the function wrote it
    When I send GET "/items/3"
    Then the body contains "\"price\": 12.0"

  Scenario: An error without a mapping is a 200 with the error as its body
    When I send GET "/items/99"
    Then the status is 200
    And the JSON has:
      | $.errorMessage | "NotFoundError" |
      | $.errorType    | "Exception"     |

  Scenario: With a mapping the error becomes a 404
    When I deploy "openapi-not-found.yaml" to the stage "dev"
    And I send GET "/items/99"
    Then the status is 404
    And the JSON is:
      """
      {"message": "NotFoundError"}
      """
    When I send GET "/items/1"
    Then the status is 200

  Scenario Outline: What Python takes for false lists everything
    When I send GET "/items/<id>"
    Then the status is 200
    And the JSON at "$" has 5 items

    Examples:
      | id    |
      | 0     |
      | null  |
      | false |

  Scenario Outline: What Python takes for one finds the first item
    When I send GET "/items/<id>"
    Then the status is 200
    And the JSON at "$.name" is "Notebook"

    Examples:
      | id   |
      | 1.0  |
      | true |

  Scenario: An ID without quotes lets a caller write into the event
    When I send GET "/items/1%2C%22x%22%3A2"
    Then the function "ItemsFunction" received:
      """
      {"ID": 1, "x": 2}
      """

  Scenario: An ID that breaks the event never reaches the function
    When I send GET "/items/abc"
    Then the status is 400
    And the function "ItemsFunction" was called 0 times

  Scenario: A content type without a template is refused where there are templates
    Given the request header "Content-Type" is "text/plain"
    When I send GET "/items/1"
    Then the status is 415
    And the JSON is:
      """
      {"message": "Unsupported Media Type"}
      """
    When I send GET "/items"
    Then the status is 200

  Scenario: One environment serves both methods
    When I send GET "/items"
    And I send GET "/items/1"
    Then the function "ItemsFunction" was called 2 times

  Scenario: The function's output is kept
    When I send GET "/items/2"
    Then the log of "ItemsFunction" contains "Event: {'ID': 2}"

  Scenario: A function that takes longer than its timeout ends as the error it is
    Given the function "ItemsFunction" takes 4 seconds
    When I send GET "/items"
    Then the status is 200
    And the JSON at "$.errorMessage" matches ".*Task timed out after 3\.00 seconds"
