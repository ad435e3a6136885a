package vtl

import (
	"bytes"
	"unicode/utf8"
)

// Java's strings are made of UTF-16 units, ours of UTF-8. Positions are
// converted where there is more than ASCII. A template may cut a pair of units
// in two; the halves are then kept in the three bytes UTF-8 would give them,
// and joined again, or printed as ?, when the output is complete.

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isSurrogate(r rune) bool { return r >= 0xD800 && r < 0xE000 }

// decode is utf8.DecodeRuneInString(s[i:]) that also reads halves of pairs.
func decode(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	if s[i] == 0xED && i+2 < len(s) && s[i+1] >= 0xA0 && s[i+1] < 0xC0 && s[i+2]&0xC0 == 0x80 {
		return 0xD000 | rune(s[i+1]&0x3F)<<6 | rune(s[i+2]&0x3F), 3
	}
	return utf8.DecodeRuneInString(s[i:])
}

// units splits a code point; lo is 0 if it is one unit.
func units(r rune) (hi, lo uint16) {
	if r < 0x10000 {
		return uint16(r), 0
	}
	r -= 0x10000
	return uint16(0xD800 + r>>10), uint16(0xDC00 + r&0x3FF)
}

// appendUnit writes one unit, which may be half a pair.
func appendUnit(dst []byte, u char) []byte {
	if isSurrogate(rune(u)) {
		return append(dst, 0xED, 0x80|byte(u>>6)&0x3F, 0x80|byte(u)&0x3F)
	}
	return utf8.AppendRune(dst, rune(u))
}

// length is String.length.
func length(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < utf8.RuneSelf || c >= 0xC0 && c < 0xF0:
			n++
		case c >= 0xF0:
			n += 2
		}
	}
	return n
}

// offsetOf returns the byte offset of unit n, and whether it is the second
// half of the pair that starts there.
func offsetOf(s string, n int) (offset int, half bool) {
	for i := 0; i < len(s); {
		if n == 0 {
			return i, false
		}
		r, size := decode(s, i)
		n--
		if r > 0xFFFF {
			if n == 0 {
				return i, true
			}
			n--
		}
		i += size
	}
	return len(s), false
}

// unitAt returns unit n.
func unitAt(s string, n int) char {
	if isASCII(s) {
		return char(s[n])
	}
	i, half := offsetOf(s, n)
	r, _ := decode(s, i)
	hi, lo := units(r)
	if half {
		return char(lo)
	}
	return char(hi)
}

// substring is String.substring; the bounds have been checked.
func (ex *exec) substring(s string, from, to int) string {
	if from == to {
		return ""
	}
	if isASCII(s) {
		return s[from:to]
	}
	i, halfStart := offsetOf(s, from)
	j, halfEnd := offsetOf(s, to)
	if !halfStart && !halfEnd {
		return s[i:j]
	}
	ex.halves = true
	var b []byte
	if halfStart {
		r, size := decode(s, i)
		_, lo := units(r)
		b = appendUnit(b, char(lo))
		i += size
	}
	if i <= j {
		b = append(b, s[i:j]...)
	}
	if halfEnd {
		r, _ := decode(s, j)
		hi, _ := units(r)
		b = appendUnit(b, char(hi))
	}
	return string(b)
}

// unitIndex converts a byte offset to a position in units, leaving -1 alone.
func unitIndex(s string, offset int) int {
	if offset < 0 {
		return offset
	}
	return length(s[:offset])
}

// joinHalves joins the halves of pairs that stand together. Others become ?,
// as Java's encoder writes them, if final.
func joinHalves(b []byte, final bool) []byte {
	if bytes.IndexByte(b, 0xED) < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	s := string(b)
	for i := 0; i < len(s); {
		r, size := decode(s, i)
		if isSurrogate(r) {
			if i+size < len(s) && r < 0xDC00 {
				if lo, n := decode(s, i+size); lo >= 0xDC00 && lo < 0xE000 {
					out = utf8.AppendRune(out, 0x10000+(r-0xD800)<<10+(lo-0xDC00))
					i += size + n
					continue
				}
			}
			if final {
				out = append(out, '?')
				i += size
				continue
			}
		}
		out = append(out, s[i:i+size]...)
		i += size
	}
	return out
}
