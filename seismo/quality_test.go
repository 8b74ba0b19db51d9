package seismo_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/internal/golden"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/psd"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// TestGoldenDay: a day of a real channel, from miniSEED and StationXML, has ObsPy's
// densities.
func TestGoldenDay(t *testing.T) {
	golden.CheckShared(t, 1, 1, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Name != "ppsd_day" {
			return nil
		}
		c.Tolerance = 1e-6 // ObsPy keeps float32
		folder := filepath.Join("..", golden.Shared, "..", "scedc")
		stations := filepath.Join(folder, c.Text("stationxml", ""))
		read := petest.Run(t, seismo.NewReadMseed, petest.Set("Path", filepath.Join(folder, c.Text("file", ""))), petest.Set("StationsPath", stations))
		if read.Err != nil {
			t.Fatal(read.Err)
		}
		traces := petest.Out[seismo.Trace](read, "out")
		first := firstDensity(t, stations, traces)
		res := petest.Run(t, seismo.NewQuality, petest.Set("StationsPath", stations), petest.Feed("in", traces...))
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		q := petest.Out[seismo.ChannelQuality](res, "result")[0]
		var want struct{ Segments int64 }
		if c.Expected(&want); q.Segments != want.Segments || !q.Physical {
			t.Errorf("%d segments, expected %d", q.Segments, want.Segments)
		}
		return [][]float64{q.PeriodsS, q.PeriodsS, q.MeanDB, first, q.MedianDB}
	})
}

// TestQualityMemory: what is kept of each channel counts, before it has samples enough
// for a density.
func TestQualityMemory(t *testing.T) {
	var in []seismo.Trace
	for k := range 40 {
		in = append(in, cut(fmt.Sprintf("XX.S%02d..HHZ", k), 0, 100, random(1, 10), 10)...)
	}
	for mib, fits := range map[int]bool{20: false, 1024: true} { // 40 frames of 65536 samples
		res := petest.Run(t, seismo.NewQuality, petest.Set("MaxMiB", mib), petest.Feed("in", in...))
		if fits && res.Err != nil || !fits && !errors.Is(res.Err, pes.ErrLimit) {
			t.Errorf("%d MiB: %v", mib, res.Err)
		}
	}
}

// firstDensity is the density of the first segment of a channel.
func firstDensity(t testing.TB, stations string, traces []seismo.Trace) []float64 {
	t.Helper()
	in, err := os.Open(stations)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	inventory, err := stationxml.Read(in, stationxml.ResponseLevel)
	if err != nil {
		t.Fatal(err)
	}
	p, err := psd.NewPPSD(traces[0].RateHz, psd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range inventory.Networks[0].Stations[0].Channels {
		if c.ID() != traces[0].Station.ID || !c.Covers(time.Unix(0, int64(traces[0].Start))) {
			continue
		}
		e, err := response.NewEvaluator(c.Response, response.Velocity)
		if err != nil {
			t.Fatal(err)
		}
		var h []complex128
		for _, f := range p.Freqs() {
			h = append(h, e.At(f))
		}
		p.SetResponse(h)
	}
	samples := make([]float64, p.Segment())
	for i, v := range join(traces)[:len(samples)] {
		samples[i] = float64(v)
	}
	return p.Add(samples)
}
