package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
)

// planEntry is a plan as plan --json prints it. Sizes are in bytes, times in
// seconds.
type planEntry struct {
	Name   string       `json:"name"`
	Digest string       `json:"digest"`
	Window int          `json:"window_bytes"` // that a sender may have outstanding on an edge
	PEs    []planPE     `json:"pes"`
	Stages []planStages `json:"chains"`
	Edges  []planEdge   `json:"edges"`
	Ranks  []planRank   `json:"ranks"`
	Idle   []int        `json:"idle_ranks"`
	// Prediction's ranks are in Ranks.
	Prediction *partition.Prediction `json:"prediction"`
	OneMore    []partition.More      `json:"one_more,omitempty"`
	Notes      []string              `json:"notes,omitempty"`
	Compared   *planEntry            `json:"compared,omitempty"`
	// Storm is what would be submitted.
	Storm *stormEntry `json:"storm,omitempty"`
}

type planPE struct {
	Name      string  `json:"name"`
	Instances int     `json:"instances"`
	CPU       float64 `json:"cpu_s"`                 // of all of them
	Limit     int64   `json:"limit_bytes,omitempty"` // that each instance may keep
}

// planStages are the stages that run the same PEs: stage k is on rank Ranks[k].
type planStages struct {
	PEs   []string `json:"pes"`
	Ranks []int    `json:"ranks"`
}

type planEdge struct {
	From     string  `json:"from"`
	To       string  `json:"to"`
	Grouping string  `json:"grouping"`
	Fused    bool    `json:"fused"`
	Bytes    float64 `json:"bytes"`
}

type planRank struct {
	Host  string `json:"host"`
	Node  int    `json:"node"`
	Cores int    `json:"cores"`
	partition.RankLoad
	Load   float64 `json:"load"`                   // the part of its time that it computes
	Bound  int64   `json:"bound_bytes"`            // of items on their way
	Kept   int64   `json:"kept_bytes"`             // by PEs, as they say
	Memory int64   `json:"memory_bytes,omitempty"` // that they may keep; 0 if not known
	// Part is how much of its cores is its own, Speed how fast they are beside others';
	// 0 means 1.
	Part  float64 `json:"part,omitempty"`
	Speed float64 `json:"speed,omitempty"`
}

// mostStages is how many stages a plan has at most for which it is tried what
// one more instance of each PE would bring.
const mostStages = 2000

func (c *command) plan() *cobra.Command {
	var sets, against, conf *[]string
	var asJSON *bool
	cmd := c.verb("plan JOB [flags]", "Show what would run where, how fast, and how much memory that may take", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		job, o, err := c.job(cmd, args[0], *sets)
		if err != nil {
			return err
		}
		p, err := run.PlanHere(cmd.Context(), job.Graph, o)
		if p == nil || err != nil {
			return err
		}
		var topology *stormEntry
		if o.Mapping == "storm" {
			if o.Storm.Conf, err = stormConf(job, *conf); err != nil {
				return err
			}
			topology = stormOf(p, o.Storm)
		}
		var q *partition.Plan
		if len(*against) > 0 {
			if o, err = changed(o, *against); err == nil {
				q, err = run.Plan(job.Graph, o)
			}
			if err != nil {
				return fmt.Errorf("--compare: %w", err)
			}
		}
		switch {
		case *asJSON:
			e := planOf(p)
			e.Storm = topology
			if q != nil {
				other := planOf(q)
				e.Compared = &other
			}
			return c.json(e)
		case q != nil:
			_, err = fmt.Fprint(c.out, comparison(p, q, strings.Join(*against, " ")))
		default:
			_, err = fmt.Fprint(c.out, p, oneMore(p), limits(p), topology)
		}
		return err
	})
	sets = settingFlags(cmd, true)
	against = cmd.Flags().StringArray("compare", nil, "SETTING=VALUE, as placement=storm, ranks=8 or profile=none: show the plan beside that with another setting; may be repeated")
	conf = confFlag(cmd)
	asJSON = jsonFlag(cmd)
	return cmd
}

// changed are the options with other settings.
func changed(o run.Options, against []string) (run.Options, error) {
	for _, arg := range against {
		name, value, _ := strings.Cut(arg, "=")
		at := slices.IndexFunc(settings, func(s setting) bool { return s.plan && (s.name == name || s.flag() == name) })
		if at < 0 {
			return o, run.Usage(fmt.Errorf("%q is not a setting of plans and its value, as placement=storm", arg))
		}
		if name == "profile" {
			o.Profile = nil
		}
		if err := settings[at].put(&o, value); err != nil {
			return o, run.Usage(err)
		}
	}
	return o, nil
}

func planOf(p *partition.Plan) planEntry {
	o := p.Predict()
	e := planEntry{Name: p.Graph.Name, Digest: fmt.Sprintf("%x", p.Digest()), Window: p.Window, Idle: []int{}, Prediction: o, Notes: p.Notes}
	for at, el := range p.Graph.Elements {
		pe := planPE{Name: el.Name, Instances: p.Counts[at], CPU: o.Loads[at]}
		if l, ok := el.Proto.(d4.Limited); ok {
			pe.Limit = l.MemoryLimit(p.Counts[at])
		}
		e.PEs = append(e.PEs, pe)
	}
	for _, chain := range p.Chains {
		all := planStages{Ranks: chain.Ranks}
		for _, at := range chain.Elements {
			all.PEs = append(all.PEs, p.Graph.Elements[at].Name)
		}
		e.Stages = append(e.Stages, all)
	}
	for i, edge := range p.Graph.Edges {
		from, to := p.Graph.Elements[edge.From], p.Graph.Elements[edge.To]
		e.Edges = append(e.Edges, planEdge{from.Name + "." + from.Ports[edge.Out].Name, to.Name + "." + to.Ports[edge.In].Name, fmt.Sprint(edge.Grouping), p.Fused(i), o.Edges[i]})
	}
	kept := p.Kept()
	for k, r := range p.Ranks {
		e.Ranks = append(e.Ranks, planRank{r.Host, r.Node, r.Cores, o.Ranks[k], o.Utilisation(k, r), p.Bound(k), kept[k], r.Memory, r.Part, r.Speed})
		if o.Ranks[k].Stages == 0 {
			e.Idle = append(e.Idle, k)
		}
	}
	if p.Stages() <= mostStages {
		e.OneMore = p.OneMore()
	}
	return e
}

// oneMore says what one more instance of each PE would bring.
func oneMore(p *partition.Plan) string {
	o := p.Predict()
	if len(o.Assumed) > 0 || p.Stages() > mostStages {
		return ""
	}
	var b strings.Builder
	for _, m := range p.OneMore() {
		if m.Gain > 0.005 {
			fmt.Fprintf(&b, "one more %s, %d in all: %+.0f %%\n", m.PE, m.Instances, 100*m.Gain)
		}
	}
	if b.Len() == 0 {
		return "one more instance of any PE would bring nothing\n"
	}
	return b.String()
}

// comparison shows two plans side by side.
func comparison(p, q *partition.Plan, against string) string {
	a, b := p.Predict(), q.Predict()
	var out strings.Builder
	t := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	row := func(what, format string, x, y any) {
		fmt.Fprintf(t, "%s\t"+format+"\t"+format+"\n", what, x, y)
	}
	row("plan of "+p.Graph.Name, "%s", "as asked for", against)
	row("digest", "%.16s", fmt.Sprintf("%x", p.Digest()), fmt.Sprintf("%x", q.Digest()))
	row("ranks", "%d", len(p.Ranks), len(q.Ranks))
	row("stages", "%d", p.Stages(), q.Stages())
	for at, e := range p.Graph.Elements {
		row(e.Name, "%s", placed(p, at), placed(q, at))
	}
	row("items/s from the sources", "%.4g", a.Rate, b.Rate)
	row("seconds", "%.4g", a.Seconds, b.Seconds)
	row("bytes between nodes", "%.4g", a.NodeBytes, b.NodeBytes)
	row("bytes between ranks of a node", "%.4g", a.RankBytes, b.RankBytes)
	row("idle ranks", "%d", idle(a), idle(b))
	row("most computing", "%s", most(p, a), most(q, b))
	row("window", "%d B", p.Window, q.Window)
	t.Flush()
	fmt.Fprintf(&out, "bottleneck as asked for: %s\nbottleneck with %s: %s\n", a.Bottleneck, against, b.Bottleneck)
	if len(a.Assumed) > 0 {
		fmt.Fprintf(&out, "times compare the two but are no forecast: nothing is known of %s\n", strings.Join(a.Assumed, ", "))
	}
	return out.String()
}

// placed is how many instances an element has, and on how many ranks of how
// many nodes.
func placed(p *partition.Plan, at int) string {
	ranks, nodes := map[int]bool{}, map[int]bool{}
	for k := range p.Counts[at] {
		r := p.RankOf(at, k)
		ranks[r], nodes[p.Ranks[r].Node] = true, true
	}
	return fmt.Sprintf("%d on %s of %s", p.Counts[at], partition.FormatCount(len(ranks), "rank"), partition.FormatCount(len(nodes), "node"))
}

func idle(o *partition.Prediction) (n int) {
	for _, l := range o.Ranks {
		if l.Stages == 0 {
			n++
		}
	}
	return n
}

// most is the rank that computes the greatest part of its time.
func most(p *partition.Plan, o *partition.Prediction) string {
	best := 0
	for r, rank := range p.Ranks {
		if o.Utilisation(r, rank) > o.Utilisation(best, p.Ranks[best]) {
			best = r
		}
	}
	return fmt.Sprintf("rank %d, %.0f %%", best, 100*o.Utilisation(best, p.Ranks[best]))
}

// limits says in words which PEs keep how much.
func limits(p *partition.Plan) (text string) {
	for at, el := range p.Graph.Elements {
		if l, ok := el.Proto.(d4.Limited); ok {
			text += fmt.Sprintf("%s may keep %.4g MiB in each of its instances, %d in all\n", el.Name, float64(l.MemoryLimit(p.Counts[at]))/(1<<20), p.Counts[at])
		}
	}
	if text != "" {
		text = "\n" + text
	}
	return text
}
