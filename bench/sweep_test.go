package bench

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/rundir"
)

// TestPoints: a sweep is over ranks or cores, and its table gives it back.
func TestPoints(t *testing.T) {
	points, err := Sweep{Ranks: []int{4, 2, 4}, Cores: []int{3}, Rounds: 2, Weak: []string{"a.n=10", "a.hours = 1.5"}}.Points()
	if err != nil {
		t.Fatal(err)
	}
	grown := []string{"a.n=20", "a.hours=3"}
	want := []Point{
		{Strong, 1, 2, 3, nil}, {Weak, 1, 2, 3, []string{"a.n=10", "a.hours=1.5"}}, {Strong, 2, 2, 3, nil}, {Weak, 2, 2, 3, []string{"a.n=10", "a.hours=1.5"}},
		{Strong, 1, 4, 3, nil}, {Weak, 1, 4, 3, grown}, {Strong, 2, 4, 3, nil}, {Weak, 2, 4, 3, grown},
	}
	if !reflect.DeepEqual(points, want) {
		t.Errorf("%v", points)
	}
	var b bytes.Buffer
	if err := WritePoints(&b, points); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(b.String(), "series,round,ranks,cores,a.n,a.hours\nstrong,1,2,3,,\nweak,1,2,3,10,1.5\n") {
		t.Error(b.String())
	}
	if again, err := ReadPoints(&b); err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("%v, %v", again, err)
	}
	points, err = Sweep{Ranks: []int{1}, Cores: []int{1, 2}, Rounds: 1, Weak: []string{"a.n=1"}, OnlyWeak: true}.Points()
	if err != nil || len(points) != 2 || points[1].Width() != 2 || points[1].Series != Weak {
		t.Errorf("%v, %v", points, err)
	}
}

// TestPointsRefused: what is no sweep is said in a line.
func TestPointsRefused(t *testing.T) {
	for want, s := range map[string]Sweep{
		"a sweep is over one of them": {Ranks: []int{1, 2}, Cores: []int{1, 2}, Rounds: 1},
		"give --weak":                 {Ranks: []int{1}, Cores: []int{1}, Rounds: 1, OnlyWeak: true},
		"0 is not a whole number":     {Ranks: []int{0}, Cores: []int{1}, Rounds: 1},
		"-1 is not a whole number":    {Ranks: []int{1}, Cores: []int{1}, Rounds: -1},
		"to stay a whole number":      {Ranks: []int{2, 3}, Cores: []int{1}, Rounds: 1, Weak: []string{"a.n=5"}},
		"PE.PARAMETER=NUMBER":         {Ranks: []int{1}, Cores: []int{1}, Rounds: 1, Weak: []string{"a.n"}},
	} {
		if _, err := s.Points(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, expected %q", s, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                       "it is not the table of a sweep",
		"a.b\n1\n":                               "it is not the table of a sweep",
		"series,round,ranks,cores\n":             "it is not the table of a sweep",
		"series,round,ranks,cores\nx,1,1,1\n":    `line 2: there is no series "x"`,
		"series,round,ranks,cores\nweak,1,0,1\n": `line 2: ranks is "0"`,
		"series,round,ranks,cores\nweak,1,1,1,1\n": "wrong number of fields",
	} {
		if _, err := ReadPoints(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", text, err, want)
		}
	}
}

// TestRead reads what Header and Measure write, among what others print.
func TestRead(t *testing.T) {
	var b bytes.Buffer
	b.WriteString("PASS\nok x 1s\n")
	h := Header{OS: "linux", Host: "n1", Hosts: []string{"n1", "n2"}, Mapping: "mpi", Ranks: 2, Commit: "abc", MPI: "Open MPI\n4.1"}
	name, f := Measured(Point{Weak, 1, 2, 4, nil}, &rundir.Run{Name: "a job", Result: rundir.Result{Wall: 2}, Items: map[string]uint64{"in": 40, "in2": 10, "out": 7},
		Usage: []rundir.Usage{{CPU: 3}, {CPU: 4}}}, []string{"in", "in2"})
	if err := errors.Join(h.Write(&b), Measure{Name: name}.Write(&b, f)); err != nil {
		t.Fatal(err)
	}
	b.WriteString("mpi: MPICH\nBenchmarkX/y-8 \t 3 \t 1 ns/op\nBenchmarkPrints hello to you\n")
	lines, err := Read(bytes.NewReader(b.Bytes()))
	if err != nil || len(lines) != 2 {
		t.Fatalf("%v, %v in\n%s", lines, err, b.String())
	}
	l := lines[0]
	if l.Name != "Sweep/a-job/weak/ranks=2/cores=4" || !reflect.DeepEqual(l.Values, map[string]float64{"ns/op": 2e9, "items/s": 25, "core-ns/item": 3.2e8, "cpu-s": 7}) ||
		l.Config["hosts"] != "n1 n2" || l.Config["mpi"] != "Open MPI 4.1" || l.Config["goarch"] != "" {
		t.Errorf("%+v", l)
	}
	if l := lines[1]; l.Config["mpi"] != "MPICH" || l.Config["commit"] != "abc" || l.N != 3 {
		t.Errorf("%+v", l)
	}
	if _, err := Read(strings.NewReader("\nBenchmarkX 1 x ns/op\n")); err == nil || err.Error() != `line 2: "x" is not a number` {
		t.Error(err)
	}
}

// FuzzRead: no text makes it panic.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile("testdata/sweep/02-ranks.txt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add("a:b\nBenchmarkSweep/j/weak/ranks=99999999999999999999/cores=1 1 1 ns/op")
	f.Fuzz(func(t *testing.T, text string) {
		lines, err := Read(strings.NewReader(text))
		if err == nil {
			Curves(map[string][]Line{"x": lines})
		}
	})
}

// measuredIn reads the files of a folder of testdata.
func measuredIn(t *testing.T, folder string) (all []Line) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return all
}

// TestCurves: of the committed measurements, whose law is known.
func TestCurves(t *testing.T) {
	curves, err := Curves(map[string][]Line{"one": measuredIn(t, "sweep")})
	if err != nil || len(curves) != 2 || curves[0].Name != Strong || curves[1].Name != Weak {
		t.Fatalf("%+v, %v", curves, err)
	}
	near := func(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }
	for k, w := range []float64{1, 2, 4, 8, 16} {
		s, speedUp := curves[0].Points[k], 1/(0.02+0.98/w)
		if s.Width != int(w) || s.Rounds != 3 || !near(s.SpeedUp, speedUp) || !near(s.Efficiency, speedUp/w) || s.Ideal != w || !near(s.Cost, 40*w/speedUp/9600) ||
			!near(s.Least, 0.75*s.Time) || !near(s.Most, 1.25*s.Time) {
			t.Errorf("strong, %v cores: %+v", w, s)
		}
		s, efficiency := curves[1].Points[k], 1/(1+0.02*math.Log2(w))
		if s.Width != int(w) || !near(s.Efficiency, efficiency) || !near(s.SpeedUp, w*efficiency) {
			t.Errorf("weak, %v cores: %+v", w, s)
		}
	}
	both, err := Curves(map[string][]Line{"one": measuredIn(t, "sweep"), "two": measuredIn(t, "sweep")})
	if err != nil || len(both) != 4 || both[3].Name != "two, weak" {
		t.Errorf("%v", err)
	}
	if _, err := Curves(map[string][]Line{"x": {{Name: "Transport/ring/8B"}}}); !errors.Is(err, ErrNoSweep) {
		t.Error(err)
	}
	if _, err := Curves(map[string][]Line{"x": {{Name: "Sweep/j/weak/ranks=1/cores=1"}}}); err == nil || !strings.Contains(err.Error(), "0 ns/op is no time") {
		t.Error(err)
	}
}

// TestPage: three figures with the ideal beside each curve, and all that is
// known of where they are from.
func TestPage(t *testing.T) {
	curves, err := Curves(map[string][]Line{"one": measuredIn(t, "sweep")})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := WritePage(&b, curves); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if strings.Count(page, "<svg") != 3 || strings.Count(page, "</svg>") != 3 || strings.Contains(page, "src=") || strings.Contains(page, "<script") {
		t.Errorf("%d figures", strings.Count(page, "<svg"))
	}
	for _, want := range []string{"Scaling of ambient-noise", "<th>MPI</th><td>Open MPI 4.1.4</td>", "<th>Commit</th><td>0123456789abcdef</td>", "<th>Host of rank 0</th><td>n1</td>",
		"n1 n2 n3 n4", "local; mpi", ">Speed-up<", ">Efficiency (%)<", ">Core time of an item (ms)<", ">ideal<", ">strong<", ">weak<", "<td>16</td><td>16</td><td>3</td>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	// One core for each figure: nothing to compare, and no items counted.
	alone := slices.Clone(curves[:1])
	alone[0].Points = []Scaled{{Width: 1, Ranks: 1, Rounds: 1, Time: 1, SpeedUp: 1, Ideal: 1, Efficiency: 1}}
	b.Reset()
	if err := WritePage(&b, alone); err != nil || strings.Count(b.String(), "<svg") != 2 {
		t.Errorf("%v: %d figures", err, strings.Count(b.String(), "<svg"))
	}
	if err := WritePage(&b, nil); !errors.Is(err, ErrNoSweep) {
		t.Error(err)
	}
}
