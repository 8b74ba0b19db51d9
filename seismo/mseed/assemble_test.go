package mseed

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// piece returns samples from to to-1 of s as a segment.
func piece(s Segment, from, to int) Segment {
	p := s
	p.Start = s.Start.Add(from, s.SampleRate)
	p.Int32 = s.Int32[from:to]
	return p
}

// oneTrace reads the only trace of data.
func oneTrace(t *testing.T, data []byte, opt Options) Trace {
	t.Helper()
	traces, err := ReadTraces(bytes.NewReader(data), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != 1 {
		t.Fatalf("%d traces", len(traces))
	}
	return traces[0]
}

func TestGapsAndOverlaps(t *testing.T) {
	s := ramp(1000)
	other := piece(s, 300, 400)
	other.Int32 = slices.Repeat([]int32{7}, 100)
	late := func(p Segment, by Time) Segment { p.Start += by; return p }
	for _, c := range []struct {
		name     string
		segs     []Segment
		lens     []int // of the segments
		gaps     []int
		repeated int
	}{
		{"whole", []Segment{s}, []int{1000}, nil, 0},
		{"two", []Segment{piece(s, 0, 500), piece(s, 500, 1000)}, []int{1000}, nil, 0},
		{"backwards", []Segment{piece(s, 600, 1000), piece(s, 300, 600), piece(s, 0, 300)}, []int{1000}, nil, 0},
		{"a gap", []Segment{piece(s, 0, 500), piece(s, 510, 1000)}, []int{500, 490}, []int{10}, 0},
		{"a gap, backwards", []Segment{piece(s, 510, 1000), piece(s, 0, 500)}, []int{500, 490}, []int{10}, 0},
		{"a gap that is filled later", []Segment{piece(s, 0, 500), piece(s, 600, 1000), piece(s, 500, 600)}, []int{1000}, nil, 0},
		{"0.4 samples late", []Segment{piece(s, 0, 500), late(piece(s, 500, 1000), 40_000_000)}, []int{1000}, nil, 0},
		{"0.4 samples early", []Segment{piece(s, 0, 500), late(piece(s, 500, 1000), -40_000_000)}, []int{1000}, nil, 0},
		{"0.6 samples late", []Segment{piece(s, 0, 500), late(piece(s, 500, 1000), 60_000_000)}, []int{500, 500}, []int{1}, 0},
		{"0.6 samples early", []Segment{piece(s, 0, 500), late(piece(s, 500, 1000), -60_000_000)}, []int{500, 500}, []int{-1}, 0},
		{"twice", []Segment{s, s}, []int{1000}, nil, 1000},
		{"each twice", []Segment{piece(s, 0, 500), piece(s, 0, 500), piece(s, 500, 1000), piece(s, 500, 1000)}, []int{1000}, nil, 1000},
		{"a part twice", []Segment{s, piece(s, 300, 400)}, []int{1000}, nil, 100},
		{"overlap with the same", []Segment{piece(s, 0, 600), piece(s, 500, 1000)}, []int{1000}, nil, 100},
		{"overlap with the same, backwards", []Segment{piece(s, 500, 1000), piece(s, 0, 600)}, []int{1000}, nil, 100},
		{"overlap with others", []Segment{piece(s, 0, 350), other}, []int{350, 100}, []int{-50}, 0},
		{"others inside", []Segment{piece(s, 0, 500), other, piece(s, 500, 1000)}, []int{1000, 100}, []int{-700}, 0},
	} {
		var writers [2][]byte
		writers[0] = written(t, WriterOptions{}, c.segs...)
		writers[1] = written(t, WriterOptions{Version: 3, Encoding: Int32, RecordLength: 200}, c.segs...)
		for i, data := range writers {
			trace := oneTrace(t, data, Options{})
			var lens, gaps []int
			for _, s := range trace.Segments {
				lens = append(lens, s.Len())
			}
			for _, g := range trace.Gaps() {
				gaps = append(gaps, g.Samples)
				if kind := strings.Contains(g.String(), "overlap"); kind != (g.Samples < 0) || g.ID != s.ID {
					t.Errorf("%s: %v", c.name, g)
				}
			}
			if !slices.Equal(lens, c.lens) || !slices.Equal(gaps, c.gaps) || trace.Repeated != c.repeated {
				t.Errorf("%s, version %d: segments %v, gaps %v, repeated %d", c.name, i+2, lens, trace.Gaps(), trace.Repeated)
			}
			if len(lens) == 1 && !slices.Equal(trace.Segments[0].Int32, s.Int32) {
				t.Errorf("%s: samples differ", c.name)
			}
		}
	}
}

// Records in any order, some twice, of several channels, give back what they
// were made from.
func TestAnyOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for round := range 30 {
		var want []Segment
		var records [][]byte
		for _, id := range []string{"XX.A..BHZ", "XX.B..BHZ", "XX.C.10.BHZ"} {
			s := ramp(0)
			s.ID, s.Int32 = id, randomWalk(rng, 1+rng.IntN(8000), 12)
			want = append(want, s)
			data := written(t, WriterOptions{RecordLength: 256}, s)
			for r := range slices.Chunk(data, 256) {
				records = append(records, r)
				if rng.IntN(10) == 0 {
					records = append(records, r)
				}
			}
		}
		rng.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		traces, err := ReadTraces(bytes.NewReader(bytes.Join(records, nil)), Options{})
		if err != nil || len(traces) != len(want) {
			t.Fatal(len(traces), err)
		}
		for i, trace := range traces {
			if len(trace.Segments) != 1 || trace.ID != want[i].ID || !slices.Equal(trace.Segments[0].Int32, want[i].Int32) {
				t.Fatalf("round %d, %s: %v", round, trace.ID, trace.Gaps())
			}
			if d := trace.Segments[0].Drift; d != 0 {
				t.Fatalf("round %d, %s: drift %v", round, trace.ID, d)
			}
		}
	}
}

func TestWindowAndSelect(t *testing.T) {
	s := ramp(5000)
	b := s
	b.ID = "XX.OTHER..BHZ"
	data := written(t, WriterOptions{}, s, b)
	at := func(i int) Time { return s.Start.Add(i, s.SampleRate) }
	for _, c := range []struct {
		w        Window
		from, to int
	}{
		{Window{at(0), at(5000)}, 0, 5000},
		{Window{at(1234), at(4321)}, 1234, 4321},
		{Window{at(1234) + 1, at(4321) + 1}, 1234, 4321}, // a nanosecond is no sample
		{Window{at(1234) + 1000_000, at(4321) + 1000_000}, 1235, 4322},
		{Window{at(-10), at(1)}, 0, 1},
		{Window{at(4999), at(9999)}, 4999, 5000},
		{Window{at(5000), at(9999)}, 0, 0},
		{Window{math.MinInt64, at(100)}, 0, 100}, // further away than an integer holds
		{Window{at(100), math.MaxInt64}, 100, 5000},
	} {
		traces, err := ReadTraces(bytes.NewReader(data), Options{Window: c.w, Select: func(id string) bool { return id == s.ID }})
		if err != nil {
			t.Fatal(err)
		}
		if c.from == c.to {
			if len(traces) != 0 {
				t.Errorf("%v: %d traces", c.w, len(traces))
			}
			continue
		}
		got := traces[0].Segments
		if len(traces) != 1 || len(got) != 1 || got[0].Start != at(c.from) || !slices.Equal(got[0].Int32, s.Int32[c.from:c.to]) {
			t.Errorf("%v: %d traces, %d samples from %v", c.w, len(traces), got[0].Len(), got[0].Start)
		}
	}
}

func TestTwoRates(t *testing.T) {
	s := ramp(100)
	fast := piece(s, 0, 50)
	fast.SampleRate = 20
	data := written(t, WriterOptions{}, s, fast)
	traces, err := ReadTraces(bytes.NewReader(data), Options{OnDamage: func(*Error) error { return nil }})
	if !errors.Is(err, ErrRates) || !strings.Contains(err.Error(), "10 Hz before and 20 Hz here") || !strings.Contains(err.Error(), s.ID) {
		t.Errorf("%v", err)
	}
	if len(traces) != 1 || traces[0].Segments[0].Len() != 100 {
		t.Errorf("what came before is lost")
	}
	// Another channel may have another rate, and a measured rate may differ
	// a little from the nominal one.
	fast.ID = "XX.RAMP..HHZ"
	near := s
	near.Start = s.Next()
	near.SampleRate = 10.0001
	if traces, err := ReadTraces(bytes.NewReader(written(t, WriterOptions{}, s, fast, near)), Options{}); err != nil || len(traces) != 2 {
		t.Errorf("%d traces, %v", len(traces), err)
	}
}

func TestTwoTypes(t *testing.T) {
	s := ramp(100)
	f := Segment{ID: s.ID, Start: s.Next(), SampleRate: s.SampleRate, Float32: []float32{1, 2}}
	_, err := ReadTraces(bytes.NewReader(written(t, WriterOptions{}, s, f)), Options{})
	if !errors.Is(err, ErrSampleType) || !strings.Contains(err.Error(), "Steim2 before and float32 here") {
		t.Errorf("%v", err)
	}
}

// A clock that runs 1 in 10,000 slow is followed, and the drift told.
func TestDrift(t *testing.T) {
	s := ramp(36_000)
	var segs []Segment
	for i := 0; i < len(s.Int32); i += 100 {
		p := piece(s, i, i+100)
		p.Start += Time(i/100) * Time(time.Millisecond)
		segs = append(segs, p)
	}
	trace := oneTrace(t, written(t, WriterOptions{}, segs...), Options{})
	if len(trace.Segments) != 1 || trace.Segments[0].Drift != 359*time.Millisecond {
		t.Errorf("%d segments, drift %v", len(trace.Segments), trace.Segments[0].Drift)
	}
}

func TestFloatTraces(t *testing.T) {
	s := Segment{ID: "XX.F..BHZ", Start: ramp(0).Start, SampleRate: 10}
	for i := range 1000 {
		s.Float64 = append(s.Float64, float64(i)/3)
	}
	d := oneTrace(t, written(t, WriterOptions{}, s), Options{}).Segments[0]
	if !slices.Equal(d.Float64, s.Float64) || !slices.Equal(d.AppendFloat64(nil), s.Float64) {
		t.Error("float64")
	}
	f := Segment{ID: s.ID, Start: s.Start, SampleRate: 10, Float32: s.AppendFloat32(nil)}
	d = oneTrace(t, written(t, WriterOptions{}, f), Options{}).Segments[0]
	if !slices.Equal(d.Float32, f.Float32) || d.AppendFloat64(nil)[2] != float64(float32(2.0/3)) {
		t.Error("float32")
	}
	i := ramp(5)
	if !slices.Equal(i.AppendFloat32([]float32{9}), []float32{9, 0, 1, 2, 3, 4}) {
		t.Error("int32 as float32")
	}
}

// Sixty thousand gaps cost what they take to be told, some MB, and not the
// samples that are missing.
func TestManyGaps(t *testing.T) {
	const gaps = 60_000
	a := NewAssembler(Options{})
	s := ramp(10)
	data := written(t, WriterOptions{RecordLength: 256}, s)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var rec Record
	if _, err := rec.Parse(data); err != nil {
		t.Fatal(err)
	}
	for range gaps + 1 {
		if err := a.Add(&rec); err != nil {
			t.Fatal(err)
		}
		rec.Start += Time(time.Hour)
	}
	traces := a.Traces()
	n := len(traces[0].Gaps())
	runtime.ReadMemStats(&after)
	if n != gaps {
		t.Errorf("%d gaps", n)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 80<<20 {
		t.Errorf("%d MiB were allocated", grown>>20)
	}
	runtime.KeepAlive(traces)
}

// TestLengthOfTheStream: that the length of a stream is known, and what follows
// from it, makes no difference to what is read.
func TestLengthOfTheStream(t *testing.T) {
	var all bytes.Buffer
	w, err := NewWriter(&all, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for k, n := range []int{20_000, 60_000, 200_000} { // first one that packs well, then others
		s := ramp(n)
		for i := range s.Int32 {
			s.Int32[i] = int32(rng.IntN(1 << (4 + 8*k)))
		}
		s.Start = s.Start.Add(k*1_000_000, s.SampleRate)
		if err := w.Write(&s); err != nil {
			t.Fatal(err)
		}
	}
	known := oneTrace(t, all.Bytes(), Options{})
	unknown, err := ReadTraces(struct{ io.Reader }{&all}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(known.Segments) != 3 || !reflect.DeepEqual(known, unknown[0]) {
		t.Errorf("%d segments and other samples", len(known.Segments))
	}
}
