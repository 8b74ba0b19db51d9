package trigger

import "github.com/dispel4go/dispel4go/seismo/dsp"

// Ratio is a characteristic function of a stream of samples: a short-term over a
// long-term average of their squares (STA/LTA). A record gives the same bits whole
// or in chunks.
type Ratio[F dsp.Float] struct {
	nsta, nlta int
	recursive  bool
	sta, lta   float64 // recursive averages
	short      *dsp.WindowSum
	long       *dsp.WindowSum
	seen       int // samples, up to nlta
}

// Classic is the ratio of the means over the last nsta and nlta samples; 0 until
// there have been nlta (ObsPy's classic_sta_lta). 1 <= nsta <= nlta.
func Classic[F dsp.Float](nsta, nlta int) *Ratio[F] {
	checkLengths(nsta, nlta)
	return &Ratio[F]{nsta: nsta, nlta: nlta, short: dsp.NewWindowSum(nsta), long: dsp.NewWindowSum(nlta)}
}

// Recursive is the ratio of averages that forget exponentially, by a share of
// 1/nsta and 1/nlta with each sample (Evans and Allen 1983; ObsPy's
// recursive_sta_lta). The first sample is left out; the ratio is 0 for the first
// nlta samples.
func Recursive[F dsp.Float](nsta, nlta int) *Ratio[F] {
	checkLengths(nsta, nlta)
	return &Ratio[F]{nsta: nsta, nlta: nlta, recursive: true}
}

func checkLengths(nsta, nlta int) {
	if nsta < 1 || nlta < nsta {
		panic("trigger: short window of no samples or longer than the long one")
	}
}

// Reset goes back to the start of a stream.
func (r *Ratio[F]) Reset() {
	r.sta, r.lta, r.seen = 0, 0, 0
	if !r.recursive {
		r.short.Reset()
		r.long.Reset()
	}
}

// Process writes the ratio at the next samples of the stream. dst may be src.
func (r *Ratio[F]) Process(dst, src []F) []F {
	if dst == nil {
		dst = make([]F, len(src))
	}
	if len(dst) != len(src) {
		panic("trigger: dst does not have the length of the record")
	}
	if r.recursive {
		r.recurse(dst, src)
		return dst
	}
	scale := float64(r.nlta) / float64(r.nsta)
	for i, v := range src {
		square := float64(v) * float64(v)
		sta, lta := r.short.Next(square), r.long.Next(square)
		r.seen = min(r.seen+1, r.nlta)
		dst[i] = 0
		if r.seen == r.nlta && lta > 0 {
			dst[i] = F(sta / lta * scale)
		}
	}
	return dst
}

func (r *Ratio[F]) recurse(dst, src []F) {
	cs, cl := 1/float64(r.nsta), 1/float64(r.nlta)
	is, il := 1-cs, 1-cl
	sta, lta := r.sta, r.lta
	i := 0
	for ; i < len(src) && r.seen < r.nlta; i++ {
		if r.seen > 0 {
			square := float64(src[i]) * float64(src[i])
			sta, lta = cs*square+is*sta, cl*square+il*lta
		}
		dst[i] = 0
		r.seen++
	}
	rest := dst[i:]
	for k, v := range src[i:] {
		square := float64(v) * float64(v)
		sta, lta = cs*square+is*sta, cl*square+il*lta
		rest[k] = 0
		if lta > 0 {
			rest[k] = F(sta / lta)
		}
	}
	r.sta, r.lta = flush(sta), flush(lta)
}

// flush keeps averages of silence out of the subnormal numbers.
func flush(v float64) float64 {
	if v < 1e-250 {
		return 0
	}
	return v
}
