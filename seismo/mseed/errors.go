package mseed

import (
	"errors"
	"fmt"
)

var (
	// ErrNotMiniSEED is returned when bytes are found where a record should
	// begin and do not look like the header of one.
	ErrNotMiniSEED = errors.New("not a miniSEED record")

	// ErrHeader is returned when a header contradicts itself: an impossible
	// date, lengths that do not add up, a record length that cannot be found.
	ErrHeader = errors.New("damaged header")

	// ErrCRC is returned when the CRC-32C of a miniSEED 3 record is not that
	// of its bytes.
	ErrCRC = errors.New("checksum mismatch")

	// ErrData is returned when a record cannot hold or does not hold the
	// samples that its header claims.
	ErrData = errors.New("damaged data")

	// ErrIntegrity is returned when the last sample decoded from Steim frames
	// is not the one that the frames name as last (the reverse integration
	// constant). The samples are returned with it.
	ErrIntegrity = errors.New("integrity check of Steim frames failed")

	// ErrEncoding is returned when an encoding cannot be read, or not written.
	ErrEncoding = errors.New("unsupported encoding")

	// ErrSampleType is returned when samples cannot be had in the type that is
	// asked for, or when the records of one channel are of two types.
	ErrSampleType = errors.New("wrong sample type")

	// ErrRates is returned when the records of one channel have two sampling
	// rates.
	ErrRates = errors.New("two sampling rates in one channel")

	// ErrEmpty is returned by ReadTraces when there is no record at all.
	ErrEmpty = errors.New("no miniSEED record found: the input is empty")
)

// Error says in which record of the input something is wrong.
type Error struct {
	Record int    // number of the record, counted from 1; 0 if it came from Parse
	Offset int64  // of its first byte in the input
	ID     string // of its channel; "" where it could not be read
	Err    error  // wraps one of the sentinels, or io.ErrUnexpectedEOF
}

// Error returns the message on one line.
func (e *Error) Error() string {
	where := "mseed: record"
	if e.Record > 0 {
		where = fmt.Sprintf("mseed: record %d at byte %d", e.Record, e.Offset)
	}
	if e.ID != "" {
		where += " (" + e.ID + ")"
	}
	return where + ": " + e.Err.Error()
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// keepsSamples reports whether samples come with err all the same.
func keepsSamples(err error) bool { return errors.Is(err, ErrIntegrity) }
