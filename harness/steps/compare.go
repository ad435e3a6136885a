package steps

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// differences say where one value is not as another, a line for each place.
type differences []string

// maxDifferences is how many a person wants to read.
const maxDifferences = 10

func (d *differences) add(path, format string, a ...any) {
	*d = append(*d, path+" "+fmt.Sprintf(format, a...))
}

// String is what follows "is not as wanted".
func (d differences) String() string {
	if len(d) == 1 {
		return ": " + d[0]
	}
	var b strings.Builder
	b.WriteString(":")
	for i, line := range d {
		if i == maxDifferences {
			fmt.Fprintf(&b, "\n    and %d more", len(d)-i)
			break
		}
		b.WriteString("\n    " + line)
	}
	return b.String()
}

// unequal says where got is not equal to want.
func unequal(got, want any) differences {
	var d differences
	compare(&d, "$", got, want, false)
	return d
}

// lacking says where got does not hold what want shows.
func lacking(got, want any) differences {
	var d differences
	compare(&d, "$", got, want, true)
	return d
}

// compare notes the places below path where got is not as want. With subset got
// may hold more.
func compare(d *differences, path string, got, want any, subset bool) {
	switch want := want.(type) {
	case *ordered.Object:
		got, ok := got.(*ordered.Object)
		if !ok {
			break
		}
		for key, value := range want.All() {
			if v, ok := got.Get(key); ok {
				compare(d, member(path, key), v, value, subset)
			} else {
				d.add(member(path, key), "is missing, want %s%s", describe(value), nearKey(got, key))
			}
		}
		for key, value := range got.All() {
			if _, ok := want.Get(key); !ok && !subset {
				d.add(member(path, key), "is %s, want no such member", describe(value))
			}
		}
		return
	case *ordered.Array:
		got, ok := got.(*ordered.Array)
		if !ok {
			break
		}
		if subset {
			for _, item := range unmatched(got.Items, want.Items) {
				if len(got.Items) == 1 && len(want.Items) == 1 {
					compare(d, path+"[0]", got.Items[0], item, subset)
					continue
				}
				d.add(path, "has no item of its own like %s", describe(item))
			}
			return
		}
		for i := range min(len(got.Items), len(want.Items)) {
			compare(d, path+"["+strconv.Itoa(i)+"]", got.Items[i], want.Items[i], subset)
		}
		if len(got.Items) != len(want.Items) {
			d.add(path, "has %s, want %d", plural(len(got.Items), "item"), len(want.Items))
		}
		return
	}
	if !ordered.Equal(got, want) {
		d.add(path, "is %s, want %s", describe(got), describe(want))
	}
}

// unmatched gives each wanted item an item of its own that holds it, whatever
// the order, and returns those for which there is none. An item may be passed on
// to let another wanted one have it.
func unmatched(got, want []any) []any {
	owner := make([]int, len(got)) // 1 + index into want; 0: nobody's
	var claim func(w int, asked []bool) bool
	claim = func(w int, asked []bool) bool {
		for g := range got {
			if asked[g] || len(lacking(got[g], want[w])) > 0 {
				continue
			}
			asked[g] = true
			if owner[g] == 0 || claim(owner[g]-1, asked) {
				owner[g] = w + 1
				return true
			}
		}
		return false
	}
	var without []any
	for w := range want {
		if !claim(w, make([]bool, len(got))) {
			without = append(without, want[w])
		}
	}
	return without
}

// member is the path of a member.
func member(path, key string) string {
	for i, r := range key {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || i > 0 && r >= '0' && r <= '9'
		if !letter {
			return path + "['" + key + "']"
		}
	}
	if key == "" {
		return path + "['']"
	}
	return path + "." + key
}

// nearKey names a member that is nearly called so.
func nearKey(o *ordered.Object, key string) string {
	var keys []string
	for k := range o.All() {
		keys = append(keys, k)
	}
	if near := Nearest(key, keys); near != "" {
		return fmt.Sprintf(" (there is %q)", near)
	}
	return ""
}

// describe shows a value in a sentence.
func describe(v any) string {
	text := string(ordered.AppendSpelled(nil, v))
	const most = 80
	if len(text) <= most {
		return text
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
