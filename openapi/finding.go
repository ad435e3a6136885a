package openapi

import "github.com/rehearse-api/rehearse/openapi/source"

// A Severity is how bad a finding is.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// A Category is what becomes of the construct a finding is about.
type Category string

const (
	Refused        Category = "refused"          // AWS's import says no
	Dropped        Category = "dropped"          // AWS's import leaves it out, with or without a warning
	FailsAtRuntime Category = "fails-at-runtime" // imported, and then calls fail
	Advice         Category = "advice"           // works, but people regret it
	Scope          Category = "scope"            // not something rehearse (or a REST API) does
)

// Evidence is how a statement about AWS is known.
type Evidence string

const (
	Recorded   Evidence = "recorded"   // seen on the real service
	Documented Evidence = "documented" // AWS says so
	Inferred   Evidence = "inferred"   // our best knowledge
)

// A Finding is what a rule says of a document. It is data: how it is printed is
// the business of package reports.
type Finding struct {
	Rule     string // stable id, kebab-case
	Category Category
	Severity Severity
	Evidence Evidence
	Message  string // in our words, starts small, no full stop
	Hint     string // something to do, or empty
	// AWS is the line AWS's import prints for this, word for word and without
	// heading or tab; empty where AWS says nothing. AWSKind says whether it stands
	// under its errors or its warnings, or alone without a heading.
	AWS     string
	AWSKind AWSKind
	Pos     source.Pos
	Pointer string // JSON pointer of the place in the document

	order  int    // in which AWS prints its lines
	joined bool   // AWS has one line for this and a finding before it
	call   string // what AWS would have to make; it prints one line of each
}

// AWSKind is where AWS prints a finding's line.
type AWSKind uint8

const (
	AWSSilent  AWSKind = iota
	AWSError           // below "Errors found during import:"
	AWSWarning         // below "Warnings found during import:", or in "warnings"
	AWSAlone           // the whole message, without heading
)
