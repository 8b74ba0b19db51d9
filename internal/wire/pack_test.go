package wire

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// smooth is n words of a signal that changes slowly, in the form that a method
// is for.
func smooth(m Method, n int) []byte {
	var b []byte
	for i := range n {
		v := int32(20000*math.Sin(float64(i)/50)) + int32(i%7)
		switch m {
		case Delta8, S2Shuffle8, ZstdShuffle8:
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		case Integers4:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		case Integers8:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
		default:
			b = binary.LittleEndian.AppendUint32(b, uint32(v/16))
		}
	}
	return b
}

// What is packed comes back in every bit, of any length, and never with more
// room than was announced.
func TestPack(t *testing.T) {
	draw := rand.New(rand.NewPCG(5, 6))
	for m := Delta4; m < methods; m++ {
		packed := 0
		for _, n := range []int{1, 2, 7, 8, 9, 100, 1000, 4096, chunk/8 - 1, chunk / 4, chunk/4 + 1, chunk, 3*chunk/4 + 5} {
			for _, odd := range []int{0, 1, 3, 7} {
				src := smooth(m, n)
				src = append(src, make([]byte, odd)...)
				room := make([]byte, 3, 3+PackedBound(len(src)))
				out, ok := Pack(room, src, m)
				if &out[0] != &room[0] {
					t.Errorf("%v, %d bytes: more room than PackedBound says", m, len(src))
				}
				if !ok {
					if len(out) != 3 {
						t.Errorf("%v: %d bytes left behind", m, len(out))
					}
					continue
				}
				packed++
				dst := make([]byte, len(src))
				if err := Unpack(dst, out[3:]); err != nil || !bytes.Equal(dst, src) {
					t.Errorf("%v, %d bytes packed into %d: %v", m, len(src), len(out)-3, err)
				}
			}
		}
		if packed < 20 {
			t.Errorf("%v has packed only %d of all", m, packed)
		}
		for range 50 { // nothing to gain: it says so, within its room
			src := make([]byte, draw.IntN(3*chunk))
			fillRandom(src, draw)
			room := make([]byte, 1, 1+PackedBound(len(src)))
			if out, ok := Pack(room, src, m); ok || &out[0] != &room[0] {
				t.Fatalf("%v: %d random bytes packed into %d", m, len(src), len(out)-1)
			}
		}
	}
}

// Floats that are not all integers of 32 bits are not packed as such.
func TestIntegersOnly(t *testing.T) {
	for _, odd := range []float64{0.5, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1 << 31, -1<<31 - 1<<20, 1e300} {
		four, eight := smooth(Integers4, 5000), smooth(Integers8, 5000)
		binary.LittleEndian.PutUint32(four[4*4321:], math.Float32bits(float32(odd)))
		binary.LittleEndian.PutUint64(eight[8*4321:], math.Float64bits(odd))
		if _, ok := Pack(nil, four, Integers4); ok {
			t.Errorf("%v is taken for a whole float32", odd)
		}
		if _, ok := Pack(nil, eight, Integers8); ok {
			t.Errorf("%v is taken for a whole float64", odd)
		}
	}
	for _, whole := range []float64{0, 1, -1 << 31, math.MaxInt32 / 256 * 256} {
		four := make([]byte, 4000)
		for i := 0; i < len(four); i += 4 {
			binary.LittleEndian.PutUint32(four[i:], math.Float32bits(float32(whole)))
		}
		out, ok := Pack(nil, four, Integers4)
		if got := make([]byte, len(four)); !ok || Unpack(got, out) != nil || !bytes.Equal(got, four) {
			t.Errorf("%v does not come back", whole)
		}
	}
}

// A byte stands for 1024 at most, and zeros at the end make up for it.
func TestExpansion(t *testing.T) {
	src := make([]byte, 5<<20)
	for m := Delta4; m < methods; m++ {
		out, ok := Pack(nil, src, m)
		if !ok || len(out)*expansion < len(src) {
			t.Errorf("%v: %d zeros in %d bytes", m, len(src), len(out))
		}
		dst := bytes.Repeat([]byte{1}, len(src))
		if err := Unpack(dst, out); err != nil || !bytes.Equal(dst, src) {
			t.Errorf("%v: %v", m, err)
		}
	}
}

// packedSamples are batches of every method, with parts that pack and that do
// not.
func packedSamples() (list []Entry, how []Packing) {
	noise := make([]byte, 200)
	fillRandom(noise, rand.New(rand.NewPCG(1, 1)))
	for m := Stored; m < methods; m++ {
		list = append(list,
			Entry{Kind: Batch, Edge: 3, From: 1, To: 200, Codec: 7, Items: 2, Body: smooth(m, 40), Parts: [][]byte{smooth(m, 50), noise[:20], smooth(m, 50)}},
			Entry{Kind: Batch, Edge: 3, From: 1, To: 2, Codec: 7, Items: 1, Body: noise},
			Entry{Kind: Batch, Edge: 1, Body: []byte{}, Parts: [][]byte{smooth(m, 60)}})
		how = append(how, Packing{m, m}, Packing{m, m}, Packing{Stored, m})
	}
	return list, how
}

func writePacked(w *Writer, e *Entry, how Packing) Packed {
	return w.PackedBatch(BatchHeader{e.Edge, e.From, e.To, e.Codec, e.Items}, e.Body, e.Parts, how)
}

// unpackAll does what a receiver does with a batch.
func unpackAll(e *Entry) error {
	if e.Unpacked > 0 {
		body := make([]byte, e.Unpacked)
		if err := Unpack(body, e.Body); err != nil {
			return err
		}
		e.Body, e.Unpacked = body, 0
	}
	for _, p := range e.Packed {
		part := make([]byte, p.Unpacked)
		if err := Unpack(part, p.Packed); err != nil {
			return err
		}
		e.Parts[p.At] = part
	}
	e.Packed = nil
	return nil
}

// Packed batches come back as they were, between others, in frames that grow.
func TestPackedBatch(t *testing.T) {
	list, how := packedSamples()
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			mem := &heap{}
			v.opts.FrameSize = 64
			w := NewWriter(mem, v.opts)
			var want []Entry
			small := 0
			for i := range list {
				got := writePacked(w, &list[i], how[i])
				if got.PackedBody > got.Body || got.PackedParts > got.Parts {
					t.Errorf("%+v", got)
				}
				if got.PackedBody+got.PackedParts < got.Body+got.Parts {
					small++
				}
				end := Entry{Kind: End, Edge: i}
				write(w, &end)
				want = append(want, list[i], end)
			}
			if small < len(list)/2 {
				t.Errorf("only %d of %d were packed", small, len(list))
			}
			frame, parts := w.Finish()
			got, err := readAll(frame, parts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if got[i].Kind == Batch && got[i].Size() != len(want[i].Body) {
					t.Errorf("a body of %d bytes, not %d", got[i].Size(), len(want[i].Body))
				}
				if err := unpackAll(&got[i]); err != nil {
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatal("something else was read than was written")
			}
			if mem.Free(frame); mem.out != 0 {
				t.Errorf("%d frames not given back", mem.out)
			}
		})
	}
}

// twice is something that every method makes smaller.
func twice(m Method) []byte { return bytes.Repeat(smooth(m, 150), 2) }

// What was packed once can be unpacked for ever, and what is ours is packed the
// same; another release of the coders may do so otherwise. Then two frames.
func TestGoldenPacked(t *testing.T) {
	const file = "testdata/packed.txt"
	list, how := packedSamples()
	frames := func() string {
		var b strings.Builder
		for _, v := range variants[2:] {
			v.opts.Epoch, v.opts.Sender = 0x1122334455667788, 9
			w := NewWriter(&heap{}, v.opts)
			i := 3 * int(Delta4)
			writePacked(w, &list[i], how[i])
			frame, _ := w.Finish()
			fmt.Fprintf(&b, "\nbatch by %v, parts %s\n%s", how[i].Parts, v.name, hex.Dump(frame))
		}
		return b.String()
	}
	if *rewrite {
		var b strings.Builder
		for m := Delta4; m < methods; m++ {
			out, _ := Pack(nil, twice(m), m)
			fmt.Fprintf(&b, "%v: %x\n", m, out)
		}
		if err := os.WriteFile(file, []byte(b.String()+frames()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	all, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(all), "\r", "")
	m := Delta4
	for line := range strings.Lines(text[:strings.Index(text, "\n\n")+1]) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), ": ")
		packed, err := hex.DecodeString(digits)
		if err != nil || name != m.String() {
			t.Fatalf("%s: %q: %v", file, name, err)
		}
		src := twice(m)
		got := make([]byte, len(src))
		if err := Unpack(got, packed); err != nil || !bytes.Equal(got, src) {
			t.Errorf("%v does not come back: %v", m, err)
		}
		if out, _ := Pack(nil, src, m); m < S2 && !bytes.Equal(out, packed) {
			t.Errorf("%v packs otherwise than before, so the format is no longer version %d", m, Version)
		}
		m++
	}
	if m != methods {
		t.Errorf("%d methods are in %s", m-Delta4, file)
	}
	if _, want, _ := strings.Cut(text, "\n\n"); "\n"+want != frames() {
		t.Errorf("the format has changed and is no longer version %d:%s", Version, frames())
	}
}

// Every bit of a packed batch that flips is noticed before an item is made.
func TestPackedDamage(t *testing.T) {
	list, how := packedSamples()
	for i := range list {
		w := NewWriter(&heap{}, Options{Check: true})
		writePacked(w, &list[i], how[i])
		frame, parts := w.Finish()
		for bit := range len(frame) * 8 {
			if at := bit / 8; at == 4 || at >= 36 && at < headerSize {
				continue
			}
			frame[bit/8] ^= 1 << (bit % 8)
			var r Reader
			err := r.Reset(frame, parts)
			var corrupt *CorruptError
			if !errors.As(err, &corrupt) {
				t.Fatalf("%v: bit %d flipped: %v", how[i].Body, bit, err)
			}
			if bit/8 > len(frame)-8 && !slices.Equal(corrupt.Edges, []int{list[i].Edge}) { // in the last part or the body
				t.Fatalf("edges %v, not %d", corrupt.Edges, list[i].Edge)
			}
			frame[bit/8] ^= 1 << (bit % 8)
		}
	}
}

// FuzzUnpack unpacks arbitrary bytes: it fills what it is given or says that it
// cannot.
func FuzzUnpack(f *testing.F) {
	for m := Delta4; m < methods; m++ {
		src := smooth(m, 300)
		out, _ := Pack(nil, src, m)
		f.Add(out, uint32(len(src)))
	}
	f.Fuzz(func(t *testing.T, packed []byte, n uint32) {
		dst := make([]byte, n%(3*chunk))
		if err := Unpack(dst, packed); err != nil && !errors.Is(err, ErrPacked) {
			t.Error(err)
		}
	})
}

// What packing costs, by method, of data that it is for.
func BenchmarkPack(b *testing.B) {
	for m := Delta4; m < methods; m++ {
		src := smooth(m, chunk/4)
		dst := make([]byte, 0, PackedBound(len(src)))
		out, ok := Pack(dst, src, m)
		if !ok {
			b.Fatal(m)
		}
		name := strings.ReplaceAll(m.String(), " ", "_")
		b.Run("pack/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				Pack(dst, src, m)
			}
			b.ReportMetric(float64(len(src))/float64(len(out)), "ratio")
		})
		back := make([]byte, len(src))
		b.Run("unpack/"+name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if err := Unpack(back, out); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
