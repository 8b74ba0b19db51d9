package storm

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// A piece is what one tuple carries: a frame, or a part of one that is too
// large for Storm's queues, which count tuples and not bytes. As bytes it is a
// head of 30 bytes, little-endian, and then the data:
//
//	 0  epoch of the sender: another program has another
//	 8  number of the piece among those from this sender to this receiver
//	16  length of the whole frame
//	24  length of the data, in 4 bytes, and 2 of 0
type piece struct {
	epoch, number, length uint64
	data                  []byte
}

const (
	headSize   = 2 * groupBytes // whole groups, so that it can be written by itself
	maxPiece   = 192 << 10
	firstAlloc = 4 << 20 // bytes that are believed without having been seen
)

func (p *piece) head() (h [headSize]byte) {
	binary.LittleEndian.PutUint64(h[:], p.epoch)
	binary.LittleEndian.PutUint64(h[8:], p.number)
	binary.LittleEndian.PutUint64(h[16:], p.length)
	binary.LittleEndian.PutUint32(h[24:], uint32(len(p.data)))
	return h
}

// readPiece reads a piece from a JSON string, as appendText wrote it. The data
// is in what dst returns, which should have room for n bytes.
func readPiece(text []byte, dst func(n int) []byte) (p piece, err error) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return p, fmt.Errorf("%w: a tuple is no string", errMessage)
	}
	if bytes.IndexByte(text, '\\') >= 0 { // another way to write the same
		var plain string
		if err := json.Unmarshal(text, &plain); err != nil {
			return p, fmt.Errorf("%w: %w", errMessage, err)
		}
		text = []byte(plain)
	} else {
		text = text[1 : len(text)-1]
	}
	if len(text) < textSize(headSize) {
		return p, fmt.Errorf("%w: a tuple of %d bytes", errMessage, len(text))
	}
	var h [headSize]byte
	if err = readText(h[:], text[:textSize(headSize)]); err != nil {
		return p, err
	}
	p.epoch = binary.LittleEndian.Uint64(h[:])
	p.number = binary.LittleEndian.Uint64(h[8:])
	p.length = binary.LittleEndian.Uint64(h[16:])
	n := int(binary.LittleEndian.Uint32(h[24:]))
	switch text = text[textSize(headSize):]; {
	case uint64(n) > p.length:
		return p, fmt.Errorf("%w: %d bytes of a frame of %d", errMessage, n, p.length)
	case n > len(text):
		return p, fmt.Errorf("%w: %d bytes in a text of %d", errMessage, n, len(text))
	}
	p.data = dst(n)[:n]
	return p, readText(p.data, text)
}

// sender is what a rank knows of another one that sends to it.
type sender struct {
	known bool
	epoch uint64
	next  uint64 // number of the piece expected
	frame []byte // as far as it has come
}

// take adds a piece. It returns the frame when that is whole.
func (s *sender) take(p piece) (frame []byte, err error) {
	switch {
	case !s.known:
		s.known, s.epoch = true, p.epoch
	case s.epoch != p.epoch:
		return nil, errRestarted
	}
	if p.number != s.next {
		return nil, fmt.Errorf("piece %d has come where piece %d was expected: Storm has lost or reordered tuples", p.number, s.next)
	}
	s.next++
	switch {
	case len(s.frame) == 0 && uint64(len(p.data)) == p.length:
		return p.data, nil
	case len(p.data) == 0 || uint64(len(s.frame)+len(p.data)) > p.length:
		return nil, fmt.Errorf("%w: a piece of %d bytes at %d of a frame of %d", errMessage, len(p.data), len(s.frame), p.length)
	case s.frame == nil:
		s.frame = make([]byte, 0, min(p.length, firstAlloc))
	}
	if s.frame = append(s.frame, p.data...); uint64(len(s.frame)) < p.length {
		return nil, nil
	}
	frame, s.frame = s.frame, nil
	return frame, nil
}
