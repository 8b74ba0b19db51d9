package local

import (
	"math/bits"
	"sync"
)

// Frames come in size classes, four to a doubling, so that at most a fifth of
// a frame is unused. Larger frames than the last class are left to the
// collector: keeping them would cost more than making them.
const (
	smallestBits = 6  // the first class is 64 bytes
	largestBits  = 26 // the last class is 64 MiB
	steps        = 4  // classes to a doubling
	classes      = (largestBits-smallestBits)*steps + 1
)

// classSize is the capacity of the frames of a class.
func classSize(class int) int {
	base := 1 << (smallestBits + class/steps)
	return base + base/steps*(class%steps)
}

// classOf is the smallest class whose frames hold n bytes, or classes if none
// does.
func classOf(n int) int {
	if n <= 1<<smallestBits {
		return 0
	}
	exp := bits.Len(uint(n-1)) - 1 // 2^exp < n <= 2^(exp+1)
	if exp >= largestBits {
		return classes
	}
	step := 1 << (exp - 2)
	return (exp-smallestBits)*steps + (n-1<<exp+step-1)/step
}

// A pool keeps frames that nobody uses. A sync.Pool holds pointers, and a
// slice put behind a fresh pointer each time would allocate: so the pointers
// are pooled too.
type pool struct {
	full  [classes]sync.Pool // *[]byte that hold a frame
	empty sync.Pool          // *[]byte that hold none
}

// get returns a frame of length n with undefined content.
func (p *pool) get(n int) []byte {
	class := classOf(n)
	if class == classes {
		return make([]byte, n)
	}
	box, _ := p.full[class].Get().(*[]byte)
	if box == nil {
		return make([]byte, n, classSize(class))
	}
	frame := *box
	*box = nil
	p.empty.Put(box)
	return frame[:n]
}

// put takes a frame back. One whose capacity is not that of a class is dropped.
func (p *pool) put(frame []byte) {
	class := classOf(cap(frame))
	if class == classes || classSize(class) != cap(frame) {
		return
	}
	box, _ := p.empty.Get().(*[]byte)
	if box == nil {
		box = new([]byte)
	}
	*box = frame[:0]
	p.full[class].Put(box)
}
