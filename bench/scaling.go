package bench

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/rundir"
)

// Measured is the line of one run of a sweep: its wall time; the items that its
// sources emitted, in a second; and what an item cost, in the time of all cores
// that the run had.
func Measured(p Point, r *rundir.Run, sources []string) (name string, f Figure) {
	name = fmt.Sprintf("sweep/%s/%s/ranks=%d/cores=%d", rundir.FileName(r.Name), p.Series, p.Ranks, p.Cores)
	f = Figure{N: 1, PerOp: r.Result.Wall * 1e9}
	items := uint64(0)
	for _, s := range sources {
		items += r.Items[s]
	}
	if items > 0 && r.Result.Wall > 0 {
		f.Metrics = append(f.Metrics, Metric{float64(items) / r.Result.Wall, "items/s"},
			Metric{r.Result.Wall * 1e9 * float64(p.Width()) / float64(items), "core-ns/item"})
	}
	cpu := 0.0
	for _, u := range r.Usage {
		cpu += u.CPU
	}
	f.Metrics = append(f.Metrics, Metric{cpu, "cpu-s"})
	return name, f
}

// A Curve is how a series of a job scales.
type Curve struct {
	Name   string // of the series, after the sweep's where there are several
	Series string
	Job    string
	Points []Scaled // by width
	// Config is what the headers said, by key: all values that there were.
	Config map[string][]string
}

// Scaled is a point of a curve, beside the first. Times are medians of rounds, in
// seconds.
type Scaled struct {
	Width          int // cores in all
	Ranks          int
	Rounds         int
	Time           float64
	Least, Most    float64 // of all rounds
	SpeedUp, Ideal float64 // by how much more work is done in a second than one core would at the first point's rate
	Efficiency     float64 // SpeedUp / Ideal
	Cost           float64 // core seconds of an item; 0 if no source counted any
}

// ErrNoSweep is returned where there are no measurements of a sweep.
var ErrNoSweep = errors.New("no measurements of a sweep")

var sweepLine = regexp.MustCompile(`^Sweep/(.+)/(strong|weak)/ranks=(\d+)/cores=(\d+)$`)

// Curves puts the measurements of sweeps together, by sweep and series. The
// speed-up at the narrowest point is as many as it has cores: so the ideal is a
// speed-up of as many as there are cores, in both series. A strong series of the
// times t on w cores has the speed-up w1 t1 / t, a weak one, whose work
// grows with the cores, w t1 / t.
func Curves(sweeps map[string][]Line) ([]Curve, error) {
	type at struct {
		width, ranks int
	}
	var all []Curve
	for _, sweep := range slices.Sorted(maps.Keys(sweeps)) {
		curves := map[string]*Curve{}
		times, costs := map[*Curve]map[at][]float64{}, map[*Curve]map[at][]float64{}
		for _, l := range sweeps[sweep] {
			m := sweepLine.FindStringSubmatch(l.Name)
			if m == nil {
				continue
			}
			c := curves[m[1]+"/"+m[2]]
			if c == nil {
				c = &Curve{Name: m[2], Series: m[2], Job: m[1], Config: map[string][]string{}}
				if len(sweeps) > 1 {
					c.Name = sweep + ", " + m[2]
				}
				curves[m[1]+"/"+m[2]] = c
				times[c], costs[c] = map[at][]float64{}, map[at][]float64{}
			}
			for key, value := range l.Config {
				if !slices.Contains(c.Config[key], value) {
					c.Config[key] = append(c.Config[key], value)
				}
			}
			ranks, err := strconv.Atoi(m[3])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.Name, err)
			}
			cores, err := strconv.Atoi(m[4])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.Name, err)
			}
			ns := l.Values["ns/op"]
			if !(ns > 0 && ns <= math.MaxFloat64) || ranks < 1 || cores < 1 {
				return nil, fmt.Errorf("%s: %g ns/op is no time of a run", l.Name, ns)
			}
			p := at{ranks * cores, ranks}
			times[c][p] = append(times[c][p], ns/1e9)
			if cost := l.Values["core-ns/item"]; cost > 0 {
				costs[c][p] = append(costs[c][p], cost/1e9)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(curves)) {
			c := curves[name]
			for p, t := range times[c] {
				s := Scaled{Width: p.width, Ranks: p.ranks, Rounds: len(t), Time: Median(t), Least: slices.Min(t), Most: slices.Max(t), Ideal: float64(p.width)}
				if cost := costs[c][p]; len(cost) > 0 {
					s.Cost = Median(cost)
				}
				c.Points = append(c.Points, s)
			}
			slices.SortFunc(c.Points, func(a, b Scaled) int {
				return cmp.Or(cmp.Compare(a.Width, b.Width), cmp.Compare(a.Ranks, b.Ranks))
			})
			first := c.Points[0]
			for k := range c.Points {
				p := &c.Points[k]
				p.SpeedUp = first.Ideal * first.Time / p.Time
				if c.Series == Weak {
					p.SpeedUp = p.Ideal * first.Time / p.Time
				}
				p.Efficiency = p.SpeedUp / p.Ideal
			}
			all = append(all, *c)
		}
	}
	if len(all) == 0 {
		return nil, ErrNoSweep
	}
	return all, nil
}

// WriteText writes curves as a table.
func WriteText(w io.Writer, curves []Curve) error {
	var b strings.Builder
	for _, c := range curves {
		fmt.Fprintf(&b, "%s, %s\n%8s %8s %8s %10s %10s %10s %12s\n", c.Job, c.Name, "cores", "ranks", "rounds", "time s", "speed-up", "efficiency", "core-s/item")
		for _, p := range c.Points {
			fmt.Fprintf(&b, "%8d %8d %8d %10.4g %10.4g %9.1f%% %12.4g\n", p.Width, p.Ranks, p.Rounds, p.Time, p.SpeedUp, 100*p.Efficiency, p.Cost)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
