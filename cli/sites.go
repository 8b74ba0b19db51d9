package cli

import (
	"errors"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/slurm"
)

func (c *command) sites() *cobra.Command {
	var asJSON *bool
	cmd := c.verb("sites [NAME] [flags]", "List the clusters that sbatch knows, or tell of one", cobra.MaximumNArgs(1), func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			s, err := slurm.FindSite(os.Getenv, args[0], "")
			if err != nil {
				return run.Usage(err)
			}
			if *asJSON {
				return c.json(s)
			}
			text, err := s.Text()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "# from %s\n%s", s.Where, text)
			return err
		}
		all, err := slurm.Sites(os.Getenv)
		if err != nil {
			return run.Usage(err)
		}
		if *asJSON {
			return c.json(all)
		}
		t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		for _, s := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", s.Name, s.About, s.Date, s.Source, s.Where)
		}
		return t.Flush()
	})
	asJSON = jsonFlag(cmd)
	cmd.AddCommand(c.newSite())
	return cmd
}

func (c *command) newSite() *cobra.Command {
	return c.verb("new NAME", "Ask Slurm (sinfo, scontrol) about this cluster, and write a profile of it", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		folder := slurm.UserFolder(os.Getenv)
		if folder == "" {
			return run.Usage(errors.New("neither XDG_CONFIG_HOME nor HOME is set: there is no place for a profile"))
		}
		if args[0] == "" || rundir.FileName(args[0]) != args[0] {
			return run.Usage(fmt.Errorf("%q cannot be the name of a profile, which is that of a file too: take letters, digits, - and _", args[0]))
		}
		var client slurm.Client
		s, err := client.NewSite(cmd.Context(), args[0], time.Now())
		if err != nil {
			return run.Usage(err)
		}
		file, err := s.Save(folder)
		if err != nil {
			return run.Usage(err)
		}
		fmt.Fprintln(c.out, file)
		fmt.Fprintf(c.err, "look it over: mpi, modules, account_from and shared are for you to complete\n")
		return nil
	})
}
