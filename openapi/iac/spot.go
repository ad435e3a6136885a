package iac

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A spot is where in an OpenAPI document a value is wanted. What is made up for a
// name depends on it: a uri wants another ARN than credentials do.
type spot struct {
	key           string       // the member that the value, or the list with it, belongs to
	parent        *source.Node // the object that has the member
	up            string       // the member that the parent belongs to
	outer         *source.Node // the object that has that one
	extension     bool         // inside an integration or the gateway responses
	operation     *source.Node // that the spot is in, as it is written
	keyOf         *source.Node // the value of key, where the spot is a key of that; nil: it is a value
	before, after string       // what stands on both sides of it in the same text
	around        surroundings // nil: nothing is known
}

// Surroundings know the document around a spot.
type surroundings interface {
	written(n *source.Node) string           // a value as the file has it
	resolved(n *source.Node, at spot) string // what becomes of it
	section(name string) (names []string)    // the names in an object at the document's root
}

// member is the spot of a member of n, which stands at s.
func (s spot) member(n *source.Node, m source.Member, around surroundings) spot {
	out := spot{key: m.Key, parent: n, up: s.key, outer: s.parent, operation: s.operation, around: around}
	out.extension = s.extension || strings.HasPrefix(m.Key, "x-amazon-apigateway-integration") || m.Key == gatewayResponses
	if s.up == "paths" && (httpMethods[m.Key] || m.Value.Get("responses") != nil) { // the method's name may be made up
		out.operation = m.Value
	}
	return out
}

// between is the spot with what stands on both sides of it.
func (s spot) between(before, after string) spot {
	s.before, s.after = before, after
	return s
}

// whole reports whether nothing else stands in the text.
func (s spot) whole() bool { return s.before == "" && s.after == "" }

func (s spot) inIntegration() bool { return strings.HasPrefix(s.up, "x-amazon-apigateway-integration") }

// only is a value that can stand where most can't, so that a name says nothing
// about it (AWS docs: x-amazon-apigateway-integration object and the other
// extensions); false where a name may stand.
func (s spot) only(name string) (string, bool) {
	switch {
	case s.keyOf != nil:
		return s.onlyKey(name)
	case s.isTemplate() && s.whole():
		return s.stub(), true
	case s.isTemplate() && statusFollows.MatchString(s.before):
		return s.mockStatus(), true
	case s.isTemplate() && !insideQuotes(s.before):
		return "0", true
	case !s.whole():
		return "", false
	}
	has := func(key string) bool { return s.parent.Get(key) != nil }
	isList := has(s.key) && s.parent.Get(s.key).Kind == source.Array
	switch s.key {
	case "type":
		return s.onlyType(), true
	case "openapi":
		return "3.0.1", s.up == ""
	case "swagger":
		return "2.0", s.up == ""
	case "httpMethod":
		if s.inIntegration() && strings.HasPrefix(s.integrationType(), "http") {
			return "GET", true
		}
		return "POST", true
	case "connectionType":
		if has("connectionId") {
			return "VPC_LINK", true
		}
		return "INTERNET", true
	case "statusCode":
		return s.firstStatus(), true
	case "in":
		if s.operation == nil && !has("schema") {
			return "header", true
		}
		return "query", true
	case "required":
		if has("type") || has("properties") || isList { // the names of a schema
			return "", false
		}
		return "true", true
	case "x-amazon-apigateway-request-validator":
		if s.around != nil {
			if names := s.around.section("x-amazon-apigateway-request-validators"); len(names) > 0 {
				return names[0], true
			}
		}
		return "", false
	case "x-amazon-apigateway-authtype":
		if authorizer := s.parent.Get("x-amazon-apigateway-authorizer"); authorizer.Get("providerARNs") != nil {
			return "cognito_user_pools", true
		}
		return "custom", true
	}
	if s.up == "requestParameters" || s.up == "responseParameters" {
		return "'" + plainName(name) + "'", true
	}
	value, ok := onlyAt[s.key]
	return value, ok
}

// onlyAt are the values of members that mean the same everywhere.
var onlyAt = map[string]string{
	"passthroughBehavior":                          "when_no_templates",
	"contentHandling":                              "CONVERT_TO_TEXT",
	"timeoutInMillis":                              "29000",
	"authorizerResultTtlInSeconds":                 "300",
	"identitySource":                               "method.request.header.Authorization",
	"identityValidationExpression":                 ".*",
	"validateRequestBody":                          "true",
	"validateRequestParameters":                    "true",
	"disableExecuteApiEndpoint":                    "false",
	"insecureSkipVerification":                     "false",
	"deprecated":                                   "false",
	"nullable":                                     "true",
	"x-amazon-apigateway-minimum-compression-size": "0",
	"x-amazon-apigateway-api-key-source":           "HEADER",
	"x-amazon-apigateway-policy":                   `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}`,
}

// onlyType is a type: of an integration, an authorizer, a security scheme or a
// schema.
func (s spot) onlyType() string {
	has := func(key string) bool { return s.parent.Get(key) != nil }
	switch {
	case s.inIntegration():
		return s.integrationType()
	case s.up == "x-amazon-apigateway-auth":
		return "NONE"
	case s.up == "x-amazon-apigateway-authorizer" && has("providerARNs"):
		return "cognito_user_pools"
	case s.up == "x-amazon-apigateway-authorizer" && has("identitySource") && !has("identityValidationExpression"):
		return "request"
	case s.up == "x-amazon-apigateway-authorizer":
		return "token"
	case has("x-amazon-apigateway-authtype"), has("x-amazon-apigateway-authorizer"), has("in") && s.operation == nil:
		return "apiKey"
	case has("properties"):
		return "object"
	case has("items"):
		return "array"
	}
	return "string"
}

// integrationType is the type of the integration that the spot is in: by what
// stands beside it where the type itself is made up.
func (s spot) integrationType() string {
	own, uri := s.parent.Get("type"), s.parent.Get("uri")
	if s.around == nil || s.key != "type" && own == nil {
		return strings.ToLower(own.Text().Text)
	}
	if s.key != "type" {
		at := s
		at.key, at.before, at.after = "type", "", ""
		return strings.ToLower(s.around.resolved(own, at))
	}
	if uri == nil {
		return "mock"
	}
	text := strings.ToLower(s.around.written(uri))
	hasOne := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(text, word) {
				return true
			}
		}
		return false
	}
	switch {
	case hasOne(":lambda:", "/functions/"):
		return "aws_proxy"
	case hasOne("http:", "https:"):
		return "http_proxy"
	case hasOne("arn:"):
		return "aws"
	case hasOne("lambda", "function", "arn"):
		return "aws_proxy"
	case hasOne("url", "host", "endpoint", "domain"):
		return "http_proxy"
	}
	return "aws_proxy"
}

// firstStatus is the first status code that the operation declares, with the
// headers that an integration response sets if the spot is in one.
func (s spot) firstStatus() string {
	first := ""
	for _, m := range members(s.operation.Get("responses")) {
		if isStatus(m.Key) {
			if s.key == "statusCode" && !s.headersIn(m.Value) {
				first = cmp.Or(first, m.Key)
				continue
			}
			return m.Key
		}
	}
	return cmp.Or(first, "200")
}

func (s spot) headersIn(response *source.Node) bool {
	for _, m := range members(s.parent.Get("responseParameters")) {
		if name, ok := strings.CutPrefix(m.Key, "method.response.header."); ok && response.Get("headers").Get(name) == nil {
			return false
		}
	}
	return true
}

func isStatus(text string) bool {
	return len(text) == 3 && text[0] >= '1' && text[0] <= '5' && strings.Trim(text[1:], "0123456789") == ""
}

// onlyKey is what can be a key where a name can't.
func (s spot) onlyKey(name string) (string, bool) {
	var candidates []string
	switch {
	case s.key == "paths" && s.before == "":
		return "/" + plainName(name), true
	case !s.whole():
	case s.key == "responses":
		candidates = []string{"200", "201", "202", "204", "400", "404", "500"}
	case s.key == "requestTemplates", s.key == "responseTemplates", s.key == "content":
		candidates = []string{"application/json", "application/xml", "text/plain"}
	case s.up == "paths":
		candidates = []string{"get", "post", "put", "delete", "patch"}
	}
	for _, c := range candidates {
		if s.keyOf.Get(c) == nil {
			return c, true
		}
	}
	return "", false
}

// isTemplate reports whether a mapping template stands at the spot.
func (s spot) isTemplate() bool {
	return s.extension && ofTemplates(s.up)
}

func ofTemplates(key string) bool { return key == "requestTemplates" || key == "responseTemplates" }

// statusFollows is what stands in a mock's template before the status code.
var statusFollows = regexp.MustCompile(`"statusCode"\s*:\s*"?$`)

// insideQuotes reports whether a text ends within a string.
func insideQuotes(text string) bool {
	line := strings.ReplaceAll(text[strings.LastIndexByte(text, '\n')+1:], `\"`, "")
	return strings.Count(line, `"`)%2 == 1
}

// stub is a mapping template that is in nobody's way, for one that nobody knows.
func (s spot) stub() string {
	switch {
	case s.up == "responseTemplates" && s.operation == nil: // a gateway response's
		return `{"message": $context.error.messageString}`
	case s.up == "requestTemplates" && s.ownerType() == "mock":
		return `{"statusCode": ` + s.mockStatus() + `}`
	}
	return "$input.body"
}

// ownerType is the type of the integration that has the mapping template.
func (s spot) ownerType() string {
	return spot{parent: s.outer, up: "x-amazon-apigateway-integration", operation: s.operation, around: s.around}.integrationType()
}

// mockStatus is the status code that leads to the first response of the integration
// that has the mapping template.
func (s spot) mockStatus() string {
	for _, m := range members(s.outer.Get("responses")) {
		if code := m.Value.Get("statusCode").Text().Text; isStatus(code) {
			return code
		}
	}
	return s.firstStatus()
}

// shape is a list or an object, as JSON, for a name that can stand for nothing else;
// false where it can.
func (s spot) shape(name string) (string, bool) {
	if s.keyOf != nil || !s.whole() || s.parent.Get(s.key) == nil || s.parent.Get(s.key).Kind == source.Array {
		return "", false
	}
	switch {
	case s.key == "x-amazon-apigateway-integration":
		return `{"type": "mock", "requestTemplates": {"application/json": "{\"statusCode\": ` + s.firstStatus() + `}"}, "responses": {"default": {"statusCode": "` + s.firstStatus() + `"}}}`, true
	case s.key == "responses" && s.inIntegration():
		return `{"default": {"statusCode": "` + s.firstStatus() + `"}}`, true
	case s.key == "responses" && s.operation != nil:
		return `{"200": {"description": "OK"}}`, true
	case s.key == "enum":
		return `["` + plainName(name) + `"]`, true
	}
	value, ok := shapes[s.key]
	return value, ok
}

var shapes = map[string]string{
	"schema": `{"type": "object"}`, "schemas": "{}", "properties": "{}", "components": "{}", "securitySchemes": "{}", "definitions": "{}",
	"headers": "{}", "content": "{}", "requestParameters": "{}", "responseParameters": "{}", "paths": "{}",
	"x-amazon-apigateway-gateway-responses": "{}", "x-amazon-apigateway-request-validators": "{}",
	"security": "[]", "tags": "[]", "parameters": "[]", "servers": "[]", "x-amazon-apigateway-binary-media-types": "[]", "cacheKeyParameters": "[]",
}

func (r *resolver) written(n *source.Node) string { return jsonText(n) }

// resolved says nothing of what it resolves: that is said where it stands.
func (r *resolver) resolved(n *source.Node, at spot) string {
	quiet := *r
	quiet.Resolution = &Resolution{}
	t, _ := quiet.text(n, at)
	r.growth = quiet.growth
	return t.Text
}

func (r *resolver) section(name string) []string { return keysOf(r.document.Get(name)) }
