package rundir

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// A share says how stages, or a PE in them, have spent the run, on average: what is
// missing to 1 was spent in the engine or without a core.
type share struct {
	Name  string
	Fused bool // a PE of the stages in the row above
	Count int  // of stages
	// Busy, Out and In are the shares of the wall time in calls, held back by
	// what follows, and without items.
	Busy, Out, In float64
	Least, Most   float64 // busy, of any
}

// add counts one more, whose times are in seconds.
func (s *share) add(busy, out, in, wall float64) {
	busy = part(busy, wall)
	if s.Count == 0 {
		s.Least = busy
	}
	s.Count++
	s.Least, s.Most = min(s.Least, busy), max(s.Most, busy)
	n := float64(s.Count)
	s.Busy += (busy - s.Busy) / n
	s.Out += (part(out, wall) - s.Out) / n
	s.In += (part(in, wall) - s.In) / n
}

// part is the share of a whole, between 0 and 1 whatever a file says.
func part(x, whole float64) float64 {
	if !(whole > 0) || !(x > 0) {
		return 0
	}
	return min(x/whole, 1)
}

// stageShares has a row for each chain of PEs, and one for each PE below it where
// they are several, in the order of the rows. A stage waits for items as a whole.
func stageShares(rows []Row, wall float64) (all []share) {
	type name struct {
		rank  int
		stage string
	}
	stages := map[name][]Row{}
	var order []name
	for _, row := range rows {
		s := name{row.Rank, row.Stage}
		if stages[s] == nil {
			order = append(order, s)
		}
		stages[s] = append(stages[s], row)
	}
	chains := map[string][]share{}
	var keys []string
	for _, s := range order {
		pes := make([]string, len(stages[s]))
		for i, row := range stages[s] {
			pes[i] = row.PE
		}
		key := strings.Join(pes, " + ")
		shares := chains[key]
		if shares == nil {
			keys = append(keys, key)
			shares = []share{{Name: key}}
			if len(pes) > 1 {
				for _, pe := range pes {
					shares = append(shares, share{Name: pe, Fused: true})
				}
			}
			chains[key] = shares
		}
		var busy, out, in float64
		for i, row := range stages[s] {
			busy, out, in = busy+row.Busy, out+row.WaitOut, in+row.WaitIn
			if len(shares) > 1 {
				shares[1+i].add(row.Busy, row.WaitOut, 0, wall)
			}
		}
		shares[0].add(busy, out, in, wall)
	}
	for _, key := range keys {
		all = append(all, chains[key]...)
	}
	return all
}

// A rankShare is how a rank, or several that follow each other, has used its node.
type rankShare struct {
	share  // of its stages; none where there is no trace
	Host   string
	Told   bool    // the ranks have told what follows
	CPU    float64 // share of their time that the cores were used
	Memory float64 // peak in bytes, of the rank that had most
	Filled float64 // the same as a share of the greatest of all
}

// rankRows is how many rows a page has for ranks; of more, several share one.
const rankRows = 48

// rankShares puts what the trace and the ranks themselves tell together, and says
// how many ranks that are. Ranks of one process have one account, which tells nothing of
// any of them.
func rankShares(rows []Row, usage []Usage, wall float64) (all []rankShare, n int) {
	stages, hosts, told := map[int]map[string][3]float64{}, map[int]string{}, map[int]Usage{}
	for _, row := range rows {
		if stages[row.Rank] == nil {
			stages[row.Rank] = map[string][3]float64{}
		}
		t := stages[row.Rank][row.Stage]
		stages[row.Rank][row.Stage] = [3]float64{t[0] + row.Busy, t[1] + row.WaitOut, t[2] + row.WaitIn}
		hosts[row.Rank] = row.Host
	}
	if len(usage) > 1 || len(stages) <= 1 {
		for _, u := range usage {
			told[u.Rank], hosts[u.Rank] = u, u.Host
		}
	}
	ranks := slices.Sorted(maps.Keys(hosts))
	most := 0.0
	for some := range slices.Chunk(ranks, max(1, (len(ranks)+rankRows-1)/rankRows)) {
		r := rankShare{share: share{Name: strconv.Itoa(some[0])}}
		var cpu, cores float64
		var on []string
		for _, rank := range some {
			for _, name := range slices.Sorted(maps.Keys(stages[rank])) { // in order, so that sums are the same
				t := stages[rank][name]
				r.add(t[0], t[1], t[2], wall)
			}
			if u, ok := told[rank]; ok {
				r.Told = true
				cpu, cores = cpu+max(0, u.CPU), cores+float64(max(1, u.Cores))
				r.Memory = max(r.Memory, float64(u.Peak))
			}
			if !slices.Contains(on, hosts[rank]) {
				on = append(on, hosts[rank])
			}
		}
		r.CPU = part(cpu, wall*cores)
		r.Host = on[0]
		if n := len(on); n > 1 {
			r.Host = fmt.Sprintf("%s and %d more", on[0], n-1)
		}
		if n := len(some); n > 1 {
			r.Name = fmt.Sprintf("%d-%d", some[0], some[n-1])
		}
		most = max(most, r.Memory)
		all = append(all, r)
	}
	for i := range all {
		all[i].Filled = part(all[i].Memory, most)
	}
	return all, len(ranks)
}
