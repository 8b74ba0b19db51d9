package pes

import (
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/port"
)

// probe looks at single items the way streams do: it encodes, copies and sizes
// them with the codec of their type. It belongs to one instance.
type probe[T any] struct {
	ports struct {
		In  port.In[T]
		Out port.Out[T]
	}
	out    port.Output
	in     port.Input
	batch  port.Batch
	copied T
	buf    []byte
	other  []byte
	shares bool // copying an item leaves memory shared
	plain  bool // items travel as their memory
}

// newProbe returns a probe for items of a type that ports have accepted.
func newProbe[T any]() *probe[T] {
	p := &probe[T]{}
	p.ports.In = port.InputEach(func(item T) error { p.copied = item; return nil })
	if _, err := port.Find(&p.ports); err != nil {
		panic(err) // the graph has refused the type before
	}
	p.in, p.out = port.InputOf(p.ports.In), port.OutputOf(p.ports.Out)
	p.shares = p.in.Codec().Shares()
	p.plain = p.in.Codec().Fixed()
	p.out.Bind(probeHost{}, []port.Stream{{To: p.in, Grouping: port.AllToOne, N: 1, Sender: p}})
	p.out.Open()
	return p
}

// Send takes the batch of the item that is looked at.
func (p *probe[T]) Send(_ int, b port.Batch) { p.batch = b }

// Least and Lends complete a port.Sender.
func (*probe[T]) Least() int     { return 0 }
func (*probe[T]) Lends(int) bool { return false }

// look makes item the one in p.batch; the caller frees it.
func (p *probe[T]) look(item T) port.Batch {
	p.ports.Out.Emit(item)
	p.out.Flush()
	return p.batch
}

// encode returns the canonical encoding of an item, good until the next call.
func (p *probe[T]) encode(item T) ([]byte, error) {
	if p.plain {
		p.buf = append(p.buf[:0], unsafe.Slice((*byte)(unsafe.Pointer(&item)), unsafe.Sizeof(item))...)
		return p.buf, nil
	}
	b := p.look(item)
	defer b.Free()
	buf, _, err := b.Encode(p.buf[:0], nil, true)
	p.buf = buf
	return buf, err
}

// bytes is about what an item occupies.
func (p *probe[T]) bytes(item T) int64 {
	if p.plain {
		return int64(unsafe.Sizeof(item))
	}
	b := p.look(item)
	defer b.Free()
	return int64(b.Bytes() - port.BatchOverhead)
}

// clone returns a deep copy of an item.
func (p *probe[T]) clone(item T) (T, error) {
	if !p.shares {
		return item, nil
	}
	b := p.look(item)
	defer b.Free()
	err := p.in.ReceiveOne(b, 0, true)
	copied := p.copied
	p.copied = *new(T)
	return copied, err
}

// probeHost is the host of a port that is always open and flushed at once.
type probeHost struct{}

func (probeHost) Tick() uint32                { return 0 }
func (probeHost) Mark(port.Output, port.Time) {}
func (probeHost) Idle(port.Output)            {}
func (probeHost) Overfull(int)                {}
func (probeHost) Misused()                    {}

// detach returns a copy of an item that shares no memory with anything, not
// even memory that nobody can change, such as a string's.
func (p *probe[T]) detach(item T) (T, error) {
	code, err := p.encode(item)
	if err != nil {
		return item, err
	}
	return p.decode(code)
}

// decode returns the item whose canonical encoding this is.
func (p *probe[T]) decode(code []byte) (item T, err error) {
	b, err := p.in.Decode(p.in.Codec().ID, 1, port.Body{Bytes: code}, nil)
	if err != nil {
		return item, err
	}
	defer b.Free()
	err = p.in.ReceiveOne(b, 0, false)
	return p.copied, err
}
