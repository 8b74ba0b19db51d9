package rundir

import (
	"fmt"
	"math"
)

// A Usage is what a rank has taken of its node, by its own account.
type Usage struct {
	Rank  int     `json:"rank"`
	Host  string  `json:"host"`
	Cores int     `json:"cores"`      // that it has
	CPU   float64 `json:"cpu_s"`      // user and system
	Peak  int64   `json:"peak_bytes"` // of resident memory, at any time
}

// A Request is what the job was given by its job system; 0 is unknown.
type Request struct {
	Nodes  int     `json:"nodes,omitempty"`
	Cores  int     `json:"cores,omitempty"`        // of all nodes
	Memory int64   `json:"memory_bytes,omitempty"` // of each node
	Time   float64 `json:"time_s,omitempty"`
}

// An Efficiency says how well a run used what it had.
type Efficiency struct {
	Cores  int     `json:"cores"`
	CPU    float64 `json:"cpu"`             // share of their time that the cores were used
	Peak   int64   `json:"peak_bytes"`      // of the fullest node, if its ranks were full at once
	Memory float64 `json:"memory,omitzero"` // the same as a share of the request
	Time   float64 `json:"time,omitzero"`   // share of the time limit
	// Next says what to ask for next time.
	Next []string `json:"next,omitempty"`
}

// efficiency compares what ranks told of themselves with what there was. It is
// nil where they told nothing. After a kill it is as of the last time that they
// told.
func (r *Run) efficiency(wall float64) *Efficiency {
	if len(r.Usage) == 0 || wall <= 0 {
		return nil
	}
	e := &Efficiency{}
	nodes := map[string]int64{}
	cpu := 0.0
	for _, u := range r.Usage {
		e.Cores += u.Cores
		cpu += u.CPU
		nodes[u.Host] += u.Peak
		e.Peak = max(e.Peak, nodes[u.Host])
	}
	if r.Mapping == "local" && r.Ranks > 1 { // in one process, which has one account
		e.Cores = r.Cores
	}
	q := r.Request
	if q == nil {
		q = &Request{}
	}
	if q.Cores > 0 {
		e.Cores = q.Cores
	}
	e.CPU = cpu / (wall * float64(max(e.Cores, 1)))
	// Each node has to give a core.
	if busy := max(int(math.Ceil(cpu/wall)), q.Nodes); e.CPU < 0.5 && busy < e.Cores {
		e.Next = append(e.Next, fmt.Sprintf("cores: %d, for no more of %d were in use on average", busy, e.Cores))
	}
	if q.Memory > 0 {
		e.Memory = float64(e.Peak) / float64(q.Memory)
		const step = 256 << 20
		want, why := e.Peak+e.Peak/4, "a quarter more than the peak"
		if want < r.Bound { // less would be refused
			want, why = r.Bound, "what the plan may take"
		}
		if want = (want + step - 1) / step * step; want < q.Memory/2 || e.Memory > 0.9 && want > q.Memory {
			e.Next = append(e.Next, fmt.Sprintf("memory: %s on a node, %s", bytesOf(float64(want)), why))
		}
	}
	if q.Time > 0 {
		e.Time = wall / q.Time
		if e.Time < 0.5 && r.State == Complete {
			e.Next = append(e.Next, fmt.Sprintf("time: %s, half as much again as it took", seconds(math.Ceil(wall*1.5/60)*60)))
		}
	}
	return e
}

// Lines are the efficiency for people.
func (e *Efficiency) Lines() []string {
	lines := []string{fmt.Sprintf("cpu     %s of %s", percent(e.CPU), count(e.Cores, "core"))}
	memory := fmt.Sprintf("memory  %s at most on a node", bytesOf(float64(e.Peak)))
	if e.Memory > 0 {
		memory += fmt.Sprintf(", %s of what was asked for", percent(e.Memory))
	}
	lines = append(lines, memory)
	if e.Time > 0 {
		lines = append(lines, fmt.Sprintf("time    %s of the limit", percent(e.Time)))
	}
	for _, next := range e.Next {
		lines = append(lines, "next time ask for "+next)
	}
	return lines
}
