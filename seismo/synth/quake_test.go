package synth

import (
	"errors"
	"math"
	"testing"
)

// seismogram is up, north and east of an earthquake at a station.
func seismogram(q Quake, at Point, n int, step float64) (up, north, east []float64) {
	up, north, east = make([]float64, n), make([]float64, n), make([]float64, n)
	q.Displacement(up, north, east, at, 0, step)
	return up, north, east
}

// TestQuake: nothing moves before P, S comes when it should and is the greater, and
// far away amplitudes fall with the distance.
func TestQuake(t *testing.T) {
	q := DefaultQuake(4)
	q.At, q.OriginS = Point{3, -2}, 5
	const step = 0.01
	peak := map[float64]float64{}
	for _, far := range []float64{200, 400} {
		at := Point{3 + far*math.Sin(0.4), -2 + far*math.Cos(0.4)}
		up, north, east := seismogram(q, at, 20000, step)
		p, s := q.Onsets(at)
		if math.Abs(s-p-math.Hypot(far, q.DepthKm)*(1/q.VsKmS-1/q.VpKmS)) > 1e-9 {
			t.Errorf("P at %g and S at %g s", p, s)
		}
		var before, betweenP, afterS float64
		for k := range up {
			size := math.Sqrt(up[k]*up[k] + north[k]*north[k] + east[k]*east[k])
			switch at := float64(k) * step; {
			case at < p:
				before = max(before, size)
			case at < s:
				betweenP = max(betweenP, size)
			default:
				afterS = max(afterS, size)
			}
		}
		if before != 0 || betweenP == 0 || afterS < 2*betweenP {
			t.Errorf("%g km: %g before P, %g before S, %g after", far, before, betweenP, afterS)
		}
		peak[far] = afterS
	}
	if ratio := peak[200] / peak[400]; math.Abs(ratio-2) > 0.05 {
		t.Errorf("at twice the distance amplitudes are %g as large", 1/ratio)
	}
}

// TestQuakeMoment: the far field of P integrates to the moment: its pulse has the area
// that the radiation pattern says.
func TestQuakeMoment(t *testing.T) {
	q := DefaultQuake(4)
	q.Strike, q.Dip, q.Rake = 0, 90, 0 // P is greatest at 45 degrees, first pushing there
	const far, step = 300.0, 0.005
	at := Point{far / math.Sqrt2, far / math.Sqrt2}
	up, north, east := seismogram(q, at, 20000, step)
	p, _ := q.Onsets(at)
	area := 0.0
	for k := range up {
		if now := float64(k) * step; now > p && now < p+8*q.RiseS {
			area += (north[k] + east[k]) / math.Sqrt2 * step
		}
	}
	r, alpha := math.Hypot(far, q.DepthKm)*1000, q.VpKmS*1000
	want := 2 * q.MomentNm / (4 * math.Pi * q.DensityKgM3 * alpha * alpha * alpha * r) // sin 2*45 degrees
	if math.Abs(area/want-1) > 0.12 {                                                  // the near field is in it
		t.Errorf("the area of P is %g m s, expected %g", area, want)
	}
	// Along the strike there is no P.
	up, north, east = seismogram(q, Point{0, far}, 20000, step)
	k := int((p + 3*q.RiseS) / step)
	if size := math.Hypot(north[k], up[k]); size > 0.05*area {
		t.Errorf("on the nodal line P is %g m", size)
	}
	_ = east
}

func TestQuakeCheck(t *testing.T) {
	good := DefaultQuake(5)
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(q *Quake){
		"no depth": func(q *Quake) { q.DepthKm = 0 }, "slow P": func(q *Quake) { q.VpKmS = 1 }, "NaN": func(q *Quake) { q.RiseS = math.NaN() },
	} {
		q := good
		change(&q)
		if err := q.Check(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
