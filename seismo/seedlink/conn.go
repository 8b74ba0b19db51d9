package seedlink

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrRefused is returned where a server refuses what is asked for.
var ErrRefused = errors.New("the server refuses")

// A Stream is what is wanted of a station.
type Stream struct {
	Station   string   // NET.STA; in version 4 with * and ? for any
	Selectors []string // LOC.CHA with * and ? for any; all channels if there is none
}

// conn is one connection, which delivers packets.
type conn struct {
	net     net.Conn
	r       *bufio.Reader
	version int
}

// dial connects, and asks for streams from where state says.
func dial(ctx context.Context, o *Options, state map[string]uint64) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, o.KeepAlive)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	s := &conn{net: c, r: bufio.NewReaderSize(c, 1<<16)}
	if err := s.negotiate(o, state); err != nil {
		c.Close()
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %v", o.KeepAlive)
		}
		return nil, err
	}
	return s, nil
}

func (c *conn) negotiate(o *Options, state map[string]uint64) error {
	if err := c.send("HELLO"); err != nil {
		return err
	}
	hello, err := c.line()
	if err == nil {
		_, err = c.line() // whose server it is
	}
	if err != nil {
		return err
	}
	if !strings.Contains(strings.ToUpper(hello), "SEEDLINK") {
		return fmt.Errorf("%w: it greets with %.60q", ErrProtocol, hello)
	}
	c.version = 3
	if strings.Contains(hello, "SLPROTO:4") || strings.HasPrefix(strings.ToUpper(hello), "SEEDLINK V4") {
		c.version = 4
	}
	if o.Version != 0 && o.Version != c.version {
		if o.Version == 4 {
			return fmt.Errorf("%w: it speaks version 3 only: %.60q", ErrRefused, hello)
		}
		c.version = o.Version
	}
	if c.version == 4 {
		if err := c.ask("SLPROTO 4.0"); err != nil {
			return err
		}
	}
	for _, s := range o.Streams {
		if err := c.subscribe(s, o, state); err != nil {
			return fmt.Errorf("%s: %w", s.Station, err)
		}
	}
	return c.send("END")
}

// subscribe asks for the data of a station.
func (c *conn) subscribe(s Stream, o *Options, state map[string]uint64) error {
	network, station, ok := strings.Cut(s.Station, ".")
	if !ok {
		return fmt.Errorf("%w: it is not of the form NET.STA", ErrRefused)
	}
	command := "STATION " + station + " " + network
	if c.version == 4 {
		command = "STATION " + network + "_" + station
	}
	if err := c.ask(command); err != nil {
		return err
	}
	for _, selector := range s.Selectors {
		text, err := selection(selector, c.version)
		if err != nil {
			return err
		}
		if err := c.ask("SELECT " + text); err != nil {
			return err
		}
	}
	data := "DATA"
	last, known := state[s.Station]
	switch {
	case known && c.version == 4:
		data += " " + strconv.FormatUint(last+1, 10)
	case known:
		data += fmt.Sprintf(" %06X", (last+1)%wrap3)
	case !o.Begin.IsZero() && c.version == 4:
		data += " ALL " + o.Begin.UTC().Format("2006-01-02T15:04:05Z")
	case !o.Begin.IsZero(): // number 0 is older than any time
		data += " 000000 " + o.Begin.UTC().Format("2006,01,02,15,04,05")
	}
	return c.ask(data)
}

// selection is a selector LOC.CHA as a version has it.
func selection(selector string, version int) (string, error) {
	location, channel, ok := strings.Cut(selector, ".")
	if !ok || channel == "" || strings.ContainsAny(selector, " \r\n_") {
		return "", fmt.Errorf("%w: the selector %.40q is not of the form LOC.CHA", ErrRefused, selector)
	}
	if version == 4 {
		if channel != "*" && len(channel) != 3 {
			return "", fmt.Errorf("%w: the channel %.40q of a selector has not three letters", ErrRefused, channel)
		}
		if len(channel) == 3 {
			channel = channel[:1] + "_" + channel[1:2] + "_" + channel[2:]
		}
		return location + "_" + channel, nil
	}
	switch {
	case location == "":
		location = "--"
	case location == "*":
		location = "??"
	}
	if channel == "*" {
		channel = "???"
	}
	return location + channel, nil
}

// ask sends a command and waits for OK.
func (c *conn) ask(command string) error {
	if err := c.send(command); err != nil {
		return err
	}
	answer, err := c.line()
	if err != nil {
		return err
	}
	if !strings.EqualFold(strings.TrimSpace(answer), "OK") {
		return fmt.Errorf("%w %q: %.100q", ErrRefused, command, answer)
	}
	return nil
}

func (c *conn) send(command string) error {
	_, err := c.net.Write([]byte(command + "\r\n"))
	return err
}

// line reads a line, however it ends.
func (c *conn) line() (string, error) {
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("%w: a line of more than 64 KiB", ErrProtocol)
	}
	return strings.TrimRight(string(line), "\r\n"), err
}

// next returns the next packet. Where nothing comes for a time, the server is asked
// for a sign of life, once.
func (c *conn) next(quiet time.Duration) (Packet, error) {
	for asked := false; ; {
		c.net.SetReadDeadline(time.Now().Add(quiet))
		_, err := c.r.Peek(1)
		if errors.Is(err, os.ErrDeadlineExceeded) && !asked {
			if err := c.send("INFO ID"); err != nil {
				return Packet{}, err
			}
			asked = true
			continue
		}
		if err != nil {
			return Packet{}, err
		}
		p, info, err := readPacket(c.r, c.version)
		if err != nil || !info {
			return p, err
		}
		asked = false
	}
}
