package openapi

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
	"github.com/rehearse-api/rehearse/openapi/vtl"
)

// An integrationReader reads the x-amazon-apigateway-integration of one method.
type integrationReader struct {
	im           *importer
	m            *Method
	i            *Integration
	at           string
	call         string // the integration as AWS makes it
	responseCall string // the integration response that is read
}

// integrationHTTPOnly are the properties that HTTP APIs alone have; a REST API
// ignores them without a word (case payload-format-version-ignored).
var integrationHTTPOnly = map[string]bool{
	"payloadFormatVersion": true, "integrationSubtype": true, "responseParameters": true, "description": true, "integrationMethod": true,
}

// integrationKinds are the kinds that properties must have; anything else makes
// the whole document unreadable for AWS (recorded).
var integrationKinds = map[string]source.Kind{
	"type": source.String, "httpMethod": source.String, "uri": source.String, "credentials": source.String,
	"passthroughBehavior": source.String, "contentHandling": source.String, "timeoutInMillis": source.String,
	"cacheNamespace": source.String, "connectionType": source.String, "connectionId": source.String,
	"cacheKeyParameters": source.Array,
	"requestParameters":  source.Object, "requestTemplates": source.Object, "responses": source.Object, "tlsConfig": source.Object,
}

// integration makes the integration of a method. A method without one imports
// without a word (case method-without-integration-imports).
func (im *importer) integration(m *Method, n *source.Node, at string) {
	if isNull(n) {
		return
	}
	r := integrationReader{im: im, m: m, at: at, call: callWithin(m.name(), "integration")}
	if n.Kind != source.Object {
		r.malformed(n, at, "the integration is "+article(n.Kind.String())+", want an object")
		return
	}
	kind := IntegrationType(strings.ToUpper(scalar(n.Get("type"))))
	switch kind {
	case HTTP, HTTPProxy, AWS, AWSProxy, Mock:
	default:
		r.unknownType(n)
		return
	}
	r.i = &Integration{
		Type: kind, PassthroughBehavior: "WHEN_NO_MATCH", TimeoutInMillis: 29000, CacheNamespace: im.cacheNamespace(m.Resource),
		Pos: n.Pos, Pointer: at,
	}
	if !r.kinds(n) {
		im.notes.left(n, Recorded, "integration-malformed", "its integration is malformed")
		im.notes.refused(n.Get("type"), Recorded, "integration-malformed", "its integration is malformed")
		return
	}
	m.Integration = r.i
	im.notes.text(n.Get("type"), string(kind))
	r.backend(n)
	r.requestSide(n)
	r.caching(n)
	r.responses(n.Get("responses"), at+"/responses")
	r.streaming(n.Get("responseTransferMode"))
	for _, p := range n.Members {
		if _, known := integrationKinds[p.Key]; !known && !strings.HasPrefix(p.Key, "x-") && p.Key != "responseTransferMode" {
			r.im.unknownProperty(p, at, "x-amazon-apigateway-integration", integrationHTTPOnly)
		}
	}
}

// streaming says that responses are never streamed here. What the import does
// with responseTransferMode is not recorded.
func (r *integrationReader) streaming(n *source.Node) {
	if mode := strings.ToUpper(scalar(n)); mode != "" && mode != "BUFFERED" {
		r.im.add(place{n.Pos, r.at + "/responseTransferMode"}, Finding{
			Rule: "response-streaming", Category: Scope, Evidence: Documented,
			Message: r.m.name() + ": responseTransferMode " + mode + " is not rehearsed: the response is sent as a whole",
		})
	}
}

// refuse adds what AWS says when it can't put the integration.
func (r *integrationReader) refuse(rule string, evidence Evidence, field *source.Node, at, message, hint, inner string) {
	pos := r.m.Pos
	if field != nil {
		pos = field.Pos
	} else if r.i != nil {
		pos = r.i.Pos
	}
	r.im.add(place{pos, at}, Finding{
		Rule: rule, Category: Refused, Evidence: evidence, Message: r.m.name() + ": " + message, Hint: hint,
		AWS:     "Unable to put integration on '" + r.m.HTTPMethod + "' for resource at path '" + r.m.Resource.Path + "': " + inner,
		AWSKind: AWSError, call: r.call,
	})
}

func (r *integrationReader) malformed(n *source.Node, at, message string) {
	hint := ""
	if n != nil && len(n.Members) == 1 && (n.Members[0].Key == "Ref" || strings.HasPrefix(n.Members[0].Key, "Fn::")) {
		hint = "only a CloudFormation template resolves " + n.Members[0].Key + "; write the value, or use ${AWS::Region} and ${AWS::AccountId}"
	}
	r.im.add(place{r.im.pos(n), at}, Finding{
		Rule: "integration-malformed", Category: Refused, Evidence: Recorded, Message: r.m.name() + ": " + message, Hint: hint,
		AWS:     "Unable to parse API definition because of a malformed integration at path " + r.m.Resource.Path + ".",
		AWSKind: AWSAlone,
	})
}

// kinds checks that every property is of the kind it must be.
func (r *integrationReader) kinds(n *source.Node) bool {
	ok := true
	for _, p := range n.Members {
		want, known := integrationKinds[p.Key]
		if !known || isNull(p.Value) {
			continue
		}
		got := p.Value.Kind
		if isScalar(p.Value) {
			got = source.String // a number where a string is wanted is fine
		}
		if got != want {
			r.malformed(p.Value, pointerTo(r.at, p.Key), p.Key+" is "+article(p.Value.Kind.String())+", want "+article(want.String()))
			ok = false
		}
	}
	return ok
}

// unknownType says what AWS says of an integration whose type it can't read, as
// of a reference to a shared integration: the method stays without one (case
// import-text-integration-ref-unknown-type).
func (r *integrationReader) unknownType(n *source.Node) {
	t := n.Get("type")
	word, at, message, hint := "null", place{n.Pos, r.at}, "its integration has no type", "want aws, aws_proxy, http, http_proxy or mock"
	switch {
	case !isNull(t):
		word, at, message = scalar(t), place{t.Pos, r.at + "/type"}, "its integration has the type "+quote(scalar(t))
	case n.Get("$ref") != nil:
		message, hint = "its integration refers to a shared one, which HTTP APIs alone have", "write the integration into the operation"
	}
	r.im.add(at, Finding{
		Rule: "integration-type-invalid", Category: Dropped, Evidence: Recorded, Severity: Error,
		Message: r.m.name() + ": " + message + ": it is left out, and the API can't be deployed", Hint: hint,
		AWS: "Unknown integration type '" + word + "' for '" + r.m.name() + "'. Ignoring.", AWSKind: AWSWarning,
	})
	r.im.leftAs(n)
}

// backend reads where the integration goes. AWS prints only the first thing that
// is wrong with an integration; that it looks at the method first is recorded for
// PutIntegration, the rest of the order is a guess.
func (r *integrationReader) backend(n *source.Node) {
	i := r.i
	i.Credentials = scalar(n.Get("credentials"))
	r.im.notes.text(n.Get("credentials"), i.Credentials)
	switch i.Type {
	case Mock:
		r.droppedFromMock(n)
	case HTTP, HTTPProxy:
		r.httpMethod(n.Get("httpMethod"))
		i.URI = r.im.text(n.Get("uri"))
		r.im.notes.text(n.Get("uri"), i.URI.Text)
		r.checkHTTPURI(n.Get("uri"))
		r.connection(n, "INTERNET") // case http-integration-defaults
	default:
		r.httpMethod(n.Get("httpMethod"))
		i.URI = r.im.text(n.Get("uri"))
		r.im.notes.text(n.Get("uri"), i.URI.Text)
		r.checkAWSURI(n.Get("uri"))
		r.connection(n, "")
	}
	r.checkCredentials(n.Get("credentials"))
	r.timeout(n.Get("timeoutInMillis"))
	r.tls(n.Get("tlsConfig"))
}

// droppedFromMock reports what a mock doesn't have (case
// mock-integration-drops-http-method-and-uri).
func (r *integrationReader) droppedFromMock(n *source.Node) {
	for _, key := range []string{"httpMethod", "uri"} {
		if p := n.Get(key); !isNull(p) {
			r.im.add(place{p.Pos, pointerTo(r.at, key)}, Finding{
				Rule: "mock-extra-fields", Category: Dropped, Severity: Info, Evidence: Recorded,
				Message: r.m.name() + ": a mock integration has no " + key + ": it is left out",
			})
		}
	}
}

func (r *integrationReader) httpMethod(n *source.Node) {
	r.i.HTTPMethod = strings.ToUpper(scalar(n))
	r.im.notes.text(n, r.i.HTTPMethod)
	switch {
	case r.i.HTTPMethod == "":
		r.refuse("integration-http-method-missing", Recorded, n, r.at, "its integration has no httpMethod", httpMethodHint(r.i.Type),
			"Enumeration value for HttpMethod must be non-empty") // case http-method-missing-refused
	case !slices.Contains(httpMethods, r.i.HTTPMethod):
		r.refuse("integration-http-method-invalid", Inferred, n, r.at+"/httpMethod", "httpMethod "+quote(scalar(n))+" is none", "",
			verbsText)
	}
}

// connection reads whether the backend is reached through a VPC link.
func (r *integrationReader) connection(n *source.Node, usual string) {
	i, kind := r.i, n.Get("connectionType")
	i.ConnectionType = cmp.Or(strings.ToUpper(scalar(kind)), usual)
	i.ConnectionID = scalar(n.Get("connectionId"))
	r.im.notes.text(kind, strings.ToUpper(scalar(kind)))
	r.im.notes.text(n.Get("connectionId"), i.ConnectionID)
	switch i.ConnectionType {
	case "", "INTERNET":
	case "VPC_LINK":
		if i.ConnectionID == "" {
			r.refuse("vpc-link-without-id", Recorded, kind, r.at+"/connectionType", "connectionType VPC_LINK needs a connectionId",
				"name the VPC link, or a stage variable: ${stageVariables.vpcLinkId}",
				"ConnectionId should be set to the vpcLinkId or stage variable on connection type VPC_LINK")
		}
	default:
		r.refuse("connection-type-invalid", Inferred, kind, r.at+"/connectionType", "connectionType is "+quote(scalar(kind))+", want INTERNET or VPC_LINK", "",
			enumViolation(scalar(kind), "putIntegrationInput.connectionType", "VPC_LINK", "INTERNET"))
	}
}

var httpMethods = []string{"GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"}

func httpMethodHint(t IntegrationType) string {
	if t == AWS || t == AWSProxy {
		return "a Lambda function is called with httpMethod: POST"
	}
	return ""
}

func (r *integrationReader) timeout(n *source.Node) {
	if isNull(n) {
		return
	}
	ms, ok := integer(n)
	if !ok {
		r.malformed(n, r.at+"/timeoutInMillis", "timeoutInMillis is "+quote(scalar(n))+", want a whole number")
		return
	}
	r.i.TimeoutInMillis = ms
	r.im.notes.number(n, ms)
	if ms < 50 || ms > 29000 {
		r.refuse("timeout-out-of-range", Recorded, n, r.at+"/timeoutInMillis", "timeoutInMillis is "+itoa(ms)+", want 50 to 29000",
			"more than 29000 needs a raised quota of the account and a Regional or private API",
			"Timeout should be between 50 ms and 29000 ms") // case import-text-timeout-above-quota
	}
}

func (r *integrationReader) tls(n *source.Node) {
	if isNull(n) {
		return
	}
	r.im.notes.took(n)
	r.im.notes.truth(n.Get("insecureSkipVerification"))
	r.i.TLSConfig = &TLSConfig{InsecureSkipVerification: truth(n.Get("insecureSkipVerification"))}
	for _, p := range n.Members {
		if p.Key != "insecureSkipVerification" {
			r.im.unknownProperty(p, r.at+"/tlsConfig", "tlsConfig", map[string]bool{"serverNameToVerify": true})
		}
	}
}

// callersIdentity is the credentials that mean the caller's own.
var callersIdentity = regexp.MustCompile(`^arn:[a-z-]+:iam::\\?\*:user/\\?\*$`)

func (r *integrationReader) checkCredentials(n *source.Node) {
	c := scalar(n)
	if c == "" {
		if uri := r.serviceOf(); uri != "" {
			r.refuse("credentials-missing-aws", Inferred, n, r.at, "an integration with the AWS service "+uri+" needs credentials",
				"name a role that API Gateway may take: arn:aws:iam::ACCOUNT:role/NAME", "Role ARN must be specified for AWS integrations")
		}
		return
	}
	switch {
	case strings.Contains(c, "${"):
	case callersIdentity.MatchString(c):
		if r.m.AuthorizationType != "AWS_IAM" {
			// case import-text-caller-identity-needs-iam
			r.refuse("caller-identity-without-iam", Recorded, n, r.at+"/credentials", "credentials hand on the caller's identity, and the method doesn't ask for one",
				"give the method x-amazon-apigateway-auth: {type: AWS_IAM}", "AWS_IAM Auth type is required for AWS integrations with identity forwarding specified")
		}
	case !strings.HasPrefix(c, "arn:") || strings.Count(c, ":") < 5:
		r.refuse("credentials-malformed", Recorded, n, r.at+"/credentials", "credentials are "+quote(c)+", want the ARN of a role", "", invalidARN)
	}
}

// requestSide reads what is sent to the backend.
func (r *integrationReader) requestSide(n *source.Node) {
	i := r.i
	if p := n.Get("passthroughBehavior"); !isNull(p) {
		i.PassthroughBehavior = strings.ToUpper(scalar(p)) // case passthrough-behavior-becomes-upper-case
		r.im.notes.text(p, i.PassthroughBehavior)
		switch i.PassthroughBehavior {
		case "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER":
		default:
			r.refuse("passthrough-invalid", Inferred, p, r.at+"/passthroughBehavior", "passthroughBehavior is "+quote(scalar(p))+", want when_no_match, when_no_templates or never", "",
				"Invalid passthrough behavior specified: "+scalar(p))
		}
	}
	i.ContentHandling = r.contentHandling(n.Get("contentHandling"), r.at+"/contentHandling", func(rule string, p *source.Node, at, message, inner string) {
		r.refuse(rule, Inferred, p, at, message, "", inner)
	})
	r.requestParameters(n.Get("requestParameters"), r.at+"/requestParameters")
	templates := n.Get("requestTemplates")
	at := r.at + "/requestTemplates"
	if bad := badMediaTypes(templates); bad != nil {
		r.refuse("media-type-key-invalid", Recorded, templates, at, "requestTemplates: "+strings.Join(bad, ", ")+" is no media type", "", validationPrefix+"["+contentTypeErrors(bad)+"]")
	}
	i.RequestTemplates = r.templates(templates, at, "requestTemplate", r.m.name()+" request template ")
}

func (r *integrationReader) contentHandling(n *source.Node, at string, refuse func(rule string, n *source.Node, at, message, inner string)) string {
	if isNull(n) {
		return ""
	}
	h := strings.ToUpper(scalar(n))
	if h != "CONVERT_TO_TEXT" && h != "CONVERT_TO_BINARY" {
		refuse("content-handling-invalid", n, at, "contentHandling is "+quote(scalar(n))+", want CONVERT_TO_TEXT or CONVERT_TO_BINARY",
			enumViolation(scalar(n), "putIntegrationInput.contentHandling", "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"))
		return ""
	}
	r.im.notes.text(n, h)
	return h
}

// mediaType is what API Gateway takes as the key of a template.
var mediaType = regexp.MustCompile(`^[a-zA-Z0-9!#$&^_.+*-]+/[a-zA-Z0-9!#$&^_.+*-]+(\s*;.*)?$`)

func badMediaTypes(templates *source.Node) []string {
	if templates == nil {
		return nil
	}
	var bad []string
	for _, t := range templates.Members {
		if !mediaType.MatchString(t.Key) && t.Key != "$default" {
			bad = append(bad, t.Key)
		}
	}
	return bad
}

func contentTypeErrors(bad []string) string {
	all := make([]string, len(bad))
	for i, b := range bad {
		all[i] = "Invalid content type specified: " + b
	}
	return strings.Join(all, ", ")
}

// templates compiles templates. One that doesn't parse is imported all the same:
// AWS finds out when it renders it.
func (r *integrationReader) templates(n *source.Node, at, kind, name string) []*Template {
	if n == nil || n.Kind != source.Object {
		return nil
	}
	var all []*Template
	for _, member := range n.Members {
		where := pointerTo(at, member.Key)
		if !isScalar(member.Value) && !isNull(member.Value) {
			r.malformed(member.Value, where, "the template for "+member.Key+" is "+article(member.Value.Kind.String())+", want a string")
			continue
		}
		r.im.notes.kept(member.Value) // an empty one, too (case integration-response-empty-template-is-null)
		t := &Template{ContentType: member.Key, Text: r.im.text(member.Value), Pos: r.im.pos(member.Value)}
		t.Element = r.im.element(kind, name+member.Key, where, t.Pos)
		if len(t.Text.Text) > 300<<10 {
			// AWS docs: important notes; its text is not known
			r.im.add(place{t.Pos, where}, Finding{
				Rule: "template-too-large", Category: Refused, Evidence: Documented,
				Message: r.m.name() + ": the template for " + member.Key + " is larger than 300 KB",
			})
		}
		t.Compiled, t.Err = mapping.ParseTemplate(trimmed(t.Text), vtl.Options{})
		all = append(all, t)
	}
	return all
}

// trimmed is a template without the white space around it, which is not rendered
// (guess: inferred from recordings; case vtl-template-is-trimmed).
func trimmed(t source.Text) source.Text {
	text := strings.TrimLeftFunc(t.Text, unicode.IsSpace)
	skipped, at := len(t.Text)-len(text), t.At
	text = strings.TrimRightFunc(text, unicode.IsSpace)
	if skipped == 0 || at == nil {
		return source.Text{Text: text, At: at}
	}
	return source.Text{Text: text, At: func(offset int) source.Pos { return at(skipped + offset) }}
}

// requestTarget is the shape of what a request parameter is mapped to.
var requestTarget = regexp.MustCompile(`^integration\.request\.(path|querystring|header|multivaluequerystring|multivalueheader)\..+$`)

// requestParameters reads the mappings to the backend. What is no string is
// dropped with a warning (case request-parameter-boolean-warns).
func (r *integrationReader) requestParameters(n *source.Node, at string) {
	var wrong batch
	for _, p := range r.mappings(n, at, "requestParameters") {
		m := ParameterMapping{Target: p.Key, Source: r.im.text(p.Value), Pos: p.Pos}
		expr, err := mapping.ParseExpression(m.Source, mapping.Request)
		value, here := scalar(p.Value), place{r.im.pos(p.Value), pointerTo(at, p.Key)}
		switch {
		case !requestTarget.MatchString(p.Key):
			wrong.add(here, Finding{
				Rule:    "request-mapping-key-invalid",
				Message: r.m.name() + ": " + quote(p.Key) + " is no target: want integration.request.header, querystring or path and a name",
			}, "Invalid mapping expression parameter specified: "+p.Key)
		case err != nil:
			wrong.add(here, r.mappingFinding("request-mapping-static-unquoted", p.Key, err), "Invalid mapping expression specified: "+value)
		case !r.hasSource(value):
			// case import-text-request-header-undeclared
			wrong.add(here, Finding{
				Rule:    "request-mapping-source-undeclared",
				Message: r.m.name() + ": its integration reads " + value + ", which the operation doesn't declare",
				Hint:    "declare it under the operation's parameters",
			}, "Invalid mapping expression parameter specified: "+value)
		}
		if err == nil {
			m.Expr = expr
		}
		r.im.notes.kept(p.Value)
		r.i.RequestParameters = append(r.i.RequestParameters, m)
	}
	slices.SortStableFunc(r.i.RequestParameters, byTarget)
	r.im.refuse(&wrong, r.call, "Unable to put integration on '"+r.m.HTTPMethod+"' for resource at path '"+r.m.Resource.Path+"': ")
}

func (r *integrationReader) mappingFinding(rule, target string, err error) Finding {
	message, hint := mappingAdvice(err)
	return Finding{Rule: rule, Message: r.m.name() + ": the mapping to " + target + ": " + message, Hint: hint}
}

// mappingAdvice is what is wrong with a mapping expression and what to do.
func mappingAdvice(err error) (message, hint string) {
	var at *source.Error
	if errors.As(err, &at) {
		return at.Msg, at.Hint
	}
	return err.Error(), ""
}

func byTarget(a, b ParameterMapping) int { return cmp.Compare(a.Target, b.Target) }

// mappings are the members of a map of mappings that are strings; of the others
// AWS warns.
func (r *integrationReader) mappings(n *source.Node, at, what string) []source.Member {
	if n == nil || n.Kind != source.Object {
		return nil
	}
	var all []source.Member
	for _, p := range n.Members {
		if p.Value != nil && p.Value.Kind == source.String {
			all = append(all, p)
			continue
		}
		got, hint := r.im.json(p.Value), ""
		if isScalar(p.Value) {
			hint = "write \"'" + got + "'\""
		}
		r.im.add(place{r.im.pos(p.Value), pointerTo(at, p.Key)}, Finding{
			Rule: "request-mapping-value-not-string", Category: Dropped, Evidence: Recorded,
			Message: r.m.name() + ": " + p.Key + " is " + got + ", want a string: it is left out",
			Hint:    hint,
			AWS: "Invalid format for '" + what + "'. Expected type string for property '" + p.Key + "' of resource '" + r.m.Resource.Path +
				"' and method '" + r.m.HTTPMethod + "' but got '" + got + "'",
			AWSKind: AWSWarning,
		})
	}
	return all
}

// hasSource reports whether a method has what a mapping or a cache key reads: a
// declared parameter, or anything that needs no declaration.
func (r *integrationReader) hasSource(value string) bool {
	rest, ok := strings.CutPrefix(value, "method.request.")
	if !ok || rest == "body" || strings.HasPrefix(rest, "body.") || strings.HasPrefix(rest, "body[") {
		return true
	}
	rest = strings.TrimPrefix(rest, "multivalue") // declared as the plain one
	if r.m.declares("method.request." + rest) {
		return true
	}
	// guess: a variable of the path needs no declaration; what AWS does with those
	// it doesn't add itself is not recorded for an import.
	name, ok := strings.CutPrefix(rest, "path.")
	path := r.m.Resource.Path + "/"
	return ok && (strings.Contains(path, "/{"+name+"}/") || strings.Contains(path, "/{"+name+"+}/"))
}

// cacheNamespace is the id of the resource, except where an overwrite meets a
// resource that survives it: that keeps its id, and its methods have another
// namespace (recorded).
func (im *importer) cacheNamespace(r *Resource) string {
	if im.survives[r.Path] {
		return NewID(r.ID, "overwrite")
	}
	return r.ID
}

func (r *integrationReader) caching(n *source.Node) {
	if ns := scalar(n.Get("cacheNamespace")); ns != "" {
		r.i.CacheNamespace = ns
		r.im.notes.text(n.Get("cacheNamespace"), ns)
	}
	keys := n.Get("cacheKeyParameters")
	r.i.CacheKeyParameters = list(keys)
	r.im.notes.list(keys)
	for j, key := range r.i.CacheKeyParameters {
		_, mapped := slices.BinarySearchFunc(r.i.RequestParameters, key, func(p ParameterMapping, key string) int { return cmp.Compare(p.Target, key) })
		if !mapped && !(strings.HasPrefix(key, "method.request.") && r.hasSource(key)) {
			at := pointerTo(r.at+"/cacheKeyParameters", itoa(j))
			var item *source.Node
			if j < len(keys.Items) {
				item = keys.Items[j]
			}
			r.refuse("cache-key-undeclared", Recorded, item, at, "the cache key "+quote(key)+" is no parameter of the method", "declare it under the operation's parameters",
				"Invalid cache key parameter specified") // case import-text-cache-key-undeclared
		}
	}
}
