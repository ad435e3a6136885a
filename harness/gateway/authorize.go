package gateway

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/policy"
	"github.com/rehearse-api/rehearse/harness/result"
	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/javare"
	"github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/ordered"
)

// An authorization is what an authorizer says of a caller.
type authorization struct {
	context  *ordered.Object // $context.authorizer: strings only, principalId among them; nil: none
	usageKey string          // usageIdentifierKey: the API key it vouches for
	policy   *policy.Document
	size     int // bytes of the text it was read from
}

// An authorizer is an openapi.Authorizer, compiled.
type authorizer struct {
	*openapi.Authorizer
	sources    []identitySource
	expression *javare.Regexp // of TOKEN; nil: any token
	broken     bool           // the expression does not compile: no token fits
	ttl        time.Duration
}

// An identitySource is where a part of the caller's identity is.
type identitySource struct{ location, name string }

// defaultAuthorizerTTL is how long a result is kept unless the document says
// otherwise [AWS API: Authorizer.authorizerResultTtlInSeconds].
const defaultAuthorizerTTL = 300 * time.Second

func (d *Deployment) compileAuthorizer(a *openapi.Authorizer) *authorizer {
	if c := d.authorizers[a]; c != nil {
		return c
	}
	c := &authorizer{Authorizer: a, ttl: defaultAuthorizerTTL}
	if a.AuthorizerResultTTLInSeconds != nil {
		c.ttl = time.Duration(*a.AuthorizerResultTTLInSeconds) * time.Second
	}
	for source := range strings.SplitSeq(a.IdentitySource, ",") {
		source = strings.TrimSpace(source)
		switch {
		case strings.HasPrefix(source, "method.request."):
			location, name, _ := strings.Cut(source[len("method.request."):], ".")
			c.sources = append(c.sources, identitySource{location, name})
		case strings.HasPrefix(source, "stageVariables."):
			c.sources = append(c.sources, identitySource{"stageVariables", source[len("stageVariables."):]})
		case strings.HasPrefix(source, "context."):
			c.sources = append(c.sources, identitySource{"context", source[len("context."):]})
		}
	}
	if a.IdentityValidationExpression != "" {
		var err error
		if c.expression, err = javare.Compile(a.IdentityValidationExpression); err != nil {
			c.broken = true
			d.errs = append(d.errs, err)
		}
	}
	d.authorizers[a] = c
	return c
}

// maxMethodARN is how long the ARN of a call may be where an authorizer is asked
// [AWS docs: Amazon API Gateway quotas].
const maxMethodARN = 1600

// authorize asks who may call this method.
func (x *exchange) authorize(ctx context.Context) *refusal {
	switch x.m.AuthorizationType {
	case "", "NONE":
		return nil
	case "AWS_IAM":
		if r := x.readSignature(); r != nil {
			return r
		}
		return x.refuse(&missingAuthenticationToken, becauseSignatureMissing, x.verb, x.m.Resource.Path, "")
	case "COGNITO_USER_POOLS":
		return x.authorizeCognito()
	}
	if len(x.methodARN()) > maxMethodARN {
		return x.refuse(&uriTooLong, becauseURITooLong, "", "", "")
	}
	a := x.m.authorizer
	if a == nil {
		return x.refuse(&authorizerConfiguration, becauseAuthorizerMissing, x.verb, x.m.Resource.Path, "")
	}
	if a.Type == "COGNITO_USER_POOLS" {
		return x.authorizeCognito()
	}
	x.cover(a.Element)
	values, r := x.identity401(a)
	if r != nil {
		return r
	}
	if r := x.askAuthorizer(ctx, a, values); r != nil {
		return r
	}
	return x.evaluate(a)
}

// authorizeCognito answers a call to a method behind a user pool. Tokens are not
// verified: any is answered as a bad one. Closed, never open.
func (x *exchange) authorizeCognito() *refusal {
	if a := x.m.authorizer; a != nil {
		x.cover(a.Element)
		if _, r := x.identity401(a); r != nil {
			return r
		}
	}
	return x.refuse(&unauthorized, becauseTokenNotVerified, "", "", "")
}

// identity401 collects the identity sources. One that is missing or empty, or a
// token the validation expression does not fit, is 401 without asking the
// function (cases authorizer-request-identity-source-missing,
// cognito-missing-token-is-401).
func (x *exchange) identity401(a *authorizer) ([]string, *refusal) {
	values := make([]string, len(a.sources))
	for i, s := range a.sources {
		values[i] = x.identityValue(s)
		if values[i] == "" {
			return nil, x.refuse(&unauthorized, becauseIdentityMissing, a.Name, s.location+"."+s.name, "")
		}
	}
	if a.Type == "TOKEN" {
		if len(values) == 0 {
			return nil, x.refuse(&unauthorized, becauseIdentityMissing, a.Name, "no identity source", "")
		}
		// guess: the whole token must match; no answer to a part of it was shown.
		if a.broken || a.expression != nil && !fits(a.expression, values[0]) {
			return nil, x.refuse(&unauthorized, becauseTokenDoesNotFit, a.Name, a.IdentityValidationExpression, "")
		}
	}
	return values, nil
}

func (x *exchange) identityValue(s identitySource) string {
	switch s.location {
	case "header":
		v, _ := x.headerValue(s.name) // HTTP names headers without case
		return v
	case "querystring":
		return last(x.scope.Query.Get(s.name))
	case "path":
		return last(x.scope.Path.Get(s.name))
	case "stageVariables":
		return x.v.variables[s.name]
	case "context":
		return string(x.appendContext(nil, strings.Split(s.name, ".")))
	}
	return ""
}

// askAuthorizer takes a kept result, or calls the function.
func (x *exchange) askAuthorizer(ctx context.Context, a *authorizer, values []string) *refusal {
	key := ""
	if a.ttl > 0 && len(values) > 0 {
		key = x.st.APIID + "/" + x.st.Name + "/" + a.Name + "\x00" + strings.Join(values, "\x00")
		if kept, ok := x.g.authorizers.get(key, x.now); ok {
			x.caller = kept
			x.caller.context, _ = ordered.Clone(kept.context).(*ordered.Object) // templates may write to it
			x.note(authorizerResultKept, a.Name, "", "")
			return nil
		}
	}
	caller, r := x.callAuthorizer(ctx, a, values)
	if r != nil {
		return r
	}
	x.caller = caller
	if key != "" {
		kept := caller
		kept.context, _ = ordered.Clone(caller.context).(*ordered.Object)
		x.g.authorizers.put(key, kept, x.now.Add(a.ttl))
	}
	return nil
}

// authorizerTimeout is how long AWS waits for an authorizer. guess: as long as
// for an integration.
const authorizerTimeout = 29 * time.Second

// callAuthorizer calls the function. Failing with exactly "Unauthorized" is 401,
// anything else that is no policy is 500 without a word (cases
// authorizer-token-unauthorized, authorizer-error-text-is-not-shown).
func (x *exchange) callAuthorizer(ctx context.Context, a *authorizer, values []string) (authorization, *refusal) {
	var none authorization
	uri, err := openapi.ParseFunctionURI(x.m.authorizerURI)
	if err != nil && x.g.config.Stub != nil && integration.Unresolved(a.AuthorizerURI.Text) != "" {
		return x.stubAuthorizer(a, integration.Unresolved(a.AuthorizerURI.Text))
	}
	if err != nil || x.g.config.Functions == nil {
		return none, x.refuse(&authorizerConfiguration, becauseAuthorizerFailed, a.Name, errText(err), "")
	}
	arn := x.methodARN()
	var event []byte
	if a.Type == "TOKEN" {
		event = integration.TokenAuthorizerEvent(nil, arn, values[0])
	} else {
		event = integration.RequestAuthorizerEvent(nil, arn, x.event())
	}
	if x.req.watch != nil {
		var stop func()
		ctx, stop = x.req.watch(ctx)
		defer stop()
	}
	before := x.g.clock.Now()
	x.logf("Starting authorizer: ", a.ID, " for request: ", x.requestIDText())
	res, err := x.g.config.Functions.Invoke(ctx, lambda.Invocation{
		Function:  uri.Name,
		Qualifier: uri.Qualifier,
		Payload:   event,
		TraceID:   x.traceIDText(),
		RequestID: x.requestIDText(),
		SourceARN: "arn:aws:execute-api:" + x.w.settings.Region + ":" + x.w.settings.AccountID + ":" + x.st.APIID + "/authorizers/" + a.ID,
		Timeout:   authorizerTimeout,
	})
	if errors.Is(err, lambda.ErrNoFunction) && x.g.config.Stub != nil {
		return x.stubAuthorizer(a, uri.Name)
	}
	if err != nil {
		d := becauseAuthorizerFailed
		if errors.Is(err, lambda.ErrIntegrationTimeout) {
			d = becauseAuthorizerTimedOut
		}
		return none, x.authorizerError(d, a, err.Error())
	}
	x.noteCall(integration.CallOf(uri.Name+":"+res.Version, res))
	if res.FunctionError != "" {
		message := functionErrorMessage(res.Payload)
		if message == "Unauthorized" {
			x.logf("Unauthorized request: ", x.requestIDText())
			return none, x.refuse(&unauthorized, becauseAuthorizerRefuses, a.Name, "", "")
		}
		return none, x.authorizerError(becauseAuthorizerFailed, a, message)
	}
	x.logf("Authorizer result body before parsing: ", string(res.Payload))
	caller, err := readAuthorization(res.Payload)
	if err != nil {
		return none, x.authorizerError(becauseAuthorizerOutput, a, err.Error())
	}
	latency := x.g.clock.Now().Sub(before).Milliseconds()
	caller.context.Set("integrationLatency", ordered.Number(strconv.FormatInt(latency, 10)))
	x.logf("Successfully completed authorizer execution")
	return caller, nil
}

// stubAuthorizer is what an authorizer says whose function isn't there: the
// call is allowed.
func (x *exchange) stubAuthorizer(a *authorizer, function string) (authorization, *refusal) {
	caller, err := readAuthorization([]byte(`{"principalId":"stub","policyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}}`))
	if err != nil {
		panic(err) // only our own text comes here
	}
	x.note(authorizerStubbed, a.Name, function, "")
	caller.context.Set("integrationLatency", ordered.Number("0"))
	return caller, nil
}

func (x *exchange) authorizerError(d *result.Decision, a *authorizer, why string) *refusal {
	r := x.refuse(&authorizerConfiguration, d, a.Name, why, "")
	r.logLine = "Execution failed due to configuration error: Authorizer error"
	if d == becauseAuthorizerOutput {
		r.logLine = "Execution failed due to configuration error: Could not parse policy"
	}
	return r
}

func functionErrorMessage(payload []byte) string {
	v, err := ordered.Parse(payload)
	if err != nil {
		return ""
	}
	o, _ := v.(*ordered.Object)
	if o == nil {
		return ""
	}
	message, _ := o.Get("errorMessage")
	s, _ := message.(string)
	return s
}

// readAuthorization reads what an authorizer's function returned [AWS docs:
// Output from an API Gateway Lambda authorizer]. guess: principalId may be
// missing; two witnesses disagree.
func readAuthorization(payload []byte) (authorization, error) {
	a := authorization{size: len(payload)}
	v, err := ordered.Parse(payload)
	if err != nil {
		return a, err
	}
	o, _ := v.(*ordered.Object)
	if o == nil {
		return a, errors.New("the result is no object")
	}
	document, ok := o.Get("policyDocument")
	if !ok {
		return a, errors.New("the result has no policyDocument")
	}
	if a.policy, err = policy.ParseValue(document); err != nil {
		return a, err
	}
	a.context = ordered.NewObject(4)
	if p, ok := o.Get("principalId"); ok {
		a.context.Set("principalId", scalarText(p))
	}
	if key, ok := o.Get("usageIdentifierKey"); ok {
		a.usageKey, _ = key.(string)
	}
	values, _ := o.Get("context")
	switch values := values.(type) {
	case nil:
	case *ordered.Object:
		for name, v := range values.All() {
			switch v := v.(type) {
			case nil:
			case string, bool, ordered.Number:
				a.context.Set(name, scalarText(v)) // always a string (case authorizer-token-allow-and-context)
			default:
				return a, errors.New("context." + name + " is no string, number or boolean")
			}
		}
	default:
		return a, errors.New("context is no object")
	}
	return a, nil
}

// evaluate asks the authorizer's policy about this very call, a kept one too
// (case authorizer-cached-policy-is-evaluated-per-method), together with the
// resource policy.
func (x *exchange) evaluate(a *authorizer) *refusal {
	effect, _ := x.caller.policy.Evaluate(&policy.Request{Action: "execute-api:Invoke", Resource: x.methodARN()})
	if x.v.api.Policy != "" {
		effect = policy.Combine(effect, x.askPolicy())
	}
	switch effect {
	case policy.Allow:
		x.note(authorizerAllows, a.Name, "", "")
		return nil
	case policy.ExplicitDeny:
		return x.refuseWith(&accessDenied, "User is not authorized to access this resource with an explicit deny", becauseAuthorizerDenies, a.Name, x.verb, x.path)
	}
	return x.refuse(&accessDenied, becauseAuthorizerSilent, a.Name, x.verb, x.path)
}

// authorizerResults keeps what authorizers said. Its methods may be called from
// any number of goroutines.
type authorizerResults struct {
	mu      sync.Mutex
	results map[string]keptAuthorization
	bytes   int
}

type keptAuthorization struct {
	authorization
	until time.Time
}

// What bounds that which is kept; past it all is forgotten, which costs no more
// than calls to the functions.
const (
	maxAuthorizerResults = 10000
	maxAuthorizerBytes   = 32 << 20
	// parsedSize is how much larger a parsed result is than its text, roughly.
	parsedSize = 8
)

func (k *authorizerResults) get(key string, now time.Time) (authorization, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	kept, ok := k.results[key]
	if !ok || !now.Before(kept.until) {
		return authorization{}, false
	}
	return kept.authorization, true
}

func (k *authorizerResults) put(key string, a authorization, until time.Time) {
	size := len(key) + parsedSize*a.size
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.results == nil || len(k.results) >= maxAuthorizerResults || k.bytes+size > maxAuthorizerBytes {
		k.results, k.bytes = make(map[string]keptAuthorization), 0
	}
	k.bytes += size // one that takes another's place counts twice, until all is forgotten
	k.results[key] = keptAuthorization{a, until}
}

func (k *authorizerResults) reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.results, k.bytes = nil, 0
}

var _ mapping.Context = (*exchange)(nil)
