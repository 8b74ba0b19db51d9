package slurm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A controller answers commands as a test has it, and counts what it is asked.
type controller struct {
	asked  []string        // command lines
	pauses []time.Duration // between them
	answer func(name string, args []string) (string, error)
}

func (c *controller) client() *Client {
	return &Client{
		Run: func(_ context.Context, _, name string, args ...string) (string, error) {
			c.asked = append(c.asked, strings.Join(append([]string{name}, args...), " "))
			return c.answer(name, args)
		},
		Sleep: func(_ context.Context, d time.Duration) { c.pauses = append(c.pauses, d) },
	}
}

// fields is a line of squeue or sacct.
func fields(all ...string) string { return strings.Join(all, separator) + "\n" }

var (
	errBusy   = errors.New("squeue: slurm_load_jobs error: Socket timed out on send/recv operation (exit status 1)")
	errDown   = errors.New("squeue: error: Unable to contact slurm controller (connect failure) (exit status 1)")
	errNoSuch = errors.New("squeue: slurm_load_jobs error: Invalid job id specified (exit status 1)")
	errNoBase = errors.New("sacct: Slurm accounting storage is disabled (exit status 1)")
)

// TestSlowController: one that does not answer gets more time, twice, and what it
// says itself counts at once.
func TestSlowController(t *testing.T) {
	running := fields("7", "job", "RUNNING", "None", "1:00", "1:00:00", "n1", "2026-01-01T00:00:00", "/home/me")
	for _, c := range []struct {
		name    string
		answers []error
		asked   int
		pauses  []time.Duration
		want    error
	}{
		{"quick", []error{nil}, 1, nil, nil},
		{"busy", []error{errBusy, errDown, nil}, 3, []time.Duration{5 * time.Second, 10 * time.Second}, nil},
		{"hung", []error{fmt.Errorf("squeue: %w", context.DeadlineExceeded), nil}, 2, []time.Duration{5 * time.Second}, nil},
		{"gone", []error{errDown, errDown, errDown}, 3, []time.Duration{5 * time.Second, 10 * time.Second}, errDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctl := controller{}
			ctl.answer = func(string, []string) (string, error) { return running, c.answers[len(ctl.asked)-1] }
			all, err := ctl.client().Status(t.Context(), "7")
			if !errors.Is(err, c.want) || len(ctl.asked) != c.asked || !slices.Equal(ctl.pauses, c.pauses) {
				t.Errorf("%v after %d questions and pauses of %v", err, len(ctl.asked), ctl.pauses)
			}
			if err == nil && (len(all) != 1 || all[0].State != "RUNNING" || all[0].From != "squeue" || all[0].Reason != "") {
				t.Errorf("%+v", all)
			}
		})
	}
}

// TestStatusFrom: the queue, else the accounting data base, else the memory of
// the controller, else nobody knows.
func TestStatusFrom(t *testing.T) {
	const remembered = "JobId=7 JobName=a b UserId=root(0) JobState=TIMEOUT Reason=TimeLimit Restarts=2 ExitCode=0:15 RunTime=00:01:01 TimeLimit=00:01:00 NodeList=n[1-2] WorkDir=/home/my work StdOut=/home/my work/7.log\n"
	none := func() (string, error) { return "", nil }
	never := func() (string, error) { return "", errors.New("it was asked") }
	for _, c := range []struct {
		name                    string
		squeue, sacct, scontrol func() (string, error)
		want                    Status
		err                     error
	}{
		{"queue", func() (string, error) {
			return fields("7", "a|b", "PENDING", "Resources", "0:00", "1:00:00", "", "2026-01-01T00:00:00", "/home/a|b "), nil
		}, never, never,
			Status{ID: "7", Name: "a|b", State: "PENDING", Reason: "Resources", Elapsed: "0:00", Limit: "1:00:00", Starts: "2026-01-01T00:00:00", Folder: "/home/a|b ", From: "squeue"}, nil},
		{"base", none, func() (string, error) {
			return fields("7", "a|b", "CANCELLED by 1000", "None", "00:00:09", "01:00:00", "n1", "0:15", "/home/|"), nil
		}, never,
			Status{ID: "7", Name: "a|b", State: "CANCELLED", Reason: "None", Elapsed: "00:00:09", Limit: "01:00:00", Nodes: "n1", ExitCode: "0:15", Folder: "/home/|", From: "sacct"}, nil},
		{"base, gone from the queue", func() (string, error) { return "", errNoSuch }, func() (string, error) {
			return fields("7", "x", "COMPLETED", "None", "00:00:09", "01:00:00", "n1", "0:0", "/home"), nil
		}, never,
			Status{ID: "7", Name: "x", State: "COMPLETED", Reason: "None", Elapsed: "00:00:09", Limit: "01:00:00", Nodes: "n1", ExitCode: "0:0", Folder: "/home", From: "sacct"}, nil},
		{"base, never began", none, func() (string, error) {
			return fields("7", "x", "CANCELLED", "DependencyNeverSatisfied", "00:00:00", "01:00:00", "None assigned", "0:0", "/home"), nil
		}, never,
			Status{ID: "7", Name: "x", State: "CANCELLED", Reason: "DependencyNeverSatisfied", Elapsed: "00:00:00", Limit: "01:00:00", ExitCode: "0:0", Folder: "/home", From: "sacct"}, nil},
		{"memory", none, func() (string, error) { return "", errNoBase }, func() (string, error) { return remembered, nil },
			Status{ID: "7", Name: "a b", State: "TIMEOUT", Reason: "TimeLimit", Elapsed: "00:01:01", Limit: "00:01:00", Nodes: "n[1-2]", ExitCode: "0:15", Restarts: "2", Log: "/home/my work/7.log", Folder: "/home/my work", From: "scontrol"}, nil},
		{"nobody", func() (string, error) { return "", errNoSuch }, func() (string, error) { return "", errNoBase }, func() (string, error) { return "", errNoSuch }, Status{}, ErrUnknown},
		{"no Slurm", func() (string, error) { return "", ErrNoSlurm }, never, never, Status{}, ErrNoSlurm},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctl := controller{answer: func(name string, _ []string) (string, error) {
				return map[string]func() (string, error){"squeue": c.squeue, "sacct": c.sacct, "scontrol": c.scontrol}[name]()
			}}
			all, err := ctl.client().Status(t.Context(), "7")
			if !errors.Is(err, c.err) || err == nil && (len(all) != 1 || all[0] != c.want) {
				t.Errorf("%v\n%+v, expected\n%+v", err, all, c.want)
			}
			if c.err == ErrUnknown && !strings.Contains(err.Error(), "accounting storage is disabled") {
				t.Errorf("it does not say why nobody knows: %v", err)
			}
		})
	}
	ctl := controller{}
	if _, err := ctl.client().Status(t.Context(), "7; rm"); err == nil || len(ctl.asked) > 0 {
		t.Errorf("%v, asked %v", err, ctl.asked)
	}
}

// TestWaitIsPolite: it asks ever more seldom, tells of changes only, and is not
// put off by a controller that does not answer for a while.
func TestWaitIsPolite(t *testing.T) {
	const questions = 14
	ctl := controller{}
	n := 0
	ctl.answer = func(name string, _ []string) (string, error) {
		if name == "sacct" {
			return fields("7", "job", "COMPLETED", "None", "0:09", "1:00", "n1", "0:0", "/home"), nil
		}
		n++
		switch {
		case n < 5:
			return fields("7", "job", "PENDING", "Priority", "0:00", "1:00", "", "N/A", "/home"), nil
		case n < 8: // all tries of one question
			return "", errBusy
		case n < questions:
			return fields("7", "job", "RUNNING", "None", "0:05", "1:00", "n1", "N/A", "/home"), nil
		}
		return "", nil
	}
	var told []string
	all, err := ctl.client().Wait(t.Context(), "7", func(all []Status) { told = append(told, all[0].State) })
	if err != nil || len(all) != 1 || !all[0].Succeeded() || !slices.Equal(told, []string{"PENDING", "RUNNING", "COMPLETED"}) {
		t.Errorf("%v, %+v, told %v", err, all, told)
	}
	between := slices.DeleteFunc(ctl.pauses, func(d time.Duration) bool { return d == 5*time.Second || d == 10*time.Second })
	if !slices.IsSorted(between) || between[0] != time.Second || between[len(between)-1] != 30*time.Second {
		t.Errorf("it waited for %v", between)
	}
	if len(between) < questions-4 || slices.Max(between) > 30*time.Second {
		t.Errorf("%d pauses, the longest %v", len(between), slices.Max(between))
	}

	// Someone who waits can give up.
	ctx, cancel := context.WithCancelCause(t.Context())
	gaveUp := errors.New("gave up")
	c := (&controller{answer: func(string, []string) (string, error) {
		return fields("7", "job", "PENDING", "Priority", "0:00", "1:00", "", "N/A", "/home"), nil
	}}).client()
	c.Sleep = func(context.Context, time.Duration) { cancel(gaveUp) }
	if _, err := c.Wait(ctx, "7", nil); !errors.Is(err, gaveUp) {
		t.Error(err)
	}
}

// TestSubmitRefused: what sbatch does not take is told with what there is.
func TestSubmitRefused(t *testing.T) {
	for refused, want := range map[string]string{
		"sbatch: error: invalid partition specified: btch":        "; there are batch, short",
		"sbatch: error: Invalid account or account/partition":     "; you have p1, p2",
		"sbatch: error: Requested time limit is invalid":          "; limits are short 10:00",
		"sbatch: error: Job dependency problem":                   "; a dependency is such as afterok:1234, and of a job that Slurm knows",
		"sbatch: error: Batch job submission failed: Some reason": "Some reason",
	} {
		ctl := controller{answer: func(name string, _ []string) (string, error) {
			switch name {
			case "sinfo":
				return "batch*|infinite|1-infinite|4|16000|2\nshort|10:00|1-2|4|1|1\nshort|10:00|1-2|2+|8000|1\n", nil
			case "sacctmgr":
				return "p2\np1\np2\n", nil
			}
			return "", errors.New(refused)
		}}
		if _, err := ctl.client().Submit(t.Context(), "#!/bin/sh"); err == nil || !strings.HasPrefix(err.Error(), refused) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%v, expected %q", err, want)
		}
	}
	for out, want := range map[string]string{"12\n": "12", "12;cluster\n": "12"} {
		ctl := controller{answer: func(string, []string) (string, error) { return out, nil }}
		if id, err := ctl.client().Submit(t.Context(), "#!/bin/sh", "--hold"); err != nil || id != want || ctl.asked[0] != "sbatch --parsable --hold" {
			t.Errorf("%q, %v, asked %v", id, err, ctl.asked)
		}
	}
	ctl := controller{answer: func(string, []string) (string, error) { return "\n", nil }}
	if _, err := ctl.client().Submit(t.Context(), ""); err == nil || !strings.Contains(err.Error(), "no number of a job") {
		t.Error(err)
	}
}

// TestSubmitOnce: what the controller may have heard is not said again, or there might
// be two jobs.
func TestSubmitOnce(t *testing.T) {
	hung := fmt.Errorf("sbatch: %w", context.DeadlineExceeded)
	received := errors.New("sbatch: error: Unable to contact slurm controller (receive failure)")
	for _, c := range []struct {
		err   error
		asked int
		hint  bool
	}{{errBusy, 1, true}, {hung, 1, true}, {received, 1, true}, {errDown, 3, false}} {
		ctl := controller{answer: func(string, []string) (string, error) { return "", c.err }}
		_, err := ctl.client().Submit(t.Context(), "#!/bin/sh")
		if !errors.Is(err, c.err) || len(ctl.asked) != c.asked || strings.HasSuffix(err.Error(), "see squeue --me before you submit it again") != c.hint {
			t.Errorf("%v after %d times", err, len(ctl.asked))
		}
	}
}

// TestPartitions: nodes of several kinds in one partition, of which a job can
// count on the least.
func TestPartitions(t *testing.T) {
	ctl := controller{answer: func(string, []string) (string, error) {
		return "batch*|infinite|1-infinite|128|256000|10\nbatch*|infinite|1-infinite|64|512000+|7\nbig|1-00:00:00|4-100|4|1|300\nsmall|30:00|2|4|8000|2\nodd line\n", nil
	}}
	all, err := ctl.client().Partitions(t.Context())
	want := []Partition{{Name: "batch", IsDefault: true, MaxNodes: 17, Cores: 64, Memory: "256000 MiB"}, {Name: "big", MaxTime: "1-00:00:00", MinNodes: 4, MaxNodes: 100, Cores: 4},
		{Name: "small", MaxTime: "30:00", MinNodes: 2, MaxNodes: 2, Cores: 4, Memory: "8000 MiB"}}
	if err != nil || !slices.Equal(all, want) {
		t.Errorf("%v\n%+v, expected\n%+v", err, all, want)
	}
}

// TestFindings: doctor tells what of Slurm is here, what its srun offers, and
// whether we are in a job.
func TestFindings(t *testing.T) {
	const list = "MPI plugin types are...\n\tnone\n\tpmi2\n\tpmix\nspecific pmix plugin versions available: pmix_v4\n"
	inJob := map[string]string{"SLURM_JOB_ID": "12", "SLURM_JOB_NUM_NODES": "2", "SLURM_NTASKS": "4", "SLURM_CPUS_PER_TASK": "3"}
	for _, c := range []struct {
		name   string
		answer map[string]any // text or error, by command
		env    map[string]string
		want   []string
	}{
		{"all", map[string]any{"sbatch": "slurm 22.05.8\n", "sinfo": "batch*|infinite|1-infinite|4|16000|2\n", "scontrol": "ClusterName = big\n", "sh": list}, inJob,
			[]string{"ok Slurm: slurm 22.05.8, cluster big, partitions batch", "ok srun --mpi: pmix for Open MPI, pmi2 for MPICH and Intel MPI; it offers none, pmi2, pmix",
				"ok job 12: we are in it: 2 nodes, 12 cores; srun starts ranks, and without it a run is local"}},
		{"an older list, no name", map[string]any{"sbatch": "slurm 20.11\n", "sinfo": "batch*|infinite|1-infinite|4|16000|2\n", "scontrol": errDown, "sh": "srun: MPI types are...\nsrun: none\nsrun: cray_shasta\n"}, nil,
			[]string{"ok Slurm: slurm 20.11, partitions batch", "ok srun --mpi: cray_shasta for Cray MPICH; it offers none, cray_shasta"}},
		{"no plugins", map[string]any{"sbatch": "slurm 22.05.8\n", "sinfo": "", "scontrol": "", "sh": "srun: MPI types are...\nsrun: none\n"}, nil,
			[]string{"ok Slurm", "warn srun --mpi: offers none to do: ranks would not find each other"}},
		{"no controller", map[string]any{"sbatch": "slurm 22.05.8\n", "sinfo": errDown}, inJob, []string{"warn Slurm: slurm 22.05.8; squeue: error: Unable to contact slurm controller"}},
		{"none", map[string]any{"sbatch": ErrNoSlurm}, nil, []string{"missing Slurm: no sbatch in PATH to do: on a cluster"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctl := controller{answer: func(name string, _ []string) (string, error) {
				if err, ok := c.answer[name].(error); ok {
					return "", err
				}
				return c.answer[name].(string), nil
			}}
			found := ctl.client().Findings(t.Context(), func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
			if len(found) != len(c.want) {
				t.Fatalf("%+v", found)
			}
			for k, f := range found {
				text := fmt.Sprintf("%s %s: %s", f.Status, f.Subject, f.Text)
				if f.Remedy != "" {
					text += " to do: " + f.Remedy
				}
				if !strings.HasPrefix(text, c.want[k]) {
					t.Errorf("%q, expected %q", text, c.want[k])
				}
			}
		})
	}
}

// TestNoSlurm: where a command is missing, that is what is said.
func TestNoSlurm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var c Client
	if _, err := c.Status(t.Context(), "7"); !errors.Is(err, ErrNoSlurm) || !strings.Contains(err.Error(), "no squeue in PATH") {
		t.Error(err)
	}
	if c.Here(t.Context()) || c.Cluster(t.Context()) != "" {
		t.Error("it is said to be here")
	}
	if _, err := c.Test(t.Context(), ""); !errors.Is(err, ErrNoSlurm) {
		t.Error(err)
	}
	if err := c.Cancel(t.Context(), "7"); !errors.Is(err, ErrNoSlurm) {
		t.Error(err)
	}
}

// TestCommandEnds: a command that does not come back ends with who waits for it, and
// that is why.
func TestCommandEnds(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	begun := filepath.Join(dir, "begun")
	if err := os.WriteFile(filepath.Join(dir, "squeue"), []byte("#!/bin/sh\necho >"+begun+"\nexec sleep 600\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	gaveUp := errors.New("gave up")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			if _, err := os.Stat(begun); err == nil {
				cancel(gaveUp)
			}
		}
	}()
	var c Client
	if _, err := c.Wait(ctx, "7", nil); !errors.Is(err, gaveUp) {
		t.Error(err)
	}
}

// TestWhatCommandsSay: of a command that fails, what it has printed is told, wherever
// it has; one that has no configuration is as good as none.
func TestWhatCommandsSay(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	for name, text := range map[string]string{
		"sbatch": "echo 'sbatch: error: Node count specification invalid' >&2; exit 1",
		"squeue": "echo 'squeue: error: fetch_config: DNS SRV lookup failed' >&2; echo 'squeue: fatal: Could not establish a configuration source' >&2; exit 1",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	var c Client
	const want = "sbatch: error: Node count specification invalid (exit status 1)"
	if _, err := c.Test(t.Context(), "#!/bin/sh\n"); err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
	if _, err := c.Submit(t.Context(), "#!/bin/sh\n"); err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
	if _, err := c.Status(t.Context(), "7"); !errors.Is(err, ErrNoSlurm) || err.Error() != "there is no Slurm here: squeue finds no slurm.conf" {
		t.Error(err)
	}
}
