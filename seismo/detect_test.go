package seismo_test

import (
	"math"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/rotate"
	"github.com/dispel4go/dispel4go/seismo/trigger"
)

// quake is a window of three components in which P and S begin at known samples.
func quake(id string, start d4.Time, p, s int) []seismo.Trace {
	const n, rate = 3000, 100
	burst := func(i, onset int, freq, size float64) float32 {
		if i < onset {
			return 0
		}
		at := float64(i-onset) / rate
		return float32(size * math.Sin(2*math.Pi*freq*at) * math.Exp(-0.7*at))
	}
	var all []seismo.Trace
	for k, letter := range "ZNE" {
		x := random(uint64(p)+uint64(k), n)
		for i := range x {
			x[i] = x[i]/100 + burst(i, p, 8, []float64{25, 4, 4}[k]) + burst(i, s, 5, []float64{5, 60, 45}[k])
		}
		all = append(all, cut(id+string(letter), start, rate, x, n)...)
	}
	return all
}

// TestPick: P is picked on the vertical and S on a horizontal, at the time where they are
// known to be; a quiet window has none, and one that lacks a component is counted.
func TestPick(t *testing.T) {
	in := slices.Concat(quake("XX.A..HH", 0, 1200, 1700), quake("XX.B..HH", 0, 5000, 5000), quake("XX.A..HH", 30*second, 900, 1500)[:2])
	res := run(t, seismo.NewPick, petest.Set("Ratio", 6), petest.Feed("in", in...), petest.Mark("in", 30*second))
	out := petest.Out[seismo.Onset](res, "out")
	if len(out) != 2 || out[0].Phase != "P" || out[0].Station.ID != "XX.A..HHZ" || out[1].Phase != "S" || out[1].Station.ID == "XX.A..HHZ" {
		t.Fatalf("%+v", out)
	}
	for k, want := range []d4.Time{12 * second, 17 * second} {
		if late := out[k].Time - want; late < -second/10 || late > second/10 {
			t.Errorf("%s is picked %g s late", out[k].Phase, float64(late)/1e9)
		}
	}
	if res.Counters["incomplete"] != 1 || res.Counters["other_components"] != 0 {
		t.Errorf("counters %v", res.Counters)
	}
	alone := petest.Out[seismo.Onset](run(t, seismo.NewPick, petest.Set("Ratio", 6), petest.Set("S", false), petest.Feed("in", in...)), "out")
	if len(alone) != 1 || alone[0] != out[0] {
		t.Errorf("without S: %+v", alone)
	}
}

// TestPolarize: a wave from a known direction is measured as package rotate does, by
// instrument and window.
func TestPolarize(t *testing.T) {
	const n, azimuth, incidence = 500, 40.0, 30.0
	x := random(7, n)
	sin, cos := math.Sincos(azimuth * math.Pi / 180)
	up, out := math.Cos(incidence*math.Pi/180), math.Sin(incidence*math.Pi/180)
	var in []seismo.Trace
	var parts [3][]float32
	for k, share := range []float64{up, out * cos, out * sin} {
		parts[k] = slices.Clone(x)
		for i := range parts[k] {
			parts[k][i] = float32(share * float64(x[i]))
		}
		in = append(in, cut("XX.A.00.BH"+string("ZNE"[k]), 5*second, 20, parts[k], n)...)
	}
	got := petest.Out[seismo.Polarization](run(t, seismo.NewPolarize, petest.Feed("in", in...)), "out")
	if len(got) != 1 || got[0].Instrument != "XX.A.00.BH" || got[0].Start != 5*second {
		t.Fatalf("%+v", got)
	}
	want := rotate.Polarize(parts[0], parts[1], parts[2])
	if p := got[0]; p.Azimuth != want.Azimuth || p.Incidence != want.Incidence || p.Rectilinearity != want.Rectilinearity || p.Planarity != want.Planarity {
		t.Errorf("%+v, expected %+v", p, want)
	}
	if p := got[0]; math.Abs(math.Mod(p.Azimuth, 180)-azimuth) > 1 || math.Abs(p.Incidence-incidence) > 1 || p.Rectilinearity < 0.99 {
		t.Errorf("a straight wave along %g and %g degrees is %+v", azimuth, incidence, p)
	}
}

// TestCharacteristic: each method is that of package trigger; averages go on from trace
// to trace and begin anew behind a gap, the others see traces by themselves.
func TestCharacteristic(t *testing.T) {
	x := random(8, 1200)
	const nsta, nlta = 10, 200 // of 1 and 20 s at 10 Hz
	for method, whole := range map[string]func(x []float32) []float32{
		"classic":               func(x []float32) []float32 { return trigger.Classic[float32](nsta, nlta).Process(nil, x) },
		"recursive":             func(x []float32) []float32 { return trigger.Recursive[float32](nsta, nlta).Process(nil, x) },
		"delayed":               func(x []float32) []float32 { return trigger.Delayed(nil, x, nsta, nlta) },
		"z_detect":              func(x []float32) []float32 { return trigger.ZDetect(nil, x, nsta) },
		"carl":                  func(x []float32) []float32 { return trigger.Carl(nil, x, nsta, nlta, 0.8, 0.8) },
		"energy_ratio":          func(x []float32) []float32 { return trigger.EnergyRatio(nil, x, nsta) },
		"modified_energy_ratio": func(x []float32) []float32 { return trigger.ModifiedEnergyRatio(nil, x, nsta, 3) },
	} {
		streams := method == "classic" || method == "recursive"
		in := cut("XX.A..Z", 0, 10, x, 600, 600)
		res := run(t, seismo.NewCharacteristic, petest.Set("Method", method), petest.Feed("in", in...))
		want := slices.Concat(whole(x[:600]), whole(x[600:]))
		if streams {
			want = whole(x)
		}
		if got := join(petest.Out[seismo.Trace](res, "out")); !slices.Equal(got, want) {
			t.Errorf("%s: other values than those of package trigger", method)
		}
		in[1].Start += 5 * second
		res = run(t, seismo.NewCharacteristic, petest.Set("Method", method), petest.Feed("in", in...))
		if got := join(petest.Out[seismo.Trace](res, "out")); !slices.Equal(got, slices.Concat(whole(x[:600]), whole(x[600:]))) || streams && res.Counters["gaps"] != 1 {
			t.Errorf("%s: it goes on across a gap, counters %v", method, res.Counters)
		}
	}
}

// TestClip: by root mean squares, by a value, by both in this order.
func TestClip(t *testing.T) {
	x := random(9, 400)
	for _, c := range []struct{ rms, limit float64 }{{1.5, 0}, {0, 50}, {2, 60}, {0, 0}} {
		want := slices.Clone(x)
		if c.rms > 0 {
			dsp.Winsorize(want, want, c.rms)
		}
		if c.limit > 0 {
			dsp.Clip(want, want, c.limit)
		}
		res := run(t, seismo.NewClip, petest.Set("RMS", c.rms), petest.Set("Limit", c.limit), petest.Feed("in", cut("XX.A..Z", 0, 10, x, 400)...))
		got := join(petest.Out[seismo.Trace](res, "out"))
		if !slices.Equal(got, want) || slices.Equal(got, x) != (c.rms == 0 && c.limit == 0) {
			t.Errorf("%+v: other samples than those of package dsp", c)
		}
	}
}
