package slurm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/registry"
)

// Planner makes the plan of the job on ranks.
type Planner func(ranks []partition.Rank) (*partition.Plan, error)

// Fit works out from the plan what nobody has said: cores, and memory where a
// site shares its nodes. The error has a line for everything that the site does
// not allow or that cannot run.
func (r *Request) Fit(plan Planner) (*partition.Plan, error) {
	p, q, err := r.place()
	if err != nil {
		return nil, err
	}
	var bad []error
	refuse := func(format string, args ...any) { bad = append(bad, fmt.Errorf(format, args...)) }
	for _, l := range []*Partition{p, q} {
		if l == nil {
			continue
		}
		if limit := l.Limit(); limit > 0 && r.Time("time") > limit {
			refuse("time %s is above the limit of %s, which is %s", r.Text("time"), l.Name, FormatTime(limit))
		}
		if n := r.Count("nodes"); l.MaxNodes > 0 && n > l.MaxNodes || n < l.MinNodes {
			takes := fmt.Sprintf("%d or more", l.MinNodes)
			if l.MaxNodes > 0 {
				takes = fmt.Sprintf("%d to %d", max(1, l.MinNodes), l.MaxNodes)
			}
			refuse("nodes = %d: %s takes %s in one job", n, l.Name, takes)
		}
	}
	if least := r.Time("time_min"); least > r.Time("time") {
		refuse("time_min %s is above time, %s", r.Text("time_min"), r.Text("time"))
	}
	if drain := r.drain(); drain > 0 && drain >= r.Time("time") {
		refuse("drain = %s leaves nothing of the time, %s: lower it or raise time", drain, r.Text("time"))
	}
	if len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	// Slurm looks at the time twice a minute, and tells jobs up to a minute early.
	if drain := r.drain(); drain > 0 && r.Time("time")-drain < 90*time.Second {
		r.Notes = append(r.Notes, fmt.Sprintf("of %s only %s are left before drain, and Slurm may be a minute early: the run may be stopped before it has begun; lower drain or raise time",
			FormatTime(r.Time("time")), r.Time("time")-drain))
	}
	made, err := r.cores(p, plan)
	if err != nil {
		return nil, err
	}
	return made, r.memory(p, made)
}

// place finds the partition and the quality of service, if the site has any.
func (r *Request) place() (p, q *Partition, err error) {
	if r.Site == nil {
		return nil, nil, nil
	}
	unknown := func(what, name string, all []Partition) error {
		var known []string
		for _, p := range all {
			known = append(known, p.Name)
		}
		return fmt.Errorf("site %s has no %s %q; there are %s%s", r.Site.Name, what, name, namesOf(all), registry.DidYouMean(name, known))
	}
	name := r.Text("partition")
	if p = r.Site.Partition(name); p == nil && name != "" && len(r.Site.Partitions) > 0 {
		return nil, nil, unknown("partition", name, r.Site.Partitions)
	}
	name = r.Text("qos")
	if q = r.Site.qos(name); q == nil && name != "" && len(r.Site.QoS) > 0 {
		return nil, nil, unknown("qos", name, r.Site.QoS)
	}
	return p, q, nil
}

func (r *Request) drain() time.Duration {
	return time.Duration(r.Count("drain")) * time.Second
}

// ranks are the ranks that the request comes to.
func (r *Request) ranks(cores int) []partition.Rank {
	per := r.Count("ntasks_per_node")
	all := make([]partition.Rank, r.Ranks())
	for k := range all {
		all[k] = partition.Rank{Cores: cores, Node: k / per, Host: fmt.Sprintf("node%d", k/per)}
	}
	return all
}

// cores makes the plan on the cores that were asked for, or on all those of the
// nodes, of which a job that shares nodes then takes what it has stages for.
func (r *Request) cores(p *Partition, plan Planner) (*partition.Plan, error) {
	per, have := r.Count("ntasks_per_node"), 0
	if p != nil {
		have = p.Cores
	}
	cores := r.Count("cpus_per_task")
	switch {
	case have > 0 && max(cores, 1)*per > have:
		return nil, fmt.Errorf("%d ranks of %d cores do not fit on a node of %s, which has %d", per, max(cores, 1), p.Name, have)
	case cores > 0:
		return plan(r.ranks(cores))
	case have == 0:
		r.Set("cpus_per_task", "1", "default")
		r.Notes = append(r.Notes, "how many cores a node has is not known: each rank gets 1; give --cpus-per-task, or write a profile with: sites new")
		return plan(r.ranks(1))
	}
	cores = have / per
	made, err := plan(r.ranks(cores))
	if err != nil {
		return nil, err
	}
	if need := slices.Max(stages(made)); need < cores && !r.wholeNodes() {
		if made, err = plan(r.ranks(need)); err != nil {
			return nil, err
		}
		cores = need
	}
	r.Set("cpus_per_task", strconv.Itoa(cores), "the plan")
	return made, nil
}

// stages is how many stages each rank has.
func stages(p *partition.Plan) []int {
	all := make([]int, len(p.Ranks))
	for _, c := range p.Chains {
		for _, rank := range c.Ranks {
			all[rank]++
		}
	}
	return all
}

func (r *Request) wholeNodes() bool {
	return r.Yes("exclusive") || r.Site != nil && r.Site.WholeNodes
}

// memory compares what the plan is bound by with what there is, and asks for it
// where nodes are shared.
func (r *Request) memory(p *Partition, made *partition.Plan) error {
	kept := made.Kept()
	idle := 0
	need, items, keep := made.NodeMemory(), int64(0), int64(0)
	for k, n := range stages(made) {
		if n == 0 {
			idle++
		}
		items, keep = max(items, made.Bound(k)), max(keep, kept[k])
	}
	if idle > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of %d ranks would have nothing to do: the graph has %d stages", idle, len(made.Ranks), made.Stages()))
	}
	have, what := int64(0), ""
	if p != nil && p.Bytes() > 0 {
		have, what = p.Bytes(), "a node of "+p.Name+" has"
	}
	cores := int64(r.Count("cpus_per_task")) * int64(r.Count("ntasks_per_node"))
	asked := mebibytes(r.Text("mem"))
	if each := mebibytes(r.Text("mem_per_cpu")); each > 0 {
		asked = each * cores
	}
	if asked > 0 && have > 0 && asked > have {
		return fmt.Errorf("%s of memory is asked for on each node, but %s %s", size(asked), what, size(have))
	}
	if asked > 0 {
		have, what = asked, "mem is"
	}
	if have > 0 && need > have {
		return fmt.Errorf("the job may take %s on a node (for each rank up to %s of items on their way, %s kept by PEs, %s beside), but %s %s: lower --memory or the limits of PEs, or take more nodes or fewer ranks on each",
			size(need), size(items), size(keep), size(partition.RankMemory), what, size(have))
	}
	if asked == 0 && r.Text("mem") != "none" && !r.wholeNodes() && (r.Site == nil || !r.Site.NoMemory) {
		want := need + need/4
		if have > 0 {
			want = min(want, have)
		}
		r.Given["mem"] = Given{Values: []string{strconv.FormatInt((want+1<<20-1)>>20, 10) + "M"}, From: "the plan"}
	}
	return nil
}

// mebibytes reads what memory wrote, 0 for anything else.
func mebibytes(text string) int64 {
	if n := len(text); n > 1 && text[n-1] == 'M' {
		v, err := strconv.ParseInt(text[:n-1], 10, 64)
		if err == nil {
			return v << 20
		}
	}
	n, err := jobs.ParseBytes(text)
	if err != nil {
		return 0
	}
	return n
}

func size(n int64) string { return fmt.Sprintf("%.4g GiB", float64(n)/(1<<30)) }

// Shared refuses a folder that compute nodes of the site do not see.
func (r *Request) Shared(folder string) error {
	if r.Site == nil || len(r.Site.Shared) == 0 {
		return nil
	}
	for _, beginning := range r.Site.Shared {
		if strings.HasPrefix(folder+"/", beginning) {
			return nil
		}
	}
	hint := ""
	if r.Site.Scratch != "" {
		hint = ", such as $" + r.Site.Scratch
	}
	return fmt.Errorf("%s is not seen by the compute nodes of site %s, and the run directory would be there: go to a folder below %s%s, or give --chdir",
		folder, r.Site.Name, strings.Join(r.Site.Shared, ", "), hint)
}
