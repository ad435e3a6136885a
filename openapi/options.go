package openapi

// Options say how a document is imported. The zero value imports as
// ImportRestApi does without parameters.
type Options struct {
	Region    string // default us-east-1
	AccountID string // default 123456789012
	APIID     string // default: made from APIName
	APIName   string // what the config calls the API; default info.title

	Basepath                   string   // ignore (default), prepend, split
	FailOnWarnings             bool     // a warning refuses the import
	IgnoreDocumentation        bool     // ignore=documentation: no documentation parts
	EndpointConfigurationTypes []string // EDGE (default), REGIONAL, PRIVATE

	// Substitutions fill ${name} where the document's own tooling would. The
	// variables ${AWS::Region}, ${AWS::AccountId} and ${AWS::Partition} are always
	// filled; ${stageVariables.x} never is.
	Substitutions map[string]string

	// ImportedOn is the date in the name of an API whose document has no title; the
	// import has no clock of its own. Default 1970-01-01.
	ImportedOn string

	Onto *API   // PutRestApi: the API to change; nil: ImportRestApi
	Mode string // of PutRestApi: merge (default) or overwrite
}

func (o Options) withDefaults() Options {
	if o.Region == "" {
		o.Region = "us-east-1"
	}
	if o.AccountID == "" {
		o.AccountID = "123456789012"
	}
	if o.Basepath == "" {
		o.Basepath = "ignore"
	}
	if o.ImportedOn == "" {
		o.ImportedOn = "1970-01-01"
	}
	if o.Mode == "" {
		o.Mode = "merge" // case put-default-mode-is-merge
	}
	return o
}

// partition is the first part of ARNs of a region.
func partition(region string) string {
	for _, p := range partitions {
		if len(region) >= len(p.prefix) && region[:len(p.prefix)] == p.prefix {
			return p.name
		}
	}
	return "aws"
}

// partitions by the start of their regions' names (AWS docs: Amazon Resource Names).
var partitions = []struct{ prefix, name string }{
	{"cn-", "aws-cn"},
	{"us-gov-", "aws-us-gov"},
	{"us-iso-", "aws-iso"},
	{"us-isob-", "aws-iso-b"},
	{"us-isof-", "aws-iso-f"},
	{"eu-isoe-", "aws-iso-e"},
	{"eusc-", "aws-eusc"},
}
