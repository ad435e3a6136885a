package steps

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

var functionSteps = []Step{
	{
		pattern: `the function {string} answers:`,
		Doc:     `makes a function return a JSON result, whatever version or alias is called; its code does not run, and one that only the document names needs none`,
		Example: `Given the function "ItemsFunction" answers:
  """
  [{"ID": 1, "name": "Pen"}]
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.functionToAnswer(a.s[0]); err != nil {
				return err
			}
			if _, err := parseJSON("the doc string", a.doc); err != nil {
				return err
			}
			return w.s.Functions.SetAnswer(a.s[0], []byte(a.doc))
		},
	},
	{
		pattern: `the function {string} fails with {string}`,
		Doc:     `makes a function end with an error of that message, whatever version or alias is called`,
		Example: `Given the function "ItemsFunction" fails with "NotFoundError"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.functionToAnswer(a.s[0]); err != nil {
				return err
			}
			return w.s.Functions.SetFailure(a.s[0], a.s[1])
		},
	},
	{
		pattern: `the function {string} takes {number} ` + unit,
		Doc:     `makes a function take time on the scenario's clock; none of it is real`,
		Example: `Given the function "ItemsFunction" takes 31 seconds`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needFunction(a.s[0]); err != nil {
				return err
			}
			d, err := duration(a.s[1], a.s[2])
			if err != nil {
				return err
			}
			return w.s.Functions.SetDelay(a.s[0], d)
		},
	},
	{
		pattern: `the function {string} has this code:`,
		Doc:     `replaces the code of $LATEST; published versions keep theirs`,
		Example: `Given the function "ItemsFunction" has this code:
  """
  def lambda_handler(event, context):
      return "new"
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needFunction(a.s[0]); err != nil {
				return err
			}
			return w.s.Functions.SetCode(a.s[0], a.doc)
		},
	},
	{
		pattern: `the alias {string} of {string} points to version {string}`,
		Doc:     `points an alias of a function to a version, or to $LATEST; makes the alias if there is none`,
		Example: `Given the alias "prod" of "ItemsFunction" points to version "1"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needFunction(a.s[1]); err != nil {
				return err
			}
			return w.s.Functions.SetAlias(a.s[1], a.s[0], a.s[2])
		},
	},
	{
		pattern: `I publish version {string} of {string}`,
		Doc:     `publishes the code of $LATEST as a version, which must be the next one`,
		Example: `When I publish version "2" of "ItemsFunction"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needFunction(a.s[1]); err != nil {
				return err
			}
			_, err := w.s.Functions.Publish(a.s[1], a.s[0])
			return err
		},
	},
	{
		pattern: `I delete the function {string}`,
		Doc:     `deletes a function with its versions and aliases`,
		Example: `When I delete the function "ItemsFunction"`,
		run: func(_ context.Context, w *World, a *args) error {
			if err := w.needFunction(a.s[0]); err != nil {
				return err
			}
			return w.s.Functions.Delete(a.s[0])
		},
	},
	{
		pattern: `the function {string} was called {count} times?`,
		Doc:     `counts the calls of a function in this scenario, all versions together`,
		Example: `Then the function "ItemsFunction" was called 1 time`,
		run: func(_ context.Context, w *World, a *args) error {
			calls, err := w.calls(a.s[0])
			if err != nil {
				return err
			}
			if want, err := strconv.Atoi(a.s[1]); err != nil || want != len(calls) {
				return w.unlike("the function %s was called %s, want %s", a.s[0], plural(len(calls), "time"), a.s[1])
			}
			return nil
		},
	},
	{
		pattern: `the function {string} was called as version {string}`,
		Doc:     `says which version the last call of a function ran`,
		Example: `Then the function "ItemsFunction" was called as version "1"`,
		run: func(_ context.Context, w *World, a *args) error {
			call, err := w.lastCall(a.s[0])
			if err != nil {
				return err
			}
			if call.Version != a.s[1] {
				return w.unlike("the function %s was called as version %q, want %q", a.s[0], call.Version, a.s[1])
			}
			return nil
		},
	},
	{
		pattern: `the function {string} received:`,
		Doc: `compares the event of the last call of a function

The doc string is JSON; what it holds must be in the event, which may hold more.`,
		Example: `Then the function "ItemsFunction" received:
  """
  {"ID": 1}
  """`,
		arg: docString,
		run: func(_ context.Context, w *World, a *args) error {
			call, err := w.lastCall(a.s[0])
			if err != nil {
				return err
			}
			want, err := parseJSON("the doc string", a.doc)
			if err != nil {
				return err
			}
			got, err := ordered.Parse(call.Payload)
			if err != nil {
				return w.unlike("the function %s received %s, which is no JSON", a.s[0], excerpt(call.Payload))
			}
			if diff := lacking(got, want); len(diff) > 0 {
				return w.unlike("the event of %s is not as wanted%s\n  event:    %s", a.s[0], diff, excerpt(call.Payload))
			}
			return nil
		},
	},
	{
		pattern: `the log of {string} contains {string}`,
		Doc:     `looks for a text in what a function has logged in this scenario`,
		Example: `Then the log of "ItemsFunction" contains "Event: {}"`,
		run: func(_ context.Context, w *World, a *args) error {
			calls, err := w.calls(a.s[0])
			if err != nil {
				return err
			}
			if len(calls) == 0 {
				return w.unlike("the function %s was not called", a.s[0])
			}
			for _, c := range calls {
				if strings.Contains(c.Log, a.s[1]) {
					return nil
				}
			}
			return w.unlike("the log of %s does not contain %q:\n    %s", a.s[0], a.s[1],
				strings.ReplaceAll(strings.TrimSpace(calls[len(calls)-1].Log), "\n", "\n    "))
		},
	},
}

// functionToAnswer sees to it that there is a function which a step may let answer:
// one that only a document names is made for it.
func (w *World) functionToAnswer(name string) error {
	if w.needFunction(name) == nil {
		return nil
	}
	missing := w.s.Project.Missing()
	if !slices.Contains(missing, name) {
		return w.needFunction(name, missing...)
	}
	w.s.Functions.StandIn(name)
	return nil
}

// needFunction is the error for a function that is not there; others are names that
// may be meant besides those there are.
func (w *World) needFunction(name string, others ...string) error {
	names := slices.Clone(others)
	for _, f := range w.s.Functions.Functions() {
		if f.Name == name {
			return nil
		}
		names = append(names, f.Name)
	}
	return unknown("function", name, names)
}

// calls are the calls of a function in this scenario. A function that a step
// has deleted may have been called before.
func (w *World) calls(name string) ([]lambda.Call, error) {
	calls := w.s.Functions.Calls(name)
	if len(calls) == 0 {
		if err := w.needFunction(name); err != nil {
			return nil, err
		}
	}
	return calls, nil
}

func (w *World) lastCall(name string) (lambda.Call, error) {
	calls, err := w.calls(name)
	if err != nil {
		return lambda.Call{}, err
	}
	if len(calls) == 0 {
		return lambda.Call{}, w.unlike("the function %s was not called", name)
	}
	return calls[len(calls)-1], nil
}
