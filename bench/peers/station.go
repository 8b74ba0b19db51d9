package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/fft"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

var (
	scedc     = filepath.Join("..", "shared", "data", "scedc")
	recording = filepath.Join(scedc, "CICCA__BHN___2022002.ms")
	about     = filepath.Join(scedc, "CI_CCA.xml")
)

// stationDays prepare a recorded day for correlation as ObsPy does it: the same
// steps with the same parameters, all at double precision. What comes out is
// compared. station-memory runs the same in a program of its own, and says how many
// of them go into a GiB of memory.
func stationDays() []contest {
	packages := pip("obspy", "obspy==1.5.0", "pymseed==1.0.1")
	install := func(dir string) error {
		if _, err := os.Stat(recording); err != nil {
			return errors.New("it takes a recorded day with its response, and there are no shared data")
		}
		return packages(dir)
	}
	prepared := filepath.Join("build", "peers", "station-day.f64")
	driver := func(what string) func(dir string) (*exec.Cmd, error) {
		return func(dir string) (*exec.Cmd, error) {
			return exec.Command(python(dir, "obspy"), filepath.Join(dir, "station_driver.py"), recording, about, what, prepared), nil
		}
	}
	return []contest{{
		name: "station-day", peer: "ObsPy 1.5.0", unit: "days/s", install: install, command: driver("rate"),
		ours: []way{pace("seismo/dsp, float64", 1, func() func() {
			d, err := newDay()
			if err == nil {
				err = d.compare(prepared)
			}
			return func() {
				if err == nil {
					err = d.prepare()
				}
				if err != nil {
					panic(err)
				}
			}
		})},
	}, {
		name: "station-memory", peer: "ObsPy 1.5.0", unit: "days/GiB", install: install, command: driver("memory"),
		ours: []way{{name: "seismo/dsp, float64", rate: func(context.Context) (float64, error) {
			program, err := os.Executable()
			if err != nil {
				return 0, err
			}
			return rate(exec.Command(program, dayArgument))
		}}},
	}}
}

// dayArgument makes this program prepare days, and print how many go into a GiB.
const dayArgument = "--station-day"

func asDay() error {
	d, err := newDay()
	for range 20 {
		if err == nil {
			err = d.prepare()
		}
	}
	if err == nil {
		fmt.Println(1024 / bench.PeakMiB())
	}
	return err
}

// dayOf is what is made once for days of one station, and the memory for one of them.
type dayOf struct {
	samples  []float64
	piece    []float64 // of one record
	rate     float64
	band     *dsp.Filter[float64]
	weights  *response.Weights
	plan     *response.Plan
	mean     *dsp.RunningMean
	whitener *dsp.Whitener[complex128]
	spectra  *fft.Real64
	bins     []complex128
}

func newDay() (*dayOf, error) {
	d := &dayOf{mean: dsp.NewRunningMean(40)}
	channel, err := channelOf(about, "CI.CCA..BHN", time.Date(2022, 1, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, err
	}
	if err := d.read(); err != nil {
		return nil, err
	}
	n, rate := (len(d.samples)+9)/10, d.rate/10
	sections, err := dsp.Bandpass(4, 0.05, 1.8, d.rate)
	if err != nil {
		return nil, err
	}
	d.band, d.plan, d.spectra = dsp.NewFilter[float64](sections), response.NewPlan(n), fft.NewReal[float64, complex128](n)
	if d.weights, err = response.Remove(channel, n, rate, response.Defaults()); err != nil {
		return nil, err
	}
	d.bins = make([]complex128, d.spectra.Bins())
	d.whitener, err = dsp.NewWhitener[complex128](n, rate, [4]float64{0.05, 0.05, 1.8, 1.8}, 10)
	return d, err
}

// channelOf is the response of a channel in a StationXML file.
func channelOf(about, id string, at time.Time) (*response.Response, error) {
	f, err := os.Open(about)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	inventory, err := stationxml.Read(f, stationxml.ResponseLevel)
	if err != nil {
		return nil, err
	}
	channel := inventory.Channel(id, at)
	if channel == nil {
		return nil, fmt.Errorf("%s: no response of %s", about, id)
	}
	return channel.Response, nil
}

// read merges the records of the day, each decoded to where it belongs: of what comes
// twice the later counts, and what is missing is zero. The day is never in memory but
// as what becomes of it.
func (d *dayOf) read() error {
	f, err := os.Open(recording)
	if err != nil {
		return err
	}
	defer f.Close()
	if d.samples == nil {
		d.samples = make([]float64, 0, 86400*40)
	}
	x := d.samples[:0]
	var rec mseed.Record
	var first mseed.Time
	for r := mseed.NewReader(f); ; {
		switch err := r.Next(&rec); {
		case err == io.EOF && len(x) > 0:
			d.samples = x
			return nil
		case err != nil:
			return err
		}
		if len(x) == 0 {
			first, d.rate = rec.Start, rec.SampleRate
		}
		if d.piece, err = rec.AppendFloat64(d.piece[:0]); err != nil {
			return err
		}
		at := int(math.Round(float64(rec.Start-first) * 1e-9 * d.rate))
		if at < 0 || rec.SampleRate != d.rate {
			return fmt.Errorf("%s: record %d is of another day or rate", recording, rec.Number)
		}
		if end := at + len(d.piece); end > len(x) {
			from := len(x)
			x = slices.Grow(x, end-from)[:end]
			clear(x[from:])
		}
		copy(x[at:], d.piece)
	}
}

// prepare reads the day and makes it ready, in place.
func (d *dayOf) prepare() error {
	if err := d.read(); err != nil {
		return err
	}
	x := d.samples
	dsp.DetrendLinear(x, x)
	dsp.Demean(x, x)
	dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, math.Inf(1), d.rate), dsp.BothSides)
	d.band.ZeroPhase(x, x)
	n := d.spectra.Len()
	for i := range n {
		x[i] = x[10*i]
	}
	x = x[:n]
	response.Apply(d.plan, x, x, d.weights)
	dsp.Normalize(d.mean, x, x)
	d.whitener.Whiten(d.bins, d.spectra.Forward(d.bins, x))
	d.spectra.Inverse(x, d.bins)
	return nil
}

// compare prepares the day once and says if ObsPy's numbers, in a file, are others.
func (d *dayOf) compare(theirs string) error {
	if err := d.prepare(); err != nil {
		return err
	}
	data, err := os.ReadFile(theirs)
	if err != nil {
		return err
	}
	x := d.samples[:d.spectra.Len()]
	if len(data) != 8*len(x) {
		return fmt.Errorf("%s: %d bytes for %d samples", theirs, len(data), len(x))
	}
	largest, apart := 0.0, 0.0
	for i, v := range x {
		w := math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		largest, apart = max(largest, math.Abs(w)), max(apart, math.Abs(v-w))
	}
	if !(apart <= 1e-6*largest) {
		return fmt.Errorf("the day that ObsPy prepares is another: %s of its largest sample apart", strconv.FormatFloat(apart/largest, 'g', 2, 64))
	}
	fmt.Fprintf(os.Stderr, "prepared alike, to %.1g of the largest sample\n", apart/largest)
	return nil
}
