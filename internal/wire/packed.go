package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// A Packing says how a batch is to be packed.
type Packing struct{ Body, Parts Method }

// Packed is what has come of it: the bytes of what there was to pack, and what
// they take now, also where they are as they were.
type Packed struct{ Body, PackedBody, Parts, PackedParts int }

// PackedBatch is Batch for one whose body and parts lie in memory and are to be
// packed. What its method does not make smaller is written as by Batch, so that
// parts of that kind must stay as they are until the transport has read them; of
// what is packed nothing is needed any more when PackedBatch returns.
func (w *Writer) PackedBatch(h BatchHeader, body []byte, parts [][]byte, how Packing) (got Packed) {
	need := PackedOverhead + len(parts)*PackedPartOverhead + max(len(body), PackedBound(len(body)))
	w.reserve(need)
	w.batch(h, compressed, len(parts))
	list := w.n
	for _, p := range parts {
		if len(p) == 0 {
			panic("wire: empty part")
		}
		w.uvarint(uint64(len(p)))
		w.n += 8 // of the packed bytes, or 0
		if w.opts.Check {
			w.n += 4
		}
	}
	size := w.n // of the body, if it is packed
	w.n += 8
	w.pad()
	length := w.n
	w.n += 8
	took, small := w.pack(body, how.Body)
	if small {
		binary.LittleEndian.PutUint64(w.frame[size:], uint64(len(body)))
	} else {
		binary.LittleEndian.PutUint64(w.frame[size:], 0)
		took = copy(w.frame[w.n:], body)
		w.n += took
	}
	binary.LittleEndian.PutUint64(w.frame[length:], uint64(took))
	if how.Body != Stored {
		got.Body, got.PackedBody = len(body), took
	}

	var stored [][]byte
	for _, p := range parts {
		w.reserve(PackedBound(len(p)))
		took, small := w.pack(p, how.Parts)
		sum, takes := uint32(0), took
		if !small {
			takes = len(p)
			stored = append(stored, p)
			if w.opts.Check {
				sum = crc32.Checksum(p, castagnoli)
			}
		}
		if how.Parts != Stored {
			got.Parts, got.PackedParts = got.Parts+len(p), got.PackedParts+takes
		}
		for w.frame[list] >= 0x80 { // the length is there already
			list++
		}
		list++
		binary.LittleEndian.PutUint64(w.frame[list:], uint64(took))
		list += 8
		if w.opts.Check {
			binary.LittleEndian.PutUint32(w.frame[list:], sum)
			list += 4
		}
	}
	w.nparts += len(stored)
	w.add(stored)
	w.checksum()
	return got
}

// pack packs src behind what is written, where there is room, and reports
// whether that made it smaller; else nothing is written.
func (w *Writer) pack(src []byte, m Method) (n int, small bool) {
	out, small := Pack(w.frame[w.n:w.n:len(w.frame)], src, m)
	if small {
		w.n += len(out)
	}
	return len(out), small
}

// Size is how long the body of a Batch is, unpacked.
func (e *Entry) Size() int {
	if e.Unpacked > 0 {
		return e.Unpacked
	}
	return len(e.Body)
}

// A PackedPart is a part of a Batch that has to be unpacked.
type PackedPart struct {
	At       int    // which of the Parts, where nil is
	Unpacked int    // its length
	Packed   []byte // for Unpack: a view into the frame
}

// packed reads what PackedBatch has written behind its header, in which so many
// parts are.
func (r *Reader) packed(e *Entry, count int) error {
	list := r.at
	stored := 0
	for i := range count {
		p, err := r.packedPart(i)
		if err != nil {
			return err
		}
		if p.packed == 0 {
			stored++
		}
	}
	if len(r.frame)-r.at < 8 {
		return r.corrupt("it ends early")
	}
	size := binary.LittleEndian.Uint64(r.frame[r.at:])
	r.at += 8
	if err := r.body(e); err != nil {
		return err
	}
	if size > 0 {
		if err := r.bounded("the body", size, uint64(len(e.Body))); err != nil {
			return err
		}
		e.Unpacked = int(size)
	}
	if count > 0 {
		return r.packedParts(e, count, stored, list)
	}
	return nil
}

// packedParts makes the list of parts: those that are packed, behind the body,
// then the others, beside the frame or inside it.
func (r *Reader) packedParts(e *Entry, count, stored, list int) error {
	if stored > r.left {
		return r.corrupt(fmt.Sprintf("%d parts where %d are left", stored, r.left))
	}
	r.left -= stored
	inline := r.flags&flagInline != 0
	e.Parts = make([][]byte, count)
	for pass := range 2 { // the packed ones come first
		end := r.at
		r.at = list
		for i := range count {
			p, err := r.packedPart(i)
			if err != nil {
				return err
			}
			if (p.packed == 0) != (pass == 1) {
				continue
			}
			at := r.at
			r.at = end
			if pass == 0 {
				err = r.squeezed(e, i, p)
			} else {
				err = r.stored(e, i, p, inline)
			}
			if end, r.at = r.at, at; err != nil {
				return err
			}
		}
		r.at = end
	}
	return nil
}

// squeezed notes a packed part that lies here.
func (r *Reader) squeezed(e *Entry, i int, p partInfo) error {
	if p.packed > uint64(len(r.frame)-r.at) {
		return r.corrupt(fmt.Sprintf("part %d of %d packed bytes does not fit in the frame", i, p.packed))
	}
	end := r.at + int(p.packed)
	e.Packed = append(e.Packed, PackedPart{At: i, Unpacked: int(p.size), Packed: r.frame[r.at:end:end]})
	r.at = end
	return nil
}

// stored takes a part that is not packed.
func (r *Reader) stored(e *Entry, i int, p partInfo, inline bool) (err error) {
	if inline {
		e.Parts[i], err = r.copied(i, p.size, p.sum)
		return err
	}
	e.Parts[i], r.parts = r.parts[0], r.parts[1:]
	return r.checkPart(i, e.Parts[i], p.size, p.sum)
}

// A partInfo is a line of the list of parts.
type partInfo struct {
	size, packed uint64
	sum          uint32
}

func (r *Reader) packedPart(i int) (p partInfo, err error) {
	if p.size, err = r.uvarint(); err != nil {
		return p, err
	}
	need := 8
	if r.flags&flagSums != 0 {
		need += 4
	}
	switch {
	case p.size == 0:
		return p, r.corrupt("an empty part")
	case len(r.frame)-r.at < need:
		return p, r.corrupt("it ends early")
	}
	p.packed = binary.LittleEndian.Uint64(r.frame[r.at:])
	if need > 8 {
		p.sum = binary.LittleEndian.Uint32(r.frame[r.at+8:])
	}
	r.at += need
	if p.packed == 0 {
		return p, nil
	}
	if p.sum != 0 {
		return p, r.corrupt(fmt.Sprintf("part %d is packed and has a checksum of its own", i))
	}
	return p, r.bounded(fmt.Sprintf("part %d", i), p.size, p.packed)
}

// bounded refuses what would unpack to more than Pack makes so small.
func (r *Reader) bounded(what string, size, packed uint64) error {
	if packed > uint64(len(r.frame)) || size > packed*expansion || size > math.MaxInt {
		return r.corrupt(fmt.Sprintf("%s of %d bytes is packed into %d", what, size, packed))
	}
	return nil
}
