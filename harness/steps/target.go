package steps

import (
	"fmt"
	"strings"

	"github.com/rehearse-api/rehearse/harness/gateway"
)

// target turns the path of a step into the request target and the host it goes to.
func (w *World) target(path string) (target, host string, err error) {
	if strings.Contains(path, "://") && !strings.HasPrefix(path, "/") {
		return "", "", wrong("%q is a URL, want a path", path).hint(`a path begins with its stage: "/prod/items"`)
	}
	if !strings.HasPrefix(path, "/") {
		return "", "", wrong("the path %q does not begin with a slash", path)
	}
	path = escapeTarget(path)
	settings := w.s.Gateway.Settings()
	if w.stage != "" {
		s, err := w.findStage(w.api, w.stage)
		if err != nil {
			return "", "", err
		}
		return "/" + w.stage + path, hostOf(s, settings), nil
	}
	name, _, _ := strings.Cut(path[1:], "/")
	name, _, _ = strings.Cut(name, "?")
	var found *gateway.Stage
	for _, s := range settings.Stages {
		if s.Name != name {
			continue
		}
		if found != nil {
			return "", "", wrong("both %s and %s have a stage %q", found.API, s.API, name).
				hint(`say which: Given I use the stage %q of %q`, name, found.API)
		}
		found = s
	}
	if found == nil && len(settings.Stages) > 0 {
		// A stage that is not there is answered by the gateway, as AWS does.
		found = settings.Stages[0]
	}
	if found == nil {
		return path, "", nil
	}
	return path, hostOf(found, settings), nil
}

// hostOf is the host name of a stage's API: the execute-api form, which says
// which API is meant.
func hostOf(s *gateway.Stage, settings *gateway.Settings) string {
	return s.APIID + ".execute-api." + settings.Region + ".amazonaws.com"
}

// escapeTarget escapes what can't stand in a request line.
func escapeTarget(path string) string {
	plain := func(c byte) bool { return c > ' ' && c < 0x7f }
	for i := range len(path) {
		if !plain(path[i]) {
			var b strings.Builder
			for j := range len(path) {
				if plain(path[j]) {
					b.WriteByte(path[j])
				} else {
					fmt.Fprintf(&b, "%%%02X", path[j])
				}
			}
			return b.String()
		}
	}
	return path
}

// findStage returns a stage by name; api may be empty where the name is unique.
func (w *World) findStage(api, name string) (*gateway.Stage, error) {
	return w.s.Stage(api, name)
}

// apis are the names of the APIs that have stages.
func (w *World) apis() []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range w.s.Gateway.Settings().Stages {
		if !seen[s.API] {
			seen[s.API] = true
			names = append(names, s.API)
		}
	}
	return names
}
