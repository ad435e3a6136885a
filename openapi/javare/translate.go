package javare

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// A translation is a pattern in the words of both engines.
type translation struct {
	fast, slow strings.Builder
	needsSlow  bool // there is something Go's engine cannot say
	usesEnd    bool // $ or \Z: see fastWill
	usesWord   bool // \b or \B: see fastWill
	groups     int
	names      map[string]int
	minLength  int
}

// flags are Java's: (?i) and so on.
type flags struct {
	unixLines, ignoreCase, comments, multiline, dotAll, unicodeCase bool
}

// maxNesting bounds groups and classes within each other.
const maxNesting = 200

// A parser reads a Java pattern and writes its translation.
type parser struct {
	source string // as given
	text   string // without \Q..\E
	off    int
	depth  int
	flags  flags
	total  int // groups in all, once known
	t      *translation
}

// failure is how the parser gives up; translate turns it into an *Error.
type failure struct{ err *Error }

// A measure is how long what a piece of pattern matches can be.
type measure struct {
	min     int
	bounded bool // whether there is a greatest length: look-behind wants one
}

func translate(pattern string) (t *translation, err error) {
	defer func() {
		if r := recover(); r != nil {
			f, ok := r.(failure)
			if !ok {
				panic(r)
			}
			t, err = nil, f.err
		}
	}()
	text := withoutQuotes(pattern)
	total := 0
	for range 2 { // the first time to count the groups
		p := &parser{source: pattern, text: text, total: total, t: &translation{names: map[string]int{}}}
		m := p.alternatives()
		if p.off < len(text) {
			p.fail("a closing bracket too many")
		}
		t, total = p.t, p.t.groups
		t.minLength = m.min
	}
	return t, nil
}

func (p *parser) fail(format string, args ...any) {
	panic(failure{&Error{Pattern: p.source, Offset: p.off, Msg: fmt.Sprintf(format, args...)}})
}

func (p *parser) unsupported(what string) {
	panic(failure{&Error{Pattern: p.source, Offset: p.off, Msg: what + " is not supported yet", Unsupported: true}})
}

// withoutQuotes writes what stands between \Q and \E with backslashes.
func withoutQuotes(pattern string) string {
	var b strings.Builder
	for {
		i := 0
		for i < len(pattern) && (pattern[i] != '\\' || !strings.HasPrefix(pattern[i:], `\Q`)) {
			if pattern[i] == '\\' {
				i++
			}
			i++
		}
		i = min(i, len(pattern))
		b.WriteString(pattern[:i])
		if pattern = pattern[i:]; pattern == "" {
			return b.String()
		}
		quoted, rest, _ := strings.Cut(pattern[2:], `\E`)
		for j, c := range quoted {
			switch {
			case c < utf8.RuneSelf && !isAlnum(byte(c)):
				b.WriteByte('\\')
			case j == 0 && c < utf8.RuneSelf && isDigit(byte(c)):
				fmt.Fprintf(&b, `\x%02x`, c) // or it might become part of \1
				continue
			}
			b.WriteRune(c)
		}
		pattern = rest
	}
}

func (p *parser) more() bool { return p.off < len(p.text) }

// peek returns the next character, past blanks and comments where (?x) is on;
// 0 at the end.
func (p *parser) peek() rune {
	if p.flags.comments {
		p.skipComments()
	}
	return p.raw()
}

func (p *parser) raw() rune {
	if !p.more() {
		return 0
	}
	c, _ := utf8.DecodeRuneInString(p.text[p.off:])
	return c
}

func (p *parser) skipComments() {
	for p.more() {
		switch c := p.text[p.off]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.off++
		case c == '#':
			for p.more() && !p.endsComment() {
				p.off++
			}
		default:
			return
		}
	}
}

func (p *parser) endsComment() bool {
	c := p.raw()
	return c == '\n' || !p.flags.unixLines && (c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029)
}

func (p *parser) next() rune {
	c, size := utf8.DecodeRuneInString(p.text[p.off:])
	p.off += size
	return c
}

func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.text[p.off:], s) {
		return false
	}
	p.off += len(s)
	return true
}

// both writes to both translations.
func (p *parser) both(s string) {
	p.t.fast.WriteString(s)
	p.t.slow.WriteString(s)
}

// only writes what Go's engine cannot say.
func (p *parser) only(s string) {
	p.t.needsSlow = true
	p.t.slow.WriteString(s)
}

func (p *parser) alternatives() measure {
	if p.depth++; p.depth > maxNesting {
		p.unsupported("nesting this deep")
	}
	defer func() { p.depth-- }()
	m := p.sequence()
	for p.peek() == '|' {
		p.off++
		p.both("|")
		other := p.sequence()
		m = measure{min(m.min, other.min), m.bounded && other.bounded}
	}
	return m
}

func (p *parser) sequence() measure {
	total := measure{bounded: true}
	for {
		c := p.peek()
		if !p.more() || c == '|' || c == ')' {
			return total
		}
		fast, slow := p.t.fast.Len(), p.t.slow.Len()
		m, isAtom := p.atom(c)
		if isAtom {
			bounded := m.bounded
			m = p.quantified(m, fast, slow)
			// Java takes the repetition of one character, but not of a group, in a look-behind.
			m.bounded = m.bounded || bounded && c != '('
		}
		total.min = min(total.min+m.min, 1<<20)
		total.bounded = total.bounded && m.bounded
	}
}

var (
	one  = measure{1, true}
	none = measure{0, true}
)

// atom writes one thing that a quantifier may follow; false is for (?i), which
// is nothing.
func (p *parser) atom(c rune) (measure, bool) {
	switch c {
	case '(':
		return p.group()
	case '[':
		p.off++
		p.set(p.class())
		return one, true
	case '\\':
		return p.escaped(), true
	case '^':
		p.off++
		p.lineStart()
		return none, true
	case '$':
		p.off++
		p.lineEnd(p.flags.multiline)
		return none, true
	case '.':
		p.off++
		p.set(p.dot())
		return one, true
	case '*', '+', '?':
		p.fail("%c has nothing to repeat", c)
	case '{':
		p.both("(?:)") // a repetition of nothing, if digits follow
		return none, true
	}
	p.next()
	p.literal(c)
	return one, true
}

func (p *parser) dot() set {
	switch {
	case p.flags.dotAll:
		return everything
	case p.flags.unixLines:
		return single('\n').negate()
	}
	return lineEnds.negate()
}

func (p *parser) lineStart() {
	switch {
	case !p.flags.multiline:
		p.both(`(?:\A)`)
	case p.flags.unixLines:
		p.only("(?:(?!\\z)(?:\\A|(?<=\n)))")
	default:
		p.only("(?:(?!\\z)(?:\\A|(?<=[\n\u0085\u2028\u2029])|(?<=\r)(?!\n)))")
	}
}

func (p *parser) lineEnd(multiline bool) {
	end := `\z`
	if multiline {
		p.t.needsSlow, end = true, ""
	}
	p.t.usesEnd = true
	p.t.fast.WriteString(`(?:\z)`)
	if p.flags.unixLines {
		p.t.slow.WriteString("(?:\\z|(?=\n" + end + "))")
		return
	}
	p.t.slow.WriteString("(?:\\z|(?=\r\n" + end + ")|(?<!\r)(?=\n" + end + ")|(?=[\r\u0085\u2028\u2029]" + end + "))")
}

// literal writes one character, in both cases where that is asked for.
func (p *parser) literal(c rune) { p.set(p.folded(single(c))) }

func (p *parser) folded(s set) set {
	switch {
	case !p.flags.ignoreCase:
		return s
	case p.flags.unicodeCase:
		return s.foldUnicode()
	}
	return s.foldASCII()
}

// set writes a set of characters.
func (p *parser) set(s set) {
	var b strings.Builder
	switch {
	case len(s) == 0:
		b.WriteString(`[^\x00-\x{10FFFF}]`)
	case len(s) == 1 && s[0].lo == s[0].hi && (s[0].lo < firstSurrogate || s[0].lo > lastSurrogate):
		writeChar(&b, s[0].lo)
	default:
		b.WriteByte('[')
		wrote := false
		for _, r := range withoutSurrogates(s) {
			wrote = true
			writeChar(&b, r.lo)
			if r.hi > r.lo {
				b.WriteByte('-')
				writeChar(&b, r.hi)
			}
		}
		b.WriteByte(']')
		if !wrote {
			p.set(nil)
			return
		}
	}
	if len(s) == 0 {
		p.t.fast.WriteString(b.String())
		p.t.slow.WriteString("(?!)")
		return
	}
	p.both(b.String())
}

func withoutSurrogates(s set) set {
	if len(s) == 0 {
		return nil
	}
	return s.intersect(ranges(firstSurrogate, lastSurrogate).negate())
}

func writeChar(b *strings.Builder, c rune) {
	if c != '_' && c < utf8.RuneSelf && punctuation.has(c) {
		b.WriteByte('\\')
	}
	b.WriteRune(c)
}

func (s set) has(c rune) bool {
	for _, r := range s {
		if c >= r.lo && c <= r.hi {
			return true
		}
	}
	return false
}

// group reads from an opening bracket to its closing one.
func (p *parser) group() (measure, bool) {
	p.off++
	saved := p.flags
	if p.peek() != '?' {
		p.t.groups++
		p.both("(")
		return p.endOfGroup(saved), true
	}
	p.off++
	switch {
	case p.take(":"):
		p.both("(?:")
	case p.take("="):
		p.only("(?:(?=")
		return p.look(saved), true
	case p.take("!"):
		p.only("(?:(?!")
		return p.look(saved), true
	case p.take("<="):
		p.only("(?:(?<=")
		return p.lookBehind(saved), true
	case p.take("<!"):
		p.only("(?:(?<!")
		return p.lookBehind(saved), true
	case p.take(">"):
		p.only("(?>")
	case p.take("<"):
		name := p.groupName()
		if _, ok := p.t.names[name]; ok {
			p.fail("there are two groups called %s", name)
		}
		p.t.groups++
		p.t.names[name] = p.t.groups
		p.both("(")
	default:
		p.inlineFlags()
		if p.take(")") {
			return none, false // on to the end of the group around it
		}
		if !p.take(":") {
			p.fail("want a closing bracket or a colon after the flags")
		}
		p.both("(?:")
	}
	return p.endOfGroup(saved), true
}

func (p *parser) endOfGroup(saved flags) measure {
	m := p.alternatives()
	if p.peek() != ')' || !p.more() {
		p.fail("the group is never closed")
	}
	p.off++
	p.both(")")
	p.flags = saved
	return m
}

// look reads a look-ahead, which has a non-capturing group around it so that it
// may be repeated.
func (p *parser) look(saved flags) measure {
	p.endOfGroup(saved)
	p.both(")")
	return none
}

func (p *parser) lookBehind(saved flags) measure {
	if m := p.endOfGroup(saved); !m.bounded {
		p.fail("a look-behind has no obvious greatest length")
	}
	p.both(")")
	return none
}

// groupName reads name> behind (?< and \k<.
func (p *parser) groupName() string {
	start := p.off
	for p.more() && isAlnum(p.text[p.off]) {
		p.off++
	}
	name := p.text[start:p.off]
	if name == "" || !isAlpha(name[0]) {
		p.fail("a group's name begins with a letter and has only letters and digits")
	}
	if !p.take(">") {
		p.fail("a group's name wants > after it")
	}
	return name
}

func (p *parser) inlineFlags() {
	on := true
	for ; ; p.off++ {
		switch p.peek() {
		case 'd':
			p.flags.unixLines = on
		case 'i':
			p.flags.ignoreCase = on
		case 'm':
			p.flags.multiline = on
		case 's':
			p.flags.dotAll = on
		case 'u':
			p.flags.unicodeCase = on
		case 'x':
			p.flags.comments = on
		case 'c': // canonical equivalence, which Java says cannot be set here, and lets be
		case 'U':
			if on {
				p.unsupported("the flag U")
			}
		case '-':
			if !on {
				return
			}
			on = false
		default:
			return
		}
	}
}

// quantified reads what repeats the atom that was written from fast and slow on.
func (p *parser) quantified(m measure, fast, slow int) measure {
	least, most, text := 1, 1, ""
	switch p.peek() {
	case '?':
		p.off++
		least, text = 0, "?"
	case '*':
		p.off++
		least, most, text = 0, -1, "*"
	case '+':
		p.off++
		most, text = -1, "+"
	case '{':
		least, most, text = p.counts()
	default:
		return m
	}
	if least > 1000 || most > 1000 {
		p.t.needsSlow = true
	}
	switch p.peek() {
	case '?':
		p.off++
		p.both(text + "?")
	case '+': // possessive: once matched it gives nothing back
		p.off++
		written := p.t.slow.String()
		p.t.slow.Reset()
		p.t.slow.WriteString(written[:slow])
		p.only("(?>" + written[slow:] + text + ")")
	default:
		p.both(text)
	}
	// Go refuses a repetition of a repetition without a group between.
	group(&p.t.fast, fast)
	group(&p.t.slow, slow)
	return measure{min(m.min*least, 1<<20), m.bounded && most >= 0}
}

func group(b *strings.Builder, from int) {
	s := b.String()
	b.Reset()
	b.WriteString(s[:from])
	b.WriteString("(?:")
	b.WriteString(s[from:])
	b.WriteString(")")
}

// counts reads {2}, {2,} or {2,3}.
func (p *parser) counts() (least, most int, text string) {
	p.off++
	start := p.off
	least, ok := p.count()
	if !ok {
		p.fail("want a number after {")
	}
	most = least
	if p.take(",") {
		if most = -1; p.more() && isDigit(p.text[p.off]) {
			most, _ = p.count()
		}
	}
	text = p.text[start:p.off]
	if !p.take("}") {
		p.fail("a repetition in braces is never closed")
	}
	if most >= 0 && most < least {
		p.fail("a repetition has its greatest number below its least")
	}
	return least, most, "{" + text + "}"
}

func (p *parser) count() (int, bool) {
	n, digits := 0, false
	for p.more() && isDigit(p.text[p.off]) {
		if n = n*10 + int(p.text[p.off]-'0'); n > 1<<31-1 {
			p.fail("a repetition has too great a number")
		}
		p.off++
		digits = true
	}
	return n, digits
}

// escaped reads a backslash outside of a class.
func (p *parser) escaped() measure {
	p.off++
	if !p.more() {
		p.fail("a backslash stands at the end")
	}
	if s, ok := p.escapedSet(); ok {
		p.set(s)
		return one
	}
	switch c := p.raw(); c {
	case 'A':
		p.off++
		p.both(`(?:\A)`)
		return none
	case 'z':
		p.off++
		p.both(`(?:\z)`)
		return none
	case 'Z':
		p.off++
		p.lineEnd(false)
		return none
	case 'b', 'B':
		p.off++
		if c == 'b' && strings.HasPrefix(p.text[p.off:], "{g}") {
			p.unsupported(`\b{g}`)
		}
		p.t.usesWord = true
		p.both(`(?:\` + string(c) + `)`)
		return none
	case 'G':
		p.unsupported(`\G`)
	case 'X':
		p.unsupported(`\X`)
	case 'R':
		p.off++
		p.t.fast.WriteString("(?:\r\n|[\n-\r\u0085\u2028\u2029])")
		p.only("(?:\r\n|[\n-\r\u0085\u2028\u2029])")
		return one
	case 'k':
		p.off++
		if !p.take("<") {
			p.fail(`\k wants <name> after it`)
		}
		name := p.groupName()
		group, ok := p.t.names[name]
		if !ok {
			p.fail("there is no group called %s before this", name)
		}
		return p.backReference(group)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return p.backReference(p.groupNumber())
	}
	p.literal(p.escapedChar())
	return one
}

// groupNumber reads as many digits as make the number of a group so far.
func (p *parser) groupNumber() int {
	n := int(p.next() - '0')
	for p.more() && isDigit(p.text[p.off]) {
		longer := n*10 + int(p.text[p.off]-'0')
		if longer > p.t.groups {
			break
		}
		n = longer
		p.off++
	}
	return n
}

func (p *parser) backReference(group int) measure {
	switch {
	case group > p.total:
		p.only("(?!)") // a group that is not there never matches
	case p.flags.ignoreCase:
		p.only(fmt.Sprintf(`(?i:\%d)`, group))
	default:
		p.only(fmt.Sprintf(`(?:\%d)`, group))
	}
	return measure{}
}

// escapedSet reads \d and its kin, of which there are those in classes too.
func (p *parser) escapedSet() (set, bool) {
	known := map[byte]set{'d': digits, 'w': words, 's': spaces, 'h': horizontalSpace, 'v': verticalSpace}
	c := p.text[p.off]
	if s, ok := known[c]; ok {
		p.off++
		return s, true
	}
	if s, ok := known[c|0x20]; ok && isAlpha(c) {
		p.off++
		return s.negate(), true
	}
	switch c {
	case 'p', 'P':
		p.off++
		s := p.property()
		if c == 'P' {
			s = s.negate()
		}
		return s, true
	case 'N':
		p.unsupported(`\N{name}`)
	}
	return nil, false
}

// property reads {Alpha} or L behind \p.
func (p *parser) property() set {
	if !p.more() {
		p.fail(`\p wants a name`)
	}
	start := p.off
	name := string(p.next())
	if name == "{" {
		end := strings.IndexByte(p.text[p.off:], '}')
		if end < 0 {
			p.fail("the name of a character property is never closed")
		}
		name = p.text[p.off : p.off+end]
		p.off += end + 1
	}
	s, known := property(name)
	if !known {
		p.unsupported(`\p{` + name + "}")
	}
	if s == nil {
		p.off = start
		p.fail("there is no character property called %s", name)
	}
	if p.flags.ignoreCase {
		switch name {
		case "Lower", "Upper":
			return posix["Alpha"]
		case "Lu", "Ll", "Lt", "IsLu", "IsLl", "IsLt":
			return category("LC")
		case "javaLowerCase", "javaUpperCase", "javaTitleCase":
			return java["javaLowerCase"]().union(java["javaUpperCase"]()).union(java["javaTitleCase"]())
		}
		switch strings.ToUpper(name) {
		case "ISLOWERCASE", "ISUPPERCASE", "ISTITLECASE":
			return binary["LOWERCASE"]().union(binary["UPPERCASE"]()).union(binary["TITLECASE"]())
		}
	}
	return s
}

// escapedChar reads an escape that stands for one character.
func (p *parser) escapedChar() rune {
	c := p.next()
	switch c {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	case 'a':
		return 7
	case 'e':
		return 27
	case '0':
		return p.octal()
	case 'x':
		return p.hexadecimal()
	case 'u':
		return p.unicode()
	case 'c':
		if !p.more() {
			p.fail(`\c wants a letter`)
		}
		return p.next() ^ 64
	}
	if c < utf8.RuneSelf && isAlnum(byte(c)) {
		p.fail(`there is no escape \%c`, c)
	}
	return c
}

func (p *parser) octal() rune {
	value, length := 0, 0
	for length < 3 && p.more() && p.text[p.off] >= '0' && p.text[p.off] <= '7' {
		if length == 2 && value > 0o37 {
			break
		}
		value = value*8 + int(p.text[p.off]-'0')
		p.off++
		length++
	}
	if length == 0 {
		p.fail(`\0 wants an octal number`)
	}
	return rune(value)
}

func (p *parser) hex(most int) (value rune, length int) {
	for length < most && p.more() {
		digit := strings.IndexByte("0123456789abcdef", p.text[p.off]|0x20)
		if isDigit(p.text[p.off]) {
			digit = int(p.text[p.off] - '0')
		} else if digit < 10 {
			break
		}
		value = value<<4 | rune(digit)
		p.off++
		if length++; value > unicode.MaxRune {
			p.fail("a character's number is too great")
		}
	}
	return value, length
}

func (p *parser) hexadecimal() rune {
	if p.take("{") {
		value, length := p.hex(1 << 20)
		if length == 0 || !p.take("}") {
			p.fail(`\x{ wants a hexadecimal number and }`)
		}
		return value
	}
	value, length := p.hex(2)
	if length != 2 {
		p.fail(`\x wants two hexadecimal digits`)
	}
	return value
}

func (p *parser) unicode() rune {
	value, length := p.hex(4)
	if length != 4 {
		p.fail(`\u wants four hexadecimal digits`)
	}
	if utf16.IsSurrogate(value) && strings.HasPrefix(p.text[p.off:], `\u`) {
		start := p.off
		p.off += 2
		if low, length := p.hex(4); length == 4 {
			if pair := utf16.DecodeRune(value, low); pair != utf8.RuneError {
				return pair
			}
		}
		p.off = start
	}
	return value
}

// class reads a class behind its opening bracket: unions and intersections of
// characters, ranges, escapes and classes.
func (p *parser) class() set {
	if p.depth++; p.depth > maxNesting {
		p.unsupported("nesting this deep")
	}
	defer func() { p.depth-- }()
	negated := p.peek() == '^' && p.more()
	if negated {
		p.off++
	}
	s, _ := p.classPart(true)
	for p.take("&&") {
		for p.take("&") { // more of them mean no more
		}
		right, any := p.classPart(false)
		if !any {
			if p.peek() != ']' {
				continue
			}
			break
		}
		s = s.intersect(right)
	}
	if !p.more() || p.peek() != ']' {
		p.fail("the character class is never closed")
	}
	p.off++
	if negated {
		s = s.negate()
	}
	return s
}

// classPart reads up to && or the closing bracket, which as the first thing in a
// class is a character. Any says whether there was something.
func (p *parser) classPart(first bool) (s set, any bool) {
	for {
		c := p.peek()
		switch {
		case !p.more():
			p.fail("the character class is never closed")
		case c == ']' && (any || !first):
			return s, any
		case strings.HasPrefix(p.text[p.off:], "&&"):
			return s, any
		case c == '[':
			p.off++
			s = s.union(p.class())
		default:
			s = s.union(p.classItem())
		}
		any = true
	}
}

// classItem reads a character, a range or an escape.
func (p *parser) classItem() set {
	lo, s, isSet := p.classChar()
	if isSet {
		return s
	}
	if p.peek() != '-' || !p.more() {
		return p.folded(single(lo))
	}
	dash := p.off
	p.off++
	if c := p.peek(); !p.more() || c == ']' || c == '[' {
		p.off = dash
		return p.folded(single(lo))
	}
	hi, _, isSet := p.classChar()
	if isSet {
		p.fail("a range ends with a set of characters")
	}
	if hi < lo {
		p.fail("a range ends before it begins")
	}
	return p.folded(ranges(lo, hi))
}

func (p *parser) classChar() (c rune, s set, isSet bool) {
	if p.peek() != '\\' {
		return p.next(), nil, false
	}
	p.off++
	if !p.more() {
		p.fail("a backslash stands at the end")
	}
	if s, ok := p.escapedSet(); ok {
		return 0, s, true
	}
	return p.escapedChar(), nil, false
}
