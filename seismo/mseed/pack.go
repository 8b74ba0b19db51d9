package mseed

import "math"

// pack returns sample i in an encoding of 2 or 3 bytes a sample, and whether that
// holds it exactly. It is the inverse of what samples.go decodes; of several ways
// the one with the least factor is taken.
func (s *Segment) pack(i int, enc Encoding) (code uint32, exact bool) {
	switch enc {
	case Geoscope24:
		v := float64(s.Float32[i])
		return uint32(int32(v)), v == float64(int24Range(v))
	case Geoscope163:
		return packGeoscope(float64(s.Float32[i]), 7)
	case Geoscope164:
		return packGeoscope(float64(s.Float32[i]), 15)
	}
	v := s.Int32[i]
	switch enc {
	case Int16, DWWSSN:
		return uint32(v), v == int32(int16(v))
	case Int24:
		return uint32(v), v == v<<8>>8
	case CDSN:
		for gain, shift := range cdsnShifts {
			if m := v>>shift + 8191; m<<shift-8191<<shift == v && m >= 0 && m <= 0x3fff {
				return uint32(gain)<<14 | uint32(m), true
			}
		}
	case SRO:
		for shift := range int32(11) {
			if m := v >> shift; m<<shift == v && m >= -2048 && m < 2048 {
				return uint32(10-shift)<<12 | uint32(m)&0xfff, true
			}
		}
	}
	return 0, false
}

// cdsnShifts are the factors of CDSN, by gain, as powers of two.
var cdsnShifts = [4]int{0, 2, 4, 7}

// int24Range is v as an integer, held within 24 bits.
func int24Range(v float64) int32 {
	return int32(math.Min(math.Max(v, -1<<23), 1<<23-1))
}

// packGeoscope packs a mantissa of 12 bits with an exponent of at most most.
func packGeoscope(v float64, most int) (code uint32, exact bool) {
	for e := 0; e <= most; e++ {
		if m := math.Ldexp(v, e); m == math.Trunc(m) && m >= -2048 && m < 2048 {
			return uint32(e)<<12 | uint32(int(m)+2048), true
		}
	}
	return 0, false
}

// value is sample i, as messages show it.
func (s *Segment) value(i int) any {
	if len(s.Int32) > 0 {
		return s.Int32[i]
	}
	return s.Float32[i]
}

// put stores the low bytes of a code.
func put(b []byte, code uint32, size int, little bool) {
	for k := range size {
		at := size - 1 - k
		if little {
			at = k
		}
		b[at] = byte(code >> (8 * k))
	}
}
