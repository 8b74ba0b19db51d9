package seismo

import d4 "github.com/dispel4go/dispel4go"

// generated is what sources have in common that make up the recordings of a network:
// stations are the splits, chunks of samples the steps.
type generated struct {
	inStep
	Out d4.Out[Trace]

	Seed   int     `help:"of the network and all that is random" min:"0"`
	ChunkS float64 `help:"length of the traces" unit:"s" min:"1" max:"1e6"`

	rateHz     float64
	begin      d4.Time
	chunk, end int64 // samples
	stations   []Station
}

// open begins with the first chunk.
func (g *generated) open(i *d4.Instance) {
	names := make([]string, len(g.stations))
	for k, s := range g.stations {
		names[k] = s.ID
	}
	g.inStep.open(i, names, make([]int64, len(names)), (g.end-1)/g.chunk)
}

// emit emits the next chunk of one station: its components Z, N and E, as far as record
// makes them.
func (g *generated) emit(record func(k int, from, to int64) [][]float32) error {
	k, err := g.split()
	if err != nil {
		return err
	}
	from := g.next[k] * g.chunk
	to := min(from+g.chunk, g.end)
	for c, x := range record(k, from, to) {
		s := g.stations[k]
		s.ID = s.ID[:len(s.ID)-1] + "ZNE"[c:c+1]
		g.Out.Emit(Trace{Station: s, Start: g.time(from), RateHz: g.rateHz, Samples: x})
	}
	next := g.next[k] + 1
	if to == g.end {
		next = ended
	}
	if at, rose := g.done(k, next); rose {
		g.Out.Mark(g.time(at * g.chunk))
	}
	return nil
}

func (g *generated) time(sample int64) d4.Time { return g.begin + span(int(sample), g.rateHz) }
