package trigger

import (
	"math"

	"github.com/dispel4go/dispel4go/internal/kernel"
	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// Ratio is a characteristic function of a stream of samples: a short-term over a
// long-term average of their squares (STA/LTA). A record gives the same bits whole
// or in chunks.
type Ratio[F dsp.Float] struct {
	nsta, nlta int
	recursive  bool
	energy     energy
	sta, lta   forgetful
	seen       int // samples of recursive averages
}

// Classic is the ratio of the means over the last nsta and nlta samples; 0 until
// there have been nlta (ObsPy's classic_sta_lta). 1 <= nsta <= nlta.
func Classic[F dsp.Float](nsta, nlta int) *Ratio[F] {
	checkLengths(nsta, nlta)
	return &Ratio[F]{nsta: nsta, nlta: nlta, energy: newEnergy(nlta)}
}

// Recursive is the ratio of averages that forget exponentially, by a share of
// 1/nsta and 1/nlta with each sample (Evans and Allen 1983; ObsPy's
// recursive_sta_lta). The first sample is left out; the ratio is 0 for the first
// nlta samples.
func Recursive[F dsp.Float](nsta, nlta int) *Ratio[F] {
	checkLengths(nsta, nlta)
	return &Ratio[F]{nsta: nsta, nlta: nlta, recursive: true, sta: newForgetful(nsta), lta: newForgetful(nlta)}
}

func checkLengths(nsta, nlta int) {
	if nsta < 1 || nlta < nsta {
		panic("trigger: short window of no samples or longer than the long one")
	}
}

// Reset goes back to the start of a stream.
func (r *Ratio[F]) Reset() {
	r.seen, r.energy.at = 0, 0
	r.sta.reset()
	r.lta.reset()
}

// Process writes the ratio at the next samples of the stream. dst may be src.
func (r *Ratio[F]) Process(dst, src []F) []F {
	if dst == nil {
		dst = make([]F, len(src))
	}
	if len(dst) != len(src) {
		panic("trigger: dst does not have the length of the record")
	}
	for i := 0; i < len(src); {
		if r.recursive {
			i += r.forgetFours(dst[i:], src[i:])
		} else {
			i += r.divideFours(dst[i:], src[i:])
		}
		if i < len(src) {
			dst[i] = r.next(src[i])
			i++
		}
	}
	return dst
}

// next takes one sample.
func (r *Ratio[F]) next(v F) F {
	if r.recursive {
		return r.forget(v)
	}
	return r.divide(v)
}

// energy has the sums of the squares of the last samples, from a base on: what a
// window holds is the difference of two of them. One behind an earthquake would
// have lost its digits to it; there a new base is made.
type energy struct {
	squares []float64
	sums    []float64 // sums[k] is that of squares[:k]
	at      int       // samples since the base
	keep    int       // of them a new base keeps
}

// trusted is how many times a window's energy that since the base may be: each
// addition is then rounded by 5e-13 of the window's energy at most, which comes to
// some 1e-11 nlta/nsta in a ratio.
const trusted = 1 << 12

func newEnergy(keep int) energy {
	room := 2*keep + 8192
	return energy{squares: make([]float64, room), sums: make([]float64, room+1), keep: keep}
}

// rebase lets the sums begin with the last samples, as many as are kept.
func (e *energy) rebase() {
	copy(e.squares, e.squares[e.at-e.keep:e.at])
	for e.at = 0; e.at < e.keep; {
		e.add(e.squares[e.at])
	}
}

// add takes the square of a sample, and sums as kernel.SquareSums does.
func (e *energy) add(square float64) {
	if e.at == len(e.squares) {
		e.rebase()
	}
	e.squares[e.at] = square
	four := e.squares[e.at&^3 : e.at+1]
	sum := square
	switch len(four) {
	case 2:
		sum += four[0]
	case 3:
		sum = (square + four[1]) + four[0]
	case 4:
		sum = (square + four[2]) + (four[1] + four[0])
	}
	e.sums[e.at+1] = e.sums[e.at&^3] + sum
	e.at++
}

// last is the energy of the last n samples.
func (e *energy) last(n int) float64 { return e.sums[e.at] - e.sums[e.at-n] }

// divide is the ratio of two windows at the next sample.
func (r *Ratio[F]) divide(v F) F {
	e := &r.energy
	e.add(square(v))
	if e.at < r.nlta {
		return 0
	}
	if sum := e.sums[e.at]; !(e.last(r.nlta)*trusted > sum) {
		if !(sum <= math.MaxFloat64) { // until the next base
			return F(math.NaN())
		}
		if sum > 0 {
			e.rebase()
		}
	}
	if lta := e.last(r.nlta); lta > 0 {
		return F(e.last(r.nsta) / lta * (float64(r.nlta) / float64(r.nsta)))
	}
	return 0
}

// divideFours is divide for whole fours of samples, as long as the sums are to be
// trusted and there is room. It says for how many.
func (r *Ratio[F]) divideFours(dst, src []F) int {
	e := &r.energy
	begin := e.at
	n := min(len(src), len(e.squares)-begin, chunk) &^ 3
	if begin < r.nlta || begin%4 != 0 || n == 0 || !(e.last(r.nlta)*trusted > e.sums[begin]) {
		return 0 // also in silence and behind what is no number, which is soon found out
	}
	squares := e.squares[begin:][:n]
	samples, ok := any(src[:n]).([]float64)
	if !ok {
		samples = squares
		for i, v := range src[:n] {
			samples[i] = float64(v)
		}
	}
	kernel.SquareSums(e.sums[begin+1:][:n], squares, samples, e.sums[begin])
	sums, short, long := e.sums[begin+1:][:n], e.sums[begin+1-r.nsta:][:n], e.sums[begin+1-r.nlta:][:n]
	i := 3
	// What is compared is less than what each of the four windows has.
	for i < n && (sums[i-3]-long[i])*trusted > sums[i] {
		i += 4
	}
	n = i - 3
	e.at = begin + n
	ratios(dst[:n], sums, short, long, float64(r.nlta)/float64(r.nsta))
	return n
}

// chunk is how many samples are summed before they are divided.
const chunk = 512

// ratios is kernel.Ratios of at most a chunk.
func ratios[F dsp.Float](dst []F, sums, short, long []float64, scale float64) {
	if wide, ok := any(dst).([]float64); ok {
		kernel.Ratios(wide, sums, short, long, scale)
		return
	}
	var all [chunk]float64
	kernel.Ratios(all[:len(dst)], sums, short, long, scale)
	for i, v := range all[:len(dst)] {
		dst[i] = F(v)
	}
}

// square rounds the square before it is added to anything, on all processors.
func square[F dsp.Float](v F) float64 { return float64(float64(v) * float64(v)) }

// forgetful is n times the average
//
//	s[k] = x[k]/n + (1-1/n) s[k-1],
//
// taken by fours: each is what the four have brought since and a share of the
// average before them, so that a sample does not wait for the one before it.
type forgetful struct {
	keep    float64
	shares  [4]float64 // of the average before, powers of keep
	before  float64    // the average before the four
	brought float64
}

func newForgetful(n int) forgetful {
	keep := 1 - 1/float64(n)
	return forgetful{keep: keep, shares: [4]float64{keep, keep * keep, keep * keep * keep, keep * keep * (keep * keep)}}
}

func (f *forgetful) reset() { f.before, f.brought = 0, 0 }

// next takes the k-th of four.
func (f *forgetful) next(x float64, k int) float64 {
	f.brought = add(x, f.keep*f.brought)
	s := add(f.brought, f.shares[k]*f.before)
	if k == 3 {
		f.before, f.brought = flush(s), 0
	}
	return s
}

// add rounds what it adds first, on all processors.
func add(x, y float64) float64 { return x + float64(y) }

// flush keeps averages of silence out of the subnormal numbers.
func flush(v float64) float64 {
	if v < 1e-250 {
		return 0
	}
	return v
}

// forget is the ratio of two averages at the next sample.
func (r *Ratio[F]) forget(v F) F {
	x := square(v)
	if r.seen == 0 {
		x = 0 // the first sample is left out
	}
	k := r.seen % 4
	sta, lta := r.sta.next(x, k), r.lta.next(x, k)
	if r.seen++; r.seen >= r.nlta+8 {
		r.seen -= 4 // it stays small, and right by four
	}
	if r.seen <= r.nlta {
		return 0
	}
	return quotient[F](sta, lta, float64(r.nlta)/float64(r.nsta))
}

// forgetFours is forget for whole fours of samples. It says for how many.
func (r *Ratio[F]) forgetFours(dst, src []F) int {
	if r.seen < r.nlta || r.seen%4 != 0 {
		return 0
	}
	n := len(src) &^ 3
	scale := float64(r.nlta) / float64(r.nsta)
	// What next does, with all in registers.
	sta, lta := &r.sta, &r.lta
	sk, s1, s2, s3 := sta.keep, sta.shares[1], sta.shares[2], sta.shares[3]
	lk, l1, l2, l3 := lta.keep, lta.shares[1], lta.shares[2], lta.shares[3]
	s, l := sta.before, lta.before
	src, dst = src[:n], dst[:n]
	for j := 3; j < n; j += 4 {
		a, b, c, d := square(src[j-3]), square(src[j-2]), square(src[j-1]), square(src[j])
		sb := add(b, sk*a)
		sc := add(c, sk*sb)
		sd := add(d, sk*sc)
		lb := add(b, lk*a)
		lc := add(c, lk*lb)
		ld := add(d, lk*lc)
		sa, la := add(a, sk*s), add(a, lk*l)
		sb, lb = add(sb, s1*s), add(lb, l1*l)
		sc, lc = add(sc, s2*s), add(lc, l2*l)
		least := l3 * l
		s, l = add(sd, s3*s), add(ld, least)
		if least > 0 { // then all are
			dst[j-3], dst[j-2], dst[j-1], dst[j] = F(sa/la*scale), F(sb/lb*scale), F(sc/lc*scale), F(s/l*scale)
		} else {
			dst[j-3], dst[j-2], dst[j-1], dst[j] = quotient[F](sa, la, scale), quotient[F](sb, lb, scale), quotient[F](sc, lc, scale), quotient[F](s, l, scale)
		}
		s, l = flush(s), flush(l)
	}
	sta.before, lta.before = s, l
	return n
}

func quotient[F dsp.Float](s, l, scale float64) F {
	if l > 0 {
		return F(s / l * scale)
	}
	return 0
}
