package openapi

import (
	"regexp"
	"strings"

	"github.com/rehearse-api/rehearse/openapi/source"
)

// httpURI is an absolute URL whose scheme is literal; the host may be or hold a
// stage variable (cases http-uri-with-stage-variables-accepted,
// http-uri-stage-variable-without-scheme-refused).
var httpURI = regexp.MustCompile(`^[hH][tT][tT][pP][sS]?://[^/?#\s]+[^\s]*$`)

func (r *integrationReader) checkHTTPURI(n *source.Node) {
	uri := r.i.URI.Text
	if httpURI.MatchString(uri) {
		return
	}
	if uri == "" {
		r.noURI("http-uri-invalid", n, "write the URL of the backend")
		return
	}
	hint := "write the whole URL, with http:// or https://"
	if strings.HasPrefix(uri, "${stageVariables.") {
		hint = "the scheme must be literal: https://" + uri
	} else if strings.HasPrefix(uri, "${") {
		hint = substitutionHint
	}
	r.refuse("http-uri-invalid", Recorded, n, r.at+"/uri", "uri is "+quote(uri)+", want an http or https URL", hint,
		"Invalid HTTP endpoint specified for URI") // case import-text-http-endpoint-two-methods
}

// noURI says what AWS says of an integration that goes nowhere (case
// integration-uri-missing).
func (r *integrationReader) noURI(rule string, n *source.Node, hint string) {
	r.refuse(rule, Recorded, n, r.at+"/uri", "its integration has no uri", hint, "Invalid integration URI specified")
}

const substitutionHint = "fill the placeholder with substitutions in rehearse.yaml; a Terraform template is read with --template terraform"

// regionName is the form of a region's name.
var regionName = regexp.MustCompile(`^(us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso|us-isob|us-isof|eu-isoe|eusc-de)-(north|south|east|west|central|northeast|northwest|southeast|southwest)-\d+$`)

// checkAWSURI checks arn:aws:apigateway:REGION:SERVICE:path|action/... as far as
// AWS does: the form, not whether what it names exists.
func (r *integrationReader) checkAWSURI(n *source.Node) {
	uri := r.i.URI.Text
	refuse := func(rule string, evidence Evidence, message, hint, inner string) {
		r.refuse(rule, evidence, n, r.at+"/uri", message, hint, inner)
	}
	const want = "want arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION-ARN/invocations"
	if uri == "" {
		r.noURI("aws-uri-not-arn", n, want)
		return
	}
	parts := strings.SplitN(uri, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		hint := want
		if strings.HasPrefix(uri, "${") && !strings.HasPrefix(uri, "${stageVariables.") {
			hint = substitutionHint
		}
		refuse("aws-uri-not-arn", Recorded, "uri is "+quote(uri)+", which is no ARN", hint, invalidARN)
		return
	}
	service, rest := parts[4], parts[5]
	isPath, isAction := strings.HasPrefix(rest, "path/"), strings.HasPrefix(rest, "action/")
	if parts[2] != "apigateway" || !isPath && !isAction {
		// cases aws-uri-no-path-or-action-refused, import-text-arn-path-or-action-each-method
		hint := want
		if parts[2] == "lambda" {
			hint = "the function's ARN goes into arn:" + parts[1] + ":apigateway:" + parts[3] + ":lambda:path/2015-03-31/functions/" + uri + "/invocations"
		}
		refuse("aws-uri-no-path-action", Recorded, "uri is "+quote(uri)+", which has neither path/ nor action/", hint,
			"AWS ARN for integration must contain path or action")
		return
	}
	if region := parts[3]; !strings.Contains(region, "${") && (!regionName.MatchString(region) || partition(region) != parts[1] && !strings.Contains(parts[1], "${")) {
		// case import-text-invalid-arn-unknown-region
		refuse("aws-uri-region", Recorded, "uri names the region "+quote(region)+" of the partition "+quote(parts[1])+", which is none", "", invalidARN)
		return
	}
	if service == "lambda" && isPath {
		r.checkFunctionPath(rest, refuse)
		return
	}
	if r.i.Type == AWSProxy && !(strings.HasSuffix(service, "firehose") && isAction) {
		refuse("aws-proxy-not-lambda", Recorded, "an aws_proxy integration calls a Lambda function, not "+service, "use type: aws",
			"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
	}
}

// functionPath is the path of a Lambda invocation, with one slash or two.
var functionPath = regexp.MustCompile(`^path/{1,2}\d{4}-\d\d-\d\d/functions/(.*)/(invocations|response-streaming-invocations)$`)

func (r *integrationReader) checkFunctionPath(rest string, refuse func(rule string, evidence Evidence, message, hint, inner string)) {
	const hint = "want path/2015-03-31/functions/arn:aws:lambda:REGION:ACCOUNT:function:NAME/invocations"
	m := functionPath.FindStringSubmatch(rest)
	if m == nil {
		if r.i.Type == AWSProxy {
			refuse("aws-proxy-not-lambda", Recorded, "uri doesn't invoke a function: "+quote(rest), hint,
				"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.")
		}
		return
	}
	if function := m[1]; !strings.Contains(function, "${") {
		var f FunctionURI
		if err := f.parseReference(function); err != nil {
			// The text is recorded, its cause was not shown: what is refused is a guess.
			refuse("lambda-uri-malformed", Inferred, "uri names the function "+quote(function)+": "+err.Error(), hint, "Invalid function ARN or invalid uri")
		}
	}
}

// serviceOf is the AWS service of an aws integration that needs a role; empty for
// Lambda, which a resource policy can open, and where the URI can't be read.
func (r *integrationReader) serviceOf() string {
	if r.i.Type != AWS {
		return ""
	}
	parts := strings.SplitN(r.i.URI.Text, ":", 6)
	if len(parts) < 6 || parts[2] != "apigateway" || strings.HasSuffix(parts[4], "lambda") {
		return ""
	}
	return parts[4]
}
