package plot

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	gplot "gonum.org/v1/plot"
)

// ticks places at most so many labels on an axis, at multiples of 1, 2 or 5 times
// a power of ten.
type ticks int

// Ticks implements gonum's Ticker.
func (most ticks) Ticks(lo, hi float64) []gplot.Tick {
	major, minor := steps((hi - lo) / float64(most))
	decimals := max(0, int(-math.Floor(math.Log10(major)+1e-9)))
	format := func(v float64) string {
		if decimals > 5 || math.Max(math.Abs(lo), math.Abs(hi)) >= 1e6 {
			return scientific(v)
		}
		return strings.Replace(strconv.FormatFloat(v+0, 'f', decimals, 64), "-", "−", 1)
	}
	ratio := math.Round(major / minor)
	var all []gplot.Tick
	first, last := math.Ceil(lo/minor-1e-9), math.Floor(hi/minor+1e-9)
	for k := first; k <= last && len(all) < 1000; k++ {
		tick := gplot.Tick{Value: min(max(k*minor, lo), hi)}
		if math.Mod(k, ratio) == 0 {
			tick.Label = format(k*minor + 0) // without the sign of a zero
		}
		all = append(all, tick)
	}
	return all
}

// steps returns the smallest good distance between labels that is not less, and
// that between the small ticks.
func steps(least float64) (major, minor float64) {
	power := math.Pow(10, math.Floor(math.Log10(least)))
	switch mantissa := least / power; {
	case mantissa <= 1:
		return power, power / 5
	case mantissa <= 2:
		return 2 * power, power / 2
	case mantissa <= 5:
		return 5 * power, power
	}
	return 10 * power, 2 * power
}

// scientific writes a number with three digits and a real minus: 2.34e−6. The
// fonts have no raised minus, which a power of ten would want.
func scientific(v float64) string {
	s := fmt.Sprintf("%.3g", v)
	if digits, exponent, found := strings.Cut(s, "e"); found {
		sign := strings.TrimLeft(exponent[:1], "+")
		s = digits + "e" + sign + strings.TrimLeft(exponent[1:], "0")
	}
	return strings.ReplaceAll(s, "-", "−")
}
