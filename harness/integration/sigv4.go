package integration

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// Credentials sign calls of AWS services. The zero value is a pair that no
// account has: nothing here reads a real one.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// dummyCredentials are what local servers that ask for any signature take.
var dummyCredentials = Credentials{AccessKeyID: "rehearse", SecretAccessKey: "rehearse"}

// sigTime is the form of X-Amz-Date.
const sigTime = "20060102T150405Z"

// sign signs r, whose body is body, with AWS Signature Version 4. Headers a
// mapping may have set and the signature replaces are taken off first, whatever
// their spelling. Now is real time, which the service checks.
func (c Credentials) sign(r *http.Request, body []byte, service, region string, now time.Time) error {
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"} {
		deleteFold(r.Header, name)
	}
	sum := sha256.Sum256(body)
	payload := hex.EncodeToString(sum[:])
	s3 := service == "s3" // it alone asks for the payload's hash, and escapes its path once
	if s3 {
		r.Header.Set("X-Amz-Content-Sha256", payload)
	}
	err := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s3 }).SignHTTP(
		context.Background(), aws.Credentials{AccessKeyID: c.AccessKeyID, SecretAccessKey: c.SecretAccessKey, SessionToken: c.SessionToken},
		r, payload, service, region, now)
	if err != nil {
		return fmt.Errorf("sign the call of %s: %w", service, err)
	}
	return nil
}

// deleteFold deletes a header whatever its spelling.
func deleteFold(h http.Header, name string) {
	for n := range h {
		if strings.EqualFold(n, name) {
			delete(h, n)
		}
	}
}
