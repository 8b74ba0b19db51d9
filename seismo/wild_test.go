package seismo_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// newYear is when the last leap second so far had passed.
var newYear = d4.Time(time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())

// TestWild: recordings as they are found, as docs/seismology.md says of each: how many
// traces come of them, of which samples, with how many gaps and overlaps.
func TestWild(t *testing.T) {
	small := mseed.WriterOptions{RecordLength: 256}
	record := func(id string, start d4.Time, rate float64, x ...int32) []byte {
		return bytes.Join(encode(t, small, counts(id, start, rate, x...)), nil)
	}
	empty := func(id string) []byte { // a header without samples
		b := record(id, newYear, 10, 1)[:256]
		b[30], b[31] = 0, 0 // their number
		return b
	}
	inLeap := record("XX.A..BHZ", newYear-second, 10, steps(100, 20)...) // begins in second 59: the leap second is 60
	if inLeap[26] != 59 {
		t.Fatalf("it begins in second %d", inLeap[26])
	}
	inLeap[26] = 60
	shuffled := encode(t, small, counts("XX.A..BHZ", newYear, 10, steps(0, 5000)...))
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	const odd = 0.99999583
	for _, c := range []struct {
		name                     string
		files                    map[string][]byte
		chunkS                   float64
		traces, samples          int
		gaps, overlaps, repeated int64
		first                    d4.Time
	}{
		{"over a leap second", map[string][]byte{ // 11 s until midnight: the next record begins before they seem to end
			"a.ms": slices.Concat(record("XX.A..BHZ", newYear-10*second, 10, steps(0, 110)...), record("XX.A..BHZ", newYear, 10, steps(110, 100)...)),
		}, 3600, 3, 210, 0, 1, 0, newYear - 10*second},
		{"begins in a leap second", map[string][]byte{"a.ms": inLeap}, 3600, 1, 20, 0, 0, 0, newYear},
		{"empty records and channels", map[string][]byte{
			"a.ms": slices.Concat(empty("XX.A..BHZ"), record("XX.A..BHZ", newYear, 10, steps(0, 50)...), empty("XX.A..BHZ")), "b.ms": empty("XX.B..BHZ"),
		}, 3600, 1, 50, 0, 0, 0, newYear},
		{"other samples of the same time", map[string][]byte{
			"a.ms": record("XX.A..BHZ", newYear, 10, steps(0, 100)...), "b.ms": record("XX.A..BHZ", newYear+5*second, 10, slices.Repeat([]int32{7}, 80)...),
		}, 3600, 2, 180, 0, 1, 0, newYear},
		{"the same samples twice", map[string][]byte{
			"a.ms": record("XX.A..BHZ", newYear, 10, steps(0, 100)...), "b.ms": record("XX.A..BHZ", newYear+5*second, 10, steps(50, 100)...),
		}, 3600, 1, 150, 0, 0, 50, newYear},
		{"split at midnight, inside a record of the day before", map[string][]byte{
			"a.ms": record("XX.A..BHZ", newYear-100*second, 10, steps(0, 1030)...), "b.ms": record("XX.A..BHZ", newYear+3*second, 10, steps(1030, 500)...),
		}, 86400, 2, 1530, 0, 0, 0, newYear - 100*second},
		{"records in any order", map[string][]byte{"a.ms": bytes.Join(shuffled, nil)}, 3600, 1, 5000, 0, 0, 0, newYear},
		{"a rate that is no whole number", map[string][]byte{ // an hour is 3599.985 samples
			"a.ms": record("XX.A..LHZ", newYear, odd, steps(0, 20_000)...),
		}, 3600, 6, 20_000, 0, 0, 0, newYear},
		{"the same in two files, each with its start in microseconds", map[string][]byte{
			"a.ms": record("XX.A..LHZ", newYear, odd, steps(0, 9_000)...),
			"b.ms": record("XX.A..LHZ", d4.Time(mseed.Time(newYear).Add(9_000, odd))/1000*1000, odd, steps(9_000, 11_000)...),
		}, 3600, 6, 20_000, 0, 0, 0, newYear},
		{"off the grid, and later by a third of an interval", map[string][]byte{
			"a.ms": record("XX.A..BHZ", newYear+3_700_000, 10, steps(0, 600)...), "b.ms": record("XX.A..BHZ", newYear+60*second+37_000_000, 10, steps(600, 600)...),
		}, 3600, 1, 1200, 0, 0, 0, newYear + 3_700_000},
		{"a gap of one sample", map[string][]byte{
			"a.ms": record("XX.A..BHZ", newYear, 10, steps(0, 600)...), "b.ms": record("XX.A..BHZ", newYear+60*second+100_000_000, 10, steps(601, 600)...),
		}, 3600, 2, 1200, 1, 0, 0, newYear},
	} {
		dir := t.TempDir()
		for name, b := range c.files {
			put(t, dir, name, b)
		}
		res := run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", c.chunkS))
		out := petest.Out[seismo.Trace](res, "out")
		n := len(join(out))
		first := d4.Forever
		for _, tr := range out {
			first = min(first, tr.Start)
		}
		if len(out) != c.traces || n != c.samples || first != c.first {
			t.Errorf("%s: %d traces of %d samples from %d, expected %d of %d from %d", c.name, len(out), n, first, c.traces, c.samples, c.first)
		}
		if g, o, r := res.Counters["gaps"], res.Counters["overlaps"], res.Counters["repeated"]; g != c.gaps || o != c.overlaps || r != c.repeated {
			t.Errorf("%s: %d gaps, %d overlaps, %d repeated, expected %d, %d, %d", c.name, g, o, r, c.gaps, c.overlaps, c.repeated)
		}
	}
}

// TestWildWindows: windows of a rate that is no whole number have one length and stand
// within half an interval of their time; all of a day's are there.
func TestWildWindows(t *testing.T) {
	const rate = 0.99999583
	dir := t.TempDir()
	put(t, dir, "a.ms", encode(t, mseed.WriterOptions{}, counts("XX.A..LHZ", newYear+300_000_000, rate, steps(0, 86_400)...))...)
	read := petest.Out[seismo.Trace](run(t, seismo.NewReadMseed, petest.Set("Path", dir)), "out")
	res := run(t, seismo.NewWindow, petest.Set("WindowS", 600), petest.Feed("in", read...))
	out := petest.Out[seismo.Trace](res, "out")
	if len(out) != 144 || res.Counters["gaps"] != 0 {
		t.Fatalf("%d windows, counters %v", len(out), res.Counters)
	}
	for k, w := range out {
		// Sample i of the day stands at 0.3 s + i/rate.
		at := 0.3 + float64(w.Samples[0])/rate
		if late := at - float64(600*k); len(w.Samples) != 600 || w.Start != newYear+d4.Time(600*k)*second || late < -0.51 || late > 0.51 {
			t.Fatalf("window %d begins with a sample of %g s, and has %d", k, at, len(w.Samples))
		}
	}
}
