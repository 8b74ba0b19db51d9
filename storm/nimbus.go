package storm

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxReply    = 64 << 20 // bytes; the largest are those of getTopologyInfo
	callTimeout = 60 * time.Second
	dialTimeout = 10 * time.Second
	chunk       = 300 << 10 // bytes of a jar in one call, as Storm's own client sends
)

// A Kind tells exceptions of Nimbus apart.
type Kind string

// The kinds of exceptions.
const (
	Internal      Kind = "internal error" // Nimbus failed; its log says more
	AlreadyAlive  Kind = "already alive"  // a topology of that name is running
	NotAlive      Kind = "not alive"      // no topology of that name is running
	Invalid       Kind = "invalid"        // the topology is refused
	Authorization Kind = "not authorized" // the user may not do this
)

// An Exception is what Nimbus answers to a call that it understood and could
// not or would not carry out. The connection can be used further.
type Exception struct {
	Method string // of Nimbus
	Kind   Kind
	Text   string // its own words; may be empty
}

// Error names the method, the kind and what Nimbus says.
func (e *Exception) Error() string {
	text := fmt.Sprintf("nimbus: %s: %s", e.Method, e.Kind)
	if e.Text != "" {
		text += ": " + e.Text
	}
	return text
}

// Is reports whether target is an *Exception of the same kind with no method
// and text, so that errors.Is(err, &Exception{Kind: NotAlive}) asks for a kind.
func (e *Exception) Is(target error) bool {
	t, ok := target.(*Exception)
	return ok && t.Kind == e.Kind && t.Method == "" && t.Text == ""
}

// A Client is a connection to Nimbus. Its calls end with their context, and
// after a minute in any case.
type Client struct {
	conn net.Conn
	seq  int
}

// Dial connects to Nimbus at host:port.
func Dial(ctx context.Context, address string) (*Client, error) {
	d := net.Dialer{Timeout: dialTimeout}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("nimbus: %w", err)
	}
	return &Client{conn: conn}, nil
}

// DialLeader connects to the leader of the cluster that the Nimbus at host:port
// belongs to: no other takes submissions.
func DialLeader(ctx context.Context, address string) (*Client, error) {
	c, err := Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	leader, err := c.Leader(ctx)
	if err != nil {
		c.Close()
		return nil, err
	}
	at := net.JoinHostPort(leader.Host, strconv.Itoa(leader.Port))
	if leader.Host == "" || at == address || at == c.conn.RemoteAddr().String() {
		return c, nil
	}
	// The leader may be known by a name that means nothing here, and be the one
	// that has answered.
	if other, err := Dial(ctx, at); err == nil {
		c.Close()
		return other, nil
	}
	return c, nil
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// call calls a method and returns its value, nil where it has none. throws are
// the kinds of the exceptions that it declares, from field 1 on.
func (c *Client) call(ctx context.Context, method string, args func(*encoder), throws ...Kind) (any, error) {
	c.seq++
	answer, err := c.exchange(ctx, request(method, c.seq, args))
	if err != nil {
		return nil, fmt.Errorf("nimbus: %s: %w", method, err)
	}
	result, err := reply(answer, method, c.seq)
	if err != nil {
		if e, ok := err.(*Exception); ok {
			return nil, e
		}
		return nil, fmt.Errorf("nimbus: %s: %w", method, err)
	}
	for at, kind := range throws {
		if thrown, ok := result[int16(at+1)].(fields); ok {
			return nil, &Exception{Method: method, Kind: kind, Text: strings.TrimSpace(thrown.text(1))}
		}
	}
	return result[0], nil
}

// exchange sends a frame and returns the content of the one that answers.
func (c *Client) exchange(ctx context.Context, frame []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	end := time.Now().Add(callTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(end) {
		end = d
	}
	c.conn.SetDeadline(end)
	defer context.AfterFunc(ctx, func() { c.conn.SetDeadline(time.Unix(1, 0)) })()
	answer, err := c.sendAndReceive(frame)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return answer, err
}

func (c *Client) sendAndReceive(frame []byte) ([]byte, error) {
	if _, err := c.conn.Write(frame); err != nil {
		return nil, err
	}
	var head [4]byte
	if _, err := io.ReadFull(c.conn, head[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head[:])
	if n > maxReply {
		return nil, fmt.Errorf("%w: an answer of %d bytes; is this Nimbus's Thrift port, without TLS?", errReply, n)
	}
	var b bytes.Buffer // grows with what comes, not with what is announced
	if _, err := io.CopyN(&b, c.conn, int64(n)); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// A Leader is the Nimbus that takes submissions.
type Leader struct {
	Host    string
	Port    int
	Version string // of Storm
}

// Leader asks who leads the cluster.
func (c *Client) Leader(ctx context.Context) (Leader, error) {
	v, err := c.call(ctx, "getLeader", nil, Authorization)
	if err != nil {
		return Leader{}, err
	}
	f, _ := v.(fields)
	return Leader{Host: f.text(1), Port: int(f.number(2)), Version: f.text(5)}, nil
}

// Upload sends a jar to Nimbus and returns where it lies there.
func (c *Client) Upload(ctx context.Context, jar []byte) (string, error) {
	v, err := c.call(ctx, "beginFileUpload", nil, Authorization)
	if err != nil {
		return "", err
	}
	at, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("nimbus: beginFileUpload: %w: no place is given", errReply)
	}
	for piece := range slices.Chunk(jar, chunk) {
		_, err := c.call(ctx, "uploadChunk", func(e *encoder) {
			e.textField(1, at)
			e.textField(2, string(piece))
		}, Authorization)
		if err != nil {
			return "", err
		}
	}
	_, err = c.call(ctx, "finishFileUpload", func(e *encoder) { e.textField(1, at) }, Authorization)
	return at, err
}

// Submit starts a topology. jar is where Upload put what its components need;
// conf is its configuration, keys as in Storm's own. The error is an
// *Exception of kind AlreadyAlive where the name is taken, and Invalid where
// Nimbus refuses the topology.
func (c *Client) Submit(ctx context.Context, name, jar string, conf map[string]any, t Topology) error {
	if conf == nil {
		conf = map[string]any{} // Nimbus fails on null
	}
	text, err := json.Marshal(conf)
	if err != nil {
		return fmt.Errorf("the configuration of %s: %w", name, err)
	}
	_, err = c.call(ctx, "submitTopology", func(e *encoder) {
		e.textField(1, name)
		e.textField(2, jar)
		e.textField(3, string(text))
		e.field(typeStruct, 4)
		t.encode(e)
	}, AlreadyAlive, Invalid, Authorization)
	return err
}

// Kill ends a topology. Nimbus waits so long, in whole seconds, between
// stopping its spouts and ending the rest. The error is an *Exception of kind
// NotAlive where there is none of that name.
func (c *Client) Kill(ctx context.Context, name string, wait time.Duration) error {
	_, err := c.call(ctx, "killTopologyWithOpts", func(e *encoder) {
		e.textField(1, name)
		e.field(typeStruct, 2)
		e.i32Field(1, int(wait/time.Second))
		e.stop()
	}, NotAlive, Authorization)
	return err
}

// A Summary is a line about a topology.
type Summary struct {
	ID, Name string
	Status   string // ACTIVE, INACTIVE, KILLED or REBALANCING
	Tasks    int
	Workers  int           // JVMs
	Uptime   time.Duration // in whole seconds
}

// Topologies lists what runs on the cluster, as Nimbus orders it.
func (c *Client) Topologies(ctx context.Context) ([]Summary, error) {
	v, err := c.call(ctx, "getTopologySummaries", nil, Authorization)
	if err != nil {
		return nil, err
	}
	var all []Summary
	list, _ := v.([]any)
	for _, x := range list {
		f, _ := x.(fields)
		all = append(all, Summary{ID: f.text(1), Name: f.text(2), Tasks: int(f.number(3)), Workers: int(f.number(5)),
			Uptime: time.Duration(f.number(6)) * time.Second, Status: f.text(7)})
	}
	return all, nil
}

// A Node is a machine whose Supervisor has told Nimbus of itself.
type Node struct {
	Host        string
	Slots, Used int // JVMs that it may start, and has started, for topologies
}

// Nodes lists the nodes of the cluster, as Nimbus orders them; none where it
// does not let us ask, as it may do with those who may submit.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) {
	v, err := c.call(ctx, "getClusterInfo", nil, Authorization)
	if errors.Is(err, &Exception{Kind: Authorization}) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []Node
	info, _ := v.(fields)
	list, _ := info[1].([]any)
	for _, x := range list {
		f, _ := x.(fields)
		all = append(all, Node{Host: f.text(1), Slots: int(f.number(3)), Used: int(f.number(4))})
	}
	return all, nil
}

// A ComponentError is what one instance of a component has reported.
type ComponentError struct {
	Component string
	Text      string // of the error, often with a stack of Java's
	Time      time.Time
	Host      string
	Port      int // of its JVM
}

// Errors returns what the components of a topology have reported, the oldest
// first. Nimbus keeps only the latest few of each component.
func (c *Client) Errors(ctx context.Context, name string) ([]ComponentError, error) {
	v, err := c.call(ctx, "getTopologyInfoByName", func(e *encoder) { e.textField(1, name) }, NotAlive, Authorization)
	if err != nil {
		return nil, err
	}
	var all []ComponentError
	info, _ := v.(fields)
	for _, of := range info.dict(6) {
		component, _ := of.key.(string)
		list, _ := of.value.([]any)
		for _, x := range list {
			f, _ := x.(fields)
			all = append(all, ComponentError{Component: component, Text: f.text(1), Time: time.Unix(f.number(2), 0),
				Host: f.text(3), Port: int(f.number(4))})
		}
	}
	slices.SortStableFunc(all, func(a, b ComponentError) int {
		if order := a.Time.Compare(b.Time); order != 0 {
			return order
		}
		return strings.Compare(a.Component, b.Component)
	})
	return all, nil
}
