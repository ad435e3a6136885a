package openapi

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/iac"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// ReadOptions say what a document's own tooling would fill it with, and where the
// files are that it refers to. The zero value reads the document alone, as deployed
// to us-east-1.
type ReadOptions struct {
	Region    string // default us-east-1
	AccountID string // default 123456789012
	// Substitutions are the user's values of placeholders, parameters and what else
	// only a deployment knows.
	Substitutions map[string]string
	// Terraform says that the file is a Terraform template, whatever it is called.
	Terraform bool
	// APIID is the id of the API that a template calls logicalID; nil: made from it.
	APIID func(logicalID string) string

	// Files is the project folder, and Path the document's path in it: what the
	// document refers to is read there and nowhere else. Nil: nothing is read.
	Files fs.FS
	Path  string
	// Show is what places call another file of the folder; nil: by its path.
	Show func(path string) string
}

// A File is what a user names as a document, read.
type File struct {
	// Documents are the OpenAPI documents in it, at least one: that of each API in a
	// template, else the file itself.
	Documents []*Document
	// Template is the CloudFormation template that the file is; nil if it is none.
	Template *iac.Template

	resolution *iac.Resolution
}

// Summary says in one line which placeholders were filled with what so far, and the
// hint what to do where that isn't meant; empty where there were none.
func (f *File) Summary() (text, hint string) { return f.resolution.Summary() }

// ImportOptions are o with what the document's template says of its import, where o
// says nothing.
func (d *Document) ImportOptions(o Options) Options {
	p := d.parameters
	if o.Basepath == "" {
		o.Basepath = p["basepath"]
	}
	if types := p["endpointConfigurationTypes"]; types != "" && len(o.EndpointConfigurationTypes) == 0 {
		o.EndpointConfigurationTypes = strings.Split(types, ",")
	}
	o.IgnoreDocumentation = o.IgnoreDocumentation || strings.EqualFold(p["ignore"], "documentation")
	o.FailOnWarnings = o.FailOnWarnings || strings.EqualFold(p["failonwarnings"], "true")
	return o
}

// errNoDocument is a template that holds no OpenAPI document; errNoAPI one that has
// no REST API either.
var (
	errNoDocument = errors.New("no OpenAPI document")
	errNoAPI      = fmt.Errorf("no REST API: %w", errNoDocument)
)

// Read reads a file that is an OpenAPI document, has CloudFormation's intrinsic
// functions in one, is a CloudFormation, SAM or CDK template that holds some, or a
// Terraform template of one. name is what places call it. The error joins
// *source.Error: the file is no YAML or JSON, or a template without a document.
func Read(name string, data []byte, o ReadOptions) (*File, error) {
	defaults := Options{Region: o.Region, AccountID: o.AccountID}.withDefaults()
	settings := iac.Settings{Region: defaults.Region, AccountID: defaults.AccountID, Substitutions: o.Substitutions, APIID: o.APIID}
	if o.Terraform || iac.IsTerraformName(name) {
		file, resolution, err := iac.ReadTerraform(name, data, settings)
		if err != nil {
			return nil, err
		}
		f := o.single(name, file, file.Root, resolution, len(data))
		f.Documents[0].rendered = true
		return f, nil
	}
	file, err := source.Read(name, data)
	if err != nil {
		return nil, orTerraform(err, name, data, settings)
	}
	if iac.IsTemplate(file.Root) {
		return o.template(file, settings)
	}
	f := o.single(name, file, file.Root, nil, len(data))
	d := f.Documents[0]
	d.Root, f.resolution = iac.ResolveDocument(d.Root, settings) // in files that were bundled, too
	d.resolution = f.resolution
	return f, nil
}

// hasAPIEvent reports whether a resource is a function of which SAM makes methods of
// an API.
func hasAPIEvent(t *iac.Template, r *iac.Resource) bool {
	events := t.Properties(r).Get("Events")
	return isFunction(r) && events != nil && slices.ContainsFunc(events.Members, func(m source.Member) bool {
		return m.Value.Get("Type").Text().Text == "Api"
	})
}

// orTerraform is the error of a file that can't be read, with a hint if it could be
// as a Terraform template.
func orTerraform(err error, name string, data []byte, s iac.Settings) error {
	at, ok := err.(*source.Error)
	if !ok || !bytes.Contains(data, []byte("${")) {
		return err
	}
	if _, _, asTerraform := iac.ReadTerraform(name, data, s); asTerraform != nil {
		return err
	}
	hinted := *at
	hinted.Hint = "if it is a Terraform template, read it with --template terraform"
	return &hinted
}

// single is a file that is one document.
func (o *ReadOptions) single(name string, file *source.File, root *source.Node, resolution *iac.Resolution, size int) *File {
	d := &Document{Name: name, Root: root, Size: size, Files: []*source.File{file}, resolution: resolution}
	o.bundle(d, o.Path)
	return &File{Documents: []*Document{d}, resolution: resolution}
}

// bundle puts other files into a document that stands in the file at path.
func (o *ReadOptions) bundle(d *Document, path string) {
	if o.Files == nil {
		return
	}
	read := filesOf(o.Files, o.Show)
	d.Root, d.bundled, d.unread = bundle(d.Root, path, func(name string) (*source.File, error) {
		f, err := read(name)
		if err == nil {
			d.Files = append(d.Files, f)
		}
		return f, err
	})
}

// template reads the documents of a CloudFormation template.
func (o *ReadOptions) template(file *source.File, settings iac.Settings) (*File, error) {
	paths := map[*source.File]string{file: o.Path}
	read := func(name string) (*source.File, error) {
		if o.Files == nil {
			return nil, iac.NotRead("no other file is read here")
		}
		at := path.Join(path.Dir(o.Path), strings.ReplaceAll(name, `\`, "/"))
		if path.IsAbs(name) || !fs.ValidPath(at) {
			return nil, iac.NotRead("it lies outside the project folder")
		}
		f, err := filesOf(o.Files, o.Show)(at)
		if err == nil {
			paths[f] = at
		}
		return f, err
	}
	t := iac.OpenTemplate(file, read, settings)
	f := &File{Template: t, resolution: t.Resolution}
	var without []*iac.API
	for _, a := range t.APIs() {
		if a.Document == nil {
			without = append(without, a)
			continue
		}
		d := &Document{Name: file.Name, Root: a.Document, LogicalID: a.LogicalID, Files: []*source.File{file}, parameters: t.ImportParameters(a), absent: a.Unread, elsewhere: a.Elsewhere}
		own := file
		if a.File != nil {
			own, d.Files = a.File, append(d.Files, a.File)
		}
		d.Size = len(ordered.Append(nil, a.Document.Ordered()))
		if o.bundle(d, paths[own]); d.bundled != nil {
			d.Root = t.Resolve(d.Root)
		}
		for included := range paths {
			if !slices.Contains(d.Files, included) {
				d.Files = append(d.Files, included)
			}
		}
		f.Documents = append(f.Documents, d)
	}
	if f.Documents == nil {
		return nil, noDocument(file, t, without)
	}
	for _, a := range without {
		t.Problems = append(t.Problems, iac.Problem{
			Kind: iac.Unsupported, Pos: a.Pos, Msg: "the API " + a.LogicalID + " has no OpenAPI document in the template", Hint: exportHint,
		})
	}
	f.Documents[0].resolution = t.Resolution
	return f, nil
}

const exportHint = "once deployed, AWS gives the document: aws apigateway get-export --rest-api-id ID --stage-name STAGE " +
	"--export-type oas30 --parameters extensions=apigateway openapi.json"

// noDocument says of a template that it has no OpenAPI document, and how to come
// by one.
func noDocument(file *source.File, t *iac.Template, without []*iac.API) error {
	e := &source.Error{Pos: file.Root.Pos, Err: errNoDocument, Hint: exportHint}
	events := ""
	if t.IsSAM() {
		events = ": SAM makes the API of the events of its functions"
	}
	switch {
	case len(without) > 0:
		var names []string
		for _, a := range without {
			names = append(names, a.LogicalID)
		}
		e.Pos = without[0].Pos
		e.Msg = "the API " + strings.Join(names, ", ") + " of this template has no OpenAPI document"
		if events == "" {
			events = ": it is made of resources and methods"
		}
		e.Msg += events
	case slices.ContainsFunc(t.NotDeployed, (*iac.Resource).IsAPI):
		r := t.NotDeployed[slices.IndexFunc(t.NotDeployed, (*iac.Resource).IsAPI)]
		e.Pos = r.Pos
		e.Msg = "the API " + r.LogicalID + " of this template is not deployed: its condition " + r.Condition + " is false"
		e.Hint = "substitutions in rehearse.yaml sets it: substitutions: {" + r.Condition + `: "true"}`
	case slices.ContainsFunc(t.Resources, isOtherAPI):
		e.Pos = t.Resources[slices.IndexFunc(t.Resources, isOtherAPI)].Pos
		e.Msg = "this CloudFormation template has an HTTP or WebSocket API and no REST API"
		e.Hint = "rehearse does REST APIs: AWS::ApiGateway::RestApi and AWS::Serverless::Api"
	case t.IsSAM() && slices.ContainsFunc(t.Resources, isFunction):
		e.Msg = "this SAM template has no OpenAPI document" + events
	default:
		e.Err = errNoAPI
		e.Msg = "this CloudFormation template has no REST API"
		e.Hint = "name the template, or the OpenAPI document, that has the API"
	}
	if nested := nestedTemplates(t); nested != "" && without == nil && !slices.ContainsFunc(t.Resources, func(r *iac.Resource) bool { return hasAPIEvent(t, r) }) {
		e.Hint = nested
	}
	return e
}

// nestedTemplates says which templates a template deploys may have the API; empty if
// there are none.
func nestedTemplates(t *iac.Template) string {
	var local, remote []string
	for _, r := range t.Resources {
		property := map[string]string{"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}[r.Type]
		if property == "" {
			continue
		}
		switch name := t.Properties(r).Get(property).Text().Text; {
		case name == "":
		case strings.Contains(name, "://"):
			remote = append(remote, name)
		default:
			local = append(local, name)
		}
	}
	switch {
	case local != nil:
		return "the API may be in " + strings.Join(local, " or ") + ": name that"
	case remote != nil:
		return "is it in a nested one? this template names " + strings.Join(remote, " and ")
	}
	return ""
}

func isOtherAPI(r *iac.Resource) bool {
	return strings.HasPrefix(r.Type, "AWS::ApiGatewayV2::Api") || r.Type == "AWS::Serverless::HttpApi"
}

func isFunction(r *iac.Resource) bool { return r.Type == "AWS::Serverless::Function" }

// checkTooling says what stands in the way of a document's own tooling, and what of
// other files was put into it.
func (im *importer) checkTooling() {
	if p := im.doc.elsewhere; p != nil {
		im.add(place{p.Pos, ""}, Finding{
			Rule: "template-without-document", Category: Scope, Severity: Warning, Evidence: Documented, Message: p.Msg, Hint: p.Hint,
		})
	}
	for _, p := range im.doc.resolution.All() {
		f := Finding{Rule: "template-refused", Category: Refused, Evidence: Documented, Message: p.Msg, Hint: p.Hint}
		switch p.Kind {
		case iac.Unsupported:
			f.Rule, f.Category, f.Evidence = "template-unsupported", Scope, Inferred
		case iac.Regretted:
			f.Rule, f.Category = "template-regretted", Advice
		}
		im.add(place{p.Pos, ""}, f)
	}
	for _, f := range im.doc.bundled {
		im.add(place{f.Pos, f.Pointer}, f)
	}
}
