package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/response"
)

// The parameters of NoisePy 0.9.93 that its driver leaves as they are.
const (
	noiseRateHz    = 20
	noiseWindow    = 1800 * noiseRateHz
	noiseStep      = 450 * noiseRateHz
	noiseLags      = 200 * noiseRateHz
	noiseFreqMin   = 0.05
	noiseFreqMax   = 2.0
	noiseSmooth    = 10 // coefficients over which amplitudes are smoothed
	noiseOverStd   = 10 // windows with more than so many standard deviations are left out
	leastAgreement = 0.99
)

// noiseDays correlate recorded days of some stations as NoisePy does with its own
// parameters, from miniSEED to correlations on disk, and compare the waveforms.
func noiseDays() []contest {
	var all []contest
	for name, stations := range map[string]int{"pair-day": 2, "20-days": 20} {
		folder := func(dir string) string { return filepath.Join(dir, fmt.Sprintf("days-%d", stations)) }
		theirs := filepath.Join("build", "peers", name)
		all = append(all, contest{
			name: name, peer: "NoisePy 0.9.93", unit: "station-days/s",
			install: func(dir string) error {
				if err := pipOf("3.10", "noisepy", "noisepy-seis==0.9.93", "noisepy-seis-io==0.3.5")(dir); err != nil {
					return err
				}
				return makeDays(dir, "noisepy", stations)
			},
			command: func(dir string) (*exec.Cmd, error) {
				cmd := exec.Command(python(dir, "noisepy"), filepath.Join(dir, "noisepy_driver.py"), folder(dir), theirs)
				cmd.Env = append(os.Environ(), "TQDM_DISABLE=1")
				return cmd, nil
			},
			ours: []way{pace("seismo/dsp, response", float64(stations), func() func() {
				return func() {
					if err := correlateDays(folder(filepath.Join("build", "peers")), theirs); err != nil {
						panic(err)
					}
				}
			})},
		})
	}
	return all
}

// noise is what is made once for days of any station.
type noise struct {
	band      *dsp.Filter[float64]
	resampler *dsp.Resampler[float64, complex128]
	plan      *response.Plan
	whitener  *dsp.Whitener[complex64]
	spectra   *fft.Real32
	bins      int // from where on they are zero
}

// A noiseDay is the spectra of the windows of a day, nil of those left out.
type noiseDay struct {
	station string
	windows [][]complex64
}

func newNoise(samples int, rateHz float64) (*noise, error) {
	n := &noise{}
	sections, err := dsp.Bandpass(4, 0.9*noiseFreqMin, 1.1*noiseFreqMax, rateHz)
	if err != nil {
		return nil, err
	}
	n.band = dsp.NewFilter[float64](sections)
	if n.resampler, err = dsp.NewResampler[float64, complex128](samples, rateHz, noiseRateHz, true); err != nil {
		return nil, err
	}
	n.plan = response.NewPlan(n.resampler.Len())
	n.spectra = fft.NewReal[float32, complex64](noiseWindow)
	n.bins = int(math.Round(noiseFreqMax*noiseWindow/noiseRateHz)) + 100
	n.whitener, err = dsp.NewWhitening[complex64](dsp.NoisePy, noiseWindow, noiseRateHz, noiseFreqMin, noiseFreqMax, noiseSmooth)
	return n, err
}

// correlateDays correlates all pairs of the days in a folder, each channel with itself
// too, writes them and compares them with the others'.
func correlateDays(folder, theirs string) error {
	var n *noise
	days, err := readDays(folder, func(s *mseed.Segment) (day noiseDay, err error) {
		if n == nil {
			if n, err = newNoise(s.Len(), s.SampleRate); err != nil {
				return day, err
			}
		}
		return n.prepare(folder, s)
	})
	if err != nil {
		return err
	}
	sum, circular := make([]complex64, n.spectra.Bins()), make([]float32, noiseWindow)
	return correlatePairs(days, true, 2*noiseLags+1, theirs, func(lags []float32, a, b *noiseDay) error {
		if err := n.correlate(sum, a, b); err != nil {
			return err
		}
		n.spectra.Inverse(circular, sum)
		// NoisePy's middle sample is lag -1, not 0.
		for k := range lags {
			lags[k] = circular[(k-noiseLags-1+noiseWindow)%noiseWindow]
		}
		return nil
	})
}

// readDays prepares the days in a folder, one a file.
func readDays(folder string, prepare func(*mseed.Segment) (noiseDay, error)) ([]noiseDay, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*", "*", "*.ms"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no days in %s", folder)
	}
	var days []noiseDay
	for _, file := range files {
		traces, err := mseed.ReadFile(file, mseed.Options{})
		if err != nil {
			return nil, err
		}
		day, err := prepare(&traces[0].Segments[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		days = append(days, day)
	}
	return days, nil
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

// prepare makes spectra of a day by NoisePy's steps.
func (n *noise) prepare(folder string, s *mseed.Segment) (noiseDay, error) {
	day, channel, err := channelOfDay(folder, s)
	if err != nil {
		return day, err
	}
	x := make([]float64, s.Len())
	for i, v := range s.Int32 {
		x[i] = float64(v)
	}
	dsp.DetrendLinear(x, x)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, math.Inf(1), s.SampleRate), dsp.BothSides)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, 50, s.SampleRate), dsp.BothSides)
	n.band.ZeroPhase(x, x)
	x = n.resampler.Resample(make([]float64, n.resampler.Len()), x)
	onto(x, s.Start)
	options := response.Defaults()
	options.PreFilterHz = &[4]float64{0.9 * noiseFreqMin, noiseFreqMin, noiseFreqMax, 1.1 * noiseFreqMax}
	weights, err := response.Remove(channel, len(x), noiseRateHz, options)
	if err != nil {
		return day, err
	}
	response.Apply(n.plan, x, x, weights)
	dsp.Demean(x, x)
	limit := noiseOverStd * dsp.RMS(x)
	w := make([]float32, noiseWindow)
	for at := 0; at+noiseWindow < len(x); at += noiseStep {
		largest := 0.0
		for i, v := range x[at:][:noiseWindow] {
			w[i] = float32(v)
			largest = max(largest, math.Abs(v))
		}
		var bins []complex64
		if largest < limit {
			dsp.DetrendLinear(w, w)
			dsp.Taper(w, w, dsp.Hann, 20, dsp.BothSides)
			bins = n.spectra.Forward(nil, w)
			bins = n.whitener.Whiten(bins, bins)[:n.bins:n.bins]
		}
		day.windows = append(day.windows, bins)
	}
	return day, nil
}

// channelOfDay is the station of a recorded day and the response of its channel, from
// the folder that makeDays made.
func channelOfDay(folder string, s *mseed.Segment) (noiseDay, *response.Response, error) {
	day := noiseDay{station: s.ID[:slices.Index([]byte(s.ID[3:]), '.')+3]}
	about := filepath.Join(folder, day.station[:2]+"_"+day.station[3:]+".xml")
	channel, err := channelOf(about, s.ID, time.Unix(0, int64(s.Start)))
	return day, channel, err
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

// onto brings samples that begin between two whole intervals to the first, by NoisePy's
// formula, which goes forward for it.
func onto(x []float64, start mseed.Time) {
	const interval = 1_000_000 / noiseRateHz // in microseconds
	part := float64(int64(start)/1000%interval) / interval
	if part == 0 {
		return
	}
	for i := 1; i < len(x)-1; i++ {
		x[i] = (1-part)*x[i+1] + part*x[i]
	}
}

// correlate writes the mean cross-spectrum of the windows that both have, less its mean
// over all frequencies, which would be a spike at lag 0.
func (n *noise) correlate(sum []complex64, a, b *noiseDay) error {
	clear(sum)
	windows := 0
	for k, s := range a.windows {
		if s != nil && b.windows[k] != nil {
			dsp.AddCross(sum[:n.bins], s, b.windows[k])
			windows++
		}
	}
	if windows == 0 {
		return fmt.Errorf("%s and %s have no windows in common", a.station, b.station)
	}
	last := len(sum) - 1 // which NoisePy leaves out
	var mean complex128
	for _, c := range sum[:n.bins] {
		mean += complex128(c)
	}
	mean /= complex(float64(last), 0)
	for k, c := range sum[:last] {
		sum[k] = complex64((complex128(c) - mean) / complex(float64(windows), 0))
	}
	return nil
}

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
