package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

var commentRules = []*Rule{
	{
		ID: "disable-unknown-rule", Category: openapi.Advice, Severity: openapi.Warning, Evidence: openapi.Inferred,
		Source: "rehearse lint",
		Doc: `a comment turns off a rule that is not there

# rehearse-disable-next-line RULE, or several with commas, in a YAML document (##
in a mapping template) keeps those rules quiet about the next line. A reason may
follow behind a colon, -- or another #. rehearse rules lists the ids.`,
		Check: func(*Pass) {}, // see [Quiet.Apply]
	},
}

// Quiet are the comments of a document that keep rules quiet about a line:
//
//	# rehearse-disable-next-line cors-options-missing
//	# rehearse-disable-next-line no-methods, model-unused: the other team's
type Quiet struct {
	name  string
	lines map[int][]string // rules by the line they say nothing about
	wrong []openapi.Finding
}

var quietComment = regexp.MustCompile(`^[ \t]*#+[ \t]*rehearse-disable-next-line\b[ \t:]*(.*)$`)

// reasonBegins is what stands between the rules of a comment and a reason: RULE:
// reason, RULE -- reason, RULE # reason.
var reasonBegins = regexp.MustCompile(`[:#]|(?:^|[ \t])(?:--+|—|–)(?:[ \t]|$)`)

// ReadQuiet reads the comments of a document called name. JSON has none.
func ReadQuiet(name string, data []byte) Quiet {
	q := Quiet{name: name}
	if !strings.Contains(string(data), "rehearse-disable-next-line") {
		return q
	}
	q.lines = map[int][]string{}
	lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	for i, line := range lines {
		m := quietComment.FindStringSubmatch(strings.TrimRight(line, "\r"))
		if m == nil {
			continue
		}
		about := i + 1
		for about < len(lines) && quietComment.MatchString(strings.TrimRight(lines[about], "\r")) {
			about++ // comments that follow each other are about one line
		}
		named := m[1]
		if reason := reasonBegins.FindStringIndex(named); reason != nil {
			named = named[:reason[0]]
		}
		rules := strings.FieldsFunc(named, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		q.lines[about+1] = append(q.lines[about+1], rules...)
		pos := source.Pos{File: name, Line: i + 1, Col: strings.IndexByte(line, '#') + 1}
		if len(rules) == 0 {
			q.complain(pos, "name the rule", "the comment names no rule")
		}
		for _, id := range rules {
			if !slices.Contains(allIDs(), id) {
				hint := "rehearse rules lists them"
				if near := source.Nearest(id, allIDs()); near != "" {
					hint = "did you mean " + near + "?"
				}
				q.complain(pos, hint, "there is no rule "+id)
			}
		}
	}
	return q
}

func (q *Quiet) complain(pos source.Pos, hint, message string) {
	r := commentRules[0]
	q.wrong = append(q.wrong, openapi.Finding{
		Rule: r.ID, Category: r.Category, Severity: r.Severity, Evidence: r.Evidence, Message: message, Hint: hint, Pos: pos,
	})
}

// allIDs are the ids of all that lint may say.
func allIDs() []string {
	var ids []string
	for _, r := range openapi.Rules() {
		ids = append(ids, r.ID)
	}
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return ids
}

// Apply takes away the findings that comments keep quiet, and adds what is wrong
// with the comments.
func (q Quiet) Apply(findings []openapi.Finding) []openapi.Finding {
	if q.lines == nil {
		return findings
	}
	kept := slices.Clone(q.wrong)
	for _, f := range findings {
		if f.Pos.File != q.name || !slices.Contains(q.lines[f.Pos.Line], f.Rule) {
			kept = append(kept, f)
		}
	}
	openapi.SortFindings(kept)
	return kept
}
