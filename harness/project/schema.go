package project

import (
	"encoding/json"
	"strconv"
)

// Schema is the JSON Schema (draft 2020-12) of rehearse.yaml, as text.
func Schema() []byte {
	root := rehearseYAML.schema()
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "rehearse.yaml"
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // the shapes are ours
	}
	return append(text, '\n')
}

func (s *shape) schema() map[string]any {
	m := map[string]any{}
	if s.doc != "" {
		m["description"] = s.doc
	}
	switch s.kind {
	case object:
		m["type"] = "object"
		properties := map[string]any{}
		var required []string
		for _, f := range s.fields {
			p := f.shape.schema()
			if f.doc != "" {
				p["description"] = f.doc
			}
			properties[f.name] = p
			if f.required {
				required = append(required, f.name)
			}
		}
		m["properties"], m["additionalProperties"] = properties, false
		if required != nil {
			m["required"] = required
		}
		return orNull(m, s)
	case mapping:
		m["type"] = "object"
		if s.names == nil {
			m["additionalProperties"] = s.each.schema()
		} else {
			m["patternProperties"] = map[string]any{s.names.expr: s.each.schema()}
			m["additionalProperties"] = false
		}
		return orNull(m, s)
	case list:
		m["type"] = "array"
		m["items"] = s.each.schema()
		return orNull(m, s)
	case either:
		var choices []any
		for _, c := range s.choices {
			choices = append(choices, c.schema())
		}
		m["anyOf"] = choices
		return m
	case text:
		m["type"] = "string"
	case spelled:
		m["type"] = []string{"string", "number", "boolean"}
	case whole:
		m["type"] = "integer"
	case number:
		m["type"] = "number"
	case flag:
		m["type"] = "boolean"
	case duration:
		m["type"], m["pattern"] = "string", `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`
	case moment:
		m["type"], m["format"] = "string", "date-time"
	}
	if s.enum != nil {
		m["enum"] = s.enum
		if s.kind == spelled {
			m["enum"] = spellings(s.enum)
		}
	}
	if s.min != nil {
		m["minimum"] = *s.min
	}
	if s.max != nil {
		m["maximum"] = *s.max
	}
	if s.rule != nil {
		m["pattern"] = s.rule.expr
	}
	return m
}

// spellings are the texts and the numbers they could be written as: "0.5" and 0.5.
func spellings(texts []string) []any {
	var all []any
	for _, t := range texts {
		all = append(all, t)
		if _, err := strconv.ParseFloat(t, 64); err == nil {
			all = append(all, json.Number(t))
		}
	}
	return all
}

// orNull lets a value that may be empty be null, as YAML reads `dev:` with
// nothing behind it.
func orNull(m map[string]any, s *shape) map[string]any {
	for _, f := range s.fields {
		if f.required {
			return m
		}
	}
	m["type"] = []any{m["type"], "null"}
	return m
}
