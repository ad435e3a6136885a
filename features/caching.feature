Feature: Caching
  prod caches GET for an hour, dev does not cache at all.

  Background:
    Given I use the API key "LabKey"

  Scenario: The second answer comes from the cache
    When I send GET "/prod/items"
    Then the response did not come from the cache
    When I send GET "/prod/items"
    Then the response came from the cache
    And the status is 200
    And the function "ItemsFunction" was called 1 time

  Scenario: dev calls the function every time
    When I send GET "/dev/items" 3 times
    Then the function "ItemsFunction" was called 3 times

  Scenario: An entry lives as long as its TTL
    When I send GET "/prod/items"
    And 3599 seconds pass
    And I send GET "/prod/items"
    Then the response came from the cache
    When 2 seconds pass
    And I send GET "/prod/items"
    Then the response did not come from the cache
    And the function "ItemsFunction" was called 2 times

  Scenario: The ID is part of the key, because the document lists it
    When I send GET "/prod/items/1"
    And I send GET "/prod/items/2"
    Then the JSON at "$.name" is "Eraser"
    And the response did not come from the cache
    When I send GET "/prod/items/1"
    Then the JSON at "$.name" is "Notebook"
    And the response came from the cache

  Scenario: A query parameter that is not in the key changes nothing
    When I send GET "/prod/items?page=1"
    And I send GET "/prod/items?page=2"
    Then the response came from the cache

  Scenario: The lab's trap: a cache is provisioned, and nothing is cached
    Given the method setting "cachingEnabled" of "prod" is "false"
    When I send GET "/prod/items" 2 times
    Then the function "ItemsFunction" was called 2 times

  Scenario: Only GET is cached
    When I send OPTIONS "/prod/items"
    And I send OPTIONS "/prod/items"
    Then the response did not come from the cache

  Scenario: A caller may not empty the cache
    When I send GET "/prod/items"
    Given the request header "Cache-Control" is "max-age=0"
    When I send GET "/prod/items"
    Then the status is 403
    And the function "ItemsFunction" was called 1 time

  Scenario: The operator may
    When I send GET "/prod/items"
    And I flush the cache of "prod"
    And I send GET "/prod/items"
    Then the response did not come from the cache
    And the function "ItemsFunction" was called 2 times

  Scenario: What a refused caller asks for is never taken from the cache
    When I send GET "/prod/items"
    Given I use no API key
    When I send GET "/prod/items"
    Then the status is 403

  Scenario: A cached answer counts against the quota
    When I send GET "/prod/items" 10 times
    Then the API key "LabKey" has 990 requests left in "CloudAcademyPlan"
    And the function "ItemsFunction" was called 1 time

  Scenario: dev caches once it is told to
    Given the stage "dev" caches responses for 300 seconds
    When I send GET "/dev/items" 2 times
    Then the function "ItemsFunction" was called 1 time
    When 301 seconds pass
    And I send GET "/dev/items"
    Then the function "ItemsFunction" was called 2 times
