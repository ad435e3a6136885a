package openapi

import (
	"fmt"
	"regexp"
	"strings"
)

// A FunctionURI says which Lambda function an integration or authorizer calls.
type FunctionURI struct {
	Region, AccountID string // empty where the URI doesn't say
	Name              string
	Qualifier         string // a version, an alias or $LATEST; empty: $LATEST
}

var accountID = regexp.MustCompile(`^\d{12}$`)

// ParseFunctionURI reads the URI of a Lambda integration, once the stage
// variables are filled in. It takes what API Gateway and Lambda take: the
// invocation ARN, with one slash or two after "path", a function's ARN, and the
// partial forms 123456789012:function:name, function:name and name, each with or
// without :qualifier. The error says what is wrong, without a place.
func ParseFunctionURI(uri string) (FunctionURI, error) {
	var f FunctionURI
	ref := uri
	if parts := strings.SplitN(uri, ":", 6); len(parts) == 6 && parts[0] == "arn" && parts[2] == "apigateway" {
		f.Region = parts[3]
		function, err := functionOf(parts[4], parts[5])
		if err != nil {
			return FunctionURI{}, fmt.Errorf("%q is no Lambda invocation: %w", uri, err)
		}
		ref = function
	}
	if err := f.parseReference(ref); err != nil {
		return FunctionURI{}, fmt.Errorf("%q names no Lambda function: %w", uri, err)
	}
	return f, nil
}

// functionOf takes the function's ARN or name out of path/2015-03-31/functions/REF/invocations.
func functionOf(service, path string) (string, error) {
	if service != "lambda" {
		return "", fmt.Errorf("the service is %q, want lambda", service)
	}
	rest, ok := strings.CutPrefix(path, "path/")
	if !ok {
		return "", fmt.Errorf("%q doesn't start with path/", path)
	}
	rest = strings.TrimLeft(rest, "/")
	_, rest, ok = strings.Cut(rest, "/functions/") // the API's date stands before
	if !ok {
		return "", fmt.Errorf("%q has no /functions/", path)
	}
	function, ok := strings.CutSuffix(rest, "/invocations")
	if !ok {
		function, ok = strings.CutSuffix(rest, "/response-streaming-invocations")
	}
	if !ok {
		return "", fmt.Errorf("%q doesn't end with /invocations", path)
	}
	return function, nil
}

func (f *FunctionURI) parseReference(ref string) error {
	if ref == "" {
		return fmt.Errorf("it is empty")
	}
	parts := strings.Split(ref, ":")
	switch {
	case parts[0] == "arn":
		if len(parts) < 7 || parts[2] != "lambda" || parts[5] != "function" {
			return fmt.Errorf("want arn:aws:lambda:REGION:ACCOUNT:function:NAME")
		}
		f.Region, f.AccountID = parts[3], parts[4]
		if !accountID.MatchString(f.AccountID) {
			return fmt.Errorf("account %q, want 12 digits", f.AccountID)
		}
		parts = parts[6:]
	case len(parts) > 2 && parts[1] == "function":
		f.AccountID = parts[0]
		if !accountID.MatchString(f.AccountID) {
			return fmt.Errorf("account %q, want 12 digits", f.AccountID)
		}
		parts = parts[2:]
	case len(parts) > 1 && parts[0] == "function":
		parts = parts[1:]
	}
	if len(parts) > 2 {
		return fmt.Errorf("too many colons")
	}
	f.Name = parts[0]
	if !isFunctionName(f.Name, 140) {
		return fmt.Errorf("function name %q, want letters, digits, - and _", f.Name)
	}
	if len(parts) == 2 {
		f.Qualifier = parts[1]
		if f.Qualifier != "$LATEST" && !isFunctionName(f.Qualifier, 128) {
			return fmt.Errorf("qualifier %q, want a version, an alias or $LATEST", f.Qualifier)
		}
	}
	return nil
}

// isFunctionName reports whether s has 1 to most letters, digits, - and _.
func isFunctionName(s string, most int) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= most
}
