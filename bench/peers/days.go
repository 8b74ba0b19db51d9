package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// days are recorded days of some stations, for a case of that name.
type days struct {
	name     string
	stations int
}

// contest is with a system that has a virtual environment and a driver of its own: from
// miniSEED to correlations on disk, whose waveforms are compared.
func (d days) contest(peer, system string, install func(dir string) error, correlate func(folder, theirs string) error, env ...string) contest {
	folder := filepath.Join("build", "peers", fmt.Sprintf("days-%d", d.stations))
	theirs := filepath.Join("build", "peers", d.name)
	return contest{
		name: d.name, peer: peer, unit: "station-days/s",
		install: func(dir string) error {
			if err := install(dir); err != nil {
				return err
			}
			return makeDays(dir, system, d.stations)
		},
		command: func(dir string) (*exec.Cmd, error) {
			cmd := exec.Command(python(dir, system), filepath.Join(dir, system+"_driver.py"), folder, theirs)
			cmd.Env = append(os.Environ(), env...)
			return cmd, nil
		},
		ours: []way{pace("seismo/dsp, response", float64(d.stations), func() func() {
			return func() {
				if err := correlate(folder, theirs); err != nil {
					panic(err)
				}
			}
		})},
	}
}

// makeDays makes the recorded days of some stations, with the ObsPy that a peer came
// with, unless they are there.
func makeDays(dir, venv string, stations int) error {
	if _, err := os.Stat(scedc); err != nil {
		return errors.New("it takes recorded days with their responses, and there are no shared data")
	}
	folder := filepath.Join(dir, fmt.Sprintf("days-%d", stations))
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	recorded, err := filepath.Abs(scedc)
	if err != nil {
		return err
	}
	unfinished := folder + ".unfinished"
	if err := errors.Join(os.RemoveAll(unfinished), quietly(dir, python(dir, venv), filepath.Join(dir, "make_days.py"), recorded, unfinished, fmt.Sprint(stations))); err != nil {
		return err
	}
	return os.Rename(unfinished, folder)
}

// A noiseDay is the spectra of the windows of a day, nil of those left out.
type noiseDay struct {
	station string
	windows [][]complex64
}

// recordedDay is the station of a recorded day, the response of its channel, from the
// folder that makeDays made, and its samples.
func recordedDay(folder string, s *mseed.Segment) (day noiseDay, channel *response.Response, x []float64, err error) {
	day.station = s.ID[:strings.IndexByte(s.ID[3:], '.')+3]
	about := filepath.Join(folder, day.station[:2]+"_"+day.station[3:]+".xml")
	if channel, err = channelOf(about, s.ID, time.Unix(0, int64(s.Start))); err != nil {
		return day, nil, nil, err
	}
	x = make([]float64, s.Len())
	for i, v := range s.Int32 {
		x[i] = float64(v)
	}
	return day, channel, x, nil
}

// A preparation makes spectra of a day by the steps of a system.
type preparation interface {
	prepare(folder string, s *mseed.Segment) (noiseDay, error)
}

// readDays prepares the days in a folder, one a file, by what begin makes for days like
// the first of them.
func readDays[P preparation](folder string, begin func(samples int, rateHz float64) (P, error)) (p P, days []noiseDay, err error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*", "*.ms"))
	if err != nil {
		return p, nil, err
	}
	if len(files) == 0 {
		return p, nil, fmt.Errorf("there are no days in %s", folder)
	}
	for k, file := range files {
		traces, err := mseed.ReadFile(file, mseed.Options{})
		if err != nil {
			return p, nil, err
		}
		s := &traces[0].Segments[0]
		if k == 0 {
			if p, err = begin(s.Len(), s.SampleRate); err != nil {
				return p, nil, err
			}
		}
		day, err := p.prepare(folder, s)
		if err != nil {
			return p, nil, fmt.Errorf("%s: %w", file, err)
		}
		days = append(days, day)
	}
	return p, days, nil
}

// correlatePairs correlates all pairs of days, with self each with itself too, writes
// them and compares them with the others'.
func correlatePairs(days []noiseDay, self bool, size int, theirs string, correlate func(lags []float32, a, b *noiseDay) error) error {
	scratch, err := os.MkdirTemp("", "correlations")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	out, err := npy.CreateAppender[float32](filepath.Join(scratch, "correlations.npy"), size)
	if err != nil {
		return err
	}
	lags := make([]float32, size)
	for i := range days {
		for j := range i + 1 {
			if j == i && !self {
				continue
			}
			a, b := &days[j], &days[i]
			if err := correlate(lags, a, b); err != nil {
				return err
			}
			if err := out.Append(lags); err != nil {
				return err
			}
			if err := agree(theirs, a.station, b.station, lags); err != nil {
				return err
			}
		}
	}
	return out.Close()
}

// leastAgreement is the correlation coefficient that waveforms have at least.
const leastAgreement = 0.99

// agree compares the waveform of a pair with that of the other system, in whatever
// order it has the two stations.
func agree(theirs, a, b string, lags []float32) error {
	data, err := os.ReadFile(filepath.Join(theirs, a+"_"+b+".f64"))
	turned := errors.Is(err, os.ErrNotExist)
	if turned {
		data, err = os.ReadFile(filepath.Join(theirs, b+"_"+a+".f64"))
	}
	if err != nil {
		return err
	}
	if len(data) != 8*len(lags) {
		return fmt.Errorf("%s-%s: %d bytes of theirs for %d lags", a, b, len(data), len(lags))
	}
	var xy, xx, yy float64
	for k := range lags {
		at := k
		if turned {
			if at = len(lags) + 1 - k; at >= len(lags) {
				continue
			}
		}
		x, y := float64(lags[k]), math.Float64frombits(binary.LittleEndian.Uint64(data[8*at:]))
		xy, xx, yy = xy+x*y, xx+x*x, yy+y*y
	}
	if c := xy / math.Sqrt(xx*yy); !(c > leastAgreement) {
		return fmt.Errorf("%s-%s: correlation coefficient %.5f with theirs, not above %g", a, b, c, leastAgreement)
	}
	return nil
}
