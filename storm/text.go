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

// putGroup writes the eight characters of a group, of which each word takes two
// and two thirds.
func putGroup(dst *[groupText]byte, src *[groupBytes]byte) {
	high, low := binary.BigEndian.Uint64(src[:]), binary.BigEndian.Uint64(src[7:])
	a, b, c, d := pairText(high>>34), pairText(high>>4), pairText(low>>30), pairText(low)
	binary.BigEndian.PutUint64(dst[0:], a<<16|b>>32)
	binary.BigEndian.PutUint64(dst[8:], b<<32|c>>16)
	binary.BigEndian.PutUint64(dst[16:], c<<48|d)
}

// Two characters are made in the halves of a word at a time.
const (
	both     = 1<<32 | 1
	low15    = 1<<charBits - 1
	marks    = 0xe08080 * both // that the bytes of a character have
	markBits = 0xf0c0c0 * both // where these are
	low24    = 1<<24 - 1
	first    = firstChar * both
)

// pairText is the six bytes of the characters for the lowest 30 bits of v.
func pairText(v uint64) uint64 {
	c := (v<<(32-charBits)&(low15<<32) | v&low15) + first
	c = marks | c<<4&(0xf0000*both) | c<<2&(0x3f00*both) | c&(0x3f*both)
	return c>>8&(low24<<24) | c&low24
}

// readText fills dst with what its text was made of. The text must have the
// size for it.
func readText(dst, text []byte) error {
	if len(text) != textSize(len(dst)) {
		return fmt.Errorf("%w: %d bytes of text for %d bytes", errMessage, len(text), len(dst))
	}
	wrong := uint64(0)
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
func readGroup(dst *[groupBytes]byte, text *[groupText]byte) (wrong uint64) {
	x, y, z := binary.BigEndian.Uint64(text[0:]), binary.BigEndian.Uint64(text[8:]), binary.BigEndian.Uint64(text[16:])
	a, wrongA := pairBits(x >> 16)
	b, wrongB := pairBits(x<<32 | y>>32)
	c, wrongC := pairBits(y<<16 | z>>48)
	d, wrongD := pairBits(z)
	// The byte in the middle is of both, and written twice alike.
	binary.BigEndian.PutUint64(dst[:], a<<34|b<<4|c>>26)
	binary.BigEndian.PutUint64(dst[7:], b<<60|c<<30|d)
	return wrongA | wrongB | wrongC | wrongD
}

// pairBits is the inverse of pairText, of the lowest six bytes of x.
func pairBits(x uint64) (v, wrong uint64) {
	x = x<<8&(low24<<32) | x&low24
	c := x>>4&(0xf000*both) | x>>2&(0xfc0*both) | x&(0x3f*both)
	c -= first // below it, bits above the fifteen are set
	return c>>(32-charBits) | c&low15, x&markBits ^ marks | c&^(low15*both)
}
