package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// findConfig returns the config to use, "" if there is none and none was asked for.
func (a *app) findConfig() (string, error) {
	if a.config != "" {
		if _, err := os.Stat(a.config); err != nil {
			return "", usage("rehearse init DOCUMENT makes a rehearse.yaml", "can't open %s: %s", a.config, reason(err))
		}
		return a.config, nil
	}
	found, _ := project.Find(".", project.ConfigName)
	return found, nil
}

// reason is an error of the file system without the file's name.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err.Error()
	}
	return err.Error()
}

// open opens the document, or the config if document is empty. Errors are exit
// code 2.
func (a *app) open(document string, o project.Options) (*project.Project, error) {
	config, err := a.findConfig()
	if err != nil {
		return nil, err
	}
	o.Terraform = a.template == "terraform"
	var p *project.Project
	switch {
	case document != "":
		o.Config = config
		p, err = project.OpenDocument(document, o)
	case config == "":
		return nil, noConfig()
	default:
		p, err = project.Open(config, o)
	}
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	return p, nil
}

func noConfig() error {
	return usage("name a document, or make a config with rehearse init DOCUMENT", "there is no %s here or in a folder above", project.ConfigName)
}

func noAPIs(p *project.Project) error {
	return &exit{exitUsage, &source.Error{
		Pos: source.Pos{File: p.Name, Line: 1, Col: 1}, Msg: "rehearse.yaml has no apis", Hint: "apis: {NAME: {document: openapi.yaml}}",
	}}
}

// openToRun opens a project that will be started: a document AWS would refuse
// ends here with exit code 1, and what a person should know goes to stderr.
func (a *app) openToRun(document string, o project.Options) (*project.Project, error) {
	p, err := a.open(document, o)
	if err != nil {
		return nil, err
	}
	if len(p.APIs) == 0 {
		_ = p.Close()
		return nil, noAPIs(p)
	}
	if err := a.announce(p, o.AllowRefused); err != nil {
		_ = p.Close()
		return nil, err
	}
	if text, hint := p.MissingText(); text != "" {
		a.warn(source.Pos{}, "note", text, hint)
	}
	return p, nil
}

// announce prints what a person should know before a project starts.
func (a *app) announce(p *project.Project, allowRefused bool) error {
	a.notes(p)
	if !hasDocument(p) {
		a.whyNoDocument(p)
		a.say("there is no document to import, so nothing was started")
		return failed
	}
	findings := said(p, nil)
	if p.Refused() {
		for _, f := range findings {
			if f.Category == openapi.Refused {
				a.warn(f.Pos, "refused", f.Message, f.Hint)
			}
		}
		if !allowRefused {
			a.say("AWS would refuse this import, so nothing was started; --allow-refused runs what could be built")
			return failed
		}
		a.say("AWS would refuse this import; --allow-refused: what could be built runs all the same")
	}
	for _, f := range findings {
		if f.Severity != openapi.Info && f.Category != openapi.Refused && f.Category != openapi.Advice {
			a.warn(f.Pos, "warning", f.Message, f.Hint)
		}
	}
	return nil
}

// hasDocument reports whether there is a document among a project's files: a
// template may have none.
func hasDocument(p *project.Project) bool {
	return slices.ContainsFunc(p.Documents(), func(d *project.Deployed) bool {
		return !slices.ContainsFunc(d.Findings, func(f openapi.Finding) bool { return f.Rule == "template-without-document" })
	})
}

// whyNoDocument says why no document came of a project's templates.
func (a *app) whyNoDocument(p *project.Project) {
	for _, d := range p.Documents() {
		for _, f := range d.Findings {
			a.say(f.Pos.String() + ": " + f.Message)
			a.say("  hint: " + f.Hint)
		}
	}
}

// notes prints what there is to know of a config that is no finding.
func (a *app) notes(p *project.Project) {
	for _, w := range p.Warnings {
		a.warn(w.Pos, "note", w.Msg, w.Hint)
	}
}

// missingInterpreters prints which functions can't run; it tries them, which
// takes a while.
func (a *app) missingInterpreters(p *project.Project) {
	for _, w := range p.MissingInterpreters() {
		a.warn(w.Pos, "note", w.Msg, w.Hint)
	}
}

func (a *app) warn(pos source.Pos, level, msg, hint string) {
	text := level + ": " + msg
	if at := pos.String(); at != "" {
		text = at + ": " + text
	}
	if hint != "" {
		text += "\n  hint: " + hint
	}
	a.say(text)
}

// isDocument tells a DOCUMENT among arguments that may also be feature files
// and folders.
func isDocument(arg string) bool {
	if info, err := os.Stat(arg); err == nil {
		return !info.IsDir() && filepath.Ext(arg) != ".feature"
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".yaml", ".yml", ".json":
		return true
	}
	return false
}
