package reports

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"

	"github.com/rehearse-api/rehearse/openapi"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A FindingFormat is a way to write findings.
type FindingFormat struct {
	Name  string
	Doc   string // one line for people
	Write func(w io.Writer, r *FindingReport) error
}

// A FindingReport is what is written of documents.
type FindingReport struct {
	Findings []openapi.Finding
	// Source gives the content of a finding's file, for the line that is shown.
	// Nil, or an error: no line is shown.
	Source func(file string) ([]byte, error)
	// Rules describe the rules of the findings, for formats that list them.
	Rules   []Rule
	Color   bool   // allows colours
	Version string // of the program
}

// A Rule is what a format says of a rule.
type Rule struct {
	ID  string
	Doc string // the first line is its title
}

// FindingFormats are all formats of findings, sorted by name.
var FindingFormats = []FindingFormat{
	{"github", "annotations for GitHub Actions", writeFindingsGitHub},
	{"json", "a list, for programs", writeFindingsJSON},
	{"junit", "JUnit XML, for CI servers", writeFindingsJUnit},
	{"sarif", "SARIF 2.1.0, for code scanning", writeFindingsSARIF},
	{"text", "for people, with the line of the document", writeFindingsText},
}

// FindFindings returns the format called name, and whether there is one.
func FindFindings(name string) (FindingFormat, bool) {
	for _, f := range FindingFormats {
		if f.Name == name {
			return f, true
		}
	}
	return FindingFormat{}, false
}

// WriteFindings writes findings in the format called name.
func WriteFindings(w io.Writer, name string, r *FindingReport) error {
	f, ok := FindFindings(name)
	if !ok {
		return fmt.Errorf("there is no format %q for findings", name)
	}
	return f.Write(w, r)
}

// writeFindingsText writes each finding with its line and a caret below the place.
func writeFindingsText(w io.Writer, r *FindingReport) error {
	p := newPrinter(w, r.Color)
	files := map[string][]string{}
	var errors, warnings, infos int
	for _, f := range r.Findings {
		severity := p.dim
		switch f.Severity {
		case openapi.Error:
			errors++
			severity = p.red
		case openapi.Warning:
			warnings++
			severity = p.yellow
		default:
			infos++
		}
		if at := f.Pos.String(); at != "" {
			p.printf("%s: ", at)
		}
		message := strings.ReplaceAll(clean(f.Message), "\n", "\n  ")
		p.printf("%s: %s %s\n", severity.Sprint(string(f.Severity)), message, p.dim.Sprint(fmt.Sprintf("[%s, %s]", f.Rule, f.Evidence)))
		p.excerpt(f.Pos, lineOf(files, r.Source, f.Pos))
		if f.Hint != "" {
			p.indented(2, "hint: "+f.Hint)
		}
	}
	if len(r.Findings) == 0 {
		p.printf("no findings\n")
		return p.err
	}
	text := fmt.Sprintf("%s, %s", plural(errors, "error"), plural(warnings, "warning"))
	if infos > 0 {
		text += fmt.Sprintf(", %d for information", infos)
	}
	p.printf("\n%s\n", p.bold.Sprint(text))
	return p.err
}

// lineOf is the line of a file that pos is in; files keeps those that were read.
func lineOf(files map[string][]string, read func(string) ([]byte, error), pos source.Pos) string {
	if read == nil || pos.Line == 0 {
		return ""
	}
	lines, ok := files[pos.File]
	if !ok {
		data, err := read(pos.File)
		if err == nil {
			lines = strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
		}
		files[pos.File] = lines
	}
	if pos.Line > len(lines) {
		return ""
	}
	return strings.TrimRight(lines[pos.Line-1], "\r")
}

// excerpt prints a line with a caret below a column, or as much around it as a
// terminal is wide.
func (p *printer) excerpt(pos source.Pos, line string) {
	if line == "" || pos.Col < 1 {
		return
	}
	runes, at := visible(line, pos.Col-1)
	const wide = columns - 12
	if len(runes) > wide {
		from := max(0, min(at-wide/2, len(runes)-wide))
		runes, at = runes[from:from+wide], at-from
	} else if blanks := len(runes) - len([]rune(strings.TrimLeft(string(runes), " "))); blanks <= at {
		runes, at = runes[blanks:], at-blanks
	}
	number := fmt.Sprint(pos.Line)
	p.printf("  %s %s\n", p.dim.Sprint(number+" |"), string(runes))
	p.printf("  %s %s%s\n", p.dim.Sprint(strings.Repeat(" ", utf8.RuneCountInString(number))+" |"), blanks(runes[:at]), p.red.Sprint("^"))
}

// visible is a line of a file as a terminal may show it, with what can't be seen or
// would command the terminal escaped; and where in it the at-th code point of the
// line stands, or its end. A byte that is no UTF-8 counts as a code point.
func visible(line string, at int) (shown []rune, place int) {
	place = -1
	for i := 0; len(line) > 0; i++ {
		if i == at {
			place = len(shown)
		}
		r, size := utf8.DecodeRuneInString(line)
		switch {
		case r == utf8.RuneError && size == 1:
			shown = append(shown, []rune(fmt.Sprintf(`\x%02x`, line[0]))...)
		case r == '\t':
			shown = append(shown, ' ')
		case r < ' ' || r == 0x7f:
			shown = append(shown, []rune(fmt.Sprintf(`\x%02x`, r))...)
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == 0x2028 || r == 0x2029:
			shown = append(shown, []rune(fmt.Sprintf(`\u%04x`, r))...)
		default:
			shown = append(shown, r)
		}
		line = line[size:]
	}
	if place < 0 {
		place = len(shown)
	}
	return shown, place
}

// blanks are as many as a text is wide on a terminal, where some characters take
// two columns and some none.
func blanks(text []rune) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
			continue
		}
		b.WriteByte(' ')
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// writeFindingsJSON writes a list.
func writeFindingsJSON(w io.Writer, r *FindingReport) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(findingsJSON(r.Findings))
}

// writeFindingsJUnit writes a suite for each file and a case for each finding;
// only errors are failures. A file without findings can't be named here, so no
// finding at all is one case that passed.
func writeFindingsJUnit(w io.Writer, r *FindingReport) error {
	all := junitSuites{Name: "rehearse lint", Time: seconds(0)}
	at := map[string]int{}
	for _, f := range r.Findings {
		i, ok := at[f.Pos.File]
		if !ok {
			i = len(all.Suites)
			at[f.Pos.File] = i
			all.Suites = append(all.Suites, junitSuite{Name: xmlText(f.Pos.File), File: xmlText(f.Pos.File), Time: seconds(0)})
		}
		s := &all.Suites[i]
		c := junitCase{Name: xmlText(f.Rule + " " + f.Pos.String()), ClassName: xmlText(f.Rule), File: xmlText(f.Pos.File), Line: f.Pos.Line, Time: seconds(0)}
		text := fmt.Sprintf("%s: %s: %s\n", f.Pos, f.Severity, f.Message)
		if f.Hint != "" {
			text += "hint: " + f.Hint + "\n"
		}
		if f.Severity == openapi.Error {
			c.Failure = &junitFailure{Message: xmlText(f.Message), Type: string(f.Category), Text: xmlText(text)}
			s.Failures++
			all.Failures++
		} else {
			c.Out = xmlText(text)
		}
		s.Cases = append(s.Cases, c)
		s.Tests++
		all.Tests++
	}
	if len(r.Findings) == 0 {
		all.Tests = 1
		all.Suites = []junitSuite{{Name: "rehearse lint", Tests: 1, Time: seconds(0), Cases: []junitCase{{Name: "no findings", ClassName: "rehearse lint", Time: seconds(0)}}}}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// writeFindingsGitHub writes a workflow command for each finding [GitHub docs:
// Workflow commands for GitHub Actions].
func writeFindingsGitHub(w io.Writer, r *FindingReport) error {
	for _, f := range r.Findings {
		level := map[openapi.Severity]string{openapi.Error: "error", openapi.Warning: "warning"}[f.Severity]
		if level == "" {
			level = "notice"
		}
		message := f.Message
		if f.Hint != "" {
			message += "\nhint: " + f.Hint
		}
		at := ""
		if f.Pos.File != "" {
			at = fmt.Sprintf("file=%s,line=%d,col=%d,", githubProperty(f.Pos.File), max(f.Pos.Line, 1), max(f.Pos.Col, 1))
		}
		if _, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", level, at, githubProperty(f.Rule), githubData(message)); err != nil {
			return err
		}
	}
	return nil
}

func githubData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func githubProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(githubData(s))
}
