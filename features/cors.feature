Feature: CORS
  Enable CORS makes an OPTIONS mock for each resource and adds one header to the
  200 answers of GET. The gateway's own answers get nothing.

  Scenario: The preflight needs no key
    Given I use no API key
    When I send OPTIONS "/dev/items"
    Then the status is 200
    And the header "Access-Control-Allow-Origin" is "*"
    And the header "Access-Control-Allow-Methods" is "GET,OPTIONS"
    And the header "Access-Control-Allow-Headers" is "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token"
    And the function "ItemsFunction" was called 0 times

  Scenario: A page with the key may read the items
    Given I use the API key "LabKey"
    When a page on "https://shop.example" calls GET "/dev/items"
    Then the browser allows it
    And the status is 200
    And the JSON at "$[0].name" is "Notebook"

  Scenario: A single item too, because its resource has its own OPTIONS
    Given I use the API key "LabKey"
    When a page on "https://shop.example" calls GET "/dev/items/1"
    Then the browser allows it

  Scenario: Without the key the page cannot even read the refusal
    Given I use no API key
    When a page on "https://shop.example" calls GET "/dev/items"
    Then the browser blocks it because of "missing-allow-origin"

  Scenario: A header that the preflight does not allow
    Given I use the API key "LabKey"
    When a page on "https://shop.example" calls GET "/dev/items" with headers:
      | X-Trace | 1 |
    Then the browser blocks it because of "header-not-allowed"

  Scenario: A method that the preflight does not allow
    When a page on "https://shop.example" calls DELETE "/dev/items"
    Then the browser blocks it because of "method-not-allowed"

  Scenario: Before CORS is enabled there is no preflight to pass
    When I deploy "openapi-mock.yaml" to the stage "dev"
    And a page on "https://shop.example" calls GET "/dev/items" with headers:
      | x-api-key | LabKeyLabKeyLabKeyLabKeyLabKeyLabKey1234 |
    Then the browser blocks it because of "preflight-missing-allow-origin"

  Scenario: A simple call goes out, and the page may not read the answer
    When I deploy "openapi-mock.yaml" to the stage "dev"
    And a page on "https://shop.example" calls GET "/dev/items"
    Then the browser blocks it because of "missing-allow-origin"
    And the status is 200
