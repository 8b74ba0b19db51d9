package merge

import (
	"math"

	"github.com/dispel4go/dispel4go/seismo/dsp"
)

// A Gap is what is missing between two pieces, or twice there if negative.
type Gap struct {
	From, To int64 // of the sample after the first piece and of that of the next, ns since 1970
	Samples  int
}

// Gaps lists the gaps, and overlaps, between pieces in the order of time. The time
// of a sample that is off by less than half an interval is none.
func Gaps[F dsp.Float](pieces []Piece[F], rate float64) []Gap {
	var all []Gap
	for i := 1; i < len(pieces); i++ {
		due := pieces[i-1].Start + nanoseconds(len(pieces[i-1].Samples), rate)
		if n := int(math.Round(float64(pieces[i].Start-due) / 1e9 * rate)); n != 0 {
			all = append(all, Gap{From: due, To: pieces[i].Start, Samples: n})
		}
	}
	return all
}

// Trim returns the samples of a piece from one time to another, both to the nearest
// sample, halves away from the sample before (ObsPy's trim); to is within. The result
// is a slice of the piece; it has no samples where the piece has none there.
func Trim[F dsp.Float](p Piece[F], rate float64, from, to int64) Piece[F] {
	place := func(t int64) int { // from -1, before the piece, to len(p.Samples), behind it
		at := t - p.Start
		if at > 0 != (t > p.Start) { // the difference is no int64
			at = ^at
		}
		return int(min(max(math.Round(float64(at)/1e9*rate), -1), float64(len(p.Samples))))
	}
	lo := max(0, place(from))
	hi := min(max(lo, place(to)+1), len(p.Samples))
	return Piece[F]{Start: p.Start + nanoseconds(lo, rate), Samples: p.Samples[lo:hi]}
}

// Pad returns a piece that begins and ends at the nearest samples to the times
// given, with a value where the piece has no samples (ObsPy's trim with pad).
func Pad[F dsp.Float](p Piece[F], rate float64, from, to int64, value F) Piece[F] {
	lo := int(math.Round(float64(from-p.Start) / 1e9 * rate))
	hi := int(math.Round(float64(to-p.Start)/1e9*rate)) + 1
	out := Piece[F]{Start: p.Start + nanoseconds(lo, rate), Samples: make([]F, max(0, hi-lo))}
	for i := range out.Samples {
		out.Samples[i] = value
		if k := lo + i; k >= 0 && k < len(p.Samples) {
			out.Samples[i] = p.Samples[k]
		}
	}
	return out
}

// Align returns the piece with samples at whole intervals since 1970, at rate Hz:
// the next of these are interpolated by a sinc function with the half width of
// width samples (dsp.Sinc). A piece that lies within a millionth of an interval is
// left alone. shift is by how much of an interval samples have moved.
func Align[F dsp.Float](p Piece[F], rate float64, width int) (aligned Piece[F], shift float64) {
	interval := 1e9 / rate
	// Of the fraction of a second alone: nanoseconds since 1970 are no float64.
	seconds, rest := p.Start/1e9, p.Start%1e9
	if rest < 0 {
		seconds, rest = seconds-1, rest+1e9
	}
	before := math.Mod(float64(seconds), 1/rate*math.Round(rate)) * rate // intervals that have begun, but for whole ones
	phase := before + float64(rest)/interval
	off := phase - math.Floor(phase)
	if off < 1e-6 || off > 1-1e-6 || len(p.Samples) == 0 {
		return p, 0
	}
	shift = 1 - off // to the next point
	if off < 0.5 {
		shift = -off
	}
	out := Piece[F]{Start: p.Start + int64(math.Round(shift*interval)), Samples: make([]F, len(p.Samples))}
	dsp.NewSinc[F](width, dsp.LanczosKernel).Interpolate(out.Samples, p.Samples, shift, 1)
	return out, shift
}

// nanoseconds is how long n samples take.
func nanoseconds(n int, rate float64) int64 { return int64(math.Round(float64(n) / rate * 1e9)) }
