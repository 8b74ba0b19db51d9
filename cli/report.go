package cli

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/internal/newfile"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

func (c *command) report() *cobra.Command {
	var asJSON *bool
	var page *string
	cmd := c.verb("report RUNDIR [flags]", "Tell what became of a run, or show it: an HTML page", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		record, err := rundir.Open(args[0])
		if err != nil {
			return run.Usage(orNewest(err))
		}
		now := time.Now()
		report := record.Report(now)
		if cmd.Flags().Changed("html") {
			if err := writePage(*page, report, now); err != nil {
				return run.Usage(err)
			}
			defer fmt.Fprintf(c.err, "the page is %s\n", *page)
		}
		if *asJSON {
			return c.json(report)
		}
		return report.WriteText(c.out)
	})
	cmd.Long = "Tells what became of a run, from its directory: also while it goes on, and after it has failed or was killed.\n" +
		"With --html it is also put into one page to look at: the graph, items a second over time, who was busy, who waited, what it cost and what came of it."
	asJSON = jsonFlag(cmd)
	page = cmd.Flags().String("html", "", "write a page to this file, which must not exist")
	return cmd
}

// writePage puts a report into a new file.
func writePage(file string, report *rundir.Report, now time.Time) error {
	if file == "" {
		return errors.New("--html needs the name of a file")
	}
	page := rundir.Page{Folder: filepath.Dir(file), Made: now}
	drawing, err := drawRun(report)
	if err != nil {
		page.NoDrawing = run.Line(err) + "."
	}
	page.Drawing = template.HTML(drawing) // ours, and all names in it are escaped
	err = newfile.Write(file, newfile.Open, func(w io.Writer) error { return report.WriteHTML(w, page) }, newfile.Place)
	if errors.Is(err, newfile.ErrExists) {
		return fmt.Errorf("%s exists: remove it, or give another --html", file)
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w%s", file, newfile.Plain(err), newfile.Remedy(err, "give another --html"))
	}
	return nil
}

// drawRun draws the graph that a run has recorded, each PE filled as far as it was busy.
func drawRun(report *rundir.Report) (string, error) {
	recorded := report.Run.Graph
	if err := recorded.Drawable(); err != nil {
		return "", err
	}
	g := d4.NewGraph(report.Name)
	fed := make([]bool, len(recorded.PEs))
	for _, e := range recorded.Edges {
		g.Edges = append(g.Edges, d4.Edge{From: e.From, To: e.To})
		fed[e.To] = true
	}
	for at, e := range recorded.PEs {
		element := &d4.Element{Name: cmp.Or(shortened(e.Name), "?"), Instances: e.Instances}
		if !fed[at] {
			element.Proto = source{}
		}
		g.Elements = append(g.Elements, element)
	}
	if _, cycle := g.Order(); len(cycle) > 0 {
		return "", fmt.Errorf("%w: in run.json it is a cycle", rundir.ErrGraph)
	}
	busy := map[string]float64{}
	for _, e := range report.PEs {
		busy[e.PE] = e.Load
	}
	var b strings.Builder
	err := drawStyled(&b, g, style{
		bands: func(at int) []band {
			share := max(0, min(1, busy[recorded.PEs[at].Name]))
			return []band{{share: share, fill: "#b9cfe6"}, {share: 1 - share, fill: "#fff"}}
		},
		line: func(at int) (float64, string) {
			e := recorded.Edges[at]
			return 1, shortened(streamText(e.Out, e.In, e.Grouping))
		},
	})
	return b.String(), err
}

// source stands for a PE that nothing feeds.
type source struct{ d4.Base }

func (source) Next() error { return io.EOF }

// shortened is a text that a box has room for.
func shortened(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "..."
	}
	return text
}
