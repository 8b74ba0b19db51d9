package wire

import "testing"

// What a body costs: into the frame, checked on both sides or not, and read in
// place.
// Copy is the plain copy to compare with.
func BenchmarkBody(b *testing.B) {
	const size = 1 << 20
	body := make([]byte, size)
	b.Run("copy", func(b *testing.B) {
		dst := make([]byte, size+1024)
		b.SetBytes(size)
		for b.Loop() {
			copy(dst, body)
		}
	})
	for _, v := range []struct {
		name  string
		check bool
	}{{"frame", false}, {"frame_checked", true}} {
		b.Run(v.name, func(b *testing.B) {
			w := NewWriter(&again{make([]byte, 2*size)}, Options{FrameSize: size + 1024, Check: v.check})
			put := putting(body)
			var r Reader
			var e Entry
			b.SetBytes(size)
			for b.Loop() {
				w.Batch(BatchHeader{Items: 1}, size, put, nil)
				frame, _ := w.Finish()
				if err := r.Reset(frame, nil); err != nil {
					b.Fatal(err)
				}
				for ok := true; ok; {
					var err error
					if ok, err = r.Next(&e); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// What an entry costs, written and read, in frames of 32 KiB.
func BenchmarkEntry(b *testing.B) {
	small := putting(make([]byte, 64))
	for _, c := range []struct {
		name  string
		write func(w *Writer)
	}{
		{"end", func(w *Writer) { w.End(3, 1000, 0) }},
		{"mark", func(w *Writer) { w.Mark(3, 1000, 1700000000000000000) }},
		{"batch_64B", func(w *Writer) { w.Batch(BatchHeader{3, 1000, 7, 2, 8}, 64, small, nil) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := NewWriter(&again{make([]byte, 1<<16)}, Options{})
			var r Reader
			var e Entry
			b.ReportAllocs()
			for b.Loop() {
				c.write(w)
				if w.Len() < 32000 {
					continue
				}
				frame, _ := w.Finish()
				if err := r.Reset(frame, nil); err != nil {
					b.Fatal(err)
				}
				for ok := true; ok; {
					ok, _ = r.Next(&e)
				}
			}
		})
	}
}
