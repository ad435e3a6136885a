package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
)

func (a *app) invokeCommand() *cobra.Command {
	var document, api, stage, resource, body, format string
	var headers, variables []string
	var allowRefused, stub bool
	cmd := &cobra.Command{
		Use:   "invoke METHOD PATH",
		Short: "Make one call with its execution log, as the console's Test tab does",
		Long: `Make one call with its execution log, as the console's Test tab does: past
deployment, authorizer, API key, throttles and cache. PATH has no stage: /items/1?size=2`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if !strings.HasPrefix(args[1], "/") {
				return usage("it has no stage: /items/1", "the path %q does not begin with a slash", args[1])
			}
			test := gateway.TestInvoke{API: api, Stage: stage, Method: strings.ToUpper(args[0]), Path: args[1], Resource: resource}
			for _, h := range headers {
				name, value, ok := strings.Cut(h, ":")
				if !ok {
					return usage(`-H "Accept: application/json"`, "--header is %q, want NAME: VALUE", h)
				}
				test.Header = append(test.Header, result.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
			}
			for _, v := range variables {
				name, value, ok := strings.Cut(v, "=")
				if !ok {
					return usage("", "--stage-variable is %q, want NAME=VALUE", v)
				}
				if test.StageVariables == nil {
					test.StageVariables = map[string]string{}
				}
				test.StageVariables[name] = value
			}
			var err error
			if test.Body, err = a.readArgument(body); err != nil {
				return err
			}
			o := project.Options{AllowRefused: allowRefused, Stub: stub}
			if document != "" {
				o.Stage = stage
			}
			p, err := a.openToRun(document, o)
			if err != nil {
				return err
			}
			defer p.Close()
			a.missingInterpreters(p)
			s, err := p.Start(project.StartOptions{Seed: randomSeed(), Trace: true, ExecutionLog: true, Logf: a.logf})
			if err != nil {
				return err
			}
			defer s.Close()
			r := s.Gateway.TestInvoke(cmd.Context(), test)
			if r.Err != nil {
				return usage("rehearse show lists resources and methods", "%s", r.Err)
			}
			r.Log = p.Mask(r.Log)
			return a.printInvocation(r, format)
		},
	}
	f := cmd.Flags()
	f.StringVar(&document, "document", "", "call the API of this `FILE` instead of rehearse.yaml's")
	f.StringVar(&api, "api", "", "the `NAME` of the API, where there are several")
	f.StringVar(&stage, "stage", "", "the `NAME` of the stage whose document and variables count")
	f.StringVar(&resource, "resource", "", "the resource's `PATH`, such as /items/{ID}")
	f.StringArrayVarP(&headers, "header", "H", nil, "`NAME: VALUE`, repeatable")
	f.StringVarP(&body, "body", "d", "", "the body: `TEXT`, @FILE, or - for stdin")
	f.StringArrayVar(&variables, "stage-variable", nil, "`NAME=VALUE`, repeatable, instead of the stage's")
	f.BoolVar(&allowRefused, "allow-refused", false, "call what could be built of a document AWS would refuse")
	f.BoolVar(&stub, "stub", false, "answer for functions and hosts that aren't there, from the document's examples and schemas")
	f.StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}

// readArgument reads TEXT, @FILE or - as curl does.
func (a *app) readArgument(arg string) ([]byte, error) {
	switch {
	case arg == "":
		return nil, nil
	case arg == "-":
		return io.ReadAll(a.stdin)
	case strings.HasPrefix(arg, "@"):
		data, err := os.ReadFile(arg[1:])
		if err != nil {
			return nil, usage("", "can't open %s: %s", arg[1:], reason(err))
		}
		return data, nil
	}
	return []byte(arg), nil
}

// logf says something to the person at the terminal.
func (a *app) logf(format string, args ...any) {
	fmt.Fprintf(a.stderr, format+"\n", args...)
}

// printInvocation prints a call; as JSON in the field names of AWS's
// TestInvokeMethod.
func (a *app) printInvocation(r *gateway.TestResult, format string) error {
	if format == "json" {
		single, multi := map[string]string{}, map[string][]string{}
		for _, h := range r.Header {
			single[h.Name] = h.Value
			multi[h.Name] = append(multi[h.Name], h.Value)
		}
		return a.printJSON(map[string]any{
			"schemaVersion": schemaVersion, "status": r.Status, "latency": r.Latency.Milliseconds(),
			"headers": single, "multiValueHeaders": multi, "body": string(r.Body), "log": r.Log,
		})
	}
	fmt.Fprintf(a.stdout, "Status: %d\nLatency: %d ms\n\nResponse headers\n", r.Status, r.Latency.Milliseconds())
	for _, h := range r.Header {
		fmt.Fprintf(a.stdout, "  %s: %s\n", h.Name, h.Value)
	}
	fmt.Fprintf(a.stdout, "\nResponse body\n%s\n\nLog\n%s", r.Body, r.Log)
	return nil
}
