package mseed

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// dayFile returns a day of 40 Hz in Steim 2: a recording, if the shared data
// are there, and else a random walk as hard to pack.
func dayFile(b *testing.B) []byte {
	b.Helper()
	if data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "scedc", "CICCA__BHN___2022002.ms")); err == nil {
		return data
	}
	s := ramp(0)
	s.SampleRate, s.Int32 = 40, randomWalk(rand.New(rand.NewPCG(15, 16)), 3_456_000, 11)
	return written(b, WriterOptions{}, s)
}

func report(b *testing.B, samples int) {
	b.ReportMetric(float64(samples)/b.Elapsed().Seconds()/1e6, "Msamples/s")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkReadSteim2(b *testing.B) {
	data := dayFile(b)
	b.SetBytes(int64(len(data)))
	var rec Record
	var x []int32
	n := 0
	for b.Loop() {
		r := NewReader(bytes.NewReader(data))
		for {
			err := r.Next(&rec)
			if err == io.EOF {
				break
			}
			if err == nil {
				x, err = rec.AppendInt32(x[:0])
			}
			if err != nil {
				b.Fatal(err)
			}
			n += len(x)
		}
	}
	report(b, n)
}

func BenchmarkReadTraces(b *testing.B) {
	data := dayFile(b)
	b.SetBytes(int64(len(data)))
	n := 0
	for b.Loop() {
		traces, err := ReadTraces(bytes.NewReader(data), Options{})
		if err != nil {
			b.Fatal(err)
		}
		for _, s := range traces[0].Segments {
			n += s.Len()
		}
	}
	report(b, n)
}

func BenchmarkSteimDecode(b *testing.B) {
	x := randomWalk(rand.New(rand.NewPCG(17, 18)), 1<<16, 11)
	for _, enc := range []Encoding{Steim1, Steim2} {
		frames := make([]byte, 4*len(x)+64)
		n, used, err := encodeSteim(frames, x, enc)
		if err != nil || n < len(x) {
			b.Fatal(n, err)
		}
		b.Run(enc.String(), func(b *testing.B) {
			dst, all := make([]int32, n), 0
			for b.Loop() {
				if err := decodeSteim(dst, frames[:used], false, packings(enc)); err != nil {
					b.Fatal(err)
				}
				all += n
			}
			report(b, all)
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	traces, err := ReadTraces(bytes.NewReader(dayFile(b)), Options{})
	if err != nil {
		b.Fatal(err)
	}
	for _, enc := range []Encoding{Steim1, Steim2, Int32} {
		b.Run(enc.String(), func(b *testing.B) {
			w, err := NewWriter(io.Discard, WriterOptions{Encoding: enc})
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				for i := range traces[0].Segments {
					if err := w.Write(&traces[0].Segments[i]); err != nil {
						b.Fatal(err)
					}
					n += traces[0].Segments[i].Len()
				}
			}
			report(b, n)
		})
	}
}
