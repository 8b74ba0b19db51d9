package dsp

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// compute computes a case with this package; nil if it is none of its own.
func compute(t testing.TB, c *golden.Case) [][]float64 {
	if len(c.Outputs) != 1 {
		return nil
	}
	if y := result(t, c); y != nil {
		return [][]float64{y}
	}
	return nil
}

func result(t testing.TB, c *golden.Case) []float64 {
	var x []float64
	var rate float64
	if len(c.Inputs) > 0 {
		x, rate = c.Input(0), c.Rate(0)
	}
	want := len(c.Want(0))
	switch c.Function {
	case "Trace.detrend":
		switch c.Text("type", "") {
		case "constant":
			return Demean(nil, x)
		case "simple":
			return DetrendSimple(nil, x)
		case "linear":
			return DetrendLinear(nil, x)
		case "spline":
			return DetrendSpline(nil, x, int(c.Number("order", 0)), c.Number("dspline", 0))
		}
		return DetrendPolynomial(nil, x, int(c.Number("order", 0)))
	case "Trace.taper":
		window := map[string]Window{"hann": Hann, "hamming": Hamming, "cosine": Cosine, "blackman": Blackman,
			"bartlett": Bartlett, "blackmanharris": BlackmanHarris, "nuttall": Nuttall, "flattop": FlatTop, "bohman": Bohman,
			"parzen": Parzen, "triang": Triangle, "barthann": BartlettHann}[c.Text("type", "hann")]
		side := map[string]Side{"both": BothSides, "left": LeftSide, "right": RightSide}[c.Text("side", "both")]
		length := TaperLength(len(x), c.Number("max_percentage", math.Inf(1)), c.Number("max_length", math.Inf(1)), rate)
		return Taper(nil, x, window, length, side)
	case "obspy.signal.invsim.cosine_taper":
		ones := make([]float64, int(c.Number("npts", 0)))
		for i := range ones {
			ones[i] = 1
		}
		return CosineTaper(nil, ones, c.Number("p", 0), c.Flag("halfcosine", true), c.Flag("sactaper", false))
	case "obspy.signal.invsim.cosine_sac_taper":
		limits := c.Params["flimit"].([]any) // over linspace(0, 20, want)
		corners := [4]float64{limits[0].(float64), limits[1].(float64), limits[2].(float64), limits[3].(float64)}
		y := make([]float64, want)
		for i := range y {
			y[i] = BandWeight(20*float64(i)/float64(want-1), corners)
		}
		return y
	case "Trace.filter":
		f := NewFilter[float64](goldenSections(t, c, rate))
		if c.Flag("zerophase", false) {
			return f.ZeroPhase(nil, x)
		}
		return f.Process(nil, x)
	case "scipy.signal.iirfilter":
		f := NewFilter[float64](scipySections(t, c, rate))
		return f.Process(nil, x)
	case "obspy.signal.cross_correlation.correlate_template":
		var from, to int
		if _, err := fmt.Sscanf(c.Text("template", ""), "x[%d:%d]", &from, &to); err != nil {
			t.Fatal(err)
		}
		return NewTemplate[float64, complex128](x[from:to], len(c.Input(1)), c.Flag("demean", true)).Correlate(nil, c.Input(1))
	case "obspy.signal.filter.lowpass_cheby_2":
		sections, err := AntiAlias(c.Number("freq", 0), c.Number("df", 0))
		if err != nil {
			t.Fatal(err)
		}
		return NewFilter[float64](sections).Process(nil, x)
	case "Trace.decimate":
		d, err := NewDecimator[float64](int(c.Number("factor", 0)))
		if err != nil {
			t.Fatal(err)
		}
		if c.Flag("no_filter", false) {
			d.filter = NewFilter[float64](nil)
		}
		return d.Process(nil, x)
	case "Trace.resample":
		r, err := NewResampler[float64, complex128](len(x), rate, c.Number("sampling_rate", 0), c.Text("window", "") == "hann")
		if err != nil {
			t.Fatal(err)
		}
		return r.Resample(nil, x)
	case "Trace.interpolate":
		y := make([]float64, want)
		step := rate / c.Number("sampling_rate", 0)
		switch c.Text("method", "") {
		case "lanczos":
			NewSinc[float64](int(c.Number("a", 0)), LanczosKernel).Interpolate(y, x, 0, step)
		case "weighted_average_slopes":
			WeightedSlopes(y, x, 0, step)
		case "cubic":
			NewCubicSpline[float64](len(x)).Interpolate(y, x, 0, step)
		default:
			return nil
		}
		return y
	case "Trace.differentiate":
		return Differentiate(nil, x, 1/rate)
	case "Trace.integrate":
		return Integrate(nil, x, 1/rate)
	case "obspy.signal.cross_correlation.correlate":
		cc := NewCorrelator[float64, complex128](len(x), int(c.Number("shift", 0)))
		return cc.CorrelateObsPy(nil, x, c.Input(1), c.Flag("demean", true), c.Text("normalize", "") == "naive")
	case "whiten.MSNoise":
		return whitened(t, c, MSNoise)
	case "whiten.SeisNoise":
		return whitened(t, c, SeisNoise)
	case "whiten.NoisePy":
		return whitened(t, c, NoisePy)
	case "obspy.signal.util.stack":
		return goldenStack(c, x)
	case "obspy.signal.filter.envelope":
		return NewAnalytic[float64, complex128](len(x), len(x)).Envelope(nil, x)
	}
	return nil
}

func goldenSections(t testing.TB, c *golden.Case, rate float64) Sections {
	t.Helper()
	order := int(c.Number("corners", 4))
	freq, low, high := c.Number("freq", 0), c.Number("freqmin", 0), c.Number("freqmax", 0)
	var sections Sections
	var err error
	switch c.Text("type", "") {
	case "lowpass":
		sections, err = Lowpass(order, freq, rate)
	case "highpass":
		sections, err = Highpass(order, freq, rate)
	case "bandpass":
		sections, err = Bandpass(order, low, high, rate)
	case "bandstop":
		sections, err = Bandstop(order, low, high, rate)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sections
}

func scipySections(t testing.TB, c *golden.Case, rate float64) Sections {
	t.Helper()
	order := int(c.Number("N", 0))
	p := map[string]Prototype{"butter": Butterworth(order), "cheby1": Chebyshev1(order, c.Number("rp", 0)),
		"cheby2": Chebyshev2(order, c.Number("rs", 0)), "bessel": Bessel(order)}[c.Text("ftype", "")]
	corners := c.Numbers("Wn")
	var sections Sections
	var err error
	switch c.Text("btype", "") {
	case "lowpass":
		sections, err = p.Lowpass(corners[0], rate)
	case "highpass":
		sections, err = p.Highpass(corners[0], rate)
	case "bandpass":
		sections, err = p.Bandpass(corners[0], corners[1], rate)
	case "bandstop":
		sections, err = p.Bandstop(corners[0], corners[1], rate)
	}
	if err != nil {
		t.Fatal(err)
	}
	return sections
}

func whitened(t testing.TB, c *golden.Case, tool Whitening) []float64 {
	x := c.Input(0)
	w, err := NewWhitening[complex128](tool, len(x), c.Rate(0), c.Number("low", 0), c.Number("high", 0), int(c.Number("smooth", 0)))
	if err != nil {
		t.Fatal(err)
	}
	var out []float64
	for _, v := range w.Whiten(nil, fft.NewReal[float64, complex128](len(x)).Forward(nil, x)) {
		out = append(out, real(v), imag(v))
	}
	return out
}

func goldenStack(c *golden.Case, x []float64) []float64 {
	shape := c.Params["shape"].([]any)
	n := int(shape[1].(float64))
	linear := NewLinearStack[float64](n)
	kind, power := "linear", 1.0
	if pair, ok := c.Params["stack_type"].([]any); ok {
		kind, power = pair[0].(string), pair[1].(float64)
	}
	phase, root := NewPhaseStack[float64, complex128](n), NewRootStack[float64](n, power)
	for ; len(x) > 0; x = x[n:] {
		linear.Add(x[:n])
		phase.Add(x[:n])
		root.Add(x[:n])
	}
	switch kind {
	case "pw":
		return phase.Stack(nil, power)
	case "root":
		return root.Stack(nil)
	}
	return linear.Stack(nil)
}

func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("testdata", "golden"), 104, compute)
}

// The shared set is larger, with real recordings, and lies beside the repository.
// Its interpolations are of 2022, and ObsPy counts places in float64 seconds since
// 1970, which are 2.4e-7 s apart: a hundred-thousandth of a sample.
func TestGoldenShared(t *testing.T) {
	golden.CheckShared(t, 2, 43, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Function == "Trace.interpolate" && c.Text("method", "") != "lanczos" {
			c.Tolerance = 3e-6
		}
		return compute(t, c)
	})
}

// TestGoldenDefinitions: what ObsPy does not have, by its definition.
func TestGoldenDefinitions(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 10, func(t testing.TB, c *golden.Case) [][]float64 {
		x := c.Input(0)
		switch c.Function {
		case "one-bit":
			return [][]float64{OneBit(nil, x)}
		case "clip":
			return [][]float64{Clip(nil, x, c.Number("limit", 0))}
		case "winsorize":
			return [][]float64{Winsorize(nil, x, c.Number("limit", 0))}
		case "running-mean":
			return [][]float64{Normalize(NewRunningMean(int(c.Number("half", 0))), nil, x)}
		case "sinc":
			kernel := map[string]Kernel{"hann": HannKernel, "blackman": BlackmanKernel}[c.Text("kernel", "")]
			y := make([]float64, len(c.Want(0)))
			NewSinc[float64](int(c.Number("a", 0)), kernel).Interpolate(y, x, c.Number("start", 0), c.Number("step", 0))
			return [][]float64{y}
		}
		return nil
	})
}
