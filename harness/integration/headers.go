package integration

import (
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
)

// kind is a set of integration types.
type kind uint8

const (
	inHTTP kind = 1 << iota
	inHTTPProxy
	inAWS
	inAWSProxy
	inMock

	inHTTPs = inHTTP | inHTTPProxy
	inAWSs  = inAWS | inAWSProxy
	inAll   = inHTTPs | inAWSs | inMock
)

func kindOf(t openapi.IntegrationType) kind {
	switch t {
	case openapi.HTTP:
		return inHTTP
	case openapi.HTTPProxy:
		return inHTTPProxy
	case openapi.AWS:
		return inAWS
	case openapi.AWSProxy:
		return inAWSProxy
	}
	return inMock
}

// A headerRow says what becomes of one header on its way to a backend and back.
// Each field is the set of integration types it holds for. The evidence is
// given above the rows; what AWS's page and a recording don't agree on follows
// the recording.
type headerRow struct {
	arrival bool // taken off the caller's request before anybody sees it

	illegal  kind // mapping it ends the call with 500
	unmapped kind // mapping it does nothing
	withheld kind // the caller's own is not sent on by a proxy integration

	// Of a response: given by a mapping or responseOverride, and given by the
	// backend behind a proxy integration.
	mappedRenamed, mappedDropped   kind
	backendRenamed, backendDropped kind
}

// headers is keyed by names in lower case.
//
// Request side. Arrival, illegal and unmapped: recorded (cases
// lambda-proxy-request-headers-dropped, illegal-header-mapping-*), except the
// trace and API id as illegal names, which are inferred. Withheld: recorded for
// HTTP_PROXY (Host, Content-Encoding, Via).
//
// Response side, mapped, HTTP and AWS: recorded (case
// response-headers-remapped-http). MOCK like them: guess, no recording.
// From a backend: HTTP_PROXY's Connection, Content-Length, Date, Server and
// x-amzn-requestid are recorded; the rest is AWS's page "Amazon API Gateway
// important notes"; a Lambda's WWW-Authenticate is recorded (case
// lambda-proxy-www-authenticate-is-remapped).
var headers = map[string]headerRow{
	"authorization": {
		illegal:       inAWSs,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"connection": {
		arrival: true, illegal: inAWSs, unmapped: inHTTPs,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"content-encoding": {
		withheld: inHTTPProxy, // the body has been decoded by then; responses pass with theirs
	},
	"content-length": {
		arrival: true, illegal: inAll,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"content-md5": {
		arrival:       true,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"date": {
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"expect": {
		arrival: true, illegal: inAWSs, unmapped: inHTTPs,
		mappedRenamed: inAll, backendDropped: inAll,
	},
	"host": {
		withheld:      inHTTPProxy,
		mappedRenamed: inAll, backendDropped: inAll,
	},
	"max-forwards": {
		arrival:       true,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"proxy-authenticate": {
		arrival: true, illegal: inAWSs, unmapped: inHTTPs,
		mappedRenamed: inAll, backendDropped: inAll,
	},
	"referer": {
		unmapped: inAWS, // inferred
	},
	"server": {
		arrival:       true,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"te": {
		arrival: true, illegal: inAWSs, unmapped: inHTTPs,
		backendDropped: inAll,
	},
	"trailer": {
		arrival:       true,
		mappedRenamed: inAll, backendDropped: inAll,
	},
	"transfer-encoding": {
		arrival: true, illegal: inAll,
		mappedDropped: inAll, backendDropped: inAll,
	},
	"upgrade": {
		arrival:       true,
		mappedRenamed: inAll, backendDropped: inAll,
	},
	"user-agent": {
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"via": {
		unmapped: inHTTPs, withheld: inHTTPProxy,
		backendDropped: inHTTPProxy | inAWSProxy,
	},
	"www-authenticate": {
		arrival:       true,
		mappedRenamed: inAll, backendRenamed: inAll,
	},
	"x-amzn-apigateway-api-id": {
		illegal: inAll, withheld: inHTTPProxy,
	},
	"x-amzn-requestid": {
		backendRenamed: inHTTPs | inAWSs,
	},
	"x-amzn-trace-id": {
		illegal: inAll, withheld: inHTTPProxy,
	},
}

// row finds a header's row, whatever the spelling of its name.
func row(name string) headerRow {
	var buf [32]byte
	if len(name) > len(buf) {
		return headerRow{} // no name in the table is that long
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf[i] = c
	}
	return headers[string(buf[:len(name)])]
}

// DropOnArrival reports whether a header of the caller is taken off before
// anything reads it: mappings, $input.params and backends never see it.
func DropOnArrival(name string) bool { return row(name).arrival }

// IllegalMapped reports whether mapping integration.request.header.name ends
// the call with 500 Internal server error.
func IllegalMapped(t openapi.IntegrationType, name string) bool {
	return row(name).illegal&kindOf(t) != 0
}

// DropMapped reports whether a mapped integration.request.header.name is
// accepted and not sent.
func DropMapped(t openapi.IntegrationType, name string) bool {
	return row(name).unmapped&kindOf(t) != 0
}

// ForwardClient reports whether a proxy integration sends the caller's own
// header on to the backend. Headers dropped on arrival are not asked about.
func ForwardClient(t openapi.IntegrationType, name string) bool {
	return row(name).withheld&kindOf(t) == 0
}

// remapped is what stands before the name of a header AWS renames.
const remapped = "x-amzn-Remapped-"

// ResponseHeader says under which name a response header goes to the caller, if
// it does. Mapped means that a response mapping or responseOverride set it,
// else it came from the backend of a proxy integration.
func ResponseHeader(t openapi.IntegrationType, name string, mapped bool) (newName string, keep bool) {
	r, k := row(name), kindOf(t)
	renamed, dropped := r.backendRenamed, r.backendDropped
	if mapped {
		renamed, dropped = r.mappedRenamed, r.mappedDropped
	}
	switch {
	case dropped&k != 0:
		return "", false
	case renamed&k != 0:
		return remapped + name, true
	}
	return name, true
}

// Recase gives Authorization and User-Agent the capitals AWS gives them, and
// leaves other names as the caller spelled them (case
// lambda-proxy-authorization-and-user-agent-recased).
func Recase(name string) string {
	switch {
	case strings.EqualFold(name, "Authorization"):
		return "Authorization"
	case strings.EqualFold(name, "User-Agent"):
		return "User-Agent"
	}
	return name
}

// RequestHeaders appends to dst the headers of an integration request: those
// mapped and, as its type has it, the caller's. Client are the caller's headers
// without those dropped on arrival; mapped are what the mappings and
// requestOverride gave, none of them illegal. [Integrations.Do] adds what API
// Gateway sends of its own.
//
//   - HTTP, AWS: the mapped ones, and the caller's Content-Type unless the
//     caller's method is GET, HEAD or OPTIONS (case http-client-headers-are-not-sent).
//   - HTTP_PROXY: the caller's, of which a mapped one takes the place (case
//     http-proxy-mapped-header-replaces-client-header).
//   - AWS_PROXY: none; the event has them.
func RequestHeaders(dst []result.Header, t openapi.IntegrationType, clientMethod string, client, mapped []result.Header) []result.Header {
	start := len(dst)
	switch t {
	case openapi.HTTP, openapi.AWS:
		if clientMethod != "GET" && clientMethod != "HEAD" && clientMethod != "OPTIONS" && !has(mapped, "Content-Type") {
			for i := len(client) - 1; i >= 0; i-- {
				if strings.EqualFold(client[i].Name, "Content-Type") {
					dst = append(dst, result.Header{Name: "Content-Type", Value: client[i].Value})
					break
				}
			}
		}
	case openapi.HTTPProxy:
		for _, h := range client {
			if ForwardClient(t, h.Name) && !has(mapped, h.Name) {
				dst = append(dst, h)
			}
		}
	default:
		return dst[:start]
	}
	for _, h := range mapped {
		if !DropMapped(t, h.Name) {
			dst = append(dst, h)
		}
	}
	return dst
}

func has(list []result.Header, name string) bool {
	for i := range list {
		if strings.EqualFold(list[i].Name, name) {
			return true
		}
	}
	return false
}
