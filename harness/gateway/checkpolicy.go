package gateway

import (
	"context"
	"strconv"

	"github.com/rehearse-api/rehearse/harness/policy"
)

// checkPolicy asks the resource policy [AWS docs: How API Gateway resource
// policies affect authorization workflow]: without an authorizer it must allow
// the call, with one only an explicit deny counts before the authorizer, and
// authorize asks it again.
func (x *exchange) checkPolicy(context.Context) *refusal {
	if x.v.api.Policy == "" {
		return nil
	}
	effect := x.askPolicy()
	switch {
	case effect == policy.ExplicitDeny:
		return x.refuseWith(&accessDenied, x.notAuthorizedTo("execute-api:Invoke")+" with an explicit deny", becausePolicyDenies, x.verb, x.path, "")
	case effect == policy.ImplicitDeny && x.m.AuthorizationType == "NONE":
		return x.refuseWith(&accessDenied, x.notAuthorizedTo("execute-api:Invoke"), becausePolicySilent, x.verb, x.path, "")
	}
	x.note(policyAsked, effect.String(), "", "")
	return nil
}

// askPolicy is what the resource policy says of this call. One that can't be
// read lets nobody in.
func (x *exchange) askPolicy() policy.Effect {
	if x.v.policy == nil {
		return policy.ImplicitDeny
	}
	agent, _ := x.headerValue("User-Agent")
	referer, _ := x.headerValue("Referer")
	values := map[string][]string{
		"aws:sourceip":        {x.sourceIP()},
		"aws:currenttime":     {x.now.UTC().Format("2006-01-02T15:04:05Z")},
		"aws:epochtime":       {strconv.FormatInt(x.now.Unix(), 10)},
		"aws:securetransport": {"true"},
	}
	if agent != "" {
		values["aws:useragent"] = []string{agent}
	}
	if referer != "" {
		values["aws:referer"] = []string{referer}
	}
	effect, _ := x.v.policy.Evaluate(&policy.Request{Action: "execute-api:Invoke", Resource: x.methodARN(), Context: values})
	return effect
}

// methodARN is the ARN of this call, with the path as called (recorded: the
// root's ends with the method and a slash).
func (x *exchange) methodARN() string {
	return policy.MethodARN(x.w.settings.Region, x.w.settings.AccountID, x.st.APIID, x.stageName(), x.verb, x.path)
}

// notAuthorizedTo is what a caller without a name is told (case
// resource-policy-other-address-is-refused).
func (x *exchange) notAuthorizedTo(action string) string {
	return "User: anonymous is not authorized to perform: " + action + " on resource: " + policy.Masked(x.methodARN())
}
