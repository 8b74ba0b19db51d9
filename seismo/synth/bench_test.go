package synth

import "testing"

// One minute of one station at 20 Hz, read forward.
func BenchmarkRead(b *testing.B) {
	f, err := New(Default(1, Scatter(1, 24, 40)))
	if err != nil {
		b.Fatal(err)
	}
	r := f.Record(3)
	dst := make([]float32, 1200)
	b.SetBytes(int64(4 * len(dst)))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Read(dst, int64(i*len(dst)))
	}
}
