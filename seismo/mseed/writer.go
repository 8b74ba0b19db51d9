package mseed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// WriterOptions says how a Writer lays out records. The zero value is good:
// version 2 big endian records of 512 bytes, Steim 2 for integers.
type WriterOptions struct {
	// Version of the format, 2 or 3; 0 means 2.
	Version int

	// Encoding of the samples. Text, the zero value, means what suits the
	// series of the segment: Steim2, Float32, Float64 or Text. Integers can be
	// written as Int16, Int24, Int32, Steim1, Steim2, CDSN, SRO and DWWSSN, float32
	// also as Geoscope24, Geoscope163 and Geoscope164. A sample that an encoding
	// cannot hold exactly is an error.
	Encoding Encoding

	// RecordLength in bytes: a power of two from 128 to 65536 for version 2 (0
	// means 512), the longest allowed for version 3 (0 means 4096).
	RecordLength int

	// LittleEndian sets the byte order of version 2. In Steim frames every
	// number is little endian for itself, as libmseed has it.
	LittleEndian bool

	// PubVersion is the publication version, in version 2 from 1 to 4 for the
	// qualities R, D, Q and M; 0 means 2.
	PubVersion int

	// Flags of every record.
	Flags Flags

	// ExtraHeaders is a JSON object for every version 3 record; not checked.
	ExtraHeaders []byte
}

// Writer writes segments as records.
type Writer struct {
	dst      io.Writer
	opt      WriterOptions
	buf      []byte // one record
	sequence int    // of version 2: 1 to 999999, and again
}

var errOptions = errors.New("mseed: unusable WriterOptions")

// NewWriter returns a Writer to dst. It does not buffer: each record is one
// Write.
func NewWriter(dst io.Writer, opt WriterOptions) (*Writer, error) {
	if opt.Version == 0 {
		opt.Version = 2
	}
	if opt.RecordLength == 0 {
		opt.RecordLength = map[int]int{2: 512, 3: 4096}[opt.Version]
	}
	if opt.PubVersion == 0 {
		opt.PubVersion = 2
	}
	var why string
	n := opt.RecordLength
	switch {
	case opt.Version != 2 && opt.Version != 3:
		why = fmt.Sprintf("version %d is neither 2 nor 3", opt.Version)
	case opt.Version == 2 && (n < 128 || n > maxGuess || n&(n-1) != 0):
		why = fmt.Sprintf("record length %d is not a power of two from 128 to %d", n, maxGuess)
	case opt.Version == 3 && (n < 128 || n > maxRecord):
		why = fmt.Sprintf("record length %d is not from 128 to %d", n, maxRecord)
	case opt.Version == 2 && opt.PubVersion > len(qualities), opt.PubVersion < 0, opt.PubVersion > 255:
		why = fmt.Sprintf("publication version %d does not exist in version %d", opt.PubVersion, opt.Version)
	case opt.Version == 3 && opt.LittleEndian:
		why = "the byte order of version 3 is fixed"
	case opt.Version == 2 && len(opt.ExtraHeaders) > 0:
		why = "version 2 has no extra headers"
	case len(opt.ExtraHeaders) > math.MaxUint16:
		why = fmt.Sprintf("%d bytes of extra headers, more than 65535", len(opt.ExtraHeaders))
	}
	if why != "" {
		return nil, fmt.Errorf("%w: %s", errOptions, why)
	}
	return &Writer{dst: dst, opt: opt, buf: make([]byte, opt.RecordLength), sequence: 1}, nil
}

// Write writes s in as many records as it takes; the last one may hold fewer
// samples than it could. A segment without samples is one record that is only
// a header. It wraps ErrSampleType if the encoding is not for the series of s,
// ErrEncoding if samples do not fit in it. What fails is found record by
// record: those before it have been written.
func (w *Writer) Write(s *Segment) error {
	enc, err := w.encoding(s)
	if err != nil {
		return err
	}
	if rate := s.SampleRate; rate < 0 || math.IsNaN(rate) || math.IsInf(rate, 0) {
		return fmt.Errorf("mseed: %s: impossible sampling rate %v", s.ID, rate)
	}
	_, err = w.write(s, enc, true)
	return err
}

// write writes s, or only the records that it fills, and returns how many samples
// that were.
func (w *Writer) write(s *Segment, enc Encoding, all bool) (done int, err error) {
	for done < s.Len() || done == 0 {
		clear(w.buf)
		var n, length int
		sequence := w.sequence
		if w.opt.Version == 3 {
			n, length, err = w.record3(s, enc, done)
		} else {
			n, length, err = w.record2(s, enc, done)
		}
		if err != nil {
			return done, fmt.Errorf("mseed: %s at %v: %w", s.ID, s.Start.Add(done, s.SampleRate), err)
		}
		if !all && done+n == s.Len() { // there may be room for more
			w.sequence = sequence
			return done, nil
		}
		if _, err := w.dst.Write(w.buf[:length]); err != nil {
			return done, err
		}
		done += n
		if n == 0 {
			return 0, nil
		}
	}
	return done, nil
}

// encoding returns how the series of s is to be written.
func (w *Writer) encoding(s *Segment) (Encoding, error) {
	enc, series := w.opt.Encoding, 0
	var suits Encoding
	for e, n := range map[Encoding]int{Steim2: len(s.Int32), Float32: len(s.Float32), Float64: len(s.Float64), Text: len(s.Text)} {
		if n > 0 {
			suits = e
			series++
		}
	}
	if series > 1 {
		return 0, fmt.Errorf("mseed: %s: %w: the segment has more than one series", s.ID, ErrSampleType)
	}
	if enc == Text || series == 0 {
		return suits, nil
	}
	if enc.SampleType() != suits.SampleType() {
		return 0, fmt.Errorf("mseed: %s: %w: %s cannot hold samples of %s", s.ID, ErrSampleType, enc, suits.SampleType())
	}
	return enc, nil
}

// encode fills data with samples from to to-1 of s, as many as fit, and returns
// how many they are and how many bytes they took.
func encode(data []byte, s *Segment, enc Encoding, from, to int, little bool) (n, used int, err error) {
	if from == to {
		return 0, 0, nil
	}
	order := order(little)
	switch enc {
	case Steim1, Steim2:
		data = data[:len(data)/frameSize*frameSize]
		n, used, err = encodeSteim(data, s.Int32[from:to], enc)
		for at := 0; little && at < used; at += frameSize {
			littleFrame((*[frameSize]byte)(data[at:]), enc == Steim1)
		}
	case Int32:
		n = min(len(data)/4, to-from)
		for i, v := range s.Int32[from : from+n] {
			order.PutUint32(data[4*i:], uint32(v))
		}
		used = 4 * n
	case Float32:
		n = min(len(data)/4, to-from)
		for i, v := range s.Float32[from : from+n] {
			order.PutUint32(data[4*i:], math.Float32bits(v))
		}
		used = 4 * n
	case Float64:
		n = min(len(data)/8, to-from)
		for i, v := range s.Float64[from : from+n] {
			order.PutUint64(data[8*i:], math.Float64bits(v))
		}
		used = 8 * n
	case Text:
		n = copy(data, s.Text[from:to])
		used = n
	default:
		size := encodings[enc].size
		n = min(len(data)/size, to-from)
		used = size * n
		for i := range n {
			code, ok := s.pack(from+i, enc)
			if !ok {
				return 0, 0, fmt.Errorf("%w: %s cannot hold sample %d, %v, exactly; write %s", ErrEncoding, enc, from+i, s.value(from+i), widest[s.Len() == len(s.Int32)])
			}
			put(data[size*i:], code, size, little)
		}
	}
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: RecordLength leaves %d bytes for samples", errOptions, len(data))
	}
	return n, used, err
}

// widest names what holds all integers (true), and all float32.
var widest = map[bool]string{true: "Int32", false: "Float32"}

// record3 builds a version 3 record in w.buf.
func (w *Writer) record3(s *Segment, enc Encoding, from int) (n, length int, err error) {
	sid, err := ToSourceID(s.ID)
	if err != nil {
		return 0, 0, err
	}
	head := header3Size + len(sid) + len(w.opt.ExtraHeaders)
	if len(sid) > math.MaxUint8 || head > len(w.buf) {
		return 0, 0, fmt.Errorf("%w: headers of %d bytes do not fit in a record of %d", errOptions, head, len(w.buf))
	}
	b, le := w.buf, binary.LittleEndian
	n, used, err := encode(b[head:], s, enc, from, s.Len(), enc != Steim1 && enc != Steim2)
	if err != nil {
		return 0, 0, err
	}
	start := s.Start.Add(from, s.SampleRate)
	year, doy, hour, minute, sec, nano := start.split()
	b[0], b[1], b[2], b[3] = 'M', 'S', 3, byte(w.opt.Flags)
	le.PutUint32(b[4:], uint32(nano))
	le.PutUint16(b[8:], uint16(year))
	le.PutUint16(b[10:], uint16(doy))
	b[12], b[13], b[14], b[15] = byte(hour), byte(minute), byte(sec), byte(enc)
	rate := s.SampleRate
	if rate > 0 && rate < 1 {
		rate = -1 / rate
	}
	le.PutUint64(b[16:], math.Float64bits(rate))
	le.PutUint32(b[24:], uint32(n))
	b[32], b[33] = byte(w.opt.PubVersion), byte(len(sid))
	le.PutUint16(b[34:], uint16(len(w.opt.ExtraHeaders)))
	le.PutUint32(b[36:], uint32(used))
	copy(b[header3Size:], sid)
	copy(b[header3Size+len(sid):], w.opt.ExtraHeaders)
	length = head + used
	le.PutUint32(b[28:], checksum(b[:length]))
	return n, length, nil
}
