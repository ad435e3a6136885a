package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/reports"
)

func (a *app) testCommand() *cobra.Command {
	var r replay
	var stage string
	var watch, stub bool
	cmd := &cobra.Command{
		Use:   "test [DOCUMENT] [PATH...]",
		Short: "Replay feature files",
		Long: `Replay feature files against the APIs of rehearse.yaml, or against one DOCUMENT,
which needs no config. A PATH is a feature file, a folder, or file.feature:LINE;
without one, those that rehearse.yaml names, else features beside it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			document := ""
			if len(args) > 0 && isDocument(args[0]) {
				document, args = args[0], args[1:]
			}
			if err := checkPaths(document, args); err != nil {
				return err
			}
			if stage != "" && document == "" {
				return usage("rehearse.yaml names the stages", "--stage is for a DOCUMENT without config")
			}
			once := func() error {
				p, err := a.openToRun(document, project.Options{AllowRefused: r.allowRefused, Stage: stage, Stub: stub})
				if err != nil {
					return err
				}
				defer p.Close()
				return a.replay(cmd.Context(), &r, p, nil, args)
			}
			if !watch {
				return once()
			}
			dirs, err := a.watched(document, args)
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), dirs, r.files(), once)
		},
	}
	cmd.Flags().StringVar(&stage, "stage", "", "of a DOCUMENT: the `NAME` of its stage (default dev)")
	cmd.Flags().BoolVar(&stub, "stub", false, "answer for functions and hosts that aren't there, from the document's examples and schemas")
	cmd.Flags().BoolVar(&watch, "watch", false, "run again whenever a file changes")
	r.flags(cmd)
	return cmd
}

// checkPaths finds documents among the paths of features.
func checkPaths(document string, paths []string) error {
	for _, path := range paths {
		switch strings.ToLower(filepath.Ext(path)) {
		case ".yaml", ".yml", ".json":
		default:
			continue
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			continue
		}
		if document != "" {
			return usage("several APIs are tested together with a rehearse.yaml that names them", "%s is a document; only the first argument may be one", path)
		}
		return usage("rehearse test "+path+" "+paths[0], "%s is a document, and the DOCUMENT comes first", path)
	}
	return nil
}

// watched are the folders whose files decide how a run ends.
func (a *app) watched(document string, paths []string) ([]string, error) {
	config, err := a.findConfig()
	if err != nil {
		return nil, err
	}
	if document == "" && config == "" {
		return nil, noConfig()
	}
	var dirs []string
	for _, name := range append([]string{document, config}, paths...) {
		name, _, _ = strings.Cut(name, ".feature:")
		dir := filepath.Dir(name)
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			dir = name
		}
		if name != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	// What the config names may stand elsewhere. One that can't be read is told of
	// by the run.
	if p, err := a.open(document, project.Options{Inspect: true}); err == nil {
		for _, dir := range p.Folders() {
			if !slices.ContainsFunc(dirs, func(known string) bool { return below(dir, known) }) {
				dirs = append(dirs, dir)
			}
		}
		_ = p.Close() // nothing was started
	}
	return dirs, nil
}

// below reports whether a folder is another or in it.
func below(dir, other string) bool {
	rel, err := filepath.Rel(absolute(other), absolute(dir))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// files are those that the reports are written to.
func (r *replay) files() []string {
	var files []string
	for _, spec := range r.formats {
		if _, file, ok := strings.Cut(spec, ":"); ok {
			files = append(files, file)
		}
	}
	return files
}

// A replay is what test and demo have in common.
type replay struct {
	formats      []string
	tags         string
	parallel     int
	failFast     bool
	seed         uint64
	shard        string
	allowRefused bool
	coverageMin  float64
}

func (r *replay) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	var names []string
	for _, format := range reports.Formats {
		names = append(names, format.Name)
	}
	f.StringArrayVarP(&r.formats, "format", "f", nil, "`NAME[:FILE]`, repeatable; without one for the terminal, pretty is there: "+strings.Join(names, ", "))
	f.StringVar(&r.tags, "tags", "", "a tag `EXPRESSION`: \"@fast and not @wip\"")
	f.IntVar(&r.parallel, "parallel", 1, "scenarios at once")
	f.BoolVar(&r.failFast, "fail-fast", false, "leave out what has not begun when a scenario fails")
	f.Uint64Var(&r.seed, "seed", 0, "repeat a run: draws of weighted aliases, canaries and ids")
	f.StringVar(&r.shard, "shard", "", "`I/N`: the I-th of N parts of the scenarios")
	f.Float64Var(&r.coverageMin, "coverage-min", 0, "fail below this `PERCENT` of operations seen with a status they declare")
	f.BoolVar(&r.allowRefused, "allow-refused", false, "run what could be built of a document AWS would refuse")
}

// An output is a format and the file it goes to; "" is stdout.
type output struct {
	format reports.Format
	file   string
}

// outputs reads the --format flags.
func (r *replay) outputs() ([]output, error) {
	names := r.formats
	if len(names) == 0 {
		names = []string{"pretty"}
	}
	var known []string
	for _, f := range reports.Formats {
		known = append(known, f.Name)
	}
	var all []output
	used := map[string]bool{}
	for _, spec := range names {
		name, file, toFile := strings.Cut(spec, ":")
		format, ok := reports.Find(name)
		if !ok {
			return nil, oneOf("--format", name, known...)
		}
		if toFile {
			if err := checkOutput(name, file, format.File); err != nil {
				return nil, err
			}
		}
		if used[file] {
			where := "stdout"
			if file != "" {
				where = file
			}
			return nil, usage("give one of them a file: --format "+name+":"+format.File, "two formats go to %s", where)
		}
		used[file] = true
		all = append(all, output{format, file})
	}
	if !used[""] { // who runs it wants to see how it ends
		if pretty, ok := reports.Find("pretty"); ok {
			all = append([]output{{pretty, ""}}, all...)
		}
	}
	return all, nil
}

// replay runs feature files and writes the reports.
func (a *app) replay(ctx context.Context, r *replay, p *project.Project, fsys fs.FS, paths []string) error {
	outputs, err := r.outputs()
	if err != nil {
		return err
	}
	shard, err := parseShard(r.shard)
	if err != nil {
		return err
	}
	if r.coverageMin < 0 || r.coverageMin > 100 {
		return usage("", "--coverage-min is %g, want 0 to 100", r.coverageMin)
	}
	if r.parallel < 1 {
		return usage("", "--parallel is %d, want at least 1", r.parallel)
	}
	if len(paths) == 0 && len(p.FeaturePaths()) == 0 {
		return usage("name feature files, or put them in features/ beside rehearse.yaml", "there are no features to run")
	}
	var notes sync.WaitGroup // what calls no function need not wait for interpreters
	notes.Go(func() { a.missingInterpreters(p) })
	run, err := harness.Run(ctx, harness.Config{
		Project: p, Features: fsys, Paths: paths, Tags: r.tags, Shard: shard,
		Parallel: r.parallel, FailFast: r.failFast, Seed: r.seed,
		FailUnavailable: os.Getenv("CI") == "true",
	})
	notes.Wait()
	if run == nil {
		return err
	}
	report := &reports.Report{Run: run, Findings: said(p, nil), Mask: p.Mask, Version: programVersion()}
	for _, o := range outputs {
		if werr := a.write(o, report); werr != nil {
			return werr
		}
	}
	switch {
	case errors.Is(err, harness.ErrNoScenarios), errors.Is(err, context.Canceled):
		return &exit{exitFailed, err}
	case err != nil:
		return err
	case run.Count(result.Failed) > 0:
		return failed
	}
	return checkCoverage(run, r.coverageMin)
}

func (a *app) write(o output, report *reports.Report) error {
	if o.file == "" {
		r := *report
		r.Color = a.colored(a.stdout)
		return o.format.Write(a.stdout, &r)
	}
	if err := writeFile(o.file, func(w io.Writer) error { return o.format.Write(w, report) }); err != nil {
		return cannotWrite(o.format.Name, o.file, err)
	}
	fmt.Fprintf(a.stderr, "%s report: %s\n", o.format.Name, o.file)
	return nil
}

func parseShard(s string) (harness.Shard, error) {
	if s == "" {
		return harness.Shard{}, nil
	}
	i, n, _ := strings.Cut(s, "/")
	part, err1 := strconv.Atoi(i)
	of, err2 := strconv.Atoi(n)
	if err1 != nil || err2 != nil || part < 1 || of < part {
		return harness.Shard{}, usage("the second of four parts is 2/4", "--shard is %q, want I/N", s)
	}
	return harness.Shard{I: part, N: of}, nil
}

// randomSeed chooses a seed short enough to type.
func randomSeed() uint64 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	return uint64(binary.LittleEndian.Uint32(b[:]))%999999 + 1
}
