package rundir

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A Page is what WriteHTML has to be told.
type Page struct {
	// Drawing is the graph as an SVG element, trusted as it is; "" for none, and
	// NoDrawing says why.
	Drawing   template.HTML
	NoDrawing string
	// Folder is where the page will be, for links to outputs.
	Folder string
	Made   time.Time
}

// How much of what may be long is on a page.
const (
	shownHosts   = 12
	shownOutputs = 100
	shownCurves  = 40
	shownPEs     = 200
	shownLines   = 50
	shownOpen    = 10 // instances that did not come to an end
)

// WriteHTML writes the report as one page that needs nothing beside itself, no
// script either, and can be printed in black and white. It reads progress.csv
// and the other parts of a run that was continued; what of these is damaged, the
// page says.
func (p *Report) WriteHTML(w io.Writer, o Page) error {
	v := view{Report: p, Page: o, Damaged: slices.Clone(p.Damage)}
	v.Stages = stageShares(p.rows, p.Wall)
	v.Ranks, v.AllRanks = rankShares(p.rows, p.Run.Usage, p.Wall)
	v.timeline()
	v.parts()
	v.sinks()
	for _, row := range p.rows {
		if !row.Ended {
			if v.Open++; v.Open <= shownOpen {
				v.OpenNames = append(v.OpenNames, fmt.Sprintf("%s[%d]", row.PE, row.Index))
			}
		}
	}
	return page.Execute(w, &v)
}

// A view is what the page is made of.
type view struct {
	*Report
	Page
	Damaged   []string
	Stages    []share
	Ranks     []rankShare
	AllRanks  int
	Timeline  *timeline
	NoCurves  string // why there is no timeline
	Parts     []*Report
	Arrived   []arrived
	Open      int      // instances whose streams did not end
	OpenNames []string // of the first of them
}

// A fact is a line of the head.
type fact struct{ Key, Value string }

// Facts are the head of the page.
func (v *view) Facts() (all []fact) {
	r := v.Run
	add := func(key, format string, args ...any) {
		if text := strings.TrimSpace(fmt.Sprintf(format, args...)); text != "" {
			all = append(all, fact{key, text})
		}
	}
	add("Directory", "%s", v.Path)
	add("Job file", "%s", r.JobFile)
	add("Command", "%s", strings.Join(r.Command, " "))
	if r.Mapping != "" {
		add("Mapping", "%s, %s, %s", r.Mapping, count(r.Ranks, "rank"), count(r.Cores, "core"))
	}
	if hosts := r.Hosts; len(hosts) > shownHosts {
		add("Hosts", "%s and %d more", strings.Join(hosts[:shownHosts], ", "), len(hosts)-shownHosts)
	} else {
		add("Hosts", "%s", strings.Join(hosts, ", "))
	}
	add("Slurm job", "%s", r.JobID)
	if q := r.Request; q != nil {
		add("Asked for", "%s", q)
	}
	add("Started", "%s", stamp(r.Started))
	switch v.State {
	case Running, Incomplete:
		add("Last heard of", "%s", stamp(v.Updated))
	default:
		add("Ended", "%s", stamp(r.Ended))
	}
	add("Took", "%s", seconds(v.Wall))
	add("Goes on from", "%s", r.Continues)
	add("Seed", "%d", r.Seed)
	add("Program", "%s %s %s", r.Versions.Module, r.Versions.Revision, r.Versions.Go)
	add("Job digest", "%s", r.JobDigest)
	add("Plan digest", "%s", r.PlanDigest)
	return all
}

// String is the request in words.
func (q *Request) String() string {
	var parts []string
	if q.Nodes > 0 {
		parts = append(parts, count(q.Nodes, "node"))
	}
	if q.Cores > 0 {
		parts = append(parts, count(q.Cores, "core"))
	}
	if q.Memory > 0 {
		parts = append(parts, bytesOf(float64(q.Memory))+" on a node")
	}
	if q.Time > 0 {
		parts = append(parts, seconds(q.Time))
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04:05 -0700")
}

// names are those of the PEs in the order in which items pass them, as far as known.
func (v *view) names() (all []string) {
	switch {
	case v.Run.Graph != nil:
		for _, e := range v.Run.Graph.PEs {
			all = append(all, e.Name)
		}
	case len(v.PEs) > 0:
		for _, e := range v.PEs {
			all = append(all, e.PE)
		}
	default:
		all = slices.Sorted(maps.Keys(v.Run.Items))
	}
	return all
}

func (v *view) timeline() {
	p, err := ReadProgress(v.Path)
	if err != nil {
		v.Damaged = append(v.Damaged, err.Error())
	}
	if p == nil {
		v.NoCurves = fmt.Sprintf("There is no progress.csv, which is begun after %s.", seconds(Every.Seconds()))
		return
	}
	curves := p.curves(v.Wall, v.names())
	if n := len(curves) - shownCurves; n > 0 {
		curves, v.NoCurves = curves[:shownCurves], fmt.Sprintf("And %s more, which progress.csv has.", count(n, "PE"))
	}
	v.Timeline = newTimeline(curves, v.Wall)
}

// parts finds the others of a run that was continued.
func (v *view) parts() {
	all, err := Parts(v.Path)
	if err != nil {
		v.Damaged = append(v.Damaged, err.Error())
		return
	}
	before := map[string]bool{} // that another goes on from
	for _, r := range all {
		if r.Run.Continues != "" {
			before[filepath.Base(r.Run.Continues)] = true
		}
	}
	for _, r := range all {
		if r.Run.Continues != "" || before[filepath.Base(r.Path)] {
			v.Parts = append(v.Parts, r.Report(v.Made))
		}
	}
}

// arrived is what has reached a sink.
type arrived struct {
	PE    string
	Here  Sink // in this run
	Total Sink // in all parts up to this one
}

func (v *view) sinks() {
	total := v.Run.Sinks()
	for _, name := range slices.Sorted(maps.Keys(total)) {
		v.Arrived = append(v.Arrived, arrived{name, v.Run.Result.Sinks[name], total[name]})
	}
}

// Counted has a line for each PE that has counted something.
func (v *view) Counted() (all []fact) {
	for _, e := range v.PEs {
		if text := counted(e.Counts); text != "" {
			all = append(all, fact{e.PE, text})
		}
	}
	return fewFacts(all)
}

// Summary is what PEs had to say, in order.
func (v *view) Summary() (all []fact) {
	for _, name := range slices.Sorted(maps.Keys(v.Run.Result.Summary)) {
		all = append(all, fact{name, fmt.Sprint(v.Run.Result.Summary[name])})
	}
	return fewFacts(all)
}

// When is what follows the state.
func (v *view) When() string { return v.when() }

// Instances is how many there are in the trace.
func (v *view) Instances() int { return len(v.rows) }

// SoFar are the items of a run without a trace.
func (v *view) SoFar() (all []fact) {
	for _, name := range v.names() {
		all = append(all, fact{name, fmt.Sprint(v.Run.Items[name])})
	}
	return fewFacts(all)
}

// What has room of long lists, and how much more there is.

func (v *view) ShownStages() []share   { return v.Stages[:min(len(v.Stages), shownPEs)] }
func (v *view) MoreStages() int        { return len(v.Stages) - len(v.ShownStages()) }
func (v *view) ShownPEs() []PEReport   { return v.PEs[:min(len(v.PEs), shownPEs)] }
func (v *view) MorePEs() int           { return len(v.PEs) - len(v.ShownPEs()) }
func (v *view) ShownOutputs() []Output { return v.Outputs[:min(len(v.Outputs), shownOutputs)] }
func (v *view) MoreOutputs() int       { return len(v.Outputs) - len(v.ShownOutputs()) }

// Link leads from the page to an output, where it can.
func (v *view) Link(output string) string {
	from, err := filepath.Abs(v.Folder)
	to, other := filepath.Abs(filepath.Join(v.Path, "outputs", filepath.FromSlash(output)))
	if errors.Join(err, other) != nil {
		return ""
	}
	below, err := filepath.Rel(from, to)
	if err != nil {
		return ""
	}
	return "./" + filepath.ToSlash(below) // "./" lets no name pass for a scheme
}

// Bound is the memory that the plan's ranks may take on a node.
func (v *view) Bound() string {
	if v.Run.Bound <= 0 {
		return ""
	}
	return bytesOf(float64(v.Run.Bound))
}

// A piece is a rectangle of a bar, in pixels.
type piece struct {
	X, Wide float64
	Fill    string
}

// Measures and fills of bars: dark, medium and light also without colour.
const (
	barWide     = 240.0
	busyFill    = "#2f5d8a"
	heldFill    = "#e8a33d"
	waitingFill = "#dcdcdc"
)

// Pieces are a bar of the shares.
func (s share) Pieces() (all []piece) {
	x := 0.0
	for _, p := range []piece{{0, s.Busy, busyFill}, {0, s.Out, heldFill}, {0, s.In, waitingFill}} {
		wide := min(barWide*p.Wide, barWide-x)
		if wide >= 0.05 {
			all = append(all, piece{x, wide, p.Fill})
			x += wide
		}
	}
	return all
}

// MemoryWide is how wide the bar of the memory is, in pixels.
func (r rankShare) MemoryWide() float64 { return 100 * r.Filled }

// Spread is the piece from the least busy to the busiest.
func (s share) Spread() piece {
	return piece{barWide * s.Least, barWide * (s.Most - s.Least), "#000"}
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent,
	"seconds": seconds,
	"stamp":   stamp,
	"bytes":   func(n any) (string, error) { x, err := asFloat(n); return bytesOf(x), err },
	"figure":  figure,
	"px":      func(x float64) string { return fmt.Sprintf("%.4g", x) },
	"less":    func(x, y float64) float64 { return x - y },
	"few":     few,
	"cut":     func(name string) string { return cut(name, 26) },
	"wide":    func() float64 { return barWide },
	"busy":    func() string { return busyFill },
	"held":    func() string { return heldFill },
	"waiting": func() string { return waitingFill },
}).Parse(pageText))

// figure writes a number with three digits, or what is whole of it.
func figure(x float64) string {
	if text := fmt.Sprintf("%.3g", x); !strings.Contains(text, "e+") || !(x < 1e15) {
		return text
	}
	scale := math.Pow(10, math.Floor(math.Log10(x))-2)
	return fmt.Sprintf("%.0f", math.Round(x/scale)*scale)
}

// asFloat is a number of any of the types that a page has.
func asFloat(n any) (float64, error) {
	switch n := n.(type) {
	case float64:
		return n, nil
	case int64:
		return float64(n), nil
	case uint64:
		return float64(n), nil
	}
	return 0, fmt.Errorf("rundir: a number of bytes of type %T", n)
}

// few are the first lines of a list that may be long, and how many more there are.
func few(all []string) []string {
	if more := len(all) - shownLines; more > 0 {
		return append(slices.Clone(all[:shownLines]), fmt.Sprintf("and %d more", more))
	}
	return all
}

// fewFacts does the same with facts.
func fewFacts(all []fact) []fact {
	if more := len(all) - shownPEs; more > 0 {
		return append(slices.Clone(all[:shownPEs]), fact{fmt.Sprintf("and %d more", more), ""})
	}
	return all
}

// cut shortens a name that has no room.
func cut(name string, most int) string {
	if runes := []rune(name); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return name
}
