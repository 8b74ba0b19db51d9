package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// errDiffer makes the exit code of compare.
var errDiffer = errors.New("the runs did not give the same")

func (c *command) compare() *cobra.Command {
	var asJSON *bool
	var rtol *float64
	cmd := c.verb("compare RUNDIR RUNDIR [flags]", "Tell whether two runs gave the same; exit code 1 if not", cobra.ExactArgs(2), func(_ *cobra.Command, args []string) error {
		comparison, err := rundir.Compare(args[0], args[1], *rtol)
		if err != nil {
			return run.Usage(orNewest(err))
		}
		if *asJSON {
			err = c.json(comparison)
		} else {
			err = comparison.WriteText(c.out)
		}
		if err == nil && !comparison.Same {
			err = errDiffer
		}
		return err
	})
	rtol = cmd.Flags().Float64("rtol", 0, "x and y are the same number if |x-y| <= rtol max(|x|,|y|)")
	asJSON = jsonFlag(cmd)
	return cmd
}
