package mseed

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEveryEncoding: what an encoding can hold is written and read back exactly, in
// both versions and byte orders; what it cannot hold is said.
func TestEveryEncoding(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	ints := func(code func(r uint32) int32) Segment {
		s := Segment{Int32: make([]int32, 700)}
		for i := range s.Int32 {
			s.Int32[i] = code(rng.Uint32())
		}
		return s
	}
	floats := func(code func(r uint32) float32) Segment {
		s := Segment{Float32: make([]float32, 700)}
		for i := range s.Float32 {
			s.Float32[i] = code(rng.Uint32())
		}
		return s
	}
	geoscope := func(most uint32) func(r uint32) float32 {
		return func(r uint32) float32 { return (float32(r&0xfff) - 2048) / float32(int(1)<<(r>>12%(most+1))) }
	}
	for enc, c := range map[Encoding]struct {
		samples Segment
		wrong   Segment
	}{
		Int16:       {ints(func(r uint32) int32 { return int32(int16(r)) }), Segment{Int32: []int32{1 << 15}}},
		DWWSSN:      {ints(func(r uint32) int32 { return int32(int16(r)) }), Segment{Int32: []int32{-1<<15 - 1}}},
		Int24:       {ints(func(r uint32) int32 { return int32(r) >> 8 }), Segment{Int32: []int32{1 << 23}}},
		Int32:       {ints(func(r uint32) int32 { return int32(r) }), Segment{}},
		Steim1:      {ints(func(r uint32) int32 { return int32(r) }), Segment{}},
		Steim2:      {ints(func(r uint32) int32 { return int32(r) >> 3 }), Segment{Int32: []int32{0, 1 << 30}}},
		CDSN:        {ints(func(r uint32) int32 { return (int32(r&0x3fff) - 8191) << cdsnShifts[r>>14&3] }), Segment{Int32: []int32{8193}}},
		SRO:         {ints(func(r uint32) int32 { return (int32(r&0xfff) - 2048) << (r >> 12 % 11) }), Segment{Int32: []int32{2049}}},
		Geoscope24:  {floats(func(r uint32) float32 { return float32(int32(r) >> 8) }), Segment{Float32: []float32{0.5}}},
		Geoscope163: {floats(geoscope(7)), Segment{Float32: []float32{1. / 256}}},
		Geoscope164: {floats(geoscope(15)), Segment{Float32: []float32{2048}}},
		Float32:     {floats(func(r uint32) float32 { return float32(r) / 7 }), Segment{}},
	} {
		for _, opt := range []WriterOptions{{Encoding: enc}, {Encoding: enc, LittleEndian: true}, {Encoding: enc, Version: 3}} {
			s := c.samples
			s.ID, s.SampleRate = "XX.A..BHZ", 20
			data := written(t, opt, s)
			traces, err := ReadTraces(bytes.NewReader(data), Options{})
			if err != nil || len(traces) != 1 || len(traces[0].Segments) != 1 {
				t.Fatalf("%v %+v: %v", enc, opt, err)
			}
			if got := traces[0].Segments[0]; !slices.Equal(got.Int32, s.Int32) || !slices.Equal(got.Float32, s.Float32) {
				t.Errorf("%v %+v: samples differ", enc, opt)
			}
		}
		if c.wrong.Len() == 0 {
			continue
		}
		w, err := NewWriter(io.Discard, WriterOptions{Encoding: enc})
		if err != nil {
			t.Fatal(err)
		}
		c.wrong.ID, c.wrong.SampleRate = "XX.A..BHZ", 20
		if err := w.Write(&c.wrong); !errors.Is(err, ErrEncoding) {
			t.Errorf("%v: %v", enc, err)
		}
	}
}

// TestPacker: pieces of any length of several channels become full records, but for
// the last before each gap.
func TestPacker(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 60 {
		opt := WriterOptions{Version: 2 + round%2, RecordLength: 256}
		var buf bytes.Buffer
		w, err := NewWriter(&buf, opt)
		if err != nil {
			t.Fatal(err)
		}
		p := NewPacker(w)
		want := map[string][]int32{}
		gaps := map[string]int{}
		at := map[string]Time{}
		for range 200 {
			id := []string{"XX.A..BHZ", "XX.B..BHZ"}[rng.IntN(2)]
			s := Segment{ID: id, Start: at[id], SampleRate: 20, Int32: randomWalk(rng, 1+rng.IntN(90), 8)}
			if rng.IntN(30) == 0 && len(want[id]) > 0 {
				s.Start += 10 * second
				gaps[id]++
			}
			at[id] = s.Next()
			want[id] = append(want[id], s.Int32...)
			if err := p.Add(&s); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		traces, err := ReadTraces(bytes.NewReader(buf.Bytes()), Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range traces {
			var got []int32
			for _, s := range tr.Segments {
				got = append(got, s.Int32...)
			}
			if !slices.Equal(got, want[tr.ID]) || len(tr.Gaps()) != gaps[tr.ID] {
				t.Errorf("round %d, %s: %d samples of %d, %d gaps of %d", round, tr.ID, len(got), len(want[tr.ID]), len(tr.Gaps()), gaps[tr.ID])
			}
		}
		// As few records as when each stretch is written whole.
		whole := 0
		for _, tr := range traces {
			whole += len(written(t, opt, tr.Segments...))
		}
		if buf.Len() != whole {
			t.Errorf("round %d: %d bytes, and whole segments take %d", round, buf.Len(), whole)
		}
		if opt.Version == 2 {
			for i := 0; i*256 < buf.Len(); i++ {
				if got := string(buf.Bytes()[i*256 : i*256+6]); got != sequence(i+1) {
					t.Fatalf("record %d has sequence number %s", i+1, got)
				}
			}
		}
	}
}

func sequence(n int) string {
	return string([]byte{'0', '0', '0', '0' + byte(n/100%10), '0' + byte(n/10%10), '0' + byte(n%10)})
}

// TestPackerFollowsDrift: a clock that runs off leaves its trace in the times.
func TestPackerFollowsDrift(t *testing.T) {
	var buf bytes.Buffer
	w, err := NewWriter(&buf, WriterOptions{Version: 3, RecordLength: 256})
	if err != nil {
		t.Fatal(err)
	}
	p := NewPacker(w)
	for k := range 1000 {
		s := Segment{ID: "XX.A..BHZ", Start: Time(k) * (second + 1_000_000), SampleRate: 10, Int32: make([]int32, 10)}
		if err := p.Add(&s); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	traces, err := ReadTraces(&buf, Options{})
	if err != nil || len(traces[0].Segments) != 1 || traces[0].Segments[0].Len() != 10_000 {
		t.Fatalf("%v", err)
	}
	if drift := traces[0].Segments[0].Drift.Seconds(); drift < 0.9 || drift > 1.1 {
		t.Errorf("a drift of %g s, expected 1 s", drift)
	}
}

// TestRepack: other records, the same samples, times, versions and flags.
func TestRepack(t *testing.T) {
	s := Segment{ID: "XX.A..BHZ", Start: 1_000_000, SampleRate: 20, Int32: randomWalk(rand.New(rand.NewPCG(1, 1)), 5000, 6)}
	in := written(t, WriterOptions{RecordLength: 128, Encoding: Int32, PubVersion: 4, Flags: ClockLocked}, s)
	for _, opt := range []WriterOptions{{}, {RecordLength: 4096, Encoding: Steim1}, {Version: 3, Encoding: Float64}, {LittleEndian: true, Encoding: Int24}} {
		var buf bytes.Buffer
		w, err := NewWriter(&buf, opt)
		if err != nil {
			t.Fatal(err)
		}
		n, err := Repack(w, bytes.NewReader(in))
		if opt.Encoding == Float64 {
			if !errors.Is(err, ErrSampleType) {
				t.Errorf("integers as float64: %v", err)
			}
			continue
		}
		if err != nil || n != len(in)/128 {
			t.Fatalf("%d records, %v", n, err)
		}
		var rec Record
		if _, err := rec.Parse(buf.Bytes()); err != nil {
			t.Fatal(err)
		}
		if opt.Encoding == Text {
			opt.Encoding = Int32
		}
		if rec.PubVersion != 4 || rec.Flags != ClockLocked || rec.Encoding != opt.Encoding {
			t.Errorf("%+v: %+v", opt, rec)
		}
		traces, err := ReadTraces(&buf, Options{})
		if err != nil || !slices.Equal(traces[0].Segments[0].Int32, s.Int32) || traces[0].Segments[0].Start != s.Start {
			t.Errorf("%+v: %v", opt, err)
		}
	}
	w, err := NewWriter(io.Discard, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Repack(w, strings.NewReader("")); !errors.Is(err, ErrEmpty) {
		t.Errorf("%v", err)
	}
}

// TestRepackShared: real files of every encoding and version keep their samples.
func TestRepackShared(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join("..", "..", "..", "shared", "data", "libmseed", "*.mseed*"))
	if len(files) == 0 {
		t.Skip("SKIP: no shared data in ../shared/data/libmseed beside the repository")
	}
	ran := 0
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		before, err := ReadTraces(bytes.NewReader(data), Options{})
		if err != nil || len(before) == 0 {
			continue
		}
		for _, version := range []int{2, 3} {
			var buf bytes.Buffer
			w, err := NewWriter(&buf, WriterOptions{Version: version})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Repack(w, bytes.NewReader(data)); err != nil {
				if version == 2 && strings.Contains(err.Error(), "write version 3") {
					continue // names, or years, that version 2 has no room for
				}
				t.Errorf("%s: %v", name, err)
				continue
			}
			after, err := ReadTraces(&buf, Options{})
			if err != nil || len(after) != len(before) {
				t.Errorf("%s: %v", name, err)
				continue
			}
			ran++
			for i := range before {
				var a, b []float64
				for k := range before[i].Segments {
					a = before[i].Segments[k].AppendFloat64(a)
				}
				for k := range after[i].Segments {
					b = after[i].Segments[k].AppendFloat64(b)
				}
				if !slices.Equal(a, b) {
					t.Errorf("%s as version %d: samples differ", name, version)
				}
			}
		}
	}
	if ran < 40 {
		t.Errorf("only %d cases ran", ran)
	}
}
