package seismo

import (
	"encoding/csv"
	"maps"
	"math"
	"slices"
	"strconv"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/plot"
)

// VelocityCurve is the sink of changes of velocity: a table of all (CSV), and the mean
// of all pairs at each time, weighted by the inverse of their squared errors, as a
// curve with its errors. Its summary has the mean of the first and of the second half
// of the run.
type VelocityCurve struct {
	d4.Base
	In       d4.In[VelocityChange]
	Name     string `help:"of the files, without extension"`
	Pictures bool   `help:"draw the curve"`
	Limit

	info    *d4.Instance
	all     []VelocityChange
	summary map[string]any
}

// NewVelocityCurve returns a sink that writes dvv.csv, .png and .svg.
func NewVelocityCurve() *VelocityCurve {
	v := &VelocityCurve{Name: "dvv", Pictures: true, Limit: Limit{MaxMiB: 1024}}
	v.In = d4.Input(func(c VelocityChange) error {
		v.all = append(v.all, c)
		return v.keep(128)
	}, d4.AllToOne)
	return v
}

// RootPlaced says that the sink is one instance, where the result is read.
func (*VelocityCurve) RootPlaced() {}

// WritesOutput says that the sink needs a run directory.
func (*VelocityCurve) WritesOutput() {}

// Summary tells what was measured.
func (v *VelocityCurve) Summary() map[string]any { return v.summary }

// Setup checks the name.
func (v *VelocityCurve) Setup() error { return goodName(v.Name, "file") }

// Open keeps where to write.
func (v *VelocityCurve) Open(i *d4.Instance) error { v.info, v.all = i, nil; return nil }

// Finish writes and draws.
func (v *VelocityCurve) Finish() error {
	v.summary = map[string]any{"measurements": len(v.all)}
	if len(v.all) == 0 {
		return nil
	}
	slices.SortFunc(v.all, func(a, b VelocityChange) int {
		if a.Start != b.Start {
			return int(min(max(a.Start-b.Start, -1), 1))
		}
		return comparePairs(pair{a.A, a.B}, pair{b.A, b.B})
	})
	if err := v.table(); err != nil {
		return err
	}
	times, means, errs := v.means()
	if len(times) == 0 {
		return nil
	}
	half := (len(times) + 1) / 2
	mean := func(x []float64) (sum float64) {
		for _, y := range x {
			sum += y / float64(len(x))
		}
		return sum
	}
	v.summary["times"] = len(times)
	v.summary["dvv_first_half"] = mean(means[:half])
	if half < len(means) {
		v.summary["dvv_second_half"] = mean(means[half:])
		v.summary["dvv_change"] = mean(means[half:]) - mean(means[:half])
	}
	if !v.Pictures {
		return nil
	}
	hours := make([]float64, len(times))
	for i, t := range times {
		hours[i] = float64(t-times[0]) / 3600e9
		means[i], errs[i] = 100*means[i], 100*errs[i]
	}
	return drawBoth(v.info, v.Name, plot.Lines{Title: "Change of velocity since " + clock(times[0]), XLabel: "Time (h)", YLabel: "dv/v (%)",
		Series: []plot.Series{{Name: "mean of pairs", X: hours, Y: means, Error: errs, Points: true}}})
}

// means are those of all pairs at each time, and their standard deviations. A change
// without a finite error counts for nothing, and so does a time that has no others.
func (v *VelocityCurve) means() (times []d4.Time, means, errs []float64) {
	byTime := map[d4.Time][]VelocityChange{}
	for _, c := range v.all {
		if !math.IsNaN(c.Error) && !math.IsInf(c.Error, 0) {
			byTime[c.Start] = append(byTime[c.Start], c)
		}
	}
	times = slices.Sorted(maps.Keys(byTime))
	for _, t := range times {
		var sum, total float64
		for _, c := range byTime[t] {
			e := max(c.Error, 1e-9)
			sum, total = sum+c.DVV/(e*e), total+1/(e*e)
		}
		means, errs = append(means, sum/total), append(errs, 1/math.Sqrt(total))
	}
	return times, means, errs
}

func (v *VelocityCurve) table() error {
	f, err := v.info.Folder().Create(v.Name + ".csv")
	if err != nil {
		return err
	}
	defer f.Discard()
	w := csv.NewWriter(f)
	w.Write([]string{"time", "a", "b", "dv/v", "error", "correlation", "windows"}) // errors are kept until Flush
	number := func(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }
	for _, c := range v.all {
		w.Write([]string{clock(c.Start), c.A, c.B, number(c.DVV), number(c.Error), number(c.Correlation), strconv.FormatInt(c.Windows, 10)})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	return f.Commit()
}
