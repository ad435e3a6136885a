package steps

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
)

// serveAddress is where `rehearse serve` listens unless told otherwise.
const serveAddress = "http://127.0.0.1:3000"

// curl is the command that sends r to `rehearse serve`. Secrets are read from
// the environment, so the command runs and shows none.
func (w *World) curl(r *gateway.Request) string { return w.curlTo(r, len(w.apis()) > 1) }

// curlTo is curl; withHost says that the address alone does not tell which API
// is meant.
func (w *World) curlTo(r *gateway.Request, withHost bool) string {
	var b strings.Builder
	b.WriteString("curl -i")
	if r.Method != "GET" || len(r.Body) > 0 {
		b.WriteString(" -X " + r.Method)
	}
	if r.Host != "" && withHost {
		b.WriteString(" -H " + shellQuote("Host: "+r.Host))
	}
	for _, h := range r.Header {
		if variable, ok := w.secretVariable(h.Name, h.Value); ok {
			b.WriteString(` -H "` + h.Name + `: $` + variable + `"`)
			continue
		}
		if h.Value == "" {
			b.WriteString(" -H " + shellQuote(h.Name+";")) // how curl sends an empty header
			continue
		}
		b.WriteString(" -H " + shellQuote(h.Name+": "+h.Value))
	}
	if len(r.Body) > 0 {
		b.WriteString(" --data-binary " + shellQuote(string(r.Body)))
	}
	b.WriteString(" " + shellQuote(serveAddress+r.Target))
	return b.String()
}

// secretVariable names the environment variable that holds a header's secret:
// LAB_KEY for the key LabKey.
func (w *World) secretVariable(header, value string) (string, bool) {
	switch strings.ToLower(header) {
	case "x-api-key":
		return w.keyVariable(value), true
	case "authorization", "cookie", "proxy-authorization", "x-amz-security-token":
		return upperSnake(header), true
	}
	return "", false
}

// keyVariable names the variable that holds an API key: the one rehearse.yaml
// reads it from, or one made of the key's name.
func (w *World) keyVariable(value string) string {
	if w.s != nil {
		for _, k := range w.s.Project.Config.APIKeys {
			switch {
			case k.FromEnv != "" && (k.Value == value || k.Name == w.keyName && value == w.keyValue):
				return k.FromEnv
			case k.Value == value:
				return upperSnake(k.Name)
			}
		}
	}
	if w.keyName != "" && value == w.keyValue {
		return upperSnake(w.keyName)
	}
	return "API_KEY"
}

var curlVariable = regexp.MustCompile(`-H "([^":]+): \$([A-Z0-9_]+)"`)

// CurlNote says what the curl commands among the failures of a run need: where
// they go to, and the variables they read. It is empty if there is no command.
func CurlNote(failures []string, keys []project.KeyConfig) string {
	commands := false
	var exports []string
	seen := map[string]bool{}
	for _, text := range failures {
		i := strings.Index(text, "curl -i ")
		if i < 0 {
			continue
		}
		commands = true
		for _, m := range curlVariable.FindAllStringSubmatch(text[i:], -1) {
			header, variable := m[1], m[2]
			if seen[variable] {
				continue
			}
			seen[variable] = true
			what := "the " + header + " of the step"
			for _, k := range keys {
				if strings.EqualFold(header, "x-api-key") && (k.FromEnv == variable || upperSnake(k.Name) == variable) {
					what = "the value of " + k.Name + " in rehearse.yaml"
				}
			}
			exports = append(exports, fmt.Sprintf("export %s='%s'", variable, what))
		}
	}
	switch {
	case !commands:
		return ""
	case exports == nil:
		return "The curl commands are for rehearse serve, which must run."
	}
	return "The curl commands are for rehearse serve, which must run; first: " + strings.Join(exports, "; ")
}

// upperSnake turns LabKey and x-amz-date into LAB_KEY and X_AMZ_DATE.
func upperSnake(name string) string {
	var b strings.Builder
	lower := false
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteByte('_')
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			b.WriteByte('_')
		}
		lower = unicode.IsLower(r) || unicode.IsDigit(r)
		b.WriteRune(unicode.ToUpper(r))
	}
	s := b.String()
	if s == "" || unicode.IsDigit(rune(s[0])) {
		s = "KEY_" + s
	}
	return s
}

// shellQuote quotes a word for a POSIX shell if it needs to be.
func shellQuote(s string) string {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,", r)
	})
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
