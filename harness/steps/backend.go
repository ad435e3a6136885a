package steps

import (
	"context"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

const (
	// backend is what stands for a host or an AWS service, and statuses "500, then 200".
	backend  = `the (backend|service) {string}`
	statuses = `(\d{3}(?:, then \d{3})*)`
)

var backendSteps = []Step{
	{
		pattern: backend + ` answers ` + statuses + `:`,
		Doc: `stubs an HTTP backend, or an AWS service, that the document names

A URL with a path stubs that path only. "answers 500, then 200:" answers one
after another, and goes on with the last. The doc string is the body.`,
		Example: `Given the backend "http://petstore.example.com/pets" answers 200:
  """
  [{"id": 1, "type": "dog"}]
  """`,
		Also: []string{
			`Given the backend "http://petstore.example.com/pets" answers 500, then 200:`,
			`Given the service "sqs" answers 400:`,
		},
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			return w.stub(a.s[0], a.s[1], a.s[2], a.doc, a.mediaType)
		},
	},
	{
		pattern: backend + ` answers ` + statuses,
		Doc:     `stubs an HTTP backend, or an AWS service, that answers without a body`,
		Example: `Given the backend "http://petstore.example.com/pets" answers 500, then 204`,
		Also: []string{
			`Given the backend "http://petstore.example.com/pets" answers 204`,
			`Given the service "sqs" answers 503`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			return w.stub(a.s[0], a.s[1], a.s[2], "", "")
		},
	},
	{
		pattern: `the service {string} answers:`,
		Doc:     `stubs an AWS service that answers 200 with that body`,
		Example: `Given the service "sqs" answers:
  """
  {"SendMessageResponse": {}}
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			return w.stub("service", a.s[0], "200", a.doc, a.mediaType)
		},
	},
	{
		pattern: backend + ` takes {number} ` + unit,
		Doc:     `makes a stub backend take time on the scenario's clock; none of it is real`,
		Example: `Given the backend "http://petstore.example.com" takes 31 seconds`,
		Also: []string{
			`Given the service "sqs" takes 500 milliseconds`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			if err := checkTarget(a.s[0], a.s[1]); err != nil {
				return err
			}
			d, err := duration(a.s[2], a.s[3])
			if err != nil {
				return err
			}
			return w.s.Network.SetDelay(a.s[1], d)
		},
	},
	{
		pattern: backend + ` is unreachable`,
		Doc:     `makes a backend refuse to be connected to`,
		Example: `Given the backend "http://petstore.example.com" is unreachable`,
		Also: []string{
			`Given the service "sqs" is unreachable`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			if err := checkTarget(a.s[0], a.s[1]); err != nil {
				return err
			}
			return w.s.Network.SetUnreachable(a.s[1])
		},
	},
	{
		pattern: backend + ` was called {count} times?`,
		Doc:     `counts the requests a stub backend has received in this scenario`,
		Example: `Then the backend "http://petstore.example.com" was called 1 time`,
		Also: []string{
			`Then the service "sqs" was called 2 times`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			n := len(w.s.Network.Received(a.s[1]))
			if want, err := strconv.Atoi(a.s[2]); err != nil || want != n {
				return w.unlike("the %s %s was called %s, want %s", a.s[0], a.s[1], plural(n, "time"), a.s[2])
			}
			return nil
		},
	},
	{
		pattern: backend + ` received:`,
		Doc: `compares the last request a stub backend has received

The doc string is a JSON object with any of method, path, query, headers, body.
What it holds must be in the request, which may hold more. A body that is JSON
is compared as JSON; names of headers in any spelling.`,
		Example: `Then the backend "http://petstore.example.com" received:
  """
  {"method": "GET", "path": "/pets", "query": {"type": "dog"}}
  """`,
		Also: []string{
			`Then the service "sqs" received:`,
		},
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			requests := w.s.Network.Received(a.s[1])
			if len(requests) == 0 {
				return w.unlike("the %s %s received nothing", a.s[0], a.s[1])
			}
			want, err := parseJSON("the doc string", a.doc)
			if err != nil {
				return err
			}
			got := requestValue(requests[len(requests)-1])
			if err := checkRequestFields(got, want); err != nil {
				return err
			}
			if diff := lacking(got, lowerHeaders(want)); len(diff) > 0 {
				return w.unlike("the request to %s is not as wanted%s\n  received: %s", a.s[1], diff,
					excerpt(ordered.AppendSpelled(nil, got)))
			}
			return nil
		},
	},
}

// stub makes a backend or service answer.
func (w *World) stub(kind, target, list, body, mediaType string) error {
	if err := checkTarget(kind, target); err != nil {
		return err
	}
	if mediaType == "" && body != "" {
		mediaType = "text/plain"
		if _, err := ordered.ParseString(body); err == nil {
			mediaType = "application/json"
		}
	}
	var answers []integration.Answer
	for s := range strings.FieldsFuncSeq(list, func(r rune) bool { return !unicode.IsDigit(r) }) {
		status, _ := strconv.Atoi(s) // three digits, says the pattern
		answer := integration.Answer{Status: status, Body: []byte(body)}
		if mediaType != "" {
			answer.Header = []result.Header{{Name: "Content-Type", Value: mediaType}}
		}
		answers = append(answers, answer)
	}
	return w.s.Network.SetAnswers(target, answers)
}

var serviceName = regexp.MustCompile(`^[a-z][a-z0-9.-]*$`)

// checkTarget tells hosts from services.
func checkTarget(kind, target string) error {
	isURL := strings.HasPrefix(target, "http://") || strings.HasPrefix(target, "https://")
	switch {
	case kind == "backend" && !isURL:
		return wrong("the backend %q is no URL", target).hint(`write it as "http://host" or "http://host/path"`)
	case kind == "service" && !serviceName.MatchString(target):
		return wrong("the service %q is no name of an AWS service", target).hint(`write it as in the integration's URI: "sqs", "dynamodb"`)
	}
	return nil
}

// requestValue is a request as the steps compare it.
func requestValue(r integration.BackendRequest) *ordered.Object {
	headers := ordered.NewObject(len(r.Header))
	for _, h := range r.Header {
		name := strings.ToLower(h.Name)
		if before, ok := headers.Get(name); ok {
			headers.Set(name, before.(string)+", "+h.Value)
			continue
		}
		headers.Set(name, h.Value)
	}
	o := ordered.NewObject(5)
	o.Set("method", r.Method)
	o.Set("path", r.Path)
	o.Set("query", queryValue(r.Query))
	o.Set("headers", headers)
	if v, err := ordered.Parse(r.Body); err == nil {
		o.Set("body", v)
	} else {
		o.Set("body", string(r.Body))
	}
	return o
}

// queryValue is a query as an object of its decoded names: a text, or an array of
// texts for a name that comes more than once.
func queryValue(raw string) *ordered.Object {
	o := ordered.NewObject(0)
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, value = unescapeQuery(name), unescapeQuery(value)
		switch before, _ := o.Get(name); before := before.(type) {
		case nil:
			o.Set(name, value)
		case *ordered.Array:
			before.Items = append(before.Items, value)
		default:
			o.Set(name, &ordered.Array{Items: []any{before, value}})
		}
	}
	return o
}

// unescapeQuery decodes a part of a query; what can't be decoded stays.
func unescapeQuery(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// lowerHeaders spells the names of wanted headers as requestValue does.
func lowerHeaders(want any) any {
	o, ok := want.(*ordered.Object)
	if !ok {
		return want
	}
	headers, _ := o.Get("headers")
	h, ok := headers.(*ordered.Object)
	if !ok {
		return want
	}
	lower := ordered.NewObject(h.Len())
	for name, value := range h.All() {
		lower.Set(strings.ToLower(name), value)
	}
	o.Set("headers", lower)
	return o
}

// checkRequestFields refuses a doc string that speaks of what a request hasn't got.
func checkRequestFields(got *ordered.Object, want any) error {
	o, ok := want.(*ordered.Object)
	if !ok {
		return wrong("the doc string is %s, want an object with method, path, query, headers or body", describe(want))
	}
	var names []string
	for name := range got.All() {
		names = append(names, name)
	}
	for name := range o.All() {
		if _, ok := got.Get(name); !ok {
			return unknown("part of a request", name, names)
		}
	}
	return nil
}
