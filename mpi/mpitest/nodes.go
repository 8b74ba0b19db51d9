package mpitest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/internal/launch"
)

// Nodes are hosts with TCP between them and nothing else, made of namespaces by
// scripts/nodes.sh: n1, n2, and a hub where launchers run.
type Nodes struct {
	script string
	dir    string
	// Shared is a folder that is the same on all of them; their /tmp is not.
	Shared string
}

// NewNodes makes two, for the length of a test. Where that is not possible the
// test is left out, or fails in continuous integration.
func NewNodes(t *testing.T) *Nodes {
	t.Helper()
	root, err := module()
	if err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	n := &Nodes{script: filepath.Join(root, "scripts", "nodes.sh"), dir: filepath.Join(t.TempDir(), "nodes"), Shared: t.TempDir()}
	out, err := exec.CommandContext(t.Context(), n.script, "up", n.dir, "2", n.Shared, filepath.Dir(program)).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 3:
		if os.Getenv("CI") == "true" {
			t.Fatal(string(out))
		}
		t.Skipf("SKIP: %s", out)
	case err != nil:
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if out, err := exec.CommandContext(ctx, n.script, "down", n.dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	return n
}

// Each runs a test under every MPI that is tried across nodes, with so many
// ranks on each. MPICH 4.0.2 of Debian always hangs in its MPI_Finalize with
// two, and sometimes with one.
func (n *Nodes) Each(t *testing.T, test func(t *testing.T, m MPI, each int)) {
	t.Helper()
	for _, c := range []struct {
		mpi  string
		each int
	}{{"Open MPI 4", 2}, {"MPICH 5", 2}, {"MPICH 5 standard", 1}, {"MPICH 4", 1}} {
		t.Run(c.mpi, func(t *testing.T) { test(t, Get(t, c.mpi), c.each) })
	}
}

// On runs a command on a node and returns what it prints.
func (n *Nodes) On(t testing.TB, node string, words ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), n.script, append([]string{"on", n.dir, node}, words...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// Run starts so many ranks on each of the two nodes and waits for their end.
func (n *Nodes) Run(t testing.TB, m MPI, each int, l Launch) Result {
	t.Helper()
	if l.Limit == 0 {
		l.Limit = time.Minute
	}
	program := l.Program
	if program == "" {
		var err error
		if program, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp(n.Shared, "passed")
	if err != nil {
		t.Fatal(err)
	}
	l.passing(dir)
	ctx, cancel := context.WithTimeout(t.Context(), l.Limit)
	defer cancel()
	cmd := m.Launcher.Command(ctx, 2*each, m.Flavor, program, l.Args...)
	agent := filepath.Join(n.dir, "agent")
	var how []string
	if m.Launcher.Kind == launch.Hydra {
		how = []string{"-launcher", "ssh", "-launcher-exec", agent, "-hosts", "n1,n2", "-ppn", fmt.Sprint(each)}
	} else {
		how = []string{"--mca", "plm", "rsh", "--mca", "plm_rsh_agent", agent, "--mca", "ras", "^slurm",
			"--mca", "oob_tcp_if_include", network, "--mca", "btl_tcp_if_include", network, "--mca", "btl", "self,vader,tcp",
			"--map-by", "node", "--host", fmt.Sprintf("n1:%d,n2:%d", each, each)}
		for _, set := range l.Env { // it hands on no others
			name, _, _ := strings.Cut(set, "=")
			how = append(how, "-x", name)
		}
	}
	words := append([]string{"on", n.dir, "hub", cmd.Args[0]}, append(how, cmd.Args[1:]...)...)
	inside := exec.CommandContext(ctx, n.script, words...)
	inside.Env = cmd.Env
	return RunCommand(t, ctx, inside, l)
}

// network is that of the nodes.
const network = "10.77.0.0/24"
