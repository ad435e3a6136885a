package iac

import (
	"regexp"
	"strings"
)

// terraformName makes up what a name of Terraform's stands for: by the kind of
// resource it is of where it says so, else by its words and where it stands.
// after is what stands behind it in the same text.
func (s *Settings) terraformName(path []string, at spot, after string) (string, origin) {
	if len(path) > 1 && path[0] == "data" {
		path = path[1:]
	}
	if value, from, ok := s.ofResource(path); ok {
		return value, from
	}
	if thing, kind, attribute := kindOf(path); kind != "" {
		path = []string{thing, attribute}
		if !(at.before == "" && decisive[at.key]) {
			if value, from, ok := s.ofResource([]string{kind, thing, attribute}); ok {
				return value, from
			}
		}
	}
	name := flatName(path)
	at.after = after
	if value, ok := at.shape(name); ok {
		return value, madeUp
	}
	if value, ok := s.byWord(name, at, after); ok {
		return value, s.sureness(value)
	}
	value := s.standIn(name, at)
	if strings.HasPrefix(after, "/invocations") {
		value = strings.TrimSuffix(value, "/invocations")
	}
	return value, s.sureness(value)
}

// sureness is that of a stand-in: the region, the account and the partition are
// the settings'.
func (s *Settings) sureness(value string) origin {
	switch value {
	case s.Region, s.AccountID, s.partition(), s.urlSuffix():
		return known
	}
	return madeUp
}

// ofResource is the attribute of a resource or a data source of AWS's whose kind
// says what it is: aws_lambda_function.items.invoke_arn (Terraform AWS provider
// docs: the Attribute Reference of each).
func (s *Settings) ofResource(path []string) (value string, from origin, ok bool) {
	if len(path) < 3 || !strings.HasPrefix(path[0], "aws_") {
		return "", 0, false
	}
	kind, name, attribute := path[0], plainName(path[1]), path[len(path)-1]
	if len(path) > 3 {
		name = plainName(path[len(path)-2]) // of several, by its key
	}
	switch kind {
	case "aws_region":
		return s.Region, known, attribute == "name" || attribute == "id" || attribute == "region"
	case "aws_caller_identity":
		return s.AccountID, known, attribute == "account_id" || attribute == "id"
	case "aws_partition":
		if attribute == "dns_suffix" {
			return s.urlSuffix(), known, true
		}
		return s.partition(), known, attribute == "partition" || attribute == "id"
	}
	value = name // what name, id and function_name are
	if strings.HasSuffix(attribute, "arn") {
		value = s.resourceARN(kind, name)
	}
	switch {
	case value == "":
		return "", 0, false
	case attribute == "invoke_arn":
		value = s.invocationARN(s.functionARN(name))
	case kind == "aws_cognito_user_pool" && attribute == "id":
		value = s.Region + "_" + alphanumeric(name)
	case attribute == "dns_name", attribute == "endpoint", attribute == "fqdn", attribute == "domain_name":
		value = hostName(name)
	case attribute == "url", attribute == "function_url", attribute == "invoke_url":
		value = "https://" + hostName(name)
	}
	return value, madeUp, true
}

func (s *Settings) invocationARN(function string) string {
	return "arn:" + s.partition() + ":apigateway:" + s.Region + ":lambda:path/2015-03-31/functions/" + function + "/invocations"
}

// resourceARN is the ARN of a resource of a kind; empty where the kind is not
// known.
func (s *Settings) resourceARN(kind, name string) string {
	switch kind {
	case "aws_lambda_function", "aws_lambda_alias":
		return s.functionARN(name)
	case "aws_iam_role":
		return s.arn("iam", "", "role/"+name)
	case "aws_cognito_user_pool", "aws_cognito_user_pools":
		return s.arn("cognito-idp", s.Region, "userpool/"+s.Region+"_"+alphanumeric(name))
	case "aws_sqs_queue":
		return s.arn("sqs", s.Region, name)
	case "aws_sns_topic":
		return s.arn("sns", s.Region, name)
	case "aws_dynamodb_table":
		return s.arn("dynamodb", s.Region, "table/"+name)
	case "aws_kinesis_stream":
		return s.arn("kinesis", s.Region, "stream/"+name)
	case "aws_sfn_state_machine":
		return s.arn("states", s.Region, "stateMachine:"+name)
	case "aws_s3_bucket":
		return "arn:" + s.partition() + ":s3:::" + name
	}
	return ""
}

// scopes are the words before a name that only say where Terraform has it.
var scopes = map[string]bool{"var": true, "local": true, "module": true, "each": true, "self": true, "path": true, "terraform": true}

// flatName is a name in one word, with what says what of a thing it is at its end:
// module.items.lambda_function_arn and lambda_function_arns["items"] are
// items_lambda_function_arn.
func flatName(path []string) string {
	if len(path) > 1 && scopes[path[0]] {
		path = path[1:]
	}
	last := path[len(path)-1]
	if len(path) == 1 {
		return last
	}
	before := path[len(path)-2]
	switch {
	case attributeName.MatchString(last):
		return before + "_" + last
	case manyOf.MatchString(before):
		return last + "_" + strings.TrimSuffix(before, "s")
	}
	return last
}

// decisive are the members of which standIn knows what they want.
var decisive = map[string]bool{
	"uri": true, "authorizerUri": true, "credentials": true, "authorizerCredentials": true, "providerARNs": true,
}

// kinds are the kinds of resources by the words that modules and variables have
// for them (Terraform registry: the outputs of terraform-aws-modules/lambda).
var kinds = map[string]string{
	"lambda_function": "aws_lambda_function", "lambda": "aws_lambda_function", "function": "aws_lambda_function",
	"iam_role": "aws_iam_role", "role": "aws_iam_role",
	"cognito_user_pool": "aws_cognito_user_pool", "user_pool": "aws_cognito_user_pool",
}

var kindAndAttribute = regexp.MustCompile(`^(lambda_function|lambda|function|iam_role|role|cognito_user_pool|user_pool)_((?:qualified_|invoke_)?(?:arn|name|id))(s?)$`)

// kindOf is the thing, its kind and the attribute that a name is of whose words
// say so: module.items.lambda_function_arn, lambda_arns["items"].
func kindOf(path []string) (thing, kind, attribute string) {
	if len(path) < 2 || len(path) == 2 && scopes[path[0]] {
		return "", "", ""
	}
	before, last := path[len(path)-2], path[len(path)-1]
	if m := kindAndAttribute.FindStringSubmatch(last); m != nil && m[3] == "" {
		return before, kinds[m[1]], m[2]
	}
	if m := kindAndAttribute.FindStringSubmatch(before); m != nil {
		return last, kinds[m[1]], m[2]
	}
	return "", "", ""
}

var (
	// attributeName is an attribute that doesn't say itself of which thing it is.
	attributeName = regexp.MustCompile(`(?i)^(qualified_|invoke_|invocation_|function_|dns_)?(arn|uri|name|id|url|host|endpoint|value)$`)
	// manyOf is a collection of something that has a kind: lambda_arns["items"].
	manyOf = regexp.MustCompile(`(?i)(arn|uri|name|id|url|host|endpoint)s?$`)
)

// byWord is what a name says itself of which standIn knows nothing.
func (s *Settings) byWord(name string, at spot, after string) (string, bool) {
	if value, ok := at.only(name); ok {
		return value, true
	}
	if at.before == "" && strings.HasPrefix(after, "://") {
		return "https", true
	}
	if strings.HasSuffix(at.before, "://") || strings.HasSuffix(at.before, ":") || strings.HasSuffix(at.before, "/") || at.key == "uri" {
		return "", false // standIn knows
	}
	switch word := strings.ToLower(name); {
	case strings.HasSuffix(word, "url"), strings.HasSuffix(word, "endpoint"), strings.HasSuffix(word, "origin"), strings.HasSuffix(word, "origins"):
		return "https://" + hostName(strings.TrimSuffix(name, "s")), true
	case strings.HasSuffix(word, "hostname"), strings.HasSuffix(word, "host"), strings.HasSuffix(word, "domain"), strings.HasSuffix(word, "domain_name"), strings.HasSuffix(word, "dns_name"):
		return hostName(name), true
	}
	return "", false
}
