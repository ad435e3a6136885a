package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"go.yaml.in/yaml/v4"
)

// maxExpanded is how many nodes a YAML file may have with every alias written
// out. It keeps nine lines of aliases from standing for a billion values.
const maxExpanded = 1_000_000

func (f *File) readYAML() error {
	loader, err := yaml.NewLoader(bytes.NewReader(withoutVersion(f.data)))
	if err != nil {
		return &Error{Pos: f.pos(1, 1), Msg: "the YAML cannot be read", Err: err}
	}
	var document yaml.Node
	if err := loader.Load(&document); err == io.EOF {
		return &Error{Pos: f.pos(1, 1), Msg: "the file holds nothing but comments"}
	} else if err != nil {
		return f.yamlErrors(err)
	}
	var second yaml.Node
	if err := loader.Load(&second); err != io.EOF {
		return f.secondDocument(&second)
	}
	r := &yamlReader{file: f, seen: map[*yaml.Node]*converted{}}
	if len(document.Content) == 1 {
		f.Root = r.node(document.Content[0], 1).node
	}
	return errors.Join(r.errs...)
}

// withoutVersion makes a comment of the directive %YAML 1.2, which the library
// does not know, though it reads what 1.2 says.
func withoutVersion(data []byte) []byte {
	if !bytes.HasPrefix(data, []byte("%YAML 1.")) {
		return data
	}
	data = bytes.Clone(data)
	data[0] = '#'
	return data
}

func (f *File) secondDocument(second *yaml.Node) error {
	pos := f.pos(1, 1)
	if second.Line > 0 {
		pos = f.pos(second.Line, second.Column)
	}
	for number := pos.Line; number > 1; number-- {
		if strings.HasPrefix(f.line(number), "---") {
			pos = f.pos(number, 1)
			break
		}
	}
	return &Error{Pos: pos, Msg: "a second YAML document begins here; a file may hold one", Hint: "split the file, or remove the ---"}
}

// yamlErrors places and rewords what the library found.
func (f *File) yamlErrors(err error) error {
	var several *yaml.LoadErrors
	if errors.As(err, &several) {
		var errs []error
		for _, e := range several.Errors {
			errs = append(errs, f.yamlError(e))
		}
		return errors.Join(errs...)
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		return f.yamlError(one)
	}
	return &Error{Pos: f.pos(1, 1), Msg: "the YAML cannot be read: " + err.Error(), Err: err}
}

func (f *File) yamlError(e *yaml.LoadError) *Error {
	out := &Error{Pos: f.pos(max(e.Mark.Line, 1), max(e.Mark.Column, 1)), Msg: e.Message, Err: e}
	if e.ContextMsg != "" && e.ContextMark.Line > 0 && e.ContextMark != e.Mark {
		out.Msg += fmt.Sprintf(" (%s of line %d)", e.ContextMsg, e.ContextMark.Line)
	}
	switch {
	case e.Mark.Line == 0 && strings.ContainsAny(string(f.data), "\ufffe\uffff"):
		out.Pos = Plain(f.Name, string(f.data)).At(strings.IndexAny(string(f.data), "\ufffe\uffff"))
		out.Msg, out.Hint = "a character stands here that no text has", "remove it"
	case e.Message == "mapping values are not allowed in this context":
		out.Msg = `a colon makes a key here, where none can be`
		out.Hint = "check the indentation; a text with a colon and a blank in it wants quotes"
	case e.Message == "found character that cannot start any token":
		out.Msg, out.Hint = f.wrongStart(out.Pos)
	case e.Message == "found unexpected end of stream" && strings.Contains(e.ContextMsg, "quoted scalar"):
		out.Pos, out.Msg = f.pos(e.ContextMark.Line, e.ContextMark.Column), "the quote is never closed"
	case e.Message == "could not find expected ':'":
		out.Pos, out.Msg = f.pos(e.ContextMark.Line, e.ContextMark.Column), "this is neither a key with a colon nor part of a value"
		out.Hint = `a key wants ": " after it, a list item "- " before it`
	case strings.HasPrefix(e.Message, "exceeded max depth"):
		out.Msg = tooDeep
	case e.Message == "found invalid Unicode character escape code":
		out.Hint = "YAML has no surrogate pairs; write the character itself"
	case strings.HasPrefix(e.Message, "unknown anchor"):
		out.Msg = "the alias *" + strings.Trim(strings.TrimSuffix(strings.TrimPrefix(e.Message, "unknown anchor "), " referenced"), "'") + " has no anchor before it"
		out.Hint = "an unquoted text must not begin with *"
	}
	return out
}

func (f *File) wrongStart(pos Pos) (msg, hint string) {
	rest := []rune(f.line(pos.Line))
	if pos.Col > len(rest) {
		return "no value can begin here", ""
	}
	if c := rest[pos.Col-1]; c != '\t' {
		return fmt.Sprintf("no value can begin with %c", c), "put the text in quotes"
	}
	return "a tab stands where YAML wants blanks", "indent with blanks"
}

var tooDeep = fmt.Sprintf("nested more than %d deep", ordered.MaxDepth)

// A yamlReader makes Nodes of what the library read.
type yamlReader struct {
	file *File
	seen map[*yaml.Node]*converted // what aliases point to
	errs []error
	full bool // the cap on expansion was reported
}

// A converted node knows how many nodes it is with all aliases written out.
type converted struct {
	node *Node
	size int // 0 while it is being converted
}

func (r *yamlReader) errorf(n *yaml.Node, hint, format string, args ...any) {
	r.errs = append(r.errs, &Error{Pos: r.pos(n), Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (r *yamlReader) pos(n *yaml.Node) Pos { return r.file.pos(n.Line, n.Column) }

// node converts n; what cannot be converted is reported and becomes null.
func (r *yamlReader) node(n *yaml.Node, depth int) *converted {
	if n.Kind == yaml.AliasNode {
		return r.alias(n, depth)
	}
	c := &converted{node: &Node{Pos: r.pos(n)}}
	if n.Anchor != "" {
		r.seen[n] = c
	}
	if depth > ordered.MaxDepth {
		if depth == ordered.MaxDepth+1 {
			r.errorf(n, "", "%s", tooDeep)
		}
		c.size = 1
		return c
	}
	if tag := n.Tag; strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") && tag != "!" {
		c.node.Tag = tag
	}
	size := 1
	switch n.Kind {
	case yaml.MappingNode:
		c.node.Kind = Object
		size += r.mapping(n, c.node, depth)
	case yaml.SequenceNode:
		c.node.Kind = Array
		c.node.Items = make([]*Node, 0, len(n.Content))
		for _, item := range n.Content {
			i := r.node(item, depth+1)
			c.node.Items = append(c.node.Items, i.node)
			size += i.size
		}
	case yaml.ScalarNode:
		r.scalar(n, c.node)
	}
	c.size = r.capped(n, size)
	return c
}

func (r *yamlReader) capped(n *yaml.Node, size int) int {
	if size <= maxExpanded {
		return size
	}
	if !r.full {
		r.full = true
		r.errorf(n, "write out less with aliases", "with all its aliases written out this is more than %d values", maxExpanded)
	}
	return maxExpanded
}

func (r *yamlReader) alias(n *yaml.Node, depth int) *converted {
	c := r.seen[n.Alias]
	if c == nil {
		c = r.node(n.Alias, depth)
	}
	if c.size == 0 {
		r.errorf(n, "", "the alias *%s stands inside what it stands for", n.Value)
		return &converted{node: &Node{Pos: r.pos(n)}, size: 1}
	}
	return c
}

// mapping converts the members of n and returns their size.
func (r *yamlReader) mapping(n *yaml.Node, into *Node, depth int) int {
	list := memberList{file: r.file, members: make([]Member, 0, len(n.Content)/2)}
	size := 0
	var merges []int // where in list merged members go
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if key.Tag == "!!merge" {
			merges, merged = append(merges, len(list.members)), append(merged, value)
			continue
		}
		name, ok := r.key(key)
		if !ok {
			continue
		}
		v := r.node(value, depth+1)
		size += 1 + v.size
		list.add(Member{Key: name, Pos: r.pos(key), Value: v.node})
	}
	into.Members = list.members
	if merges != nil {
		size += r.merge(&list, into, merges, merged, depth)
	}
	return size
}

func (r *yamlReader) key(key *yaml.Node) (string, bool) {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	if key.Kind != yaml.ScalarNode {
		r.errorf(key, "", "a key must be a text, not a list or an object")
		return "", false
	}
	return key.Value, true
}

// merge puts the members that << brings in its place, less those the object has
// itself.
func (r *yamlReader) merge(own *memberList, into *Node, places []int, values []*yaml.Node, depth int) int {
	size := 0
	brought := memberList{file: &File{}} // doubles among these are meant: the first one wins
	var out []Member
	next := 0
	for i, place := range places {
		out = append(out, own.members[next:place]...)
		next = place
		for _, source := range r.mergeSources(values[i]) {
			c := r.node(source, depth+1)
			if c.node.Kind != Object {
				r.errorf(source, "", "<< wants an object, this is %s", article(c.node.Kind))
				continue
			}
			size += c.size
			for _, m := range c.node.Members {
				if own.find(m.Key) >= 0 || brought.find(m.Key) >= 0 {
					continue
				}
				brought.add(m)
				out = append(out, m)
			}
		}
	}
	into.Members = append(out, own.members[next:]...)
	return size
}

// mergeSources are the objects that << names: one, or a list of them.
func (r *yamlReader) mergeSources(value *yaml.Node) []*yaml.Node {
	list := value
	if list.Kind == yaml.AliasNode {
		list = list.Alias
	}
	if list.Kind == yaml.SequenceNode {
		return list.Content
	}
	return []*yaml.Node{value}
}

func article(k Kind) string {
	switch k {
	case Null:
		return "null"
	case Array, Object:
		return "an " + k.String()
	}
	return "a " + k.String()
}

func (r *yamlReader) scalar(n *yaml.Node, into *Node) {
	into.Value = n.Value
	switch n.Tag {
	case "!!null":
		into.Kind, into.Value = Null, ""
	case "!!bool":
		into.Kind = Bool
		into.Value = "false"
		if isTrue(n.Value) {
			into.Value = "true"
		}
	case "!!int", "!!float":
		into.Kind = Number
	default: // texts, dates, and whatever has a tag of its own
		into.Kind, into.file = String, r.file
		into.style = styleOf(n)
	}
}

func isTrue(s string) bool {
	switch strings.ToLower(s) {
	case "true", "yes", "on", "y":
		return true
	}
	return false
}

func styleOf(n *yaml.Node) scalarStyle {
	switch {
	case n.Style&yaml.LiteralStyle != 0:
		return literal
	case n.Style&yaml.FoldedStyle != 0:
		return elsewhere
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return doubleQuoted
	case n.Style&yaml.SingleQuotedStyle != 0:
		return singleQuoted
	}
	return plain
}
