package fix

import (
	"slices"
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// FuzzMend mends anything: no panic; what could be read can still be read, with all
// its lines; and the edits are sorted and make the text that was checked.
func FuzzMend(f *testing.F) {
	for _, d := range documents(f) {
		f.Add(d.text)
	}
	for _, way := range dressed[1:] {
		for _, d := range documents(f)[:5] {
			f.Add([]byte(way.dress(string(d.text))))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 10_000 {
			return
		}
		check := checkAs("x.yaml")
		r := Mend(text, check, all)
		if got := Apply(string(text), r.Edits); got != r.Text {
			t.Fatalf("the edits make\n%s\nnot\n%s", got, r.Text)
		}
		if !slices.IsSortedFunc(r.Edits, func(a, b Edit) int { return a.Start - b.Start }) {
			t.Errorf("not sorted: %v", r.Edits)
		}
		if _, err := source.Read("x.yaml", text); err != nil {
			if len(r.Edits) > 0 {
				t.Errorf("a text that can't be read was edited: %v", r.Edits)
			}
			return
		}
		if _, err := source.Read("x.yaml", []byte(r.Text)); err != nil {
			t.Errorf("what comes of it can't be read: %v\n%s", err, r.Text)
		}
		// Only a word that becomes another takes something away.
		removed := 0
		for _, e := range r.Edits {
			if removed += e.End - e.Start; e.Text != "true" && e.End > e.Start && !strings.Contains(e.Text, "true") && strings.TrimSpace(string(text[e.Start:e.End])) != "" {
				t.Errorf("%q is taken away", text[e.Start:e.End])
			}
		}
		if len(r.Mended) == 0 && len(r.Edits) > 0 {
			t.Errorf("nothing is mended by %v", r.Edits)
		}
	})
}

// FuzzInsert puts a member and an item at any place of any text.
func FuzzInsert(f *testing.F) {
	f.Add("get:\n  responses:\n    '200':\n      description: ok\n  x: 1\n", "get/responses")
	f.Add("get:\r\n- a: |+\r\n    x\r\n\r\n- [1, {b: c,}]\r\n", "get/1/1")
	f.Add("{\"a\": {\"b\": []}}", "a/b")
	f.Add("? a\n: b: 1\n", "a")
	f.Add("a: &x !t\n  b: 1\n", "a")
	f.Fuzz(func(t *testing.T, text, path string) {
		file, err := source.Read("x.yaml", []byte(text))
		if err != nil || strings.HasPrefix(text, byteOrderMark) {
			return
		}
		at := strings.Split(path, "/")
		o, err := outlineOf(text)
		if err != nil {
			return
		}
		for _, c := range []change{
			add(object("k", "v", "o", object("n", list("a b", "'*'"))), append(at, "404")...),
			add("GET /x: \"1\"", append(at, "-")...),
			{path: at, wrap: true},
			{path: at, become: "true"},
			{path: at, list: []string{"PUT"}},
		} {
			edits, changed, err := o.insert(file.Root, []change{c})
			if err != nil {
				continue
			}
			got := Apply(text, edits)
			if !onlyGrew("x.yaml", text, got, changed) {
				continue // found out, and left alone
			}
			if _, err := source.Read("x.yaml", []byte(got)); err != nil {
				t.Errorf("%q can't be read: %v", got, err)
			}
		}
	})
}
