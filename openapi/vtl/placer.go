package vtl

import "unicode/utf8"

// A placer turns offsets into lines and columns as Velocity counts them. It is
// quick for offsets that grow.
type placer struct {
	src       string
	off       int
	line, col int // of the character at off, before its tab is counted
	lf, cr    bool
}

func (p *placer) at(offset int) (line, col int) {
	if p.line == 0 || offset < p.off {
		*p = placer{src: p.src, line: 1, col: 0}
	}
	for {
		// p.col is the column of the last character before p.off.
		if p.off > offset || p.off >= len(p.src) {
			return p.line, p.col
		}
		save := *p
		c := p.src[p.off]
		size := 1
		units := 1
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(p.src[p.off:])
			size = n
			if r > 0xFFFF {
				units = 2
			}
		}
		p.col++
		switch {
		case p.lf:
			p.lf = false
			p.col = 1
			p.line++
		case p.cr:
			p.cr = false
			if c == '\n' {
				p.lf = true
			} else {
				p.col = 1
				p.line++
			}
		}
		switch c {
		case '\r':
			p.cr = true
		case '\n':
			p.lf = true
		case '\t':
			p.col--
			p.col += 8 - p.col&7
		}
		if p.off+size > offset {
			line, col = p.line, p.col
			if offset > p.off {
				col += units - 1 // its last half
			}
			*p = save
			return line, col
		}
		p.col += units - 1
		p.off += size
	}
}
