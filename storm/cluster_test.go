package storm_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/run"
	"github.com/dispel4go/dispel4go/rundir"
)

// daemons starts a cluster as an administrator would: ZooKeeper, Nimbus and a
// Supervisor with two slots, each in a JVM of its own. They and the JVMs that
// the Supervisor starts end with the test.
func daemons(t *testing.T) (nimbus, home string) {
	t.Helper()
	dir, home := prepared(t), t.TempDir()
	for _, folder := range []string{"conf", "lib-worker", "extlib", "extlib-daemon", "log4j2", "logs", "local", "zookeeper"} {
		if err := os.Mkdir(filepath.Join(home, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, jar := range strings.Split(read(t, filepath.Join(dir, "worker.cp")), ":") {
		if err := os.Symlink(jar, filepath.Join(home, "lib-worker", filepath.Base(jar))); err != nil {
			t.Fatal(err)
		}
	}
	log := read(t, filepath.Join(dir, "log4j2.xml"))
	for _, name := range []string{"cluster.xml", "worker.xml"} {
		write(t, filepath.Join(home, "log4j2", name), log)
	}
	ports := freePorts(t, 5)
	write(t, filepath.Join(home, "conf", "storm.yaml"), fmt.Sprintf(`
storm.zookeeper.servers: ["127.0.0.1"]
storm.zookeeper.port: %d
storm.local.dir: "%s/local"
storm.local.hostname: "127.0.0.1"
storm.metricstore.class: "org.apache.storm.metricstore.NoOpMetricStore"
storm.log4j2.conf.dir: "log4j2"
nimbus.seeds: ["127.0.0.1"]
nimbus.thrift.port: %d
supervisor.thrift.port: %d
supervisor.slots.ports: [%d, %d]
worker.heap.memory.mb: 256
`, ports[0], home, ports[1], ports[2], ports[3], ports[4]))
	class := filepath.Join(home, "conf") + ":" + read(t, filepath.Join(dir, "server.cp"))
	start := func(name, main string, args ...string) {
		logFile, err := os.Create(filepath.Join(home, "logs", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("java", append([]string{"-Xmx256m", "-Dstorm.home=" + home, "-Dstorm.log.dir=" + home + "/logs", "-Dstorm.conf.file=", "-Dstorm.options=",
			"-Dlog4j.configurationFile=" + home + "/log4j2/cluster.xml", "-cp", class, main}, args...)...)
		cmd.Stdout, cmd.Stderr, cmd.Dir = logFile, logFile, home
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
			if t.Failed() {
				text := read(t, logFile.Name())
				t.Logf("%s: %s", name, text[max(0, len(text)-5000):])
			}
		})
	}
	t.Cleanup(func() { // first of all: a Supervisor leaves the JVMs that it has started
		for _, pid := range workers(home) {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
			}
		}
	})
	start("zookeeper", "org.apache.storm.shade.org.apache.zookeeper.server.ZooKeeperServerMain", strconv.Itoa(ports[0]), filepath.Join(home, "zookeeper"))
	answers(t, ports[0])
	start("nimbus", "org.apache.storm.daemon.nimbus.Nimbus")
	start("supervisor", "org.apache.storm.daemon.supervisor.Supervisor")
	answers(t, ports[1])
	return fmt.Sprintf("127.0.0.1:%d", ports[1]), home
}

// workers are the numbers of the processes that a Supervisor has started.
func workers(home string) (pids []int) {
	files, _ := filepath.Glob(filepath.Join(home, "local", "workers", "*", "pids", "*"))
	for _, file := range files {
		if pid, err := strconv.Atoi(filepath.Base(file)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// freePorts returns ports that nobody listens on now.
func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// answers waits for somebody to listen on a port, for at most two minutes.
func answers(t *testing.T, port int) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			conn.Close()
			if conn.LocalAddr().String() != conn.RemoteAddr().String() { // else it has met itself
				return
			}
		}
	}
	t.Fatalf("nobody listens on port %d", port)
}

// TestCluster runs over two JVMs of a cluster of several, with a shipped
// program; then one of the JVMs is killed. Only make test-storm-cluster asks for
// it.
func TestCluster(t *testing.T) {
	if os.Getenv("DISPEL4GO_STORM_CLUSTER") == "" {
		t.Skip("SKIP: make test-storm-cluster runs it")
	}
	nimbus, home := daemons(t)
	for _, args := range [][]string{
		{"../examples/wordcount.toml", "--ship"},
		{"../examples/ambient-noise.toml", "--ship", "--cores", "2"},
	} {
		dir := filepath.Join(t.TempDir(), "run")
		got := within(t, program(append([]string{"run", args[0], "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir, "--workers", "2"}, args[1:]...)...))
		// The slots of the topology before may take a moment to be free, which is said.
		waits := strings.HasPrefix(got.stderr, "no slot of the cluster's 1 node(s) is free") && strings.Count(got.stderr, "\n") == 1
		if got.code != 0 || got.stderr != "" && !waits {
			t.Fatalf("%v: exit code %d: %s%s", args, got.code, got.stdout, got.stderr)
		}
		same(t, args[0], dir)
	}
	t.Run("killed JVM", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "run")
		cmd := program("run", row(t, "bad.Words with = { items = 0 }", "bad.Prints", "pes.Discard"), "--mapping", "storm", "--nimbus", nimbus, "-q", "--dir", dir, "--workers", "2")
		stdout, errs := begun(t, cmd, "seen by the user")
		for _, pid := range javas(workers(home))[:1] {
			p, err := os.FindProcess(pid)
			if err != nil {
				t.Fatal(err)
			}
			p.Kill()
		}
		io.Copy(io.Discard, stdout)
		cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != run.ExitFailed || !strings.Contains(errs.String(), "has started it again") && !strings.Contains(errs.String(), "its JVM") {
			t.Errorf("exit code %d: %s", code, errs.String())
		}
		t.Log(errs.String())
		if r := open(t, dir); r.Run.State != rundir.Failed {
			t.Errorf("the run is %s", r.Run.State)
		}
	})
}

// javas are those of some processes that are JVMs: the others are programs
// that these have started.
func javas(pids []int) (of []int) {
	for _, pid := range pids {
		if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && strings.TrimSpace(string(name)) == "java" {
			of = append(of, pid)
		}
	}
	return of
}
