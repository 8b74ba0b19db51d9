package mseed

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// written returns the records of segments, and fails the test on an error.
func written(t testing.TB, opt WriterOptions, segs ...Segment) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, opt)
	if err != nil {
		t.Fatal(err)
	}
	for i := range segs {
		if err := w.Write(&segs[i]); err != nil {
			t.Fatal(err)
		}
	}
	return buf.Bytes()
}

// Whatever is written is read back: any type, encoding, record length, byte
// order and version, with gaps between the segments.
func TestRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	rates := []float64{1, 20, 40, 100, 1080, 0.1, 0.003, 1.0 / 3, 59.94, 33.3333, 40000, 1e6 / 3}
	for round := range 600 {
		opt := WriterOptions{Version: 2 + round%2, PubVersion: 1 + rng.IntN(4), Flags: Flags(rng.IntN(8))}
		if opt.Version == 2 {
			opt.RecordLength = 256 << rng.IntN(9)
			opt.LittleEndian = rng.IntN(2) == 0
		} else {
			opt.RecordLength = 150 + rng.IntN(5000)
			opt.ExtraHeaders = []byte(`{"a":1}`)
		}
		rate := rates[rng.IntN(len(rates))]
		n := 1 + rng.IntN(3000)
		start := Time(rng.Int64N(int64(4e18)) - 2e18)
		if opt.Version == 2 {
			start = start / 1000 * 1000
		}
		seg := Segment{ID: "CI.CCA.00.BHN", Start: start, SampleRate: rate}
		switch opt.Encoding = []Encoding{Int16, Int32, Float32, Float64, Steim1, Steim2}[rng.IntN(6)]; opt.Encoding {
		case Int16:
			seg.Int32 = make([]int32, n)
			for i := range seg.Int32 {
				seg.Int32[i] = int32(int16(rng.Uint32()))
			}
		case Float32:
			seg.Float32 = make([]float32, n)
			for i := range seg.Float32 {
				seg.Float32[i] = math.Float32frombits(rng.Uint32() &^ (1 << 30)) // no NaN, to be comparable
			}
		case Float64:
			seg.Float64 = make([]float64, n)
			for i := range seg.Float64 {
				seg.Float64[i] = rng.NormFloat64()
			}
		default:
			seg.Int32 = randomWalk(rng, n, 1+rng.IntN(29))
		}
		later := seg
		later.Start = seg.Next().Add(1+rng.IntN(1000), rate)
		data := written(t, opt, seg, later)

		var rec Record
		if err := NewReader(bytes.NewReader(data)).Next(&rec); err != nil {
			t.Fatal(err)
		}
		if rec.Version != opt.Version || rec.Start != start || rec.Encoding != opt.Encoding ||
			rec.PubVersion != opt.PubVersion || rec.Flags != opt.Flags || !bytes.Equal(rec.ExtraHeaders, opt.ExtraHeaders) {
			t.Fatalf("round %d: %+v is read back as %+v", round, opt, rec)
		}
		if d := math.Abs(rec.SampleRate/rate - 1); d > 1e-7 || opt.Version == 3 && d > 1e-15 {
			t.Fatalf("round %d: rate %v is read back as %v", round, rate, rec.SampleRate)
		}
		traces, err := ReadTraces(bytes.NewReader(data), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if opt.Version == 2 && rate > 10000 { // microseconds are not enough
			continue
		}
		if len(traces) != 1 || len(traces[0].Segments) != 2 {
			t.Fatalf("round %d: %+v: %d traces, %v", round, opt, len(traces), traces[0].Gaps())
		}
		for _, got := range traces[0].Segments {
			if !slices.Equal(got.Int32, seg.Int32) || !slices.Equal(got.Float32, seg.Float32) || !slices.Equal(got.Float64, seg.Float64) {
				t.Fatalf("round %d: samples differ", round)
			}
		}
	}
}

func TestWriteText(t *testing.T) {
	text := strings.Repeat("Kurz vor Mitternacht bebte die Erde für drei Sekunden. ", 200)
	for _, version := range []int{2, 3} {
		data := written(t, WriterOptions{Version: version}, Segment{ID: "XX.TEST..LOG", Text: []byte(text)})
		var got []byte
		var rec Record
		for r := NewReader(bytes.NewReader(data)); ; {
			err := r.Next(&rec)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, rec.Text()...)
		}
		if string(got) != text {
			t.Errorf("version %d: %d bytes of %d", version, len(got), len(text))
		}
		if traces, err := ReadTraces(bytes.NewReader(data), Options{}); err != nil || len(traces) != 0 {
			t.Errorf("version %d: text gives %d traces, %v", version, len(traces), err)
		}
	}
}

func TestWriteHeaderOnly(t *testing.T) {
	for _, version := range []int{2, 3} {
		data := written(t, WriterOptions{Version: version}, Segment{ID: "XX.TEST..SOH"})
		var rec Record
		if n, err := rec.Parse(data); err != nil || n != len(data) || rec.NumSamples != 0 {
			t.Errorf("version %d: %v, %+v", version, err, rec)
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for _, opt := range []WriterOptions{
		{Version: 1}, {RecordLength: 500}, {RecordLength: 64}, {PubVersion: 5}, {Version: 3, PubVersion: 256},
		{Version: 3, LittleEndian: true}, {ExtraHeaders: []byte("{}")}, {Version: 3, ExtraHeaders: make([]byte, 1<<16)},
	} {
		if _, err := NewWriter(io.Discard, opt); !errors.Is(err, errOptions) {
			t.Errorf("%+v: %v", opt, err)
		}
	}
	big := []int32{0, 1 << 30}
	for _, c := range []struct {
		opt  WriterOptions
		seg  Segment
		want string
	}{
		{WriterOptions{}, Segment{ID: "XX.A..BHZ", SampleRate: 1, Int32: big}, "write Int32 or Steim1"},
		{WriterOptions{Encoding: Int16}, Segment{ID: "XX.A..BHZ", SampleRate: 1, Int32: big}, "write Int32"},
		{WriterOptions{Encoding: Float32}, Segment{ID: "XX.A..BHZ", SampleRate: 1, Int32: big}, "wrong sample type"},
		{WriterOptions{Encoding: CDSN}, Segment{ID: "XX.A..BHZ", SampleRate: 1, Int32: big}, "write Int32"},
		{WriterOptions{}, Segment{ID: "XX.A..BHZ", SampleRate: 1, Int32: big, Float32: []float32{1}}, "more than one series"},
		{WriterOptions{}, Segment{ID: "XX.STATION..BHZ", SampleRate: 1, Int32: big}, "write version 3"},
		{WriterOptions{}, Segment{ID: "nonsense", SampleRate: 1, Int32: big}, "NET.STA.LOC.CHA"},
		{WriterOptions{Version: 3}, Segment{ID: "nonsense", SampleRate: 1, Int32: big}, "NET.STA.LOC.CHA"},
		{WriterOptions{RecordLength: 128}, Segment{ID: "XX.A..BHZ", SampleRate: 40.001, Start: 1000, Int32: big}, "leaves 0 bytes"},
		{WriterOptions{}, Segment{ID: "XX.A..BHZ", SampleRate: math.NaN(), Int32: big}, "sampling rate"},
		{WriterOptions{}, Segment{ID: "XX.A..BHZ", Start: date(1850, 1, 0, 0, 0, 0), SampleRate: 1, Int32: big}, "year 1850"},
	} {
		w, err := NewWriter(io.Discard, c.opt)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&c.seg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.opt, err, c.want)
		}
	}
}

func TestRateFactors(t *testing.T) {
	for _, c := range []struct {
		rate               float64
		factor, multiplier int16
	}{
		{0, 0, 0}, {1, 1, 1}, {40, 40, 1}, {32767, 32767, 1}, {0.1, -10, 1}, {0.5, -2, 1},
		{2.5, 5, -2}, {40000, 20000, 2}, {1.0 / 3, -3, 1}, {2.0 / 3, 2, -3}, {1e-6, -32767, 1},
	} {
		if f, m := rateFactors(c.rate); f != c.factor || m != c.multiplier {
			t.Errorf("%v Hz: %d, %d, want %d, %d", c.rate, f, m, c.factor, c.multiplier)
		}
	}
	// SEED manual 2.4, chapter 8: examples of factor and multiplier.
	for _, c := range []struct {
		factor, multiplier int16
		rate               float64
	}{{33, 10, 330}, {330, 1, 330}, {3306, -10, 330.6}, {-60, 1, 1.0 / 60}, {1, -10, 0.1}, {-1, -10, 0.1}} {
		if got := nominalRate(c.factor, c.multiplier); math.Abs(got/c.rate-1) > 1e-15 {
			t.Errorf("%d, %d: %v Hz, want %v", c.factor, c.multiplier, got, c.rate)
		}
	}
}

func TestSourceIDs(t *testing.T) {
	for sid, id := range map[string]string{
		"FDSN:IU_COLA_00_L_H_1":     "IU.COLA.00.LH1",
		"FDSN:XX_TEST__L_O_G":       "XX.TEST..LOG",
		"FDSN:XX_TEST__LL_HH_1":     "XX.TEST..LL_HH_1",
		"FDSN:XX_TEST__H__Z":        "XX.TEST..H__Z",
		"FDSN:XX_TEST__Z__":         "XX.TEST..Z",
		"FDSN:XX2024_STATION__B_HZ": "FDSN:XX2024_STATION__B_HZ",
		"XFDSN:whatever":            "XFDSN:whatever",
	} {
		if got := FromSourceID(sid); got != id {
			t.Errorf("%s: %s, want %s", sid, got, id)
		}
		if got, err := ToSourceID(id); err != nil || got != sid {
			t.Errorf("%s: %s, want %s (%v)", id, got, sid, err)
		}
	}
	for _, id := range []string{"", "XX.TEST.BHZ", "XX.TEST..BHZZ", "XX.TEST..B_Z"} {
		if got, err := ToSourceID(id); err == nil {
			t.Errorf("%q: %s", id, got)
		}
	}
}

func TestTime(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 10000 {
		a := Time(rng.Uint64())
		if a.Std().Year() < minYear || a.Std().Year() > maxYear {
			continue
		}
		if got := date(a.split()); got != a {
			t.Fatalf("%v: %v", a, got)
		}
		if got, err := ParseTime(a.String()); err != nil || got != a {
			t.Fatalf("%v: %v, %v", a, got, err)
		}
		tick, micro := ticks(a)
		if back := tick + Time(micro)*1000; tick%100_000 != 0 || micro < -50 || micro > 49 || back-a > 500 || a-back > 500 {
			t.Fatalf("%v: %v and %d us", a, tick, micro)
		}
	}
	same := []string{"2012-05-12", "2012-133", "2012-05-12T00:00", "2012-05-12 00:00:00", "2012-133T00:00:00.000", "2012-05-12T02:00:00+02:00"}
	for _, s := range same {
		if got, err := ParseTime(s); err != nil || got.String() != "2012-05-12T00:00:00Z" {
			t.Errorf("%s: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "yesterday", "1500-01-01", "3000-01-01"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// Every encoding in both byte orders, from hand-made payloads.
func TestDecode(t *testing.T) {
	for _, c := range []struct {
		enc  Encoding
		big  []byte
		want []float64
		size int
	}{
		{Int16, []byte{0xff, 0xfe, 0x01, 0x00}, []float64{-2, 256}, 2},
		{Int24, []byte{0xff, 0xff, 0xfe, 0x01, 0x00, 0x00}, []float64{-2, 65536}, 3},
		{Int32, []byte{0xff, 0xff, 0xff, 0xfe, 0, 1, 0, 0}, []float64{-2, 65536}, 4},
		{Float32, []byte{0x3f, 0xc0, 0, 0}, []float64{1.5}, 4},
		{Float64, []byte{0xbf, 0xf8, 0, 0, 0, 0, 0, 0}, []float64{-1.5}, 8},
		{Geoscope24, []byte{0xff, 0xff, 0xfe}, []float64{-2}, 3},
		// mantissa 2048+1000, gain 3; the highest bit counts in 16/4 only
		{Geoscope163, []byte{0xbb, 0xe8, 0x00, 0x00}, []float64{125, -2048}, 2},
		{Geoscope164, []byte{0xbb, 0xe8, 0x00, 0x00}, []float64{1000.0 / 2048, -2048}, 2},
		{CDSN, []byte{0x1f, 0xff, 0x20, 0x00, 0x60, 0x00, 0xa0, 0x00, 0xe0, 0x00, 0x00, 0x00}, []float64{0, 1, 4, 16, 128, -8191}, 2},
		{SRO, []byte{0xa0, 0x01, 0x9f, 0xff, 0x07, 0xff}, []float64{1, -2, 2047 * 1024}, 2},
		{DWWSSN, []byte{0xff, 0xfe}, []float64{-2}, 2},
	} {
		little := slices.Clone(c.big)
		for i := 0; i < len(little); i += c.size {
			slices.Reverse(little[i : i+c.size])
		}
		for i, payload := range [][]byte{c.big, little} {
			rec := Record{Encoding: c.enc, NumSamples: len(c.want), payload: payload, little: i == 1}
			got, err := rec.AppendFloat64([]float64{7})
			if err != nil || !reflect.DeepEqual(got[1:], c.want) || got[0] != 7 {
				t.Errorf("%s, little %v: %v, want %v (%v)", c.enc, i == 1, got, c.want, err)
			}
			single, err := rec.AppendFloat32(nil)
			if err != nil || float64(single[0]) != c.want[0] {
				t.Errorf("%s: float32 %v, %v", c.enc, single, err)
			}
			_, err = rec.AppendInt32(nil)
			if isInt := c.enc.SampleType() == Int32Type; isInt != (err == nil) || !isInt && !errors.Is(err, ErrSampleType) {
				t.Errorf("%s: int32: %v", c.enc, err)
			}
		}
	}
	rec := Record{Encoding: SRO, NumSamples: 1, payload: []byte{0xb0, 0}}
	if _, err := rec.AppendInt32(nil); !errors.Is(err, ErrData) {
		t.Errorf("SRO gain 11: %v", err)
	}
	rec = Record{Encoding: 19, NumSamples: 1, payload: []byte{0xb0, 0}}
	if _, err := rec.AppendFloat64(nil); !errors.Is(err, ErrEncoding) {
		t.Errorf("Steim 3: %v", err)
	}
}
