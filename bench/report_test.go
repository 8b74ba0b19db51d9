package bench_test

import (
	"runtime"
	"testing"

	"github.com/dispel4go/dispel4go/bench"
)

// compare times ways in turn, a round an operation. It reports the rate of each
// in multiples of scale, and that of the first by each of the others'.
func compare(b *testing.B, scale float64, unit string, ways ...bench.Way) {
	b.Helper()
	b.ReportAllocs()
	t := bench.InTurn(ways...)
	for b.Loop() {
		if err := t.Round(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(0, "ns/op")
	for i, w := range ways {
		b.ReportMetric(t.Rate(i)/scale, w.Name+"-"+unit)
		if i > 0 {
			b.ReportMetric(t.Ratio(0, i), ways[0].Name+"/"+w.Name)
		}
	}
}

// counting makes a way count what it allocates, and returns what that is for a
// unit of its work.
func counting(w *bench.Way) (perUnit func() float64) {
	run, work, allocs, units := w.Run, w.Units, uint64(0), 0.0
	w.Run = func() error {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := run()
		runtime.ReadMemStats(&after)
		allocs += after.Mallocs - before.Mallocs
		units += work
		return err
	}
	return func() float64 { return float64(allocs) / units }
}
