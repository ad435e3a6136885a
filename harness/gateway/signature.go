package gateway

import "strings"

// scheme is the one signature scheme a REST API takes.
const scheme = "AWS4-HMAC-SHA256"

// readSignature reads the Authorization header as AWS does where no method
// matches or the method is AWS_IAM: as a signature. A header that can't be one
// is answered in so many words (cases routing-unknown-path-with-bearer-token,
// iam-method-with-bearer-token); nil means that there is none.
//
// Signatures are not verified: one that is well formed is answered as one by a
// key AWS does not know. Closed, never open.
func (x *exchange) readSignature() *refusal {
	header, ok := x.headerValue("Authorization")
	if !ok || header == "" {
		if x.signedByQuery() {
			return x.unverified()
		}
		return nil
	}
	algorithm, rest, _ := strings.Cut(header, " ")
	var has struct{ credential, signature, signedHeaders bool }
	if rest = strings.TrimSpace(rest); rest != "" {
		for part := range strings.SplitSeq(rest, ",") {
			part = strings.TrimSpace(part)
			name, _, found := strings.Cut(part, "=")
			if !found {
				return x.incompleteSignature("'" + part + "' not a valid key=value pair (missing equal-sign) in Authorization header: '" + header + "'.")
			}
			switch name {
			case "Credential":
				has.credential = true
			case "Signature":
				has.signature = true
			case "SignedHeaders":
				has.signedHeaders = true
			}
		}
	}
	var b strings.Builder
	missing := func(there bool, what string) {
		if !there {
			b.WriteString("Authorization header requires " + what + ". ")
		}
	}
	missing(has.credential, "'Credential' parameter")
	missing(has.signature, "'Signature' parameter")
	missing(has.signedHeaders, "'SignedHeaders' parameter")
	missing(x.hasDate(), "existence of either a 'X-Amz-Date' or a 'Date' header")
	if b.Len() > 0 {
		return x.incompleteSignature(b.String() + "Authorization=" + header)
	}
	if algorithm != scheme {
		return x.incompleteSignature("Unsupported AWS 'algorithm': '" + algorithm + "'.") // guess
	}
	return x.unverified()
}

func (x *exchange) hasDate() bool {
	if _, ok := x.headerValue("X-Amz-Date"); ok {
		return true
	}
	_, ok := x.headerValue("Date")
	return ok
}

// signedByQuery reports whether the caller signed in the query string.
func (x *exchange) signedByQuery() bool {
	for pair := range strings.SplitSeq(x.rawQuery, "&") {
		if name, _, _ := strings.Cut(pair, "="); name == "X-Amz-Signature" {
			return true
		}
	}
	return false
}

// incompleteSignature is the answer to an Authorization header that is none of
// ours. guess: its gateway response type; users turned it away by customising
// MISSING_AUTHENTICATION_TOKEN.
func (x *exchange) incompleteSignature(message string) *refusal {
	r := x.refuseWith(&missingAuthenticationToken, message, becauseSignatureUnreadable, "", "", "")
	r.errorType = "IncompleteSignatureException"
	return r
}

func (x *exchange) unverified() *refusal {
	r := x.refuseWith(&invalidSignature, "The security token included in the request is invalid.", becauseSignatureNotVerified, "", "", "")
	r.errorType = "UnrecognizedClientException"
	return r
}
