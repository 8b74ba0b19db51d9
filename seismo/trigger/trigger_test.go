package trigger

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func noise(n int, seed uint64) []float64 {
	r := rand.New(rand.NewPCG(seed, 5))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// TestStream: the same bits whole or in chunks, after Reset as at first.
func TestStream(t *testing.T) {
	x := noise(2000, 1)
	for name, r := range map[string]*Ratio[float64]{"classic": Classic[float64](10, 150), "recursive": Recursive[float64](10, 150)} {
		whole := r.Process(nil, x)
		r.Reset()
		var parts []float64
		for rest := x; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)%37)
			parts = append(parts, r.Process(nil, rest[:n])...)
			rest = rest[n:]
		}
		if !slices.Equal(parts, whole) {
			t.Errorf("%s: other values in chunks", name)
		}
	}
}

// TestStreamOfAllSorts: silence, an earthquake with quiet behind it, and what is no number, in
// chunks as whole, and in float32 as in float64.
func TestStreamOfAllSorts(t *testing.T) {
	x := noise(40_000, 12)
	clear(x[3000:9000])
	for i := 12_000; i < 12_400; i++ {
		x[i] *= 1e7
	}
	x[25_001] = math.NaN()
	single := make([]float32, len(x))
	for i, v := range x {
		single[i] = float32(v)
		x[i] = float64(single[i])
	}
	same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
	whole := Classic[float64](10, 150).Process(nil, x)
	narrow := Classic[float32](10, 150).Process(nil, single)
	r := Classic[float64](10, 150)
	for at, n := 0, 0; at < len(x); at += n {
		n = min(len(x)-at, 1+at%701)
		for i, v := range r.Process(nil, x[at:at+n]) {
			if !same(v, whole[at+i]) {
				t.Fatalf("at %d: %v in chunks, %v as a whole", at+i, v, whole[at+i])
			}
		}
	}
	for i, v := range narrow {
		if !same(float64(v), float64(float32(whole[i]))) {
			t.Fatalf("at %d: %v in float32, %v in float64", i, v, whole[i])
		}
	}
	for i := range x {
		if i >= 150 && (i < 3000 || i > 12_600 && i < 25_000) {
			var short, long float64
			for k := range 150 {
				q := x[i-k] * x[i-k]
				if long += q; k < 10 {
					short += q
				}
			}
			if want := 15 * short / long; math.Abs(whole[i]-want) > 1e-9*(1+want) {
				t.Fatalf("at %d: %v, expected %v", i, whole[i], want)
			}
		}
	}
}

// TestTwins compares with sums that are taken anew at each sample.
func TestTwins(t *testing.T) {
	x := noise(700, 2)
	const nsta, nlta = 7, 60
	mean := func(end, n int) float64 { // of the squares of the n samples before end
		sum := 0.0
		for _, v := range x[end-n : end] {
			sum += v * v
		}
		return sum / float64(n)
	}
	classic, delayed := Classic[float64](nsta, nlta).Process(nil, x), Delayed(nil, x, nsta, nlta)
	for i := range x {
		want := 0.0
		if i >= nlta-1 {
			want = mean(i+1, nsta) / mean(i+1, nlta)
		}
		if math.Abs(classic[i]-want) > 1e-12*(1+want) {
			t.Fatalf("classic at %d: %g, expected %g", i, classic[i], want)
		}
		want = 0
		if i >= nsta+nlta-1 {
			want = mean(i+1, nsta) / mean(i+1-nsta, nlta)
		}
		if math.Abs(delayed[i]-want) > 1e-12*(1+want) {
			t.Fatalf("delayed at %d: %g, expected %g", i, delayed[i], want)
		}
	}
}

// TestCausal: what comes later changes nothing before it, and an amplitude
// changes nothing at all.
func TestCausal(t *testing.T) {
	x := noise(800, 3)
	y := slices.Clone(x)
	for i := 500; i < len(y); i++ {
		y[i] *= 30
	}
	loud := slices.Clone(x)
	for i := range loud {
		loud[i] *= 1024
	}
	for name, f := range map[string]func(x []float64) []float64{
		"classic":   func(x []float64) []float64 { return Classic[float64](8, 90).Process(nil, x) },
		"recursive": func(x []float64) []float64 { return Recursive[float64](8, 90).Process(nil, x) },
		"delayed":   func(x []float64) []float64 { return Delayed(nil, x, 8, 90) },
	} {
		a := f(x)
		if !slices.Equal(a[:500], f(y)[:500]) {
			t.Errorf("%s: the future has an influence", name)
		}
		if b := f(loud); !slices.Equal(a, b) { // a power of two
			t.Errorf("%s: the unit has an influence", name)
		}
	}
}

// TestGateInChunks: onsets come from a stream as from a whole record, and peaks
// with them.
func TestGateInChunks(t *testing.T) {
	x := noise(4000, 4)
	g := NewGate[float64](1.5, 0.2, 9, false)
	var got []Span
	for _, v := range x {
		begun, open := g.Open()
		if s, ok := g.Next(v); ok {
			got = append(got, s)
			if !open || begun != s.On {
				t.Fatalf("%v: before it ended, open is %v since %d", s, open, begun)
			}
			if want := slices.Max(x[s.On : s.Off+1]); g.Peak != want {
				t.Fatalf("%v: peak %g, expected %g", s, g.Peak, want)
			}
		}
	}
	if s, ok := g.End(); ok {
		got = append(got, s)
	}
	if want := Onsets(x, 1.5, 0.2, 9, false); !slices.Equal(got, want) || len(got) < 100 {
		t.Errorf("%d spans, expected %d", len(got), len(want))
	}
}

// wave is noise with a P wave on the vertical and an S wave on the horizontals.
func wave(seed uint64, rate, p, s float64) (z, n, e []float64) {
	const length = 30
	all := [3][]float64{}
	for c := range all {
		x := noise(int(length*rate), seed*3+uint64(c))
		for i := range x {
			at := float64(i) / rate
			burst := func(onset, freq, size float64) float64 {
				if at < onset {
					return 0
				}
				return size * math.Sin(2*math.Pi*freq*(at-onset)) * math.Exp(-0.7*(at-onset))
			}
			x[i] += burst(p, 8, []float64{25, 4, 4}[c]) + burst(s, 5, []float64{5, 60, 45}[c])
		}
		all[c] = x
	}
	return all[0], all[1], all[2]
}

// TestPick: onsets that are known come back within a tenth of a second.
func TestPick(t *testing.T) {
	const rate = 100
	for seed := range uint64(20) {
		p, s := 10+0.13*float64(seed), 14.2+0.31*float64(seed)
		z, n, e := wave(seed, rate, p, s)
		gotP, gotS, err := DefaultPicker(rate).Pick(z, n, e)
		if err != nil || math.Abs(gotP-p) > 0.1 || math.Abs(gotS-s) > 0.15 {
			t.Errorf("P at %.2f and S at %.2f s are picked at %.2f and %.2f s, %v", p, s, gotP, gotS, err)
		}
	}
	quiet := DefaultPicker(rate)
	quiet.Ratio = 20
	if _, _, err := quiet.Pick(noise(3000, 1), noise(3000, 2), noise(3000, 3)); !errors.Is(err, ErrNoOnset) {
		t.Errorf("in noise: %v", err)
	}
	quiet.FreqMax = 60
	if _, _, err := quiet.Pick(noise(3000, 1), noise(3000, 2), noise(3000, 3)); err == nil {
		t.Error("a band beyond the Nyquist frequency is taken")
	}
}

// TestARAIC: a change of frequency without one of energy is found too.
func TestARAIC(t *testing.T) {
	for seed := range uint64(10) {
		r := noise(1200, seed)
		x := make([]float64, len(r))
		for i := range x {
			phi := 0.9
			if i >= 700 {
				phi = -0.9
			}
			if i > 0 {
				x[i] = phi * x[i-1]
			}
			x[i] += r[i]
		}
		if got, ok := ARAIC(x, 2, 300); !ok || got < 685 || got > 715 {
			t.Errorf("a change at 700 is found at %d", got)
		}
	}
	if _, ok := ARAIC(noise(50, 1), 2, 30); ok {
		t.Error("a record shorter than both ends is taken")
	}
}

// TestAIC: the least value stands where the noise ends.
func TestAIC(t *testing.T) {
	x := noise(1000, 6)
	for i := 600; i < 1000; i++ {
		x[i] *= 8
	}
	y := AIC(nil, x)
	at := 0
	for i, v := range y {
		if v < y[at] {
			at = i
		}
	}
	if at < 590 || at > 605 {
		t.Errorf("a change at 600 is found at %d", at)
	}
	if got := AIC(nil, []float64{1, 2}); !slices.Equal(got, []float64{0, 0}) {
		t.Errorf("two samples: %v", got)
	}
}

// TestLogs compares with math.Log, over all exponents and near 1.
func TestLogs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x := []float64{0, math.Copysign(0, -1), -1, 1, math.Inf(1), math.Inf(-1), math.NaN(), 5e-324, math.MaxFloat64, 0x1p-1022, 2, 0.5, math.Nextafter(1, 0), math.Nextafter(1, 2)}
	for range 100_000 {
		x = append(x, math.Exp(1400*r.Float64()-700), 0.5+1.5*r.Float64())
	}
	y := slices.Clone(x)
	logs(y)
	for i, v := range x {
		want := math.Log(v)
		if off := math.Abs(y[i] - want); math.Float64bits(y[i]) != math.Float64bits(want) && y[i] != want && !(off <= 5e-16+3e-16*math.Abs(want)) && !(math.IsNaN(want) && math.IsNaN(y[i])) {
			t.Fatalf("of %g: %g, expected %g", v, y[i], want)
		}
	}
}

// TestEnergyBehindQuake: what lies outside both windows leaves no trace, however large
// it was.
func TestEnergyBehindQuake(t *testing.T) {
	const nsta, nlta = 10, 300
	x := noise(8000, 9)
	quiet := Classic[float64](nsta, nlta).Process(nil, x)
	y := slices.Clone(x)
	for i := 1000; i < 1050; i++ {
		y[i] *= 1e7
	}
	for i := 4000; i < 4500; i++ {
		y[i] = 0 // dead for longer than both windows
	}
	got := Classic[float64](nsta, nlta).Process(nil, y)
	for i := range x {
		clean := i < 1000 || i >= 1050+nlta && i < 4000 || i >= 4500+nlta
		if dead := i >= 4000+nlta && i < 4500; dead && got[i] != 0 || clean && math.Abs(got[i]-quiet[i]) > 1e-11*(1+quiet[i]) {
			t.Fatalf("at %d: %g, expected %g", i, got[i], quiet[i])
		}
	}
}

// TestDeadChannel: a record of zeros triggers nothing, by numbers.
func TestDeadChannel(t *testing.T) {
	if z := ZDetect(nil, make([]float32, 50), 5); !slices.Equal(z, make([]float32, 50)) {
		t.Errorf("%v", z)
	}
}

// TestWeights: channels may count more or not at all.
func TestWeights(t *testing.T) {
	all := []Detection{{ID: "b", On: 5, Off: 20}, {ID: "a", On: 0, Off: 10}, {ID: "a", On: 12, Off: 14}, {ID: "c", On: 22, Off: 23}}
	events := Coincidences(slices.Clone(all), 2, 0, nil)
	if len(events) != 1 || events[0].Time != 0 || events[0].Duration != 20 || events[0].Sum != 2 {
		t.Errorf("%+v", events)
	}
	if events := Coincidences(slices.Clone(all), 2, 2, nil); len(events) != 1 || events[0].Sum != 3 {
		t.Errorf("with an extension: %+v", events)
	}
	if events := Coincidences(slices.Clone(all), 2, 0, map[string]float64{"b": 0}); len(events) != 0 {
		t.Errorf("without b: %+v", events)
	}
}

func BenchmarkRecursive(b *testing.B) {
	x := noise(1<<20, 1)
	r := Recursive[float64](20, 400)
	y := make([]float64, len(x))
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		r.Process(y, x)
	}
}

func BenchmarkClassic(b *testing.B) {
	x := noise(1<<20, 1)
	r := Classic[float64](20, 400)
	y := make([]float64, len(x))
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		r.Process(y, x)
	}
}

func BenchmarkAIC(b *testing.B) {
	x := noise(1<<20, 1)
	y := make([]float64, len(x))
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		AIC(y, x)
	}
}
