package integration

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/openapi"
)

// verify checks a signature from what arrived, as a service does; it shares
// nothing with the code that signed.
func verify(r *http.Request, body []byte, secret string) error {
	auth := r.Header.Get("Authorization")
	var credential, signed, signature string
	for _, part := range strings.Split(strings.TrimPrefix(auth, "AWS4-HMAC-SHA256 "), ", ") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "Credential":
			credential = value
		case "SignedHeaders":
			signed = value
		case "Signature":
			signature = value
		}
	}
	scope := strings.SplitN(credential, "/", 2)
	if len(scope) != 2 {
		return fmt.Errorf("no signature: %q", auth)
	}
	escape := func(s string, slash bool) string {
		s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
		if slash {
			s = strings.ReplaceAll(s, "%2F", "/")
		}
		return s
	}
	path := r.URL.EscapedPath()
	if strings.Split(scope[1], "/")[2] != "s3" {
		path = escape(path, true)
	}
	query := r.URL.Query()
	var pairs []string
	for name := range query {
		slices.Sort(query[name])
		for _, v := range query[name] {
			pairs = append(pairs, escape(name, false)+"="+escape(v, false))
		}
	}
	slices.Sort(pairs)
	var headers strings.Builder
	for _, name := range strings.Split(signed, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = r.Host
		}
		headers.WriteString(name + ":" + value + "\n")
	}
	sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	canonical := r.Method + "\n" + path + "\n" + strings.Join(pairs, "&") + "\n" + headers.String() + "\n" + signed + "\n" + sum(string(body))
	toSign := "AWS4-HMAC-SHA256\n" + r.Header.Get("X-Amz-Date") + "\n" + scope[1] + "\n" + sum(canonical)
	key := []byte("AWS4" + secret)
	for _, part := range append(strings.Split(scope[1], "/"), toSign) {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(part))
		key = m.Sum(nil)
	}
	if got := hex.EncodeToString(key); got != signature {
		return fmt.Errorf("signature %s, want %s of\n%s", signature, got, canonical)
	}
	return nil
}

func TestServices(t *testing.T) {
	type seen struct {
		method, path, query, target, contentType, body, credential, host string
		signed                                                           error
		at                                                               string
	}
	var got seen
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
		got = seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("X-Amz-Target"), r.Header.Get("Content-Type"), string(body), credential, r.Host, verify(r, body, "rehearse"), r.Header.Get("X-Amz-Date")}
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"ok":true}`)
	}))
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "http://")
	endpoints := map[string]string{"https://my.sns.us-east-1.amazonaws.com": s.URL}
	for _, service := range []string{"dynamodb", "sqs", "s3", "kinesis", "states", "events", "ssm", "secretsmanager", "madeup"} {
		endpoints[service] = s.URL
	}
	n, _ := network(t, NetworkConfig{Endpoints: endpoints})
	const arn = "arn:aws:apigateway:us-west-2:"
	tests := []struct {
		name, uri, method string
		header            []string
		body              string
		want              seen
	}{
		{
			name: "DynamoDB by action", uri: arn + "dynamodb:action/PutItem", method: "POST", header: []string{"Content-Type: application/json"}, body: `{"TableName":"t"}`,
			want: seen{method: "POST", path: "/", query: "Action=PutItem", target: "DynamoDB_20120810.PutItem", contentType: "application/x-amz-json-1.0", body: `{"TableName":"t"}`, credential: "us-west-2/dynamodb"},
		},
		{
			name: "Step Functions by action, without a type", uri: arn + "states:action/StartExecution", method: "POST", body: `{}`,
			want: seen{method: "POST", path: "/", query: "Action=StartExecution", target: "AWSStepFunctions.StartExecution", contentType: "application/x-amz-json-1.0", body: `{}`, credential: "us-west-2/states"},
		},
		{
			name: "Kinesis by action, its type mapped", uri: arn + "kinesis:action/PutRecord", method: "POST", header: []string{"content-type: application/x-amz-json-1.1"}, body: `{}`,
			want: seen{method: "POST", path: "/", query: "Action=PutRecord", target: "Kinesis_20131202.PutRecord", contentType: "application/x-amz-json-1.1", body: `{}`, credential: "us-west-2/kinesis"},
		},
		{
			name: "Secrets Manager by action", uri: arn + "secretsmanager:action/GetSecretValue", method: "POST", body: `{}`,
			want: seen{method: "POST", path: "/", query: "Action=GetSecretValue", target: "secretsmanager.GetSecretValue", contentType: "application/x-amz-json-1.1", body: `{}`, credential: "us-west-2/secretsmanager"},
		},
		{
			name: "EventBridge with what is mapped", uri: arn + "events:action/PutEvents", method: "POST", header: []string{"X-Amz-Target: AWSEvents.PutEvents", "Content-Type: application/x-amz-json-1.1"}, body: `{}`,
			want: seen{method: "POST", path: "/", query: "Action=PutEvents", target: "AWSEvents.PutEvents", contentType: "application/x-amz-json-1.1", body: `{}`, credential: "us-west-2/events"},
		},
		{
			name: "SSM with parameters of a query", uri: arn + "ssm:action/GetParameter&Name=%2Fa?WithDecryption=true", method: "GET",
			want: seen{method: "GET", path: "/", query: "Action=GetParameter&Name=%2Fa&WithDecryption=true", credential: "us-west-2/ssm"},
		},
		{
			name: "SQS by path with a form", uri: arn + "sqs:path/123456789012/queue", method: "POST", header: []string{"Content-Type: application/x-www-form-urlencoded"}, body: "Action=SendMessage&MessageBody={}",
			want: seen{method: "POST", path: "/123456789012/queue", contentType: "application/x-www-form-urlencoded", body: "Action=SendMessage&MessageBody={}", credential: "us-west-2/sqs"},
		},
		{
			name: "SQS by path with JSON", uri: arn + "sqs:path/123456789012/queue", method: "POST", header: []string{"Content-Type: application/x-amz-json-1.0", "X-Amz-Target: AmazonSQS.SendMessage"}, body: "{}",
			want: seen{method: "POST", path: "/123456789012/queue", target: "AmazonSQS.SendMessage", contentType: "application/x-amz-json-1.0", body: "{}", credential: "us-west-2/sqs"},
		},
		{
			name: "S3 by path", uri: arn + "s3:path/bucket/a%20b/%C3%A9.txt?versionId=1", method: "PUT", header: []string{"Content-Type: text/plain"}, body: "hello",
			want: seen{method: "PUT", path: "/bucket/a%20b/%C3%A9.txt", query: "versionId=1", contentType: "text/plain", body: "hello", credential: "us-west-2/s3"},
		},
		{
			name: "a bucket as subdomain", uri: arn + "bucket.s3:path/key", method: "GET",
			want: seen{method: "GET", path: "/bucket/key", credential: "us-west-2/s3"},
		},
		{
			name: "a service nobody knows", uri: arn + "madeup:path//v1/things", method: "DELETE",
			want: seen{method: "DELETE", path: "/v1/things", credential: "us-west-2/madeup"},
		},
		{
			name: "a service by the URL it has on AWS", uri: "arn:aws:apigateway:us-east-1:my.sns:action/Publish&Message=a%20b+c", method: "POST",
			want: seen{method: "POST", path: "/", query: "Action=Publish&Message=a%20b%20c", credential: "us-east-1/sns"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got = seen{}
			r, f := do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.AWS}, HTTPMethod: tt.method, URI: tt.uri, Header: lines(tt.header...),
				Body: []byte(tt.body), HasBody: tt.body != "", APIID: "abc", Timeout: 10 * time.Second})
			if f != nil {
				t.Fatal(f.Event)
			}
			if r.Status != http.StatusAccepted || string(r.Body) != `{"ok":true}` {
				t.Errorf("answer %d %s", r.Status, r.Body)
			}
			if got.signed != nil {
				t.Error(got.signed)
			}
			if at, err := time.Parse(sigTime, got.at); err != nil || clock.Real().Now().Sub(at) > time.Hour || at.Sub(clock.Real().Now()) > time.Hour {
				t.Errorf("signed at %s, want real time", got.at)
			}
			if parts := strings.Split(got.credential, "/"); len(parts) != 5 || parts[0] != "rehearse" || parts[2]+"/"+parts[3] != tt.want.credential {
				t.Errorf("credential %s, want %s", got.credential, tt.want.credential)
			}
			got.signed, got.at, got.credential, tt.want.host = nil, "", tt.want.credential, host
			if got != tt.want {
				t.Errorf("the service got\n%+v, want\n%+v", got, tt.want)
			}
		})
	}
}

func TestServiceStubs(t *testing.T) {
	n, _ := network(t, NetworkConfig{Backends: map[string]Backend{"sqs": {Answer: &Answer{Status: 400, Body: []byte(`{"__type":"x"}`)}}}})
	call := func(uri string) (*Response, *Failure) {
		return do(t, n, &Request{Integration: &openapi.Integration{Type: openapi.AWS}, HTTPMethod: "POST", URI: uri, Body: []byte("Action=X"), HasBody: true, Timeout: time.Second})
	}
	const sqs = "arn:aws:apigateway:us-east-1:SQS:path/123456789012/queue"
	if r, f := call(sqs); f != nil || r.Status != 400 || value(r.Header, "content-type") != "application/json" {
		t.Errorf("a stubbed service = %+v, %v", r, f)
	}
	if err := n.SetAnswers("sqs", []Answer{{Body: []byte("<ok/>")}}); err != nil {
		t.Fatal(err)
	}
	if r, f := call(sqs); f != nil || r.Status != 200 || string(r.Body) != "<ok/>" {
		t.Errorf("a stubbed service = %+v, %v", r, f)
	}
	if got := n.Received("sqs"); len(got) != 2 || string(got[0].Body) != "Action=X" || got[0].Path != "/123456789012/queue" || value(got[0].Header, "authorization") != "" {
		t.Errorf("Received = %+v", got)
	}
	_, f := call("arn:aws:apigateway:us-east-1:sns:action/Publish")
	if reason(f) != "backend-not-configured" || f.Event.A != "sns" {
		t.Errorf("a service nothing stands for = %+v", f)
	}
	for _, uri := range []string{"arn:aws:apigateway:us-east-1:sns:Publish", "arn:aws:apigateway::sns:action/Publish", "arn:aws:apigateway:us-east-1:sns:action/", "arn:aws:lambda:us-east-1:123456789012:thing"} {
		if _, f := call(uri); reason(f) != "integration-unsupported" && reason(f) != "invalid-endpoint" || f.Status != 500 {
			t.Errorf("%s = %+v, want it refused", uri, f)
		}
	}
}
