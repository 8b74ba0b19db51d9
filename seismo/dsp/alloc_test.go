package dsp

import "testing"

func TestNoAllocation(t *testing.T) {
	const n = 600
	x, y := narrow(noise(n, 1)), make([]float32, n)
	filter := NewFilter[float32](must(t)(Bandpass(3, 1, 4, 40)))
	decimator, err := NewDecimator[float32](10)
	if err != nil {
		t.Fatal(err)
	}
	resampler, err := NewResampler[float32, complex64](n, 40, 20, true)
	if err != nil {
		t.Fatal(err)
	}
	short := make([]float32, n/10)
	half := make([]float32, resampler.Len())
	mean := NewRunningMean(20)
	c := NewCorrelator[float32, complex64](n, 50)
	sum, lags := make([]complex64, c.Bins()), make([]float32, 101)
	whitener, err := NewWhitener[complex64](c.Size(), 40, [4]float64{1, 2, 8, 10}, 5)
	if err != nil {
		t.Fatal(err)
	}
	analytic := NewAnalytic[float32, complex64](n, n)
	linear, phase, root := NewLinearStack[float32](n), NewPhaseStack[float32, complex64](n), NewRootStack[float32](n, 2)
	sinc, spline := NewSinc[float32](8, HannKernel), NewCubicSpline[float32](n)
	template := NewTemplate[float32, complex64](x[:50], n, true)
	found := make([]float32, template.Len())
	for name, f := range map[string]func(){
		"FirstNonFinite": func() { FirstNonFinite(x) },
		"Demean":         func() { Demean(y, x) },
		"simple":         func() { DetrendSimple(y, x) },
		"linear":         func() { DetrendLinear(y, x) },
		"polynomial":     func() { DetrendPolynomial(y, x, 3) },
		"Taper":          func() { Taper(y, x, Hann, 30, BothSides) },
		"CosineTaper":    func() { CosineTaper(y, x, 0.1, true, false) },
		"Differentiate":  func() { Differentiate(y, x, 0.1); Integrate(y, x, 0.1) },
		"Filter":         func() { filter.Process(y, x); filter.ZeroPhase(y, x) },
		"Decimator":      func() { decimator.Process(short, x) },
		"Resampler":      func() { resampler.Resample(half, x) },
		"interpolate": func() {
			sinc.Interpolate(half, x, 0.3, 2)
			spline.Interpolate(half, x, 0, 2)
			WeightedSlopes(half, x, 0, 2)
		},
		"Template":    func() { template.Correlate(found, x) },
		"Clip":        func() { Clip(y, x, 1); OneBit(y, x); RMS(x) },
		"RunningMean": func() { Normalize(mean, y, x) },
		"Whitener":    func() { whitener.Whiten(sum, sum) },
		"Correlator":  func() { c.Correlate(lags, x, y); c.CorrelateObsPy(lags, x, y, true, true) },
		"Steps":       func() { c.Spectrum(sum, x); AddCross(sum, sum, sum); c.Lags(lags, sum) },
		"Analytic":    func() { analytic.Hilbert(y, x); analytic.Envelope(y, x) },
		"LinearStack": func() { linear.Add(x); linear.Stack(y) },
		"PhaseStack":  func() { phase.Add(x); phase.Stack(y, 2) },
		"RootStack":   func() { root.Add(x); root.Stack(y) },
	} {
		if got := testing.AllocsPerRun(5, f); got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

func TestWrongLengthStops(t *testing.T) {
	x := make([]float64, 10)
	c := NewCorrelator[float64, complex128](10, 2)
	for name, f := range map[string]func(){
		"dst":      func() { Demean(make([]float64, 9), x) },
		"taper":    func() { Taper(nil, x, Hann, 6, BothSides) },
		"record":   func() { c.Spectrum(nil, x[:9]) },
		"spectrum": func() { c.Lags(nil, make([]complex128, 3)) },
		"cross":    func() { AddCross(make([]complex128, 3), make([]complex128, 4), make([]complex128, 3)) },
		"row":      func() { NewLinearStack[float64](9).Add(x) },
		"clip":     func() { Clip(nil, x, -1) },
		"order":    func() { DetrendPolynomial(nil, x, MaxDetrendOrder+1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
