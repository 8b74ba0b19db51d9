package run

import (
	"io"
	"strings"
	"testing"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/partition"
)

func TestShort(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 9999: "9999", 10_000: "10 k", 12_345: "12.35 k", 9_999_499: "9999 k", 9_999_600: "10 M", 1<<64 - 1: "18.45 E"} {
		if got := short(n); got != want {
			t.Errorf("%d is %q, expected %q", n, got, want)
		}
	}
}

// emitter is a source that is looked at while it is called.
type emitter struct {
	d4.Base
	Out  d4.Out[int]
	look func()
}

func (e *emitter) Next() error {
	e.look()
	e.Out.Emit(1)
	return io.EOF
}

type counter struct {
	d4.Base
	In d4.In[int]
}

// TestProgress looks at a run three times: before, while and after it runs.
func TestProgress(t *testing.T) {
	beat, lines := make(chan time.Time), make(chan string)
	began := time.Unix(1000, 0)
	next := func(seconds int) string {
		beat <- began.Add(time.Duration(seconds) * time.Second)
		return <-lines
	}
	var during string
	g := d4.NewGraph("two")
	a := d4.Add(g, "a", func() *emitter { return &emitter{look: func() { during = next(2) }} })
	b := d4.Add(g, "b", func() *counter { return &counter{In: d4.Input(func(int) error { return nil })} })
	d4.Connect(g, a.Out, b.In)
	plan, err := partition.Make(g, partition.Ranks(1, 1), partition.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &live{graph: g}
	stop := follow(beat, func(now time.Time) { lines <- status(l, now.Sub(began)) })
	before := next(0)
	if _, err := engine.Run(t.Context(), engine.Config{Plan: plan, Watch: l.follow}); err != nil {
		t.Fatal(err)
	}
	after := next(3)
	stop()
	if before != "0 s  a 0  b 0" || during != "2 s  a 0  b 0" || !strings.HasSuffix(after, "  b 1") {
		t.Errorf("%q, %q, %q", before, during, after)
	}
}
