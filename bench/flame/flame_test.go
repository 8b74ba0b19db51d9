package main

import (
	"strings"
	"testing"
)

const traces = `File: thousand
Type: cpu
Duration: 2s, Total samples = 1.60s (80%)
-----------+-------------------------------------------------------
     1.20s   github.com/dispel4go/dispel4go/internal/kernel.cross2x32
             github.com/dispel4go/dispel4go/seismo.(*Correlate).pair (inline)
             main.main
-----------+-------------------------------------------------------
     300ms   syscall.write
             github.com/dispel4go/dispel4go/zarr.(*Array[go.shape.float32]).WriteChunk
             main.main
-----------+-------------------------------------------------------
     100ms   github.com/dispel4go/dispel4go/internal/kernel.cross2x32
             github.com/dispel4go/dispel4go/seismo.(*Correlate).pair
             main.main
-----------+-------------------------------------------------------
`

func TestFold(t *testing.T) {
	all, err := fold([]byte(traces))
	if err != nil {
		t.Fatal(err)
	}
	main := all.call("main.main")
	for _, c := range []struct {
		f    *frame
		want float64
	}{
		{all, 1.6}, {main, 1.6},
		{main.call("seismo.(*Correlate).pair").call("kernel.cross2x32"), 1.3},
		{main.call("zarr.(*Array[T]).WriteChunk").call("syscall.write"), 0.3},
	} {
		if d := c.f.seconds - c.want; max(d, -d) > 1e-9 {
			t.Errorf("%s: %g s, want %g", c.f.name, c.f.seconds, c.want)
		}
	}
	if len(main.calls) != 2 {
		t.Errorf("main called %d functions, want 2", len(main.calls))
	}
	for _, wrong := range []string{"", traces[:120], "-----\n  soon  main.main\n-----\n"} {
		if _, err := fold([]byte(wrong)); err == nil {
			t.Errorf("no error for %q", wrong)
		}
	}
}

func TestRender(t *testing.T) {
	all, err := fold([]byte(traces))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(all, "one & all", 0.002))
	for _, want := range []string{"one &amp; all", "kernel.cross2x32: 1.30 s, 81.2 %", "syscall.write  0.30 s, 19 %", kinds[0].colour, kinds[2].colour} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in the picture", want)
		}
	}
	if strings.Contains(string(render(all, "", 0.5)), "syscall.write") {
		t.Error("what took less than half of the time is drawn")
	}
	if again := string(render(all, "one & all", 0.002)); again != svg {
		t.Error("a second picture is another")
	}
}
