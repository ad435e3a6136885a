Feature: Unknown paths and methods
  The gateway never answers 404 or 405: whoever asks for something that is not
  there lacks an authentication token.

  Scenario Outline: <what>
    Given I use the API key "LabKey"
    When I send <method> "<path>"
    Then the status is 403
    And the header "x-amzn-errortype" is "MissingAuthenticationTokenException"
    And the body is:
      """
      {"message":"Missing Authentication Token"}
      """
    And the gateway answers with "MISSING_AUTHENTICATION_TOKEN"
    And the request is refused because of "route-not-found"

    Examples:
      | what                                    | method | path              |
      | A path nobody defined                   | GET    | /dev/orders       |
      | A path below a resource                 | GET    | /dev/items/1/more |
      | A method the resource does not have     | POST   | /dev/items        |
      | DELETE, where only GET is defined       | DELETE | /dev/items/1      |
      | The root of the stage                   | GET    | /dev/             |
      | Paths are case-sensitive                | GET    | /dev/Items        |

  Scenario: HEAD is not GET, and its answer has no body
    When I send HEAD "/dev/items"
    Then the status is 403
    And the header "x-amzn-errortype" is "MissingAuthenticationTokenException"

  Scenario: No key is asked for before there is a method
    Given I use no API key
    When I send GET "/dev/orders"
    Then the request is refused because of "route-not-found"
