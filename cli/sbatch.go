package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/slurm"
)

// toSlurm is what sbatch is asked for beside the options of slurm.
type toSlurm struct {
	sets         *[]string
	submit, wait *bool
	test, failed *bool
	asJSON       *bool
	continued    *string
	flags        map[string]func() []string // by option
	client       slurm.Client
}

func (c *command) sbatch() *cobra.Command {
	s := &toSlurm{flags: map[string]func() []string{}}
	cmd := c.verb("sbatch JOB... [flags]", "Print the script that takes a job to Slurm, or submit it", cobra.MinimumNArgs(1), func(cmd *cobra.Command, args []string) error {
		return c.toSlurm(cmd, s, args)
	})
	cmd.Long = "Prints the script that runs a job file under Slurm, or submits it. What is not said is worked out from the plan; what cannot fit is refused.\n" +
		"Several job files are submitted one after the other, each to begin when the one before has ended well.\n\n" +
		"Options are taken from flags, D4_SLURM_NAME in the environment, [slurm] in the job file, the profile of the site (sites lists them), in this order."
	s.sets = setFlag(cmd)
	for _, o := range settings {
		if slices.Contains(passedOn, o.name) {
			o.add(cmd)
		}
	}
	s.add(cmd)
	s.submit = cmd.Flags().Bool("submit", false, "submit it")
	s.wait = cmd.Flags().Bool("wait", false, "submit it and wait until it is over")
	s.test = cmd.Flags().Bool("test", false, "have Slurm look at it (sbatch --test-only), without submitting it")
	s.failed = cmd.Flags().Bool("only-failed", false, "of a table: only the rows of which there is no complete run in runs/")
	s.continued = cmd.Flags().String("continue", "", "go on where the run in that directory was cut short by its time limit")
	s.asJSON = jsonFlag(cmd)
	return cmd
}

// add adds a flag for each option of slurm that is no flag yet.
func (s *toSlurm) add(cmd *cobra.Command) {
	f := cmd.Flags()
	for k := range slurm.Options {
		o := &slurm.Options[k]
		if f.Lookup(o.FlagName()) != nil {
			continue
		}
		switch {
		case o.List:
			v := f.StringArray(o.FlagName(), nil, o.Help+"; may be repeated")
			s.flags[o.Name] = func() []string { return *v }
		case o.Flag:
			v := yesNoFlag(f, o.FlagName(), o.Help)
			s.flags[o.Name] = func() []string { return []string{v.String()} }
		default:
			v := f.String(o.FlagName(), "", o.Help)
			s.flags[o.Name] = func() []string { return []string{*v} }
		}
	}
}

// given are the flags that were given.
func (s *toSlurm) given(cmd *cobra.Command) map[string][]string {
	all := map[string][]string{}
	for name, value := range s.flags {
		if cmd.Flags().Changed(slurm.Find(name).FlagName()) {
			all[name] = value()
		}
	}
	return all
}

// passedOn are the settings of a run that sbatch hands on to it. The others are
// for the script to say, or for other mappings.
var passedOn = []string{"fuse", "placement", "profile", "compress", "memory", "seed", "time_limit", "log", "digest", "check"}

// passed are the flags that the run is given, as this command was. The script may
// run in another folder, so paths are made whole.
func passed(cmd *cobra.Command, sets []string) (args []string) {
	for _, set := range sets {
		args = append(args, "--set", set)
	}
	for _, o := range settings {
		if f := cmd.Flags().Lookup(o.flag()); slices.Contains(passedOn, o.name) && f != nil && f.Changed {
			value := f.Value.String()
			if path, err := filepath.Abs(value); err == nil && o.name == "profile" && value != "none" {
				value = path
			}
			args = append(args, "--"+o.flag()+"="+value)
		}
	}
	return args
}

// agree refuses flags of which only one can hold.
func (s *toSlurm) agree() error {
	if (*s.submit || *s.wait) && *s.test {
		return errors.New("--test looks at a script, --submit and --wait submit it: choose one")
	}
	return nil
}

func (c *command) toSlurm(cmd *cobra.Command, s *toSlurm, files []string) error {
	ctx := cmd.Context()
	if err := s.agree(); err != nil {
		return run.Usage(err)
	}
	if *s.continued != "" && len(files) > 1 {
		return run.Usage(errors.New("--continue is of one run: give one job file"))
	}
	all := []submission{}
	for _, file := range files {
		one, err := c.prepare(ctx, cmd, s, file)
		if err != nil {
			return err
		}
		if one.Script == "" { // nothing left to do
			fmt.Fprintln(c.err, one.Notes[0])
			continue
		}
		all = append(all, *one)
	}
	return c.deliver(ctx, s, all, true)
}

// deliver prints scripts, or has Slurm look at them, or submits them, as the flags
// say; in a chain each job waits for the one before to end well.
func (c *command) deliver(ctx context.Context, s *toSlurm, all []submission, chain bool) error {
	submit := *s.submit || *s.wait
	for k := range all {
		one := &all[k]
		for _, note := range one.Notes {
			fmt.Fprintf(c.err, "note: %s\n", note)
		}
		switch {
		case *s.test:
			text, err := s.client.Test(ctx, one.Script)
			if err != nil {
				return run.Usage(fmt.Errorf("%s: %w", one.Job, onCluster(err)))
			}
			fmt.Fprintln(c.err, text)
		case submit:
			var args []string
			if k > 0 && chain {
				args = []string{"--dependency=afterok:" + all[k-1].ID, "--kill-on-invalid-dep=yes"}
			}
			if err := c.submit(ctx, s, one, args); err != nil {
				return err
			}
		}
		if !*s.asJSON && !submit {
			fmt.Fprint(c.out, one.Script)
		}
	}
	var failed error
	if *s.wait {
		for k := range all {
			failed = errors.Join(failed, c.await(ctx, s, &all[k]))
		}
	}
	if *s.asJSON {
		return errors.Join(failed, c.json(all))
	}
	return failed
}

// submit submits a script and says how to follow the job.
func (c *command) submit(ctx context.Context, s *toSlurm, one *submission, args []string) error {
	id, err := s.client.Submit(ctx, one.Script, args...)
	if errors.Is(err, slurm.ErrNoSlurm) {
		fmt.Fprint(c.out, one.Script)
		return run.Usage(fmt.Errorf("%w: this is the script; copy it to the cluster, and give it to sbatch there", err))
	}
	if err != nil {
		return run.Usage(err)
	}
	one.ID = id
	one.Log, one.RunDir = strings.ReplaceAll(one.Log, "JOBID", id), strings.ReplaceAll(one.RunDir, "JOBID", id)
	if *s.asJSON {
		return nil
	}
	fmt.Fprintf(c.out, "%s\n", id)
	fmt.Fprintf(c.err, "submitted %s as job %s; output goes to %s, the run directory will be %s\nfollow it: %[5]s status %[2]s; %[5]s logs -f %[2]s; %[5]s cancel %[2]s\n",
		one.Job, id, one.Log, one.RunDir, filepath.Base(os.Args[0]))
	return nil
}

// await waits until a job is over. The error says how it failed, with the end of
// what it printed.
func (c *command) await(ctx context.Context, s *toSlurm, one *submission) error {
	all, err := s.client.Wait(ctx, one.ID, func(all []slurm.Status) {
		if !*s.asJSON {
			c.printStates(all)
		}
	})
	if err != nil {
		return unattended(ctx, err, one.ID)
	}
	for _, st := range all {
		if one.State = st.State; !st.Succeeded() {
			text := fmt.Sprintf("job %s is %s", st.ID, st.State)
			switch {
			case !st.Began():
				text += ": " + cmp.Or(st.Why(), "never began")
			case st.ExitCode != "":
				text += ", exit code " + st.ExitCode
			}
			if end := tail(cmp.Or(st.Log, one.Log), 5); end != "" {
				text += "; its last lines: " + end
			}
			return errors.New(text)
		}
	}
	return nil
}
