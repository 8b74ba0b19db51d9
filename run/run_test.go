package run_test

import (
	"errors"
	"strings"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/run"
)

func TestUnderALauncher(t *testing.T) {
	g := d4.NewGraph("numbers")
	s := d4.Add(g, "numbers", pes.Slice(1, 2, 3))
	c := d4.Add(g, "all", pes.Collect[int]())
	d4.Connect(g, s.Out, c.In)
	t.Setenv("OMPI_COMM_WORLD_RANK", "0")
	t.Setenv("OMPI_COMM_WORLD_SIZE", "2")
	if _, err := run.Graph(t.Context(), g, run.Options{}); !errors.Is(err, run.ErrUsage) || !strings.Contains(err.Error(), "mpi") {
		t.Errorf("%v", err)
	}
	res, err := run.Graph(t.Context(), g, run.Options{Mapping: "local", Ranks: 2})
	if err != nil {
		t.Fatal(err)
	}
	if items := pes.Items(res, c); len(items) != 3 {
		t.Errorf("collected %v", items)
	}
}
