package slurm

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Status is what is known of a job, or of an element of a job array.
type Status struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	State    string `json:"state"` // as Slurm calls it: PENDING, RUNNING, COMPLETED, ...
	Reason   string `json:"reason,omitempty"`
	Elapsed  string `json:"elapsed,omitempty"`
	Limit    string `json:"limit,omitempty"`
	Nodes    string `json:"nodes,omitempty"`
	Starts   string `json:"starts,omitempty"` // when it is expected to, while it waits
	ExitCode string `json:"exit_code,omitempty"`
	Restarts string `json:"restarts,omitempty"`
	Log      string `json:"log,omitempty"`
	Folder   string `json:"folder,omitempty"` // where it was submitted from
	From     string `json:"from"`             // who said so
}

// Over reports whether nothing more will become of the job.
func (s *Status) Over() bool {
	switch s.State {
	case "PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SUSPENDED", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING", "SPECIAL_EXIT":
		return false
	}
	return true
}

// Succeeded reports whether the job is over and has done what it was to do.
func (s *Status) Succeeded() bool { return s.State == "COMPLETED" }

// Began reports whether the job has been given nodes.
func (s *Status) Began() bool { return s.Nodes != "" }

// Why is the reason for the state, in words where Slurm's need some; "" where there
// is none.
func (s *Status) Why() string {
	switch s.Reason {
	case "DependencyNeverSatisfied":
		return "never started, as the job that it was to wait for did not end well: when that one has, submit this again"
	case "Dependency":
		return "waits for another job to end"
	case "BeginTime":
		return "waits for its time to begin"
	case "JobLaunchFailure":
		return "its nodes could not start it (JobLaunchFailure): they may not have the folder where it runs, or that of its output"
	case "PartitionConfig":
		return "asks for more than its partition has or allows (PartitionConfig)"
	case "JobHeldUser", "JobHeldAdmin":
		return "held (" + s.Reason + ")"
	}
	return s.Reason
}

// ErrUnknown is wrapped where Slurm knows nothing of a job, or not any more.
var ErrUnknown = errors.New("unknown to Slurm: the job")

var jobIDs = regexp.MustCompile(`^[0-9]+(_[0-9]+)?$`)

// IsJobID reports whether text is the number of a job, or of an element.
func IsJobID(text string) bool { return jobIDs.MatchString(text) }

// Status asks for a job: the queue, else the accounting data base, else the
// controller's memory. It returns one for each element of an array that is told
// of by itself.
func (c *Client) Status(ctx context.Context, id string) ([]Status, error) {
	if !IsJobID(id) {
		return nil, fmt.Errorf("%q is not the number of a job", id)
	}
	var failed []error
	for _, ask := range []func(context.Context, string) ([]Status, error){c.squeue, c.sacct, c.scontrol} {
		all, err := ask(ctx, id)
		switch {
		case errors.Is(err, ErrNoSlurm), err != nil && slow(err):
			return nil, err
		case err != nil:
			failed = append(failed, err)
		case len(all) > 0:
			return all, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%w %s: it may be too old, and there may be no accounting data base", ErrUnknown, id), errors.Join(failed...))
}

// separator stands between the fields that squeue and sacct print. Names of jobs
// and folders can have anything in them but this.
const separator = "\x1f"

// records are what squeue and sacct print, of n fields each: names and folders may
// have line breaks in them, numbers of jobs, with which a record begins, have none.
func records(text string, n int) (all [][]string) {
	var record []string
	fields := strings.Split(strings.TrimSuffix(text, "\n"), separator)
	for k, f := range fields {
		if len(record) < n-1 || k == len(fields)-1 {
			record = append(record, f)
			continue
		}
		end := strings.LastIndexByte(f, '\n')
		if end < 0 {
			return all
		}
		all, record = append(all, append(record, f[:end])), []string{f[end+1:]}
	}
	if len(record) == n {
		all = append(all, record)
	}
	return all
}

// squeue tells of jobs that wait or run.
func (c *Client) squeue(ctx context.Context, id string) ([]Status, error) {
	out, err := c.run(ctx, "", "squeue", "-h", "-r", "-j", id, "-o", strings.Join([]string{"%i", "%j", "%T", "%r", "%M", "%l", "%N", "%S", "%Z"}, separator))
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, f := range records(out, 9) {
		s := Status{ID: f[0], Name: f[1], State: f[2], Reason: f[3], Elapsed: f[4], Limit: f[5], Nodes: f[6], Starts: f[7], Folder: f[8], From: "squeue"}
		if s.Reason == "None" {
			s.Reason = ""
		}
		if s.State != "PENDING" || s.Starts == "N/A" {
			s.Starts = ""
		}
		if s.Over() {
			return nil, nil // the others know more of it
		}
		all = append(all, s)
	}
	return all, nil
}

// sacct tells what the accounting data base has kept.
func (c *Client) sacct(ctx context.Context, id string) ([]Status, error) {
	out, err := c.run(ctx, "", "sacct", "-n", "-P", "--delimiter="+separator, "-X", "-j", id, "-o", "JobID,JobName,State,Reason,Elapsed,Timelimit,NodeList,ExitCode,WorkDir")
	if err != nil {
		return nil, err
	}
	var all []Status
	for _, f := range records(out, 9) {
		state, _, _ := strings.Cut(f[2], " ") // as in CANCELLED by 1000
		if f[6] == "None assigned" {
			f[6] = ""
		}
		all = append(all, Status{ID: f[0], Name: f[1], State: state, Reason: f[3], Elapsed: f[4], Limit: f[5], Nodes: f[6], ExitCode: f[7], Folder: f[8], From: "sacct"})
	}
	return all, nil
}

// scontrol tells what the controller still remembers. In a folder with a line that looks
// like another job, what is behind that line is not heard of; the other job is none of ours.
func (c *Client) scontrol(ctx context.Context, id string) ([]Status, error) {
	out, err := c.run(ctx, "", "scontrol", "show", "job", "-o", id)
	if err != nil {
		return nil, err
	}
	if doubtful(out) {
		out = c.nameless(ctx, id, out)
	}
	var all []Status
	job, _, _ := strings.Cut(id, "_")
	for text := range strings.SplitSeq("\n"+out, "\nJobId=") { // folders may have line breaks in them
		v := pairs("JobId=" + text)
		if !slices.Contains([]string{v["JobId"], v["ArrayJobId"], v["HetJobId"]}, job) {
			continue
		}
		s := Status{ID: v["JobId"], Name: revealed(v["JobName"]), State: v["JobState"], Reason: v["Reason"], Elapsed: v["RunTime"], Limit: v["TimeLimit"],
			Nodes: v["NodeList"], ExitCode: v["ExitCode"], Restarts: v["Restarts"], Log: v["StdOut"], Folder: v["WorkDir"], From: "scontrol"}
		if v["ArrayTaskId"] != "" && v["ArrayJobId"] != "" {
			s.ID = v["ArrayJobId"] + "_" + v["ArrayTaskId"]
		}
		for _, p := range []*string{&s.Reason, &s.Nodes} {
			if *p == "None" || *p == "(null)" {
				*p = ""
			}
		}
		all = append(all, s)
	}
	return all, nil
}

var keys = regexp.MustCompile(`(?:^|\s)([A-Z][A-Za-z:/]*)=`)

// pairs reads the NAME=VALUE that scontrol prints; values may have blanks. What
// looks like one in a folder or a comment comes behind the first that is one, and
// before the files.
func pairs(text string) map[string]string {
	all := map[string]string{}
	at := keys.FindAllStringSubmatchIndex(text, -1)
	for k, m := range at {
		end := len(text)
		if k+1 < len(at) {
			end = at[k+1][0]
		}
		name := text[m[2]:m[3]]
		if _, ok := all[name]; !ok || name == "StdOut" {
			all[name] = strings.TrimSpace(text[m[1]:end])
		}
	}
	return all
}

// doubtful reports whether the name of a job may look like more than a name.
func doubtful(text string) bool {
	for text := range strings.Lines(text) {
		_, rest, _ := strings.Cut(text, " JobName=")
		name, _, _ := strings.Cut(rest, " UserId=")
		if !strings.HasPrefix(text, "JobId=") || strings.Contains(name, "=") || strings.Count(rest, " UserId=") != 1 {
			return true
		}
	}
	return false
}

// nameless is what scontrol prints of a job, with its name as one word that means
// nothing: squeue tells it apart from the rest.
func (c *Client) nameless(ctx context.Context, id, text string) string {
	out, err := c.run(ctx, "", "squeue", "-h", "-t", "all", "-j", id, "-o", "%i"+separator+"%j")
	if err != nil {
		return text
	}
	for _, r := range records(out, 2) {
		text = strings.ReplaceAll(text, " JobName="+r[1]+" UserId=", " JobName="+masked(r[1])+" UserId=")
	}
	return text
}

// masked is a name with others in the place of what stands between names and values,
// and revealed the name again.
func masked(name string) string   { return mask.Replace(name) }
func revealed(name string) string { return unmask.Replace(name) }

var (
	mask   = strings.NewReplacer("=", "\x1c", "\n", "\x1d")
	unmask = strings.NewReplacer("\x1c", "=", "\x1d", "\n")
)

// Log asks where the job's output goes.
func (c *Client) Log(ctx context.Context, id string) (string, error) {
	all, err := c.scontrol(ctx, id)
	if err != nil {
		return "", err
	}
	for _, s := range all {
		if s.Log != "" {
			return s.Log, nil
		}
	}
	return "", fmt.Errorf("%w %s", ErrUnknown, id)
}

// Wait returns when all of the job is over. It asks after a second, and then more
// and more seldom, up to twice a minute; told, if not nil, hears of changes.
func (c *Client) Wait(ctx context.Context, id string, told func([]Status)) ([]Status, error) {
	last := ""
	for pause := time.Second; ; pause = min(pause*3/2, 30*time.Second) {
		all, err := c.Status(ctx, id)
		if err != nil && !slow(err) {
			return nil, err
		}
		over := err == nil
		states := ""
		for _, s := range all {
			over = over && s.Over()
			states += s.ID + s.State + s.Reason
		}
		if states != last && err == nil && told != nil {
			told(all)
		}
		last = states
		if over {
			return all, nil
		}
		if c.sleep(ctx, pause); ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
}

func currentUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return u.Username
}
