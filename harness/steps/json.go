package steps

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
)

var jsonSteps = []Step{
	{
		pattern: `the JSON is:`,
		Doc: `compares the body of the last response as JSON

The order of keys and blanks make no difference, nor does 1 or 1.0.`,
		Example: `Then the JSON is:
  """
  {"message": "Forbidden"}
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			got, want, err := w.bodyAnd(a.doc)
			if err != nil {
				return err
			}
			if diff := unequal(got, want); len(diff) > 0 {
				return w.unlike("the JSON is not as wanted%s", diff)
			}
			return nil
		},
	},
	{
		pattern: `the JSON contains:`,
		Doc: `looks for JSON in the body of the last response

Objects may have more members and arrays more items than the doc string shows;
the items it shows may stand in any order.`,
		Example: `Then the JSON contains:
  """
  [{"name": "Pen"}]
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			got, want, err := w.bodyAnd(a.doc)
			if err != nil {
				return err
			}
			if diff := lacking(got, want); len(diff) > 0 {
				return w.unlike("the JSON does not contain what is wanted%s", diff)
			}
			return nil
		},
	},
	{
		pattern: `the JSON has:`,
		Doc: `compares the JSON at several paths: a table of path and value

A value is JSON; what is none is a text, so that Pen and "Pen" are the same.`,
		Example: `Then the JSON has:
  | $[0].name  | Pen |
  | $[0].price | 2.5 |`,
		arg: table,
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			var diff differences
			for i, row := range a.table {
				if len(row) != 2 {
					return wrong("row %d of the table has %s, want a path and a value", i+1, plural(len(row), "cell"))
				}
				if i == 0 && isOneOf(row[0], "path") && isOneOf(row[1], "value") {
					continue
				}
				want, err := ordered.ParseString(row[1])
				if err != nil {
					want = row[1]
				}
				at, there, err := find(got, row[0])
				switch {
				case err != nil:
					return err
				case !there:
					diff.add(row[0], "is not there, want %s", describe(want))
				case !ordered.Equal(at, want):
					diff.add(row[0], "is %s, want %s", describe(at), describe(want))
				}
			}
			if len(diff) > 0 {
				return w.unlike("the JSON is not as wanted%s", diff)
			}
			return nil
		},
	},
	{
		pattern: `the JSON at {string} is (true|false|null|-?[0-9].*|"(?:[^"\\]|\\.)*"|[\[{].*|\{\{[^{}]+\}\})`,
		Doc: `compares the JSON at a path: a number, true, false, null, or a text in quotes

Paths are JSONPath as API Gateway's own: $.items[0].name.`,
		Example: `Then the JSON at "$[0].name" is "Pen"`,
		Also: []string{
			`Then the JSON at "$[0].price" is 2.5`,
			`Then the JSON at "$[0].sold" is true`,
			`Then the JSON at "$[0].sold" is null`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			want, err := ordered.ParseString(a.s[1])
			if err != nil {
				return wrong("%s is no JSON value", a.s[1]).hint("texts stand in quotes")
			}
			at, there, err := find(got, a.s[0])
			switch {
			case err != nil:
				return err
			case !there:
				return w.nothingAt(got, a.s[0], ", want "+describe(want))
			case !ordered.Equal(at, want):
				f := w.unlike("the JSON at %s is %s, want %s", a.s[0], describe(at), describe(want))
				if looksAlike(at, want) {
					f.Hint = "one is a text and the other is not: texts stand in quotes"
				}
				return f
			}
			return nil
		},
	},
	{
		pattern: `the JSON at {string} matches {string}`,
		Doc: `matches a text, or a number as it is spelled, at a path with a regular expression

The expression may match anywhere in it: use ^ and $ for the whole.`,
		Example: `Then the JSON at "$.errorMessage" matches "Task timed out after [0-9.]+ seconds"`,
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			re, err := pattern(a.s[1])
			if err != nil {
				return err
			}
			at, there, err := find(got, a.s[0])
			switch {
			case err != nil:
				return err
			case !there:
				return w.nothingAt(got, a.s[0], "")
			case !re.MatchString(plainText(at)):
				return w.unlike("the JSON at %s is %s, which does not match %q", a.s[0], describe(at), a.s[1])
			}
			return nil
		},
	},
	{
		pattern: `the JSON at {string} (exists|is absent)`,
		Doc: `says whether the JSON has something at a path

null exists.`,
		Example: `Then the JSON at "$[0].id" is absent`,
		Also: []string{
			`Then the JSON at "$[0].id" exists`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			at, there, err := exists(got, a.s[0])
			switch {
			case err != nil:
				return err
			case a.s[1] == "exists" && !there:
				return w.nothingAt(got, a.s[0], "")
			case a.s[1] != "exists" && there:
				return w.unlike("the JSON at %s is %s, want nothing", a.s[0], describe(at))
			}
			return nil
		},
	},
	{
		pattern: `the JSON at {string} has {count} items?`,
		Doc:     `counts the items of an array, or the members of an object, at a path`,
		Example: `Then the JSON at "$" has 4 items`,
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			want, err := strconv.Atoi(a.s[1])
			if err != nil {
				return wrong("%q is no number of items", a.s[1])
			}
			at, there, err := find(got, a.s[0])
			if err != nil {
				return err
			}
			n := -1
			switch v := at.(type) {
			case *ordered.Array:
				n = len(v.Items)
			case *ordered.Object:
				n = v.Len()
			}
			switch {
			case !there:
				return w.nothingAt(got, a.s[0], ", want "+plural(want, "item"))
			case n < 0:
				return w.unlike("the JSON at %s is %s, want %s", a.s[0], describe(at), plural(want, "item"))
			case n != want:
				return w.unlike("the JSON at %s has %s, want %d", a.s[0], plural(n, "item"), want)
			}
			return nil
		},
	},
	{
		pattern: `I remember the JSON at {string} as {string}`,
		Doc: `keeps a value of the last response; {{name}} stands for it in steps that follow

A text is kept without quotes, anything else as JSON.`,
		Example: `When I remember the JSON at "$[0].ID" as "id"`,
		run: func(_ context.Context, w *World, a *args) error {
			got, err := w.body()
			if err != nil {
				return err
			}
			at, there, err := find(got, a.s[0])
			if err != nil {
				return err
			}
			if !there {
				return w.nothingAt(got, a.s[0], "")
			}
			value, ok := at.(string)
			if !ok {
				value = string(ordered.AppendSpelled(nil, at))
			}
			w.Remember(strings.TrimSpace(a.s[1]), value)
			return nil
		},
	},
}

// body is the body of the last response as JSON.
func (w *World) body() (any, error) {
	if err := w.needResponse(); err != nil {
		return nil, err
	}
	v, err := ordered.Parse(w.last.response.Body)
	if err != nil {
		if len(w.last.response.Body) == 0 {
			return nil, w.unlike("the response has no body, want JSON")
		}
		return nil, w.unlike("the body is no JSON: %v", err)
	}
	return v, nil
}

// bodyAnd reads the body of the last response and a doc string.
func (w *World) bodyAnd(doc string) (got, want any, err error) {
	if want, err = parseJSON("the doc string", doc); err != nil {
		return nil, nil, err
	}
	got, err = w.body()
	return got, want, err
}

// parseJSON reads JSON that a feature holds.
func parseJSON(what, text string) (any, error) {
	v, err := ordered.ParseString(text)
	if err == nil {
		return v, nil
	}
	var syntax *ordered.SyntaxError
	if errors.As(err, &syntax) {
		before := text[:min(max(syntax.Offset, 0), len(text))]
		line := strings.Count(before, "\n") + 1
		col := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
		return nil, wrong("%s is no JSON: line %d, column %d: %s", what, line, col, syntax.Msg)
	}
	return nil, wrong("%s is no JSON: %v", what, err)
}

// find looks up a JSONPath. A path that may lead to many values finds an array
// of them, which may be empty.
func find(v any, expr string) (at any, there bool, err error) {
	path, err := ordered.CompilePath(expr)
	if err != nil {
		return nil, false, wrong("%v", err)
	}
	at, err = path.Find(v)
	switch {
	case errors.Is(err, ordered.ErrNotFound):
		return nil, false, nil
	case err != nil:
		return nil, false, wrong("%v", err)
	}
	return at, true, nil
}

// exists is find with no values as nothing.
func exists(v any, expr string) (at any, there bool, err error) {
	at, there, err = find(v, expr)
	if path, err := ordered.CompilePath(expr); err == nil && !path.Definite() {
		if list, ok := at.(*ordered.Array); ok && len(list.Items) == 0 {
			return nil, false, nil
		}
	}
	return at, there, err
}

var lastPart = regexp.MustCompile(`^(.+?)(\.[^.\[\]]+|\[[^\[\]]*\])$`)

// nothingAt is the failure of a path that leads nowhere; the hint says what there
// is as far as the path leads.
func (w *World) nothingAt(got any, expr, want string) error {
	f := w.unlike("the JSON has nothing at %s%s", expr, want)
	m := lastPart.FindStringSubmatch(expr)
	for ; m != nil; m = lastPart.FindStringSubmatch(m[1]) {
		at, there, err := find(got, m[1])
		if err != nil || !there {
			continue
		}
		switch v := at.(type) {
		case *ordered.Object:
			var names []string
			for key := range v.All() {
				names = append(names, key)
			}
			if len(names) == 0 {
				f.Hint = m[1] + " is an empty object"
			} else {
				f.Hint = fmt.Sprintf("%s has %s", m[1], few(names))
			}
		case *ordered.Array:
			f.Hint = fmt.Sprintf("%s is an array of %s", m[1], plural(len(v.Items), "item"))
			if len(v.Items) > 0 && !strings.HasPrefix(m[2], "[") {
				f.Hint += fmt.Sprintf(": %s[0]%s is of the first", m[1], m[2])
			}
		default:
			f.Hint = fmt.Sprintf("%s is %s", m[1], describe(at))
		}
		return f
	}
	return f
}

func sameJSON(a []byte, b string) bool {
	x, err := ordered.Parse(a)
	if err != nil {
		return false
	}
	y, err := ordered.ParseString(b)
	return err == nil && ordered.Equal(x, y)
}

// looksAlike reports whether two values differ only in quotes: "1" and 1.
func looksAlike(a, b any) bool {
	return plainText(a) == plainText(b)
}

func plainText(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(ordered.AppendSpelled(nil, v))
}
