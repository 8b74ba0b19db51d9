package seismo_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
)

const second = d4.Time(1e9)

// random is a record of noise, an offset and a trend.
func random(seed uint64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(100*r.NormFloat64() + 20 + 0.05*float64(i))
	}
	return x
}

// cut makes a channel's traces of the lengths given out of a record that begins
// at start.
func cut(id string, start d4.Time, rate float64, x []float32, lengths ...int) []seismo.Trace {
	var all []seismo.Trace
	at := 0
	for _, n := range lengths {
		all = append(all, seismo.Trace{Station: seismo.Station{ID: id}, Start: start + d4.Time(float64(at)/rate*1e9), RateHz: rate,
			Samples: slices.Clone(x[at : at+n])})
		at += n
	}
	return all
}

// interleave takes traces of two channels in turn.
func interleave(a, b []seismo.Trace) (all []seismo.Trace) {
	for i := range max(len(a), len(b)) {
		if i < len(a) {
			all = append(all, a[i])
		}
		if i < len(b) {
			all = append(all, b[i])
		}
	}
	return all
}

// of are the traces of one channel.
func of(id string, all []seismo.Trace) (some []seismo.Trace) {
	for _, t := range all {
		if t.Station.ID == id {
			some = append(some, t)
		}
	}
	return some
}

// join puts the samples of traces together.
func join(all []seismo.Trace) (x []float32) {
	for _, t := range all {
		x = append(x, t.Samples...)
	}
	return x
}

// run plays steps and wants no error.
func run[P d4.PE](t *testing.T, factory func() P, steps ...petest.Step) *petest.Result {
	t.Helper()
	res := petest.Run(t, factory, steps...)
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	return res
}
