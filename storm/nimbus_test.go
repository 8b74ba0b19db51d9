package storm

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A call is what the fake Nimbus has been asked.
type call struct {
	method string
	args   fields
}

// fakeNimbus answers calls on loopback until the test ends. answer returns the
// content of the frame that answers; nil closes the connection instead.
func fakeNimbus(t *testing.T, answer func(c call, seq int) []byte) *Client {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := serveNimbus(t, l, answer)
	c, err := Dial(t.Context(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); stop() })
	return c
}

// serveNimbus answers calls until stop is called.
func serveNimbus(t testing.TB, l net.Listener, answer func(c call, seq int) []byte) (stop func()) {
	var work sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, conn)
			mu.Unlock()
			work.Go(func() {
				defer conn.Close()
				for serveCall(t, conn, answer) {
				}
			})
		}
	})
	return func() {
		l.Close()
		mu.Lock()
		for _, conn := range open {
			conn.Close()
		}
		mu.Unlock()
		work.Wait()
	}
}

// serveCall answers one call and reports whether there may be more.
func serveCall(t testing.TB, conn net.Conn, answer func(c call, seq int) []byte) bool {
	var head [4]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil {
		return false
	}
	b := make([]byte, binary.BigEndian.Uint32(head[:]))
	if _, err := io.ReadFull(conn, b); err != nil {
		return false
	}
	d := &decoder{b: b}
	d.i32()
	c := call{method: d.text()}
	seq := d.i32()
	if c.args = d.structure(0); d.err != nil || len(d.b) != 0 {
		t.Errorf("a request is not Thrift: %v, %d bytes more", d.err, len(d.b))
		return false
	}
	a := answer(c, seq)
	if a == nil {
		return false
	}
	_, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(a))), a...))
	return err == nil
}

// thriftMessage is a message from Nimbus; write writes the fields of its struct.
func thriftMessage(kind int, method string, seq int, write func(*encoder)) []byte {
	e := &encoder{}
	e.b = binary.BigEndian.AppendUint32(e.b, uint32(messageVersion|kind))
	e.text(method)
	e.i32(seq)
	if write != nil {
		write(e)
	}
	e.stop()
	return e.b
}

// thrown writes an exception as a field.
func thrown(id int16, text string) func(*encoder) {
	return func(e *encoder) {
		e.field(typeStruct, id)
		e.textField(1, text)
		e.stop()
	}
}

// example is a topology with all that can be said of one.
var example = Topology{[]Component{
	{Name: "s0", Command: "/bin/d4", Arg: "child", Parallel: 2, Outputs: []Stream{{"f", []string{"x"}, true}}},
	{Name: "s1", Command: "/bin/d4", Arg: "child", Parallel: 3, Inputs: []Input{{From: "s0", Stream: "f"}}, Outputs: []Stream{{"f", []string{"x"}, true}}},
}}

func TestCalls(t *testing.T) {
	var asked []call
	c := fakeNimbus(t, func(c call, seq int) []byte {
		asked = append(asked, c)
		return thriftMessage(messageReply, c.method, seq, func(e *encoder) {
			switch c.method {
			case "getLeader":
				e.field(typeStruct, 0)
				e.textField(1, "here")
				e.i32Field(2, 6627)
				e.textField(5, "2.8.3")
				e.stop()
			case "beginFileUpload":
				e.textField(0, "inbox/x.jar")
			case "getTopologySummaries":
				e.field(typeList, 0)
				e.list(typeStruct, 1)
				e.textField(1, "a-1")
				e.textField(2, "a")
				e.i32Field(3, 7)
				e.i32Field(6, 60)
				e.textField(7, "ACTIVE")
				e.stop()
			case "getClusterInfo":
				e.field(typeStruct, 0)
				e.field(typeList, 1)
				e.list(typeStruct, 2)
				for i, host := range []string{"a", "b"} {
					e.textField(1, host)
					e.i32Field(2, 60)
					e.i32Field(3, 4)
					e.i32Field(4, i)
					e.stop()
				}
				e.stop()
			case "getTopologyInfoByName":
				e.field(typeStruct, 0)
				e.field(typeMap, 6)
				e.dict(typeString, typeList, 2)
				for i, name := range []string{"late", "early"} {
					e.text(name)
					e.list(typeStruct, 1)
					e.textField(1, "it is "+name)
					e.i32Field(2, 10-i)
					e.stop()
				}
				e.stop()
			}
		})
	})
	ctx := t.Context()
	leader, err := c.Leader(ctx)
	if err != nil || leader != (Leader{"here", 6627, "2.8.3"}) {
		t.Errorf("the leader is %+v, %v", leader, err)
	}
	jar := bytes.Repeat([]byte("0123456789"), chunk/5) // two chunks
	at, err := c.Upload(ctx, jar)
	if err != nil || at != "inbox/x.jar" {
		t.Errorf("uploaded to %q, %v", at, err)
	}
	if err := c.Submit(ctx, "a", at, map[string]any{"topology.workers": 1}, example); err != nil {
		t.Error(err)
	}
	all, err := c.Topologies(ctx)
	if err != nil || len(all) != 1 || all[0].Name != "a" || all[0].Tasks != 7 || all[0].Status != "ACTIVE" || all[0].Uptime.Seconds() != 60 {
		t.Errorf("topologies are %+v, %v", all, err)
	}
	nodes, err := c.Nodes(ctx)
	if err != nil || !slices.Equal(nodes, []Node{{"a", 4, 0}, {"b", 4, 1}}) {
		t.Errorf("nodes are %+v, %v", nodes, err)
	}
	failed, err := c.Errors(ctx, "a")
	if err != nil || len(failed) != 2 || failed[0].Component != "early" || failed[1].Text != "it is late" {
		t.Errorf("errors are %+v, %v", failed, err)
	}
	if err := c.Kill(ctx, "a", 0); err != nil {
		t.Error(err)
	}
	var sent string
	for _, c := range asked {
		switch c.method {
		case "uploadChunk":
			sent += c.args.text(2)
		case "submitTopology":
			spouts, bolts := c.args.fields(4).dict(topologySpouts), c.args.fields(4).dict(topologyBolts)
			if len(spouts) != 1 || len(bolts) != 1 || c.args.text(3) != `{"topology.workers":1}` {
				t.Errorf("submitted was %v", c.args)
			}
			bolt, _ := bolts[0].value.(fields)
			common := bolt.fields(componentCommon)
			if n := common.number(commonParallel); bolts[0].key != "s1" || n != 3 || len(common.dict(commonInputs)) != 1 {
				t.Errorf("the bolt is %v x %d, %v", bolts[0].key, n, common)
			}
		}
	}
	if sent != string(jar) {
		t.Errorf("%d bytes of %d arrived", len(sent), len(jar))
	}
}

// TestExceptions: what Nimbus throws is told apart, and the connection lives.
func TestExceptions(t *testing.T) {
	var next func(*encoder)
	kind := messageReply
	c := fakeNimbus(t, func(c call, seq int) []byte { return thriftMessage(kind, c.method, seq, next) })
	submit := func() error { return c.Submit(t.Context(), "a", "", nil, example) }
	kill := func() error { return c.Kill(t.Context(), "a", 0) }
	for _, x := range []struct {
		field int16
		call  func() error
		want  Kind
	}{
		{1, submit, AlreadyAlive}, {2, submit, Invalid}, {3, submit, Authorization}, {1, kill, NotAlive}, {2, kill, Authorization},
	} {
		next = thrown(x.field, "so it is\n")
		err := x.call()
		if !errors.Is(err, &Exception{Kind: x.want}) || !strings.HasSuffix(err.Error(), ": so it is") {
			t.Errorf("field %d: %v, expected %s", x.field, err, x.want)
		}
	}
	kind, next = messageException, func(e *encoder) { e.textField(1, "broken"); e.i32Field(2, 6) }
	if err := kill(); !errors.Is(err, &Exception{Kind: Internal}) || errors.Is(err, &Exception{Kind: NotAlive}) {
		t.Errorf("an undeclared exception is %v", err)
	}
}

// TestWrongAnswers: none is taken for a right one.
func TestWrongAnswers(t *testing.T) {
	for name, answer := range map[string]func(c call, seq int) []byte{
		"another call":   func(c call, seq int) []byte { return thriftMessage(messageReply, c.method, seq+1, nil) },
		"another method": func(c call, seq int) []byte { return thriftMessage(messageReply, "x", seq, nil) },
		"no answer":      func(c call, seq int) []byte { return thriftMessage(messageCall, c.method, seq, nil) },
		"another version": func(c call, seq int) []byte {
			b := thriftMessage(messageReply, c.method, seq, nil)
			b[0] = 0x70
			return b
		},
		"cut short": func(c call, seq int) []byte { return thriftMessage(messageReply, c.method, seq, thrown(1, "x"))[:20] },
		"hung up":   func(call, int) []byte { return nil },
	} {
		c := fakeNimbus(t, answer)
		var e *Exception
		if err := c.Kill(t.Context(), "a", 0); err == nil || errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNoThrift: another server's greeting is not waited for as a frame.
func TestNoThrift(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	go func() {
		there.Read(make([]byte, 1000))
		there.Write([]byte("HTTP/1.1 400 Bad Request\r\n"))
		there.Close()
	}()
	c := &Client{conn: here}
	if _, err := c.Leader(t.Context()); !errors.Is(err, errReply) {
		t.Errorf("%v", err)
	}
}

// TestCancelled: a call ends with its context though Nimbus never answers.
func TestCancelled(t *testing.T) {
	here, there := net.Pipe()
	defer here.Close()
	defer there.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		there.Read(make([]byte, 1000))
		cancel()
	}()
	if _, err := (&Client{conn: here}).Leader(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestGolden: what is sent to submit a topology stays as Storm has taken it.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/submit.hex")
	if err != nil {
		t.Fatal(err)
	}
	want, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	got := request("submitTopology", 1, func(e *encoder) {
		e.textField(1, "a")
		e.field(typeStruct, 4)
		example.encode(e)
	})
	if !bytes.Equal(got, want) {
		t.Errorf("sent is\n%x\nexpected\n%x", got, want)
	}
}

func TestJar(t *testing.T) {
	jar, err := Jar(map[string][]byte{"run.sh": []byte("exit"), "a": nil})
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(jar), int64(len(jar)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "resources/ resources/a resources/run.sh" {
		t.Errorf("the jar has %s", got)
	}
}
