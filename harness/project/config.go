package project

import (
	"slices"
	"time"

	"github.com/rehearse-api/rehearse/harness/gateway"
	"github.com/rehearse-api/rehearse/harness/lambda"
	"github.com/rehearse-api/rehearse/harness/traffic"
	"github.com/rehearse-api/rehearse/openapi/source"
)

// A Config is rehearse.yaml as read: checked, names resolved, nothing opened.
type Config struct {
	Region, AccountID string
	APIs              []*APIConfig // in file order
	APIKeys           []KeyConfig
	UsagePlans        []PlanConfig
	Functions         []FunctionConfig
	Endpoints         map[string]string
	Backends          []BackendConfig
	Allow             []string // hosts that may really be called
	Substitutions     map[string]string
	Features          []string // as written, relative to the file
	Start             time.Time
	Lint              LintConfig

	featurePos []source.Pos
	endpoints  []nameAt // names in Endpoints, in file order
	allow      []nameAt // those in Allow
}

// Defaults of fields that rehearse.yaml may leave out.
const (
	DefaultRegion    = "us-east-1"
	DefaultAccountID = "123456789012"
	DefaultStage     = "dev"
)

// DefaultStart is what the clock of a scenario shows first.
var DefaultStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// An APIConfig is one entry of apis.
type APIConfig struct {
	Name, ID, Document string
	Stages             []*StageConfig
	Pos, DocumentPos   source.Pos
}

// A StageConfig is one stage of an API.
type StageConfig struct {
	Name                string
	Document            string // empty: the API's
	Variables           map[string]string
	CacheClusterEnabled bool
	CacheClusterSize    string
	MethodSettings      map[string]gateway.MethodSetting
	Canary              *CanaryConfig
	Pos, DocumentPos    source.Pos
	settingPos          map[string]source.Pos
}

// A CanaryConfig takes a share of a stage's requests.
type CanaryConfig struct {
	PercentTraffic         float64
	StageVariableOverrides map[string]string
	UseStageCache          bool
	Document               string // empty: the stage's
	DocumentPos            source.Pos
}

// A KeyConfig is an API key. Its value may have to be made from the seed, or be
// taken from the environment.
type KeyConfig struct {
	Name, Value, FromEnv string
	Disabled             bool
	Pos, ValuePos        source.Pos
	twice                bool // both value and fromEnv stand there
}

// A PlanConfig is a usage plan; its stages name APIs as the file does.
type PlanConfig struct {
	Name     string
	Stages   []PlanStageConfig
	Throttle *traffic.Rate
	Quota    *traffic.Quota
	Keys     []nameAt
	Pos      source.Pos
}

// A PlanStageConfig is a stage a plan covers.
type PlanStageConfig struct {
	API, Stage  nameAt
	Throttle    map[string]traffic.Rate
	throttlePos map[string]source.Pos
}

// A nameAt is a name with its place.
type nameAt struct {
	Name string
	Pos  source.Pos
}

// A FunctionConfig is a function; paths are as written.
type FunctionConfig struct {
	lambda.Function
	Pos     source.Pos
	pathPos map[string]source.Pos // by version; "" is $LATEST
	aliases []aliasAt
	// permissions are their qualifiers.
	permissions []nameAt
}

type aliasAt struct {
	name            string
	version, weight nameAt
}

// A BackendConfig is a stub for a host of the document, or for an AWS service.
type BackendConfig struct {
	Target string
	Echo   bool
	Answer *AnswerConfig // of all paths that no route is for
	Routes []RouteConfig
	Pos    source.Pos
}

// A RouteConfig is the answer of one method and path.
type RouteConfig struct {
	Method, Path string // Method "" is any
	Answer       AnswerConfig
}

// An AnswerConfig is a canned answer of a backend.
type AnswerConfig struct {
	Status      int
	Header      [][2]string
	Body        string
	Delay       time.Duration
	Unreachable bool
}

// api returns the API called name, by name or id, or nil.
func (c *Config) api(name string) *APIConfig {
	for _, a := range c.APIs {
		if a.Name == name || a.ID == name {
			return a
		}
	}
	return nil
}

func (c *Config) apiNames() []string {
	var names []string
	for _, a := range c.APIs {
		names = append(names, a.Name)
	}
	return names
}

func (c *Config) keyNames() []string {
	var names []string
	for _, k := range c.APIKeys {
		names = append(names, k.Name)
	}
	return names
}

func (a *APIConfig) stage(name string) *StageConfig {
	i := slices.IndexFunc(a.Stages, func(s *StageConfig) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return a.Stages[i]
}

func (a *APIConfig) stageNames() []string {
	var names []string
	for _, s := range a.Stages {
		names = append(names, s.Name)
	}
	return names
}
