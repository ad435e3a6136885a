Feature: Mock templates
  Before there is a function, both resources answer from templates, so that the
  front end can start.

  Background:
    When I deploy "openapi-mock.yaml" to the stage "dev"

  Scenario: The list is made by a loop
    When I send GET "/dev/items"
    Then the status is 200
    And the header "Content-Type" is "application/json"
    And the JSON at "$" has 4 items
    And the JSON has:
      | $[0].ID    | 1          |
      | $[0].name  | "Crayon 1" |
      | $[3].name  | "Crayon 4" |

  Scenario: A whole number times a fraction prints as Java prints a double
    When I send GET "/dev/items"
    Then the JSON at "$[0].price" is 2.25
    And the JSON at "$[3].price" is 9.0
    And the body contains "\"price\": 9.0}"

  Scenario Outline: Any whole number is an item
    When I send GET "/dev/items/<id>"
    Then the status is 200
    And the JSON is:
      """
      {"ID": <id>, "name": "Crayon <id>", "price": <price>}
      """

    Examples:
      | id | price |
      | 1  | 2.25  |
      | 10 | 22.5  |
      | -2 | -4.5  |
      | 0  | 0.0   |

  Scenario Outline: What Integer.parseInt refuses ends as an internal server error
    When I send GET "/dev/items/<id>"
    Then the status is 500
    And the body is:
      """
      {"message": "Internal server error"}
      """

    Examples:
      | id         |
      | abc        |
      | 1.5        |
      | 2147483648 |

  Scenario: The mock answers have the shape the document declares
    When I send GET "/dev/items"
    Then the response matches the document
    When I send GET "/dev/items/3"
    Then the response matches the document

  Scenario: A client that asks for another type gets the only template there is
    Given the request header "Accept" is "text/xml"
    When I send GET "/dev/items/1"
    Then the status is 200
    And the JSON at "$.name" is "Crayon 1"
