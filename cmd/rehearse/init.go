package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/clock"
	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/project"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/mapping"
)

func (a *app) initCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "init [DOCUMENT]",
		Short: "Write rehearse.yaml and a first feature for a document",
		Long: `Write rehearse.yaml with the stages, variables, functions, backends and keys that
a document refers to, and one feature that runs and passes. Functions and backends
begin with canned answers, to be replaced by the real ones.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			document := ""
			if len(args) > 0 {
				document = args[0]
			} else {
				var err error
				if document, err = onlyDocument(); err != nil {
					return err
				}
			}
			return a.initialise(cmd.Context(), document, cmp.Or(dir, filepath.Dir(document)))
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write into `DIR`; default beside the document")
	return cmd
}

// onlyDocument finds the one document of the present folder.
func onlyDocument() (string, error) {
	var found []string
	for _, pattern := range []string{"openapi*.yaml", "openapi*.yml", "openapi*.json", "swagger*.yaml", "swagger*.yml", "swagger*.json", "api.yaml", "api.json"} {
		names, _ := filepath.Glob(pattern)
		found = append(found, names...)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", usage("rehearse init openapi.yaml", "there is no OpenAPI document here; name one")
	}
	return "", usage("rehearse init "+found[0], "there are several documents here (%s); name one", strings.Join(found, ", "))
}

func (a *app) initialise(ctx context.Context, document, dir string) error {
	p, err := project.OpenDocument(document, project.Options{Terraform: a.template == "terraform"})
	if err != nil {
		return &exit{exitUsage, err}
	}
	defer p.Close()
	if err := a.announceRefusal(p); err != nil {
		return err
	}
	d := p.APIs[0].Own()
	config := filepath.Join(dir, project.ConfigName)
	feature := filepath.Join(dir, "features", "first.feature")
	rel, err := relative(dir, document)
	if err != nil {
		return err
	}
	var models []*openapi.API
	documents := map[string]string{}
	for _, api := range p.APIs {
		models = append(models, api.Own().Model)
		documents[api.Name] = filepath.ToSlash(rel)
		if len(p.APIs) > 1 {
			documents[api.Name] += "#" + api.Own().Document.LogicalID
		}
	}
	n := need(models...)
	if d.Document.LogicalID != "" {
		n.leaveOut(p.Config)
	}
	files := map[string][]byte{config: []byte(n.config(documents, filepath.ToSlash(rel)))}
	if err := a.writeNew([]string{config}, files); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(feature), 0o755); err != nil {
		return usage("choose a folder you may write to with --dir", "can't make the folder %s: %s", filepath.Dir(feature), reason(err))
	}
	text, err := firstFeature(ctx, config, n)
	if err != nil {
		return err
	}
	files[feature] = []byte(text)
	if _, err := os.Stat(feature); err == nil {
		fmt.Fprintln(a.stderr, "note: "+feature+" is already there and stays as it is")
	} else if err := a.writeNew([]string{feature}, files); err != nil {
		return err
	}
	fmt.Fprintln(a.stderr, "next: rehearse test, or rehearse serve; rehearse steps lists what features may say")
	return nil
}

// relative is the name of a file as seen from a folder. One of them may be absolute.
func relative(dir, file string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", err
	}
	return filepath.Rel(dir, file)
}

func (a *app) announceRefusal(p *project.Project) error {
	if !p.Refused() {
		return nil
	}
	if !hasDocument(p) {
		a.whyNoDocument(p)
		return failed
	}
	a.refusals(p.APIs[0].Own(), false)
	fmt.Fprintln(a.stderr, "AWS would refuse this import, so nothing was written")
	return failed
}

// needs are what a document refers to.
type needs struct {
	variables map[string]string          // stage variables and a value that works
	functions map[string]map[string]bool // function -> qualifiers
	kinds     map[string]openapi.IntegrationType
	authorize map[string]bool // functions that are authorizers
	keys      bool
	hosts     map[string]bool // "http://backend.example.com"
	services  map[string]bool // "sqs"

	stage  string            // that a usage plan covers
	key    string            // that it sends, if keys are needed
	stages map[string]string // of the template: the first one of each API
	has    bool              // the document is a template, which has stages of its own
	plans  bool              // it has usage plans too
}

var variableIn = regexp.MustCompile(`\$\{stageVariables\.([A-Za-z0-9_]+)\}`)

// need collects what APIs refer to.
func need(apis ...*openapi.API) *needs {
	n := &needs{
		stage: project.DefaultStage, key: firstKey,
		variables: map[string]string{}, functions: map[string]map[string]bool{}, kinds: map[string]openapi.IntegrationType{},
		stages: map[string]string{}, authorize: map[string]bool{}, hosts: map[string]bool{}, services: map[string]bool{},
	}
	for _, api := range apis {
		for m := range api.AllMethods() {
			n.keys = n.keys || m.APIKeyRequired
			if in := m.Integration; in != nil {
				n.integration(in)
			}
		}
		for _, au := range api.Authorizers {
			if au.AuthorizerURI.Text != "" {
				n.authorize[n.function(au.AuthorizerURI.Text)] = true
			}
		}
	}
	return n
}

// leaveOut takes away what the template of the document has itself.
func (n *needs) leaveOut(c *project.Config) {
	if stages := c.APIs[0].Stages; len(stages) > 0 {
		n.has, n.stage = stages[0].Name != project.DefaultStage || stages[0].Pos != c.APIs[0].Pos, stages[0].Name
	}
	for _, api := range c.APIs {
		if len(api.Stages) > 0 {
			n.stages[api.Name] = api.Stages[0].Name
		}
	}
	for _, f := range c.Functions {
		delete(n.functions, f.Name)
	}
	for _, plan := range c.UsagePlans {
		if n.plans = true; len(plan.Keys) > 0 {
			n.key = plan.Keys[0].Name
		}
	}
}

func (n *needs) integration(in *openapi.Integration) {
	for _, t := range in.RequestTemplates {
		n.template(t)
	}
	for _, r := range in.Responses {
		for _, t := range r.ResponseTemplates {
			n.template(t)
		}
	}
	uri := in.URI.Text
	switch in.Type {
	case openapi.AWS, openapi.AWSProxy:
		if parts := strings.SplitN(uri, ":", 6); len(parts) == 6 && !strings.HasSuffix(parts[4], "lambda") {
			service := parts[4]
			n.services[service[strings.LastIndexByte(service, '.')+1:]] = true
			n.fill(uri, "value")
			return
		}
		if name := n.function(uri); name != "" {
			n.kinds[name] = in.Type
		}
	case openapi.HTTP, openapi.HTTPProxy:
		rest := uri
		if _, after, ok := strings.Cut(uri, "://"); ok {
			rest, _, _ = strings.Cut(after, "/")
		}
		// A variable that is the host, or part of it.
		for _, v := range variableIn.FindAllStringSubmatch(rest, -1) {
			value := "backend.example.com"
			if v[0] != rest {
				value = strings.ToLower(v[1])
			}
			n.variable(v[1], value)
		}
		n.fill(uri, "value")
		u, err := url.Parse(mapping.Interpolate(uri, n.variables))
		if err == nil && u.Host != "" && !isLocal(u.Hostname()) {
			n.hosts[u.Scheme+"://"+u.Host] = true
		}
	}
}

func isLocal(host string) bool { return loopbackHost(host) }

// template notes the stage variables a template reads.
func (n *needs) template(t *openapi.Template) {
	for _, v := range templateVariable.FindAllStringSubmatch(t.Text.Text, -1) {
		n.variable(v[1], "value")
	}
}

var templateVariable = regexp.MustCompile(`\$!?\{?stageVariables(?:\.|\[['"])([A-Za-z0-9_]+)`)

func (n *needs) variable(name, value string) {
	if _, ok := n.variables[name]; !ok {
		n.variables[name] = value
	}
}

// fill gives every variable of a text a value.
func (n *needs) fill(text, value string) {
	for _, v := range variableIn.FindAllStringSubmatch(text, -1) {
		n.variable(v[1], value)
	}
}

// function notes the function of a URI and returns its name.
func (n *needs) function(uri string) string {
	reference := uri
	if _, after, ok := strings.Cut(uri, ":function:"); ok {
		reference = strings.TrimSuffix(after, "/invocations")
	}
	name, qualifier, _ := strings.Cut(reference, ":")
	// A variable in the place of the qualifier is the name of an alias, one in
	// the place of the name is a function's.
	for _, v := range variableIn.FindAllStringSubmatch(qualifier, -1) {
		n.variable(v[1], project.DefaultStage)
	}
	for _, v := range variableIn.FindAllStringSubmatch(name, -1) {
		n.variable(v[1], v[1])
	}
	n.fill(uri, "value")
	f, err := openapi.ParseFunctionURI(mapping.Interpolate(uri, n.variables))
	if err != nil {
		return ""
	}
	if n.functions[f.Name] == nil {
		n.functions[f.Name] = map[string]bool{}
	}
	if f.Qualifier != "" && f.Qualifier != "$LATEST" {
		n.functions[f.Name][f.Qualifier] = true
	}
	return f.Name
}

const (
	firstKey  = "FirstKey"
	firstPlan = "FirstPlan"
)

// config is the text of a rehearse.yaml that answers for all that is needed.
func (n *needs) config(documents map[string]string, document string) string {
	var b strings.Builder
	line := func(depth int, format string, args ...any) {
		b.WriteString(strings.Repeat("  ", depth) + fmt.Sprintf(format, args...) + "\n")
	}
	line(0, "# What %s runs with. rehearse schema prints all fields.", document)
	line(0, "apis:")
	for _, api := range sorted(documents) {
		line(1, "%s:", quoteYAML(api))
		line(2, "document: %s", quoteYAML(documents[api]))
		switch {
		case n.has:
			line(2, "# stages, and what else is not said here, are the template's")
		case len(n.variables) == 0:
			line(2, "stages:")
			line(3, "%s: {}", project.DefaultStage)
		default:
			line(2, "stages:")
			line(3, "%s:", project.DefaultStage)
			line(4, "variables:")
			for _, v := range sorted(n.variables) {
				line(5, "%s: %s", v, quoteYAML(n.variables[v]))
			}
		}
	}
	if n.keys && !n.plans {
		line(0, "\napiKeys:")
		line(1, "%s: {}   # a value is made from the seed; or value: {fromEnv: FIRST_KEY}", firstKey)
		line(0, "usagePlans:")
		line(1, "%s:", firstPlan)
		line(2, "apiStages:")
		for _, api := range sorted(documents) {
			if len(documents) == 1 {
				line(2, "- {stage: %s}", n.stage)
			} else {
				line(2, "- {api: %s, stage: %s}", quoteYAML(api), cmp.Or(n.stages[api], n.stage))
			}
		}
		line(2, "keys: [%s]", firstKey)
	}
	if len(n.functions) > 0 {
		line(0, "\nfunctions:")
		for _, f := range sorted(n.functions) {
			n.writeFunction(line, f)
		}
	}
	if len(n.hosts)+len(n.services) > 0 {
		line(0, "\nbackends:   # canned answers; endpoints: leads to real ones")
		for _, h := range sorted(n.hosts) {
			line(1, "%s: {status: 200, headers: {Content-Type: application/json}, body: \"{}\"}", quoteYAML(h))
		}
		for _, s := range sorted(n.services) {
			line(1, "%s: {status: 200, headers: {Content-Type: application/json}, body: \"{}\"}", s)
		}
	}
	line(0, "\nfeatures: [features]")
	return b.String()
}

func (n *needs) writeFunction(line func(int, string, ...any), name string) {
	line(1, "%s:", name)
	line(2, "# runtime: python3.13, handler: lambda_function.lambda_handler and path: FOLDER run the real one")
	switch {
	case n.authorize[name]:
		line(2, "static:   # lets everybody in")
		line(3, `- result: {principalId: somebody, policyDocument: {Version: "2012-10-17", Statement: [{Action: "execute-api:Invoke", Effect: Allow, Resource: "*"}]}}`)
	case n.kinds[name] == openapi.AWSProxy:
		line(2, "static:")
		line(3, `- result: {statusCode: 200, headers: {Content-Type: application/json}, body: "{}"}`)
	default:
		line(2, "static:")
		line(3, "- result: {}")
	}
	var aliases, versions []string
	for _, q := range sorted(n.functions[name]) {
		if _, err := strconv.Atoi(q); err == nil {
			versions = append(versions, q)
		} else {
			aliases = append(aliases, q)
		}
	}
	if versions != nil {
		line(2, "versions:")
		for _, v := range versions {
			line(3, "%q: {}", v)
		}
	}
	if aliases != nil {
		line(2, "aliases:")
		for _, q := range aliases {
			line(3, "%s: $LATEST", quoteYAML(q))
		}
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

var plainYAML = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)

// quoteYAML writes a text so that YAML reads that text.
func quoteYAML(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		return strconv.Quote(s)
	}
	if plainYAML.MatchString(s) {
		return s
	}
	return strconv.Quote(s)
}

// A call is a request that a first feature may make.
type call struct {
	api, stage string
	several    bool // other APIs have a stage of that name
	method     *openapi.Method
	target     string // without the stage
	header     []result.Header
	key        bool

	status int
	why    string // the gateway refuses it; empty: it doesn't
}

// firstFeature writes a feature that passes: it tries the methods of the APIs, safe
// ones first, and says what the one that answered best has answered.
func firstFeature(ctx context.Context, config string, n *needs) (string, error) {
	p, err := project.Open(config, project.Options{})
	if err != nil {
		return "", fmt.Errorf("the config that was written: %w", err)
	}
	defer p.Close()
	clk := clock.NewVirtual(p.Config.Start)
	s, err := p.Start(project.StartOptions{Clock: clk, Seed: 1, Trace: true})
	if err != nil {
		return "", err
	}
	defer s.Close()
	key := ""
	if n.keys {
		if key, err = s.KeyValue(n.key); err != nil {
			return "", err
		}
	}
	var best *call
	stages := s.Gateway.Settings().Stages
	for _, api := range p.APIs {
		i := slices.IndexFunc(stages, func(st *gateway.Stage) bool { return st.API == api.Name })
		if i < 0 || best != nil && rank(best.status) == 0 {
			continue
		}
		st := stages[i]
		host := st.APIID + ".execute-api." + s.Gateway.Settings().Region + ".amazonaws.com"
		for _, c := range calls(api.Own().Model) {
			c.api, c.stage = api.Name, st.Name
			c.several = slices.ContainsFunc(stages, func(o *gateway.Stage) bool { return o.Name == st.Name && o.API != st.API })
			r := &gateway.Request{Method: c.method.HTTPMethod, Target: "/" + c.stage + c.target, Host: host, Proto: "HTTP/1.1", Header: c.header, SourceIP: "127.0.0.1"}
			if r.Method == "ANY" {
				r.Method = "GET"
			}
			if c.key {
				r.Header = append(slices.Clone(r.Header), result.Header{Name: "x-api-key", Value: key})
			}
			answer := s.Gateway.Do(ctx, r)
			c.status = answer.Status
			if because, refused := answer.Exchange.Refusal(); refused {
				c.why = because.String()
			}
			if best == nil || rank(c.status) < rank(best.status) {
				best = c
			}
			if rank(c.status) == 0 {
				break
			}
		}
	}
	return featureText(p.APIs[0].Name, best, n), nil
}

// rank orders answers by how good a first scenario they make.
func rank(status int) int {
	switch {
	case status >= 200 && status < 300:
		return 0
	case status >= 300 && status < 400:
		return 1
	case status >= 400 && status < 500:
		return 2
	}
	return 3
}

// calls are the requests to try: GET, HEAD and OPTIONS before those that change
// something, mocks before real backends.
func calls(api *openapi.API) []*call {
	var all []*call
	for m := range api.AllMethods() {
		c := &call{method: m, target: m.Resource.Path, key: m.APIKeyRequired}
		c.target = pathParameter.ReplaceAllString(c.target, "1")
		var query []string
		for _, p := range m.RequestParameters {
			_, rest, _ := strings.Cut(p.Name, "request.")
			where, name, _ := strings.Cut(rest, ".")
			if !p.Required {
				continue
			}
			switch where {
			case "querystring":
				query = append(query, url.QueryEscape(name)+"=1")
			case "header":
				c.header = append(c.header, result.Header{Name: name, Value: "1"})
			}
		}
		if m.Authorizer != nil {
			for _, source := range strings.Split(m.Authorizer.IdentitySource, ",") {
				if name, ok := strings.CutPrefix(strings.TrimSpace(source), "method.request.header."); ok {
					c.header = append(c.header, result.Header{Name: name, Value: "token"})
				}
				if name, ok := strings.CutPrefix(strings.TrimSpace(source), "method.request.querystring."); ok {
					query = append(query, url.QueryEscape(name)+"=1")
				}
			}
		}
		if query != nil {
			c.target += "?" + strings.Join(query, "&")
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b *call) int { return cmp.Compare(eagerness(a.method), eagerness(b.method)) })
	return all
}

var pathParameter = regexp.MustCompile(`\{[^{}]*\}`)

func eagerness(m *openapi.Method) int {
	n := slices.Index([]string{"GET", "ANY", "HEAD", "OPTIONS"}, m.HTTPMethod)
	if n < 0 {
		n = 9
	}
	if m.Integration == nil || m.Integration.Type != openapi.Mock {
		n += 10 * min(n, 1)
	}
	return n
}

func featureText(api string, c *call, n *needs) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if c != nil {
		api = c.api
	}
	line("Feature: %s answers", api)
	line("  A first scenario, to be changed. `rehearse steps` lists what may be said.\n")
	if c == nil { // a document without methods
		line("  Scenario: A path that is not there")
		line("    When I send GET \"/%s/nowhere\"", n.stage)
		line("    Then the status is 403")
		return b.String()
	}
	verb := c.method.HTTPMethod
	if verb == "ANY" {
		verb = "GET"
	}
	line("  Scenario: %s %s answers %d", verb, c.method.Resource.Path, c.status)
	given := "Given"
	say := func(format string, args ...any) {
		line("    "+given+" "+format, args...)
		given = "And"
	}
	target := "/" + c.stage + c.target
	if c.several {
		say("I use the stage %q of %q", c.stage, c.api)
		target = c.target
	}
	if c.key {
		say("I use the API key %q", n.key)
	}
	for _, h := range c.header {
		say("the request header %q is %q", h.Name, h.Value)
	}
	switch {
	case c.method.Integration == nil:
		line("    # AWS answers so where a method has no x-amazon-apigateway-integration yet.")
	case rank(c.status) >= 2 && c.why != "":
		line("    # No method answers better now. Why it answers so: %s.", oneLine(c.why))
	case rank(c.status) >= 2:
		line("    # What it answers now: rehearse invoke %s %q says why.", verb, c.target)
	}
	line("    When I send %s %q", verb, target)
	line("    Then the status is %d", c.status)
	return b.String()
}

// oneLine is a text as a comment may hold it.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
