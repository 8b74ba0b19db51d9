package bench_test

import (
	"fmt"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/local"
	"github.com/dispel4go/dispel4go/partition"
)

// BenchmarkStreams is the cases of dispel4py's users: as the plan makes them on
// two cores, with a stage for each instance, and with a rank for each.
func BenchmarkStreams(b *testing.B) {
	for _, c := range bench.Cases() {
		for _, at := range []struct {
			name  string
			place bench.Place
		}{
			{"auto", bench.Place{Ranks: 1, Cores: 2}},
			{"stages", bench.Place{Ranks: 1, Cores: 2, Fuse: partition.Off}},
			{"ranks", bench.Place{Ranks: c.Stages, Cores: 1, Fuse: partition.Off}},
		} {
			b.Run(c.Name+"/"+at.name, func(b *testing.B) {
				// A tenth of what peers get: rates are the same.
				n := c.Items / 10
				compare(b, 1, "items/s", bench.Way{Name: "ours", Units: float64(n), Run: func() error { return c.Run(b.Context(), at.place, n) }})
			})
		}
	}
}

const mebibyte = 1 << 20

// A keeper is a sink that notes where its items lie.
type keeper struct {
	d4.Base
	In d4.In[[]byte]
}

// large is a source -> sink of n items of 1 MiB. It returns how many of them
// arrived in other memory than they were made in.
func large(b *testing.B, p bench.Place, n int) (copied int, err error) {
	made := make(map[*byte]bool, n)
	var arrived []*byte
	g := d4.NewGraph("large")
	source := d4.Add(g, "source", bench.Make(n, func(int) []byte {
		item := make([]byte, mebibyte)
		made[&item[0]] = true
		return item
	}), d4.Instances(1))
	sink := d4.Add(g, "sink", func() *keeper {
		return &keeper{In: d4.InputBatch(func(items [][]byte) error {
			for _, item := range items {
				arrived = append(arrived, &item[0])
			}
			return nil
		}, d4.ReadOnly)}
	}, d4.Instances(1))
	d4.Connect(g, source.Out, sink.In)
	if _, err := p.Run(b.Context(), g); err != nil {
		return 0, err
	}
	if len(arrived) != n {
		return 0, fmt.Errorf("%d of %d items arrived", len(arrived), n)
	}
	for _, at := range arrived {
		if !made[at] {
			copied++
		}
	}
	return copied, nil
}

// BenchmarkLargeByReference is items of 1 MiB on one rank: none is copied, so
// all that they cost is making them.
func BenchmarkLargeByReference(b *testing.B) {
	const n = 256
	all := 0
	stream := bench.Way{Name: "stream", Units: n * mebibyte, Run: func() error {
		copied, err := large(b, oneRank, n)
		all += copied
		return err
	}}
	compare(b, 1e9, "GB/s", stream, makes(n))
	b.ReportMetric(float64(all), "copied")
}

var made []byte

// makes is making n items and nothing else.
func makes(n int) bench.Way {
	return bench.Way{Name: "make", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			made = make([]byte, mebibyte)
		}
		return nil
	}}
}

// copies is making n items and copying each to memory of its own, as somebody
// would by hand who may neither share an item nor use its memory again.
func copies(n int) bench.Way {
	return bench.Way{Name: "make+copy", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			item := make([]byte, mebibyte)
			own := make([]byte, len(item))
			copy(own, item)
			made = own
		}
		return nil
	}}
}

// memcpy is copying from one fixed place to another.
func memcpy(n int) bench.Way {
	src, dst := make([]byte, mebibyte), make([]byte, mebibyte)
	return bench.Way{Name: "memcpy", Units: float64(n * mebibyte), Run: func() error {
		for range n {
			copy(dst, src)
		}
		return nil
	}}
}

// BenchmarkLargeThroughFrames is items of 1 MiB between two local ranks: as
// parts beside the frame, and copied into frames as a transport without parts
// wants it.
func BenchmarkLargeThroughFrames(b *testing.B) {
	const n = 256
	for _, c := range []struct {
		name    string
		options []local.Option
	}{{"parts", nil}, {"without_parts", []local.Option{local.WithoutParts()}}} {
		b.Run(c.name, func(b *testing.B) {
			p := bench.Place{Ranks: 2, Cores: 1, Fuse: partition.Off, Options: c.options}
			stream := bench.Way{Name: "frames", Units: n * mebibyte, Run: func() error {
				_, err := large(b, p, n)
				return err
			}}
			compare(b, 1e9, "GB/s", stream, copies(n), memcpy(n))
		})
	}
}
