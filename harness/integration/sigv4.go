package integration

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Credentials sign calls of AWS services. The zero value is a pair that no
// account has: nothing here reads a real one.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// dummyCredentials are what local servers that ask for any signature take.
var dummyCredentials = Credentials{AccessKeyID: "rehearse", SecretAccessKey: "rehearse"}

const (
	sigAlgorithm = "AWS4-HMAC-SHA256"
	sigTime      = "20060102T150405Z"
	sigDate      = "20060102"
)

// sign signs r, whose body is body, with AWS Signature Version 4, header form:
// the host, Content-Type and all X-Amz-* headers. Now is real time, which the
// service checks.
func (c Credentials) sign(r *http.Request, body []byte, service, region string, now time.Time) {
	now = now.UTC()
	payload := hexSHA256(body)
	deleteFold(r.Header, "Authorization")
	deleteFold(r.Header, "X-Amz-Date")
	deleteFold(r.Header, "X-Amz-Security-Token")
	deleteFold(r.Header, "X-Amz-Content-Sha256")
	r.Header["X-Amz-Date"] = []string{now.Format(sigTime)}
	if c.SessionToken != "" {
		r.Header["X-Amz-Security-Token"] = []string{c.SessionToken}
	}
	if service == "s3" { // S3 alone asks for it
		r.Header["X-Amz-Content-Sha256"] = []string{payload}
	}
	headers, names := canonicalHeaders(r)
	canonical := strings.Join([]string{
		r.Method, canonicalPath(r.URL, service), canonicalQuery(r.URL), headers, names, payload,
	}, "\n")
	scope := now.Format(sigDate) + "/" + region + "/" + service + "/aws4_request"
	toSign := sigAlgorithm + "\n" + now.Format(sigTime) + "\n" + scope + "\n" + hexSHA256([]byte(canonical))
	key := hmacSHA256([]byte("AWS4"+c.SecretAccessKey), now.Format(sigDate))
	for _, part := range []string{region, service, "aws4_request"} {
		key = hmacSHA256(key, part)
	}
	r.Header["Authorization"] = []string{sigAlgorithm +
		" Credential=" + c.AccessKeyID + "/" + scope +
		", SignedHeaders=" + names +
		", Signature=" + hex.EncodeToString(hmacSHA256(key, toSign))}
}

// canonicalPath is the escaped path, escaped once more except for S3.
func canonicalPath(u *url.URL, service string) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	if service == "s3" {
		return path
	}
	var b strings.Builder
	appendEscaped(&b, path, keepInQuery+"/")
	return b.String()
}

func canonicalQuery(u *url.URL) string {
	query, _ := url.ParseQuery(u.RawQuery) // what can't be read isn't signed, and no server could read it
	var pairs []string
	for name, values := range query {
		for _, v := range values {
			var b strings.Builder
			appendEscaped(&b, name, keepInQuery)
			b.WriteByte('=')
			appendEscaped(&b, v, keepInQuery)
			pairs = append(pairs, b.String())
		}
	}
	// "=" sorts after what an escaped name may hold before it, so pairs are
	// compared by name and value, not as texts.
	slices.SortFunc(pairs, func(a, b string) int {
		an, av, _ := strings.Cut(a, "=")
		bn, bv, _ := strings.Cut(b, "=")
		if c := strings.Compare(an, bn); c != 0 {
			return c
		}
		return strings.Compare(av, bv)
	})
	return strings.Join(pairs, "&")
}

// canonicalHeaders gives the lines of the signed headers, each ended, and their names.
func canonicalHeaders(r *http.Request) (lines, names string) {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	values := map[string]string{"host": host}
	for _, name := range sortedNames(r.Header) {
		low := strings.ToLower(name)
		if low != "content-type" && !strings.HasPrefix(low, "x-amz-") {
			continue
		}
		for _, v := range r.Header[name] {
			v = strings.Join(strings.Fields(v), " ")
			if before, ok := values[low]; ok {
				v = before + "," + v
			}
			values[low] = v
		}
	}
	list := make([]string, 0, len(values))
	for name := range values {
		list = append(list, name)
	}
	slices.Sort(list)
	var b strings.Builder
	for _, name := range list {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return b.String(), strings.Join(list, ";")
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// deleteFold deletes a header whatever its spelling.
func deleteFold(h http.Header, name string) {
	for n := range h {
		if strings.EqualFold(n, name) {
			delete(h, n)
		}
	}
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func hmacSHA256(key []byte, s string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(s))
	return m.Sum(nil)
}
