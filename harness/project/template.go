package project

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/iac"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// What a CloudFormation template knows of stages, usage plans, API keys and
// functions fills what rehearse.yaml leaves out. It is put into the tree of
// rehearse.yaml, in its words and with the places of the template, so that it is
// checked and decoded as if the user had written it.

// fillIn returns the tree of a rehearse.yaml with what the templates of its APIs
// know, and notes on that.
func (r *documentReader) fillIn(root *source.Node) (*source.Node, []*source.Error) {
	var order []*filler
	fillers := map[*iac.Template]*filler{}
	for _, m := range members(root.Get("apis")) {
		name, logicalID := r.split(textOf(m.Value.Get("document")))
		file := r.template(name)
		if name == "" || file == nil {
			continue
		}
		f := fillers[file.Template]
		if f == nil {
			f = &filler{template: file.Template, dir: path.Dir(filepath.ToSlash(name)), files: r.files, apis: r.apisOf(root, file, name)}
			fillers[file.Template] = f
			order = append(order, f)
		}
		if d, _ := (&reading{File: file}).document(logicalID, m.Key); d != nil {
			f.root = root
			f.stagesOf(m.Key, d.LogicalID)
			root = f.root
		}
	}
	var notes []*source.Error
	for _, f := range order { // with all stages known that plans may cover
		f.root = root
		f.functions()
		f.plans()
		root, notes = f.root, append(notes, f.note()...)
	}
	return root, notes
}

// document is the document of an API in a file: the one of logicalID, else that of
// an API called name, else the only one.
func (r *reading) document(logicalID, name string) (*openapi.Document, error) {
	if r.err != nil {
		return nil, r.err
	}
	var ids []string
	for _, d := range r.Documents {
		if d.LogicalID == logicalID || logicalID == "" && d.LogicalID == name {
			return d, nil
		}
		ids = append(ids, d.LogicalID)
	}
	if logicalID == "" && len(r.Documents) == 1 {
		return r.Documents[0], nil
	}
	if r.Template == nil {
		return nil, &source.Error{Msg: fmt.Sprintf("there is no API %q in it: it is no template", logicalID)}
	}
	e := &source.Error{Msg: "the template has the APIs " + strings.Join(ids, " and "), Hint: "name one: " + path.Base(r.Template.Name) + "#" + ids[0]}
	if logicalID != "" {
		e.Msg = fmt.Sprintf("the template has no API %q", logicalID)
		if near := source.Nearest(logicalID, ids); near != "" {
			e.Hint = fmt.Sprintf("did you mean %q?", near)
		}
	}
	return nil, e
}

// apisOf are the names that the config gives to the APIs of a template, by their
// logical IDs.
func (r *documentReader) apisOf(root *source.Node, f *openapi.File, name string) map[string]string {
	apis := map[string]string{}
	for _, m := range members(root.Get("apis")) {
		file, logicalID := r.split(textOf(m.Value.Get("document")))
		if file != name {
			continue
		}
		if d, err := (&reading{File: f}).document(logicalID, m.Key); err == nil {
			apis[d.LogicalID] = m.Key
		}
	}
	return apis
}

// configOf is the tree of a rehearse.yaml for a template that has no other: its
// APIs, each with the stage given, or with its own.
func (r *documentReader) configOf(f *openapi.File, name, stage string) *source.Node {
	var apis []source.Member
	for _, d := range f.Documents {
		document := name
		if len(f.Documents) > 1 {
			document += "#" + d.LogicalID
		}
		pos := d.Root.Pos
		if res := f.Template.Resource(d.LogicalID); res != nil {
			pos = res.Pos
		}
		api := []source.Member{{Key: "document", Pos: pos, Value: word(document, pos)}}
		if stage != "" {
			api = append(api, source.Member{Key: "stages", Pos: pos, Value: mappingOf(pos, source.Member{Key: stage, Pos: pos, Value: mappingOf(pos)})})
		}
		apis = append(apis, source.Member{Key: d.LogicalID, Pos: pos, Value: mappingOf(pos, api...)})
	}
	pos := f.Documents[0].Root.Pos
	return mappingOf(pos, source.Member{Key: "apis", Pos: pos, Value: mappingOf(pos, apis...)})
}

// A filler takes what is in one template.
type filler struct {
	root     *source.Node // of rehearse.yaml
	template *iac.Template
	dir      string            // of the template, from rehearse.yaml
	apis     map[string]string // by logical ID: the name in rehearse.yaml
	files    fileSystem

	stages []string // what was filled in, for people
	taken  []string
	left   []*source.Error
}

func (f *filler) note() []*source.Error {
	var notes []*source.Error
	pos := source.Pos{File: f.template.Name}
	if f.stages != nil {
		f.taken = append([]string{counted("stage", f.stages)}, f.taken...)
	}
	if f.taken != nil {
		notes = append(notes, &source.Error{Pos: pos, Msg: "from the template: " + strings.Join(f.taken, ", ")})
	}
	return append(notes, f.left...)
}

// leave notes something of the template that is left out.
func (f *filler) leave(pos source.Pos, hint, format string, args ...any) {
	f.left = append(f.left, &source.Error{Pos: pos, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// Makers of nodes.

func word(text string, pos source.Pos) *source.Node {
	return &source.Node{Kind: source.String, Value: text, Pos: pos}
}

func mappingOf(pos source.Pos, members ...source.Member) *source.Node {
	return &source.Node{Kind: source.Object, Pos: pos, Members: members}
}

// withMember is n with a member set.
func withMember(n *source.Node, key string, pos source.Pos, value *source.Node) *source.Node {
	c := source.Node{Kind: source.Object, Pos: pos}
	if n != nil && n.Kind == source.Object {
		c = *n
	}
	c.Members = slices.DeleteFunc(slices.Clone(c.Members), func(m source.Member) bool { return m.Key == key })
	c.Members = append(c.Members, source.Member{Key: key, Pos: pos, Value: value})
	return &c
}

// add puts a named thing into a section of rehearse.yaml, unless one of that name
// is there.
func (f *filler) add(section, name string, pos source.Pos, value *source.Node) bool {
	at := f.root.Get(section)
	if at != nil && (at.Kind != source.Object || at.Get(name) != nil) {
		return false
	}
	f.root = withMember(f.root, section, pos, withMember(at, name, pos, value))
	return true
}

// typed is a value as the kind its shape wants: templates write many numbers and
// booleans as texts.
func typed(n *source.Node, k kind) *source.Node {
	c := *n
	switch k {
	case whole, number:
		if _, err := strconv.ParseFloat(n.Value, 64); err == nil {
			c.Kind = source.Number
		}
	case flag:
		if v, err := strconv.ParseBool(n.Value); err == nil {
			c.Kind, c.Value = source.Bool, strconv.FormatBool(v)
		}
	case text:
		if c.Kind != source.Object && c.Kind != source.Array {
			c.Kind = source.String
		}
	}
	return &c
}

// renamed is an object of a template in rehearse.yaml's words: CloudFormation's
// names begin with a capital, and those that s doesn't know are left out.
func renamed(n *source.Node, s *shape) *source.Node {
	if n == nil || n.Kind != source.Object {
		return n
	}
	out := mappingOf(n.Pos)
	for _, m := range n.Members {
		field := s.field(strings.ToLower(m.Key[:min(1, len(m.Key))]) + m.Key[min(1, len(m.Key)):])
		if field == nil || m.Value.Kind == source.Null {
			continue
		}
		value := m.Value
		switch {
		case field.shape.kind == object:
			value = renamed(value, field.shape)
		case field.shape.kind == mapping:
			value = spelledOut(value)
		default:
			value = typed(value, field.shape.kind)
		}
		out.Members = append(out.Members, source.Member{Key: field.name, Pos: m.Pos, Value: value})
	}
	return out
}

// spelledOut is a mapping of texts.
func spelledOut(n *source.Node) *source.Node {
	if n.Kind != source.Object {
		return n
	}
	c := *n
	c.Members = slices.Clone(n.Members)
	for i := range c.Members {
		c.Members[i].Value = typed(c.Members[i].Value, text)
	}
	return &c
}

// stagesOf gives an API without stages those of the template.
func (f *filler) stagesOf(api, logicalID string) {
	apis := f.root.Get("apis")
	own := apis.Get(api)
	if own == nil || own.Get("stages") != nil {
		return
	}
	stages := mappingOf(own.Pos)
	var names []string
	add := func(name string, pos source.Pos, settings *source.Node) {
		if name == "" || stages.Get(name) != nil {
			return
		}
		stages.Members = append(stages.Members, source.Member{Key: name, Pos: pos, Value: f.stage(settings)})
		names = append(names, name)
	}
	for _, res := range f.template.Resources {
		p := f.template.Properties(res)
		switch res.Type {
		case "AWS::Serverless::Api":
			if res.LogicalID == logicalID {
				add(textOf(p.Get("StageName")), res.Pos, p)
			}
		case "AWS::ApiGateway::Stage":
			if f.template.Target(res, "RestApiId") == logicalID {
				add(textOf(p.Get("StageName")), res.Pos, p)
			}
		case "AWS::ApiGateway::Deployment":
			if f.template.Target(res, "RestApiId") == logicalID {
				settings := p.Get("StageDescription")
				if settings == nil || settings.Kind != source.Object {
					settings = mappingOf(res.Pos)
				}
				add(textOf(p.Get("StageName")), res.Pos, settings)
			}
		}
	}
	if names == nil {
		return
	}
	for _, name := range names {
		if !slices.Contains(f.stages, name) { // of another API
			f.stages = append(f.stages, name)
		}
	}
	f.root = withMember(f.root, "apis", apis.Pos, withMemberInPlace(apis, api, withMember(own, "stages", stages.Members[0].Pos, stages)))
}

// withMemberInPlace is n with another value for a member that it has.
func withMemberInPlace(n *source.Node, key string, value *source.Node) *source.Node {
	c := *n
	c.Members = slices.Clone(n.Members)
	for i := range c.Members {
		if c.Members[i].Key == key {
			c.Members[i].Value = value
		}
	}
	return &c
}

func counted(noun string, names []string) string {
	if len(names) > 1 {
		noun += "s"
	}
	return noun + " " + listed(names)
}

// listed are the first of many names.
func listed(names []string) string {
	const most = 8
	text := strings.Join(names[:min(len(names), most)], ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// stage is a stage's settings in rehearse.yaml's words.
func (f *filler) stage(p *source.Node) *source.Node {
	settings := p.Get("MethodSettings")
	canary := p.Get("CanarySetting")
	n := renamed(&source.Node{Kind: source.Object, Pos: p.Pos, Members: slices.DeleteFunc(slices.Clone(p.Members), func(m source.Member) bool {
		return m.Key == "MethodSettings" || m.Key == "CanarySetting" || m.Key == "Description"
	})}, stageShape)
	if settings != nil {
		methods := mappingOf(settings.Pos)
		for _, item := range items(settings) {
			key := methodKey(textOf(item.Get("ResourcePath")), textOf(item.Get("HttpMethod")))
			if rule := stageShape.field("methodSettings").shape.names; !rule.fits(key) {
				f.leave(item.Pos, rule.want, "method settings of the template are left out: %s", key)
				continue
			}
			methods.Members = append(methods.Members, source.Member{Key: key, Pos: item.Pos, Value: renamed(item, methodSetting)})
		}
		n = withMember(n, "methodSettings", settings.Pos, methods)
	}
	if canary != nil {
		n = withMember(n, "canarySettings", canary.Pos, renamed(canary, stageShape.field("canarySettings").shape))
	}
	return n
}

// methodKey is the key of a method's settings: the path's slashes are written ~1
// behind the first (AWS docs: AWS::ApiGateway::Stage, MethodSetting).
func methodKey(resourcePath, method string) string {
	p := strings.ReplaceAll(resourcePath, "~1", "/")
	if p == "/*" || p == "*" {
		if method == "*" {
			return "*/*"
		}
		p = "*"
	}
	p = "/" + strings.TrimLeft(p, "/")
	return p + "/" + method
}

// plans takes the usage plans and their keys, unless rehearse.yaml has plans of its
// own.
func (f *filler) plans() {
	own := f.root.Get("usagePlans") != nil
	names := map[string]string{} // of keys, by logical ID
	var keys, plans []string
	for _, res := range f.template.Resources {
		if res.Type != "AWS::ApiGateway::ApiKey" {
			continue
		}
		name := f.nameOf(res, "Name")
		names[res.LogicalID] = name
		if f.add("apiKeys", name, res.Pos, f.key(res)) {
			keys = append(keys, name)
		}
	}
	members := map[string][]*source.Node{} // of plans, by logical ID
	for _, res := range f.template.Resources {
		if res.Type == "AWS::ApiGateway::UsagePlanKey" {
			plan, key := f.template.Target(res, "UsagePlanId"), f.template.Target(res, "KeyId")
			if names[key] != "" {
				members[plan] = append(members[plan], word(names[key], res.Pos))
			}
		}
	}
	for _, res := range f.template.Resources {
		if own {
			break
		}
		name, plan := "", (*source.Node)(nil)
		switch res.Type {
		case "AWS::ApiGateway::UsagePlan":
			name, plan = f.nameOf(res, "UsagePlanName"), f.plan(res)
			if m := members[res.LogicalID]; m != nil {
				plan = withMember(plan, "keys", m[0].Pos, &source.Node{Kind: source.Array, Pos: m[0].Pos, Items: m})
			}
		default:
			continue
		}
		if f.add("usagePlans", name, res.Pos, plan) {
			plans = append(plans, name)
		}
	}
	if !own {
		for _, p := range f.samPlans() {
			if f.add("apiKeys", p.key, p.pos, mappingOf(p.pos)) {
				keys = append(keys, p.key)
			}
			plan := withMember(p.limits, "keys", p.pos, &source.Node{Kind: source.Array, Pos: p.pos, Items: []*source.Node{word(p.key, p.pos)}})
			plan = withMember(plan, "apiStages", p.pos, p.stages)
			if f.add("usagePlans", p.name, p.pos, plan) {
				plans = append(plans, p.name)
			}
		}
	}
	if plans != nil {
		f.taken = append(f.taken, counted("usage plan", plans))
	}
	if keys != nil {
		f.taken = append(f.taken, counted("API key", keys))
	}
}

// nameOf is what a resource is called: its name if it has one, else its logical ID.
func (f *filler) nameOf(res *iac.Resource, property string) string {
	if name := textOf(f.template.Properties(res).Get(property)); name != "" {
		return name
	}
	return res.LogicalID
}

// key is an API key. One that doesn't say so is not enabled (AWS API:
// CreateApiKey).
func (f *filler) key(res *iac.Resource) *source.Node {
	p := f.template.Properties(res)
	enabled := p.Get("Enabled")
	if enabled == nil {
		enabled = &source.Node{Kind: source.Bool, Value: "false", Pos: res.Pos}
	}
	n := mappingOf(res.Pos, source.Member{Key: "enabled", Pos: enabled.Pos, Value: typed(enabled, flag)})
	// A value that only the deployment knows is too short for a key.
	if v := p.Get("Value"); v != nil && keyValueRule.fits(textOf(v)) {
		n = withMember(n, "value", v.Pos, v)
	}
	return n
}

// plan is a usage plan, but for its keys.
func (f *filler) plan(res *iac.Resource) *source.Node {
	p := f.template.Properties(res)
	n := f.limits(p, res.Pos)
	stages := &source.Node{Kind: source.Array, Pos: res.Pos}
	targets := f.template.Targets(res, "ApiStages", "ApiId")
	for i, item := range items(p.Get("ApiStages")) {
		if i >= len(targets) {
			break
		}
		if s := f.planStage(f.nameOf(res, "UsagePlanName"), targets[i], textOf(item.Get("Stage")), item); s != nil {
			stages.Items = append(stages.Items, s)
		}
	}
	return withMember(n, "apiStages", stages.Pos, stages)
}

// limits are throttle and quota of a plan.
func (f *filler) limits(p *source.Node, pos source.Pos) *source.Node {
	n := mappingOf(pos)
	for _, limit := range []struct{ name, key string }{{"Throttle", "throttle"}, {"Quota", "quota"}} {
		v, s := p.Get(limit.name), usagePlanShape.field(limit.key).shape
		if v == nil {
			continue
		}
		value := renamed(v, s)
		if i := slices.IndexFunc(s.fields, func(field field) bool { return field.required && value.Get(field.name) == nil }); i >= 0 {
			f.leave(v.Pos, "", "%s of the template is left out: it doesn't say %s", limit.name, s.fields[i].name)
			continue
		}
		n = withMember(n, limit.key, v.Pos, value)
	}
	return n
}

// planStage is a stage that a plan covers; nil if it isn't one of this project.
func (f *filler) planStage(plan, logicalID, stage string, item *source.Node) *source.Node {
	api := f.apis[logicalID]
	if api == "" {
		return nil
	}
	if f.root.Get("apis").Get(api).Get("stages").Get(stage) == nil {
		f.leave(item.Pos, "name one of its stages", "the usage plan %s covers no stage of %s: it has no stage %q", plan, api, stage)
		return nil
	}
	n := mappingOf(item.Pos,
		source.Member{Key: "api", Pos: item.Pos, Value: word(api, item.Pos)},
		source.Member{Key: "stage", Pos: item.Pos, Value: word(stage, item.Pos)})
	limits := mappingOf(item.Pos)
	for _, m := range members(item.Get("Throttle")) {
		limits.Members = append(limits.Members, source.Member{Key: m.Key, Pos: m.Pos, Value: renamed(m.Value, throttle)})
	}
	if limits.Members == nil {
		return n
	}
	return withMember(n, "throttle", item.Pos, limits)
}

// A samPlan is a usage plan that SAM makes, with its one key.
type samPlan struct {
	name, key      string
	limits, stages *source.Node
	pos            source.Pos
}

// samPlans are the usage plans that SAM makes for APIs: one for each, or one that
// they share, of which the last API says the limits (AWS docs: ApiUsagePlan;
// Generated CloudFormation resources for AWS SAM).
func (f *filler) samPlans() []*samPlan {
	var plans []*samPlan
	var shared *samPlan
	for _, res := range f.template.Resources {
		if res.Type != "AWS::Serverless::Api" {
			continue
		}
		p := f.template.Properties(res)
		said := p.Get("Auth").Get("UsagePlan")
		var plan *samPlan
		switch textOf(said.Get("CreateUsagePlan")) {
		case "PER_API":
			plan = &samPlan{name: res.LogicalID + "UsagePlan", key: res.LogicalID + "ApiKey"}
			plans = append(plans, plan)
		case "SHARED":
			if shared == nil {
				shared = &samPlan{name: "ServerlessUsagePlan", key: "ServerlessApiKey"}
				plans = append(plans, shared)
			}
			plan = shared
		default:
			continue
		}
		if name := textOf(said.Get("UsagePlanName")); name != "" {
			plan.name = name
		}
		if plan.stages == nil {
			plan.pos, plan.stages = said.Pos, &source.Node{Kind: source.Array, Pos: said.Pos}
		}
		plan.limits = f.limits(said, said.Pos)
		if s := f.planStage(plan.name, res.LogicalID, textOf(p.Get("StageName")), mappingOf(said.Pos)); s != nil {
			plan.stages.Items = append(plan.stages.Items, s)
		}
	}
	return plans
}
