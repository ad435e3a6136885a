package integration

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestSign holds signatures against those of AWS's own published suite (service
// "service") and of its Go SDK.
func TestSign(t *testing.T) {
	tests := []struct {
		name, method, url, service, region, at string
		body, token                            string
		header                                 [][2]string
		want                                   string
	}{
		{
			name: "AWS's suite: get-vanilla", method: "GET", url: "https://example.amazonaws.com/", service: "service", region: "us-east-1", at: "20150830T123600Z",
			want: "SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
		},
		{
			name: "AWS's suite: post-vanilla", method: "POST", url: "https://example.amazonaws.com/", service: "service", region: "us-east-1", at: "20150830T123600Z",
			want: "SignedHeaders=host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
		},
		{
			name: "a body and headers", method: "POST", url: "https://dynamodb.us-west-2.amazonaws.com/?Action=PutItem", service: "dynamodb", region: "us-west-2", at: "20260102T030405Z",
			body:   `{"TableName":"t"}`,
			header: [][2]string{{"content-type", "application/x-amz-json-1.0"}, {"X-Amz-Target", "DynamoDB_20120810.PutItem"}},
			want:   "SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=32a8dfc1e2c86907103a9dbb2de90003b0b3d3b4e9095142b7b88cd8ded87961",
		},
		{
			name: "an escaped path, a repeated and an empty parameter, a session", method: "GET",
			url:     "https://sqs.eu-central-1.amazonaws.com/123456789012/my%20queue?b=2&a=1&a=0&empty=&x=%2F+y",
			service: "sqs", region: "eu-central-1", at: "20260102T030405Z", token: "session",
			want: "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=f06f41e2141162775f4ca3cf2a050423e21587fe172ba50c0c17a87d48c89ca6",
		},
		{
			name: "S3 escapes its path once", method: "PUT", url: "https://s3.us-east-1.amazonaws.com/bucket/a%20b/c%2Fd/%C3%A9", service: "s3", region: "us-east-1", at: "20260102T030405Z",
			body: "hello", header: [][2]string{{"Content-Type", "text/plain;  charset=utf-8"}},
			want: "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=b75871046abef8f89e1732b87036444639b2b80855d4dc02e6a39358266f5a7f",
		},
		{
			name: "dots and double slashes stay", method: "GET", url: "https://example.us-east-1.amazonaws.com//c/./d~e", service: "example", region: "us-east-1", at: "20260102T030405Z",
			want: "SignedHeaders=host;x-amz-date, Signature=9ec44e2cf6ac271f94be2de882fcc1479e2cddfff6d6da1d2f2c9ac5f22bdb41",
		},
		{
			name: "parameters are sorted by name, not as text", method: "GET", url: "https://example.us-east-1.amazonaws.com/?aB=1&a=2&a-=3&a0=1", service: "example", region: "us-east-1", at: "20260102T030405Z",
			want: "SignedHeaders=host;x-amz-date, Signature=4cf543242b2325d296f574aa6b9add243edaa34ad6751471b55c5f7a75277f1a",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			r := &http.Request{Method: tt.method, URL: u, Header: http.Header{"authorization": {"old"}, "User-Agent": {"not signed"}}}
			for _, h := range tt.header {
				r.Header[h[0]] = []string{h[1]}
			}
			at, err := time.Parse(sigTime, tt.at)
			if err != nil {
				t.Fatal(err)
			}
			c := Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", SessionToken: tt.token}
			c.sign(r, []byte(tt.body), tt.service, tt.region, at)
			got := strings.Join(r.Header["Authorization"], "|")
			want := "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + tt.at[:8] + "/" + tt.region + "/" + tt.service + "/aws4_request, " + tt.want
			if got != want {
				t.Errorf("Authorization: %s\nwant           %s", got, want)
			}
			for name := range r.Header {
				if name != "Authorization" && strings.EqualFold(name, "Authorization") {
					t.Errorf("the old %s is still there", name)
				}
			}
		})
	}
}
