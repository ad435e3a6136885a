package javare

import (
	"slices"
	"strings"
	"unicode"
)

// A set is a set of characters: ranges in order that neither meet nor overlap.
type set []span

type span struct{ lo, hi rune }

// Surrogates are no characters of a Go string; sets are written without them.
const firstSurrogate, lastSurrogate = 0xD800, 0xDFFF

func single(c rune) set { return set{{c, c}} }

func ranges(pairs ...rune) set {
	var s set
	for i := 0; i < len(pairs); i += 2 {
		s = append(s, span{pairs[i], pairs[i+1]})
	}
	return s.normal()
}

// normal sorts and joins.
func (s set) normal() set {
	sorted := slices.Clone(s)
	slices.SortFunc(sorted, func(a, b span) int { return int(a.lo - b.lo) })
	var out set
	for _, r := range sorted {
		if n := len(out); n > 0 && r.lo <= out[n-1].hi+1 {
			out[n-1].hi = max(out[n-1].hi, r.hi)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func (s set) union(t set) set { return append(slices.Clone(s), t...).normal() }

func (s set) negate() set {
	var out set
	next := rune(0)
	for _, r := range s {
		if r.lo > next {
			out = append(out, span{next, r.lo - 1})
		}
		next = r.hi + 1
	}
	if next <= unicode.MaxRune {
		out = append(out, span{next, unicode.MaxRune})
	}
	return out
}

func (s set) intersect(t set) set { return s.negate().union(t.negate()).negate() }

// foldASCII adds the other case of each ASCII letter.
func (s set) foldASCII() set {
	lower := s.intersect(ranges('a', 'z'))
	upper := s.intersect(ranges('A', 'Z'))
	out := slices.Clone(s)
	for _, r := range lower {
		out = append(out, span{r.lo - 0x20, r.hi - 0x20})
	}
	for _, r := range upper {
		out = append(out, span{r.lo + 0x20, r.hi + 0x20})
	}
	return out.normal()
}

// foldUnicode adds the other cases of each letter.
func (s set) foldUnicode() set {
	out := slices.Clone(s)
	for _, r := range s.intersect(cased) {
		for c := r.lo; c <= r.hi; c++ {
			for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
				out = append(out, span{f, f})
			}
		}
	}
	return out.normal()
}

func table(t *unicode.RangeTable) set {
	var s set
	for _, r := range t.R16 {
		s = appendStrided(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	for _, r := range t.R32 {
		s = appendStrided(s, rune(r.Lo), rune(r.Hi), rune(r.Stride))
	}
	return s.normal()
}

func appendStrided(s set, lo, hi, stride rune) set {
	if stride == 1 {
		return append(s, span{lo, hi})
	}
	for c := lo; c <= hi; c += stride {
		s = append(s, span{c, c})
	}
	return s
}

var (
	letters         = table(unicode.L)
	cased           = table(unicode.Lu).union(table(unicode.Ll)).union(table(unicode.Lt)).union(single(0x345)).union(ranges(0x2160, 0x217F, 0x24B6, 0x24E9))
	digits          = ranges('0', '9')
	words           = ranges('a', 'z', 'A', 'Z', '0', '9', '_', '_')
	spaces          = ranges('\t', '\r', ' ', ' ')
	horizontalSpace = ranges(' ', ' ', '\t', '\t', 0xA0, 0xA0, 0x1680, 0x1680, 0x180E, 0x180E, 0x2000, 0x200A, 0x202F, 0x202F, 0x205F, 0x205F, 0x3000, 0x3000)
	verticalSpace   = ranges('\n', '\r', 0x85, 0x85, 0x2028, 0x2029)
	lineEnds        = ranges('\n', '\n', '\r', '\r', 0x85, 0x85, 0x2028, 0x2029)
	everything      = ranges(0, unicode.MaxRune)
	punctuation     = ranges('!', '/', ':', '@', '[', '`', '{', '~')
	whiteSpace      = table(unicode.White_Space)
)

// posix are the classes \p{Alpha} and so on, of ASCII alone.
var posix = map[string]set{
	"ASCII":  ranges(0, 0x7F),
	"Alpha":  ranges('a', 'z', 'A', 'Z'),
	"Digit":  digits,
	"Alnum":  ranges('a', 'z', 'A', 'Z', '0', '9'),
	"Upper":  ranges('A', 'Z'),
	"Lower":  ranges('a', 'z'),
	"Punct":  punctuation,
	"Graph":  ranges('!', '~'),
	"Print":  ranges(' ', '~'),
	"Blank":  ranges(' ', ' ', '\t', '\t'),
	"Cntrl":  ranges(0, 0x1F, 0x7F, 0x7F),
	"XDigit": ranges('0', '9', 'a', 'f', 'A', 'F'),
	"Space":  spaces,
}

// binary are the properties \p{IsAlphabetic} and so on, in upper case.
var binary = map[string]func() set{
	"ALPHABETIC":   alphabetic,
	"LETTER":       func() set { return letters },
	"IDEOGRAPHIC":  func() set { return table(unicode.Ideographic) },
	"LOWERCASE":    func() set { return table(unicode.Ll).union(table(unicode.Other_Lowercase)) },
	"UPPERCASE":    func() set { return table(unicode.Lu).union(table(unicode.Other_Uppercase)) },
	"TITLECASE":    func() set { return table(unicode.Lt) },
	"WHITE_SPACE":  func() set { return whiteSpace },
	"WHITESPACE":   func() set { return whiteSpace },
	"CONTROL":      func() set { return table(unicode.Cc) },
	"PUNCTUATION":  func() set { return table(unicode.P) },
	"HEX_DIGIT":    func() set { return table(unicode.Hex_Digit) },
	"HEXDIGIT":     func() set { return table(unicode.Hex_Digit) },
	"DIGIT":        func() set { return table(unicode.Nd) },
	"ALNUM":        func() set { return alphabetic().union(table(unicode.Nd)) },
	"BLANK":        func() set { return table(unicode.Zs).union(single('\t')) },
	"JOIN_CONTROL": func() set { return table(unicode.Join_Control) },
	"JOINCONTROL":  func() set { return table(unicode.Join_Control) },
	"ASSIGNED":     assigned,
}

func alphabetic() set { return letters.union(table(unicode.Nl)).union(table(unicode.Other_Alphabetic)) }

func assigned() set {
	var s set
	for name, t := range unicode.Categories {
		if len(name) == 2 && name != "Cn" {
			s = append(s, table(t)...)
		}
	}
	return s.normal()
}

// java are the properties that ask a method of java.lang.Character.
var java = map[string]func() set{
	"javaLowerCase":     binary["LOWERCASE"],
	"javaUpperCase":     binary["UPPERCASE"],
	"javaAlphabetic":    alphabetic,
	"javaIdeographic":   binary["IDEOGRAPHIC"],
	"javaTitleCase":     binary["TITLECASE"],
	"javaDigit":         binary["DIGIT"],
	"javaDefined":       binary["ASSIGNED"],
	"javaLetter":        binary["LETTER"],
	"javaLetterOrDigit": func() set { return letters.union(table(unicode.Nd)) },
	"javaSpaceChar":     func() set { return table(unicode.Z) },
	"javaWhitespace": func() set {
		return table(unicode.Z).intersect(ranges(0xA0, 0xA0, 0x2007, 0x2007, 0x202F, 0x202F).negate()).union(ranges('\t', '\r', 0x1C, 0x1F))
	},
	"javaISOControl": func() set { return ranges(0, 0x1F, 0x7F, 0x9F) },
}

// property finds the set \p{name} means: nil if Java has none of that name, and
// known false if Java has it and we don't.
func property(name string) (s set, known bool) {
	if key, value, ok := strings.Cut(name, "="); ok {
		switch strings.ToLower(key) {
		case "sc", "script":
			return script(value), true
		case "gc", "general_category":
			return category(value), true
		case "blk", "block":
			return nil, false
		}
		return nil, true
	}
	if strings.HasPrefix(name, "In") {
		return nil, false
	}
	if rest, ok := strings.CutPrefix(name, "Is"); ok {
		if f := binary[strings.ToUpper(rest)]; f != nil {
			return f(), true
		}
		if s := category(rest); s != nil {
			return s, true
		}
		return script(rest), true
	}
	if s, ok := posix[name]; ok {
		return s, true
	}
	if f := java[name]; f != nil {
		return f(), true
	}
	if name == "javaMirrored" || strings.HasPrefix(name, "javaJavaIdentifier") || strings.HasPrefix(name, "javaUnicodeIdentifier") || name == "javaIdentifierIgnorable" {
		return nil, false
	}
	return category(name), true
}

func category(name string) set {
	switch name {
	case "LC":
		return table(unicode.Lu).union(table(unicode.Ll)).union(table(unicode.Lt))
	case "LD":
		return letters.union(table(unicode.Nd))
	case "L1":
		return ranges(0, 0xFF)
	case "all":
		return everything
	case "Cn":
		return assigned().negate()
	}
	if t := unicode.Categories[name]; t != nil && len(name) <= 2 {
		return table(t)
	}
	return nil
}

func script(name string) set {
	for known, t := range unicode.Scripts {
		if strings.EqualFold(known, name) {
			return table(t)
		}
	}
	return nil
}
