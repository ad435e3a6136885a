// Package project turns rehearse.yaml and the documents it names into a running
// sandbox.
//
// [Open] reads and checks everything and starts nothing; [Project.Start] makes a
// [Sandbox]: a gateway with its functions, backends and clock. A run makes one
// Sandbox for each scenario; deployments are shared between them.
//
// It promises nothing to other modules.
package project

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/lint"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// ConfigName is what a project's file is called unless somebody says otherwise.
const ConfigName = "rehearse.yaml"

// Options of Open. The zero value works.
type Options struct {
	// AllowRefused lets Start run what could be built of a document that AWS's
	// import would refuse.
	AllowRefused bool
	// Inspect says that nothing will be started: what only a run needs, such as
	// keys from the environment, may be missing.
	Inspect bool
	// Stub has functions and hosts that aren't there answered for, from the
	// documents' examples and schemas.
	Stub bool
	// Stage is the stage of a DOCUMENT; default dev.
	Stage string
	// Terraform has documents read as Terraform templates, whatever they are called.
	Terraform bool
	// Import is how documents are imported. Region, account, names, ids and
	// substitutions in it are overwritten by the config's.
	Import openapi.Options
	// Config is the rehearse.yaml that OpenDocument takes region, account and
	// substitutions from; empty: none.
	Config string
}

// A Project is a rehearse.yaml and its documents, read and checked. Its methods
// may be called from any number of goroutines.
type Project struct {
	Name   string // of the config, or of the document without one
	Dir    string // relative paths start here
	Config *Config
	APIs   []*API
	// Warnings are what a person should know before anything starts; there are
	// those of MissingInterpreters besides.
	Warnings []*source.Error
	// HasConfig says that there is a rehearse.yaml, which answers for what the
	// documents name.
	HasConfig bool

	options Options
	files   fileSystem
	reader  *documentReader

	secretsMu sync.RWMutex
	secrets   []secret // grows by the keys that a start makes from its seed

	mu        sync.Mutex
	imports   map[importKey]*Deployed
	base      *plansOf // as last compiled
	host      *lambda.Host
	clients   integration.Clients // connections to real backends, shared by all sandboxes
	functions []lambda.Function
	unpacked  string   // temporary folder of embedded functions
	stubs     sync.Map // *openapi.Integration -> *integration.Stub
	linted    sync.Once
	findings  []openapi.Finding
}

// An API is a REST API with what is deployed of it.
type API struct {
	Name, ID string
	// Documents are the API's own document and, behind it, those of its stages
	// and canaries. Each is there once.
	Documents []*Deployed
	Config    *APIConfig
}

// Own is the API's own document.
func (a *API) Own() *Deployed { return a.Documents[0] }

// Open reads the rehearse.yaml called name. The error joins a *[source.Error]
// for everything that is wrong with it.
func Open(name string, o Options) (*Project, error) {
	dir := filepath.Dir(name)
	return open(fileSystem{dir: dir, config: name}, filepath.Base(name), o)
}

// OpenFS reads a rehearse.yaml in fsys. The code of functions is unpacked to a
// temporary folder when first needed.
func OpenFS(fsys fs.FS, name string, o Options) (*Project, error) {
	return open(fileSystem{embedded: fsys, dir: path.Dir(name), config: name}, path.Base(name), o)
}

func open(files fileSystem, base string, o Options) (*Project, error) {
	root, err := readConfig(files, base)
	if err != nil {
		return nil, err
	}
	reader := newReader(files, root.Root, o)
	whole, notes := reader.fillIn(root.Root)
	root.Root = whole
	var c checker
	c.checkAll(root)
	cfg := decode(root.Root)
	c.inheritPolicy(&cfg.Lint, files, base)
	p, err := c.project(files.config, cfg, reader, o)
	if err != nil {
		return nil, err
	}
	p.HasConfig = true
	p.noteDefaults(root.Root)
	p.Warnings = append(p.Warnings, notes...)
	p.noteFilled()
	p.noteUnknownServices()
	if errs := p.checkStart(); len(errs) > 0 {
		return nil, joined(errs)
	}
	p.secrets = secretsOf(cfg)
	return p, nil
}

// project makes a project of a config: names in it are held against each other, and
// its documents are imported.
func (c *checker) project(name string, cfg *Config, reader *documentReader, o Options) (*Project, error) {
	addDefaultStages(cfg)
	c.checkReferences(cfg, reader.files)
	c.resolveKeys(cfg, o.Inspect)
	p := newProject(name, cfg, reader, o)
	c.errs = append(c.errs, p.importAll()...)
	if len(c.errs) > 0 {
		return nil, joined(c.errs)
	}
	return p, nil
}

// OpenDocument makes a project of one document: one API, one stage; or of a
// template, with the APIs, stages, usage plans, keys and functions in it. Of the
// rehearse.yaml named in o it takes region, account and substitutions.
func OpenDocument(name string, o Options) (*Project, error) {
	cfg := &Config{Region: DefaultRegion, AccountID: DefaultAccountID, Start: DefaultStart}
	if o.Config != "" {
		files := fileSystem{dir: filepath.Dir(o.Config), config: o.Config}
		root, err := readConfig(files, filepath.Base(o.Config))
		if err != nil {
			return nil, err
		}
		var c checker
		c.checkSome(root, "region", "accountId", "substitutions", "lint")
		c.checkRuleIDs(root.Root.Get("lint"))
		all := decode(root.Root)
		c.inheritPolicy(&all.Lint, files, filepath.Base(o.Config))
		if len(c.errs) > 0 {
			return nil, joined(c.errs)
		}
		cfg.Region, cfg.AccountID, cfg.Substitutions = all.Region, all.AccountID, all.Substitutions
		cfg.Lint = all.Lint
	}
	if o.Stage != "" && !stageNames.fits(o.Stage) {
		return nil, &source.Error{Msg: fmt.Sprintf("%q is no stage name: %s", o.Stage, stageNames.want)}
	}
	base := filepath.Base(name)
	reader := newReader(fileSystem{dir: filepath.Dir(name), config: name, root: "."}, nil, o)
	reader.options.Region, reader.options.AccountID, reader.options.Substitutions = cfg.Region, cfg.AccountID, cfg.Substitutions
	var c checker
	var notes []*source.Error
	if f := reader.template(base); f != nil {
		var root *source.Node
		root, notes = reader.fillIn(reader.configOf(f, base, o.Stage))
		c.check(root, rehearseYAML, f.Template.Name)
		found := decode(root)
		found.Region, found.AccountID, found.Substitutions, found.Lint = cfg.Region, cfg.AccountID, cfg.Substitutions, cfg.Lint
		cfg = found
	} else {
		cfg.APIs = []*APIConfig{{Document: base, Stages: []*StageConfig{{Name: cmp.Or(o.Stage, DefaultStage)}}}}
	}
	p, err := c.project(name, cfg, reader, o)
	if err != nil {
		return nil, err
	}
	p.Warnings = append(p.Warnings, notes...)
	p.noteFilled()
	p.secrets = secretsOf(cfg)
	return p, nil
}

func newProject(name string, cfg *Config, reader *documentReader, o Options) *Project {
	return &Project{
		Name: name, Dir: reader.files.dir, Config: cfg, files: reader.files, reader: reader, options: o,
		imports: map[importKey]*Deployed{},
	}
}

func readConfig(files fileSystem, base string) (*source.File, error) {
	data, err := files.read(base)
	if err != nil {
		hint := "rehearse init makes one"
		if !isNotExist(err) {
			hint = ""
		}
		return nil, &source.Error{Msg: fmt.Sprintf("can't open %s: %s", files.config, reason(err)), Hint: hint, Err: err}
	}
	root, err := source.Read(files.config, data)
	if err != nil {
		return nil, err
	}
	return root, nil
}

// reason is an error of the file system without the file's name.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// checkAll holds a whole file against its shape.
func (c *checker) checkAll(f *source.File) {
	c.errs = append(c.errs, f.Duplicates...)
	c.check(f.Root, rehearseYAML, "rehearse.yaml")
	if f.Root.Kind == source.Object && f.Root.Get("apis") == nil && f.Root.Get("lint") == nil {
		c.add(f.Root.Pos, "apis: {NAME: {document: openapi.yaml}}", "rehearse.yaml has no apis")
	}
	c.checkRuleIDs(f.Root.Get("lint"))
	if s := f.Root.Get("state"); s != nil && textOf(s) != "memory" {
		c.add(s.Pos, "leave it out, or write memory", "state other than memory is not yet supported")
	}
}

// ruleIDs are the ids of all that lint may say.
func ruleIDs() []string {
	var ids []string
	for _, r := range openapi.Rules() {
		ids = append(ids, r.ID)
	}
	for _, r := range lint.Rules() {
		ids = append(ids, r.ID)
	}
	return ids
}

// checkSome holds some fields of a file against their shapes.
func (c *checker) checkSome(f *source.File, fields ...string) {
	for _, name := range fields {
		if n := f.Root.Get(name); n != nil {
			c.check(n, rehearseYAML.field(name).shape, name)
		}
	}
}

// joined is all that is wrong as one error, in the order of the file.
func joined(errs []*source.Error) error {
	slices.SortStableFunc(errs, func(a, b *source.Error) int { return a.Pos.Compare(b.Pos) })
	list := make([]error, 0, len(errs))
	for i, e := range errs {
		if i > 0 && e.Pos == errs[i-1].Pos && e.Msg == errs[i-1].Msg {
			continue
		}
		list = append(list, e)
	}
	return errors.Join(list...)
}

// addDefaultStages gives an API without stages the stage dev.
func addDefaultStages(cfg *Config) {
	for _, a := range cfg.APIs {
		if len(a.Stages) == 0 {
			a.Stages = []*StageConfig{{Name: DefaultStage, Pos: a.Pos}}
		}
	}
}

// noteDefaults says what was filled in.
func (p *Project) noteDefaults(root *source.Node) {
	for _, m := range members(root.Get("apis")) {
		if len(members(m.Value.Get("stages"))) == 0 {
			p.Warnings = append(p.Warnings, &source.Error{
				Pos: m.Pos, Msg: fmt.Sprintf("API %q has no stages: it is deployed to a stage called %s", m.Key, DefaultStage),
			})
		}
	}
}

// Close ends processes and removes temporary files.
func (p *Project) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clients.Close()
	var errs []error
	if p.host != nil {
		errs = append(errs, p.host.Close())
		p.host = nil
	}
	if p.unpacked != "" {
		errs = append(errs, os.RemoveAll(p.unpacked))
		p.unpacked = ""
	}
	return errors.Join(errs...)
}

// API returns the API called name, by its name or id; nil if there is none.
func (p *Project) API(name string) *API {
	for _, a := range p.APIs {
		if a.Name == name || a.ID == name {
			return a
		}
	}
	return nil
}

// FeaturePaths are the feature files and folders to run when nobody names any:
// those the config names, else features beside it, if it is there.
func (p *Project) FeaturePaths() []string {
	var paths []string
	for _, f := range p.Config.Features {
		paths = append(paths, p.files.show(f))
	}
	if paths == nil {
		if info, err := p.files.stat("features"); err == nil && info.IsDir() {
			paths = []string{p.files.show("features")}
		}
	}
	return paths
}
