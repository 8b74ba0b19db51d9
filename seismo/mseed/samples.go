package mseed

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// AppendInt32 appends the samples of rec to dst and returns it. It wraps
// ErrSampleType if they are not integers, ErrEncoding if the encoding is not
// known, ErrData if they cannot be decoded, and ErrIntegrity if Steim frames
// do not end with the sample that they name; the samples are then in dst.
func (rec *Record) AppendInt32(dst []int32) ([]int32, error) {
	if err := rec.wants(Int32Type); err != nil {
		return dst, err
	}
	old := len(dst)
	dst = slices.Grow(dst, rec.NumSamples)[:old+rec.NumSamples]
	err := rec.decodeInt32(dst[old:])
	if err != nil {
		err = rec.wrap(err)
		if !keepsSamples(err) {
			dst = dst[:old]
		}
	}
	return dst, err
}

// AppendFloat32 appends the samples of rec, rounded to float32 where they are
// not, to dst and returns it. The errors are those of AppendInt32.
func (rec *Record) AppendFloat32(dst []float32) ([]float32, error) { return appendFloat(rec, dst) }

// AppendFloat64 appends the samples of rec to dst and returns it; all types of
// samples are exact in float64. The errors are those of AppendInt32.
func (rec *Record) AppendFloat64(dst []float64) ([]float64, error) { return appendFloat(rec, dst) }

// Text returns the bytes of a record of text, or nil if it is of another type.
// They lie in the memory of the record.
func (rec *Record) Text() []byte {
	if rec.Encoding != Text {
		return nil
	}
	return rec.payload[:rec.NumSamples:rec.NumSamples]
}

// wants returns an error unless the samples can be had as t.
func (rec *Record) wants(t SampleType) error {
	switch have := rec.Encoding.SampleType(); {
	case rec.NumSamples == 0 || have == t:
	case have == UnknownType:
		return rec.wrap(fmt.Errorf("%w: %s cannot be read", ErrEncoding, rec.Encoding))
	case have == TextType || t == Int32Type:
		return rec.wrap(fmt.Errorf("%w: samples of %s are not numbers of type %s", ErrSampleType, rec.Encoding, t))
	}
	return nil
}

func (rec *Record) wrap(err error) error {
	return &Error{Record: rec.Number, Offset: rec.Offset, ID: rec.ID, Err: err}
}

func appendFloat[F float32 | float64](rec *Record, dst []F) ([]F, error) {
	if err := rec.wants(Float64Type); err != nil {
		return dst, err
	}
	n, old := rec.NumSamples, len(dst)
	dst = slices.Grow(dst, n)[:old+n]
	out, in := dst[old:], rec.payload
	order := order(rec.little)
	switch rec.Encoding {
	case Float32:
		for i := range out {
			out[i] = F(math.Float32frombits(order.Uint32(in[4*i:])))
		}
	case Float64:
		for i := range out {
			out[i] = F(math.Float64frombits(order.Uint64(in[8*i:])))
		}
	case Geoscope24:
		for i := range out {
			out[i] = F(int24(in[3*i:], rec.little))
		}
	case Geoscope163, Geoscope164:
		gain := uint16(0x7)
		if rec.Encoding == Geoscope164 {
			gain = 0xf
		}
		for i := range out {
			v := order.Uint16(in[2*i:])
			out[i] = F(int(v&0xfff)-2048) / F(int(1)<<(v>>12&gain))
		}
	default:
		var err error
		rec.scratch, err = rec.AppendInt32(rec.scratch[:0])
		for i, v := range rec.scratch {
			out[i] = F(v)
		}
		return dst[:old+len(rec.scratch)], err
	}
	return dst, nil
}

// decodeInt32 fills dst, as long as there are samples. Sources of the formulas:
// SEED manual 2.4, blockette 30, and the FDSN encoding codes.
func (rec *Record) decodeInt32(dst []int32) error {
	in := rec.payload
	order := order(rec.little)
	switch rec.Encoding {
	case Steim1:
		return decodeSteim(dst, in, rec.little, &steim1)
	case Steim2:
		return decodeSteim(dst, in, rec.little, &steim2)
	case Int16, DWWSSN:
		for i := range dst {
			dst[i] = int32(int16(order.Uint16(in[2*i:])))
		}
	case Int24:
		for i := range dst {
			dst[i] = int24(in[3*i:], rec.little)
		}
	case Int32:
		for i := range dst {
			dst[i] = int32(order.Uint32(in[4*i:]))
		}
	case CDSN: // a mantissa with an offset of 8191, times 1, 4, 16 or 128
		for i := range dst {
			v := order.Uint16(in[2*i:])
			dst[i] = (int32(v&0x3fff) - 8191) << cdsnShifts[v>>14]
		}
	case SRO: // a mantissa in two's complement, times 2 to the 10 - gain
		for i := range dst {
			v := order.Uint16(in[2*i:])
			gain := v >> 12
			if gain > 10 {
				return fmt.Errorf("%w: SRO gain of %d at sample %d, the highest is 10", ErrData, gain, i)
			}
			dst[i] = int32(int16(v<<4)>>4) << (10 - gain)
		}
	}
	return nil
}

func order(little bool) binary.ByteOrder {
	if little {
		return binary.LittleEndian
	}
	return binary.BigEndian
}

// int24 returns the two's complement integer of 3 bytes.
func int24(b []byte, little bool) int32 {
	hi, lo := b[0], b[2]
	if little {
		hi, lo = lo, hi
	}
	return int32(uint32(hi)<<24|uint32(b[1])<<16|uint32(lo)<<8) >> 8
}
