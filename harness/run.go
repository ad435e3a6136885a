package harness

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cucumber/godog"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/harness/steps"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// ErrNoScenarios is wrapped by the error of a run in which no scenario ran: a
// run that shows nothing must not look like one that has passed.
var ErrNoScenarios = errors.New("no scenario ran")

// Run replays features against a project, each scenario in a world of its own,
// and returns what happened. It is no error that scenarios fail.
//
// The error joins a [*source.Error] for each feature file that can't be read or
// is no Gherkin, with its place; then nothing has run. It wraps [ErrNoScenarios]
// if no scenario was found, or all were skipped. When ctx ends, scenarios that
// have not ended are skipped, and the error wraps ctx's. In these two cases the
// result is there, too.
//
// Any number of runs may go on at once.
func Run(ctx context.Context, c Config) (*result.Run, error) {
	r, err := prepare(c)
	if err != nil {
		return nil, err
	}
	watch := clock.StartStopwatch()
	if len(r.contents) > 0 {
		r.replay(ctx)
	}
	r.end(watch.Elapsed())
	if err := ctx.Err(); err != nil {
		return r.run, &interruption{err}
	}
	return r.run, r.nothingRan()
}

// interrupted is why scenarios are skipped when the run's context ends.
const interrupted = "the run was interrupted"

// An interruption is a context's error in words for people.
type interruption struct{ err error }

func (e *interruption) Error() string {
	if errors.Is(e.err, context.DeadlineExceeded) {
		return interrupted + ": its time was up"
	}
	return interrupted
}

func (e *interruption) Unwrap() error { return e.err }

// A runner is one run.
type runner struct {
	c        Config
	run      *result.Run
	contents []godog.Feature
	records  map[place]*record // those that godog runs
	steps    []*steps.Step     // those the features use
	execLog  bool              // a step reads execution logs
	chosen   int               // scenarios before they were sharded
	looked   []string          // the paths, as asked for
	files    int               // feature files among them

	contracts steps.Contracts

	nodes sync.Map // godog's id of a scenario or row -> its line
	live  sync.Map // godog's id of a pickle -> *record
	stop  atomic.Bool

	mu        sync.Mutex // guards what follows, and calls of c.Ended
	documents map[*openapi.API]int
}

// A place is where a scenario, or a row of an outline, stands.
type place struct {
	uri  string
	line int
}

// prepare reads the features and chooses what is to be run.
func prepare(c Config) (*runner, error) {
	if c.Project == nil {
		return nil, errors.New("harness.Config has no Project")
	}
	want, err := parseTags(c.Tags)
	if err != nil {
		return nil, &source.Error{Msg: err.Error(), Hint: `an expression is such as "@fast and not (@slow or @wip)"`}
	}
	if s := c.Shard; s != (Shard{}) && (s.I < 1 || s.N < s.I) {
		return nil, &source.Error{Msg: fmt.Sprintf("shard %d/%d is none", s.I, s.N), Hint: "the first of four is 1/4"}
	}
	paths := c.Paths
	if len(paths) == 0 {
		paths = c.Project.FeaturePaths()
	}
	files, err := findFeatures(c.Features, paths)
	errs := []error{err}
	r := &runner{
		c: c, looked: paths, files: len(files), records: map[place]*record{}, documents: map[*openapi.API]int{},
		run: &result.Run{Started: clock.Real().Now(), Seed: c.Seed, AllowedRefused: c.Project.Refused()},
	}
	if r.run.Seed == 0 {
		r.run.Seed = 1 + rand.Uint64N(999_999_999) // short enough to be typed
	}
	for _, file := range files {
		data, err := readFile(c.Features, file.uri)
		if err != nil {
			errs = append(errs, pathError(file.uri, err))
			continue
		}
		f, err := parseFeature(file.uri, data)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		scenarios, err := f.at(file.lines)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		scenarios = slices.DeleteFunc(slices.Clone(scenarios), func(s *scenario) bool { return !want(s.tags) })
		r.add(f, scenarios)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	r.chooseSteps()
	r.listDocuments()
	return r, nil
}

// add takes the scenarios of a feature that belong to this run's shard.
func (r *runner) add(f *feature, scenarios []*scenario) {
	var mine []*scenario
	for _, s := range scenarios {
		if r.c.Shard.N == 0 || r.chosen%r.c.Shard.N == r.c.Shard.I-1 {
			mine = append(mine, s)
		}
		r.chosen++
	}
	if len(mine) == 0 {
		return
	}
	out := &result.Feature{
		Name: f.doc.Feature.Name, URI: f.uri, Description: dedent(f.doc.Feature.Description), Pos: f.pos(f.doc.Feature.Location),
		Source: f.text,
	}
	nodes := f.stepNodes()
	runs := false
	for _, s := range mine {
		rec := newRecord(f, s, nodes)
		out.Scenarios = append(out.Scenarios, rec.result)
		if s.broken == nil {
			r.records[place{f.uri, s.line}] = rec
			runs = true
		}
	}
	r.run.Features = append(r.run.Features, out)
	if runs {
		r.contents = append(r.contents, godog.Feature{Name: f.uri, Contents: []byte(f.only(mine))})
	}
}

// chooseSteps finds the step definitions the features use. godog tries each
// definition on each step, so fewer are faster; a team's own steps may be made
// of any of ours.
func (r *runner) chooseSteps() {
	all := steps.All()
	used := map[*steps.Step]bool{}
	seen := map[string]bool{}
	for _, rec := range r.records {
		for _, st := range rec.result.Steps {
			if seen[st.Text] {
				continue
			}
			seen[st.Text] = true
			for _, d := range all {
				if d.Pattern.MatchString(st.Text) {
					used[d] = true
				}
			}
		}
	}
	for _, d := range all {
		if used[d] || r.c.Steps != nil {
			r.steps = append(r.steps, d)
		}
		r.execLog = r.execLog || used[d] && d.NeedsExecutionLog || r.c.Steps != nil
	}
}

// replay runs the scenarios through godog.
func (r *runner) replay(ctx context.Context) {
	name := register(r)
	defer unregister(name)
	godog.TestSuite{
		Name:                name,
		ScenarioInitializer: func(sc *godog.ScenarioContext) { r.scenario(ctx, sc) },
		Options: &godog.Options{
			Format:          formatName,
			Output:          io.Discard,
			NoColors:        true,
			Strict:          true,
			Concurrency:     max(r.c.Parallel, 1),
			FeatureContents: r.contents,
			FS:              nowhere{},
			DefaultContext:  ctx,
		},
	}.Run()
}

// nowhere is a file system without files: godog looks for features where it is
// told none.
type nowhere struct{}

func (nowhere) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// scenario prepares one scenario: its world, its steps, and the hooks that
// record it.
func (r *runner) scenario(ctx context.Context, sc *godog.ScenarioContext) {
	l := &life{r: r, run: ctx}
	sc.Before(l.before)
	sc.StepContext().Before(l.beforeStep)
	switch {
	case ctx.Err() != nil:
		l.left = interrupted
		return
	case r.stop.Load():
		l.left = "an earlier scenario failed, and the run stops at the first"
		return
	}
	l.clk = clock.NewVirtual(r.start())
	// Which scenario this is, and so its seed, is known in l.before.
	l.options = project.StartOptions{Clock: l.clk, KeySeed: r.run.Seed, Trace: true, ExecutionLog: r.execLog, Parallel: r.c.Parallel}
	l.world = steps.NewWorld(l.clk, steps.Options{FailUnavailable: r.c.FailUnavailable, Contracts: &r.contracts})
	l.world.RegisterSteps(sc, r.steps)
	if r.c.Steps != nil {
		r.c.Steps(sc)
	}
	sc.StepContext().After(l.afterStep)
	sc.After(l.after)
}

// start is what clocks show first.
func (r *runner) start() time.Time {
	if !r.c.Start.IsZero() {
		return r.c.Start
	}
	return r.c.Project.Config.Start
}

// seed is what one scenario draws from: made of the run's seed and the names of
// feature and scenario, so that a scenario draws the same whatever else is run.
func (r *runner) seed(rec *record) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d\x00%s\x00%s\x00%d", r.run.Seed, rec.feature, rec.result.Name, rec.nth)
	return h.Sum64()
}

// end completes the result.
func (r *runner) end(took time.Duration) {
	for _, rec := range r.records {
		rec.finish(r)
	}
	for _, f := range r.run.Features {
		for _, s := range f.Scenarios {
			if s.Status == "" { // broken: there was nothing to run
				s.Status = result.Failed
			}
		}
	}
	r.run.Duration = took
	r.run.Notes = append(r.run.Notes, r.c.Project.HostNotes()...)
	for _, note := range []string{stubNote(r.run), steps.CurlNote(failures(r.run), r.c.Project.Config.APIKeys)} {
		if note != "" {
			r.run.Notes = append(r.run.Notes, note)
		}
	}
}

// failures are the texts of the steps that did not hold.
func failures(run *result.Run) []string {
	var texts []string
	for _, f := range run.Features {
		for _, s := range f.Scenarios {
			for _, st := range s.Steps {
				if st.Status == result.Failed {
					texts = append(texts, st.Error)
				}
			}
		}
	}
	return texts
}

// stubNote says how much of a run was made up, or is empty.
func stubNote(run *result.Run) string {
	answers := 0
	for _, x := range run.Exchanges() {
		if slices.ContainsFunc(x.Trace, func(e result.Event) bool {
			return e.Decision != nil && (e.ID == result.StubAnswered || e.ID == result.AuthorizerStubbed)
		}) {
			answers += 1 + x.Repeats
		}
	}
	switch answers {
	case 0:
		return ""
	case 1:
		return "1 answer came from a stub, not from a backend (--stub)"
	}
	return fmt.Sprintf("%d answers came from stubs, not from backends (--stub)", answers)
}

// nothingRan is the error of a run that shows nothing.
func (r *runner) nothingRan() error {
	skipped, all := r.run.Count(result.Skipped), 0
	for _, f := range r.run.Features {
		all += len(f.Scenarios)
	}
	switch {
	case r.chosen == 0 && r.c.Tags != "":
		return fmt.Errorf("%w: none has the tags %s", ErrNoScenarios, r.c.Tags)
	case r.chosen == 0:
		return r.noneThere()
	case all > 0 && skipped == all:
		return fmt.Errorf("%w: all %d were skipped", ErrNoScenarios, all)
	}
	return nil // a shard may be empty
}

// noneThere says where scenarios were looked for in vain.
func (r *runner) noneThere() error {
	const most = 3
	where := strings.Join(r.looked[:min(len(r.looked), most)], ", ")
	if n := len(r.looked) - most; n > 0 {
		where += fmt.Sprintf(" and %d more", n)
	}
	if r.files == 0 {
		return &source.Error{Msg: fmt.Sprintf("%v: there is no .feature file in %s", ErrNoScenarios, where), Err: ErrNoScenarios,
			Hint: "rehearse init writes a first feature"}
	}
	return &source.Error{Msg: fmt.Sprintf("%v: there is no scenario in %s", ErrNoScenarios, where), Err: ErrNoScenarios,
		Hint: "below Feature: a scenario begins with Scenario: and a name"}
}
