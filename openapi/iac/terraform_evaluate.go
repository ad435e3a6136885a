package iac

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An evaluation gives values to expressions at one place.
type evaluation struct {
	s     *Settings
	at    spot
	after string // what stands behind it
}

// A value is what an expression is.
type value struct {
	text   string
	origin origin // the least sure of all that it is made of
	named  bool   // it depends on a name
	// Why the text stands in for a value that there is none of.
	unsupported, refused string
}

// sure reports whether v is what Terraform would make of it.
func (v value) sure() bool { return v.origin != madeUp && v.unsupported == "" && v.refused == "" }

// with is v, made of o too.
func (v value) with(o value) value {
	v.origin = max(v.origin, o.origin)
	v.named = v.named || o.named
	v.unsupported = cmp.Or(v.unsupported, o.unsupported)
	v.refused = cmp.Or(v.refused, o.refused)
	return v
}

func (ev *evaluation) value(e *expression) value {
	switch e.kind {
	case isLiteral:
		return value{text: e.text}
	case isText:
		return ev.pieces(e)
	case isName:
		return ev.name(e)
	case isCall:
		return ev.call(e)
	case isOperator:
		return ev.operator(e)
	case isRefused:
		return value{refused: e.text}
	}
	return value{text: ev.s.standIn("value", ev.at), origin: madeUp, named: true, unsupported: e.text}
}

// inside is the evaluation of what is not the whole value.
func (ev *evaluation) inside(before string) *evaluation {
	return &evaluation{s: ev.s, at: spot{before: cmp.Or(before, " ")}}
}

func (ev *evaluation) pieces(e *expression) value {
	if len(e.args) == 1 {
		return ev.value(e.args[0])
	}
	var v value
	for i, piece := range e.args {
		inner := &evaluation{s: ev.s, at: ev.at, after: ev.after}
		inner.at.before = tail(ev.at.before + v.text)
		if i+1 < len(e.args) {
			inner.after = e.args[i+1].text
		}
		next := inner.value(piece)
		text := v.text + next.text
		v = v.with(next)
		v.text = text
	}
	return v
}

func (ev *evaluation) name(e *expression) value {
	if text, ok := ev.s.substitution(e.text); ok {
		return value{text: text, origin: set, named: true}
	}
	text, from := ev.s.terraformName(e.path, ev.at, ev.after)
	return value{text: text, origin: from, named: true}
}

// truth is a value as a condition; false if it is none.
func truth(v value) (yes, ok bool) {
	return v.text == "true", v.sure() && (v.text == "true" || v.text == "false")
}

func (ev *evaluation) operator(e *expression) value {
	first := ev.inside("").value(e.args[0])
	switch e.text {
	case "?":
		yes, known := truth(first)
		if !known {
			// Which of the two it is, only the deployment knows: the first is taken.
			first.origin, yes = madeUp, true
		}
		chosen := e.args[1]
		if !yes {
			chosen = e.args[2]
		}
		return ev.value(chosen).with(first)
	case "!":
		yes, _ := truth(first)
		first.text = strconv.FormatBool(!yes)
		return first
	}
	second := ev.inside("").value(e.args[1])
	result := first.with(second)
	var yes bool
	switch a, b := first.text == "true", second.text == "true"; e.text {
	case "==":
		yes = first.text == second.text
	case "!=":
		yes = first.text != second.text
	case "&&":
		yes = a && b
	case "||":
		yes = a || b
	}
	result.text = strconv.FormatBool(yes)
	return result
}

// functions are those of Terraform's that are run: of texts alone, with as many as
// are asked for (Terraform docs: Built-in Functions).
var functions = map[string]struct {
	args int // -1: any number
	run  func(args []string) (string, bool)
}{
	"upper":        {1, func(a []string) (string, bool) { return strings.ToUpper(a[0]), true }},
	"lower":        {1, func(a []string) (string, bool) { return strings.ToLower(a[0]), true }},
	"trimspace":    {1, func(a []string) (string, bool) { return strings.TrimSpace(a[0]), true }},
	"trimprefix":   {2, func(a []string) (string, bool) { return strings.TrimPrefix(a[0], a[1]), true }},
	"trimsuffix":   {2, func(a []string) (string, bool) { return strings.TrimSuffix(a[0], a[1]), true }},
	"replace":      {3, replaceText},
	"format":       {-1, format},
	"tostring":     {1, same},
	"tonumber":     {1, same},
	"tobool":       {1, same},
	"sensitive":    {1, same},
	"nonsensitive": {1, same},
}

func same(a []string) (string, bool) { return a[0], true }

// replaceText runs replace, but for regular expressions, which stand in slashes.
func replaceText(a []string) (string, bool) {
	if len(a[1]) > 1 && strings.HasPrefix(a[1], "/") && strings.HasSuffix(a[1], "/") {
		return "", false
	}
	return strings.ReplaceAll(a[0], a[1], a[2]), true
}

// format runs format with %s, %d and %%.
func format(a []string) (string, bool) {
	if len(a) == 0 {
		return "", false
	}
	var b strings.Builder
	rest, args := a[0], a[1:]
	for {
		before, verb, found := strings.Cut(rest, "%")
		b.WriteString(before)
		if !found {
			return b.String(), len(args) == 0
		}
		switch {
		case strings.HasPrefix(verb, "%"):
			b.WriteByte('%')
		case len(args) > 0 && (strings.HasPrefix(verb, "s") || strings.HasPrefix(verb, "d")):
			b.WriteString(args[0])
			args = args[1:]
		default:
			return "", false
		}
		rest = verb[1:]
	}
}

func (ev *evaluation) call(e *expression) value {
	var v value
	var args []string
	for _, arg := range e.args {
		inner := ev.inside("")
		if len(e.args) == 1 {
			inner = ev
		}
		next := inner.value(arg)
		args = append(args, next.text)
		v = v.with(next)
	}
	if v.refused != "" || v.unsupported != "" {
		v.text = cmp.Or(strings.Join(args, ""), e.text)
		return v
	}
	if e.text == "jsonencode" && len(args) == 1 && v.sure() && v.named {
		v.text = jsonEncoded(args[0])
		return v
	}
	if f, ok := functions[e.text]; ok && (f.args == len(args) || f.args < 0) {
		if text, ok := f.run(args); ok {
			v.text = text
			return v
		}
	}
	path := []string{e.text}
	for _, arg := range e.args {
		if arg.kind == isName {
			path = arg.path
		}
	}
	text, _ := ev.s.terraformName(path, ev.at, ev.after)
	return value{text: text, origin: madeUp, named: true, unsupported: fmt.Sprintf("rehearse doesn't run %s for it", e.text)}
}

// jsonEncoded is what jsonencode makes of a value that substitutions set: as it
// is if it is JSON's already, a string otherwise.
func jsonEncoded(text string) string {
	if _, err := ordered.ParseString(text); err == nil {
		return text
	}
	return string(ordered.Append(nil, text))
}
