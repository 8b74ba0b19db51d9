package moveout

import (
	"math"
	"math/rand/v2"
)

// scan sums envelopes along the lines lag = slowness x distance.
type scan struct {
	*section
	first, step float64 // slownesses, s/km
	sum         []float64
	count       []int
	fewest      int // envelopes that a slowness must have to be heard
}

// maxSlownesses bounds the memory and the time of a scan.
const maxSlownesses = 1 << 20

// newScan returns a scan of the velocities of the options, nil if it takes too
// many steps. One step moves the arrival of the widest pair by a sixth of a
// period, small beside the length of an arrival, which is of a period or more.
func newScan(s *section, o *Options, widest float64) *scan {
	sc := &scan{section: s, first: 1 / o.VelocityMaxKmS, step: 1 / (6 * s.centre * widest)}
	steps := math.Ceil((1/o.VelocityMinKmS-sc.first)/sc.step) + 1
	if !(steps <= maxSlownesses) {
		return nil
	}
	sc.sum = make([]float64, int(steps))
	sc.count = make([]int, int(steps))
	sc.fewest = max(3, len(s.pairs)/4)
	return sc
}

// detect returns the best slowness, by how many deviations it scores above the
// mean of exchanged networks, and the probability of that by chance.
func (sc *scan) detect(distances [][]float64, o *Options) (slowness, score, chance float64) {
	place := make([]int, len(distances))
	for i := range place {
		place[i] = i
	}
	best, index := sc.run(distances, place)
	if index < 0 {
		return 0, 0, 1
	}
	rng := rand.New(rand.NewPCG(o.Seed, 0))
	mean, squares := 0.0, 0.0 // running, after Welford
	for k := range o.Permutations {
		rng.Shuffle(len(place), func(i, j int) { place[i], place[j] = place[j], place[i] })
		v, i := sc.run(distances, place)
		if i < 0 {
			v = 0
		}
		d := v - mean
		mean += d / float64(k+1)
		squares += d * (v - mean)
	}
	deviation := math.Sqrt(squares / float64(o.Permutations-1))
	if !(deviation > 1e-9*math.Abs(best)) {
		return 0, 0, 1 // exchanging these stations changes nothing
	}
	score = (best - mean) / deviation
	return sc.first + float64(index)*sc.step, score, gumbelTail(score)
}

// run returns the greatest score of all slownesses, and which it is, -1 if none
// is heard. Station i is taken to stand where station place[i] stands.
func (sc *scan) run(distances [][]float64, place []int) (score float64, index int) {
	clear(sc.sum)
	clear(sc.count)
	for p, pair := range sc.pairs {
		sc.add(sc.envelopes[p], distances[place[pair[0]]][place[pair[1]]])
	}
	score, index = math.Inf(-1), -1
	for k, n := range sc.count {
		if n < sc.fewest {
			continue
		}
		if z := (sc.sum[k] - float64(n)) / math.Sqrt(float64(n)); z > score {
			score, index = z, k
		}
	}
	return score, index
}

// add adds one envelope at the lags of all slownesses, as far as these count.
func (sc *scan) add(envelope []float64, distance float64) {
	lag := sc.first * distance / sc.interval
	step := sc.step * distance / sc.interval
	least, last := sc.least/sc.interval, float64(len(envelope)-1)
	for k := range sc.sum {
		if lag >= last {
			return
		}
		if lag >= least {
			sc.sum[k] += at(envelope, lag)
			sc.count[k]++
		}
		lag += step
	}
}

// gumbelTail returns the probability that a number that follows Gumbel's law
// exceeds its mean by z standard deviations.
func gumbelTail(z float64) float64 {
	const euler = 0.57721566490153286
	return -math.Expm1(-math.Exp(-(z*math.Pi/math.Sqrt(6) + euler)))
}
