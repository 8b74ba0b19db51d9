package run

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/engine"
	"github.com/dispel4go/dispel4go/rundir"
)

// live is a run that can be looked at once it has begun.
type live struct {
	graph *d4.Graph
	look  atomic.Pointer[func() []uint64]
	run   atomic.Pointer[engine.Live]
}

// follow makes it the run of the engine.
func (l *live) follow(run *engine.Live) {
	look := run.Items
	l.look.Store(&look)
	l.run.Store(run)
}

// usage is what the ranks have taken, nil where nobody can tell.
func (l *live) usage() []rundir.Usage {
	if run := l.run.Load(); run != nil {
		return run.Usage()
	}
	return nil
}

// counts are the items that each PE has had, in the order of the graph.
func (l *live) counts() []uint64 {
	if look := l.look.Load(); look != nil {
		return (*look)()
	}
	return make([]uint64, len(l.graph.Elements))
}

func (l *live) items() map[string]uint64 {
	items := map[string]uint64{}
	for at, n := range l.counts() {
		items[l.graph.Elements[at].Name] = n
	}
	return items
}

// How often progress is shown.
const (
	onTerminal = 200 * time.Millisecond
	inFile     = 10 * time.Second
)

// show writes progress until stop is called.
func show(w io.Writer, l *live, began time.Time) (stop func()) {
	if w == nil {
		return func() {}
	}
	every, line, end := inFile, func(text string) { fmt.Fprintln(w, text) }, func() {}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		every = onTerminal
		line, end = bar(f)
	}
	beat := time.NewTicker(every)
	unfollow := follow(beat.C, func(now time.Time) { line(status(l, now.Sub(began))) })
	return func() {
		beat.Stop()
		unfollow()
		end()
	}
}

// follow calls f at each beat until stop is called.
func follow(beat <-chan time.Time, f func(now time.Time)) (stop func()) {
	done, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		for {
			select {
			case now := <-beat:
				f(now)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done); <-gone }
}

// bar shows text on one line of a terminal, cut to its width, and can take it
// away again. How much there is to come nobody knows, so it only turns.
func bar(f *os.File) (line func(string), end func()) {
	b := progressbar.NewOptions(-1, progressbar.OptionSetWriter(f), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSpinnerType(14),
		progressbar.OptionEnableColorCodes(os.Getenv("NO_COLOR") == ""))
	color, plain := "[cyan]", "[reset]"
	if os.Getenv("NO_COLOR") != "" {
		color, plain = "", ""
	}
	return func(text string) {
		width, _, err := term.GetSize(int(f.Fd()))
		const turning = 4 // columns that are not ours
		if err != nil || width <= turning {
			width = 80
		}
		if r := []rune(text); len(r) > width-turning {
			text = string(r[:width-turning])
		}
		b.Describe(color + text + plain)
		b.Add(1)
	}, func() { b.Finish() }
}

// status is a line such as "12 s  lines 5300  words 41000".
func status(l *live, elapsed time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%.0f s", elapsed.Seconds())
	for at, n := range l.counts() {
		fmt.Fprintf(&b, "  %s %s", l.graph.Elements[at].Name, short(n))
	}
	return b.String()
}

// short writes a count in four digits and a unit.
func short(n uint64) string {
	units := []string{"", " k", " M", " G", " T", " P", " E"}
	x, unit := float64(n), 0
	for x >= 9999.5 {
		x, unit = x/1000, unit+1
	}
	return fmt.Sprintf("%.4g%s", x, units[unit])
}
