package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	messages "github.com/cucumber/messages/go/v21"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A wanted is a feature file that was asked for.
type wanted struct {
	uri   string
	lines []int // file:LINE; none: the whole file
}

var lineSuffix = regexp.MustCompile(`^(.+):(\d+)$`)

// findFeatures looks up the paths of a run. Each file comes once, in the order
// of the paths, those of a folder by name.
func findFeatures(fsys fs.FS, paths []string) ([]wanted, error) {
	var found []wanted
	var errs []error
	add := func(uri string, line int) {
		i := slices.IndexFunc(found, func(w wanted) bool { return w.uri == uri })
		switch {
		case i < 0 && line > 0:
			found = append(found, wanted{uri, []int{line}})
		case i < 0:
			found = append(found, wanted{uri, nil})
		case line == 0:
			found[i].lines = nil
		case found[i].lines != nil:
			found[i].lines = append(found[i].lines, line)
		}
	}
	for _, p := range paths {
		name, line := p, 0
		info, err := stat(fsys, name)
		if m := lineSuffix.FindStringSubmatch(p); err != nil && m != nil {
			name = m[1]
			if line, err = strconv.Atoi(m[2]); err != nil || line == 0 {
				errs = append(errs, &source.Error{Msg: fmt.Sprintf("%s: lines count from 1", p)})
				continue
			}
			info, err = stat(fsys, name)
		}
		switch {
		case err != nil:
			errs = append(errs, pathError(name, err))
		case info.IsDir() && line > 0:
			errs = append(errs, &source.Error{Msg: fmt.Sprintf("%s is a folder, which has no line %d", name, line)})
		case info.IsDir():
			files, err := featureFiles(fsys, name)
			if err != nil {
				errs = append(errs, pathError(name, err))
			}
			for _, f := range files {
				add(f, 0)
			}
		default:
			add(filepath.ToSlash(name), line)
		}
	}
	return found, errors.Join(errs...)
}

func pathError(name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &source.Error{Msg: fmt.Sprintf("there is no feature file or folder %s", name),
			Hint: "a path is a file, a folder, or file.feature:LINE", Err: err}
	}
	return &source.Error{Msg: fmt.Sprintf("%s can't be read: %v", name, err), Err: err}
}

func stat(fsys fs.FS, name string) (fs.FileInfo, error) {
	if fsys == nil {
		return os.Stat(name)
	}
	return fs.Stat(fsys, path.Clean(filepath.ToSlash(name)))
}

func readFile(fsys fs.FS, name string) ([]byte, error) {
	if fsys == nil {
		return os.ReadFile(filepath.FromSlash(name))
	}
	return fs.ReadFile(fsys, path.Clean(name))
}

// featureFiles are the feature files below a folder, sorted.
func featureFiles(fsys fs.FS, dir string) ([]string, error) {
	var files []string
	note := func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !d.IsDir() && strings.HasSuffix(name, ".feature") {
			files = append(files, filepath.ToSlash(name))
		}
		return nil
	}
	var err error
	if fsys == nil {
		err = filepath.WalkDir(dir, note)
	} else {
		err = fs.WalkDir(fsys, path.Clean(filepath.ToSlash(dir)), note)
	}
	slices.Sort(files)
	return files, err
}

// at are the scenarios that lines of the file are in: one row of an outline for
// the row's line, a rule's scenarios for a line of its head, all for a line above.
func (f *feature) at(lines []int) ([]*scenario, error) {
	if len(lines) == 0 {
		return f.scenarios, nil
	}
	var errs []error
	chosen := map[*scenario]bool{}
	last := strings.Count(f.text, "\n") + 1
	for _, line := range lines {
		if line > last {
			errs = append(errs, &source.Error{Pos: source.Pos{File: f.uri, Line: line},
				Msg: fmt.Sprintf("the file has only %d lines", last)})
			continue
		}
		for _, s := range f.scenarios {
			if f.holds(s, line) {
				chosen[s] = true
			}
		}
	}
	var list []*scenario
	for _, s := range f.scenarios {
		if chosen[s] {
			list = append(list, s)
		}
	}
	return list, errors.Join(errs...)
}

// holds reports whether choosing a line chooses s.
func (f *feature) holds(s *scenario, line int) bool {
	i := slices.IndexFunc(f.spans, func(sp span) bool { return sp.first <= line && line <= sp.last })
	if i < 0 {
		return true
	}
	if f.spans[i].node == nil { // the head of a rule
		mine := slices.IndexFunc(f.spans, func(sp span) bool { return sp.node == s.node })
		return mine >= 0 && f.spans[mine].rule == i+1
	}
	if f.spans[i].node != s.node {
		return false
	}
	isRow := slices.ContainsFunc(f.scenarios, func(o *scenario) bool { return o.node == s.node && o.line == line && rows(o.node) > 0 })
	return !isRow || s.line == line
}

func rows(sc *messages.Scenario) int {
	n := 0
	for _, e := range sc.Examples {
		n += len(e.TableBody)
	}
	return n
}

// only is the feature's text with all but some scenarios blanked out, so that
// what is left keeps its lines. The scenarios that can't be run are blanked, too.
func (f *feature) only(chosen []*scenario) string {
	run := map[*scenario]bool{}
	nodes := map[*messages.Scenario]bool{}
	for _, s := range chosen {
		if s.broken == nil {
			run[s], nodes[s.node] = true, true
		}
	}
	if len(run) == len(f.scenarios) {
		return f.text
	}
	lines := strings.Split(f.text, "\n")
	for _, sp := range f.spans {
		if sp.node == nil || nodes[sp.node] {
			continue
		}
		for i := sp.first - 1; i < sp.last; i++ {
			lines[i] = ""
		}
	}
	for _, s := range f.scenarios {
		if nodes[s.node] && !run[s] { // a row of an outline of which others run
			lines[s.line-1] = ""
		}
	}
	return strings.Join(lines, "\n")
}
