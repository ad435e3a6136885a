package gateway

import (
	"slices"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// decisions are all this package takes, filled by says and refuses below.
var decisions []*result.Decision

const (
	recorded   = openapi.Recorded
	documented = openapi.Documented
	inferred   = openapi.Inferred
)

// says makes a decision that lets the request go on.
func says(id, phase string, e openapi.Evidence, source, text string) *result.Decision {
	d := &result.Decision{ID: id, Phase: phase, Evidence: e, Source: source, Text: text}
	decisions = append(decisions, d)
	return d
}

// refuses makes a decision that ends the request's way. Its id is a reason id of
// the steps: never renamed, never used for anything else.
func refuses(id, phase string, e openapi.Evidence, source, text string) *result.Decision {
	d := says(id, phase, e, source, text)
	d.Refusal = true
	return d
}

// Decisions that let the request go on.
var (
	methodOverridden = says("method-overridden", "route", documented, "AWS docs: Amazon API Gateway important notes", "X-HTTP-Method-Override makes {a} a {b}")
	canaryDrawn      = says("canary-drawn", "route", documented, "AWS docs: Set up an API Gateway canary release deployment", "stage {a} has a canary; this request went to the {b}")
	methodChosen     = says("method-chosen", "route", recorded, "case routing-static-beats-greedy-whatever-the-order", "{a} {b} takes the request")

	bodyDecompressed = says("body-decompressed", "decode", documented, "AWS docs: Make an API request with a compressed payload", "the body was {a}; the method sees it decompressed")

	policyAsked = says("resource-policy-asked", "check policy", documented, "AWS docs: How API Gateway resource policies affect authorization workflow", "the resource policy says {a}; the authorizer has the last word")

	authorizerResultKept = says("authorizer-result-kept", "authorize", recorded, "case authorizer-cached-policy-is-evaluated-per-method", "authorizer {a} was not asked: its answer for these identity sources is still kept")
	authorizerStubbed    = says(result.AuthorizerStubbed, "authorize", inferred, "--stub", "the function {b} of authorizer {a} isn't there: it lets everybody in, as --stub asks")
	authorizerAllows     = says("authorizer-allows", "authorize", documented, "case authorizer-token-allow-and-context", "the policy of authorizer {a} allows the call")

	noKeyNeeded = says("no-key-needed", "admit", documented, "AWS docs: Usage plans and API keys for REST APIs", "the method requires no API key: no plan counts this request")
	keyAccepted = says("key-accepted", "admit", recorded, "case api-key-valid", "API key {a} is let in by the usage plan {b}")
	quotaSpent  = says("quota-spent", "admit", recorded, "case usage-plan-quota-one-a-day", "plan {a}: key {b} has used {n} of {m} requests of this {c}")

	bodyValid = says("body-valid", "validate", recorded, "case validation-invalid-body", "the body fits model {a} of content type {b}")

	cacheHit                 = says("cache-hit", "look up cache", documented, "case caching-only-key-parameters-count", "the cache of stage {a} has the response, for another {n} s")
	cacheMissed              = says("cache-missed", "look up cache", documented, "AWS docs: Cache settings for REST APIs", "the cache of stage {a} has no response for this key")
	cacheInvalidated         = says("cache-invalidated", "look up cache", documented, "case caching-max-age-without-required-authorization", "Cache-Control: max-age=0 passes the cache by; the entry is replaced")
	cacheInvalidationIgnored = says("cache-invalidation-ignored", "look up cache", documented, "AWS docs: Cache settings for REST APIs", "Cache-Control: max-age=0 is ignored: the caller may not invalidate the cache ({a})")
	cacheFilled              = says("cache-filled", "fill cache", documented, "AWS docs: Cache settings for REST APIs", "the response is kept in the cache of stage {a} for {n} s")

	bodyPassedThrough    = says("body-passed-through", "map request", documented, "case passthrough-when-no-match-matching-type", "no request template for {a}: passthroughBehavior {b} passes the body as it is")
	requestTemplateUsed  = says("request-template-used", "map request", documented, "case passthrough-never-matching-type", "the request template for {a} makes the integration request")
	mappingSourceMissing = says("mapping-source-missing", "map request", inferred, "guess", "{a} is left out: there is no {b}")

	mockAnswered     = says("mock-answered", "integrate", recorded, "case mock-lenient-json-in-request-template", "the mock's request template rendered statusCode {n}")
	functionAnswered = says("function-answered", "integrate", recorded, "case lambda-custom-passthrough", "{a} answered {b}")
	stubAnswered     = says(result.StubAnswered, "integrate", inferred, "--stub", "{a} isn't there: {b} answered in its place, as --stub asks")
	backendAnswered  = says("backend-answered", "integrate", recorded, "case http-backend-status-is-not-passed-through", "{a} answered {n}")

	responseByPattern    = says("response-by-pattern", "map response", recorded, "case lambda-custom-selection-catch-all", "integration response {a}: its pattern {b} fits {c}")
	responseByDefault    = says("response-by-default", "map response", recorded, "case http-backend-status-is-not-passed-through", "the default integration response, {a}: no pattern fits {b}")
	responseTemplateUsed = says("response-template-used", "map response", documented, "case response-template-chosen-by-accept", "the response template for {a} makes the body")
	statusOverridden     = says("status-overridden", "map response", recorded, "case lambda-custom-response-override-status", "$context.responseOverride.status makes the status {n}, not {m}")
	headerRenamed        = says("header-renamed", "map response", recorded, "case response-headers-remapped-http", "response header {a} goes out as {b}")
	headerDropped        = says("header-dropped", "map response", recorded, "case response-headers-remapped-http", "response header {a} is dropped")
	bodyCompressed       = says("body-compressed", "write", documented, "AWS docs: Receive an API response with a compressed payload", "the body is compressed with {a}")

	gatewayResponseUsed = says("gateway-response-used", "gateway response", recorded, "case gateway-response-default-4xx-keeps-each-status", "gateway response {a} makes the answer to {b}")
)

// Refusals.
var (
	becauseTargetUnreadable = refuses("target-unreadable", "route", inferred, "guess", "the request target {a} is no path")
	becauseBodyTooLong      = refuses("body-too-long", "route", recorded, "AWS answered 413 with this text to a body over 10 MB", "the body is longer than 10,485,760 bytes")
	becauseHeadersTooLong   = refuses("headers-too-long", "route", inferred, "guess", "the header values are longer than 10,240 bytes together")
	becauseURITooLong       = refuses("uri-too-long", "route", inferred, "guess", "the request target is longer than 10,240 bytes")
	becauseAPIUnknown       = refuses("api-unknown", "route", inferred, "case routing-unknown-stage", "neither the Host {a} nor the path names an API that is here")
	becauseStageUnknown     = refuses("stage-unknown", "route", inferred, "case routing-unknown-stage", "there is no stage {a}")
	becauseEndpointDisabled = refuses("default-endpoint-disabled", "route", documented, "AWS docs: Disable the default endpoint for REST APIs", "the API's default endpoint is disabled")
	becausePathUnknown      = refuses("path-unknown", "route", recorded, "case routing-unknown-path", "no resource fits {b}; {c}")
	becauseMethodUnknown    = refuses("method-unknown", "route", recorded, "case routing-wrong-method", "no resource that fits {b} has a method {a}")

	becauseEncodingUnsupported = refuses("content-encoding-unsupported", "decode", documented, "AWS docs: Make an API request with a compressed payload", "the body can't be read as Content-Encoding {a}")

	becausePolicyDenies = refuses("resource-policy-denies", "check policy", documented, "AWS docs: How API Gateway resource policies affect authorization workflow", "the resource policy denies {a} {b}")
	becausePolicySilent = refuses("resource-policy-silent", "check policy", recorded, "case resource-policy-silent-about-a-method-refuses-it", "no statement of the resource policy allows {a} {b} for this caller")

	becauseSignatureMissing     = refuses("signature-missing", "authorize", documented, "case iam-method-without-signature", "{a} {b} needs a signature (AWS_IAM), and the request has none")
	becauseSignatureUnreadable  = refuses("signature-unreadable", "authorize", recorded, "case routing-unknown-path-with-bearer-token", "the Authorization header is read as a signature and is none")
	becauseSignatureNotVerified = refuses("signature-not-verified", "authorize", inferred, "guess", "signatures are not verified here: answered as one by an unknown key")
	becauseTokenNotVerified     = refuses("token-not-verified", "authorize", inferred, "guess", "user pool tokens are not verified here: answered as a bad one")
	becauseAuthorizerMissing    = refuses("authorizer-missing", "authorize", inferred, "guess", "{a} {b} names no authorizer")
	becauseIdentityMissing      = refuses("identity-source-missing", "authorize", documented, "case authorizer-request-identity-source-missing", "authorizer {a} is not asked: the request has no {b}")
	becauseTokenDoesNotFit      = refuses("identity-validation-failed", "authorize", documented, "AWS docs: Configure a Lambda authorizer using the API Gateway console", "authorizer {a} is not asked: the token does not match {b}")
	becauseAuthorizerRefuses    = refuses("authorizer-says-unauthorized", "authorize", documented, "case authorizer-token-unauthorized", "authorizer {a} failed with exactly Unauthorized")
	becauseAuthorizerFailed     = refuses("authorizer-failed", "authorize", recorded, "case authorizer-error-text-is-not-shown", "authorizer {a} failed: {b}")
	becauseAuthorizerTimedOut   = refuses("authorizer-timed-out", "authorize", recorded, "case authorizer-error-text-is-not-shown", "authorizer {a} gave no answer in time")
	becauseAuthorizerOutput     = refuses("authorizer-output-invalid", "authorize", recorded, "case authorizer-wrong-output-shape-is-500", "what authorizer {a} returned is no authorizer output: {b}")
	becauseAuthorizerDenies     = refuses("authorizer-denies", "authorize", recorded, "case authorizer-request-implicit-deny-text", "the policy of authorizer {a} denies {b} {c}")
	becauseAuthorizerSilent     = refuses("authorizer-silent", "authorize", recorded, "case authorizer-request-implicit-deny-text", "the policy of authorizer {a} does not allow {b} {c}")

	becauseKeyMissing          = refuses("api-key-missing", "admit", recorded, "case api-key-refusal-goes-through-its-gateway-response", "the method requires an API key, and the request has none")
	becauseKeyUnknown          = refuses("api-key-unknown", "admit", inferred, "case api-key-missing-body-and-type", "no API key has the value that was sent")
	becauseKeyDisabled         = refuses("api-key-disabled", "admit", recorded, "case api-key-disabled", "API key {a} is disabled")
	becauseKeyNotInPlan        = refuses("api-key-not-in-plan", "admit", inferred, "case api-key-plan-of-another-stage", "API key {a} is in no usage plan of stage {b}")
	becausePlanMethodThrottled = refuses("plan-method-throttled", "admit", documented, "AWS docs: Throttle requests to your REST APIs", "plan {a} allows {n} requests a second with a burst of {m} for {b}")
	becausePlanThrottled       = refuses("plan-throttled", "admit", inferred, "case usage-plan-throttled", "plan {a} allows {n} requests a second with a burst of {m}")
	becauseStageThrottled      = refuses("stage-throttled", "admit", recorded, "case stage-throttle-zero-blocks-all", "the method settings {a} allow {n} requests a second with a burst of {m}")
	becauseAccountThrottled    = refuses("account-throttled", "admit", documented, "AWS docs: Throttle requests to your REST APIs", "the account allows {n} requests a second with a burst of {m}")
	becauseQuotaExhausted      = refuses("quota-exhausted", "admit", recorded, "case usage-plan-quota-one-a-day", "API key {a} has used the {n} requests plan {b} allows in a {c}")

	becauseParameterMissing = refuses("required-parameter-missing", "validate", recorded, "case validation-missing-header", "{a}")
	becauseBodyInvalid      = refuses("body-invalid", "validate", recorded, "case validation-invalid-body", "the body does not fit model {a}: {b}")

	becauseInvalidationRefused = refuses("cache-invalidation-refused", "look up cache", documented, "AWS docs: Cache settings for REST APIs", "Cache-Control: max-age=0 is refused: the caller may not invalidate the cache (FAIL_WITH_403)")

	becauseIntegrationMissing   = refuses("integration-missing", "map request", inferred, "guess", "{a} {b} has no integration")
	becauseHeaderIllegal        = refuses("header-mapping-illegal", "map request", recorded, "case illegal-header-mapping-http", "the header {a} may not be mapped in an integration of type {b}")
	becauseRequestNotBase64     = refuses("request-body-not-base64", "map request", recorded, "AWS answered 500 to a text body that is no base64 under CONVERT_TO_BINARY", "contentHandling {a} wants a base64 body, and it is none")
	becauseTemplateOverBytes    = refuses("template-over-bytes", "map request", inferred, "case request-template-over-decoded-bytes-is-500", "the template for {a} would have to read bytes that are no text")
	becauseRequestTemplateFails = refuses("request-template-fails", "map request", documented, "AWS docs: API Gateway mapping template reference", "the request template for {a} fails: {b}")
	becausePayloadUnreadable    = refuses("payload-unreadable", "map request", recorded, "AWS answered 400 Could not process payload", "the request template for {a} reads the body, which begins as JSON and is none: {b}")
	becauseNoTemplate           = refuses("no-template-for-content-type", "map request", documented, "case passthrough-when-no-templates-other-type", "there is no request template for {a}, and passthroughBehavior is {b}")
	becauseBodyNotJSON          = refuses("body-mapping-not-json", "map request", inferred, "case params-body-mapping-with-broken-json-is-400", "{a} needs {b}, and the body is no JSON")

	becauseMockStatus        = refuses("mock-status-missing", "integrate", inferred, "case mock-lenient-json-accepted-forms", "the mock's request template rendered no integer statusCode")
	becauseIntegrationFailed = refuses("integration-failed", "integrate", inferred, "guess", "the {a} integration failed: {b}")

	becauseNoResponseFits        = refuses("no-integration-response-fits", "map response", documented, "case http-no-response-fits-is-500", "no integration response fits {a}, and there is no default")
	becauseResponseUndeclared    = refuses("method-response-not-declared", "map response", documented, "AWS docs: Troubleshoot internal server errors", "the integration response maps to {a}, which the method does not declare")
	becauseResponseTemplateFails = refuses("response-template-fails", "map response", documented, "AWS docs: API Gateway mapping template reference", "the response template for {a} fails: {b}")
	becauseResponseNotBase64     = refuses("response-body-not-base64", "map response", recorded, "case binary-invalid-base64-is-500", "the response body should be base64, and it is none")
	becauseResponseNotJSON       = refuses("response-mapping-not-json", "map response", inferred, "guess", "{a} needs {b}, and the backend's body is no JSON")
)

// Decisions lists every kind of decision a gateway takes, in the order of the
// phases: those of this package first, then those of integrations.
func Decisions() []*result.Decision {
	return append(slices.Clip(decisions), integration.Decisions()...)
}
