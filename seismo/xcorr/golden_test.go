package xcorr

import (
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
	"github.com/dispel4go/dispel4go/seismo/fft"
)

// TestGolden: every function by its definition, summed in time or as matrices.
func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 10, func(t testing.TB, c *golden.Case) [][]float64 {
		const n = 90 // of rows
		var rows [][]float64
		x := c.Input(0)
		if c.Inputs[0] == "rows" {
			for rest := x; len(rest) > 0; rest = rest[n:] {
				rows = append(rows, rest[:n])
			}
		}
		switch c.Function {
		case "coherency", "deconvolution":
			plan := fft.NewReal[float64, complex128](len(x))
			a, b := plan.Forward(nil, x), plan.Forward(nil, c.Input(1))
			sum := make([]complex128, len(a))
			s := NewSmoother(int(c.Number("half", 0)))
			if c.Function == "coherency" {
				Coherency(s, sum, a, b, c.Number("level", 0))
			} else {
				Deconvolution(s, sum, a, b, c.Number("level", 0))
			}
			var parts []float64
			for _, v := range sum {
				parts = append(parts, real(v), imag(v))
			}
			return [][]float64{parts}
		case "pcc":
			return [][]float64{NewPhaseCorrelator[float64, complex128](len(x), int(c.Number("lag", 0))).Correlate(nil, x, c.Input(1))}
		case "pws":
			return [][]float64{PhaseWeighted(nil, rows, c.Number("power", 0), int(c.Number("gate", 0)))}
		case "tf-pws":
			return [][]float64{TimeFrequency(nil, rows, c.Number("power", 0))}
		case "robust":
			y, weights := Robust(nil, rows, c.Number("epsilon", 0))
			return [][]float64{y, weights}
		case "selective":
			y, _ := Selective(nil, rows, c.Number("threshold", 0))
			return [][]float64{y}
		case "acf":
			return [][]float64{Covariance(nil, rows, c.Number("g", 0))}
		}
		return nil
	})
}
