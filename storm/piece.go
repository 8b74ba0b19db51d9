package storm

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// A piece is what one tuple carries: a frame, or a part of one that is too
// large for Storm's queues, which count tuples and not bytes. As bytes it is a
// head of 24 bytes, little-endian, and then the data:
//
//	 0  epoch of the sender: another program has another
//	 8  number of the piece among those from this sender to this receiver
//	16  length of the whole frame
type piece struct {
	epoch, number, length uint64
	data                  []byte
}

const (
	headSize   = 24 // a multiple of 3, so that in base64 it can be written by itself
	maxPiece   = 192 << 10
	firstAlloc = 4 << 20 // bytes that are believed without having been seen
)

func (p *piece) head() (h [headSize]byte) {
	binary.LittleEndian.PutUint64(h[:], p.epoch)
	binary.LittleEndian.PutUint64(h[8:], p.number)
	binary.LittleEndian.PutUint64(h[16:], p.length)
	return h
}

// readPiece reads a piece from a JSON string in base64. The data is appended to
// dst, which should have room for it.
func readPiece(text []byte, dst func(n int) []byte) (p piece, err error) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return p, fmt.Errorf("%w: a tuple is no string", errMessage)
	}
	text = text[1 : len(text)-1]
	headText := base64.RawURLEncoding.EncodedLen(headSize)
	if len(text) < headText {
		return p, fmt.Errorf("%w: a tuple of %d characters", errMessage, len(text))
	}
	var h [headSize]byte
	if _, err = base64.RawURLEncoding.Decode(h[:], text[:headText]); err != nil {
		return p, fmt.Errorf("%w: %w", errMessage, err)
	}
	p.epoch = binary.LittleEndian.Uint64(h[:])
	p.number = binary.LittleEndian.Uint64(h[8:])
	p.length = binary.LittleEndian.Uint64(h[16:])
	text = text[headText:]
	n := base64.RawURLEncoding.DecodedLen(len(text))
	if uint64(n) > p.length {
		return p, fmt.Errorf("%w: %d bytes of a frame of %d", errMessage, n, p.length)
	}
	p.data = dst(n)[:n]
	if _, err = base64.RawURLEncoding.Decode(p.data, text); err != nil {
		return p, fmt.Errorf("%w: %w", errMessage, err)
	}
	return p, nil
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
