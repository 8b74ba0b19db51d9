package motion

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 3, compute)
}

func TestGoldenShared(t *testing.T) { golden.CheckShared(t, 2, 3, compute) }

func compute(t testing.TB, c *golden.Case) [][]float64 {
	if c.Function != "obspy.signal.freqattributes.peak_ground_motion" {
		return nil
	}
	x := c.Input(0)
	if c.Text("data", "") != "" { // the shared case
		dsp.DetrendLinear(x, x)
	}
	var want struct {
		PGA float64
		D   float64 `json:"m_dis"`
		V   float64 `json:"m_vel"`
		A   float64 `json:"m_acc"`
	}
	c.Expected(&want)
	psa, p := PeakObsPy(x, c.Number("delta", 0), c.Number("freq", 0), c.Number("damp", 0))
	for _, pair := range [][2]float64{{psa, want.PGA}, {p.PGD, want.D}, {p.PGV, want.V}, {p.PGA, want.A}} {
		if math.Abs(pair[0]/pair[1]-1) > c.Tolerance {
			t.Errorf("%s %v: %v %v, expected %v", c.Name, c.Params, psa, p, want)
		}
	}
	return [][]float64{}
}
