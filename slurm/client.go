package slurm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Client asks Slurm by its own commands. It is polite: one question at a time,
// and a controller that is slow gets more time, twice.
type Client struct {
	// Run runs a command and returns what it prints; nil means the real one.
	Run func(ctx context.Context, stdin, name string, args ...string) (stdout string, err error)
	// Sleep waits between questions; nil means the real time.
	Sleep func(ctx context.Context, d time.Duration)
}

// ErrNoSlurm is wrapped where the commands of Slurm are not there.
var ErrNoSlurm = errors.New("there is no Slurm here")

const patience = 30 * time.Second // for one answer

func (c *Client) run(ctx context.Context, stdin, name string, args ...string) (string, error) {
	return c.patiently(ctx, slow, stdin, name, args...)
}

// patiently runs a command again, twice, where it has failed in a way that may pass.
func (c *Client) patiently(ctx context.Context, passes func(error) bool, stdin, name string, args ...string) (string, error) {
	do := c.Run
	if do == nil {
		do = command
	}
	for try := 0; ; try++ {
		out, err := do(ctx, stdin, name, args...)
		if err == nil || try == 2 || !passes(err) || ctx.Err() != nil {
			return out, err
		}
		c.sleep(ctx, time.Duration(try+1)*5*time.Second)
	}
}

func (c *Client) sleep(ctx context.Context, d time.Duration) {
	if c.Sleep != nil {
		c.Sleep(ctx, d)
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// slow reports whether the controller did not answer, which says nothing.
func slow(err error) bool {
	text := err.Error()
	return strings.Contains(text, "timed out") || strings.Contains(text, "Unable to contact slurm controller") || errors.Is(err, context.DeadlineExceeded)
}

// unheard reports whether the controller has not even heard the question.
func unheard(err error) bool { return strings.Contains(err.Error(), "controller (connect failure)") }

// command runs a command of Slurm; what it prints on stderr is the error.
func command(ctx context.Context, stdin, name string, args ...string) (string, error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", fmt.Errorf("%w: there is no %s in PATH", ErrNoSlurm, name)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Stdin = &stderr, strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("%s: %w", name, context.Cause(ctx))
		}
		return string(out), failure(name, stderr.String(), err)
	}
	return string(out), nil
}

// failure is the error of a command that has printed text before it failed.
func failure(name, text string, err error) error {
	if strings.Contains(text, "Could not establish a configuration source") {
		return fmt.Errorf("%w: %s finds no slurm.conf", ErrNoSlurm, name)
	}
	text = strings.Join(strings.Fields(text), " ")
	return fmt.Errorf("%s: %s(%w)", name, strings.TrimPrefix(strings.TrimLeft(text+" ", " "), name+": "), err)
}

// Here reports whether there is a Slurm.
func (c *Client) Here(ctx context.Context) bool {
	_, err := c.run(ctx, "", "sbatch", "--version")
	return err == nil
}

// Cluster is the name of the cluster, "" if Slurm does not tell.
func (c *Client) Cluster(ctx context.Context) string {
	out, err := c.run(ctx, "", "scontrol", "show", "config")
	if err != nil {
		return ""
	}
	for text := range strings.Lines(out) {
		if name, value, ok := strings.Cut(text, "="); ok && strings.TrimSpace(name) == "ClusterName" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// Submit hands a script to sbatch and returns the number of the job. A controller that
// has heard of it and does not answer is not asked again: there would be two jobs.
func (c *Client) Submit(ctx context.Context, script string, args ...string) (id string, err error) {
	out, err := c.patiently(ctx, unheard, script, "sbatch", append([]string{"--parsable"}, args...)...)
	switch {
	case err != nil && (ctx.Err() != nil || slow(err) && !unheard(err)):
		return "", fmt.Errorf("%w: the job may have been queued all the same, see squeue --me before you submit it again", err)
	case err != nil:
		return "", c.explain(ctx, err)
	}
	id, _, _ = strings.Cut(strings.TrimSpace(out), ";") // behind it is the cluster
	if id == "" {
		return "", fmt.Errorf("sbatch printed %q and no number of a job", out)
	}
	return id, nil
}

// Test has sbatch look at a script without submitting it, and returns what it
// says of when the job could start.
func (c *Client) Test(ctx context.Context, script string) (string, error) {
	do := c.Run
	if do == nil {
		do = commandBoth
	}
	out, err := do(ctx, script, "sbatch", "--test-only")
	if err != nil {
		return "", c.explain(ctx, err)
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(out), "sbatch: ")), nil
}

// commandBoth is command for those that print what matters on stderr.
func commandBoth(ctx context.Context, stdin, name string, args ...string) (string, error) {
	if _, err := exec.LookPath(name); err != nil {
		return "", fmt.Errorf("%w: there is no %s in PATH", ErrNoSlurm, name)
	}
	out, err := command(ctx, stdin, "sh", append([]string{"-c", `exec "$0" "$@" 2>&1`, name}, args...)...)
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		err = failure(name, out, exit)
	}
	return out, err
}

// explain adds to what sbatch says what there would be.
func (c *Client) explain(ctx context.Context, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "nvalid partition"):
		if all, failed := c.Partitions(ctx); failed == nil {
			return fmt.Errorf("%w; there are %s", err, namesOf(all))
		}
	case strings.Contains(text, "nvalid account"):
		if out, failed := c.run(ctx, "", "sacctmgr", "-n", "-P", "show", "assoc", "format=account", "where", "user="+currentUser()); failed == nil {
			all := strings.Fields(out)
			slices.Sort(all)
			return fmt.Errorf("%w; you have %s", err, strings.Join(slices.Compact(all), ", "))
		}
	case strings.Contains(text, "dependency problem"):
		return fmt.Errorf("%w; a dependency is such as afterok:1234, and of a job that Slurm knows", err)
	case strings.Contains(text, "time limit"):
		if all, failed := c.Partitions(ctx); failed == nil {
			var limits []string
			for _, p := range all {
				if p.MaxTime != "" {
					limits = append(limits, p.Name+" "+p.MaxTime)
				}
			}
			if len(limits) > 0 {
				return fmt.Errorf("%w; limits are %s", err, strings.Join(limits, ", "))
			}
		}
	}
	return err
}

// Partitions asks for the partitions and their limits.
func (c *Client) Partitions(ctx context.Context) ([]Partition, error) {
	// name with * for the default, limit, nodes in one job, cores, memory in MiB, nodes
	out, err := c.run(ctx, "", "sinfo", "-h", "-o", "%P|%l|%s|%c|%m|%D")
	if err != nil {
		return nil, err
	}
	var all []Partition
	nodes := map[string]int{}
	for text := range strings.Lines(out) {
		f := strings.Split(strings.TrimSpace(text), "|")
		if len(f) != 6 {
			continue
		}
		p := Partition{Name: strings.TrimSuffix(f[0], "*"), IsDefault: strings.HasSuffix(f[0], "*")}
		if f[1] != "infinite" && f[1] != "n/a" {
			p.MaxTime = f[1]
		}
		least, most, ok := strings.Cut(f[2], "-")
		p.MinNodes, _ = strconv.Atoi(least)
		if !ok {
			most = least
		}
		p.MaxNodes, _ = strconv.Atoi(most) // 0 for infinite
		p.Cores, _ = strconv.Atoi(strings.TrimRight(f[3], "+"))
		if mib, err := strconv.Atoi(strings.TrimRight(f[4], "+")); err == nil && mib > 1 { // 1 is Slurm's default
			p.Memory = fmt.Sprintf("%d MiB", mib)
		}
		have, _ := strconv.Atoi(f[5])
		nodes[p.Name] += have
		if p.MinNodes <= 1 {
			p.MinNodes = 0
		}
		if at := slices.IndexFunc(all, func(q Partition) bool { return q.Name == p.Name }); at >= 0 {
			// Nodes of several kinds: a job can count on the least.
			q := &all[at]
			q.Cores = min(q.Cores, p.Cores)
			if p.Bytes() < q.Bytes() {
				q.Memory = p.Memory
			}
			continue
		}
		all = append(all, p)
	}
	for k := range all { // no job can have more nodes than there are
		p := &all[k]
		if have := nodes[p.Name]; have > 0 && (p.MaxNodes == 0 || p.MaxNodes > have) {
			p.MaxNodes = have
		}
	}
	return all, nil
}

// Cancel ends a job.
func (c *Client) Cancel(ctx context.Context, id string) error {
	_, err := c.run(ctx, "", "scancel", id)
	return err
}
