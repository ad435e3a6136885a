package steps

import (
	"context"
	"math"
	"strconv"
	"time"
)

var units = map[string]time.Duration{
	"millisecond": time.Millisecond,
	"second":      time.Second,
	"minute":      time.Minute,
	"hour":        time.Hour,
	"day":         24 * time.Hour,
}

const unit = `(millisecond|second|minute|hour|day)s?`

var timeSteps = []Step{
	{
		pattern: `{number} ` + unit + ` pass(?:es)?`,
		Doc: `moves the scenario's clock

It costs no real time.`,
		Example: `When 25 hours pass`,
		Also: []string{
			`When 500 milliseconds pass`,
			`When 1.5 seconds pass`,
			`When 2 minutes pass`,
			`When 3 days pass`,
		},
		run: func(_ context.Context, w *World, a *args) error {
			d, err := duration(a.s[0], a.s[1])
			if err != nil {
				return err
			}
			w.clk.Advance(d)
			return nil
		},
	},
	{
		pattern: `the clock reaches {string}`,
		Doc:     `moves the scenario's clock to a moment, which must not have passed`,
		Example: `When the clock reaches "2026-01-02T00:00:00Z"`,
		run: func(_ context.Context, w *World, a *args) error {
			t, err := time.Parse(time.RFC3339Nano, a.s[0])
			if err != nil {
				return wrong("%q is no moment", a.s[0]).hint(`write it as "2026-01-02T00:00:00Z"`)
			}
			if !w.clk.Set(t) {
				return wrong("%s has passed: the clock shows %s", a.s[0], w.clk.Now().Format(time.RFC3339Nano))
			}
			return nil
		},
	},
}

// maxDuration keeps clocks within what a time.Time can count.
const maxDuration = 100 * 366 * 24 * time.Hour

// duration reads "1.5" and "hour".
func duration(number, name string) (time.Duration, error) {
	n, err := strconv.ParseFloat(number, 64)
	d := n * float64(units[name])
	if err != nil || math.IsNaN(d) || d < 0 || d > float64(maxDuration) {
		return 0, wrong("%s %ss is no time that can pass", number, name)
	}
	return time.Duration(math.Round(d)), nil
}
