package mseed

import (
	"encoding/binary"
	"fmt"
	"io"
	"iter"
)

// Record is one miniSEED record. Its byte slices lie in the memory of the
// Reader, or in what Parse was given, and are valid as long as that is.
type Record struct {
	ID         string   // NET.STA.LOC.CHA, or as FromSourceID returns it
	Start      Time     // of the first sample, its time correction applied
	SampleRate float64  // Hz; 0 where the samples are no time series
	NumSamples int      // 0 for a record that is only a header
	Encoding   Encoding // of the samples
	Version    int      // of the format: 2 or 3
	PubVersion int      // publication version; in version 2 the qualities R, D, Q, M are 1 to 4
	Flags      Flags    // as version 3 has them

	// TimingQuality is that of blockette 1001, in percent; -1 if there is
	// none. In version 3 it is one of the extra headers.
	TimingQuality int

	// BadBlockettes is set where the chain of blockettes of a version 2
	// record leads nowhere; what comes before the break is used.
	BadBlockettes bool

	// ExtraHeaders is the JSON object of a version 3 record, not checked; nil
	// if there is none.
	ExtraHeaders []byte

	Raw []byte // the whole record

	// Number counts the records of a Reader from 1, Offset is that of the
	// first byte in its input.
	Number int
	Offset int64

	payload []byte
	little  bool // byte order of the payload
	order   binary.ByteOrder
	scratch []int32
	names   names
}

// Flags are bits that qualify the samples of a record.
type Flags uint8

// The flags of miniSEED 3; in version 2 they are spread over three bytes.
const (
	Calibration      Flags = 1 << iota // a calibration signal is present
	TimeQuestionable                   // the time may be wrong
	ClockLocked                        // the clock was locked to its reference
)

// Parse sets rec from the record that b begins with and returns its length. An
// error that wraps io.ErrUnexpectedEOF says that b is too short. A version 2
// record without blockette 1000 ends where the next one begins, or with b.
func (rec *Record) Parse(b []byte) (length int, err error) {
	length, _, err = measure(b, true)
	if err == nil && length > len(b) {
		err = fmt.Errorf("record of %d bytes cut off after %d: %w", length, len(b), io.ErrUnexpectedEOF)
	}
	if err == nil {
		rec.Number, rec.Offset = 0, 0
		err = rec.parse(b[:length:length])
	}
	if err != nil {
		return 0, fmt.Errorf("mseed: %w", err)
	}
	return length, nil
}

// parse sets rec from the bytes of exactly one record.
func (rec *Record) parse(b []byte) error {
	*rec = Record{
		Raw: b, Number: rec.Number, Offset: rec.Offset,
		scratch: rec.scratch, names: rec.names,
	}
	if rec.names == nil {
		rec.names = names{}
	}
	var err error
	if isHeader3(b) {
		err = rec.parse3(b)
	} else {
		err = rec.parse2(b)
	}
	if err != nil {
		return err
	}
	if most, ok := rec.Encoding.capacity(len(rec.payload)); ok && rec.NumSamples > most {
		return fmt.Errorf("%w: the header claims %d samples of %s, %d bytes of data hold at most %d",
			ErrData, rec.NumSamples, rec.Encoding, len(rec.payload), most)
	}
	return nil
}

// measure returns the length of the record that b begins with. If it cannot
// tell from so few bytes, it returns how many it needs to see (need > len(b)),
// unless there are no more (last).
func measure(b []byte, last bool) (length, need int, err error) {
	switch {
	case len(b) >= 3 && b[0] == 'M' && b[1] == 'S' && b[2] == 3:
		if len(b) < header3Size {
			return short(b, header3Size, last)
		}
		if !isHeader3(b) {
			return 0, 0, fmt.Errorf("%w: impossible time of day", ErrHeader)
		}
		return length3(b), 0, nil
	case len(b) < header2Size:
		if len(b) > 0 && last && !mayBeHeader2(b) {
			return 0, 0, garbage(b)
		}
		return short(b, header2Size, last)
	case isHeader2(b):
		return length2(b, last)
	}
	return 0, 0, garbage(b)
}

func short(b []byte, need int, last bool) (int, int, error) {
	if last {
		return 0, 0, fmt.Errorf("header of %d bytes cut off after %d: %w", need, len(b), io.ErrUnexpectedEOF)
	}
	return 0, need, nil
}

func garbage(b []byte) error {
	if len(b) >= 7 && (b[6] == 'V' || b[6] == 'A' || b[6] == 'S' || b[6] == 'T') && b[0] >= '0' && b[0] <= '9' {
		return fmt.Errorf("%w: it is a control header of a full SEED volume; convert it, or skip to the records", ErrNotMiniSEED)
	}
	return fmt.Errorf("%w: it begins with %q; check the file, or skip to the next record", ErrNotMiniSEED, b[:min(8, len(b))])
}

// Blockettes returns the type and the bytes (header of 4 bytes included, up to
// the next blockette) of each blockette of a version 2 record, in the byte
// order that Order returns.
func (rec *Record) Blockettes() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if rec.Version != 2 {
			return
		}
		end := int(rec.order.Uint16(rec.Raw[44:]))
		if end < header2Size || end > len(rec.Raw) {
			end = len(rec.Raw)
		}
		walk(rec.Raw, rec.order, func(kind, at, next int) bool {
			if next == 0 {
				next = max(end, at+4)
			}
			return yield(kind, rec.Raw[at:min(next, len(rec.Raw))])
		})
	}
}

// Order returns the byte order of the header.
func (rec *Record) Order() binary.ByteOrder { return rec.order }
