package reports

import (
	"io"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/result"
)

// masked makes write see a report without secrets.
func masked(write func(io.Writer, *Report) error) func(io.Writer, *Report) error {
	return func(w io.Writer, r *Report) error { return write(w, r.hideSecrets()) }
}

// hideSecrets copies a report as far as it holds texts that may be secret.
func (r *Report) hideSecrets() *Report {
	mask := r.Mask
	if mask == nil {
		mask = func(s string) string { return s }
	}
	run := *r.Run
	run.Features = make([]*result.Feature, len(r.Run.Features))
	for i, f := range r.Run.Features {
		feature := *f
		feature.Name, feature.Description, feature.Source = mask(f.Name), mask(f.Description), mask(f.Source)
		feature.Scenarios = make([]*result.Scenario, len(f.Scenarios))
		for j, s := range f.Scenarios {
			scenario := *s
			scenario.Name, scenario.Reason = mask(s.Name), mask(s.Reason)
			scenario.Steps = make([]*result.Step, len(s.Steps))
			for k, st := range s.Steps {
				scenario.Steps[k] = hideStep(st, mask)
			}
			feature.Scenarios[j] = &scenario
		}
		run.Features[i] = &feature
	}
	shown := *r
	shown.Run = &run
	return &shown
}

func hideStep(s *result.Step, mask func(string) string) *result.Step {
	step := *s
	step.Text, step.DocString = mask(s.Text), mask(s.DocString)
	step.Error, step.Hint = mask(s.Error), mask(s.Hint)
	if s.Table != nil {
		step.Table = make([][]string, len(s.Table))
		for i, row := range s.Table {
			step.Table[i] = make([]string, len(row))
			for j, cell := range row {
				if j == 1 && isSensitive(row[0]) {
					cell = hide(cell)
				}
				step.Table[i][j] = mask(cell)
			}
		}
	}
	step.Exchanges = make([]*result.Exchange, len(s.Exchanges))
	for i, x := range s.Exchanges {
		exchange := *x
		exchange.Target = mask(x.Target)
		exchange.Request, exchange.Response = hideMessage(x.Request, mask), hideMessage(x.Response, mask)
		exchange.Trace = make([]result.Event, len(x.Trace))
		for j, e := range x.Trace {
			e.A, e.B, e.C = mask(e.A), mask(e.B), mask(e.C)
			exchange.Trace[j] = e
		}
		exchange.Log = make([]string, len(x.Log))
		for j, line := range x.Log {
			exchange.Log[j] = mask(line)
		}
		exchange.Functions = slices.Clone(x.Functions)
		for j := range exchange.Functions {
			exchange.Functions[j].Log = mask(exchange.Functions[j].Log)
		}
		step.Exchanges[i] = &exchange
	}
	return &step
}

func hideMessage(m result.Message, mask func(string) string) result.Message {
	shown := m
	shown.Header = make([]result.Header, len(m.Header))
	for i, h := range m.Header {
		if isSensitive(h.Name) {
			h.Value = hide(h.Value)
		}
		shown.Header[i] = result.Header{Name: h.Name, Value: mask(h.Value)}
	}
	if len(m.Body) > 0 {
		shown.Body = []byte(mask(string(m.Body)))
	}
	return shown
}

// isSensitive reports whether a header's value is a secret by the header's name.
func isSensitive(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-amz-security-token":
		return true
	}
	return false
}

// hide leaves the last six characters of a secret, if that is not most of it.
func hide(value string) string {
	r := []rune(value)
	shown := 6
	if len(r) < 3*shown {
		shown = 0
	}
	return strings.Repeat("*", len(r)-shown) + string(r[len(r)-shown:])
}
