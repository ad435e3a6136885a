package vtl

// A tokenKind is what the lexer made of a piece of template. The names are
// those of the engine's own grammar where it has one.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokIndexOpen
	tokIndexClose
	tokBracketOpen
	tokBracketClose
	tokComma
	tokDotDot
	tokColon
	tokCurlyOpen
	tokCurlyClose
	tokParenOpen
	tokParenClose
	tokCallClose // the ) of a method call, which swallows no newline
	tokEscapedDirective
	tokSet
	tokLineComment
	tokLineCommentEnd
	tokBlockComment
	tokFormalComment
	tokTextblock
	tokTwoBackslashes
	tokBackslash
	tokText
	tokSpace
	tokString
	tokTrue
	tokFalse
	tokMinus
	tokPlus
	tokTimes
	tokDivide
	tokModulus
	tokAnd
	tokOr
	tokLT
	tokLE
	tokGT
	tokGE
	tokEQ
	tokNE
	tokNot
	tokAssign
	tokEnd
	tokIf
	tokElseIf
	tokElse
	tokInteger
	tokFloat
	tokWord
	tokBracketedWord
	tokIdentifier
	tokDot
	tokRefOpen  // the { of ${name}
	tokRefClose // the } of ${name}
	tokEmptyIndex
	// Kinds below never reach the parser.
	tokRefEnd       // zero-width: something that can't continue a reference
	tokDirectiveEnd // zero-width: # was no directive
	tokMore         // the start of a longer token
	tokSkip
	tokNone
)

// A token is one of those, with its text. Escape handling rewrites image, as
// the engine does, so later it may differ from the source.
type token struct {
	kind      tokenKind
	image     string
	special   string // $ and # of text in front that looked like VTL and wasn't
	offset    int    // where image began, in bytes
	end       int    // and ended
	line, col int    // the same as the engine counts: UTF-16 units, tabs to the next multiple of 8
}

// literal is the token as text that stays text.
func (t *token) literal() string {
	switch {
	case t.kind == tokBlockComment:
		return ""
	case t.special != "":
		return t.special + t.image
	}
	return t.image
}
