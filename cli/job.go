package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

// A followed job is what status knows of one.
type followed struct {
	Jobs []slurm.Status  `json:"jobs"`
	Runs []rundir.Report `json:"runs"`
}

func (c *command) status() *cobra.Command {
	var asJSON *bool
	cmd := c.verb("status RUNDIR|JOBID [flags]", "Tell how a job or a run is: by Slurm, else by its run directory", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		id, record, err := jobOf(args[0])
		if err != nil {
			return run.Usage(err)
		}
		var f followed
		if id != "" {
			var client slurm.Client
			f.Jobs, err = client.Status(cmd.Context(), id)
		}
		if record != nil {
			f.Runs = append(f.Runs, *record.Report(time.Now()))
		} else {
			for _, dir := range runsOf(id) {
				record, err := rundir.Open(dir)
				if err != nil {
					fmt.Fprintf(c.err, "%s\n", run.Line(err))
					continue
				}
				f.Runs = append(f.Runs, *record.Report(time.Now()))
			}
		}
		switch {
		case errors.Is(err, slurm.ErrNoSlurm) && len(f.Runs) == 0:
			return run.Usage(fmt.Errorf("%w, and no run directory of job %s in runs", onCluster(err), id))
		case err != nil && len(f.Runs) == 0:
			return run.Usage(err)
		case err != nil:
			fmt.Fprintf(c.err, "%s\n", run.Line(err))
		}
		if *asJSON {
			return c.json(f)
		}
		c.printStates(f.Jobs)
		for _, r := range f.Runs {
			fmt.Fprintf(c.out, "%s: %s, %s after %.1f s\n", r.Path, r.Name, r.State, r.Wall)
			if r.Cause != "" {
				fmt.Fprintf(c.out, "  %s\n", r.Cause)
			}
			for _, text := range r.Advice {
				fmt.Fprintf(c.out, "  %s\n", text)
			}
		}
		return nil
	})
	asJSON = jsonFlag(cmd)
	return cmd
}

// printStates prints what Slurm tells of jobs.
func (c *command) printStates(all []slurm.Status) {
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, s := range all {
		more, took := s.Why(), s.Elapsed+" of "+s.Limit
		if s.Starts != "" {
			more += ", expected to start " + s.Starts
		}
		switch {
		case s.Over() && !s.Began():
			took = "never began"
		case s.ExitCode != "" && s.Over():
			more = strings.TrimPrefix(more+", exit code "+s.ExitCode, ", ")
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, strings.Join(strings.FieldsFunc(s.Name, unicode.IsControl), " "), s.State, took, s.Nodes, more)
	}
	t.Flush() // to standard output, which says itself if it is gone
}

func (c *command) cancel() *cobra.Command {
	return c.verb("cancel RUNDIR|JOBID", "End a job: what is under way is finished, if there is time", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		id, record, err := jobOf(args[0])
		switch {
		case err != nil:
			return run.Usage(err)
		case id == "":
			return run.Usage(fmt.Errorf("%s was not run by Slurm: %s", args[0], cancelHere(record)))
		}
		var client slurm.Client
		all, err := client.Status(cmd.Context(), id)
		switch {
		case errors.Is(err, slurm.ErrUnknown): // of which scancel says nothing
			return run.Usage(err)
		case err == nil && !slices.ContainsFunc(all, func(s slurm.Status) bool { return !s.Over() }):
			return run.Usage(fmt.Errorf("job %s is over: it is %s", id, all[0].State))
		}
		if err := client.Cancel(cmd.Context(), id); err != nil {
			return run.Usage(onCluster(err))
		}
		fmt.Fprintf(c.err, "job %s will end\n", id)
		return nil
	})
}

func (c *command) logs() *cobra.Command {
	var follow *bool
	cmd := c.verb("logs RUNDIR|JOBID [flags]", "Print what a job has printed", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		id, record, err := jobOf(args[0])
		switch {
		case err != nil:
			return run.Usage(err)
		case id == "":
			return run.Usage(fmt.Errorf("%s was not run by Slurm: %s", args[0], logHere(record)))
		}
		var client slurm.Client
		file, err := logOf(cmd.Context(), &client, id)
		if err != nil {
			return run.Usage(onCluster(err))
		}
		return unattended(cmd.Context(), c.print(cmd.Context(), &client, id, file, *follow), id)
	})
	follow = cmd.Flags().BoolP("follow", "f", false, "go on until the job is over")
	return cmd
}

// logOf finds the file that a job prints to: Slurm tells, or it lies here under
// the name that sbatch gives it.
func logOf(ctx context.Context, client *slurm.Client, id string) (string, error) {
	file, err := client.Log(ctx, id)
	if err == nil {
		return file, nil
	}
	found, failed := filepath.Glob("*-" + id + ".log")
	if failed == nil && len(found) > 0 {
		return found[0], nil
	}
	return "", fmt.Errorf("there is no *-%s.log here: %w", id, err)
}

// print copies the file to stdout; with follow it looks again until the job is
// over, and whether that is so it asks less and less often.
func (c *command) print(ctx context.Context, client *slurm.Client, id, file string, follow bool) error {
	over := make(chan error, 1)
	if follow {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			_, err := client.Wait(ctx, id, nil)
			over <- err
		}()
	} else {
		over <- nil
	}
	var f *os.File
	last := false
	for {
		if f == nil {
			var err error
			switch f, err = os.Open(file); {
			case err == nil, errors.Is(err, os.ErrNotExist) && !last:
			case errors.Is(err, os.ErrNotExist):
				return run.Usage(fmt.Errorf("job %s has printed nothing: there is no %s; status %s says how it is", id, file, id))
			default:
				return run.Usage(err)
			}
		}
		if f != nil {
			if _, err := io.Copy(c.out, f); err != nil { // up to where it ends now
				f.Close()
				return err
			}
		}
		if last {
			return f.Close()
		}
		look := time.NewTimer(time.Second)
		select {
		case err := <-over:
			if err != nil && !errors.Is(err, slurm.ErrUnknown) {
				return err
			}
			last = true // once more, for what has come meanwhile
		case <-look.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		look.Stop()
	}
}

// unattended adds to the error of someone who no longer waits for a job what becomes of
// that: Ctrl-C is for this program only.
func unattended(ctx context.Context, err error, id string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w; job %s goes on without: cancel %s ends it", err, id, id)
}

// tail returns the last lines of a file, joined; "" if it cannot be read.
func tail(file string, lines int) string {
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 4096 {
		f.Seek(-4096, io.SeekEnd) // else it is read from the beginning
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	all := strings.Split(string(bytes.TrimSpace(text)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], " | ")
}
