package storm

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// How bytes travel in Storm's JSON: 15 bits a character, as the characters from
// U+3000 to U+AFFF. Nearly all that a JVM spends on a tuple it spends by the
// character, as its JSON writer gives each to the stream by itself; base64 takes
// two and a half times as many. None of these is one that the writer escapes.
const (
	groupBytes, groupChars = 15, 8 // 120 bits
	charSize               = 3     // bytes of a character in UTF-8
	groupText              = groupChars * charSize
	firstChar              = 0x3000
	charBits               = 15
)

// textSize is how many bytes of text n bytes become.
func textSize(n int) int { return (8*n + charBits - 1) / charBits * charSize }

// appendText appends src as text. What follows it as text of its own follows it
// as bytes only where src is whole groups.
func appendText(dst, src []byte) []byte {
	at, end := len(dst), len(dst)+textSize(len(src))
	dst = slices.Grow(dst, textSize(len(src)))[:end]
	for ; len(src) >= groupBytes; src = src[groupBytes:] {
		putGroup((*[groupText]byte)(dst[at:]), (*[groupBytes]byte)(src))
		at += groupText
	}
	if len(src) > 0 {
		var last [groupBytes]byte
		var text [groupText]byte
		copy(last[:], src)
		putGroup(&text, &last)
		copy(dst[at:], text[:])
	}
	return dst
}

func putGroup(dst *[groupText]byte, src *[groupBytes]byte) {
	putHalf((*[groupText / 2]byte)(dst[:]), binary.BigEndian.Uint64(src[:])>>4)
	putHalf((*[groupText / 2]byte)(dst[groupText/2:]), binary.BigEndian.Uint64(src[7:]))
}

// putHalf writes the four characters for the lowest 60 bits of v.
func putHalf(dst *[groupText / 2]byte, v uint64) {
	a, b, c, d := utf8Of(v>>(3*charBits)), utf8Of(v>>(2*charBits)), utf8Of(v>>charBits), utf8Of(v)
	binary.BigEndian.PutUint32(dst[0:], a<<8|b>>16)
	binary.BigEndian.PutUint32(dst[4:], b<<16|c>>8)
	binary.BigEndian.PutUint32(dst[8:], c<<24|d)
}

// utf8Of is the three bytes of the character for the lowest bits of v.
func utf8Of(v uint64) uint32 {
	c := uint32(v)&(1<<charBits-1) + firstChar
	return 0xe08080 | c<<4&0xf0000 | c<<2&0x3f00 | c&0x3f
}

// readText fills dst with what its text was made of. The text must have the
// size for it.
func readText(dst, text []byte) error {
	if len(text) != textSize(len(dst)) {
		return fmt.Errorf("%w: %d bytes of text for %d bytes", errMessage, len(text), len(dst))
	}
	wrong := uint32(0)
	for ; len(dst) >= groupBytes; dst, text = dst[groupBytes:], text[groupText:] {
		wrong |= readGroup((*[groupBytes]byte)(dst), (*[groupText]byte)(text))
	}
	if len(dst) > 0 {
		var last [groupBytes]byte
		var padded [groupText]byte
		putGroup(&padded, &last)
		copy(padded[:], text)
		wrong |= readGroup(&last, &padded)
		copy(dst, last[:])
	}
	if wrong != 0 {
		return fmt.Errorf("%w: characters that no frame is written in", errMessage)
	}
	return nil
}

// readGroup returns 0, or anything else where there is another character.
func readGroup(dst *[groupBytes]byte, text *[groupText]byte) (wrong uint32) {
	high, wrongHigh := half((*[groupText / 2]byte)(text[:]))
	low, wrongLow := half((*[groupText / 2]byte)(text[groupText/2:]))
	// The byte in the middle is of both, and written twice alike.
	binary.BigEndian.PutUint64(dst[:], high<<4|low>>56)
	binary.BigEndian.PutUint64(dst[7:], high<<60|low)
	return wrongHigh | wrongLow
}

// half is the inverse of putHalf.
func half(text *[groupText / 2]byte) (v uint64, wrong uint32) {
	a, wrongA := bitsOf(binary.BigEndian.Uint32(text[0:]) >> 8)
	b, wrongB := bitsOf(binary.BigEndian.Uint32(text[3:]) >> 8)
	c, wrongC := bitsOf(binary.BigEndian.Uint32(text[6:]) >> 8)
	d, wrongD := bitsOf(binary.BigEndian.Uint32(text[8:]) & 0xffffff)
	return a<<(3*charBits) | b<<(2*charBits) | c<<charBits | d, wrongA | wrongB | wrongC | wrongD
}

// bitsOf is the inverse of utf8Of.
func bitsOf(x uint32) (v uint64, wrong uint32) {
	c := x>>4&0xf000 | x>>2&0xfc0 | x&0x3f
	c -= firstChar
	return uint64(c), x&0xf0c0c0 ^ 0xe08080 | c>>charBits
}
