package mseed

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shared returns the path of a file or folder of the test data beside the
// repository, and skips the test if there is none.
func shared(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
			continue
		}
		t.Fatal("no go.mod above the test")
	}
	path := filepath.Join(append([]string{filepath.Dir(dir), "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skip("SKIP: no shared data " + path)
	}
	return path
}

// sinusoid returns the expanding sinusoid of libmseed's test files, 500 samples
// given there (test/testdata.h) as a table with 6 decimals; the formula was
// found from the table and gives it back to the last decimal that counts.
func sinusoid() []float64 {
	x := make([]float64, 500)
	for n := range 499 {
		fn := float64(n)
		x[n] = math.Round(10*math.Exp(0.036874954835802484*fn)*math.Sin(100*math.Pi*fn/499)*1e6) / 1e6
	}
	return x
}

// sinusoid32 is the sinusoid, truncated.
func sinusoid32() []int32 {
	x := make([]int32, 500)
	for i, v := range sinusoid() {
		x[i] = int32(v)
	}
	return x
}

// readAll returns the samples and the first record (without its samples) of
// a file with one channel, in the order of the file.
func readAll(t testing.TB, path string) (x []float64, first Record) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := NewReader(bytes.NewReader(data))
	var rec Record
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			return x, first
		}
		if err == nil && rec.Encoding != Text {
			x, err = rec.AppendFloat64(x)
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if rec.Number == 1 {
			first = rec
			first.Raw = slices.Clone(rec.Raw)
		}
	}
}

func TestSharedSinusoid(t *testing.T) {
	dir := shared(t, "libmseed")
	for _, c := range []struct {
		pattern string
		enc     Encoding
		n       int
		id      string
		start   string
		rate    float64
	}{
		{"int16", Int16, 220, "XX.TEST..BHZ", "2012-05-12", 40},
		{"int32", Int32, 500, "XX.TEST..BHZ", "2012-05-12", 40},
		{"float32", Float32, 500, "XX.TEST..BHZ", "2012-05-12", 40},
		{"float64", Float64, 500, "XX.TEST..BHZ", "2012-05-12", 40},
		{"steim1", Steim1, 500, "XX.TEST..BHZ", "2012-05-12", 40},
		{"steim1-LE", Steim1, 500, "XX.TEST..BHZ", "2012-05-12", 40},
		{"steim2", Steim2, 499, "XX.TEST..BHZ", "2012-05-12", 40},
		{"steim2-LE", Steim2, 499, "XX.TEST..BHZ", "2012-05-12", 40},
		{"defaults", Steim2, 499, "XX.TEST..BHZ", "2012-05-12", 40},
		{"repack", Steim2, 499, "XX.REPAK..HHZ", "2008-05-12T13:44:55.123456789Z", 100},
		{"nsec", Int32, 500, "XX.TEST..BHZ", "2012-05-12T00:00:00.123456789Z", 40},
		{"oddrate", Int32, 500, "XX.TEST..BHZ", "2025-05-12T21:11:24.987654321Z", 1080},
		{"olden", Int32, 500, "XX.TEST..BHZ", "1964-03-27T21:11:24.987654321Z", 40},
	} {
		for version, suffix := range []string{2: ".mseed2", 3: ".mseed3"} {
			path := filepath.Join(dir, "reference-testdata-"+c.pattern+suffix)
			if _, err := os.Stat(path); suffix == "" || err != nil {
				continue
			}
			t.Run(filepath.Base(path), func(t *testing.T) {
				x, first := readAll(t, path)
				start, err := ParseTime(c.start)
				if err != nil {
					t.Fatal(err)
				}
				if version == 2 { // the files hold microseconds
					start = floorDiv(start+500, 1000) * 1000
				}
				if first.Start != start {
					t.Errorf("start %v, want %v", first.Start, start)
				}
				if first.ID != c.id || first.Version != version || first.Encoding != c.enc || math.Abs(first.SampleRate/c.rate-1) > 1e-12 {
					t.Errorf("header %+v", first)
				}
				want := sinusoid()[:c.n]
				if c.enc.SampleType() == Int32Type {
					for i, v := range want {
						want[i] = math.Trunc(v)
					}
				}
				if len(x) != len(want) {
					t.Fatalf("%d samples, want %d", len(x), len(want))
				}
				for i := range x {
					// The table has 6 decimals, float32 files 24 bits.
					tol := 5e-6 + math.Abs(want[i])*1e-11
					if c.enc == Float32 {
						tol = math.Max(tol, math.Abs(want[i])*6e-8)
					}
					if c.enc.SampleType() == Int32Type {
						tol = 0
					}
					if math.Abs(x[i]-want[i]) > tol {
						t.Fatalf("sample %d is %v, want %v", i, x[i], want[i])
					}
				}
			})
		}
	}
}

// The values are those that libmseed's own tests expect (test/test-read.c).
func TestSharedOddities(t *testing.T) {
	dir := shared(t, "libmseed")
	for _, c := range []struct {
		file  string
		enc   Encoding
		n     int
		at    int
		want  []float64
		start string
	}{
		{"testdata-encoding-CDSN.mseed2", CDSN, 2016, 0, []float64{-96, -87, -100, -128}, ""},
		{"testdata-encoding-DWWSSN.mseed2", DWWSSN, 2016, 0, []float64{6, 5, 1, -9}, ""},
		{"testdata-encoding-SRO.mseed2", SRO, 1984, 0, []float64{39, 42, 32, 1}, ""},
		{"testdata-encoding-GEOSCOPE-16bit-3exp-encoded.mseed2", Geoscope164, 2016, 0, []float64{-1.0625, -1.078125, -1.078125, -1.078125}, ""},
		{"testdata-no-blockette1000-steim1.mseed2", Steim1, 3632 + 3680, 3628, []float64{309, 211, 117, 26}, ""},
		{"testdata-unapplied-timecorrection.mseed2", Steim2, 5980, 0, []float64{2787, 2776, 2774, 2780}, "2003-05-29T02:13:23.0434Z"},
		{"testdata-invalid-blockette-offsets.mseed2", Steim2, 0, 0, nil, "2010-02-27T06:50:00.069539Z"},
	} {
		x, first := readAll(t, filepath.Join(dir, c.file))
		if first.Encoding != c.enc || c.n > 0 && len(x) != c.n {
			t.Errorf("%s: %s, %d samples", c.file, first.Encoding, len(x))
			continue
		}
		if !slices.Equal(x[c.at:c.at+len(c.want)], c.want) {
			t.Errorf("%s: samples %v, want %v", c.file, x[c.at:c.at+len(c.want)], c.want)
		}
		if c.start != "" && first.Start.String() != c.start {
			t.Errorf("%s: start %v, want %v", c.file, first.Start, c.start)
		}
	}

	x2, _ := readAll(t, filepath.Join(dir, "testdata-3channel-signal.mseed2"))
	x3, _ := readAll(t, filepath.Join(dir, "testdata-3channel-signal.mseed3"))
	if !slices.Equal(x2, x3) || !slices.Equal(x2[:4], []float64{-502676, -504105, -507491, -506991}) || !slices.Equal(x2[131:135], []float64{-505212, -499533, -495590, -496168}) {
		t.Error("the three channels differ between versions")
	}

	for _, suffix := range []string{"2", "3"} {
		data, err := os.ReadFile(filepath.Join(dir, "reference-testdata-text.mseed"+suffix))
		if err != nil {
			t.Fatal(err)
		}
		var rec Record
		if _, err := rec.Parse(data); err != nil {
			t.Fatal(err)
		}
		if got := string(rec.Text()); !strings.HasPrefix(got, "I've seen things") || !strings.HasSuffix(got, "Time to die.") {
			t.Errorf("text %q", got)
		}
		if _, err := rec.AppendFloat64(nil); !errors.Is(err, ErrSampleType) {
			t.Errorf("numbers from text: %v", err)
		}
		_, first := readAll(t, filepath.Join(dir, "reference-testdata-headeronly.mseed"+suffix))
		if first.ID != "XX.TEST..SOH" || first.NumSamples != 0 {
			t.Errorf("header only: %+v", first)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, "testdata-detection.record.mseed2"))
	if err != nil {
		t.Fatal(err)
	}
	var rec Record
	if _, err := rec.Parse(data); err != nil {
		t.Fatal(err)
	}
	var kinds []int
	for kind, block := range rec.Blockettes() {
		kinds = append(kinds, kind)
		if kind == 201 && !bytes.Contains(block, []byte("Z_SPWWSS")) {
			t.Errorf("blockette 201: %q", block)
		}
	}
	if !slices.Equal(kinds, []int{1000, 201}) || rec.NumSamples != 0 {
		t.Errorf("detection: blockettes %v, %+v", kinds, rec)
	}
}

func TestSharedMixedOrder(t *testing.T) {
	dir := shared(t, "libmseed")
	var all [2][]Trace
	for i, name := range []string{"testdata-oneseries-mixedlengths-mixedorder.mseed2", "testdata-oneseries-mixedlengths-mixedorder.mseed3"} {
		traces, err := ReadFile(filepath.Join(dir, name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(traces) != 1 || len(traces[0].Segments) != 1 || traces[0].ID != "XX.TEST.00.LHZ" {
			t.Fatalf("%s: %d traces, %v", name, len(traces), traces[0].Gaps())
		}
		all[i] = traces
	}
	if a, b := all[0][0].Segments[0], all[1][0].Segments[0]; !slices.Equal(a.Int32, b.Int32) || a.Start != b.Start {
		t.Error("versions differ")
	}
}

// What libmseed writes with the same choices is what this package writes, but
// for the sequence numbers.
func TestSharedWrittenBytes(t *testing.T) {
	dir := shared(t, "libmseed")
	x := sinusoid()
	ints := sinusoid32()
	f32 := make([]float32, len(x))
	for i, v := range x {
		f32[i] = float32(v)
	}
	start := func(s string) Time {
		v, err := ParseTime(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	plain := start("2012-05-12")
	for _, c := range []struct {
		name string
		enc  Encoding
		size int
		seg  Segment
	}{
		{"int16", Int16, 512, Segment{Start: plain, SampleRate: 40, Int32: ints[:220]}},
		{"int32", Int32, 512, Segment{Start: plain, SampleRate: 40, Int32: ints}},
		{"float32", Float32, 512, Segment{Start: plain, SampleRate: 40, Float32: f32}},
		{"float64", Float64, 512, Segment{Start: plain, SampleRate: 40, Float64: x}},
		{"steim1", Steim1, 512, Segment{Start: plain, SampleRate: 40, Int32: ints}},
		{"steim2", Steim2, 512, Segment{Start: plain, SampleRate: 40, Int32: ints[:499]}},
		{"steim1-LE", Steim1, 512, Segment{Start: plain, SampleRate: 40, Int32: ints}},
		{"steim2-LE", Steim2, 512, Segment{Start: plain, SampleRate: 40, Int32: ints[:499]}},
		{"defaults", Steim2, 4096, Segment{Start: plain, SampleRate: 40, Int32: ints[:499]}},
		{"oddrate", Int32, 512, Segment{Start: start("2025-05-12T21:11:24.987654321Z"), SampleRate: 1080, Int32: ints}},
	} {
		for version, suffix := range []string{2: ".mseed2", 3: ".mseed3"} {
			want, err := os.ReadFile(filepath.Join(dir, "reference-testdata-"+c.name+suffix))
			if suffix == "" || err != nil {
				continue
			}
			var got bytes.Buffer
			w, err := NewWriter(&got, WriterOptions{Version: version, Encoding: c.enc, RecordLength: c.size, PubVersion: 1, LittleEndian: strings.HasSuffix(c.name, "-LE")})
			if err != nil {
				t.Fatal(err)
			}
			c.seg.ID = "XX.TEST..BHZ"
			if err := w.Write(&c.seg); err != nil {
				t.Fatal(err)
			}
			have := got.Bytes()
			if version == 2 {
				for i := 0; i < min(len(have), len(want)); i += c.size {
					copy(have[i:i+6], want[i:i+6])
				}
			}
			if c.seg.Float32 != nil || c.seg.Float64 != nil {
				// The sinusoid's formula is not good for the last bit.
				have, want = have[:64], want[:64]
				if version == 3 {
					copy(have[28:32], want[28:32])
				}
			}
			if !bytes.Equal(have, want) {
				at := 0
				for at < min(len(have), len(want)) && have[at] == want[at] {
					at++
				}
				t.Errorf("%s%s: %d bytes, want %d; first difference at %d", c.name, suffix, len(have), len(want), at)
			}
		}
	}
}

// The rate and number of samples of the day are those that the data centre's
// catalogue gives.
func TestSharedDayFiles(t *testing.T) {
	dir := shared(t, "scedc")
	for _, name := range []string{"CICCA__BHN___2022002.ms", "CIHEC__BHN___2022002.ms"} {
		traces, err := ReadFile(filepath.Join(dir, name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if len(traces) != 1 || traces[0].SampleRate != 40 {
			t.Fatalf("%s: %d traces", name, len(traces))
		}
		n := 0
		for _, s := range traces[0].Segments {
			n += s.Len()
		}
		if n != 3_456_000 {
			t.Errorf("%s: %d samples, %v", name, n, traces[0].Gaps())
		}
	}
}
