package dvv

import (
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

// TestGolden: a known change, measured by both methods as their definitions say.
func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 2, func(t testing.TB, c *golden.Case) [][]float64 {
		lags, delta := Lags{MinS: c.Number("min", 0), MaxS: c.Number("max", 0)}, c.Number("delta", 0)
		switch c.Function {
		case "stretching":
			s, err := NewStretcher(c.Input(0), delta, lags, c.Number("most", 0), c.Number("step", 0))
			if err != nil {
				t.Fatal(err)
			}
			change := s.Stretch(c.Input(1), c.Number("freq", 0), c.Number("band", 0))
			return [][]float64{{change.DVV, change.Correlation, change.Error}}
		case "mwcs":
			m, err := NewMWCS(delta, c.Number("window", 0), c.Number("step", 0), c.Number("low", 0), c.Number("high", 0))
			if err != nil {
				t.Fatal(err)
			}
			out := make([][]float64, 5)
			delays := m.Delays(c.Input(1), c.Input(0))
			for _, d := range delays {
				for i, v := range []float64{d.LagS, d.DelayS, d.ErrorS, d.Coherence} {
					out[i] = append(out[i], v)
				}
			}
			change, ok := Regress(delays, Choice{Lags: lags, MinCoherence: 0.5})
			if !ok {
				t.Error("too few windows count")
			}
			out[4] = []float64{change.DVV, change.Error, change.Correlation}
			return out
		}
		return nil
	})
}
