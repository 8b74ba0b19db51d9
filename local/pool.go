package local

import (
	"sync"

	"github.com/dispel4go/dispel4go/internal/sizeclass"
)

// A pool keeps frames that nobody uses. A sync.Pool holds pointers, and a
// slice put behind a fresh pointer each time would allocate: so the pointers
// are pooled too. Larger frames than the last class are left to the collector:
// keeping them would cost more than making them.
type pool struct {
	full  [sizeclass.Count]sync.Pool // *[]byte that hold a frame
	empty sync.Pool                  // *[]byte that hold none
}

// get returns a frame of length n with undefined content.
func (p *pool) get(n int) []byte {
	class := sizeclass.Of(n)
	if class == sizeclass.Count {
		return make([]byte, n)
	}
	box, _ := p.full[class].Get().(*[]byte)
	if box == nil {
		return make([]byte, n, sizeclass.Size(class))
	}
	frame := *box
	*box = nil
	p.empty.Put(box)
	return frame[:n]
}

// put takes a frame back. One whose capacity is not that of a class is dropped.
func (p *pool) put(frame []byte) {
	class := sizeclass.Of(cap(frame))
	if class == sizeclass.Count || sizeclass.Size(class) != cap(frame) {
		return
	}
	box, _ := p.empty.Get().(*[]byte)
	if box == nil {
		box = new([]byte)
	}
	*box = frame[:0]
	p.full[class].Put(box)
}
