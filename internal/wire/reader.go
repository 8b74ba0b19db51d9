package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"

	"github.com/dispel4go/dispel4go/internal/garbage"
)

// A Reader hands out the entries of frames. The zero value is ready for Reset.
type Reader struct {
	frame  []byte
	parts  [][]byte // beside the frame, those not yet handed out
	at     int      // where the next entry begins
	left   int      // parts that the header announced and no entry has had yet
	sender int
	epoch  uint64
	flags  byte
	bad    error // what Next has returned and returns for ever
	entry  *Entry
}

// Reset begins a frame: it checks the header and, where the Writer has made
// checksums of all of it, those too. The frame stays the caller's and must stay as it is while its entries are used;
// parts are those that came with it.
func (r *Reader) Reset(frame []byte, parts [][]byte) error {
	*r = Reader{frame: frame, parts: parts, sender: -1}
	r.bad = r.header()
	return r.bad
}

func (r *Reader) header() error {
	h := r.frame
	if len(h) < headerSize {
		return r.corrupt(fmt.Sprintf("%d bytes are too few for a header", len(h)))
	}
	if binary.LittleEndian.Uint32(h) != magic {
		return r.corrupt("this is no frame")
	}
	sender := binary.LittleEndian.Uint32(h[16:])
	if h[4] != Version {
		return fmt.Errorf("%w: version %d, this program reads version %d", ErrVersion, h[4], Version)
	}
	if sender > math.MaxInt32 {
		return r.corrupt("the sender's rank is out of range")
	}
	r.sender = int(sender)
	if n := binary.LittleEndian.Uint64(h[24:]); n != uint64(len(h)-headerSize) {
		return r.corrupt(fmt.Sprintf("%d bytes of entries where the header announces %d", len(h)-headerSize, n))
	}
	var sum uint32
	if h[5]&flagSums != 0 {
		sum = crc32.Checksum(h[headerSize:], castagnoli)
	}
	sum = crc32.Update(sum, castagnoli, h[:checkedTo])
	if want := binary.LittleEndian.Uint32(h[32:]); sum != want {
		return &CorruptError{Sender: r.sender, Edges: r.edges(), What: fmt.Sprintf("the checksum is %08x where the header has %08x", sum, want)}
	}
	r.flags = h[5]
	if r.flags&^knownFlags != 0 {
		return fmt.Errorf("%w: unknown flags %#x", ErrVersion, r.flags&^knownFlags)
	}
	if h[6] != uncompressed {
		return fmt.Errorf("%w: unknown compression %d", ErrVersion, h[6])
	}
	if h[7] != 0 || binary.LittleEndian.Uint32(h[36:]) != 0 {
		return r.corrupt("reserved bytes are not zero")
	}
	n := binary.LittleEndian.Uint32(h[20:])
	if r.flags&flagInline != 0 {
		// Each takes two bytes at least, its length and itself.
		if len(r.parts) != 0 || uint64(n) > uint64(len(h))/2 {
			return r.corrupt(fmt.Sprintf("%d parts beside the frame, %d announced inside", len(r.parts), n))
		}
	} else if uint64(n) != uint64(len(r.parts)) {
		return r.corrupt(fmt.Sprintf("%d parts beside the frame where the header announces %d", len(r.parts), n))
	}
	r.left = int(n)
	r.epoch = binary.LittleEndian.Uint64(h[8:])
	r.at = headerSize
	return nil
}

// Epoch is what the Writer's options had.
func (r *Reader) Epoch() uint64 { return r.epoch }

// Next reads the next entry into e and reports whether there was one. Beside
// Fail and Hello, and parts inside the frame, it allocates nothing. An error
// is returned again by every further call.
func (r *Reader) Next(e *Entry) (bool, error) {
	if r.bad != nil {
		return false, r.bad
	}
	*e = Entry{}
	if r.at == len(r.frame) {
		if r.left > 0 {
			r.bad = r.corrupt(fmt.Sprintf("%d parts belong to no entry", r.left))
		}
		return false, r.bad
	}
	r.entry = e
	r.bad = r.next(e)
	r.entry = nil
	return r.bad == nil, r.bad
}

func (r *Reader) next(e *Entry) error {
	e.Kind = Kind(r.frame[r.at])
	r.at++
	var err error
	switch e.Kind {
	case Batch:
		return r.batch(e)
	case End:
		if err = r.edge(e); err == nil {
			e.Number, err = r.uvarint()
		}
	case Idle:
		return r.edge(e)
	case Mark:
		if err = r.edge(e); err == nil {
			e.Time, err = r.varint()
		}
	case Barrier:
		if err = r.edge(e); err == nil {
			e.Number, err = r.uvarint()
		}
	case Credit:
		return r.credit(e)
	case Stop:
		e.Number, err = r.uvarint()
	case Fail:
		return r.fail(e)
	case Account, Progress:
		e.Body, err = r.text()
	case Hello:
		return r.hello(e)
	case Done:
	default:
		err = r.corrupt(fmt.Sprintf("unknown kind %d", e.Kind))
	}
	return err
}

func (r *Reader) batch(e *Entry) error {
	if r.at == len(r.frame) {
		return r.corrupt("it ends early")
	}
	compression := r.frame[r.at]
	r.at++
	if compression > compressed {
		return fmt.Errorf("%w: unknown compression %d of a batch", ErrVersion, compression)
	}
	if err := r.edge(e); err != nil {
		return err
	}
	if err := r.numbers(&e.To); err != nil {
		return err
	}
	codec, err := r.uvarint()
	if err != nil {
		return err
	}
	if codec > math.MaxUint32 {
		return r.corrupt("the codec is out of range")
	}
	e.Codec = uint32(codec)
	var count int
	if err := r.numbers(&e.Items, &count); err != nil {
		return err
	}
	if compression == compressed {
		return r.packed(e, count)
	}
	if count > r.left {
		return r.corrupt(fmt.Sprintf("%d parts where %d are left", count, r.left))
	}
	r.left -= count
	list := r.at
	if err := r.beside(e, count); err != nil {
		return err
	}
	if err := r.body(e); err != nil || r.flags&flagInline == 0 || count == 0 {
		return err
	}
	return r.inside(e, count, list)
}

// beside reads the list of a batch's parts and, where they are beside the
// frame, takes them and checks them.
func (r *Reader) beside(e *Entry, count int) error {
	inline := r.flags&flagInline != 0
	for i := range count {
		size, sum, err := r.part()
		if err != nil {
			return err
		}
		if inline {
			continue
		}
		if err := r.checkPart(i, r.parts[i], size, sum); err != nil {
			return err
		}
	}
	if !inline && count > 0 {
		e.Parts, r.parts = r.parts[:count:count], r.parts[count:]
	}
	return nil
}

// inside copies parts out of the frame, whose list begins at list.
func (r *Reader) inside(e *Entry, count, list int) error {
	parts := make([][]byte, count)
	for i := range parts {
		bytesAt := r.at
		r.at = list
		size, sum, err := r.part()
		list, r.at = r.at, bytesAt
		if err != nil {
			return err
		}
		if parts[i], err = r.copied(i, size, sum); err != nil {
			return err
		}
	}
	e.Parts = parts
	return nil
}

// copied copies a part that lies here.
func (r *Reader) copied(i int, size uint64, sum uint32) ([]byte, error) {
	if size > uint64(len(r.frame)-r.at) {
		return nil, r.corrupt(fmt.Sprintf("part %d of %d bytes does not fit in the frame", i, size))
	}
	view := r.frame[r.at:][:size]
	if err := r.checkPart(i, view, size, sum); err != nil {
		return nil, err
	}
	part := garbage.Bytes(int(size))
	r.at += copy(part, view)
	return part, nil
}

// part reads one entry of the list of parts.
func (r *Reader) part() (size uint64, sum uint32, err error) {
	if size, err = r.uvarint(); err != nil {
		return 0, 0, err
	}
	if size == 0 {
		return 0, 0, r.corrupt("an empty part")
	}
	if r.flags&flagSums != 0 {
		if len(r.frame)-r.at < 4 {
			return 0, 0, r.corrupt("it ends early")
		}
		sum = binary.LittleEndian.Uint32(r.frame[r.at:])
		r.at += 4
	}
	return size, sum, nil
}

func (r *Reader) checkPart(i int, p []byte, size uint64, want uint32) error {
	if uint64(len(p)) != size {
		return r.corrupt(fmt.Sprintf("part %d has %d bytes, not %d", i, len(p), size))
	}
	if r.flags&flagSums == 0 {
		return nil
	}
	if sum := crc32.Checksum(p, castagnoli); sum != want {
		return r.corrupt(fmt.Sprintf("the checksum of part %d is %08x, not %08x", i, sum, want))
	}
	return nil
}

// body reads the zeros, the length and the body of a batch.
func (r *Reader) body(e *Entry) error {
	start := (r.at + 7) &^ 7
	if len(r.frame)-start < 8 {
		return r.corrupt("it ends early")
	}
	for ; r.at < start; r.at++ {
		if r.frame[r.at] != 0 {
			return r.corrupt("bytes before the body are not zero")
		}
	}
	size := binary.LittleEndian.Uint64(r.frame[r.at:])
	r.at += 8
	if size > uint64(len(r.frame)-r.at) {
		return r.corrupt(fmt.Sprintf("a body of %d bytes does not fit in the frame", size))
	}
	end := r.at + int(size)
	e.Body = r.frame[r.at:end:end]
	r.at = end
	return nil
}

func (r *Reader) credit(e *Entry) error {
	if err := r.edge(e); err != nil {
		return err
	}
	if err := r.numbers(&e.To); err != nil {
		return err
	}
	n, err := r.uvarint()
	if err != nil {
		return err
	}
	if n > math.MaxInt64 {
		return r.corrupt("the credit is out of range")
	}
	e.Bytes = int64(n)
	return nil
}

func (r *Reader) fail(e *Entry) error {
	f := &Failure{}
	if err := r.numbers(&f.Rank); err != nil {
		return err
	}
	instance, err := r.varint()
	if err != nil {
		return err
	}
	if instance < -1 || instance > math.MaxInt32 {
		return r.corrupt("the instance is out of range")
	}
	f.Instance = int(instance)
	for _, s := range []*string{&f.PE, &f.Host, &f.Item, &f.Text} {
		b, err := r.text()
		if err != nil {
			return err
		}
		*s = string(b)
	}
	e.Failure = f
	return nil
}

func (r *Reader) hello(e *Entry) error {
	digest, err := r.text()
	if err != nil {
		return err
	}
	g := &Greeting{Digest: append([]byte{}, digest...)}
	var count int
	if err := r.numbers(&count); err != nil {
		return err
	}
	for range count { // grows with what is really there
		s, err := r.text()
		if err != nil {
			return err
		}
		g.Strings = append(g.Strings, string(s))
	}
	e.Hello = g
	return nil
}

// edge reads an edge and an instance at its source.
func (r *Reader) edge(e *Entry) error { return r.numbers(&e.Edge, &e.From) }

// numbers reads what Writer.number has written.
func (r *Reader) numbers(dst ...*int) error {
	for _, d := range dst {
		v, err := r.uvarint()
		if err != nil {
			return err
		}
		if v > math.MaxInt32 {
			return r.corrupt(fmt.Sprintf("the number %d is out of range", v))
		}
		*d = int(v)
	}
	return nil
}

func (r *Reader) uvarint() (uint64, error) {
	if r.at < len(r.frame) && r.frame[r.at] < 0x80 { // most are small
		r.at++
		return uint64(r.frame[r.at-1]), nil
	}
	v, n := binary.Uvarint(r.frame[r.at:])
	if n <= 0 {
		return 0, r.corrupt("a number ends early or is too long")
	}
	r.at += n
	return v, nil
}

func (r *Reader) varint() (int64, error) {
	v, n := binary.Varint(r.frame[r.at:])
	if n <= 0 {
		return 0, r.corrupt("a number ends early or is too long")
	}
	r.at += n
	return v, nil
}

// text is a view into the frame.
func (r *Reader) text() ([]byte, error) {
	size, err := r.uvarint()
	if err != nil {
		return nil, err
	}
	if size > uint64(len(r.frame)-r.at) {
		return nil, r.corrupt(fmt.Sprintf("a text of %d bytes does not fit in the frame", size))
	}
	end := r.at + int(size)
	b := r.frame[r.at:end:end]
	r.at = end
	return b, nil
}

// edges lists those of a damaged frame's batches, to the first that makes no sense.
func (r *Reader) edges() (edges []int) {
	h := r.frame
	look := Reader{frame: h, parts: r.parts, at: headerSize, flags: h[5] & knownFlags, left: int(binary.LittleEndian.Uint32(h[20:]))}
	if look.flags&flagInline == 0 {
		look.left = min(look.left, len(r.parts))
	}
	var e Entry
	for {
		ok, err := look.Next(&e)
		if e.Kind == Batch && !slices.Contains(edges, e.Edge) {
			edges = append(edges, e.Edge)
		}
		if !ok || err != nil {
			return edges
		}
	}
}

// corrupt says what is wrong here.
func (r *Reader) corrupt(what string) error {
	err := &CorruptError{Sender: r.sender, Offset: r.at, What: what}
	if r.entry != nil {
		err.Entry = describe(r.entry)
		if r.entry.Kind == Batch {
			err.Edges = []int{r.entry.Edge}
		}
	}
	return err
}
