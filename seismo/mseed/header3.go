package mseed

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// The fixed header of miniSEED 3, little endian:
//
//	 0  'M' 'S' 3                     16  rate in Hz, or if negative the period in s, float64
//	 3  flags                         24  number of samples, uint32
//	 4  nanoseconds, uint32           28  CRC-32C of the record with this field zero
//	 8  year, uint16                  32  publication version
//	10  day of the year, uint16       33  bytes of the source identifier
//	12  hour, minute, second          34  bytes of the extra headers, uint16
//	15  encoding                      36  bytes of the data, uint32
//
// then follow the source identifier, the extra headers and the data. The data
// are little endian too, but Steim frames are big endian.
// Source: FDSN miniSEED 3 specification, https://docs.fdsn.org/projects/miniseed3.
const header3Size = 40

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// isHeader3 reports whether b begins with a version 3 header.
func isHeader3(b []byte) bool {
	return len(b) >= header3Size && b[0] == 'M' && b[1] == 'S' && b[2] == 3 &&
		b[12] <= 23 && b[13] <= 59 && b[14] <= 60
}

// length3 returns the length that a version 3 header implies.
func length3(b []byte) int {
	return header3Size + int(b[33]) + int(binary.LittleEndian.Uint16(b[34:])) + int(binary.LittleEndian.Uint32(b[36:]))
}

// checksum returns the CRC-32C of a record as if its own field were zero.
func checksum(b []byte) uint32 {
	var zero [4]byte
	crc := crc32.Update(0, castagnoli, b[:28])
	crc = crc32.Update(crc, castagnoli, zero[:])
	return crc32.Update(crc, castagnoli, b[32:])
}

// parse3 sets rec from a version 3 record.
func (rec *Record) parse3(b []byte) error {
	le := binary.LittleEndian
	rec.Version, rec.order = 3, le
	sid := header3Size + int(b[33])
	extra := sid + int(le.Uint16(b[34:]))
	rec.ID = rec.names.of(b[header3Size:sid], func(raw []byte) string { return FromSourceID(string(raw)) })
	if want, got := le.Uint32(b[28:]), checksum(b); want != got {
		return fmt.Errorf("%w: CRC-32C is %08x, the header says %08x", ErrCRC, got, want)
	}
	year, doy, nano := int(le.Uint16(b[8:])), int(le.Uint16(b[10:])), int(le.Uint32(b[4:]))
	if year < minYear || year > maxYear || doy < 1 || doy > 366 || nano > 999_999_999 {
		return fmt.Errorf("%w: impossible date, year %d day %d nanosecond %d", ErrHeader, year, doy, nano)
	}
	rec.Start = date(year, doy, int(b[12]), int(b[13]), int(b[14]), nano)
	rate := math.Float64frombits(le.Uint64(b[16:]))
	if rate < 0 {
		rate = -1 / rate
	}
	if math.IsNaN(rate) || math.IsInf(rate, 0) {
		return fmt.Errorf("%w: sampling rate %v", ErrHeader, rate)
	}
	rec.SampleRate = rate
	if n := le.Uint32(b[24:]); n <= math.MaxInt32 {
		rec.NumSamples = int(n)
	} else {
		return fmt.Errorf("%w: the header claims %d samples", ErrData, n)
	}
	rec.Flags, rec.PubVersion, rec.TimingQuality = Flags(b[3]), int(b[32]), -1
	rec.Encoding = Encoding(b[15])
	rec.little = rec.Encoding != Steim1 && rec.Encoding != Steim2
	if extra > sid {
		rec.ExtraHeaders = b[sid:extra:extra]
	}
	if rec.NumSamples > 0 {
		rec.payload = b[extra:]
	}
	return nil
}
