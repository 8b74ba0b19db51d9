package port

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// How the kinds are laid out, all little endian, offsets counted from the
// start of the body of a batch:
//
//	plain            its memory
//	bool             one byte, 0 or 1
//	string           uvarint length, bytes
//	slice of plain   uvarint 0 for nil, else 1 + 2*length + part; then, when
//	                 part is 0, zeros up to a multiple of 8 and the memory
//	other slice      uvarint 0 for nil, else 1 + length; then the elements
//	array, struct    the elements, the fields
//	pointer          one byte, 0 for nil, else 1 and the value
//	map              uvarint 0 for nil, else 1 + length; then each key and its
//	                 value, sorted by the bytes of the key
//	own binary       uvarint length, bytes
//	own parts        as own binary, then uvarint count, and each part as a
//	                 slice of bytes

// encoder appends the encoding of values to buf.
type encoder struct {
	buf    []byte
	base   int      // where the body of the batch starts in buf
	parts  [][]byte // memory that travels beside the frame
	inline bool     // no parts: all in buf
	err    error
}

func (e *encoder) uvarint(n uint64) { e.buf = binary.AppendUvarint(e.buf, n) }

// keep keeps the first error.
func (e *encoder) keep(err error) {
	if e.err == nil {
		e.err = err
	}
}

func (e *encoder) bytes(b []byte) {
	e.uvarint(uint64(len(b)))
	e.buf = append(e.buf, b...)
}

// memory writes n elements of size bytes each that lie at p.
func (e *encoder) memory(p unsafe.Pointer, n int, size uintptr) {
	b := unsafe.Slice((*byte)(p), uintptr(n)*size)
	if len(b) >= PartSize && !e.inline {
		e.uvarint(1 + 2*uint64(n) + 1)
		e.parts = append(e.parts, b)
		return
	}
	e.uvarint(1 + 2*uint64(n))
	if n == 0 {
		return
	}
	for (len(e.buf)-e.base)%8 != 0 {
		e.buf = append(e.buf, 0)
	}
	e.buf = append(e.buf, b...)
}

// decoder takes values from body, which is memory that the items may keep.
type decoder struct {
	body  []byte
	at    int
	parts [][]byte
}

func (d *decoder) corrupt(what string) error {
	return fmt.Errorf("%w: %s at byte %d of %d", ErrCorrupt, what, d.at, len(d.body))
}

func (d *decoder) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.body[d.at:])
	if n <= 0 {
		return 0, d.corrupt("bad length")
	}
	d.at += n
	return v, nil
}

func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.body)-d.at) {
		return nil, d.corrupt("length beyond the end")
	}
	b := d.body[d.at : d.at+int(n) : d.at+int(n)]
	d.at += int(n)
	return b, nil
}

// roomFor reports whether n values of a form may follow, so that no memory is
// made for more than the body can hold.
func (d *decoder) roomFor(n uint64, f *form) bool {
	return n <= uint64(len(d.body)-d.at)/max(f.least, 1)
}

func (d *decoder) bytes() ([]byte, error) {
	n, err := d.uvarint()
	if err != nil {
		return nil, err
	}
	return d.take(n)
}

// memory is the inverse of encoder.memory; ok is false for nil.
func (d *decoder) memory(size uintptr) (b []byte, n int, ok bool, err error) {
	v, err := d.uvarint()
	if err != nil || v == 0 {
		return nil, 0, false, err
	}
	count, part := (v-1)/2, (v-1)%2 == 1
	if part {
		if len(d.parts) == 0 {
			return nil, 0, false, d.corrupt("a part is missing")
		}
		b, d.parts = d.parts[0], d.parts[1:]
		if have := uint64(len(b)); have%uint64(size) != 0 || have/uint64(size) != count {
			return nil, 0, false, d.corrupt("part of another size")
		}
		return b, int(count), true, nil
	}
	if count == 0 {
		return nil, 0, true, nil
	}
	for d.at%8 != 0 {
		d.at++
	}
	if d.at > len(d.body) || count > uint64(len(d.body)-d.at)/uint64(size) {
		d.at = min(d.at, len(d.body))
		return nil, 0, false, d.corrupt("slice beyond the end")
	}
	b, err = d.take(count * uint64(size))
	return b, int(count), true, err
}
