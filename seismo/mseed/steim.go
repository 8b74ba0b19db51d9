package mseed

import (
	"encoding/binary"
	"fmt"
)

// A Steim frame is 64 bytes: a control word of sixteen 2-bit codes, and 15
// words that the codes 1 to 15 describe. Words 1 and 2 of the first frame are
// the first and the last sample (the forward and the reverse integration
// constant), all others hold differences of neighbouring samples:
//
//	code   Steim 1     Steim 2, by the two highest bits of the word
//	                   00       01       10       11
//	0      nothing     nothing, always
//	1      4 x 8       4 x 8, always (the word has no such bits)
//	2      2 x 16      invalid  1 x 30   2 x 15   3 x 10
//	3      1 x 32      5 x 6    6 x 5    7 x 4    invalid
//
// Differences fill the low end of the word, the first one highest. The first
// difference of a record leads from the last sample of the record before; it
// is not needed here, since the first sample itself is known.
// Source: SEED manual 2.4, appendix B.
const (
	frameSize  = 64
	frameWords = 15
)

// packing says how the differences lie in a word. Difference i is
// int32(word*lift[i]) >> drop: the multiplication lifts its highest bit to bit
// 31, the shift brings it down with its sign. Lifts from n on are zero.
type packing struct {
	lift [7]uint32
	drop uint32
	n    int
	bad  uint32 // 1 where no encoder writes this combination
}

func pack(n, width int) (p packing) {
	if n == 0 {
		return p
	}
	p.n, p.drop = n, uint32(32-width)
	for i := range n {
		p.lift[i] = 1 << (32 - n*width + i*width)
	}
	return p
}

var invalid = packing{bad: 1}

// steim1 and steim2 are indexed by code<<2 | the two highest bits of the word.
var (
	steim1 = [16]packing{
		4: pack(4, 8), 5: pack(4, 8), 6: pack(4, 8), 7: pack(4, 8),
		8: pack(2, 16), 9: pack(2, 16), 10: pack(2, 16), 11: pack(2, 16),
		12: pack(1, 32), 13: pack(1, 32), 14: pack(1, 32), 15: pack(1, 32),
	}
	steim2 = [16]packing{
		4: pack(4, 8), 5: pack(4, 8), 6: pack(4, 8), 7: pack(4, 8),
		8: invalid, 9: pack(1, 30), 10: pack(2, 15), 11: pack(3, 10),
		12: pack(5, 6), 13: pack(6, 5), 14: pack(7, 4), 15: invalid,
	}
)

// steimCapacity returns the most samples in size bytes of Steim frames with at
// most perWord differences to the word.
func steimCapacity(size, perWord int) int {
	frames := size / frameSize
	if frames == 0 {
		return 0
	}
	return (frames*frameWords - 2) * perWord
}

// decodeSteim fills dst from Steim frames, whose words are little endian where
// little is set. The caller has checked that frames can hold that many samples.
func decodeSteim(dst []int32, frames []byte, little bool, packings *[16]packing) error {
	if len(dst) == 0 {
		return nil
	}
	var (
		first, last int32 // what the first and the last sample should be
		x           int32 // the sample before dst[k]
		k           int   // samples decoded
		swapped     [frameSize]byte
	)
	for start := 3; k < len(dst) && len(frames) >= frameSize; start = 1 {
		frame := (*[frameSize]byte)(frames)
		frames = frames[frameSize:]
		if little {
			swapFrame(&swapped, frame, packings == &steim1)
			frame = &swapped
		}
		if start == 3 {
			first = int32(binary.BigEndian.Uint32(frame[4:]))
			last = int32(binary.BigEndian.Uint32(frame[8:]))
		}
		n, sum, ok := decodeFrame(dst[k:], frame, start, x, packings)
		if !ok {
			return fmt.Errorf("%w: invalid code in a Steim frame", ErrData)
		}
		x = sum
		if k == 0 && n > 0 {
			// So far the samples begin with the first difference instead of
			// the first sample: move them to where they belong.
			shift := first - dst[0]
			for i := range dst[:n] {
				dst[i] += shift
			}
			x += shift
		}
		k += n
	}
	if k < len(dst) {
		return fmt.Errorf("%w: Steim frames end after %d of %d samples", ErrData, k, len(dst))
	}
	if x != last {
		return fmt.Errorf("%w: the last sample is %d and should be %d", ErrIntegrity, x, last)
	}
	return nil
}

// decodeFrame adds the differences of a frame from word start on to x, one
// after the other, writes the sums to dst until it is full, and returns how
// many they are and the last one; !ok if there is a code that does not exist.
//
// There is no branch on the packing, which is as good as random from word to
// word: seven differences are taken from every word, those that do not exist
// are zero, and the next word overwrites what they leave.
func decodeFrame(dst []int32, frame *[frameSize]byte, start int, x int32, packings *[16]packing) (n int, sum int32, ok bool) {
	codes := binary.BigEndian.Uint32(frame[:]) << (2 * start & 31)
	var bad uint32
	i := start
	for ; i <= frameWords && len(dst)-n >= 7; i++ {
		w := binary.BigEndian.Uint32(frame[4*i&(frameSize-4):])
		p := &packings[(codes>>30<<2|w>>30)&15]
		codes <<= 2
		bad |= p.bad
		d := (*[7]int32)(dst[n:])
		drop := p.drop & 31
		x += int32(w*p.lift[0]) >> drop
		d[0] = x
		x += int32(w*p.lift[1]) >> drop
		d[1] = x
		x += int32(w*p.lift[2]) >> drop
		d[2] = x
		x += int32(w*p.lift[3]) >> drop
		d[3] = x
		x += int32(w*p.lift[4]) >> drop
		d[4] = x
		x += int32(w*p.lift[5]) >> drop
		d[5] = x
		x += int32(w*p.lift[6]) >> drop
		d[6] = x
		n += p.n
	}
	for ; i <= frameWords && n < len(dst); i++ { // no room for seven
		w := binary.BigEndian.Uint32(frame[4*i&(frameSize-4):])
		p := &packings[(codes>>30<<2|w>>30)&15]
		codes <<= 2
		bad |= p.bad
		for j := 0; j < p.n && n < len(dst); j++ {
			x += int32(w*p.lift[j]) >> (p.drop & 31)
			dst[n] = x
			n++
		}
	}
	return n, x, bad == 0
}

// swapFrame sets dst to the big endian form of the little endian frame src.
// What is little endian is each number of a Steim 1 frame for itself, so that
// bytes stay and halves are swapped; in Steim 2 only four bytes are whole
// numbers, all other words are swapped as one (so libmseed writes and reads).
func swapFrame(dst, src *[frameSize]byte, steim1 bool) {
	permute(dst, src, binary.LittleEndian.Uint32(src[:]), steim1)
}

// littleFrame is the inverse of swapFrame, in place.
func littleFrame(frame *[frameSize]byte, steim1 bool) {
	src := *frame
	permute(frame, &src, binary.BigEndian.Uint32(src[:]), steim1)
}

// permute changes the byte order of each number of a frame with those codes.
func permute(dst, src *[frameSize]byte, codes uint32, steim1 bool) {
	for i := 0; i < frameSize; i += 4 {
		in, out := src[i:i+4:i+4], dst[i:i+4:i+4]
		switch code := codes >> 30; {
		case code == 1:
			out[0], out[1], out[2], out[3] = in[0], in[1], in[2], in[3]
		case code == 2 && steim1:
			out[0], out[1], out[2], out[3] = in[1], in[0], in[3], in[2]
		default:
			out[0], out[1], out[2], out[3] = in[3], in[2], in[1], in[0]
		}
		codes <<= 2
	}
}
