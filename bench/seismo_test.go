package bench_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/seismo/dsp"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// days returns two files of a day at 40 Hz in Steim 2, and where they are from:
// as recorded where the shared data are there, and else random walks.
func days(b *testing.B) (files []string, from string) {
	b.Helper()
	files, _ = filepath.Glob(filepath.Join("..", "..", "shared", "data", "scedc", "*.ms"))
	if len(files) == 2 {
		return files, "recorded"
	}
	files = nil
	for k := range uint64(2) {
		r := rand.New(rand.NewPCG(15, k))
		x, at := make([]int32, 3_456_000), int32(0)
		for i := range x {
			at += r.Int32N(2048) - 1024
			x[i] = at
		}
		path := filepath.Join(b.TempDir(), fmt.Sprintf("%d.mseed", k))
		f, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		w, err := mseed.NewWriter(f, mseed.WriterOptions{Encoding: mseed.Steim2})
		if err == nil {
			err = w.Write(&mseed.Segment{ID: fmt.Sprintf("XX.W%d..BHZ", k), SampleRate: 40, Int32: x})
		}
		if err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
		files = append(files, path)
	}
	return files, "generated"
}

// BenchmarkSteim2 decodes a day from memory, on one core.
func BenchmarkSteim2(b *testing.B) {
	files, from := days(b)
	data, err := os.ReadFile(files[0])
	if err != nil {
		b.Fatal(err)
	}
	b.Run(from, func(b *testing.B) {
		samples := 0
		b.ReportAllocs()
		for b.Loop() {
			traces, err := mseed.ReadTraces(bytes.NewReader(data), mseed.Options{})
			if err != nil {
				b.Fatal(err)
			}
			for i := range traces[0].Segments {
				samples += traces[0].Segments[i].Len()
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(float64(samples)/b.Elapsed().Seconds()/1e6, "Msamples/s")
	})
}

// BenchmarkPreprocess reads two days and prepares them for correlation, a file
// an item, in two instances: detrend, taper, band-pass, 40 Hz to 4 Hz, one-bit.
func BenchmarkPreprocess(b *testing.B) {
	files, from := days(b)
	b.Run(from, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			g := d4.NewGraph("days")
			names := d4.Add(g, "files", pes.Slice(files...), d4.Instances(1))
			ready := d4.Add(g, "prepare", pes.TryMap(prepare), d4.Instances(2))
			sink := d4.Add(g, "sink", pes.Discard[[]float32](), d4.Instances(1))
			d4.Connect(g, names.Out, ready.In, d4.RoundRobin)
			d4.Connect(g, ready.Out, sink.In)
			res, err := bench.Stages.Run(b.Context(), g)
			if err != nil {
				b.Fatal(err)
			}
			if got := res.Sinks["sink"].Items; got != 2 {
				b.Fatalf("%d of 2 days are ready", got)
			}
		}
		b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	})
}

// prepare returns the longest segment of a file, ready to be correlated.
func prepare(file string) ([]float32, error) {
	traces, err := mseed.ReadFile(file, mseed.Options{})
	if err != nil {
		return nil, err
	}
	var longest *mseed.Segment
	for i := range traces[0].Segments {
		if s := &traces[0].Segments[i]; longest == nil || s.Len() > longest.Len() {
			longest = s
		}
	}
	x := longest.AppendFloat32(nil)
	x = dsp.DetrendLinear(x, x)
	x = dsp.Taper(x, x, dsp.Hann, dsp.TaperLength(len(x), 0.05, 0, longest.SampleRate), dsp.BothSides)
	sections, err := dsp.Bandpass(4, 0.05, 1.5, longest.SampleRate)
	if err != nil {
		return nil, err
	}
	x = dsp.NewFilter[float32](sections).ZeroPhase(x, x)
	decimator, err := dsp.NewDecimator[float32](10)
	if err != nil {
		return nil, err
	}
	x = decimator.Process(nil, x)
	return dsp.OneBit(x, x), nil
}
