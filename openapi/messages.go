package openapi

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// Texts of AWS's that stand in more than one place.
const (
	invalidInput     = "Invalid OpenAPI input."                                      // case invalid-yaml-document
	invalidARN       = "Invalid ARN specified in the request"                        // case import-text-invalid-arn-unknown-region
	invalidStatus    = "Member must satisfy regular expression pattern: [1-5]\\d\\d" // recorded for PutIntegrationResponse
	validationPrefix = "Validation Result: warnings : [], errors : "
)

// invalidMapping is what AWS prints of mapping expressions it refuses.
func invalidMapping(errors ...string) string {
	return "Invalid mapping expression specified: " + validationPrefix + "[" + strings.Join(errors, ", ") + "]"
}

// violation is what AWS prints when a value doesn't fit its API's model.
func violation(value, member, constraint string) string {
	return "1 validation error detected: Value '" + value + "' at '" + member + "' failed to satisfy constraint: " + constraint
}

// enumViolation is the violation of a list of allowed values, in AWS's order.
func enumViolation(value, member string, allowed ...string) string {
	return violation(value, member, "Member must satisfy enum value set: ["+strings.Join(allowed, ", ")+"]")
}

// IsRefused reports whether AWS would refuse the import.
func IsRefused(findings []Finding, o Options) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool {
		return f.Category == Refused || o.FailOnWarnings && f.AWSKind == AWSWarning
	})
}

// AWSMessages gives what AWS prints: the message of the exception with its
// heading and tabs, empty if the import is accepted, and the warnings of the
// answer as bare lines. A refusal whose wording on AWS is not known stands there
// in our words.
func AWSMessages(findings []Finding, o Options) (errors string, warnings []string) {
	printed := slices.Clone(findings)
	slices.SortStableFunc(printed, func(a, b Finding) int { return cmp.Compare(a.order, b.order) })
	var refusals []string
	for _, f := range printed {
		switch {
		case f.AWSKind == AWSAlone:
			return f.AWS, nil
		case f.joined:
		case f.Category == Refused:
			refusals = append(refusals, cmp.Or(f.AWS, f.Message))
		case f.AWSKind == AWSWarning:
			warnings = append(warnings, f.AWS)
		}
	}
	// Layout: cases import-text-http-endpoint-two-methods,
	// import-text-external-ref-canonical-form, import-text-oauth2-scheme-fails-on-warnings.
	switch {
	case len(refusals) > 0 && len(warnings) > 0:
		return heading("Errors", refusals) + "\nAdditionally, these warnings were found:" + tabbed(warnings), nil
	case len(refusals) > 0:
		return heading("Errors", refusals), nil
	case len(warnings) > 0 && o.FailOnWarnings:
		return heading("Warnings", warnings), nil
	}
	return "", warnings
}

func heading(what string, lines []string) string {
	return what + " found during import:" + tabbed(lines)
}

func tabbed(lines []string) string { return "\n\t" + strings.Join(lines, "\n\t") }

// A batch are findings for which AWS has one line, as for all wrong mappings of
// an integration.
type batch struct {
	found []located
	inner []string // what AWS says of each
}

type located struct {
	at place
	f  Finding
}

func (b *batch) add(at place, f Finding, inner string) {
	b.found = append(b.found, located{at, f})
	b.inner = append(b.inner, inner)
}

// refuse adds the findings of a batch; the first has AWS's line.
func (im *importer) refuse(b *batch, call, phrase string) {
	for i, l := range b.found {
		l.f.Category, l.f.Evidence, l.f.joined, l.f.call = Refused, Recorded, i > 0, call
		if i == 0 {
			l.f.AWS, l.f.AWSKind = phrase+invalidMapping(b.inner...), AWSError
		}
		im.add(l.at, l.f)
	}
}

// callWithin names a part of what another call makes, as the integration of a
// method is.
func callWithin(call, part string) string { return call + "\n" + part }

// saidNo reports whether AWS has refused a call or one it needs. The first thing
// that is wrong ends a call, and nothing is made of what was refused: cases
// import-text-http-endpoint-two-methods, whose responses have no lines, and
// request-body-refused-model-whole-message, whose integration has none.
func (im *importer) saidNo(call string) bool {
	for {
		if im.refused[call] {
			return true
		}
		i := strings.LastIndexByte(call, '\n')
		if i < 0 {
			return false
		}
		call = call[:i]
	}
}

// A place is where a finding points: a place in the file and in the document.
type place struct {
	pos     source.Pos
	pointer string
}

// placeOf is the place of what a JSON pointer leads to: of its key, where it has one.
func (im *importer) placeOf(pointer string) place { return place{im.doc.At(pointer), pointer} }

// add keeps a finding. Unless it says otherwise, what AWS refuses is an error
// and what it leaves out a warning; what is inferred is never an error.
func (im *importer) add(at place, f Finding) {
	f.Pos, f.Pointer, f.order = at.pos, at.pointer, len(im.findings)
	if f.call != "" && f.AWSKind == AWSError {
		f.joined = f.joined || im.saidNo(f.call)
		im.refused[f.call] = true
	}
	if f.Severity == "" {
		f.Severity = Warning
		if f.Category == Refused && f.Evidence != Inferred {
			f.Severity = Error
		}
	}
	im.findings = append(im.findings, f)
}
