package clock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/rehearse-api/rehearse/harness/clock"
)

var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestVirtual(t *testing.T) {
	tests := []struct {
		name string
		move func(*clock.Virtual)
		want time.Time
	}{
		{"stands still", func(*clock.Virtual) {}, newYear},
		{"goes forward", func(v *clock.Virtual) { v.Advance(25 * time.Hour) }, newYear.Add(25 * time.Hour)},
		{"does not go back", func(v *clock.Virtual) { v.Advance(-time.Hour) }, newYear},
		{"moves when somebody sleeps", func(v *clock.Virtual) { _ = v.Sleep(context.Background(), time.Minute) }, newYear.Add(time.Minute)},
		{"is set to a moment that comes", func(v *clock.Virtual) { v.Set(newYear.Add(time.Second)) }, newYear.Add(time.Second)},
		{"is not set to a moment that has passed", func(v *clock.Virtual) { v.Set(newYear.Add(-time.Second)) }, newYear},
		{"begins anew, even in the past", func(v *clock.Virtual) { v.Reset(newYear.Add(-time.Hour)) }, newYear.Add(-time.Hour)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := clock.NewVirtual(newYear)
			tt.move(v)
			if got := v.Now(); !got.Equal(tt.want) || got.Location() != time.UTC {
				t.Errorf("Now = %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSetTellsWhetherItDid(t *testing.T) {
	v := clock.NewVirtual(newYear)
	if !v.Set(newYear) || !v.Set(newYear.Add(1)) || v.Set(newYear) {
		t.Error("Set takes the present and what comes, and nothing that has passed")
	}
}

func TestVirtualIsMovedByMany(t *testing.T) {
	v := clock.NewVirtual(newYear)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { _ = v.Sleep(context.Background(), time.Second) })
	}
	all.Wait()
	if got, want := v.Now(), newYear.Add(100*time.Second); !got.Equal(want) {
		t.Errorf("Now = %s, want %s", got, want)
	}
}

func TestSleepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, c := range map[string]clock.Clock{"real": clock.Real(), "virtual": clock.NewVirtual(newYear)} {
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: Sleep = %v, want %v", name, err, context.Canceled)
		}
	}
}

func TestRealSleepWaits(t *testing.T) {
	c, watch := clock.Real(), clock.StartStopwatch()
	if err := c.Sleep(t.Context(), 2*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if got := watch.Elapsed(); got < 2*time.Millisecond {
		t.Errorf("Sleep came back after %s", got)
	}
	if c.Virtual() {
		t.Error("the real clock says it is virtual")
	}
}
