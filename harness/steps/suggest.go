package steps

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Suggest returns the step that a text was most likely meant to be, with the
// text's own values in it, or "" if none is near. Keywords stand before neither.
func Suggest(text string) string {
	mine := words(text)
	var best []pair
	var step *Step
	least := 0.5 // of what must differ at most
	for _, f := range forms() {
		pairs, cost := align(mine, f.words)
		if share := cost / float64(max(len(mine), len(f.words), 1)); share < least {
			best, step, least = pairs, f.step, share
		}
	}
	if step == nil {
		return ""
	}
	return proposal(best, step)
}

// A form is one way to say a step, as words.
type form struct {
	step  *Step
	words []word
}

var forms = sync.OnceValue(func() []form {
	var list []form
	for _, s := range all() {
		for _, example := range append([]string{s.Example}, s.Also...) {
			first, _, _ := strings.Cut(example, "\n")
			_, text, _ := strings.Cut(first, " ") // behind the keyword
			list = append(list, form{s, words(text)})
		}
	}
	return list
})

// A word is a piece of a step's text.
type word struct {
	kind kind
	text string // as it is written, quotes and all
}

type kind uint8

const (
	plain kind = iota
	quoted
	number
	method
)

var pieces = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'[^']*'(?:[\s:,]|$)|\{\{[^{}]+\}\}|[^\s:,"]+(?::[^\s:,"]+)*|[:,]`)

var httpMethods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// words takes a text to pieces: quoted ones, numbers, methods and the rest. What
// people write of habit is made ours: "should be" is "is".
func words(text string) []word {
	var list []word
	for _, p := range pieces.FindAllString(text, -1) {
		rest := ""
		if strings.HasPrefix(p, "'") {
			end := strings.LastIndexByte(p, '\'')
			p, rest = p[:end+1], strings.TrimSpace(p[end+1:])
		}
		w := word{plain, p}
		switch {
		case len(p) > 1 && p[0] == '\'':
			w = word{quoted, `"` + strings.ReplaceAll(p[1:len(p)-1], `"`, `\"`) + `"`}
		case p[0] == '"':
			w.kind = quoted
		case strings.HasPrefix(p, "{{"), strings.Trim(p, "-.0123456789") == "":
			w.kind = number
		case slices.Contains(httpMethods, p):
			w.kind = method
		case len(list) > 0 && isOneOf(list[len(list)-1].text, "should", "must", "shall") && isOneOf(p, "be", "have"):
			list[len(list)-1].text = map[string]string{"be": "is", "have": "has"}[strings.ToLower(p)]
			continue
		}
		list = append(list, w)
		if rest != "" {
			list = append(list, word{plain, rest})
		}
	}
	return list
}

// A pair is a word of a form and what stands for it in the text; one of them may
// be missing.
type pair struct{ form, mine *word }

// align finds the cheapest way to make a form of a text.
func align(mine, form []word) ([]pair, float64) {
	type cell struct {
		cost   float64
		di, dj int // the way here
	}
	table := make([][]cell, len(mine)+1)
	for i := range table {
		table[i] = make([]cell, len(form)+1)
		for j := range table[i] {
			if i == 0 && j == 0 {
				continue
			}
			best := cell{cost: 1e9}
			try := func(di, dj int, cost float64) {
				if i >= di && j >= dj {
					if c := table[i-di][j-dj].cost + cost; c < best.cost {
						best = cell{c, di, dj}
					}
				}
			}
			if i > 0 && j > 0 {
				try(1, 1, change(mine[i-1], form[j-1]))
			}
			if j > 0 {
				try(0, 1, weight(form[j-1]))
			}
			if i > 0 {
				try(1, 0, weight(mine[i-1]))
			}
			table[i][j] = best
		}
	}
	var pairs []pair
	for i, j := len(mine), len(form); i > 0 || j > 0; {
		c := table[i][j]
		p := pair{}
		if c.dj == 1 {
			p.form = &form[j-1]
		}
		if c.di == 1 {
			p.mine = &mine[i-1]
		}
		i, j = i-c.di, j-c.dj
		pairs = append(pairs, p)
	}
	slices.Reverse(pairs)
	return pairs, table[len(mine)][len(form)].cost
}

// weight is what it costs to add a word or to leave it out.
func weight(w word) float64 {
	if w.text == ":" || w.text == "," {
		return 0.3
	}
	return 1
}

// change is what it costs to put one word for another.
func change(mine, form word) float64 {
	switch {
	case mine.kind == form.kind && mine.kind != plain:
		return 0
	case mine.kind == plain && form.kind == plain:
		a, b := strings.ToLower(mine.text), strings.ToLower(form.text)
		return min(1, 1.5*float64(Distance(a, b))/float64(max(len(a), len(b))))
	case form.kind == method && slices.Contains(httpMethods, strings.ToUpper(mine.text)):
		return 0.3
	case form.kind == quoted: // a value without its quotes
		return 0.6
	case mine.kind == quoted:
		return 0.8
	}
	return 1
}

// alternatives are words of which a step takes one: which, its pattern says.
var alternatives = []string{
	"milliseconds", "seconds", "minutes", "hours", "days", "day", "week", "month",
	"enabled", "disabled", "present", "absent", "true", "false", "null",
}

// proposal writes a form down with the values of the text.
func proposal(pairs []pair, step *Step) string {
	var list []string
	odd, oddWord := -1, "" // a word of the form for which the text has another
	for _, p := range pairs {
		if p.form == nil {
			continue
		}
		text := p.form.text
		if p.mine != nil {
			switch {
			case p.form.kind == plain && p.mine.kind == plain && p.mine.text != text:
				odd, oddWord = len(list), p.mine.text
			case p.form.kind == quoted && p.mine.kind != quoted:
				text = `"` + p.mine.text + `"`
			case p.form.kind == method && slices.Contains(httpMethods, strings.ToUpper(p.mine.text)):
				text = strings.ToUpper(p.mine.text)
			case p.form.kind == p.mine.kind && p.form.kind != plain:
				text = p.mine.text
			}
		}
		list = append(list, text)
	}
	if odd < 0 || !slices.Contains(alternatives, list[odd]) {
		return sentence(list)
	}
	var fitting []string
	for _, a := range alternatives {
		other := slices.Clone(list)
		other[odd] = a
		if step.Pattern.MatchString(sentence(other)) && !slices.Contains(fitting, a+"s") {
			fitting = append(fitting, a)
		}
	}
	if near := Nearest(oddWord, fitting); near != "" && Distance(oddWord, near) <= 2 {
		list[odd] = near
		return sentence(list)
	}
	others := slices.DeleteFunc(fitting, func(a string) bool { return a == list[odd] })
	if len(others) == 0 {
		return sentence(list)
	}
	return sentence(list) + " (or " + strings.Join(others, ", ") + ")"
}

// sentence puts words together, colons and commas without a blank before them.
func sentence(words []string) string {
	return strings.NewReplacer(" :", ":", " ,", ",").Replace(strings.Join(words, " "))
}
