package openapi

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// placeholder is ${name} as AWS and templating tools write it.
var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9_.:\-]+)\}`)

// An edit is a text in which placeholders were filled: where the pieces of the
// new text come from in the old one.
type edit struct {
	old    source.Text
	pieces []piece
}

type piece struct{ newStart, oldStart, oldEnd int }

// at is the place of a byte of the new text. All bytes of a filled placeholder
// stand where the placeholder stands.
func (e *edit) at(offset int) source.Pos {
	p := e.pieces[0]
	for _, q := range e.pieces {
		if q.newStart > offset {
			break
		}
		p = q
	}
	return e.old.At(min(p.oldStart+offset-p.newStart, p.oldEnd))
}

// fill returns n with the variables and placeholders of all its texts and keys
// filled in; n itself where there are none. AWS fills its variables before it
// parses the document (AWS docs: AWS variables for OpenAPI import).
func (im *importer) fill(n *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case source.String:
		text, pieces, ok := im.filled(n.Value)
		im.unknownVariables(n)
		if ok {
			c := *n
			c.Value = text
			im.edits[&c] = &edit{old: n.Text(), pieces: pieces}
			return &c
		}
	case source.Array:
		for i, item := range n.Items {
			if f := im.fill(item); f != item {
				c := *n
				c.Items = append([]*source.Node(nil), n.Items...)
				c.Items[i] = f
				for j := i + 1; j < len(c.Items); j++ {
					c.Items[j] = im.fill(c.Items[j])
				}
				return &c
			}
		}
	case source.Object:
		for i := range n.Members {
			if f, changed := im.fillMember(n.Members[i]); changed {
				c := *n
				c.Members = append([]source.Member(nil), n.Members...)
				c.Members[i] = f
				for j := i + 1; j < len(c.Members); j++ {
					c.Members[j], _ = im.fillMember(c.Members[j])
				}
				return &c
			}
		}
	}
	return n
}

func (im *importer) fillMember(m source.Member) (source.Member, bool) {
	changed := false
	if key, _, ok := im.filled(m.Key); ok {
		m.Key, changed = key, true
	}
	if f := im.fill(m.Value); f != m.Value {
		m.Value, changed = f, true
	}
	return m, changed
}

// filled fills the placeholders of a text; false if it has none that are known.
func (im *importer) filled(text string) (string, []piece, bool) {
	if !strings.Contains(text, "${") {
		return text, nil, false
	}
	var b strings.Builder
	var pieces []piece
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		value, ok := im.variableValue(text[m[2]:m[3]])
		if !ok {
			continue
		}
		pieces = append(pieces, piece{b.Len(), last, m[0]})
		b.WriteString(text[last:m[0]])
		pieces = append(pieces, piece{b.Len(), m[0], m[0]})
		b.WriteString(value)
		last = m[1]
	}
	if pieces == nil {
		return text, nil, false
	}
	pieces = append(pieces, piece{b.Len(), last, len(text)})
	b.WriteString(text[last:])
	return b.String(), pieces, true
}

// unknownVariables reports ${AWS::X} that the import doesn't fill.
func (im *importer) unknownVariables(n *source.Node) {
	if !strings.Contains(n.Value, "${AWS::") {
		return
	}
	for _, m := range placeholder.FindAllStringSubmatchIndex(n.Value, -1) {
		name := n.Value[m[2]:m[3]]
		if _, ok := im.variableValue(name); !ok && strings.HasPrefix(name, "AWS::") {
			im.add(place{n.Text().At(m[0]), ""}, Finding{
				Rule: "aws-variable-unknown", Category: Advice, Evidence: Documented,
				Message: "the import doesn't fill ${" + name + "}; it fills AWS::Region, AWS::AccountId and AWS::Partition",
				Hint:    substitutionHint,
			})
		}
	}
}

func (im *importer) variableValue(name string) (string, bool) {
	switch name {
	case "AWS::Region":
		return im.o.Region, true
	case "AWS::AccountId":
		return im.o.AccountID, true
	case "AWS::Partition":
		return partition(im.o.Region), true
	}
	v, ok := im.o.Substitutions[name]
	return v, ok
}

// text is a scalar with the places of its bytes.
func (im *importer) text(n *source.Node) source.Text {
	if n == nil {
		return source.Plain(im.doc.Name, "")
	}
	if e, ok := im.edits[n]; ok {
		return source.Text{Text: n.Value, At: e.at}
	}
	t := n.Text()
	t.Text = scalar(n)
	return t
}
