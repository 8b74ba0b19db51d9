package pes

import (
	"errors"
	"reflect"
	"testing"

	"github.com/dispel4go/dispel4go/internal/port"
)

// TestCollectorState: what a collector has goes to another one, and half of it
// does not.
func TestCollectorState(t *testing.T) {
	type item struct {
		Name   string
		Values []float64
	}
	from, to := Collect[item](), Collect[item]()
	a, b := from(), to()
	a.items = []item{{"a", []float64{1, 2}}, {}, {"b", make([]float64, 5000)}}
	state, err := a.SaveState(-1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.LoadState(-1, state); err != nil || len(b.items) != 3 || !reflect.DeepEqual(b.items[2], a.items[2]) || b.items[0].Name != "a" {
		t.Errorf("%d items, %v", len(b.items), err)
	}
	if err := to().LoadState(-1, state[:len(state)-1]); !errors.Is(err, port.ErrCorrupt) {
		t.Errorf("half of it: %v", err)
	}
}
