package iac

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A filler puts values in for the words of the opaque text.
type filler struct {
	t    *terraformFile
	s    *Settings
	res  *Resolution
	file *source.File

	parsed map[string]*expression
	grown  int // bytes of all values

	left  [leftKinds]leftovers
	whole source.Text // the template
}

// A context is where in the document the filler is.
type context struct {
	spot
	templates bool // a value here is a mapping template
}

// leftovers are placeholders that stay as they are.
type leftovers struct {
	first *placeholder
	count int
}

const (
	leftVTL = iota
	leftUnknown
	leftStageVariable
	leftAWS
	leftKinds
)

func (l *leftovers) add(p *placeholder) {
	if l.first == nil || p.from < l.first.from {
		l.first = p
	}
	l.count++
}

// report says what stayed as it is: one problem each for the whole file.
func (w *filler) report() {
	say := func(left int, kind Kind, hint, format string) {
		l := w.left[left]
		if l.first == nil {
			return
		}
		text := "${" + shorten(l.first.expression) + "}"
		msg := fmt.Sprintf(format, text)
		if l.count > 1 {
			msg += fmt.Sprintf(" (and %d more like it)", l.count-1)
		}
		w.res.problem(kind, l.first.pos, fmt.Sprintf(hint, text, l.first.expression), "%s", msg)
	}
	say(leftStageVariable, Regretted, "write $%[1]s", "Terraform takes %s for its own and refuses it; here it is API Gateway's stage variable")
	say(leftAWS, Regretted, "write $%[1]s", "Terraform takes %s for its own and refuses it; here it is what the import fills in")
	say(leftUnknown, Unsupported, "set %[2]s in substitutions; if it is VTL's, write $%[1]s", "Terraform fills %s in a mapping template, and its value is not known here: one is made up")
	say(leftVTL, Regretted, "write $%[1]s if it is VTL's; if it is Terraform's, set %[2]s in substitutions", "Terraform fills %s in a mapping template too; here it is left to VTL")
}

// node is n with its placeholders filled and in its place in the template.
func (w *filler) node(n *source.Node, at context) *source.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case source.String:
		return w.text(n, at)
	case source.Array:
		return w.array(n, at)
	case source.Object:
		return w.object(n, at)
	}
	return w.placed(n)
}

// placed is n, which has nothing to fill, in its place.
func (w *filler) placed(n *source.Node) *source.Node {
	l := &w.t.layout
	if !l.moves() {
		return n
	}
	if n.Kind == source.String {
		t := n.Text()
		moved := source.NewString(source.Text{Text: t.Text, At: func(i int) source.Pos { return l.at(t.At(i)) }}, l.at(n.Pos))
		moved.Tag = n.Tag
		return moved
	}
	c := *n
	c.Pos = l.at(n.Pos)
	return &c
}

func (w *filler) array(n *source.Node, at context) *source.Node {
	out := w.placed(n)
	for i, item := range n.Items {
		filled := w.node(item, at)
		if filled == item {
			continue
		}
		if out == n {
			c := *n
			out = &c
		}
		if &out.Items[0] == &n.Items[0] {
			out.Items = append([]*source.Node(nil), n.Items...)
		}
		out.Items[i] = filled
	}
	return out
}

func (w *filler) object(n *source.Node, at context) *source.Node {
	out := w.placed(n)
	changed := false
	members := n.Members
	for i := range n.Members {
		old := n.Members[i]
		m := w.member(n, old, at)
		if m == old {
			continue
		}
		if !changed {
			changed = true
			members = append([]source.Member(nil), n.Members...)
		}
		members[i] = m
	}
	if !changed {
		return out
	}
	if out == n {
		c := *n
		out = &c
	}
	out.Members = members
	return w.withoutDoubles(n, out)
}

func (w *filler) member(n *source.Node, m source.Member, at context) source.Member {
	inside := context{spot: at.member(n, m, w), templates: at.templates}
	if at.extension && ofTemplates(m.Key) {
		inside.templates = true
	}
	m.Pos = w.t.layout.at(m.Pos)
	m.Key = w.key(n, m, at.spot)
	m.Value = w.node(m.Value, inside)
	return m
}

// key is a key of n, which stands at a spot, with its placeholders filled.
func (w *filler) key(n *source.Node, m source.Member, at spot) string {
	key := strings.TrimPrefix(m.Key, string(w.t.words.bare()))
	if key == m.Key && !strings.ContainsRune(key, w.t.words.open()) {
		return key
	}
	var b strings.Builder
	for {
		p, from, to := w.t.nextWord(key)
		b.WriteString(key[:from])
		if p == nil {
			return b.String()
		}
		key = key[to:]
		here := at.between(tail(b.String()), "")
		here.keyOf = n
		if value, ok := w.value(p, here, key); ok {
			b.WriteString(value)
		} else {
			b.WriteString(w.t.text[p.from:p.to])
		}
	}
}

// withoutDoubles leaves the last of the members that have one key only now that
// the keys are filled, as source.Read does.
func (w *filler) withoutDoubles(n, out *source.Node) *source.Node {
	keysChanged := false
	for i := range out.Members {
		keysChanged = keysChanged || out.Members[i].Key != n.Members[i].Key
	}
	if !keysChanged {
		return out
	}
	index := make(map[string]int, len(out.Members))
	var members []source.Member
	for _, m := range out.Members {
		i, double := index[m.Key]
		if !double {
			index[m.Key] = len(members)
			members = append(members, m)
			continue
		}
		w.file.Duplicates = append(w.file.Duplicates, &source.Error{
			Pos:  m.Pos,
			Msg:  fmt.Sprintf("the key %q stands here a second time, with its placeholders filled", m.Key),
			Hint: fmt.Sprintf("the first one is in line %d; only the last one counts", members[i].Pos.Line),
		})
		members[i] = m
	}
	out.Members = members
	return out
}

// tail is as much of what stands before a placeholder as a stand-in looks at.
func tail(before string) string {
	const most = 400
	return before[max(0, len(before)-most):]
}

// text fills a String.
func (w *filler) text(n *source.Node, at context) *source.Node {
	bare := strings.HasPrefix(n.Value, string(w.t.words.bare()))
	if !bare && !strings.ContainsRune(n.Value, w.t.words.open()) {
		return w.placed(n)
	}
	old := w.placed(n).Text()
	pos := w.t.layout.at(n.Pos)
	next := 0 // of old, what is not yet copied
	if bare {
		next = utf8.RuneLen(w.t.words.bare())
	}
	start := next
	if at.templates && !at.isTemplate() && ofTemplates(at.key) {
		return w.unknownTemplates(old, pos, at)
	}
	var b source.Builder
	plain, alone := bare, false
	var lone string
	for {
		p, from, to := w.t.nextWord(old.Text[next:])
		b.Copy(old, next, next+from)
		if p == nil {
			break
		}
		if next == start {
			plain = plain || isPlain(n, pos, old.Text[start:start+from], p)
			alone = from == 0 && next+to == len(old.Text)
		}
		next += to
		before := tail(b.Text(pos).Text)
		value, ok := "", false
		if at.templates {
			known := true
			if value, ok, known = w.inTemplate(p, at.between(before, old.Text[next:]), old.Text); !known {
				return source.NewString(source.Text{Text: at.stub(), At: func(int) source.Pos { return pos }}, pos)
			}
		} else {
			value, ok = w.value(p, at.between(before, ""), old.Text[next:])
		}
		if !ok {
			w.leave(&b, p)
			continue
		}
		if w.t.json && !bare {
			value = w.inString(value, p)
		}
		b.Insert(value, p.pos)
		lone = value
	}
	text := b.Text(pos)
	if plain && n.Tag == "" {
		if alone && lone == text.Text {
			if tree := treeOf(lone, pos); tree != nil {
				return tree
			}
		}
		if scalar := scalarOf(text.Text, pos); scalar != nil {
			return scalar
		}
	}
	out := source.NewString(text, pos)
	out.Tag = n.Tag
	return out
}

// isPlain reports whether a text is written without quotes and marks: its first
// placeholder, with before in front of it, is as far from its beginning as the
// value of it says.
func isPlain(n *source.Node, pos source.Pos, before string, p *placeholder) bool {
	return n.Tag == "" && pos.Line == p.pos.Line && pos.Col+utf8.RuneCountInString(before) == p.pos.Col
}

// leave puts a placeholder in as the template has it.
func (w *filler) leave(b *source.Builder, p *placeholder) {
	raw := w.t.text[p.from:p.to]
	if w.t.json && strings.Contains(raw, `\`) {
		b.Insert(strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(raw), p.pos)
		return
	}
	if w.whole.At == nil {
		w.whole = source.Plain(w.t.name, w.t.text)
	}
	b.Copy(w.whole, p.from, p.to)
}

// inString is what a value is inside a JSON string, where Terraform puts it as it
// is: escapes in it are read, and a quote ends the string.
func (w *filler) inString(value string, p *placeholder) string {
	if !strings.ContainsFunc(value, func(c rune) bool { return c == '"' || c == '\\' || c < ' ' }) {
		return value
	}
	decoded, err := ordered.ParseString(`"` + value + `"`)
	if text, ok := decoded.(string); ok && err == nil {
		return text
	}
	w.res.problem(Refused, p.pos, "write ${jsonencode("+shorten(oneLine(p.expression))+")}, without quotes around it",
		"the value of ${%s} makes this no JSON: %s", shorten(oneLine(p.expression)), shorten(value))
	return value
}

// treeOf is the list or object that a value is as text; nil if it is none.
func treeOf(value string, pos source.Pos) *source.Node {
	trimmed := strings.TrimSpace(value)
	if !strings.HasPrefix(trimmed, "{") && !strings.HasPrefix(trimmed, "[") && !strings.Contains(trimmed, "\n") {
		return nil
	}
	f, err := source.Read("value.yaml", []byte(value))
	if err != nil || f.Root == nil || f.Root.Kind != source.Array && f.Root.Kind != source.Object {
		return nil
	}
	return allAt(f.Root, pos)
}

// allAt is a tree of which everything stands at one place.
func allAt(n *source.Node, pos source.Pos) *source.Node {
	c := *n
	c.Pos = pos
	switch n.Kind {
	case source.String:
		s := source.NewString(source.Text{Text: n.Value, At: func(int) source.Pos { return pos }}, pos)
		s.Tag = n.Tag
		return s
	case source.Array:
		c.Items = make([]*source.Node, len(n.Items))
		for i, item := range n.Items {
			c.Items[i] = allAt(item, pos)
		}
	case source.Object:
		c.Members = make([]source.Member, len(n.Members))
		for i, m := range n.Members {
			c.Members[i] = source.Member{Key: m.Key, Pos: pos, Value: allAt(m.Value, pos)}
		}
	}
	return &c
}

// scalarOf is what a text without quotes is that is no string: a number, a
// boolean, null, or a string that a value brings the quotes for. Nil if it is just
// a text.
func scalarOf(text string, pos source.Pos) *source.Node {
	const most = 1000 // longer ones are texts
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return &source.Node{Kind: source.Null, Pos: pos}
	case len(text) > most, strings.Contains(trimmed, "\n"), strings.ContainsAny(trimmed[:1], "&*!|>%@`#?-") && !numeric.MatchString(trimmed):
		return nil
	case strings.Contains(trimmed, ": "), strings.HasSuffix(trimmed, ":"):
		return nil
	}
	f, err := source.Read("value.yaml", []byte(trimmed))
	if err != nil || f.Root == nil {
		return nil
	}
	switch n := f.Root; n.Kind {
	case source.Null, source.Bool, source.Number:
		return allAt(n, pos)
	case source.String:
		if trimmed[0] == '"' || trimmed[0] == '\'' {
			return allAt(n, pos)
		}
	}
	return nil
}

var numeric = regexp.MustCompile(`^-?[0-9.]`)

// awsVariable is what the import of a document fills in (AWS docs: AWS variables
// for OpenAPI import). No name of Terraform's has two colons.
var awsVariable = regexp.MustCompile(`^AWS::[A-Za-z]+$`)

// call is a call of one of Terraform's functions; none of VTL's look like it.
var call = regexp.MustCompile(`^[a-z][a-z0-9_]*\(`)

// inTemplate is the value of a placeholder in a mapping template; false, true if it
// stays as it is, as what is VTL's does. Of a template of which a part is not known
// that is no name in quotes, nothing is known.
func (w *filler) inTemplate(p *placeholder, at spot, template string) (value string, ok, known bool) {
	name := oneLine(p.expression)
	if value, ok := w.s.substitution(name); ok {
		w.res.note(name, value, set)
		return value, w.grow(value, p), true
	}
	if call.MatchString(name) {
		w.unsupported(p, "rehearse doesn't run Terraform's functions, and a plain template stands in")
		return "", false, false
	}
	if isOfVTL(name, template) {
		w.left[leftVTL].add(p)
		return "", false, true
	}
	w.left[leftUnknown].add(p)
	if !simpleName.MatchString(name) || at.whole() || !insideQuotes(at.before) && !statusFollows.MatchString(at.before) {
		w.res.note(name, "a plain mapping template", madeUp)
		return "", false, false
	}
	value, ok = w.value(p, at, at.after)
	return value, ok, true
}

var simpleName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// isOfVTL reports whether a name is one that API Gateway gives a mapping template,
// or one that the template sets itself.
func isOfVTL(name, template string) bool {
	first := name
	if i := strings.IndexFunc(name, func(c rune) bool { return c == '.' || c == '[' || c == '(' }); i >= 0 {
		first = name[:i]
	}
	if gatewayNames[first] || first == "foreach" || first == "velocityCount" {
		return true
	}
	for _, m := range setsName.FindAllStringSubmatch(template, -1) {
		if m[1] == first {
			return true
		}
	}
	return false
}

// setsName is a directive of VTL that gives a name a value.
var setsName = regexp.MustCompile(`#\{?(?:set|foreach|define)\}?\s*\(\s*\$!?\{?([A-Za-z_][A-Za-z0-9_-]*)`)

// unknownTemplates are mapping templates of which not even the media types are
// known.
func (w *filler) unknownTemplates(text source.Text, pos source.Pos, at context) *source.Node {
	if p, _, _ := w.t.nextWord(text.Text); p != nil {
		w.unsupported(p, "its mapping templates are not known, and a plain one stands in")
	}
	inner := at.spot
	inner.up, inner.outer = at.key, at.parent
	template := source.NewString(source.Text{Text: inner.stub(), At: func(int) source.Pos { return pos }}, pos)
	return &source.Node{Kind: source.Object, Pos: pos, Members: []source.Member{{Key: "application/json", Pos: pos, Value: template}}}
}

// written is a value as the template has it.
func (w *filler) written(n *source.Node) string { return w.t.inWords(jsonText(n)) }

// resolved says nothing of what it fills: that is said where it stands.
func (w *filler) resolved(n *source.Node, at spot) string {
	quiet := *w
	quiet.res, quiet.file = &Resolution{}, &source.File{}
	text := quiet.node(n, context{spot: at}).Text().Text
	w.grown = quiet.grown
	return text
}

func (w *filler) section(name string) []string { return keysOf(w.file.Root.Get(name)) }

// value is what stands for a placeholder; false if it stays as it is.
func (w *filler) value(p *placeholder, at spot, after string) (string, bool) {
	switch {
	case strings.HasPrefix(p.expression, "stageVariables."):
		w.left[leftStageVariable].add(p)
		return "", false
	case awsVariable.MatchString(p.expression):
		w.left[leftAWS].add(p)
		return "", false
	}
	name := oneLine(p.expression)
	if value, ok := w.s.substitution(name); ok {
		w.res.note(name, value, set)
		return value, w.grow(value, p)
	}
	e := w.parsed[p.expression]
	if e == nil {
		e = parseExpression(p.expression)
		if w.parsed == nil {
			w.parsed = map[string]*expression{}
		}
		w.parsed[p.expression] = e
	}
	v := (&evaluation{s: w.s, at: at, after: after}).value(e)
	switch {
	case v.refused != "":
		w.res.problem(Refused, p.pos, "a ${ that is text is written $${", "Terraform can't read ${%s}: %s", shorten(name), v.refused)
		return "", false
	case v.unsupported != "":
		w.unsupported(p, v.unsupported)
		return v.text, w.grow(v.text, p) // which says that there is no value
	}
	if v.named {
		w.res.note(name, v.text, v.origin)
	}
	return v.text, w.grow(v.text, p)
}

func (w *filler) unsupported(p *placeholder, why string) {
	name := oneLine(p.expression)
	hint := "set it in rehearse.yaml: substitutions: {" + yamlKey(name) + ": …}"
	if len(name) > 100 {
		hint = "set its text in substitutions, or give it a name with local"
	}
	w.res.problem(Unsupported, p.pos, hint, "${%s} has no value: %s", shorten(name), why)
}

// grow reports whether a value still fits into what a document may be.
func (w *filler) grow(value string, p *placeholder) bool {
	w.grown += len(value)
	if w.grown <= source.MaxSize {
		return true
	}
	if w.grown-len(value) <= source.MaxSize {
		w.res.problem(Unsupported, p.pos, "", "the values have more than %d MB from here on; the rest is not filled in", source.MaxSize>>20)
	}
	return false
}

var blanks = regexp.MustCompile(`\s+`)

// oneLine is an expression as it can be named in substitutions.
func oneLine(expression string) string {
	if !strings.ContainsAny(expression, "\r\n\t") {
		return expression
	}
	return blanks.ReplaceAllString(expression, " ")
}

// substitution is the user's value for an expression. Those of var.x and local.x
// may be named x.
func (s *Settings) substitution(expression string) (string, bool) {
	if value, ok := s.Substitutions[expression]; ok {
		return value, true
	}
	for _, scope := range []string{"var.", "local."} {
		if name, ok := strings.CutPrefix(expression, scope); ok {
			value, ok := s.Substitutions[name]
			return value, ok
		}
	}
	return "", false
}
