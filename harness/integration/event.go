package integration

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An Event is what a function is told of a request, as plain data. [ProxyEvent]
// makes a Lambda proxy event (payload 1.0) of it, [RequestAuthorizerEvent] that
// of a REQUEST authorizer.
type Event struct {
	Resource   string          // "/items/{ID}"
	Path       string          // without the stage, not decoded, the trailing slash kept
	HTTPMethod string          // of the caller
	Header     []result.Header // all, as [EventHeaders] gives them
	Query      mapping.Params  // decoded, in order
	PathParams mapping.Params  // not decoded; the first value counts
	Variables  map[string]string
	Context    EventContext
	Body       []byte // as it is; base64 text if IsBase64
	HasBody    bool   // false: null
	IsBase64   bool
}

// An EventContext is an event's requestContext. Fields that are not always
// there are left out when empty, as noted.
type EventContext struct {
	ResourceID        string
	Authorizer        *ordered.Object // nil: left out
	ResourcePath      string
	OperationName     string // empty: left out
	HTTPMethod        string
	ExtendedRequestID string
	Time              time.Time // requestTime and requestTimeEpoch
	Path              string    // with the stage
	AccountID         string
	Protocol          string // HTTP/1.1
	Stage             string
	DomainPrefix      string
	RequestID         string
	Identity          EventIdentity
	DomainName        string
	DeploymentID      string
	APIID             string
	IsCanary          *bool // nil: left out
}

// An EventIdentity is a requestContext's identity. Empty strings are null,
// except those of the API key, which are left out.
type EventIdentity struct {
	SourceIP, UserAgent                                         string
	APIKey, APIKeyID                                            string
	CognitoIdentityPoolID, CognitoIdentityID                    string
	CognitoAuthenticationType, CognitoAuthenticationProvider    string
	AccountID, Caller, AccessKey, UserARN, User, PrincipalOrgID string
}

// EventHeaders appends to dst the headers of an event: the caller's (without
// those dropped on arrival), with Authorization and User-Agent in their usual
// capitals, and what API Gateway adds (case
// lambda-proxy-forwarded-and-trace-headers-added). They come sorted by name
// whatever the case; lines of one name keep their order.
func EventHeaders(dst, client []result.Header, host, sourceIP, traceID string) []result.Header {
	start := len(dst)
	forwarded := sourceIP
	for _, h := range client {
		switch {
		case strings.EqualFold(h.Name, "X-Forwarded-For"):
			forwarded = h.Value + ", " + sourceIP
		case strings.EqualFold(h.Name, "X-Forwarded-Port"),
			strings.EqualFold(h.Name, "X-Forwarded-Proto"),
			strings.EqualFold(h.Name, "X-Amzn-Trace-Id"),
			strings.EqualFold(h.Name, "Host"):
		default:
			dst = append(dst, result.Header{Name: Recase(h.Name), Value: h.Value})
		}
	}
	dst = append(dst, result.Header{Name: "Host", Value: host})
	if traceID != "" {
		dst = append(dst, result.Header{Name: "X-Amzn-Trace-Id", Value: traceID})
	}
	dst = append(dst,
		result.Header{Name: "X-Forwarded-For", Value: forwarded},
		result.Header{Name: "X-Forwarded-Port", Value: "443"},
		result.Header{Name: "X-Forwarded-Proto", Value: "https"})
	// guess: published events are sorted this way, no page says so.
	slices.SortStableFunc(dst[start:], func(a, b result.Header) int { return compareFold(a.Name, b.Name) })
	return dst
}

// compareFold compares ASCII names whatever their case, without making strings.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := lower(a[i]), lower(b[i])
		if x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// ProxyEvent appends e as the JSON of a Lambda proxy event, keys in AWS's order
// (recorded field by field; the order as in AWS's sample event).
func ProxyEvent(dst []byte, e *Event) []byte {
	dst = append(dst, '{')
	dst = e.appendCommon(dst, "null")
	dst = append(dst, `,"body":`...)
	if e.HasBody {
		dst = ordered.AppendString(dst, string(e.Body))
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"isBase64Encoded":`...)
	dst = strconv.AppendBool(dst, e.IsBase64)
	return append(dst, '}')
}

// RequestAuthorizerEvent appends the event of a REQUEST authorizer: type,
// methodArn, then the fields of a proxy event without body. Where a proxy event
// has null, it has an empty object [AWS docs: Input to an API Gateway Lambda
// authorizer].
func RequestAuthorizerEvent(dst []byte, methodARN string, e *Event) []byte {
	dst = append(dst, `{"type":"REQUEST","methodArn":`...)
	dst = ordered.AppendString(dst, methodARN)
	dst = append(dst, ',')
	dst = e.appendCommon(dst, "{}")
	return append(dst, '}')
}

// TokenAuthorizerEvent appends the event of a TOKEN authorizer.
func TokenAuthorizerEvent(dst []byte, methodARN, token string) []byte {
	dst = append(dst, `{"type":"TOKEN","methodArn":`...)
	dst = ordered.AppendString(dst, methodARN)
	dst = append(dst, `,"authorizationToken":`...)
	dst = ordered.AppendString(dst, token)
	return append(dst, '}')
}

// appendCommon appends the members that proxy and authorizer events share; none
// is what stands for maps that hold nothing.
func (e *Event) appendCommon(dst []byte, none string) []byte {
	dst = member(dst, `"resource":`, e.Resource)
	dst = member(dst, `,"path":`, e.Path)
	dst = member(dst, `,"httpMethod":`, e.HTTPMethod)
	dst = appendHeaders(dst, e.Header, none)
	dst = append(dst, `,"queryStringParameters":`...)
	dst = appendParams(dst, e.Query, none, lastValue)
	dst = append(dst, `,"multiValueQueryStringParameters":`...)
	dst = appendParams(dst, e.Query, none, allValues)
	dst = append(dst, `,"pathParameters":`...)
	dst = appendParams(dst, e.PathParams, none, lastValue)
	dst = append(dst, `,"stageVariables":`...)
	dst = appendVariables(dst, e.Variables, none)
	dst = append(dst, `,"requestContext":`...)
	return e.Context.append(dst)
}

// member appends name, which brings its comma, quotes and colon, and value.
func member(dst []byte, name, value string) []byte {
	return ordered.AppendString(append(dst, name...), value)
}

// orNull is member with an empty value as null.
func orNull(dst []byte, name, value string) []byte {
	if value == "" {
		return append(append(dst, name...), "null"...)
	}
	return member(dst, name, value)
}

// appendHeaders appends headers, of each name the last, and multiValueHeaders.
// Lines of one name stand together, because [EventHeaders] sorts them.
func appendHeaders(dst []byte, list []result.Header, none string) []byte {
	if len(list) == 0 {
		dst = append(append(dst, `,"headers":`...), none...)
		return append(append(dst, `,"multiValueHeaders":`...), none...)
	}
	dst = append(dst, `,"headers":{`...)
	for i := 0; i < len(list); {
		n := sameName(list[i:])
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ordered.AppendString(dst, list[i].Name)
		dst = append(dst, ':')
		dst = ordered.AppendString(dst, list[i+n-1].Value)
		i += n
	}
	dst = append(dst, `},"multiValueHeaders":{`...)
	for i := 0; i < len(list); {
		n := sameName(list[i:])
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ordered.AppendString(dst, list[i].Name)
		dst = append(dst, ':', '[')
		for j, h := range list[i : i+n] {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = ordered.AppendString(dst, h.Value)
		}
		dst = append(dst, ']')
		i += n
	}
	return append(dst, '}')
}

// sameName counts the lines at the start of list that have one name.
func sameName(list []result.Header) int {
	n := 1
	for n < len(list) && strings.EqualFold(list[n].Name, list[0].Name) {
		n++
	}
	return n
}

// lastValue appends the value that counts where only one can be given (case
// lambda-proxy-query-decoding: of a repeated name the last).
func lastValue(dst []byte, values []string) []byte {
	if len(values) == 0 {
		return append(dst, `""`...)
	}
	return ordered.AppendString(dst, values[len(values)-1])
}

func allValues(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for i, v := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ordered.AppendString(dst, v)
	}
	return append(dst, ']')
}

func appendParams(dst []byte, params mapping.Params, none string, values func([]byte, []string) []byte) []byte {
	if len(params) == 0 {
		return append(dst, none...)
	}
	dst = append(dst, '{')
	for i := range params {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ordered.AppendString(dst, params[i].Name)
		dst = append(dst, ':')
		dst = values(dst, params[i].Values)
	}
	return append(dst, '}')
}

func appendVariables(dst []byte, variables map[string]string, none string) []byte {
	if len(variables) == 0 {
		return append(dst, none...)
	}
	names := make([]string, 0, 16) // seldom more, and then it grows
	for name := range variables {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = ordered.AppendString(dst, name)
		dst = append(dst, ':')
		dst = ordered.AppendString(dst, variables[name])
	}
	return append(dst, '}')
}

// requestTimeLayout is $context.requestTime: the common log format.
const requestTimeLayout = "02/Jan/2006:15:04:05 -0700"

func (c *EventContext) append(dst []byte) []byte {
	dst = member(dst, `{"resourceId":`, c.ResourceID)
	if c.Authorizer != nil {
		dst = append(dst, `,"authorizer":`...)
		dst = ordered.Append(dst, c.Authorizer)
	}
	dst = member(dst, `,"resourcePath":`, c.ResourcePath)
	if c.OperationName != "" {
		dst = member(dst, `,"operationName":`, c.OperationName)
	}
	dst = member(dst, `,"httpMethod":`, c.HTTPMethod)
	dst = member(dst, `,"extendedRequestId":`, c.ExtendedRequestID)
	dst = append(dst, `,"requestTime":"`...)
	dst = c.Time.UTC().AppendFormat(dst, requestTimeLayout)
	dst = member(dst, `","path":`, c.Path)
	dst = member(dst, `,"accountId":`, c.AccountID)
	dst = member(dst, `,"protocol":`, c.Protocol)
	dst = member(dst, `,"stage":`, c.Stage)
	dst = member(dst, `,"domainPrefix":`, c.DomainPrefix)
	dst = append(dst, `,"requestTimeEpoch":`...)
	dst = strconv.AppendInt(dst, c.Time.UnixMilli(), 10)
	dst = member(dst, `,"requestId":`, c.RequestID)
	dst = append(dst, `,"identity":`...)
	dst = c.Identity.append(dst)
	dst = member(dst, `,"domainName":`, c.DomainName)
	dst = member(dst, `,"deploymentId":`, c.DeploymentID)
	if c.IsCanary != nil {
		dst = append(dst, `,"isCanaryRequest":`...)
		dst = strconv.AppendBool(dst, *c.IsCanary)
	}
	dst = member(dst, `,"apiId":`, c.APIID)
	return append(dst, '}')
}

func (i *EventIdentity) append(dst []byte) []byte {
	dst = orNull(dst, `{"cognitoIdentityPoolId":`, i.CognitoIdentityPoolID)
	dst = orNull(dst, `,"accountId":`, i.AccountID)
	dst = orNull(dst, `,"cognitoIdentityId":`, i.CognitoIdentityID)
	dst = orNull(dst, `,"caller":`, i.Caller)
	dst = orNull(dst, `,"sourceIp":`, i.SourceIP)
	dst = orNull(dst, `,"principalOrgId":`, i.PrincipalOrgID)
	dst = orNull(dst, `,"accessKey":`, i.AccessKey)
	dst = orNull(dst, `,"cognitoAuthenticationType":`, i.CognitoAuthenticationType)
	dst = orNull(dst, `,"cognitoAuthenticationProvider":`, i.CognitoAuthenticationProvider)
	dst = orNull(dst, `,"userArn":`, i.UserARN)
	dst = orNull(dst, `,"userAgent":`, i.UserAgent)
	dst = orNull(dst, `,"user":`, i.User)
	if i.APIKey != "" {
		dst = member(dst, `,"apiKey":`, i.APIKey)
		dst = member(dst, `,"apiKeyId":`, i.APIKeyID)
	}
	return append(dst, '}')
}
