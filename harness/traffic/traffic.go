// Package traffic decides whether a request may pass: API keys, usage plans,
// quotas and throttles. Nothing here knows HTTP; package gateway turns a
// [Verdict] into 403 or 429.
//
// [Compile] checks keys and plans and makes frozen [Plans] of them. [Plans.Admit]
// asks every limit a request is under and then charges them all in a [Store],
// where counters live by name, so that they outlive a change of settings.
//
// It promises nothing to other modules.
package traffic

import "time"

// An APIKey lets a caller in.
type APIKey struct {
	Name, ID, Value string
	Disabled        bool
}

// A Rate is a token bucket: RateLimit tokens a second, at most BurstLimit at once.
type Rate struct {
	RateLimit  float64
	BurstLimit int
}

// A Period is how long a quota lasts: DAY, WEEK or MONTH, by the calendar in UTC.
type Period string

const (
	Day   Period = "DAY"
	Week  Period = "WEEK"
	Month Period = "MONTH"
)

// A Quota allows Limit requests a period; Offset are subtracted from the first.
type Quota struct {
	Limit, Offset int
	Period        Period
}

// An APIStage is a stage a plan covers.
type APIStage struct {
	API, Stage string          // API by its id
	Throttle   map[string]Rate // by resource path + "/" + method: "/items/GET", root "//GET"
}

// A UsagePlan says which keys may call which stages, and how much.
type UsagePlan struct {
	Name, ID  string
	APIStages []APIStage
	Throttle  *Rate
	Quota     *Quota
	Keys      []string // names of APIKeys
}

// A Request is what Admit has to decide about.
type Request struct {
	API, Stage   string
	Resource     string // resource path: "/items/{ID}"
	Method       string // the method as defined: GET, ANY
	KeyRequired  bool
	Key          string // the value presented, empty if none
	StageRate    *Rate  // of the stage or the method's own setting; nil: not enforced
	StageRateKey string // whose bucket: "*/*" or "/items/GET"
	AccountRate  *Rate  // nil: not enforced
	Now          time.Time
}

// An Outcome is what Admit decided.
type Outcome uint8

const (
	Admitted     Outcome = iota
	NoKey                // K1: none presented
	UnknownKey           // K2
	DisabledKey          // K3
	KeyNotInPlan         // K4, K5: in no plan of this stage
	Throttled            // by Verdict.Level
	QuotaExceeded
)

// A Level is whose limit it was.
type Level uint8

const (
	NoLevel Level = iota
	PlanMethodLevel
	PlanLevel
	StageLevel
	AccountLevel
)

// A Verdict is the outcome and what it rests on.
type Verdict struct {
	Outcome Outcome
	Level   Level
	Key     *APIKey    // if one was recognised
	Plan    *UsagePlan // that let the key in
	Rate    Rate       // of a Throttled
	Used    int        // of the quota, this request included if admitted
}
