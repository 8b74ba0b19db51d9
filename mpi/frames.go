package mpi

import (
	"math/bits"
	"sync"
	"unsafe"

	"github.com/dispel4go/dispel4go/mpi/internal/abi"
)

// A buffer is memory outside Go that holds a frame:
//
//	0    what the pool knows of it
//	48   the header of the message, so that MPI sends both in one
//	64   the frame, as large as its class
type buffer struct{ base unsafe.Pointer }

const (
	frameAt  = 64
	headerAt = frameAt - headerBytes
	// slack is room that every frame has behind it, for the sizes of parts.
	slack = 64
)

// label is what the pool knows of a buffer.
type label struct {
	room  int // bytes from frameAt on
	class int // or classes where it has none
	lent  bool
}

func (b buffer) label() *label { return (*label)(b.base) }

// message is the buffer from the header on.
func (b buffer) message() unsafe.Pointer { return unsafe.Add(b.base, headerAt) }

// frame is the first n bytes behind the header.
func (b buffer) frame(n int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(b.base, frameAt)), b.label().room)[:n]
}

// header is the header of the message.
func (b buffer) header() []byte { return unsafe.Slice((*byte)(b.message()), headerBytes) }

// bufferOf finds the buffer that a frame begins in.
func bufferOf(frame []byte) buffer {
	return buffer{unsafe.Add(unsafe.Pointer(unsafe.SliceData(frame)), -frameAt)}
}

// Buffers come in size classes, four to a doubling, so that at most a fifth of
// one is unused. Those larger than the last class are made and freed each time.
const (
	smallestBits = 7  // the first class has 128 bytes
	largestBits  = 26 // the last class has 64 MiB
	steps        = 4  // classes to a doubling
	classes      = (largestBits-smallestBits)*steps + 1
)

// classRoom is the room of the buffers of a class.
func classRoom(class int) int {
	base := 1 << (smallestBits + class/steps)
	return base + base/steps*(class%steps)
}

// classOf is the smallest class with room for n bytes, or classes if none has.
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

// keep is how many bytes of buffers that nobody uses a pool holds on to.
const keep = 64 << 20

// A pool makes buffers and keeps those that nobody uses.
type pool struct {
	mu   sync.Mutex
	idle [classes][]buffer
	kept int // bytes in idle
	out  int // buffers that are lent
}

// get returns a buffer with room for a frame of n bytes and the slack.
func (p *pool) get(n int) buffer {
	room, class := n+slack, classOf(n+slack)
	p.mu.Lock()
	p.out++
	if class < classes {
		room = classRoom(class)
		if list := p.idle[class]; len(list) > 0 {
			b := list[len(list)-1]
			p.idle[class] = list[:len(list)-1]
			p.kept -= room
			p.mu.Unlock()
			b.label().lent = true
			return b
		}
	}
	p.mu.Unlock()
	b := buffer{abi.Alloc(frameAt + room)}
	*b.label() = label{room: room, class: class, lent: true}
	return b
}

// put takes a buffer back.
func (p *pool) put(b buffer) {
	l := b.label()
	if !l.lent {
		panic("mpi: a frame was freed twice")
	}
	l.lent = false
	p.mu.Lock()
	p.out--
	if l.class < classes && p.kept+l.room <= keep {
		p.idle[l.class] = append(p.idle[l.class], b)
		p.kept += l.room
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	abi.Free(b.base)
}
