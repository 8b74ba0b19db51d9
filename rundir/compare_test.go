package rundir

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/zarr"
)

// runWith makes a complete run with one sink of that digest, and outputs.
func runWith(t *testing.T, digest string, write func(outputs string)) string {
	t.Helper()
	d, err := Create(filepath.Join(t.TempDir(), "run"), noon, "job", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Start(Run{Name: "job", Started: noon}, nil); err != nil {
		t.Fatal(err)
	}
	if write != nil {
		path, _ := d.Outputs().Path()
		write(path)
	}
	err = d.End(nil, nil, func(r *Run) {
		r.State = Complete
		r.Result.Sinks = map[string]Sink{"sink": {3, digest}}
	})
	if err != nil {
		t.Fatal(err)
	}
	return d.Path()
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestCompareFiles(t *testing.T) {
	nan := math.NaN()
	inf := math.Inf(1)
	array := func(shape []int, data ...float64) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := npy.WriteFile(filepath.Join(dir, "x.npy"), shape, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	ints := func(data ...int64) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := npy.WriteFile(filepath.Join(dir, "x.npy"), []int{len(data)}, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	text := func(name, s string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { put(t, filepath.Join(dir, name), s) }
	}
	store := func(chunk int, names string, data ...float32) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			s, err := zarr.Create(filepath.Join(dir, "x.zarr"), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range strings.Fields(names) {
				a, err := zarr.NewArray(s, name, zarr.Spec[float32]{Shape: []int{len(data)}, Chunks: []int{chunk}, Dims: []string{"i"}})
				if err != nil {
					t.Fatal(err)
				}
				if err := a.Write(data); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Finish(nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	nothing := func(*testing.T, string) {}
	for _, c := range []struct {
		name string
		a, b func(t *testing.T, dir string)
		rtol float64
		want string // "" for the same
	}{
		{"nothing", nothing, nothing, 0, ""},
		{"bytes", text("a.bin", "x"), text("a.bin", "x"), 0, ""},
		{"other bytes", text("a.bin", "x"), text("a.bin", "y"), 0.5, "output a.bin: the bytes differ"},
		{"longer", text("a.bin", "x"), text("a.bin", "xy"), 0, "output a.bin: the bytes differ"},
		{"missing", text("a.bin", "x"), nothing, 0, "output a.bin: it is only in A"},
		{"array", array([]int{3}, 1, 2, nan), array([]int{3}, 1, 2, nan), 0, ""},
		{"array off", array([]int{3}, 1, 2, 3), array([]int{3}, 1, 2.5, 4), 0, "output x.npy: 2 of 3 elements differ, most 3 against 4"},
		{"array within", array([]int{3}, 1, 2, inf), array([]int{3}, 1, 2.02, inf), 0.01, ""},
		{"array without", array([]int{2}, 1, inf), array([]int{2}, 1, 5), 0.01, "output x.npy: 1 of 2 elements differ, most +Inf against 5"},
		{"NaN against a number", array([]int{2}, 1, nan), array([]int{2}, 1, 5), 0.5, "output x.npy: 1 of 2 elements differ, most NaN against 5"},
		{"shape", array([]int{4}, 1, 2, 3, 4), array([]int{2, 2}, 1, 2, 3, 4), 0, "output x.npy: shape [4] against [2 2]"},
		{"type", array([]int{1}, 1), ints(1), 0, "output x.npy: the arrays have different types of elements"},
		{"large integers", ints(1<<53, 2), ints(1<<53+1, 2), 0, "output x.npy: 1 of 2 elements differ, most 9007199254740992 against 9007199254740993"},
		{"integers within", ints(100), ints(101), 0.01, ""},
		{"lines in any order", text("a.txt", "b\na\na\n"), text("a.txt", "a\nb\na\n"), 0, ""},
		{"lines more often", text("a.txt", "b\na\nb\n"), text("a.txt", "a\nb\na\n"), 0, `output a.txt: 1 line not the same, as "b" against "a"`},
		{"more lines", text("a.txt", "b\n"), text("a.txt", "b\nb\n"), 0, "output a.txt: 1 lines against 2"},
		{"csv within", text("a.csv", "n,x\na,1.00\nb,2\n"), text("a.csv", "n,x\nb,2\na,1.001\n"), 0.01, ""},
		{"csv exact", text("a.csv", "a,1.0\n"), text("a.csv", "a,1\n"), 0, ""},
		{"csv off", text("a.csv", "a,1.00\n"), text("a.csv", "a,1.001\n"), 0, `output a.csv: 1 line not the same, as "a,1.00" against "a,1.001"`},
		{"csv large", text("a.csv", "9007199254740992\n"), text("a.csv", "9007199254740993\n"), 0, `output a.csv: 1 line not the same, as "9007199254740992" against "9007199254740993"`},
		{"jsonl within", text("a.jsonl", `{"a":[1,2],"b":"x"}`), text("a.jsonl", `{"b":"x","a":[1.001,2]}`), 0.01, ""},
		{"jsonl text", text("a.jsonl", `{"b":"x"}`), text("a.jsonl", `{"b":"y"}`), 0.01, `output a.jsonl: 1 line not the same, as "{\"b\":\"x\"}" against "{\"b\":\"y\"}"`},
		{"store", store(2, "a b", 1, 2, 3), store(2, "a b", 1, 2, 3), 0, ""},
		{"store in other chunks", store(2, "a", 1, 2, 3), store(3, "a", 1, 2, 3), 0, ""},
		{"store within", store(2, "a", 1, 2, 3), store(2, "a", 1, 2, 3.003), 0.01, ""},
		{"store off", store(2, "a", 1, 2, 3), store(2, "a", 1, 2, 4), 0, "output x.zarr: array a: 1 of 3 elements differ, most 3 against 4"},
		{"store names", store(2, "a b", 1), store(2, "a c", 1), 0, "output x.zarr: arrays [a b] against [a c]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := runWith(t, "00", func(dir string) { c.a(t, dir) })
			b := runWith(t, "00", func(dir string) { c.b(t, dir) })
			for _, swap := range []bool{false, true} {
				x, y := a, b
				if swap {
					x, y = b, a
				}
				got, err := Compare(x, y, c.rtol)
				if err != nil {
					t.Fatal(err)
				}
				if got.Same != (c.want == "") || len(got.Differences) > 1 {
					t.Fatalf("differences %v, want %q", got.Differences, c.want)
				}
				if !got.Same && !swap {
					if text := strings.ReplaceAll(got.Differences[0].String(), a, "A"); text != c.want {
						t.Errorf("got %q, want %q", text, c.want)
					}
				}
			}
		})
	}
}

func TestCompareRuns(t *testing.T) {
	csv := func(line string) func(string) {
		return func(dir string) { put(t, filepath.Join(dir, "a.csv"), line) }
	}
	same, err := Compare(runWith(t, "01", nil), runWith(t, "01", nil), 0)
	if err != nil || !same.Same || same.Sinks != 1 {
		t.Errorf("%+v, %v", same, err)
	}
	// A digest that differs is excused only by numbers that do, within rtol.
	for _, c := range []struct {
		a, b string
		rtol float64
		same bool
	}{{"1", "1", 0.01, false}, {"1", "1.001", 0.01, true}, {"1", "1.001", 0, false}} {
		got, err := Compare(runWith(t, "01", csv(c.a)), runWith(t, "02", csv(c.b)), c.rtol)
		if err != nil || got.Same != c.same || (len(got.Excused) == 1) != c.same {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	var b strings.Builder
	got, err := Compare(runWith(t, "01", csv("1")), finished(t, Partial, nil), 0)
	if err != nil || got.WriteText(&b) != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(got.A, "A", got.B, "B").Replace(b.String())
	want := `state: B is partial: what it left is not all there would be
sink sink: 3 items against 100
summary none: it is only in B
summary pairs: it is only in B
summary velocity: it is only in B
output a.csv: it is only in A
different in 6 things: 1 sink and 0 outputs compared
`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	for _, rtol := range []float64{-1, 1, math.NaN()} {
		if _, err := Compare(got.A, got.B, rtol); err == nil {
			t.Errorf("rtol %v was taken", rtol)
		}
	}
	if _, err := Compare(got.A, t.TempDir(), 0); err == nil || !strings.Contains(err.Error(), "is not a run directory") {
		t.Errorf("%v", err)
	}
}
