package bench_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/internal/kernel"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Four windows of 15 minutes at 4 Hz of 160 stations, with lags up to 1,250 samples.
const (
	corrStations = 160
	corrWindows  = 4
	corrSamples  = 3600
	corrLag      = 1250
	corrPairs    = corrStations * (corrStations - 1) / 2
)

// A spectra source emits the spectra of all stations, window by window.
type spectra struct {
	d4.Base
	Out    d4.Out[seismo.Spectrum]
	all    [][]complex64
	window int
}

func (s *spectra) Next() error {
	if s.window == corrWindows {
		return io.EOF
	}
	at := d4.Time(s.window) * corrSamples / 4 * 1e9
	for k, bins := range s.all {
		// Read only: the one input behind it promises that.
		s.Out.Emit(seismo.Spectrum{Station: seismo.Station{ID: fmt.Sprintf("XX.S%03d..BHZ", k)}, Start: at, RateHz: 4, Samples: corrSamples, Bins: bins})
	}
	s.window++
	s.Out.Mark(d4.Time(s.window) * corrSamples / 4 * 1e9)
	return nil
}

// BenchmarkCorrelate is the all-pairs graph on one core beside its kernels in
// bare loops, four pairs at a time and pair by pair: cross-spectra of all windows
// added up, one inverse transform a pair.
func BenchmarkCorrelate(b *testing.B) {
	c := dsp.NewCorrelator[float32, complex64](corrSamples, corrLag)
	r := rand.New(rand.NewPCG(1, 2))
	all, x := make([][]complex64, corrStations), make([]float32, corrSamples)
	for k := range all {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		all[k] = c.Spectrum(nil, x)
	}
	graph := func() error {
		g := d4.NewGraph("pairs")
		source := d4.Add(g, "spectra", func() *spectra { return &spectra{all: all} }, d4.Instances(1))
		pairs := d4.Add(g, "correlate", func() *seismo.Correlate {
			p := seismo.NewCorrelate()
			p.MaxLagS = corrLag / 4.0
			return p
		}, d4.Instances(1))
		sink := d4.Add(g, "sink", pes.Discard[seismo.Correlation](), d4.Instances(1))
		d4.Connect(g, source.Out, pairs.In)
		d4.Connect(g, pairs.Out, sink.In)
		res, err := bench.Place{Ranks: 1, Cores: 1, Fuse: partition.All}.Run(b.Context(), g)
		if err != nil {
			return err
		}
		// The pairs of a station with itself may be among them.
		if got := res.Sinks["sink"].Items; got < corrPairs {
			return fmt.Errorf("%d of %d pairs", got, corrPairs)
		}
		return nil
	}
	bare := func() error {
		bins := kernel.Padded(c.Bins())
		x := make([]*kernel.Crossing, len(all))
		for k, s := range all {
			x[k] = kernel.NewCrossing(corrWindows, bins)
			for w := range corrWindows {
				x[k].Set(w, s)
			}
		}
		sum := make([]complex64, 4*bins)
		sums := [4][]complex64{sum[:bins], sum[bins:][:bins], sum[2*bins:][:bins], sum[3*bins:]}
		for i := 0; i < len(x); i += 2 {
			for j := i; j < len(x); j += 2 {
				clear(sum)
				kernel.AddCrosses4(&sums, 0, [2]*kernel.Crossing{x[i], x[i+1]}, [2]*kernel.Crossing{x[j], x[j+1]})
				for k := range sums {
					if i+k/2 < j+k%2 {
						c.ScaledLags(nil, sums[k][:c.Bins()], 1./corrWindows)
					}
				}
			}
		}
		return nil
	}
	naive := func() error {
		sum := make([]complex64, c.Bins())
		for i := range all {
			for j := range i {
				clear(sum)
				for range corrWindows {
					dsp.AddCross(sum, all[j], all[i])
				}
				c.Lags(nil, sum)
			}
		}
		return nil
	}
	compare(b, 1, "pairs/s", bench.Way{Name: "graph", Units: corrPairs, Run: graph}, bench.Way{Name: "kernel", Units: corrPairs, Run: bare},
		bench.Way{Name: "one-by-one", Units: corrPairs, Run: naive})
}
