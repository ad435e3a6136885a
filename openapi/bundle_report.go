package openapi

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// uses are the references to files that were followed: those to other files, or
// those to the document itself by its name.
type uses struct {
	files []string // those that are referred to, in the order of their first references
	refs  int
	from  *bundledFile // where the first one stands
	first place
	ref   string
	known Evidence // that AWS doesn't follow them
}

// use notes that a reference to a file was followed.
func (b *bundler) use(ref *source.Node, from *bundledFile, f found, s shape, at string) {
	u := &b.others
	switch {
	case !fileRef(ref.Value), f.via == b.main && from != b.main:
		return
	case f.via == b.main:
		u = &b.itself
	case !f.via.used:
		f.via.used = true
		u.files = append(u.files, f.via.shown)
	}
	// The first one in the document itself is where a comment silences the finding;
	// without one, it is the first in another file.
	if u.refs++; u.from == nil || u.from != b.main && from == b.main {
		u.from, u.first, u.ref = from, place{ref.Pos, at + "/$ref"}, ref.Value
	}
	if s == schemaShape {
		u.known = Recorded // case import-text-external-ref-canonical-form
	}
}

// reportUses says that AWS doesn't read the files which were bundled: once, since
// to have a document in a hundred files is one decision, not a hundred.
func (b *bundler) reportUses() {
	report := func(u *uses, message, hint string) {
		if u.refs == 0 {
			return
		}
		b.findings = append(b.findings, Finding{
			Rule: "external-ref-bundled", Category: Advice, Severity: Warning, Evidence: cmp.Or(u.known, Inferred),
			Message: message, Hint: hint, Pos: u.first.pos, Pointer: u.first.pointer,
		})
	}
	report(&b.others, b.others.message(), "bundle the document before the deploy too (redocly bundle, swagger-cli bundle), and deploy what comes of it")
	report(&b.itself, quote(b.itself.ref)+" names this document as a file, which AWS doesn't resolve: it is taken for a reference within it",
		"begin the reference with #")
}

func (u *uses) message() string {
	if len(u.files) == 1 {
		return u.files[0] + " is bundled here, another file, which AWS doesn't read"
	}
	const most = 5
	names, more := u.files, ""
	if len(names) > most+1 {
		names, more = names[:most], fmt.Sprintf(" and %d more", len(names)-most)
	}
	return fmt.Sprintf("%d other files are bundled here, which AWS doesn't read: %s%s", len(u.files), strings.Join(names, ", "), more)
}

// externalHint says what to do about a reference that leads out of the document:
// why it could not be bundled, if that is known.
func (im *importer) externalHint(at place, otherwise string) string {
	if why := im.doc.unread[at.pos]; why != "" {
		return why
	}
	if ref, rest := im.walk(at.pointer); rest == "" {
		if why := whyNotRead(scalar(ref)); why != "" {
			return why + ": " + otherwise
		}
	}
	return otherwise
}
