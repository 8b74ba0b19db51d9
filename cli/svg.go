package cli

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
)

// Measures of a drawing, in pixels.
const (
	letter  = 7.5 // the width of one, about
	boxHigh = 36
	padding = 14 // beside the text of a box
	between = 28 // boxes above each other
	least   = 60 // between columns
	margin  = 16
	keyHigh = 20 // a line of the key
)

// A drawing is a graph in columns: each PE stands one to the right of the last
// that feeds it. An edge over several columns passes through bends, which take
// room as boxes do, so that no edge crosses a box.
type drawing struct {
	columns [][]*node
	lines   [][]*node // the way of each edge of the graph
	wide    []float64 // of each column's boxes
	gap     []float64 // after each column
}

// node is a box, or a bend where its text is "".
type node struct {
	text    string
	element int
	source  bool
	column  int
	x, y    float64 // of the middle of its left side
	in, out []*node // neighbours, once for each line; in the end from top to bottom
}

// layout places the boxes of a valid graph, after Sugiyama, Tagawa and Toda
// (1981): columns, then an order in each that crosses few edges.
func layout(g *d4.Graph, s style) *drawing {
	d := &drawing{}
	order, _ := g.Order()
	boxes := make([]*node, len(g.Elements))
	for _, at := range order {
		n := &node{text: s.text(at), element: at, source: g.Elements[at].IsSource()}
		for _, e := range g.Edges {
			if e.To == at {
				n.column = max(n.column, boxes[e.From].column+1)
			}
		}
		boxes[at] = n
		d.put(n)
	}
	for i, e := range g.Edges {
		line := []*node{boxes[e.From]}
		for c := boxes[e.From].column + 1; c < boxes[e.To].column; c++ {
			bend := &node{column: c}
			d.put(bend)
			line = append(line, bend)
		}
		line = append(line, boxes[e.To])
		for i := 1; i < len(line); i++ {
			line[i-1].out = append(line[i-1].out, line[i])
			line[i].in = append(line[i].in, line[i-1])
		}
		d.lines = append(d.lines, line)
		c := boxes[e.From].column
		_, label := s.line(i)
		d.gap[c] = max(d.gap[c], letter*float64(len(label))+least)
	}
	d.place()
	return d
}

func (d *drawing) put(n *node) {
	for len(d.columns) <= n.column {
		d.columns = append(d.columns, nil)
		d.wide = append(d.wide, 0)
		d.gap = append(d.gap, least)
	}
	d.columns[n.column] = append(d.columns[n.column], n)
	if n.text != "" {
		d.wide[n.column] = max(d.wide[n.column], letter*float64(len(n.text))+2*padding)
	}
}

// place orders each column by where its neighbours are, to the right and back a
// few times, and gives everything its place.
func (d *drawing) place() {
	d.spread()
	const sweeps = 8
	for sweep := range sweeps {
		for k := range d.columns {
			neighbours := func(n *node) []*node { return n.in }
			if sweep%2 == 1 {
				k = len(d.columns) - 1 - k
				neighbours = func(n *node) []*node { return n.out }
			}
			slices.SortStableFunc(d.columns[k], func(a, b *node) int {
				return cmp.Compare(middle(a, neighbours(a)), middle(b, neighbours(b)))
			})
			d.spread()
		}
	}
	for _, column := range d.columns {
		for _, n := range column {
			above := func(a, b *node) int { return cmp.Compare(a.y, b.y) }
			slices.SortStableFunc(n.in, above)
			slices.SortStableFunc(n.out, above)
		}
	}
}

// middle is the average height of a node's neighbours; its own where it has
// none.
func middle(n *node, of []*node) float64 {
	if len(of) == 0 {
		return n.y
	}
	sum := 0.0
	for _, o := range of {
		sum += o.y
	}
	return sum / float64(len(of))
}

// spread stacks the nodes of each column around the middle of the drawing.
func (d *drawing) spread() {
	x := float64(margin)
	for k, column := range d.columns {
		high := float64(len(column)*(boxHigh+between) - between)
		for i, n := range column {
			n.x = x
			n.y = d.height()/2 - high/2 + float64(i*(boxHigh+between)) + boxHigh/2
		}
		x += d.wide[k] + d.gap[k]
	}
}

func (d *drawing) height() float64 {
	most := 0
	for _, column := range d.columns {
		most = max(most, len(column))
	}
	return float64(2*margin + most*(boxHigh+between) - between)
}

func (d *drawing) width() float64 {
	x := 2.0 * margin
	for k := range d.columns {
		x += d.wide[k] + d.gap[k]
	}
	return x - d.gap[len(d.gap)-1]
}

// A style is what a drawing says beyond the graph; the zero value nothing.
type style struct {
	title string
	text  func(element int) string // in the box; nil: boxText
	bands func(element int) []band // that fill the box from left to right
	line  func(edge int) (width float64, label string)
	key   []band // explained below the drawing, by their text
}

// A band is a part of a box in one colour.
type band struct {
	share float64
	fill  string
	text  string
}

// drawSVG draws for browsers and papers.
func drawSVG(w io.Writer, g *d4.Graph) error { return drawStyled(w, g, style{}) }

func drawStyled(w io.Writer, g *d4.Graph, s style) error {
	if s.text == nil {
		s.text = func(at int) string { return boxText(g.Elements[at]) }
	}
	if s.bands == nil {
		s.bands = func(int) []band { return []band{{1, "#eef3f8", ""}} }
	}
	if s.line == nil {
		s.line = func(at int) (float64, string) { return 1, edgeText(g, g.Edges[at]) }
	}
	d := layout(g, s)
	high := d.height() + float64(len(s.key)*keyHigh)
	wide := d.width()
	for _, k := range s.key {
		wide = max(wide, 2*margin+keyHigh+letter*float64(len(k.text)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0[1]f %.0[2]f" font-family="sans-serif" font-size="13">`+"\n", wide, high)
	fmt.Fprintf(&b, "<title>%s</title>\n", escaped(cmp.Or(s.title, g.Name)))
	b.WriteString(`<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="#456"/></marker></defs>` + "\n")
	b.WriteString(`<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for at, line := range d.lines {
		width, label := s.line(at)
		d.drawLine(&b, line, width, label)
	}
	for _, column := range d.columns {
		for _, n := range column {
			if n.text != "" {
				d.drawBox(&b, n, s.bands(n.element))
			}
		}
	}
	for i, k := range s.key {
		y := d.height() + float64(i*keyHigh)
		fmt.Fprintf(&b, `<rect x="%d" y="%.1f" width="12" height="12" fill="%s" stroke="#456"/>`+"\n", margin, y, k.fill)
		fmt.Fprintf(&b, `<text x="%d" y="%.1f" dominant-baseline="central" font-size="11">%s</text>`+"\n", margin+keyHigh, y+6, escaped(k.text))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// drawBox draws a PE.
func (d *drawing) drawBox(b *strings.Builder, n *node, bands []band) {
	round := 4
	if n.source {
		round = boxHigh / 2
	}
	x, wide := n.x, d.wide[n.column]
	outline := func(fill string) {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="%d" fill="%s" stroke="#456"/>`+"\n", n.x, n.y-boxHigh/2, wide, boxHigh, round, fill)
	}
	if len(bands) == 1 {
		outline(bands[0].fill)
	} else {
		fmt.Fprintf(b, `<clipPath id="c%d"><rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="%d"/></clipPath>`+"\n", n.element, n.x, n.y-boxHigh/2, wide, boxHigh, round)
		for _, band := range bands {
			fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%d" fill="%s" clip-path="url(#c%d)"/>`+"\n", x, n.y-boxHigh/2, band.share*wide, boxHigh, band.fill, n.element)
			x += band.share * wide
		}
		outline("none")
	}
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle" dominant-baseline="central">%s</text>`+"\n", n.x+wide/2, n.y, escaped(n.text))
}

// drawLine draws an edge, its label beside its first curve.
func (d *drawing) drawLine(b *strings.Builder, line []*node, width float64, label string) {
	from := line[0]
	x, y := from.x+d.wide[from.column], from.side(from.out, line[1])
	var path, text string
	for i, n := range line[1:] {
		toY := n.side(n.in, line[i])
		half := (n.x - x) / 2
		path += fmt.Sprintf("M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f", x, y, x+half, y, n.x-half, toY, n.x, toY)
		if i == 0 && label != "" {
			text = fmt.Sprintf(`<text x="%.1f" y="%.1f" text-anchor="middle" dominant-baseline="central" font-size="11" fill="#456" stroke="#fff" stroke-width="4" paint-order="stroke">%s</text>`+"\n",
				x+half, (y+toY)/2, escaped(label))
		}
		if x, y = n.x, toY; n.text == "" {
			x += d.wide[n.column]
			path += fmt.Sprintf("H%.1f", x)
		}
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="#456" stroke-width="%.3g" marker-end="url(#tip)"/>`+"\n%s", path, width, text)
}

// side is the height at which the line to a neighbour meets a node, and takes
// it: the lines at one side of a box share it evenly.
func (n *node) side(neighbours []*node, to *node) float64 {
	at := slices.Index(neighbours, to)
	neighbours[at] = nil
	if n.text == "" {
		return n.y
	}
	return n.y - boxHigh/2 + boxHigh*float64(at+1)/float64(len(neighbours)+1)
}

func escaped(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}
