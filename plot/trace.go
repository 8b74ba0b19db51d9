package plot

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// maxPoints is how many points of one trace the paper can show: two a pixel, the
// lowest and the highest of what falls on it.
const maxPoints = 2 * 1600

// thin returns what of a trace can be seen with no more than most points: all samples,
// or the lowest and the highest of each of most/2 spans, in their order. Times are
// start + i*step.
func thin(samples []float32, start, step float64, most int) (times []float64, values []float32) {
	n := len(samples)
	if n <= most {
		times = make([]float64, n)
		for i := range times {
			times[i] = start + float64(i)*step
		}
		return times, samples
	}
	spans := most / 2
	for s := range spans {
		from, to := s*n/spans, (s+1)*n/spans
		lo, hi := from, from
		for i := from; i < to; i++ {
			if samples[i] < samples[lo] {
				lo = i
			}
			if samples[i] > samples[hi] {
				hi = i
			}
		}
		for _, i := range []int{min(lo, hi), max(lo, hi)} {
			times = append(times, start+float64(i)*step)
			values = append(values, samples[i])
		}
	}
	return times, values
}

// wiggle turns a trace into a line around base and the area between base and the
// line where it lies above. Neither leaves the range lo to hi.
func wiggle(times []float64, values []float32, scale float64, x func(float64) vg.Length, base, lo, hi vg.Length) (line, area []vg.Point) {
	line = make([]vg.Point, len(times))
	for i, t := range times {
		line[i] = vg.Point{X: x(t), Y: min(max(base+vg.Length(float64(values[i])*scale), lo), hi)}
	}
	area = append(area, vg.Point{X: line[0].X, Y: base})
	for i, p := range line {
		if i > 0 {
			before := line[i-1]
			if (before.Y > base) != (p.Y > base) && p.Y != before.Y {
				at := before.X + (p.X-before.X)*(base-before.Y)/(p.Y-before.Y)
				area = append(area, vg.Point{X: at, Y: base})
			}
		}
		if p.Y > base {
			area = append(area, p)
		}
	}
	return line, append(area, vg.Point{X: line[len(line)-1].X, Y: base})
}

// peak returns the greatest absolute value.
func peak(v []float32) float64 {
	top := 0.0
	for _, x := range v {
		top = max(top, math.Abs(float64(x)))
	}
	return top
}
