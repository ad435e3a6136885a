package project

// Scalars without more to say.
var (
	aText     = &shape{kind: text}
	asSpelled = &shape{kind: spelled}
	aWhole    = &shape{kind: whole}
	aNumber   = &shape{kind: number}
	aFlag     = &shape{kind: flag}
	aDuration = &shape{kind: duration}
	aMoment   = &shape{kind: moment}
	anyValue  = &shape{kind: anything}
)

// What names must look like.
var (
	// AWS docs: CreateStage. The service's own sentence leaves the hyphen out,
	// the guide allows it.
	stageNames = newRule(`^[A-Za-z0-9_-]{1,128}$`, "want 1 to 128 letters, digits, _ and -")
	// AWS docs: Use stage variables for a REST API; the limits page gives 64.
	variableNames = newRule(`^[A-Za-z0-9_]{1,64}$`, "want 1 to 64 letters, digits and _")
	// AWS's own message on stage variables counts the blank in.
	variableValue = spelledLike(`^[A-Za-z0-9\-._~:/?#&=, ]{0,512}$`, "want at most 512 letters, digits, blanks and -._~:/?#&=,")
	// AWS docs: Lambda CreateFunction.
	functionNames = newRule(`^[a-zA-Z0-9_-]{1,64}$`, "want 1 to 64 letters, digits, _ and -")
	// AWS docs: Lambda PublishVersion, CreateAlias: a number alone is a version, never an alias.
	versionNames = newRule(`^[1-9][0-9]*$`, "want a number: Lambda numbers the versions it publishes")
	aliasNames   = newRule(`^[0-9]*[a-zA-Z_-][a-zA-Z0-9_-]{0,127}$`, "want letters, digits, _ and -, and not a number alone: that would be a version")
	aVersion     = spelledLike(`^(\$LATEST|[1-9][0-9]*)$`, "want a version's number or $LATEST")
	environment  = newRule(`^[a-zA-Z][a-zA-Z0-9_]+$`, "want a letter, then letters, digits and _")
	anOrigin     = newRule(`^https?://[^/?#\s]+$`, "want scheme, host and port alone, such as http://127.0.0.1:9000")
	// An endpoint is for a host of the document, or for an AWS service by its name.
	endpointNames = newRule(`^(https?://[^/?#\s]+|[a-z][a-z0-9-]*)$`, "want https://HOST as the document spells it, or the name of an AWS service such as dynamodb")
	backendNames  = endpointNames
	routeNames    = newRule(`^((GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY) )?/\S*$`, "want a method (GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY) and a path, such as GET /pets")
	hostNames     = newRule(`^[^/\s*]+$`, "want a host name, without scheme, path and wildcard")
)

var rateLimit = between(aNumber, 0, 1e9)
var burstLimit = between(aWhole, 0, 1e9)

var throttle = &shape{kind: object, fields: []field{
	{name: "rateLimit", doc: "Requests a second that refill the bucket.", shape: rateLimit, required: true},
	{name: "burstLimit", doc: "Requests the bucket holds.", shape: burstLimit, required: true},
}}

var methodSetting = &shape{kind: object, fields: []field{
	{name: "cachingEnabled", doc: "Whether responses are cached; the stage needs a cache cluster too.", shape: aFlag},
	{name: "cacheTtlInSeconds", doc: "How long a cached response lives; 0 caches nothing, default 300.", shape: between(aWhole, 0, 3600)}, // AWS docs: Cache settings for REST APIs
	{name: "cacheDataEncrypted", doc: "Stored; nothing a caller could see depends on it.", shape: aFlag},
	{name: "requireAuthorizationForCacheControl", doc: "Whether Cache-Control: max-age=0 needs permission.", shape: aFlag},
	{name: "unauthorizedCacheControlHeaderStrategy", doc: "The answer to Cache-Control: max-age=0 without permission.", shape: oneOf("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER")},
	{name: "throttlingRateLimit", doc: "Requests a second.", shape: rateLimit},
	{name: "throttlingBurstLimit", doc: "Requests at once.", shape: burstLimit},
	{name: "metricsEnabled", doc: "Stored; there are no metrics.", shape: aFlag},
	{name: "dataTraceEnabled", doc: "Stored; the execution log is always whole.", shape: aFlag},
	{name: "loggingLevel", doc: "Stored; the execution log is always whole.", shape: oneOf("OFF", "ERROR", "INFO")},
}}

var variables = mapOf("variable", variableNames, variableValue)

var stageShape = &shape{kind: object, fields: []field{
	{name: "description", doc: "For people.", shape: aText},
	{name: "document", doc: "What was deployed to this stage, if it isn't the API's own document.", shape: aText},
	{name: "variables", doc: "The stage variables.", shape: variables},
	{name: "cacheClusterEnabled", doc: "Whether the stage has a cache. Alone it caches nothing: methodSettings say what.", shape: aFlag},
	{name: "cacheClusterSize", doc: "The size of the cache in GB; default 0.5.", shape: &shape{kind: spelled, enum: []string{"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}}}, // AWS docs: CreateStage
	{name: "methodSettings", doc: `Settings by method: "*/*", or resource path, slash and method: "/items/{ID}/GET", of the root "//GET".`,
		shape: mapOf("method", newRule(`^(\*/\*|/.*/[A-Z]+)$`, `want "*/*", or a resource path and a method such as "/items/{ID}/GET"`), methodSetting)},
	{name: "canarySettings", doc: "A share of the requests goes to a canary.", shape: &shape{kind: object, fields: []field{
		{name: "percentTraffic", doc: "The share, 0 to 100.", shape: between(aNumber, 0, 100)}, // AWS docs: CanarySettings
		{name: "stageVariableOverrides", doc: "Stage variables that differ for the canary.", shape: variables},
		{name: "useStageCache", doc: "Whether the canary uses the stage's cache.", shape: aFlag},
		{name: "document", doc: "What was deployed to the canary, if it isn't the stage's document.", shape: aText},
	}}},
}}

var apiShape = &shape{kind: object, fields: []field{
	{name: "document", doc: "The OpenAPI document, relative to this file.", shape: aText, required: true},
	{name: "id", doc: "The API's id; default one made from its name.", shape: matching(`^[a-z0-9]{10}$`, "want ten lower-case letters and digits")},
	{name: "stages", doc: "The stages the API is deployed to; without any, serve and test use one called dev.", shape: mapOf("stage", stageNames, stageShape)},
}}

var variableOfTheEnvironment = matching(`^[A-Za-z_][A-Za-z0-9_]*$`, "want the name of an environment variable")

var apiKeyShape = &shape{kind: object, fields: []field{
	{name: "value", doc: "20 to 128 letters and digits; default one made from the seed. {fromEnv: NAME} takes it from the environment.", shape: eitherOf(
		spelledLike(keyValue, wantKeyValue),
		&shape{kind: object, fields: []field{{name: "fromEnv", doc: "The environment variable that holds the value.", shape: variableOfTheEnvironment, required: true}}},
	)},
	{name: "fromEnv", doc: "The environment variable that holds the value; the same as value: {fromEnv: NAME}.", shape: variableOfTheEnvironment},
	{name: "enabled", doc: "Default true.", shape: aFlag},
	{name: "description", doc: "For people.", shape: aText},
}}

// AWS docs: Set up API keys for REST APIs; AWS itself says "API Key value should
// be at least 20 characters".
const (
	keyValue     = `^[A-Za-z0-9]{20,128}$`
	wantKeyValue = "want 20 to 128 letters and digits"
)

var usagePlanShape = &shape{kind: object, fields: []field{
	{name: "description", doc: "For people.", shape: aText},
	{name: "apiStages", doc: "The stages the plan covers.", shape: listOf(&shape{kind: object, fields: []field{
		{name: "api", doc: "May be left out where there is one API.", shape: aText},
		{name: "stage", doc: "A stage of the API.", shape: asSpelled, required: true},
		{name: "throttle", doc: "Limits by method: /items/GET, of the root //GET.", shape: mapOf("method", newRule(`^/.*/[A-Z]+$`, `want a resource path and a method such as "/items/GET"`), throttle)},
	}})},
	{name: "throttle", doc: "For each key, over all stages of the plan.", shape: throttle},
	{name: "quota", doc: "For each key, over all stages of the plan.", shape: &shape{kind: object, fields: []field{
		{name: "limit", doc: "Requests a period.", shape: between(aWhole, 0, 2147483647), required: true},
		{name: "period", doc: "By the calendar, in UTC.", shape: oneOf("DAY", "WEEK", "MONTH"), required: true},
		{name: "offset", doc: "Requests subtracted from the limit in the first period.", shape: between(aWhole, 0, 2147483647)},
	}}},
	{name: "keys", doc: "Names of API keys.", shape: listOf(asSpelled)},
}}

var words = eitherOf(listOf(asSpelled), aText)

// codeFields are what a function and each of its versions may state.
func codeFields() []field {
	return []field{
		{name: "runtime", doc: "python3.x, nodejs2x.x, or provided.al2023 for an executable called bootstrap.", shape: matching(`^(python3\.[0-9]+|nodejs[0-9]+\.x|provided(\.al2|\.al2023)?)$`, "want python3.x, nodejs2x.x or provided.al2023")},
		{name: "handler", doc: "file.function.", shape: aText},
		{name: "path", doc: "The folder of the code, relative to this file.", shape: aText},
		{name: "code", doc: "The source itself, instead of a path.", shape: aText},
		{name: "timeout", doc: "Seconds, 1 to 900; default 3.", shape: between(aWhole, 1, 900)},         // AWS docs: Lambda quotas
		{name: "memorySize", doc: "MB, 128 to 10240; default 128.", shape: between(aWhole, 128, 10240)}, // AWS docs: Lambda quotas
		{name: "environment", doc: "Environment variables.", shape: &shape{kind: object, fields: []field{
			{name: "variables", doc: "By name.", shape: mapOf("variable", environment, asSpelled)},
		}}},
		{name: "interpreter", doc: "The interpreter to run; default .venv/bin/python beside the code, else one in PATH.", shape: aText},
		{name: "layers", doc: "Folders, as /opt.", shape: listOf(aText)},
		{name: "command", doc: "Instead of a runtime: a command that speaks the Runtime API.", shape: words},
		{name: "exec", doc: "Instead of a runtime: a command that reads the event on stdin and prints the result.", shape: words},
		{name: "http", doc: "Instead of a runtime: an endpoint that speaks Lambda's Invoke.", shape: matching(`^https?://\S+$`, "want an http:// or https:// URL")},
		{name: "static", doc: "Instead of a runtime: canned answers; the first whose event is part of the real one answers.", shape: listOf(&shape{kind: object, fields: []field{
			{name: "event", doc: "A JSON subset of the event; default: any event.", shape: anyValue},
			{name: "result", doc: "The function's result.", shape: anyValue},
			{name: "error", doc: "The function fails, with this message.", shape: eitherOf(aText, &shape{kind: object, fields: []field{
				{name: "message", doc: "errorMessage.", shape: aText, required: true},
				{name: "type", doc: "errorType; default Exception.", shape: aText},
			}})},
			{name: "delay", doc: "On the gateway's clock: costs no time in a scenario.", shape: aDuration},
		}})},
	}
}

var functionShape = &shape{kind: object, fields: append([]field{
	{name: "description", doc: "For people.", shape: aText},
	{name: "versions", doc: "Published versions by number; each inherits what it doesn't state.", shape: mapOf("version", versionNames, &shape{kind: object, fields: codeFields()})},
	{name: "aliases", doc: "Aliases: a version, or {version, weights}.", shape: mapOf("alias", aliasNames, eitherOf(aVersion, &shape{kind: object, fields: []field{
		{name: "version", doc: "The version the alias points to.", shape: aVersion, required: true},
		{name: "weights", doc: "The share of one other version, 0 to 1.", shape: mapOf("version", newRule(`^([1-9][0-9]*|\$LATEST)$`, "want a version's number"), between(aNumber, 0, 1))},
	}}))},
	{name: "permissions", doc: "Who may invoke; without this field everybody.", shape: listOf(&shape{kind: object, fields: []field{
		{name: "principal", doc: "Default apigateway.amazonaws.com.", shape: aText},
		{name: "qualifier", doc: "The alias or version it is for; default the function without qualifier.", shape: asSpelled},
		{name: "sourceArn", doc: "A pattern such as arn:aws:execute-api:REGION:ACCOUNT:API/*/GET/items; default any.", shape: aText},
	}})},
	{name: "reservedConcurrentExecutions", doc: "Environments at once; 0 refuses every call.", shape: atLeast(aWhole, 0)},
	{name: "shared", doc: "Environments survive a scenario.", shape: aFlag},
}, codeFields()...)}

var answerFields = []field{
	{name: "status", doc: "Default 200.", shape: between(aWhole, 200, 599)},
	{name: "headers", doc: "By name; a list sends one header several times.", shape: mapOf("header", nil, eitherOf(asSpelled, listOf(asSpelled)))},
	{name: "body", doc: "The body as text.", shape: asSpelled},
	{name: "delay", doc: "On the gateway's clock: costs no time in a scenario.", shape: aDuration},
	{name: "unreachable", doc: "Nobody answers.", shape: aFlag},
}

var backendShape = &shape{kind: object, fields: append([]field{
	{name: "routes", doc: "Answers by method and path.", shape: mapOf("route", routeNames, &shape{kind: object, fields: answerFields})},
	{name: "echo", doc: "Answers 200 with method, path, query, headers and body as JSON.", shape: aFlag},
}, answerFields...)}

// rehearseYAML is the whole file.
var rehearseYAML = &shape{kind: object, fields: []field{
	{name: "region", doc: "Default us-east-1.", shape: matching(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`, "want a region such as us-west-2")},
	{name: "accountId", doc: "Default 123456789012.", shape: spelledLike(`^[0-9]{12}$`, "want 12 digits, in quotes")},
	{name: "apis", doc: "The REST APIs, by a name of your own.", shape: mapOf("API", newRule(`^\S(.*\S)?$`, "want a name"), apiShape)},
	{name: "apiKeys", doc: "API keys by name.", shape: mapOf("API key", newRule(`^.{1,128}$`, "want at most 128 characters"), apiKeyShape)},
	{name: "usagePlans", doc: "Usage plans by name.", shape: mapOf("usage plan", nil, usagePlanShape)},
	{name: "functions", doc: "Lambda functions by name.", shape: mapOf("function", functionNames, functionShape)},
	{name: "endpoints", doc: "Where the document's hosts and AWS services really are in this run; the path is kept.", shape: mapOf("endpoint", endpointNames, &shape{kind: text, rule: anOrigin})},
	{name: "backends", doc: "Stub backends for hosts in the document.", shape: mapOf("backend", backendNames, backendShape)},
	{name: "network", doc: "What may be reached.", shape: &shape{kind: object, fields: []field{
		{name: "allow", doc: "Hosts that may really be called.", shape: listOf(&shape{kind: text, rule: hostNames})},
	}}},
	{name: "state", doc: "Where counters and caches live: memory.", shape: eitherOf(aText, anyValue)},
	{name: "substitutions", doc: "Values for ${placeholders} a document's own tooling would fill.", shape: mapOf("placeholder", nil, asSpelled)},
	{name: "features", doc: "Feature files and folders, relative to this file; default features.", shape: eitherOf(listOf(aText), aText)},
	{name: "lint", doc: "What rehearse lint says and when it fails; with it a file needs no apis.", shape: &shape{kind: object, fields: []field{
		{name: "rules", doc: "Levels by rule id.", shape: mapOf("rule", nil, &shape{kind: spelled, enum: []string{"off", "info", "warning", "error"}})},
		{name: "failOn", doc: "Exit with 1 from this on; default error.", shape: oneOf("refused", "error", "warning", "info")},
		{name: "extends", doc: "Another file, relative to this one, whose lint: says what is left out here.", shape: aText},
	}}},
	{name: "clock", doc: "Virtual time.", shape: &shape{kind: object, fields: []field{
		{name: "start", doc: "What the clock of a scenario shows first; default 2026-01-01T00:00:00Z.", shape: aMoment},
	}}},
}}
