package kernel

import (
	"encoding/binary"
	"math/bits"
)

// A block is what PackDelta packs to one width: rows of as many words as fit
// into 32 bytes. Words that stand one below the other are packed into one lane,
// so that a row is one vector and no word is cut at the end of a byte.
const (
	rowBytes  = 32
	blockRows = 32
	blockSize = rowBytes * blockRows
)

// PackedBound returns how many bytes PackDelta appends at most for n bytes.
func PackedBound(n int) int {
	blocks := (n + blockSize - 1) / blockSize
	return 8 + blocks + (n+rowBytes-1)/rowBytes*rowBytes
}

// PackDelta appends the words of src to dst, each as its difference to the one
// before, and each block of 1 KiB with as few bits a word as its greatest
// difference takes. Words are little-endian, of width bytes, 4 or 8; len(src) is
// a multiple of width. dst and src do not overlap.
//
// The layout: the first word; then of each block the number of bits, a byte, and
// the differences in zigzag (0, -1, 1, -2, ...), those of one lane one after the
// other from the lowest bit of its words up, the words of all lanes in turn.
func PackDelta(dst, src []byte, width int) []byte {
	checkWords(len(src), width)
	if len(src) == 0 {
		return dst
	}
	dst = append(dst, src[:width]...)
	var z block
	prev := first(src, width)
	for at := 0; at < len(src); at += blockSize {
		words := src[at:min(at+blockSize, len(src))]
		rows := (len(words) + rowBytes - 1) / rowBytes
		var used uint64
		used, prev = z.differences(words, width, prev)
		w := bits.Len64(used)
		dst = append(dst, byte(w))
		from := len(dst)
		dst = grown(dst, packedRows(rows, w, width)*rowBytes)
		z.pack(dst[from:], rows, w, width)
	}
	return dst
}

// UnpackDelta fills dst with words that PackDelta packed and returns what of src
// comes after them. It reports false, and leaves dst as it happens to be, where
// src is too short or asks for more bits than a word has.
func UnpackDelta(dst, src []byte, width int) (rest []byte, ok bool) {
	checkWords(len(dst), width)
	if len(dst) == 0 {
		return src, true
	}
	if len(src) < width {
		return nil, false
	}
	var z block
	prev := first(src, width)
	src = src[width:]
	for at := 0; at < len(dst); at += blockSize {
		words := dst[at:min(at+blockSize, len(dst))]
		rows := (len(words) + rowBytes - 1) / rowBytes
		if len(src) == 0 || int(src[0]) > 8*width {
			return nil, false
		}
		w := int(src[0])
		n := packedRows(rows, w, width) * rowBytes
		if len(src)-1 < n {
			return nil, false
		}
		z.unpack(src[1:1+n], rows, w, width)
		prev = z.sums(words, width, prev)
		src = src[1+n:]
	}
	return src, true
}

// packedRows is how many rows the packed words of so many take.
func packedRows(rows, w, width int) int { return (rows*w + 8*width - 1) / (8 * width) }

func checkWords(n, width int) {
	if width != 4 && width != 8 || n%width != 0 {
		panic("kernel: bytes that are no words of 4 or 8")
	}
}

func first(src []byte, width int) uint64 {
	if width == 4 {
		return uint64(binary.LittleEndian.Uint32(src))
	}
	return binary.LittleEndian.Uint64(src)
}

// grown returns dst longer by n bytes, which are not cleared where they were
// there.
func grown(dst []byte, n int) []byte {
	if cap(dst)-len(dst) < n {
		dst = append(dst, make([]byte, n)...)
		return dst
	}
	return dst[:len(dst)+n]
}

// block is the differences of a block in zigzag, as words of either width.
type block struct {
	narrow [blockSize / 4]uint32
	wide   [blockSize / 8]uint64
}

// differences sets the block to the differences of the words, those that are
// missing in the last row to 0. It returns all their bits and the last word.
func (z *block) differences(words []byte, width int, prev uint64) (used, last uint64) {
	if width == 4 {
		used, last := differences4Plain(&z.narrow, words, uint32(prev))
		return uint64(used), uint64(last)
	}
	return differences8Plain(&z.wide, words, prev)
}

func (z *block) sums(words []byte, width int, prev uint64) (last uint64) {
	if width == 4 {
		return uint64(sums4Plain(words, &z.narrow, uint32(prev)))
	}
	return sums8Plain(words, &z.wide, prev)
}

func (z *block) pack(dst []byte, rows, w, width int) {
	if width == 4 {
		pack4Plain(dst, &z.narrow, rows, w)
	} else {
		pack8Plain(dst, &z.wide, rows, w)
	}
}

func (z *block) unpack(src []byte, rows, w, width int) {
	if width == 4 {
		unpack4Plain(&z.narrow, src, rows, w)
	} else {
		unpack8Plain(&z.wide, src, rows, w)
	}
}
