package main

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long files must be quiet before they are read again: an editor
// saves in several strokes.
const settle = 100 * time.Millisecond

// watch calls once, and again whenever a file below dirs has changed, until ctx
// ends. ignore names files that once itself writes.
func (a *app) watch(ctx context.Context, dirs, ignore []string, once func() error) error {
	// Folders are watched, not files: an editor that saves by renaming leaves a
	// watched file behind.
	w, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer w.Close()
	for _, dir := range dirs {
		if err := watchBelow(w, dir); err != nil {
			return err
		}
	}
	for i, name := range ignore {
		ignore[i] = absolute(name)
	}
	for {
		code := a.exitCode(once())
		fmt.Fprintf(a.stderr, "exit code %d; waiting for a change in %s (Ctrl-C ends)\n", code, strings.Join(dirs, ", "))
		if !waitForChange(ctx, w, ignore) {
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
// come with it; false if ctx ends first.
func waitForChange(ctx context.Context, w *fsnotify.Watcher, ignore []string) bool {
	var quiet <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return false
		case <-quiet:
			return true
		case e, ok := <-w.Events:
			if !ok {
				return false
			}
			if unwatched(e.Name) || e.Op == fsnotify.Chmod || slices.Contains(ignore, absolute(e.Name)) {
				continue
			}
			if e.Has(fsnotify.Create) {
				_ = watchBelow(w, e.Name) // a new folder; a file gives an error, and is no folder
			}
			quiet = time.After(settle)
		case _, ok := <-w.Errors:
			if !ok {
				return false
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
