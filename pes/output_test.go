package pes_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/npy"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
)

// wrote expects one file of that content.
func wrote(t *testing.T, res *petest.Result, name, want string) {
	t.Helper()
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	if got, ok := res.Files[name]; !ok || len(res.Files) != 1 || string(got) != want {
		t.Errorf("files %q, expected %s with %q", res.Files, name, want)
	}
}

func TestCollect(t *testing.T) {
	factory := pes.Collect[[]int]()
	res := petest.Run(t, factory, petest.Feed("in", []int{1}, []int{2, 3}))
	sink := factory()
	expect(t, pes.Items(res, sink), [][]int{{1}, {2, 3}})
	pes.Items(res, sink)[0] = nil
	expect(t, pes.Items(res, sink), [][]int{{1}, {2, 3}})
	failsWith(t, petest.Run(t, factory, petest.Set("MaxBytes", 20), petest.Feed("in", []int{1}, []int{2})).Err, "max_bytes = 20 bytes")
	if pes.Items(elsewhere{}, sink) != nil {
		t.Error("items of a sink that did not run")
	}
	if !errors.Is(petest.Run(t, factory, petest.Set("MaxBytes", 1), petest.Feed("in", []int{1})).Err, pes.ErrLimit) {
		t.Error("the error is not ErrLimit")
	}
}

// elsewhere is the result of a rank on which nothing ran.
type elsewhere struct{}

func (elsewhere) PE(d4.PE) d4.PE { return nil }

func TestPrint(t *testing.T) {
	var buf bytes.Buffer
	petest.Run(t, func() *pes.Printer[float64] {
		buf.Reset()
		return pes.Print[float64](&buf)()
	}, petest.Feed("in", 1, 2.5))
	if buf.String() != "1\n2.5\n" {
		t.Errorf("printed %q", buf.String())
	}
	failsWith(t, petest.Run(t, pes.Print[int](full{}), petest.Feed("in", 1)).Err, "disk full")
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestDiscard(t *testing.T) {
	if res := petest.Run(t, pes.Discard[string](), petest.Feed("in", "a", "b")); res.Err != nil {
		t.Error(res.Err)
	}
}

func TestWriteLines(t *testing.T) {
	wrote(t, petest.Run(t, pes.WriteLines("a.txt")), "a.txt", "")
	lines := petest.Feed("in", "one", "", "three")
	wrote(t, petest.Run(t, pes.WriteLines("a.txt"), lines), "a.txt", "one\n\nthree\n")
	wrote(t, petest.Run(t, pes.WriteLines("a.b.txt"), lines, petest.Instance(2, 12)), "a.b-02.txt", "one\n\nthree\n")
	wrote(t, petest.Run(t, pes.WriteLines("sub/plain"), petest.Instance(3, 1200)), "sub/plain-0003", "")
	failed := petest.Run(t, pes.WriteLines("a.txt"), petest.Feed("in", "a", "b\nc"))
	failsWith(t, failed.Err, "more than one line")
	if len(failed.Files) != 0 {
		t.Errorf("a failed run left %q", failed.Files)
	}
	for _, bad := range []string{"", "../a", "/tmp/a"} {
		failsWith(t, pes.WriteLines(bad)().Setup(), "not that of a file in the run directory")
	}
}

func TestWriteCSV(t *testing.T) {
	records := petest.Feed("in", []string{"a", "1"}, []string{"b \"c\", d", "2\n3"})
	wrote(t, petest.Run(t, pes.WriteCSV("x.csv", "name", "n"), records), "x.csv", "name,n\na,1\n\"b \"\"c\"\", d\",\"2\n3\"\n")
	wrote(t, petest.Run(t, pes.WriteCSV("x.csv"), records), "x.csv", "a,1\n\"b \"\"c\"\", d\",\"2\n3\"\n")
	wrote(t, petest.Run(t, pes.WriteCSV("x.csv", "only", "header")), "x.csv", "only,header\n")
	failsWith(t, petest.Run(t, pes.WriteCSV("x.csv", "one"), records).Err, "has 2 fields, expected 1")
	failsWith(t, petest.Run(t, pes.WriteCSV("x.csv"), petest.Feed("in", []string{"a"}, nil)).Err, "has 0 fields, expected 1")
}

func TestWriteJSONL(t *testing.T) {
	type pick struct {
		Station string
		Time    float64 `json:"t"`
	}
	wrote(t, petest.Run(t, pes.WriteJSONL[pick]("p.jsonl"), petest.Feed("in", pick{"<A>", 1.5}, pick{"B", 2})), "p.jsonl",
		"{\"Station\":\"<A>\",\"t\":1.5}\n{\"Station\":\"B\",\"t\":2}\n")
	var unsupported *json.UnsupportedValueError
	if err := petest.Run(t, pes.WriteJSONL[float64]("x"), petest.Feed("in", math.NaN())).Err; !errors.As(err, &unsupported) {
		t.Errorf("NaN: error %v", err)
	}
	window := petest.Run(t, pes.WriteJSONL[pes.Pane[struct{}, int]]("w"), petest.Feed("in", pes.Pane[struct{}, int]{End: 1, Items: []int{2}}))
	wrote(t, window, "w", "{\"Start\":0,\"End\":1,\"Items\":[2]}\n")
}

func TestWriteNPY(t *testing.T) {
	res := petest.Run(t, pes.WriteNPY[float32]("x.npy"), petest.Feed("in", 1, 2, float32(math.Inf(1))))
	data, shape, err := npy.Read[float32](bytes.NewReader(res.Files["x.npy"]))
	if err != nil || !slices.Equal(data, []float32{1, 2, float32(math.Inf(1))}) || !slices.Equal(shape, []int{3}) {
		t.Errorf("data %v of shape %v, error %v; %v", data, shape, err, res.Err)
	}
	res = petest.Run(t, pes.WriteNPY[int64]("sub/x.npy"), petest.Instance(1, 2))
	if _, shape, err = npy.Read[int64](bytes.NewReader(res.Files["sub/x-01.npy"])); err != nil || !slices.Equal(shape, []int{0}) {
		t.Errorf("shape %v, error %v", shape, err)
	}
}

func TestWriteNPYRows(t *testing.T) {
	rows := petest.Feed("in", []float64{1, 2, 3}, []float64{4, 5, 6})
	res := petest.Run(t, pes.WriteNPYRows[float64]("x.npy"), rows)
	data, shape, err := npy.Read[float64](bytes.NewReader(res.Files["x.npy"]))
	if err != nil || !slices.Equal(data, []float64{1, 2, 3, 4, 5, 6}) || !slices.Equal(shape, []int{2, 3}) {
		t.Errorf("data %v of shape %v, error %v; %v", data, shape, err, res.Err)
	}
	failsWith(t, petest.Run(t, pes.WriteNPYRows[float64]("x.npy"), rows, petest.Set("Width", 2)).Err, "a row has 3 elements, expected 2")
	if res := petest.Run(t, pes.WriteNPYRows[float64]("x.npy")); res.Err != nil || len(res.Files) != 0 {
		t.Errorf("files %v, error %v", slices.Collect(maps.Keys(res.Files)), res.Err)
	}
	res = petest.Run(t, pes.WriteNPYRows[float64]("x.npy"), petest.Set("Width", 4))
	if _, shape, err = npy.Read[float64](bytes.NewReader(res.Files["x.npy"])); err != nil || !slices.Equal(shape, []int{0, 4}) {
		t.Errorf("shape %v, error %v", shape, err)
	}
	failsWith(t, pes.WriteNPYRows[float64](filepath.Join("..", "x"))().Setup(), "run directory")
}
