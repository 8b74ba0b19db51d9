package rundir

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

// A Report says what happened in a run. As JSON it is what a program may read.
type Report struct {
	Path    string     `json:"run_dir"`
	Name    string     `json:"name"`
	State   State      `json:"state"`
	Cause   string     `json:"cause,omitempty"`
	Advice  []string   `json:"advice,omitempty"` // what to do now
	Started time.Time  `json:"started"`
	Updated time.Time  `json:"updated"` // when the run was last heard of
	Wall    float64    `json:"wall_s"`
	Run     *Run       `json:"run"`
	PEs     []PEReport `json:"pes,omitempty"`
	// Bottleneck is the PE that the others waited for, in a sentence;
	// BackPressure lists those that it kept waiting.
	Bottleneck   string      `json:"bottleneck,omitempty"`
	Prediction   *Miss       `json:"prediction,omitempty"`
	BackPressure []string    `json:"back_pressure,omitempty"`
	Errors       []ItemError `json:"errors,omitempty"`   // the first few
	Skipped      uint64      `json:"skipped"`            // items in all
	Warnings     []string    `json:"warnings,omitempty"` // the first few of log.jsonl
	Warned       int         `json:"warned"`             // how many there are
	// Nothing says why sinks have had no items, if one has had none.
	Nothing    []string    `json:"nothing,omitempty"`
	Efficiency *Efficiency `json:"efficiency,omitempty"`
	Outputs    []Output    `json:"outputs,omitempty"`
	Temporary  []string    `json:"temporary,omitempty"`
	Damage     []string    `json:"damage,omitempty"`

	rows []Row
}

// A PEReport is the account of all instances of a PE. Times are in seconds.
type PEReport struct {
	PE        string  `json:"pe"`
	Instances int     `json:"instances"`
	Items     uint64  `json:"items"` // that came in, or out of a source
	ItemsIn   uint64  `json:"items_in"`
	ItemsOut  uint64  `json:"items_out"`
	Bytes     uint64  `json:"bytes_out"`
	Busy      float64 `json:"busy_s"`     // of all instances
	WaitIn    float64 `json:"wait_in_s"`  // of all instances
	WaitOut   float64 `json:"wait_out_s"` // of all instances
	P50       float64 `json:"p50_s"`      // the middle one of the instances
	P95       float64 `json:"p95_s"`      // the greatest of any instance, like Max
	Max       float64 `json:"max_s"`
	Rate      float64 `json:"items_per_s"` // over the wall time
	Skipped   uint64  `json:"skipped"`
	Retried   uint64  `json:"retried"`
	// Counts are what the PE itself has counted, by name.
	Counts map[string]int64 `json:"counts,omitempty"`
	Packed uint64           `json:"packed_bytes,omitempty"` // of what left the rank compressed
	Ratio  float64          `json:"pack_ratio,omitempty"`   // by how much it was less
	Pack   float64          `json:"pack_s,omitempty"`       // of all instances
	Unpack float64          `json:"unpack_s,omitempty"`     // of all instances
	// Load is the fraction of the wall time that an instance was busy, on
	// average; TopLoad that of the busiest, instance Top.
	Load    float64 `json:"load"`
	TopLoad float64 `json:"top_load"`
	Top     int     `json:"top"`
}

const (
	keptErrors  = 20  // of a report
	shownErrors = 3   // in a line each
	pressure    = 0.1 // of the wall time, waiting for room, is worth a line
	uneven      = 1.5 // times the average load, for the busiest, is worth a word
)

// Report sums the record up. Now is the time to count from where a run goes on.
func (r *Record) Report(now time.Time) *Report {
	p := &Report{Path: r.Path, Name: r.Run.Name, State: r.Run.State, Cause: r.Run.Cause, Started: r.Run.Started, Updated: r.Run.Updated,
		Wall: r.Run.Result.Wall, Run: &r.Run, rows: r.Rows, Outputs: r.Outputs, Temporary: r.Temporary, Damage: r.Damage}
	switch r.Run.State {
	case Running:
		p.Wall = now.Sub(p.Started).Seconds()
	case Incomplete:
		p.Wall = p.Updated.Sub(p.Started).Seconds()
	}
	for item, err := range r.Errors() {
		if err != nil {
			p.Damage = append(p.Damage, err.Error())
			break
		}
		if p.Skipped++; p.Skipped <= keptErrors {
			p.Errors = append(p.Errors, item)
		}
	}
	var err error
	if p.Warnings, p.Warned, err = Warnings(r.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Damage = append(p.Damage, err.Error())
	}
	p.pes(r.Rows)
	p.Nothing = Nothing(r.Rows, r.Run.Result.Sinks)
	p.bottleneck(r.Rows)
	p.Efficiency = r.Run.efficiency(p.Wall)
	p.Prediction = p.miss()
	p.advise(r, now)
	return p
}

func (p *Report) pes(rows []Row) {
	of := map[string][]Row{}
	var order []string
	for _, row := range rows {
		if of[row.PE] == nil {
			order = append(order, row.PE)
		}
		of[row.PE] = append(of[row.PE], row)
	}
	for _, name := range order {
		e := PEReport{PE: name, Instances: len(of[name])}
		var p50 []float64
		plain := 0.0 // before it was compressed
		for _, row := range of[name] {
			e.ItemsIn, e.ItemsOut, e.Bytes = e.ItemsIn+row.ItemsIn, e.ItemsOut+row.ItemsOut, e.Bytes+row.BytesOut
			e.Busy, e.WaitIn, e.WaitOut = e.Busy+row.Busy, e.WaitIn+row.WaitIn, e.WaitOut+row.WaitOut
			e.P95, e.Max = max(e.P95, row.P95), max(e.Max, row.Max)
			e.Skipped, e.Retried = e.Skipped+row.Skipped, e.Retried+row.Retried
			plain += row.Ratio * float64(row.Packed)
			e.Packed, e.Pack, e.Unpack = e.Packed+row.Packed, e.Pack+row.Pack, e.Unpack+row.Unpack
			if row.ItemsIn+row.ItemsOut > 0 {
				p50 = append(p50, row.P50)
			}
			if load := perSecond(row.Busy, p.Wall); load > e.TopLoad {
				e.TopLoad, e.Top = load, row.Index
			}
		}
		if e.Items = e.ItemsIn; e.Items == 0 {
			e.Items = e.ItemsOut
		}
		if slices.Sort(p50); len(p50) > 0 {
			e.P50 = p50[len(p50)/2]
		}
		if e.Packed > 0 {
			e.Ratio = plain / float64(e.Packed)
		}
		e.Rate = perSecond(float64(e.Items), p.Wall)
		e.Load = perSecond(e.Busy, p.Wall) / float64(e.Instances)
		p.PEs = append(p.PEs, e)
	}
	for i, f := range Flows(rows) {
		p.PEs[i].Counts = f.Counts
	}
}

func perSecond(n, seconds float64) float64 {
	if seconds > 0 {
		return n / seconds
	}
	return 0
}

// bottleneck finds the stage that was busy the longest, and in it the PE that
// took the most time.
func (p *Report) bottleneck(rows []Row) {
	stage := map[[2]any]float64{}
	for _, row := range rows {
		stage[[2]any{row.Rank, row.Stage}] += row.Busy
	}
	longest := -1
	for i, row := range rows {
		if longest < 0 || cmp.Or(cmp.Compare(stage[[2]any{row.Rank, row.Stage}], stage[[2]any{rows[longest].Rank, rows[longest].Stage}]),
			cmp.Compare(row.Busy, rows[longest].Busy)) > 0 {
			longest = i
		}
	}
	if longest < 0 || rows[longest].Busy == 0 || p.Wall <= 0 {
		return
	}
	row := rows[longest]
	busy := stage[[2]any{row.Rank, row.Stage}]
	p.Bottleneck = fmt.Sprintf("%s[%d] was busiest: %s of %s", row.PE, row.Index, percent(row.Busy/p.Wall), seconds(p.Wall))
	if busy > row.Busy*1.01 {
		p.Bottleneck += fmt.Sprintf(", and %s with the PEs fused to it", percent(busy/p.Wall))
	}
	for _, e := range p.PEs {
		switch {
		case e.PE != row.PE:
		case busy/p.Wall < 0.5:
			p.Bottleneck += "; no stage was busy half of the time, so none held the run up"
		case p.Run != nil && slices.Contains(p.Run.Single, e.PE):
			p.Bottleneck += "; one instance of it does all the work, so fewer items, or less work for one, would make the run faster"
		case e.Instances > 1 && e.TopLoad > uneven*e.Load:
			p.Bottleneck += fmt.Sprintf("; on average its instances were at %s, so the work is uneven", percent(e.Load))
		default:
			p.Bottleneck += "; more instances of it, or less work for an item, would make the run faster"
		}
	}
	for _, e := range p.PEs {
		if share := perSecond(e.WaitOut, p.Wall) / float64(e.Instances); share >= pressure {
			p.BackPressure = append(p.BackPressure, fmt.Sprintf("%s waited %s of the time for those downstream", e.PE, percent(share)))
		}
	}
}

// advise says what to do about a run that has not come to its end.
func (p *Report) advise(r *Record, now time.Time) {
	again := "run it again: a new run makes a new directory"
	switch p.State {
	case Running:
		age := now.Sub(p.Updated).Truncate(time.Second)
		if age > Silence {
			p.Advice = append(p.Advice, fmt.Sprintf("nothing was heard of it for %s: see whether %d still runs on %s", age, r.Run.PID, r.Run.Host))
		}
	case Incomplete:
		p.Cause = cmp.Or(p.Cause, fmt.Sprintf("it was killed or crashed: %d does not run on %s any more, and it never wrote its end", r.Run.PID, r.Run.Host))
		p.Advice = append(p.Advice, "see the end of log.jsonl, and what the job system says: memory, time limit", again)
	case Failed:
		p.Advice = append(p.Advice, "mend the cause, which is the first one wherever it happened, and "+again)
	case Partial:
		advice := "what is here is right for the items that came; for the rest "
		switch rest := r.Run.Rest; {
		case rest == nil:
			advice += again
		case len(rest.Lost) > 0:
			advice += again + ", as this one cannot be continued: " + rest.Lost[0]
		default:
			advice += "give the same command with --continue " + FirstPart(p.Path)
		}
		p.Advice = append(p.Advice, advice)
	}
	if len(p.Temporary) > 0 && p.State != Running {
		p.Advice = append(p.Advice, "files with temporary names are not whole and can be deleted")
	}
	if p.Skipped > 0 {
		p.Advice = append(p.Advice, "the items that were skipped are in errors.jsonl")
	}
	for _, o := range p.Outputs {
		if o.Unfinished {
			p.Advice = append(p.Advice, o.Name+" was not finished; the chunks in it are whole")
		}
	}
}

func percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }

// seconds writes a time in the unit that suits it.
func seconds(s float64) string {
	switch {
	case s == 0:
		return "0"
	case s < 1e-6:
		return fmt.Sprintf("%.3g ns", s*1e9)
	case s < 1e-3:
		return fmt.Sprintf("%.3g us", s*1e6)
	case s < 1:
		return fmt.Sprintf("%.3g ms", s*1e3)
	case s < 120:
		return fmt.Sprintf("%.3g s", s)
	}
	return time.Duration(s * 1e9).Round(time.Second).String()
}

// bytesOf writes a number of bytes in the unit that suits it.
func bytesOf(n float64) string {
	units := strings.Fields("B KiB MiB GiB TiB PiB")
	k := 0
	for ; n >= 1024 && k < len(units)-1; k++ {
		n /= 1024
	}
	if k == 0 {
		return fmt.Sprintf("%.0f B", n)
	}
	return fmt.Sprintf("%.3g %s", n, units[k])
}
