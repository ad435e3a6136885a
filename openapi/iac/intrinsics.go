package iac

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// tags are the short forms of the intrinsic functions (AWS docs: Intrinsic
// function reference).
var tags = map[string]string{
	"!Ref": "Ref", "!GetAtt": "Fn::GetAtt", "!Sub": "Fn::Sub", "!Join": "Fn::Join", "!Select": "Fn::Select",
	"!Split": "Fn::Split", "!If": "Fn::If", "!FindInMap": "Fn::FindInMap", "!ImportValue": "Fn::ImportValue",
	"!Base64": "Fn::Base64", "!GetAZs": "Fn::GetAZs", "!Transform": "Fn::Transform", "!Cidr": "Fn::Cidr",
	"!Length": "Fn::Length", "!ToJsonString": "Fn::ToJsonString",
	"!Equals": "Fn::Equals", "!And": "Fn::And", "!Or": "Fn::Or", "!Not": "Fn::Not", "!Condition": "Condition",
}

// intrinsic is the intrinsic function that n is, in its long form, and its
// argument; empty if n is none.
func intrinsic(n *source.Node) (name string, arg *source.Node) {
	if n.Tag != "" {
		if name := tags[n.Tag]; name != "" {
			c := *n
			c.Tag = ""
			return name, &c
		}
		return "", nil
	}
	if n.Kind != source.Object || len(n.Members) != 1 {
		return "", nil
	}
	m := n.Members[0]
	if strings.HasPrefix(m.Key, "Fn::") && !isLoop(m) || m.Key == "Ref" && m.Value.Kind == source.String {
		return m.Key, m.Value
	}
	return "", nil
}

// maxGrowth is how many bytes filled texts may have in all: Fn::Sub in Fn::Sub may
// double a text at each level. A text counts for callCost bytes more than it has,
// since one of nothing takes its time, too.
const (
	maxGrowth = 32 << 20
	callCost  = 64
	fileCost  = 4096 // of a file that is included
)

// A resolver replaces intrinsic functions by what they stand for.
type resolver struct {
	*Settings
	*Resolution
	template *Template    // nil: an OpenAPI document that stands alone
	document *source.Node // that is being resolved, as it is written
	growth   int
	decided  map[string]bool     // conditions that were worked out
	deciding map[string]bool     // those being worked out
	includes []string            // the files that are being included, outermost first
	texts    map[property]string // of properties that references ask for
}

// A property is one of a resource.
type property struct {
	resource *Resource
	name     string
}

// ResolveDocument replaces the intrinsic functions of an OpenAPI document that
// stands alone: what they name is not there to look at. The root comes back as it
// is if there are none.
func ResolveDocument(root *source.Node, s Settings) (*source.Node, *Resolution) {
	r := &resolver{Settings: &s, Resolution: &Resolution{}, document: root}
	n := r.node(root, spot{})
	if n == nil {
		n = root
	}
	return n, r.Resolution
}

// inert are keys of an OpenAPI document below which stand data and no
// instructions: an example may well be an object with a Ref. The default of
// responses is no such value.
var inert = map[string]bool{"example": true, "examples": true, "default": true, "enum": true}

// node is n with all intrinsic functions in it resolved: n itself where there are
// none, nil for AWS::NoValue.
func (r *resolver) node(n *source.Node, at spot) *source.Node {
	if name, arg := intrinsic(n); name != "" && !r.plain(name, arg) {
		return r.call(n, name, arg, at)
	}
	switch n.Kind {
	case source.String:
		if r.template != nil && strings.Contains(n.Value, "{{resolve:") {
			return r.dynamic(n, at)
		}
	case source.Array:
		return n.WithItems(func(item *source.Node) *source.Node { return r.node(item, at) })
	case source.Object:
		return r.members(n, at)
	}
	return n
}

// plain reports whether something that looks like a function is left as it is. A
// Fn::Sub with nothing to fill in a document that stands alone says nothing of how
// it is deployed, and AWS refuses it where it wants a text (case
// integration-uri-object-malformed).
func (r *resolver) plain(name string, arg *source.Node) bool {
	return r.template == nil && name == "Fn::Sub" && arg.Kind == source.String && !strings.Contains(arg.Value, "${")
}

func (r *resolver) members(n *source.Node, at spot) *source.Node {
	if t := n.Get("Fn::Transform"); t != nil {
		return r.includeBeside(n, t, at)
	}
	if rest := r.withoutLoops(n); len(rest.Members) < len(n.Members) {
		if n = rest; len(n.Members) == 0 && at.key == "paths" && r.template != nil {
			r.template.lost = true // no fault is found with paths that nobody knows
			return nil
		}
	}
	return n.WithMembers(func(m source.Member) source.Member {
		m.Value = r.member(n, m, at)
		return m
	})
}

// isLoop reports whether a member stands for many (AWS docs: Fn::ForEach).
func isLoop(m source.Member) bool { return strings.HasPrefix(m.Key, "Fn::ForEach::") }

// withoutLoops is n without members that stand for many.
func (r *resolver) withoutLoops(n *source.Node) *source.Node {
	if !slices.ContainsFunc(n.Members, isLoop) {
		return n
	}
	c := *n
	c.Members = nil
	for _, m := range n.Members {
		if isLoop(m) {
			r.problem(Unsupported, m.Pos, "write what it makes", "rehearse makes nothing of %s", m.Key)
			continue
		}
		c.Members = append(c.Members, m)
	}
	return &c
}

// member is the value of a member of n, which stands at a spot itself.
func (r *resolver) member(n *source.Node, m source.Member, at spot) *source.Node {
	if r.template == nil && inert[m.Key] && at.key != "responses" {
		return m.Value
	}
	return r.node(m.Value, at.member(n, m, r))
}

// call is the value of an intrinsic function.
func (r *resolver) call(n *source.Node, name string, arg *source.Node, at spot) *source.Node {
	switch name {
	case "Ref":
		return r.ref(n, arg, at)
	case "Fn::GetAtt":
		return r.getAtt(n, arg, at)
	case "Fn::Sub":
		return r.sub(n, arg, at)
	case "Fn::Join":
		return r.join(n, arg, at)
	case "Fn::If":
		return r.choose(n, arg, at)
	case "Fn::Select":
		return r.pick(n, arg, at)
	case "Fn::Split":
		return r.split(n, arg)
	case "Fn::FindInMap":
		return r.findInMap(n, arg, at)
	case "Fn::ImportValue":
		return r.importValue(n, arg, at)
	case "Fn::Base64":
		if t, ok := r.text(arg, spot{}); ok {
			return textNode(base64.StdEncoding.EncodeToString([]byte(t.Text)), n.Pos)
		}
		return r.malformed(n, name, "a text")
	case "Fn::GetAZs":
		c := &source.Node{Kind: source.Array, Pos: n.Pos}
		for _, zone := range []string{"a", "b", "c"} {
			c.Items = append(c.Items, textNode(r.Region+zone, n.Pos))
		}
		r.note(name, r.Region+"a, …", madeUp)
		return c
	case "Fn::Length":
		if list := r.node(arg, at); list != nil && list.Kind == source.Array {
			return &source.Node{Kind: source.Number, Value: strconv.Itoa(len(list.Items)), Pos: n.Pos}
		}
		return r.malformed(n, name, "a list")
	case "Fn::ToJsonString":
		if v := r.node(arg, at); v != nil {
			return textNode(jsonText(v), n.Pos)
		}
		return textNode("{}", n.Pos)
	case "Fn::Transform":
		return r.include(n, arg, at)
	case "Condition", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
		r.problem(Refused, n.Pos, "it belongs in Conditions; Fn::If chooses by one", "%s stands where CloudFormation wants a value", name)
		return n
	}
	r.problem(Unsupported, n.Pos, "write what it stands for", "rehearse doesn't resolve %s", name)
	return n
}

func textNode(text string, pos source.Pos) *source.Node {
	return &source.Node{Kind: source.String, Value: text, Pos: pos}
}

// malformed says that a function's argument isn't what CloudFormation wants (AWS
// docs: Intrinsic function reference).
func (r *resolver) malformed(n *source.Node, name, want string) *source.Node {
	r.problem(Refused, n.Pos, "", "%s wants %s", name, want)
	return n
}

// text is the text that n stands for.
func (r *resolver) text(n *source.Node, at spot) (source.Text, bool) {
	v := r.node(n, at)
	if v == nil || v.Kind == source.Array || v.Kind == source.Object || v.Kind == source.Null {
		return source.Text{}, false
	}
	return v.Text(), true
}

func (r *resolver) ref(n, arg *source.Node, at spot) *source.Node {
	name := arg.Value
	if arg.Kind != source.String {
		return r.malformed(n, "Ref", "a name")
	}
	if name == "AWS::NoValue" {
		return nil
	}
	if p := r.template.parameter(name); p != nil && isListType(p.Get("Type").Text().Text) {
		list := &source.Node{Kind: source.Array, Pos: n.Pos}
		for _, item := range strings.Split(r.reference(name, arg.Pos, at), ",") {
			list.Items = append(list.Items, textNode(strings.TrimSpace(item), n.Pos))
		}
		return list
	}
	return textNode(r.reference(name, arg.Pos, at), n.Pos)
}

func isListType(t string) bool {
	return t == "CommaDelimitedList" || strings.HasPrefix(t, "List<") || strings.Contains(t, "Value<List<")
}

func (r *resolver) getAtt(n, arg *source.Node, at spot) *source.Node {
	switch {
	case arg.Kind == source.String && strings.Contains(arg.Value, "."):
		return textNode(r.reference(arg.Value, arg.Pos, at), n.Pos)
	case arg.Kind == source.Array && len(arg.Items) >= 2:
		var parts []string
		for _, item := range arg.Items {
			t, ok := r.text(item, spot{})
			if !ok {
				return r.malformed(n, "Fn::GetAtt", "the name of a resource and of an attribute")
			}
			parts = append(parts, t.Text)
		}
		return textNode(r.reference(strings.Join(parts, "."), arg.Pos, at), n.Pos)
	}
	return r.malformed(n, "Fn::GetAtt", "the name of a resource and of an attribute, as in ItemsFunction.Arn")
}

var subVariable = regexp.MustCompile(`\$\{([^${}]*)\}`)

// sub fills the ${names} of a text. ${!name} stands for ${name} itself (AWS docs:
// Fn::Sub).
func (r *resolver) sub(n, arg *source.Node, at spot) *source.Node {
	text, values := arg, (*source.Node)(nil)
	if arg.Kind == source.Array && len(arg.Items) == 2 && arg.Items[1].Kind == source.Object {
		text, values = arg.Items[0], arg.Items[1]
	}
	if text.Kind != source.String {
		return r.malformed(n, "Fn::Sub", "a text, or a list of a text and an object of values")
	}
	t := text.Text()
	var b source.Builder
	last := 0
	for _, m := range subVariable.FindAllStringSubmatchIndex(t.Text, -1) {
		name, pos := t.Text[m[2]:m[3]], t.At(m[0])
		b.Copy(t, last, m[0])
		last = m[1]
		length := b.Len()
		here := at.behind(b.String())
		here.after = t.Text[last:]
		switch own := values.Get(name); {
		case strings.HasPrefix(name, "!"):
			b.Insert("${"+name[1:]+"}", pos)
		case own != nil:
			value, ok := r.text(own, here)
			if !ok {
				r.problem(Refused, own.Pos, "", "Fn::Sub wants a text for %s", name)
			}
			b.Insert(value.Text, pos)
		case !subName.MatchString(name):
			r.notAName(name, pos)
			b.Copy(t, m[0], m[1])
		default:
			b.Insert(r.reference(name, pos, here), pos)
		}
		if r.tooLong(b.Len()-length, n.Pos) {
			return textNode("too-long", n.Pos)
		}
	}
	b.Copy(t, last, len(t.Text))
	return source.NewString(b.Text(n.Pos), n.Pos)
}

// subName is what CloudFormation takes for a name in Fn::Sub (AWS docs: Fn::Sub;
// its message: variable names in Fn::Sub syntax must contain only alphanumeric
// characters, underscores, periods, and colons).
var subName = regexp.MustCompile(`^[A-Za-z0-9_.:]+$`)

func (r *resolver) notAName(name string, pos source.Pos) {
	hint := "write ${!" + name + "} for what isn't CloudFormation's to fill"
	if trimmed := strings.TrimSpace(name); subName.MatchString(trimmed) {
		hint = "write ${" + trimmed + "}"
	}
	r.problem(Refused, pos, hint, "CloudFormation takes letters, digits, underscores, periods and colons for a name in Fn::Sub, and no ${%s}", name)
}

// behind is the spot behind a text that stands at it.
func (s spot) behind(text string) spot {
	const enough = 512 // for an ARN
	if text = text[max(0, len(text)-enough):]; len(text) < enough {
		text = s.before + text
	}
	s.before = text
	return s
}

// tooLong takes what a text grew by from what all may.
func (r *resolver) tooLong(length int, pos source.Pos) bool {
	if r.growth > maxGrowth {
		return true
	}
	if r.growth += length + callCost; r.growth > maxGrowth {
		r.problem(Refused, pos, "", "what there is to fill in this file comes to more than %d MB", maxGrowth>>20)
		return true
	}
	return false
}

func (r *resolver) join(n, arg *source.Node, at spot) *source.Node {
	const want = "a delimiter and a list of texts"
	if arg.Kind != source.Array || len(arg.Items) != 2 {
		return r.malformed(n, "Fn::Join", want)
	}
	delimiter, ok := r.text(arg.Items[0], spot{})
	list := arg.Items[1]
	if name, _ := intrinsic(list); name != "" {
		list = r.node(list, spot{})
	}
	if !ok || list == nil || list.Kind != source.Array {
		return r.malformed(n, "Fn::Join", want)
	}
	var b source.Builder
	some := false
	for i, item := range list.Items {
		length := b.Len()
		before := at.behind(b.String())
		if some {
			before = before.behind(delimiter.Text)
		}
		if i+1 < len(list.Items) {
			before.after = delimiter.Text + list.Items[i+1].Text().Text
		}
		v := r.node(item, before)
		if v == nil {
			continue // AWS::NoValue
		}
		if v.Kind == source.Array || v.Kind == source.Object {
			return r.malformed(n, "Fn::Join", want)
		}
		if some {
			b.Insert(delimiter.Text, v.Pos)
		}
		some = true
		b.Append(v.Text())
		if r.tooLong(b.Len()-length, n.Pos) {
			return textNode("too-long", n.Pos)
		}
	}
	return source.NewString(b.Text(n.Pos), n.Pos)
}

func (r *resolver) choose(n, arg *source.Node, at spot) *source.Node {
	if arg.Kind != source.Array || len(arg.Items) != 3 || arg.Items[0].Kind != source.String {
		return r.malformed(n, "Fn::If", "a condition and two values")
	}
	if r.holds(arg.Items[0].Value, arg.Items[0].Pos) {
		return r.node(arg.Items[1], at)
	}
	return r.node(arg.Items[2], at)
}

func (r *resolver) pick(n, arg *source.Node, at spot) *source.Node {
	const want = "an index and a list"
	if arg.Kind != source.Array || len(arg.Items) != 2 {
		return r.malformed(n, "Fn::Select", want)
	}
	index, ok := r.text(arg.Items[0], spot{})
	list := r.node(arg.Items[1], at)
	i, err := strconv.Atoi(index.Text)
	if !ok || err != nil || list == nil || list.Kind != source.Array {
		return r.malformed(n, "Fn::Select", want)
	}
	if i < 0 || i >= len(list.Items) {
		if r.guessed(arg.Items[1]) {
			return textNode(r.standIn("Fn::Select", at), n.Pos)
		}
		r.problem(Refused, n.Pos, "", "Fn::Select wants item %d of a list of %d", i, len(list.Items))
		return n
	}
	return list.Items[i]
}

// guessed reports whether a list is made of something that was made up, whose
// parts nobody knows.
func (r *resolver) guessed(n *source.Node) bool {
	name, arg := intrinsic(n)
	if name != "Fn::Split" || arg.Kind != source.Array || len(arg.Items) != 2 {
		return false
	}
	inner, _ := intrinsic(arg.Items[1])
	return inner != ""
}

func (r *resolver) split(n, arg *source.Node) *source.Node {
	const want = "a delimiter and a text"
	if arg.Kind != source.Array || len(arg.Items) != 2 {
		return r.malformed(n, "Fn::Split", want)
	}
	delimiter, ok1 := r.text(arg.Items[0], spot{})
	text, ok2 := r.text(arg.Items[1], spot{})
	if !ok1 || !ok2 || delimiter.Text == "" {
		return r.malformed(n, "Fn::Split", want)
	}
	list := &source.Node{Kind: source.Array, Pos: n.Pos}
	for part := range strings.SplitSeq(text.Text, delimiter.Text) {
		list.Items = append(list.Items, textNode(part, n.Pos))
	}
	return list
}

func (r *resolver) findInMap(n, arg *source.Node, at spot) *source.Node {
	if arg.Kind != source.Array || len(arg.Items) < 3 {
		return r.malformed(n, "Fn::FindInMap", "the name of a mapping and two keys")
	}
	var keys []string
	for _, item := range arg.Items[:3] {
		t, ok := r.text(item, spot{})
		if !ok {
			return r.malformed(n, "Fn::FindInMap", "texts")
		}
		keys = append(keys, t.Text)
	}
	name := "Fn::FindInMap " + strings.Join(keys, ".")
	if r.template == nil {
		return textNode(r.madeUp(name, keys[2], at), n.Pos)
	}
	found := r.template.root.Get("Mappings")
	for i, key := range keys {
		next := found.Get(key)
		if next != nil {
			found = next
			continue
		}
		if len(arg.Items) == 4 { // AWS docs: Fn::FindInMap enhancements
			return r.node(arg.Items[3].Get("DefaultValue"), at)
		}
		what := "mapping"
		if i > 0 {
			what = "key in the mapping " + keys[0]
		}
		r.problem(Refused, n.Pos, near(key, keysOf(found), ""), "Fn::FindInMap: there is no %s called %s", what, key)
		return textNode(r.standIn(keys[2], at), n.Pos)
	}
	r.note(name, found.Value, known)
	return found
}

func (r *resolver) importValue(n, arg *source.Node, at spot) *source.Node {
	name, ok := r.text(arg, spot{})
	if !ok {
		return r.malformed(n, "Fn::ImportValue", "the name of an export")
	}
	return textNode(r.madeUp(name.Text, name.Text, at), n.Pos)
}

// madeUp is what the user set for a name, else what stands in for it.
func (r *resolver) madeUp(name, meaning string, at spot) string {
	if value, ok := r.Substitutions[name]; ok {
		r.note(name, value, set)
		return value
	}
	value := r.standIn(meaning, at)
	if at.isTemplate() && at.whole() {
		r.problem(Unsupported, at.parent.Get(at.key).Pos, "set it in rehearse.yaml: substitutions: {"+yamlKey(name)+": …}",
			"the mapping template %s is not known here: a plain one stands in", name)
		r.note(name, "a plain mapping template", madeUp)
		return value
	}
	r.note(name, value, madeUp)
	return value
}

var dynamicReference = regexp.MustCompile(`\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]*)\}\}`)

// dynamic fills the dynamic references of a text, {{resolve:ssm:/items/url}}.
func (r *resolver) dynamic(n *source.Node, at spot) *source.Node {
	t := n.Text()
	var b source.Builder
	last := 0
	for _, m := range dynamicReference.FindAllStringSubmatchIndex(t.Text, -1) {
		b.Copy(t, last, m[0])
		name := t.Text[m[4]:m[5]]
		b.Insert(r.madeUp(name, name[strings.LastIndexAny(name, "/:")+1:], at.behind(b.String())), t.At(m[0]))
		last = m[1]
	}
	b.Copy(t, last, len(t.Text))
	return source.NewString(b.Text(n.Pos), n.Pos)
}

// pseudo are the pseudo parameters (AWS docs: Pseudo parameters reference).
func (r *resolver) pseudo(name string) (string, bool) {
	switch name {
	case "AWS::Region":
		return r.Region, true
	case "AWS::AccountId":
		return r.AccountID, true
	case "AWS::Partition":
		return r.partition(), true
	case "AWS::URLSuffix":
		return r.urlSuffix(), true
	case "AWS::StackName":
		return "stack", true
	case "AWS::StackId":
		return "arn:" + r.partition() + ":cloudformation:" + r.Region + ":" + r.AccountID + ":stack/stack/00000000-0000-0000-0000-000000000000", true
	case "AWS::NotificationARNs":
		return r.arn("sns", r.Region, "notifications"), true
	}
	return "", false
}

// reference is what Ref of a name or, with a dot in it, Fn::GetAtt stands for.
func (r *resolver) reference(name string, pos source.Pos, at spot) string {
	if value, ok := r.Substitutions[name]; ok {
		r.note(name, value, set)
		return value
	}
	if value, ok := r.pseudo(name); ok {
		r.note(name, value, known)
		return value
	}
	id, attribute, _ := strings.Cut(name, ".")
	if gatewayNames[id] && attribute != "" && (r.template == nil || r.template.byID[id] == nil) {
		// AWS docs: Fn::Sub takes a name with a dot for an attribute of a resource.
		r.problem(Refused, pos, "write ${!"+name+"}", "CloudFormation takes ${%s} in Fn::Sub for an attribute of a resource called %s", name, id)
		return "${" + name + "}"
	}
	if r.template != nil {
		return r.template.reference(r, name, pos, at)
	}
	if attribute == "" {
		return r.madeUp(name, name, at)
	}
	if value, ok := r.samAttribute(id, attribute); ok {
		r.note(name, value, known)
		return value
	}
	value := r.attributeStandIn(id, attribute, at)
	from := known
	if functionARN.FindString(value) == "" {
		from = madeUp
	}
	r.note(name, value, from)
	return value
}

// gatewayNames are names that are API Gateway's to fill, in uris and templates.
var gatewayNames = map[string]bool{"stageVariables": true, "context": true, "input": true, "util": true}

// attributeStandIn is an attribute of a resource that is not there to look at.
func (r *resolver) attributeStandIn(id, attribute string, at spot) string {
	if attribute != "Arn" {
		return r.standIn(id+"."+attribute, at)
	}
	if _, ok := r.inARN(id, at.before); ok || strings.HasSuffix(at.before, "/functions/") {
		return r.functionARN(id)
	}
	// standIn reads from the end of a name what is meant.
	return r.standIn(id+"Arn", at)
}

// holds reports whether a condition of the template is true.
func (r *resolver) holds(name string, pos source.Pos) bool {
	if value, ok := r.Substitutions[name]; ok && (value == "true" || value == "false") {
		r.note(name, value, set)
		return value == "true"
	}
	if r.template == nil {
		r.note(name, "true", madeUp)
		return true
	}
	conditions := r.template.root.Get("Conditions")
	c := conditions.Get(name)
	if c == nil {
		r.problem(Refused, pos, near(name, keysOf(conditions), "declare it in Conditions"), "there is no condition %s", name)
		return true
	}
	if r.deciding[name] {
		r.problem(Refused, pos, "", "the condition %s depends on itself", name)
		return true
	}
	if value, ok := r.decided[name]; ok {
		return value
	}
	if r.deciding == nil {
		r.deciding, r.decided = map[string]bool{}, map[string]bool{}
	}
	r.deciding[name] = true
	value := r.truth(c)
	delete(r.deciding, name)
	r.decided[name] = value
	return value
}

// truth is the value of a condition function.
func (r *resolver) truth(n *source.Node) bool {
	name, arg := intrinsic(n)
	if name == "" && n.Kind == source.Object && len(n.Members) == 1 && n.Members[0].Key == "Condition" {
		name, arg = "Condition", n.Members[0].Value
	}
	items := func() []*source.Node {
		if arg.Kind == source.Array {
			return arg.Items
		}
		return nil
	}
	switch name {
	case "Condition":
		return r.holds(arg.Value, arg.Pos)
	case "Fn::Equals":
		if list := items(); len(list) == 2 {
			a, _ := r.text(list[0], spot{})
			b, _ := r.text(list[1], spot{})
			return a.Text == b.Text
		}
	case "Fn::And":
		for _, each := range items() {
			if !r.truth(each) {
				return false
			}
		}
		return true
	case "Fn::Or":
		for _, each := range items() {
			if r.truth(each) {
				return true
			}
		}
		return false
	case "Fn::Not":
		if list := items(); len(list) == 1 {
			return !r.truth(list[0])
		}
	}
	if n.Kind == source.Bool {
		return n.Value == "true"
	}
	r.problem(Refused, n.Pos, "", "a condition wants Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition")
	return true
}

func keysOf(n *source.Node) []string {
	var keys []string
	if n != nil && n.Kind == source.Object {
		for _, m := range n.Members {
			keys = append(keys, m.Key)
		}
	}
	return keys
}
