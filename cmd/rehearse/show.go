package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// importFlags are ImportRestApi's and PutRestApi's parameters.
type importFlags struct {
	basepath, ignore, onto, mode string
	failOnWarnings               bool
	endpointTypes                []string
}

func (f *importFlags) add(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.basepath, "basepath", "ignore", "ignore, prepend or split")
	s.BoolVar(&f.failOnWarnings, "failonwarnings", false, "a warning refuses the import")
	s.StringVar(&f.ignore, "ignore", "", "documentation: import no documentation parts")
	s.StringSliceVar(&f.endpointTypes, "endpointConfigurationTypes", nil, "EDGE, REGIONAL or PRIVATE")
	s.StringVar(&f.onto, "onto", "", "PutRestApi: import onto the API of the document `EXISTING`")
	s.StringVar(&f.mode, "mode", "merge", "of --onto: merge or overwrite")
}

// options checks the flags and makes import options of them.
func (f *importFlags) options(a *app, cmd *cobra.Command) (openapi.Options, error) {
	o := openapi.Options{FailOnWarnings: f.failOnWarnings, Mode: f.mode}
	if cmd.Flags().Changed("basepath") { // else a template may say it
		o.Basepath = f.basepath
	}
	if err := oneOf("--basepath", f.basepath, "ignore", "prepend", "split"); err != nil {
		return o, err
	}
	if err := oneOf("--mode", f.mode, "merge", "overwrite"); err != nil {
		return o, err
	}
	if f.ignore != "" {
		if err := oneOf("--ignore", f.ignore, "documentation"); err != nil {
			return o, err
		}
		o.IgnoreDocumentation = true
	}
	for _, t := range f.endpointTypes {
		o.EndpointConfigurationTypes = append(o.EndpointConfigurationTypes, strings.ToUpper(t))
		if err := oneOf("--endpointConfigurationTypes", strings.ToUpper(t), "EDGE", "REGIONAL", "PRIVATE"); err != nil {
			return o, err
		}
	}
	if f.onto == "" {
		if cmd.Flags().Changed("mode") {
			return o, usage("", "--mode is for --onto EXISTING")
		}
		return o, nil
	}
	old, err := a.open(f.onto, project.Options{Inspect: true})
	if err != nil {
		return o, err
	}
	defer old.Close()
	d := old.APIs[0].Own()
	if d.Refused {
		a.refusals(d, false)
		return o, &exit{exitFailed, &source.Error{Msg: "AWS would refuse " + f.onto + ", so there is no API to import onto"}}
	}
	o.Onto = d.Model
	return o, nil
}

// refusals prints on stderr why AWS would refuse a document; strict says that a
// warning is enough (failonwarnings).
func (a *app) refusals(d *project.Deployed, strict bool) {
	for _, f := range d.Findings {
		if f.Category == openapi.Refused || strict && f.AWSKind == openapi.AWSWarning {
			a.warn(f.Pos, "refused", f.Message, f.Hint)
		}
	}
}

func (a *app) showCommand() *cobra.Command {
	var format, apiName, stage, method string
	var report, all bool
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "show [DOCUMENT]",
		Short: "Print the API as AWS would import it",
		Long: `Print the API as AWS would import it: as a tree, or with --format json as the AWS
API would answer about it.

With --report, say of every node of the document what became of it: imported as
it stands, changed, ignored or refused; why; and whether that was recorded on the
service, is documented, or is inferred.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if err := checkReportFlags(report, all, method); err != nil {
				return err
			}
			o, err := flags.options(a, cmd)
			if err != nil {
				return err
			}
			document := ""
			if len(args) > 0 {
				document = args[0]
			}
			p, err := a.open(document, project.Options{Inspect: true, Import: o})
			if err != nil {
				return err
			}
			defer p.Close()
			a.notes(p)
			api, err := chooseAPI(p, apiName)
			if err != nil {
				return err
			}
			d, err := chooseDocument(p, api, stage)
			if err != nil {
				return err
			}
			switch {
			case report && format == "json":
				err = a.reportJSON(reportOn(d))
			case report:
				a.reportText(reportOn(d), all)
			default:
				err = a.show(p, api, d, format, method)
			}
			if err != nil {
				return err
			}
			if !hasDocument(p) {
				a.whyNoDocument(p)
				return failed
			}
			if d.Refused {
				a.refusals(d, d.Options.FailOnWarnings)
				return failed
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	cmd.Flags().StringVar(&apiName, "api", "", "the `NAME` of the API, where there are several")
	cmd.Flags().StringVar(&stage, "stage", "", "show the document of the stage `NAME`")
	cmd.Flags().StringVar(&method, "method", "", "all of one method: `'GET /items'`")
	cmd.Flags().BoolVar(&report, "report", false, "what became of every node of the document, and why")
	cmd.Flags().BoolVar(&all, "all", false, "of --report: every node by itself, what is imported as it stands, too")
	flags.add(cmd)
	return cmd
}

// chooseAPI finds the API that is meant.
func chooseAPI(p *project.Project, name string) (*project.API, error) {
	var names []string
	for _, a := range p.APIs {
		names = append(names, a.Name)
	}
	if len(p.APIs) == 0 {
		return nil, noAPIs(p)
	}
	if name == "" {
		if len(p.APIs) == 1 {
			return p.APIs[0], nil
		}
		return nil, usage("choose one with --api", "there are the APIs %s", strings.Join(names, ", "))
	}
	if api := p.API(name); api != nil {
		return api, nil
	}
	return nil, unknownName("API", name, names)
}

func unknownName(kind, name string, names []string) error {
	hint := "there is " + strings.Join(names, ", ")
	if len(names) == 0 {
		hint = "there is none"
	}
	if near := source.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return usage(hint, "there is no %s %q", kind, name)
}

// chooseDocument finds the document of a stage; without one it is the API's own.
func chooseDocument(p *project.Project, api *project.API, stage string) (*project.Deployed, error) {
	if stage == "" {
		return api.Own(), nil
	}
	var names []string
	for _, d := range api.Documents {
		for _, s := range d.Stages {
			if s.Name == stage {
				return d, nil
			}
			names = append(names, s.Name)
		}
	}
	return nil, unknownName("stage", stage, names)
}

func (a *app) show(p *project.Project, api *project.API, d *project.Deployed, format, method string) error {
	all := openapi.ShowJSON(d.Model, d.Findings, d.Options)
	switch {
	case method != "":
		return a.showMethod(all, method)
	case format == "json":
		_, err := a.stdout.Write(all)
		return err
	case d.Model == nil:
		return nil
	}
	showTree(a.stdout, p, api, d)
	return nil
}

// showMethod prints all of one method, as GetMethod answers it.
func (a *app) showMethod(all []byte, name string) error {
	v, err := ordered.Parse(all)
	if err != nil {
		return err
	}
	var methods *ordered.Object
	if root, ok := v.(*ordered.Object); ok {
		m, _ := root.Get("methods")
		methods, _ = m.(*ordered.Object)
	}
	var names []string
	if methods != nil {
		verb, path, _ := strings.Cut(name, " ")
		if m, ok := methods.Get(strings.ToUpper(verb) + " " + path); ok {
			return a.printJSON(ordered.ToGo(m))
		}
		for i := range methods.Len() {
			k, _ := methods.At(i)
			names = append(names, k)
		}
	}
	return unknownName("method", name, names)
}

// showTree prints the resource tree: method, integration, who may call, validator.
func showTree(out io.Writer, p *project.Project, api *project.API, d *project.Deployed) {
	m := d.Model
	fmt.Fprintf(out, "%s  id %s  %s\n", cmp.Or(m.Name, api.Name), api.ID, d.Name)
	if m.Description != "" {
		fmt.Fprintln(out, m.Description)
	}
	if p.HasConfig {
		var stages []string
		for _, s := range d.Stages {
			stages = append(stages, s.Name)
		}
		if stages != nil {
			fmt.Fprintln(out, "stages: "+strings.Join(stages, ", "))
		}
	}
	fmt.Fprintln(out)
	var tree bytes.Buffer
	w := tabwriter.NewWriter(&tree, 0, 8, 2, ' ', 0)
	for r := range m.AllResources() {
		indent := strings.Repeat("  ", depth(r))
		if r.Parent == nil || len(r.Methods) > 0 || len(r.Children) == 0 {
			fmt.Fprintf(w, "%s%s\n", indent, cmp.Or(partOf(r), "/"))
		} else {
			fmt.Fprintf(w, "%s%s\t(no methods)\n", indent, partOf(r))
		}
		for _, method := range r.Methods {
			fmt.Fprintf(w, "%s  %s\t%s\t%s\t%s\n", indent, method.HTTPMethod, integrationOf(method), accessOf(method), validatorOf(method))
		}
	}
	w.Flush()
	for line := range strings.Lines(tree.String()) {
		fmt.Fprintln(out, strings.TrimRight(line, " \n"))
	}
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(len(m.Models), "models")
	add(len(m.Authorizers), "authorizers")
	add(len(m.RequestValidators), "request validators")
	add(len(m.GatewayResponses), "gateway responses")
	if len(m.BinaryMediaTypes) > 0 {
		parts = append(parts, "binary: "+strings.Join(m.BinaryMediaTypes, ", "))
	}
	if parts != nil {
		fmt.Fprintln(out, "\n"+strings.Join(parts, ", "))
	}
	for _, f := range d.Findings {
		if f.Category == openapi.Dropped {
			fmt.Fprintf(out, "dropped: %s: %s\n", f.Pos, f.Message)
		}
	}
}

func depth(r *openapi.Resource) int {
	n := 0
	for r = r.Parent; r != nil; r = r.Parent {
		n++
	}
	return n
}

func partOf(r *openapi.Resource) string {
	if r.PathPart == "" {
		return "/"
	}
	return "/" + r.PathPart
}

func integrationOf(m *openapi.Method) string {
	in := m.Integration
	if in == nil {
		return "(no integration)"
	}
	if in.Type == openapi.Mock {
		return "MOCK"
	}
	uri := in.URI.Text
	if f, err := openapi.ParseFunctionURI(uri); err == nil {
		uri = f.Name
		if f.Qualifier != "" {
			uri += ":" + f.Qualifier
		}
	} else if _, after, ok := strings.Cut(uri, ":function:"); ok {
		uri = strings.TrimSuffix(after, "/invocations")
	}
	return string(in.Type) + " " + uri
}

func accessOf(m *openapi.Method) string {
	var parts []string
	switch {
	case m.Authorizer != nil:
		parts = append(parts, m.AuthorizationType+" "+m.Authorizer.Name)
	case m.AuthorizationType != "NONE":
		parts = append(parts, m.AuthorizationType)
	}
	if m.APIKeyRequired {
		parts = append(parts, "key")
	}
	return cmp.Or(strings.Join(parts, ", "), "open")
}

func validatorOf(m *openapi.Method) string {
	if m.RequestValidator == nil {
		return ""
	}
	return "validator " + m.RequestValidator.Name
}
