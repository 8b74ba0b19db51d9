package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/frames.txt anew: only for a new version of the format")

// heap is a Memory that counts what is out.
type heap struct{ out int }

func (h *heap) Alloc(n int) []byte { h.out++; return bytes.Repeat([]byte{0xaa}, n) }
func (h *heap) Free([]byte)        { h.out-- }

// putting returns a put that appends body.
func putting(body []byte) func([]byte) []byte {
	return func(dst []byte) []byte { return append(dst, body...) }
}

// write writes an entry as the Writer's methods do.
func write(w *Writer, e *Entry) {
	switch e.Kind {
	case Batch:
		w.Batch(BatchHeader{e.Edge, e.From, e.To, e.Codec, e.Items}, len(e.Body), putting(e.Body), e.Parts)
	case End:
		w.End(e.Edge, e.From, e.Number)
	case Mark:
		w.Mark(e.Edge, e.From, e.Time)
	case Idle:
		w.Idle(e.Edge, e.From)
	case Barrier:
		w.Barrier(e.Edge, e.From, e.Number)
	case Credit:
		w.Credit(e.Edge, e.From, e.To, e.Bytes)
	case Stop:
		w.Stop(e.Number)
	case Fail:
		w.Fail(e.Failure)
	case Account:
		w.Account(e.Body)
	case Progress:
		w.Progress(e.Body)
	case Hello:
		w.Hello(e.Hello)
	case Done:
		w.Done()
	}
}

// readAll reads a frame's entries.
func readAll(frame []byte, parts [][]byte) ([]Entry, error) {
	var r Reader
	if err := r.Reset(frame, parts); err != nil {
		return nil, err
	}
	var list []Entry
	for {
		var e Entry
		if ok, err := r.Next(&e); !ok {
			return list, err
		}
		list = append(list, e)
	}
}

// seal puts the right checksum into a frame that has been changed.
func seal(frame []byte) {
	if len(frame) < headerSize {
		return
	}
	binary.LittleEndian.PutUint64(frame[24:], uint64(len(frame)-headerSize))
	var sum uint32
	if frame[5]&flagSums != 0 {
		sum = crc32.Checksum(frame[headerSize:], castagnoli)
	}
	binary.LittleEndian.PutUint32(frame[32:], crc32.Update(sum, castagnoli, frame[:checkedTo]))
}

// samples has an entry of every kind.
var samples = []Entry{
	{Kind: Batch, Edge: 3, From: 1, To: 200, Codec: 7, Items: 2, Body: []byte("sixteen bytes ok"),
		Parts: [][]byte{[]byte("part one"), []byte("2")}},
	{Kind: Batch, Body: []byte{}},
	{Kind: End, Edge: 2, From: 5},
	{Kind: Mark, Edge: 2, From: 5, Time: -1e18},
	{Kind: Idle, Edge: 2, From: 300},
	{Kind: Barrier, Edge: 2, From: 5, Number: math.MaxUint64},
	{Kind: Credit, Edge: 2, From: 5, To: 6, Bytes: 1 << 20},
	{Kind: Stop, Number: 1},
	{Kind: Fail, Failure: &Failure{Rank: 4, Instance: -1, PE: "whiten", Host: "node7", Item: "item 12 of in", Text: "NaN"}},
	{Kind: Account, Body: []byte("pe,items\nwhiten[0],12\n")},
	{Kind: Progress, Body: []byte{1, 2}},
	{Kind: Hello, Hello: &Greeting{Digest: []byte{1, 2, 3, 4}, Strings: []string{"v0.1", "", "noise.toml"}}},
	{Kind: Done},
}

// variants are the ways of a Writer with parts.
var variants = []struct {
	name string
	opts Options
}{
	{"beside", Options{}},
	{"inline", Options{InlineParts: true}},
	{"sums", Options{Check: true}},
	{"inline_sums", Options{InlineParts: true, Check: true}},
}

// One frame of each kind of entry, byte for byte.
func TestGolden(t *testing.T) {
	var got strings.Builder
	for _, v := range variants {
		for _, e := range samples {
			if v.name != "beside" && len(e.Parts) == 0 {
				continue
			}
			v.opts.Epoch, v.opts.Sender = 0x1122334455667788, 9
			w := NewWriter(&heap{}, v.opts)
			write(w, &e)
			frame, _ := w.Finish()
			fmt.Fprintf(&got, "%v, parts %s\n%s\n", e.Kind, v.name, hex.Dump(frame))
		}
	}
	const file = "testdata/frames.txt"
	if *rewrite {
		if err := os.WriteFile(file, []byte(got.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != strings.ReplaceAll(string(want), "\r", "") {
		t.Errorf("the format has changed and is no longer version %d:\n%s", Version, got.String())
	}
}

// What is written is read, in random order and number, with frames that grow.
func TestRoundTrip(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			draw := rand.New(rand.NewPCG(1, 2))
			mem := &heap{}
			v.opts.Epoch, v.opts.Sender, v.opts.FrameSize = 77, 3, 100
			w := NewWriter(mem, v.opts)
			for range 300 {
				var want []Entry
				for range 1 + draw.IntN(40) {
					e := samples[draw.IntN(len(samples))]
					if e.Kind == Batch {
						e.Body = make([]byte, draw.IntN(1<<draw.IntN(14)))
						fillRandom(e.Body, draw)
						e.Parts = nil
						for range draw.IntN(3) {
							p := make([]byte, 1+draw.IntN(5000))
							fillRandom(p, draw)
							e.Parts = append(e.Parts, p)
						}
					}
					write(w, &e)
					want = append(want, e)
				}
				frame, parts := w.Finish()
				if v.opts.InlineParts != (parts == nil) && countParts(want) > 0 {
					t.Fatalf("%d parts beside the frame", len(parts))
				}
				if w.Len() != 0 {
					t.Fatal("the writer is not empty")
				}
				got, err := readAll(frame, parts)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("read %v, written %v", got, want)
				}
				for _, e := range got {
					if e.Kind == Batch && cap(e.Body) > 0 && (offset(frame, e.Body)%8 != 0 || cap(e.Body) != len(e.Body)) {
						t.Fatalf("body at byte %d with capacity %d for %d", offset(frame, e.Body), cap(e.Body), len(e.Body))
					}
					for _, p := range e.Parts {
						if cap(p) != len(p) {
							t.Fatal("a part with room to grow")
						}
					}
				}
				mem.Free(frame)
			}
			if mem.out != 0 {
				t.Errorf("%d frames not given back", mem.out)
			}
		})
	}
}

func fillRandom(b []byte, draw *rand.Rand) {
	for i := range b {
		b[i] = byte(draw.Uint32())
	}
}

func countParts(list []Entry) (n int) {
	for _, e := range list {
		n += len(e.Parts)
	}
	return n
}

// offset is where a view begins in its frame.
func offset(frame, view []byte) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(view))) - uintptr(unsafe.Pointer(unsafe.SliceData(frame)))
}

// A size that was too small costs a copy and nothing else; so does a frame of
// exactly the room.
func TestWrongSizes(t *testing.T) {
	for size := 0; size < 300; size += 7 {
		for length := 0; length < 300; length += 11 {
			mem := &heap{}
			w := NewWriter(mem, Options{FrameSize: 1})
			body := bytes.Repeat([]byte{byte(length)}, length)
			for range 3 {
				w.Batch(BatchHeader{Items: 1}, size, putting(body), nil)
			}
			frame, _ := w.Finish()
			list, err := readAll(frame, nil)
			if err != nil || len(list) != 3 || !bytes.Equal(list[2].Body, body) || mem.out != 1 {
				t.Fatalf("size %d for %d bytes: %d entries, %d frames out, %v", size, length, len(list), mem.out, err)
			}
		}
	}
}

// Overheads are upper bounds, so that a caller can keep below the largest frame.
func TestOverhead(t *testing.T) {
	for before := range 8 {
		mem := &heap{}
		w := NewWriter(mem, Options{Check: true})
		w.Account(make([]byte, before))
		start := w.Len()
		const most = math.MaxInt32
		parts := [][]byte{make([]byte, 1<<21), make([]byte, 1)}
		w.Batch(BatchHeader{most, most, most, math.MaxUint32, most}, 10, putting(make([]byte, 10)), parts)
		if n := w.Len() - start - 10; n > BatchOverhead+len(parts)*PartOverhead {
			t.Errorf("a batch takes %d bytes beside its body", n)
		}
		w.Discard()
		if mem.out != 0 || w.Len() != 0 || w.Parts() != 0 {
			t.Error("Discard leaves something")
		}
	}
}

// A codec that fails leaves no trace in the frame.
func TestBatchTakenBack(t *testing.T) {
	for _, first := range []bool{true, false} {
		mem := &heap{}
		w := NewWriter(mem, Options{})
		if !first {
			w.End(1, 2, 0)
		}
		before := w.Len()
		if w.Batch(BatchHeader{}, 5, func([]byte) []byte { return nil }, [][]byte{{1}}) {
			t.Error("written although put returned nil")
		}
		func() {
			defer func() { _ = recover() }()
			w.Batch(BatchHeader{}, 5, func([]byte) []byte { panic("codec") }, nil)
		}()
		if w.Len() != before || w.Parts() != 0 {
			t.Errorf("%d bytes and %d parts, not %d and 0", w.Len(), w.Parts(), before)
		}
		w.Discard()
		if mem.out != 0 {
			t.Error("a frame is lost")
		}
	}
	if frame, parts := NewWriter(&heap{}, Options{}).Finish(); frame != nil || parts != nil {
		t.Error("a frame out of nothing")
	}
}

// sampleFrame is a frame with everything in it.
func sampleFrame(opts Options) ([]byte, [][]byte) {
	opts.Sender = 9
	w := NewWriter(&heap{}, opts)
	for _, e := range samples {
		write(w, &e)
	}
	return w.Finish()
}

// Every bit that flips and every byte that is missing is noticed; without
// checksums of everything, those of the header are.
func TestDamage(t *testing.T) {
	for _, v := range variants {
		frame, parts := sampleFrame(v.opts)
		bits := len(frame) * 8
		if !v.opts.Check {
			bits = headerSize * 8
		}
		for i := range bits {
			frame[i/8] ^= 1 << (i % 8)
			_, err := readAll(frame, parts)
			if at := i / 8; !errors.Is(err, ErrCorrupt) && at != 4 && (at < 36 || at >= headerSize) {
				t.Errorf("%s: bit %d flipped: %v", v.name, i, err)
			} else if err == nil {
				t.Errorf("%s: bit %d flipped unnoticed", v.name, i)
			}
			frame[i/8] ^= 1 << (i % 8)
		}
		for n := range frame {
			if _, err := readAll(frame[:n], parts); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: cut to %d bytes: %v", v.name, n, err)
			}
		}
		if v.opts.Check && !v.opts.InlineParts {
			parts[0][0] ^= 1
			if _, err := readAll(frame, parts); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: a part changed: %v", v.name, err)
			}
			parts[0][0] ^= 1
		}
	}
}

// Errors say what is wrong, in which entry, from which rank.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(frame []byte, parts [][]byte) ([]byte, [][]byte)
		want  string
		is    error
	}{
		{"another version", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[4] = 2; return f, p },
			"wire: frame of another version: version 2, this program reads version 1", ErrVersion},
		{"unknown flag", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[5] |= 0x80; seal(f); return f, p },
			"wire: frame of another version: unknown flags 0x80", ErrVersion},
		{"compressed frame", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[6] = 3; seal(f); return f, p },
			"wire: frame of another version: unknown compression 3", ErrVersion},
		{"compressed batch", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[41] = 3; seal(f); return f, p },
			"wire: frame of another version: unknown compression 3 of a batch", ErrVersion},
		{"not a frame", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[0] = 'x'; return f, p },
			"wire: corrupt frame at byte 0: this is no frame", ErrCorrupt},
		{"part missing", func(f []byte, p [][]byte) ([]byte, [][]byte) { return f, p[:1] },
			"wire: corrupt frame from rank 9 at byte 0: 1 parts beside the frame where the header announces 2", ErrCorrupt},
		{"part cut", func(f []byte, p [][]byte) ([]byte, [][]byte) { return f, [][]byte{p[0][:3], p[1]} },
			"wire: corrupt frame from rank 9 at byte 50 (batch, edge 3, from instance 1 to 200): part 0 has 3 bytes, not 8", ErrCorrupt},
		{"parts of no entry", func(f []byte, _ [][]byte) ([]byte, [][]byte) {
			f[20]++
			seal(f)
			return f, [][]byte{make([]byte, 8), {2}, {3}}
		}, "wire: corrupt frame from rank 9 at byte 225: 1 parts belong to no entry", ErrCorrupt},
		{"unknown kind", func(f []byte, p [][]byte) ([]byte, [][]byte) { f[len(f)-1] = 99; seal(f); return f, p },
			"wire: corrupt frame from rank 9 at byte 225 (unknown): unknown kind 99", ErrCorrupt},
		{"an entry too many", func(f []byte, p [][]byte) ([]byte, [][]byte) {
			f = append(f, byte(Mark), 4, 7)
			seal(f)
			return f, p
		}, "wire: corrupt frame from rank 9 at byte 228 (mark, edge 4, from instance 7): a number ends early or is too long", ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readAll(c.spoil(sampleFrame(Options{})))
			if err == nil || err.Error() != c.want || !errors.Is(err, c.is) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// An error stays.
func TestErrorStays(t *testing.T) {
	frame, parts := sampleFrame(Options{})
	frame[41] = 2
	seal(frame)
	var r Reader
	var e Entry
	if err := r.Reset(frame, parts); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if ok, err := r.Next(&e); ok || !errors.Is(err, ErrVersion) {
			t.Fatalf("%v, %v", ok, err)
		}
	}
}

// Streams allocate nothing on either side.
func TestNoAllocation(t *testing.T) {
	mem := &again{buf: make([]byte, 1<<16)}
	w := NewWriter(mem, Options{})
	put := putting(make([]byte, 1000))
	var r Reader
	var e Entry
	if n := testing.AllocsPerRun(100, func() {
		for i := range 20 {
			w.Batch(BatchHeader{1, 2, 3, 4, 5}, 1000, put, nil)
			w.Mark(1, 2, int64(i))
			w.Credit(1, 2, 3, 4)
			w.End(1, 2, 0)
		}
		frame, _ := w.Finish()
		if err := r.Reset(frame, nil); err != nil {
			t.Fatal(err)
		}
		for {
			if ok, err := r.Next(&e); !ok {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// again is a Memory of one frame.
type again struct{ buf []byte }

func (a *again) Alloc(n int) []byte { return a.buf[:n] }
func (a *again) Free([]byte)        {}
