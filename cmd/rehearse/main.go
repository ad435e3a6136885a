// Command rehearse rehearses an Amazon API Gateway REST API: it imports an
// OpenAPI document into a local engine that answers as API Gateway answers,
// replays Gherkin scenarios against it, lints and reports.
//
// One file a command; [run] is main without the process.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rehearse-api/rehearse/cmd/rehearse/early"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// Exit codes, promised to scripts.
const (
	exitOK       = 0
	exitFailed   = 1 // scenarios failed, findings at or above the threshold, or AWS would refuse the document
	exitUsage    = 2 // used wrongly, rehearse.yaml wrong, or a file that can't be opened
	exitInternal = 3 // our fault
)

func init() { early.Restore() }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends what takes no notice of the first
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs the command and returns its exit code. Results go to stdout,
// everything else to stderr.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	a := &app{stdin: stdin, stdout: stdout, stderr: stderr}
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(stderr, "rehearse: this is a bug in rehearse: %v\n%s", r, debug.Stack())
			code = exitInternal
		}
	}()
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return a.exitCode(err)
}

// An app is what all commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	config string // --config
	color  string // --color

	template string // --template, of the commands that read documents
}

// An exit ends the command with a code; what there is to say was said, unless
// err says more.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// failed ends with exit code 1: what there is to say was said.
var failed error = &exit{code: exitFailed}

// usage is an error of the person who typed the command.
func usage(hint, format string, args ...any) error {
	return &exit{exitUsage, &source.Error{Msg: fmt.Sprintf(format, args...), Hint: hint}}
}

// exitCode says what went wrong and what it means.
func (a *app) exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	var e *exit
	if errors.As(err, &e) {
		if e.err != nil {
			a.problems(e.err)
		}
		return e.code
	}
	a.problems(err)
	var place *source.Error
	var path *os.PathError
	if errors.As(err, &place) || errors.As(err, &path) {
		return exitUsage
	}
	return exitInternal
}

// problems prints errors one a line, each with its hint.
func (a *app) problems(err error) {
	for _, e := range flatten(err) {
		a.say(e.Error())
		var s *source.Error
		if errors.As(e, &s) && s.Hint != "" {
			a.say("  hint: " + s.Hint)
		}
	}
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, e := range many.Unwrap() {
			all = append(all, flatten(e)...)
		}
		return all
	}
	return []error{err}
}

// version is set by the linker in released binaries.
var version = ""

func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "rehearse",
		Short: "Rehearse an Amazon API Gateway REST API before it goes on stage",
		Long: `Rehearse an Amazon API Gateway REST API before it goes on stage: import its
OpenAPI document into a local engine that answers as API Gateway answers, replay
Gherkin scenarios against it on a virtual clock, lint it, and write reports.
Nothing leaves the machine.

Begin with "rehearse demo", or with "rehearse init openapi.yaml".`,
		Version:       programVersion(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkGlobals() },
	}
	root.SetVersionTemplate("rehearse {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().StringVarP(&a.config, "config", "c", "", "the config `FILE`; default rehearse.yaml, looked for upwards")
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "auto, always or never")
	root.AddCommand(
		a.demoCommand(),
		a.readsDocuments(a.testCommand()),
		a.readsDocuments(a.serveCommand()),
		a.readsDocuments(a.lintCommand()),
		a.readsDocuments(a.showCommand()),
		a.readsDocuments(a.invokeCommand()),
		a.renderCommand(),
		a.readsDocuments(a.initCommand()),
		a.stepsCommand(),
		a.rulesCommand(),
		a.supportCommand(),
		a.schemaCommand(),
	)
	for _, c := range root.Commands() {
		c.Args = withUsage(c.Args)
	}
	return root
}

// readsDocuments gives a command the flag that says how its documents are read.
func (a *app) readsDocuments(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&a.template, "template", "", "read documents as templates of a `TOOL`: terraform; .tftpl and .tpl are, and CloudFormation's are recognised")
	return cmd
}

func (a *app) checkGlobals() error {
	if a.template != "" {
		if err := oneOf("--template", a.template, "terraform"); err != nil {
			return err
		}
	}
	return oneOf("--color", a.color, "auto", "always", "never")
}

// oneOf checks the value of a flag.
func oneOf(flag, value string, allowed ...string) error {
	for _, v := range allowed {
		if v == value {
			return nil
		}
	}
	hint := ""
	if near := source.Nearest(value, allowed); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return usage(hint, "%s is %q, want one of %s", flag, value, strings.Join(allowed, ", "))
}

func unknownCommand(root *cobra.Command, name string) error {
	var names []string
	for _, c := range root.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	hint := "rehearse --help lists the commands"
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean rehearse %s?", near)
	}
	if name == "version" {
		hint = "rehearse --version prints it"
	}
	return usage(hint, "there is no command %q", name)
}

var badValue = regexp.MustCompile(`(?s)^invalid argument "(.*)" for "(?:-\w, )?--(\S+)" flag: `)

// wanted says what a flag's value must be, by pflag's name of its type.
var wanted = map[string]string{
	"uint64": "a whole number from 0 to 18446744073709551615", "int": "a whole number", "float64": "a number", "bool": "true or false", "duration": "a duration such as 30s",
}

var unknownFlag = regexp.MustCompile(`^unknown flag: --(\S+)`)

// flagError is what is said of a flag that isn't there or can't be read.
func flagError(cmd *cobra.Command, err error) error {
	hint := "rehearse " + cmd.Name() + " --help lists the flags"
	if cmd.Parent() == nil {
		hint = "rehearse --help lists the flags"
	}
	if m := unknownFlag.FindStringSubmatch(err.Error()); m != nil {
		var names []string
		add := func(f *pflag.Flag) { names = append(names, f.Name) }
		cmd.Flags().VisitAll(add)
		cmd.InheritedFlags().VisitAll(add)
		if near := source.Nearest(m[1], names); near != "" {
			hint = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	if m := badValue.FindStringSubmatch(err.Error()); m != nil {
		if f := cmd.Flags().Lookup(m[2]); f != nil && wanted[f.Value.Type()] != "" {
			return usage("", "--%s is %q, want %s", m[2], m[1], wanted[f.Value.Type()])
		}
	}
	return usage(hint, "%s", err)
}

// withUsage makes a wrong number of arguments a usage error.
func withUsage(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		if err := check(cmd, args); err != nil {
			return usage("usage: "+cmd.UseLine(), "%s", err)
		}
		return nil
	}
}
