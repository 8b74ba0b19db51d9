package partition

import (
	"fmt"
	"strings"
	"text/tabwriter"

	d4 "github.com/dispel4go/dispel4go"
)

// String is the plan as people read it: which PEs are fused into a chain and
// the rank of each of its stages; what each edge does; what each rank has and
// how much memory it may need. Ranks that have the same share a line, and rows
// of numbers are written 0-3 for 0 1 2 3 and 5 (x4) for 5 5 5 5.
func (p *Plan) String() string {
	b := &strings.Builder{}
	digest := p.Digest()
	fmt.Fprintf(b, "plan of %s: %s in %s on %s; a sender may have %s outstanding on an edge; digest %x\n",
		p.Graph.Name, number(p.instances(), "instance"), number(p.Stages(), "stage"), number(len(p.Ranks), "rank"), size(int64(p.Window)), digest[:8])

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
		fmt.Fprintln(t, "edge\tgrouping\tinstances")
	}
	for i, e := range p.Graph.Edges {
		from, to := p.Graph.Elements[e.From], p.Graph.Elements[e.To]
		how := fmt.Sprintf("%d to %d", p.Counts[e.From], p.Counts[e.To])
		if p.Fused(i) {
			how = "fused"
		}
		fmt.Fprintf(t, "%s.%s -> %s.%s\t%s\t%s\n", from.Name, from.Ports[e.Out].Name, to.Name, to.Ports[e.In].Name, e.Grouping, how)
	}
	t.Flush()

	b.WriteByte('\n')
	fmt.Fprintln(t, "rank\thost\tcores\tstages\titems on their way\tkept by PEs")
	var last string
	first := 0
	lines := p.ranks()
	for r, line := range append(lines, "") {
		if r > 0 && line != last {
			fmt.Fprintf(t, "%s\t%s\n", span(first, r-1), last)
			first = r
		}
		last = line
	}
	t.Flush()
	return b.String()
}

// ranks describes each rank but for its number.
func (p *Plan) ranks() []string {
	stages := make([]int, len(p.Ranks))
	for _, c := range p.Chains {
		for _, r := range c.Ranks {
			stages[r]++
		}
	}
	senders, kept := p.senders(), p.Kept()
	lines := make([]string, len(p.Ranks))
	for r, rank := range p.Ranks {
		has := fmt.Sprint(stages[r])
		if stages[r] == 0 {
			has = "idle"
		}
		lines[r] = fmt.Sprintf("%s\t%d\t%s\t%s\t%s", rank.Host, rank.Cores, has, size(int64(senders[r])*int64(p.Window)), size(kept[r]))
	}
	return lines
}

func (p *Plan) instances() int {
	n := 0
	for _, c := range p.Counts {
		n += c
	}
	return n
}

// number counts things.
func number(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// size is a number of bytes in the largest unit of which there is one.
func size(n int64) string {
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
