package mseed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// plainSteim decodes Steim frames bit by bit, as the SEED manual describes
// them: the plain twin of decodeSteim. It returns as many samples as are asked
// for, or an error.
func plainSteim(frames []byte, n int, enc Encoding) ([]int32, error) {
	bit := func(word, i int) int32 { // bit i of a word, the highest is 0
		return int32(frames[4*word+i/8]>>(7-i%8)) & 1
	}
	field := func(word, from, width int) int32 { // two's complement
		v := -bit(word, from)
		for i := from + 1; i < from+width; i++ {
			v = v*2 + bit(word, i)
		}
		return v
	}
	var diffs []int32
	for word := 0; word < len(frames)/64*16 && len(diffs) < n; word++ {
		if word%16 == 0 || word == 1 || word == 2 {
			continue
		}
		code := fmt.Sprint(bit(word-word%16, 2*(word%16)), bit(word-word%16, 2*(word%16)+1))
		high := fmt.Sprint(bit(word, 0), bit(word, 1))
		var count, width, from int
		switch {
		case code == "0 0":
			continue
		case code == "0 1":
			count, width, from = 4, 8, 0
		case enc == Steim1 && code == "1 0":
			count, width, from = 2, 16, 0
		case enc == Steim1:
			count, width, from = 1, 32, 0
		case code == "1 0" && high == "0 1":
			count, width, from = 1, 30, 2
		case code == "1 0" && high == "1 0":
			count, width, from = 2, 15, 2
		case code == "1 0" && high == "1 1":
			count, width, from = 3, 10, 2
		case code == "1 1" && high == "0 0":
			count, width, from = 5, 6, 2
		case code == "1 1" && high == "0 1":
			count, width, from = 6, 5, 2
		case code == "1 1" && high == "1 0":
			count, width, from = 7, 4, 4
		default:
			return nil, ErrData
		}
		for i := range count {
			diffs = append(diffs, field(word, from+i*width, width))
		}
	}
	if len(diffs) < n {
		return nil, ErrData
	}
	x := make([]int32, n)
	x[0] = int32(binary.BigEndian.Uint32(frames[4:]))
	for i := 1; i < n; i++ {
		x[i] = x[i-1] + diffs[i]
	}
	if x[n-1] != int32(binary.BigEndian.Uint32(frames[8:])) {
		return x, ErrIntegrity
	}
	return x, nil
}

// randomWalk returns n samples whose differences have up to width bits, the
// width changing now and then.
func randomWalk(rng *rand.Rand, n, width int) []int32 {
	x := make([]int32, n)
	var v int32
	w := width
	for i := range x {
		if rng.IntN(6) == 0 {
			w = 1 + rng.IntN(width)
		}
		v += int32(rng.Uint32()) >> (32 - w)
		x[i] = v
	}
	return x
}

func packings(enc Encoding) *[16]packing {
	if enc == Steim1 {
		return &steim1
	}
	return &steim2
}

// Random words, random counts: whatever frames hold, the decoder and its twin
// agree, to the error.
func TestSteimAgreesWithPlain(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 4000 {
		enc := Steim1 + Encoding(round%2)
		frames := make([]byte, 64*(1+rng.IntN(4)))
		for i := range frames {
			frames[i] = byte(rng.Uint32())
		}
		if enc == Steim2 { // few random words have only codes that exist
			for w := 0; w < len(frames); w += 4 {
				shift := 30 - w/4%16*2
				control := frames[w/64*64:]
				code := binary.BigEndian.Uint32(control) >> shift & 3
				if high := frames[w] >> 6; code == 2 && high == 0 || code == 3 && high == 3 {
					if rng.IntN(500) > 0 {
						frames[w] ^= 0x40 // 01 and 10 exist
					}
				}
			}
		}
		n := 1 + rng.IntN(steimCapacity(len(frames), 7))
		want, wantErr := plainSteim(frames, n, enc)
		if wantErr == nil || errors.Is(wantErr, ErrIntegrity) && round%4 > 0 {
			binary.BigEndian.PutUint32(frames[8:], uint32(want[n-1]))
			want, wantErr = plainSteim(frames, n, enc)
		}
		got := make([]int32, n)
		err := decodeSteim(got, frames, false, packings(enc))
		if !errors.Is(err, wantErr) {
			t.Fatalf("round %d, %s, %d samples: error %v, plain %v", round, enc, n, err, wantErr)
		}
		if want != nil && !slices.Equal(got, want) {
			t.Fatalf("round %d, %s, %d samples: they differ", round, enc, n)
		}
	}
}

func TestSteimRoundTrip(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 2000 {
		enc := Steim1 + Encoding(round%2)
		width := 1 + rng.IntN(29)
		if enc == Steim1 {
			width = 1 + rng.IntN(31)
		}
		x := randomWalk(rng, 1+rng.IntN(500), width)
		frames := make([]byte, 64*(1+rng.IntN(8)))
		n, used, err := encodeSteim(frames, x, enc)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 || n < len(x) && used != len(frames) {
			t.Fatalf("%d of %d samples in %d of %d bytes", n, len(x), used, len(frames))
		}
		plain, err := plainSteim(frames[:used], n, enc)
		if err != nil || !slices.Equal(plain, x[:n]) {
			t.Fatalf("round %d: plain: %v", round, err)
		}
		little := round%3 == 0
		if little {
			for at := 0; at < used; at += frameSize {
				littleFrame((*[frameSize]byte)(frames[at:]), enc == Steim1)
			}
		}
		got := make([]int32, n)
		if err := decodeSteim(got, frames[:used], little, packings(enc)); err != nil || !slices.Equal(got, x[:n]) {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

func TestSteim2Limit(t *testing.T) {
	frames := make([]byte, 128)
	for _, c := range []struct {
		diff int32
		ok   bool
	}{{1<<29 - 1, true}, {-1 << 29, true}, {1 << 29, false}, {-1<<29 - 1, false}} {
		_, _, err := encodeSteim(frames, []int32{0, c.diff}, Steim2)
		if ok := err == nil; ok != c.ok || !ok && !errors.Is(err, ErrEncoding) {
			t.Errorf("difference %d: %v", c.diff, err)
		}
	}
}

// Differences that overflow 32 bits come back by overflowing again.
func TestSteim1Extremes(t *testing.T) {
	x := []int32{-1 << 31, 1<<31 - 1, 0, -1 << 31, 1<<31 - 1}
	frames := make([]byte, 64)
	n, used, err := encodeSteim(frames, x, Steim1)
	if err != nil || n != len(x) {
		t.Fatal(n, err)
	}
	got := make([]int32, n)
	if err := decodeSteim(got, frames[:used], false, &steim1); err != nil || !slices.Equal(got, x) {
		t.Fatal(got, err)
	}
}

func FuzzSteim(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, enc := range []Encoding{Steim1, Steim2} {
		frames := make([]byte, 128)
		n, _, err := encodeSteim(frames, randomWalk(rng, 300, 12), enc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(frames, n, enc == Steim1)
	}
	f.Fuzz(func(t *testing.T, frames []byte, n int, one bool) {
		enc := Steim2
		if one {
			enc = Steim1
		}
		if most, _ := enc.capacity(len(frames)); n < 1 || n > most {
			return
		}
		want, wantErr := plainSteim(frames, n, enc)
		got := make([]int32, n)
		err := decodeSteim(got, frames, false, packings(enc))
		if wantErr == nil && err != nil || want != nil && !slices.Equal(got, want) {
			t.Fatalf("%d samples of %s: %v, plain %v", n, enc, err, wantErr)
		}
		littleErr := decodeSteim(got, frames, true, packings(enc))
		if littleErr == nil && n > 0 && len(got) != n {
			t.Fatal("little endian")
		}
		if err != nil {
			return
		}
		again := make([]byte, len(frames)+64*n)
		m, used, err := encodeSteim(again, got, Steim1)
		if err != nil || m != n {
			t.Fatal(m, used, err)
		}
	})
}
