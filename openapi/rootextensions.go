package openapi

import (
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// rootExtensions reads what the root of the document says of the API as a whole.
func (im *importer) rootExtensions() {
	im.apiKeySource()
	im.binaryMediaTypes()
	im.minimumCompressionSize()
	im.policy()
	im.requestValidators()
}

func (im *importer) apiKeySource() {
	const extension = "x-amazon-apigateway-api-key-source"
	n := im.root.Get(extension)
	if isNull(n) {
		return
	}
	source := strings.ToUpper(scalar(n))
	if source != "HEADER" && source != "AUTHORIZER" {
		im.add(place{n.Pos, "/" + extension}, Finding{
			Rule: "api-key-source-invalid", Category: Refused, Evidence: Inferred,
			Message: extension + " is " + quote(scalar(n)) + ", want HEADER or AUTHORIZER",
			AWS:     enumViolation(scalar(n), "createRestApiInput.apiKeySource", "AUTHORIZER", "HEADER"), AWSKind: AWSError,
		})
		return
	}
	im.api.APIKeySource = source
	im.notes.text(n, source)
}

func (im *importer) binaryMediaTypes() {
	const extension = "x-amazon-apigateway-binary-media-types"
	n := im.root.Get(extension)
	if isNull(n) {
		if im.o.Onto != nil && im.o.Mode == "overwrite" {
			im.api.BinaryMediaTypes = nil
		}
		return
	}
	if n.Kind != source.Array && n.Kind != source.String {
		im.wrongKind(n, "/"+extension, "a list of media types")
		return
	}
	types := list(n)
	im.notes.list(n)
	if im.o.Onto != nil && im.o.Mode == "merge" {
		// recorded: a merge appends to the list, an overwrite replaces it
		merged := slices.Clone(im.api.BinaryMediaTypes)
		for _, t := range types {
			if !slices.Contains(merged, t) {
				merged = append(merged, t)
			}
		}
		types = merged
	}
	im.api.BinaryMediaTypes = types
}

func (im *importer) minimumCompressionSize() {
	const extension = "x-amazon-apigateway-minimum-compression-size"
	n := im.root.Get(extension)
	if isNull(n) {
		return
	}
	size, ok := integer(n)
	if !ok || size < 0 || size > 10485760 {
		im.add(place{n.Pos, "/" + extension}, Finding{
			Rule: "minimum-compression-range", Category: Refused, Evidence: Recorded,
			Message: extension + " is " + quote(scalar(n)) + ", want a whole number from 0 to 10485760",
			AWS:     "Invalid minimum compression size, must be between 0 and 10485760", AWSKind: AWSError, // case minimum-compression-size-out-of-range
		})
		return
	}
	im.api.MinimumCompressionSize = &size
	im.notes.number(n, size)
}

// policy keeps the resource policy as the JSON string AWS answers with, short
// resources spelled out (case policy-resource-expanded).
func (im *importer) policy() {
	const extension = "x-amazon-apigateway-policy"
	n := im.root.Get(extension)
	if isNull(n) {
		return
	}
	at := place{n.Pos, "/" + extension}
	var policy any
	if n.Kind == source.Object {
		policy = n.Ordered()
	} else {
		policy, _ = ordered.ParseString(scalar(n))
	}
	document, ok := policy.(*ordered.Object)
	if !ok || !isPolicy(document) {
		im.add(at, Finding{
			Rule: "policy-invalid", Category: Refused, Evidence: Recorded,
			Message: extension + " is no policy document: want an object with a Statement whose Effect is Allow or Deny",
			AWS:     "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.", AWSKind: AWSError,
		})
		return
	}
	if im.expandResources(document) {
		im.notes.changed(n, Documented, "execute-api:/ becomes the whole ARN") // case policy-resource-expanded
	}
	im.notes.whole(n)
	im.api.Policy = string(ordered.Append(nil, document))
	if len(im.api.Policy) > 8192 {
		im.add(at, Finding{
			Rule: "policy-too-long", Category: Refused, Evidence: Documented,
			Message: "the resource policy is longer than 8192 characters",
		})
	}
}

func isPolicy(document *ordered.Object) bool {
	statements := statementsOf(document)
	for _, s := range statements {
		effect, _ := s.Get("Effect")
		if effect != "Allow" && effect != "Deny" {
			return false
		}
	}
	return len(statements) > 0
}

func statementsOf(document *ordered.Object) []*ordered.Object {
	value, _ := document.Get("Statement")
	switch v := value.(type) {
	case *ordered.Object:
		return []*ordered.Object{v}
	case *ordered.Array:
		var all []*ordered.Object
		for _, item := range v.Items {
			s, ok := item.(*ordered.Object)
			if !ok {
				return nil
			}
			all = append(all, s)
		}
		return all
	}
	return nil
}

// expandResources makes execute-api:/* of a statement's resources
// arn:aws:execute-api:REGION:ACCOUNT:API/*, and reports whether there were any.
func (im *importer) expandResources(document *ordered.Object) bool {
	some := false
	expand := func(v any) any {
		s, _ := v.(string)
		rest, ok := strings.CutPrefix(s, "execute-api:/")
		if !ok {
			return v
		}
		some = true
		return "arn:" + partition(im.o.Region) + ":execute-api:" + im.o.Region + ":" + im.o.AccountID + ":" + im.api.ID + "/" + rest
	}
	for _, s := range statementsOf(document) {
		for _, key := range []string{"Resource", "NotResource"} {
			switch v, _ := s.Get(key); v := v.(type) {
			case string:
				s.Set(key, expand(v))
			case *ordered.Array:
				for i := range v.Items {
					v.Items[i] = expand(v.Items[i])
				}
			}
		}
	}
	return some
}

// requestValidators reads the validators and the one that all methods have.
func (im *importer) requestValidators() {
	const extension = "x-amazon-apigateway-request-validators"
	for _, v := range im.api.RequestValidators {
		im.validators[v.Name] = v
	}
	if n := im.root.Get(extension); !isNull(n) {
		if n.Kind != source.Object {
			im.wrongKind(n, "/"+extension, "an object of validators by name")
		} else {
			for _, m := range n.Members {
				im.requestValidator(m, pointerTo("/"+extension, m.Key))
			}
		}
	}
	const reference = "x-amazon-apigateway-request-validator"
	if n := im.root.Get(reference); !isNull(n) {
		im.validator = im.validators[scalar(n)]
		if im.validator == nil {
			im.add(place{n.Pos, "/" + reference}, undefinedValidator(scalar(n), "", ""))
		}

	}
}

func (im *importer) requestValidator(m source.Member, at string) {
	if m.Value == nil || m.Value.Kind != source.Object {
		im.wrongKind(m.Value, at, "an object with validateRequestBody and validateRequestParameters")
		return
	}
	v := &RequestValidator{
		ID: NewID(im.api.ID, "validator", m.Key), Name: m.Key, Pos: m.Pos,
		ValidateRequestBody:       truth(m.Value.Get("validateRequestBody")),
		ValidateRequestParameters: truth(m.Value.Get("validateRequestParameters")),
	}
	im.notes.took(m.Value)
	im.notes.truth(m.Value.Get("validateRequestBody"))
	im.notes.truth(m.Value.Get("validateRequestParameters"))
	if _, ok := im.validators[m.Key]; ok {
		im.api.RequestValidators = slices.DeleteFunc(im.api.RequestValidators, func(old *RequestValidator) bool { return old.Name == m.Key })
	}
	im.validators[m.Key] = v
	im.api.RequestValidators = append(im.api.RequestValidators, v)
}

// undefinedValidator is the finding of a validator that is named and not there.
// The inner text is recorded for PutMethod; that the import answers with it is
// inferred.
func undefinedValidator(name, call, phrase string) Finding {
	return Finding{
		Rule: "validator-undefined", Category: Refused, Evidence: Inferred,
		Message: "x-amazon-apigateway-request-validator names " + quote(name) + ", which x-amazon-apigateway-request-validators doesn't define",
		Hint:    "define it there, or correct the name",
		AWS:     phrase + "Invalid Request Validator identifier specified", AWSKind: AWSError, call: call,
	}
}
