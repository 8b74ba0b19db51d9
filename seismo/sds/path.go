package sds

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// A Day is one of UTC, counted from 1970-01-01.
type Day int32

const nanosecondsPerDay = 86400 * 1_000_000_000

// DayOf is the day of a time.
func DayOf(t mseed.Time) Day {
	d := t / nanosecondsPerDay
	if t%nanosecondsPerDay < 0 {
		d--
	}
	return Day(d)
}

// Date is the day number doy of a year, counted from 1.
func Date(year, doy int) Day {
	return DayOf(mseed.FromTime(time.Date(year, 1, doy, 0, 0, 0, 0, time.UTC)))
}

// Start is the time at which the day begins.
func (d Day) Start() mseed.Time { return mseed.Time(d) * nanosecondsPerDay }

// String is the year and the day of it, as 2024.060.
func (d Day) String() string {
	t := d.Start().Std()
	return fmt.Sprintf("%04d.%03d", t.Year(), t.YearDay())
}

// Path is the file of a channel NET.STA.LOC.CHA and a day.
func Path(root, id string, d Day) (string, error) {
	part := strings.Split(id, ".")
	if len(part) != 4 || part[0] == "" || part[1] == "" || part[3] == "" || strings.ContainsAny(id, `/\:*?"<>|`) {
		return "", fmt.Errorf("sds: %.60q is not of the form NET.STA.LOC.CHA", id)
	}
	year := d.String()[:4]
	return filepath.Join(root, year, part[0], part[1], part[3]+".D", id+".D."+d.String()), nil
}

// parseName is the inverse of Path for the name of a file alone.
func parseName(name string) (id string, d Day, ok bool) {
	part := strings.Split(name, ".")
	if len(part) != 7 || part[4] != "D" {
		return "", 0, false
	}
	year, err := strconv.Atoi(part[5])
	doy, wrong := strconv.Atoi(part[6])
	if err != nil || wrong != nil || year < 1900 || year > 2200 || doy < 1 || doy > 366 {
		return "", 0, false
	}
	return strings.Join(part[:4], "."), Date(year, doy), true
}
