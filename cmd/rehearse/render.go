package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

func (a *app) renderCommand() *cobra.Command {
	var request, context, mode string
	var trace, batch bool
	cmd := &cobra.Command{
		Use:   "render TEMPLATE",
		Short: "Render one mapping template",
		Long: `Render the mapping template in the file TEMPLATE, or on stdin if it is "-".

--request names a JSON file with what $input, $context and $stageVariables are made
of: {"body": "...", "path": {}, "querystring": {}, "header": {}, "context": {},
"stageVariables": {}}; --context one with further variables by name.

With --batch stdin (or the file TEMPLATE) has JSON lines {"id", "template", "mode",
"context"}, and each gives a line {"id", "output"} or {"id", "error": {"kind",
"message", "line", "column"}}. A line without mode is stock, unless --mode says otherwise.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if batch && !cmd.Flags().Changed("mode") {
				mode = "stock"
			}
			m, err := parseMode(mode)
			if err != nil {
				return err
			}
			if batch {
				if request != "" || context != "" || trace {
					return usage("each line has its own context", "--batch goes with --mode only")
				}
				name := "-"
				if len(args) == 1 {
					name = args[0]
				}
				return a.renderBatch(name, m)
			}
			if len(args) == 0 {
				return usage("rehearse render TEMPLATE, or - for stdin", "no template is named")
			}
			return a.renderOne(args[0], request, context, m, trace)
		},
	}
	f := cmd.Flags()
	f.StringVar(&request, "request", "", "a JSON `FILE` with body, path, querystring, header, context, stageVariables")
	f.StringVar(&context, "context", "", "a JSON `FILE` with further variables")
	f.StringVar(&mode, "mode", "aws", "aws, or stock: Velocity 1.7 as shipped")
	f.BoolVar(&trace, "trace", false, "on stderr: each directive, the value it saw, the branch it took")
	f.BoolVar(&batch, "batch", false, "JSON lines in, JSON lines out")
	return cmd
}

func parseMode(mode string) (vtl.Mode, error) {
	if mode == "stock" {
		return vtl.Stock, nil
	}
	return vtl.AWS, oneOf("--mode", mode, "aws", "stock")
}

// read reads a file, or stdin if it is called "-".
func (a *app) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(a.stdin)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, usage("", "can't open %s: %s", name, reason(err))
	}
	return data, nil
}

// readObject reads a JSON or YAML file that holds an object; no name is an empty one.
func (a *app) readObject(name string) (*ordered.Object, error) {
	if name == "" {
		return ordered.NewObject(0), nil
	}
	data, err := a.read(name)
	if err != nil {
		return nil, err
	}
	f, err := source.Read(name, data)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	o, ok := f.Root.Ordered().(*ordered.Object)
	if !ok {
		return nil, usage("", "%s holds no JSON object", name)
	}
	return o, nil
}

func (a *app) renderOne(name, request, context string, mode vtl.Mode, trace bool) error {
	text, err := a.read(name)
	if err != nil {
		return err
	}
	variables, err := a.readObject(context)
	if err != nil {
		return err
	}
	r, err := a.readObject(request)
	if err != nil {
		return err
	}
	if request == "" {
		if v, ok := variables.Get("request"); ok {
			if r, ok = v.(*ordered.Object); !ok {
				return usage("", "request in %s is no object", context)
			}
		}
	}
	t, err := mapping.ParseTemplate(source.Plain(name, strings.TrimPrefix(string(text), "\uFEFF")), vtl.Options{Mode: mode})
	if err != nil {
		return &exit{exitFailed, err}
	}
	var rec *vtl.Recording
	if trace {
		rec = t.VTL().NewRecording()
		rec.Trace = true
	}
	out, err := t.Render(nil, mapping.NewScope(r, variables, mode), rec)
	if trace {
		for _, s := range rec.Steps {
			fmt.Fprintln(a.stderr, traceLine(s))
		}
	}
	if err != nil {
		return &exit{exitFailed, err}
	}
	_, err = a.stdout.Write(out)
	return err
}

// traceLine says one step of a rendering.
func traceLine(s vtl.Step) string {
	line := s.Pos.String() + ": "
	switch s.Directive {
	case "":
		return line + s.Text + " is " + s.Value
	case "set":
		line += "#set(" + s.Text + ") is " + s.Value
		if !s.Taken {
			line += ", so it keeps what it had"
		}
	case "if", "elseif":
		line += "#" + s.Directive + "(" + s.Text + ") is " + s.Value
		if s.Saw != "" && s.Saw != s.Text+" = "+s.Value {
			line += " with " + s.Saw
		}
		if s.Taken {
			line += ": taken"
		} else {
			line += ": not taken"
		}
	case "foreach":
		line += "#foreach(" + s.Text + ")"
		if s.Taken {
			line += " has " + s.Value
		} else {
			line += " has nothing to loop over"
		}
	case "macro":
		line += s.Text + " is called"
	case "else":
		line += "#else is taken"
	default:
		line += "#" + s.Directive
		if s.Text != "" {
			line += "(" + s.Text + ")"
		}
	}
	return line
}

// A rendering is a line that render --batch prints.
type rendering struct {
	ID     any             `json:"id"`
	Output *string         `json:"output,omitempty"`
	Error  *renderingError `json:"error,omitempty"`
}

type renderingError struct {
	Kind    string `json:"kind"` // parse or runtime
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// renderBatch renders a template a line. A line that is no such JSON is told on
// stderr and the others are rendered all the same.
func (a *app) renderBatch(name string, mode vtl.Mode) error {
	in := a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return usage("", "can't open %s: %s", name, reason(err))
		}
		defer f.Close()
		in = f
	}
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	r := bufio.NewReader(in)
	var errs []error
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			result, lineErr := renderLine(line, mode)
			if lineErr != nil {
				errs = append(errs, &source.Error{Pos: source.Pos{File: name, Line: n, Col: 1}, Msg: lineErr.Error()})
			} else if err := e.Encode(result); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if errs != nil {
		return &exit{exitUsage, errors.Join(errs...)}
	}
	return nil
}

func renderLine(line []byte, mode vtl.Mode) (*rendering, error) {
	v, err := ordered.Parse(line)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("the line is no JSON object")
	}
	template, ok := get[string](o, "template")
	if !ok {
		return nil, errors.New("the line has no template")
	}
	if m, ok := get[string](o, "mode"); ok {
		switch m {
		case "stock":
			mode = vtl.Stock
		case "aws":
			mode = vtl.AWS
		default:
			return nil, fmt.Errorf("mode is %q, want aws or stock", m)
		}
	}
	id, _ := o.Get("id")
	result := &rendering{ID: ordered.ToGo(id)}
	context, ok := get[*ordered.Object](o, "context")
	if !ok {
		context = ordered.NewObject(0)
	}
	vars, err := variablesOf(context, mode)
	if err != nil {
		return nil, err
	}
	t, err := vtl.Parse(source.Plain("", template), vtl.Options{Mode: mode})
	if err != nil {
		result.Error = describeError(err)
		return result, nil
	}
	out, err := t.Execute(nil, vars, nil)
	if err != nil {
		result.Error = describeError(err)
		return result, nil
	}
	text := string(out)
	result.Output = &text
	return result, nil
}

// variablesOf makes a line's variables. Only one with a request has $input,
// $util, $context and $stageVariables.
func variablesOf(context *ordered.Object, mode vtl.Mode) (vtl.Vars, error) {
	v, ok := context.Get("request")
	if !ok {
		vars := vtl.Vars{}
		for k, v := range context.All() {
			vars[k] = vtl.Lists(v)
		}
		return vars, nil
	}
	r, ok := v.(*ordered.Object)
	if !ok {
		return nil, errors.New("request is no object")
	}
	return mapping.NewScope(r, context, mode).Vars(), nil
}

func get[T any](o *ordered.Object, key string) (T, bool) {
	v, _ := o.Get(key)
	t, ok := v.(T)
	return t, ok
}

// describeError gives the kind and place of an error as Velocity tells them. Text
// that #evaluate can't parse is a parse error at the #evaluate.
func describeError(err error) *renderingError {
	e := &renderingError{Kind: "runtime", Message: err.Error()}
	var at *source.Error
	if errors.As(err, &at) {
		e.Message, e.Line, e.Column = at.Msg, at.Pos.Line, at.Pos.Col
	}
	var parse *vtl.ParseError
	var run *vtl.RuntimeError
	switch {
	case errors.As(err, &parse):
		e.Kind = "parse"
		if parse.Line > 0 {
			e.Line, e.Column = parse.Line, parse.Column
		}
	case errors.As(err, &run):
		e.Line, e.Column = run.Line, run.Column
	}
	return e
}
