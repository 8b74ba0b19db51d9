package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dispel4go/dispel4go/internal/newfile"
)

// section makes correlations of a network of n stations: a pulse at distance over
// velocity on both sides, and noise.
func section(n int, velocity float64) RecordSection {
	rng := rand.New(rand.NewPCG(1, 2))
	m := stations(n)
	s := RecordSection{Title: "Ambient-noise correlations, 0.1–1 Hz", Start: -60, Step: 0.25}
	for _, p := range m.Pairs {
		a, b := m.Stations[p[0]], m.Stations[p[1]]
		d := math.Hypot(a.East-b.East, a.North-b.North)
		trace := make([]float32, 481)
		for i := range trace {
			t := s.Start + float64(i)*s.Step
			for _, at := range []float64{-d / velocity, d / velocity} {
				u := (t - at) / 1.6
				trace[i] += float32(math.Exp(-u*u) * math.Cos(2*math.Pi*0.35*(t-at)))
			}
			trace[i] += float32(0.12 * rng.NormFloat64())
		}
		s.Distances, s.Traces = append(s.Distances, d), append(s.Traces, trace)
	}
	s.Velocities = []Velocity{{"fitted", velocity * 1.008, false}, {"known", velocity, true}}
	return s
}

// stations makes a network of n stations with all pairs.
func stations(n int) Map {
	rng := rand.New(rand.NewPCG(3, 4))
	m := Map{Title: "Network"}
	for i := range n {
		m.Stations = append(m.Stations, Station{fmt.Sprintf("XX.S%02d", i), 100 * rng.Float64(), 80 * rng.Float64()})
		for j := range i {
			m.Pairs = append(m.Pairs, [2]int{j, i})
		}
	}
	return m
}

func waveforms(n, samples int) Waveforms {
	rng := rand.New(rand.NewPCG(5, 6))
	w := Waveforms{Title: "Vertical ground velocity", Unit: "m/s"}
	for i := range n {
		v := make([]float32, samples)
		last := 0.0
		for j := range v {
			last = 0.97*last + rng.NormFloat64()
			u := (float64(j)/float64(samples) - 0.4 - 0.03*float64(i)) * 30
			v[j] = float32(1e-7 * last * (0.2 + 3*math.Exp(-u*u/2)))
		}
		w.Traces = append(w.Traces, Waveform{fmt.Sprintf("CI.S%02d..BHZ", i), 0, 0.025, v})
	}
	return w
}

// pictures are one of each kind, and what is difficult about them.
func pictures() map[string]Picture {
	few := section(4, 3)
	few.MaxLag = 40
	one := section(2, 3)
	x := make([]float64, 200)
	all := Lines{Title: "Rate of items by port", XLabel: "Time (s)", YLabel: "Items (10⁶/s)"}
	for i := range x {
		x[i] = float64(i) / 10
	}
	for k := range 9 {
		y := make([]float64, len(x))
		for i := range y {
			y[i] = math.Sin(x[i]/3+float64(k)/2) + float64(k)/3
		}
		all.Series = append(all.Series, Series{Name: fmt.Sprintf("filter[%d].out", k), X: x, Y: y})
	}
	crowd := stations(300)
	crowd.Title = strings.Repeat("A title that is much too long for its line ", 5)
	return map[string]Picture{
		"section": section(24, 3), "section-few": few, "section-one": one,
		"map": stations(24), "map-crowd": crowd, "map-one": stations(1),
		"waveforms": waveforms(5, 4000), "waveforms-day": waveforms(2, 400_000), "waveforms-many": waveforms(40, 500),
		"lines": all, "lines-flat": Lines{XLabel: "x", YLabel: "y", Series: []Series{{Name: "", X: []float64{1}, Y: []float64{0}}}},
	}
}

// TestPictures draws all, twice: as SVG, and some as PNG, because pixels take
// long. With PLOT_DIR set it draws all as both and leaves them there to be looked
// at.
func TestPictures(t *testing.T) {
	dir := os.Getenv("PLOT_DIR")
	for name, p := range pictures() {
		for _, format := range []string{"png", "svg"} {
			if format == "png" && dir == "" && name != "map-one" {
				continue
			}
			var first, second bytes.Buffer
			if err := errors.Join(Encode(&first, format, p), Encode(&second, format, p)); err != nil {
				t.Errorf("%s.%s: %v", name, format, err)
				continue
			}
			if !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Errorf("%s.%s is different the second time", name, format)
			}
			if first.Len() > 4<<20 {
				t.Errorf("%s.%s has %d bytes", name, format, first.Len())
			}
			if dir != "" {
				if err := os.WriteFile(filepath.Join(dir, name+"."+format), first.Bytes(), 0o666); err != nil {
					t.Error(err)
				}
			}
			if format == "png" {
				if c, _, err := image.DecodeConfig(&first); err != nil || c.Width != 1654 {
					t.Errorf("%s: %d pixels wide, %v", name, c.Width, err)
				}
			} else if text := first.String(); !strings.Contains(text, "'Liberation Sans',Arial") || strings.Contains(text, "NaN") {
				t.Errorf("%s: the SVG has no fonts, or NaN", name)
			}
		}
	}
}

func TestBadData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	base := func(change func(*RecordSection)) RecordSection {
		s := section(3, 3)
		change(&s)
		return s
	}
	for name, p := range map[string]Picture{
		"section empty":     RecordSection{Step: 1},
		"section step":      base(func(s *RecordSection) { s.Step = 0 }),
		"section start":     base(func(s *RecordSection) { s.Start = nan }),
		"section lengths":   base(func(s *RecordSection) { s.Traces[1] = s.Traces[1][:5] }),
		"section distances": base(func(s *RecordSection) { s.Distances = s.Distances[:2] }),
		"section negative":  base(func(s *RecordSection) { s.Distances[0] = -1 }),
		"section distance":  base(func(s *RecordSection) { s.Distances[0] = inf }),
		"section nan":       base(func(s *RecordSection) { s.Traces[2][7] = float32(nan) }),
		"section velocity":  base(func(s *RecordSection) { s.Velocities[0].KmPerS = 0 }),
		"section lag":       base(func(s *RecordSection) { s.MaxLag = 0.1 }),
		"section lag nan":   base(func(s *RecordSection) { s.MaxLag = nan }),
		"waveforms none":    Waveforms{},
		"waveforms many":    waveforms(MaxWaveforms+1, 3),
		"waveforms empty":   Waveforms{Traces: []Waveform{{Step: 1}}},
		"waveforms step":    Waveforms{Traces: []Waveform{{Samples: []float32{1}}}},
		"waveforms inf":     Waveforms{Traces: []Waveform{{Step: 1, Samples: []float32{float32(inf)}}}},
		"map empty":         Map{},
		"map nan":           Map{Stations: []Station{{"A", nan, 0}}},
		"map pair":          Map{Stations: []Station{{"A", 0, 0}}, Pairs: [][2]int{{0, 1}}},
		"lines none":        Lines{},
		"lines lengths":     Lines{Series: []Series{{Name: "a", X: []float64{1}}}},
		"lines nan":         Lines{Series: []Series{{Name: "a", X: []float64{1}, Y: []float64{nan}}}},
	} {
		path := filepath.Join(t.TempDir(), "p.png")
		if err := Save(path, p); !errors.Is(err, ErrData) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s left a file", name)
		}
	}
}

// TestStrangeData draws what is no error: zeros, one value, one place.
func TestStrangeData(t *testing.T) {
	for name, p := range map[string]Picture{
		"zeros":      RecordSection{Step: 1, Distances: []float64{0, 0}, Traces: [][]float32{{0, 0}, {0, 0}}},
		"huge":       RecordSection{Step: 1, Distances: []float64{5}, Traces: [][]float32{{math.MaxFloat32, -math.MaxFloat32}}},
		"same place": Map{Stations: []Station{{"A", 3, 4}, {"B", 3, 4}}, Pairs: [][2]int{{0, 1}}},
		"one sample": Waveforms{Traces: []Waveform{{"x", 5, 1, []float32{0}}}},
		"control":    Waveforms{Title: "a\nb\x00", Traces: []Waveform{{"<&>", 0, 1, []float32{1, 2}}}},
	} {
		var b bytes.Buffer
		if err := Encode(&b, "svg", p); err != nil || bytes.Contains(b.Bytes(), []byte("NaN")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.svg")
	if err := Save(path, stations(3)); err != nil {
		t.Fatal(err)
	}
	if err := Save(path, stations(3)); !errors.Is(err, ErrExists) {
		t.Error(err)
	}
	if err := Save(filepath.Join(dir, "p.pdf"), stations(3)); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	if err := Save(filepath.Join(dir, "no", "p.svg"), stations(3)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}

// fullDisk has room for half of what is written.
type fullDisk struct{ *os.File }

func (d fullDisk) Write(b []byte) (int, error) {
	n, _ := d.File.Write(b[:len(b)/2])
	return n, syscall.ENOSPC
}

func TestNoRoom(t *testing.T) {
	dir := t.TempDir()
	err := writeNew(filepath.Join(dir, "p.png"), make([]byte, 1000), func(path string) (newfile.Disk, error) {
		f, err := os.Create(path)
		return fullDisk{f}, err
	})
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "free space") {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Error(entries, err)
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	bins, trace := NewBins(10, 2, 100), make([]float32, 100)
	if n := testing.AllocsPerRun(20, func() {
		if err := bins.Add(3, trace); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a trace", n)
	}
}

// TestBins compares with stacks made the obvious way.
func TestBins(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	const far, count, samples = 90.0, 7, 11
	b := NewBins(far, count, samples)
	var members [count][]int
	var distances []float64
	var traces [][]float32
	for i := range 300 {
		d := far * rng.Float64() * rng.Float64()
		if i == 0 {
			d = far
		}
		trace := make([]float32, samples)
		for j := range trace {
			trace[j] = float32(rng.NormFloat64())
		}
		distances, traces = append(distances, d), append(traces, trace)
		if err := b.Add(d, trace); err != nil {
			t.Fatal(err)
		}
		for k := range count {
			if d >= far/count*float64(k) && (d < far/count*float64(k+1) || k == count-1) {
				members[k] = append(members[k], i)
			}
		}
	}
	gotDistances, gotTraces := b.Rows()
	row := 0
	for _, in := range members {
		if len(in) == 0 {
			continue
		}
		distance, mean := 0.0, make([]float64, samples)
		for _, i := range in {
			distance += distances[i] / float64(len(in))
			for j, v := range traces[i] {
				mean[j] += float64(v) / peak(traces[i]) / float64(len(in))
			}
		}
		if math.Abs(gotDistances[row]-distance) > 1e-9 {
			t.Errorf("row %d at %v km, want %v", row, gotDistances[row], distance)
		}
		for j := range mean {
			if math.Abs(float64(gotTraces[row][j])-mean[j]) > 1e-6 {
				t.Errorf("row %d sample %d is %v, want %v", row, j, gotTraces[row][j], mean[j])
			}
		}
		row++
	}
	if row != len(gotTraces) || b.Pairs() != 300 {
		t.Errorf("%d rows of %d pairs, want %d of 300", len(gotTraces), b.Pairs(), row)
	}
	for _, err := range []error{b.Add(-1, traces[0]), b.Add(far*1.01, traces[0]), b.Add(math.NaN(), traces[0]), b.Add(1, nil)} {
		if !errors.Is(err, ErrData) {
			t.Error(err)
		}
	}
}

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		lo, hi float64
		most   int
		want   string
	}{
		{-60, 60, 8, "−60 −40 −20 0 20 40 60"},
		{0, 103, 7, "0 20 40 60 80 100"},
		{0.1, 0.35, 5, "0.10 0.15 0.20 0.25 0.30 0.35"},
		{-1, 1, 4, "−1.0 −0.5 0.0 0.5 1.0"},
		{0, 3e-7, 3, "0 1e−7 2e−7 3e−7"},
		{0, 4e7, 4, "0 1e7 2e7 3e7 4e7"},
	} {
		var got []string
		for _, tick := range ticks(test.most).Ticks(test.lo, test.hi) {
			if tick.Value < test.lo || tick.Value > test.hi {
				t.Errorf("%v: a tick at %v", test, tick.Value)
			}
			if tick.Label != "" {
				got = append(got, tick.Label)
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("from %v to %v: %s, want %s", test.lo, test.hi, s, test.want)
		}
	}
	for v, want := range map[float64]string{0: "0", 2.34e-6: "2.34e−6", -1.5e12: "−1.5e12", 12.3456: "12.3"} {
		if got := scientific(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

// TestPieces: what has one name shares a row, and the peak of all its pieces.
func TestPieces(t *testing.T) {
	whole := waveforms(MaxWaveforms, 300)
	parts := whole
	parts.Traces = nil
	for _, w := range whole.Traces {
		later := w
		later.Samples, later.Start = w.Samples[200:], 200*w.Step
		w.Samples = w.Samples[:100]
		parts.Traces = append(parts.Traces, later, w)
	}
	rows := parts.rows()
	if len(rows) != MaxWaveforms || len(rows[3].pieces) != 2 || rows[3].samples != 200 || rows[3].name != "CI.S03..BHZ" ||
		rows[3].peak != max(peak(whole.Traces[3].Samples[:100]), peak(whole.Traces[3].Samples[200:])) {
		t.Fatalf("%d rows, %d pieces, %d samples, peak %g", len(rows), len(rows[3].pieces), rows[3].samples, rows[3].peak)
	}
	var svg bytes.Buffer
	if err := Encode(&svg, "svg", parts); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(svg.String(), "CI.S03..BHZ"); n != 1 {
		t.Errorf("the name is there %d times", n)
	}
	// Very many pieces do not make a file of very many points.
	var pieces Waveforms
	for k := range 20_000 {
		pieces.Traces = append(pieces.Traces, Waveform{"x", 20 * float64(k), 1, whole.Traces[0].Samples[:10]})
	}
	svg.Reset()
	if err := Encode(&svg, "svg", pieces); err != nil || svg.Len() > 4<<20 {
		t.Errorf("%d bytes, %v", svg.Len(), err)
	}
}

// TestThin checks that no extreme of a long trace is lost.
func TestThin(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	v := make([]float32, 123_457)
	for i := range v {
		v[i] = float32(rng.NormFloat64())
	}
	v[77_777], v[99_999] = 50, -60
	times, values := thin(v, 10, 0.5, maxPoints)
	if len(times) != len(values) || len(values) != maxPoints || peak(values) != 60 {
		t.Fatal(len(times), len(values), peak(values))
	}
	seen := 0
	for i := range times {
		if i > 0 && times[i] < times[i-1] {
			t.Fatal("time goes back")
		}
		if values[i] == 50 && times[i] == 10+0.5*77_777 || values[i] == -60 && times[i] == 10+0.5*99_999 {
			seen++
		}
	}
	if seen != 2 {
		t.Errorf("%d of 2 extremes", seen)
	}
}

// BenchmarkSection draws 276 pairs as a PNG.
func BenchmarkSection(b *testing.B) {
	s := section(24, 3)
	for b.Loop() {
		var out bytes.Buffer
		if err := Encode(&out, "png", s); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBinsAdd stacks traces of 481 samples.
func BenchmarkBinsAdd(b *testing.B) {
	s := section(24, 3)
	bins := NewBins(200, 56, len(s.Traces[0]))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := bins.Add(s.Distances[i%len(s.Traces)], s.Traces[i%len(s.Traces)]); err != nil {
			b.Fatal(err)
		}
	}
}

// TestBinsAreClosed: the greatest distance there is belongs to the last bin,
// whatever rounding makes of its quotient.
func TestBinsAreClosed(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		far := 1e4 * rng.Float64()
		b := NewBins(far, 1+rng.IntN(100), 1)
		if err := b.Add(far, []float32{1}); err != nil {
			t.Fatal(err)
		}
	}
}
