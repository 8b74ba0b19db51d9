package mpi

import (
	"sync"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/sizeclass"
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
	class int // or sizeclass.Count where it has none
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

// keep is how many bytes of buffers that nobody uses a pool holds on to.
const keep = 64 << 20

// A pool makes buffers and keeps those that nobody uses. Those larger than the
// last class are made and freed each time.
type pool struct {
	mu   sync.Mutex
	idle [sizeclass.Count][]buffer
	kept int // bytes in idle
	out  int // buffers that are lent
}

// get returns a buffer with room for a frame of n bytes and the slack.
func (p *pool) get(n int) buffer {
	room, class := n+slack, sizeclass.Of(n+slack)
	p.mu.Lock()
	p.out++
	if class < sizeclass.Count {
		room = sizeclass.Size(class)
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
	if l.class < sizeclass.Count && p.kept+l.room <= keep {
		p.idle[l.class] = append(p.idle[l.class], b)
		p.kept += l.room
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	abi.Free(b.base)
}
