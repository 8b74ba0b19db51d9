package mseed

import (
	"errors"
	"fmt"
	"io"
)

// Reader reads records from a stream, one at a time. Its memory is bounded by
// twice the longest record (at most 16 MiB), and it allocates no more than twice
// what the stream has delivered, whatever a header claims.
type Reader struct {
	src    io.Reader
	err    error // of src; io.EOF when it has ended
	buf    []byte
	from   int   // buf[from:to] has been read and not yet used
	to     int   //
	offset int64 // of buf[from] in the stream
	record int   // records begun
	names  names
}

const bufferSize = 64 << 10

// NewReader returns a Reader of src. It reads ahead.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, bufferSize), names: names{}}
}

// Next sets rec to the next record, whose memory is valid until the next call.
// It skips padding between records. It returns io.EOF, bare, at the end of the
// stream; every other error is an *Error that wraps one of
//
//   - ErrNotMiniSEED or ErrHeader with an unknown length: the Reader stays
//     where it is, and Resync goes on to the next record;
//   - ErrCRC, ErrData, ErrHeader: the record has been passed over, and Next
//     goes on with the next one;
//   - io.ErrUnexpectedEOF: the last record is cut off;
//   - what src returned.
func (r *Reader) Next(rec *Record) error {
	if err := r.skipPadding(); err != nil {
		return err
	}
	length, err := r.measure()
	if err != nil {
		return r.wrap("", err)
	}
	if length > maxRecord {
		return r.wrap("", fmt.Errorf("%w: a record of %d bytes is longer than any this package reads (%d); Resync skips it", ErrHeader, length, maxRecord))
	}
	if err := r.fill(length); err != nil {
		if err == io.EOF {
			err = fmt.Errorf("record of %d bytes cut off after %d: %w", length, r.to-r.from, io.ErrUnexpectedEOF)
		}
		return r.wrap("", err)
	}
	r.record++
	rec.Number, rec.Offset, rec.names = r.record, r.offset, r.names
	err = rec.parse(r.buf[r.from : r.from+length : r.from+length])
	if err != nil {
		err = &Error{Record: rec.Number, Offset: rec.Offset, ID: rec.ID, Err: err}
	}
	r.advance(length)
	return err
}

// Resync skips bytes up to the next thing that looks like a record, at least
// one, and returns how many. It returns io.EOF when there is none.
func (r *Reader) Resync() (skipped int64, err error) {
	for {
		if err := r.fill(header2Size + 1); err != nil && err != io.EOF {
			return skipped, r.wrap("", err)
		}
		have := r.buf[r.from:r.to]
		if len(have) == 0 {
			return skipped, io.EOF
		}
		i := 1
		for ; i+header2Size <= len(have); i++ {
			b := have[i:]
			if _, ok := order2(b); ok && isHeader2(b) || isHeader3(b) {
				r.advance(i)
				return skipped + int64(i), nil
			}
		}
		if r.err != nil {
			i = len(have)
		}
		r.advance(i)
		skipped += int64(i)
		// What is left is shorter than a header: step back so that the first
		// byte, not yet looked at, is not passed over by the next round.
		if r.err == nil {
			r.from--
			r.offset--
			skipped--
		}
	}
}

// skipPadding passes over blanks. It returns io.EOF if nothing comes after.
func (r *Reader) skipPadding() error {
	for {
		if err := r.fill(header2Size); err != nil && err != io.EOF {
			return r.wrap("", err)
		}
		have := r.buf[r.from:r.to]
		if len(have) == 0 {
			return io.EOF
		}
		if !isBlank(have) {
			return nil
		}
		// The header is blank, and so is what follows it in steps of 16
		// bytes: short enough not to swallow the spaces that some sequence
		// numbers begin with.
		n := min(len(have), header2Size)
		for n+16 <= len(have) && isPadding(have[n:n+16]) {
			n += 16
		}
		r.advance(n)
	}
}

// measure returns the length of the record at r.from.
func (r *Reader) measure() (int, error) {
	for {
		length, need, err := measure(r.buf[r.from:r.to], errors.Is(r.err, io.EOF))
		if err != nil || need == 0 {
			return length, err
		}
		if err := r.fill(need); err != nil && err != io.EOF {
			return 0, err
		}
	}
}

// fill reads until n bytes are there. It returns io.EOF if there are fewer.
func (r *Reader) fill(n int) error {
	for r.to-r.from < n {
		if r.err != nil {
			return r.err
		}
		if r.to == len(r.buf) {
			r.makeRoom()
		}
		var got int
		for tries := 0; got == 0 && r.err == nil; tries++ {
			if tries == 100 {
				r.err = io.ErrNoProgress
				break
			}
			got, r.err = r.src.Read(r.buf[r.to:])
		}
		r.to += got
	}
	return nil
}

// makeRoom moves what is left to the front, or doubles the buffer if that
// gives less than half of it.
func (r *Reader) makeRoom() {
	buf := r.buf
	if r.to-r.from > len(buf)/2 {
		buf = make([]byte, 2*len(buf))
	}
	r.to = copy(buf, r.buf[r.from:r.to])
	r.from, r.buf = 0, buf
}

func (r *Reader) advance(n int) {
	r.from += n
	r.offset += int64(n)
}

// wrap says that err concerns the record at r.from.
func (r *Reader) wrap(id string, err error) error {
	return &Error{Record: r.record + 1, Offset: r.offset, ID: id, Err: err}
}
