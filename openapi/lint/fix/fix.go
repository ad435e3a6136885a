// Package fix mends what has a mechanical mend: it says at which bytes of the
// user's file something is to be put so that a finding goes away, and leaves all
// else as it stands, byte for byte: comments, order, quotes, indentation, line ends.
//
// [Mend] is the whole of it. A rule that can be mended is a line of the table in
// mends.go; what is put where is worked out from the text, and believed only after
// the edited text has been read, imported and linted again.
//
// It promises nothing to other modules.
package fix

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Checked document is what the import and the rules make of a text.
type Checked struct {
	Document *openapi.Document // nil: the text can't be read
	API      *openapi.API
	Findings []openapi.Finding
}

// A Result is what was mended of one text.
type Result struct {
	Edits  []Edit // of the text that was given, sorted
	Text   string // with the edits
	Mended []openapi.Finding
	// Kept are findings that a mend is known for and that stay all the same.
	Kept []Kept
	// After are all findings of Text.
	After []openapi.Finding
	// Came are those of After that mends have brought about.
	Came []Kept
}

// Kept is a finding that stays, with the reason.
type Kept struct {
	Finding openapi.Finding
	Why     string // empty: no mend is known
}

// maxRounds is how often what a mend has brought about is mended in turn: a new
// OPTIONS method makes rules speak that were quiet without it.
const maxRounds = 5

// Mend mends the findings of text that are wanted and that a mend is known for.
// check imports and lints a text of the same name; it is called a few times.
func Mend(text []byte, check func(text []byte) Checked, wanted func(openapi.Finding) bool) *Result {
	m := &mending{check: check, wanted: wanted, text: string(text), kept: map[identity]string{}}
	before := check(text)
	m.now = before
	for range maxRounds {
		if m.now.Document == nil || !m.round() {
			break
		}
	}
	r := &Result{Edits: m.edits, Text: m.text, After: m.now.Findings}
	left := tally(m.now.Findings)
	done := tally(m.mended)
	for _, f := range before.Findings {
		id := identify(f)
		switch {
		case done[id] > 0 && left[id] == 0:
			r.Mended = append(r.Mended, f)
		case m.kept[id] != "" && left[id] > 0:
			r.Kept = append(r.Kept, Kept{f, m.kept[id]})
			delete(m.kept, id)
		}
	}
	was := tally(before.Findings)
	for _, f := range m.now.Findings {
		if was[identify(f)] == 0 {
			r.Came = append(r.Came, Kept{f, m.kept[identify(f)]})
		}
	}
	return r
}

// Known reports whether a mend is known for a rule.
func Known(rule string) bool { return mends[rule] != nil }

// An identity tells findings of two texts apart that differ in places only.
type identity struct{ rule, pointer, message string }

func identify(f openapi.Finding) identity { return identity{f.Rule, f.Pointer, f.Message} }

func tally(findings []openapi.Finding) map[identity]int {
	n := map[identity]int{}
	for _, f := range findings {
		n[identify(f)]++
	}
	return n
}

// A mending is one text on its way.
type mending struct {
	check  func([]byte) Checked
	wanted func(openapi.Finding) bool

	text   string
	now    Checked // of text
	edits  []Edit  // that made text of the one that was given
	mended []openapi.Finding
	kept   map[identity]string // why a finding stays
}

// A mend is what is to be done about one finding.
type mend struct {
	finding openapi.Finding
	changes []change
}

// byteOrderMark may stand before a text; places don't count it.
const byteOrderMark = "\ufeff"

// round mends what can be mended of the text as it is now, and reports whether
// that was something.
func (m *mending) round() bool {
	text := strings.TrimPrefix(m.text, byteOrderMark)
	o, err := outlineOf(text)
	var possible []mend
	p := newPatient(m.now, o)
	for _, f := range m.now.Findings {
		make := mends[f.Rule]
		if make == nil || !m.wanted(f) || m.kept[identify(f)] != "" {
			continue
		}
		if err != nil {
			m.keep(f, err.Error())
			continue
		}
		if why := inside(o, m.now.Document); why != "" {
			m.keep(f, why)
			continue
		}
		changes, why := make(p, f)
		if why == "" {
			if _, _, err := o.insert(m.now.Document.Root, changes); err != nil {
				why = err.Error()
			}
		}
		if why != "" {
			m.keep(f, why)
			continue
		}
		possible = append(possible, mend{f, changes})
	}
	if len(possible) == 0 {
		return false
	}
	t := &trial{mending: m, outline: o, mark: len(m.text) - len(text)}
	t.accept(possible)
	if t.accepted == nil {
		return false
	}
	m.edits = compose(len(m.text)-sizeOf(m.edits), m.edits, t.edits)
	m.text, m.now = t.text, t.checked
	for _, a := range t.accepted {
		m.mended = append(m.mended, a.finding)
	}
	return true
}

// sizeOf is by how much edits make a text longer.
func sizeOf(edits []Edit) int {
	n := 0
	for _, e := range edits {
		n += len(e.Text) - (e.End - e.Start)
	}
	return n
}

func (m *mending) keep(f openapi.Finding, why string) { m.kept[identify(f)] = why }

// inside says why a document that stands in another file can't be edited.
func inside(o *outline, doc *openapi.Document) string {
	if doc.LogicalID != "" && len(doc.Files) > 1 {
		return "a template takes the document from this file; lint --fix " + doc.Files[1].Name + " mends it by itself"
	}
	if o.root.member("openapi") == nil && o.root.member("swagger") == nil {
		return "the document stands inside a template"
	}
	if doc.Root.Get("paths") == nil {
		return "the document has no paths"
	}
	return ""
}

// A trial finds out which mends of a round hold.
type trial struct {
	*mending
	*outline
	mark  int // bytes of the byte order mark
	tries int

	accepted []mend
	edits    []Edit
	text     string
	checked  Checked
}

// maxTries bounds how often a round imports and lints a document: a large one takes
// half a second.
const maxTries = 50

// accept tries mends together with those accepted so far. Where their findings stay,
// it is without those mends; where something else comes of it, each half is tried by
// itself. What doesn't hold alone is kept as it is.
func (t *trial) accept(mends []mend) {
	if t.tries++; t.tries > maxTries {
		for _, m := range mends {
			t.keep(m.finding, "too many other mends don't hold")
		}
		return
	}
	useless, why := t.try(append(slices.Clip(t.accepted), mends...))
	switch {
	case why == "" && useless == nil:
	case useless != nil:
		rest := slices.DeleteFunc(slices.Clone(mends), func(m mend) bool { return useless[identify(m.finding)] })
		for _, m := range mends {
			if useless[identify(m.finding)] {
				t.keep(m.finding, "what would be added doesn't mend it")
			}
		}
		if len(rest) > 0 && len(rest) < len(mends) {
			t.accept(rest)
		}
	case len(mends) == 1:
		t.keep(mends[0].finding, why)
	default:
		t.accept(mends[:len(mends)/2])
		t.accept(mends[len(mends)/2:])
	}
}

// try makes the edits of mends and checks what comes of it. It returns the findings
// that are still there, or what else is wrong; where all is well, this is what is
// accepted.
func (t *trial) try(mends []mend) (useless map[identity]bool, why string) {
	var changes []change
	for _, m := range mends {
		changes = append(changes, m.changes...)
	}
	edits, changed, err := t.insert(t.now.Document.Root, changes)
	if err != nil {
		return nil, err.Error()
	}
	for i := range edits {
		edits[i].Start += t.mark
		edits[i].End += t.mark
	}
	text := Apply(t.mending.text, edits)
	if !onlyGrew(t.now.Document.Name, t.mending.text, text, changed) {
		return nil, errLayout.Error()
	}
	checked := t.check([]byte(text))
	if checked.Document == nil {
		return nil, errLayout.Error()
	}
	before, after := tally(t.now.Findings), tally(checked.Findings)
	for _, m := range mends {
		if id := identify(m.finding); after[id] >= before[id] {
			if useless == nil {
				useless = map[identity]bool{}
			}
			useless[id] = true
		}
	}
	if useless != nil {
		return useless, ""
	}
	for _, f := range checked.Findings {
		bad := f.Severity == openapi.Error || f.Category == openapi.Refused || f.Category == openapi.FailsAtRuntime
		if id := identify(f); bad && after[id] > before[id] {
			return nil, "mending it would bring another finding: " + f.Message
		}
	}
	t.accepted, t.edits, t.text, t.checked = mends, edits, text, checked
	return nil, ""
}

// onlyGrew reports whether a text has all that the one before had, in its order,
// but for the texts that were to be changed.
func onlyGrew(name, before, after string, changed map[string]string) bool {
	old, err := source.Read(name, []byte(before))
	if err != nil {
		return false
	}
	now, err := source.Read(name, []byte(after))
	if err != nil || len(now.Duplicates) > len(old.Duplicates) {
		return false
	}
	return grew(old.Root, now.Root, changed, "")
}

func grew(old, now *source.Node, changed map[string]string, path string) bool {
	if old.Kind == source.Null && old.Tag == now.Tag && (now.Kind == source.Object || now.Kind == source.Array) {
		return true // it had no value
	}
	if value, ok := changed[path]; ok {
		return now.Value == value && now.Tag == old.Tag
	}
	if old.Kind != now.Kind || old.Value != now.Value || old.Tag != now.Tag || len(old.Items) > len(now.Items) {
		return false
	}
	below := func(key string) string {
		if path == "" {
			return key
		}
		return path + "\x00" + key
	}
	for i, item := range old.Items {
		if !grew(item, now.Items[i], changed, below(itoa(i))) {
			return false
		}
	}
	next := 0
	for _, m := range old.Members {
		for next < len(now.Members) && now.Members[next].Key != m.Key {
			next++
		}
		if next == len(now.Members) || !grew(m.Value, now.Members[next].Value, changed, below(m.Key)) {
			return false
		}
		next++
	}
	return true
}
