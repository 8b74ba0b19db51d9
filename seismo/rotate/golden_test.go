package rotate

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 6, compute)
}

func TestGoldenShared(t *testing.T) { golden.CheckShared(t, 2, 3, compute) }

func compute(t testing.TB, c *golden.Case) [][]float64 {
	if !strings.HasPrefix(c.Function, "obspy.signal.rotate.") && !strings.HasPrefix(c.Function, "obspy.signal.polarization.") {
		return nil
	}
	var x [3][]float64
	for i := range c.Inputs {
		x[i] = c.Input(i)
	}
	switch use := c.Text("use", ""); { // the shared set takes stretches of two records
	case strings.HasPrefix(use, "n = "):
		x[0], x[1] = x[0][:500], x[1][:500]
	case use != "":
		x = [3][]float64{x[0][:500:500], x[1][:500], x[0][300:800]}
	}
	out := make([][]float64, 3)
	for i := range out {
		out[i] = make([]float64, len(x[0]))
	}
	dst := [3][]float64(out)
	switch c.Function {
	case "obspy.signal.rotate.rotate_ne_rt":
		RadialTransverse(out[0], out[1], x[0], x[1], c.Number("ba", 0))
		return out[:2]
	case "obspy.signal.rotate.rotate_zne_lqt":
		Rotate(LQT(c.Number("ba", 0), c.Number("inc", 0)), dst, x)
		return out
	case "obspy.signal.rotate.rotate2zne":
		d := c.Numbers("azimuth_dip")
		b, err := Components([3]float64{d[0], d[2], d[4]}, [3]float64{d[1], d[3], d[5]})
		if err != nil {
			t.Fatal(err)
		}
		Rotate(b.Inverse(), dst, x)
		return out
	case "obspy.signal.polarization.flinn":
		a, b := int(c.Number("from", 0)), int(c.Number("to", 0))
		m := Polarize(x[0][a:b], x[1][a:b], x[2][a:b])
		return [][]float64{{m.Azimuth, m.Incidence, m.Rectilinearity, m.Planarity}}
	}
	return nil
}

// TestGoldenDefinitions: nine components, turned by matrices.
func TestGoldenDefinitions(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "definitions"), 1, func(t testing.TB, c *golden.Case) [][]float64 {
		if c.Function != "rtz" {
			return nil
		}
		all := c.Input(0)
		n := len(all) / 9
		var nine [3][3][]float64
		for i := range 9 {
			nine[i/3][i%3] = all[i*n:][:n:n]
		}
		RTZ(&nine, c.Number("azimuth", 0), c.Number("back_azimuth", 0))
		return [][]float64{all} // in its place
	})
}
