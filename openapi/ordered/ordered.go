// Package ordered is the one model of JSON values: objects that keep the order
// of their keys, arrays, and numbers that keep their text. Objects and arrays
// are shared by reference and may be changed, as Java's maps and lists are.
//
// A value is an any holding nil, bool, string, [Number], *[Object] or *[Array].
// [Parse] makes one, [Append] writes one, and a [Path] finds parts of one as
// Jayway's JsonPath does.
//
// It promises nothing to other modules.
package ordered

// A Number is a JSON number as it was spelled: 2.50, 1e3, 12345678901234567890.
type Number string

// An Array is a JSON array.
type Array struct {
	Items []any
}
