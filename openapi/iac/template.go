package iac

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Template is a CloudFormation template, which SAM's and CDK's are too.
type Template struct {
	Name string // of its file
	// Transforms are the macros it is put through, as AWS::Serverless-2016-10-31.
	Transforms []string
	// Resources are those whose condition holds, in the order of the file.
	Resources []*Resource
	// NotDeployed are those whose condition doesn't.
	NotDeployed []*Resource
	*Resolution

	root     *source.Node
	resolver *resolver
	byID     map[string]*Resource
	read     func(name string) (*source.File, error)

	// Of the document that is being resolved: a part of its root could not be read,
	// and where it is if nothing is read there.
	lost      bool
	elsewhere *Problem
}

// A Resource is a resource of a template.
type Resource struct {
	LogicalID, Type string
	Pos             source.Pos // of the logical ID
	Condition       string     // its name; empty if there is none

	node, properties *source.Node // properties: resolved, with SAM's globals
	busy             bool
}

// An API is a REST API in a template.
type API struct {
	*Resource
	// Document is its OpenAPI document, resolved; nil if there is none in the
	// template, as where SAM makes it from the events of functions.
	Document *source.Node
	File     *source.File // that the document was read from: the template's own, or one it names
	// Unread says that there is a document that can't be read, and stands in Document
	// as an empty object. Elsewhere says why if it is where nothing is read; else a
	// problem of the template does.
	Unread    bool
	Elsewhere *Problem
}

// SAM is the transform of the Serverless Application Model.
const SAM = "AWS::Serverless-2016-10-31"

// IsTemplate reports whether a file is a CloudFormation template and no OpenAPI
// document.
func IsTemplate(root *source.Node) bool {
	if root.Get("openapi") != nil || root.Get("swagger") != nil {
		return false
	}
	if root.Get("AWSTemplateFormatVersion") != nil {
		return true
	}
	resources := root.Get("Resources")
	return resources != nil && resources.Kind == source.Object && slices.ContainsFunc(resources.Members, func(m source.Member) bool {
		return m.Value.Get("Type").Text().Text != ""
	})
}

// OpenTemplate reads a template. read opens other files that it names, by their
// paths from the template's folder; nothing else is read.
func OpenTemplate(f *source.File, read func(name string) (*source.File, error), s Settings) *Template {
	t := &Template{Name: f.Name, Resolution: &Resolution{}, root: f.Root, byID: map[string]*Resource{}, read: read}
	t.resolver = &resolver{Settings: &s, Resolution: t.Resolution, template: t}
	switch transform := f.Root.Get("Transform"); {
	case transform == nil:
	case transform.Kind == source.Array:
		for _, item := range transform.Items {
			t.Transforms = append(t.Transforms, nameOfTransform(item))
		}
	default:
		t.Transforms = []string{nameOfTransform(transform)}
	}
	for _, name := range t.Transforms {
		if !transforms[name] || name == "AWS::Include" {
			t.problem(Unsupported, f.Root.Get("Transform").Pos, "name the template that comes out of it", "rehearse doesn't put the template through %s", name)
		}
	}
	t.checkSections()
	for _, m := range members(f.Root.Get("Resources")) {
		if strings.HasPrefix(m.Key, "Fn::") {
			t.problem(Unsupported, m.Pos, "write the resources it makes", "rehearse makes no resources of %s", m.Key)
			continue
		}
		if m.Value.Kind != source.Object || len(m.Value.Members) > 0 && m.Value.Get("Type") == nil && m.Value.Get("Fn::Transform") == nil {
			// CloudFormation: Template format error: Every Resources object must contain a Type member.
			t.problem(Refused, m.Value.Pos, "write {Type: …, Properties: {…}}", "the resource %s is no object with a Type", m.Key)
			continue
		}
		res := &Resource{LogicalID: m.Key, Type: m.Value.Get("Type").Text().Text, Pos: m.Pos, node: m.Value}
		t.byID[m.Key] = res
		if c := m.Value.Get("Condition"); c != nil && c.Kind == source.String {
			if res.Condition = c.Value; !t.resolver.holds(c.Value, c.Pos) {
				t.NotDeployed = append(t.NotDeployed, res)
				continue
			}
		}
		t.Resources = append(t.Resources, res)
	}
	return t
}

// sections are those of a template that are objects of named things (AWS docs:
// Template sections).
var sections = []string{"Parameters", "Conditions", "Mappings", "Resources", "Outputs", "Metadata", "Rules"}

// checkSections says which sections of the template CloudFormation can't read.
func (t *Template) checkSections() {
	for _, name := range sections {
		n := t.root.Get(name)
		if n == nil {
			continue
		}
		if n.Kind != source.Object {
			t.problem(Refused, n.Pos, "leave it out, or write NAME: {…} in it", "%s is no object", name)
			continue
		}
		if name != "Parameters" && name != "Mappings" {
			continue
		}
		for _, m := range n.Members {
			if m.Value.Kind != source.Object && !strings.HasPrefix(m.Key, "Fn::") {
				t.problem(Refused, m.Value.Pos, "", "%s of %s is no object", m.Key, name)
			}
		}
	}
}

// nameOfTransform is a transform's name: it stands alone, or with parameters.
func nameOfTransform(n *source.Node) string {
	return cmp.Or(n.Get("Name").Text().Text, n.Value)
}

func members(n *source.Node) []source.Member {
	if n == nil || n.Kind != source.Object {
		return nil
	}
	return n.Members
}

// IsSAM reports whether SAM transforms the template.
func (t *Template) IsSAM() bool { return slices.Contains(t.Transforms, SAM) }

// parameter is the parameter called name, or nil; a nil Template has none.
func (t *Template) parameter(name string) *source.Node {
	if t == nil {
		return nil
	}
	return t.root.Get("Parameters").Get(name)
}

// Properties are the properties of a resource, resolved; never nil.
func (t *Template) Properties(res *Resource) *source.Node {
	if res.properties != nil {
		return res.properties
	}
	none := &source.Node{Kind: source.Object, Pos: res.Pos}
	if res.busy {
		return none // a resource that names itself
	}
	res.busy = true
	defer func() { res.busy = false }()
	own := t.raw(res)
	if own == nil {
		own = none
	}
	res.properties = none
	if n := t.resolver.node(own, spot{}); n != nil && n.Kind == source.Object {
		res.properties = n
	}
	return res.properties
}

// raw are the properties of a resource as written, with SAM's globals, but for
// its document.
func (t *Template) raw(res *Resource) *source.Node {
	own := res.node.Get("Properties")
	if section, ok := globals[res.Type]; ok && t.IsSAM() {
		own = merged(t.root.Get("Globals").Get(section), own)
	}
	if own == nil || own.Kind != source.Object {
		return nil
	}
	c := *own
	c.Members = slices.DeleteFunc(slices.Clone(own.Members), func(m source.Member) bool { return slices.Contains(bodies, m.Key) })
	return &c
}

// globals are the sections of SAM's Globals (AWS docs: Globals section of the AWS
// SAM template).
var globals = map[string]string{"AWS::Serverless::Api": "Api", "AWS::Serverless::Function": "Function"}

// bodies are properties that hold a document or say where one is.
var bodies = []string{"Body", "DefinitionBody", "BodyS3Location", "DefinitionUri"}

// merged is own with what it doesn't say taken from global: objects are merged,
// lists put together, and of all else own wins (AWS docs: Globals section).
func merged(global, own *source.Node) *source.Node {
	name := func(n *source.Node) string { f, _ := intrinsic(n); return f }
	switch {
	case global == nil:
		return own
	case own == nil:
		return global
	case name(global) != "" || name(own) != "" || global.Kind != own.Kind:
		return own
	case own.Kind == source.Array:
		c := *own
		c.Items = append(slices.Clone(global.Items), own.Items...)
		return &c
	case own.Kind != source.Object:
		return own
	}
	c := *own
	c.Members = slices.Clone(own.Members)
	for i, m := range c.Members {
		c.Members[i].Value = merged(global.Get(m.Key), m.Value)
	}
	for _, m := range global.Members {
		if own.Get(m.Key) == nil {
			c.Members = append(c.Members, m)
		}
	}
	return &c
}

// Target is the logical ID of the resource that a property refers to with Ref,
// Fn::GetAtt or Fn::Sub of it alone; empty if it refers to none.
func (t *Template) Target(res *Resource, property string) string {
	return t.target(t.raw(res).Get(property))
}

func (t *Template) target(n *source.Node) string {
	if n == nil {
		return ""
	}
	name, arg := intrinsic(n)
	var id string
	switch {
	case name == "Ref", name == "Fn::GetAtt" && arg.Kind == source.String:
		id = arg.Value
	case name == "Fn::GetAtt" && arg.Kind == source.Array && len(arg.Items) > 0:
		id = arg.Items[0].Value
	case name == "Fn::Sub" && arg.Kind == source.String:
		if m := subVariable.FindStringSubmatch(arg.Value); m != nil && m[0] == arg.Value {
			id = m[1]
		}
	}
	id, _, _ = strings.Cut(id, ".")
	if t.byID[id] == nil {
		return ""
	}
	return id
}

// Targets are the logical IDs that stand at the end of a way through the
// properties: Targets(plan, "ApiStages", "ApiId") has one for each of ApiStages,
// empty where there is none.
func (t *Template) Targets(res *Resource, list, property string) []string {
	var ids []string
	n := t.raw(res).Get(list)
	if n == nil || n.Kind != source.Array {
		return nil
	}
	for _, item := range n.Items {
		if property != "" {
			item = item.Get(property)
		}
		ids = append(ids, t.target(item))
	}
	return ids
}

// Resource returns the resource with a logical ID; nil if there is none.
func (t *Template) Resource(logicalID string) *Resource { return t.byID[logicalID] }

// Metadata is a value of a resource's metadata, such as aws:asset:path of CDK.
func (r *Resource) Metadata(name string) string {
	return r.node.Get("Metadata").Get(name).Text().Text
}

// IsAPI reports whether it is a REST API.
func (r *Resource) IsAPI() bool {
	return r.Type == "AWS::Serverless::Api" || r.Type == "AWS::ApiGateway::RestApi"
}

// APIs are the REST APIs of the template, each with its document.
func (t *Template) APIs() []*API {
	var all []*API
	for _, res := range t.Resources {
		if res.IsAPI() {
			all = append(all, t.api(res))
		}
	}
	return all
}

// Resolve resolves what was put into a document after it was read.
func (t *Template) Resolve(document *source.Node) *source.Node {
	if n := t.resolver.node(document, spot{}); n != nil {
		return n
	}
	return document
}

func (t *Template) api(res *Resource) *API {
	a := &API{Resource: res}
	own := res.node.Get("Properties")
	if section, ok := globals[res.Type]; ok && t.IsSAM() {
		own = merged(t.root.Get("Globals").Get(section), own)
	}
	var stated []string
	for _, key := range bodies {
		n := own.Get(key)
		if n == nil {
			continue
		}
		if stated = append(stated, key); len(stated) > 1 {
			// SAM: Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.
			t.problem(Refused, n.Pos, "leave one out", "%s has both %s and %s", res.LogicalID, stated[0], key)
			continue
		}
		if key == "Body" || key == "DefinitionBody" {
			a.Document = t.body(n)
		} else {
			a.Document = t.bodyElsewhere(a, key, n)
		}
		if a.Document == nil {
			a.Unread, a.Elsewhere, t.elsewhere = true, t.elsewhere, nil
			a.Document = &source.Node{Kind: source.Object, Pos: n.Pos}
		}
	}
	if a.Document != nil && !a.Unread {
		t.applyProperties(a, stated[0])
	}
	return a
}

// body resolves a document that stands in the template, or is included whole.
func (t *Template) body(n *source.Node) *source.Node {
	t.resolver.document = n
	t.lost = false
	document := t.resolver.node(n, spot{})
	if document == nil || t.lost && (document.Get("paths") == nil || document.Get("openapi") == nil && document.Get("swagger") == nil) {
		return nil
	}
	if p := t.elsewhere; p != nil { // of a part that is not missed
		t.problem(p.Kind, p.Pos, p.Hint, "%s", p.Msg)
		t.elsewhere = nil
	}
	if document.Kind != source.String {
		return document
	}
	// A document as a text, as of Fn::Sub or a templating tool.
	text := document.Text()
	f, err := source.Read(t.Name, []byte(text.Text))
	if err != nil {
		t.problem(Refused, n.Pos, "write it as an object", "the document is a text and no object")
		return nil
	}
	return within(text).node(f.Root)
}

// bodyElsewhere reads the file that DefinitionUri or BodyS3Location names.
func (t *Template) bodyElsewhere(a *API, key string, n *source.Node) *source.Node {
	location, asset := "", a.Metadata("aws:asset:path")
	if v, ok := t.resolver.text(n, spot{}); ok {
		location = v.Text
	} else if object := t.resolver.node(n, spot{}); object != nil && asset == "" {
		// CDK calls the file of an asset by the key it has in the bucket.
		if name := object.Get("Key").Text().Text; name != "" {
			if f, err := t.read("asset." + path.Base(name)); err == nil {
				a.File = f
				return f.Root
			}
			location = "s3://" + object.Get("Bucket").Text().Text + "/" + name
		}
	}
	if asset != "" && (location == "" || strings.Contains(location, "://")) {
		location = asset
	}
	f := t.open(location, n.Pos, key, true)
	if f == nil {
		return nil
	}
	a.File = f
	return f.Root // SAM and CloudFormation import it as it stands: no functions are resolved in it
}

// open opens a file that the template names. Of one in a bucket it takes the
// namesake beside the template, if there is one. whole says that it is all of a
// document.
func (t *Template) open(location string, pos source.Pos, what string, whole bool) *source.File {
	name := location
	remote := strings.Contains(location, "://")
	if remote {
		name = path.Base(location)
	}
	if name == "" || name == "." {
		t.problem(Unsupported, pos, "name a local file", "%s doesn't say which file it is", what)
		return nil
	}
	f, err := t.read(name)
	switch {
	case err == nil && remote:
		t.note(location, name, madeUp)
		return f
	case err == nil:
		return f
	case remote:
		t.notRead(whole, pos, "keep the file as "+name+" beside the template, or name a local file, which aws cloudformation package uploads",
			what+" names "+location+", and nothing is read from the network")
		return nil
	case errors.As(err, new(NotRead)):
		t.notRead(whole, pos, "put it into the project folder", what+": "+name+" is not read: "+err.Error())
		return nil
	}
	t.unreadable(pos, what, name, err)
	return nil
}

// NotRead is the error of a file that AWS's tools may well read and rehearse doesn't.
type NotRead string

func (e NotRead) Error() string { return string(e) }

// notRead says so of a file. whole says that it is all of a document.
func (t *Template) notRead(whole bool, pos source.Pos, hint, msg string) {
	if whole {
		t.elsewhere = &Problem{Kind: Unsupported, Pos: pos, Msg: msg, Hint: hint}
		return
	}
	t.problem(Unsupported, pos, hint, "%s", msg)
}

// unreadable says why a file that the template names was not read.
func (t *Template) unreadable(pos source.Pos, what, name string, err error) {
	var at *source.Error
	if errors.As(err, &at) && !at.Pos.IsZero() {
		t.problem(Refused, at.Pos, at.Hint, "%s", at.Msg)
		return
	}
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	t.problem(Refused, pos, "paths are relative to "+path.Base(t.Name), "%s: can't open %s: %s", what, name, err)
}

// include is the content of a file that AWS::Include names (AWS docs: AWS::Include
// transform).
func (r *resolver) include(n, arg *source.Node, at spot) *source.Node {
	name := arg.Get("Name").Text().Text
	if name != "AWS::Include" {
		r.problem(Unsupported, n.Pos, "name the document that comes out of it", "rehearse doesn't run the macro %s", name)
		return nil
	}
	location, ok := source.Text{}, false
	if l := arg.Get("Parameters").Get("Location"); l != nil {
		location, ok = r.text(l, spot{})
	}
	if !ok {
		return r.malformed(n, "AWS::Include", "Parameters: {Location: FILE}")
	}
	if r.template == nil {
		r.problem(Unsupported, n.Pos, "name the template as the document", "AWS::Include is resolved in templates only")
		return nil
	}
	whole := at.key == ""
	r.template.lost = r.template.lost || whole // until it is read
	if slices.Contains(r.includes, location.Text) {
		r.problem(Refused, n.Pos, "", "%s includes itself", location.Text)
		return nil
	}
	if r.tooLong(fileCost, n.Pos) {
		return nil
	}
	f := r.template.open(location.Text, n.Pos, "AWS::Include", whole)
	if f == nil || r.tooLong(len(f.Data()), n.Pos) {
		return nil
	}
	if len(r.includes) > 0 {
		// AWS says that the content should be valid YAML (awsdocs,
		// aws-cloudformation-user-guide, pull request 232).
		r.problem(Regretted, n.Pos, "bundle the files before the deploy", "AWS::Include takes no AWS::Include in the file it includes")
	}
	if short := shortForm(f.Root); short != nil {
		// AWS docs: AWS::Include transform, on shorthand notation.
		r.problem(Regretted, short.Pos, "write the long form, {Fn::Sub: …}", "AWS::Include takes no short forms such as %s in the file it includes", short.Tag)
	}
	if whole {
		r.document, r.template.lost = f.Root, false
	}
	r.includes = append(r.includes, location.Text)
	defer func() { r.includes = r.includes[:len(r.includes)-1] }()
	return r.node(f.Root, at)
}

// shortForm is the first value in a tree that is an intrinsic function in its short
// form.
func shortForm(n *source.Node) *source.Node {
	if tags[n.Tag] != "" {
		return n
	}
	for _, item := range n.Items {
		if s := shortForm(item); s != nil {
			return s
		}
	}
	for _, m := range n.Members {
		if s := shortForm(m.Value); s != nil {
			return s
		}
	}
	return nil
}

// includeBeside puts what Fn::Transform includes beside the other members.
func (r *resolver) includeBeside(n, transform *source.Node, at spot) *source.Node {
	c := *n
	c.Members = slices.DeleteFunc(slices.Clone(n.Members), func(m source.Member) bool { return m.Key == "Fn::Transform" })
	rest := r.members(&c, at)
	got := r.include(transform, transform, at)
	if got == nil || got.Kind != source.Object {
		return rest
	}
	both := *rest
	both.Members = slices.Clone(rest.Members)
	for _, m := range got.Members {
		if rest.Get(m.Key) == nil {
			both.Members = append(both.Members, m)
		}
	}
	return &both
}

// reference is what a name stands for in the template.
func (t *Template) reference(r *resolver, name string, pos source.Pos, at spot) string {
	if p := t.parameter(name); p != nil {
		return t.parameterValue(r, name, p, at)
	}
	id, attribute, _ := strings.Cut(name, ".")
	res := t.byID[id]
	if res == nil {
		if value, ok := t.generated(r, id, attribute); ok {
			r.note(name, value, known)
			return value
		}
		return t.strange(r, name, id, pos, at)
	}
	value, ok := t.value(r, res, attribute)
	if !ok {
		if like := likeAttribute(res.Type, attribute); like != "" {
			if strings.EqualFold(like, attribute) {
				r.problem(Refused, pos, "did you mean "+id+"."+like+"?", "%s has no attribute %s", id, attribute)
			} else { // which others there are only AWS knows
				r.problem(Regretted, pos, "did you mean "+id+"."+like+"?", "%s has no attribute %s that is known", id, attribute)
			}
		}
		return r.madeUp(name, name, at)
	}
	r.note(name, value, known)
	return value
}

// likeAttribute is the known attribute of a type that another was probably meant to
// be.
func likeAttribute(kind, attribute string) string {
	known := slices.Sorted(maps.Keys(resourceKinds[kind].attrs))
	for _, name := range known {
		if strings.EqualFold(name, attribute) {
			return name
		}
	}
	return source.Nearest(attribute, known)
}

func (t *Template) parameterValue(r *resolver, name string, p *source.Node, at spot) string {
	kind, preset := p.Get("Type").Text().Text, p.Get("Default")
	// The default of a parameter of the Systems Manager is the name of its value.
	if preset == nil || preset.Kind == source.Array || preset.Kind == source.Object || strings.HasPrefix(kind, "AWS::SSM::Parameter::Value") {
		value := ""
		if allowed := p.Get("AllowedValues"); allowed != nil && allowed.Kind == source.Array && len(allowed.Items) > 0 && preset == nil {
			value = allowed.Items[0].Value
		} else if _, ok := at.only(name); !ok && kind == "Number" && (at.before != "" || atProperty[at.key] == "") {
			value = cmp.Or(p.Get("MinValue").Text().Text, "1")
		}
		if _, chosen := r.Substitutions[name]; chosen || value == "" {
			return r.madeUp(name, name, at)
		}
		r.note(name, value, madeUp)
		return value
	}
	r.note(name, preset.Value, known)
	return preset.Value
}

// strange is what a name that is neither parameter nor resource stands for.
func (t *Template) strange(r *resolver, name, id string, pos source.Pos, at spot) string {
	if !slices.ContainsFunc(t.Transforms, func(name string) bool { return !transforms[name] }) && !t.maybeGenerated(id) {
		var names []string
		names = append(names, keysOf(t.root.Get("Parameters"))...)
		names = append(names, keysOf(t.root.Get("Resources"))...)
		// AWS docs: Ref, Fn::GetAtt and Fn::Sub name something in the template.
		r.problem(Refused, pos, near(id, names, "declare it in Parameters or Resources"), "%q is neither a parameter nor a resource of the template", id)
	}
	return r.madeUp(name, name, at)
}

// transforms are those that make no resources of names of their own, but SAM's,
// which are known.
var transforms = map[string]bool{SAM: true, "AWS::LanguageExtensions": true, "AWS::Include": true, "AWS::CodeDeployBlueGreen": true}

// generated is what a resource that SAM makes stands for (AWS docs: Generated
// CloudFormation resources for AWS SAM).
func (t *Template) generated(r *resolver, id, attribute string) (string, bool) {
	if !t.IsSAM() {
		return "", false
	}
	for _, res := range t.Resources {
		rest, ok := strings.CutPrefix(id, res.LogicalID)
		switch {
		case !ok:
		case res.Type == "AWS::Serverless::Api" && strings.HasSuffix(rest, "Stage") && attribute == "":
			return t.text(res, "StageName"), true
		case res.Type != "AWS::Serverless::Function":
		case rest == "Role" && attribute == "":
			return id, true
		case rest == "Role" && attribute == "Arn":
			return r.arn("iam", "", "role/"+id), true
		case rest == "Alias"+t.text(res, "AutoPublishAlias") && rest != "Alias" && attribute == "":
			return r.functionARN(res.LogicalID + ":" + t.text(res, "AutoPublishAlias")), true
		}
	}
	return "", false
}

// maybeGenerated reports whether SAM may make a resource of that name.
func (t *Template) maybeGenerated(id string) bool {
	if !t.IsSAM() {
		return false
	}
	if strings.HasPrefix(id, "Serverless") {
		return true
	}
	for other := range t.byID {
		if strings.HasPrefix(id, other) {
			return true
		}
	}
	return false
}

func jsonText(n *source.Node) string { return string(ordered.Append(nil, n.Ordered())) }
