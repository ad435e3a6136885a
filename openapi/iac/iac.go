// Package iac reads what infrastructure-as-code tools deploy an API with:
// CloudFormation's intrinsic functions in an OpenAPI document, CloudFormation, SAM
// and synthesised CDK templates, and Terraform template files.
//
// The values that only a deployment knows are made up, the same in every run, and
// so that they mean what they stand for: ${ItemsFunction.Arn} is the ARN of a
// function called ItemsFunction. Nothing is looked up anywhere but in the files.
//
// It promises nothing to other modules.
package iac

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Settings say what a template is deployed with.
type Settings struct {
	Region, AccountID string
	// Substitutions are the user's own values: of a parameter, a resource's Ref, an
	// attribute ("ItemsFunction.Arn"), an export, a condition ("true" or "false") or
	// a placeholder, by the name that stands in the file.
	Substitutions map[string]string
	// APIID gives the id of the REST API that a resource of a template makes; nil:
	// made from the logical ID.
	APIID func(logicalID string) string
}

// partition is the partition of the region.
func (s *Settings) partition() string {
	switch {
	case strings.HasPrefix(s.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(s.Region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func (s *Settings) urlSuffix() string {
	if s.partition() == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// A Kind is what a Problem means.
type Kind uint8

const (
	Refused     Kind = iota // CloudFormation or Terraform says no
	Unsupported             // rehearse doesn't do it
	Regretted               // it works, and not as it reads
)

// A Problem is something in a file that stands in the way of what it says.
type Problem struct {
	Kind      Kind
	Pos       source.Pos
	Msg, Hint string
}

// A Resolution is what was resolved in a file: how, and what could not be.
type Resolution struct {
	Problems []Problem

	uses  map[string]*use
	order []*use
	seen  map[Problem]bool
}

// A use is one thing that was given a value.
type use struct {
	name, value string
	origin      origin
	count       int
}

type origin uint8

const (
	known origin = iota // the file or the settings say so
	set                 // substitutions
	madeUp
)

// All are the problems; a nil Resolution has none.
func (r *Resolution) All() []Problem {
	if r == nil {
		return nil
	}
	return r.Problems
}

func (r *Resolution) note(name, value string, from origin) {
	if r.uses == nil {
		r.uses = map[string]*use{}
	}
	u := r.uses[name]
	if u == nil {
		u = &use{name: name, value: value, origin: from}
		r.uses[name] = u
		r.order = append(r.order, u)
	}
	u.count++
}

func (r *Resolution) problem(kind Kind, pos source.Pos, hint, format string, args ...any) {
	p := Problem{kind, pos, fmt.Sprintf(format, args...), hint}
	if r.seen[p] {
		return // an alias or a value that is used twice is resolved twice
	}
	if r.seen == nil {
		r.seen = map[Problem]bool{}
	}
	r.seen[p] = true
	r.Problems = append(r.Problems, p)
}

// Summary says in one line what was filled with what, what was made up first, and
// what a user may want to set; empty if there was nothing to fill.
func (r *Resolution) Summary() (text, hint string) {
	if len(r.order) == 0 {
		return "", ""
	}
	all := 0
	var guessed, sure []*use
	for _, u := range r.order {
		all += u.count
		if u.origin == madeUp {
			guessed = append(guessed, u)
		} else {
			sure = append(sure, u)
		}
	}
	// What a reader looks for are the functions; the region he knows.
	slices.SortStableFunc(sure, func(a, b *use) int { return cmp.Compare(a.dullness(), b.dullness()) })
	noun := " placeholders"
	if all == 1 {
		noun = " placeholder"
	}
	text = strconv.Itoa(all) + noun + " filled: "
	if guessed == nil {
		return text + some(sure, 6), ""
	}
	text += "made up: " + some(guessed, 12)
	if sure != nil {
		text += "; " + some(sure, 6)
	}
	return text, "substitutions in rehearse.yaml sets them: substitutions: {" + yamlKey(guessed[0].name) + ": …}"
}

// dullness orders what is sure by how little there is to learn from it.
func (u *use) dullness() int {
	switch {
	case functionARN.MatchString(u.value):
		return 0
	case strings.HasPrefix(u.name, "AWS::"):
		return 2
	}
	return 1
}

// yamlKey is a name as YAML wants it for a key.
func yamlKey(name string) string {
	if strings.ContainsAny(name, ":{}[]()#'\", ") {
		return strconv.Quote(name)
	}
	return name
}

// some are the first of many.
func some(uses []*use, most int) string {
	var list []string
	for _, u := range uses[:min(len(uses), most)] {
		list = append(list, u.String())
	}
	text := strings.Join(list, ", ")
	if more := len(uses) - most; more > 0 {
		text += " and " + strconv.Itoa(more) + " more"
	}
	return text
}

func (u *use) String() string {
	value := u.value
	if m := functionARN.FindStringSubmatch(value); m != nil {
		value = "the function " + m[1]
	}
	if value == u.name {
		return shorten(value)
	}
	if u.origin == set {
		value += " (substitutions)"
	}
	return u.name + " = " + cmp.Or(shorten(value), `""`)
}

func shorten(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// near is a hint for a name that leads nowhere.
func near(name string, known []string, otherwise string) string {
	if n := source.Nearest(name, known); n != "" {
		return "did you mean " + n + "?"
	}
	return otherwise
}
