package steps

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness/result"
)

// A Failure is a step that did not hold, or could not be done.
type Failure struct {
	Message string // lines; the first says it all, the others how it came about
	Hint    string // something to do, or empty
}

func (f *Failure) Error() string { return f.Message }

// A Skip ends a scenario that this machine can't run.
type Skip struct{ Reason string }

func (s *Skip) Error() string { return s.Reason }

// Unwrap tells godog that the scenario is skipped.
func (s *Skip) Unwrap() error { return godog.ErrSkip }

// wrong is a failure of the step itself, before anything was compared.
func wrong(format string, a ...any) *Failure { return &Failure{Message: fmt.Sprintf(format, a...)} }

// hint adds something to do.
func (f *Failure) hint(format string, a ...any) *Failure {
	f.Hint = fmt.Sprintf(format, a...)
	return f
}

// unlike is a failed comparison about the last response: the sentence, then the
// request, the response, why the gateway refused it, and how to send it again.
func (w *World) unlike(format string, a ...any) *Failure {
	f := wrong(format, a...)
	if w.last == nil {
		return f
	}
	var b strings.Builder
	b.WriteString(f.Message)
	line := func(name, text string) { fmt.Fprintf(&b, "\n  %-9s %s", name+":", text) }
	line("request", w.last.request.Method+" "+w.last.request.Target)
	line("response", fmt.Sprintf("%d %s", w.last.response.Status, excerpt(w.last.response.Body)))
	if x := w.last.response.Exchange; x != nil {
		if e, ok := x.Refusal(); ok {
			fmt.Fprintf(&b, "\n  the gateway refused it: %s (reason %q)", e, e.ID)
			f.Hint = w.refusalHint(e)
		}
	}
	line("curl", w.curl(w.last.request))
	f.Message = b.String()
	return f
}

// refusalHint says what a person may do about a refusal they did not expect.
func (w *World) refusalHint(e result.Event) string {
	switch e.ID {
	case stageUnknown:
		return w.stagesHint(e.A)
	case pathUnknown:
		return w.resourcesHint()
	}
	switch e.Phase {
	case "admit":
		return `the step "the request is refused because of" shows which check of the API key, plan or throttle it was`
	case "route":
		return "a path begins with its stage, as in the URL (/prod/items), unless a step uses a stage"
	}
	return ""
}

// mostNames is how many names a hint lists.
const mostNames = 8

// few is "a, b and 3 more".
func few(names []string) string {
	if n := len(names) - mostNames; n > 1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNames], ", "), n)
	}
	return strings.Join(names, ", ")
}

// stagesHint names the stages there are, where a path begins with none of them.
func (w *World) stagesHint(name string) string {
	const rule = "a path begins with its stage, as in the URL (/prod/items), unless a step uses a stage"
	var stages []string
	for _, s := range w.s.Gateway.Settings().Stages {
		if !slices.Contains(stages, s.Name) {
			stages = append(stages, s.Name)
		}
	}
	if len(stages) == 0 {
		return rule
	}
	if near := nearOrLonger(name, stages); near != "" {
		return fmt.Sprintf("did you mean %q? %s", near, rule)
	}
	// The first letters tell dev from development.
	for _, s := range stages {
		if name != "" && strings.HasPrefix(strings.ToLower(name), strings.ToLower(s)) {
			return fmt.Sprintf("did you mean %q? %s", s, rule)
		}
	}
	return fmt.Sprintf("the stages are %s; %s", few(stages), rule)
}

// resourcesHint names the resources of the stage the last request was for.
func (w *World) resourcesHint() string {
	x := w.last.response.Exchange
	for _, s := range w.s.Gateway.Settings().Stages {
		if s.API != x.API || s.Name != x.Stage || s.Deployment == nil {
			continue
		}
		var paths []string
		for r := range s.Deployment.API().AllResources() {
			if len(r.Methods) > 0 {
				paths = append(paths, r.Path)
			}
		}
		if len(paths) > 0 {
			return fmt.Sprintf("stage %s has %s", s.Name, few(paths))
		}
	}
	return ""
}

// excerptBytes is how much of a body a failure shows.
const excerptBytes = 300

// excerpt shows the beginning of a body on one line.
func excerpt(body []byte) string {
	if len(body) == 0 {
		return "(no body)"
	}
	if !utf8.Valid(body) {
		return fmt.Sprintf("(%d bytes that are no text)", len(body))
	}
	text := strings.Join(strings.Fields(string(body)), " ")
	if len(text) <= excerptBytes {
		return text
	}
	cut := excerptBytes
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s... (%d bytes in all)", text[:cut], len(body))
}

// plural counts things: 1 response, 2 responses.
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
