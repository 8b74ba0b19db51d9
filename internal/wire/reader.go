package wire

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
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
