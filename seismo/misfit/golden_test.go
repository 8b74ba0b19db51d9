package misfit

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/internal/golden"
)

func TestGolden(t *testing.T) {
	golden.Check(t, filepath.Join("..", "testdata", "golden"), 18, compute)
}

func TestGoldenShared(t *testing.T) { golden.CheckShared(t, 2, 10, compute) }

func compute(t testing.TB, c *golden.Case) [][]float64 {
	name, ours := strings.CutPrefix(c.Function, "obspy.signal.tf_misfit.")
	if !ours {
		return nil
	}
	x, ref := c.Input(0), c.Input(1)
	w, err := NewWavelet(len(x), c.Number("dt", 0), c.Number("fmin", 0), c.Number("fmax", 0), int(c.Number("nf", 0)), c.Number("w0", 0))
	if err != nil {
		t.Fatal(err)
	}
	cmp := w.Compare(x, ref, c.Flag("st2_isref", true))
	norm := Global
	if c.Text("norm", "") == "local" {
		norm = Local
	}
	flat := func(rows [][]float64) (all []float64) {
		for _, r := range rows {
			all = append(all, r...)
		}
		return all
	}
	switch name {
	case "tfem":
		return [][]float64{flat(cmp.TFEM(norm))}
	case "tfpm":
		return [][]float64{flat(cmp.TFPM(norm))}
	case "tem":
		return [][]float64{cmp.TEM(norm)}
	case "tpm":
		return [][]float64{cmp.TPM(norm)}
	case "fem":
		return [][]float64{cmp.FEM(norm)}
	case "fpm":
		return [][]float64{cmp.FPM(norm)}
	}
	single := map[string]func() float64{"em": cmp.EM, "pm": cmp.PM, "eg": cmp.EG, "pg": cmp.PG}[name]
	if single == nil {
		return nil
	}
	var want float64
	c.Expected(&want)
	if got := single(); math.Abs(got/want-1) > c.Tolerance {
		t.Errorf("%s: %v, expected %v", c.Name, got, want)
	}
	return [][]float64{}
}
