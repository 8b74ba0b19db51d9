package run

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/storm"
)

// fitCluster refuses a run whose directory the nodes of the cluster cannot
// share, as far as that can be known here, and says so where it will have to
// wait.
func fitCluster(ctx context.Context, c *storm.Client, o Options) error {
	nodes, err := c.Nodes(ctx)
	if refused := new(storm.Exception); errors.As(err, &refused) {
		return nil // who may submit need not be allowed to ask
	}
	if err != nil {
		return err
	}
	free, elsewhere := 0, []string{}
	for _, n := range nodes {
		free += n.Slots - n.Used
		if !isHere(n.Host) && !slices.Contains(elsewhere, n.Host) {
			elsewhere = append(elsewhere, n.Host)
		}
	}
	dir, err := filepath.Abs(o.DirPath)
	if err != nil {
		return err
	}
	if kind := ownFileSystem(dir); kind != "" && len(elsewhere) > 0 {
		return Usage(fmt.Errorf("the run directory %s is on a %s, which only this host sees, and the cluster has nodes elsewhere (%s): give one that all of them share, --dir",
			o.DirPath, kind, strings.Join(elsewhere, ", ")))
	}
	if free <= 0 {
		fmt.Fprintf(os.Stderr, "the cluster's nodes (%d) have no slot free: the topology waits for one; storm status tells what runs\n", len(nodes))
	}
	return nil
}

// isHere reports whether a host is this one, by its name or its addresses.
func isHere(host string) bool {
	own, _ := os.Hostname()
	short := func(s string) string { s, _, _ = strings.Cut(s, "."); return strings.ToLower(s) }
	if net.ParseIP(host) == nil && short(host) == short(own) {
		return true
	}
	theirs, err := net.LookupIP(host)
	if err != nil {
		return false
	}
	ours, err := net.InterfaceAddrs()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(theirs, func(ip net.IP) bool {
		return ip.IsLoopback() || slices.ContainsFunc(ours, func(a net.Addr) bool {
			own, ok := a.(*net.IPNet)
			return ok && own.IP.Equal(ip)
		})
	})
}
