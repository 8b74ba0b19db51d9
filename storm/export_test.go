package storm

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// A FakeCluster is a Nimbus on loopback and, behind it, executors that start
// real programs over real pipes: all of Storm that a program sees, but no JVM.
type FakeCluster struct {
	Address string
	Restart bool                   // a program that has ended is started again
	Env     []string               // of programs
	Hold    func(component string) // waits before a component's programs are greeted
	nodes   []Node                 // that it says it has
	dir     string

	t       testing.TB
	mu      sync.Mutex
	jar     []byte
	running map[string]*fakeStorm
	before  func(conf map[string]any)
	pulses  chan struct{}
	Stderr  lockedBuffer // of programs
}

// Before has f called with the configuration before programs are started.
func (c *FakeCluster) Before(f func(conf map[string]any)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before = f
}

// SetNodes says what nodes it has.
func (c *FakeCluster) SetNodes(all ...Node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = all
}

// Pulses has one now and then when a bolt gives a sign of life.
func (c *FakeCluster) Pulses() <-chan struct{} { return c.pulses }

// lockedBuffer is a buffer that several programs write to.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String is what has been written.
func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// NewFakeCluster starts a cluster that ends with the test.
func NewFakeCluster(t testing.TB) *FakeCluster {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &FakeCluster{t: t, Address: l.Addr().String(), dir: t.TempDir(), nodes: []Node{{Host: "localhost", Slots: 4}}, running: map[string]*fakeStorm{}, pulses: make(chan struct{}, 1)}
	stop := serveNimbus(t, l, c.answer)
	t.Cleanup(func() {
		stop()
		for _, f := range c.running {
			f.wait()
		}
		if t.Failed() {
			t.Logf("programs said: %s", c.Stderr.String())
		}
	})
	return c
}

// Running are the names of the topologies that run.
func (c *FakeCluster) Running() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, f := range c.running {
		if !f.over() {
			names = append(names, name)
		}
	}
	return names
}

// Reported adds a topology without programs whose components have reported so
// much, which stays as it is.
func (c *FakeCluster) Reported(name string, errs ...ComponentError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[name] = &fakeStorm{errs: errs, ended: make(chan struct{})}
}

// Ended waits for the end of a topology.
func (c *FakeCluster) Ended(name string) {
	c.mu.Lock()
	f := c.running[name]
	c.mu.Unlock()
	<-f.ended
}

func (c *FakeCluster) answer(asked call, seq int) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	name := asked.args.text(1)
	f := c.running[name]
	if f != nil && f.over() {
		f = nil
	}
	return thriftMessage(messageReply, asked.method, seq, func(e *encoder) {
		switch asked.method {
		case "getLeader":
			host, _, _ := net.SplitHostPort(c.Address)
			e.field(typeStruct, 0)
			e.textField(1, host)
			e.i32Field(2, c.port())
			e.textField(5, "fake")
			e.stop()
		case "beginFileUpload":
			c.jar = nil
			e.textField(0, "inbox")
		case "uploadChunk":
			c.jar = append(c.jar, asked.args.text(2)...)
		case "submitTopology":
			if f != nil {
				thrown(1, name+" is alive")(e)
				return
			}
			if err := c.submit(name, asked.args); err != nil {
				thrown(2, err.Error())(e)
			}
		case "killTopologyWithOpts":
			if f == nil {
				thrown(1, name+" is not alive")(e)
				return
			}
			f.end(nil)
		case "getTopologySummaries":
			e.field(typeList, 0)
			e.list(typeStruct, len(c.running))
			for name, f := range c.running {
				e.textField(2, name)
				e.i32Field(3, len(f.shells))
				e.i32Field(5, 1)
				e.textField(7, map[bool]string{true: "KILLED", false: "ACTIVE"}[f.over()])
				e.stop()
			}
		case "getClusterInfo":
			e.field(typeStruct, 0)
			e.field(typeList, 1)
			e.list(typeStruct, len(c.nodes))
			for _, n := range c.nodes {
				e.textField(1, n.Host)
				e.i32Field(3, n.Slots)
				e.i32Field(4, n.Used)
				e.stop()
			}
			e.stop()
		case "getTopologyInfoByName":
			if f == nil {
				thrown(1, name+" is not alive")(e)
				return
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			e.field(typeStruct, 0)
			e.field(typeMap, 6)
			e.dict(typeString, typeList, len(f.errs))
			for _, err := range f.errs {
				e.text(err.Component)
				e.list(typeStruct, 1)
				e.textField(1, err.Text)
				e.i32Field(2, int(err.Time.Unix()))
				e.textField(3, err.Host)
				e.i32Field(4, err.Port)
				e.stop()
			}
			e.stop()
		}
	})
}

func (c *FakeCluster) port() int {
	a, err := net.ResolveTCPAddr("tcp", c.Address)
	if err != nil {
		panic(err)
	}
	return a.Port
}

// submit starts a topology.
func (c *FakeCluster) submit(name string, args fields) error {
	var conf map[string]any
	if err := json.Unmarshal([]byte(args.text(3)), &conf); err != nil {
		return err
	}
	dir := filepath.Join(c.dir, name)
	if err := unpack(dir, c.jar); err != nil {
		return err
	}
	if c.before != nil {
		c.before(conf)
	}
	t := decodeTopology(args.fields(4))
	f, err := newFakeStorm(t, conf, func(component Component) (io.WriteCloser, io.ReadCloser, error) {
		cmd := exec.Command(component.Command, component.Arg)
		cmd.Dir, cmd.Stderr = filepath.Join(dir, "resources"), &c.Stderr
		cmd.Env = append(os.Environ(), c.Env...)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			return nil, nil, err
		}
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			return nil, nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, nil, err
		}
		p := program{stdout, cmd, make(chan struct{})}
		go func() {
			cmd.Wait()
			close(p.ended)
		}()
		return stdin, p, nil
	})
	if err != nil {
		return err
	}
	f.restart, f.lenient, f.pulse, f.hold = c.Restart, true, c.pulses, c.Hold
	c.running[name] = f
	f.begin()
	return nil
}

// A program is the standard output of one; closing it ends the program.
type program struct {
	io.ReadCloser
	cmd   *exec.Cmd
	ended chan struct{}
}

func (p program) Close() error {
	p.cmd.Process.Kill()
	<-p.ended
	return p.ReadCloser.Close()
}

// unpack unpacks a jar as Storm does: without execute bits.
func unpack(dir string, jar []byte) error {
	if err := os.MkdirAll(filepath.Join(dir, "resources"), 0o777); err != nil {
		return err
	}
	z, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		return err
	}
	for _, entry := range z.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, entry.Name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// decodeTopology reads what encode writes.
func decodeTopology(f fields) (t Topology) {
	for _, of := range []int16{topologySpouts, topologyBolts} {
		for _, entry := range f.dict(of) {
			name, _ := entry.key.(string)
			spec, _ := entry.value.(fields)
			shell, common := spec.fields(componentObject).fields(objectShell), spec.fields(componentCommon)
			c := Component{Name: name, Command: shell.text(1), Arg: shell.text(2), Parallel: int(common.number(commonParallel))}
			for _, in := range common.dict(commonInputs) {
				id, _ := in.key.(fields)
				c.Inputs = append(c.Inputs, Input{From: id.text(1), Stream: id.text(2)})
			}
			t.Components = append(t.Components, c)
		}
	}
	return t
}
