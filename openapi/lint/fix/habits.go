package fix

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Habits are how a file is written, so that what is added looks like the rest.
type habits struct {
	step   int    // columns an object is indented inside another one
	dash   int    // columns a list is indented inside an object
	unit   string // indentation of JSON over several lines
	colon  string // behind a key of JSON: ": " or ":"
	comma  string // between members in one line: ", " or ","
	padded bool   // { a: 1 }, not {a: 1}
	quote  style  // of texts that want quotes

	leaves int              // small objects in one line, less those over several
	inline map[string]int   // by role: objects and lists in one line, less those over several
	keys   map[string]style // by role: how keys are quoted
	texts  map[string]style // by role: how texts are quoted
}

// A roleName says what a value is by the keys that lead to it, without the names that
// users choose: "responses/*/headers/*". The longest one that the file has counts.
func roleName(path []string) string {
	words := make([]string, len(path))
	for i, key := range path {
		words[i] = key
		if i > 0 && named[path[i-1]] {
			words[i] = "*"
		}
	}
	if i := slices.Index(words, "x-amazon-apigateway-integration"); i >= 0 {
		words = words[i:]
	} else if len(words) > 2 && words[0] == "paths" && words[2] == "parameters" {
		words = append([]string{"operation"}, words[2:]...)
	} else if len(words) > 3 && words[0] == "paths" {
		words = append([]string{"operation"}, words[3:]...)
	}
	return strings.Join(words, "/")
}

// named are objects whose keys are names, and lists, whose items have none.
var named = map[string]bool{
	"paths": true, "responses": true, "headers": true, "parameters": true, "requestTemplates": true, "responseTemplates": true,
	"requestParameters": true, "responseParameters": true, "content": true, "security": true, "schemas": true, "properties": true,
}

// A survey counts what a file does.
type survey struct {
	habits
	steps, dashes        map[int]int
	keyStyles, textStyle map[string]map[style]int
	single, double       int
	tight, loose         [2]int // colons and commas without and with a blank
	padding              int
	units                map[string]int
	o                    *outline
}

func habitsOf(o *outline) habits {
	s := &survey{
		habits: habits{inline: map[string]int{}, keys: map[string]style{}, texts: map[string]style{}},
		steps:  map[int]int{}, dashes: map[int]int{}, units: map[string]int{},
		keyStyles: map[string]map[style]int{}, textStyle: map[string]map[style]int{}, o: o,
	}
	s.look(o.root, nil)
	s.step = mostOf(s.steps, 2)
	s.dash = mostOf(s.dashes, s.step)
	s.unit = mostOf(s.units, "  ")
	s.colon, s.comma = ": ", ", "
	if s.tight[0] > s.loose[0] {
		s.colon = ":"
	}
	if s.tight[1] > s.loose[1] || s.tight[1] == s.loose[1] && s.colon == ":" {
		s.comma = ","
	}
	s.padded = s.padding > 0
	s.quote = doubleQuoted
	if s.single > s.double {
		s.quote = singleQuoted
	}
	for role, counts := range s.keyStyles {
		s.keys[role] = mostOf(counts, plain)
	}
	for role, counts := range s.textStyle {
		s.texts[role] = mostOf(counts, plain)
	}
	withTails(s.inline)
	withTails(s.keys)
	withTails(s.texts)
	return s.habits
}

// mostOf is what was counted most often, of several the smallest.
func mostOf[K cmp.Ordered](counts map[K]int, none K) K {
	best, most := none, 0
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		if counts[k] > most {
			best, most = k, counts[k]
		}
	}
	return best
}

func count(counts map[string]map[style]int, role string, st style) {
	if counts[role] == nil {
		counts[role] = map[style]int{}
	}
	counts[role][st]++
}

// look goes through the values; path leads to p.
func (s *survey) look(p *part, path []string) {
	role := roleName(path)
	switch p.raw {
	case flow, block:
		inside := 1
		if p.raw == block || p.spread {
			inside = -1
		}
		if len(p.members)+len(p.items) > 0 {
			s.inline[role] += inside
		}
		if p.leaf() {
			s.leaves += inside
		}
	case plain, singleQuoted, doubleQuoted:
		if p.kind == source.String || p.kind == source.Number {
			count(s.textStyle, role, p.raw)
		}
		s.quoted(p.raw)
	}
	if p.raw == flow && !p.spread && p.kind == source.Object && len(p.members) > 0 {
		if s.o.text[p.inner] == ' ' {
			s.padding++
		} else {
			s.padding--
		}
	}
	for i, m := range p.members {
		count(s.keyStyles, role, m.keyRaw)
		if !s.o.json {
			s.quoted(m.keyRaw)
		} else {
			s.gap(0, strings.HasPrefix(s.o.text[m.keyEnd:], ":") && m.value.start == m.keyEnd+1)
		}
		if i > 0 && p.raw == flow && !p.spread {
			s.gap(1, s.o.text[m.keyStart-1] == ',')
		}
		s.inner(p, m)
		s.look(m.value, append(path[:len(path):len(path)], m.key))
	}
	for _, item := range p.items {
		s.look(item, append(path[:len(path):len(path)], "*"))
	}
}

func (s *survey) quoted(st style) {
	switch st {
	case singleQuoted:
		s.single++
	case doubleQuoted:
		s.double++
	}
}

func (s *survey) gap(which int, tight bool) {
	if tight {
		s.tight[which]++
	} else {
		s.loose[which]++
	}
}

// inner looks at how the value of a member is indented.
func (s *survey) inner(p *part, m member) {
	v := m.value
	switch {
	case p.raw == block && v.raw == block && v.first >= 0 && p.first >= 0 && v.kind == source.Object:
		s.steps[v.first-p.first]++
	case p.raw == block && v.raw == block && v.first >= 0 && p.first >= 0:
		s.dashes[v.first-p.first]++
	case p.raw == flow && p.spread && v.raw == flow && v.spread && len(v.members) > 0:
		outer, inner := s.o.indentation(m.keyStart), s.o.indentation(v.members[0].keyStart)
		if unit, ok := strings.CutPrefix(inner, outer); ok && unit != "" {
			s.units[unit]++
		}
	}
}

// leaf reports whether an object has nothing but single values.
func (p *part) leaf() bool {
	return len(p.members) > 0 && !slices.ContainsFunc(p.members, func(m member) bool { return m.value.raw == block || m.value.raw == flow })
}

// writesInline says whether a value of a role is written in one line. Where the
// file has none of its kind, small objects are written as others of their size.
func (h *habits) writesInline(role string, leaf bool) bool {
	if n, ok := lookUp(h.inline, role); ok && n != 0 {
		return n > 0
	}
	return leaf && h.leaves > 0
}

// lookUp finds a role, or what its last words are in other places of the file.
func lookUp[V any](of map[string]V, role string) (V, bool) {
	if v, ok := of[role]; ok {
		return v, true
	}
	v, ok := of[anywhere+tailOf(role)]
	return v, ok
}

// anywhere begins the name of a role's last words, which stand for it wherever it
// isn't known.
const anywhere = ".../"

// withTails adds the last words of all roles.
func withTails[V any](of map[string]V) {
	for _, role := range slices.Sorted(maps.Keys(of)) {
		tail := anywhere + tailOf(role)
		if _, ok := of[tail]; !ok {
			of[tail] = of[role]
		}
	}
}

// tailOf is the last word of a role, with the one before where it is a name.
func tailOf(role string) string {
	words := strings.Split(role, "/")
	n := len(words) - 1
	if n > 0 && words[n] == "*" {
		n--
	}
	return strings.Join(words[n:], "/")
}
