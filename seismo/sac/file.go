package sac

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// ErrFormat is returned for what is no SAC file, or one of a kind that is not read.
var ErrFormat = errors.New("not a SAC file")

const (
	floatBytes = 70 * 4
	intBytes   = 40 * 4
	headBytes  = floatBytes + intBytes + 24*8
	versionAt  = floatBytes + 4*NvHdr
)

// order finds the byte order from the header version.
func order(head []byte) (binary.ByteOrder, bool) {
	for _, o := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if v := o.Uint32(head[versionAt:]); v == 6 || v == 7 {
			return o, true
		}
	}
	return nil, false
}

// Read reads a file. It returns an error that wraps ErrFormat, io.ErrUnexpectedEOF where
// it ends too early, or that of the source.
func Read(r io.Reader) (*File, error) {
	f, o, err := readHeader(r)
	if err == nil {
		err = f.readSamples(r, int(f.Ints[Npts]), o)
	}
	if err == nil {
		err = f.readFooter(r, o)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// ReadPart reads a file with n of its samples, or none, from the one numbered first on;
// Npts still says how many there are. Its errors are those of Read, and one that wraps
// ErrFormat where there are not so many.
func ReadPart(r io.ReaderAt, first, n int) (*File, error) {
	f, o, err := readHeader(io.NewSectionReader(r, 0, headBytes))
	if err != nil {
		return nil, err
	}
	all := int(f.Ints[Npts])
	if first < 0 || n < 0 || first > all || n > all-first {
		return nil, fmt.Errorf("sac: %w: %d samples from number %d on, of %d", ErrFormat, n, first, all)
	}
	err = f.readSamples(io.NewSectionReader(r, headBytes+4*int64(first), 4*int64(n)), n, o)
	if err == nil {
		err = f.readFooter(io.NewSectionReader(r, headBytes+4*int64(all), 8*lastField), o)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// readFooter reads what version 7 has behind the samples.
func (f *File) readFooter(r io.Reader, o binary.ByteOrder) error {
	if f.Ints[NvHdr] != 7 {
		return nil
	}
	footer := make([]byte, 8*lastField)
	if _, err := io.ReadFull(r, footer); err != nil {
		return fmt.Errorf("sac: the footer of version 7: %w", short(err))
	}
	f.Doubles = make([]float64, lastField)
	for i := range f.Doubles {
		f.Doubles[i] = math.Float64frombits(o.Uint64(footer[8*i:]))
	}
	return nil
}

func readHeader(r io.Reader) (*File, binary.ByteOrder, error) {
	head := make([]byte, headBytes)
	if n, err := io.ReadFull(r, head); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = fmt.Errorf("%w: %d bytes, and a header has %d", ErrFormat, n, headBytes)
		}
		return nil, nil, fmt.Errorf("sac: %w", err)
	}
	o, ok := order(head)
	if !ok {
		return nil, nil, fmt.Errorf("sac: %w: header version %d", ErrFormat, int32(binary.LittleEndian.Uint32(head[versionAt:])))
	}
	f := &File{}
	for i := range f.Floats {
		f.Floats[i] = math.Float32frombits(o.Uint32(head[4*i:]))
	}
	for i := range f.Ints {
		f.Ints[i] = int32(o.Uint32(head[floatBytes+4*i:]))
	}
	at := floatBytes + intBytes
	for i := range f.Texts {
		n := textBytes(i)
		f.Texts[i] = strings.TrimRight(string(head[at:at+n]), " \x00")
		at += n
	}
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	return f, o, nil
}

// check refuses what is not read, and what would make nonsense.
func (f *File) check() error {
	n, d := f.Ints[Npts], f.Floats[Delta]
	switch {
	case f.Ints[IfType] != typeTime:
		return fmt.Errorf("sac: %w: a file of type %d, not of a time series", ErrFormat, f.Ints[IfType])
	case f.Ints[LEven] != 1:
		return fmt.Errorf("sac: %w: samples at uneven intervals", ErrFormat)
	case n < 0:
		return fmt.Errorf("sac: %w: %d samples", ErrFormat, n)
	case !(d > 0) || math.IsInf(float64(d), 0):
		return fmt.Errorf("sac: %w: a sampling interval of %g s", ErrFormat, d)
	}
	return nil
}

func (f *File) readSamples(r io.Reader, n int, o binary.ByteOrder) error {
	buf := make([]byte, 4*min(n, 1<<16))
	for len(f.Samples) < n {
		buf = buf[:4*min(n-len(f.Samples), cap(buf)/4)]
		if _, err := io.ReadFull(r, buf); err != nil {
			return fmt.Errorf("sac: %d of %d samples: %w", len(f.Samples), n, short(err))
		}
		at := len(f.Samples)
		f.Samples = slices.Grow(f.Samples, len(buf)/4)[:at+len(buf)/4]
		for i, more := 0, f.Samples[at:]; i < len(more); i++ {
			word := binary.LittleEndian.Uint32(buf[4*i:])
			if o == binary.BigEndian {
				word = bits.ReverseBytes32(word)
			}
			more[i] = math.Float32frombits(word)
		}
	}
	return nil
}

func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

func textBytes(field int) int {
	if field == KEvNm {
		return 16
	}
	return 8
}

// Write writes f as a file of version 6, binary.LittleEndian or binary.BigEndian. Npts, E, DepMin, DepMax and DepMen are set from
// the samples. A text that is too long for its field is an error that wraps ErrFormat.
func Write(w io.Writer, f *File, o binary.AppendByteOrder) error {
	head := make([]byte, 0, headBytes)
	floats, ints := f.Floats, f.Ints
	ints[NvHdr], ints[Npts] = 6, int32(len(f.Samples))
	floats[E] = float32(float64(floats[B]) + float64(len(f.Samples)-1)*float64(floats[Delta]))
	if len(f.Samples) > 0 {
		least, most, sum := math.Inf(1), math.Inf(-1), 0.0
		for _, v := range f.Samples {
			least, most, sum = math.Min(least, float64(v)), math.Max(most, float64(v)), sum+float64(v)
		}
		floats[DepMin], floats[DepMax], floats[DepMen] = float32(least), float32(most), float32(sum/float64(len(f.Samples)))
	}
	for _, v := range floats {
		head = o.AppendUint32(head, math.Float32bits(v))
	}
	for _, v := range ints {
		head = o.AppendUint32(head, uint32(v))
	}
	for i, text := range f.Texts {
		n := textBytes(i)
		if len(text) > n {
			return fmt.Errorf("sac: %w: %q has more than %d bytes", ErrFormat, text, n)
		}
		head = append(append(head, text...), "                "[:n-len(text)]...)
	}
	if _, err := w.Write(head); err != nil {
		return err
	}
	buf := make([]byte, 0, 1<<16)
	for i, v := range f.Samples {
		buf = o.AppendUint32(buf, math.Float32bits(v))
		if len(buf) == cap(buf) || i == len(f.Samples)-1 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}
