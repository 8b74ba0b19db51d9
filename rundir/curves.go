package rundir

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A curve is the items a second of a PE over the time of a run.
type curve struct {
	Name string
	Rate []float64 // in each of equal spans of the time; NaN where nothing is known
	Most float64
}

// spans is in how many equal parts a curve shows the time of a run.
const spans = 180

// curves are those of the PEs that are named, as far as they are there. Between two lines of
// progress.csv items are taken to have come evenly; after the last nothing is known.
func (p *Progress) curves(wall float64, names []string) (all []curve) {
	if len(p.Seconds) == 0 || !(wall > 0) {
		return nil
	}
	last := p.Seconds[len(p.Seconds)-1]
	for _, name := range names {
		at := slices.Index(p.PEs, name)
		if at < 0 {
			continue
		}
		c := curve{Name: name, Rate: make([]float64, spans)}
		for s := range spans {
			from, to := wall*float64(s)/spans, min(last, wall*float64(s+1)/spans)
			if from >= to {
				c.Rate[s] = math.NaN()
				continue
			}
			c.Rate[s] = min(math.MaxFloat64, max(0, p.until(at, to)-p.until(at, from))/(to-from))
			c.Most = max(c.Most, c.Rate[s])
		}
		all = append(all, c)
	}
	return all
}

// until is how many items a PE had had by a time that is not after the last.
func (p *Progress) until(pe int, t float64) float64 {
	i, _ := slices.BinarySearch(p.Seconds, t)
	t0, n0 := 0.0, 0.0
	if i > 0 {
		t0, n0 = p.Seconds[i-1], float64(p.Items[i-1][pe])
	}
	t1, n1 := p.Seconds[i], float64(p.Items[i][pe])
	if t1 <= t0 {
		return n1
	}
	return n0 + (n1-n0)*((t-t0)/(t1-t0))
}

// Measures of a timeline, in pixels.
const (
	timeLeft  = 190 // of where the time begins; names stand before it
	timeWide  = 540
	curveHigh = 20
	curveStep = 28 // from curve to curve
)

// A timeline is the picture of some curves above one axis.
type timeline struct {
	Wide, High  float64
	Left, Right float64 // of the axis
	Beside      float64 // where text begins behind it
	Foot        float64 // the height of the axis
	Curves      []drawnCurve
	Ticks       []tick
}

type drawnCurve struct {
	curve
	Base, Middle float64 // heights
	Path         string  // of the area below it
}

// newTimeline draws curves, each to a scale of its own.
func newTimeline(curves []curve, wall float64) *timeline {
	if len(curves) == 0 {
		return nil
	}
	foot := float64(len(curves)*curveStep) + 6
	t := &timeline{Wide: timeLeft + timeWide + 170, High: foot + 24, Left: timeLeft, Right: timeLeft + timeWide, Beside: timeLeft + timeWide + 8, Foot: foot, Ticks: ticks(wall)}
	for i := range t.Ticks {
		t.Ticks[i].X = timeLeft + timeWide*t.Ticks[i].X/wall
	}
	for i, c := range curves {
		d := drawnCurve{curve: c, Base: float64((i + 1) * curveStep)}
		d.Middle = d.Base - curveHigh/2
		d.Path = c.path(d.Base)
		t.Curves = append(t.Curves, d)
	}
	return t
}

// path is the area of a curve above base, as SVG writes it.
func (c *curve) path(base float64) string {
	var b strings.Builder
	at := base // height of the pen; where it is the base, there is no area open
	for s, rate := range c.Rate {
		y := base
		if rate > 0 {
			y = math.Round(10*(base-curveHigh*(rate/c.Most))) / 10
		}
		if y == at {
			continue
		}
		x := timeLeft + timeWide*float64(s)/spans
		if at == base {
			fmt.Fprintf(&b, "M%.4g %.4gV%.4g", x, base, y)
		} else {
			fmt.Fprintf(&b, "H%.4gV%.4g", x, y)
		}
		if y == base {
			b.WriteByte('Z')
		}
		at = y
	}
	if at != base {
		fmt.Fprintf(&b, "H%dV%.4gZ", timeLeft+timeWide, base)
	}
	return b.String()
}

// A tick is a mark at an axis of time.
type tick struct {
	X    float64 // seconds, then pixels
	Text string
}

// ticks are at most ten, at round times from 0 on.
func ticks(wall float64) (all []tick) {
	unit, name := 1.0, "s"
	for _, u := range []struct {
		of   float64
		name string
	}{{60, "min"}, {3600, "h"}, {86400, "d"}} {
		if wall > 3*u.of {
			unit, name = u.of, u.name
		}
	}
	n := wall / unit
	step := math.Pow(10, math.Floor(math.Log10(n))) // between a tenth of n and n
	for _, finer := range []float64{5, 2} {
		if n/step*finer <= 10 {
			step /= finer
			break
		}
	}
	for i := 0; i <= 10 && float64(i)*step <= n*(1+1e-9); i++ {
		t := float64(i) * step
		text := "0"
		if i > 0 {
			text = fmt.Sprintf("%.4g %s", t, name)
		}
		all = append(all, tick{t * unit, text})
	}
	return all
}
