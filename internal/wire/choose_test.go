package wire

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The rule, by the figures of docs/design.md: packing pays where what the link
// saves is more than what the coder takes.
func TestCheapest(t *testing.T) {
	numeric := trial{Delta4, 4.6, 1.4e9, 1.7e9}
	shuffled := trial{S2Shuffle4, 3, 0.46e9, 0.43e9}
	dense := trial{ZstdShuffle4, 3.5, 0.22e9, 0.45e9}
	for _, c := range []struct {
		name  string
		tried []trial
		inUse Method
		link  float64
		want  Method
	}{
		{"shared memory", []trial{numeric, shuffled, dense}, Stored, 6e9, Stored},
		{"100 Gb/s for one rank", []trial{numeric, shuffled, dense}, Stored, 12e9, Stored},
		{"100 Gb/s for 64 ranks", []trial{numeric, shuffled, dense}, Stored, 0.195e9, Delta4},
		{"1 Gb/s, not numeric", []trial{shuffled, dense}, Stored, 0.118e9, S2Shuffle4},
		{"100 Mb/s, not numeric", []trial{shuffled, dense}, Stored, 12e6, ZstdShuffle4},
		{"nothing to gain", []trial{{S2, 1.07, 4e9, 4e9}}, Stored, 1e6, Stored},
		{"a little better is not enough", []trial{shuffled, {ZstdShuffle4, 3.1, 0.46e9, 0.43e9}}, S2Shuffle4, 0.1e9, S2Shuffle4},
		{"just over the edge it stays on", []trial{numeric}, Delta4, 0.62e9, Delta4},
		{"and just below it stays off", []trial{numeric}, Stored, 0.55e9, Stored},
		{"far over the edge it goes off", []trial{numeric}, Delta4, 1e9, Stored},
		{"nothing tried", nil, Delta4, 1e6, Stored},
	} {
		if got := cheapest(c.tried, c.inUse, c.link); got.method != c.want {
			t.Errorf("%s: %v, expected %v", c.name, got.method, c.want)
		}
	}
}

// ticking is a clock that moves by a step whenever it is looked at.
func ticking(step time.Duration) func() time.Duration {
	var at time.Duration
	return func() time.Duration { at += step; return at }
}

func fixed(link float64) func() float64 { return func() float64 { return link } }

// Auto follows the link and the data while they change.
func TestChooserAuto(t *testing.T) {
	c := NewChooser(CompressAuto)
	c.clock = ticking(20 * time.Microsecond) // 64 KiB in this are 3.2 GB/s
	counts := smooth(Delta4, chunk/4)
	noise := make([]byte, chunk)
	fillRandom(noise, rand.New(rand.NewPCG(1, 2)))
	choose := func(src []byte, link float64) (m Method) {
		for range 2 * packedAgain / chunk {
			m = c.Choose(src, len(src), fixed(link))
			if m == Stored {
				continue
			}
			out, ok := Pack(nil, src, m)
			if !ok {
				out = src
			}
			c.Done(len(src), len(out))
		}
		return m
	}
	for _, step := range []struct {
		what string
		src  []byte
		link float64
		want bool
	}{
		{"the link is not known", counts, 0, false},
		{"the link is slow", counts, 100e6, true},
		{"the data are noise now", noise, 100e6, false},
		{"and counts again", counts, 100e6, true},
		{"the link is fast now", counts, 5e9, false},
		{"and slow again", counts, 100e6, true},
	} {
		if m := choose(step.src, step.link); (m != Stored) != step.want {
			t.Errorf("%s: %v", step.what, m)
		}
	}
}

// Data that turn bad are noticed within a MiB or two, not after the 16.
func TestChooserLooksAtOnce(t *testing.T) {
	c := NewChooser(CompressNumeric)
	counts := smooth(Delta4, chunk/4)
	if m := c.Choose(counts, len(counts), nil); m != Delta4 {
		t.Fatal(m)
	}
	noise := make([]byte, chunk)
	fillRandom(noise, rand.New(rand.NewPCG(1, 2)))
	n := 0
	for ; c.Choose(noise, len(noise), nil) != Stored; n += len(noise) {
		c.Done(len(noise), len(noise))
	}
	if n > 2<<20 {
		t.Errorf("noticed after %d bytes", n)
	}
	if !c.Rests(chunk) {
		t.Error("it does not rest after that")
	}
}

// What is forced takes the best of its family, and leaves alone what no method
// makes smaller, what is tiny, and all when off.
func TestChooserForced(t *testing.T) {
	for _, c := range []struct {
		mode Compress
		src  []byte
		want Method
	}{
		{CompressNumeric, smooth(Delta4, 1000), Delta4},
		{CompressNumeric, smooth(Integers4, 1000), Integers4},
		{CompressNumeric, smooth(Integers8, 1000), Integers8},
		{CompressNumeric, smooth(Delta8, 1000), Delta8},
		{CompressS2, smooth(Integers8, 1000), S2Shuffle8},
		{CompressZstd, smooth(Integers8, 1000), ZstdShuffle8},
		{CompressZstd, smooth(Delta4, 4), Stored},
		{CompressOff, smooth(Delta4, 1000), Stored},
	} {
		chooser := NewChooser(c.mode)
		if got := chooser.Choose(c.src, len(c.src), nil); got != c.want {
			t.Errorf("%v of %d bytes: %v, expected %v", c.mode, len(c.src), got, c.want)
		}
		if rests := NewChooser(c.mode).Rests(len(c.src)); rests != (c.want == Stored) {
			t.Errorf("%v of %d bytes: it rests: %t", c.mode, len(c.src), rests)
		}
	}
}

func TestParseCompress(t *testing.T) {
	for c := CompressAuto; c <= CompressNumeric; c++ {
		if got, err := ParseCompress(c.String()); got != c || err != nil {
			t.Errorf("%v: %v, %v", c, got, err)
		}
	}
	if _, err := ParseCompress("gzip"); err == nil || err.Error() != `"gzip" is not one of auto, off, s2, zstd, numeric` {
		t.Error(err)
	}
}
