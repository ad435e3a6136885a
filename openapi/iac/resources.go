package iac

import (
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// A kindOfResource says what Ref and Fn::GetAtt of a type of resource are. In the
// values {P}, {R}, {A} and {S} are partition, region, account and URL suffix, {N}
// the resource's name and {n} that in small letters.
type kindOfResource struct {
	name  string // the property that holds its name; without it the logical ID is
	ref   string
	attrs map[string]string
}

// resourceKinds are what REST APIs refer to (AWS docs: Return values of each type
// in the CloudFormation template reference). A function is called by its logical
// ID throughout, which is how a template's reader knows it.
var resourceKinds = map[string]kindOfResource{
	"AWS::Lambda::Function":                {ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:lambda:{R}:{A}:function:{N}"}},
	"AWS::Serverless::Function":            {ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:lambda:{R}:{A}:function:{N}"}},
	"AWS::StepFunctions::StateMachine":     {name: "StateMachineName", ref: "arn:{P}:states:{R}:{A}:stateMachine:{N}", attrs: map[string]string{"Arn": "arn:{P}:states:{R}:{A}:stateMachine:{N}", "Name": "{N}"}},
	"AWS::Serverless::StateMachine":        {name: "Name", ref: "arn:{P}:states:{R}:{A}:stateMachine:{N}", attrs: map[string]string{"Arn": "arn:{P}:states:{R}:{A}:stateMachine:{N}", "Name": "{N}"}},
	"AWS::SQS::Queue":                      {name: "QueueName", ref: "https://sqs.{R}.{S}/{A}/{N}", attrs: map[string]string{"Arn": "arn:{P}:sqs:{R}:{A}:{N}", "QueueName": "{N}", "QueueUrl": "https://sqs.{R}.{S}/{A}/{N}"}},
	"AWS::SNS::Topic":                      {name: "TopicName", ref: "arn:{P}:sns:{R}:{A}:{N}", attrs: map[string]string{"TopicArn": "arn:{P}:sns:{R}:{A}:{N}", "TopicName": "{N}"}},
	"AWS::DynamoDB::Table":                 {name: "TableName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:dynamodb:{R}:{A}:table/{N}"}},
	"AWS::DynamoDB::GlobalTable":           {name: "TableName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:dynamodb:{R}:{A}:table/{N}"}},
	"AWS::Serverless::SimpleTable":         {name: "TableName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:dynamodb:{R}:{A}:table/{N}"}},
	"AWS::S3::Bucket":                      {name: "BucketName", ref: "{n}", attrs: map[string]string{"Arn": "arn:{P}:s3:::{n}", "DomainName": "{n}.s3.{S}", "RegionalDomainName": "{n}.s3.{R}.{S}"}},
	"AWS::Kinesis::Stream":                 {name: "Name", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:kinesis:{R}:{A}:stream/{N}"}},
	"AWS::KinesisFirehose::DeliveryStream": {name: "DeliveryStreamName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:firehose:{R}:{A}:deliverystream/{N}"}},
	"AWS::Events::EventBus":                {name: "Name", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:events:{R}:{A}:event-bus/{N}", "Name": "{N}"}},
	"AWS::IAM::Role":                       {name: "RoleName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:iam::{A}:role/{N}"}},
	"AWS::Cognito::UserPool":               {ref: "{R}_{N}", attrs: map[string]string{"Arn": "arn:{P}:cognito-idp:{R}:{A}:userpool/{R}_{N}", "ProviderName": "cognito-idp.{R}.{S}/{R}_{N}", "ProviderURL": "https://cognito-idp.{R}.{S}/{R}_{N}"}},
	"AWS::Cognito::UserPoolClient":         {ref: "{n}"},
	"AWS::ApiGateway::VpcLink":             {ref: "{n}"},
	"AWS::ApiGateway::UsagePlan":           {ref: "{N}", attrs: map[string]string{"Id": "{N}"}},
	"AWS::ApiGateway::ApiKey":              {ref: "{N}", attrs: map[string]string{"APIKeyId": "{N}"}},
	"AWS::SecretsManager::Secret":          {name: "Name", ref: "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-000000", attrs: map[string]string{"Id": "arn:{P}:secretsmanager:{R}:{A}:secret:{N}-000000"}},
	"AWS::SSM::Parameter":                  {name: "Name", ref: "{N}"},
	"AWS::Logs::LogGroup":                  {name: "LogGroupName", ref: "{N}", attrs: map[string]string{"Arn": "arn:{P}:logs:{R}:{A}:log-group:{N}:*"}},
	"AWS::ElasticLoadBalancingV2::LoadBalancer": {name: "Name", ref: "arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/net/{N}/0000000000000000",
		attrs: map[string]string{"DNSName": "{n}.elb.{R}.{S}", "LoadBalancerArn": "arn:{P}:elasticloadbalancing:{R}:{A}:loadbalancer/net/{N}/0000000000000000"}},
}

// value is Ref of a resource, or an attribute of it; false if only a deployment
// knows.
func (t *Template) value(r *resolver, res *Resource, attribute string) (string, bool) {
	switch res.Type {
	case "AWS::ApiGateway::RestApi", "AWS::Serverless::Api":
		switch attribute {
		case "", "RestApiId":
			return r.apiID(res.LogicalID), true
		case "Stage", "StageName":
			return t.text(res, "StageName"), true
		}
		return "", false
	case "AWS::ApiGateway::Stage":
		return t.text(res, "StageName"), attribute == ""
	case "AWS::Lambda::Alias":
		name := t.text(res, "Name")
		return r.functionARN(t.FunctionOf(res) + ":" + name), attribute == "" || attribute == "AliasArn"
	case "AWS::Lambda::Version":
		if attribute == "Version" {
			return t.VersionNumber(res), true
		}
		return r.functionARN(t.FunctionOf(res) + ":" + t.VersionNumber(res)), attribute == "" || attribute == "FunctionArn"
	case "AWS::Serverless::Function":
		switch attribute {
		case "Alias":
			return r.functionARN(res.LogicalID + ":" + t.text(res, "AutoPublishAlias")), true
		case "Version":
			return r.functionARN(res.LogicalID + ":1"), true
		}
	case "AWS::SSM::Parameter":
		if attribute == "Value" {
			return t.text(res, "Value"), true
		}
	}
	kind, ok := resourceKinds[res.Type]
	if !ok {
		return res.LogicalID, attribute == ""
	}
	pattern := kind.ref
	if attribute != "" {
		if pattern, ok = kind.attrs[attribute]; !ok {
			return "", false
		}
	}
	name := res.LogicalID
	if kind.name != "" {
		if own := t.text(res, kind.name); own != "" {
			name = own
		}
	}
	return strings.NewReplacer("{P}", r.partition(), "{R}", r.Region, "{A}", r.AccountID, "{S}", r.urlSuffix(), "{N}", name, "{n}", strings.ToLower(name)).Replace(pattern), true
}

func (s *Settings) apiID(logicalID string) string {
	if s.APIID != nil {
		return s.APIID(logicalID)
	}
	return strings.ToLower(logicalID)
}

// text is a property of a resource as a text.
func (t *Template) text(res *Resource, name string) string {
	r := t.resolver
	key := property{res, name}
	if known, ok := r.texts[key]; ok {
		return known // empty while it is being found out: it names itself
	}
	if r.texts == nil {
		r.texts = map[property]string{}
	}
	r.texts[key] = ""
	if n := t.raw(res).Get(name); n != nil {
		v, _ := r.text(n, spot{key: name})
		r.texts[key] = v.Text
	}
	return r.texts[key]
}

// FunctionOf is the logical ID of the function that a version, an alias or a
// permission is of.
func (t *Template) FunctionOf(res *Resource) string {
	if id := t.Target(res, "FunctionName"); id != "" {
		return id
	}
	name := t.text(res, "FunctionName")
	if m := functionARN.FindStringSubmatch(name); m != nil {
		name, _, _ = strings.Cut(m[1], ":")
	}
	for _, other := range t.Resources {
		if other.Type == "AWS::Lambda::Function" && t.text(other, "FunctionName") == name {
			return other.LogicalID
		}
	}
	return name
}

// VersionNumber is the number that a version gets: those of a function count from
// 1, in the order of the file.
func (t *Template) VersionNumber(res *Resource) string {
	of, number := t.FunctionOf(res), 0
	for _, other := range t.Resources {
		if other.Type == "AWS::Lambda::Version" && t.FunctionOf(other) == of {
			if number++; other == res {
				break
			}
		}
	}
	return itoa(max(number, 1))
}

// samAttribute is an attribute that SAM adds to a function, where the template is
// not there to look at (AWS docs: Referencing a generated resource).
func (r *resolver) samAttribute(id, attribute string) (string, bool) {
	switch attribute {
	case "Alias":
		return r.functionARN(id + ":live"), true
	case "Version":
		return r.functionARN(id + ":1"), true
	}
	return "", false
}

// applyProperties puts into the document what properties of the API add to it or
// overrule.
func (t *Template) applyProperties(a *API, from string) {
	p := t.Properties(a.Resource)
	if a.Type == "AWS::Serverless::Api" {
		t.applySAM(a, p, from)
	}
	add := func(property, extension string, value func(*source.Node) *source.Node) {
		n := p.Get(property)
		if n == nil || a.Document.Get(extension) != nil {
			return
		}
		if value != nil {
			n = value(n)
		}
		if n != nil {
			a.Document = with(a.Document, extension, n)
		}
	}
	if a.Type == "AWS::Serverless::Api" && p.Get("BinaryMediaTypes") != nil { // SAM overwrites the document's
		a.Document = replaced(a.Document, "x-amazon-apigateway-binary-media-types", mediaTypes(p.Get("BinaryMediaTypes")))
	}
	add("BinaryMediaTypes", "x-amazon-apigateway-binary-media-types", mediaTypes)
	add("MinimumCompressionSize", "x-amazon-apigateway-minimum-compression-size", nil)
	add("ApiKeySourceType", "x-amazon-apigateway-api-key-source", nil)
	add("Policy", "x-amazon-apigateway-policy", nil)
	if p.Get("EndpointConfiguration") != nil && a.Document.Get("swagger") != nil {
		add("EndpointConfiguration", endpointExtension, endpointConfiguration)
	}
	if n := p.Get("DisableExecuteApiEndpoint"); n != nil && n.Value == "true" {
		a.Document = withoutEndpoint(a.Document, n)
	}
	if n := p.Get("CloneFrom"); n != nil {
		t.problem(Unsupported, n.Pos, "", "rehearse clones no API: CloneFrom of %s is left out", a.LogicalID)
	}
}

const endpointExtension = "x-amazon-apigateway-endpoint-configuration"

// withoutEndpoint says in a document that the API's own host name is off: in each
// of its servers, in Swagger at the root.
func withoutEndpoint(document, disabled *source.Node) *source.Node {
	off := func(n *source.Node) *source.Node {
		endpoint := n.Get(endpointExtension)
		switch {
		case endpoint == nil:
			endpoint = &source.Node{Kind: source.Object, Pos: disabled.Pos}
		case endpoint.Kind != source.Object || endpoint.Get("disableExecuteApiEndpoint") != nil:
			return n
		}
		return replaced(n, endpointExtension, with(endpoint, "disableExecuteApiEndpoint", disabled))
	}
	if document.Get("swagger") != nil {
		return off(document)
	}
	servers := &source.Node{Kind: source.Array, Pos: disabled.Pos, Items: []*source.Node{{Kind: source.Object, Pos: disabled.Pos}}}
	if own := document.Get("servers"); own != nil && own.Kind == source.Array && len(own.Items) > 0 {
		servers = own
	}
	c := *servers
	c.Items = nil
	for _, server := range servers.Items {
		if server.Kind == source.Object {
			server = off(server)
		}
		c.Items = append(c.Items, server)
	}
	return replaced(document, "servers", &c)
}

// with is n with one more member.
func with(n *source.Node, key string, value *source.Node) *source.Node {
	c := *n
	c.Members = append(append([]source.Member(nil), n.Members...), source.Member{Key: key, Pos: value.Pos, Value: value})
	return &c
}

// mediaTypes are binary media types, in which templates write ~1 for a slash (AWS
// docs: AWS::ApiGateway::RestApi, BinaryMediaTypes).
func mediaTypes(n *source.Node) *source.Node {
	c := &source.Node{Kind: source.Array, Pos: n.Pos}
	for _, item := range n.Items {
		c.Items = append(c.Items, textNode(strings.ReplaceAll(item.Value, "~1", "/"), item.Pos))
	}
	return c
}

// endpointConfiguration is CloudFormation's in the extension's words: it has
// private endpoints only to say of them.
func endpointConfiguration(n *source.Node) *source.Node {
	ids := n.Get("VpcEndpointIds")
	if ids == nil {
		ids = n.Get("VPCEndpointIds")
	}
	if ids == nil {
		return nil
	}
	return &source.Node{Kind: source.Object, Pos: n.Pos, Members: []source.Member{{Key: "vpcEndpointIds", Pos: ids.Pos, Value: ids}}}
}

// ImportParameters are what the template says of how an API is imported: the
// parameters of ImportRestApi, and failonwarnings (AWS docs:
// AWS::ApiGateway::RestApi, Parameters, FailOnWarnings and EndpointConfiguration).
// What it doesn't say is not there.
func (t *Template) ImportParameters(a *API) map[string]string {
	p := t.Properties(a.Resource)
	all := map[string]string{}
	for _, m := range members(p.Get("Parameters")) {
		all[m.Key] = m.Value.Value
	}
	if fail := p.Get("FailOnWarnings"); fail != nil {
		all["failonwarnings"] = fail.Value
	}
	if types := endpointTypes(p.Get("EndpointConfiguration")); types != "" {
		all["endpointConfigurationTypes"] = types
	}
	return all
}

func endpointTypes(n *source.Node) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == source.String: // SAM takes the type alone
		return n.Value
	case n.Get("Type") != nil:
		return n.Get("Type").Value
	}
	var types []string
	if list := n.Get("Types"); list != nil {
		for _, item := range list.Items {
			types = append(types, item.Value)
		}
	}
	return strings.Join(types, ",")
}
