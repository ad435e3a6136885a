package steps

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gavv/httpexpect/v2"
)

var responseSteps = []Step{
	{
		pattern: `the status is {count}`,
		Doc:     `compares the status of the last response`,
		Example: `Then the status is 403`,
		run: func(_ context.Context, w *World, a *args) error {
			want, err := status(a.s[0])
			if err != nil {
				return err
			}
			if err := w.needResponse(); err != nil {
				return err
			}
			if !w.expect(func(r *httpexpect.Response) { r.Status(want) }) {
				return w.unlike("the status is %d, want %d", w.last.response.Status, want)
			}
			return nil
		},
	},
	{
		pattern: `(all|no|at least {count}|at most {count}|{count}) responses? ha(?:s|ve) the status {count}`,
		Doc: `counts the responses of the last sending step by their status

"all responses have", "no response has", "5 responses have", "at least 3
responses have", "at most 3 responses have".`,
		Example: `Then all responses have the status 200`,
		Also: []string{
			`Then no response has the status 429`,
			`Then 5 responses have the status 200`,
			`Then at least 3 responses have the status 200`,
			`Then at most 3 responses have the status 200`,
		},
		run: responsesHave,
	},
	{
		pattern: `the header {string} is {string}`,
		Doc: `compares a header of the last response, whatever its spelling

A header that comes several times is compared value by value: one must be equal.`,
		Example: `Then the header "x-amzn-errortype" is "ForbiddenException"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needHeader(a.s[0]); err != nil {
				return err
			}
			values := w.headerValues(a.s[0])
			if len(values) == 1 {
				if w.expect(func(r *httpexpect.Response) { r.Header(a.s[0]).IsEqual(a.s[1]) }) {
					return nil
				}
			} else if isExactlyOneOf(a.s[1], values) || strings.Join(values, ", ") == a.s[1] {
				return nil
			}
			return w.unlike("the header %s is %s, want %q", a.s[0], quoteAll(values), a.s[1])
		},
	},
	{
		pattern: `the header {string} matches {string}`,
		Doc: `matches a header of the last response with a regular expression

The expression may match anywhere in the value: use ^ and $ for the whole.`,
		Example: `Then the header "x-amzn-requestid" matches "^[0-9a-f-]{36}$"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needHeader(a.s[0]); err != nil {
				return err
			}
			re, err := pattern(a.s[1])
			if err != nil {
				return err
			}
			for _, value := range w.headerValues(a.s[0]) {
				if re.MatchString(value) {
					return nil
				}
			}
			return w.unlike("the header %s is %s, which does not match %q", a.s[0], quoteAll(w.headerValues(a.s[0])), a.s[1])
		},
	},
	{
		pattern: `the header {string} is (present|absent)`,
		Doc:     `says whether the last response has a header`,
		Example: `Then the header "access-control-allow-origin" is absent`,
		Also: []string{
			`Then the header "access-control-allow-origin" is present`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			if a.s[1] == "present" {
				return w.needHeader(a.s[0])
			}
			if err := w.needResponse(); err != nil {
				return err
			}
			if values := w.headerValues(a.s[0]); len(values) > 0 {
				return w.unlike("the header %s is %s, want none", a.s[0], quoteAll(values))
			}
			return nil
		},
	},
	{
		pattern: `the body is:`,
		Doc:     `compares the body of the last response, byte by byte`,
		Example: `Then the body is:
  """
  {"message":"Forbidden"}
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needResponse(); err != nil {
				return err
			}
			if w.expect(func(r *httpexpect.Response) { r.Body().IsEqual(a.doc) }) {
				return nil
			}
			f := w.unlike("the body is not as wanted%s", firstDifference(string(w.last.response.Body), a.doc))
			if sameJSON(w.last.response.Body, a.doc) {
				f.Hint = `as JSON they are equal: "the JSON is:" compares without blanks and the order of keys`
			}
			return f
		},
	},
	{
		pattern: `the body matches {string}`,
		Doc: `matches the body of the last response with a regular expression

The expression may match anywhere in the body: use ^ and $ for the whole.`,
		Example: `Then the body matches "\"price\": ?12\.0"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needResponse(); err != nil {
				return err
			}
			re, err := pattern(a.s[0])
			if err != nil {
				return err
			}
			if !re.Match(w.last.response.Body) {
				return w.unlike("the body does not match %q", a.s[0])
			}
			return nil
		},
	},
	{
		pattern: `the body contains {string}`,
		Doc:     `looks for a text in the body of the last response`,
		Example: `Then the body contains "Forbidden"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needResponse(); err != nil {
				return err
			}
			if !w.expect(func(r *httpexpect.Response) { r.Body().Contains(a.s[0]) }) {
				return w.unlike("the body does not contain %q", a.s[0])
			}
			return nil
		},
	},
	{
		pattern: `the response matches the document`,
		Doc: `checks the last response against what its operation declares

Status, content type, headers and body. The document is the one the API was
imported from.`,
		Example: `Then the response matches the document`,
		run:     func(ctx context.Context, w *World, _ *args) error { return w.matchesDocument(ctx) },
	},
}

// pattern reads a regular expression of a step.
func pattern(expr string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, wrong("%q is no regular expression: %s", expr, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// status reads a status, which may have been a remembered value.
func status(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 100 || n > 599 {
		return 0, wrong("%q is no status from 100 to 599", s)
	}
	return n, nil
}

// responsesHave counts: a.s is the whole quantity, the counts of its three
// forms, and the status.
func responsesHave(_ context.Context, w *World, a *args) error {
	want, err := status(a.s[4])
	if err != nil {
		return err
	}
	if err := w.needResponse(); err != nil {
		return err
	}
	got, quantity := w.batch.count(want), a.s[0]
	n := 0
	if count := a.s[1] + a.s[2] + a.s[3]; count != "" {
		if n, err = strconv.Atoi(count); err != nil {
			return wrong("%q is no number of responses", count)
		}
	}
	var holds bool
	switch {
	case quantity == "all":
		holds = got == w.batch.n
	case quantity == "no":
		holds = got == 0
	case a.s[1] != "":
		holds = got >= n
	case a.s[2] != "":
		holds = got <= n
	default:
		holds = got == n
	}
	if !holds {
		return w.unlike("%d of %s the status %d, want %s\n  statuses: %s",
			got, plural(w.batch.n, "response")+have(w.batch.n), want, quantity, w.batch.String())
	}
	return nil
}

func have(n int) string {
	if n == 1 {
		return " has"
	}
	return " have"
}

// needHeader is the failure of a step about a header that is not there; it
// names one that is and is nearly called so.
func (w *World) needHeader(name string) error {
	if err := w.needResponse(); err != nil {
		return err
	}
	if len(w.headerValues(name)) > 0 {
		return nil
	}
	var names []string
	for _, h := range w.last.response.Header {
		names = append(names, h.Name)
	}
	f := w.unlike("the response has no header %s", name)
	if near := nearOrLonger(name, names); near != "" {
		f.Hint = fmt.Sprintf("it has %s", near)
	} else if len(names) > 0 {
		slices.Sort(names)
		f.Hint = "it has " + strings.Join(slices.Compact(names), ", ")
	}
	return f
}

func isExactlyOneOf(s string, list []string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func quoteAll(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return strings.Join(quoted, " and ")
}

// firstDifference shows where two texts part.
func firstDifference(got, want string) string {
	line, col := 1, 1
	g, w := []rune(got), []rune(want)
	i := 0
	for i < len(g) && i < len(w) && g[i] == w[i] {
		if g[i] == '\n' {
			line, col = line+1, 0
		}
		i, col = i+1, col+1
	}
	rest := func(r []rune) string {
		if i >= len(r) {
			return "the end"
		}
		return strconv.Quote(string(r[i:min(len(r), i+40)]))
	}
	return fmt.Sprintf(": line %d, column %d is %s, want %s", line, col, rest(g), rest(w))
}
