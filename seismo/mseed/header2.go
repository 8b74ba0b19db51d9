package mseed

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The fixed header of miniSEED 2; times are of type BTIME, in units of 0.1 ms:
//
//	 0  sequence number, 6 digits     30  number of samples
//	 6  quality: D, R, Q or M         32  sample rate factor, int16
//	 7  a space                       34  sample rate multiplier, int16
//	 8  station, 5                    36  activity flags
//	13  location, 2                   37  I/O and clock flags
//	15  channel, 3                    38  data quality flags
//	18  network, 2                    39  number of blockettes
//	20  year                          40  time correction, int32, 0.1 ms
//	22  day of the year               44  offset of the data
//	24  hour, minute, second, unused  46  offset of the first blockette
//	28  0.1 ms
//
// and the blockettes that matter here, each beginning with its type and the
// offset of the next one:
//
//	 100   4  sample rate, float32
//	1000   4  encoding   5  byte order, 0 is little   6  log2 of the record length
//	1001   4  timing quality, %   5  microseconds, int8
//
// Source: SEED manual 2.4, chapter 8.
const (
	header2Size = 48

	minRecord2 = 64      // the shortest version 2 record
	maxGuess   = 1 << 16 // the longest one without blockette 1000
	maxRecord  = 1 << 24 // the longest record of either version

	activityCalibration = 1 << 0
	activityCorrected   = 1 << 1 // the time correction is part of the start time
	clockIsLocked       = 1 << 5
	qualityTimeDoubtful = 1 << 7
)

// qualities holds the letters of the publication versions 1 to 4.
const qualities = "RDQM"

// mayBeHeader2 reports whether b, if it went on, could be a version 2 header.
func mayBeHeader2(b []byte) bool {
	for i, c := range b[:min(8, len(b))] {
		var ok bool
		switch {
		case i < 6:
			ok = c >= '0' && c <= '9' || c == ' ' || c == 0
		case i == 6:
			ok = c == 'D' || c == 'R' || c == 'Q' || c == 'M'
		default:
			ok = c == ' ' || c == 0
		}
		if !ok {
			return false
		}
	}
	return true
}

// isHeader2 reports whether b begins with a version 2 header. The odds that
// random bytes do are below 1 in 10^14, so that it serves to find records too.
func isHeader2(b []byte) bool {
	return len(b) >= header2Size && mayBeHeader2(b) &&
		b[24] <= 23 && b[25] <= 59 && b[26] <= 60
}

// order2 finds the byte order of a header from its date, which makes sense in
// one order only: in 1900 to 2100 the first byte of a year is 7 or 8, and the
// second one read as the first is neither.
func order2(b []byte) (binary.ByteOrder, bool) {
	for _, order := range [...]binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		year, doy := order.Uint16(b[20:]), order.Uint16(b[22:])
		if year >= 1900 && year <= 2100 && doy >= 1 && doy <= 366 {
			return order, true
		}
	}
	return nil, false
}

// isBlank reports whether b begins with padding: a SEED noise record (spaces
// after the sequence number) or zeros.
func isBlank(b []byte) bool {
	if len(b) < header2Size {
		return isPadding(b)
	}
	return isPadding(b[6:header2Size]) && (isPadding(b[:6]) || b[6] == ' ' && mayBeHeader2(b[:6]))
}

// isPadding reports whether b is all spaces or all zeros.
func isPadding(b []byte) bool {
	for _, c := range b {
		if c != b[0] || c != ' ' && c != 0 {
			return false
		}
	}
	return true
}

// walk calls visit for each blockette of b, a record or the beginning of one,
// with its type, its offset and the offset of the next one (0: none). It
// returns where it had to stop: at a blockette that does not fit in b
// (missing), or at an offset that leads backwards or nowhere (broken).
func walk(b []byte, order binary.ByteOrder, visit func(kind, at, next int) bool) (missing, broken bool) {
	at := int(order.Uint16(b[46:]))
	if at != 0 && at < header2Size {
		// The first blockette all but always follows the fixed header.
		if len(b) < header2Size+8 || order.Uint16(b[header2Size:]) != 1000 {
			return len(b) < header2Size+8, true
		}
		at, broken = header2Size, true
	}
	for at != 0 {
		if at+4 > len(b) {
			return true, broken
		}
		kind, next := int(order.Uint16(b[at:])), int(order.Uint16(b[at+2:]))
		size := 4
		switch kind {
		case 1000, 1001:
			size = 8
		case 100:
			size = 12
		}
		if at+size > len(b) {
			return true, broken
		}
		if next != 0 && next < at+size {
			// The blockette itself is whole; only what follows is lost.
			visit(kind, at, 0)
			return false, true
		}
		if !visit(kind, at, next) {
			return false, broken
		}
		at = next
	}
	return false, broken
}

// length2 is measure for a version 2 header.
func length2(b []byte, last bool) (length, need int, err error) {
	order, ok := order2(b)
	if !ok {
		return 0, 0, fmt.Errorf("%w: impossible date, year %d day %d", ErrHeader,
			binary.BigEndian.Uint16(b[20:]), binary.BigEndian.Uint16(b[22:]))
	}
	exp := -1
	missing, _ := walk(b, order, func(kind, at, next int) bool {
		if kind == 1000 {
			exp = int(b[at+6])
		}
		return exp < 0
	})
	if exp >= 0 {
		if exp > 62 || 1<<exp < minRecord2 || 1<<exp > maxRecord {
			return 0, 0, fmt.Errorf("%w: blockette 1000 says that the record has 2^%d bytes", ErrHeader, exp)
		}
		return 1 << exp, 0, nil
	}
	// No blockette 1000 so far: the record ends where the next one begins.
	// A blockette beyond that is a broken chain.
	data := max(int(order.Uint16(b[44:])), header2Size)
	for n := minRecord2; n <= maxGuess; n *= 2 {
		switch rest := len(b) - n; {
		case n < data || rest < 0 && last:
		case rest == 0 && last:
			return n, 0, nil
		case rest < header2Size:
			if last {
				continue
			}
			return 0, n + header2Size, nil
		default:
			next := b[n:]
			if _, ok := order2(next); isHeader2(next) && ok || isHeader3(next) {
				return n, 0, nil
			}
		}
	}
	if missing && last {
		return 0, 0, fmt.Errorf("header cut off after %d bytes: %w", len(b), io.ErrUnexpectedEOF)
	}
	return 0, 0, fmt.Errorf("%w: no blockette 1000 and no next record within %d bytes: the record length is unknown", ErrHeader, min(len(b), maxGuess))
}

// parse2 sets rec from a version 2 record.
func (rec *Record) parse2(b []byte) error {
	order, ok := order2(b)
	if !ok {
		return fmt.Errorf("%w: impossible date", ErrHeader)
	}
	rec.Version, rec.order, rec.little = 2, order, order == binary.LittleEndian
	rec.ID = rec.names.of(b[8:20], seedID)
	for i := range len(qualities) {
		if qualities[i] == b[6] {
			rec.PubVersion = i + 1
		}
	}
	if b[36]&activityCalibration != 0 {
		rec.Flags |= Calibration
	}
	if b[38]&qualityTimeDoubtful != 0 {
		rec.Flags |= TimeQuestionable
	}
	if b[37]&clockIsLocked != 0 {
		rec.Flags |= ClockLocked
	}
	rec.NumSamples = int(order.Uint16(b[30:]))
	rec.SampleRate = nominalRate(int16(order.Uint16(b[32:])), int16(order.Uint16(b[34:])))
	rec.Start = date(int(order.Uint16(b[20:])), int(order.Uint16(b[22:])), int(b[24]), int(b[25]), int(b[26]), int(order.Uint16(b[28:]))*100_000)
	if b[36]&activityCorrected == 0 {
		rec.Start += Time(int32(order.Uint32(b[40:]))) * 100_000
	}
	// Without blockette 1000 SEED leaves the encoding to the dataless volume;
	// in practice it is Steim 1.
	rec.Encoding, rec.TimingQuality = Steim1, -1
	missing, broken := walk(b, order, func(kind, at, next int) bool {
		switch kind {
		case 100:
			if rate := float64(math.Float32frombits(order.Uint32(b[at+4:]))); rate > 0 && !math.IsInf(rate, 0) {
				rec.SampleRate = rate
			}
		case 1000:
			rec.Encoding = Encoding(b[at+4])
			rec.little = b[at+5] == 0
		case 1001:
			rec.TimingQuality = int(b[at+4])
			rec.Start += Time(int8(b[at+5])) * 1000
		}
		return true
	})
	rec.BadBlockettes = missing || broken
	data := int(order.Uint16(b[44:]))
	switch {
	case rec.NumSamples == 0:
	case data < header2Size || data >= len(b):
		return fmt.Errorf("%w: %d samples at byte %d of a record of %d bytes", ErrHeader, rec.NumSamples, data, len(b))
	default:
		rec.payload = b[data:]
	}
	return nil
}

// nominalRate returns the rate in Hz of a factor and a multiplier: positive
// ones are Hz and multiply, negative ones are seconds and divide.
func nominalRate(factor, multiplier int16) float64 {
	f, m := float64(factor), float64(multiplier)
	switch {
	case factor == 0 || multiplier == 0:
		return 0
	case factor < 0 && multiplier < 0:
		return 1 / (f * m)
	case factor < 0:
		return -m / f
	case multiplier < 0:
		return -f / m
	}
	return f * m
}
