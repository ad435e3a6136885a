package openapi

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// placeholder is ${name} as AWS and templating tools write it.
var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9_.:\-]+)\}`)

// fill returns n with the variables and placeholders of all its texts and keys
// filled in; n itself where there are none. AWS fills its variables before it
// parses the document (AWS docs: AWS variables for OpenAPI import).
func (im *importer) fill(n *source.Node) *source.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case source.String:
		if !strings.Contains(n.Value, "${") {
			return n
		}
		im.unknownVariables(n)
		if text, ok := im.filled(n.Text()); ok {
			return source.NewString(text, n.Pos)
		}
	case source.Array:
		return n.WithItems(im.fill)
	case source.Object:
		return n.WithMembers(func(m source.Member) source.Member {
			if key, ok := im.filled(source.Text{Text: m.Key}); ok {
				m.Key = key.Text
			}
			m.Value = im.fill(m.Value)
			return m
		})
	}
	return n
}

// filled fills the placeholders of a text; false if it has none that are known.
// All bytes of a filled placeholder stand where the placeholder stands.
func (im *importer) filled(t source.Text) (source.Text, bool) {
	if !strings.Contains(t.Text, "${") {
		return t, false
	}
	var b source.Builder
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(t.Text, -1) {
		value, ok := im.variableValue(t.Text[m[2]:m[3]])
		if !ok {
			continue
		}
		b.Copy(t, last, m[0])
		b.Insert(value, placeOf(t, m[0]))
		last = m[1]
	}
	if last == 0 {
		return t, false
	}
	b.Copy(t, last, len(t.Text))
	return b.Text(placeOf(t, 0)), true
}

// placeOf is the place of a byte of a text; a key's bytes have none of their own.
func placeOf(t source.Text, offset int) source.Pos {
	if t.At == nil {
		return source.Pos{}
	}
	return t.At(offset)
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
	if im.doc.rendered {
		return "", false
	}
	v, ok := im.o.Substitutions[name]
	return v, ok
}

// text is a scalar with the places of its bytes.
func (im *importer) text(n *source.Node) source.Text {
	if n == nil {
		return source.Plain(im.doc.Name, "")
	}
	t := n.Text()
	t.Text = scalar(n)
	return t
}
