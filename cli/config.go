package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/registry"
)

func (c *command) config() *cobra.Command {
	var sets *[]string
	var asJSON *bool
	cmd := c.verb("config [JOB] [flags]", "Show the options of a run and where each comes from", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		var job *jobs.Job
		var err error
		if len(args) == 1 {
			if job, err = c.load(args[0], *sets); err != nil {
				return err
			}
		}
		_, all, err := resolve(cmd, job, *sets)
		if err != nil {
			return err
		}
		if *asJSON {
			return c.json(all)
		}
		t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "option\tvalue\tfrom")
		for _, g := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\n", g.Name, g.Value, g.From)
		}
		c.misspelt(os.Environ())
		return t.Flush()
	})
	sets = settingFlags(cmd, false)
	asJSON = jsonFlag(cmd)
	return cmd
}

// misspelt names the variables that nearly are those of options.
func (c *command) misspelt(environment []string) {
	var variables []string
	for _, s := range settings {
		variables = append(variables, s.variable())
	}
	for _, v := range environment {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, "D4_") && !slices.Contains(variables, name) {
			if meant := registry.DidYouMean(name, variables); meant != "" {
				fmt.Fprintf(c.err, "%s is of no option%s\n", name, meant)
			}
		}
	}
}
