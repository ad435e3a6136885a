package fix

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// An inserter turns growths into edits of a text.
type inserter struct {
	*outline
	doc   *source.Node // what the text means, with aliases, merges and intrinsics followed
	edits []Edit
	// changed are texts that are meant to be another one than before, by the path
	// that leads there.
	changed map[string]string
}

// insert makes the edits that changes ask for, or says why they can't be made.
func (o *outline) insert(doc *source.Node, changes []change) ([]Edit, map[string]string, error) {
	in := &inserter{outline: o, doc: doc, changed: map[string]string{}}
	if err := in.into(o.root, doc, grow(changes), nil); err != nil {
		return nil, nil, err
	}
	sortEdits(in.edits)
	return in.edits, in.changed, nil
}

// into makes what a growth asks for inside p. means is the same value as the
// import has it; path leads there.
func (in *inserter) into(p *part, means *source.Node, g *growth, path []string) error {
	if err := editable(p, path); err != nil {
		return err
	}
	var fresh []*growth
	for _, inner := range g.inside {
		at := append(slices.Clip(path), inner.key)
		next, there := childOf(p, inner.key)
		meant := childNode(means, inner.key)
		switch {
		case there && meant == nil:
			return fmt.Errorf("%s is read from somewhere else", called(at))
		case there && next.raw == absent && (inner.inside != nil || inner.items != nil):
			if err := in.fill(p, inner, at); err != nil {
				return err
			}
		case there && inner.items == nil && inner.inside == nil:
			if err := in.rewrite(next, inner, at); err != nil {
				return err
			}
		case there:
			if err := in.into(next, meant, inner, at); err != nil {
				return err
			}
		case meant != nil:
			return fmt.Errorf("%s is not written there, but comes by a merge key, a placeholder or a function", called(at))
		default:
			fresh = append(fresh, inner)
		}
	}
	if len(g.items) > 0 {
		if err := in.append(p, g.items, path); err != nil {
			return err
		}
	}
	return in.members(p, fresh, path)
}

// editable says why nothing may be added to a value; nil if it may.
func editable(p *part, path []string) error {
	what := called(path)
	switch {
	case p.alias:
		return fmt.Errorf("%s is an alias: it is written elsewhere", what)
	case p.shared:
		return fmt.Errorf("%s has an anchor, and an alias stands for it elsewhere", what)
	case p.tag != "":
		return fmt.Errorf("%s is worked out by %s", what, p.tag)
	case p.member("$ref") != nil:
		return fmt.Errorf("%s is a $ref to %s, which others may use", what, p.member("$ref").value.value)
	case p.kind == source.Object && len(p.members) == 1 && intrinsic(p.members[0].key):
		return fmt.Errorf("%s is worked out by %s", what, p.members[0].key)
	case p.kind != source.Object && p.kind != source.Array:
		return fmt.Errorf("%s is no object", what)
	}
	return nil
}

// intrinsic reports whether a key is a function of CloudFormation.
func intrinsic(key string) bool { return key == "Ref" || strings.HasPrefix(key, "Fn::") }

// called is what a place is called in messages: the last of the path that says something.
func called(path []string) string {
	if len(path) == 0 {
		return "the document"
	}
	for i := len(path) - 1; i > 0; i-- {
		if _, err := strconv.Atoi(path[i]); err != nil || named[path[i-1]] && path[i-1] != "parameters" {
			path = path[i:]
			break
		}
		if i == 1 {
			path = path[1:]
		}
	}
	return strconv.Quote(path[0])
}

func childOf(p *part, key string) (*part, bool) {
	if p.kind == source.Array {
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(p.items) {
			return p.items[i], true
		}
		return nil, false
	}
	if m := p.member(key); m != nil {
		return m.value, true
	}
	return nil, false
}

func childNode(n *source.Node, key string) *source.Node {
	if n == nil {
		return nil
	}
	if n.Kind == source.Array {
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i]
		}
		return nil
	}
	return n.Get(key)
}

var errNotThisText = errors.New("its text is written in a way that can't be changed safely")

// rewrite changes a text that is there.
func (in *inserter) rewrite(p *part, g *growth, path []string) error {
	if !g.wrap && g.list == nil && g.become == "" {
		return nil // it is there, and that is all that was wanted
	}
	if p.alias || p.shared || p.tag != "" {
		return editable(p, path)
	}
	raw := in.text[p.start:p.end]
	if strings.ContainsAny(raw, "\r\n") || p.raw == blockText || p.raw == absent {
		return errNotThisText
	}
	put := func(at int, text string) { in.edits = append(in.edits, Edit{at, at, text}) }
	switch {
	case g.become != "":
		in.edits = append(in.edits, Edit{p.start, p.end, g.become})
		in.changed[join(path)] = g.become
		return nil
	case g.wrap:
		switch {
		case p.raw == doubleQuoted:
			put(p.start+1, "'")
			put(p.end-1, "'")
		case strings.ContainsAny(p.value, `'"\`):
			return errNotThisText
		case p.raw == singleQuoted:
			put(p.start, `"`)
			put(p.end, `"`)
		default:
			put(p.start, `"'`)
			put(p.end, `'"`)
		}
		in.changed[join(path)] = "'" + p.value + "'"
		return nil
	}
	back := 0 // from the end to the quote of the list
	switch {
	case len(p.value) < 2 || p.value[0] != '\'':
	case p.raw == doubleQuoted && strings.HasSuffix(raw, `'"`):
		back = 2
	case p.raw == singleQuoted && strings.HasSuffix(raw, `'''`):
		back = 3
	}
	if back == 0 {
		return errNotThisText
	}
	comma := ","
	if strings.Contains(p.value, ", ") {
		comma = ", "
	}
	more := comma + strings.Join(g.list, comma)
	put(p.end-back, more)
	in.changed[join(path)] = strings.TrimSuffix(p.value, "'") + more + "'"
	return nil
}

func join(path []string) string { return strings.Join(path, "\x00") }

// order is how people order the keys of an operation, a response and an
// integration. Other keys come last, and status codes by number.
var order = []string{
	"type", "statusCode", "tags", "name", "in", "summary", "description", "externalDocs", "operationId", "consumes", "produces", "required",
	"parameters", "schema", "headers",
}

// behind is the index of the member after which a new one belongs; -1: before all.
func (p *part) behind(key string) int {
	last := -1
	if status.MatchString(key) {
		codes := false
		for i, m := range p.members {
			codes = codes || status.MatchString(m.key)
			if status.MatchString(m.key) && m.key < key {
				last = i
			}
		}
		if !codes {
			return len(p.members) - 1
		}
		return last
	}
	rank := slices.Index(order, key)
	if rank < 0 {
		return len(p.members) - 1
	}
	for i, m := range p.members {
		if r := slices.Index(order, m.key); r >= 0 && r < rank {
			last = i
		}
	}
	if last < 0 && key == "required" {
		return len(p.members) - 1
	}
	return last
}

// members adds new members to an object.
func (in *inserter) members(p *part, fresh []*growth, path []string) error {
	if len(fresh) == 0 {
		return nil
	}
	if p.kind != source.Object {
		return fmt.Errorf("%s is no object", called(path))
	}
	// Those that belong to one place go there together.
	var places []int
	at := map[int][]*growth{}
	for _, g := range fresh {
		i := p.behind(g.key)
		if at[i] == nil {
			places = append(places, i)
		}
		at[i] = append(at[i], g)
	}
	for _, i := range places {
		var err error
		switch {
		case p.raw == block && i < 0:
			err = in.beforeBlock(p, at[i], path)
		case p.raw == block:
			err = in.behindBlock(p, i, at[i], path)
		default:
			err = in.inFlow(p, i, at[i], path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (in *inserter) pen() pen { return pen{habits: &in.habit, json: in.json} }

// append adds items to a list.
func (in *inserter) append(p *part, items []any, path []string) error {
	if p.kind != source.Array {
		return fmt.Errorf("%s is no list", called(path))
	}
	w := in.pen()
	if p.raw == block {
		if p.first < 0 {
			return errLayout
		}
		at, err := in.afterLines(p.end, p.first)
		if err != nil {
			return err
		}
		in.addLines(at, p.first, w.blockList(path, &ordered.Array{Items: items}))
		return nil
	}
	var last *part
	if len(p.items) > 0 {
		last = p.items[len(p.items)-1]
	}
	return in.brackets(p, last, len(items), func(i int, indent, eol string) string {
		if p.spread && in.json {
			return w.spreadJSON(items[i], append(slices.Clip(path), "*"), indent, eol)
		}
		return w.line(items[i], append(slices.Clip(path), "*"))
	})
}
