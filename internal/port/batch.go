package port

import (
	"fmt"
	"math/bits"
	"reflect"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/dispel4go/dispel4go/internal/garbage"
)

// BatchOverhead is what a batch is reckoned to cost beside its items, in bytes.
const BatchOverhead = 128

// A Batch is items of one stream on their way to one instance.
type Batch interface {
	// Len is the number of items.
	Len() int
	// Bytes is about what the batch occupies, its overhead included.
	Bytes() int
	// Codec is the id of the codec that Encode uses.
	Codec() byte
	// Memory is what Encode would append where that is the items' own memory,
	// else nil.
	Memory() []byte
	// Encode appends the items to dst, the body starting where dst ends, and
	// memory of PartSize and more to parts, where it is borrowed. With inline
	// everything goes to dst.
	Encode(dst []byte, parts [][]byte, inline bool) ([]byte, [][]byte, error)
	// Share adds a holder, for a batch that several instances only read.
	Share()
	// Free gives up one holding; the last one makes the memory reusable.
	Free()
}

type batch[T any] struct {
	items   []T
	bytes   int
	holders atomic.Int32
	codec   *Codec
	pool    *pool[T]
}

func (b *batch[T]) Len() int    { return len(b.items) }
func (b *batch[T]) Bytes() int  { return b.bytes + BatchOverhead }
func (b *batch[T]) Codec() byte { return b.codec.ID }
func (b *batch[T]) Share()      { b.holders.Add(1) }

func (b *batch[T]) Free() {
	if b.holders.Add(-1) == 0 {
		b.pool.put(b)
	}
}

func (b *batch[T]) Memory() []byte {
	if !b.codec.form.plain {
		return nil
	}
	return memoryOf(b.items)
}

func (b *batch[T]) Encode(dst []byte, parts [][]byte, inline bool) ([]byte, [][]byte, error) {
	if b.codec.form.plain {
		return append(dst, memoryOf(b.items)...), parts, nil
	}
	e := encoder{buf: dst, base: len(dst), parts: parts, inline: inline}
	for i := range b.items {
		b.codec.form.put(&e, unsafe.Pointer(&b.items[i]))
	}
	return e.buf, e.parts, e.err
}

// memoryOf returns the memory of items whose type is plain.
func memoryOf[T any](items []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(items))), uintptr(len(items))*unsafe.Sizeof(*new(T)))
}

// A Body is what Encode has appended, as it came: Bytes, or what Unpack makes of
// them. Bytes stay with the caller.
type Body struct {
	Bytes []byte
	// Unpack, if it is not nil, fills dst, of Size bytes, with what was packed.
	Unpack func(dst, packed []byte) error
	Size   int
}

// Len is the number of bytes that were encoded.
func (b *Body) Len() int {
	if b.Unpack == nil {
		return len(b.Bytes)
	}
	return b.Size
}

// fill writes them to dst, which is as long.
func (b *Body) fill(dst []byte) error {
	if b.Unpack == nil {
		copy(dst, b.Bytes)
		return nil
	}
	if err := b.Unpack(dst, b.Bytes); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

// decode turns a body back into a batch. The body stays with the caller, the
// parts become the items'.
func (p *pool[T]) decode(codec byte, n int, body Body, parts [][]byte) (*batch[T], error) {
	c := p.codec
	if codec != c.ID {
		return nil, fmt.Errorf("%w: %s with codec %d, expected %d", ErrCorrupt, c.Type, codec, c.ID)
	}
	if c.form.plain {
		// A type of no size leaves no bytes to check the count against.
		size := int(c.form.mem)
		if n < 0 || n > max(maxItems, body.Len()) || body.Len() != n*size {
			return nil, fmt.Errorf("%w: %d bytes for %d items of %s", ErrCorrupt, body.Len(), n, c.Type)
		}
		b := p.get(n)
		b.items = b.items[:n]
		b.bytes = body.Len()
		if err := body.fill(memoryOf(b.items)); err != nil {
			b.Free()
			return nil, err
		}
		return b, nil
	}
	if n < 0 || uint64(n) > uint64(body.Len())/max(c.form.least, 1) {
		return nil, fmt.Errorf("%w: %d bytes for %d items of %s", ErrCorrupt, body.Len(), n, c.Type)
	}
	// One arena a batch: strings and small slices of the items point into it.
	// Memory for words, unlike that for a few bytes, begins at a word.
	arena := garbage.Bytes((body.Len() + 7) &^ 7)[:body.Len()]
	if err := body.fill(arena); err != nil {
		return nil, err
	}
	d := decoder{body: arena, parts: parts}
	b := p.get(n)
	b.bytes = body.Len()
	for _, part := range parts {
		b.bytes += len(part)
	}
	var zero T
	for range n {
		b.items = append(b.items, zero)
		if err := c.form.get(&d, unsafe.Pointer(&b.items[len(b.items)-1])); err != nil {
			b.Free()
			return nil, fmt.Errorf("%s: %w", c.Type, err)
		}
	}
	if d.at != len(d.body) || len(d.parts) != 0 {
		b.Free()
		return nil, fmt.Errorf("%w: %s: %d bytes and %d parts left over", ErrCorrupt, c.Type, len(d.body)-d.at, len(d.parts))
	}
	return b, nil
}

// maxItems bounds a batch of items without content.
const maxItems = 1 << 24

// pool keeps batches of one type for reuse, by the power of two of their room,
// so that a batch of one item never holds the memory of a full one.
type pool[T any] struct {
	codec   *Codec
	clones  bool // the type has a Clone
	classes [32]sync.Pool
	tallies sync.Pool
}

var pools sync.Map // reflect.Type -> *pool[T]

func poolOf[T any]() (*pool[T], error) {
	t := reflect.TypeFor[T]()
	if p, ok := pools.Load(t); ok {
		return p.(*pool[T]), nil
	}
	c, err := CodecOf(t)
	if err != nil {
		return nil, err
	}
	p, _ := pools.LoadOrStore(t, &pool[T]{codec: c, clones: t.Implements(reflect.TypeFor[cloner[T]]())})
	return p.(*pool[T]), nil
}

// get returns an empty batch with room for n items and one holder.
func (p *pool[T]) get(n int) *batch[T] {
	class := bits.Len(uint(max(n, 1) - 1))
	if class < len(p.classes) {
		if b, ok := p.classes[class].Get().(*batch[T]); ok {
			b.holders.Store(1)
			return b
		}
		n = 1 << class
	}
	b := &batch[T]{items: make([]T, 0, n), codec: p.codec, pool: p}
	b.holders.Store(1)
	return b
}

func (p *pool[T]) put(b *batch[T]) {
	if !p.codec.form.plain {
		clear(b.items) // keep nothing alive that the items referred to
	}
	b.items, b.bytes = b.items[:0], 0
	if class := bits.Len(uint(cap(b.items)) - 1); class < len(p.classes) && cap(b.items) == 1<<class {
		p.classes[class].Put(b)
	}
}

// copyOf returns a new batch of copies of items: deep ones when the items hold
// references and own is true. Bytes is what the items occupy.
func (p *pool[T]) copyOf(items []T, bytes int, own bool) *batch[T] {
	b := p.get(len(items))
	b.items = append(b.items, items...)
	b.bytes = bytes
	if own {
		p.own(b.items)
	}
	return b
}

// cloner is a type that knows best how to copy itself.
type cloner[T any] interface{ Clone() T }

// own gives items that are shallow copies memory of their own.
func (p *pool[T]) own(items []T) {
	if !p.codec.form.shares {
		return
	}
	for i := range items {
		if p.clones && !reflect.ValueOf(&items[i]).Elem().IsZero() {
			items[i] = any(items[i]).(cloner[T]).Clone()
		} else if err := p.codec.form.own(unsafe.Pointer(&items[i])); err != nil {
			panic(fmt.Errorf("copying an item of type %s: %w", p.codec.Type, err))
		}
	}
}

func (p *pool[T]) bytesOf(items []T) int {
	if p.codec.form.plain {
		return len(items) * int(p.codec.form.mem)
	}
	n := 0
	for i := range items {
		n += p.codec.form.bytes(unsafe.Pointer(&items[i]))
	}
	return n
}
