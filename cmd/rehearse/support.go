package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// A level is what becomes of a feature of API Gateway here.
type level string

const (
	enforced level = "enforced" // answers as AWS answers
	partly   level = "partly"   // the note says which part isn't
	stored   level = "stored"   // read and shown, without effect on answers
	refused  level = "refused"  // an error says so
	closed   level = "closed"   // not checked, so every call is answered as AWS answers a bad one
)

// A supported is a line of the support table.
type supported struct {
	Area    string `json:"area"`
	Feature string `json:"feature"`
	Level   level  `json:"level"`
	Note    string `json:"note,omitempty"`
}

// supportTable says what rehearse does with each feature of a REST API.
var supportTable = []supported{
	{"documents", "OpenAPI 3.0 and Swagger 2.0 with x-amazon-apigateway-* extensions", enforced, ""},
	{"documents", "OpenAPI 3.1, HTTP API (v2) and WebSocket documents", refused, "recognised and said first"},
	{"documents", "documentation parts, tags, endpoint configuration", stored, ""},
	{"documents", "CloudFormation's intrinsic functions, SAM, CloudFormation and CDK templates", enforced, "values that only a deployment knows are made up; substitutions sets them"},
	{"documents", "SAM's Auth and Models of an API, macros, Fn::Cidr, Fn::ForEach", refused, "a finding says so: write what they stand for"},
	{"documents", "APIs that SAM makes of events, or CDK and CloudFormation of resources and methods", refused, "aws apigateway get-export gives the document"},
	{"documents", "Terraform templates (.tftpl, .tpl, --template terraform)", partly, "placeholders; directives (%{ if }) are refused"},
	{"documents", "references to other files of the project folder", enforced, "bundled; AWS itself reads no other file, and lint says so"},

	{"stages", "stages, stage variables, deployments", enforced, ""},
	{"stages", "canary releases", enforced, "drawn from the seed"},
	{"stages", "response caching, per method settings and cache keys", enforced, ""},
	{"stages", "cacheDataEncrypted, cacheClusterSize", stored, ""},
	{"stages", "metricsEnabled, loggingLevel, dataTraceEnabled", stored, "the execution log is always whole"},
	{"stages", "X-Ray tracing, WAF, client certificates, access logs", refused, "unknown fields of rehearse.yaml"},

	{"traffic", "API keys, usage plans, quotas by calendar in UTC", enforced, ""},
	{"traffic", "throttling of plans, plan methods, stages and methods", enforced, "where rehearse.yaml states a limit"},
	{"traffic", "AWS's default limits of stage and account (10,000/5,000)", stored, ""},
	{"traffic", "counters shared between processes (state: redis)", refused, "not yet supported"},

	{"access", "resource policies by address", enforced, ""},
	{"access", "Lambda authorizers TOKEN and REQUEST, with their result cache", enforced, ""},
	{"access", "AWS_IAM", closed, "signatures are not verified"},
	{"access", "Cognito user pools", closed, "tokens are not verified"},
	{"access", "endpoint types EDGE, REGIONAL and PRIVATE", stored, "one local port serves all"},
	{"access", "mutual TLS and custom domains", refused, "rehearse.yaml has no fields for them"},

	{"methods", "request parameters, validators and models (JSON Schema draft 4)", enforced, ""},
	{"methods", "parameter mappings, mapping templates (VTL), overrides", enforced, ""},
	{"methods", "binary media types, contentHandling, minimumCompressionSize", enforced, ""},
	{"methods", "gateway responses", enforced, ""},

	{"integrations", "MOCK", enforced, ""},
	{"integrations", "HTTP and HTTP_PROXY", enforced, "only hosts that are loopback, in endpoints, backends or network.allow"},
	{"integrations", "AWS and AWS_PROXY with Lambda functions", enforced, ""},
	{"integrations", "AWS services", enforced, "at the endpoints or backends that rehearse.yaml names"},
	{"integrations", "VPC_LINK", partly, "called as HTTP at the configured endpoint"},
	{"integrations", "response streaming", partly, "the response is sent as a whole; lint says so"},

	{"functions", "python3.x, nodejs and provided runtimes through the Runtime API", enforced, "with the interpreter of this machine; its minor version may differ"},
	{"functions", "versions, aliases, weighted aliases, permissions, reserved concurrency", enforced, ""},
	{"functions", "memorySize", stored, "told to the function, not enforced"},
	{"functions", "static, exec, command and http instead of a runtime", enforced, ""},
	{"functions", "functions and hosts that aren't there", enforced, "end as on AWS; with --stub answered from the document's examples and schemas, and marked"},

	{"time", "$context times, Date, counters, TTLs, declared delays", enforced, "on the virtual clock in scenarios"},
	{"time", "functions' own clocks, deadlines, signatures, durations", enforced, "always real"},
}

func (a *app) supportCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "support",
		Short: "Print what is enforced, what is stored only, and what is refused",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--format", format, "text", "json"); err != nil {
				return err
			}
			if format == "json" {
				return a.printJSON(map[string]any{"schemaVersion": schemaVersion, "support": supportTable})
			}
			area := ""
			for _, s := range supportTable {
				if s.Area != area {
					if area != "" {
						fmt.Fprintln(a.stdout)
					}
					area = s.Area
					fmt.Fprintln(a.stdout, area)
				}
				fmt.Fprintf(a.stdout, "  %-9s %s", s.Level, s.Feature)
				if s.Note != "" {
					fmt.Fprintf(a.stdout, " (%s)", s.Note)
				}
				fmt.Fprintln(a.stdout)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text or json")
	return cmd
}
