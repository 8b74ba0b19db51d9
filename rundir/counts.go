package rundir

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Flow is what came into the instances of a PE and left them, and what they counted on the
// way, such as items that they left out.
type Flow struct {
	PE      string
	In, Out uint64           // items
	Counts  map[string]int64 // by name of the counter, in all instances
}

// Flows sums up the rows of each PE, in their order.
func Flows(rows []Row) (all []Flow) {
	at := map[string]int{}
	for _, row := range rows {
		k, ok := at[row.PE]
		if !ok {
			k = len(all)
			at[row.PE], all = k, append(all, Flow{PE: row.PE, Counts: map[string]int64{}})
		}
		all[k].In, all[k].Out = all[k].In+row.ItemsIn, all[k].Out+row.ItemsOut
		for name, n := range row.Counters {
			all[k].Counts[name] += n
		}
	}
	return all
}

// Counted is what has been counted, as "3 gaps, 24 others"; "" for nothing.
func (f *Flow) Counted() string { return counted(f.Counts) }

func counted(counts map[string]int64) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if n := counts[name]; n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(name, "_", " ")))
		}
	}
	return strings.Join(parts, ", ")
}

// Nothing says why sinks have had no items, if one has had none: which PEs let none of theirs
// through, and what they counted, or which sources had none.
func Nothing(rows []Row, sinks map[string]Sink) (lines []string) {
	var empty []string
	for _, name := range slices.Sorted(maps.Keys(sinks)) {
		if sinks[name].Items == 0 {
			empty = append(empty, name)
		}
	}
	if len(empty) == 0 {
		return nil
	}
	flows := Flows(rows)
	for i, f := range flows {
		_, sink := sinks[f.PE]
		text := ""
		switch {
		case sink || f.Out > 0:
			continue
		case f.In > 0:
			text = fmt.Sprintf("%s took %s and emitted none", f.PE, count(int(f.In), "item"))
		case i == 0: // nothing else is before it
			text = f.PE + " emitted nothing"
		default:
			continue
		}
		if c := f.Counted(); c != "" {
			text += ": " + c
		}
		lines = append(lines, text)
	}
	if len(lines) > 0 {
		lines[0] = "nothing reached " + strings.Join(empty, ", ") + ": " + lines[0]
	}
	return lines
}
