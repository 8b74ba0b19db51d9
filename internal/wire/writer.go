package wire

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// Memory is where frames come from: a transport.
type Memory interface {
	// Alloc returns a frame of length n.
	Alloc(n int) []byte
	// Free gives back a frame from Alloc.
	Free(frame []byte)
}

// Options of a Writer.
type Options struct {
	Epoch  uint64 // goes into each frame
	Sender int    // the rank that writes
	// FrameSize is how large a frame is made at first, unless its first entry
	// needs more: 32 KiB if 0. Frames grow where that is not enough.
	FrameSize int
	// InlineParts copies parts into the frame, for transports without parts.
	InlineParts bool
	// Check puts checksums of the entries and of each part into the frame, at
	// the cost of reading everything once on each side (17 GB/s measured, less
	// than half the speed of a copy). Without it only the header has one.
	Check bool
}

// A Writer writes entries into frames. It holds no frame when it has been made
// and after Finish or Discard; the first entry gets one.
type Writer struct {
	mem    Memory
	opts   Options
	frame  []byte // as long as it was allocated
	n      int    // how much of it is written; 0 when there is no frame
	parts  [][]byte
	nparts int    // with those inside the frame
	sum    uint32 // CRC of the entries before summed
	summed int
}

// NewWriter returns a Writer that takes its frames from mem.
func NewWriter(mem Memory, opts Options) *Writer {
	if opts.FrameSize == 0 {
		opts.FrameSize = 32 << 10
	}
	return &Writer{mem: mem, opts: opts}
}

// Len is the length of the frame so far, 0 if nothing has been written.
func (w *Writer) Len() int { return w.n }

// Parts is the number of parts that Finish will return.
func (w *Writer) Parts() int { return len(w.parts) }

// Batch writes a batch. put appends its body to dst, which is empty and begins
// at a multiple of 8 bytes from the frame's start, and returns the result;
// size is how long that will be: where it was too small, the body is copied
// once more. Where put returns nil or panics nothing is written; Batch reports
// whether it was. Unless the Writer inlines them the parts, none of them empty, are
// only noted and must stay as they are until the transport has read them; the
// list itself may be used again.
func (w *Writer) Batch(h BatchHeader, size int, put func(dst []byte) []byte, parts [][]byte) bool {
	written, start := false, w.n
	defer func() {
		if !written {
			w.undo(start)
		}
	}()
	need := BatchOverhead + len(parts)*PartOverhead + size
	if w.opts.InlineParts {
		for _, p := range parts {
			need += len(p)
		}
	}
	w.reserve(need)
	w.batch(h, uncompressed, len(parts))
	for _, p := range parts {
		if len(p) == 0 {
			panic("wire: empty part")
		}
		w.uvarint(uint64(len(p)))
		if w.opts.Check {
			binary.LittleEndian.PutUint32(w.frame[w.n:], crc32.Checksum(p, castagnoli))
			w.n += 4
		}
	}
	w.pad()
	length := w.n
	w.n += 8

	body := put(w.frame[w.n:w.n:len(w.frame)])
	if body == nil {
		return false
	}
	if len(body) > 0 && (w.n == len(w.frame) || &body[0] != &w.frame[w.n]) {
		w.reserve(len(body)) // put has outgrown the frame
		copy(w.frame[w.n:], body)
	}
	binary.LittleEndian.PutUint64(w.frame[length:], uint64(len(body)))
	w.n += len(body)

	w.nparts += len(parts)
	w.add(parts)
	w.checksum()
	written = true
	return true
}

// batch begins a batch, with room for the numbers.
func (w *Writer) batch(h BatchHeader, compression byte, parts int) {
	w.kind(Batch)
	w.frame[w.n] = compression
	w.n++
	w.number(h.Edge)
	w.number(h.From)
	w.number(h.To)
	w.uvarint(uint64(h.Codec))
	w.number(h.Items)
	w.number(parts)
}

// pad writes zeros up to where a body may begin.
func (w *Writer) pad() {
	pad := -w.n & 7
	clear(w.frame[w.n : w.n+pad])
	w.n += pad
}

// add puts parts beside the frame, or inside.
func (w *Writer) add(parts [][]byte) {
	if !w.opts.InlineParts {
		w.parts = append(w.parts, parts...)
		return
	}
	for _, p := range parts {
		w.reserve(len(p))
		w.n += copy(w.frame[w.n:], p)
	}
}

// undo takes back an entry that began at start.
func (w *Writer) undo(start int) {
	if start == 0 {
		w.Discard() // the entry was to be the frame's first
		return
	}
	w.n = start
}

// End writes that an instance has ended an edge. What the number means, which
// tells why, is the engine's affair.
func (w *Writer) End(edge, from int, number uint64) {
	w.edge(End, edge, from)
	w.uvarint(number)
}

// Mark writes a mark at a data time.
func (w *Writer) Mark(edge, from int, time int64) {
	w.edge(Mark, edge, from)
	w.varint(time)
}

// Idle writes that an instance promises nothing for now.
func (w *Writer) Idle(edge, from int) { w.edge(Idle, edge, from) }

// Barrier writes a barrier.
func (w *Writer) Barrier(edge, from int, number uint64) {
	w.edge(Barrier, edge, from)
	w.uvarint(number)
}

// Credit returns bytes, none below zero, that an instance sent to another.
func (w *Writer) Credit(edge, from, to int, bytes int64) {
	if bytes < 0 {
		panic("wire: negative credit")
	}
	w.edge(Credit, edge, from)
	w.number(to)
	w.uvarint(uint64(bytes))
}

// Stop tells sources to stop. What the number means is the engine's affair.
func (w *Writer) Stop(number uint64) {
	w.small(Stop)
	w.uvarint(number)
}

// Fail writes what has failed.
func (w *Writer) Fail(f *Failure) {
	w.small(Fail)
	w.number(f.Rank)
	w.varint(int64(f.Instance))
	w.text(f.PE)
	w.text(f.Host)
	w.text(f.Item)
	w.text(f.Text)
}

// Account writes bytes for the run directory.
func (w *Writer) Account(content []byte) { w.content(Account, content) }

// Progress writes bytes for those who look at the run.
func (w *Writer) Progress(content []byte) { w.content(Progress, content) }

func (w *Writer) content(k Kind, content []byte) {
	w.small(k)
	w.reserve(binary.MaxVarintLen64 + len(content))
	w.uvarint(uint64(len(content)))
	w.n += copy(w.frame[w.n:], content)
}

// Hello writes what is to be compared.
func (w *Writer) Hello(g *Greeting) {
	w.small(Hello)
	w.text(string(g.Digest))
	w.reserve(binary.MaxVarintLen64)
	w.number(len(g.Strings))
	for _, s := range g.Strings {
		w.text(s)
	}
}

// Done writes that this rank has finished.
func (w *Writer) Done() { w.small(Done) }

// Finish seals the frame and returns it with its parts; both are the caller's.
// It returns nil if nothing has been written. The Writer can be used on.
func (w *Writer) Finish() (frame []byte, parts [][]byte) {
	if w.n == 0 {
		return nil, nil
	}
	h := w.frame[:headerSize]
	binary.LittleEndian.PutUint32(h, magic)
	h[4], h[5], h[6], h[7] = Version, 0, uncompressed, 0
	if w.opts.InlineParts {
		h[5] |= flagInline
	}
	if w.opts.Check {
		h[5] |= flagSums
	}
	binary.LittleEndian.PutUint64(h[8:], w.opts.Epoch)
	binary.LittleEndian.PutUint32(h[16:], uint32(w.opts.Sender))
	binary.LittleEndian.PutUint32(h[20:], uint32(w.nparts))
	binary.LittleEndian.PutUint64(h[24:], uint64(w.n-headerSize))
	w.checksum()
	binary.LittleEndian.PutUint32(h[32:], crc32.Update(w.sum, castagnoli, h[:checkedTo]))
	clear(h[36:])
	frame, parts = w.frame[:w.n], w.parts
	w.reset()
	return frame, parts
}

// Discard gives the frame back unsent.
func (w *Writer) Discard() {
	if w.n > 0 {
		w.mem.Free(w.frame)
	}
	w.reset()
}

func (w *Writer) reset() { *w = Writer{mem: w.mem, opts: w.opts} }

// checksum brings the CRC up to what has been written.
func (w *Writer) checksum() {
	if !w.opts.Check {
		return
	}
	w.sum = crc32.Update(w.sum, castagnoli, w.frame[w.summed:w.n])
	w.summed = w.n
}

// reserve makes room for n bytes more.
func (w *Writer) reserve(n int) {
	if w.n == 0 {
		w.frame = w.mem.Alloc(max(w.opts.FrameSize, headerSize+n))
		w.n, w.summed = headerSize, headerSize
	}
	if len(w.frame)-w.n >= n {
		return
	}
	larger := w.mem.Alloc(max(2*len(w.frame), w.n+n))
	copy(larger, w.frame[:w.n])
	w.mem.Free(w.frame)
	w.frame = larger
}

// small begins an entry with room for all the numbers it may have.
func (w *Writer) small(k Kind) {
	w.reserve(1 + 4*binary.MaxVarintLen64)
	w.kind(k)
}

// edge begins an entry about an edge and an instance at its source.
func (w *Writer) edge(k Kind, edge, from int) {
	w.small(k)
	w.number(edge)
	w.number(from)
}

func (w *Writer) kind(k Kind) {
	w.frame[w.n] = byte(k)
	w.n++
}

// number writes what a Reader takes for an int.
func (w *Writer) number(v int) {
	if v < 0 || v > math.MaxInt32 {
		panic("wire: number out of range")
	}
	w.uvarint(uint64(v))
}

func (w *Writer) uvarint(v uint64) { w.n += binary.PutUvarint(w.frame[w.n:], v) }

func (w *Writer) varint(v int64) { w.n += binary.PutVarint(w.frame[w.n:], v) }

// text makes its own room.
func (w *Writer) text(s string) {
	w.reserve(binary.MaxVarintLen64 + len(s))
	w.uvarint(uint64(len(s)))
	w.n += copy(w.frame[w.n:], s)
}
