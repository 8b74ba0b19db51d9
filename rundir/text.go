package rundir

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/dispel4go/dispel4go/partition"
)

// WriteText writes the report for people.
func (p *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s%s\n", p.Name, p.State, p.when())
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s %s\n", what, fmt.Sprintf(format, args...))
	}
	line("directory", "%s", p.Path)
	if p.Run.JobFile != "" {
		line("job", "%s", p.Run.JobFile)
	}
	if p.Run.Mapping != "" {
		line("mapping", "%s, %s, %s", p.Run.Mapping, count(p.Run.Ranks, "rank"), count(p.Run.Cores, "core"))
	}
	if len(p.Run.Hosts) > 0 {
		line("hosts", "%s", strings.Join(p.Run.Hosts, " "))
	}
	if p.Cause != "" {
		line("cause", "%s", strings.ReplaceAll(p.Cause, "\n", "\n             "))
	}
	for _, text := range p.Damage {
		line("damage", "%s", text)
	}
	if len(p.PEs) > 0 {
		b.WriteByte('\n')
		p.table(&b)
	} else if len(p.Run.Items) > 0 {
		b.WriteString("\nitems so far:\n")
		for _, name := range slices.Sorted(maps.Keys(p.Run.Items)) {
			fmt.Fprintf(&b, "  %s: %d\n", name, p.Run.Items[name])
		}
	}
	p.counts(&b)
	p.compression(&b)
	if p.Bottleneck != "" {
		fmt.Fprintf(&b, "\n%s.\n", p.Bottleneck)
	}
	if p.Prediction != nil {
		fmt.Fprintf(&b, "%s.\n", p.Prediction)
	}
	for _, text := range p.BackPressure {
		fmt.Fprintf(&b, "%s.\n", text)
	}
	if p.Efficiency != nil {
		b.WriteString("\nefficiency:\n")
		for _, text := range p.Efficiency.Lines() {
			fmt.Fprintf(&b, "  %s\n", text)
		}
	}
	p.results(&b)
	if p.Warned > 0 {
		fmt.Fprintf(&b, "\n%s in log.jsonl:\n", count(p.Warned, "warning"))
		for _, text := range p.Warnings {
			fmt.Fprintf(&b, "  %s\n", text)
		}
		if more := p.Warned - len(p.Warnings); more > 0 {
			fmt.Fprintf(&b, "  and %d more\n", more)
		}
	}
	p.left(&b)
	if len(p.Advice) > 0 {
		b.WriteString("\nwhat to do:\n")
		for _, text := range p.Advice {
			fmt.Fprintf(&b, "  %s\n", text)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (p *Report) when() string {
	switch p.State {
	case Running:
		return fmt.Sprintf(" for %s, last heard of at %s", seconds(p.Wall), p.Updated.Format(time.DateTime))
	case Incomplete:
		return fmt.Sprintf(", last heard of at %s, after %s", p.Updated.Format(time.DateTime), seconds(p.Wall))
	}
	return fmt.Sprintf(" in %s, started %s", seconds(p.Wall), p.Started.Format(time.DateTime))
}

// count is so many things.
var count = partition.FormatCount

// table has a line for each PE. Times of more than one instance are added up.
func (p *Report) table(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "PE\tinstances\titems\titems/s\tout\tbusy\twait in\twait out\tp50\tp95\tmax\tskipped\tretried\t")
	for _, e := range p.PEs {
		fmt.Fprintf(t, "%s\t%d\t%d\t%.3g\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t\n", e.PE, e.Instances, e.Items, e.Rate, bytesOf(float64(e.Bytes)),
			seconds(e.Busy), seconds(e.WaitIn), seconds(e.WaitOut), seconds(e.P50), seconds(e.P95), seconds(e.Max), e.Skipped, e.Retried)
	}
	t.Flush()
}

// counts says what PEs have counted.
func (p *Report) counts(b *strings.Builder) {
	title := "\ncounted:\n"
	for _, e := range p.PEs {
		if text := counted(e.Counts); text != "" {
			fmt.Fprintf(b, "%s  %s: %s\n", title, e.PE, text)
			title = ""
		}
	}
}

// compression says what was compressed between ranks, and how long that took.
func (p *Report) compression(b *strings.Builder) {
	first := true
	for _, e := range p.PEs {
		var says []string
		if e.Packed > 0 {
			says = append(says, fmt.Sprintf("%s to %s, %.3g times less, in %s", bytesOf(e.Ratio*float64(e.Packed)), bytesOf(float64(e.Packed)), e.Ratio, seconds(e.Pack)))
		}
		if e.Unpack > 0 {
			says = append(says, fmt.Sprintf("unpacked what came in %s", seconds(e.Unpack)))
		}
		if len(says) == 0 {
			continue
		}
		if first {
			b.WriteString("\ncompressed between ranks:\n")
			first = false
		}
		fmt.Fprintf(b, "  %s: %s\n", e.PE, strings.Join(says, "; "))
	}
}

// results says what reached the sinks, and what PEs found.
func (p *Report) results(b *strings.Builder) {
	r := p.Run.Result
	if len(r.Sinks) > 0 {
		b.WriteString("\nsinks:\n")
		for _, name := range slices.Sorted(maps.Keys(r.Sinks)) {
			fmt.Fprintf(b, "  %s: %d items%s\n", name, r.Sinks[name].Items, digestText(r.Sinks[name]))
		}
	}
	for _, text := range p.Nothing {
		fmt.Fprintf(b, "  %s\n", text)
	}
	if len(p.Run.Total) > 0 {
		b.WriteString("\nsinks, in all parts up to this one:\n")
		for _, name := range slices.Sorted(maps.Keys(p.Run.Total)) {
			fmt.Fprintf(b, "  %s: %d items%s\n", name, p.Run.Total[name].Items, digestText(p.Run.Total[name]))
		}
	}
	if len(r.Summary) > 0 {
		b.WriteString("\nsummary:\n")
		for _, name := range slices.Sorted(maps.Keys(r.Summary)) {
			fmt.Fprintf(b, "  %s: %v\n", name, r.Summary[name])
		}
	}
}

// digestText is the end of a line about a sink.
func digestText(s Sink) string {
	if s.Digest == "" {
		return ""
	}
	return ", digest " + s.Digest
}

// left says what was skipped, and which files there are.
func (p *Report) left(b *strings.Builder) {
	if p.Skipped > 0 {
		fmt.Fprintf(b, "\nskipped %s:\n", count(int(p.Skipped), "item"))
		shown := p.Errors[:min(len(p.Errors), shownErrors)]
		for _, e := range shown {
			fmt.Fprintf(b, "  %s[%d].%s: %s: %s\n", e.PE, e.Index, e.Port, e.Error, e.Item)
		}
		if n := int(p.Skipped) - len(shown); n > 0 {
			fmt.Fprintf(b, "  and %d more\n", n)
		}
	}
	if len(p.Outputs) > 0 {
		b.WriteString("\noutputs:\n")
		for _, o := range p.Outputs {
			unfinished := ""
			if o.Unfinished {
				unfinished = ", not finished"
			}
			fmt.Fprintf(b, "  %s: %s%s\n", o.Name, bytesOf(float64(o.Bytes)), unfinished)
		}
	}
	if len(p.Temporary) > 0 {
		b.WriteString("\nnot whole:\n")
		for _, name := range p.Temporary {
			fmt.Fprintf(b, "  %s\n", name)
		}
	}
}
