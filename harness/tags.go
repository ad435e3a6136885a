package harness

import (
	"fmt"
	"slices"
	"strings"
)

// A tagExpression says which scenarios are wanted, by their tags.
type tagExpression func(tags []string) bool

// parseTags reads a cucumber tag expression: tags joined by not, and, or and
// parentheses. The empty expression wants all. A backslash takes a blank or a
// parenthesis into a tag.
func parseTags(expr string) (tagExpression, error) {
	p := &tagParser{words: tagWords(expr)}
	if len(p.words) == 0 {
		return func([]string) bool { return true }, nil
	}
	e, err := p.or()
	if err == nil && p.at < len(p.words) {
		err = fmt.Errorf("%q stands where and, or, or the end should be", p.words[p.at])
	}
	if err != nil {
		return nil, fmt.Errorf("tag expression %q: %w", expr, err)
	}
	return e, nil
}

// tagWords cuts an expression into tags, operators and parentheses.
func tagWords(expr string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	escaped := false
	for _, r := range expr {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '(' || r == ')':
			end()
			words = append(words, string(r))
		case r == ' ' || r == '\t' || r == '\n':
			end()
		default:
			word.WriteRune(r)
		}
	}
	end()
	return words
}

// maxTagDepth bounds how deep "not" and parentheses are nested.
const maxTagDepth = 500

type tagParser struct {
	words []string
	at    int
	depth int
}

// next takes the word if it is the next one.
func (p *tagParser) next(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *tagParser) or() (tagExpression, error) {
	left, err := p.and()
	for err == nil && p.next("or") {
		var right tagExpression
		if right, err = p.and(); err == nil {
			a := left
			left = func(tags []string) bool { return a(tags) || right(tags) }
		}
	}
	return left, err
}

func (p *tagParser) and() (tagExpression, error) {
	left, err := p.not()
	for err == nil && p.next("and") {
		var right tagExpression
		if right, err = p.not(); err == nil {
			a := left
			left = func(tags []string) bool { return a(tags) && right(tags) }
		}
	}
	return left, err
}

func (p *tagParser) not() (tagExpression, error) {
	if p.depth++; p.depth > maxTagDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxTagDepth)
	}
	defer func() { p.depth-- }()
	if p.next("not") {
		e, err := p.not()
		if err != nil {
			return nil, err
		}
		return func(tags []string) bool { return !e(tags) }, nil
	}
	if p.next("(") {
		e, err := p.or()
		if err == nil && !p.next(")") {
			err = fmt.Errorf("a parenthesis is never closed")
		}
		return e, err
	}
	if p.at >= len(p.words) {
		return nil, fmt.Errorf("it ends where a tag should be")
	}
	word := p.words[p.at]
	p.at++
	if !strings.HasPrefix(word, "@") {
		switch {
		case strings.HasPrefix(word, "~@"):
			return nil, fmt.Errorf("%q is the old way to write %q", word, "not "+word[1:])
		case word == "and" || word == "or" || word == ")":
			return nil, fmt.Errorf("%q stands where a tag should be", word)
		}
		return nil, fmt.Errorf("%q is no tag: tags begin with @", word)
	}
	if strings.Contains(word, ",") {
		return nil, fmt.Errorf("%q has a comma, the old way to write or", word)
	}
	return func(tags []string) bool { return slices.Contains(tags, word) }, nil
}
