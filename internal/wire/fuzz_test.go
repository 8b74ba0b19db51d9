package wire

import (
	"bytes"
	"testing"
)

// FuzzReader reads arbitrary bytes as a frame, as they are and with a right
// checksum, with parts of the lengths given beside it. Whatever they are, the
// Reader neither panics nor makes memory that the bytes do not fill.
func FuzzReader(f *testing.F) {
	for _, v := range variants {
		frame, parts := sampleFrame(v.opts)
		lengths := make([]byte, len(parts))
		for i, p := range parts {
			lengths[i] = byte(len(p))
		}
		f.Add(frame, lengths)
	}
	list, how := packedSamples()
	for i := range list {
		w := NewWriter(&heap{}, Options{InlineParts: i%2 == 0, Check: i%3 == 0})
		writePacked(w, &list[i], how[i])
		frame, parts := w.Finish()
		f.Add(frame, bytes.Repeat([]byte{20}, len(parts)))
	}
	// Counts and lengths that nothing is behind.
	for _, entries := range [][]byte{
		{byte(Hello), 0, 0xff, 0xff, 0xff, 0xff, 7},
		{byte(Account), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{byte(Batch), 0, 1, 1, 1, 1, 1, 2, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		{byte(Credit), 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
		{byte(Fail), 1, 5},
	} {
		w := NewWriter(&heap{}, Options{InlineParts: true})
		w.Done()
		frame, _ := w.Finish()
		frame = append(frame[:headerSize:headerSize], entries...)
		frame[20] = 2
		seal(frame)
		f.Add(frame, []byte{})
	}
	f.Fuzz(func(t *testing.T, frame, lengths []byte) {
		parts := make([][]byte, len(lengths))
		for i, n := range lengths {
			parts[i] = make([]byte, n)
		}
		readBounded(t, frame, parts)
		frame = bytes.Clone(frame)
		seal(frame)
		readBounded(t, frame, parts)
	})
}

func readBounded(t *testing.T, frame []byte, parts [][]byte) {
	list, err := readAll(frame, parts)
	total := 0
	for _, e := range list {
		total += len(e.Body)
		for _, p := range e.Parts {
			total += len(p)
		}
		for _, p := range e.Packed {
			total += len(p.Packed)
			if p.Unpacked > len(p.Packed)*expansion {
				t.Errorf("%d bytes stand for %d", len(p.Packed), p.Unpacked)
			}
		}
		if e.Unpacked > len(e.Body)*expansion {
			t.Errorf("%d bytes stand for %d", len(e.Body), e.Unpacked)
		}
		if e.Failure != nil {
			total += len(e.Failure.PE) + len(e.Failure.Host) + len(e.Failure.Item) + len(e.Failure.Text)
		}
		if e.Hello != nil {
			total += len(e.Hello.Digest)
			for _, s := range e.Hello.Strings {
				total += len(s)
			}
		}
	}
	for _, p := range parts {
		total -= len(p)
	}
	if total > len(frame) {
		t.Errorf("%d bytes out of a frame of %d", total, len(frame))
	}
	if err != nil {
		return
	}
	// What is well-formed can be written again and reads the same.
	w := NewWriter(&heap{}, Options{InlineParts: len(frame) > 5 && frame[5]&flagInline != 0})
	for i := range list {
		if unpackAll(&list[i]) != nil {
			return
		}
		write(w, &list[i])
	}
	same, sameParts := w.Finish()
	if same == nil {
		return
	}
	if again, err := readAll(same, sameParts); err != nil || len(again) != len(list) {
		t.Errorf("written again: %d entries, not %d, and %v", len(again), len(list), err)
	}
}
