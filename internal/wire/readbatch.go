package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"

	"github.com/dispel4go/dispel4go/internal/garbage"
)

// batch reads a batch and takes its parts, which are beside the frame or in it.
func (r *Reader) batch(e *Entry) error {
	if r.at == len(r.frame) {
		return r.corrupt("it ends early")
	}
	compression := r.frame[r.at]
	r.at++
	if compression > compressed {
		return fmt.Errorf("%w: unknown compression %d of a batch", ErrVersion, compression)
	}
	if err := r.edge(e); err != nil {
		return err
	}
	if err := r.numbers(&e.To); err != nil {
		return err
	}
	codec, err := r.uvarint()
	if err != nil {
		return err
	}
	if codec > math.MaxUint32 {
		return r.corrupt("the codec is out of range")
	}
	e.Codec = uint32(codec)
	var count int
	if err := r.numbers(&e.Items, &count); err != nil {
		return err
	}
	if compression == compressed {
		return r.packed(e, count)
	}
	if count > r.left {
		return r.corrupt(fmt.Sprintf("%d parts where %d are left", count, r.left))
	}
	r.left -= count
	list := r.at
	if err := r.beside(e, count); err != nil {
		return err
	}
	if err := r.body(e); err != nil || r.flags&flagInline == 0 || count == 0 {
		return err
	}
	return r.inside(e, count, list)
}

// beside reads the list of a batch's parts and, where they are beside the
// frame, takes them and checks them.
func (r *Reader) beside(e *Entry, count int) error {
	inline := r.flags&flagInline != 0
	for i := range count {
		size, sum, err := r.part()
		if err != nil {
			return err
		}
		if inline {
			continue
		}
		if err := r.checkPart(i, r.parts[i], size, sum); err != nil {
			return err
		}
	}
	if !inline && count > 0 {
		e.Parts, r.parts = r.parts[:count:count], r.parts[count:]
	}
	return nil
}

// inside copies parts out of the frame, whose list begins at list.
func (r *Reader) inside(e *Entry, count, list int) error {
	parts := make([][]byte, count)
	for i := range parts {
		bytesAt := r.at
		r.at = list
		size, sum, err := r.part()
		list, r.at = r.at, bytesAt
		if err != nil {
			return err
		}
		if parts[i], err = r.copied(i, size, sum); err != nil {
			return err
		}
	}
	e.Parts = parts
	return nil
}

// copied copies a part that lies here.
func (r *Reader) copied(i int, size uint64, sum uint32) ([]byte, error) {
	if size > uint64(len(r.frame)-r.at) {
		return nil, r.corrupt(fmt.Sprintf("part %d of %d bytes does not fit in the frame", i, size))
	}
	view := r.frame[r.at:][:size]
	if err := r.checkPart(i, view, size, sum); err != nil {
		return nil, err
	}
	part := garbage.Bytes(int(size))
	r.at += copy(part, view)
	return part, nil
}

// part reads one entry of the list of parts.
func (r *Reader) part() (size uint64, sum uint32, err error) {
	if size, err = r.uvarint(); err != nil {
		return 0, 0, err
	}
	if size == 0 {
		return 0, 0, r.corrupt("an empty part")
	}
	if r.flags&flagSums != 0 {
		if len(r.frame)-r.at < 4 {
			return 0, 0, r.corrupt("it ends early")
		}
		sum = binary.LittleEndian.Uint32(r.frame[r.at:])
		r.at += 4
	}
	return size, sum, nil
}

func (r *Reader) checkPart(i int, p []byte, size uint64, want uint32) error {
	if uint64(len(p)) != size {
		return r.corrupt(fmt.Sprintf("part %d has %d bytes, not %d", i, len(p), size))
	}
	if r.flags&flagSums == 0 {
		return nil
	}
	if sum := crc32.Checksum(p, castagnoli); sum != want {
		return r.corrupt(fmt.Sprintf("the checksum of part %d is %08x, not %08x", i, sum, want))
	}
	return nil
}

// body reads the zeros, the length and the body of a batch.
func (r *Reader) body(e *Entry) error {
	start := (r.at + 7) &^ 7
	if len(r.frame)-start < 8 {
		return r.corrupt("it ends early")
	}
	for ; r.at < start; r.at++ {
		if r.frame[r.at] != 0 {
			return r.corrupt("bytes before the body are not zero")
		}
	}
	size := binary.LittleEndian.Uint64(r.frame[r.at:])
	r.at += 8
	if size > uint64(len(r.frame)-r.at) {
		return r.corrupt(fmt.Sprintf("a body of %d bytes does not fit in the frame", size))
	}
	end := r.at + int(size)
	e.Body = r.frame[r.at:end:end]
	r.at = end
	return nil
}
