package openapi

import "regexp/syntax"

// checkPattern says what is wrong with a selection pattern, a regular expression
// of Java's.
func checkPattern(pattern string) error {
	_, err := syntax.Parse(pattern, syntax.Perl)
	return err
}
