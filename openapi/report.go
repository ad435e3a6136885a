package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Verdict is what an import did with a node of its document.
type Verdict string

const (
	NodeImported Verdict = "imported" // it is in the API as it stands; or it says how to read the rest, as openapi does
	NodeChanged  Verdict = "changed"  // it is in the API in another form
	NodeIgnored  Verdict = "ignored"  // the import leaves it out
	NodeRefused  Verdict = "refused"  // for it AWS says no to the import
)

// A NodeReport is what became of one node of a document: a member of an object
// or an item of a list, down to what AWS takes as one value.
type NodeReport struct {
	Pointer  string // JSON pointer in the document; empty for the document itself
	Verdict  Verdict
	Why      string     // in our words, starts small, no full stop; empty for what is imported
	Rule     string     // of the finding that says so, if there is one
	Evidence Evidence   // of Why; empty where Why is
	Pos      source.Pos // of a member's key, of an item's value
	// Subtree says that all below this node shares its fate and isn't listed.
	Subtree bool
}

// Report imports a document as [Import] does, and says what became of each of its
// nodes, in document order. Every node has one verdict: that of its own entry, or
// that of the entry above it that is for its whole subtree.
//
// A node has the verdict that the import noted for it where it read it, or that of
// the finding that stands there. A node that only holds others is imported if
// something in it is, and what nobody noted was not read.
func Report(doc *Document, o Options) []NodeReport {
	own := *doc
	own.Root = unshared(doc.Root, map[*source.Node]bool{})
	im := newImporter(&own, o)
	im.notes = &notebook{parts: map[DocumentationPart]span{}}
	im.run()
	r := reporter{im: im, notes: im.notes.strongest(), findings: map[*source.Node][]*Finding{}, fates: map[*source.Node]Verdict{}}
	for i := range im.findings {
		f := &im.findings[i]
		if f.Pointer == "" && f.Pos.Line == 0 {
			continue // about the import's parameters
		}
		n, _ := im.walk(f.Pointer) // or what is nearest above it
		r.findings[n] = append(r.findings[n], f)
	}
	r.fate(im.root)
	r.node(visit{im.root, own.Root, own.Root.Pos, "", "document", ""}, note{})
	return r.all
}

type reporter struct {
	im       *importer
	notes    map[*source.Node]note
	findings map[*source.Node][]*Finding
	fates    map[*source.Node]Verdict
	all      []NodeReport
}

// A visit is a node on the walk through the document.
type visit struct {
	n, original *source.Node // original: before variables were filled in
	pos         source.Pos
	pointer     string
	context     context
	around      context
}

// key is the last part of the pointer.
func (v visit) key() string {
	return unescapePointer(v.pointer[strings.LastIndexByte(v.pointer, '/')+1:])
}

// node reports a node and what is below it. inherited is why all of the object
// around it is ignored, if it is.
func (r *reporter) node(v visit, inherited note) {
	at := len(r.all)
	r.all = append(r.all, NodeReport{Pointer: v.pointer, Pos: v.pos})
	own, noted := r.own(v.n, v.original)
	derived := r.fates[v.n]
	switch {
	case own.whole:
		own.fill(&r.all[at])
		r.all[at].Subtree = hasParts(v.n)
		return
	case noted && own.verdict != NodeIgnored:
	case derived != NodeIgnored:
		own = note{verdict: derived}
	case !noted:
		own = unreadReason(v.n, v.around, v.key(), inherited)
	}
	switch left := r.notes[v.n]; {
	case own.why != "" && own.why != nobody.text && (own.verdict == NodeIgnored || own.verdict == NodeRefused && !r.lives(v.n)):
		inherited = own
	case left.verdict == NodeIgnored:
		inherited = left
	}
	r.below(v, inherited)
	if own.verdict == NodeRefused && own.why == "" {
		i := at + 1
		for r.all[i].Verdict != NodeRefused {
			i++
		}
		own.why, own.evidence = "all that counts in it is refused", r.all[i].Evidence
	}
	own.fill(&r.all[at])
	r.fold(at, v.n)
}

// lives reports whether something in n is imported.
func (r *reporter) lives(n *source.Node) bool {
	lives := func(n *source.Node) bool { return r.fates[n] == NodeImported || r.fates[n] == NodeChanged }
	return slices.ContainsFunc(n.Items, lives) || slices.ContainsFunc(n.Members, func(m source.Member) bool { return lives(m.Value) })
}

// fate is the verdict of a node that only holds others, and notes it for node: it
// is imported if something in it is, else refused if something in it is.
func (r *reporter) fate(n *source.Node) Verdict {
	own, noted := r.own(n, n)
	fate := NodeIgnored
	if noted {
		fate = own.verdict
	}
	if own.whole {
		r.fates[n] = fate
		return fate
	}
	join := func(below Verdict) {
		switch {
		case fate == NodeIgnored && below == NodeRefused:
			fate = NodeRefused
		case (fate == NodeIgnored || fate == NodeRefused && own.verdict != NodeRefused) && (below == NodeImported || below == NodeChanged):
			fate = NodeImported
		}
	}
	for _, m := range n.Members {
		join(r.fate(m.Value))
	}
	for _, item := range n.Items {
		join(r.fate(item))
	}
	r.fates[n] = fate
	return fate
}

// below reports the members or items of a node.
func (r *reporter) below(v visit, inherited note) {
	for i, m := range v.n.Members {
		was := m
		if i < len(v.original.Members) {
			was = v.original.Members[i]
		}
		at := len(r.all)
		r.node(visit{m.Value, was.Value, m.Pos, pointerTo(v.pointer, was.Key), v.context.below(m.Key), v.context}, inherited)
		if m.Key != was.Key && r.all[at].Verdict == NodeImported {
			note{verdict: NodeChanged, why: "the variables of its key are filled in", evidence: Documented}.fill(&r.all[at])
		}
	}
	for i, item := range v.n.Items {
		was := item
		if i < len(v.original.Items) {
			was = v.original.Items[i]
		}
		r.node(visit{item, was, item.Pos, pointerTo(v.pointer, itoa(i)), v.context.below(itoa(i)), v.context}, inherited)
	}
}

func hasParts(n *source.Node) bool { return len(n.Members) > 0 || len(n.Items) > 0 }

// fold leaves out what is below an ignored or refused node if it has nothing
// else to say.
func (r *reporter) fold(at int, n *source.Node) {
	top := r.all[at]
	if top.Verdict != NodeIgnored && top.Verdict != NodeRefused || !hasParts(n) {
		return
	}
	for _, below := range r.all[at+1:] {
		if below.Verdict != NodeIgnored || below.Why != top.Why {
			return
		}
	}
	r.all[at].Subtree = true
	r.all = r.all[:at+1]
}

// own is what is said of n itself: by a finding that refuses it, by what the
// import noted, or by another finding, in this order.
func (r *reporter) own(n, original *source.Node) (note, bool) {
	noted, ok := r.notes[n]
	var dropped *Finding
	for _, f := range r.findings[n] {
		switch {
		case f.Category == Refused:
			return note{verdict: NodeRefused, why: f.Message, rule: f.Rule, evidence: f.Evidence, whole: noted.whole}, true
		case r.im.o.FailOnWarnings && f.AWSKind == AWSWarning:
			return note{verdict: NodeRefused, why: "with failonwarnings: " + f.Message, rule: f.Rule, evidence: f.Evidence, whole: noted.whole}, true
		case (f.Category == Dropped || f.Category == Scope) && dropped == nil && f.Pointer != "":
			dropped = f
		}
	}
	switch {
	case !ok && dropped == nil:
		return note{}, false
	case !ok || noted.verdict == NodeIgnored && noted.rule == "" && dropped != nil:
		return note{verdict: NodeIgnored, why: dropped.Message, rule: dropped.Rule, evidence: dropped.Evidence}, true
	case noted.verdict == NodeChanged && noted.rule == "" && dropped != nil:
		noted.rule = dropped.Rule
	case noted.verdict == NodeImported && filledIn(n, original) && (noted.whole || !hasParts(n)):
		noted = note{verdict: NodeChanged, why: whyFilled, evidence: Documented, whole: noted.whole}
	}
	return noted, true
}

// whyFilled is documented by AWS docs: AWS variables for OpenAPI import.
const whyFilled = "its variables are filled in"

// filledIn reports whether a variable was filled anywhere in n: the tree with
// the variables is another one only where there are some.
func filledIn(n, original *source.Node) bool { return n != original }

// strongest is the note of each node that says most: a node that several
// references lead to was imported if one of them imported it.
func (b *notebook) strongest() map[*source.Node]note {
	all := make(map[*source.Node]note, len(b.notes))
	for _, n := range b.notes {
		old := all[n.node]
		whole := n.whole || old.whole
		if strength[n.verdict] <= strength[old.verdict] {
			n = old
		}
		n.whole = whole
		all[n.node] = n
	}
	return all
}

var strength = map[Verdict]int{NodeIgnored: 1, NodeImported: 2, NodeChanged: 3, NodeRefused: 4}

// unshared is a tree in which every node has one place: what an alias stands for
// is copied for it. The reader of YAML bounds how large that can be.
func unshared(n *source.Node, seen map[*source.Node]bool) *source.Node {
	again := seen[n]
	seen[n] = true
	if !again && !hasParts(n) {
		return n
	}
	c := n
	if again {
		copied := *n
		c = &copied
		seen[c] = true
	}
	var members []source.Member
	for i, m := range n.Members {
		v := unshared(m.Value, seen)
		if v != m.Value && members == nil {
			members = append([]source.Member(nil), n.Members...)
		}
		if members != nil {
			members[i].Value = v
		}
	}
	var items []*source.Node
	for i, item := range n.Items {
		v := unshared(item, seen)
		if v != item && items == nil {
			items = append([]*source.Node(nil), n.Items...)
		}
		if items != nil {
			items[i] = v
		}
	}
	if members == nil && items == nil {
		return c
	}
	if c == n {
		copied := *n
		c = &copied
	}
	if members != nil {
		c.Members = members
	}
	if items != nil {
		c.Items = items
	}
	return c
}
