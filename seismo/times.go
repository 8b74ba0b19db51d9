package seismo

import (
	"errors"
	"fmt"
	"math"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// span is how long n samples take.
func span(n int, rate float64) d4.Time { return d4.Time(math.Round(float64(n) / rate * 1e9)) }

// seconds is a parameter in seconds as data time.
func seconds(s float64) d4.Time { return d4.Time(math.Round(s * 1e9)) }

// clockOf is a data time as the standard library has it.
func clockOf(t d4.Time) time.Time { return time.Unix(0, int64(t)).UTC() }

// clock is a data time as messages show it.
func clock(t d4.Time) string {
	return clockOf(t).Format("2006-01-02T15:04:05.999Z")
}

// clockTime reads a parameter that is a time, with or without fractions and time of day.
func clockTime(name, s string, otherwise d4.Time) (d4.Time, error) {
	if s == "" {
		return otherwise, nil
	}
	t, err := mseed.ParseTime(s)
	switch {
	case errors.Is(err, mseed.ErrYear):
		return 0, fmt.Errorf("%s = %q: %w", name, s, err)
	case err != nil:
		return 0, fmt.Errorf("%s = %q is no time: write it as 2022-01-02T00:00:00Z", name, s)
	}
	return d4.Time(t), nil
}

// ceiling is the least multiple of step that is not below t.
func ceiling(t, step d4.Time) d4.Time {
	over := t % step
	if over > 0 {
		over -= step
	}
	return t - over
}

// floor is the greatest multiple of step that is not above t.
func floor(t, step d4.Time) d4.Time { return -ceiling(-t, step) }
