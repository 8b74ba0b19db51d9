package seismo_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/pes"
	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/plot"
	"github.com/dispel4go/dispel4go/seismo"
)

// TestWaveforms: a picture for each period as it is complete, with the channels in the
// order of their names, the pieces around a gap in one row.
func TestWaveforms(t *testing.T) {
	x := random(3, 2000)
	b := cut("XX.B..Z", 0, 10, x, 600, 100, 500) // [600:700] is a gap, and of [700:1200] the second minute
	b = slices.Delete(b, 1, 2)
	late := cut("XX.L..Z", 30*second, 10, x, 10)
	a := cut("XX.A..Z", 5*second, 10, x, 300)
	res := run(t, seismo.NewWaveforms, petest.LeavesWhole(), petest.Set("PeriodS", 60), petest.Set("Unit", "nm/s"),
		petest.Feed("in", b[0], a[0]), petest.Mark("in", 61*second), petest.Feed("in", b[1]), petest.Feed("in", late...))
	if files := slices.Sorted(maps.Keys(res.Files)); !slices.Equal(files, []string{"waveforms-0.png", "waveforms-0.svg", "waveforms-60.png", "waveforms-60.svg"}) {
		t.Fatalf("%q", files)
	}
	minute0, minute1 := string(res.Files["waveforms-0.svg"]), string(res.Files["waveforms-60.svg"])
	if at := strings.Index(minute0, "XX.A..Z"); at < 0 || at > strings.Index(minute0, "XX.B..Z") || !strings.Contains(minute0, "nm/s") || !strings.Contains(minute0, "1970-01-01T00:00:00Z") {
		t.Error("not the channels of the first minute, in order")
	}
	if strings.Contains(minute1, "XX.A..Z") || !strings.Contains(minute1, "XX.B..Z") || strings.Contains(minute0+minute1, "XX.L") || res.Counters["late"] != 1 {
		t.Errorf("not the channel of the second minute; counters %v", res.Counters)
	}

	whole := run(t, seismo.NewWaveforms, petest.Set("Name", "all"), petest.Feed("in", b...), petest.Feed("in", late...), petest.Mark("in", 500*second), petest.Feed("in", a...))
	if text := string(whole.Files["all.svg"]); len(whole.Files) != 2 || strings.Count(text, "XX.B..Z") != 1 || strings.Count(text, "XX.L..Z") != 1 || strings.Count(text, "XX.A..Z") != 1 {
		t.Errorf("%d files, not one picture of three channels", len(whole.Files))
	}
	if none := run[*seismo.Waveforms](t, seismo.NewWaveforms); len(none.Files) > 0 {
		t.Errorf("%d files of nothing", len(none.Files))
	}
}

// TestManyWaveforms: what has no room goes on another page, up to so many pictures, and to
// keep too much is an error.
func TestManyWaveforms(t *testing.T) {
	var in []seismo.Trace
	for k := range 2*plot.MaxWaveforms + 1 {
		in = append(in, cut(fmt.Sprintf("XX.S%03d..Z", k), 0, 1, random(uint64(k), 4), 4)...)
	}
	slices.Reverse(in)
	res := run(t, seismo.NewWaveforms, petest.Set("Most", 2), petest.Feed("in", in...))
	if files := slices.Sorted(maps.Keys(res.Files)); !slices.Equal(files, []string{"waveforms-page2.png", "waveforms-page2.svg", "waveforms.png", "waveforms.svg"}) {
		t.Errorf("%q", files)
	}
	if text := string(res.Files["waveforms-page2.svg"]); !strings.Contains(text, "XX.S079") || strings.Contains(text, "XX.S039") {
		t.Error("other channels on the second page")
	}
	large := cut("XX.A..Z", 0, 100, random(1, 300_000), 300_000)
	if got := petest.Run(t, seismo.NewWaveforms, petest.Set("MaxMiB", 1), petest.Feed("in", large...)); !errors.Is(got.Err, pes.ErrLimit) || !strings.Contains(got.Err.Error(), "lower period_s") {
		t.Errorf("%v", got.Err)
	}
}
