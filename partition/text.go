package partition

import (
	"fmt"
	"strings"
	"text/tabwriter"

	d4 "github.com/dispel4go/dispel4go"
)

// String is the plan as people read it: which PEs are fused into a chain and
// the rank of each of its stages; what each edge does and carries; what each
// rank has, is predicted to do, receives and sends, and how much memory it may
// need; and what is predicted of the whole. Ranks that have the same share a
// line, and rows of numbers are written 0-3 for 0 1 2 3 and 5 (x4) for 5 5 5 5.
// Of a run that was not measured, bytes are those for one item of each source.
func (p *Plan) String() string {
	b := &strings.Builder{}
	digest, predicted := p.Digest(), p.Predict()
	fmt.Fprintf(b, "plan of %s: %s in %s on %s; a sender may have %s outstanding on an edge; digest %x\n",
		p.Graph.Name, FormatCount(p.instances(), "instance"), FormatCount(p.Stages(), "stage"), FormatCount(len(p.Ranks), "rank"), FormatBytes(int64(p.Window)), digest[:8])

	b.WriteByte('\n')
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "chain\tPEs\tinstances\tranks")
	for i, c := range p.Chains {
		names := make([]string, len(c.Elements))
		for k, at := range c.Elements {
			e := p.Graph.Elements[at]
			names[k] = e.Name
			if e.OnError != d4.Fail {
				names[k] += " (on_error = " + e.OnError.String() + ")"
			}
		}
		fmt.Fprintf(t, "%d\t%s\t%d\t%s\n", i, strings.Join(names, " + "), len(c.Ranks), runs(c.Ranks))
	}
	t.Flush()

	if len(p.Graph.Edges) > 0 {
		b.WriteByte('\n')
		fmt.Fprintln(t, "edge\tgrouping\tinstances\tbytes")
	}
	for i, e := range p.Graph.Edges {
		from, to := p.Graph.Elements[e.From], p.Graph.Elements[e.To]
		how := fmt.Sprintf("%d to %d", p.Counts[e.From], p.Counts[e.To])
		if p.Fused(i) {
			how = "fused"
		}
		fmt.Fprintf(t, "%s.%s -> %s.%s\t%s\t%s\t%s\n", from.Name, from.Ports[e.Out].Name, to.Name, to.Ports[e.In].Name, e.Grouping, how, FormatBytes(int64(predicted.Edges[i])))
	}
	t.Flush()

	b.WriteByte('\n')
	fmt.Fprintln(t, "rank\tnode\tcores\tstages\tload\tfrom ranks\tto ranks\tfrom nodes\tto nodes\titems on their way\tkept by PEs")
	var last string
	first := 0
	lines := p.ranks(predicted)
	for r, line := range append(lines, "") {
		if r > 0 && line != last {
			fmt.Fprintf(t, "%s\t%s\n", span(first, r-1), last)
			first = r
		}
		last = line
	}
	t.Flush()
	b.WriteByte('\n')
	for _, line := range p.sentences(predicted) {
		fmt.Fprintln(b, line)
	}
	return b.String()
}

// sentences are what is predicted of the whole.
func (p *Plan) sentences(o *Prediction) (lines []string) {
	idle := []int{}
	for r, l := range o.Ranks {
		if l.Stages == 0 {
			idle = append(idle, r)
		}
	}
	switch {
	case len(o.Assumed) == len(p.Graph.Elements):
		lines = append(lines, "predicted: nothing, for no PE has been measured; every instance is taken to be equally busy, and bytes are those of one item of each source")
	case len(o.Assumed) > 0:
		lines = append(lines, "predicted: little, for nothing is known of "+strings.Join(o.Assumed, ", "))
	default:
		lines = append(lines, fmt.Sprintf("predicted: %s from the sources, %s for %s", rate(o.Rate), seconds(o.Seconds), FormatCount(int(o.Items), "item")))
	}
	if len(o.Assumed) < len(p.Graph.Elements) {
		lines = append(lines, "bottleneck: "+o.Bottleneck)
	}
	if len(p.Ranks) > 1 {
		lines = append(lines, fmt.Sprintf("between ranks: %s inside nodes, %s between nodes", FormatBytes(int64(o.RankBytes)), FormatBytes(int64(o.NodeBytes))))
	}
	if len(idle) > 0 {
		lines = append(lines, "idle: "+map[bool]string{true: "rank ", false: "ranks "}[len(idle) == 1]+runs(idle))
	}
	for _, n := range p.Notes {
		lines = append(lines, "note: "+n)
	}
	return lines
}

// ranks describes each rank but for its number.
func (p *Plan) ranks(o *Prediction) []string {
	senders, kept := p.senders(), p.Kept()
	lines := make([]string, len(p.Ranks))
	for r, rank := range p.Ranks {
		l := o.Ranks[r]
		has, load := fmt.Sprint(l.Stages), fmt.Sprintf("%.0f %%", 100*o.Utilisation(r, rank))
		if l.Stages == 0 {
			has, load = "idle", "-"
		}
		lines[r] = fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", rank.Host, rank.Cores, has, load,
			FormatBytes(int64(l.RankIn)), FormatBytes(int64(l.RankOut)), FormatBytes(int64(l.NodeIn)), FormatBytes(int64(l.NodeOut)),
			FormatBytes(int64(senders[r])*int64(p.Window)), FormatBytes(kept[r])+of(rank.Memory))
	}
	return lines
}

// of is the memory of a rank, where it is known.
func of(memory int64) string {
	if memory == 0 {
		return ""
	}
	return " of " + FormatBytes(memory)
}

func (p *Plan) instances() int {
	n := 0
	for _, c := range p.Counts {
		n += c
	}
	return n
}

// FormatCount is so many things, as "1 rank" and "2 ranks".
func FormatCount(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// FormatBytes is a number of bytes in the largest unit of which there is one.
func FormatBytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	x, unit := float64(n), 0
	for x >= 1024 && unit < len(units)-1 {
		x, unit = x/1024, unit+1
	}
	return fmt.Sprintf("%.4g %s", x, units[unit])
}

// span is the numbers from a to b.
func span(a, b int) string {
	if a == b {
		return fmt.Sprint(a)
	}
	return fmt.Sprintf("%d-%d", a, b)
}

// runs writes numbers with those together that follow each other, and what
// repeats only once.
func runs(numbers []int) string {
	var parts []string
	times := 0 // the last part has come
	flush := func() {
		if times > 1 {
			parts[len(parts)-1] += fmt.Sprintf(" (x%d)", times)
		}
	}
	for i := 0; i < len(numbers); {
		next := i + 1
		for next < len(numbers) && numbers[next] == numbers[next-1]+1 {
			next++
		}
		part := span(numbers[i], numbers[next-1])
		if times == 0 || part != parts[len(parts)-1] {
			flush()
			parts = append(parts, part)
			times = 0
		}
		times++
		i = next
	}
	flush()
	return strings.Join(parts, ", ")
}

// seconds is a time in the largest unit of which there is one.
func seconds(s float64) string {
	for _, u := range []struct {
		name string
		s    float64
	}{{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}} {
		if s >= u.s {
			return fmt.Sprintf("%.3g %s", s/u.s, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s*1e9)
}

// rate is a number of items a second.
func rate(r float64) string {
	units := []string{"", " thousand", " million", " billion"}
	for len(units) > 1 && r >= 1000 {
		r, units = r/1000, units[1:]
	}
	return fmt.Sprintf("%.3g%s items/s", r, units[0])
}
