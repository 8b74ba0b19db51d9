// Package golden compares results with values that scripts/golden_*.py have
// computed, with ObsPy, SciPy and others or by a definition: in tests, and where
// peers are measured.
//
// A set is a folder with manifest.json, which holds for every case the function,
// its parameters, inputs, outputs and tolerance, and one little-endian float64
// file per array; complex numbers are pairs. A result agrees if its greatest
// difference is at most the tolerance times the greatest value wanted.
package golden

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Shared is the larger set with real recordings that may lie beside the
// repository, as seen from its folder.
var Shared = filepath.Join("..", "shared", "data", "golden")

// A Set is what a manifest tells.
type Set struct {
	Dir    string `json:"-"`
	Inputs map[string]struct {
		File string
		Rate float64 `json:"sampling_rate"`
	}
	Cases []*Case
}

// A Case is one call of a function.
type Case struct {
	Name, Function string
	Params         map[string]any
	Inputs         []string
	Outputs        []struct{ Name, File string }
	Tolerance      float64 `json:"rtol_of_max"`
	Values         json.RawMessage

	set *Set
	t   testing.TB
}

// Number returns a parameter.
func (c *Case) Number(key string, otherwise float64) float64 {
	if v, ok := c.Params[key].(float64); ok {
		return v
	}
	return otherwise
}

// Text returns a parameter.
func (c *Case) Text(key, otherwise string) string {
	if v, ok := c.Params[key].(string); ok {
		return v
	}
	return otherwise
}

// Flag returns a parameter.
func (c *Case) Flag(key string, otherwise bool) bool {
	if v, ok := c.Params[key].(bool); ok {
		return v
	}
	return otherwise
}

// Numbers returns a parameter that is a list, or a list of lists one after the
// other.
func (c *Case) Numbers(key string) []float64 {
	var all []float64
	var add func(v any)
	add = func(v any) {
		switch v := v.(type) {
		case float64:
			all = append(all, v)
		case []any:
			for _, x := range v {
				add(x)
			}
		}
	}
	add(c.Params[key])
	return all
}

// Input returns the samples of input i.
func (c *Case) Input(i int) []float64 { return c.array(c.set.Inputs[c.Inputs[i]].File) }

// Rate returns the sampling rate of input i in Hz.
func (c *Case) Rate(i int) float64 { return c.set.Inputs[c.Inputs[i]].Rate }

// Want returns the values expected of output i.
func (c *Case) Want(i int) []float64 { return c.array(c.Outputs[i].File) }

// Expected decodes what the case has beside arrays.
func (c *Case) Expected(v any) {
	if err := json.Unmarshal(c.Values, v); err != nil {
		c.t.Fatalf("%s: %v", c.Name, err)
	}
}

func (c *Case) array(file string) []float64 {
	b, err := os.ReadFile(filepath.Join(c.set.Dir, file))
	if err != nil {
		c.t.Fatal(err)
	}
	x := make([]float64, len(b)/8)
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return x
}

// Read reads a set.
func Read(t testing.TB, dir string) *Set {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	s := &Set{Dir: dir}
	if err := json.Unmarshal(text, s); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Cases {
		c.set, c.t = s, t
	}
	return s
}

// Check runs the cases of a set that compute knows and compares. compute returns
// the outputs in the order of the case, nil for a case that is none of its own.
// At least so many are to have run.
func Check(t *testing.T, dir string, atLeast int, compute func(t testing.TB, c *Case) [][]float64) {
	t.Helper()
	ran := 0
	for _, c := range Read(t, dir).Cases {
		got := compute(t, c)
		if got == nil {
			continue
		}
		ran++
		t.Run(c.Name, func(t *testing.T) { c.compare(t, got) })
	}
	if ran < atLeast {
		t.Errorf("only %d cases ran, want at least %d", ran, atLeast)
	}
}

// CheckShared is Check with the set beside the repository, which is so many
// folders above the package; without it the test is skipped.
func CheckShared(t *testing.T, up, atLeast int, compute func(t testing.TB, c *Case) [][]float64) {
	t.Helper()
	dir := filepath.Join(strings.Repeat("../", up), Shared)
	if _, err := os.Stat(dir); err != nil {
		t.Skip("SKIP: no shared data in ../shared/data/golden beside the repository")
	}
	Check(t, dir, atLeast, compute)
}

func (c *Case) compare(t *testing.T, got [][]float64) {
	if len(got) != len(c.Outputs) {
		t.Fatalf("%d outputs, want %d", len(got), len(c.Outputs))
	}
	for i := range got {
		want := c.Want(i)
		if len(got[i]) != len(want) {
			t.Errorf("%s: %d values, want %d", c.Outputs[i].Name, len(got[i]), len(want))
			continue
		}
		if e := Apart(got[i], want); !(e <= c.Tolerance) {
			t.Errorf("%s %v: %s differs by %.1e of the largest value, more than %.0e", c.Function, c.Params, c.Outputs[i].Name, e, c.Tolerance)
		}
	}
}

// Apart is the greatest difference over the greatest value of want; NaN agrees
// with NaN.
func Apart(got, want []float64) float64 {
	var worst, size float64
	for i, w := range want {
		if math.IsNaN(w) && math.IsNaN(got[i]) {
			continue
		}
		d := math.Abs(got[i] - w)
		if math.IsNaN(d) {
			return d
		}
		worst, size = max(worst, d), max(size, math.Abs(w))
	}
	if worst == 0 {
		return 0
	}
	return worst / size
}
