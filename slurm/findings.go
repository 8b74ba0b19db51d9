package slurm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
	"github.com/dispel4go/dispel4go/partition"
)

// forDoctor is how long all questions of doctor may take.
const forDoctor = 20 * time.Second

// Findings tells doctor what there is of Slurm: its version, whether its
// controller answers, what srun offers ranks of an MPI, and the allocation that we
// are in, by the environment.
func (c *Client) Findings(ctx context.Context, lookup func(string) (string, bool)) []launch.Finding {
	ctx, cancel := context.WithTimeout(ctx, forDoctor)
	defer cancel()
	f := launch.Finding{Subject: "Slurm"}
	version, err := c.run(ctx, "", "sbatch", "--version")
	if errors.Is(err, ErrNoSlurm) {
		f.Status, f.Text = launch.Missing, "no sbatch in PATH"
		f.Remedy = "on a cluster, look for its module; elsewhere sbatch prints a script to take there"
		return []launch.Finding{f}
	}
	if err == nil {
		f.Text = strings.TrimSpace(version)
		var all []Partition
		if all, err = c.Partitions(ctx); err == nil {
			if cluster := c.Cluster(ctx); cluster != "" {
				f.Text += ", cluster " + cluster
			}
			f.Text += ", partitions " + namesOf(all)
		}
	}
	if err != nil {
		f.Status, f.Text = launch.Warn, strings.TrimPrefix(f.Text+"; ", "; ")+err.Error()
		f.Remedy = "if this is a node of a cluster, set SLURM_CONF or ask its administrator; jobs cannot be submitted from here as it is"
		return []launch.Finding{f}
	}
	found := []launch.Finding{f, c.plugins(ctx)}
	if q := Asked(lookup); q != nil {
		id, _ := lookup("SLURM_JOB_ID")
		found = append(found, launch.Finding{Subject: "job " + id, Text: fmt.Sprintf("we are in it: %s, %s; srun starts ranks, and without it a run is local", partition.FormatCount(q.Nodes, "node"), partition.FormatCount(q.Cores, "core"))})
	}
	return found
}

// plugins tells what srun offers ranks.
func (c *Client) plugins(ctx context.Context) launch.Finding {
	f := launch.Finding{Subject: "srun --mpi"}
	all, err := c.offers(ctx)
	var advice []string
	for _, x := range [][2]string{{"pmix", "Open MPI"}, {"pmi2", "MPICH and Intel MPI"}, {"cray_shasta", "Cray MPICH"}} {
		for _, offered := range all {
			if offered == x[0] {
				advice = append(advice, x[0]+" for "+x[1])
			}
		}
	}
	switch {
	case err != nil:
		f.Status, f.Text = launch.Warn, err.Error()
	case len(advice) == 0:
		f.Status, f.Text = launch.Warn, "offers "+strings.Join(all, ", ")
		f.Remedy = "ranks would not find each other: use another --launcher, such as mpirun, or ask for Slurm's plugin for PMIx"
	default:
		f.Text = strings.Join(advice, ", ") + "; it offers " + strings.Join(all, ", ")
	}
	return f
}

// offers are the kinds of start-up that srun knows.
func (c *Client) offers(ctx context.Context) ([]string, error) {
	out, err := c.run(ctx, "", "sh", "-c", "srun --mpi=list 2>&1") // it says so on stderr
	if err != nil {
		return nil, err
	}
	var all []string
	for text := range strings.Lines(out) {
		text = strings.TrimSpace(strings.TrimPrefix(text, "srun: "))
		if text == "" || strings.HasPrefix(text, "MPI ") || strings.HasPrefix(text, "specific ") {
			continue // a heading
		}
		all = append(all, strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })...)
	}
	return all, nil
}
