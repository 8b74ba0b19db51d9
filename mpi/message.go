package mpi

import (
	"encoding/binary"
	"fmt"
)

// A message is what travels to the ring of a rank:
//
//	0    number of parts of the frame (4 bytes, little endian, as all is)
//	4    kind (4)
//	8    length of the frame (8)
//	16   the frame, if the kind is whole
//	     sizes of parts (8 each), as many as there is room for
//
// Sizes that had no room follow in messages of kind sizes, whose length is 0.
// The bodies, which are the frame unless it is whole and then the parts, in
// order, are messages with a tag of their own, in pieces if need be. As MPI
// keeps the order of what one rank sends to another under one tag, nothing
// else has to be told.
const headerBytes = 16

// The kinds of messages.
const (
	whole   uint32 = iota // the frame is in the message
	bare                  // the frame is the first body
	sizes                 // more sizes of the frame before
	nothing               // a probe of the link
)

// ringRoom is the longest message but for its header, and ringBytes with it.
// A frame that the engine has filled, of 64 to 96 KiB, is a whole message.
const (
	ringRoom  = 112 << 10
	ringBytes = headerBytes + ringRoom
)

type header struct {
	parts  int
	kind   uint32
	length int
}

func (h header) write(dst []byte) {
	binary.LittleEndian.PutUint32(dst, uint32(h.parts))
	binary.LittleEndian.PutUint32(dst[4:], h.kind)
	binary.LittleEndian.PutUint64(dst[8:], uint64(h.length))
}

// readHeader reads the header of a message of n bytes, header included. It
// returns the number of sizes in it too.
func readHeader(src []byte, n int) (header, int, error) {
	if n < headerBytes {
		return header{}, 0, fmt.Errorf("mpi: a message of %d bytes has no header", n)
	}
	h := header{
		parts:  int(binary.LittleEndian.Uint32(src)),
		kind:   binary.LittleEndian.Uint32(src[4:]),
		length: int(binary.LittleEndian.Uint64(src[8:])),
	}
	rest := n - headerBytes
	if h.kind == whole {
		rest -= h.length
	}
	if h.kind > nothing || h.length < 0 || rest < 0 || rest%8 != 0 {
		return header{}, 0, fmt.Errorf("mpi: a message of %d bytes cannot be of kind %d with a frame of %d", n, h.kind, h.length)
	}
	return h, rest / 8, nil
}
