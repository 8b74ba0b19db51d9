package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
)

// rewound is a source of numbers with a second output, at which each tenth step comes once.
type rewound struct {
	steps
	Once10 d4.Out[int]
	told   int // steps before this have been there
}

func (r *rewound) Unrepeatable() []string { return []string{"once10"} }

func (r *rewound) Next() error {
	step := r.at[0]
	err := r.steps.Next()
	if err == nil && step%10 == 0 && step >= r.told {
		r.Once10.Emit(step)
	}
	return err
}

// Position tells besides how far it has ever been: a part may end before where it began.
func (r *rewound) Position(k int) ([]byte, error) {
	return fmt.Appendf(nil, "%d %d", r.at[k], max(r.at[k], r.told)), nil
}

func (r *rewound) Rewind(k int, position, last []byte) error {
	_, err := fmt.Sscan(string(position), &r.at[k])
	var at int
	_, failed := fmt.Sscan(string(last), &at, &r.told)
	return errors.Join(err, failed)
}

// TestContinueOnce: where windows send a source back, an output whose items do not come
// again has each once, and needs no marks, also where a part ends before it has come to
// where the one before was; a window behind it is told that it cannot be.
func TestContinueOnce(t *testing.T) {
	const length, period = 2400, 60
	aside := &list{}
	all := cutAt(t, []int{480, 1045, 1025, 1041, 1920}, steps{n: 1, length: length}, func(src func() *steps, sink func(int)) *d4.Graph {
		g := d4.NewGraph("once")
		s := d4.Add(g, "source", func() *rewound { return &rewound{steps: *src()} })
		w := d4.Add(g, "sums", newSums(1, period), d4.Instances(2))
		z, a := d4.Add(g, "sink", newStateless(sink)), d4.Add(g, "aside", newStateless(func(v int) { aside.add(v) }))
		d4.Connect(g, s.Out, w.In)
		d4.Connect(g, w.Out, z.In)
		d4.Connect(g, s.Once10, a.In)
		return g
	})
	sum := 0
	for _, v := range all.items {
		sum += v & (1<<32 - 1)
	}
	got := aside.sorted()
	for k := range got {
		got[k] /= 10
	}
	if sum != length*(length-1)/2 || len(got) != length/10 || got[0] != 0 || !slices.Equal(got[1:], upTo(length/10-1, nil)) {
		t.Errorf("the sum is %d, and aside are %d: %v", sum, len(got), got)
	}

	ctx, cancel := context.WithCancelCause(t.Context())
	g := d4.NewGraph("window aside")
	s := d4.Add(g, "source", func() *rewound { return &rewound{steps: steps{n: 1, length: 1 << 40}} })
	w := d4.Add(g, "sums", newSums(1, period))
	d4.Connect(g, s.Out, d4.Add(g, "sink", newStateless(func(v int) {
		if v == 100 {
			cancel(engine.ErrTimeLimit)
		}
	})).In)
	d4.Connect(g, s.Once10, w.In)
	plan, err := partition.Make(g, partition.Ranks(1, 2), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := engine.Run(ctx, engine.Config{Plan: plan})
	cancel(nil)
	if want := "sums: it needs again what comes once, at the output once10 of source"; !errors.Is(err, engine.ErrTimeLimit) || !slices.Contains(res.Rest.Lost, want) {
		t.Errorf("%v, lost %q", err, res.Rest.Lost)
	}
}
