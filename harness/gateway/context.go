package gateway

import (
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// contextNames are the members of $context in the order AWS keeps them
// (recorded: $context.keySet()). guess: where authorizer and isCanaryRequest
// stand among them.
var contextNames = []string{
	"resourceId", "authorizer", "resourcePath", "httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol",
	"requestOverride", "stage", "domainPrefix", "requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId",
	"responseOverride", "apiId", "isCanaryRequest", "error",
}

// Names lists the members of $context this exchange has.
func (x *exchange) Names() []string {
	names := make([]string, 0, len(contextNames))
	for _, name := range contextNames {
		switch name {
		case "requestOverride", "responseOverride":
			names = append(names, name) // package mapping keeps these
			continue
		}
		if _, ok := x.Lookup(name); ok {
			names = append(names, name)
		}
	}
	return names
}

// Lookup returns a member of $context. guess: requestTimeEpoch is a number to
// templates, as it is in events, and the rest are strings.
func (x *exchange) Lookup(name string) (any, bool) {
	if x.v == nil {
		return nil, false
	}
	switch name {
	case "requestId":
		return x.requestIDText(), true
	case "extendedRequestId":
		return x.extendedRequestID(), true
	case "httpMethod":
		return x.verb, true
	case "path":
		return x.contextPath, true
	case "protocol":
		return x.protocol(), true
	case "stage":
		return x.stageName(), true
	case "apiId":
		return x.st.APIID, true
	case "accountId":
		return x.w.settings.AccountID, true
	case "deploymentId":
		return x.v.options.ID, true
	case "requestTime":
		return x.now.Format("02/Jan/2006:15:04:05 -0700"), true
	case "requestTimeEpoch":
		return ordered.Number(strconv.FormatInt(x.now.UnixMilli(), 10)), true
	case "domainName":
		return x.domainName(), true
	case "domainPrefix":
		return x.st.APIID, true
	case "identity":
		return x.identityObject(), true
	case "isCanaryRequest":
		// There only where the stage has a canary (case canary-zero-percent).
		if x.st.canary == nil {
			return nil, false
		}
		return strconv.FormatBool(x.v.canary), true
	case "authorizer":
		if x.caller.context == nil {
			return nil, false
		}
		return x.caller.context, true
	case "xrayTraceId":
		return x.traceIDText(), true
	case "error":
		if x.refused.responseType == nil {
			return nil, false
		}
		e := ordered.NewObject(4)
		e.Set("message", x.refused.messageText())
		e.Set("messageString", string(x.refused.appendMessageString(nil)))
		e.Set("responseType", x.refused.name)
		e.Set("validationErrorString", x.refused.validation)
		return e, true
	}
	if x.m == nil {
		return nil, false
	}
	switch name {
	case "resourceId":
		return x.m.Resource.ID, true
	case "resourcePath":
		return x.m.Resource.Path, true
	}
	return nil, false
}

func (x *exchange) stageName() string {
	if x.testing {
		return testStage
	}
	return x.st.Name
}

func (x *exchange) protocol() string {
	if x.req.Proto == "" {
		return "HTTP/1.1"
	}
	return x.req.Proto
}

// domainName is the Host header in the host form of a URL; the other forms are
// ours, as is a port, and templates see what they would see on AWS.
func (x *exchange) domainName() string {
	if _, region, _ := hostAPI(x.req.Host); region != "" {
		name, _, _ := strings.Cut(x.req.Host, ":")
		return name
	}
	return x.st.host
}

// identityNames are the members of $context.identity in AWS's order (recorded).
var identityNames = []string{
	"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "principalOrgId", "accessKey",
	"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user",
}

// identityObject is $context.identity. apiKey and apiKeyId are in it only where
// the method asked for a key (case api-key-in-context).
func (x *exchange) identityObject() *ordered.Object {
	if x.identity != nil {
		return x.identity
	}
	o := ordered.NewObject(len(identityNames) + 2)
	for _, name := range identityNames {
		switch name {
		case "sourceIp":
			o.Set(name, x.sourceIP())
		case "userAgent":
			if agent, ok := x.headerValue("User-Agent"); ok {
				o.Set(name, agent)
			} else {
				o.Set(name, nil)
			}
		default:
			o.Set(name, nil)
		}
	}
	if x.key != nil {
		o.Set("apiKey", x.key.Value)
		o.Set("apiKeyId", x.key.ID)
	}
	x.identity = o
	return o
}

func (x *exchange) sourceIP() string {
	if x.req.SourceIP == "" {
		return "127.0.0.1"
	}
	return x.req.SourceIP
}

// appendContext appends $context.NAMES as a gateway response's template prints
// it: scalars as they are, anything else as nothing.
func (x *exchange) appendContext(dst []byte, names []string) []byte {
	v, ok := x.Lookup(names[0])
	if !ok {
		return dst
	}
	for _, name := range names[1:] {
		o, isObject := v.(*ordered.Object)
		if !isObject {
			return dst
		}
		if v, ok = o.Get(name); !ok {
			return dst
		}
	}
	switch v := v.(type) {
	case string:
		return append(dst, v...)
	case ordered.Number:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	}
	return dst
}

// unixUTC is a second since 1970 as a time in UTC.
func unixUTC(second int64) time.Time { return time.Unix(second, 0).UTC() }
