package iac

import (
	"regexp"
	"strings"
)

// functionARN is the ARN of a function in whatever it stands in.
var functionARN = regexp.MustCompile(`^(?:.*/functions/)?arn:[^:]*:lambda:[^:]*:[^:]*:function:([A-Za-z0-9_-]+(?::[A-Za-z0-9_$-]+)?)(?:/invocations)?$`)

// standIn makes up a value for a name of which only the deployment knows what it
// is. The same name at the same kind of spot is the same value in every run.
func (s *Settings) standIn(name string, at spot) string {
	if value, ok := s.inARN(name, at.before); ok {
		return value
	}
	if value, ok := at.only(name); ok {
		return value
	}
	whole := at.whole()
	word := strings.ToLower(name[strings.LastIndexAny(name, ".:/")+1:])
	switch {
	case strings.HasSuffix(at.before, "/functions/"):
		return s.functionARN(thing(name))
	case strings.HasSuffix(at.before, "://") && labelFollows.MatchString(at.after):
		return strings.TrimSuffix(hostName(name), ".example.com")
	case strings.HasSuffix(at.before, "://"):
		return hostName(name)
	case afterHost.MatchString(at.before) && strings.HasSuffix(at.before, ":"):
		return "443"
	case afterHost.MatchString(at.before):
		return "/" + plainName(name)
	case at.before == "" && (at.key == "uri" || at.key == "authorizerUri"):
		if at.key == "uri" && strings.HasPrefix(at.integrationType(), "http") {
			return "https://" + hostName(name)
		}
		return "arn:" + s.partition() + ":apigateway:" + s.Region + ":lambda:path/2015-03-31/functions/" + s.functionARN(thing(name)) + "/invocations"
	case whole && (at.key == "credentials" || at.key == "authorizerCredentials"):
		return s.arn("iam", "", "role/"+thing(name))
	case whole && at.key == "providerARNs":
		return s.arn("cognito-idp", s.Region, "userpool/"+s.Region+"_"+alphanumeric(thing(name)))
	case whole && atProperty[at.key] != "":
		return atProperty[at.key]
	case strings.Contains(word, "region"):
		return s.Region
	case strings.Contains(word, "account"):
		return s.AccountID
	case strings.Contains(word, "partition"):
		return s.partition()
	case strings.HasSuffix(word, "arn") && (strings.Contains(word, "lambda") || strings.Contains(word, "function")):
		return s.functionARN(thing(name))
	case strings.HasSuffix(word, "arn") && strings.Contains(word, "role"):
		return s.arn("iam", "", "role/"+thing(name))
	case strings.HasSuffix(word, "arn") && strings.Contains(word, "pool"):
		return s.arn("cognito-idp", s.Region, "userpool/"+s.Region+"_"+alphanumeric(thing(name)))
	}
	return plainName(name)
}

// labelFollows is a text that goes on with the name of a host.
var labelFollows = regexp.MustCompile(`^[A-Za-z0-9.-]`)

// afterHost is a text up to a host that was made up, or to where its port stands.
var afterHost = regexp.MustCompile(`://[A-Za-z0-9.-]+(?:\.example\.com|:)$`)

// atProperty are what stands in where a property of a template wants no text: what
// AWS has where nobody says anything, or what is in nobody's way.
var atProperty = map[string]string{
	"RateLimit": "10000", "BurstLimit": "5000", "ThrottlingRateLimit": "10000", "ThrottlingBurstLimit": "5000",
	"Limit": "1000000", "Offset": "0", "Period": "MONTH",
	"CacheTtlInSeconds": "300", "CacheClusterSize": "0.5", "PercentTraffic": "0", "FunctionWeight": "0",
	"Timeout": "3", "MemorySize": "128", "ReservedConcurrentExecutions": "100", "MinimumCompressionSize": "10485760",
	"Enabled": "true", "CachingEnabled": "false", "CacheClusterEnabled": "false", "CacheDataEncrypted": "false",
	"RequireAuthorizationForCacheControl": "true", "UnauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
	"MetricsEnabled": "false", "DataTraceEnabled": "false", "LoggingLevel": "OFF", "TracingEnabled": "false", "UseStageCache": "false",
	"FailOnWarnings": "false", "DisableExecuteApiEndpoint": "false", "ApiKeySourceType": "HEADER",
}

// inARN is the part of an ARN that a name stands for, by what stands before it:
// arn:partition:service:region:account:resource.
func (s *Settings) inARN(name, before string) (string, bool) {
	i := strings.LastIndex(before, "arn:")
	if i < 0 || !strings.HasSuffix(before, ":") && !strings.HasSuffix(before, "/") {
		return "", false
	}
	parts := strings.Split(before[i:], ":")
	switch {
	case len(parts) == 2:
		return s.partition(), true
	case len(parts) == 4:
		return s.Region, true
	case len(parts) == 5:
		return s.AccountID, true
	case parts[2] == "lambda" && len(parts) == 7 && parts[5] == "function":
		return thing(name), true
	}
	return "", false
}

func (s *Settings) arn(service, region, resource string) string {
	return "arn:" + s.partition() + ":" + service + ":" + region + ":" + s.AccountID + ":" + resource
}

func (s *Settings) functionARN(name string) string {
	return s.arn("lambda", s.Region, "function:"+name)
}

// whatItIs is the end of a name that says what of a thing is meant.
var whatItIs = regexp.MustCompile(`(?i)[._-]?(qualified)?[._-]?(invoke|invocation)?[._-]?(arn|uri|name|id)$`)

// thing is the name of the thing of which an attribute is asked for:
// items_invoke_arn and ItemsArn are of items and Items.
func thing(name string) string {
	if _, output, ok := strings.Cut(name, ".Outputs."); ok { // of a nested stack
		name = output
	}
	short := whatItIs.ReplaceAllString(name, "")
	if short = plainName(short); short == "" {
		return plainName(name)
	}
	return short
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// plainName is a name without what no name of a function or role has.
func plainName(name string) string {
	return strings.Trim(notInNames.ReplaceAllString(name, "-"), "-")
}

func alphanumeric(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(name)
}

// ofHost is the end of a name that says that it is one of a host.
var ofHost = regexp.MustCompile(`(?i)[._-]?(url|host|endpoint|domain|dns)$`)

// hostName is a host that no one has.
func hostName(name string) string {
	host := thing(name)
	if short := ofHost.ReplaceAllString(host, ""); short != "" {
		host = short
	}
	return strings.Trim(strings.ToLower(strings.ReplaceAll(host, "_", "-")), "-") + ".example.com"
}
