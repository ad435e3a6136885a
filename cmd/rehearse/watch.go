package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/rehearse-api/rehearse/harness/project"
)

// settle is how long files must be quiet before they are read again: an editor
// saves in several strokes.
const settle = 100 * time.Millisecond

// mostSettling is how long they may go on: a log that is written to all the time
// keeps nobody waiting.
const mostSettling = 10 * settle

// watch calls once, and again whenever a file below dirs has changed, until ctx
// ends. ignore names files that once itself writes.
func (a *app) watch(ctx context.Context, dirs, ignore []string, once func() error) error {
	// Folders are watched, not files: an editor that saves by renaming leaves a
	// watched file behind.
	w, err := newWatcher(dirs)
	if err != nil {
		return err
	}
	defer w.Close()
	for i, name := range ignore {
		ignore[i] = absolute(name)
	}
	for {
		code := a.exitCode(once())
		fmt.Fprintf(a.stderr, "exit code %d; waiting for a change in %s (Ctrl-C ends)\n", code, strings.Join(dirs, ", "))
		if waitForChange(ctx, w, ignore) == nil {
			return nil
		}
	}
}

// watchBelow watches a folder and those below it, but for hidden ones and what
// tools keep there.
func watchBelow(w *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if name != dir && unwatched(name) {
			return filepath.SkipDir
		}
		return w.Add(name)
	})
}

func unwatched(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, ".") || slices.Contains([]string{"node_modules", "__pycache__", "reports-out"}, base)
}

// waitForChange waits for a change that counts, and for the end of those that
// come with it, and returns the files; none if ctx ends first.
func waitForChange(ctx context.Context, w *fsnotify.Watcher, ignore []string) []string {
	var quiet, enough <-chan time.Time
	var changed []string
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-quiet:
			return changed
		case <-enough:
			return changed
		case e, ok := <-w.Events:
			if !ok {
				return nil
			}
			if unwatched(e.Name) || e.Op == fsnotify.Chmod || slices.Contains(ignore, absolute(e.Name)) {
				continue
			}
			if e.Has(fsnotify.Create) {
				_ = watchBelow(w, e.Name) // a new folder; a file gives an error, and is no folder
			}
			if name := absolute(e.Name); !slices.Contains(changed, name) {
				changed = append(changed, name)
			}
			if enough == nil {
				enough = time.After(mostSettling)
			}
			quiet = time.After(settle)
		case _, ok := <-w.Errors:
			if !ok {
				return nil
			}
		}
	}
}

func absolute(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}

// newWatcher watches folders and those below them.
func newWatcher(dirs []string) (*fsnotify.Watcher, error) {
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if err := watchBelow(w, dir); err != nil {
			_ = w.Close()
			return nil, err
		}
	}
	return w, nil
}

// reload puts changed files into a running sandbox, until ctx ends: the code of a
// function becomes a new $LATEST, a document is deployed where it was.
func (a *app) reload(ctx context.Context, w *fsnotify.Watcher, s *project.Sandbox) {
	for {
		files := waitForChange(ctx, w, nil)
		if files == nil {
			return
		}
		functions := map[string]bool{}
		for _, file := range files {
			for _, name := range s.Functions.Reload(file) {
				functions[name] = true
			}
			a.redeploy(s, file)
		}
		for _, name := range sorted(functions) {
			a.logf("function %s: $LATEST is what is now in its files", name)
		}
	}
}

// redeploy deploys a document that has changed to the stages that have it.
func (a *app) redeploy(s *project.Sandbox, file string) {
	for _, api := range s.Project.APIs {
		for _, d := range api.Documents {
			if !slices.ContainsFunc(s.Project.Files(d), func(name string) bool { return absolute(name) == file }) {
				continue
			}
			for _, st := range d.Stages {
				name := cmp.Or(st.Document, api.Config.Document)
				if err := s.Deploy(api.Name, st.Name, name); err != nil {
					a.problems(err)
					continue
				}
				a.logf("%s is deployed to %s/%s again", d.Name, api.Name, st.Name)
			}
		}
	}
}
