package integration

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/result"
)

// A serviceURI is the URI of an AWS integration, taken apart:
// arn:aws:apigateway:REGION:[SUBDOMAIN.]SERVICE:path/PATH or :action/NAME.
type serviceURI struct {
	region, subdomain, service string
	path                       string // of the path form, with its leading slash
	action                     string // of the action form
	query                      string // as written and appended
}

// parseServiceURI reads a URI; it says false if it is none of an AWS service.
func parseServiceURI(uri string) (serviceURI, bool) {
	parts := strings.SplitN(strings.TrimSpace(uri), ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" || parts[3] == "" || parts[4] == "" {
		return serviceURI{}, false
	}
	s := serviceURI{region: parts[3], service: strings.ToLower(parts[4])}
	if i := strings.LastIndexByte(s.service, '.'); i >= 0 {
		s.subdomain, s.service = parts[4][:i], s.service[i+1:]
	}
	form, rest, _ := strings.Cut(parts[5], "/")
	switch form {
	case "path":
		path, query, _ := strings.Cut(rest, "?")
		s.path, s.query = "/"+strings.TrimLeft(path, "/"), query
		return s, true
	case "action":
		// AWS docs: the action's own parameters follow with &, a mapped query with ?.
		end := strings.IndexAny(rest, "?&")
		if end < 0 {
			end = len(rest)
		}
		s.action = rest[:end]
		s.query = strings.Trim(strings.Replace(rest[end:], "?", "&", 1), "&")
		return s, s.action != ""
	}
	return serviceURI{}, false
}

// url is where AWS has the service.
func (s serviceURI) url() *url.URL {
	host := s.service + "." + s.region + ".amazonaws.com"
	if s.subdomain != "" {
		host = s.subdomain + "." + host
	}
	u := &url.URL{Scheme: "https", Host: host, RawQuery: printable(s.query)}
	if s.action != "" {
		u.Path = "/"
		u.RawQuery = "Action=" + url.QueryEscape(s.action) // AWS sends it even to JSON services
		if s.query != "" {
			u.RawQuery += "&" + printable(s.query)
		}
		return u
	}
	if path, err := url.PathUnescape(s.path); err == nil {
		u.Path, u.RawPath = path, s.path
	} else {
		u.Path = s.path
	}
	return u
}

// A jsonService is one whose actions come as JSON with X-Amz-Target.
type jsonService struct{ target, contentType string }

// jsonServices are those an action form needs no mapped X-Amz-Target for
// (recorded for DynamoDB, Kinesis and Step Functions; the others, and the
// names, are AWS's published service models). EventBridge is missing: there
// the mapping has to set it (recorded). SQS, SNS and SSM take the query form.
var jsonServices = map[string]jsonService{
	"dynamodb":       {"DynamoDB_20120810", "application/x-amz-json-1.0"},
	"firehose":       {"Firehose_20150804", "application/x-amz-json-1.1"},
	"kinesis":        {"Kinesis_20131202", "application/x-amz-json-1.1"},
	"kms":            {"TrentService", "application/x-amz-json-1.1"},
	"logs":           {"Logs_20140328", "application/x-amz-json-1.1"},
	"secretsmanager": {"secretsmanager", "application/x-amz-json-1.1"},
	"states":         {"AWSStepFunctions", "application/x-amz-json-1.0"},
	"ssm":            {"AmazonSSM", "application/x-amz-json-1.1"},
}

// signingNames are services whose signatures name them otherwise than their host.
var signingNames = map[string]string{"runtime.lex": "lex", "email": "ses"}

// doService calls an AWS service other than Lambda.
func (i *Integrations) doService(ctx context.Context, req *Request, s serviceURI) (*Response, error) {
	u := s.url()
	host := u.Host
	header := httpHeaders(req, &host)
	if s.action != "" && sendsBody(req) {
		header = s.actionHeaders(header)
	}
	if f := checkHeaders(header); f != nil {
		return nil, f
	}
	c := call{name: s.service, url: u, host: host, method: req.HTTPMethod, header: header, timeout: req.Timeout}
	if sendsBody(req) {
		c.body = req.Body
	}
	c.way = i.network.wayTo(s.service, u.Path, c.method, nil, "")
	if c.way.nothing {
		// The service may be named by the URL it has on AWS.
		if w := i.network.wayTo(hostKey(u), u.Path, c.method, u, ""); !w.nothing {
			c.way, c.name = w, hostKey(u)
		}
	}
	if c.way.nothing {
		c.stub = i.stubFor(req)
	}
	if to := c.way.to; to != nil {
		if to != u { // a local server goes by its own name, as an SDK with an endpoint calls it
			c.host = to.Host
			if s.service == "s3" && s.subdomain != "" { // a bucket as host name has no address here
				u.Path, u.RawPath = "/"+s.subdomain+u.Path, ""
			}
		}
		name := s.service
		if n, ok := signingNames[name]; ok {
			name = n
		}
		c.sign = func(r *http.Request) error { // signatures carry real time: a server checks them against its own
			return i.credentials.sign(r, c.body, name, s.region, clock.Real().Now())
		}
	}
	return i.network.send(ctx, &c)
}

// actionHeaders adds what a JSON service needs to know an action by, unless
// mappings said so.
func (s serviceURI) actionHeaders(header []result.Header) []result.Header {
	js, ok := jsonServices[s.service]
	if !ok || has(header, "X-Amz-Target") {
		return header
	}
	header = append(header, result.Header{Name: "X-Amz-Target", Value: js.target + "." + s.action})
	for i := range header {
		if strings.EqualFold(header[i].Name, "Content-Type") {
			if header[i].Value == "application/json" { // the caller's; the service has its own name for it
				header[i].Value = js.contentType
			}
			return header
		}
	}
	return append(header, result.Header{Name: "Content-Type", Value: js.contentType})
}
