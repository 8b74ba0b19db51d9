package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/jobs"
	"github.com/dispel4go/dispel4go/partition"
	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/storm"
)

// confFlag adds --storm-conf.
func confFlag(cmd *cobra.Command) *[]string {
	return cmd.Flags().StringArray("storm-conf", nil, "KEY=VALUE of the topology's configuration on Storm; may be repeated")
}

// stormConf is the configuration that the job and the command line give a
// topology. A value is JSON, or a string if it is none.
func stormConf(job *jobs.Job, given []string) (map[string]any, error) {
	conf := map[string]any{}
	if job.Storm != nil {
		for _, k := range job.Storm.Keys {
			conf[k.Name] = k.Value.Plain()
		}
	}
	for _, arg := range given {
		key, text, ok := strings.Cut(arg, "=")
		if !ok || key == "" {
			return nil, run.Usage(fmt.Errorf("--storm-conf: %q is not KEY=VALUE", arg))
		}
		var value any
		if json.Unmarshal([]byte(text), &value) != nil {
			value = text
		}
		conf[key] = value
	}
	return conf, nil
}

// stormEntry is a topology as plan --json prints it.
type stormEntry struct {
	Components []storm.Component `json:"components"`
	Conf       map[string]any    `json:"conf"`
}

func stormOf(p *partition.Plan, o storm.Options) *stormEntry {
	program, err := os.Executable()
	if err != nil {
		program = os.Args[0]
	}
	arg := storm.Arg
	if o.Ship {
		_, program, arg = storm.Ship(nil)
	}
	return &stormEntry{storm.Render(p, program, arg).Components, storm.Conf(p, o)}
}

// String is what would be submitted, as people read it; nothing for nil.
func (e *stormEntry) String() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	first := e.Components[0]
	fmt.Fprintf(&b, "\nStorm topology, each instance %s %s\n%s", first.Command, first.Arg, storm.Topology{Components: e.Components})
	for _, key := range slices.Sorted(maps.Keys(e.Conf)) {
		fmt.Fprintf(&b, "%s = %v\n", key, e.Conf[key])
	}
	return b.String()
}

// detached tells of a topology that goes on by itself.
func (c *command) detached(res *run.Result, nimbus string, asJSON bool) error {
	if asJSON {
		return c.json(map[string]any{"state": "running", "topology": res.Detached, "nimbus": nimbus, "run_dir": res.Dir})
	}
	_, err := fmt.Fprintf(c.out, "%-24s %s at %s: see storm status, storm errors and storm kill %s\n%-24s %s\n",
		"topology", res.Detached, nimbus, res.Detached, "run directory", res.Dir)
	return err
}

// storm is the verb about what runs on a cluster.
func (c *command) storm() *cobra.Command {
	root := c.verb("storm", "Look at, or end, what runs on a Storm cluster", cobra.ArbitraryArgs, func(_ *cobra.Command, args []string) error {
		return run.Usage(fmt.Errorf("storm has the verbs status, errors and kill%s", strings.Join(append([]string{""}, args...), ", not ")))
	})
	root.AddCommand(
		c.stormVerb("status [NAME] [flags]", "List what runs", cobra.MaximumNArgs(1), c.stormStatus),
		c.stormVerb("errors NAME [flags]", "Print what has gone wrong in a topology", cobra.ExactArgs(1), c.stormErrors),
		c.stormVerb("kill NAME [flags]", "End a topology at once", cobra.ExactArgs(1), c.stormKill),
	)
	return root
}

// stormVerb makes a verb that asks Nimbus.
func (c *command) stormVerb(use, short string, args cobra.PositionalArgs, work func(ctx context.Context, client *storm.Client, args []string, asJSON bool) error) *cobra.Command {
	var asJSON *bool
	cmd := c.verb(use, short, args, func(cmd *cobra.Command, args []string) error {
		at := nimbus().find(cmd, nil, nil)
		if err := address(at.Value); err != nil {
			return run.Usage(fmt.Errorf("%s: %w", at.From, err))
		}
		client, err := storm.DialLeader(cmd.Context(), at.Value)
		if err != nil {
			return fmt.Errorf("%w: is that Nimbus's Thrift port, --nimbus HOST:PORT?", err)
		}
		defer client.Close()
		return work(cmd.Context(), client, args, *asJSON)
	})
	nimbus().add(cmd)
	asJSON = jsonFlag(cmd)
	return cmd
}

// nimbus is the setting of that name.
func nimbus() *setting {
	return &settings[slices.IndexFunc(settings, func(s setting) bool { return s.name == "nimbus" })]
}

func (c *command) stormStatus(ctx context.Context, client *storm.Client, args []string, asJSON bool) error {
	all, err := client.Topologies(ctx)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		all = slices.DeleteFunc(all, func(s storm.Summary) bool { return s.Name != args[0] })
		if len(all) == 0 {
			return fmt.Errorf("no topology %s is running", args[0])
		}
	}
	if asJSON {
		list := []map[string]any{}
		for _, s := range all {
			list = append(list, map[string]any{"topology": s.Name, "status": strings.ToLower(s.Status), "instances": s.Tasks, "jvms": s.Workers, "up_s": s.Uptime.Seconds()})
		}
		return c.json(list)
	}
	t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "topology\tstatus\tinstances\tJVMs\tup")
	for _, s := range all {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%v\n", s.Name, strings.ToLower(s.Status), s.Tasks, s.Workers, s.Uptime)
	}
	return t.Flush()
}

func (c *command) stormErrors(ctx context.Context, client *storm.Client, args []string, asJSON bool) error {
	all, err := client.Errors(ctx, args[0])
	if err != nil {
		return err
	}
	if asJSON {
		list := []map[string]any{}
		for _, e := range all {
			list = append(list, map[string]any{"time": e.Time, "component": e.Component, "host": e.Host, "port": e.Port, "error": e.Text})
		}
		return c.json(list)
	}
	for _, e := range all {
		first, _, _ := strings.Cut(strings.TrimSpace(e.Text), "\n")
		if _, err := fmt.Fprintf(c.out, "%s %s on %s, worker %d: %s\n", e.Time.Format(time.DateTime), e.Component, e.Host, e.Port, first); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) stormKill(ctx context.Context, client *storm.Client, args []string, _ bool) error {
	return client.Kill(ctx, args[0], 0)
}
