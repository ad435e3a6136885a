package source

import (
	"math/big"
	"net/url"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// A Kind is what a Node is, in JSON's terms.
type Kind uint8

const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

func (k Kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// A Node is one value of a YAML or JSON file, with its place. Aliases and
// merge keys are resolved, key order is the file's, numbers keep their text.
//
// Nodes are read-only, and those an alias stands for are shared: a node may be
// reached on more than one way.
type Node struct {
	Kind Kind
	// Value is the decoded text of a String, a Number as it is spelled (2.50, 1e3,
	// 010, 0x1F), "true" or "false" of a Bool.
	Value   string
	Members []Member // of an Object, in file order; a key that came twice stands once
	Items   []*Node  // of an Array
	Tag     string   // a custom YAML tag such as "!Sub", else empty
	Pos     Pos      // where the value starts

	style scalarStyle
	file  *File         // of a String: where its bytes stand; nil: at Pos
	at    func(int) Pos // of a String that NewString made: where its bytes stand
}

// NewString is a String that stands at pos and whose bytes stand where t says.
func NewString(t Text, pos Pos) *Node {
	return &Node{Kind: String, Value: t.Text, Pos: pos, at: t.At}
}

// A Member is one key of an Object.
type Member struct {
	Key   string
	Pos   Pos // of the key
	Value *Node
}

// member returns the member called key, or nil.
func (n *Node) member(key string) *Member {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i]
		}
	}
	return nil
}

// Get returns the value of the member called key, or nil; nil and non-objects have none.
func (n *Node) Get(key string) *Node {
	if m := n.member(key); m != nil {
		return m.Value
	}
	return nil
}

// WithMembers is an Object with what f makes of each of its members, less those of
// which f makes the value nil: n itself where f changes nothing.
func (n *Node) WithMembers(f func(Member) Member) *Node {
	for i, m := range n.Members {
		changed := f(m)
		if changed == m {
			continue
		}
		c := *n
		c.Members = append(make([]Member, 0, len(n.Members)), n.Members[:i]...)
		for {
			if changed.Value != nil {
				c.Members = append(c.Members, changed)
			}
			if i++; i == len(n.Members) {
				return &c
			}
			changed = f(n.Members[i])
		}
	}
	return n
}

// WithItems is WithMembers for the items of an Array.
func (n *Node) WithItems(f func(*Node) *Node) *Node {
	for i, item := range n.Items {
		changed := f(item)
		if changed == item {
			continue
		}
		c := *n
		c.Items = append(make([]*Node, 0, len(n.Items)), n.Items[:i]...)
		for {
			if changed != nil {
				c.Items = append(c.Items, changed)
			}
			if i++; i == len(n.Items) {
				return &c
			}
			changed = f(n.Items[i])
		}
	}
	return n
}

// Text returns the text of a String with the place of each byte, and of any
// other scalar its spelling. Arrays and objects have none.
func (n *Node) Text() Text {
	if n == nil {
		return Plain("", "")
	}
	return Text{Text: n.Value, At: n.textAt()}
}

// Follow returns what a JSON Pointer leads to from n on (/paths/~1items/get, or
// with a # before it): nil if it leads nowhere. The place is that of the key for
// a member of an object, of the value for all else, and that of the last thing on
// the way where the pointer leads nowhere.
func (n *Node) Follow(pointer string) (*Node, Pos) {
	pos := n.Pos
	if fragment, ok := strings.CutPrefix(pointer, "#"); ok {
		pointer = fragment
		if decoded, err := url.PathUnescape(fragment); err == nil {
			pointer = decoded
		}
	}
	if pointer == "" {
		return n, pos
	}
	for key := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		key = strings.ReplaceAll(strings.ReplaceAll(key, "~1", "/"), "~0", "~")
		if m := n.member(key); m != nil {
			n, pos = m.Value, m.Pos
			continue
		}
		i, err := strconv.Atoi(key)
		if n.Kind != Array || err != nil || i < 0 || i >= len(n.Items) {
			return nil, pos
		}
		n = n.Items[i]
		pos = n.Pos
	}
	return n, pos
}

// Holds reports whether a place is in n: that of n itself, of a key or value below
// it, or of a byte of a text.
func (n *Node) Holds(at Pos) bool {
	if n.Pos == at {
		return true
	}
	for _, m := range n.Members {
		if m.Pos == at || m.Value.Holds(at) {
			return true
		}
	}
	for _, item := range n.Items {
		if item.Holds(at) {
			return true
		}
	}
	if n.Kind != String {
		return false
	}
	text := n.Text()
	for i := range len(text.Text) + 1 {
		if text.At(i) == at {
			return true
		}
	}
	return false
}

// Ordered turns n into a value of package ordered. Numbers keep their spelling
// where it is JSON's; of YAML's own, 0x1F, 0o17, +5, .5 and 1_000 become what
// they mean, and 010 and .inf stay texts, since readers of YAML differ on them.
// Tags are dropped.
func (n *Node) Ordered() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Value == "true"
	case Number:
		return jsonNumber(n.Value)
	case String:
		return n.Value
	case Array:
		a := &ordered.Array{Items: make([]any, len(n.Items))}
		for i, item := range n.Items {
			a.Items[i] = item.Ordered()
		}
		return a
	case Object:
		o := ordered.NewObject(len(n.Members))
		for _, m := range n.Members {
			o.Set(m.Key, m.Value.Ordered())
		}
		return o
	}
	return nil
}

func jsonNumber(text string) any {
	if number, ok := parseNumber(text); ok {
		return number
	}
	s := strings.ReplaceAll(strings.TrimPrefix(text, "+"), "_", "")
	sign := ""
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		sign, s = "-", rest
	}
	if strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X") || strings.HasPrefix(s, "0o") || strings.HasPrefix(s, "0b") {
		if i, ok := new(big.Int).SetString(s, 0); ok {
			return ordered.Number(sign + i.String())
		}
	}
	if strings.HasPrefix(s, ".") {
		s = "0" + s
	}
	s = strings.Replace(s, ".e", ".0e", 1)
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	if number, ok := parseNumber(sign + s); ok {
		return number
	}
	return text
}

func parseNumber(s string) (ordered.Number, bool) {
	v, err := ordered.ParseString(s)
	number, ok := v.(ordered.Number)
	return number, err == nil && ok && string(number) == s
}
