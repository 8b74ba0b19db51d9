package mseed

import (
	"fmt"
	"math"
	"time"
)

// Time is an instant of UTC in integer nanoseconds since 1970-01-01T00:00:00Z,
// without leap seconds (a second 60 counts as the first of the next minute).
// It spans the years 1678 to 2261 and orders as an integer does.
type Time int64

const (
	second Time = 1e9
	day         = 86400 * second

	// minYear and maxYear are the whole years that a Time can express.
	minYear = 1678
	maxYear = 2261
)

// timeLayouts are what ParseTime accepts, tried in order.
var timeLayouts = [...]string{
	time.RFC3339Nano,
	"2006-01-02T15:04:05.999999999",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02",
	"2006-002T15:04:05.999999999",
	"2006-002",
}

// ErrYear is returned by ParseTime for what a Time cannot express.
var ErrYear = fmt.Errorf("outside the years %d to %d", minYear, maxYear)

// FromTime returns t as a Time. It is only right within the years of a Time.
func FromTime(t time.Time) Time { return Time(t.UnixNano()) }

// ParseTime reads an instant in ISO 8601 form, as "2012-05-12T00:00:00.5Z",
// "2012-05-12" or with the day of the year "2012-133T00:00:00"; without a zone
// it is UTC.
func ParseTime(s string) (Time, error) {
	for _, layout := range timeLayouts {
		t, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		if y := t.UTC().Year(); y < minYear || y > maxYear {
			return 0, fmt.Errorf("mseed: time %q: %w", s, ErrYear)
		}
		return FromTime(t), nil
	}
	return 0, fmt.Errorf("mseed: cannot read %q as a time; write it as 2012-05-12T00:00:00.5Z", s)
}

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// String returns t in ISO 8601 form with as many decimals as it needs.
func (t Time) String() string { return t.Std().Format(time.RFC3339Nano) }

// Add returns the time of the n-th sample after one at t.
func (t Time) Add(n int, rate float64) Time {
	if rate <= 0 {
		return t
	}
	return t + Time(math.Round(float64(n)/rate*float64(second)))
}

// samplesUntil returns how many sample intervals lie between t and u.
func (t Time) samplesUntil(u Time, rate float64) float64 {
	d := float64(u - t)
	if (u > t) != (u-t > 0) && u != t { // more than an integer holds
		d = float64(u) - float64(t)
	}
	return d / float64(second) * rate
}

// date assembles a Time from the fields of a header; doy counts from 1.
func date(year, doy, hour, minute, sec, nano int) Time {
	y := year - 1
	days := Time(y*365 + y/4 - y/100 + y/400 - 719162 + doy - 1)
	return days*day + Time(hour*3600+minute*60+sec)*second + Time(nano)
}

// split is the inverse of date.
func (t Time) split() (year, doy, hour, minute, sec, nano int) {
	s := t.Std()
	return s.Year(), s.YearDay(), s.Hour(), s.Minute(), s.Second(), s.Nanosecond()
}
