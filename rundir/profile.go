package rundir

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
)

// Profile is what the run measured, for the plan of another.
func (r *Record) Profile() (partition.Profile, error) {
	if len(r.Rows) == 0 {
		return nil, fmt.Errorf("%s: there is no trace.csv to make a profile of: the run is %s", r.Path, r.Run.State)
	}
	return ProfileOf(r.Rows, r.Run.Usage), nil
}

// ProfileOf adds up the rows of each PE. What an instance was busy is the time that
// its calls took; of ranks that had to share processors, or whose calls waited, and so
// have used less than that of them, it is so much less.
func ProfileOf(rows []Row, usage []Usage) partition.Profile {
	busy, had := map[int]float64{}, map[int]float64{} // of each rank: in all, and of its processors for each second of that
	for _, row := range rows {
		busy[row.Rank] += row.Busy
		had[row.Rank] = 1
	}
	for _, u := range usage {
		if busy[u.Rank] > 0 && u.CPU > 0 {
			had[u.Rank] = min(1, u.CPU/busy[u.Rank])
		}
	}
	if len(usage) == 1 && len(busy) > 1 { // of ranks in one process, which has one account
		all := 0.0
		for _, b := range busy {
			all += b
		}
		share := 1.0
		if all > 0 && usage[0].CPU > 0 {
			share = min(1, usage[0].CPU/all)
		}
		for rank := range had {
			had[rank] = share
		}
	}
	p := partition.Profile{}
	for _, row := range rows {
		w := p[row.PE]
		w.Instances++
		w.ItemsIn += float64(row.ItemsIn)
		w.ItemsOut += float64(row.ItemsOut)
		w.BytesOut += float64(row.BytesOut)
		seconds := row.Busy * had[row.Rank]
		w.Seconds += seconds
		if more := row.Index + 1 - len(w.Each); row.Index >= 0 && more > 0 && more <= len(rows) {
			w.Each = append(w.Each, make([]partition.Share, more)...)
		}
		if row.Index >= 0 && row.Index < len(w.Each) {
			e := &w.Each[row.Index]
			e.ItemsIn, e.ItemsOut, e.Seconds = e.ItemsIn+float64(row.ItemsIn), e.ItemsOut+float64(row.ItemsOut), e.Seconds+seconds
		}
		p[row.PE] = w
	}
	return p
}

// Predicted is what the plan of a run has predicted, for the items that leave
// the sources.
type Predicted struct {
	Items      float64            `json:"items"`
	Seconds    float64            `json:"seconds"`
	Bottleneck string             `json:"bottleneck"`
	Sources    []string           `json:"sources"`
	Assumed    []string           `json:"assumed,omitempty"` // PEs whose cost was not known
	CPU        map[string]float64 `json:"cpu_s"`             // of each PE, in all its instances
}

// PredictedBy is what a plan predicts.
func PredictedBy(plan *partition.Plan) *Predicted {
	o := plan.Predict()
	p := &Predicted{Items: o.Items, Seconds: o.Seconds, Bottleneck: o.Bottleneck, Assumed: o.Assumed, CPU: map[string]float64{}}
	for at, e := range plan.Graph.Elements {
		p.CPU[e.Name] = o.Loads[at]
		if !slices.ContainsFunc(plan.Graph.Edges, func(edge d4.Edge) bool { return edge.To == at }) {
			p.Sources = append(p.Sources, e.Name)
		}
	}
	return p
}

// A Miss is by how much a prediction was off.
type Miss struct {
	Predicted  float64  `json:"predicted_items_per_s"` // from the sources
	Rate       float64  `json:"items_per_s"`
	Bottleneck string   `json:"predicted_bottleneck"`
	Assumed    []string `json:"assumed,omitempty"`
	// PEs are those that were predicted and have had items, the furthest off
	// first.
	PEs []PEMiss `json:"pes,omitempty"`
}

// A PEMiss compares the CPU seconds of a PE for an item of the sources.
type PEMiss struct {
	PE        string  `json:"pe"`
	Predicted float64 `json:"predicted_s"`
	Measured  float64 `json:"measured_s"`
}

// miss compares what was predicted with what the PEs did; nil if nothing can
// be compared.
func (p *Report) miss() *Miss {
	o := p.Run.Predicted
	if o == nil || o.Items <= 0 || o.Seconds <= 0 || p.Wall <= 0 {
		return nil
	}
	items := 0.0
	for _, e := range p.PEs {
		if slices.Contains(o.Sources, e.PE) {
			items += float64(e.Items)
		}
	}
	if items == 0 {
		return nil
	}
	m := &Miss{Predicted: o.Items / o.Seconds, Rate: items / p.Wall, Bottleneck: o.Bottleneck, Assumed: o.Assumed}
	for _, e := range p.PEs {
		cpu, ok := o.CPU[e.PE]
		if ok && !slices.Contains(o.Assumed, e.PE) && e.Items > 0 && cpu > 0 && e.Busy > 0 {
			m.PEs = append(m.PEs, PEMiss{e.PE, cpu / o.Items, e.Busy / items})
		}
	}
	off := func(e PEMiss) float64 { return math.Abs(math.Log(e.Measured / e.Predicted)) }
	slices.SortStableFunc(m.PEs, func(a, b PEMiss) int { return cmp.Compare(off(b), off(a)) })
	return m
}

// String says it in a sentence.
func (m *Miss) String() string {
	if len(m.Assumed) > 0 {
		return fmt.Sprintf("predicted: nothing, for it was not known what %s cost; this run measured that: plan with it as --profile", strings.Join(m.Assumed, ", "))
	}
	text := fmt.Sprintf("predicted: %.3g items/s from the sources, there were %.3g (%s)", m.Predicted, m.Rate, off(m.Rate, m.Predicted))
	if len(m.PEs) > 0 {
		e := m.PEs[0]
		text += fmt.Sprintf("; furthest off was %s: %s for an item of the sources, %s predicted (%s)", e.PE, seconds(e.Measured), seconds(e.Predicted), off(e.Measured, e.Predicted))
	}
	return text + "; predicted bottleneck: " + m.Bottleneck
}

// off is how far a figure is off another.
func off(is, predicted float64) string {
	switch x := is/predicted - 1; {
	case x >= 0.005:
		return fmt.Sprintf("%.0f %% more", 100*x)
	case x <= -0.005:
		return fmt.Sprintf("%.0f %% less", -100*x)
	}
	return "as predicted"
}
