package main

import (
	"bytes"
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// Measures of the picture, in pixels.
const (
	width  = 1200.0
	row    = 18
	margin = 10
	head   = 56 // title and legend
	letter = 6.4
)

// kinds are what functions are told apart by, in colours that the colour-blind tell
// apart too.
var kinds = []struct {
	name, colour string
	packages     []string
}{
	{"vector kernels", "#f4a582", []string{"kernel."}},
	{"dispel4go", "#fddbc7", nil},
	{"the operating system", "#92c5de", []string{"linux.", "syscall.", "os.", "poll.", "unix."}},
	{"the Go runtime", "#d9d9d9", []string{"runtime.", "sync.", "time.", "atomic."}},
}

func kind(name string) int {
	for k, kind := range kinds {
		for _, p := range kind.packages {
			if strings.HasPrefix(name, p) {
				return k
			}
		}
	}
	return 1
}

// render draws the tree, the widest call on the left.
func render(all *frame, title string, least float64) []byte {
	least *= all.seconds
	rows := depth(all, least)
	height := head + rows*row + margin
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %d" font-family="DejaVu Sans Mono, monospace" font-size="11">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%g" height="%d" fill="white"/>`+"\n", width, height)
	fmt.Fprintf(&b, `<text x="%d" y="20" font-size="14">%s</text>`+"\n", margin, html.EscapeString(title))
	x := float64(margin)
	for _, k := range kinds {
		fmt.Fprintf(&b, `<rect x="%.1f" y="32" width="12" height="12" fill="%s"/><text x="%.1f" y="42">%s</text>`+"\n", x, k.colour, x+16, k.name)
		x += 40 + letter*1.1*float64(len(k.name))
	}
	scale := (width - 2*margin) / all.seconds
	var put func(f *frame, x float64, level int)
	put = func(f *frame, x float64, level int) {
		w, y := f.seconds*scale, head+(rows-1-level)*row
		fmt.Fprintf(&b, `<g><title>%s: %.2f s, %.1f %%</title><rect x="%.2f" y="%d" width="%.2f" height="%d" fill="%s" stroke="white" stroke-width="0.5"/>`,
			html.EscapeString(f.name), f.seconds, 100*f.seconds/all.seconds, x, y, w, row-1, kinds[kind(f.name)].colour)
		if text := label(f, all, w); text != "" {
			fmt.Fprintf(&b, `<text x="%.2f" y="%d">%s</text>`, x+3, y+12, html.EscapeString(text))
		}
		b.WriteString("</g>\n")
		slices.SortStableFunc(f.calls, func(a, b *frame) int {
			return cmp.Or(cmp.Compare(b.seconds, a.seconds), cmp.Compare(a.name, b.name))
		})
		for _, c := range f.calls {
			if c.seconds >= least {
				put(c, x, level+1)
			}
			x += c.seconds * scale
		}
	}
	put(all, margin, 0)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func depth(f *frame, least float64) int {
	deepest := 0
	for _, c := range f.calls {
		if c.seconds >= least {
			deepest = max(deepest, depth(c, least))
		}
	}
	return 1 + deepest
}

// label is as much of the name as there is room for, with the time where that fits too.
func label(f, all *frame, w float64) string {
	room := int((w - 6) / letter)
	long := fmt.Sprintf("%s  %.2f s, %.0f %%", f.name, f.seconds, 100*f.seconds/all.seconds)
	switch {
	case len(long) <= room:
		return long
	case len(f.name) <= room:
		return f.name
	case room >= 5:
		return f.name[:room-2] + ".."
	}
	return ""
}
