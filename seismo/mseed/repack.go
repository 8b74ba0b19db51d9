package mseed

import "io"

// Repack writes the records of r to w as its options have it: another version,
// record length, byte order or encoding; records of a channel that follow each
// other are put together. Publication versions and flags stay those of the
// records, and so does the encoding, unless the options name one; one that does
// not hold the samples is an error.
// It reads a stream of any length in little memory, stops at the first damage, and
// returns how many records it has read. What is lost are extra headers, blockettes
// other than 100, 1000 and 1001, and records without samples.
func Repack(w *Writer, r io.Reader) (records int, err error) {
	reader, packer := NewReader(r), NewPacker(w)
	var rec Record
	for {
		err := reader.Next(&rec)
		if err == io.EOF {
			break
		}
		if err != nil {
			return reader.record, err
		}
		s := Segment{ID: rec.ID, Start: rec.Start, SampleRate: rec.SampleRate}
		switch rec.Encoding.SampleType() {
		case TextType:
			s.Text = rec.Text()
		case Float32Type:
			s.Float32, err = rec.AppendFloat32(nil)
		case Float64Type:
			s.Float64, err = rec.AppendFloat64(nil)
		default:
			s.Int32, err = rec.AppendInt32(nil)
		}
		if err != nil {
			return reader.record, err
		}
		l := label{rec.PubVersion, rec.Flags, packer.enc}
		if l.enc == Text {
			l.enc = rec.Encoding
		}
		if w.opt.Version == 2 && (l.pub < 1 || l.pub > len(qualities)) {
			l.pub = 2
		}
		if err := packer.add(&s, l); err != nil {
			return reader.record, err
		}
	}
	if reader.record == 0 {
		return 0, ErrEmpty
	}
	return reader.record, packer.Flush()
}
