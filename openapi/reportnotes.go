package openapi

import (
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A notebook is where an import writes down what it does with each node, at the
// place where it does it. A nil notebook, which [Import] has, takes no
// notes.
type notebook struct {
	notes []note
	parts map[DocumentationPart]span // what was noted of each documentation part

	resources     []madeResource
	authorization span // what was noted of the authorization of the present method
}

// A note is what was done with one node, for one use of it.
type note struct {
	node     *source.Node
	verdict  Verdict
	why      string
	rule     string
	evidence Evidence
	whole    bool // what is below it is part of the value
}

func (n note) fill(into *NodeReport) {
	into.Verdict, into.Why, into.Rule, into.Evidence = n.verdict, n.why, n.rule, n.evidence
}

func (b *notebook) add(n note) {
	if b != nil && n.node != nil {
		b.notes = append(b.notes, n)
	}
}

// took notes that n is in the API as it stands. What is below it has notes of
// its own.
func (b *notebook) took(n *source.Node) { b.add(note{node: n, verdict: NodeImported}) }

// object notes an object whose key alone is in the API; what is none counts as an
// empty one.
func (b *notebook) object(n *source.Node) {
	if isScalar(n) || n != nil && n.Kind == source.Array {
		b.changed(n, Inferred, "is no object and counts as an empty one")
		return
	}
	b.took(n)
}

// whole notes that n is in the API with all that is below it.
func (b *notebook) whole(n *source.Node) {
	b.add(note{node: n, verdict: NodeImported, whole: true})
}

// changed notes that n is in the API in another form.
func (b *notebook) changed(n *source.Node, evidence Evidence, why ...string) {
	if b != nil {
		b.add(note{node: n, verdict: NodeChanged, why: strings.Join(why, ""), evidence: evidence})
	}
}

// left notes that this use of n leaves it out. Where it needs no other reason
// than that nobody reads such a thing, no note does as well.
func (b *notebook) left(n *source.Node, evidence Evidence, rule string, why ...string) {
	if b != nil {
		b.add(note{node: n, verdict: NodeIgnored, why: strings.Join(why, ""), evidence: evidence, rule: rule})
	}
}

// refused notes that AWS says no because of n, too: a finding names one place
// only.
func (b *notebook) refused(n *source.Node, evidence Evidence, rule string, why ...string) {
	if b != nil {
		b.add(note{node: n, verdict: NodeRefused, why: strings.Join(why, ""), evidence: evidence, rule: rule})
	}
}

// list notes the items of a list of texts that [list] reads.
func (b *notebook) list(n *source.Node) {
	if b == nil || n == nil {
		return
	}
	if isScalar(n) {
		b.changed(n, Inferred, "becomes a list of one")
		return
	}
	for _, item := range n.Items {
		if isScalar(item) {
			b.kept(item)
		}
	}
}

// text notes that a scalar is in the API as a text.
func (b *notebook) text(n *source.Node, got string) {
	switch {
	case b == nil || isNull(n):
	case got == "":
		b.left(n, Inferred, "", "an empty text counts as none")
	case n.Value != got && strings.EqualFold(n.Value, got):
		b.changed(n, Recorded, "in upper case") // case passthrough-behavior-becomes-upper-case
	case n.Value != got:
		b.changed(n, Inferred, "becomes ", quote(got))
	case n.Kind != source.String:
		b.changed(n, Recorded, "the ", n.Kind.String(), " becomes a text") // case info-version-integer
	default:
		b.took(n)
	}
}

// kept notes that a scalar is in the API as a text, also if it is empty.
func (b *notebook) kept(n *source.Node) {
	if n != nil && (n.Kind == source.String || n.Kind == source.Null) {
		b.took(n)
		return
	}
	b.text(n, scalar(n))
}

// truth notes that a scalar is in the API as a boolean.
func (b *notebook) truth(n *source.Node) {
	switch {
	case b == nil || isNull(n):
	case n.Kind == source.Bool:
		b.took(n)
	default:
		b.changed(n, Inferred, "becomes ", strconv.FormatBool(truth(n)))
	}
}

// number notes that a scalar is in the API as a whole number.
func (b *notebook) number(n *source.Node, got int) {
	switch {
	case b == nil || isNull(n):
	case n.Kind == source.Number && n.Value == itoa(got):
		b.took(n)
	default:
		b.changed(n, Inferred, "becomes the number ", itoa(got))
	}
}

// A span are the notes of one piece of work.
type span struct{ from, to int }

// here is where the next note will stand.
func (b *notebook) here() int {
	if b == nil {
		return 0
	}
	return len(b.notes)
}

func (b *notebook) since(from int) span { return span{from, b.here()} }

// void says of what was noted as imported that it came to nothing after all.
func (b *notebook) void(s span, evidence Evidence, rule string, why ...string) {
	if b == nil {
		return
	}
	text := strings.Join(why, "")
	for i := s.from; i < s.to; i++ {
		if n := &b.notes[i]; n.verdict != NodeRefused {
			*n = note{node: n.node, verdict: NodeIgnored, why: text, rule: rule, evidence: evidence, whole: n.whole}
		}
	}
}

// unlessMore voids references that were followed, unless something came of it
// since from.
func (b *notebook) unlessMore(followed span, from int) {
	if b == nil || followed.from == followed.to {
		return
	}
	for _, n := range b.notes[from:] {
		if n.verdict != NodeIgnored {
			return
		}
	}
	b.void(followed, Inferred, "", "nothing of what it refers to counts")
}

// leftAs notes that n is left out for what the last finding says.
func (im *importer) leftAs(n *source.Node) {
	if im.notes != nil {
		f := im.findings[len(im.findings)-1]
		im.notes.left(n, f.Evidence, f.Rule, f.Message)
	}
}

// secure begins the notes of who may call a method.
func (b *notebook) secure() {
	if b != nil {
		b.authorization = span{}
	}
}

// authorized says that what was noted since from gives the method its
// authorization.
func (b *notebook) authorized(from int) {
	if b != nil {
		b.authorization = b.since(from)
	}
}

// overrule voids what gave the method its authorization.
func (b *notebook) overrule() {
	if b != nil {
		b.void(b.authorization, Inferred, "", "x-amazon-apigateway-auth goes before it")
	}
}

// voidAs voids notes for what the last finding says.
func (im *importer) voidAs(s span) {
	if im.notes != nil {
		f := im.findings[len(im.findings)-1]
		im.notes.void(s, f.Evidence, f.Rule, f.Message)
	}
}

// nodes are those that notes are about.
func (b *notebook) nodes(s span) []*source.Node {
	if b == nil {
		return nil
	}
	var all []*source.Node
	for _, n := range b.notes[s.from:s.to] {
		all = append(all, n.node)
	}
	return all
}

// A madeResource is a path of the document, and what was noted of it.
type madeResource struct {
	r     *Resource
	notes span
}

// resource remembers what was noted of a path.
func (b *notebook) resource(r *Resource, s span) {
	if b != nil {
		b.resources = append(b.resources, madeResource{r, s})
	}
}

// bareResources voids the paths that make no difference: other paths lead through
// them, and they have no methods.
func (b *notebook) bareResources() {
	if b == nil {
		return
	}
	for _, m := range b.resources {
		if len(m.r.Methods) == 0 && len(m.r.Children) > 0 {
			b.void(m.notes, Inferred, "", "it has no methods, and other paths lead through it anyway")
		}
	}
}
