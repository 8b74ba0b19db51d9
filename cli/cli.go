package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// Main is the main function of a program with the PEs that register adds. It
// does not return.
func Main(register ...func(*registry.Registry)) {
	run.Main(func(ctx context.Context) error {
		r := registry.New()
		for _, f := range register {
			f(r)
		}
		return Run(ctx, r, os.Args[1:], os.Stdout, os.Stderr)
	})
}

// Run carries out one command line, without the program's name. The error is
// what run.Graph returned, or wraps run.ErrUsage where the command line or the
// job is wrong; run.Main knows the exit code for each.
func Run(ctx context.Context, r *registry.Registry, args []string, stdout, stderr io.Writer) error {
	c := &command{registry: r, out: stdout, err: stderr}
	root := &cobra.Command{
		Use:   filepath.Base(os.Args[0]),
		Short: "Streaming workflows for data-intensive science",
		Long: "Streaming workflows for data-intensive science: runs job files, which are graphs of processing elements (PEs).\n\n" +
			"Exit codes: 0 done; 1 the run failed; 2 usage or job error; 75 time limit: run --continue goes on; 130 and 143 interrupted.",
		SilenceErrors:      true,
		SilenceUsage:       true,
		DisableSuggestions: true, // they are several lines; ours is none
		// A verb begins to work: what is wrong now is not the command line.
		PersistentPreRun: func(*cobra.Command, []string) { c.began = true },
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.AddCommand(c.run(), c.plan(), c.draw(), c.check(), c.list(), c.report(), c.export(), c.compare(), c.config(), c.scaffold(), c.bench(), c.storm(), c.doctor(), c.version(),
		c.sbatch(), c.status(), c.logs(), c.cancel(), c.sites())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w%s", err, cmp.Or(meantFlag(cmd, err), ": "+cmd.CommandPath()+" --help lists the flags"))
	})
	err := root.ExecuteContext(ctx)
	if err != nil && !c.began {
		return run.Usage(fmt.Errorf("%s%s", run.Line(err), meant(root, args)))
	}
	return err
}

// meant is the end of a message about a command line that begins with no verb.
func meant(root *cobra.Command, args []string) string {
	var verbs []string
	for _, v := range root.Commands() {
		verbs = append(verbs, v.Name())
	}
	if len(args) == 0 || slices.Contains(verbs, args[0]) {
		return ""
	}
	return registry.DidYouMean(args[0], verbs)
}

// meantFlag is the end of a message about a flag that a verb does not have.
func meantFlag(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "--"+f.Name) })
	return registry.DidYouMean("--"+unknown.GetSpecifiedName(), flags)
}

// command is what the verbs share.
type command struct {
	registry *registry.Registry
	out, err io.Writer
	began    bool
}

// verb makes a command that works on so many arguments.
func (c *command) verb(use, short string, args cobra.PositionalArgs, work func(cmd *cobra.Command, args []string) error) *cobra.Command {
	check := func(cmd *cobra.Command, given []string) error {
		if args(cmd, given) == nil {
			return nil
		}
		wrong := "an argument is missing"
		for k := range given {
			if args(cmd, given[:k]) == nil {
				wrong = fmt.Sprintf("%q is one argument too many", given[k])
			}
		}
		return fmt.Errorf("%s: the command is %s", wrong, cmd.UseLine())
	}
	return &cobra.Command{Use: use, Short: short, Args: check, RunE: work, DisableFlagsInUseLine: true}
}

// jsonFlag adds --json.
func jsonFlag(cmd *cobra.Command) *bool {
	return cmd.Flags().Bool("json", false, "print one JSON object")
}

// json prints one value.
func (c *command) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (c *command) version() *cobra.Command {
	var asJSON *bool
	cmd := c.verb("version", "Print what this program was built from", cobra.NoArgs, func(*cobra.Command, []string) error {
		v := rundir.ThisProgram()
		if *asJSON {
			return c.json(v)
		}
		_, err := fmt.Fprintln(c.out, strings.TrimSpace(v.Module+" "+v.Go+" "+v.Revision))
		return err
	})
	asJSON = jsonFlag(cmd)
	return cmd
}
