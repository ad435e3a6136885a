package ordered

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rehearse-api/rehearse/openapi/javare"
)

// maxPathNesting bounds filters within filters.
const maxPathNesting = 50

// A pathCompiler reads a path from left to right. It takes what Jayway takes,
// odd as some of it is: $.['a'], $['a']bc, a blank after [ but not after a dot, any
// one character behind the last step.
type pathCompiler struct {
	text  string
	off   int
	end   int // where the path ends, before trailing blanks
	depth int
	steps []step
}

func compilePath(text string, depth int) (*Path, error) {
	c := &pathCompiler{text: text, depth: depth}
	if strings.Trim(text, " ") == "" {
		return nil, c.errorf(0, "it is empty")
	}
	prefix := 0
	if text[0] != '$' && text[0] != '@' {
		prefix = len("$.")
		c.text = "$." + text
	}
	c.end = len(strings.TrimRight(c.text, " "))
	p := &Path{text: text, fromRoot: c.text[0] == '$'}
	err := c.compile()
	if e, ok := err.(*PathError); ok {
		e.Path, e.Offset = text, max(0, e.Offset-prefix)
		return nil, e
	}
	p.steps = c.steps
	p.finish()
	return p, nil
}

func (c *pathCompiler) errorf(at int, msg string) error {
	return &PathError{Path: c.text, Offset: at, Msg: msg}
}

func (c *pathCompiler) compile() error {
	if c.depth > maxPathNesting {
		return c.errorf(c.off, "filters are nested too deep")
	}
	if c.text[c.end-1] == '.' {
		return c.errorf(c.end-1, "it must not end with a dot")
	}
	c.off++ // $ or @
	if c.off < c.end && c.text[c.off] != '.' && c.text[c.off] != '[' {
		return c.errorf(c.off, `want "." or "[" here`)
	}
	for first := true; c.off < c.end-1 || first && c.off < c.end; first = false {
		if err := c.step(); err != nil {
			return err
		}
	}
	return nil
}

// step reads one step with the dots before it.
func (c *pathCompiler) step() error {
	if c.text[c.off] == '.' {
		if strings.HasPrefix(c.text[c.off:c.end], "..") {
			c.steps = append(c.steps, step{kind: scanStep})
			c.off++
		}
		c.off++
		if c.off >= c.end || c.text[c.off] == '.' {
			return c.errorf(c.off, "a dot too many")
		}
	}
	switch c.text[c.off] {
	case '[':
		return c.bracket()
	case '*':
		c.off++
		c.steps = append(c.steps, step{kind: wildcardStep})
		return nil
	case ' ':
		return c.errorf(c.off, "a blank stands where a name should be")
	}
	return c.name()
}

// name reads name or function().
func (c *pathCompiler) name() error {
	start := c.off
	for ; c.off < c.end; c.off++ {
		switch c.text[c.off] {
		case ' ':
			return c.errorf(c.off, "a name with a blank must be written ['like this']")
		case '.', '[':
			c.steps = append(c.steps, step{kind: nameStep, name: c.text[start:c.off]})
			return nil
		case '(':
			return c.function(c.text[start:c.off])
		}
	}
	c.steps = append(c.steps, step{kind: nameStep, name: c.text[start:c.off]})
	return nil
}

// function reads the parameters of a function up to its closing bracket.
func (c *pathCompiler) function(name string) error {
	open := c.off
	f := &call{name: name, apply: functions[name]}
	c.off++
	if c.off < c.end && c.text[c.off] == ')' {
		// Jayway stays at the bracket: what follows a function without parameters
		// begins with a step called ")", which leads nowhere.
		c.steps = append(c.steps, step{kind: functionStep, call: f})
		return nil
	}
	depth, start := 0, c.off
	for ; c.off < c.end; c.off++ {
		switch ch := c.text[c.off]; ch {
		case '"':
			closing := unescapedIndex(c.text[:c.end], c.off+1, '"')
			if closing < 0 {
				return c.errorf(c.off, "a string is never closed")
			}
			c.off = closing
		case '(', '[', '{':
			depth++
		case ']', '}':
			if depth--; depth < 0 {
				return c.errorf(c.off, "a closing bracket too many")
			}
		case ',', ')':
			if depth == 0 {
				if err := c.param(f, c.text[start:c.off], start); err != nil {
					return err
				}
				start = c.off + 1
			}
			if ch == ')' {
				if depth--; depth < 0 {
					c.off++
					c.steps = append(c.steps, step{kind: functionStep, call: f})
					return nil
				}
			}
		}
	}
	return c.errorf(open, "the parameters of "+name+"() are never closed")
}

// param adds one parameter. What is neither a path nor begins as a JSON object,
// number or string is ignored, as in Jayway.
func (c *pathCompiler) param(f *call, text string, at int) error {
	text = strings.Trim(text, " \t\r\n")
	switch {
	case text == "":
	case text[0] == '$' || text[0] == '@':
		path, err := compilePath(text, c.depth+1)
		if err != nil {
			return c.errorf(at, err.(*PathError).Msg)
		}
		f.params = append(f.params, param{path: path})
	case text[0] == '{' || text[0] == '"' || text[0] == '-' || isDigit(text[0]):
		v, err := parseLenient(text)
		f.params = append(f.params, param{value: v, err: err})
	}
	return nil
}

// significant skips blanks from i on.
func (c *pathCompiler) significant(i int) (int, byte) {
	for i < c.end && c.text[i] == ' ' {
		i++
	}
	if i >= c.end {
		return c.end, 0
	}
	return i, c.text[i]
}

// bracket reads [...].
func (c *pathCompiler) bracket() error {
	at, first := c.significant(c.off + 1)
	switch {
	case first == '\'' || first == '"':
		return c.quotedNames(at, first)
	case isDigit(first) || first == '-' || first == ':':
		return c.indexes()
	case first == '*':
		closing, ch := c.significant(at + 1)
		if ch != ']' {
			return c.errorf(closing, `want "]" after the *`)
		}
		c.off = closing + 1
		c.steps = append(c.steps, step{kind: wildcardStep})
		return nil
	case first == '?':
		return c.filter(at)
	}
	return c.errorf(c.off, "want a quoted name, a number, * or ?(...) in the brackets")
}

// quotedNames reads ['a','b'].
func (c *pathCompiler) quotedNames(at int, quote byte) error {
	var names []string
	for {
		closing := unescapedIndex(c.text[:c.end], at+1, quote)
		if closing < 0 {
			return c.errorf(at, "a quoted name is never closed")
		}
		names = append(names, unescapeName(c.text[at+1:closing]))
		next, ch := c.significant(closing + 1)
		if ch == ']' {
			c.off = next + 1
			break
		}
		if ch != ',' {
			return c.errorf(next, `want a comma or "]" after a quoted name`)
		}
		if at, ch = c.significant(next + 1); ch != quote {
			return c.errorf(at, "want another quoted name after the comma")
		}
	}
	if len(names) == 1 {
		c.steps = append(c.steps, step{kind: nameStep, name: names[0]})
	} else {
		c.steps = append(c.steps, step{kind: namesStep, names: names})
	}
	return nil
}

// indexes reads [1], [1,2], [1:2].
func (c *pathCompiler) indexes() error {
	length := strings.IndexByte(c.text[c.off:c.end], ']')
	if length < 0 {
		return c.errorf(c.off, "the bracket is never closed")
	}
	text := strings.Trim(c.text[c.off+1:c.off+length], " ")
	s := step{kind: indexesStep}
	if strings.Contains(text, ":") {
		s.kind = sliceStep
		var ok bool
		if s.from, s.to, ok = sliceEnds(text); !ok {
			return c.errorf(c.off, "want a slice like [1:3], [1:] or [:3]")
		}
	} else {
		for part := range strings.SplitSeq(text, ",") {
			i, err := strconv.ParseInt(strings.Trim(part, " "), 10, 32)
			if err != nil || strings.Contains(part, "+") {
				return c.errorf(c.off, "want whole numbers in the brackets")
			}
			s.indexes = append(s.indexes, int(i))
		}
		if len(s.indexes) == 1 {
			s.kind, s.index = indexStep, s.indexes[0]
		}
	}
	c.off += length + 1
	c.steps = append(c.steps, s)
	return nil
}

// sliceEnds reads from:to. What stands behind a second colon is not looked at,
// as long as one of the ends is there.
func sliceEnds(text string) (from, to *int, ok bool) {
	ends := []*int{nil, nil}
	for i, part := range strings.Split(text, ":") {
		for _, ch := range part {
			if ch != '-' && (ch < '0' || ch > '9') {
				return nil, nil, false
			}
		}
		if i > 1 || part == "" {
			continue
		}
		n, err := strconv.ParseInt(part, 10, 32)
		if err != nil {
			return nil, nil, false
		}
		ends[i] = new(int)
		*ends[i] = int(n)
	}
	return ends[0], ends[1], ends[0] != nil || ends[1] != nil
}

// filter reads [?(...)]; questionMark is its place.
func (c *pathCompiler) filter(questionMark int) error {
	open, ch := c.significant(questionMark + 1)
	if ch != '(' {
		return c.errorf(open, `want "(" after the ?`)
	}
	closing, ok := c.closing(open, '(', ')', true)
	if !ok {
		return c.errorf(open, "the filter is never closed")
	}
	bracket, ch := c.significant(closing + 1)
	if ch != ']' {
		return c.errorf(bracket, `want "]" after the filter`)
	}
	f := &filterCompiler{pathCompiler: pathCompiler{text: c.text, off: open, end: closing + 1, depth: c.depth + 1}}
	condition, err := f.compile()
	if err != nil {
		return err
	}
	c.steps = append(c.steps, step{kind: filterStep, filter: condition})
	c.off = bracket + 1
	return nil
}

// closing finds the bracket that closes the one at open, past strings and (where
// asked) patterns.
func (c *pathCompiler) closing(open int, opener, closer byte, patterns bool) (int, bool) {
	depth := 0
	for i := open; i < c.end; i++ {
		switch ch := c.text[i]; {
		case ch == '\'' || ch == '"' || ch == '/' && patterns:
			if i = unescapedIndex(c.text[:c.end], i+1, ch); i < 0 {
				return 0, false
			}
		case ch == opener:
			depth++
		case ch == closer:
			if depth--; depth == 0 {
				return i, true
			}
		}
	}
	return 0, false
}

// unescapedIndex finds the next c that has no backslash before it, or -1.
func unescapedIndex(s string, from int, c byte) int {
	for i := from; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case c:
			return i
		}
	}
	return -1
}

// unescapeName resolves backslashes: the usual letters, \uXXXX, and any other
// character for itself.
func unescapeName(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case 'r':
			b.WriteByte('\r')
		case 'f':
			b.WriteByte('\f')
		case 't':
			b.WriteByte('\t')
		case 'n':
			b.WriteByte('\n')
		case 'b':
			b.WriteByte('\b')
		case 'u':
			if i+5 <= len(s) {
				if u, err := strconv.ParseUint(s[i+1:i+5], 16, 16); err == nil {
					b.WriteRune(rune(u))
					i += 4
					continue
				}
			}
			b.WriteByte('u')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// A filterCompiler reads the conditions of a filter:
//
//	or         = and { "||" and }
//	and        = operand { "&&" operand }
//	operand    = "!" operand | "(" or ")" | comparison
//	comparison = value [ operator value ]
type filterCompiler struct {
	pathCompiler
}

func (c *filterCompiler) compile() (condition, error) {
	cond, err := c.or()
	if err != nil {
		return nil, err
	}
	if c.blanks(); c.off < c.end {
		return nil, c.errorf(c.off, "the filter goes on where it should end")
	}
	return cond, nil
}

func (c *filterCompiler) blanks() { c.off, _ = c.significant(c.off) }

// take reads word if it is next.
func (c *filterCompiler) take(word string) bool {
	c.blanks()
	if !strings.HasPrefix(c.text[c.off:c.end], word) {
		return false
	}
	c.off += len(word)
	return true
}

func (c *filterCompiler) or() (condition, error) {
	return c.chain("||", c.and, func(parts []condition) condition { return orCondition(parts) })
}

func (c *filterCompiler) and() (condition, error) {
	return c.chain("&&", c.operand, func(parts []condition) condition { return andCondition(parts) })
}

func (c *filterCompiler) chain(operator string, part func() (condition, error), join func([]condition) condition) (condition, error) {
	var parts []condition
	for {
		cond, err := part()
		if err != nil {
			return nil, err
		}
		if parts = append(parts, cond); !c.take(operator) {
			break
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	return join(parts), nil
}

func (c *filterCompiler) operand() (condition, error) {
	if c.depth++; c.depth > maxPathNesting {
		return nil, c.errorf(c.off, "filters are nested too deep")
	}
	defer func() { c.depth-- }()
	start, _ := c.significant(c.off)
	if c.take("!") {
		if _, next := c.significant(c.off); next == '@' || next == '$' {
			c.off = start // the ! belongs to the path
			return c.comparison()
		}
		cond, err := c.operand()
		return notCondition{cond}, err
	}
	if c.take("(") {
		cond, err := c.or()
		if err == nil && !c.take(")") {
			err = c.errorf(c.off, `want ")" here`)
		}
		return cond, err
	}
	return c.comparison()
}

// comparison reads a comparison, or a path that is only to exist. A ! before a
// path that is compared means nothing to Jayway.
func (c *filterCompiler) comparison() (condition, error) {
	want := !c.take("!")
	start := c.off
	left, err := c.value()
	if err != nil {
		return nil, err
	}
	compare, err := c.operator()
	if err != nil {
		return nil, err
	}
	if compare == nil {
		if left.kind != pathOperand {
			return nil, c.errorf(start, "a value stands alone; want a comparison or a path")
		}
		return existsCondition{left.path, want}, nil
	}
	c.take("!")
	right, err := c.value()
	if err != nil {
		return nil, err
	}
	return &comparison{left, right, compare}, nil
}

func isOperatorChar(ch byte) bool { return strings.IndexByte("<>=~!", ch) >= 0 }

// operator reads an operator; nil means that there is none.
func (c *filterCompiler) operator() (func(l, r operand) (bool, error), error) {
	c.blanks()
	start := c.off
	if c.off >= c.end || strings.IndexByte(")&|", c.text[c.off]) >= 0 {
		return nil, nil
	}
	if isOperatorChar(c.text[c.off]) {
		for c.off < c.end && isOperatorChar(c.text[c.off]) {
			c.off++
		}
	} else {
		for c.off < c.end && c.text[c.off] != ' ' {
			c.off++
		}
	}
	word := c.text[start:c.off]
	compare := operators[strings.ToUpper(word)]
	if compare == nil {
		return nil, c.errorf(start, "there is no operator "+word)
	}
	return compare, nil
}

func (c *filterCompiler) value() (operand, error) {
	c.blanks()
	if c.off >= c.end {
		return operand{}, c.errorf(c.off, "a value is missing")
	}
	start := c.off
	switch ch := c.text[c.off]; ch {
	case '$', '@':
		return c.path()
	case '\'', '"':
		closing := unescapedIndex(c.text[:c.end], c.off+1, ch)
		if closing < 0 {
			return operand{}, c.errorf(c.off, "a string is never closed")
		}
		c.off = closing + 1
		return operand{kind: stringOperand, text: unescapeName(c.text[start+1 : closing])}, nil
	case '[', '{':
		closer := byte(']')
		if ch == '{' {
			closer = '}'
		}
		closing, ok := c.closing(c.off, ch, closer, false)
		if !ok {
			return operand{}, c.errorf(c.off, "a bracket is never closed")
		}
		c.off = closing + 1
		v, err := parseLenient(c.text[start:c.off])
		if err != nil {
			return operand{}, c.errorf(start, "this is no JSON")
		}
		return operand{kind: jsonOperand, json: v, literal: true}, nil
	case '/':
		return c.pattern()
	}
	for word, o := range map[string]operand{
		"true": {kind: boolOperand, truth: true}, "false": {kind: boolOperand}, "null": {kind: nullOperand},
	} {
		if c.take(word) {
			return o, nil
		}
	}
	for c.off < c.end && (isDigit(c.text[c.off]) || strings.IndexByte("-.eE", c.text[c.off]) >= 0) {
		c.off++
	}
	n, ok := bigDecimal(c.text[start:c.off])
	if !ok {
		return operand{}, c.errorf(start, "want a path, a string in quotes, a number, true, false, null, a [list] or a /pattern/")
	}
	return operand{kind: numberOperand, number: n}, nil
}

// path reads a path within the filter: up to an operator, a blank, or a bracket
// that does not close a function without parameters.
func (c *filterCompiler) path() (operand, error) {
	start := c.off
	c.off++
	for c.off < c.end {
		ch := c.text[c.off]
		if ch == '[' {
			closing, ok := c.closing(c.off, '[', ']', false)
			if !ok {
				return operand{}, c.errorf(c.off, "the bracket is never closed")
			}
			c.off = closing + 1
			continue
		}
		if ch == ' ' || isOperatorChar(ch) || ch == ')' && !c.closesFunction(start) {
			break
		}
		c.off++
	}
	path, err := compilePath(c.text[start:c.off], c.depth+1)
	if err != nil {
		e := err.(*PathError)
		return operand{}, c.errorf(start+e.Offset, e.Msg)
	}
	return operand{kind: pathOperand, path: path}, nil
}

// closesFunction says whether the ) here ends something like @.name().
func (c *filterCompiler) closesFunction(start int) bool {
	before := strings.TrimRight(c.text[start:c.off], " ")
	name, ok := strings.CutSuffix(before, "(")
	return ok && strings.Contains(name, ".")
}

// pattern reads /regular expression/flags.
func (c *filterCompiler) pattern() (operand, error) {
	start := c.off
	closing := unescapedIndex(c.text[:c.end], c.off+1, '/')
	if closing < 0 {
		return operand{}, c.errorf(c.off, "the pattern is never closed")
	}
	c.off = closing + 1
	for c.off < c.end && strings.IndexByte("dixmsuU", c.text[c.off]) >= 0 {
		c.off++
	}
	source := c.text[start+1 : closing]
	if flags := c.text[closing+1 : c.off]; flags != "" {
		source = "(?" + flags + ")" + source
	}
	re, err := javare.Compile(source)
	if err != nil {
		return operand{}, c.errorf(start, err.Error())
	}
	return operand{kind: patternOperand, pattern: re}, nil
}

// parseLenient reads the JSON of filters and parameters, where strings may stand
// in single quotes or in none.
func parseLenient(text string) (any, error) {
	if v, err := ParseString(text); err == nil {
		return v, nil
	}
	var strict strings.Builder
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.IndexByte(" \t\r\n[]{},:", c) >= 0:
			strict.WriteByte(c)
			i++
		case c == '\'' || c == '"':
			closing := unescapedIndex(text, i+1, c)
			if closing < 0 {
				return nil, &SyntaxError{Offset: i, Msg: "the string is never closed"}
			}
			strict.Write(AppendString(nil, unescapeName(text[i+1:closing])))
			i = closing + 1
		default:
			end := i
			for end < len(text) && strings.IndexByte("[]{},:", text[end]) < 0 {
				end++
			}
			word := strings.Trim(text[i:end], " \t\r\n")
			if _, err := ParseString(word); err == nil && utf8.ValidString(word) {
				strict.WriteString(word)
			} else {
				strict.Write(AppendString(nil, word))
			}
			i = end
		}
	}
	return ParseString(strict.String())
}
