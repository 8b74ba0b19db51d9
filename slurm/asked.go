package slurm

import (
	"strconv"
	"time"

	"github.com/dispel4go/dispel4go/rundir"
)

// Asked is what the Slurm job that we are in was given, as its environment says;
// nil outside a job. The time is only known to Slurm from 23.02 on.
func Asked(lookup func(string) (string, bool)) *rundir.Request {
	number := func(name string) int {
		text, _ := lookup(name)
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0 // as where it is not set
		}
		return n
	}
	if id, ok := lookup("SLURM_JOB_ID"); !ok || id == "" {
		return nil
	}
	q := &rundir.Request{Nodes: max(number("SLURM_JOB_NUM_NODES"), number("SLURM_NNODES"))}
	ranks := max(number("SLURM_STEP_NUM_TASKS"), number("SLURM_NTASKS"), 1)
	q.Cores = ranks * max(number("SLURM_CPUS_PER_TASK"), 1)
	switch {
	case number("SLURM_MEM_PER_NODE") > 0:
		q.Memory = int64(number("SLURM_MEM_PER_NODE")) << 20
	case number("SLURM_MEM_PER_CPU") > 0:
		q.Memory = int64(number("SLURM_MEM_PER_CPU")) << 20 * int64(q.Cores/max(q.Nodes, 1))
	}
	if from, to := number("SLURM_JOB_START_TIME"), number("SLURM_JOB_END_TIME"); from > 0 && to > from {
		q.Time = (time.Duration(to-from) * time.Second).Seconds()
	}
	return q
}
