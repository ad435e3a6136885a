// Package policy reads IAM policy documents (resource policies, the results of
// Lambda authorizers) and says what they make of a call.
//
// [Parse] makes a [Document] once, [Document.Evaluate] asks it any number of
// times, from any number of goroutines. Nothing here knows HTTP.
//
// It promises nothing to other modules.
package policy

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
	// only "*" means.
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

// MethodARN is the ARN of a call: the path is the one that was called
// (/items/7), not the resource's template, with its leading slash.
func MethodARN(region, accountID, apiID, stage, method, path string) string {
	return "arn:aws:execute-api:" + region + ":" + accountID + ":" + apiID + "/" + stage + "/" + method + path
}

// Keep these signatures:
//
//	func Parse(text string) (*Document, error)       // JSON text; the error says in the words of the policy what is wrong
//	func ParseValue(v any) (*Document, error)        // a value of package ordered: policyDocument of an authorizer's result
//	func (d *Document) Evaluate(r *Request) (e Effect, statement int) // index of the statement that decided, -1 for ImplicitDeny
//	func Masked(arn string) string                   // the ARN as AWS shows it: account as ******** and its last four digits
//	func Combine(identity, resource Effect) Effect   // table A: caller in the account of the API's owner (authorizer or IAM with a resource policy)
//	func CombineCrossAccount(identity, resource Effect) Effect // table B
type statement struct{}
