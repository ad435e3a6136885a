package validate

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// formats are those the Java validator checks of draft 4. Others are ignored.
// Each gives what to say of a string that does not fit.
var formats = map[string]struct {
	fits    func(string) bool
	message string // %s stands for the string in quotes
}{
	"date-time": {isDateTime, "string %s is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]"},
	"email":     {isEmail, "string %s is not a valid email address"},
	"hostname":  {isHostname, "string %s is not a valid hostname"},
	"ipv4":      {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }, "string %s is not a valid IPv4 address"},
	"ipv6":      {func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" }, "string %s is not a valid IPv6 address"},
	"regex":     {func(s string) bool { _, err := compilePattern(s); return err == nil }, "string %s is not a valid ECMA 262 regular expression"},
	"uri":       {isURI, "string %s is not a valid URI"},
	// guess: from the library's list of formats; no page has it.
	"uuid": {uuidPattern.MatchString, "input string %s is not a valid UUID"},
}

// checkFormat says what is wrong with a string, or nothing.
func checkFormat(format, s string) string {
	f, ok := formats[format]
	if !ok || f.fits(s) {
		return ""
	}
	return strings.Replace(f.message, "%s", quote(s), 1)
}

// uuidPattern is what Java's UUID.fromString takes, which is more than a UUID.
var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{1,16}(-[0-9a-fA-F]{1,16}){4}$`)

func isDateTime(s string) bool {
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

func isEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

var hostLabel = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?$`)

func isHostname(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	for _, l := range labels {
		if len(l) > 63 || !hostLabel.MatchString(l) {
			return false
		}
	}
	last := labels[len(labels)-1][0]
	return last < '0' || last > '9'
}

// isURI goes by java.net.URI, which takes relative references too.
func isURI(s string) bool {
	if strings.ContainsAny(s, " <>\"{}|\\^`") {
		return false
	}
	_, err := url.Parse(s)
	return err == nil
}
