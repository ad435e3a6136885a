package steps

import (
	"context"
	"regexp"
	"strings"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

// A World is what one scenario lives in: a sandbox, a clock, and what its steps
// have said and seen so far. It belongs to one goroutine.
type World struct {
	s    *project.Sandbox
	clk  *clock.Virtual
	opts Options

	step *godog.Step // the one that runs

	api, stage        string // said by "I use the stage"; empty: paths begin with their stage
	header            []result.Header
	keyName, keyValue string // said by "I use the API key"
	remembered        map[string]string

	last    *shot
	batch   batch
	browser *visit

	exchanges []*result.Exchange // since TakeExchanges
}

// Options of a World. The zero value works.
type Options struct {
	// FailUnavailable makes a step fail, instead of skipping its scenario, when
	// a function has no interpreter on this machine.
	FailUnavailable bool
	// Contracts keeps what worlds of one run can share; nil: nothing is shared.
	Contracts *Contracts
}

// A shot is one request and its answer.
type shot struct {
	request  *gateway.Request
	response *gateway.Response
}

// NewWorld makes the world of one scenario, which begins when a sandbox is given
// to Enter. clk is the sandbox's clock.
func NewWorld(clk *clock.Virtual, o Options) *World {
	if o.Contracts == nil {
		o.Contracts = &Contracts{}
	}
	return &World{clk: clk, opts: o}
}

// Enter gives the world its sandbox, before the first step.
func (w *World) Enter(s *project.Sandbox) { w.s = s }

type contextKey struct{}

// FromContext returns the world of the scenario that runs, or nil.
func FromContext(ctx context.Context) *World {
	w, _ := ctx.Value(contextKey{}).(*World)
	return w
}

// Register offers all steps to one scenario.
func (w *World) Register(sc *godog.ScenarioContext) { w.RegisterSteps(sc, all()) }

// RegisterSteps offers some of All to one scenario: matching is linear in their
// number, so a run offers those its features use.
func (w *World) RegisterSteps(sc *godog.ScenarioContext, steps []*Step) {
	sc.Before(func(ctx context.Context, _ *godog.Scenario) (context.Context, error) {
		return context.WithValue(ctx, contextKey{}, w), nil
	})
	sc.StepContext().Before(func(ctx context.Context, st *godog.Step) (context.Context, error) {
		w.step = st
		return ctx, nil
	})
	for _, st := range steps {
		sc.Step(st.Pattern, func(ctx context.Context) error { return w.do(ctx, st) })
	}
}

// do runs the step that godog has found to match.
func (w *World) do(ctx context.Context, st *Step) error {
	a := &args{s: st.Pattern.FindStringSubmatch(w.step.Text)[1:]}
	for i, s := range a.s {
		s, err := w.fill(s)
		if err != nil {
			return err
		}
		a.s[i] = strings.ReplaceAll(s, `\"`, `"`)
	}
	if err := w.argument(st, a); err != nil {
		return err
	}
	return st.run(ctx, w, a)
}

// argument reads what stands below the step.
func (w *World) argument(st *Step, a *args) error {
	given := w.step.Argument
	hasDoc, hasTable := given != nil && given.DocString != nil, given != nil && given.DataTable != nil
	switch {
	case st.arg == docString && !hasDoc:
		return wrong("a doc string is missing below this step").hint("put the text between two lines of \"\"\"")
	case st.arg == table && !hasTable:
		return wrong("a table is missing below this step").hint("put rows of | name | value | below it")
	case st.arg != docString && hasDoc:
		return wrong("this step takes no doc string").hint("steps that take one end in a colon")
	case st.arg != table && hasTable:
		return wrong("this step takes no table").hint("steps that take one end in a colon")
	}
	var err error
	switch st.arg {
	case docString:
		a.mediaType = strings.TrimSpace(given.DocString.MediaType)
		a.doc, err = w.fill(given.DocString.Content)
	case table:
		for _, row := range given.DataTable.Rows {
			cells := make([]string, len(row.Cells))
			for i, c := range row.Cells {
				if cells[i], err = w.fill(c.Value); err != nil {
					return err
				}
			}
			a.table = append(a.table, cells)
		}
	}
	return err
}

var placeholder = regexp.MustCompile(`\{\{\s*([^{}]+?)\s*\}\}`)

// fill puts remembered values where {{name}} stands.
func (w *World) fill(text string) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	var err error
	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := placeholder.FindStringSubmatch(found)[1]
		value, ok := w.remembered[name]
		if !ok && err == nil {
			err = w.unknownValue(name)
		}
		return value
	})
	return filled, err
}

// unknownValue is the error of {{name}} where no step has kept such a value.
func (w *World) unknownValue(name string) error {
	if len(w.remembered) > 0 {
		return unknown("remembered value", name, sortedKeys(w.remembered))
	}
	return wrong("there is no remembered value %q", name).
		hint(`a step before it keeps one: When I remember the JSON at "$.%s" as %q`, name, name)
}

// Remember keeps a value, which steps that follow read as {{name}}.
func (w *World) Remember(name, value string) {
	if w.remembered == nil {
		w.remembered = map[string]string{}
	}
	w.remembered[name] = value
}

// Remembered returns a value that a step has kept.
func (w *World) Remembered(name string) (string, bool) {
	value, ok := w.remembered[name]
	return value, ok
}

// Clock is the scenario's clock.
func (w *World) Clock() *clock.Virtual { return w.clk }

// Sandbox is what the scenario runs against.
func (w *World) Sandbox() *project.Sandbox { return w.s }

// Response is the last answer, or nil.
func (w *World) Response() *gateway.Response {
	if w.last == nil {
		return nil
	}
	return w.last.response
}

// TakeExchanges returns the exchanges since it was last called.
func (w *World) TakeExchanges() []*result.Exchange {
	x := w.exchanges
	w.exchanges = nil
	return x
}
