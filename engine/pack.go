package engine

import (
	"github.com/dispel4go/dispel4go/internal/garbage"
	"github.com/dispel4go/dispel4go/internal/port"
	"github.com/dispel4go/dispel4go/internal/wire"
	"github.com/dispel4go/dispel4go/transport"
)

// Compress says how batches between ranks are compressed.
type Compress = wire.Compress

// The ways. Auto compresses between nodes where it pays, by what is measured
// of the data, the coders and the link while the run goes on; S2, Zstd and
// Numeric compress whatever leaves the rank and gets smaller.
const (
	CompressAuto    = wire.CompressAuto
	CompressOff     = wire.CompressOff
	CompressS2      = wire.CompressS2
	CompressZstd    = wire.CompressZstd
	CompressNumeric = wire.CompressNumeric
)

// ParseCompress reads auto, off, s2, zstd or numeric.
func ParseCompress(s string) (Compress, error) { return wire.ParseCompress(s) }

// packing is what an instance's batches have taken and given that were
// compressed.
type packing struct {
	plain, packed uint64 // bytes before and after, on their way out
	pack, unpack  int64  // nanoseconds
}

// A packer decides how the batches of one edge to one rank are packed.
type packer struct{ bodies, parts *wire.Chooser }

// packs makes the outbox pack, if that is wanted to this rank.
func (b *outbox) packs(mode Compress) {
	meter, ok := b.m.tr.(transport.Meter)
	if mode == CompressOff || mode == CompressAuto && !(ok && b.m.far(b.to)) {
		return
	}
	b.packers = map[int]packer{}
	b.compress = mode
	b.link = func() float64 {
		if !ok {
			return 0
		}
		return meter.Rate(b.to)
	}
}

// far reports whether a rank is on another node.
func (m *remote) far(rank int) bool { return m.tr.Node(rank) != m.tr.Node(m.r.id) }

// packer returns that of an edge if a batch of so many bytes is to be packed,
// or looked at. Parts that an edge never has are not waited for.
func (b *outbox) packer(edge, bytes int, parted bool) (p packer, ok bool) {
	if b.packers == nil {
		return p, false
	}
	if p, ok = b.packers[edge]; !ok {
		p = packer{wire.NewChooser(b.compress), wire.NewChooser(b.compress)}
		b.packers[edge] = p
	}
	return p, !p.bodies.Rests(bytes) || parted && !p.parts.Rests(bytes)
}

// packed writes a batch as p decides, and returns the bytes that its receiver
// will see.
func (b *outbox) packed(o *outEdge, h wire.BatchHeader, items port.Batch, p packer) (bytes int, err error) {
	body := items.Memory()
	b.parts = b.parts[:0]
	if body == nil {
		if b.scratch, b.parts, err = items.Encode(b.scratch[:0], b.parts, !o.parted); err != nil {
			return 0, err
		}
		body = b.scratch
	}
	bytes = len(body)
	how := wire.Packing{Body: p.bodies.Choose(body, len(body), b.link)}
	if len(b.parts) > 0 {
		all := 0
		for _, part := range b.parts {
			all += len(part)
		}
		bytes += all
		how.Parts = p.parts.Choose(b.parts[0], all, b.link)
	}
	if how == (wire.Packing{}) {
		b.w.Batch(h, len(body), func(dst []byte) []byte { return append(dst, body...) }, b.parts)
	} else {
		began := now()
		got := b.w.PackedBatch(h, body, b.parts, how)
		row := &o.from.row.packing
		row.pack += now() - began
		row.plain += uint64(got.Body + got.Parts)
		row.packed += uint64(got.PackedBody + got.PackedParts)
		p.bodies.Done(got.Body, got.PackedBody)
		p.parts.Done(got.Parts, got.PackedParts)
	}
	clear(b.parts)
	b.tidy()
	return bytes, nil
}

// unpack makes the parts that came packed.
func (x *received) unpack() error {
	for _, p := range x.packed {
		part := garbage.Bytes(p.Unpacked)
		if err := wire.Unpack(part, p.Packed); err != nil {
			return err
		}
		x.parts[p.At] = part
	}
	return nil
}

// encoded is the body as its port decodes it.
func (x *received) encoded() port.Body {
	if x.unpacked > 0 {
		return port.Body{Bytes: x.body, Unpack: wire.Unpack, Size: x.unpacked}
	}
	return port.Body{Bytes: x.body}
}
