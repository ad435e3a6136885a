package lambda

import (
	"encoding/base64"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// environmentVars are the variables of one environment: the configured ones and
// Lambda's own, nothing of this process's (AWS docs: Using Lambda environment
// variables).
type environmentVars map[string]string

func (e environmentVars) set(name, value string) { e[name] = value }

// list is e as a process takes it, sorted.
func (e environmentVars) list() []string {
	l := make([]string, 0, len(e))
	for _, k := range slices.Sorted(maps.Keys(e)) {
		l = append(l, k+"="+e[k])
	}
	return l
}

// reservedVariables may not be configured: AWS refuses them.
var reservedVariables = map[string]bool{
	"_HANDLER": true, "_X_AMZN_TRACE_ID": true, "AWS_DEFAULT_REGION": true, "AWS_REGION": true,
	"AWS_EXECUTION_ENV": true, "AWS_LAMBDA_FUNCTION_NAME": true, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": true,
	"AWS_LAMBDA_FUNCTION_VERSION": true, "AWS_LAMBDA_INITIALIZATION_TYPE": true,
	"AWS_LAMBDA_LOG_GROUP_NAME": true, "AWS_LAMBDA_LOG_STREAM_NAME": true, "AWS_ACCESS_KEY": true,
	"AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_SESSION_TOKEN": true,
	"AWS_LAMBDA_RUNTIME_API": true, "LAMBDA_TASK_ROOT": true, "LAMBDA_RUNTIME_DIR": true,
}

// environ makes the variables of an environment of v. stream tells environments
// apart in AWS_LAMBDA_LOG_STREAM_NAME.
func (h *Host) environ(v *version, taskRoot, stream string) environmentVars {
	e := environmentVars{
		"LANG":               "en_US.UTF-8",
		"TZ":                 ":UTC",
		"PATH":               searchPath(v.code.Layers),
		"LAMBDA_RUNTIME_DIR": "/var/runtime",

		"AWS_XRAY_CONTEXT_MISSING":    "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":     "127.0.0.1:2000",
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"BOTO_CONFIG":                 os.DevNull, // what boto read before it read the others
		"AWS_ENDPOINT_URL":            h.sink.url(h),
	}
	if len(v.code.Layers) > 0 {
		e["LD_LIBRARY_PATH"] = strings.Join(under(v.code.Layers, "lib"), string(filepath.ListSeparator))
	}
	for service, url := range h.config.Endpoints {
		if !strings.Contains(service, "://") {
			e["AWS_ENDPOINT_URL_"+serviceID(service)] = url
		}
	}
	if runtime.GOOS == "windows" { // without it a program finds neither its libraries nor a socket
		e["SYSTEMROOT"] = os.Getenv("SYSTEMROOT")
	}
	maps.Copy(e, v.code.Environment)
	maps.Copy(e, environmentVars{
		"_HANDLER":                        v.code.Handler,
		"AWS_REGION":                      h.config.Region,
		"AWS_DEFAULT_REGION":              h.config.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        v.function,
		"AWS_LAMBDA_FUNCTION_VERSION":     v.name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(v.code.MemorySize),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + v.function,
		"AWS_LAMBDA_LOG_STREAM_NAME":      stream,
		"AWS_ACCESS_KEY_ID":               "REHEARSEDUMMYKEYID00",
		"AWS_SECRET_ACCESS_KEY":           "not-a-secret-rehearse-has-no-credentials",
		"AWS_SESSION_TOKEN":               "not-a-token",
		"LAMBDA_TASK_ROOT":                taskRoot,
	})
	if v.code.Runtime != "" && v.code.kind() != kindProvided {
		e["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + v.code.Runtime
	}
	return e
}

// searchPath is the PATH of an environment.
func searchPath(layers []string) string {
	dirs := []string{"/usr/local/bin", "/usr/bin", "/bin"}
	if runtime.GOOS == "windows" {
		dirs = []string{filepath.Join(os.Getenv("SYSTEMROOT"), "System32")}
	}
	return strings.Join(append(dirs, under(layers, "bin")...), string(filepath.ListSeparator))
}

// under names a folder in each layer.
func under(layers []string, folder string) []string {
	dirs := make([]string, len(layers))
	for i, l := range layers {
		dirs[i] = filepath.Join(l, folder)
	}
	return dirs
}

// serviceIDs are the names AWS's SDKs have for services whose endpoints are
// called something else.
var serviceIDs = map[string]string{
	"apigateway": "API_GATEWAY", "application-autoscaling": "APPLICATION_AUTO_SCALING", "autoscaling": "AUTO_SCALING",
	"bedrock-runtime": "BEDROCK_RUNTIME", "cloudformation": "CLOUDFORMATION", "cognito-identity": "COGNITO_IDENTITY",
	"cognito-idp": "COGNITO_IDENTITY_PROVIDER", "dynamodbstreams": "DYNAMODB_STREAMS", "elasticache": "ELASTICACHE",
	"elasticloadbalancing": "ELASTIC_LOAD_BALANCING_V2", "email": "SES", "es": "ELASTICSEARCH_SERVICE", "events": "EVENTBRIDGE",
	"execute-api": "APIGATEWAYMANAGEMENTAPI", "logs": "CLOUDWATCH_LOGS", "monitoring": "CLOUDWATCH", "rds-data": "RDS_DATA",
	"redshift-data": "REDSHIFT_DATA", "route53": "ROUTE_53", "scheduler": "SCHEDULER", "secretsmanager": "SECRETS_MANAGER",
	"servicediscovery": "SERVICEDISCOVERY", "states": "SFN", "stepfunctions": "SFN", "xray": "XRAY",
}

// serviceID is what stands for a service in AWS_ENDPOINT_URL_<SERVICE>.
func serviceID(service string) string {
	service = strings.ToLower(service)
	if id, ok := serviceIDs[service]; ok {
		return id
	}
	return strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(strings.ToUpper(service))
}

func decodeBase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return []byte(s)
	}
	return b
}
