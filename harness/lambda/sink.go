package lambda

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A sink is the endpoint of every AWS service that has none in this run: it
// refuses by name, so that a function's log says what is missing instead of a
// call leaving the machine.
type sink struct {
	once    sync.Once
	address string
	server  *http.Server
	served  sync.WaitGroup
}

// url starts the sink when it is first needed.
func (s *sink) url(h *Host) string {
	s.once.Do(func() {
		s.address = "http://127.0.0.1:9" // the discard port: nobody answers there
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			h.logf("AWS calls of functions end at a closed port: %v", err)
			return
		}
		s.address = "http://" + l.Addr().String()
		s.server = &http.Server{Handler: http.HandlerFunc(h.refuseAWS), ReadHeaderTimeout: 10 * time.Second}
		s.served.Go(func() { s.server.Serve(l) })
	})
	return s.address
}

func (s *sink) close() {
	if s.server != nil {
		s.server.Close()
		s.served.Wait()
	}
}

// refuseAWS answers an AWS call of a function. 403 is not tried again by SDKs.
func (h *Host) refuseAWS(w http.ResponseWriter, r *http.Request) {
	service := signedService(r.Header.Get("Authorization"))
	message := fmt.Sprintf("%s is not in this run, and nothing leaves the machine unless it is named: add endpoints: {%s: http://...} to rehearse.yaml", service, service)
	h.logf("a function called AWS: %s", message)
	body := append([]byte(nil), `{"__type":"AccessDeniedException","Code":"AccessDeniedException","message":`...)
	body = ordered.AppendString(body, message)
	body = append(body, '}')
	kind := "application/json"
	if xmlServices[service] {
		kind = "text/xml"
		text := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(message)
		fault := "<Code>AccessDenied</Code><Message>" + text + "</Message>"
		body = []byte("<ErrorResponse><Error>" + fault + "</Error></ErrorResponse>")
		if service == "s3" {
			body = []byte("<Error>" + fault + "</Error>")
		}
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
	w.WriteHeader(http.StatusForbidden)
	w.Write(body)
}

// xmlServices answer in XML.
var xmlServices = map[string]bool{
	"s3": true, "sns": true, "sts": true, "iam": true, "ec2": true, "rds": true, "cloudformation": true,
	"autoscaling": true, "elasticloadbalancing": true, "email": true, "ses": true, "route53": true, "monitoring": true,
}

// signedService is the service a request was signed for:
// AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/dynamodb/aws4_request, ...
func signedService(authorization string) string {
	_, credential, _ := strings.Cut(authorization, "Credential=")
	if parts := strings.Split(credential, "/"); len(parts) > 3 && parts[3] != "" {
		return parts[3]
	}
	return "this AWS service"
}
