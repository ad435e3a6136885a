package openapi

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A scheme is a security scheme as API Gateway understands it: one of the fields
// is set, or none when it has no effect.
type scheme struct {
	name       string
	node       *source.Node   // nil for one of the API that is imported onto
	refs       []*source.Node // that lead to it, for the report
	authorizer *Authorizer
	iam        bool // AWS_IAM
	apiKey     bool // the method needs an API key
	broken     bool // AWS makes no method that uses it
}

// securitySchemes makes authorizers of the schemes that have one, whether a
// method uses them or not (recorded).
func (im *importer) securitySchemes() {
	at := "/components/securitySchemes"
	schemes := im.root.Get("components").Get("securitySchemes")
	if im.swagger {
		at = "/securityDefinitions"
		schemes = im.root.Get("securityDefinitions")
	}
	for _, a := range im.api.Authorizers {
		im.schemes[a.Name] = &scheme{name: a.Name, authorizer: a}
	}
	if schemes == nil || schemes.Kind != source.Object {
		return
	}
	for _, m := range schemes.Members {
		noted := im.notes.here()
		n, where := im.resolve(m.Value, "the security scheme "+m.Key, pointerTo(at, m.Key))
		if n == nil {
			im.leftAs(m.Value)
			continue
		}
		followed := im.notes.since(noted)
		s := im.scheme(m.Key, n, where, m.Pos)
		im.schemes[m.Key] = s
		if s.authorizer == nil && !s.broken {
			s.refs = im.notes.nodes(followed)
			im.notes.void(followed, Inferred, "", "no method uses it")
		}
	}
}

func (im *importer) scheme(name string, n *source.Node, at string, pos source.Pos) *scheme {
	s := &scheme{name: name, node: n}
	kind := scalar(n.Get("type"))
	authtype := n.Get("x-amazon-apigateway-authtype")
	authorizer := n.Get("x-amazon-apigateway-authorizer")
	switch {
	case kind != "apiKey":
		im.add(place{im.pos(n.Get("type")), at + "/type"}, Finding{
			Rule: "security-scheme-type", Category: Dropped, Evidence: Recorded,
			Message: "the security scheme " + name + " is of type " + quote(kind) + "; a REST API acts on apiKey only: methods that use it stay open",
			Hint:    "make it type: apiKey with an x-amazon-apigateway-authorizer",
			AWS:     "Unsupported security definition type '" + kind + "' for '" + name + "'. Ignoring.", AWSKind: AWSWarning,
		})
		im.leftAs(n)
	case authorizer != nil:
		im.notes.changed(n.Get("type"), Recorded, "lets the authorizer of the scheme count")
		s.authorizer = im.authorizer(name, n, authorizer, at, pos)
	case strings.EqualFold(scalar(authtype), "awsSigv4"):
		s.iam = true // case sigv4-authtype-becomes-aws-iam
	case authtype != nil:
		s.broken = true
		im.notes.refused(n.Get("type"), Recorded, "authtype-without-authorizer", "its security scheme is refused")
		// The text is recorded; that it refuses the import also without
		// failonwarnings is what one migration tool's notes say.
		im.add(place{authtype.Pos, at + "/x-amazon-apigateway-authtype"}, Finding{
			Rule: "authtype-without-authorizer", Category: Refused, Evidence: Recorded,
			Message: "the security scheme " + name + " has x-amazon-apigateway-authtype and no x-amazon-apigateway-authorizer: methods that use it are not made",
			Hint:    "add the x-amazon-apigateway-authorizer, or remove the x-amazon-apigateway-authtype",
			AWS: "Unable to create authorizer from security definition: '" + name + "'. Extension x-amazon-apigateway-authorizer is required. Any methods with security: '" +
				name + "' will not be created. If this security definition is not a custom authorizer, remove the x-amazon-apigateway-authtype extension and it will be ignored.",
			AWSKind: AWSError,
		})
	case strings.EqualFold(scalar(n.Get("name")), "x-api-key") && scalar(n.Get("in")) == "header":
		s.apiKey = true // case api-key-required-by-operation-security
	default:
		im.add(place{pos, at}, Finding{
			Rule: "security-scheme-no-effect", Category: Dropped, Evidence: Inferred,
			Message: "the security scheme " + name + " is neither an authorizer nor the API key (header x-api-key): methods that use it stay open",
			Hint:    "name the header x-api-key for API keys, or add an x-amazon-apigateway-authorizer",
		})
	}
	return s
}

// securityOf is what a method's security says: that of the operation, else that
// of the document (cases root-security-scopes-cognito, operation-security-*).
func (im *importer) securityOf(op *source.Node, at string) (*source.Node, string) {
	if own := op.Get("security"); own != nil {
		if im.notes != nil && !im.asks(own) && im.asks(im.root.Get("security")) {
			im.notes.changed(own, Inferred, "the method asks for nothing, whatever the document's security says") // case security-root-authorizer-opened-by-empty-list
		}
		return own, at + "/security"
	}
	return im.root.Get("security"), "/security"
}

// secure applies the security of a method. It reports whether AWS makes the
// method at all.
func (im *importer) secure(m *Method, op *source.Node, at string, phrase string) bool {
	m.AuthorizationType = "NONE"
	im.notes.secure()
	requirements, where := im.securityOf(op, at)
	if requirements != nil && requirements.Kind == source.Array {
		for i, requirement := range requirements.Items {
			if requirement == nil || requirement.Kind != source.Object {
				continue
			}
			for _, member := range requirement.Members {
				if !im.require(m, member, place{member.Pos, pointerTo(pointerTo(where, itoa(i)), member.Key)}, phrase) {
					im.notes.left(op, Recorded, "authtype-without-authorizer", "the method is not made: its security scheme is refused")
					return false
				}
			}
		}
	}
	im.authExtension(m, op.Get("x-amazon-apigateway-auth"), at, phrase)
	return true
}

// require applies one scheme to a method. Alternatives ("or") and parts ("and")
// come to the same: AWS wants all of them (inferred).
func (im *importer) require(m *Method, member source.Member, at place, phrase string) bool {
	s, ok := im.schemes[member.Key]
	switch {
	case !ok:
		im.add(at, Finding{
			Rule: "security-scheme-undefined", Category: Dropped, Evidence: Inferred,
			Message: "security names " + quote(member.Key) + ", which is not defined: " + m.name() + " stays open",
			Hint:    "define it under components.securitySchemes",
		})
	case s.broken:
		im.notes.refused(member.Value, Recorded, "authtype-without-authorizer", "its security scheme is refused")
		return false
	case s.apiKey:
		im.noteKey(s, member, m.APIKeyRequired)
		m.APIKeyRequired = true
	case s.iam && m.Authorizer == nil:
		im.noteIAM(s, member, m.AuthorizationType == "AWS_IAM")
		m.AuthorizationType = "AWS_IAM"
	case s.authorizer != nil || s.iam:
		if m.AuthorizationType != "NONE" {
			im.add(at, Finding{
				Rule: "security-two-authorizers", Category: Dropped, Evidence: Inferred,
				Message: m.name() + " has an authorizer already; " + quote(member.Key) + " is left out",
				Hint:    "a method has one authorizer",
			})
			return true
		}
		im.noteAuthorizer(s, member)
		im.authorize(m, s.authorizer, list(member.Value), at, phrase)
	default:
		im.notes.left(member.Value, Recorded, "", "its security scheme has no effect")
	}
	return true
}

func (im *importer) authorize(m *Method, a *Authorizer, scopes []string, at place, phrase string) {
	m.Authorizer = a
	m.AuthorizationType = "CUSTOM"
	if a.Type == "COGNITO_USER_POOLS" {
		m.AuthorizationType = "COGNITO_USER_POOLS"
		m.AuthorizationScopes = scopes // none: absent (case operation-security-empty-scopes-drop-root-scopes)
		return
	}
	if len(scopes) > 0 {
		im.add(at, Finding{
			Rule: "scopes-without-cognito", Category: Refused, Evidence: Recorded,
			Message: m.name() + " asks for scopes, which only a COGNITO_USER_POOLS authorizer knows",
			Hint:    "leave the list of scopes empty: " + a.Name + ": []",
			AWS:     phrase + "Invalid Method authorization type specified. Authorization Scopes are only valid for COGNITO_USER_POOLS authorization type", AWSKind: AWSError, call: m.name(),
		})
	}
}

// authExtension applies x-amazon-apigateway-auth (case auth-extension-aws-iam).
// That it goes before security is a guess.
func (im *importer) authExtension(m *Method, auth *source.Node, at, phrase string) {
	if isNull(auth) {
		return
	}
	at += "/x-amazon-apigateway-auth"
	if auth.Kind != source.Object {
		im.wrongKind(auth, at, "an object with type")
		return
	}
	switch kind := strings.ToUpper(scalar(auth.Get("type"))); kind {
	case "NONE", "AWS_IAM":
		im.notes.overrule()
		im.notes.text(auth.Get("type"), kind)
		m.AuthorizationType, m.Authorizer, m.AuthorizationScopes = kind, nil, nil
	case "CUSTOM", "COGNITO_USER_POOLS":
		if m.Authorizer == nil {
			// case auth-extension-custom-without-authorizer
			im.add(place{auth.Get("type").Pos, at + "/type"}, Finding{
				Rule: "auth-without-authorizer", Category: Refused, Evidence: Recorded,
				Message: m.name() + ": x-amazon-apigateway-auth has type " + quote(scalar(auth.Get("type"))) + ", and security names no authorizer",
				Hint:    "name the authorizer under security; the type then follows from it",
				AWS:     phrase + "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
				AWSKind: AWSError, call: m.name(),
			})
		}
		im.notes.left(auth.Get("type"), Inferred, "", "the type follows from the authorizer that security names") // case auth-extension-custom-with-authorizer
	default:
		im.add(place{im.pos(auth.Get("type")), at + "/type"}, Finding{
			Rule: "auth-type-invalid", Category: Dropped, Evidence: Documented,
			Message: "x-amazon-apigateway-auth has type " + quote(scalar(auth.Get("type"))) + ", want NONE or AWS_IAM: it is ignored",
		})
	}
}

// identitySource is one source of a request authorizer. AWS's message names the
// first kind; that context variables are taken stands in its guide.
var identitySource = regexp.MustCompile(`^(method\.request\.(querystring|header|multivaluequerystring|multivalueheader)\.[a-zA-Z0-9._-]+|stageVariables\.[a-zA-Z0-9_]+|context\.[a-zA-Z0-9._-]+)$`)

// authorizer reads x-amazon-apigateway-authorizer.
func (im *importer) authorizer(name string, schemeNode, n *source.Node, at string, pos source.Pos) *Authorizer {
	at += "/x-amazon-apigateway-authorizer"
	a := &Authorizer{
		ID: NewID(im.api.ID, "authorizer", name), Name: name, Pos: pos,
		Type:     strings.ToUpper(scalar(n.Get("type"))),
		AuthType: scalar(schemeNode.Get("x-amazon-apigateway-authtype")),
	}
	im.notes.text(n.Get("type"), a.Type)
	im.notes.text(schemeNode.Get("x-amazon-apigateway-authtype"), a.AuthType)
	im.notes.object(n)
	a.Element = im.element("authorizer", "authorizer "+name, at, pos)
	im.replaceAuthorizer(a)
	if n.Kind != source.Object {
		im.wrongKind(n, at, "an object with type and authorizerUri")
		return a
	}
	refuse := func(field, rule string, evidence Evidence, message, hint, inner string) {
		p := place{im.pos(n.Get(field)), pointerTo(at, field)}
		if n.Get(field) == nil {
			p = place{n.Pos, at}
		}
		im.add(p, Finding{
			Rule: rule, Category: Refused, Evidence: evidence, Message: "the authorizer " + name + ": " + message, Hint: hint,
			// guess: the phrase before the inner text; it is recorded for a missing extension only
			AWS: "Unable to create authorizer from security definition: '" + name + "'. " + inner, AWSKind: AWSError, call: "authorizer " + name,
		})
	}
	for _, m := range n.Members {
		switch m.Key {
		case "type", "identitySource":
		case "authorizerUri":
			a.AuthorizerURI = im.text(m.Value)
			im.notes.text(m.Value, a.AuthorizerURI.Text)
		case "authorizerCredentials":
			a.AuthorizerCredentials = scalar(m.Value)
			im.notes.text(m.Value, a.AuthorizerCredentials)
		case "identityValidationExpression":
			a.IdentityValidationExpression = scalar(m.Value)
			im.notes.text(m.Value, a.IdentityValidationExpression)
		case "providerARNs":
			a.ProviderARNs = list(m.Value)
			im.notes.list(m.Value)
		case "authorizerResultTtlInSeconds":
			if isNull(m.Value) {
				continue
			}
			ttl, ok := integer(m.Value)
			if !ok || ttl < 0 || ttl > 3600 {
				refuse(m.Key, "authorizer-ttl-range", Recorded, "authorizerResultTtlInSeconds is "+quote(scalar(m.Value))+", want 0 to 3600", "",
					"Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds.")
			}
			a.AuthorizerResultTTLInSeconds = &ttl
			im.notes.number(m.Value, ttl)
		default:
			im.unknownProperty(m, at, "x-amazon-apigateway-authorizer", authorizerHTTPOnly)
		}
	}
	im.checkAuthorizer(a, schemeNode, n, refuse)
	return a
}

// authorizerHTTPOnly are the properties that HTTP APIs alone have.
var authorizerHTTPOnly = map[string]bool{"authorizerPayloadFormatVersion": true, "enableSimpleResponses": true, "jwtConfiguration": true}

// replaceAuthorizer adds an authorizer, or puts it in the place of the one that a
// merge found under its name.
func (im *importer) replaceAuthorizer(a *Authorizer) {
	if old := im.schemes[a.Name]; old != nil && old.authorizer != nil {
		im.api.Authorizers[slices.Index(im.api.Authorizers, old.authorizer)] = a
		return
	}
	im.api.Authorizers = append(im.api.Authorizers, a)
}

func (im *importer) checkAuthorizer(a *Authorizer, schemeNode, n *source.Node, refuse func(field, rule string, evidence Evidence, message, hint, inner string)) {
	given := strings.TrimSpace(scalar(n.Get("identitySource")))
	switch a.Type {
	case "TOKEN", "COGNITO_USER_POOLS":
		// The scheme's own header is the source; a source of its own is ignored
		// (case token-authorizer-identity-source-from-scheme-name).
		if header := scalar(schemeNode.Get("name")); header != "" {
			a.IdentitySource = "method.request.header." + header
			im.notes.changed(schemeNode.Get("name"), Recorded, "becomes the identity source ", a.IdentitySource)
			im.notes.left(n.Get("identitySource"), Recorded, "", "the header of the security scheme is the source")
		} else {
			refuse("name", "authorizer-identity-source-missing", Recorded, "its security scheme has no name, the header that holds the token", "", "IdentitySource cannot be empty")
		}
	case "REQUEST":
		a.IdentitySource = given
		im.notes.text(n.Get("identitySource"), given)
		im.checkIdentitySources(a, refuse)
	default:
		hint := ""
		if a.Type == "JWT" {
			hint = "JWT authorizers belong to HTTP APIs; for a REST API use cognito_user_pools or a Lambda authorizer"
		}
		refuse("type", "authorizer-type-invalid", Inferred, "type is "+quote(scalar(n.Get("type")))+", want token, request or cognito_user_pools", hint,
			enumViolation(scalar(n.Get("type")), "createAuthorizerInput.type", "TOKEN", "REQUEST", "COGNITO_USER_POOLS"))
		return
	}
	if a.Type == "COGNITO_USER_POOLS" {
		if len(a.ProviderARNs) == 0 {
			refuse("providerARNs", "cognito-arn-malformed", Recorded, "providerARNs is empty", "name the user pools: arn:aws:cognito-idp:REGION:ACCOUNT:userpool/ID", "ProviderARNs cannot be empty")
		}
		return
	}
	if uri := a.AuthorizerURI.Text; !authorizerURI(uri) {
		refuse("authorizerUri", "authorizer-uri-malformed", Recorded, "authorizerUri is "+quote(uri)+", which is no Lambda invocation",
			"want arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations",
			"Invalid Authorizer URI: "+uri+". Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.")
	}
}

func (im *importer) checkIdentitySources(a *Authorizer, refuse func(field, rule string, evidence Evidence, message, hint, inner string)) {
	if a.IdentitySource == "" {
		if ttl := a.AuthorizerResultTTLInSeconds; ttl == nil || *ttl > 0 {
			// AWS docs: CreateAuthorizer, identitySource is required when caching is on
			refuse("identitySource", "authorizer-identity-source-missing", Documented, "it caches its answers and has no identitySource to tell callers apart",
				"name an identitySource, or set authorizerResultTtlInSeconds: 0", "IdentitySource cannot be empty")
		}
		return
	}
	for _, s := range strings.Split(a.IdentitySource, ",") {
		if s = strings.TrimSpace(s); !identitySource.MatchString(s) {
			// The end of this text is a guess: the record is cut after "a stage variable, m".
			refuse("identitySource", "authorizer-identity-source-invalid", Recorded, "identitySource "+quote(s)+" is no source of an identity",
				"want method.request.header.NAME, method.request.querystring.NAME, stageVariables.NAME or context.NAME",
				"Invalid request identity source expression: "+s+". The sources must be separated by comma, and each source must be either a method request parameter, "+
					"matching 'method.request.querystring|header.[a-zA-Z0-9._-]+', or a stage variable, matching 'stageVariables.[a-zA-Z0-9._-]+', or a context parameter, matching 'context.[a-zA-Z0-9._-]+'.")
		}
	}
}

// authorizerURI reports whether uri can be a Lambda invocation. That the function
// exists is not checked (case authorizer-empty-strings-accepted has none), its
// form is; where a stage variable stands the form is known at run time only.
func authorizerURI(uri string) bool {
	if strings.Contains(uri, "${") {
		return strings.HasPrefix(uri, "arn:") || strings.HasPrefix(uri, "${")
	}
	if !strings.HasPrefix(uri, "arn:") || !strings.Contains(uri, ":apigateway:") || !strings.Contains(uri, "/functions/arn:") {
		return false
	}
	_, err := ParseFunctionURI(uri)
	return err == nil
}

func (m *Method) name() string { return m.HTTPMethod + " " + m.Resource.Path }

// asks reports whether security asks for something that there is.
func (im *importer) asks(security *source.Node) bool {
	if security == nil {
		return false
	}
	for _, requirement := range security.Items {
		for _, m := range requirement.Members {
			if s := im.schemes[m.Key]; s != nil && (s.authorizer != nil || s.iam || s.apiKey || s.broken) {
				return true
			}
		}
	}
	return false
}

// noteKey notes a security requirement that asks for the API key.
func (im *importer) noteKey(s *scheme, member source.Member, already bool) {
	if already {
		im.notes.left(member.Value, Inferred, "", "the method needs an API key already")
		return
	}
	im.notes.changed(member.Value, Recorded, "becomes apiKeyRequired: true") // case api-key-required-by-operation-security
	for _, key := range []string{"type", "name", "in"} {
		im.notes.changed(s.node.Get(key), Recorded, "becomes apiKeyRequired: true of the methods that use the scheme")
	}
	im.noteReferences(s)
}

// noteReferences notes the references that lead to a scheme, once it is used.
func (im *importer) noteReferences(s *scheme) {
	for _, ref := range s.refs {
		im.notes.changed(ref, Inferred, whyFollowed)
	}
}

// noteIAM notes a security requirement that asks for a signature.
func (im *importer) noteIAM(s *scheme, member source.Member, already bool) {
	if already {
		im.notes.left(member.Value, Inferred, "", "the method has AWS_IAM already")
		return
	}
	noted := im.notes.here()
	im.notes.changed(member.Value, Documented, "becomes authorizationType: AWS_IAM") // case sigv4-authtype-becomes-aws-iam
	for _, key := range []string{"type", "x-amazon-apigateway-authtype"} {
		im.notes.changed(s.node.Get(key), Documented, "becomes authorizationType: AWS_IAM of the methods that use the scheme")
	}
	im.noteReferences(s)
	im.notes.authorized(noted)
}

// noteAuthorizer notes a security requirement that gives a method its authorizer.
func (im *importer) noteAuthorizer(s *scheme, member source.Member) {
	noted := im.notes.here()
	if isScalar(member.Value) {
		im.notes.changed(member.Value, Inferred, "is no list and counts as one")
	}
	im.notes.took(member.Value)
	if s.authorizer != nil && s.authorizer.Type == "COGNITO_USER_POOLS" {
		im.notes.list(member.Value)
	}
	im.notes.authorized(noted)
}
