package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
)

// checked is what check --json prints.
type checked struct {
	OK       bool      `json:"ok"`
	Name     string    `json:"name,omitempty"`
	PEs      int       `json:"pes"`
	Streams  int       `json:"streams"`
	Problems []problem `json:"problems"`
}

type problem struct {
	File string `json:"file,omitempty"` // or the flag
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
	Text string `json:"text"`
}

func (c *command) check() *cobra.Command {
	var sets *[]string
	var asJSON *bool
	cmd := c.verb("check JOB [flags]", "Say all that is wrong with a job file", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		job, o, err := c.job(cmd, args[0], *sets)
		if err == nil {
			_, err = run.Plan(job.Graph, o)
		}
		switch {
		case *asJSON:
			return errors.Join(err, c.json(verdict(job, err)))
		case err != nil:
			return err
		}
		_, err = fmt.Fprintf(c.out, "%s: nothing is wrong with %s: %s, %s\n", args[0], job.Name, partition.FormatCount(len(job.Graph.Elements), "PE"), partition.FormatCount(len(job.Graph.Edges), "stream"))
		return err
	})
	sets = settingFlags(cmd, true)
	asJSON = jsonFlag(cmd)
	return cmd
}

func verdict(job *jobs.Job, err error) checked {
	v := checked{OK: err == nil, Problems: []problem{}}
	if job != nil {
		v.Name, v.PEs, v.Streams = job.Name, len(job.Graph.Elements), len(job.Graph.Edges)
	}
	var bad *jobs.Error
	switch {
	case errors.As(err, &bad):
		for _, p := range bad.Problems {
			v.Problems = append(v.Problems, problem{p.File, p.Line, p.Col, p.Text})
		}
	case err != nil:
		v.Problems = append(v.Problems, problem{Text: run.Line(err)})
	}
	return v
}
