package openapi

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// bundle makes one document of root and the files it refers to, as bundlers do
// before a deploy: what another file has becomes a component of this document,
// or stands in place where OpenAPI has no such components. name is the
// document's path, relative to the project folder and with slashes; read opens
// another file of that folder by such a path (see [filesOf]).
//
// Values of other files keep their own places. Nothing is changed in root: where
// no file is referred to, root itself is returned. The findings say which files
// AWS would not have; unread says of the references that stay why they do.
func bundle(root *source.Node, name string, read func(name string) (*source.File, error)) (*source.Node, []Finding, unread) {
	if root == nil || root.Kind != source.Object || !refersToFiles(root) {
		return root, nil, nil
	}
	b := &bundler{
		main: &bundledFile{name: path.Clean(name), root: root}, read: read, sections: sections,
		files: map[string]*bundledFile{}, left: maxBundledValues,
		names: map[component]string{}, taken: map[string]map[string]bool{},
		index: map[*source.Node]map[string]int{}, unread: unread{},
	}
	if root.Get("openapi") == nil && root.Get("swagger") != nil {
		b.sections = swaggerSections
	}
	b.claimNames()
	bundled := b.addComponents(b.node(root, b.main, documentShape, ""))
	if b.left < 0 {
		return root, []Finding{{
			Rule: "document-too-large", Category: Refused, Severity: Warning, Evidence: Inferred, Pos: root.Pos,
			Message: fmt.Sprintf("with the files it refers to put in place the document has more than %d values: its references stay as they are", maxBundledValues),
			Hint:    "look for files that refer to others more often than is meant",
		}}, nil
	}
	b.reportUses()
	return bundled, b.findings, b.unread
}

// maxBundledValues is how many values of other files a document may have. Each
// component stands once; what is put in place may stand often.
const maxBundledValues = 1_000_000

// maxInPlace is how deep files may stand in one another.
const maxInPlace = 32

// unread says, by the places of references to other files, why they stay.
type unread map[source.Pos]string

type bundler struct {
	main     *bundledFile
	read     func(name string) (*source.File, error)
	sections map[shape]string
	files    map[string]*bundledFile // by path, with those that can't be read
	bytes    int                     // of all files, about
	index    map[*source.Node]map[string]int
	hops     int       // references that led from one to the next
	hints    int       // names that were looked for among similar ones
	left     int       // values of other files that may still come
	open     []inPlace // what is being put in place

	names map[component]string       // what components are called
	taken map[string]map[string]bool // names by section
	queue []*part                    // components to be added

	others   uses // references to other files
	itself   uses // references to the document by its name
	findings []Finding
	unread   unread
}

// A component is what becomes of a target in a section.
type component struct {
	section string
	target
}

// A part is a component to be added.
type part struct {
	shape         shape
	section, name string
	found         found
}

// An inPlace is a target that is being put in place.
type inPlace struct {
	target
	shape shape
}

// refersToFiles reports whether a reference to another file stands in n.
func refersToFiles(n *source.Node) bool {
	if n == nil {
		return false
	}
	for _, item := range n.Items {
		if refersToFiles(item) {
			return true
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		if m.Key == "$ref" && isReference(m.Value) && fileRef(m.Value.Value) || refersToFiles(m.Value) {
			return true
		}
	}
	return false
}

// isReference reports whether the value of $ref is a reference: a text that no
// tool fills in.
func isReference(ref *source.Node) bool {
	return ref != nil && ref.Kind == source.String && ref.Tag == ""
}

// reference is the reference that n is, or nil.
func reference(n *source.Node) *source.Node {
	if ref := n.Get("$ref"); isReference(ref) {
		return ref
	}
	return nil
}

// claimNames notes the names that the document has, and lets a component that is
// only a reference be its target: with
//
//	components: {schemas: {Item: {$ref: schemas/item.yaml}}}
//
// schemas/item.yaml is Item wherever it is referred to. Of several such
// components the one that is called like the target comes first.
func (b *bundler) claimNames() {
	for _, section := range b.sections {
		entries := b.sectionEntries(section)
		b.taken[section] = make(map[string]bool, len(entries))
		claim := func(name string, at target) {
			if c := (component{section, at}); at.file != b.main && b.names[c] == "" {
				b.names[c] = name
			}
		}
		for _, e := range entries {
			b.taken[section][e.key] = true
			claim(e.key, e.target)
		}
		var others []func()
		for _, e := range entries {
			ref := reference(e.value)
			if ref == nil || !b.leavesMain(ref.Value, e.file) {
				continue
			}
			switch f, why := b.follow(ref.Value, e.file, section); {
			case why != "":
			case f.name == e.key:
				claim(e.key, f.target)
			default:
				others = append(others, func() { claim(e.key, f.target) })
			}
		}
		for _, claim := range others {
			claim()
		}
	}
}

// sectionEntries are the components of a section, also where the section or all
// components are a reference to another file.
func (b *bundler) sectionEntries(section string) []entry {
	at := entry{value: b.main.root, target: target{file: b.main}}
	for token := range strings.SplitSeq(section[1:], "/") {
		entries := b.entries(at, 0)
		i := slices.IndexFunc(entries, func(e entry) bool { return e.key == token })
		if i < 0 {
			return nil
		}
		at = entries[i]
	}
	return b.entries(at, 0)
}

// An entry is a member of an object with the place it comes from.
type entry struct {
	key   string
	value *source.Node
	target
}

// entries are the members of an object, those of other files included.
func (b *bundler) entries(at entry, depth int) []entry {
	var all []entry
	known := map[string]int{}
	if ref := reference(at.value); ref != nil && depth < maxInPlace && b.leavesMain(ref.Value, at.file) {
		if f, why := b.step(ref.Value, at.file); why == "" && f.file != b.main {
			all = b.entries(entry{value: f.node, target: f.target}, depth+1)
			for i, e := range all {
				known[e.key] = i
			}
		}
	}
	if at.value == nil {
		return nil
	}
	for _, m := range at.value.Members {
		e := entry{m.Key, m.Value, target{at.file, pointerTo(at.pointer, m.Key)}}
		if i, ok := known[m.Key]; ok {
			all[i] = e
		} else if m.Key != "$ref" || len(known) == 0 {
			all = append(all, e)
		}
	}
	return all
}

// leavesMain reports whether a reference that stands in a file leads away from
// this document or has another meaning in it.
func (b *bundler) leavesMain(ref string, from *bundledFile) bool {
	return fileRef(ref) || from != b.main && strings.HasPrefix(ref, "#")
}

// node bundles what n refers to. file is where n stands, at the pointer it has
// in the bundled document.
func (b *bundler) node(n *source.Node, file *bundledFile, s shape, at string) *source.Node {
	if n == nil || s == dataShape || b.left < 0 {
		return n
	}
	if file != b.main {
		b.left--
	}
	switch n.Kind {
	case source.Array:
		var items []*source.Node
		for i, item := range n.Items {
			if changed := b.node(item, file, shapes[s].item, pointerTo(at, itoa(i))); changed != item {
				if items == nil {
					items = slices.Clone(n.Items)
				}
				items[i] = changed
			}
		}
		if items == nil {
			return n
		}
		c := *n
		c.Items = items
		return &c
	case source.Object:
		ref := reference(n)
		switch {
		case ref == nil || !b.leavesMain(ref.Value, file):
			return b.members(n, file, s, at)
		case b.sections[s] != "":
			return b.toComponent(n, ref, file, s, at)
		}
		return b.putInPlace(n, ref, file, s, at)
	}
	return n
}

func (b *bundler) members(n *source.Node, file *bundledFile, s shape, at string) *source.Node {
	var members []source.Member
	for i, m := range n.Members {
		if changed := b.node(m.Value, file, s.of(m.Key), pointerTo(at, m.Key)); changed != m.Value {
			if members == nil {
				members = slices.Clone(n.Members)
			}
			members[i].Value = changed
		}
	}
	if members == nil {
		return n
	}
	c := *n
	c.Members = members
	return &c
}

// toComponent lets n refer to the component that its target is in this document.
func (b *bundler) toComponent(n, ref *source.Node, file *bundledFile, s shape, at string) *source.Node {
	section := b.sections[s]
	f, why := b.follow(ref.Value, file, section)
	if why != "" {
		return withRef(n, ref, b.stays(ref, file, s, at, why+b.meant(ref.Value, file, section)))
	}
	b.use(ref, file, f, s, at)
	if f.file == b.main {
		return withRef(n, ref, fragment(f.pointer))
	}
	c := component{section, f.target}
	name := b.names[c]
	if name == "" {
		name = b.newName(section, f.name)
		b.names[c] = name
		b.queue = append(b.queue, &part{s, section, name, f})
	}
	pointer := pointerTo(section, name)
	if pointer != at {
		return withRef(n, ref, fragment(pointer))
	}
	// The component of this target is n itself.
	if f.node == n {
		return withRef(n, ref, b.stays(ref, file, s, at, leadsBack))
	}
	return b.node(f.node, f.file, s, at)
}

// putInPlace is what n refers to, with what stands beside the reference.
func (b *bundler) putInPlace(n, ref *source.Node, file *bundledFile, s shape, at string) *source.Node {
	f, why := b.step(ref.Value, file)
	here := inPlace{f.target, s}
	switch {
	case why != "":
	case slices.Contains(b.open, here):
		why = leadsBack
	case len(b.open) >= maxInPlace:
		why = fmt.Sprintf("more than %d files stand in one another here", maxInPlace)
	}
	if why != "" {
		return b.members(withRef(n, ref, b.stays(ref, file, s, at, why)), file, s, at)
	}
	b.use(ref, file, f, s, at)
	if f.file == b.main {
		return b.members(withRef(n, ref, fragment(f.pointer)), file, s, at)
	}
	b.open = append(b.open, here)
	placed := b.node(f.node, f.file, s, at)
	b.open = b.open[:len(b.open)-1]
	if len(n.Members) == 1 || placed == nil || placed.Kind != source.Object {
		return placed
	}
	return overlay(placed, b.members(n, file, s, at))
}

// leadsBack says why a reference in a circle stays.
const leadsBack = "it leads back to itself: break the circle"

// overlay is an object with the members of another but its $ref, which win.
func overlay(n, over *source.Node) *source.Node {
	c := *n
	c.Members = slices.Clone(n.Members)
	known := make(map[string]int, len(c.Members))
	for i, m := range c.Members {
		known[m.Key] = i
	}
	for _, m := range over.Members {
		if i, ok := known[m.Key]; ok && m.Key != "$ref" {
			c.Members[i] = m
		} else if m.Key != "$ref" {
			c.Members = append(c.Members, m)
		}
	}
	return &c
}

// stays notes why a reference stays, and returns what it says. What means a part
// of its own file is written so that it can't be taken for a part of this one.
func (b *bundler) stays(ref *source.Node, file *bundledFile, s shape, at, why string) string {
	text := ref.Value
	if strings.HasPrefix(text, "#") {
		text = path.Base(file.name) + text
	}
	b.unread[ref.Pos] = why
	if !b.importLooksAt(s, at) {
		b.findings = append(b.findings, Finding{
			Rule: "external-ref-dropped", Category: Dropped, Severity: Warning, Evidence: Inferred,
			Message: quote(text) + " is not in this document: what refers to it is left out", Hint: why,
			Pos: ref.Pos, Pointer: at + "/$ref",
		})
	}
	return text
}

// importLooksAt reports whether the import itself has a finding for a reference
// that leads out of the document. It has none where API Gateway has no use for
// what is referred to, as for the schemas of parameters and headers.
func (b *bundler) importLooksAt(s shape, at string) bool {
	switch s {
	case parameterShape, requestBodyShape, responseShape, securitySchemeShape, pathItemShape:
		return true
	case schemaShape:
		section := b.sections[schemaShape]
		return section == swaggerSections[schemaShape] || strings.HasPrefix(at, section) ||
			!strings.Contains(at, "/parameters/") && !strings.Contains(at, "/headers/")
	}
	return false
}

// meant is a hint: what of this document a reference that leads nowhere was
// probably meant for.
func (b *bundler) meant(ref string, file *bundledFile, section string) string {
	if file == b.main {
		if !b.taken[section][ref] {
			return ""
		}
		return "; did you mean " + fragment(pointerTo(section, ref)) + "?"
	}
	pointer, local := localPointer(ref)
	if !local || !b.inDocument(pointer) {
		return ""
	}
	back, err := filepath.Rel(path.Dir(file.name), b.main.name)
	if err != nil {
		return ""
	}
	return "; the document has it: " + filepath.ToSlash(back) + ref
}

// inDocument reports whether a pointer leads anywhere in the document itself.
func (b *bundler) inDocument(pointer string) bool {
	at, ok := found{node: b.main.root}, true
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if at, ok = b.child(at, unescapePointer(token)); !ok {
			return false
		}
	}
	return true
}

// withRef is n with another reference.
func withRef(n, old *source.Node, ref string) *source.Node {
	if old.Value == ref {
		return n
	}
	c := *n
	c.Members = slices.Clone(n.Members)
	for i, m := range c.Members {
		if m.Key == "$ref" {
			c.Members[i].Value = &source.Node{Kind: source.String, Value: ref, Pos: old.Pos}
		}
	}
	return &c
}

// fragment is a reference to a pointer in its own document.
func fragment(pointer string) string { return "#" + strings.ReplaceAll(pointer, "%", "%25") }

// newName makes a name for a component that the section doesn't have.
func (b *bundler) newName(section, like string) string {
	if section == b.sections[schemaShape] {
		like = lettersAndDigits(like) // of anything else AWS makes no model (rule model-name-illegal)
	} else {
		like = componentName(like)
	}
	if like == "" {
		like = "Bundled"
	}
	name := like
	for i := 2; b.taken[section][name]; i++ {
		name = like + itoa(i)
	}
	b.taken[section][name] = true
	return name
}

// componentName has nothing but the characters that OpenAPI takes in names of
// components.
func componentName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, name)
}

// addComponents adds the components that references became, with those that
// they refer to themselves.
func (b *bundler) addComponents(root *source.Node) *source.Node {
	added := map[string][]source.Member{}
	for len(b.queue) > 0 && b.left >= 0 {
		p := b.queue[0]
		b.queue = b.queue[1:]
		value := b.node(p.found.node, p.found.file, p.shape, pointerTo(p.section, p.name))
		added[p.section] = append(added[p.section], source.Member{Key: p.name, Pos: p.found.pos, Value: value})
	}
	for _, section := range slices.Sorted(maps.Keys(added)) {
		root = addMembers(root, strings.Split(section[1:], "/"), added[section])
	}
	return root
}

// addMembers adds members to the object that names lead to. One that is not
// there or null is made; nothing can be added to what is no object.
func addMembers(n *source.Node, names []string, members []source.Member) *source.Node {
	if n.Kind != source.Object && n.Kind != source.Null {
		return n
	}
	c := *n
	c.Kind = source.Object
	if len(names) == 0 {
		c.Members = slices.Concat(n.Members, members)
		return &c
	}
	c.Members = slices.Clone(n.Members)
	i := slices.IndexFunc(c.Members, func(m source.Member) bool { return m.Key == names[0] })
	if i < 0 {
		i = len(c.Members)
		c.Members = append(c.Members, source.Member{Key: names[0], Pos: n.Pos, Value: &source.Node{Pos: n.Pos}})
	}
	c.Members[i].Value = addMembers(c.Members[i].Value, names[1:], members)
	return &c
}
