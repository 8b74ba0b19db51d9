package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/dispel4go/dispel4go/bench"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/seismo/mseed"
)

// streams are the cases of dispel4py's users.
func streams() []contest {
	theirItems := map[string]int{"int": 60_000, "8KiB": 20_000, "1MiB": 400, "words": 60_000}
	var all []contest
	for _, c := range bench.Cases() {
		ours := func(name string, p bench.Place) way {
			return way{name: name, units: float64(c.Items), run: func(ctx context.Context) error { return c.Run(ctx, p, c.Items) }}
		}
		all = append(all, contest{
			name: c.Name, peer: "stream-d4py 2.9.1 multi", unit: "items/s",
			install: pip("d4py", "stream-d4py==2.9.1", "mpi4py==4.1.2"),
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "d4py"), filepath.Join(dir, "d4py_driver.py"), "multi", c.Name, fmt.Sprint(theirItems[c.Name])), nil
			},
			ours: []way{
				ours("local, 2 cores", bench.Place{Ranks: 1, Cores: 2}),
				ours("a rank for each stage", bench.Place{Ranks: c.Stages, Cores: 1, Fuse: partition.Off}),
			},
		}, underMPI(c, theirItems[c.Name]/3))
	}
	return all
}

// exchanges are numbers of 8 bytes from one thread to another.
func exchanges() []contest {
	const items = 100_000_000
	return []contest{{
		name: "exchange", peer: "timely 0.29.0, 2 threads", unit: "items/s",
		install: cargo("timely"),
		command: func(dir string) (*exec.Cmd, error) {
			return exec.Command(filepath.Join(dir, "timely", "target", "release", "timely-driver"), fmt.Sprint(items)), nil
		},
		ours: []way{{name: "local, 2 stages", units: items, run: func(ctx context.Context) error { return bench.HandOver(ctx, bench.Stages, items, 1, 1) }}},
	}}
}

// decoders read a day of Steim 2 from memory.
func decoders(dir string) []contest {
	path := filepath.Join(dir, "day.mseed")
	var data []byte
	load := func() (err error) {
		if data == nil {
			data, err = day(path)
		}
		return err
	}
	packages := pip("obspy", "obspy==1.5.0", "pymseed==1.0.1")
	var all []contest
	for _, peer := range [][2]string{{"obspy", "ObsPy 1.5.0"}, {"libmseed", "libmseed in pymseed 1.0.1"}} {
		const times = 20
		all = append(all, contest{
			name: "steim2", peer: peer[1], unit: "days/s",
			install: func(dir string) error {
				if err := load(); err != nil {
					return err
				}
				return packages(dir)
			},
			command: func(dir string) (*exec.Cmd, error) {
				return exec.Command(python(dir, "obspy"), filepath.Join(dir, "decode_driver.py"), peer[0], path, "1"), nil
			},
			ours: []way{{name: "mseed.ReadTraces", units: times, run: func(context.Context) error {
				for range times {
					if _, err := mseed.ReadTraces(bytes.NewReader(data), mseed.Options{}); err != nil {
						return err
					}
				}
				return nil
			}}},
		})
	}
	return all
}

// day writes a day at 40 Hz to path, as it was recorded where the shared data
// are there, and else a random walk that packs as badly.
func day(path string) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join("..", "shared", "data", "scedc", "CICCA__BHN___2022002.ms"))
	if err != nil {
		var buf bytes.Buffer
		if err := walk(&buf); err != nil {
			return nil, err
		}
		data = buf.Bytes()
	}
	return data, os.WriteFile(path, data, 0o644)
}

func walk(w io.Writer) error {
	r := rand.New(rand.NewPCG(15, 16))
	x := make([]int32, 3_456_000)
	at := int32(0)
	for i := range x {
		at += r.Int32N(2048) - 1024
		x[i] = at
	}
	out, err := mseed.NewWriter(w, mseed.WriterOptions{Encoding: mseed.Steim2})
	if err != nil {
		return err
	}
	return out.Write(&mseed.Segment{ID: "XX.WALK..BHZ", SampleRate: 40, Int32: x})
}
