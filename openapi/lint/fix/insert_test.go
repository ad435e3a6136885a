package fix

import (
	"strings"
	"testing"

	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

func list(items ...any) *ordered.Array { return &ordered.Array{Items: items} }

// TestInsert holds where and how something is put into a text.
func TestInsert(t *testing.T) {
	aString := object("schema", object("type", "string"))
	parameter := object("name", "id", "in", "path", "required", true, "schema", object("type", "string"))
	notFound := add(object("description", "404 response"), "get", "responses", "404")
	header := add(aString, "get", "responses", "200", "headers", "X-A")
	tests := []struct {
		name    string
		text    string
		changes []change
		want    string
		err     string
	}{
		{
			name:    "a member goes below the last one of its block",
			text:    "get:\n  responses:\n    '200':\n      description: ok\n  x: 1\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    '200':\n      description: ok\n    '404':\n      description: 404 response\n  x: 1\n",
		},
		{
			name:    "codes without quotes stay without",
			text:    "get:\n    responses:\n        200:\n            description: ok",
			changes: []change{notFound},
			want:    "get:\n    responses:\n        200:\n            description: ok\n        404:\n            description: 404 response",
		},
		{
			name:    "a block whose members are in braces gets one in braces",
			text:    "get:\n  responses:\n    \"200\": {description: ok}\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    \"200\": {description: ok}\n    \"404\": {description: 404 response}\n",
		},
		{
			name:    "braces with blanks inside stay so",
			text:    "get:\n  responses: { \"200\": { description: ok } }\n",
			changes: []change{notFound},
			want:    "get:\n  responses: { \"200\": { description: ok }, \"404\": { description: 404 response } }\n",
		},
		{
			name:    "braces of JSON in YAML get JSON",
			text:    "get:\n  responses: {\"200\": {\"description\": \"ok\"}}\n",
			changes: []change{notFound},
			want:    "get:\n  responses: {\"200\": {\"description\": \"ok\"}, \"404\": {\"description\": \"404 response\"}}\n",
		},
		{
			name:    "braces over several lines get one more line",
			text:    "get: {\n  responses: {\n    '200': {description: ok} # good\n  }\n}\n",
			changes: []change{notFound},
			want:    "get: {\n  responses: {\n    '200': {description: ok},\n    '404': {description: 404 response} # good\n  }\n}\n",
		},
		{
			name:    "a comma behind the last member stays the last",
			text:    "get: {\n  responses: {\n    '200': {description: ok},\n  },\n}\n",
			changes: []change{notFound},
			want:    "get: {\n  responses: {\n    '200': {description: ok},\n    '404': {description: 404 response},\n  },\n}\n",
		},
		{
			name:    "headers come before content",
			text:    "get:\n  responses:\n    '200':\n      description: ok\n      # what it answers\n      content: {}\n",
			changes: []change{header},
			want:    "get:\n  responses:\n    '200':\n      description: ok\n      headers:\n        X-A:\n          schema:\n            type: string\n      # what it answers\n      content: {}\n",
		},
		{
			name:    "two changes of one place become one",
			text:    "get:\n  responses: {}\n",
			changes: []change{notFound, add(aString, "get", "responses", "404", "headers", "X-A"), add(aString, "get", "responses", "404", "headers", "X-B")},
			want:    "get:\n  responses: {\"404\": {description: 404 response, headers: {X-A: {schema: {type: string}}, X-B: {schema: {type: string}}}}}\n",
		},
		{
			name:    "what is there stays as it is",
			text:    "get:\n  responses:\n    '404': {description: mine}\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    '404': {description: mine}\n",
		},
		{
			name:    "a key without a value gets one",
			text:    "get:\n  responses: # none yet\n  x: 1\n",
			changes: []change{notFound},
			want:    "get:\n  responses: # none yet\n    \"404\":\n      description: 404 response\n  x: 1\n",
		},
		{
			name:    "parameters come before the responses, behind what describes the operation",
			text:    "get:\n  summary: one\n  # answers\n  responses: {'200': {x: 1}}\n",
			changes: []change{add(parameter, "get", "parameters", "-")},
			want:    "get:\n  summary: one\n  parameters:\n    - {name: id, in: path, required: true, schema: {type: string}}\n  # answers\n  responses: {'200': {x: 1}}\n",
		},
		{
			name:    "parameters come first where nothing describes the operation",
			text:    "paths:\n  - get:\n      responses: {}\n",
			changes: []change{add(parameter, "paths", "0", "get", "parameters", "-")},
			want:    "paths:\n  - get:\n      parameters:\n        - name: id\n          in: path\n          required: true\n          schema:\n            type: string\n      responses: {}\n",
		},
		{
			name:    "a list at the margin of its key stays there, and its items stay blocks",
			text:    "get:\n  parameters:\n  - name: a\n    in: query\n  - name: b # last\n    in: query\n    # of b\n  x: 1\n",
			changes: []change{add(object("name", "id", "in", "path"), "get", "parameters", "-")},
			want:    "get:\n  parameters:\n  - name: a\n    in: query\n  - name: b # last\n    in: query\n    # of b\n  - name: id\n    in: path\n  x: 1\n",
		},
		{
			name:    "an empty list in brackets gets its first item there",
			text:    "get:\n  parameters: []\n",
			changes: []change{add(parameter, "get", "parameters", "-")},
			want:    "get:\n  parameters: [{name: id, in: path, required: true, schema: {type: string}}]\n",
		},
		{
			name:    "comments below a block that are indented like it belong to it",
			text:    "get:\n  responses:\n    '200': {description: ok}\n    # '300': {description: no}\n  # not of it\n  x: 1\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    '200': {description: ok}\n    # '300': {description: no}\n    '404': {description: 404 response}\n  # not of it\n  x: 1\n",
		},
		{
			name:    "a text that keeps its last lines keeps them",
			text:    "get:\n  responses:\n    '200':\n      description: |+\n        ok\n\n\n  x: 1\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    '200':\n      description: |+\n        ok\n\n\n    '404':\n      description: 404 response\n  x: 1\n",
		},
		{
			name:    "a text of several lines is passed by",
			text:    "get:\n  responses:\n    '200':\n      description: this\n        goes on,\n\n        and on\n",
			changes: []change{notFound},
			want:    "get:\n  responses:\n    '200':\n      description: this\n        goes on,\n\n        and on\n    '404':\n      description: 404 response\n",
		},
		{
			name:    "CRLF stays CRLF",
			text:    "get:\r\n  responses:\r\n    '200':\r\n      description: ok\r\n",
			changes: []change{notFound},
			want:    "get:\r\n  responses:\r\n    '200':\r\n      description: ok\r\n    '404':\r\n      description: 404 response\r\n",
		},
		{
			name:    "JSON in one line stays in one",
			text:    `{"get":{"responses":{"200":{"description":"ok"}}}}`,
			changes: []change{notFound},
			want:    `{"get":{"responses":{"200":{"description":"ok"},"404":{"description":"404 response"}}}}`,
		},
		{
			name:    "JSON over several lines keeps its indentation",
			text:    "{\n\t\"get\": {\n\t\t\"responses\": {\n\t\t\t\"200\": {\n\t\t\t\t\"description\": \"ok\"\n\t\t\t}\n\t\t}\n\t}\n}\n",
			changes: []change{notFound},
			want:    "{\n\t\"get\": {\n\t\t\"responses\": {\n\t\t\t\"200\": {\n\t\t\t\t\"description\": \"ok\"\n\t\t\t},\n\t\t\t\"404\": {\n\t\t\t\t\"description\": \"404 response\"\n\t\t\t}\n\t\t}\n\t}\n}\n",
		},
		{
			name:    "an empty object of JSON opens",
			text:    "{\n  \"get\": {\n    \"responses\": {}\n  }\n}\n",
			changes: []change{notFound},
			want:    "{\n  \"get\": {\n    \"responses\": {\n      \"404\": {\n        \"description\": \"404 response\"\n      }\n    }\n  }\n}\n",
		},
		{
			name:    "parameters come first in JSON too",
			text:    "{\n  \"get\": {\n    \"responses\": {}\n  }\n}\n",
			changes: []change{add(object("name", "id"), "get", "parameters", "-")},
			want:    "{\n  \"get\": {\n    \"parameters\": [\n      {\n        \"name\": \"id\"\n      }\n    ],\n    \"responses\": {}\n  }\n}\n",
		},
		{
			name:    "a text without quotes gets two kinds",
			text:    "get: {a: '*', b: *, c: \"*\"}\n",
			changes: []change{{path: []string{"get", "a"}, wrap: true}},
			err:     "followed",
		},
		{
			name:    "a fixed text gets quotes inside those it has",
			text:    "get:\n  a: \"*\"\n  b: '*'\n  c: a,b # list\n",
			changes: []change{{path: []string{"get", "a"}, wrap: true}, {path: []string{"get", "b"}, wrap: true}, {path: []string{"get", "c"}, wrap: true}},
			want:    "get:\n  a: \"'*'\"\n  b: \"'*'\"\n  c: \"'a,b'\" # list\n",
		},
		{
			name:    "a list between quotes gets more names",
			text:    "get:\n  a: \"'GET'\"\n  b: '''a, b'''\n",
			changes: []change{{path: []string{"get", "a"}, list: []string{"PUT", "DELETE"}}, {path: []string{"get", "b"}, list: []string{"c"}}},
			want:    "get:\n  a: \"'GET,PUT,DELETE'\"\n  b: '''a, b, c'''\n",
		},
		{
			name:    "a word becomes another",
			text:    "get: [{required: false}]\n",
			changes: []change{{path: []string{"get", "0", "required"}, become: "true"}},
			want:    "get: [{required: true}]\n",
		},
		{
			name:    "what an alias stands for is written elsewhere",
			text:    "a: &a {responses: {}}\nget: *a\n",
			changes: []change{notFound},
			err:     `"get" is an alias: it is written elsewhere`,
		},
		{
			name:    "what has an anchor is used elsewhere",
			text:    "get: &a {responses: {}}\na: *a\n",
			changes: []change{notFound},
			err:     `"get" has an anchor, and an alias stands for it elsewhere`,
		},
		{
			name:    "an anchor that nobody uses is no hindrance",
			text:    "get: &a\n  responses: &b {}\n",
			changes: []change{notFound},
			want:    "get: &a\n  responses: &b {\"404\": {description: 404 response}}\n",
		},
		{
			name:    "what comes by a merge key is written elsewhere",
			text:    "a: &a {responses: {}}\nget:\n  <<: *a\n",
			changes: []change{notFound},
			err:     `"responses" is not written there, but comes by a merge key, a placeholder or a function`,
		},
		{
			name:    "a reference may be used by others",
			text:    "get:\n  responses: {\"404\": {$ref: '#/components/responses/None'}}\n",
			changes: []change{add(aString, "get", "responses", "404", "headers", "X-A")},
			err:     `"404" is a $ref to #/components/responses/None, which others may use`,
		},
		{
			name:    "a function says what it likes",
			text:    "get:\n  responses:\n    Fn::If: [a, b, c]\n",
			changes: []change{notFound},
			err:     `"responses" is worked out by Fn::If`,
		},
		{
			name:    "a tag may be a function",
			text:    "get:\n  responses: !Include other.yaml\n",
			changes: []change{notFound},
			err:     `"responses" is worked out by !Include`,
		},
		{
			name:    "a comment between empty braces is not to be lost",
			text:    "get:\n  responses: { # none\n  }\n",
			changes: []change{notFound},
			err:     "followed",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := inserted(tt.text, tt.changes)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %q, %v, want the error %s", got, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			before, err := source.Read("x.yaml", []byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if after, err := source.Read("x.yaml", []byte(got)); err != nil || len(after.Root.Members) != len(before.Root.Members) {
				t.Errorf("reads as %v, %v", after, err)
			}
			if again, err := inserted(got, tt.changes); err != nil || again != got && tt.changes[0].value != nil && tt.changes[0].path[len(tt.changes[0].path)-1] != "-" {
				t.Errorf("a second time it becomes\n%s\n%v", again, err)
			}
		})
	}
}

func inserted(text string, changes []change) (string, error) {
	f, err := source.Read("x.yaml", []byte(text))
	if err != nil {
		return "", errLayout
	}
	o, err := outlineOf(text)
	if err != nil {
		return "", err
	}
	edits, changed, err := o.insert(f.Root, changes)
	if err != nil {
		return "", err
	}
	got := Apply(text, edits)
	if !onlyGrew("x.yaml", text, got, changed) {
		return got, errLayout
	}
	return got, nil
}

// Edits of edits are edits of the first text.
func TestCompose(t *testing.T) {
	tests := []struct {
		name           string
		text           string
		earlier, later []Edit
		want           string
	}{
		{"apart", "abc", []Edit{{1, 1, "X"}}, []Edit{{3, 4, "Y"}}, "aXbY"},
		{"inside one that was put in", "abc", []Edit{{1, 1, "12"}}, []Edit{{2, 2, "-"}, {3, 3, "+"}}, "a1-2+bc"},
		{"over the end of one", "abc", []Edit{{1, 2, "12"}}, []Edit{{2, 4, "-"}}, "a1-"},
		{"before and behind", "abc", []Edit{{0, 0, "1"}, {3, 3, "2"}}, []Edit{{0, 0, "<"}, {5, 5, ">"}}, "<1abc2>"},
		{"nothing before", "abc", nil, []Edit{{1, 2, ""}}, "ac"},
		{"nothing behind", "abc", []Edit{{1, 2, ""}}, nil, "ac"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Apply(Apply(tt.text, tt.earlier), tt.later); got != tt.want {
				t.Fatalf("one after the other they make %q, want %q", got, tt.want)
			}
			edits := compose(len(tt.text), tt.earlier, tt.later)
			if got := Apply(tt.text, edits); got != tt.want {
				t.Errorf("%v makes %q, want %q", edits, got, tt.want)
			}
		})
	}
}
