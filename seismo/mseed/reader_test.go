package mseed

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// ramp returns n samples 0, 1, 2 ... and so on from 2026-01-01 on, at 10 Hz.
func ramp(n int) Segment {
	s := Segment{ID: "XX.RAMP..BHZ", Start: date(2026, 1, 0, 0, 0, 0), SampleRate: 10, Int32: make([]int32, n)}
	for i := range s.Int32 {
		s.Int32[i] = int32(i)
	}
	return s
}

// readErrors reads data to the end, going on after each error, and returns
// the number of samples read and the errors.
func readErrors(t *testing.T, r *Reader) (n int, errs []error) {
	t.Helper()
	var rec Record
	for len(errs) < 100 {
		err := r.Next(&rec)
		switch {
		case err == io.EOF:
			return n, errs
		case err == nil:
			n += rec.NumSamples
			continue
		}
		errs = append(errs, err)
	}
	t.Fatal("too many errors")
	return
}

func TestReaderDamage(t *testing.T) {
	const n = 3000
	v2 := written(t, WriterOptions{Encoding: Int32}, ramp(n)) // 112 or 114 samples a record
	v3 := written(t, WriterOptions{Version: 3, Encoding: Int32, RecordLength: 512}, ramp(n))
	per2, per3 := (512-56)/4, (512-40-19)/4
	edit := func(data []byte, f func(b []byte)) []byte {
		data = slices.Clone(data)
		f(data)
		return data
	}
	for _, c := range []struct {
		name string
		data []byte
		n    int // samples still read
		is   error
		want string // in the message
	}{
		{"whole v2", v2, n, nil, ""},
		{"whole v3", v3, n, nil, ""},
		{"v2 and v3", slices.Concat(v2, v3), 2 * n, nil, ""},
		{"garbage before", slices.Concat([]byte("\x1f\x8bgarbage"), v2), n, ErrNotMiniSEED, `record 1 at byte 0: not a miniSEED record: it begins with "\x1f\x8bgarbag"`},
		{"garbage between", slices.Concat(v2, []byte("<html>"), v3), 2 * n, ErrNotMiniSEED, "record 28 at byte 13824"},
		{"garbage after", slices.Concat(v2, []byte("oops")), n, ErrNotMiniSEED, "record 28 at byte 13824"},
		{"nothing but garbage", []byte("this is a text file, and long enough to be taken for a header"), 0, ErrNotMiniSEED, "byte 0"},
		{"SEED volume", slices.Concat(edit(make([]byte, 4096), func(b []byte) { copy(b, "000001V 0100123") }), v2), n, ErrNotMiniSEED, "full SEED volume"},
		{"blank record", slices.Concat(v2, append([]byte("000012"), bytes.Repeat([]byte(" "), 506)...), v2), 2 * n, nil, ""},
		{"zeros between and after", slices.Concat(v2, make([]byte, 1000), v3, make([]byte, 333)), 2 * n, nil, ""},
		{"cut off v2", v2[:1000], per2, io.ErrUnexpectedEOF, "record 2 at byte 512: record of 512 bytes cut off after 488"},
		{"cut off v2 header", v2[:530], per2, io.ErrUnexpectedEOF, "record 2 at byte 512: header of 48 bytes cut off after 18"},
		{"cut off v3", v3[:900], per3, io.ErrUnexpectedEOF, "record 2 at byte 511"},
		{"cut off v3 header", v3[:520], per3, io.ErrUnexpectedEOF, "record 2 at byte 511"},
		{"v3 with a flipped bit", edit(v3, func(b []byte) { b[300] ^= 4 }), n - per3, ErrCRC, "record 1 at byte 0 (XX.RAMP..BHZ): checksum mismatch: CRC-32C"},
		{"v3 with an endless length", edit(v3, func(b []byte) { b[39] = 0xff }), n - per3, ErrHeader, "longer than any"},
		{"v2 with too many samples", edit(v2, func(b []byte) { b[30] = 0xff }), n - per2, ErrData, "claims 65394 samples of int32, 456 bytes of data hold at most 114"},
		{"v2 with data outside", edit(v2, func(b []byte) { b[44] = 0xff }), n - per2, ErrHeader, "of a record of 512 bytes"},
		{"v2 with a monstrous length", edit(v2, func(b []byte) { b[54] = 40 }), n - per2, ErrHeader, "2^40"},
		{"v2 in year 0", edit(v2, func(b []byte) { b[20], b[21] = 0, 0 }), n - per2, ErrHeader, "impossible date, year 0"},
		{"v3 with 2^31 samples", edit(v3[:511], func(b []byte) {
			binary.LittleEndian.PutUint32(b[24:], 1<<31)
			binary.LittleEndian.PutUint32(b[28:], checksum(b))
		}), 0, ErrData, "2147483648 samples"},
		{"v3 with 2^31-1 samples", edit(v3[:511], func(b []byte) {
			binary.LittleEndian.PutUint32(b[24:], 1<<31-1)
			binary.LittleEndian.PutUint32(b[28:], checksum(b))
		}), 0, ErrData, "hold at most 113"},
		{"v3 at no rate", edit(v3[:511], func(b []byte) {
			binary.LittleEndian.PutUint64(b[16:], math.Float64bits(math.NaN()))
			binary.LittleEndian.PutUint32(b[28:], checksum(b))
		}), 0, ErrHeader, "NaN"},
	} {
		for _, src := range []io.Reader{bytes.NewReader(c.data), iotest.OneByteReader(bytes.NewReader(c.data)), iotest.DataErrReader(bytes.NewReader(c.data))} {
			got, errs := readErrors(t, NewReader(src))
			if got != c.n {
				t.Errorf("%s: %d samples, want %d (%v)", c.name, got, c.n, errs)
			}
			if c.is == nil && len(errs) > 0 || c.is != nil && (len(errs) != 1 || !errors.Is(errs[0], c.is) || !strings.Contains(errs[0].Error(), c.want)) {
				t.Errorf("%s: errors %v", c.name, errs)
			}
		}
		_, err := ReadTraces(bytes.NewReader(c.data), Options{})
		if !errors.Is(err, c.is) {
			t.Errorf("%s: ReadTraces: %v", c.name, err)
		}
		damage := 0
		traces, err := ReadTraces(bytes.NewReader(c.data), Options{OnDamage: func(*Error) error { damage++; return nil }})
		if (c.is == nil) != (damage == 0) || err != nil && !(errors.Is(err, ErrEmpty) && c.n == 0) {
			t.Errorf("%s: %d times damage, %v", c.name, damage, err)
		}
		if c.n > 0 && len(traces) != 1 {
			t.Errorf("%s: %d traces", c.name, len(traces))
		}
	}
}

func TestReaderSourceFails(t *testing.T) {
	broken := errors.New("disk on fire")
	data := written(t, WriterOptions{}, ramp(1000))
	src := io.MultiReader(bytes.NewReader(data[:700]), iotest.ErrReader(broken))
	for _, opt := range []Options{{}, {OnDamage: func(*Error) error { return nil }}} {
		if _, err := ReadTraces(src, opt); !errors.Is(err, broken) {
			t.Errorf("%v", err)
		}
		src = io.MultiReader(bytes.NewReader(data[:700]), iotest.ErrReader(broken))
	}
}

func TestEmpty(t *testing.T) {
	for _, data := range []string{"", "\x00\x00\x00", strings.Repeat(" ", 4096)} {
		if _, err := ReadTraces(strings.NewReader(data), Options{}); !errors.Is(err, ErrEmpty) {
			t.Errorf("%q: %v", data, err)
		}
	}
	if _, err := ReadFile("testdata/nonexistent", Options{}); err == nil || !strings.Contains(err.Error(), "nonexistent") {
		t.Errorf("%v", err)
	}
}

// without1000 makes blockette 1000 of each record one of another kind.
func without1000(data []byte, length int) []byte {
	data = slices.Clone(data)
	for i := 0; i < len(data); i += length {
		copy(data[i+48:], []byte{0x01, 0xf4, 0, 0, 0, 0, 0, 0}) // blockette 500
	}
	return data
}

func TestWithoutBlockette1000(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	s := ramp(0)
	s.Int32 = randomWalk(rng, 20000, 20)
	for _, length := range []int{128, 256, 512, 4096, 65536} {
		data := without1000(written(t, WriterOptions{Encoding: Steim1, RecordLength: length}, s), length)
		traces, err := ReadTraces(bytes.NewReader(data), Options{})
		if err != nil || len(traces) != 1 || len(traces[0].Segments) != 1 || !slices.Equal(traces[0].Segments[0].Int32, s.Int32) {
			t.Errorf("%d bytes: %v", length, err)
		}
		_, err = ReadTraces(bytes.NewReader(data[:len(data)-50]), Options{})
		if !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), "record length is unknown") {
			t.Errorf("%d bytes, cut off: %v", length, err)
		}
	}
}

func TestBrokenBlockettes(t *testing.T) {
	data := written(t, WriterOptions{}, ramp(400))
	for name, edit := range map[string]func(b []byte){
		"first into the fixed header": func(b []byte) { b[47] = 40 },
		"next backwards":              func(b []byte) { b[51] = 40 },
		"next to itself":              func(b []byte) { b[51] = 48 },
		"next beyond the record":      func(b []byte) { b[50] = 0x40 },
	} {
		bad := slices.Clone(data)
		edit(bad)
		var rec Record
		n, err := rec.Parse(bad)
		if err != nil || n != 512 || !rec.BadBlockettes || rec.Encoding != Steim2 {
			t.Errorf("%s: %d bytes, %v, %+v", name, n, err, rec)
		}
		if x, err := rec.AppendInt32(nil); err != nil || x[100] != 100 {
			t.Errorf("%s: %v", name, err)
		}
		for range rec.Blockettes() { // ends
		}
	}
}

func TestTimeCorrection(t *testing.T) {
	data := written(t, WriterOptions{}, ramp(10))
	data[42], data[43] = 0x27, 0x10 // 10000 times 0.1 ms
	for applied, want := range map[byte]string{0: "2026-01-01T00:00:01Z", activityCorrected: "2026-01-01T00:00:00Z"} {
		data[36] = applied
		var rec Record
		if _, err := rec.Parse(data); err != nil || rec.Start.String() != want {
			t.Errorf("applied %d: %v, want %v (%v)", applied, rec.Start, want, err)
		}
	}
}

func TestIntegrity(t *testing.T) {
	data := written(t, WriterOptions{}, ramp(400))
	data[64+11]++ // the last sample that the frames name
	var rec Record
	if _, err := rec.Parse(data); err != nil {
		t.Fatal(err)
	}
	x, err := rec.AppendInt32(nil)
	if !errors.Is(err, ErrIntegrity) || len(x) != rec.NumSamples || !strings.Contains(err.Error(), "XX.RAMP..BHZ") {
		t.Errorf("%d samples, %v", len(x), err)
	}
	if y, err := rec.AppendFloat64(nil); !errors.Is(err, ErrIntegrity) || len(y) != rec.NumSamples {
		t.Errorf("%d samples, %v", len(y), err)
	}
	if _, err := ReadTraces(bytes.NewReader(data), Options{}); !errors.Is(err, ErrIntegrity) {
		t.Errorf("%v", err)
	}
	told := 0
	traces, err := ReadTraces(bytes.NewReader(data), Options{OnDamage: func(e *Error) error { told++; return nil }})
	if err != nil || told != 1 || traces[0].Segments[0].Len() != 400 {
		t.Errorf("%d, %v", told, err)
	}
	stop := errors.New("enough")
	if _, err := ReadTraces(bytes.NewReader(data), Options{OnDamage: func(e *Error) error { return stop }}); err != stop {
		t.Errorf("%v", err)
	}
}

// A reader allocates nothing per record once it knows the channels, and
// decoding reuses what it is given.
func TestReaderAllocates(t *testing.T) {
	data := written(t, WriterOptions{}, ramp(100_000))
	var rec Record
	var ints []int32
	var floats []float64
	run := func(src io.Reader) (records int) {
		r := NewReader(src)
		for r.Next(&rec) == nil {
			ints, _ = rec.AppendInt32(ints[:0])
			floats, _ = rec.AppendFloat64(floats[:0])
			records++
		}
		return records
	}
	records := run(bytes.NewReader(data))
	if got := testing.AllocsPerRun(10, func() { run(bytes.NewReader(data)) }); got > 20 {
		t.Errorf("%v allocations for %d records", got, records)
	}
}

func FuzzReader(f *testing.F) {
	s := ramp(300)
	f.Add(written(f, WriterOptions{}, s))
	f.Add(written(f, WriterOptions{LittleEndian: true, Encoding: Steim1, RecordLength: 128}, s))
	f.Add(written(f, WriterOptions{Version: 3, Encoding: Int32}, s))
	f.Add(without1000(written(f, WriterOptions{Encoding: Steim1, RecordLength: 256}, s), 256))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(bytes.NewReader(data))
		var rec Record
		at := int64(-1)
		for {
			err := r.Next(&rec)
			if err == io.EOF {
				break
			}
			if err != nil {
				if _, ok := err.(*Error); !ok {
					t.Fatalf("%T: %v", err, err)
				}
				continue
			}
			if rec.Offset <= at || rec.Offset+int64(len(rec.Raw)) > int64(len(data)) {
				t.Fatalf("record at %d after %d, %d bytes", rec.Offset, at, len(rec.Raw))
			}
			at = rec.Offset
			if x, err := rec.AppendFloat64(nil); err == nil && len(x) != rec.NumSamples {
				t.Fatalf("%d samples, %d claimed", len(x), rec.NumSamples)
			}
			for range rec.Blockettes() {
			}
		}
		if len(r.buf) > 2*max(len(data), bufferSize) {
			t.Fatalf("buffer of %d bytes for %d", len(r.buf), len(data))
		}
		_, _ = ReadTraces(bytes.NewReader(data), Options{OnDamage: func(*Error) error { return nil }})
	})
}
