package run_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// numbers is a graph that collects 1, 2, 3.
func numbers() (*d4.Graph, d4.PE) {
	g := d4.NewGraph("numbers")
	s := d4.Add(g, "numbers", pes.Slice(1, 2, 3))
	c := d4.Add(g, "all", pes.Collect[int]())
	d4.Connect(g, s.Out, c.In)
	return g, c
}

// unlaunched takes away what a launcher may have said of this test.
func unlaunched(t *testing.T) {
	for _, name := range []string{"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_STEP_ID", "SLURM_STEPID", "SLURM_JOB_ID", "SLURM_JOBID"} {
		t.Setenv(name, "")
	}
}

func TestMappings(t *testing.T) {
	unlaunched(t)
	for _, c := range []struct {
		mapping, ranks string // ranks that a launcher started
		want           string // of the error
	}{
		{"", "", ""},
		{"auto", "", ""},
		{"auto", "1", ""},
		{"local", "4", ""},
		{"", "x", `OMPI_COMM_WORLD_SIZE="x" is not a number`},
		{"spark", "", "no spark mapping yet"},
		{"slurm", "", `there is no mapping "slurm"`},
	} {
		if c.ranks != "" {
			t.Setenv("OMPI_COMM_WORLD_RANK", "0")
			t.Setenv("OMPI_COMM_WORLD_SIZE", c.ranks)
		} else {
			t.Setenv("OMPI_COMM_WORLD_RANK", "")
		}
		g, all := numbers()
		res, err := run.Graph(t.Context(), g, run.Options{Mapping: c.mapping, Ranks: 2})
		switch {
		case c.want == "" && err != nil, c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, run.ErrUsage)):
			t.Errorf("mapping %q, %q ranks: %v", c.mapping, c.ranks, err)
		case err == nil && len(pes.Items(res, all.(*pes.Collector[int]))) != 3:
			t.Errorf("mapping %q, %q ranks: collected %v", c.mapping, c.ranks, pes.Items(res, all.(*pes.Collector[int])))
		}
	}
}

func TestWrongOptions(t *testing.T) {
	unlaunched(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		o    run.Options
		want string
	}{
		{run.Options{Ranks: -1}, "-1 ranks"},
		{run.Options{Cores: -1}, "-1 cores"},
		{run.Options{Memory: 10}, "10 bytes"},
		{run.Options{Dir: true, DirPath: filepath.Join(file, "run")}, "--dir"},
	} {
		g, _ := numbers()
		if res, err := run.Graph(t.Context(), g, c.o); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), c.want) || res != nil {
			t.Errorf("%+v: %v, %v", c.o, res, err)
		}
	}
	g := d4.NewGraph("writes")
	a := d4.Add(g, "a", pes.Slice("x"))
	for _, name := range []string{"b", "c"} {
		d4.Connect(g, a.Out, d4.Add(g, name, pes.WriteLines(name)).In)
	}
	if _, err := run.Graph(t.Context(), g, run.Options{}); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "b, c would write") {
		t.Errorf("%v", err)
	}
}

// says is a sink that has something to say.
type says struct {
	d4.Base
	In d4.In[int]
	n  int
}

func (s *says) Summary() map[string]any { return map[string]any{"items": s.n} }

// TestRunDirectory: a run leaves what came of it, whatever that is.
func TestRunDirectory(t *testing.T) {
	unlaunched(t)
	stopped, cancel := context.WithCancelCause(t.Context())
	cancel(engine.ErrInterrupted)
	for _, c := range []struct {
		ctx   context.Context
		items int
		state rundir.State
		fail  error
		is    error
	}{
		{t.Context(), 1000, rundir.Complete, nil, nil},
		{t.Context(), 1000, rundir.Failed, errors.ErrUnsupported, errors.ErrUnsupported},
		{stopped, math.MaxInt, rundir.Partial, nil, engine.ErrInterrupted},
	} {
		g := d4.NewGraph("numbers")
		a := d4.Add(g, "a", pes.Range(0, c.items, 1))
		for _, name := range []string{"b", "c"} {
			b := d4.Add(g, name, func() *says {
				s := &says{}
				s.In = d4.Input(func(int) error { s.n++; return c.fail }, d4.AllToOne)
				return s
			})
			d4.Connect(g, a.Out, b.In)
		}
		res, err := run.Graph(c.ctx, g, run.Options{Dir: true, DirPath: filepath.Join(t.TempDir(), "run"), Seed: 5})
		if !errors.Is(err, c.is) || c.is == nil && err != nil {
			t.Fatal(err)
		}
		r, err := rundir.Open(res.Dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Run.State != c.state || r.Run.Name != "numbers" || r.Run.Seed != 5 || r.Run.Plan == "" || (r.Run.Cause == "") != (c.is == nil) {
			t.Errorf("run.json says %+v", r.Run)
		}
		if c.state == rundir.Complete {
			if res.Summary["items"] != 1000 || res.Summary["c.items"] != 1000 || r.Run.Items["a"] != 1000 || r.Run.Items["b"] != 1000 {
				t.Errorf("summary %v, items %v", res.Summary, r.Run.Items)
			}
		}
	}
}

func ExampleGraph() {
	g := d4.NewGraph("shout")
	words := d4.Add(g, "words", pes.Slice("noise", "signal"))
	upper := d4.Add(g, "upper", pes.Map(strings.ToUpper))
	all := d4.Add(g, "all", pes.Collect[string]())
	d4.Connect(g, words.Out, upper.In)
	d4.Connect(g, upper.Out, all.In)
	// In a program this stands in run.Main.
	res, err := run.Graph(context.Background(), g, run.Options{Mapping: "local", Ranks: 2, Cores: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(pes.Items(res, all), res.Sinks["all"].Items)
	// Output: [NOISE SIGNAL] 2
}
