package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/dispel4go/dispel4go/partition"
)

// palette is the colours of nodes (Paul Tol's light scheme, told apart by the
// colour-blind); what is on more nodes than that is drawn in the last.
var palette = []string{"#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00", "#dddddd"}

const widest = 6 // the line of the edge that carries most, in pixels

// drawPlan draws a graph with what a plan makes of it: each PE is filled with
// the colours of the nodes that its instances are on, and each edge is as wide
// as what it carries. Edges inside a stage carry nothing anywhere.
func drawPlan(w io.Writer, p *partition.Plan) error {
	o := p.Predict()
	most := 0.0
	for i, bytes := range o.Edges {
		if !p.Fused(i) {
			most = max(most, bytes)
		}
	}
	number := map[int]int{} // of nodes, in the order of ranks
	var hosts []string
	for _, r := range p.Ranks {
		if _, ok := number[r.Node]; !ok {
			number[r.Node] = len(number)
			hosts = append(hosts, r.Host)
		}
	}
	colour := func(node int) int { return min(node, len(palette)-1) }
	return drawStyled(w, p.Graph, style{
		title: fmt.Sprintf("%s: plan %.8x", p.Graph.Name, p.Digest()),
		text: func(at int) string {
			if p.Counts[at] == 1 {
				return p.Graph.Elements[at].Name
			}
			return fmt.Sprintf("%s (%d)", p.Graph.Elements[at].Name, p.Counts[at])
		},
		bands: func(at int) (bands []band) {
			on := make([]int, min(len(hosts), len(palette)))
			for k := range p.Counts[at] {
				on[colour(number[p.Ranks[p.RankOf(at, k)].Node])]++
			}
			for c, n := range on {
				if n > 0 {
					bands = append(bands, band{share: float64(n) / float64(p.Counts[at]), fill: palette[c]})
				}
			}
			return bands
		},
		line: func(at int) (float64, string) {
			label := edgeText(p.Graph, p.Graph.Edges[at])
			if p.Fused(at) {
				return 1, strings.TrimPrefix(label+", fused", ", ")
			}
			return 1 + (widest-1)*o.Edges[at]/max(most, 1), strings.TrimPrefix(label+", "+partition.FormatBytes(int64(o.Edges[at])), ", ")
		},
		key: key(hosts, o),
	})
}

// key explains the colours, and says what is predicted.
func key(hosts []string, o *partition.Prediction) (key []band) {
	for c, host := range hosts {
		if c == len(palette)-1 && len(hosts) > len(palette) {
			key = append(key, band{fill: palette[c], text: fmt.Sprintf("%s and %d more nodes", host, len(hosts)-len(palette))})
			break
		}
		key = append(key, band{fill: palette[c], text: host})
	}
	return append(key, band{fill: "none", text: fmt.Sprintf("bottleneck: %s", o.Bottleneck)})
}
