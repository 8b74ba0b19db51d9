package mseed

import (
	"encoding/binary"
	"fmt"
	"math"
)

// record2 builds a version 2 record in w.buf. Besides blockette 1000 it has
// blockette 1001 if the start needs more than 0.1 ms (times are rounded to
// 1 us), and blockette 100 if factor and multiplier do not give the rate.
func (w *Writer) record2(s *Segment, enc Encoding, from int) (n, length int, err error) {
	sta, loc, cha, net, err := seedCodes(s.ID)
	if err != nil {
		return 0, 0, err
	}
	start := s.Start.Add(from, s.SampleRate)
	tick, micro := ticks(start)
	year, doy, hour, minute, sec, nano := tick.split()
	if year < 1900 || year > 2100 {
		return 0, 0, fmt.Errorf("year %d does not fit in miniSEED 2 (1900 to 2100); write version 3", year)
	}
	b := w.buf
	var order binary.ByteOrder = binary.BigEndian
	if w.opt.LittleEndian {
		order = binary.LittleEndian
	}

	at := header2Size // of the next blockette
	blockette := func(kind, size int) []byte {
		block := b[at : at+size]
		order.PutUint16(block, uint16(kind))
		if b[39] > 0 {
			order.PutUint16(b[at-8+2:], uint16(at)) // all blockettes but the last have 8 bytes
		}
		b[39]++
		at += size
		return block
	}
	basic := blockette(1000, 8)
	basic[4] = byte(enc)
	if !w.opt.LittleEndian {
		basic[5] = 1
	}
	basic[6] = byte(math.Ilogb(float64(len(b))))
	if micro != 0 {
		blockette(1001, 8)[5] = byte(micro)
	}
	factor, multiplier := rateFactors(s.SampleRate)
	if single := float32(s.SampleRate); math.Abs(float64(single)-s.SampleRate) < math.Abs(nominalRate(factor, multiplier)-s.SampleRate) {
		order.PutUint32(blockette(100, 12)[4:], math.Float32bits(single))
	}
	if enc == Steim1 || enc == Steim2 {
		at = (at + frameSize - 1) / frameSize * frameSize
	}

	n, _, err = encode(b[at:], s, enc, from, min(s.Len(), from+math.MaxUint16), w.opt.LittleEndian)
	if err != nil {
		return 0, 0, err
	}

	sequence := fmt.Appendf(nil, "%06d", w.sequence)
	w.sequence = w.sequence%999999 + 1
	copy(b, sequence)
	b[6], b[7] = qualities[w.opt.PubVersion-1], ' '
	for _, field := range [...]struct {
		at, size int
		text     string
	}{{8, 5, sta}, {13, 2, loc}, {15, 3, cha}, {18, 2, net}} {
		copy(b[field.at:field.at+field.size], "     ")
		copy(b[field.at:], field.text)
	}
	order.PutUint16(b[20:], uint16(year))
	order.PutUint16(b[22:], uint16(doy))
	b[24], b[25], b[26] = byte(hour), byte(minute), byte(sec)
	order.PutUint16(b[28:], uint16(nano/100_000))
	order.PutUint16(b[30:], uint16(n))
	order.PutUint16(b[32:], uint16(factor))
	order.PutUint16(b[34:], uint16(multiplier))
	if w.opt.Flags&Calibration != 0 {
		b[36] |= activityCalibration
	}
	if w.opt.Flags&ClockLocked != 0 {
		b[37] |= clockIsLocked
	}
	if w.opt.Flags&TimeQuestionable != 0 {
		b[38] |= qualityTimeDoubtful
	}
	if n > 0 {
		order.PutUint16(b[44:], uint16(at))
	}
	order.PutUint16(b[46:], header2Size)
	return n, len(b), nil
}

// ticks splits t, rounded to 1 us, into a multiple of 0.1 ms and the rest, from
// -50 to 49 us, as blockette 1001 has it.
func ticks(t Time) (tick Time, micro int8) {
	us := floorDiv(t+500, 1000)
	units := floorDiv(us+50, 100)
	return units * 100_000, int8(us - units*100)
}

// floorDiv divides, rounding down.
func floorDiv(a, b Time) Time {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// rateFactors returns the factor and multiplier that come nearest to a rate:
// whole rates and periods as they are, others as the fraction (by its
// continued fraction) whose terms fit in 16 bits.
func rateFactors(rate float64) (factor, multiplier int16) {
	switch {
	case rate == 0:
		return 0, 0
	case rate > math.MaxInt16:
		best, least := int16(1), math.Inf(1)
		for m := math.Ceil(rate / math.MaxInt16); m <= math.MaxInt16 && m < rate/math.MaxInt16+1000; m++ {
			if miss := math.Abs(math.Round(rate/m)*m - rate); miss < least {
				best, least = int16(m), miss
			}
		}
		return int16(min(math.Round(rate/float64(best)), math.MaxInt16)), best
	}
	num, den := fraction(rate)
	switch {
	case den == 1:
		return num, 1
	case num == 1:
		return -den, 1
	}
	return num, -den
}

// fraction returns the last convergent of x whose terms fit in 16 bits.
func fraction(x float64) (num, den int16) {
	n0, d0, n1, d1 := 0.0, 1.0, 1.0, 0.0
	for rest := x; ; {
		whole := math.Floor(rest)
		n, d := whole*n1+n0, whole*d1+d0
		if n > math.MaxInt16 || d > math.MaxInt16 {
			break
		}
		n0, d0, n1, d1 = n1, d1, n, d
		if math.Abs(n/d-x) <= 1e-12*x {
			break
		}
		rest = 1 / (rest - whole)
	}
	if n1 == 0 { // less than one sample in 32767 seconds
		return 1, math.MaxInt16
	}
	return int16(n1), int16(d1)
}
