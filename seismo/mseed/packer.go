package mseed

import (
	"maps"
	"math"
	"slices"
)

// A Packer writes samples that come in pieces as records that are full: pieces of a
// channel that follow each other within half a sample go on in the same record, as
// records of a Trace do. A record is written when it is full, at a gap, where rate
// or type of the samples change, and at Flush.
//
// Its memory is that of a record or two for each channel, at most 4096 of them;
// one more has all others flushed.
type Packer struct {
	w       *Writer
	enc     Encoding // as the options have it
	pending map[string]*pending
}

// pending is what is to be written of a channel.
type pending struct {
	segment Segment
	anchor  int  // a sample whose time is known, the first of the last piece
	at      Time // and that time
	label
}

// label is what all samples of a record have in common.
type label struct {
	pub   int
	flags Flags
	enc   Encoding
}

// maxPending is how many channels a Packer keeps.
const maxPending = 4096

// NewPacker returns a Packer that writes to w, to which nothing else may be written
// meanwhile.
func NewPacker(w *Writer) *Packer {
	return &Packer{w: w, enc: w.opt.Encoding, pending: map[string]*pending{}}
}

// Add takes a piece, which it copies. The errors are those of Writer.Write.
func (p *Packer) Add(s *Segment) error {
	return p.add(s, label{p.w.opt.PubVersion, p.w.opt.Flags, p.enc})
}

func (p *Packer) add(s *Segment, l label) error {
	if s.Len() == 0 {
		return nil
	}
	have := p.pending[s.ID]
	if have != nil && !have.continuedBy(s, l) {
		if err := p.write(have, true); err != nil {
			return err
		}
		have = nil
	}
	if have == nil {
		if len(p.pending) >= maxPending {
			if err := p.Flush(); err != nil {
				return err
			}
		}
		have = &pending{segment: Segment{ID: s.ID, SampleRate: s.SampleRate}, label: l}
		p.pending[s.ID] = have
	}
	to := &have.segment
	have.anchor, have.at = to.Len(), s.Start
	to.Int32, to.Float32 = append(to.Int32, s.Int32...), append(to.Float32, s.Float32...)
	to.Float64, to.Text = append(to.Float64, s.Float64...), append(to.Text, s.Text...)
	to.Start = have.at.Add(-have.anchor, to.SampleRate)
	return p.write(have, false)
}

// continuedBy reports whether s goes on where p ends, in the same way.
func (p *pending) continuedBy(s *Segment, l label) bool {
	n := p.segment.Len()
	if n == 0 {
		return p.label == l && s.SampleRate == p.segment.SampleRate
	}
	due := p.at.Add(n-p.anchor, s.SampleRate)
	return p.label == l && s.SampleRate == p.segment.SampleRate && s.SampleRate > 0 && len(s.Text) == 0 &&
		(len(s.Int32) > 0) == (len(p.segment.Int32) > 0) && (len(s.Float32) > 0) == (len(p.segment.Float32) > 0) &&
		math.Abs(due.samplesUntil(s.Start, s.SampleRate)) < 0.5
}

// write writes what fills records, or all there is.
func (p *Packer) write(have *pending, all bool) error {
	s := &have.segment
	if s.Len() == 0 {
		return nil
	}
	p.w.opt.PubVersion, p.w.opt.Flags, p.w.opt.Encoding = have.pub, have.flags, have.enc
	enc, err := p.w.encoding(s)
	if err != nil {
		return err
	}
	n, err := p.w.write(s, enc, all)
	s.Int32, s.Float32 = rest(s.Int32, n), rest(s.Float32, n)
	s.Float64, s.Text = rest(s.Float64, n), rest(s.Text, n)
	have.anchor -= n
	s.Start = have.at.Add(-have.anchor, s.SampleRate)
	return err
}

// rest drops the first n elements and keeps the memory.
func rest[T any](x []T, n int) []T {
	if len(x) == 0 {
		return x
	}
	return slices.Delete(x, 0, n)
}

// Flush writes what is left, by channel.
func (p *Packer) Flush() error {
	for _, id := range slices.Sorted(maps.Keys(p.pending)) {
		have := p.pending[id]
		delete(p.pending, id)
		if err := p.write(have, true); err != nil {
			return err
		}
	}
	return nil
}
