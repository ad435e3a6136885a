package project

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-api/rehearse/harness/integration"
	"github.com/rehearse-api/rehearse/harness/lambda"
	expressions "github.com/rehearse-api/rehearse/openapi/mapping"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// checkBackends holds endpoints, backends and network.allow against what the
// network takes, each entry alone, so that what is wrong with it has its place.
func (c *checker) checkBackends(cfg *Config) {
	for _, e := range cfg.endpoints {
		c.checkNetwork(e.Pos, integration.NetworkConfig{Endpoints: map[string]string{e.Name: cfg.Endpoints[e.Name]}})
	}
	for _, host := range cfg.allow {
		c.checkNetwork(host.Pos, integration.NetworkConfig{Allow: []string{host.Name}})
	}
	for _, b := range cfg.Backends {
		c.checkNetwork(b.Pos, integration.NetworkConfig{Backends: map[string]integration.Backend{b.Target: {}}})
		if _, ok := cfg.Endpoints[b.Target]; ok {
			c.add(b.Pos, "keep one of them", "%s is named in endpoints and in backends", b.Target)
		}
	}
}

// checkNetwork adds what the network says of one entry, unless something was
// said of that entry already.
func (c *checker) checkNetwork(pos source.Pos, entry integration.NetworkConfig) {
	entry.Clients = new(integration.Clients)
	if _, err := integration.NewNetwork(entry, nil); err != nil && !c.complained(pos) {
		c.add(pos, "", "%s", err)
	}
}

// complained reports whether something is wrong in the line of pos.
func (c *checker) complained(pos source.Pos) bool {
	return slices.ContainsFunc(c.errs, func(e *source.Error) bool { return e.Pos.Line == pos.Line })
}

// services are names of AWS services as integration URIs and endpoints of SDKs
// spell them. [AWS docs: Service endpoints and quotas]
var services = strings.Fields(`
	acm apigateway appconfig appconfigdata application-autoscaling appsync athena autoscaling batch bedrock
	bedrock-runtime bedrock-agent-runtime cloudformation cloudfront cloudtrail cloudwatch codebuild codecommit codedeploy
	codepipeline cognito-identity cognito-idp comprehend config connect dax dms dynamodb ec2 ecr ecs eks elasticache
	elasticmapreduce email es eventbridge events execute-api firehose fsx glacier glue iam imagebuilder iot iot-data kafka
	kinesis kinesisanalytics kinesisvideo kms lakeformation lambda lex-runtime lex-models location logs macie2 mediaconvert
	memorydb monitoring mq neptune opensearch organizations personalize personalize-runtime pinpoint pipes polly
	quicksight rds rds-data redshift redshift-data rekognition resource-groups route53 s3 sagemaker
	sagemaker-runtime scheduler secretsmanager serverlessrepo servicediscovery ses sesv2 sfn shield sns sqs ssm
	states stepfunctions storagegateway sts support swf textract timestream-query timestream-write transcribe
	transfer translate waf wafv2 workspaces xray`)

// noteUnknownServices warns of endpoints and backends with names that are
// neither a host, a service, nor a VPC link: nothing would ever call them.
func (p *Project) noteUnknownServices() {
	known := append(slices.Clone(services), p.namedByDocuments()...)
	note := func(part string, at nameAt) {
		if strings.Contains(at.Name, "://") || slices.Contains(known, at.Name) {
			return
		}
		hint := fmt.Sprintf(`a host has a scheme: "https://%s"`, at.Name)
		if near := source.Nearest(at.Name, known); near != "" && len(near) > 3 {
			hint = fmt.Sprintf("did you mean %q? A host has a scheme: %q", near, "https://"+at.Name)
		}
		p.Warnings = append(p.Warnings, &source.Error{
			Pos: at.Pos, Hint: hint,
			Msg: fmt.Sprintf("%s: %q is no AWS service known here, and no document calls it", part, at.Name),
		})
	}
	for _, e := range p.Config.endpoints {
		note("endpoints", e)
	}
	for _, b := range p.Config.Backends {
		note("backends", nameAt{b.Target, b.Pos})
	}
}

// namedByDocuments are the services and VPC links that documents call, with
// each stage's variables.
func (p *Project) namedByDocuments() []string {
	var names []string
	for _, d := range p.Documents() {
		if d.Model == nil {
			continue
		}
		for m := range d.Model.AllMethods() {
			if m.Integration == nil {
				continue
			}
			for _, st := range d.Stages {
				names = append(names,
					integration.Service(expressions.Interpolate(m.Integration.URI.Text, st.Variables)),
					strings.ToLower(expressions.Interpolate(m.Integration.ConnectionID, st.Variables)))
			}
		}
	}
	return names
}

// checkStart finds what only a start would find, so that it is said once, with
// its place, and not of each scenario.
func (p *Project) checkStart() []*source.Error {
	var c checker
	if _, err := p.plans(1); err != nil {
		c.add(source.Pos{File: p.files.config}, "", "usage plans: %s", err)
	}
	if p.files.embedded != nil {
		return c.errs // its functions are unpacked when first needed
	}
	host := lambda.NewHost(lambda.HostConfig{Region: p.Config.Region, AccountID: p.Config.AccountID, Dir: p.files.absolute(".")})
	defer host.Close()
	for _, f := range p.Config.Functions {
		located, err := p.located(f)
		if err != nil {
			continue // a start says so
		}
		registry, err := lambda.New(lambda.Config{Functions: []lambda.Function{located}, Host: host})
		if err != nil {
			for _, e := range separate(err) {
				c.add(f.Pos, "", "%s", e)
			}
			continue
		}
		registry.Close()
	}
	return c.errs
}

// separate takes joined errors apart.
func separate(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}
