package policy

import "strings"

// glob matches * (any run, "/" included) and ? (one character). It takes time
// proportional to the product of the lengths at worst, and no memory.
func glob(pattern, s string) bool { return match(pattern, s, false) }

// globEscaped is glob with ${*}, ${?} and ${$} filled in as \x00 and the
// character: those stand for themselves.
func globEscaped(pattern, s string) bool { return match(pattern, s, true) }

// literal marks that the character behind it stands for itself.
const literal = '\x00'

func match(pattern, s string, escapes bool) bool {
	p, i := 0, 0
	star, mark := -1, 0 // the last *, and how far it has eaten
	for i < len(s) {
		if p < len(pattern) {
			c := pattern[p]
			switch {
			case escapes && c == literal && p+1 < len(pattern):
				if pattern[p+1] == s[i] {
					p, i = p+2, i+1
					continue
				}
			case c == '*':
				star, mark = p, i
				p++
				continue
			case c == '?' || c == s[i]:
				p, i = p+1, i+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// fillVariables replaces ${aws:username}, ${aws:username, 'default'}, ${*}, ${?}
// and ${$}. It says false if a variable has no single value: then nothing fits.
// Characters of a value stand for themselves.
func fillVariables(text string, r *Request) (string, bool) {
	if !strings.Contains(text, "${") {
		return text, true
	}
	var b strings.Builder
	for {
		i := strings.Index(text, "${")
		end := -1
		if i >= 0 {
			end = strings.IndexByte(text[i:], '}')
		}
		if end < 0 {
			b.WriteString(text)
			return b.String(), true
		}
		b.WriteString(text[:i])
		name := text[i+2 : i+end]
		text = text[i+end+1:]
		if name == "*" || name == "?" || name == "$" {
			b.WriteByte(literal)
			b.WriteString(name)
			continue
		}
		key, fallback, hasDefault := strings.Cut(name, ",")
		value := strings.Trim(strings.TrimSpace(fallback), "'")
		values := r.Context[strings.ToLower(strings.TrimSpace(key))]
		switch {
		case len(values) == 1:
			value = values[0]
		case !hasDefault:
			return "", false
		}
		for k := range len(value) {
			if value[k] == '*' || value[k] == '?' {
				b.WriteByte(literal)
			}
			b.WriteByte(value[k])
		}
	}
}

// unescaped is text with the marks of fillVariables taken out, for comparisons
// that know no wildcards.
func unescaped(text string) string { return strings.ReplaceAll(text, string(literal), "") }
