package traffic

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"
	"pgregory.net/rapid"
)

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

// lab is one key in one plan that covers two stages.
func lab(t *testing.T, plan UsagePlan) *Plans {
	t.Helper()
	plan.Name = "P"
	plan.Keys = []string{"K"}
	if plan.APIStages == nil {
		plan.APIStages = []APIStage{{API: "a", Stage: "dev"}, {API: "a", Stage: "prod"}}
	}
	p, err := Compile([]APIKey{
		{Name: "K", Value: "kkkkkkkkkkkkkkkkkkkk"},
		{Name: "off", Value: "oooooooooooooooooooo", Disabled: true},
		{Name: "loose", Value: "llllllllllllllllllll"},
	}, []UsagePlan{plan})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func keyed(stage, key string, now time.Time) Request {
	return Request{API: "a", Stage: stage, Resource: "/items", Method: "GET", KeyRequired: true, Key: key, Now: now}
}

func TestKeys(t *testing.T) {
	now := at("2026-01-01T00:00:00Z")
	p := lab(t, UsagePlan{})
	tests := []struct {
		name, stage, key string
		want             Outcome
	}{
		{"a key in a plan of the stage passes", "dev", "kkkkkkkkkkkkkkkkkkkk", Admitted},
		{"no key is refused", "dev", "", NoKey},
		{"an unknown key is refused", "dev", "kkkkkkkkkkkkkkkkkkkx", UnknownKey},
		{"a disabled key is refused", "dev", "oooooooooooooooooooo", DisabledKey},
		{"a key in no plan is refused", "dev", "llllllllllllllllllll", KeyNotInPlan},
		{"a key whose plan lacks the stage is refused", "pro", "kkkkkkkkkkkkkkkkkkkk", KeyNotInPlan},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if v := p.Admit(NewStore(), keyed(tt.stage, tt.key, now)); v.Outcome != tt.want {
				t.Errorf("Admit = %v, want %v", v.Outcome, tt.want)
			}
		})
	}
	t.Run("a key is ignored where none is required", func(t *testing.T) {
		r := keyed("dev", "nonsense", now)
		r.KeyRequired = false
		if v := p.Admit(NewStore(), r); v.Outcome != Admitted || v.Key != nil {
			t.Errorf("Admit = %+v, want admitted without a key", v)
		}
	})
	t.Run("without plans every key is unknown", func(t *testing.T) {
		if v := (*Plans)(nil).Admit(NewStore(), keyed("dev", "k", now)); v.Outcome != UnknownKey {
			t.Errorf("Admit = %v, want %v", v.Outcome, UnknownKey)
		}
	})
}

func TestQuota(t *testing.T) {
	tests := []struct {
		name  string
		quota Quota
		times []string
		want  string // per time: + passed, - refused
	}{
		{
			name:  "the request that uses the last one passes, the next is refused",
			quota: Quota{Limit: 2, Period: Day},
			times: []string{"2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z", "2026-01-01T10:00:00Z"},
			want:  "++-",
		},
		{
			name:  "a new day starts at midnight UTC, not 24 hours later",
			quota: Quota{Limit: 1, Period: Day},
			times: []string{"2026-01-01T23:59:58Z", "2026-01-01T23:59:59Z", "2026-01-02T00:00:00Z"},
			want:  "+-+",
		},
		{
			name:  "midnight elsewhere changes nothing",
			quota: Quota{Limit: 1, Period: Day},
			times: []string{"2026-03-01T23:30:00-05:00", "2026-03-02T20:00:00Z", "2026-03-03T00:00:00Z"},
			want:  "+-+",
		},
		{
			name:  "a week starts on Monday",
			quota: Quota{Limit: 1, Period: Week},
			times: []string{"2026-01-04T23:59:59Z", "2026-01-05T00:00:00Z", "2026-01-11T23:59:59Z", "2026-01-12T00:00:00Z"},
			want:  "++-+",
		},
		{
			name:  "a month starts on the first",
			quota: Quota{Limit: 1, Period: Month},
			times: []string{"2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z"},
			want:  "++-+",
		},
		{
			name:  "the offset counts in the first period only",
			quota: Quota{Limit: 3, Offset: 2, Period: Day},
			times: []string{"2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z"},
			want:  "+-+++-",
		},
		{
			name:  "a quota of nothing refuses everything",
			quota: Quota{Limit: 0, Period: Day},
			times: []string{"2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"},
			want:  "--",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, s := lab(t, UsagePlan{Quota: &tt.quota}), NewStore()
			var got strings.Builder
			for i, when := range tt.times {
				stage := []string{"dev", "prod"}[i%2] // a quota is shared by the plan's stages
				v := p.Admit(s, keyed(stage, "kkkkkkkkkkkkkkkkkkkk", at(when)))
				switch v.Outcome {
				case Admitted:
					got.WriteByte('+')
				case QuotaExceeded:
					got.WriteByte('-')
				default:
					t.Fatalf("Admit at %s = %v", when, v.Outcome)
				}
			}
			if got.String() != tt.want {
				t.Errorf("passed %s, want %s", got.String(), tt.want)
			}
		})
	}
}

func TestRaisedQuotaKeepsWhatWasUsed(t *testing.T) {
	now, s := at("2026-01-01T00:00:00Z"), NewStore()
	before := lab(t, UsagePlan{Quota: &Quota{Limit: 2, Period: Day}})
	for range 3 {
		before.Admit(s, keyed("dev", "kkkkkkkkkkkkkkkkkkkk", now))
	}
	after := lab(t, UsagePlan{Quota: &Quota{Limit: 5, Period: Day}})
	if got, want := s.Usage(after.Plan("P"), "K", now), (Usage{Used: 2, Left: 3}); got != want {
		t.Errorf("Usage = %+v, want %+v", got, want)
	}
}

func TestThrottle(t *testing.T) {
	second := Rate{RateLimit: 1, BurstLimit: 1}
	tests := []struct {
		name  string
		plan  UsagePlan
		stage *Rate
		ask   []string // "time method"
		want  []Level  // NoLevel: passed
	}{
		{
			name: "an idle bucket passes its burst at one instant",
			plan: UsagePlan{Throttle: &Rate{RateLimit: 5, BurstLimit: 2}},
			ask:  []string{"00:00:00 GET", "00:00:00 GET", "00:00:00 GET", "00:00:00.1 GET", "00:00:00.2 GET"},
			want: []Level{NoLevel, NoLevel, PlanLevel, PlanLevel, NoLevel},
		},
		{
			name: "a slow rate gives its token after ten seconds, however often one asks",
			plan: UsagePlan{Throttle: &Rate{RateLimit: 0.1, BurstLimit: 1}},
			ask:  []string{"00:00:00 GET", "00:00:03 GET", "00:00:06 GET", "00:00:09.9 GET", "00:00:10 GET"},
			want: []Level{NoLevel, PlanLevel, PlanLevel, PlanLevel, NoLevel},
		},
		{
			name: "zero blocks everything", // runtime-answers: stage throttle 0/0
			plan: UsagePlan{Throttle: &Rate{}},
			ask:  []string{"00:00:00 GET", "01:00:00 GET"},
			want: []Level{PlanLevel, PlanLevel},
		},
		{
			name: "a method's own limit is asked before the plan's and other methods don't feel it",
			plan: UsagePlan{Throttle: &Rate{RateLimit: 1, BurstLimit: 3}, APIStages: []APIStage{{API: "a", Stage: "dev", Throttle: map[string]Rate{"/items/GET": second}}}},
			ask:  []string{"00:00:00 GET", "00:00:00 GET", "00:00:00 POST", "00:00:00 POST", "00:00:00 POST"},
			want: []Level{NoLevel, PlanMethodLevel, NoLevel, NoLevel, PlanLevel},
		},
		{
			name:  "a refusal by the stage costs the plan nothing",
			plan:  UsagePlan{Throttle: &Rate{RateLimit: 0.001, BurstLimit: 2}},
			stage: &second,
			ask:   []string{"00:00:00 GET", "00:00:00 GET", "00:00:00 GET", "00:00:01 GET", "00:00:02 GET"},
			want:  []Level{NoLevel, StageLevel, StageLevel, NoLevel, PlanLevel},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, s := lab(t, tt.plan), NewStore()
			for i, ask := range tt.ask {
				when, method, _ := strings.Cut(ask, " ")
				r := keyed("dev", "kkkkkkkkkkkkkkkkkkkk", at("2026-01-01T"+when+"Z"))
				r.Method, r.StageRate, r.StageRateKey = method, tt.stage, "*/*"
				if v := p.Admit(s, r); v.Level != tt.want[i] || (v.Outcome == Throttled) != (tt.want[i] != NoLevel) {
					t.Errorf("request %d (%s) = %v at level %v, want level %v", i+1, ask, v.Outcome, v.Level, tt.want[i])
				}
			}
		})
	}
}

func TestKeysHaveTheirOwnCounters(t *testing.T) {
	now, s := at("2026-01-01T00:00:00Z"), NewStore()
	p, err := Compile(
		[]APIKey{{Name: "A", Value: "a"}, {Name: "B", Value: "b"}},
		[]UsagePlan{{Name: "P", APIStages: []APIStage{{API: "a", Stage: "dev"}}, Quota: &Quota{Limit: 1, Period: Day}, Keys: []string{"A", "B"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Outcome{Admitted, QuotaExceeded} {
		for _, key := range []string{"a", "b"} {
			if v := p.Admit(s, keyed("dev", key, now)); v.Outcome != want {
				t.Errorf("request %d of key %s = %v, want %v", i+1, key, v.Outcome, want)
			}
		}
	}
}

func TestCompileSaysEverythingWrong(t *testing.T) {
	stage := []APIStage{{API: "a", Stage: "dev"}}
	_, err := Compile(
		[]APIKey{{Name: "A", Value: "same"}, {Name: "B", Value: "same"}, {Name: "C", Value: "c"}},
		[]UsagePlan{{Name: "P", APIStages: stage, Keys: []string{"C", "nobody"}}, {Name: "Q", APIStages: stage, Keys: []string{"C"}}})
	if err == nil {
		t.Fatal("Compile took it")
	}
	for _, want := range []string{`"A" and "B" have the same value`, `no API key "nobody"`, `two usage plans, "P" and "Q"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
}

// TestBucketAgainstPeer compares the bucket with x/time/rate, which keeps
// floating tokens: within a millionth of a token of the edge either may be right.
func TestBucketAgainstPeer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Rate{
			RateLimit:  float64(rapid.IntRange(0, 4000).Draw(t, "rate")) / 8,
			BurstLimit: rapid.IntRange(0, 50).Draw(t, "burst"),
		}
		now := at("2026-01-01T00:00:00Z")
		peer := rate.NewLimiter(rate.Limit(r.RateLimit), r.BurstLimit)
		b := bucket{have: int64(r.BurstLimit) * token, last: now}
		for range rapid.IntRange(1, 80).Draw(t, "asks") {
			now = now.Add(time.Duration(rapid.IntRange(-5, 300).Draw(t, "ms")) * time.Millisecond)
			have := float64(b.tokens(r, now)) / token
			if edge := have - 1; edge > -1e-6 && edge < 1e-6 {
				return
			}
			passed := have >= 1
			if now.Before(b.last) {
				continue // the peer and we both refill nothing, but it moves its own time
			}
			if want := peer.AllowN(now, 1); passed != want {
				t.Fatalf("rate %v burst %d at %s: passed %v, peer %v", r.RateLimit, r.BurstLimit, now, passed, want)
			}
			if passed {
				b = b.take(r, now)
			}
		}
	})
}

func BenchmarkAdmit(b *testing.B) {
	p, err := Compile([]APIKey{{Name: "K", Value: "k"}}, []UsagePlan{{
		Name: "P", APIStages: []APIStage{{API: "a", Stage: "dev"}}, Keys: []string{"K"},
		Throttle: &Rate{RateLimit: 1e9, BurstLimit: 1e6}, Quota: &Quota{Limit: 1 << 40, Period: Day},
	}})
	if err != nil {
		b.Fatal(err)
	}
	s, r := NewStore(), keyed("dev", "k", at("2026-01-01T00:00:00Z"))
	b.ReportAllocs()
	for b.Loop() {
		r.Now = r.Now.Add(time.Microsecond)
		if v := p.Admit(s, r); v.Outcome != Admitted {
			b.Fatal(v.Outcome)
		}
	}
}
