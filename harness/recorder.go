package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cucumber/godog"
	"github.com/cucumber/godog/formatters"
	messages "github.com/cucumber/messages/go/v21"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/steps"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// godog keeps its formatters in a list that nothing is ever taken from, and
// tells a new one only the suite's name: one formatter is registered, and finds
// its run by that name.
const formatName = "rehearse"

var (
	registerOnce sync.Once
	suites       sync.Map // name -> *runner
	suiteNumber  atomic.Uint64
)

// register makes a run known to the formatter.
func register(r *runner) (name string) {
	registerOnce.Do(func() {
		godog.Format(formatName, "collects results", func(suite string, _ io.Writer) formatters.Formatter {
			run, _ := suites.Load(suite)
			return &recorder{r: run.(*runner)}
		})
	})
	name = fmt.Sprintf("rehearse %d", suiteNumber.Add(1))
	suites.Store(name, r)
	return name
}

func unregister(name string) { suites.Delete(name) }

// A recorder is told by godog how steps ended. With several scenarios at once
// it is called from several goroutines, for each scenario at its end.
type recorder struct{ r *runner }

// Feature notes where godog's scenarios and rows stand, before any of them runs.
func (c *recorder) Feature(doc *messages.GherkinDocument, _ string, _ []byte) {
	scenario := func(sc *messages.Scenario) {
		if sc == nil {
			return
		}
		c.r.nodes.Store(sc.Id, int(sc.Location.Line))
		for _, e := range sc.Examples {
			for _, row := range e.TableBody {
				c.r.nodes.Store(row.Id, int(row.Location.Line))
			}
		}
	}
	for _, child := range doc.Feature.Children {
		scenario(child.Scenario)
		if child.Rule != nil {
			for _, c := range child.Rule.Children {
				scenario(c.Scenario)
			}
		}
	}
}

// TestRunStarted is part of godog's interface.
func (c *recorder) TestRunStarted() {}

// Pickle is part of godog's interface.
func (c *recorder) Pickle(*messages.Pickle) {}

// Defined is part of godog's interface.
func (c *recorder) Defined(*messages.Pickle, *messages.PickleStep, *formatters.StepDefinition) {}

// Passed notes a step that held.
func (c *recorder) Passed(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition) {
	c.note(p, s, result.Passed, nil)
}

// Skipped notes a step that did not run.
func (c *recorder) Skipped(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition) {
	c.note(p, s, result.Skipped, nil)
}

// Failed notes a step that did not hold.
func (c *recorder) Failed(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition, err error) {
	c.note(p, s, result.Failed, err)
}

// Undefined notes a step nobody knows.
func (c *recorder) Undefined(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition) {
	f := &steps.Failure{Message: "there is no such step", Hint: "rehearse steps lists the steps"}
	if near := steps.Suggest(s.Text); near != "" {
		f.Hint = "did you mean: " + near
	}
	c.note(p, s, result.Failed, f)
}

// Pending notes a team's step that is not written yet.
func (c *recorder) Pending(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition) {
	c.note(p, s, result.Failed, errors.New("the step is not written yet"))
}

// Ambiguous notes a step that two definitions match.
func (c *recorder) Ambiguous(p *messages.Pickle, s *messages.PickleStep, _ *formatters.StepDefinition, err error) {
	c.note(p, s, result.Failed, fmt.Errorf("two steps match: %w", err))
}

// Summary is part of godog's interface.
func (c *recorder) Summary() {}

func (c *recorder) note(p *messages.Pickle, s *messages.PickleStep, status result.Status, err error) {
	rec, ok := c.r.live.Load(p.Id)
	if !ok {
		return
	}
	rec.(*record).note(c.r, s.Id, status, err)
}

// A record is a scenario's result as it comes about. One goroutine writes it.
type record struct {
	result  *result.Scenario
	feature string // its name
	nth     int    // of the feature's scenarios of that name, or of an outline's rows

	ids      []string // godog's ids of the steps
	ended    int      // steps that have ended
	watch    clock.Stopwatch
	began    bool
	left     string // why it was left out
	finished bool
}

// newRecord makes the record of a scenario: all its steps, none of them run.
func newRecord(f *feature, s *scenario, nodes map[string]*messages.Step) *record {
	sc := &result.Scenario{Name: s.node.Name, Pos: f.pos(s.node.Location), Tags: s.tags}
	rec := &record{result: sc, feature: f.doc.Feature.Name, nth: s.nth}
	if s.line != int(s.node.Location.Line) {
		sc.Pos.Line, sc.Pos.Col = s.line, 0
	}
	if s.pickle != nil {
		sc.Name = s.pickle.Name
		for _, ps := range s.pickle.Steps {
			sc.Steps = append(sc.Steps, newStep(f, ps, nodes[ps.AstNodeIds[0]]))
		}
	}
	if s.broken != nil {
		sc.Status = result.Failed
		broken := *s.broken
		sc.Steps = append([]*result.Step{&broken}, sc.Steps...)
	}
	return rec
}

func newStep(f *feature, ps *messages.PickleStep, node *messages.Step) *result.Step {
	st := &result.Step{Text: ps.Text, Status: result.Skipped}
	if node != nil {
		st.Keyword, st.Pos = strings.TrimSpace(node.Keyword), f.pos(node.Location)
	}
	if ps.Argument == nil {
		return st
	}
	if ps.Argument.DocString != nil {
		st.DocString = ps.Argument.DocString.Content
	}
	if ps.Argument.DataTable != nil {
		for _, row := range ps.Argument.DataTable.Rows {
			cells := make([]string, len(row.Cells))
			for i, cell := range row.Cells {
				cells[i] = cell.Value
			}
			st.Table = append(st.Table, cells)
		}
	}
	return st
}

// stepNodes are the steps of a feature file by their ids.
func (f *feature) stepNodes() map[string]*messages.Step {
	nodes := map[string]*messages.Step{}
	add := func(steps []*messages.Step) {
		for _, s := range steps {
			nodes[s.Id] = s
		}
	}
	for _, child := range f.doc.Feature.Children {
		if child.Background != nil {
			add(child.Background.Steps)
		}
		if child.Scenario != nil {
			add(child.Scenario.Steps)
		}
		if child.Rule == nil {
			continue
		}
		for _, c := range child.Rule.Children {
			if c.Background != nil {
				add(c.Background.Steps)
			}
			if c.Scenario != nil {
				add(c.Scenario.Steps)
			}
		}
	}
	return nodes
}

// step finds a step by godog's id of it.
func (rec *record) step(id string) *result.Step {
	for i, known := range rec.ids {
		if known == id && i < len(rec.result.Steps) {
			return rec.result.Steps[i]
		}
	}
	return nil
}

// hasFailed reports whether a step did not hold.
func (rec *record) hasFailed() bool {
	return slices.ContainsFunc(rec.result.Steps, func(st *result.Step) bool { return st.Status == result.Failed })
}

// note records how a step ended.
func (rec *record) note(r *runner, id string, status result.Status, err error) {
	st := rec.step(id)
	if st == nil {
		return
	}
	if rec.left == "" {
		st.Status = status
		if err != nil {
			st.Error, st.Hint = errorText(err)
		}
	}
	if rec.ended++; rec.ended == len(rec.result.Steps) {
		rec.finish(r)
	}
}

// finish settles a scenario's status, once.
func (rec *record) finish(r *runner) {
	if rec.finished {
		return
	}
	rec.finished = true
	sc := rec.result
	if rec.began {
		sc.Duration = rec.watch.Elapsed()
	}
	sc.Status = result.Passed
	switch {
	case rec.left != "":
		sc.Status, sc.Reason = result.Skipped, rec.left
	case !rec.began:
		sc.Status, sc.Reason = result.Skipped, "the run ended before it began"
	default:
		for _, st := range sc.Steps {
			if st.Status == result.Failed {
				sc.Status = result.Failed
				break
			}
			if st.Status == result.Skipped {
				sc.Status, sc.Reason = result.Skipped, "a step skipped it"
			}
		}
	}
	if sc.Status == result.Failed {
		sc.Reason = ""
		if r.c.FailFast {
			r.stop.Store(true)
		}
	}
	if r.c.Ended != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.c.Ended(sc)
	}
}

// errorText is what a report shows of a step's error.
func errorText(err error) (text, hint string) {
	var failure *steps.Failure
	if errors.As(err, &failure) {
		return failure.Message, failure.Hint
	}
	var positioned *source.Error
	if errors.As(err, &positioned) {
		return err.Error(), positioned.Hint
	}
	return err.Error(), ""
}

// A life is the hooks of one scenario that runs.
type life struct {
	r       *runner
	run     context.Context // ends when the run is interrupted
	rec     *record
	clk     *clock.Virtual
	options project.StartOptions
	sandbox *project.Sandbox
	world   *steps.World
	left    string // why it is left out
	watch   clock.Stopwatch
}

// before finds the scenario's record and starts its sandbox.
func (l *life) before(ctx context.Context, p *godog.Scenario) (context.Context, error) {
	line, _ := l.r.nodes.Load(p.AstNodeIds[len(p.AstNodeIds)-1])
	n, _ := line.(int)
	l.rec = l.r.records[place{p.Uri, n}]
	if l.rec == nil {
		return ctx, fmt.Errorf("the scenario of %s:%d is not one that was chosen", p.Uri, n)
	}
	for _, s := range p.Steps {
		l.rec.ids = append(l.rec.ids, s.Id)
	}
	l.r.live.Store(p.Id, l.rec)
	if l.left != "" {
		l.rec.left = l.left
		return ctx, godog.ErrSkip
	}
	l.rec.began = true
	l.rec.watch = clock.StartStopwatch()
	l.options.Seed = l.r.seed(l.rec)
	sandbox, err := l.r.c.Project.Start(l.options)
	if err != nil {
		return ctx, err
	}
	l.sandbox = sandbox
	l.world.Enter(sandbox)
	return ctx, nil
}

func (l *life) beforeStep(ctx context.Context, _ *godog.Step) (context.Context, error) {
	l.watch = clock.StartStopwatch()
	return ctx, nil
}

// afterStep records what only the world knows of a step.
func (l *life) afterStep(ctx context.Context, s *godog.Step, _ godog.StepResultStatus, err error) (context.Context, error) {
	if l.rec == nil || s.Id == "" { // a step of which a team's step is made
		return ctx, nil
	}
	st := l.rec.step(s.Id)
	if st == nil {
		return ctx, nil
	}
	st.Duration = l.watch.Elapsed()
	st.Exchanges = l.world.TakeExchanges()
	if l.sandbox != nil {
		l.r.cover(l.sandbox, st.Exchanges)
	}
	var skip *steps.Skip
	if errors.As(err, &skip) {
		l.rec.left = skip.Reason
		st.Status = result.Skipped
	}
	if l.rec.left == "" && l.run.Err() != nil && !l.rec.hasFailed() {
		// What a request got that was under way says nothing of the API.
		l.rec.left = interrupted
		st.Status = result.Skipped
	}
	return ctx, nil
}

// after ends the scenario's world.
func (l *life) after(ctx context.Context, _ *godog.Scenario, _ error) (context.Context, error) {
	if l.sandbox != nil {
		l.sandbox.Close()
	}
	return ctx, nil
}

// dedent takes the indentation off the lines of a description.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
