package merge

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

// TestGolden: three pieces with an overlap that differs and a gap, by ObsPy's methods.
func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 5, func(t testing.TB, c *golden.Case) [][]float64 {
		return merged(c, 300, 260, 600, 660, 850, 900, 30)
	})
}

func TestGoldenShared(t *testing.T) {
	golden.CheckShared(t, 2, 3, func(t testing.TB, c *golden.Case) [][]float64 {
		return merged(c, 700, 640, 1300, 1420, 1900, 1900, 60)
	})
}

// TestGoldenDefinitions: ObsPy's trim, merge by method -1, and samples moved onto the grid.
func TestGoldenDefinitions(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 9, func(t testing.TB, c *golden.Case) [][]float64 {
		x, rate := c.Input(0), c.Rate(0)
		at := func(s float64) int64 { return int64(math.Round(s * 1e9)) }
		switch c.Function {
		case "Trace.trim":
			piece, from, to := Piece[float64]{0, x}, at(c.Number("from", 0)), at(c.Number("to", 0))
			if c.Flag("pad", false) {
				return [][]float64{Pad(piece, rate, from, to, -1).Samples}
			}
			return [][]float64{Trim(piece, rate, from, to).Samples}
		case "align":
			aligned, shift := Align(Piece[float64]{at(c.Number("start", 0)), x}, rate, int(c.Number("a", 0)))
			if aligned.Start == 0 && shift < 0 { // to the point before: ObsPy began with the next
				aligned.Samples = aligned.Samples[1:]
			}
			return [][]float64{aligned.Samples}
		case "Stream.merge":
			pieces := []Piece[float64]{{0, x[:200]}, {at(150 / rate), x[150:300]}, {at(320 / rate), x[320:]}}
			out, _ := Merge(pieces, rate, Options{Method: Cleanup})
			return [][]float64{out[0].Samples, out[1].Samples}
		}
		return nil
	})
}

// merged is what a case makes of x[:a], x[b:c] with 10 more on its first samples, and
// x[d:e], as n samples with NaN where there are none.
func merged(of *golden.Case, a, b, c, d, e, n, raised int) [][]float64 {
	if of.Function != "Stream.merge" {
		return nil
	}
	const interval = 25e6
	x := of.Input(0)
	second := slices.Clone(x[b:c])
	for i := range raised {
		second[i] += 10
	}
	pieces := []Piece[float64]{{0, x[:a]}, {int64(b) * interval, second}, {int64(d) * interval, x[d:e]}}
	o := Options{Method: Method(of.Number("method", 0)), Bridge: int(of.Number("interpolation_samples", 0))}
	if v, ok := of.Params["fill_value"].(float64); ok {
		o.Fill, o.Value = Value, v
	}
	switch of.Text("fill_value", "") {
	case "interpolate":
		o.Fill = Between
	case "latest":
		o.Fill = Latest
	}
	out, _ := Merge(pieces, 40, o)
	y := slices.Repeat([]float64{math.NaN()}, n)
	for _, p := range out {
		copy(y[p.Start/interval:], p.Samples)
	}
	return [][]float64{y}
}

// text is pieces at 1 Hz as letters: each sample is one, and gaps are dots.
func text(pieces []Piece[float64]) string {
	s := ""
	for i, p := range pieces {
		if i > 0 {
			s += "|"
		}
		s += fmt.Sprint(p.Start/1e9) + ":"
		for _, v := range p.Samples {
			s += string(rune(v))
		}
	}
	return s
}

func piece(at int, letters string) Piece[float64] {
	p := Piece[float64]{Start: int64(at) * 1e9}
	for _, r := range letters {
		p.Samples = append(p.Samples, float64(r))
	}
	return p
}

// TestMethods has the cases of ObsPy's documentation, and a few more.
func TestMethods(t *testing.T) {
	for _, c := range []struct {
		about                   string
		in                      []Piece[float64]
		cleanup, discard, later string
	}{
		{"nothing", nil, "", "", ""},
		{"adjacent", []Piece[float64]{piece(0, "aaaa"), piece(4, "bb")}, "0:aaaabb", "0:aaaabb", "0:aaaabb"},
		{"out of order", []Piece[float64]{piece(4, "bb"), piece(0, "aaaa")}, "0:aaaabb", "0:aaaabb", "0:aaaabb"},
		{"a gap", []Piece[float64]{piece(0, "aa"), piece(4, "bb")}, "0:aa|4:bb", "0:aa|4:bb", "0:aa|4:bb"},
		{"alike", []Piece[float64]{piece(0, "abcd"), piece(2, "cdef")}, "0:abcdef", "0:abcdef", "0:abcdef"},
		{"different", []Piece[float64]{piece(0, "aaaa"), piece(2, "bbbb")}, "0:aaaa|2:bbbb", "0:aa|4:bb", "0:aabbbb"},
		{"contained, alike", []Piece[float64]{piece(0, "abcdef"), piece(2, "cd")}, "0:abcdef", "0:abcdef", "0:abcdef"},
		{"contained, different", []Piece[float64]{piece(0, "aaaaaa"), piece(2, "bb")}, "0:aaaaaa|2:bb", "0:aa|4:aa", "0:aaaaaa"},
		{"the same twice", []Piece[float64]{piece(0, "abc"), piece(0, "abc")}, "0:abc", "0:abc", "0:abc"},
		{"the same start", []Piece[float64]{piece(0, "aaaa"), piece(0, "bb")}, "0:bb|0:aaaa", "2:aa", "0:aaaa"},
		// What a piece that differs has in common with the next is joined first, and then counts.
		{"three", []Piece[float64]{piece(0, "abcdefghi"), piece(1, "bXdef"), piece(4, "efghijk")}, "0:abcdefghi|1:bXdefghijk", "0:a|9:jk", "0:abXdefghijk"},
		{"contained, and goes on", []Piece[float64]{piece(0, "abcdefg"), piece(5, "X"), piece(6, "ghij")}, "0:abcdefg|5:Xghij", "0:abcde|7:hij", "0:abcdeXghij"},
		{"empty ones", []Piece[float64]{piece(0, ""), piece(1, "a"), piece(2, "")}, "1:a", "1:a", "1:a"},
	} {
		for method, want := range map[Method]string{Cleanup: c.cleanup, Discard: c.discard, Later: c.later} {
			got, _ := Merge(c.in, 1, Options{Method: method})
			if text(got) != want {
				t.Errorf("%s, method %d: %s, expected %s", c.about, method, text(got), want)
			}
		}
	}
}

func TestFill(t *testing.T) {
	in := []Piece[float64]{piece(0, "ab"), piece(4, "ef"), piece(9, "k")}
	for _, c := range []struct {
		o    Options
		want string
		r    Report
	}{
		{Options{}, "0:ab|4:ef|9:k", Report{Gaps: 2, Missing: 5}},
		{Options{Fill: Value, Value: 'x'}, "0:abxxefxxxk", Report{Gaps: 2, Missing: 5, Filled: 2}},
		{Options{Fill: Latest, MaxGap: 2}, "0:abbbef|9:k", Report{Gaps: 2, Missing: 5, Filled: 1}},
		{Options{Fill: Between}, "0:abcdefghijk"[:0] + "0:abcdef", Report{Gaps: 2, Missing: 5, Filled: 2}},
	} {
		got, r := Merge(in, 1, c.o)
		if r != c.r || c.o.Fill != Between && text(got) != c.want || c.o.Fill == Between && text(got)[:8] != c.want {
			t.Errorf("%+v: %s, %+v; expected %s, %+v", c.o, text(got), r, c.want, c.r)
		}
	}
}

// TestManyGaps: sixty thousand gaps cost what the samples do.
func TestManyGaps(t *testing.T) {
	var in []Piece[float32]
	for i := range 60000 {
		in = append(in, Piece[float32]{Start: int64(i) * 1e14, Samples: []float32{1, 2}})
	}
	allocated := testing.AllocsPerRun(1, func() {
		if out, r := Merge(in, 100, Options{}); len(out) != 60000 || r.Gaps != 59999 {
			t.Errorf("%d pieces, %+v", len(out), r)
		}
	})
	if allocated > 61000 {
		t.Errorf("%g allocations", allocated)
	}
}

// TestWild: rates that are no whole numbers, and clocks that are off a little.
func TestWild(t *testing.T) {
	const rate = 0.99999583
	x := make([]float64, 3000)
	for i := range x {
		x[i] = float64(i)
	}
	at := func(i int) int64 { return 1.6e18 + int64(math.Round(float64(i)/rate*1e9)) }
	in := []Piece[float64]{{at(2000), x[2000:]}, {at(0), x[:1000]}, {at(1000) + 4e6, x[1000:2000]}}
	out, r := Merge(in, rate, Options{})
	if len(out) != 1 || !slices.Equal(out[0].Samples, x) || r != (Report{}) {
		t.Errorf("%d pieces, %+v", len(out), r)
	}
	in[2].Start += 200e6
	if out, r := Merge(in, rate, Options{}); len(out) != 1 || r.Misaligned != 1 {
		t.Errorf("off by a fifth: %d pieces, %+v", len(out), r)
	}
}

func TestTrimAndPad(t *testing.T) {
	p := piece(10, "abcdefgh")
	for _, c := range []struct {
		from, to  float64
		trim, pad string
	}{
		{12, 14, "12:cde", "12:cde"},
		{12.4, 14.6, "12:cdef", "12:cdef"},
		{12.5, 13, "13:d", "13:d"},
		{8, 11, "10:ab", "8:..ab"},
		{16, 20, "16:gh", "16:gh..."},
		{30, 31, "18:", "30:.."},
	} {
		from, to := int64(c.from*1e9), int64(c.to*1e9)
		if got := text([]Piece[float64]{Trim(p, 1, from, to)}); got != c.trim {
			t.Errorf("trim %g to %g: %s, expected %s", c.from, c.to, got, c.trim)
		}
		if got := text([]Piece[float64]{Pad(p, 1, from, to, '.')}); got != c.pad {
			t.Errorf("pad %g to %g: %s, expected %s", c.from, c.to, got, c.pad)
		}
	}
	// Times as far away as there are.
	for _, start := range []int64{-9e18, 0, 9e18} {
		far := Piece[float64]{Start: start, Samples: p.Samples}
		for _, c := range []struct {
			from, to int64
			n        int
		}{{math.MinInt64, math.MaxInt64, len(p.Samples)}, {math.MinInt64, start, 1}, {start, math.MaxInt64, len(p.Samples)}, {math.MinInt64, math.MinInt64, 0}, {math.MaxInt64, math.MaxInt64, 0}} {
			if got := Trim(far, 1, c.from, c.to); len(got.Samples) != c.n {
				t.Errorf("from %d, trimmed %d to %d: %d samples, expected %d", start, c.from, c.to, len(got.Samples), c.n)
			}
		}
	}
	gaps := Gaps([]Piece[float64]{piece(0, "aaa"), piece(5, "b"), piece(5, "cc")}, 1)
	if len(gaps) != 2 || gaps[0] != (Gap{3e9, 5e9, 2}) || gaps[1].Samples != -1 {
		t.Errorf("gaps %+v", gaps)
	}
}

// TestAlign: samples of a wave that lie between the points of the grid come to lie
// on it.
func TestAlign(t *testing.T) {
	const rate, n = 20.0, 400
	wave := func(ns int64) float64 { return math.Sin(2 * math.Pi * 1.3 * float64(ns%1e12) / 1e9) }
	for range 20 {
		off := rand.Int64N(50e6)
		p := Piece[float64]{Start: 1_700_000_000e9 + off, Samples: make([]float64, n)}
		for i := range p.Samples {
			p.Samples[i] = wave(p.Start + int64(i)*50e6)
		}
		a, shift := Align(p, rate, 20)
		if (a.Start-1_700_000_000e9)%50e6 != 0 || math.Abs(shift) > 0.5 {
			t.Fatalf("off by %d ns: it begins %d ns off", off, (a.Start-1_700_000_000e9)%50e6)
		}
		for i := 40; i < n-40; i++ {
			if want := wave(a.Start + int64(i)*50e6); math.Abs(a.Samples[i]-want) > 1e-3 {
				t.Fatalf("off by %d ns: sample %d is %g, expected %g", off, i, a.Samples[i], want)
			}
		}
	}
	p := Piece[float64]{Start: -3e9, Samples: []float64{1, 2, 3}}
	if a, shift := Align(p, rate, 20); shift != 0 || !slices.Equal(a.Samples, p.Samples) {
		t.Errorf("on the grid: moved by %g", shift)
	}
}
