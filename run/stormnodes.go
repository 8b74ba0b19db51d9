package run

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/rundir"
	"github.com/dispel4go/dispel4go/storm"
)

// fitCluster refuses a run whose directory the nodes of the cluster cannot
// share, as far as that can be known here, and says so where it will have to
// wait.
func fitCluster(ctx context.Context, c *storm.Client, o Options) error {
	nodes, err := c.Nodes(ctx)
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(cmp.Or(o.DirPath, rundir.Folder))
	if err != nil {
		return err
	}
	if kind := ownFileSystem(dir); kind != "" {
		var elsewhere []string
		for _, n := range nodes {
			if !slices.Contains(elsewhere, n.Host) && isElsewhere(ctx, n.Host) {
				elsewhere = append(elsewhere, n.Host)
			}
		}
		if len(elsewhere) > 0 {
			return Usage(fmt.Errorf("the run directory would be in %s, on a %s, which only this host sees, and the cluster has nodes elsewhere (%s): give one that all of them share, --dir",
				dir, kind, strings.Join(elsewhere, ", ")))
		}
	}
	if len(nodes) > 0 && !slices.ContainsFunc(nodes, func(n storm.Node) bool { return n.Used < n.Slots }) {
		fmt.Fprintf(os.Stderr, "no slot of the cluster's %d node(s) is free: the topology waits for one; storm status tells what runs\n", len(nodes))
	}
	return nil
}

// isElsewhere reports whether a host is known to be another than this one, by
// its name and its addresses.
func isElsewhere(ctx context.Context, host string) bool {
	own, _ := os.Hostname()
	short := func(s string) string { s, _, _ = strings.Cut(s, "."); return strings.ToLower(s) }
	if net.ParseIP(host) == nil && short(host) == short(own) {
		return false
	}
	theirs, err := net.DefaultResolver.LookupIPAddr(ctx, host)
	if err != nil {
		return false
	}
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(theirs, func(their net.IPAddr) bool {
		return their.IP.IsLoopback() || slices.ContainsFunc(ours, func(a net.Addr) bool {
			own, ok := a.(*net.IPNet)
			return ok && own.IP.Equal(their.IP)
		})
	})
}
