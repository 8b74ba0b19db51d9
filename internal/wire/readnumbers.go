package wire

import (
	"encoding/binary"
	"fmt"
	"math"
)

// edge reads an edge and an instance at its source.
func (r *Reader) edge(e *Entry) error { return r.numbers(&e.Edge, &e.From) }

// numbers reads what Writer.number has written.
func (r *Reader) numbers(dst ...*int) error {
	for _, d := range dst {
		v, err := r.uvarint()
		if err != nil {
			return err
		}
		if v > math.MaxInt32 {
			return r.corrupt(fmt.Sprintf("the number %d is out of range", v))
		}
		*d = int(v)
	}
	return nil
}

func (r *Reader) uvarint() (uint64, error) {
	if r.at < len(r.frame) && r.frame[r.at] < 0x80 { // most are small
		r.at++
		return uint64(r.frame[r.at-1]), nil
	}
	v, n := binary.Uvarint(r.frame[r.at:])
	if n <= 0 {
		return 0, r.corrupt("a number ends early or is too long")
	}
	r.at += n
	return v, nil
}

func (r *Reader) varint() (int64, error) {
	v, n := binary.Varint(r.frame[r.at:])
	if n <= 0 {
		return 0, r.corrupt("a number ends early or is too long")
	}
	r.at += n
	return v, nil
}

// text is a view into the frame.
func (r *Reader) text() ([]byte, error) {
	size, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	if size > uint64(len(r.frame)-r.at) {
		return nil, r.corrupt(fmt.Sprintf("a text of %d bytes does not fit in the frame", size))
	}
	end := r.at + int(size)
	b := r.frame[r.at:end:end]
	r.at = end
	return b, nil
}
