package storm

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// Findings tells doctor what there is of Storm: a cluster where Nimbus would
// be, and Java, which only a cluster's own nodes need.
func Findings(ctx context.Context, nimbus string) []launch.Finding {
	return []launch.Finding{cluster(ctx, nimbus), java(ctx)}
}

func cluster(ctx context.Context, nimbus string) launch.Finding {
	f := launch.Finding{Subject: "Storm at " + nimbus}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	c, err := DialLeader(ctx, nimbus)
	if err != nil {
		f.Status, f.Text = launch.Missing, err.Error()
		f.Remedy = "name Nimbus's Thrift port with D4_NIMBUS=HOST:PORT or, in a job, [run] nimbus"
		return f
	}
	defer c.Close()
	leader, err := c.Leader(ctx)
	if err == nil {
		var all []Summary
		var nodes []Node
		if all, err = c.Topologies(ctx); err == nil {
			nodes, err = c.Nodes(ctx)
		}
		f.Text = fmt.Sprintf("Storm %s, led by %s; %d topologies run", leader.Version, leader.Host, len(all))
		if len(nodes) > 0 { // else it has none, or does not tell
			slots, used := 0, 0
			for _, n := range nodes {
				slots, used = slots+n.Slots, used+n.Used
			}
			f.Text += fmt.Sprintf(", %d of %d slots on %d node(s) are free", slots-used, slots, len(nodes))
		}
		f.Text += ": --mapping storm --nimbus " + nimbus
	}
	if err != nil {
		f.Status, f.Text = launch.Broken, err.Error()
		f.Remedy = "look into Nimbus's log"
	}
	return f
}

func java(ctx context.Context) launch.Finding {
	f := launch.Finding{Subject: "Java"}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	path, err := exec.LookPath("java")
	if err == nil {
		var said []byte
		said, err = exec.CommandContext(ctx, path, "-version").CombinedOutput()
		first, _, _ := strings.Cut(string(said), "\n")
		f.Text = path + ": " + strings.TrimSpace(first)
	}
	if err != nil {
		f.Status = launch.Warn
		f.Text = "not here; it is needed on a cluster's nodes, and for the tests"
		f.Remedy = "apt-get install openjdk-17-jre-headless, if this is to be such a node"
	}
	return f
}
