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
    And the request is refused because of "<reason>"

    Examples:
      | what                                    | method | path              | reason         |
      | A path nobody defined                   | GET    | /dev/orders       | path-unknown   |
      | A path below a resource                 | GET    | /dev/items/1/more | path-unknown   |
      | A method the resource does not have     | POST   | /dev/items        | method-unknown |
      | DELETE, where only GET is defined       | DELETE | /dev/items/1      | method-unknown |
      | The root of the stage                   | GET    | /dev/             | path-unknown   |
      | Paths are case-sensitive                | GET    | /dev/Items        | path-unknown   |

  Scenario: HEAD is not GET, and its answer has no body
    When I send HEAD "/dev/items"
    Then the status is 403
    And the header "x-amzn-errortype" is "MissingAuthenticationTokenException"

  Scenario: No key is asked for before there is a method
    Given I use no API key
    When I send GET "/dev/orders"
    Then the request is refused because of "path-unknown"
