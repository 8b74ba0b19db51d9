package pes_test

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
)

// folderOf writes files into a new folder.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func expect[T any](t *testing.T, got, want []T) {
	t.Helper()
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, expected %v", got, want)
	}
}

func failsWith(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, expected one with %q", err, text)
	}
}

// everyInstance runs a source as 1, 2, 3 and 7 instances and returns what
// each count came to, sorted.
func everyInstance[P d4.Source, T any](t *testing.T, factory func() P, compare func(a, b T) int) (all [][]T) {
	t.Helper()
	for _, n := range []int{1, 2, 3, 7} {
		var items []T
		for i := range n {
			res := petest.Run(t, factory, petest.Instance(i, n))
			if res.Err != nil {
				t.Fatal(res.Err)
			}
			items = append(items, petest.Out[T](res, "out")...)
		}
		slices.SortFunc(items, compare)
		all = append(all, items)
	}
	return all
}

func TestSlice(t *testing.T) {
	for _, items := range [][]int{nil, {5}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}} {
		for _, got := range everyInstance(t, pes.Slice(items...), func(a, b int) int { return a - b }) {
			expect(t, got, items)
		}
	}
	mine := []float64{1, 2}
	res := petest.Run(t, pes.Slice(mine, mine))
	petest.Out[[]float64](res, "out")[0][0] = 7
	if mine[0] != 1 {
		t.Error("the item emitted is the one that was given")
	}
}

func TestRange(t *testing.T) {
	for _, c := range []struct{ from, to, step, n int }{
		{0, 0, 1, 0}, {0, 1, 1, 1}, {3, 1000, 1, 997}, {0, 10, 3, 4}, {0, 9, 3, 3}, {5, -5, -2, 5}, {5, -5, 2, 0}, {-5, 5, -1, 0},
		{math.MinInt, math.MaxInt, math.MaxInt, 3}, {math.MaxInt, math.MinInt, math.MinInt, 2}, {math.MaxInt - 2, math.MaxInt, 1, 2},
	} {
		var want []int
		for i, v := 0, c.from; i < c.n; i, v = i+1, v+c.step {
			want = append(want, v)
		}
		res := petest.Run(t, pes.Range(c.from, c.to, c.step))
		expect(t, petest.Out[int](res, "out"), want)
		slices.Sort(want)
		for _, got := range everyInstance(t, pes.Range(c.from, c.to, c.step), func(a, b int) int {
			if a < b {
				return -1
			}
			return 1
		}) {
			expect(t, got, want)
		}
	}
	failsWith(t, pes.Range(0, 1, 0)().Setup(), "step must not be 0")
	petest.Resume(t, pes.Range(0, 70_000, 1), 3, 4, 2)
	petest.Resume(t, pes.Range(0, 10, 1), 1, 2, 5)
	r := pes.Range(0, 10, 1)()
	r.Setup()
	for _, bad := range []string{"", "x", "2", "-1"} {
		failsWith(t, r.Seek(0, []byte(bad)), "is no position")
	}
}

func TestGenerate(t *testing.T) {
	factory := pes.Generate(func(k int64, r *rand.Rand) (string, error) {
		if k == 20 {
			return "", io.EOF
		}
		if k > 20 {
			return "", io.EOF
		}
		return fmt.Sprint(k, r.Uint64()), nil
	})
	all := everyInstance(t, factory, strings.Compare)
	for _, got := range all {
		if len(got) != 20 || !slices.Equal(got, all[0]) {
			t.Errorf("%q and %q", got, all[0])
		}
	}
	other := petest.Out[string](petest.Run(t, factory, petest.Seed(2)), "out")
	if slices.Equal(slices.Sorted(slices.Values(other)), all[0]) {
		t.Error("another seed makes the same items")
	}
	endless := pes.Generate(func(k int64, _ *rand.Rand) (int64, error) { return k, nil })
	expect(t, petest.Out[int64](petest.Run(t, endless, petest.Calls(3)), "out"), []int64{0, 1, 2})
	broken := pes.Generate(func(int64, *rand.Rand) (int, error) { return 0, errors.New("broken") })
	failsWith(t, petest.Run(t, broken).Err, "broken")
}

func TestReadLines(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	dir := folderOf(t, map[string]string{
		"a.txt": "one\ntwo\r\n\nlast without end", "b.txt": "", "c.txt": "\n", "d.txt": long + "\nshort\n" + long, "e.dat": "not read\n"})
	want := []string{"one", "two", "", "last without end", "", long, "short", long}
	factory := pes.ReadLines(filepath.Join(dir, "*.txt"), filepath.Join(dir, "a.txt"))
	res := petest.Run(t, factory)
	expect(t, petest.Out[string](res, "out"), want)
	slices.Sort(want)
	for _, got := range everyInstance(t, factory, strings.Compare) {
		expect(t, got, want)
	}
	petest.Resume(t, factory, 2, 2, 3)
	petest.Resume(t, factory, 1, 4, 1)

	failsWith(t, petest.Run(t, factory, petest.Set("MaxLine", 199_999)).Err, "longer than max_line = 199999 bytes")
	failsWith(t, petest.Run(t, factory, petest.Set("MaxLine", 10)).Err, "longer than max_line = 10 bytes")
	if err := petest.Run(t, factory, petest.Set("MaxLine", 200_000)).Err; err != nil {
		t.Error(err)
	}
	failsWith(t, petest.Run(t, pes.ReadLines(filepath.Join(dir, "no*"))).Err, "no file is called, or matches")
	failsWith(t, petest.Run(t, pes.ReadLines("[")).Err, "syntax error in pattern")
	failsWith(t, petest.Run(t, pes.ReadLines()).Err, "there are no paths")
	failsWith(t, petest.Run(t, pes.ReadLines(dir)).Err, "is a directory")
	lines := factory()
	for _, bad := range [][]byte{nil, {1, 2}, {0xff}, {3}} {
		failsWith(t, lines.Seek(0, bad), "is no position")
	}
}

func TestReadLinesBitByBit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		var b strings.Builder
		for range r.IntN(1500) {
			switch r.IntN(20) {
			case 0:
				b.WriteByte('\n')
			case 1:
				b.WriteString(strings.Repeat("ab", r.IntN(20_000)))
			default:
				b.WriteString("word ")
			}
		}
		text := b.String()
		want := strings.Split(text, "\n")
		if want[len(want)-1] == "" {
			want = want[:len(want)-1]
		}
		dir := folderOf(t, map[string]string{"x": text})
		factory := pes.ReadLines(filepath.Join(dir, "x"))
		expect(t, petest.Out[string](petest.Run(t, factory), "out"), want)
		petest.Resume(t, factory, 1, 1+r.IntN(5), 1)
	}
}

func TestReadCSV(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"a.csv": "name,lat,lon\nA,1,2\n\"B \"\"b\"\"\",\"3\n4\",5\n", "b.csv": "lon,name,lat\n7,C,8\n", "bad.txt": "a,b\n1\n", "empty.txt": ""})
	files := filepath.Join(dir, "*.csv")
	res := petest.Run(t, pes.ReadCSV(true, filepath.Join(dir, "a.csv")))
	expect(t, petest.Out[[]string](res, "out"), [][]string{{"A", "1", "2"}, {"B \"b\"", "3\n4", "5"}})
	res = petest.Run(t, pes.ReadCSV(true, files), petest.Set("Columns", []string{"lat", "name"}))
	expect(t, petest.Out[[]string](res, "out"), [][]string{{"1", "A"}, {"3\n4", "B \"b\""}, {"8", "C"}})
	res = petest.Run(t, pes.ReadCSV(false, filepath.Join(dir, "b.csv")))
	expect(t, petest.Out[[]string](res, "out"), [][]string{{"lon", "name", "lat"}, {"7", "C", "8"}})

	failsWith(t, petest.Run(t, pes.ReadCSV(true, files), petest.Set("Columns", []string{"depth"})).Err, `there is no column "depth"`)
	failsWith(t, petest.Run(t, pes.ReadCSV(false, filepath.Join(dir, "bad.txt"))).Err, "wrong number of fields")
	failsWith(t, petest.Run(t, pes.ReadCSV(true, filepath.Join(dir, "empty.txt"))).Err, "it has no header")
	r := pes.ReadCSV(false, files)()
	r.Columns = []string{"lat"}
	failsWith(t, r.Setup(), "header is false")
	r = pes.ReadCSV(false, files)()
	r.Comma = ";;"
	failsWith(t, r.Setup(), "one character each")

	var b strings.Builder
	b.WriteString("# a comment\nk;square\n")
	for k := range 2000 {
		fmt.Fprintf(&b, "%d;\"%d\n\"\n", k, k*k)
	}
	big := folderOf(t, map[string]string{"big": b.String()})
	settings := []petest.Step{petest.Set("Comma", ";"), petest.Set("Comment", "#"), petest.Set("Columns", []string{"square"})}
	petest.Resume(t, pes.ReadCSV(true, filepath.Join(big, "big")), 1, 3, 1, settings...)
	petest.Resume(t, pes.ReadCSV(true, filepath.Join(big, "big")), 1, 0, 1, settings...)
}

func TestGlob(t *testing.T) {
	dir := folderOf(t, map[string]string{"b": "", "a": "", "c": ""})
	want := []string{filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")}
	factory := pes.Glob(filepath.Join(dir, "*"))
	for _, got := range everyInstance(t, factory, strings.Compare) {
		expect(t, got, want)
	}
	petest.Resume(t, factory, 1, 2, 2)
}

func TestWatch(t *testing.T) {
	dir := folderOf(t, map[string]string{"b.dat": "12", "a.dat": "1", "other": ""})
	if err := os.Mkdir(filepath.Join(dir, "folder.dat"), 0o755); err != nil {
		t.Fatal(err)
	}
	factory := pes.Watch(dir, "*.dat", time.Millisecond)
	res := petest.Run(t, factory, petest.Calls(1))
	expect(t, petest.Out[string](res, "out"), nil) // seen once, they may still grow
	res = petest.Run(t, factory, petest.Calls(3))
	expect(t, petest.Out[string](res, "out"), []string{filepath.Join(dir, "a.dat"), filepath.Join(dir, "b.dat")})

	failsWith(t, petest.Run(t, factory, petest.Set("MaxFiles", 1)).Err, "more files than max_files")
	failsWith(t, petest.Run(t, pes.Watch(filepath.Join(dir, "nowhere"), "*", 1)).Err, "no such file")
	failsWith(t, pes.Watch(dir, "[", 1)().Setup(), "syntax error in pattern")
	failsWith(t, pes.Watch(dir, "*", 0)().Setup(), "period")

	if err := os.WriteFile(filepath.Join(dir, "end"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	res = petest.Run(t, factory, petest.Set("Stop", "end"))
	expect(t, petest.Out[string](res, "out"), []string{filepath.Join(dir, "a.dat"), filepath.Join(dir, "b.dat")})
}
