package validate

import "github.com/rehearse-api/rehearse/openapi/javare"

// A pattern is found anywhere in a text. The Java validator reads patterns as
// JavaScript's; they are read as Java's here, which is the same for what people
// write.
type pattern struct {
	text string
	re   *javare.Regexp
}

func compilePattern(s string) (*pattern, error) {
	re, err := javare.Compile(s)
	if err != nil {
		return nil, err
	}
	return &pattern{s, re}, nil
}

// find reports whether p is found in s. One that takes too long is not.
func (p *pattern) find(s string) bool {
	ok, err := p.re.Find(s)
	return ok && err == nil
}
