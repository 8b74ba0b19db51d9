package wire

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// Compress says how batches between ranks are to be packed.
type Compress uint8

const (
	// CompressAuto packs between nodes where what it saves on the link is more
	// than it takes, and nothing inside a node.
	CompressAuto Compress = iota
	// CompressOff packs nothing.
	CompressOff
	// CompressS2 packs everything between ranks that gets smaller, by S2 or by
	// it after a shuffle, whichever makes it smallest.
	CompressS2
	// CompressZstd does so by zstd.
	CompressZstd
	// CompressNumeric does so by the methods for integers and whole floats.
	CompressNumeric
)

var compressNames = []string{"auto", "off", "s2", "zstd", "numeric"}

// String is the name that ParseCompress reads.
func (c Compress) String() string { return compressNames[c] }

// ParseCompress reads auto, off, s2, zstd or numeric.
func ParseCompress(s string) (Compress, error) {
	if k := slices.Index(compressNames, s); k >= 0 {
		return Compress(k), nil
	}
	return 0, fmt.Errorf("%q is not one of auto, off, s2, zstd, numeric", s)
}

// candidates are the methods to choose from.
func (c Compress) candidates() []Method {
	switch c {
	case CompressAuto:
		return []Method{Delta4, Integers4, Integers8, Delta8, S2, S2Shuffle4, S2Shuffle8, Zstd, ZstdShuffle4, ZstdShuffle8}
	case CompressS2:
		return []Method{S2, S2Shuffle4, S2Shuffle8}
	case CompressZstd:
		return []Method{Zstd, ZstdShuffle4, ZstdShuffle8}
	case CompressNumeric:
		return []Method{Delta4, Integers4, Integers8, Delta8}
	}
	return nil
}

const (
	// A Chooser looks again after so many bytes: after few where nothing was to
	// be had, for the data may change.
	packedAgain = 16 << 20
	storedAgain = 2 << 20
	// worse is how far the ratio may fall behind that of the sample before it
	// looks again at once.
	worse = 0.8
	// gain is how much less a method must take than the one in use.
	gain = 0.9
	// fastest is the link in bytes a second from which nothing can pay: what
	// the fastest method takes to pack and unpack is more than it saves.
	fastest = 2e9
	// Less than so many bytes are not worth the while, or the header.
	leastAuto, leastForced = 1 << 10, 64
)

// A Chooser decides how one kind of memory, such as the bodies of one edge to
// one rank, is packed, and decides again while it flows. It belongs to one
// goroutine at a time.
type Chooser struct {
	mode   Compress
	method Method
	left   int     // bytes until it looks again
	ratio  float64 // of the sample
	plain  int     // bytes since then, before
	packed int     // and after
	clock  func() time.Duration
}

// NewChooser returns a Chooser.
func NewChooser(mode Compress) *Chooser {
	began := time.Now()
	return &Chooser{mode: mode, clock: func() time.Duration { return time.Since(began) }}
}

// Rests reports whether n bytes more are to be stored without a look at them.
func (c *Chooser) Rests(n int) bool {
	if c.mode == CompressOff || n < c.least() {
		return true
	}
	if c.method == Stored && c.left > n {
		c.left -= n
		return true
	}
	return false
}

// Choose returns the method for n bytes, of which src are the first. Link is
// asked for the bytes a second that the link to the receiver does, 0 where
// nobody knows.
func (c *Chooser) Choose(src []byte, n int, link func() float64) Method {
	if c.mode == CompressOff || n < c.least() {
		return Stored
	}
	if c.left -= n; c.left > 0 {
		return c.method
	}
	var speed float64
	if c.mode == CompressAuto {
		if speed = link(); speed == 0 || speed >= fastest {
			c.method, c.left = Stored, storedAgain
			return Stored
		}
	}
	c.look(src[:min(len(src), chunk)], speed)
	return c.method
}

// Done tells what has become of what was to be packed.
func (c *Chooser) Done(plain, packed int) {
	c.plain, c.packed = c.plain+plain, c.packed+packed
	if c.plain < 1<<20 {
		return
	}
	if float64(c.plain) < worse*c.ratio*float64(c.packed) {
		c.left = 0
	}
	c.plain, c.packed = 0, 0
}

func (c *Chooser) least() int {
	if c.mode == CompressAuto {
		return leastAuto
	}
	return leastForced
}

// rooms are for samples, packed and unpacked again. They are shared: there is a
// Chooser for each edge and rank, and it looks seldom.
var rooms = sync.Pool{New: func() any {
	room := make([]byte, chunk+PackedBound(chunk))
	return &room
}}

// look tries the methods on a sample.
func (c *Chooser) look(sample []byte, link float64) {
	room := rooms.Get().(*[]byte)
	defer rooms.Put(room)
	back := (*room)[:len(sample)]
	var tried []trial
	for _, m := range c.mode.candidates() {
		begin := c.clock()
		out, ok := Pack((*room)[chunk:chunk], sample, m)
		if !ok {
			continue
		}
		middle := c.clock()
		if Unpack(back, out) != nil {
			continue // cannot be
		}
		tried = append(tried, trial{m, float64(len(sample)) / float64(len(out)),
			speed(len(sample), middle-begin), speed(len(sample), c.clock()-middle)})
	}
	best := trial{method: Stored, ratio: 1}
	if c.mode == CompressAuto {
		best = cheapest(tried, c.method, link)
	} else {
		for _, t := range tried {
			if t.ratio > best.ratio {
				best = t
			}
		}
	}
	c.method, c.ratio = best.method, best.ratio
	c.plain, c.packed = 0, 0
	c.left = packedAgain
	if c.method == Stored {
		c.left = storedAgain
	}
}

func speed(n int, took time.Duration) float64 { return float64(n) / max(took, 1).Seconds() }

// A trial is what a method has made of a sample.
type trial struct {
	method       Method
	ratio        float64
	pack, unpack float64 // bytes a second
}

// cheapest is the trial after which a byte takes the least time to be packed,
// moved and unpacked. The one in use stays unless another is clearly better;
// so does Stored, which only has to be moved.
func cheapest(tried []trial, inUse Method, link float64) trial {
	stored := trial{method: Stored, ratio: 1}
	cost := func(t trial) float64 {
		c := 1 / (t.ratio * link)
		if t.method != Stored {
			c += 1/t.pack + 1/t.unpack
		}
		if t.method != inUse {
			c /= gain
		}
		return c
	}
	best := stored
	for _, t := range tried {
		if cost(t) < cost(best) {
			best = t
		}
	}
	return best
}
