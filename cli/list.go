package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/dispel4go/dispel4go/registry"
	"github.com/dispel4go/dispel4go/run"
)

// peEntry is a PE as list --json prints it.
type peEntry struct {
	Name     string    `json:"name"`
	Help     string    `json:"help"`
	Source   bool      `json:"source"`
	Variants []variant `json:"variants"` // one for each type of items
	Params   []param   `json:"params"`
}

type variant struct {
	In  []portEntry `json:"in"`
	Out []portEntry `json:"out"`
}

type portEntry struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Grouping string `json:"grouping,omitempty"`
	ReadOnly bool   `json:"read_only,omitempty"`
}

type param struct {
	Name    string   `json:"name"`
	Kind    string   `json:"kind"`
	Unit    string   `json:"unit,omitempty"`
	Min     string   `json:"min,omitempty"`
	Max     string   `json:"max,omitempty"`
	OneOf   []string `json:"one_of,omitempty"`
	Default string   `json:"default"`
	Help    string   `json:"help"`
}

func (c *command) list() *cobra.Command {
	var asJSON *bool
	cmd := c.verb("list [PE|GROUP] [flags]", "List the PEs or a group of them, as seismo, or tell all about one", cobra.MaximumNArgs(1), func(_ *cobra.Command, args []string) error {
		names := c.registry.Names()
		if len(args) == 1 {
			variants, ok := c.registry.Lookup(args[0])
			if ok {
				one := entryOf(variants)
				if *asJSON {
					return c.json(one)
				}
				return one.write(c.out)
			}
			group := strings.TrimSuffix(args[0], ".") + "."
			names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, group) })
			if len(names) == 0 {
				return run.Usage(c.unknown(args[0]))
			}
		}
		entries := []peEntry{}
		for _, name := range names {
			variants, _ := c.registry.Lookup(name)
			entries = append(entries, entryOf(variants))
		}
		if *asJSON {
			return c.json(entries)
		}
		t := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		for _, e := range entries {
			fmt.Fprintf(t, "%s\t%s\n", e.Name, e.Help)
		}
		return t.Flush()
	})
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return c.registry.Names(), cobra.ShellCompDirectiveNoFileComp
	}
	asJSON = jsonFlag(cmd)
	return cmd
}

// unknown says that there is no such PE, and which may have been meant.
func (c *command) unknown(name string) error {
	return fmt.Errorf("there is no PE of type %q%s", name, cmp.Or(registry.DidYouMean(name, c.registry.Names()), "; list without a name has all"))
}

func entryOf(variants []*registry.Variant) peEntry {
	first := variants[0]
	e := peEntry{Name: first.Name, Help: first.Help, Source: first.Source, Params: []param{}}
	for _, v := range variants {
		e.Variants = append(e.Variants, variant{portsOf(v.In()), portsOf(v.Out())})
	}
	for _, p := range first.Params() {
		e.Params = append(e.Params, param{p.Name, p.Kind, p.Unit, p.Min, p.Max, p.OneOf, shown(p.Default), p.Help})
	}
	return e
}

func portsOf(all []registry.Port) []portEntry {
	ports := []portEntry{}
	for _, p := range all {
		ports = append(ports, portEntry{p.Name, p.TypeName, p.Grouping, p.ReadOnly})
	}
	return ports
}

// shown is a default as a job file would have it.
func shown(v any) string {
	switch x := v.(type) {
	case string:
		return fmt.Sprintf("%q", x)
	case []string:
		return strings.ReplaceAll(fmt.Sprintf("%q", x), `" "`, `", "`)
	}
	return fmt.Sprint(v)
}

func (e *peEntry) write(w io.Writer) error {
	fmt.Fprintf(w, "%s: %s\n\n", e.Name, e.Help)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "inputs\toutputs")
	for _, v := range e.Variants {
		fmt.Fprintf(t, "%s\t%s\n", ports(v.In), ports(v.Out))
	}
	t.Flush()
	if len(e.Params) == 0 {
		_, err := fmt.Fprintln(w, "\nno parameters")
		return err
	}
	fmt.Fprintln(w)
	fmt.Fprintln(t, "parameter\tkind\tdefault\tallowed\tmeaning")
	for _, p := range e.Params {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.Name, p.Kind, strings.TrimSpace(p.Default+" "+p.Unit), p.allowed(), p.Help)
	}
	return t.Flush()
}

// ports writes ports on one line.
func ports(all []portEntry) string {
	if len(all) == 0 {
		return "-"
	}
	texts := make([]string, len(all))
	for i, p := range all {
		texts[i] = p.Name + " " + p.Type
		if p.Grouping != "" {
			texts[i] += ", " + p.Grouping
		}
		if p.ReadOnly {
			texts[i] += ", read only"
		}
	}
	return strings.Join(texts, "; ")
}

func (p *param) allowed() string {
	switch {
	case p.OneOf != nil:
		return strings.Join(p.OneOf, "|")
	case p.Min != "" && p.Max != "":
		return p.Min + " to " + p.Max
	case p.Min != "":
		return "from " + p.Min
	case p.Max != "":
		return "to " + p.Max
	}
	return "any"
}
