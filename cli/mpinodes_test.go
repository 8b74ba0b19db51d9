//go:build cgo && linux

package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dispel4go/dispel4go/mpi/mpitest"
	"github.com/dispel4go/dispel4go/rundir"
)

// TestTwoNodes runs the main job across hosts: it comes to what it comes to in
// one process, the nodes are told apart, and each rank logs if asked to.
func TestTwoNodes(t *testing.T) {
	job, err := filepath.Abs("../examples/ambient-noise.toml")
	if err != nil {
		t.Fatal(err)
	}
	nodes := mpitest.NewNodes(t)
	env := []string{"CLI_TEST_PROGRAM=1"}
	args := []string{"run", job, "--quiet", "--rank-logs", "--set", "noise.hours=0.2", "--set", "noise.stations=6", "--set", "result.pictures=false", "--dir"}
	alone := filepath.Join(t.TempDir(), "alone")
	if got := outcomeOf(t, program(t.TempDir(), append(args, alone)...)); got.code != 0 {
		t.Fatal(got.stderr)
	}
	nodes.Each(t, func(t *testing.T, m mpitest.MPI, each int) {
		at := filepath.Join(nodes.Shared, m.Name)
		got := nodes.Run(t, m, each, mpitest.Launch{Args: append(args, at), Env: env})
		if !got.Done() {
			t.Fatalf("exit code %d: %s", got.Code, got.Out())
		}
		if c, err := rundir.Compare(alone, at, 0); err != nil || !c.Same {
			t.Errorf("%v, other results than those of one process", err)
		}
		r := open(t, at)
		hosts := map[string]bool{}
		for _, row := range r.Rows {
			hosts[row.Host] = true
		}
		if !hosts["n1"] || !hosts["n2"] || !strings.Contains(r.Run.Plan, "n2") {
			t.Errorf("hosts %v, %s", hosts, r.Run.Plan)
		}
		for rank := 1; rank < 2*each; rank++ {
			if _, err := os.Stat(filepath.Join(at, "logs", fmt.Sprintf("rank-%d.jsonl", rank))); err != nil {
				t.Error(err)
			}
		}
		// The same plan without a run.
		got = nodes.Run(t, m, each, mpitest.Launch{Args: []string{"plan", job, "--json"}, Env: env})
		var plan struct{ Ranks []struct{ Node int } }
		if err := json.Unmarshal([]byte(got.Stdout), &plan); err != nil || len(plan.Ranks) != 2*each {
			t.Fatalf("%v: %s", err, got.Out())
		}
		for rank, r := range plan.Ranks {
			first := got.Stdout[strings.Index(got.Stdout, `"ranks"`):]
			if r.Node > 1 || rank == 0 && r.Node != 0 || !strings.Contains(first, `"node":1`) {
				t.Errorf("rank %d is on node %d: %s", rank, r.Node, first)
			}
		}
	})
}

// TestNoSharedFolder: the run directory is on the disk of rank 0's host, which
// others do not see. What writes there is placed there, and nothing is lost.
func TestNoSharedFolder(t *testing.T) {
	nodes := mpitest.NewNodes(t)
	types := []string{"bad.Words with = { items = 1000 }", "pes.Tee instances = 4", "pes.WriteLines"}
	pipe(t, nodes.Shared, types...)
	text, err := os.ReadFile(filepath.Join(nodes.Shared, "job.toml"))
	if err != nil {
		t.Fatal(err)
	}
	// Tee's output is out[0].
	if err := os.WriteFile(filepath.Join(nodes.Shared, "job.toml"), []byte(strings.ReplaceAll(string(text), `"p1.out"`, `"p1.out[0]"`)), 0o666); err != nil {
		t.Fatal(err)
	}
	nodes.Each(t, func(t *testing.T, m mpitest.MPI, each int) {
		at := "/tmp/only here/" + m.Name
		got := nodes.Run(t, m, each, mpitest.Launch{Dir: nodes.Shared, Env: []string{"CLI_TEST_PROGRAM=1"},
			Args: []string{"run", "job.toml", "--quiet", "--fuse", "off", "--dir", at}})
		if !got.Done() {
			t.Fatalf("exit code %d: %s", got.Code, got.Out())
		}
		lines := nodes.On(t, "n1", "sh", "-c", "cat '"+at+"'/outputs/*.txt | wc -l")
		if strings.TrimSpace(lines) != "1000" {
			t.Errorf("%s lines, not 1000", lines)
		}
		if state := nodes.On(t, "n1", "grep", "-c", `"state": "complete"`, at+"/run.json"); strings.TrimSpace(state) != "1" {
			t.Errorf("the run is not complete: %s", nodes.On(t, "n1", "cat", at+"/run.json"))
		}
		if trace := nodes.On(t, "n1", "grep", "-h", "-e", "^p1.*,n2,", "-e", "^p2.*,n1,", at+"/trace.csv"); !strings.Contains(trace, "p1,") || !strings.Contains(trace, "p2,") {
			t.Errorf("p1 is not on n2, or p2 not on n1: %s", trace)
		}
		if left := nodes.On(t, "n2", "sh", "-c", "ls /tmp/only* 2>/dev/null | wc -l"); strings.TrimSpace(left) != "0" {
			t.Errorf("there is something on the other host: %s", left)
		}
	})
}
