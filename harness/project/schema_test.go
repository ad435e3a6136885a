package project

import (
	"bytes"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rehearse-api/rehearse/fixtures"
	"github.com/rehearse-api/rehearse/openapi/ordered"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// The schema takes what Open takes and refuses what Open refuses by its shape.
func TestSchemaAgreesWithTheChecks(t *testing.T) {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("mem:///rehearse.json", v); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("mem:///rehearse.json")
	if err != nil {
		t.Fatalf("the schema is none: %v", err)
	}
	lab, err := fixtures.Items.ReadFile("items/" + ConfigName)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, config string
		fits         bool
	}{
		{"the lab", string(lab), true},
		{"a stage with nothing in it", "apis: {A: {document: a, stages: {dev: }}}", true},
		{"a cluster size as a number", "apis: {A: {document: a, stages: {dev: {cacheClusterSize: 0.5}}}}", true},
		{"a key from the environment", "apiKeys: {K: {value: {fromEnv: K}}}", true},
		{"an alias with weights", "functions: {F: {aliases: {a: {version: \"1\", weights: {\"2\": 0.5}}}}}", true},
		{"an unknown field", "regoin: x", false},
		{"a short key", "apiKeys: {K: {value: short}}", false},
		{"a TTL beyond the limit", "apis: {A: {document: a, stages: {dev: {methodSettings: {\"*/*\": {cacheTtlInSeconds: 3601}}}}}}", false},
		{"an API without a document", "apis: {A: {}}", false},
		{"a period that is none", "usagePlans: {P: {quota: {limit: 1, period: YEAR}}}", false},
		{"a stage name with a blank", "apis: {A: {document: a, stages: {\"a b\": {}}}}", false},
		{"a list instead of a mapping", "functions: []", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := source.Read(ConfigName, []byte(tt.config))
			if err != nil {
				t.Fatal(err)
			}
			err = schema.Validate(ordered.ToGo(f.Root.Ordered()))
			if (err == nil) != tt.fits {
				t.Errorf("the schema says %v", err)
			}
			var c checker
			c.check(f.Root, rehearseYAML, ConfigName)
			if (len(c.errs) == 0) != tt.fits {
				t.Errorf("the checks say %v", c.errs)
			}
		})
	}
}
