package port

import "testing"

// emitCase is one way of an 8-byte item; start returns a function that emits n
// of them.
type emitCase struct {
	name  string
	start func() func(n int)
}

func emitCases() []emitCase {
	way := func(in In[int], g Grouping, n int, fused bool) func() func(int) {
		return func() func(int) {
			out, o := newOutput[int]()
			s := Stream{To: InputOf(in), Grouping: g, N: n}
			if fused {
				s.Fused = s.To
				s.Fused.Bind(&fakeIn{})
			} else {
				sender := newFakeSender[int](n)
				sender.free = true
				s.Sender = sender
			}
			o.Bind(&fakeHost{}, []Stream{s})
			return func(n int) { emitInts(out, o, n) }
		}
	}
	each := func() In[int] { return InputEach(func(i int) error { sink += uint64(i); return nil }) }
	batch := InputBatch(func(items []int) error {
		sum := 0
		for _, i := range items {
			sum += i
		}
		sink += uint64(sum)
		return nil
	})
	key := By(func(i int) int { return i & 1023 })
	route := Route(each(), func(i, n int, to []int) []int { return append(to, i&1, 2+i&1) })
	return []emitCase{
		{"fused batch", way(batch, Balanced, 1, true)},
		{"fused each", way(each(), Balanced, 1, true)},
		{"single", way(each(), Balanced, 1, false)},
		{"balanced 4", way(each(), Balanced, 4, false)},
		{"round robin 4", way(each(), RoundRobin, 4, false)},
		{"group by 4", way(each(), key, 4, false)},
		{"group by 1000", way(each(), key, 1000, false)},
		{"one to all 4", way(each(), OneToAll, 4, false)},
		{"route 2 of 4", way(route, InputOf(route).Grouping(), 4, false)},
	}
}

// emitInts is a loop as a PE has it, with Emit inlined.
func emitInts(out Out[int], o Output, n int) {
	o.Open()
	for i := range n {
		out.Emit(i)
	}
	o.Flush()
	o.Shut()
}

// BenchmarkEmit is the cost of an 8-byte item from Emit to the Sender or, fused,
// through the PE behind it.
func BenchmarkEmit(b *testing.B) {
	for _, c := range emitCases() {
		b.Run(c.name, func(b *testing.B) {
			emit := c.start()
			emit(1000)
			b.ReportAllocs()
			b.ResetTimer()
			emit(b.N)
		})
	}
}

// BenchmarkCodec encodes and decodes batches of 100 items.
func BenchmarkCodec(b *testing.B) {
	type record struct {
		Station string
		Time    int64
		Samples []float32
	}
	p, _ := poolOf[record]()
	items := make([]record, 100)
	for i := range items {
		items[i] = record{"CI.CCA", int64(i), make([]float32, 100)}
	}
	full := p.copyOf(items, 0, false)
	body, _, _ := full.Encode(nil, nil, false)
	b.Run("encode", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		dst := make([]byte, 0, len(body))
		for range b.N {
			full.Encode(dst, nil, false)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for range b.N {
			got, _ := p.decode(CodecFields, len(items), Body{Bytes: body}, nil)
			got.Free()
		}
	})
}
