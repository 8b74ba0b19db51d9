package wire

import (
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/dispel4go/dispel4go/internal/kernel"
)

// A Method is a way to make bytes smaller. It is on the wire.
type Method uint8

// The methods. Those that take bytes for words are right for any bytes, and
// make them smaller only where they are such words.
const (
	// Stored: as they are.
	Stored Method = iota
	// Delta4 and Delta8: words of 4 or 8 bytes, each as its difference to the
	// one before, in as many bits as the differences around it take.
	Delta4
	Delta8
	// Integers4 and Integers8: float32 and float64 that are all integers of
	// 32 bits, as Delta4 packs those.
	Integers4
	Integers8
	// S2 and Zstd: by github.com/klauspost/compress, after a shuffle of the
	// bytes of words of 4 or 8 where the name says so.
	S2
	S2Shuffle4
	S2Shuffle8
	Zstd
	ZstdShuffle4
	ZstdShuffle8
	methods
)

var methodNames = [methods]string{"stored", "delta4", "delta8", "integers4", "integers8",
	"s2", "s2 shuffle4", "s2 shuffle8", "zstd", "zstd shuffle4", "zstd shuffle8"}

// String is the method's name.
func (m Method) String() string {
	if m < methods {
		return methodNames[m]
	}
	return "unknown"
}

// width is the bytes of the words that a method sees, 1 where it sees none.
func (m Method) width() int {
	switch m {
	case Delta4, Integers4, S2Shuffle4, ZstdShuffle4:
		return 4
	case Delta8, Integers8, S2Shuffle8, ZstdShuffle8:
		return 8
	}
	return 1
}

const (
	// chunk is how many bytes are packed at a time: few enough for the cache.
	chunk = 64 << 10
	// expansion is how many bytes one packed byte may stand for, so that a
	// frame cannot make a reader allocate without bound.
	expansion = 1024
)

// ErrPacked is wrapped by what Unpack returns for bytes that Pack has not made.
var ErrPacked = errors.New("wire: packed bytes are corrupt")

// scratch is what packing and unpacking need beside source and destination.
type scratch struct {
	ints  [chunk / 4]int32
	bytes [chunk]byte // behind what aligns it
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Coders of zstd, made by the first that needs them: they take some MiB. Both
// may be used by several goroutines at once.
var (
	zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(chunk),
			zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic(err) // the options are constant
		}
		return e
	})
	zstdDecoder = sync.OnceValue(func() *zstd.Decoder {
		d, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderMaxWindow(1<<20))
		if err != nil {
			panic(err)
		}
		return d
	})
)

// PackedBound is how much room Pack needs behind dst for n bytes, so that it
// makes none itself.
func PackedBound(n int) int {
	one := min(n, chunk)
	room := 1 + max(kernel.PackedBound(one), codedBound(one)+binary.MaxVarintLen64) + 8
	if n > chunk {
		room += n // what came before is smaller than it was
	}
	return room
}

// Pack appends src to dst by a method and reports whether that made it smaller,
// by a sixteenth at least. Where it did not, what is behind the end of dst is as
// it happens to be.
//
// The layout: the method, a byte; then src in pieces of 64 KiB, the last one
// shorter, each followed by what of it is no whole word, as it is. What S2 and
// zstd make has its length before it (uvarint). At the end are zeros where less
// than a byte in 1024 would be left.
func Pack(dst, src []byte, m Method) ([]byte, bool) {
	if m == Stored || len(src) == 0 {
		return dst, false
	}
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	start := len(dst)
	dst = append(dst, byte(m))
	for at := 0; at < len(src); at += chunk {
		end := min(at+chunk, len(src))
		var ok bool
		if dst, ok = x.pack(dst, src[at:end], m); !ok || len(dst)-start > end-end/16 {
			return dst[:start], false
		}
	}
	for least := (len(src) + expansion - 1) / expansion; len(dst)-start < least; {
		dst = append(dst, 0)
	}
	return dst, true
}

// Unpack fills dst with what Pack has made packed of.
func Unpack(dst, packed []byte) error {
	if len(packed) == 0 || packed[0] == 0 || Method(packed[0]) >= methods {
		return errMethod
	}
	m, src := Method(packed[0]), packed[1:]
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	for len(dst) > 0 {
		n := min(chunk, len(dst))
		rest, ok := x.unpack(dst[:n:n], src, m)
		if !ok {
			return errContent
		}
		dst, src = dst[n:], rest
	}
	for _, b := range src {
		if b != 0 {
			return errRest
		}
	}
	return nil
}

var (
	errMethod  = wrapped("by no known method")
	errContent = wrapped("they do not fill what they stand for")
	errRest    = wrapped("some are left over")
)

func wrapped(what string) error { return &packedError{what} }

type packedError struct{ what string }

func (e *packedError) Error() string { return ErrPacked.Error() + ": " + e.what }
func (e *packedError) Unwrap() error { return ErrPacked }

// pack appends a piece.
func (x *scratch) pack(dst, src []byte, m Method) ([]byte, bool) {
	w := m.width()
	words := src[:len(src)-len(src)%w]
	ok := true
	switch m {
	case Delta4, Delta8:
		dst = kernel.PackDelta(dst, words, w)
	case Integers4, Integers8:
		ints := x.ints[:len(words)/w]
		if ok = x.integers(ints, words, w); ok {
			dst = kernel.PackDelta(dst, bytesOf(ints), 4)
		}
	default:
		if w > 1 {
			kernel.Shuffle(x.bytes[:len(words)], words, w)
			words = x.bytes[:len(words)]
		}
		dst = encode(dst, words, m)
	}
	return append(dst, src[len(src)-len(src)%w:]...), ok
}

// encode appends what a coder makes of src, behind its length.
func encode(dst, src []byte, m Method) []byte {
	at, room := len(dst), codedBound(len(src))
	// The coder writes behind room for the length, which may take less.
	head := len(binary.AppendUvarint(dst, uint64(room))) - at
	dst = grown(dst, head+room)
	var coded []byte
	if m >= Zstd {
		coded = zstdEncoder().EncodeAll(src, dst[at+head:at+head])
	} else {
		coded = s2.Encode(dst[at+head:], src)
	}
	n := len(binary.AppendUvarint(dst[:at], uint64(len(coded))))
	return append(dst[:n], coded...) // which overlap, and move down if at all
}

// unpack fills dst with a piece and returns what comes behind it.
func (x *scratch) unpack(dst, src []byte, m Method) (rest []byte, ok bool) {
	w := m.width()
	words, odd := dst[:len(dst)-len(dst)%w], dst[len(dst)-len(dst)%w:]
	switch m {
	case Delta4, Delta8:
		rest, ok = kernel.UnpackDelta(words, src, w)
	case Integers4, Integers8:
		ints := x.ints[:len(words)/w]
		if rest, ok = kernel.UnpackDelta(bytesOf(ints), src, 4); ok {
			x.floats(words, ints, w)
		}
	default:
		to := words
		if w > 1 {
			to = x.bytes[:len(words):len(words)]
		}
		if rest, ok = decode(to, src, m); ok && w > 1 {
			kernel.Unshuffle(words, to, w)
		}
	}
	if !ok || len(rest) < len(odd) {
		return nil, false
	}
	return rest[copy(odd, rest):], true
}

// decode fills dst with what encode has made src of.
func decode(dst, src []byte, m Method) (rest []byte, ok bool) {
	size, n := binary.Uvarint(src)
	if n <= 0 || size > uint64(len(src)-n) {
		return nil, false
	}
	coded, rest := src[n:n+int(size)], src[n+int(size):]
	if m >= Zstd {
		out, err := zstdDecoder().DecodeAll(coded, dst[:0:len(dst)])
		return rest, err == nil && len(out) == len(dst)
	}
	if n, err := s2.DecodedLen(coded); err != nil || n != len(dst) {
		return nil, false
	}
	_, err := s2.Decode(dst, coded)
	return rest, err == nil
}

// codedBound is how many bytes a coder makes of n at most.
func codedBound(n int) int { return s2.MaxEncodedLen(n) + 64 }

// bytesOf is the memory of ints.
func bytesOf(ints []int32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(ints))), 4*len(ints))
}

// grown returns dst longer by n bytes, which are not set.
func grown(dst []byte, n int) []byte {
	if cap(dst)-len(dst) < n {
		dst = append(make([]byte, 0, len(dst)+n), dst...)
	}
	return dst[:len(dst)+n]
}

// integers reads floats of so many bytes that are integers, and reports whether
// all are: they come back in every bit, so -0 is none.
func (x *scratch) integers(dst []int32, src []byte, width int) bool {
	if width == 4 {
		if !aligned(src) {
			src = x.bytes[:copy(x.bytes[:], src)]
		}
		return kernel.Integers(dst, singles(src))
	}
	for i := range dst {
		b := binary.LittleEndian.Uint64(src[8*i:])
		v := math.Float64frombits(b)
		if !(v >= math.MinInt32 && v <= math.MaxInt32) {
			return false
		}
		dst[i] = int32(v)
		if math.Float64bits(float64(dst[i])) != b {
			return false
		}
	}
	return true
}

// floats is the inverse of integers.
func (x *scratch) floats(dst []byte, src []int32, width int) {
	switch {
	case width == 8:
		for i, v := range src {
			binary.LittleEndian.PutUint64(dst[8*i:], math.Float64bits(float64(v)))
		}
	case aligned(dst):
		kernel.Floats(singles(dst), src)
	default:
		there := x.bytes[:len(dst)]
		kernel.Floats(singles(there), src)
		copy(dst, there)
	}
}

// aligned reports whether bytes may be looked at as float32.
func aligned(b []byte) bool { return uintptr(unsafe.Pointer(unsafe.SliceData(b)))%4 == 0 }

func singles(b []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
