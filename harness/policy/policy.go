// Package policy reads IAM policy documents (resource policies, the results of
// Lambda authorizers) and says what they make of a call.
//
// [Parse] makes a [Document] once, [Document.Evaluate] asks it any number of
// times, from any number of goroutines. Nothing here knows HTTP.
//
// It promises nothing to other modules.
package policy

import "strings"

// An Effect is what a document makes of a call.
type Effect uint8

const (
	ImplicitDeny Effect = iota // no statement speaks of the call
	Allow
	ExplicitDeny // a statement denies it, whatever others allow
)

func (e Effect) String() string {
	return [...]string{"implicit deny", "allow", "explicit deny"}[e]
}

// A Request is a call that wants to know whether it may pass.
type Request struct {
	Action   string // execute-api:Invoke
	Resource string // the ARN of the method as called: [MethodARN]
	// Principal is the ARN of who calls; empty for an anonymous caller, whom
	// only "*" means. Documents without principals (an authorizer's) don't ask.
	Principal string
	// Context are the values of condition keys by name in lower case:
	// aws:sourceip, aws:currenttime, aws:useragent ... A key that is not there
	// has no value.
	Context map[string][]string
}

// A Document is a policy, ready to be asked.
type Document struct {
	statements []statement
}

type statement struct {
	deny         bool
	actions      []string // lower case
	notActions   bool
	resources    []string
	notResources bool
	principals   []string // nil: the document has none
	notPrincipal bool
	conditions   []condition
}

// Evaluate says what the document makes of a call, and which statement decided,
// counting from 0; -1 for an implicit deny. A deny wins over any allow.
func (d *Document) Evaluate(r *Request) (effect Effect, statement int) {
	effect, statement = ImplicitDeny, -1
	for i := range d.statements {
		s := &d.statements[i]
		if !s.speaksOf(r) {
			continue
		}
		if s.deny {
			return ExplicitDeny, i
		}
		if effect == ImplicitDeny {
			effect, statement = Allow, i
		}
	}
	return effect, statement
}

func (s *statement) speaksOf(r *Request) bool {
	return s.meansAction(r.Action) && s.meansResource(r) && s.meansPrincipal(r.Principal) && s.holds(r)
}

func (s *statement) meansAction(action string) bool {
	action = strings.ToLower(action)
	for _, a := range s.actions {
		if glob(a, action) {
			return !s.notActions
		}
	}
	return s.notActions
}

func (s *statement) meansResource(r *Request) bool {
	for _, pattern := range s.resources {
		if resourceFits(pattern, r) {
			return !s.notResources
		}
	}
	return s.notResources
}

// resourceFits compares a pattern with the ARN of the call. The short form
// execute-api:/stage/GET/path, which AWS expands on save, means this API.
func resourceFits(pattern string, r *Request) bool {
	if short, ok := strings.CutPrefix(pattern, "execute-api:"); ok {
		return resourceGlob(strings.TrimPrefix(short, "/"), afterAPI(r.Resource), r)
	}
	return resourceGlob(pattern, r.Resource, r)
}

func resourceGlob(pattern, resource string, r *Request) bool {
	pattern, ok := fillVariables(pattern, r)
	return ok && globEscaped(pattern, resource)
}

// afterAPI is stage/METHOD/path of a method's ARN.
func afterAPI(arn string) string {
	_, rest, _ := strings.Cut(arn, "/")
	return rest
}

func (s *statement) meansPrincipal(principal string) bool {
	if s.principals == nil {
		return true
	}
	for _, p := range s.principals {
		if principalFits(p, principal) {
			return !s.notPrincipal
		}
	}
	return s.notPrincipal
}

// principalFits compares what a policy names with who calls: "*" is everybody,
// an account or its root is everyone of that account, a role's ARN also its
// sessions.
func principalFits(pattern, principal string) bool {
	switch {
	case pattern == "*":
		return true
	case principal == "":
		return false
	case pattern == principal:
		return true
	}
	parts := strings.SplitN(principal, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return false
	}
	account := parts[4]
	if pattern == account {
		return true
	}
	of := strings.SplitN(pattern, ":", 6)
	if len(of) < 6 || of[4] != account {
		return false
	}
	if of[5] == "root" {
		return true
	}
	role, isRole := strings.CutPrefix(of[5], "role/")
	session, isSession := strings.CutPrefix(parts[5], "assumed-role/")
	if !isRole || !isSession {
		return false
	}
	name, _, _ := strings.Cut(session, "/")
	return role[strings.LastIndexByte(role, '/')+1:] == name
}

// MethodARN is the ARN of a call: the path is the one that was called
// (/items/7), not the resource's template, with its leading slash.
func MethodARN(region, accountID, apiID, stage, method, path string) string {
	return "arn:aws:execute-api:" + region + ":" + accountID + ":" + apiID + "/" + stage + "/" + method + path
}

// Masked is an ARN as AWS shows it to callers: of the account eight asterisks
// and the last four digits (case resource-policy-other-address-is-refused).
func Masked(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || len(parts[4]) < 4 {
		return arn
	}
	parts[4] = "********" + parts[4][len(parts[4])-4:]
	return strings.Join(parts, ":")
}

// Combine is what an identity (an authorizer's policy, or an IAM caller's of the
// account that owns the API) and the resource policy make of a call together:
// one allow is enough where nobody denies (AWS docs: API Gateway resource
// policies, table A).
func Combine(identity, resource Effect) Effect {
	switch {
	case identity == ExplicitDeny || resource == ExplicitDeny:
		return ExplicitDeny
	case identity == Allow || resource == Allow:
		return Allow
	}
	return ImplicitDeny
}

// CombineCrossAccount is [Combine] for a caller of another account: both have to
// allow (table B).
func CombineCrossAccount(identity, resource Effect) Effect {
	switch {
	case identity == ExplicitDeny || resource == ExplicitDeny:
		return ExplicitDeny
	case identity == Allow && resource == Allow:
		return Allow
	}
	return ImplicitDeny
}
