package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
)

// planEntry is a plan as plan --json prints it. Sizes are in bytes.
type planEntry struct {
	Name   string       `json:"name"`
	Digest string       `json:"digest"`
	Window int          `json:"window_bytes"` // that a sender may have outstanding on an edge
	PEs    []planPE     `json:"pes"`
	Stages []planStages `json:"chains"`
	Ranks  []planRank   `json:"ranks"`
	Idle   []int        `json:"idle_ranks"`
	// Storm is what would be submitted.
	Storm *stormEntry `json:"storm,omitempty"`
}

type planPE struct {
	Name      string `json:"name"`
	Instances int    `json:"instances"`
	Limit     int64  `json:"limit_bytes,omitempty"` // that each instance may keep
}

// planStages are the stages that run the same PEs: stage k is on rank Ranks[k].
type planStages struct {
	PEs   []string `json:"pes"`
	Ranks []int    `json:"ranks"`
}

type planRank struct {
	Host   string `json:"host"`
	Node   int    `json:"node"`
	Cores  int    `json:"cores"`
	Stages int    `json:"stages"`
	Bound  int64  `json:"bound_bytes"` // of items on their way
	Kept   int64  `json:"kept_bytes"`  // by PEs, as they say
}

func (c *command) plan() *cobra.Command {
	var sets, conf *[]string
	var asJSON *bool
	cmd := c.verb("plan JOB [flags]", "Show what would run where, and how much memory that may take", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		job, o, err := c.job(cmd, args[0], *sets)
		if err != nil {
			return err
		}
		p, err := run.Plan(job.Graph, o)
		if err != nil {
			return err
		}
		entry := planOf(p)
		if o.Mapping == "storm" {
			if o.Storm.Conf, err = stormConf(job, *conf); err != nil {
				return err
			}
			entry.Storm = stormOf(p, o.Storm)
		}
		if *asJSON {
			return c.json(entry)
		}
		_, err = fmt.Fprint(c.out, p, limits(p), entry.Storm)
		return err
	})
	sets = settingFlags(cmd, true)
	conf = confFlag(cmd)
	asJSON = jsonFlag(cmd)
	return cmd
}

func planOf(p *partition.Plan) planEntry {
	e := planEntry{Name: p.Graph.Name, Digest: fmt.Sprintf("%x", p.Digest()), Window: p.Window, Idle: []int{}}
	for at, el := range p.Graph.Elements {
		pe := planPE{Name: el.Name, Instances: p.Counts[at]}
		if l, ok := el.Proto.(d4.Limited); ok {
			pe.Limit = l.MemoryLimit(p.Counts[at])
		}
		e.PEs = append(e.PEs, pe)
	}
	stages := make([]int, len(p.Ranks))
	for _, chain := range p.Chains {
		all := planStages{Ranks: chain.Ranks}
		for _, at := range chain.Elements {
			all.PEs = append(all.PEs, p.Graph.Elements[at].Name)
		}
		for _, r := range chain.Ranks {
			stages[r]++
		}
		e.Stages = append(e.Stages, all)
	}
	kept := p.Kept()
	for k, r := range p.Ranks {
		e.Ranks = append(e.Ranks, planRank{r.Host, r.Node, r.Cores, stages[k], p.Bound(k), kept[k]})
		if stages[k] == 0 {
			e.Idle = append(e.Idle, k)
		}
	}
	return e
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
