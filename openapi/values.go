package openapi

import (
	"math"
	"strconv"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// scalar is a string, number or boolean as text; empty for anything else. AWS
// takes a number where it wants a string (case info-version-integer).
func scalar(n *source.Node) string {
	if isScalar(n) {
		return n.Value
	}
	return ""
}

func isScalar(n *source.Node) bool {
	return n != nil && n.Kind != source.Null && n.Kind != source.Array && n.Kind != source.Object
}

func isNull(n *source.Node) bool { return n == nil || n.Kind == source.Null }

// truth reads a boolean, also where it is written as a string. What is not true
// counts as false, as AWS does it.
func truth(n *source.Node) bool { return strings.EqualFold(scalar(n), "true") }

// integer reads a whole number, also where it is written as a string.
func integer(n *source.Node) (int, bool) {
	text := strings.TrimSpace(scalar(n))
	if i, err := strconv.Atoi(text); err == nil {
		return i, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1e15 {
		return 0, false
	}
	return int(f), true
}

// list are the texts of an array; of a single text, that one.
func list(n *source.Node) []string {
	if isScalar(n) {
		return []string{n.Value}
	}
	if n == nil {
		return nil
	}
	var all []string
	for _, item := range n.Items {
		if isScalar(item) {
			all = append(all, item.Value)
		}
	}
	return all
}

// pos is where n stands; the document itself if n is not there.
func (im *importer) pos(n *source.Node) source.Pos {
	if n == nil {
		return source.Pos{File: im.doc.Name}
	}
	return n.Pos
}

// json is a value as JSON.
func (im *importer) json(n *source.Node) string { return string(ordered.Append(nil, n.Ordered())) }
