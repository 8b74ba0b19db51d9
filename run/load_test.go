//go:build cgo && linux

package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/partition"
)

// within is a context in which a rank may run graphs.
func within(ctx context.Context) context.Context {
	return context.WithValue(ctx, sessionKey{}, ours)
}

// number is a setting of a rank, as a number.
func number(name string, otherwise int) (n int) {
	if _, err := fmt.Sscan(os.Getenv(name), &n); err != nil {
		return otherwise
	}
	return n
}

// slow takes its time over each item, and looks at the memory now and then.
type slow struct {
	d4.Base
	In    d4.In[[]float64]
	each  time.Duration
	n     int
	first int64 // most memory in use in the first half
	rest  int64
	items int
}

func newSlow(each time.Duration, items int) func() *slow {
	return func() *slow {
		s := &slow{each: each, items: items}
		s.In = d4.Input(func([]float64) error {
			for until := time.Now().Add(each); time.Now().Before(until); {
			}
			s.n++
			if s.n%16 != 0 {
				return nil
			}
			if used := resident(); s.n <= items/2 {
				s.first = max(s.first, used)
			} else {
				s.rest = max(s.rest, used)
			}
			return nil
		}, d4.AllToOne)
		return s
	}
}

// RootPlaced keeps it where the result is read.
func (s *slow) RootPlaced() {}

// resident is the memory in use by this process, in bytes; 0 if it cannot be
// read.
func resident() (bytes int64) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int64
	fmt.Sscan(string(text), &size, &pages)
	return pages * int64(os.Getpagesize())
}

// quick emits slices of 64 KiB as fast as there is room for them.
type quick struct {
	d4.Base
	Out      d4.Out[[]float64]
	n, items int
	most     int64
}

func (q *quick) Next() error {
	if q.n == q.items {
		return io.EOF
	}
	q.Out.Emit(make([]float64, 8192))
	if q.n++; q.n%64 == 0 {
		q.most = max(q.most, resident())
	}
	return nil
}

// How many items TestRankMemory moves, and how many microseconds each takes.
const (
	itemsVariable = "DISPEL4GO_TEST_ITEMS"
	eachVariable  = "DISPEL4GO_TEST_EACH"
)

// What a rank does: a source on rank 1 that is much faster than the PE on rank
// 0 that it feeds. Memory does not grow, on either of them.
func TestRankMemory(t *testing.T) {
	rank(t)
	items, each := number(itemsVariable, 0), time.Duration(number(eachVariable, 0))*time.Microsecond
	const budget = 16 << 20
	var source *quick
	g := d4.NewGraph("uneven")
	a := d4.Add(g, "quick", func() *quick { source = &quick{items: items}; return source })
	b := d4.Add(g, "slow", newSlow(each, items))
	d4.Connect(g, a.Out, b.In)
	before := resident()
	res, err := Graph(within(t.Context()), g, Options{Mapping: "mpi", Fuse: partition.Off, Memory: budget, NoDigest: true})
	if err != nil {
		t.Fatal(err)
	}
	// What is on its way, twice as the collector lets garbage grow as large
	// again, and what it leaves lying however little there is (64 MiB), with what
	// Go and MPI take for themselves.
	bound := 2*res.Plan.Bound(res.Rank) + 160<<20
	if res.Rank == 0 {
		s := res.PE(b).(*slow)
		fmt.Printf("rank 0: %d MiB before, at most %d in the first half, %d in the second; the plan says %d\n", before>>20, s.first>>20, s.rest>>20, res.Plan.Bound(0)>>20)
		if s.n != items || max(s.first, s.rest)-before > bound {
			t.Errorf("%d of %d items; memory has grown beyond the bound", s.n, items)
		}
		if long := items > 20_000; long && s.rest > s.first+s.first/10+8<<20 {
			t.Error("memory grows all the time")
		}
		return
	}
	fmt.Printf("rank 1: %d MiB before, at most %d; the plan says %d\n", before>>20, source.most>>20, res.Plan.Bound(1)>>20)
	if source.most-before > bound {
		t.Error("memory has grown beyond the bound")
	}
}

// TestMemory: of 250 MiB that a source is eager to emit few are in memory at a
// time, as many as the plan says. DISPEL4GO_LONG makes it ten minutes, with a
// source that is a thousand times as fast as what takes its items.
func TestMemory(t *testing.T) {
	items, each, limit := 4000, 100, time.Minute
	long := os.Getenv("DISPEL4GO_LONG") != ""
	if long {
		items, each, limit = 60_000, 10_000, 20*time.Minute
	}
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) {
		if long && m.Name != "Open MPI 4" {
			t.Skip("ten minutes under one MPI are enough")
		}
		l := rankOf("TestRankMemory", fmt.Sprint(itemsVariable, "=", items), fmt.Sprint(eachVariable, "=", each))
		l.Ranks, l.Limit = 2, limit
		l.Args[slices.Index(l.Args, "-test.timeout")+1] = limit.String()
		res := m.Run(t, l)
		passed(t, 2, res)
		for line := range strings.Lines(res.Stdout) {
			if strings.HasPrefix(line, "rank ") {
				t.Log(strings.TrimSpace(line))
			}
		}
	})
}

// waits is a source that has nothing for a while.
type waits struct {
	d4.Base
	Out  d4.Out[int]
	long time.Duration
	done chan struct{}
}

func (w *waits) Next() error {
	if w.done == nil {
		w.done = make(chan struct{})
		time.AfterFunc(w.long, func() { close(w.done) })
	}
	select {
	case <-w.done:
		return io.EOF
	default:
		return d4.Wait(w.done)
	}
}

// What a rank does: nothing, most of the time, in a run whose source waits.
// That costs less than a twentieth of a core, beside what a run costs that
// ends at once.
func TestRankWaits(t *testing.T) {
	rank(t)
	used := func(long time.Duration) time.Duration {
		g := d4.NewGraph("waits")
		a := d4.Add(g, "waits", func() *waits { return &waits{long: long} })
		b := d4.Add(g, "sink", func() *counter {
			return &counter{In: d4.Input(func(int) error { return nil })}
		})
		d4.Connect(g, a.Out, b.In)
		before := mpitest.ProcessorTime(t)
		if _, err := Graph(within(t.Context()), g, Options{Mapping: "mpi", Fuse: partition.Off}); err != nil {
			t.Fatal(err)
		}
		return mpitest.ProcessorTime(t) - before
	}
	const long = 2 * time.Second
	used(0) // what a process does but once
	run := used(0)
	share := float64(used(long)-run) / float64(long)
	fmt.Printf("rank %d takes %.3f of a core, and %v for a run\n", ours.world.Rank(), share, run)
	if share > 0.05 {
		t.Errorf("more than 0.05")
	}
}

// TestWaits: ranks that wait, for items or because they have no stage, leave
// the processor to others.
func TestWaits(t *testing.T) {
	mpitest.Each(t, func(t *testing.T, m mpitest.MPI) { launched(t, m, 4, "TestRankWaits") })
}

// counts emits numbers.
type counts struct {
	d4.Base
	Out      d4.Out[int]
	n, items int
}

func (c *counts) Next() error {
	if c.n == c.items {
		return io.EOF
	}
	c.Out.Emit(c.n)
	c.n++
	return nil
}

// burn computes for a while over each item.
type burn struct {
	d4.Base
	In  d4.In[int]
	Out d4.Out[int]
}

// What a rank does: a second of work on one core, in pieces of 20 us, by eight
// instances wherever they are.
func TestRankWork(t *testing.T) {
	rank(t)
	g := d4.NewGraph("work")
	a := d4.Add(g, "numbers", func() *counts { return &counts{items: 30_000} })
	b := d4.Add(g, "burn", func() *burn {
		w := &burn{}
		w.In = d4.Input(func(v int) error {
			x := uint64(v) | 1
			for range 15_000 {
				x ^= x << 13
				x ^= x >> 7
				x ^= x << 17
			}
			w.Out.Emit(int(x))
			return nil
		})
		return w
	}, d4.Instances(8))
	c := d4.Add(g, "sink", func() *counter {
		return &counter{In: d4.Input(func(int) error { return nil })}
	})
	d4.Connect(g, a.Out, b.In)
	d4.Connect(g, b.Out, c.In)
	res, err := Graph(within(t.Context()), g, Options{Mapping: "mpi", Fuse: partition.Off, NoDigest: true})
	if err != nil {
		t.Fatal(err)
	}
	if res.Rank == 0 {
		fmt.Printf("took %d\n", res.Wall)
	}
}

// TestManyRanks: eight ranks on the cores of two take at most half as long
// again as two ranks for the same work, in one of several rounds.
func TestManyRanks(t *testing.T) {
	took := func(t *testing.T, m mpitest.MPI, n int) time.Duration {
		l := rankOf("TestRankWork")
		l.Ranks = n
		res := m.Run(t, l)
		passed(t, n, res)
		var d time.Duration
		for line := range strings.Lines(res.Stdout) {
			fmt.Sscanf(line, "took %d", (*int64)(&d))
		}
		return d
	}
	for _, name := range []string{"Open MPI 4", "MPICH 5"} {
		t.Run(name, func(t *testing.T) {
			m := mpitest.Get(t, name)
			var ratios []float64
			for range 5 {
				two, eight := took(t, m, 2), took(t, m, 8)
				ratio := float64(eight) / float64(two)
				ratios = append(ratios, ratio)
				t.Logf("2 ranks %v, 8 ranks %v: %.2f", two, eight, ratio)
				if ratio <= 1.5 {
					return
				}
			}
			t.Errorf("8 ranks take %.2f times as long as 2", slices.Min(ratios))
		})
	}
}

// TestVendorChecks: with the library's own checks of arguments and of handles
// that are not freed, it has nothing to say.
func TestVendorChecks(t *testing.T) {
	l := rankOf("TestRankEngine", "OMPI_MCA_mpi_param_check=1", "OMPI_MCA_mpi_show_handle_leaks=1", "OMPI_MCA_mpi_show_mpi_alloc_mem_leaks=-1")
	l.Ranks = 3
	res := mpitest.Get(t, "Open MPI 4").Run(t, l)
	passed(t, 3, res)
	for _, word := range []string{"leak", "not freed", "WARNING", "MPI_ERR"} {
		if strings.Contains(res.Out(), word) {
			t.Errorf("it says %q:\n%s", word, res.Stderr)
		}
	}
}

// cStart is a program in C that only starts and ends MPI.
const cStart = "int MPI_Init(int *, char ***); int MPI_Finalize(void); int main(void) { return MPI_Init(0, 0) || MPI_Finalize(); }\n"

// What a rank does: say which library it has.
func TestRankLibrary(t *testing.T) {
	rank(t)
	fmt.Println("library", ours.world.Library().Path)
}

// BenchmarkStart starts and ends a run of a graph without items on four ranks,
// by the command line, and in turn a program in C that only starts and ends
// MPI. The result is how many times as long the run takes, in the median.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	program := filepath.Join(dir, "dispel4go")
	if out, err := exec.Command("go", "build", "-o", program, "../cmd/dispel4go").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	job := "name = \"nothing\"\n[[pe]]\nname = \"a\"\ntype = \"pes.Range\"\n[[pe]]\nname = \"b\"\ntype = \"pes.Discard\"\n[[connect]]\nfrom = \"a.out\"\nto = \"b.in\"\n"
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "job.toml"), []byte(job), 0o666), os.WriteFile(filepath.Join(dir, "start.c"), []byte(cStart), 0o666)); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"Open MPI 4", "MPICH 4", "MPICH 5"} {
		b.Run(name, func(b *testing.B) {
			m := mpitest.Get(b, name)
			l := rankOf("TestRankLibrary")
			l.Ranks = 1
			_, library, _ := strings.Cut(m.Run(b, l).Stdout, "library ")
			library, _, _ = strings.Cut(library, "\n")
			c := filepath.Join(dir, "start"+filepath.Base(library))
			if out, err := exec.Command("cc", "-o", c, filepath.Join(dir, "start.c"), library, "-Wl,-rpath,"+filepath.Dir(library)).CombinedOutput(); err != nil {
				b.Skipf("SKIP: no C compiler: %v: %s", err, out)
			}
			var ours, theirs []float64
			for b.Loop() {
				x := m.Run(b, mpitest.Launch{Ranks: 4, Program: program, Args: []string{"run", "job.toml", "--quiet"}, Dir: dir})
				y := m.Run(b, mpitest.Launch{Ranks: 4, Program: c})
				if x.Code != 0 || y.Code != 0 {
					b.Fatal(x.Out(), y.Out())
				}
				ours, theirs = append(ours, x.Took.Seconds()), append(theirs, y.Took.Seconds())
			}
			slices.Sort(ours)
			slices.Sort(theirs)
			b.ReportMetric(ours[len(ours)/2]/theirs[len(theirs)/2], "x-C")
			b.ReportMetric(1000*ours[len(ours)/2], "ms")
		})
	}
}
