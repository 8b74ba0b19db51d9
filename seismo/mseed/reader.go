package mseed

import (
	"errors"
	"fmt"
	"io"
	"os"
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
	record int   // records passed
	lost   bool  // what is at buf[from] is no record
	names  names
}

const bufferSize = 64 << 10

// size is how long the stream is, counted from where reading began; 0 if it
// cannot tell.
func (r *Reader) size() int64 {
	switch src := r.src.(type) {
	case interface{ Len() int }:
		return int64(src.Len())
	case *os.File:
		if info, err := src.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size()
		}
	}
	return 0
}

// NewReader returns a Reader of src. It reads ahead.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, bufferSize), names: names{}}
}

// Next sets rec to the next record, whose memory is valid until the next call.
// It skips padding between records. It returns io.EOF, bare, at the end of the
// stream; every other error is an *Error that wraps one of
//
//   - ErrNotMiniSEED, ErrHeader: garbage, or a record that cannot be made out;
//   - ErrCRC, ErrData: a record that is damaged;
//   - io.ErrUnexpectedEOF: a last record that is cut off;
//   - what src returned.
//
// After an error, but that of src, Next may be called again: it goes on behind
// the damaged record, or with the next thing that looks like a record.
func (r *Reader) Next(rec *Record) error {
	if r.lost {
		if err := r.resync(); err != nil {
			return err
		}
	}
	if err := r.skipPadding(); err != nil {
		return err
	}
	length, err := r.measure()
	if err == nil && length > maxRecord {
		err = fmt.Errorf("%w: a record of %d bytes is longer than any that is read (%d)", ErrHeader, length, maxRecord)
	}
	if err == nil {
		err = r.fill(length)
		if err == io.EOF {
			err = fmt.Errorf("record of %d bytes cut off after %d: %w", length, r.to-r.from, io.ErrUnexpectedEOF)
		}
	}
	if err != nil {
		r.lost = true
		return r.wrap(err)
	}
	r.record++
	rec.Number, rec.Offset, rec.names = r.record, r.offset, r.names
	err = rec.parse(r.buf[r.from : r.from+length : r.from+length])
	if err != nil {
		err = rec.wrap(err)
	}
	r.advance(length)
	return err
}

// resync skips bytes, at least one, up to the next thing that looks like a
// record. It returns io.EOF when there is none.
func (r *Reader) resync() error {
	for r.advance(min(1, r.to-r.from)); ; {
		if err := r.fill(header2Size); err == io.EOF {
			return io.EOF // no room for a header
		} else if err != nil {
			return r.wrap(err)
		}
		have := r.buf[r.from:r.to]
		for i := 0; i+header2Size <= len(have); i++ {
			b := have[i:]
			if !isHeader2(b) && !isHeader3(b) {
				continue
			}
			if _, ok := order2(b); ok || isHeader3(b) {
				r.advance(i)
				r.lost = false
				return nil
			}
		}
		r.advance(len(have) - header2Size + 1)
	}
}

// skipPadding passes over blanks. It returns io.EOF if nothing comes after.
func (r *Reader) skipPadding() error {
	for blank := false; ; {
		if err := r.fill(header2Size + 1); err != nil && err != io.EOF {
			return r.wrap(err)
		}
		have := r.buf[r.from:r.to]
		if len(have) == 0 {
			return io.EOF
		}
		if !blank {
			if !isBlank(have) {
				return nil
			}
			blank = true
			r.advance(min(len(have), header2Size))
			continue
		}
		// Some sequence numbers begin with spaces or zeros: look for a header
		// at each of them.
		end := len(have)
		if r.err == nil {
			end -= header2Size
		}
		i := 0
		for i < end && (have[i] == ' ' || have[i] == 0) && !isHeader2(have[i:]) {
			i++
		}
		r.advance(i)
		blank = i > 0 && i == end
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

// wrap says that err concerns what is at r.from.
func (r *Reader) wrap(err error) error {
	return &Error{Record: r.record + 1, Offset: r.offset, Err: err}
}

// failed reports whether the source itself has failed.
func (r *Reader) failed() bool { return r.err != nil && r.err != io.EOF }
