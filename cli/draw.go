package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/run"
)

// formats are the ways to draw.
var formats = []struct {
	name string
	draw func(io.Writer, *d4.Graph) error
}{
	{"mermaid", drawMermaid},
	{"dot", drawDOT},
	{"svg", drawSVG},
}

func (c *command) draw() *cobra.Command {
	var sets *[]string
	var format *string
	var planned *bool
	cmd := c.verb("draw JOB [flags]", "Draw the graph of a job file, or its plan", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		if *planned {
			if f := cmd.Flags().Lookup("format"); f.Changed && *format != "svg" {
				return run.Usage(fmt.Errorf("--plan draws svg, not %s", *format))
			}
			job, o, err := c.job(cmd, args[0], *sets)
			if err != nil {
				return err
			}
			p, err := run.Plan(job.Graph, o)
			if err != nil {
				return err
			}
			return drawPlan(c.out, p)
		}
		var names []string
		for _, f := range formats {
			if f.name != *format {
				names = append(names, f.name)
				continue
			}
			job, err := c.load(args[0], *sets)
			if err != nil {
				return err
			}
			return f.draw(c.out, job.Graph)
		}
		return run.Usage(fmt.Errorf("--format is %s, not %q", strings.Join(names, ", "), *format))
	})
	sets = settingFlags(cmd, true)
	planned = cmd.Flags().Bool("plan", false, "draw the plan: nodes as colours, edges as wide as what they carry; as svg")
	format = cmd.Flags().String("format", "mermaid", "mermaid, dot or svg")
	return cmd
}

// boxText is the name of a PE and, where the graph says it, how many there are.
func boxText(e *d4.Element) string {
	if e.Instances > 1 {
		return fmt.Sprintf("%s (%d)", e.Name, e.Instances)
	}
	return e.Name
}

// edgeText is what is worth saying of an edge: the ports if they are not out
// and in, the grouping if it is not balanced.
func edgeText(g *d4.Graph, e d4.Edge) string {
	return streamText(g.Elements[e.From].Ports[e.Out].Name, g.Elements[e.To].Ports[e.In].Name, fmt.Sprint(e.Grouping))
}

func streamText(from, to, grouping string) string {
	var parts []string
	if from != "out" || to != "in" {
		parts = append(parts, from+" > "+to)
	}
	if grouping != "balanced" {
		parts = append(parts, grouping)
	}
	return strings.Join(parts, ", ")
}

// drawMermaid draws for what renders Mermaid, as GitHub does.
func drawMermaid(w io.Writer, g *d4.Graph) error {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	for at, e := range g.Elements {
		open, shut := "[", "]"
		if e.IsSource() {
			open, shut = "([", "])"
		}
		fmt.Fprintf(&b, "    n%d%s\"%s\"%s\n", at, open, boxText(e), shut)
	}
	for _, e := range g.Edges {
		label := ""
		if text := edgeText(g, e); text != "" {
			label = fmt.Sprintf("|\"%s\"|", text)
		}
		fmt.Fprintf(&b, "    n%d -->%s n%d\n", e.From, label, e.To)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// drawDOT draws for Graphviz.
func drawDOT(w io.Writer, g *d4.Graph) error {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %q {\n    rankdir=LR\n    node [shape=box]\n", g.Name)
	for at, e := range g.Elements {
		shape := ""
		if e.IsSource() {
			shape = " style=rounded"
		}
		fmt.Fprintf(&b, "    n%d [label=%q%s]\n", at, boxText(e), shape)
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&b, "    n%d -> n%d [label=%q]\n", e.From, e.To, edgeText(g, e))
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}
