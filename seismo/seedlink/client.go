package seedlink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"time"
)

// Options says where data come from.
type Options struct {
	Address  string // host:port; port 18000 if there is none
	Streams  []Stream
	Version  int       // 3 or 4; 0 for the best that the server has
	Begin    time.Time // of the data of stations that State does not know; the next packet if zero
	State    map[string]uint64
	RetryMin time.Duration // between two attempts to connect; 0 means 1 s
	RetryMax time.Duration // 0 means a minute

	// KeepAlive is how long a server may be silent before it is asked for a sign of
	// life, and how long that and each answer may take; 0 means a minute.
	KeepAlive time.Duration

	// OnLost, if set, is told of each connection that is lost or cannot be made.
	OnLost func(error)
}

// A Client receives packets. It serves one goroutine at a time.
type Client struct {
	o     Options
	conn  *conn
	state map[string]uint64
	wait  time.Duration
	came  bool // there has been a packet
}

// NewClient returns a client, which connects with the first call of Next.
func NewClient(o Options) (*Client, error) {
	if len(o.Streams) == 0 {
		return nil, errors.New("seedlink: no stations are asked for")
	}
	for _, s := range o.Streams {
		if strings.Count(s.Station, ".") != 1 || strings.ContainsAny(s.Station, " \r\n_") {
			return nil, fmt.Errorf("seedlink: the station %.40q is not of the form NET.STA", s.Station)
		}
		for _, selector := range s.Selectors {
			if _, err := selection(selector, 3); err != nil {
				return nil, fmt.Errorf("seedlink: %s: %w", s.Station, err)
			}
		}
	}
	if o.Version != 0 && o.Version != 3 && o.Version != 4 {
		return nil, fmt.Errorf("seedlink: version %d is neither 3 nor 4", o.Version)
	}
	if _, _, err := net.SplitHostPort(o.Address); err != nil {
		o.Address = net.JoinHostPort(o.Address, "18000")
	}
	o.RetryMin, o.RetryMax = cmp.Or(o.RetryMin, time.Second), cmp.Or(o.RetryMax, time.Minute)
	o.KeepAlive = cmp.Or(o.KeepAlive, time.Minute)
	c := &Client{o: o, state: map[string]uint64{}}
	maps.Copy(c.state, o.State)
	return c, nil
}

// Next returns the next packet. It waits until one comes or ctx is done, whatever
// becomes of connections. Its errors are that of ctx, and where trying again is of no
// use ErrRefused, and ErrProtocol before the first packet or after those of 65536 stations.
func (c *Client) Next(ctx context.Context) (Packet, error) {
	for {
		p, err := c.next(ctx)
		if err == nil {
			c.wait, c.came = 0, true
			if err := c.note(&p); err != nil {
				c.Close()
				return Packet{}, fmt.Errorf("seedlink: %s: %w", c.o.Address, err)
			}
			return p, nil
		}
		c.Close()
		switch {
		case ctx.Err() != nil:
			return Packet{}, ctx.Err()
		case errors.Is(err, ErrRefused), errors.Is(err, ErrProtocol) && !c.came:
			return Packet{}, fmt.Errorf("seedlink: %s: %w", c.o.Address, err)
		case c.o.OnLost != nil:
			c.o.OnLost(fmt.Errorf("seedlink: %s: %w", c.o.Address, err))
		}
		c.wait = min(max(2*c.wait, c.o.RetryMin), c.o.RetryMax)
		timer := time.NewTimer(c.wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return Packet{}, ctx.Err()
		}
	}
}

// maxStations bounds what a server can make a client remember.
const maxStations = 1 << 16

// note keeps the number of a packet.
func (c *Client) note(p *Packet) error {
	if p.Station == "" {
		return nil
	}
	if _, known := c.state[p.Station]; !known && len(c.state) >= maxStations {
		return fmt.Errorf("%w: packets of more than %d stations", ErrProtocol, maxStations)
	}
	c.state[p.Station] = p.Sequence
	return nil
}

func (c *Client) next(ctx context.Context) (p Packet, err error) {
	if c.conn == nil {
		if c.conn, err = dial(ctx, &c.o, c.state); err != nil {
			return p, err
		}
	}
	conn := c.conn.net
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	return c.conn.next(c.o.KeepAlive)
}

// Version is that of the connection, 0 while there is none.
func (c *Client) Version() int {
	if c.conn == nil {
		return 0
	}
	return c.conn.version
}

// State is the sequence number of the last packet of each station that Next has
// returned, by NET.STA: what Options.State takes.
func (c *Client) State() map[string]uint64 { return maps.Clone(c.state) }

// Close closes the connection. Next makes another.
func (c *Client) Close() error {
	if c.conn == nil {
		return nil
	}
	err := c.conn.net.Close()
	c.conn = nil
	return err
}
