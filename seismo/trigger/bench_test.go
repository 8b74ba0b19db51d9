package trigger

import "testing"

// BenchmarkRatio is an hour at 40 Hz.
func BenchmarkRatio(b *testing.B) {
	x := noise(144_000, 1)
	out := make([]float64, len(x))
	for name, r := range map[string]*Ratio[float64]{"classic": Classic[float64](40, 800), "recursive": Recursive[float64](40, 800)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r.Reset()
				r.Process(out, x)
			}
			b.ReportMetric(float64(len(x)*b.N)/b.Elapsed().Seconds()/1e6, "M/s")
		})
	}
}
