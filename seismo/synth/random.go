package synth

import "math"

// mix is the 64-bit finaliser of SplitMix64 (Steele, Lea, Flood 2014): every
// input bit reaches every output bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hash folds its arguments into one number, one after the other.
func hash(parts ...uint64) uint64 {
	h := uint64(len(parts))
	for _, p := range parts {
		h = mix(h ^ p)
	}
	return h
}

// What a random number is for; a part of its hash, so that no two uses meet.
const (
	tagNetwork = iota + 1
	tagSource
	tagNoise
	tagArrival
	tagCoda
)

// unit maps a hash to [0, 1).
func unit(h uint64) float64 { return float64(h>>11) / (1 << 53) }

// normal maps a hash to a number of mean 0 and variance 1: the sum of its four
// 16-bit parts, near enough a normal one and exact on every machine. It never
// exceeds 3.47.
func normal(h uint64) float32 {
	sum := int32(h&0xffff) + int32(h>>16&0xffff) + int32(h>>32&0xffff) + int32(h>>48)
	return float32(sum-2*0xffff) * normalScale
}

// The variance of four uniform integers below 2^16 is 4 (2^32 - 1)/12.
const normalScale = 2.6429e-05

// phasors holds exp(2 pi i k/len) for a table lookup by the top bits of a
// phase. What the table rounds off is a random phase, so it makes no bias.
var phasors = func() (t [1 << phasorBits]complex64) {
	for k := range t {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / float64(len(t)))
		t[k] = complex(float32(cos), float32(sin))
	}
	return t
}()

const phasorBits = 11
