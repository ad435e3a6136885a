package openapi

import (
	"fmt"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A fileUse is a file that is referred to: where first, and how often.
type fileUse struct {
	from  *bundledFile // where first stands
	first Finding
	refs  int
}

// use notes that a reference to another file was followed.
func (b *bundler) use(ref *source.Node, from *bundledFile, f found, s shape, at string) {
	if !fileRef(ref.Value) || f.file == b.main && from != b.main {
		return
	}
	u := b.uses[f.via]
	if u == nil {
		u = &fileUse{}
		b.uses[f.via] = u
		b.used = append(b.used, u)
	}
	u.refs++
	// The first one in the document itself is where a comment can stand that
	// silences the finding; without one, the first in another file.
	if u.from == nil || u.from != b.main && from == b.main {
		u.from, u.first = from, Finding{
			Rule: "external-ref-bundled", Category: Advice, Severity: Warning, Evidence: Inferred,
			Message: quote(ref.Value) + " is another file, which AWS doesn't read: it is bundled here",
			Hint:    "bundle the document before the deploy too (redocly bundle, swagger-cli bundle), and deploy what comes of it",
			Pos:     ref.Pos, Pointer: at + "/$ref",
		}
		if f.file == b.main {
			u.first.Message = quote(ref.Value) + " names this document as a file, which AWS doesn't resolve: it is taken for " + quote(fragment(f.pointer))
			u.first.Hint = "write " + fragment(f.pointer)
		}
		if s == schemaShape {
			u.first.Evidence = Recorded // case import-text-external-ref-canonical-form
		}
	}
}

// maxUsesReported is how many files are reported one by one. A document that was
// split into a hundred files is one decision, not a hundred.
const maxUsesReported = 20

// reportUses says of each file, where it is first referred to, that AWS doesn't
// read it.
func (b *bundler) reportUses() {
	for i, u := range b.used {
		f := u.first
		if u.refs > 1 {
			f.Message += fmt.Sprintf("; %d references lead to that file", u.refs)
		}
		if more := len(b.used) - i - 1; i == maxUsesReported-1 && more > 0 {
			f.Message += fmt.Sprintf("; %d more files are referred to", more)
			b.findings = append(b.findings, f)
			return
		}
		b.findings = append(b.findings, f)
	}
}

// duplicateKey is what is said of a key that stands twice in an object.
func duplicateKey(d *source.Error) Finding {
	return Finding{Rule: "duplicate-key", Category: Advice, Severity: Warning, Evidence: Inferred, Message: d.Msg, Hint: d.Hint, Pos: d.Pos}
}
