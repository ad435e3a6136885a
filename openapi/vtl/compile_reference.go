package vtl

import "strings"

// reference compiles a reference. assigned says that it stands where something
// is given a value or declared.
func (c *compiler) reference(n *syn, assigned bool) *ref {
	r := c.compiledReference(n)
	c.note(n, r, assigned)
	return r
}

func (c *compiler) compiledReference(n *syn) *ref {
	r := &ref{slot: -1, argSlot: -1, setSlot: -1}
	for _, k := range n.kids {
		s := step{at: c.place(k.first), name: c.p.toks[k.first].image}
		switch k.kind {
		case synMethod:
			s.kind = stepMethod
			s.sig = methodsNamed(s.name)
			s.args = c.expressions(k.kids)
		case synIndex:
			s.kind = stepIndex
			s.args = c.expressions(k.kids)
		default:
			s.kind = stepProperty
			s.prop = propertyNamed(s.name)
		}
		r.steps = append(r.steps, s)
	}
	r.at = c.place(n.first)
	r.at.offset += c.prefix(n)
	c.root(n, r)
	r.src = c.p.literal(n)
	r.plain = r.escapes == "" && r.more == "" && !r.escaped && !r.opaque && !r.runt
	return r
}

// prefix is the length of what stands before the $ of a reference.
func (c *compiler) prefix(n *syn) int {
	return max(strings.LastIndexByte(c.p.toks[n.first].image, '$'), 0)
}

// root reads the first token of a reference: its name, and how it is printed.
// It takes the token's backslashes away, as the engine does.
func (c *compiler) root(n *syn, r *ref) {
	t := &c.p.toks[n.first]
	image := t.image
	if strings.Contains(image, `\!`) {
		start := strings.IndexByte(image, '$')
		start += strings.IndexByte(image[start:], '\\')
		r.opaque = true
		r.null = image[:start] + image[start+1:]
		r.root = r.null
		if len(r.steps) == 0 {
			r.setSlot = c.slot("\x00" + image)
		}
		return
	}
	n1 := run(image, '\\')
	r.escaped = n1%2 == 1
	r.escapes = image[:n1/2]
	image = image[n1:]
	if i := strings.LastIndexByte(image, '$'); i > 0 {
		r.more = image[:i]
		image = image[i:]
	}
	t.image = image
	r.null = c.p.literal(n)
	switch {
	case strings.HasPrefix(image, "$!"):
		r.quiet = true
		if !r.escaped {
			r.null = ""
		}
		if strings.HasPrefix(image, "$!{") {
			r.root = c.p.toks[n.first+1].image
		} else {
			r.root = image[2:]
		}
	case image == "${":
		r.root = c.p.toks[n.first+1].image
	case strings.HasPrefix(image, "$"):
		r.root = image[1:]
	default:
		r.runt = true
		r.root = image
		return
	}
	r.slot = c.slot(r.root)
	if r.null == "$"+r.root {
		r.argSlot = r.slot
	}
	if len(r.steps) == 0 {
		r.setSlot = r.slot
		if image != "$"+r.root {
			r.setSlot = c.slot("\x00" + image) // a name no reference has
		}
	}
}
