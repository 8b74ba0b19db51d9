package mseed

import (
	"encoding/binary"
	"fmt"
)

// encodeSteim fills frames, a multiple of 64 bytes, with as many samples as
// they take, and returns how many samples that are and how many bytes were
// used, whole frames. The first difference is zero, so that a record depends
// on no other. Words hold as many differences as fit, which is the best that
// can be done: whatever fits in a word, its beginning does too.
func encodeSteim(frames []byte, samples []int32, enc Encoding) (n, used int, err error) {
	prev := samples[0]
	for start := 3; n < len(samples) && used+frameSize <= len(frames); start = 1 {
		frame := (*[frameSize]byte)(frames[used:])
		*frame = [frameSize]byte{}
		used += frameSize
		var codes uint32
		for i := start; i <= frameWords && n < len(samples); i++ {
			var (
				w     uint32
				code  uint32
				count int
			)
			if enc == Steim1 {
				w, code, count = packSteim1(samples[n:], prev)
			} else {
				w, code, count = packSteim2(samples[n:], prev)
			}
			if count == 0 {
				return n, used, fmt.Errorf("%w: the difference of samples %d and %d needs more than the 30 bits of Steim2; write Int32 or Steim1", ErrEncoding, n-1, n)
			}
			binary.BigEndian.PutUint32(frame[4*i&(frameSize-4):], w)
			codes |= code << (30 - 2*i)
			n += count
			prev = samples[n-1]
		}
		binary.BigEndian.PutUint32(frame[:], codes)
	}
	if used > 0 {
		binary.BigEndian.PutUint32(frames[4:], uint32(samples[0]))
		binary.BigEndian.PutUint32(frames[8:], uint32(prev))
	}
	return n, used, nil
}

// differences sets d to the first differences of samples, and returns how many
// there are. Ones, where a difference has a bit other than its sign, are
// collected in ones[i] for the differences 0 to i: they fit in b bits, sign
// included, if ones[i] < 1<<(b-1).
func differences(d *[7]int32, ones *[7]uint32, samples []int32, prev int32) int {
	var all uint32
	n := min(len(d), len(samples))
	for i, v := range samples[:n] {
		diff := v - prev
		prev = v
		all |= uint32(diff ^ diff>>31)
		d[i], ones[i] = diff, all
	}
	return n
}

// packSteim2 packs the first differences of samples in a word, and returns its
// code and how many they are; 0 if not even the first one fits.
func packSteim2(samples []int32, prev int32) (w, code uint32, n int) {
	var d [7]int32
	var ones [7]uint32
	have := differences(&d, &ones, samples, prev)
	switch {
	case have >= 7 && ones[6] < 1<<3:
		return 2<<30 | first4(&d)<<12 | uint32(d[4])&0xf<<8 | uint32(d[5])&0xf<<4 | uint32(d[6])&0xf, 3, 7
	case have >= 6 && ones[5] < 1<<4:
		return 1<<30 | uint32(d[0])&0x1f<<25 | uint32(d[1])&0x1f<<20 | uint32(d[2])&0x1f<<15 | uint32(d[3])&0x1f<<10 | uint32(d[4])&0x1f<<5 | uint32(d[5])&0x1f, 3, 6
	case have >= 5 && ones[4] < 1<<5:
		return uint32(d[0])&0x3f<<24 | uint32(d[1])&0x3f<<18 | uint32(d[2])&0x3f<<12 | uint32(d[3])&0x3f<<6 | uint32(d[4])&0x3f, 3, 5
	case have >= 4 && ones[3] < 1<<7:
		return uint32(d[0])<<24 | uint32(d[1])&0xff<<16 | uint32(d[2])&0xff<<8 | uint32(d[3])&0xff, 1, 4
	case have >= 3 && ones[2] < 1<<9:
		return 3<<30 | uint32(d[0])&0x3ff<<20 | uint32(d[1])&0x3ff<<10 | uint32(d[2])&0x3ff, 2, 3
	case have >= 2 && ones[1] < 1<<14:
		return 2<<30 | uint32(d[0])&0x7fff<<15 | uint32(d[1])&0x7fff, 2, 2
	case ones[0] < 1<<29:
		return 1<<30 | uint32(d[0])&0x3fffffff, 2, 1
	}
	return 0, 0, 0
}

// first4 returns the first four differences as 4 bits each.
func first4(d *[7]int32) uint32 {
	return uint32(d[0])&0xf<<12 | uint32(d[1])&0xf<<8 | uint32(d[2])&0xf<<4 | uint32(d[3])&0xf
}

// packSteim1 is packSteim2 for Steim 1, where everything fits.
func packSteim1(samples []int32, prev int32) (w, code uint32, n int) {
	var d [7]int32
	var ones [7]uint32
	have := differences(&d, &ones, samples[:min(4, len(samples))], prev)
	switch {
	case have >= 4 && ones[3] < 1<<7:
		return uint32(d[0])<<24 | uint32(d[1])&0xff<<16 | uint32(d[2])&0xff<<8 | uint32(d[3])&0xff, 1, 4
	case have >= 2 && ones[1] < 1<<15:
		return uint32(d[0])<<16 | uint32(d[1])&0xffff, 2, 2
	}
	return uint32(d[0]), 3, 1
}
