package seismo_test

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// correlations are n of one pair, one an hour.
func correlations(a, b string, n, lags int) (all []seismo.Correlation) {
	at := map[string]seismo.Station{"A": {ID: "A", Lat: 47, Lon: 8}, "B": {ID: "B", Lat: 47.5, Lon: 8.5}} // of others no place is known
	for i := range n {
		all = append(all, seismo.Correlation{A: cmp.Or(at[a], seismo.Station{ID: a}), B: cmp.Or(at[b], seismo.Station{ID: b}), Start: d4.Time(i) * 3600 * second,
			Windows: int64(i + 1), IntervalS: 0.2, Lags: random(uint64(i)+uint64(len(a+b)), lags)})
	}
	return all
}

func TestStack(t *testing.T) {
	const n, lags = 8, 81
	ab, ac := correlations("A", "B", n, lags), correlations("A", "Cc", n-2, lags)
	linear := func(all []seismo.Correlation) []float32 {
		s := dsp.NewLinearStack[float32](lags)
		for _, c := range all {
			s.Add(c.Lags)
		}
		return s.Stack(nil)
	}
	for name, c := range map[string]struct {
		set  []petest.Step
		want func(all []seismo.Correlation) []float32
	}{
		"linear": {nil, linear},
		"pws": {[]petest.Step{petest.Set("Method", "pws"), petest.Set("Power", 1.5)}, func(all []seismo.Correlation) []float32 {
			s := dsp.NewPhaseStack[float32, complex64](lags)
			for _, c := range all {
				s.Add(c.Lags)
			}
			return s.Stack(nil, 1.5)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			// Within the marks, items come in any order.
			steps := append(c.set, petest.Feed("in", ac[2], ab[1], ac[0], ab[0], ab[2], ac[1]), petest.Mark("in", 3*3600*second),
				petest.Feed("in", ab[7], ab[5], ab[4], ac[3]), petest.Mark("in", 4*3600*second), petest.Feed("in", ac[5], ab[6], ac[4]))
			steps = append(steps, petest.Feed("in", ab[3])) // late, but the stack is of all
			res := run(t, seismo.NewStack, steps...)
			out := petest.Out[seismo.Correlation](res, "out")
			if len(out) != 2 {
				t.Fatalf("%d stacks of two pairs", len(out))
			}
			for i, all := range [][]seismo.Correlation{ab, ac} {
				got := out[i]
				if got.A != all[0].A || got.B != all[0].B || got.Start != 0 || got.IntervalS != 0.2 || got.Windows != int64(len(all)*(len(all)+1)/2) {
					t.Errorf("stack %d is %v", i, got)
				}
				if !slices.Equal(got.Lags, c.want(all)) {
					t.Errorf("%s-%s is not the stack that dsp makes in the order of time", got.A.ID, got.B.ID)
				}
			}
			if m := risen(res.Marks["out"]); len(m) > 0 {
				t.Errorf("marks %v", m)
			}
		})
	}
}

// TestStackOfWindows: the mean of the correlations of windows is the correlation
// from the stack of their spectra.
func TestStackOfWindows(t *testing.T) {
	all := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, feedNetwork(t)...), "out")
	each := petest.Out[seismo.Correlation](run(t, seismo.NewCorrelate, append(feedNetwork(t), petest.Set("SubstackS", 20))...), "out")
	stacked := petest.Out[seismo.Correlation](run(t, seismo.NewStack, petest.Feed("in", each...)), "out")
	for i, want := range all {
		if got := stacked[i]; got.A != want.A || got.B != want.B || got.Windows != want.Windows || !near(got.Lags, want.Lags) {
			t.Errorf("%s-%s: the two stacks differ", want.A.ID, want.B.ID)
		}
	}
}

func TestStackRefuses(t *testing.T) {
	ab := correlations("A", "B", 2, 81)
	other := correlations("A", "B", 2, 61)
	for name, c := range map[string]struct {
		in   []seismo.Correlation
		want string
	}{
		"other lags": {[]seismo.Correlation{ab[0], other[1]}, "A-B at 1970-01-01T01:00:00Z: other lags than before, 61 of 0.2 s and not 81 of 0.2 s"},
		"twice":      {[]seismo.Correlation{ab[0], ab[0]}, "A-B at 1970-01-01T00:00:00Z: two correlations of one time"},
	} {
		if res := petest.Run(t, seismo.NewStack, petest.Feed("in", c.in...)); res.Err == nil || !strings.HasPrefix(res.Err.Error(), c.want) {
			t.Errorf("%s: %v, expected %s", name, res.Err, c.want)
		}
	}
	for _, c := range []struct {
		spoil func(c *seismo.Correlation)
		want  string
	}{
		{func(c *seismo.Correlation) { c.Lags = nil }, "a correlation of 0 lags, one every 0.2 s"},
		{func(c *seismo.Correlation) { c.IntervalS = math.NaN() }, "a correlation of 81 lags, one every NaN s"},
		{func(c *seismo.Correlation) { c.Lags[7] = float32(math.Inf(-1)) }, "lag 7 is -Inf: leave the correlation out"},
	} {
		for pe, play := range map[string]func(testing.TB, ...petest.Step) *petest.Result{
			"Stack": any1(seismo.NewStack), "DVV": any1(seismo.NewDVV), "RotatePairs": any1(seismo.NewRotatePairs), "WriteStore": any1(seismo.NewWriteStore)} {
			if pe == "WriteStore" && strings.HasPrefix(c.want, "lag") {
				continue // NaN is what stores have where there is nothing
			}
			in := correlations("A", "B", 1, 81)
			c.spoil(&in[0])
			res := play(t, petest.Feed("in", in...))
			if want := "A-B at 1970-01-01T00:00:00Z: " + c.want; res.Err == nil || res.Err.Error() != want {
				t.Errorf("%s: %v, expected %s", pe, res.Err, want)
			}
		}
	}
	for _, method := range []string{"linear", "pws"} {
		res := petest.Run(t, seismo.NewStack, petest.Set("Method", method), petest.Set("MaxMiB", 1), petest.Feed("in", correlations("A", "B", 1, 200_001)...))
		if !errors.Is(res.Err, pes.ErrLimit) {
			t.Errorf("%s: %v", method, res.Err)
		}
	}
}
