package seismo_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// encode makes records of a segment.
func encode(t testing.TB, opt mseed.WriterOptions, s *mseed.Segment) [][]byte {
	t.Helper()
	var all chunks
	w, err := mseed.NewWriter(&all, opt)
	if err == nil {
		err = w.Write(s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// chunks keeps each Write for itself.
type chunks [][]byte

func (c *chunks) Write(b []byte) (int, error) {
	*c = append(*c, bytes.Clone(b))
	return len(b), nil
}

// counts is a segment of whole numbers.
func counts(id string, start d4.Time, rate float64, x ...int32) *mseed.Segment {
	return &mseed.Segment{ID: id, Start: mseed.Time(start), SampleRate: rate, Int32: x}
}

// steps are n whole numbers from first on.
func steps(first, n int32) []int32 {
	x := make([]int32, n)
	for i := range x {
		x[i] = first + int32(i)
	}
	return x
}

// put writes a file of records.
func put(t testing.TB, dir, name string, records ...[]byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.Join(records, nil), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// twin is the dumb reader: all files in memory, assembled, and cut into chunks.
// It counts the gaps.
func twin(t *testing.T, dir string, chunk d4.Time) (all []seismo.Trace, gaps int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.ms"))
	if err != nil {
		t.Fatal(err)
	}
	var readers []io.Reader
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		readers = append(readers, bytes.NewReader(b))
	}
	traces, err := mseed.ReadTraces(io.MultiReader(readers...), mseed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range traces {
		gaps += int64(len(tr.Gaps()))
		for _, s := range tr.Segments {
			x := s.AppendFloat32(nil)
			for from := 0; from < len(x); {
				to := from
				number := func(i int) d4.Time { return numberOf(d4.Time(s.Start.Add(i, s.SampleRate)), chunk) }
				for to < len(x) && number(to) == number(from) {
					to++
				}
				all = append(all, seismo.Trace{Station: seismo.Station{ID: tr.ID}, Start: d4.Time(s.Start.Add(from, s.SampleRate)),
					RateHz: tr.SampleRate, Samples: x[from:to]})
				from = to
			}
		}
	}
	sortTraces(all)
	return all, gaps
}

// numberOf is in which chunk since 1970 a time is.
func numberOf(t, chunk d4.Time) d4.Time { return (t - (t%chunk+chunk)%chunk) / chunk }

func sortTraces(all []seismo.Trace) {
	slices.SortStableFunc(all, func(a, b seismo.Trace) int {
		if a.Start != b.Start {
			return int(max(-1, min(1, a.Start-b.Start)))
		}
		return strings.Compare(a.Station.ID, b.Station.ID)
	})
}

// kept checks that nothing is older than a mark before it.
func kept(t *testing.T, res *petest.Result) {
	t.Helper()
	out := petest.Out[seismo.Trace](res, "out")
	for _, m := range res.Marks["out"] {
		for _, tr := range out[m.After:] {
			if tr.Start < m.Time {
				t.Fatalf("after a mark of %d there is a trace of %d", m.Time, tr.Start)
			}
		}
	}
}

// scatter writes recordings of a few channels with gaps, in records of all
// kinds, shuffled into some files.
func scatter(t *testing.T, r *rand.Rand, dir string) {
	files := make([][][]byte, 1+r.IntN(4))
	for c := range 1 + r.IntN(4) {
		id, rate := fmt.Sprintf("XX.S%d.00.BHZ", c), []float64{1, 4, 20}[r.IntN(3)]
		opt := []mseed.WriterOptions{{RecordLength: 128}, {Version: 3, RecordLength: 200}, {RecordLength: 256, Encoding: mseed.Int32}}[r.IntN(3)]
		at := d4.Time(r.IntN(2000)-1000) * second / 4
		for range 1 + r.IntN(6) {
			n := 1 + r.IntN(1500)
			x := make([]int32, n)
			for i := range x {
				x[i] = int32(r.IntN(2000) - 1000)
			}
			all := encode(t, opt, counts(id, at, rate, x...))
			at += d4.Time(float64(n)/rate*1e9) + d4.Time(1+r.IntN(10)*r.IntN(100)*r.IntN(50))*second
			if r.IntN(2) == 0 {
				r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			}
			k := r.IntN(len(files))
			if r.IntN(3) == 0 {
				for _, rec := range all {
					k = r.IntN(len(files))
					files[k] = append(files[k], rec)
				}
				continue
			}
			files[k] = append(files[k], all...)
		}
	}
	for k, all := range files {
		if r.IntN(2) == 0 {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		}
		if len(all) > 0 {
			put(t, dir, fmt.Sprintf("%d.ms", k), all...)
		}
	}
}

// TestReadMseed: whatever is where, the source emits what a reader that holds
// everything does, however many instances there are and wherever they stop.
func TestReadMseed(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	for range 40 {
		dir := t.TempDir()
		scatter(t, r, dir)
		chunk := d4.Time([]int{10, 60, 100, 1800}[r.IntN(4)])
		want, gaps := twin(t, dir, chunk*second)
		set := []petest.Step{petest.Set("Path", dir), petest.Set("ChunkS", float64(chunk))}
		for n := 1; n <= 3; n++ {
			var got []seismo.Trace
			counted := int64(0)
			for i := range n {
				res := run(t, seismo.NewReadMseed, append(set, petest.Instance(i, n))...)
				kept(t, res)
				out := petest.Out[seismo.Trace](res, "out")
				if !slices.IsSortedFunc(out, func(a, b seismo.Trace) int {
					return int(numberOf(a.Start, chunk*second) - numberOf(b.Start, chunk*second))
				}) {
					t.Error("channels are not in step")
				}
				got = append(got, out...)
				counted += res.Counters["gaps"]
				if res.Counters["overlaps"]+res.Counters["repeated"]+res.Counters["damaged"] != 0 {
					t.Errorf("counters %v", res.Counters)
				}
			}
			sortTraces(got)
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%d instances emit %d traces, expected %d, or other ones", n, len(got), len(want))
			}
			if counted != gaps {
				t.Errorf("%d gaps, expected %d", counted, gaps)
			}
		}
		petest.Resume(t, seismo.NewReadMseed, 1+r.IntN(3), r.IntN(5), 1+r.IntN(3), set...)
	}
}

// TestReadMseedCases: what is counted, and where traces begin and end.
func TestReadMseedCases(t *testing.T) {
	opt := mseed.WriterOptions{RecordLength: 128, Encoding: mseed.Int32}
	const id = "XX.A..BHZ"
	type trace struct {
		start   d4.Time // milliseconds
		first   float32
		samples int
	}
	for name, c := range map[string]struct {
		segments []*mseed.Segment
		want     []trace
		marks    []d4.Time // seconds
		counters map[string]int64
	}{
		"two chunks": {[]*mseed.Segment{counts(id, 100*second, 1, steps(0, 20)...)},
			[]trace{{100_000, 0, 10}, {110_000, 10, 10}}, []d4.Time{110}, nil},
		"between samples": {[]*mseed.Segment{counts(id, 98*second+second/2, 1, steps(0, 4)...)},
			[]trace{{98_500, 0, 2}, {100_500, 2, 2}}, []d4.Time{100}, nil},
		"before 1970": {[]*mseed.Segment{counts(id, -12*second, 1, steps(0, 20)...)},
			[]trace{{-12_000, 0, 2}, {-10_000, 2, 10}, {0, 12, 8}}, []d4.Time{-10, 0}, nil},
		"gap": {[]*mseed.Segment{counts(id, 100*second, 1, 0, 1), counts(id, 105*second, 1, 5, 6)},
			[]trace{{100_000, 0, 2}, {105_000, 5, 2}}, nil, map[string]int64{"gaps": 1}},
		"long gap": {[]*mseed.Segment{counts(id, 100*second, 1, 0, 1), counts(id, 100_000*second, 1, 5, 6)},
			[]trace{{100_000, 0, 2}, {100_000_000, 5, 2}}, []d4.Time{100_000}, map[string]int64{"gaps": 1}},
		"late by less than half a sample": {[]*mseed.Segment{counts(id, 100*second, 1, 0, 1), counts(id, 102*second+4*second/10, 1, 2, 3)},
			[]trace{{100_000, 0, 4}}, nil, nil},
		"the same twice": {[]*mseed.Segment{counts(id, 100*second, 1, 0, 1, 2, 3), counts(id, 102*second, 1, 2, 3, 4)},
			[]trace{{100_000, 0, 5}}, nil, map[string]int64{"repeated": 2}},
		"contradiction": {[]*mseed.Segment{counts(id, 100*second, 1, 0, 1, 2, 3), counts(id, 102*second, 1, 7, 8, 9)},
			[]trace{{100_000, 0, 4}, {102_000, 7, 3}}, nil, map[string]int64{"overlaps": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var all [][]byte
			for _, s := range slices.Backward(c.segments) {
				all = append(all, encode(t, opt, s)...)
			}
			put(t, dir, "a.ms", all...)
			res := run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 10))
			kept(t, res)
			var got []trace
			for _, tr := range petest.Out[seismo.Trace](res, "out") {
				got = append(got, trace{tr.Start / 1e6, tr.Samples[0], len(tr.Samples)})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, expected %v", got, c.want)
			}
			var marks []d4.Time
			for _, m := range res.Marks["out"] {
				marks = append(marks, m.Time/second)
			}
			if !slices.Equal(marks, c.marks) {
				t.Errorf("marks %v, expected %v", marks, c.marks)
			}
			for _, counter := range []string{"gaps", "overlaps", "repeated", "damaged"} {
				if res.Counters[counter] != c.counters[counter] {
					t.Errorf("%s: %d, expected %d", counter, res.Counters[counter], c.counters[counter])
				}
			}
			if logged := strings.Contains(res.Log, "interrupted"); logged != (c.counters["gaps"]+c.counters["overlaps"] > 0) {
				t.Errorf("logged: %s", res.Log)
			}
		})
	}
}

// TestRounding: a sample whose time was rounded to just before a chunk belongs
// to it, and the mark before it holds all the same.
func TestRounding(t *testing.T) {
	dir := t.TempDir()
	// The fourth sample is due at 10 s and stands in the file a nanosecond early.
	put(t, dir, "a.ms", encode(t, mseed.WriterOptions{Version: 3}, counts("XX.A..BHZ", 7*second-1, 1, 0, 1, 2, 3, 4))...)
	res := run(t, seismo.NewReadMseed, petest.Set("Path", dir), petest.Set("ChunkS", 10))
	kept(t, res)
	out := petest.Out[seismo.Trace](res, "out")
	if len(out) != 2 || out[1].Start != 10*second || !slices.Equal(out[1].Samples, []float32{3, 4}) {
		t.Errorf("%v", out)
	}
}

func TestChannelsAndPlaces(t *testing.T) {
	dir, about := t.TempDir(), t.TempDir()
	for _, id := range []string{"XX.A..BHZ", "XX.A..BHN", "XX.B.00.BHZ", "YY.B.00.LHZ"} {
		put(t, dir, id+".ms", encode(t, mseed.WriterOptions{}, counts(id, 0, 1, steps(0, 10)...))...)
	}
	put(t, dir, "notes.txt", []byte("not a recording"))
	const place = `<FDSNStationXML xmlns="http://www.fdsn.org/xml/station/1"><Network code="XX"><Station code="A"><Latitude>35.5</Latitude><Longitude>-118.25</Longitude></Station></Network></FDSNStationXML>`
	put(t, dir, "a.xml", []byte(place))
	put(t, about, "b.xml", []byte(strings.Replace(place, `"A"`, `"B"`, 1)))
	for name, c := range map[string]struct {
		set      []petest.Step
		want     []string // channels
		unplaced int64
	}{
		"all":            {nil, []string{"XX.A..BHN", "XX.A..BHZ", "XX.B.00.BHZ", "YY.B.00.LHZ"}, 2},
		"some":           {[]petest.Step{petest.Set("Channels", []string{"XX.*.*.BHZ", "YY.B.00.LHZ"})}, []string{"XX.A..BHZ", "XX.B.00.BHZ", "YY.B.00.LHZ"}, 2},
		"a file":         {[]petest.Step{petest.Set("Path", filepath.Join(dir, "XX.A..BHZ.ms"))}, []string{"XX.A..BHZ"}, 0},
		"a pattern":      {[]petest.Step{petest.Set("Path", filepath.Join(dir, "*.BH?.ms"))}, []string{"XX.A..BHN", "XX.A..BHZ", "XX.B.00.BHZ"}, 1},
		"other stations": {[]petest.Step{petest.Set("StationsPath", filepath.Join(about, "*.xml")), petest.Set("Channels", []string{"XX.*"})}, []string{"XX.A..BHN", "XX.A..BHZ", "XX.B.00.BHZ"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			res := run(t, seismo.NewReadMseed, append([]petest.Step{petest.Set("Path", dir)}, c.set...)...)
			var got []string
			for _, tr := range petest.Out[seismo.Trace](res, "out") {
				got = append(got, tr.Station.ID)
				want := [2]float64{}
				if placed := map[bool]string{true: "XX.B.", false: "XX.A."}[name == "other stations"]; strings.HasPrefix(tr.Station.ID, placed) {
					want = [2]float64{35.5, -118.25}
				}
				if tr.Station.Lat != want[0] || tr.Station.Lon != want[1] {
					t.Errorf("%v, expected %v", tr.Station, want)
				}
			}
			if !slices.Equal(got, c.want) || res.Counters["without_coordinates"] != c.unplaced {
				t.Errorf("%q, counters %v", got, res.Counters)
			}
		})
	}
}

// TestSharedRecordings reads what data centres give out, whole and by three
// instances.
func TestSharedRecordings(t *testing.T) {
	folder := filepath.Join("..", "..", "shared", "data")
	if _, err := os.Stat(folder); err != nil {
		t.Skip("SKIP: no shared data: real recordings are not read")
	}
	for _, path := range []string{filepath.Join(folder, "scedc"), filepath.Join(folder, "noisepy-io", "*.LHZ.*"), filepath.Join(folder, "libmseed", "testdata-3channel*")} {
		files, err := filepath.Glob(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			files, _ = filepath.Glob(filepath.Join(path, "*.ms"))
		}
		want := 0
		for _, file := range files {
			traces, err := mseed.ReadFile(file, mseed.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, tr := range traces {
				for _, s := range tr.Segments {
					want += s.Len()
				}
			}
		}
		if strings.Contains(path, "3channel") {
			want /= 2 // both versions of the format hold the same
		}
		got := 0
		for i := range 3 {
			res := run(t, seismo.NewReadMseed, petest.Set("Path", path), petest.Instance(i, 3))
			kept(t, res)
			for _, tr := range petest.Out[seismo.Trace](res, "out") {
				got += len(tr.Samples)
			}
		}
		if got != want {
			t.Errorf("%s: %d samples, expected %d", path, got, want)
		}
	}
}
