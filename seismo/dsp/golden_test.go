package dsp

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// A set of golden values as scripts/golden_dsp.py writes it.
type goldenSet struct {
	dir    string
	Inputs map[string]struct {
		File string
		Rate float64 `json:"sampling_rate"`
	}
	Cases []goldenCase
}

type goldenCase struct {
	Name, Function string
	Params         map[string]any
	Inputs         []string
	Outputs        []struct{ File string }
	Tolerance      float64 `json:"rtol_of_max"`
}

func (c goldenCase) number(key string, otherwise float64) float64 {
	if v, ok := c.Params[key].(float64); ok {
		return v
	}
	return otherwise
}

func (c goldenCase) text(key, otherwise string) string {
	if v, ok := c.Params[key].(string); ok {
		return v
	}
	return otherwise
}

func (c goldenCase) flag(key string, otherwise bool) bool {
	if v, ok := c.Params[key].(bool); ok {
		return v
	}
	return otherwise
}

func readSet(t *testing.T, dir string) goldenSet {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	set := goldenSet{dir: dir}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func (s goldenSet) array(t *testing.T, file string) []float64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, len(b)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return x
}

func (s goldenSet) input(t *testing.T, c goldenCase, i int) []float64 {
	return s.array(t, s.Inputs[c.Inputs[i]].File)
}

// run computes a case with this package; nil if it is none of its own.
func (s goldenSet) run(t *testing.T, c goldenCase, want int) []float64 {
	var x []float64
	var rate float64
	if len(c.Inputs) > 0 {
		x, rate = s.input(t, c, 0), s.Inputs[c.Inputs[0]].Rate
	}
	switch c.Function {
	case "Trace.detrend":
		switch c.text("type", "") {
		case "constant":
			return Demean(nil, x)
		case "simple":
			return DetrendSimple(nil, x)
		case "linear":
			return DetrendLinear(nil, x)
		}
		return DetrendPolynomial(nil, x, int(c.number("order", 0)))
	case "Trace.taper":
		window := map[string]Window{"hann": Hann, "hamming": Hamming, "cosine": Cosine, "blackman": Blackman,
			"bartlett": Bartlett}[c.text("type", "hann")]
		side := map[string]Side{"both": BothSides, "left": LeftSide, "right": RightSide}[c.text("side", "both")]
		length := TaperLength(len(x), c.number("max_percentage", math.Inf(1)), c.number("max_length", math.Inf(1)), rate)
		return Taper(nil, x, window, length, side)
	case "obspy.signal.invsim.cosine_taper":
		ones := make([]float64, int(c.number("npts", 0)))
		for i := range ones {
			ones[i] = 1
		}
		return CosineTaper(nil, ones, c.number("p", 0), c.flag("halfcosine", true), c.flag("sactaper", false))
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
		if c.flag("zerophase", false) {
			return f.ZeroPhase(nil, x)
		}
		return f.Process(nil, x)
	case "obspy.signal.filter.lowpass_cheby_2":
		sections, err := AntiAlias(c.number("freq", 0), c.number("df", 0))
		if err != nil {
			t.Fatal(err)
		}
		return NewFilter[float64](sections).Process(nil, x)
	case "Trace.decimate":
		d, err := NewDecimator[float64](int(c.number("factor", 0)))
		if err != nil {
			t.Fatal(err)
		}
		if c.flag("no_filter", false) {
			d.filter = NewFilter[float64](nil)
		}
		return d.Process(nil, x)
	case "Trace.resample":
		r, err := NewResampler[float64, complex128](len(x), rate, c.number("sampling_rate", 0), c.text("window", "") == "hann")
		if err != nil {
			t.Fatal(err)
		}
		return r.Resample(nil, x)
	case "Trace.interpolate":
		if c.text("method", "") != "lanczos" {
			return nil
		}
		y := make([]float64, want)
		Lanczos(y, x, 0, rate/c.number("sampling_rate", 0), int(c.number("a", 0)))
		return y
	case "Trace.differentiate":
		return Differentiate(nil, x, 1/rate)
	case "Trace.integrate":
		return Integrate(nil, x, 1/rate)
	case "obspy.signal.cross_correlation.correlate":
		cc := NewCorrelator[float64, complex128](len(x), int(c.number("shift", 0)))
		return cc.CorrelateObsPy(nil, x, s.input(t, c, 1), c.flag("demean", true), c.text("normalize", "") == "naive")
	case "obspy.signal.util.stack":
		return goldenStack(c, x)
	case "obspy.signal.filter.envelope":
		return NewAnalytic[float64, complex128](len(x), len(x)).Envelope(nil, x)
	}
	return nil
}

func goldenSections(t *testing.T, c goldenCase, rate float64) Sections {
	t.Helper()
	order := int(c.number("corners", 4))
	freq, low, high := c.number("freq", 0), c.number("freqmin", 0), c.number("freqmax", 0)
	var sections Sections
	var err error
	switch c.text("type", "") {
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

func goldenStack(c goldenCase, x []float64) []float64 {
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

func checkGolden(t *testing.T, dir string, atLeast int) {
	set := readSet(t, dir)
	ran := 0
	for _, c := range set.Cases {
		if len(c.Outputs) != 1 {
			continue
		}
		want := set.array(t, c.Outputs[0].File)
		got := set.run(t, c, len(want))
		if got == nil {
			continue
		}
		ran++
		t.Run(c.Name, func(t *testing.T) {
			if len(got) != len(want) {
				t.Fatalf("%d samples, want %d", len(got), len(want))
			}
			if e := apart(got, want); !(e <= c.Tolerance) {
				t.Errorf("%s %v: differs by %.1e of the largest value, more than %.0e", c.Function, c.Params, e, c.Tolerance)
			}
		})
	}
	if ran < atLeast {
		t.Errorf("only %d cases ran, want at least %d", ran, atLeast)
	}
}

func TestGolden(t *testing.T) {
	checkGolden(t, filepath.Join("testdata", "golden"), 65)
}

// The shared set is larger, with real recordings, and lies beside the repository.
func TestGoldenShared(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "golden")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKIP: no shared data in ../shared/data/golden beside the repository")
	}
	checkGolden(t, dir, 40)
}
