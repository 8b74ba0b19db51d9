package seismo_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestNoise: stations are dealt out, and what each records does not depend on
// how.
func TestNoise(t *testing.T) {
	set := []petest.Step{petest.Set("Stations", 5), petest.Set("Hours", 0.08), petest.Set("RateHz", 6)} // 288 s: two chunks and a rest
	for _, more := range [][]petest.Step{nil, {petest.Set("Shuffle", true)}, {petest.Set("Incoherent", true), petest.Set("Seed", 7)}} {
		set := append(slices.Clone(set), more...)
		one := run(t, seismo.NewNoise, set...)
		kept(t, one)
		want := petest.Out[seismo.Trace](one, "out")
		var lengths []int
		for _, tr := range want {
			lengths = append(lengths, len(tr.Samples))
		}
		if !slices.Equal(lengths, append(slices.Repeat([]int{720}, 10), slices.Repeat([]int{288}, 5)...)) {
			t.Errorf("traces of %v samples", lengths)
		}
		if marks := []petest.Promise{{Time: 120 * second, After: 5}, {Time: 240 * second, After: 10}}; !slices.Equal(one.Marks["out"], marks) {
			t.Errorf("marks %v, expected %v", one.Marks["out"], marks)
		}
		for n := 2; n <= 6; n++ {
			var got []seismo.Trace
			for i := range n {
				res := run(t, seismo.NewNoise, append(set, petest.Instance(i, n))...)
				kept(t, res)
				got = append(got, petest.Out[seismo.Trace](res, "out")...)
			}
			sortTraces(got)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%d instances emit other traces than one", n)
			}
		}
		petest.Resume(t, seismo.NewNoise, 2, 3, 3, set...)
		petest.Resume(t, seismo.NewNoise, 1, 0, 7, set...)
		petest.Resume(t, seismo.NewNoise, 3, 100, 1, set...)
	}
}

// TestSameDigestFromManySources: the correlations do not depend on how many
// instances the source has.
func TestSameDigestFromManySources(t *testing.T) {
	var want rundir.Sink
	for n := 1; n <= 4; n++ {
		g := d4.NewGraph("noise")
		source := d4.Add(g, "noise", func() *seismo.Noise {
			s := seismo.NewNoise()
			s.Stations, s.Hours, s.RateHz = 6, 0.2, 10
			return s
		}, d4.Instances(n))
		r := recipe{low: 0.2, high: 1.5, factor: 2, windowS: 120, lagS: 45, spectra: 2, correlators: 2, method: "linear"}
		res, _, _ := play(t, g, r.job(g, source.Out), partition.Auto, 0)
		got := res.Sinks["result"]
		if n == 1 {
			want = got
		}
		if got != want || got.Items != 15 {
			t.Errorf("%d instances: %v, expected %v", n, got, want)
		}
	}
}

// TestNoiseLasts: no sample is lost to rounding.
func TestNoiseLasts(t *testing.T) {
	for _, c := range []struct {
		hours, rate, chunk float64
		samples            int
	}{{0.7, 20, 120, 50400}, {0.01, 1, 120, 36}, {0.1, 7.5, 1, 2700}, {0.1, 3, 359.9, 1080}} {
		res := run(t, seismo.NewNoise, petest.Set("Stations", 2), petest.Set("ApertureKm", 1), petest.Set("NoiseRatio", 0),
			petest.Set("Hours", c.hours), petest.Set("RateHz", max(c.rate, 6)), petest.Set("ChunkS", c.chunk))
		kept(t, res)
		n, at := 0, d4.Time(0)
		for _, tr := range of("XX.N001..HHZ", petest.Out[seismo.Trace](res, "out")) {
			if off := tr.Start - at; off < -1 || off > 1 { // what is rounded is a nanosecond
				t.Fatalf("%+v: a trace begins at %d, expected %d", c, tr.Start, at)
			}
			n, at = n+len(tr.Samples), tr.End()
		}
		if want := int(float64(c.samples) * max(c.rate, 6) / c.rate); n != want {
			t.Errorf("%+v: %d samples, expected %d", c, n, want)
		}
	}
}

// TestPositions: what is no position is refused.
func TestPositions(t *testing.T) {
	n := seismo.NewNoise()
	if err := n.Setup(); err != nil {
		t.Fatal(err)
	}
	if err := n.Open(&d4.Instance{Count: 1}); err != nil {
		t.Fatal(err)
	}
	for _, position := range [][]byte{nil, {0x80}, {2, 2}, {1}, {0xf0, 0x01}} { // none, cut off, two, -1, 120 of 120
		if err := n.Seek(0, position); err == nil || !strings.Contains(err.Error(), "XX.N001..HHZ") {
			t.Errorf("%x: %v", position, err)
		}
	}
	if err := n.Seek(0, []byte{0xee, 0x01}); err != nil { // 119
		t.Error(err)
	}
}

// TestGeneratedBounds: each source that generates has its own.
func TestGeneratedBounds(t *testing.T) {
	r := registry.New()
	seismo.Register(r)
	for pe, want := range map[string]string{
		"seismo.Noise":       "stations 2-100000, aperture_km 0.1-20000, rate_hz 0.1-1e5, ",
		"seismo.Earthquakes": "stations 1-100000, aperture_km 0.1-2000, rate_hz 0.1-1000, ",
	} {
		variants, _ := r.Lookup(pe)
		got := ""
		for _, p := range variants[0].Params() {
			if slices.Contains([]string{"stations", "aperture_km", "rate_hz"}, p.Name) {
				got += p.Name + " " + p.Min + "-" + p.Max + ", "
			}
		}
		if got != want {
			t.Errorf("%s: %s, expected %s", pe, got, want)
		}
	}
}
