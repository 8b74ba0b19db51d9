package storm

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// plainText writes bits one by one.
func plainText(src []byte) string {
	var b strings.Builder
	for bit := 0; bit < 8*len(src); bit += charBits {
		c := rune(0)
		for at := bit; at < bit+charBits; at++ {
			c <<= 1
			if at < 8*len(src) {
				c |= rune(src[at/8] >> (7 - at%8) & 1)
			}
		}
		b.WriteRune(firstChar + c)
	}
	return b.String()
}

// TestText: text is what the plain way makes of it, and bytes again.
func TestText(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for n := range 100 {
		src := make([]byte, n)
		for i := range src {
			src[i] = byte(rng.Uint32())
		}
		got := string(appendText([]byte("before"), src))
		if want := "before" + plainText(src); got != want || len(got) != len("before")+textSize(n) {
			t.Fatalf("%x is %q, expected %q", src, got, want)
		}
		back := make([]byte, n)
		if err := readText(back, []byte(got[len("before"):])); err != nil || !bytes.Equal(back, src) {
			t.Fatalf("%x comes back as %x, %v", src, back, err)
		}
	}
}

// TestTextOfOthers: nothing else is read.
func TestTextOfOthers(t *testing.T) {
	for _, text := range []string{"", "\u3000", "\u2fff\u3000", "\u3000\ub000", "abcdef", "\u3000\u3000\u3000", "\u3000\xe3\x80\x41", "\xf3\x80\x80\u3000"} {
		if err := readText(make([]byte, 3), []byte(text)); !errors.Is(err, errMessage) {
			t.Errorf("%q is read: %v", text, err)
		}
	}
	if err := readText(make([]byte, 3), []byte("\u3000\uafff")); err != nil {
		t.Error(err)
	}
}

func BenchmarkText(b *testing.B) {
	src := make([]byte, maxPiece)
	text := appendText(nil, src)
	b.Run("write", func(b *testing.B) {
		b.SetBytes(maxPiece)
		for b.Loop() {
			text = appendText(text[:0], src)
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(maxPiece)
		for b.Loop() {
			if err := readText(src, text); err != nil {
				b.Fatal(err)
			}
		}
	})
}
