package project

import (
	"path/filepath"
	"slices"

	"github.com/rehearse-api/rehearse/harness/lambda"
)

// Folders are where the files stand that a run depends on: documents, functions'
// code and layers, features; sorted, each once. What is embedded has none.
func (p *Project) Folders() []string {
	if p.files.embedded != nil {
		return nil
	}
	var dirs []string
	add := func(dir string) {
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	add(p.files.absolute("."))
	for _, d := range p.Documents() {
		add(filepath.Dir(absolutePath(d.Name)))
	}
	code := func(c lambda.Code) {
		add(p.files.absolute(c.Path))
		for _, l := range c.Layers {
			add(p.files.absolute(l))
		}
	}
	for _, f := range p.Config.Functions {
		code(f.Code)
		for _, v := range sortedKeys(f.Versions) {
			code(f.Versions[v])
		}
	}
	for _, f := range p.Config.Features {
		if name := p.files.absolute(f); filepath.Ext(name) == ".feature" {
			add(filepath.Dir(name))
		} else {
			add(name)
		}
	}
	slices.Sort(dirs)
	return dirs
}

func absolutePath(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	return abs
}
