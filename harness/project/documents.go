package project

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Deployed is a document as an API has it: imported, and made ready to serve
// when first started.
type Deployed struct {
	API      string            // its name in the config
	Name     string            // the file
	Document *openapi.Document // nil: not even readable
	Model    *openapi.API      // nil as Document is
	Options  openapi.Options   // with which it was imported
	Findings []openapi.Finding // of the import
	Refused  bool              // by AWS's import
	Stages   []*StageConfig    // on which it is deployed, canaries not counted

	document   string // as the config calls it
	quiet      []lint.Quiet
	deployment func() *gateway.Deployment
}

// importKey says what an import depends on.
type importKey struct {
	apiID, name string
	file        *reading // one for each content
}

// importAll reads every document the config names. Errors are about files that
// can't be opened; what is wrong inside them is a finding.
func (p *Project) importAll() []*source.Error {
	var errs []*source.Error
	for _, a := range p.Config.APIs {
		api := &API{Config: a}
		add := func(document string, pos source.Pos, stage *StageConfig) {
			if document == "" {
				return // already said: document is missing
			}
			d, err := p.load(a, document)
			if err != nil {
				name, hint := document, documentHint(p.files, document, err)
				if pos.IsZero() { // no config: as the user has named it
					name, hint = p.files.show(document), p.likeDocument(document)
				}
				errs = append(errs, &source.Error{Pos: pos, Msg: "can't open document " + name + ": " + reason(err), Hint: hint, Err: err})
				return
			}
			if !slices.Contains(api.Documents, d) {
				api.Documents = append(api.Documents, d)
			}
			if stage != nil {
				d.Stages = append(d.Stages, stage)
			}
		}
		add(a.Document, a.DocumentPos, nil)
		for _, s := range a.Stages {
			pos := s.DocumentPos
			if s.Document == "" {
				pos = a.DocumentPos
			}
			add(cmp.Or(s.Document, a.Document), pos, s)
			if s.Canary != nil {
				add(s.Canary.Document, s.Canary.DocumentPos, nil)
			}
		}
		api.Name, api.ID = a.Name, a.ID
		if len(api.Documents) > 0 {
			p.APIs = append(p.APIs, api)
		}
	}
	return errs
}

// likeDocument is the hint for a DOCUMENT that can't be opened: what is in a
// folder, or has a name like it.
func (p *Project) likeDocument(name string) string {
	dir, base := p.files.dir, name
	if info, err := p.files.stat(name); err == nil && info.IsDir() {
		dir, base = p.files.show(name), ""
	}
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return "there is no folder " + dir
	}
	var names []string
	for _, e := range entries {
		switch strings.ToLower(path.Ext(e.Name())) {
		case ".yaml", ".yml", ".json":
			if e.Name() != ConfigName {
				names = append(names, e.Name())
			}
		}
	}
	if base == "" && len(names) > 0 {
		return "name a file: " + filepath.Join(dir, names[0])
	}
	if near := source.Nearest(base, names); near != "" {
		return fmt.Sprintf("did you mean %s?", filepath.Join(dir, near))
	}
	return "name an OpenAPI document: a file in YAML or JSON"
}

func documentHint(files fileSystem, document string, err error) string {
	if isNotExist(err) && files.dir != "." {
		return fmt.Sprintf("paths are relative to rehearse.yaml: this is %s", files.show(document))
	}
	return ""
}

// load imports a document for an API, once for each content.
func (p *Project) load(a *APIConfig, document string) (*Deployed, error) {
	name, _ := p.reader.split(document)
	data, err := p.reader.bytes(name)
	if err != nil {
		return nil, err
	}
	key := importKey{a.ID, document, p.reader.file(name, data)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.imports[key]; d != nil {
		return d, nil
	}
	d := p.importDocument(a, document, data)
	key.apiID = a.ID // which the document may have named
	p.imports[key] = d
	return d, nil
}

func (p *Project) importDocument(a *APIConfig, document string, data []byte) *Deployed {
	name, logicalID := p.reader.split(document)
	d := &Deployed{Name: p.files.show(name), document: document}
	file := p.reader.file(name, data)
	doc, err := file.document(logicalID, a.Name)
	if a.Name == "" { // a DOCUMENT without config
		a.Name = strings.TrimSuffix(name, path.Ext(name))
		if err == nil {
			a.Name = cmp.Or(textOf(doc.Root.Get("info").Get("title")), a.Name)
		}
		a.ID = openapi.NewID("restapi", a.Name)
	}
	d.API = a.Name
	o := p.options.Import
	o.Region, o.AccountID, o.APIID, o.APIName = p.Config.Region, p.Config.AccountID, a.ID, a.Name
	o.Substitutions = p.Config.Substitutions
	d.Options = o
	if err != nil {
		var at *source.Error
		if errors.As(err, &at) && at.Pos.IsZero() {
			at.Pos = source.Pos{File: d.Name, Line: 1, Col: 1}
		}
		d.Findings, d.Refused = openapi.Unreadable(err), true
		d.deployment = func() *gateway.Deployment { return nil }
		return d
	}
	d.Document = doc
	for i, f := range doc.Files {
		text := f.Data()
		if i == 0 {
			text = data // a Terraform template is read otherwise than it stands
		}
		d.quiet = append(d.quiet, lint.ReadQuiet(f.Name, text))
	}
	o = doc.ImportOptions(o)
	d.Options = o
	d.Model, d.Findings = openapi.Import(doc, o)
	d.Refused = openapi.IsRefused(d.Findings, o)
	d.deployment = sync.OnceValue(func() *gateway.Deployment {
		return gateway.NewDeployment(d.Model, gateway.DeploymentOptions{
			ID: openapi.NewID("deployment", a.ID, document), APIID: a.ID, Region: o.Region, AccountID: o.AccountID,
		})
	})
	return d
}

// noteFilled says what placeholders of the documents were filled with.
func (p *Project) noteFilled() {
	for _, d := range p.Documents() {
		for _, f := range p.reader.of(d.Document) {
			if text, hint := f.Summary(); text != "" {
				note := &source.Error{Pos: source.Pos{File: d.Name}, Msg: text, Hint: hint}
				if !slices.ContainsFunc(p.Warnings, func(w *source.Error) bool { return w.Pos == note.Pos && w.Msg == note.Msg }) {
					p.Warnings = append(p.Warnings, note)
				}
			}
		}
	}
}

// Refused reports whether AWS's import would refuse one of the documents.
func (p *Project) Refused() bool {
	for _, d := range p.Documents() {
		if d.Refused {
			return true
		}
	}
	return false
}

// Documents are those of all APIs, each once.
func (p *Project) Documents() []*Deployed {
	var all []*Deployed
	for _, a := range p.APIs {
		all = append(all, a.Documents...)
	}
	return all
}

// stageDocument is what is deployed to a stage.
func (p *Project) stageDocument(a *API, s *StageConfig) *Deployed {
	for _, d := range a.Documents {
		if slices.Contains(d.Stages, s) {
			return d
		}
	}
	return a.Own()
}

// DocumentOf is the document that the config deploys to a stage, or nil.
func (p *Project) DocumentOf(api, stage string) *openapi.Document {
	for _, a := range p.APIs {
		if api != "" && a.Name != api && a.ID != api {
			continue
		}
		if s := a.Config.stage(stage); s != nil {
			return p.stageDocument(a, s).Document
		}
	}
	return nil
}
