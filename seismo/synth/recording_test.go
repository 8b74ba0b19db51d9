package synth

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/fft"
)

// quick returns a field of short patches, for stations on a line.
func quick(t testing.TB, change func(c *Config)) *Field {
	t.Helper()
	c := Default(7, []Point{{0, 0}, {0, 4}, {9, 0}, {-6, 6}})
	c.RateHz, c.FreqMinHz, c.FreqMaxHz, c.Sources = 8, 0.5, 2, 32
	if change != nil {
		change(&c)
	}
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Any ranges, in any order, by any reader, give the bits of the whole.
func TestReadAnyRange(t *testing.T) {
	f := quick(t, nil)
	n := 7 * f.Period() / 2
	whole := f.Record(2).Read(make([]float32, n), 0)
	rng := rand.New(rand.NewPCG(1, 1))
	readers := []*Recording{f.Record(2), f.Record(2), quick(t, nil).Record(2)}
	for range 200 {
		first := rng.IntN(n)
		dst := make([]float32, rng.IntN(n-first+1))
		readers[rng.IntN(len(readers))].Read(dst, int64(first))
		if !slices.Equal(dst, whole[first:first+len(dst)]) {
			t.Fatalf("samples from %d to %d differ from those of the whole", first, first+len(dst))
		}
	}
}

// A station's recording does not depend on how far time has gone: no wrap.
func TestReadLate(t *testing.T) {
	f := quick(t, nil)
	r := f.Record(1)
	late := r.Read(make([]float32, 100), 1<<40)
	if slices.Equal(late, r.Read(make([]float32, 100), 0)) || slices.Equal(late, r.Read(make([]float32, 100), 1<<40-100)) {
		t.Error("the recording repeats")
	}
	if slices.Max(late) == slices.Min(late) {
		t.Error("the recording ends")
	}
}

func TestReadAllocatesNothing(t *testing.T) {
	f := quick(t, nil)
	r, dst, at := f.Record(0), make([]float32, f.Period()/3), int64(0)
	if n := testing.AllocsPerRun(10, func() { r.Read(dst, at); at += int64(len(dst)) }); n != 0 {
		t.Errorf("%v allocations a read", n)
	}
}

// power returns the mean power of each frequency over windows of n samples,
// tapered, and the coherency with another recording.
func power(ra, rb *Recording, n, windows int) (pa []float64, coherency []complex128) {
	plan := fft.NewReal[float64, complex128](n)
	pa, pb, cross := make([]float64, plan.Bins()), make([]float64, plan.Bins()), make([]complex128, plan.Bins())
	spectrum := func(r *Recording, w int) []complex128 {
		x, y := r.Read(make([]float32, n), int64(w*n)), make([]float64, n)
		for j, v := range x {
			y[j] = float64(v) * (1 - math.Cos(2*math.Pi*(float64(j)+0.5)/float64(n)))
		}
		return plan.Forward(nil, y)
	}
	for w := range windows {
		xa, xb := spectrum(ra, w), spectrum(rb, w)
		for k := range cross {
			pa[k] += (real(xa[k])*real(xa[k]) + imag(xa[k])*imag(xa[k])) / float64(windows)
			pb[k] += (real(xb[k])*real(xb[k]) + imag(xb[k])*imag(xb[k])) / float64(windows)
			cross[k] += complex(real(xa[k]), -imag(xa[k])) * xb[k] / complex(float64(windows), 0)
		}
	}
	coherency = cross
	for k := range cross {
		coherency[k] /= complex(math.Sqrt(pa[k]*pb[k]), 0)
	}
	return pa, coherency
}

// The coherency of two stations is J0(2 pi f d/V): real, whichever way the pair
// points, and nothing where the field is incoherent.
func TestCoherencyIsJ0(t *testing.T) {
	const n, windows = 256, 3000
	tolerance := 4.5 / math.Sqrt(windows)
	for _, pair := range [][2]int{{0, 1}, {0, 2}, {1, 3}} {
		for _, incoherent := range []bool{false, true} {
			f := quick(t, func(c *Config) { c.NoiseRatio, c.Incoherent = 0, incoherent })
			d := f.cfg.Stations[pair[0]].Distance(f.cfg.Stations[pair[1]])
			_, coherency := power(f.Record(pair[0]), f.Record(pair[1]), n, windows)
			for k, v := range coherency {
				freq := float64(k) * f.cfg.RateHz / n
				if freq < f.cfg.FreqMinHz || freq > f.cfg.FreqMaxHz {
					continue
				}
				want := math.J0(2 * math.Pi * freq * d / f.cfg.VelocityKmS)
				if incoherent {
					want = 0
				}
				if math.Abs(real(v)-want) > tolerance || math.Abs(imag(v)) > tolerance {
					t.Errorf("stations %v, incoherent %v, %.2f Hz: %.3f, want %.3f", pair, incoherent, freq, v, want)
				}
			}
		}
	}
}

// Coherencies of components are what waves from all sides give (Haney et al. 2012), along
// a pair to the north: Rayleigh waves whose way along is H as large as that up and a
// quarter of a period later, and Love waves of their own.
func TestCoherencyOfComponents(t *testing.T) {
	const n, windows, h = 256, 2000, ellipticity
	f := quick(t, func(c *Config) { c.NoiseRatio = 0 })
	d := f.cfg.Stations[0].Distance(f.cfg.Stations[1])
	across := (h*h + 1) / 2 // the power of a horizontal, that up being 1
	for _, c := range []struct {
		a, b Component
		want func(j0, j1, byX float64) float64 // byX is J1(x)/x
	}{
		{North, North, func(j0, j1, byX float64) float64 { return (h*h*(j0-byX) + byX) / across }},
		{East, East, func(j0, j1, byX float64) float64 { return (h*h*byX + j0 - byX) / across }},
		{Up, North, func(j0, j1, byX float64) float64 { return h * j1 / math.Sqrt(across) }},
		{North, Up, func(j0, j1, byX float64) float64 { return -h * j1 / math.Sqrt(across) }},
		{Up, East, func(j0, j1, byX float64) float64 { return 0 }},
		{North, East, func(j0, j1, byX float64) float64 { return 0 }},
	} {
		_, coherency := power(f.RecordAlong(0, c.a), f.RecordAlong(1, c.b), n, windows)
		for k, v := range coherency {
			freq := float64(k) * f.cfg.RateHz / n
			if freq < f.cfg.FreqMinHz || freq > f.cfg.FreqMaxHz {
				continue
			}
			x := 2 * math.Pi * freq * d / f.cfg.VelocityKmS
			if want := c.want(math.J0(x), math.J1(x), math.J1(x)/x); math.Abs(real(v)-want) > 4.5/math.Sqrt(windows) || math.Abs(imag(v)) > 4.5/math.Sqrt(windows) {
				t.Errorf("components %d and %d at %.2f Hz: %.3f, want %.3f", c.a, c.b, freq, v, want)
			}
		}
	}
}

// The spectrum is flat in the band and ends with it, across the joints of
// patches too: a seam would be a click of all frequencies.
func TestSpectrum(t *testing.T) {
	const n, windows = 256, 500
	f := quick(t, func(c *Config) { c.NoiseRatio, c.FieldRMS = 0, 1e5 })
	p, _ := power(f.Record(0), f.Record(1), n, windows)
	inside, count := 0.0, 0
	for k, v := range p {
		if freq := float64(k) * f.cfg.RateHz / n; freq >= 0.55 && freq <= 1.95 {
			inside += v
			count++
		}
	}
	inside /= float64(count)
	for k, v := range p {
		freq := float64(k) * f.cfg.RateHz / n
		switch {
		case freq >= 0.55 && freq <= 1.95 && math.Abs(v/inside-1) > 0.3:
			t.Errorf("%.2f Hz: %.2f of the mean power in the band", freq, v/inside)
		case (freq < 0.15 || freq > 2.6) && v > 1e-5*inside:
			t.Errorf("%.2f Hz: %.1e of the power in the band", freq, v/inside)
		}
	}
}

// The power is the same everywhere in a patch, and as large as was asked for.
func TestPowerIsSteady(t *testing.T) {
	f := quick(t, func(c *Config) { c.NoiseRatio = 0 })
	half := f.Period() / 2
	const parts, hops = 8, 400
	var squares [parts]float64
	r, x := f.Record(3), make([]float32, half)
	for h := range hops {
		for j, v := range r.Read(x, int64(h*half)) {
			squares[j*parts/half] += float64(v) * float64(v)
		}
	}
	for i, s := range squares {
		if rms := math.Sqrt(s / float64(hops*half) * parts); math.Abs(rms/f.cfg.FieldRMS-1) > 0.03 {
			t.Errorf("part %d of a patch: rms %.1f, want %g", i, rms, f.cfg.FieldRMS)
		}
	}
}

// Local noise is as strong as the ratio says at every frequency, and white.
func TestNoiseRatio(t *testing.T) {
	const n, windows, ratio = 256, 1000, 0.7
	of := func(ratio float64) []float64 {
		f := quick(t, func(c *Config) { c.NoiseRatio = ratio })
		p, _ := power(f.Record(0), f.Record(1), n, windows)
		return p
	}
	field, both := of(0), of(ratio)
	mean := func(p []float64, low, high float64) float64 {
		a, b := int(low*n/8), int(high*n/8)
		sum := 0.0
		for _, v := range p[a:b] {
			sum += v
		}
		return sum / float64(b-a)
	}
	flat := mean(field, 0.6, 1.9)
	sum, above := mean(both, 0.6, 1.9)-flat, mean(both, 2.6, 4)
	if got := math.Sqrt(above / flat); math.Abs(got-ratio) > 0.02 {
		t.Errorf("above the band the noise is %.3f of the field in it, want %g", got, ratio)
	}
	if got := math.Sqrt(sum / flat); math.Abs(got-ratio) > 0.05 {
		t.Errorf("in the band the noise is %.3f of the field, want %g", got, ratio)
	}
}

func TestWholeCounts(t *testing.T) {
	for _, v := range quick(t, nil).Record(0).Read(make([]float32, 5000), 0) {
		if v != float32(int32(v)) {
			t.Fatalf("%v is not a whole count", v)
		}
	}
}

func TestBadUse(t *testing.T) {
	f := quick(t, nil)
	for name, use := range map[string]func(){
		badStation: func() { f.Record(4) },
		badFirst:   func() { f.Record(0).Read(make([]float32, 1), -1) },
	} {
		func() {
			defer func() {
				if got := recover(); got != name {
					t.Errorf("panic %v, want %q", got, name)
				}
			}()
			use()
		}()
	}
}
