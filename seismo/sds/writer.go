package sds

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// A Writer puts samples into an archive, day by day. Records are full, but for the last
// before a gap or midnight. Each channel has some 64 KiB in memory; one file is
// open at a time.
type Writer struct {
	root      string
	opt       mseed.WriterOptions
	appending bool
	channels  map[string]*channel
}

// channel is what is to be written of one, and the day that it belongs to.
type channel struct {
	day    Day
	buf    bytes.Buffer
	packer *mseed.Packer
	file   string // of the day
	now    string // the name that it has meanwhile; "" if there is none yet
}

// atOnce is how much is appended to a file at a time.
const atOnce = 64 << 10

// NewWriter returns a Writer to a folder, which is made when there is something to be
// written. Files get their names when their day is whole: when the next begins,
// or with Close. One that is there already is not changed: the error is
// fs.ErrExist.
func NewWriter(root string, opt mseed.WriterOptions) (*Writer, error) {
	if _, err := mseed.NewWriter(nil, opt); err != nil {
		return nil, err
	}
	return &Writer{root: root, opt: opt, channels: map[string]*channel{}}, nil
}

// NewAppender returns a Writer that appends to files that are there, whole records
// at a time, for data that come for ever and in any order.
func NewAppender(root string, opt mseed.WriterOptions) (*Writer, error) {
	w, err := NewWriter(root, opt)
	if err == nil {
		w.appending = true
	}
	return w, err
}

// Write takes a segment, of any length. Segments of a channel that follow each other
// go on in the same record. After an error what has been taken and not written yet
// is lost.
func (w *Writer) Write(s *mseed.Segment) error {
	for done := 0; done < s.Len(); {
		part := slice(s, done, s.Len())
		day := DayOf(part.Start)
		if n := int(math.Ceil(float64((day+1).Start()-part.Start)/1e9*s.SampleRate - 1e-6)); s.SampleRate > 0 && n < part.Len() {
			part = slice(s, done, done+max(n, 1))
		}
		done += part.Len()
		c, err := w.channel(s.ID, day)
		if err != nil {
			return err
		}
		if err := c.packer.Add(part); err != nil {
			return err
		}
		if c.buf.Len() >= atOnce {
			if err := w.append(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// channel returns what is to be written of a channel, and ends another day of it.
func (w *Writer) channel(id string, day Day) (*channel, error) {
	c := w.channels[id]
	if c == nil {
		c = &channel{day: day - 1}
		records, err := mseed.NewWriter(&c.buf, w.opt)
		if err != nil {
			return nil, err
		}
		c.packer = mseed.NewPacker(records)
		w.channels[id] = c
	}
	if c.day == day {
		return c, nil
	}
	if err := w.end(c); err != nil {
		return nil, err
	}
	file, err := Path(w.root, id, day)
	c.day, c.file = day, file
	return c, err
}

// slice is a part of a segment.
func slice(s *mseed.Segment, from, to int) *mseed.Segment {
	part := &mseed.Segment{ID: s.ID, Start: s.Start.Add(from, s.SampleRate), SampleRate: s.SampleRate}
	switch {
	case s.Int32 != nil:
		part.Int32 = s.Int32[from:to]
	case s.Float32 != nil:
		part.Float32 = s.Float32[from:to]
	case s.Float64 != nil:
		part.Float64 = s.Float64[from:to]
	default:
		part.Text = s.Text[from:to]
	}
	return part
}

// Flush writes all that has been taken, the last records as full as they are. New
// files keep their temporary names.
func (w *Writer) Flush() error {
	return w.each(func(c *channel) error { return cmp.Or(c.packer.Flush(), w.append(c)) })
}

// Close writes all that has been taken and gives all files their names.
func (w *Writer) Close() error {
	err := w.each(w.end)
	w.Discard() // what an error has left
	return err
}

// Discard removes the files that have no names yet. After Close it does nothing.
func (w *Writer) Discard() {
	for _, c := range w.channels {
		if c.now != "" && !w.appending {
			os.Remove(c.now)
		}
	}
	clear(w.channels)
}

func (w *Writer) each(f func(c *channel) error) error {
	for _, id := range slices.Sorted(maps.Keys(w.channels)) {
		if err := f(w.channels[id]); err != nil {
			return err
		}
	}
	return nil
}

// end ends the day of a channel.
func (w *Writer) end(c *channel) error {
	if err := cmp.Or(c.packer.Flush(), w.append(c)); err != nil {
		return err
	}
	if c.now == "" {
		return nil
	}
	now := c.now
	c.now = ""
	if w.appending {
		return nil
	}
	if err := newfile.Place(now, c.file); err != nil {
		os.Remove(now)
		return fmt.Errorf("sds: %s: %w", c.file, err)
	}
	return nil
}

// append adds whole records to the file of a channel's day.
func (w *Writer) append(c *channel) error {
	if c.buf.Len() == 0 {
		return nil
	}
	if c.now == "" {
		if err := os.MkdirAll(filepath.Dir(c.file), 0o777); err != nil {
			return fmt.Errorf("sds: %w", err)
		}
		if c.now = c.file; !w.appending {
			c.now = newfile.Temporary(c.file)
		}
	}
	f, err := os.OpenFile(c.now, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("sds: %w", err)
	}
	_, err = c.buf.WriteTo(f)
	if err := cmp.Or(err, f.Close()); err != nil {
		return fmt.Errorf("sds: %s: %w", c.file, err)
	}
	return nil
}
