package moveout

import "math"

// Options of a measurement. What is zero takes its default.
type Options struct {
	VelocityMinKmS float64 // slowest velocity sought, km/s; 1
	VelocityMaxKmS float64 // fastest velocity sought, km/s; 8

	// FalseAlarm is the greatest probability with which a gather without an
	// arrival may be given a velocity; 1e-5.
	FalseAlarm float64

	Permutations int    // exchanged networks to compare with, 20 or more; 500
	Seed         uint64 // of the exchanges
}

func (o *Options) setDefaults() error {
	if o.VelocityMinKmS == 0 {
		o.VelocityMinKmS = 1
	}
	if o.VelocityMaxKmS == 0 {
		o.VelocityMaxKmS = 8
	}
	if o.FalseAlarm == 0 {
		o.FalseAlarm = 1e-5
	}
	if o.Permutations == 0 {
		o.Permutations = 500
	}
	switch {
	case !(o.VelocityMinKmS > 0 && o.VelocityMaxKmS > o.VelocityMinKmS) || math.IsInf(o.VelocityMaxKmS, 0):
		return bad("velocities from %v to %v km/s", o.VelocityMinKmS, o.VelocityMaxKmS)
	case !(o.FalseAlarm > 0 && o.FalseAlarm < 1):
		return bad("probability of a false alarm of %v", o.FalseAlarm)
	case o.Permutations < 20:
		return bad("%d exchanged networks, must be at least 20", o.Permutations)
	}
	return nil
}

// Fit is the outcome of a measurement.
type Fit struct {
	VelocityKmS float64 // group velocity, km/s; 0 without an arrival
	StdErrKmS   float64 // its standard error, km/s

	Score      float64 // of the best velocity, in deviations above the mean of exchanged networks
	FalseAlarm float64 // probability of this score or a greater one by chance

	Pairs    int     // correlations that the fit rests on
	LeastKm  float64 // distance from which on it uses them
	CentreHz float64 // mean frequency of all correlations
}

// Measure measures the group velocity of the waves that pass a network. The
// result depends on nothing but its arguments.
//
// It is [ErrNoArrival] if the score is no better than chance, if there is no
// peak within the range of velocities, or if fewer than three pairs are far
// enough apart for a fit; the Fit then has no velocity.
func Measure[F Float](g Gather[F], o Options) (Fit, error) {
	if err := g.check(); err != nil {
		return Fit{}, err
	}
	if err := o.setDefaults(); err != nil {
		return Fit{}, err
	}
	none := Fit{FalseAlarm: 1}
	if len(g.Rows) == 0 {
		return none, ErrNoArrival
	}
	s := newSection(&g)
	widest := 0.0
	for _, d := range s.distances {
		widest = max(widest, d)
	}
	if s.centre == 0 || widest == 0 {
		return none, ErrNoArrival
	}
	sc := newScan(s, &o, widest)
	if sc == nil {
		return Fit{}, bad("%v km at %v Hz and %v km/s take too many steps", widest, s.centre, o.VelocityMinKmS)
	}
	slowness, score, chance := sc.detect(g.DistancesKm, &o)
	fit := Fit{Score: score, FalseAlarm: chance, CentreHz: s.centre}
	if chance > o.FalseAlarm {
		return fit, ErrNoArrival
	}
	// Twice, because which pairs are far depends on the slowness.
	var st *stack
	for range 2 {
		st = newStack(s, slowness)
		var ok bool
		if slowness, ok = st.peak(-1); !ok || len(st.chosen) < 3 {
			return fit, ErrNoArrival
		}
	}
	velocity := 1 / slowness
	if velocity < o.VelocityMinKmS || velocity > o.VelocityMaxKmS {
		return fit, ErrNoArrival
	}
	fit.VelocityKmS = velocity
	fit.StdErrKmS = st.jackknife(len(g.DistancesKm)) * velocity * velocity
	fit.Pairs = len(st.chosen)
	fit.LeastKm = farField / s.centre * velocity
	return fit, nil
}
