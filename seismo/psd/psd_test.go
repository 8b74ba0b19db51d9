package psd

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 6, func(t testing.TB, c *golden.Case) [][]float64 {
		switch c.Function {
		case "matplotlib.mlab.psd":
			w, err := NewWelch[float64, complex128](int(c.Number("NFFT", 0)), int(c.Number("noverlap", 0)), 0.2, c.Rate(0))
			if err != nil {
				t.Fatal(err)
			}
			var freqs []float64
			for k := range w.Bins() {
				freqs = append(freqs, w.Freq(k))
			}
			return [][]float64{w.Density(nil, c.Input(0)), freqs}
		case "obspy.signal.spectral_estimation.nlnm":
			return model2(c, LowNoise)
		case "obspy.signal.spectral_estimation.nhnm":
			return model2(c, HighNoise)
		case "obspy.signal.spectral_estimation.PPSD":
			return collect(t, c)
		}
		return nil
	})
}

// TestGoldenDefinitions: the frames of matplotlib's specgram, as ObsPy's spectrogram has them.
func TestGoldenDefinitions(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 1, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Function != "spectrogram" {
			return nil
		}
		w, err := NewWelch[float64, complex128](int(c.Number("NFFT", 0)), int(c.Number("noverlap", 0)), 0.2, c.Rate(0))
		if err != nil {
			t.Fatal(err)
		}
		times, rows := w.Spectrogram(c.Input(0))
		var all []float64
		for _, r := range rows {
			all = append(all, r...)
		}
		return [][]float64{all, times}
	})
}

// model2 evaluates a model at the periods of the case.
func model2(c *golden.Case, at func(period float64) float64) [][]float64 {
	var db []float64
	periods := c.Want(0)
	for _, p := range periods {
		// The periods have six digits: those beside the ends of the model and of its
		// stretches may be on the other side.
		db = append(db, at(min(max(p, 0.1), 1e5)))
	}
	return [][]float64{periods, db}
}

func collect(t testing.TB, c *golden.Case) [][]float64 {
	x, h := c.Input(0), c.Input(1)
	p, err := NewPPSD(c.Rate(0), Options{SegmentS: c.Number("ppsd_length", 0)})
	if err != nil {
		t.Fatal(err)
	}
	response := make([]complex128, len(h)/2)
	for k := range response {
		response[k] = complex(h[2*k], h[2*k+1])
	}
	p.SetResponse(response)
	var all []float64
	again, _ := NewPPSD(c.Rate(0), Options{SegmentS: c.Number("ppsd_length", 0)})
	for at := 0; at+p.Segment() <= len(x); at += p.Step() {
		curve := p.Add(x[at:][:p.Segment()])
		all = append(all, curve...)
		again.Collect(curve)
	}
	out := [][]float64{p.Periods(), again.Mean(), p.Mode(), all}
	for _, percent := range []float64{0, 5, 50, 95, 100} {
		out = append(out, p.Percentile(percent))
	}
	return out
}

// TestParseval: the density of white noise adds up to its variance, and a sine
// stands at its frequency.
func TestParseval(t *testing.T) {
	const rate, n = 10.0, 20000
	r := rand.New(rand.NewPCG(3, 4))
	x := make([]float64, n)
	for i := range x {
		x[i] = 3 * r.NormFloat64()
	}
	w, err := NewWelch[float64, complex128](500, 250, 0.2, rate)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for _, v := range w.Density(nil, x) {
		sum += v * rate / 500
	}
	if math.Abs(sum/9-1) > 0.03 {
		t.Errorf("the density adds up to %g, expected the variance 9", sum)
	}
	for i := range x {
		x[i] = 2 * math.Sin(2*math.Pi*1.5*float64(i)/rate)
	}
	times, rows := w.Spectrogram(x)
	if len(times) != w.Frames(n) || times[0] != 25 || times[1]-times[0] != 25 {
		t.Errorf("%d frames from %g s on", len(times), times[0])
	}
	for _, row := range rows {
		top, sum := 0, 0.0
		for k, v := range row {
			if v > row[top] {
				top = k
			}
			sum += v * rate / 500
		}
		if w.Freq(top) != 1.5 || math.Abs(sum/2-1) > 0.01 {
			t.Fatalf("a sine of power 2 at 1.5 Hz: %g at %g Hz", sum, w.Freq(top))
		}
	}
	if got := w.Density(nil, x[:499]); got[10] != 0 {
		t.Error("less than a frame has a density")
	}
}

func TestBadOptions(t *testing.T) {
	if _, err := NewWelch[float64, complex128](100, 100, 0.2, 1); err == nil {
		t.Error("frames that do not move are taken")
	}
	if _, err := NewPPSD(0.001, Options{}); err == nil {
		t.Error("segments of three samples are taken")
	}
	if _, err := NewPPSD(1e9, Options{}); err == nil {
		t.Error("segments of 3.6e12 samples are taken")
	}
	if math.IsNaN(LowNoise(1)) || !math.IsNaN(LowNoise(0.05)) || !math.IsNaN(HighNoise(2e5)) {
		t.Error("the models have other ends")
	}
}

// TestBeyondTheRange: what is beyond it is in the bins at its ends, infinite or not.
func TestBeyondTheRange(t *testing.T) {
	p, err := NewPPSD(1, Options{SegmentS: 64})
	if err != nil {
		t.Fatal(err)
	}
	curve := make([]float64, len(p.Periods()))
	for _, db := range []float64{math.Inf(1), 1e30, -49, math.Inf(-1), -1e30, -201, math.NaN()} {
		for i := range curve {
			curve[i] = db
		}
		p.Collect(curve)
	}
	shares, _ := p.Histogram()
	for _, row := range shares {
		if row[len(row)-1] != 3./7 || row[0] != 4./7 {
			t.Fatalf("%v above and %v below, expected 3 and 4 of 7", row[len(row)-1], row[0])
		}
	}
}

func BenchmarkPPSD(b *testing.B) {
	p, err := NewPPSD(40, Options{})
	if err != nil {
		b.Fatal(err)
	}
	x := make([]float64, p.Segment())
	for i := range x {
		x[i] = math.Sin(float64(i * i))
	}
	b.SetBytes(int64(8 * len(x)))
	for b.Loop() {
		p.Add(x)
	}
}
