package dsp

import (
	"testing"
	"unsafe"
)

// day is one day at 40 Hz.
const day = 3_456_000

// BenchmarkDay is the preprocessing of a day: linear detrend, 5 % taper,
// band-pass of order 4 zero-phase, decimation by 10.
func BenchmarkDay(b *testing.B) {
	b.Run("float64", benchDay[float64])
	b.Run("float32", benchDay[float32])
}

func benchDay[F Float](b *testing.B) {
	record, work := make([]F, day), make([]F, day)
	for i, v := range noise(day, 1) {
		record[i] = F(v)
	}
	filter := NewFilter[F](must(b)(Bandpass(4, 0.05, 1.5, 40)))
	decimator, err := NewDecimator[F](10)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]F, decimator.Len(day))
	length := TaperLength(day, 0.05, 60, 40)
	b.SetBytes(day * int64(unsafe.Sizeof(record[0])))
	for b.Loop() {
		DetrendLinear(work, record)
		Taper(work, work, Hann, length, BothSides)
		filter.ZeroPhase(work, work)
		decimator.Reset()
		decimator.Process(out, work)
	}
	perSample(b, day)
}

func perSample(b *testing.B, n int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/sample")
}

func BenchmarkSteps(b *testing.B) {
	const n = 1 << 18
	x, y := narrow(noise(n, 1)), make([]float32, n)
	filter := NewFilter[float32](must(b)(Bandpass(4, 0.05, 1.5, 40)))
	decimator, err := NewDecimator[float32](10)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]float32, decimator.Len(n))
	mean := NewRunningMean(200)
	for _, s := range []struct {
		name string
		do   func()
	}{
		{"FirstNonFinite", func() { FirstNonFinite(x) }},
		{"Demean", func() { Demean(y, x) }},
		{"DetrendLinear", func() { DetrendLinear(y, x) }},
		{"Taper", func() { Taper(y, x, Hann, n/20, BothSides) }},
		{"Bandpass4", func() { filter.Process(y, x) }},
		{"Bandpass4ZeroPhase", func() { filter.ZeroPhase(y, x) }},
		{"Decimate10", func() { decimator.Reset(); decimator.Process(out, x) }},
		{"OneBit", func() { OneBit(y, x) }},
		{"Clip", func() { Clip(y, x, 3) }},
		{"RunningMean", func() { Normalize(mean, y, x) }},
	} {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(4 * n)
			for b.Loop() {
				s.do()
			}
			perSample(b, n)
		})
	}
}

// BenchmarkPair is an hour at 4 Hz with lags of +-1250 s: what a spectrum costs a
// station, and the product and the lags a pair.
func BenchmarkPair(b *testing.B) {
	const n, maxLag = 14_400, 5000
	c := NewCorrelator[float32, complex64](n, maxLag)
	x := narrow(noise(n, 1))
	one, other := c.Spectrum(nil, x), c.Spectrum(nil, narrow(noise(n, 2)))
	sum, lags := make([]complex64, c.Bins()), make([]float32, 2*maxLag+1)
	whitener, err := NewWhitener[complex64](c.Size(), 4, [4]float64{0.05, 0.1, 1, 1.2}, 10)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Spectrum", func(b *testing.B) {
		for b.Loop() {
			c.Spectrum(sum, x)
		}
	})
	b.Run("Whiten", func(b *testing.B) {
		for b.Loop() {
			whitener.Whiten(sum, one)
		}
	})
	b.Run("AddCross", func(b *testing.B) {
		b.SetBytes(int64(8 * len(sum)))
		for b.Loop() {
			clear(sum)
			AddCross(sum, one, other)
		}
	})
	b.Run("Lags", func(b *testing.B) {
		for b.Loop() {
			c.Lags(lags, one)
		}
	})
}
