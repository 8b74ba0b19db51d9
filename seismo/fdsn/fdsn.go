// Package fdsn asks FDSN web services for recordings, stations and events.
//
// A [Client] is one data centre. [Client.Dataselect], [Client.Station] and
// [Client.Event] return the whole answer, for packages mseed, stationxml and quakeml to
// read; an answer without data is [ErrNoData].
//
// Requests are at least Options.Interval apart. One that cannot be answered now (429,
// 500 and above, a connection that fails, an answer that breaks off or takes longer than
// Options.Timeout) is tried again, Options.Tries times in all, after what the server asks
// for in Retry-After, else after Options.RetryMin, doubled each time. What is wrong with
// a request (400 to 404, 413) is an error that wraps [ErrRequest] with the first line of
// what the server says, and so is an answer of more than Options.MaxBytes.
//
// Source: FDSN Web Services 1.2, https://www.fdsn.org/webservices.
package fdsn

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	// ErrNoData is returned where a data centre has nothing of what is asked for.
	ErrNoData = errors.New("no data")
	// ErrRequest is returned where a data centre refuses a request.
	ErrRequest = errors.New("request refused")
)

// Options says which data centre, and how it is treated.
type Options struct {
	BaseURL  string        // as https://service.iris.edu
	Client   *http.Client  // nil for http.DefaultClient
	Interval time.Duration // least time between two requests
	Tries    int           // 0 means 5
	RetryMin time.Duration // 0 means 1 s
	Timeout  time.Duration // of an answer, from asking to its end; 0 means 5 minutes
	MaxBytes int64         // of an answer; 0 means 256 MiB
}

// A Client asks one data centre. It is safe for concurrent use.
type Client struct {
	o    Options
	mu   sync.Mutex
	next time.Time // of the next request
}

// New returns a client.
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("fdsn: %q is no address of a data centre, as https://service.iris.edu", o.BaseURL)
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	o.Tries, o.RetryMin = cmp.Or(o.Tries, 5), cmp.Or(o.RetryMin, time.Second)
	o.Timeout, o.MaxBytes = cmp.Or(o.Timeout, 5*time.Minute), cmp.Or(o.MaxBytes, 256<<20)
	if o.Client == nil {
		o.Client = http.DefaultClient
	}
	return &Client{o: o}, nil
}

// Dataselect asks for miniSEED of a channel NET.STA.LOC.CHA, with * and ? for any, from
// one time to another.
func (c *Client) Dataselect(ctx context.Context, channel string, from, to time.Time) ([]byte, error) {
	q, err := query(channel, from, to)
	if err != nil {
		return nil, err
	}
	return c.Get(ctx, "dataselect", q)
}

// Station asks for StationXML of channels at a level: network, station, channel or
// response; of those that there were from one time to another, where these are not zero.
func (c *Client) Station(ctx context.Context, channel, level string, from, to time.Time) ([]byte, error) {
	q, err := query(channel, from, to)
	if err != nil {
		return nil, err
	}
	q.Set("level", level)
	q.Set("format", "xml")
	return c.Get(ctx, "station", q)
}

// Event asks for QuakeML of the events of a time, oldest first; zero for no limit. The
// parameters are others of the service, as minmagnitude, and are not changed.
func (c *Client) Event(ctx context.Context, from, to time.Time, parameters url.Values) ([]byte, error) {
	q := url.Values{"orderby": {"time-asc"}, "format": {"xml"}}
	maps.Copy(q, parameters)
	limits(q, from, to)
	return c.Get(ctx, "event", q)
}

func query(channel string, from, to time.Time) (url.Values, error) {
	part := strings.Split(channel, ".")
	if len(part) != 4 {
		return nil, fmt.Errorf("fdsn: %.60q is not of the form NET.STA.LOC.CHA", channel)
	}
	q := url.Values{"network": {part[0]}, "station": {part[1]}, "location": {cmp.Or(part[2], "--")}, "channel": {part[3]}}
	limits(q, from, to)
	return q, nil
}

// limits adds a time.
func limits(q url.Values, from, to time.Time) {
	for name, t := range map[string]time.Time{"starttime": from, "endtime": to} {
		if !t.IsZero() {
			q.Set(name, clock(t))
		}
	}
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

// Get asks a service, and tries again while that is of use.
func (c *Client) Get(ctx context.Context, service string, parameters url.Values) ([]byte, error) {
	address := c.o.BaseURL + "/fdsnws/" + service + "/1/query?" + parameters.Encode()
	wait := c.o.RetryMin
	for try := 1; ; try++ {
		if err := c.turn(ctx); err != nil {
			return nil, err
		}
		body, after, err := c.once(ctx, address)
		switch {
		case err == nil:
			return body, nil
		case errors.Is(err, ErrNoData), errors.Is(err, ErrRequest):
			return nil, fmt.Errorf("fdsn: %s: %w", address, err)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case try == c.o.Tries:
			return nil, fmt.Errorf("fdsn: %s: tried %d times: %w", address, try, err)
		}
		if after < 0 {
			after, wait = wait, 2*wait
		}
		if err := pause(ctx, after); err != nil {
			return nil, err
		}
	}
}

// turn waits until the next request may be made.
func (c *Client) turn(ctx context.Context) error {
	c.mu.Lock()
	now := time.Now()
	at := c.next
	if at.Before(now) {
		at = now
	}
	c.next = at.Add(c.o.Interval)
	c.mu.Unlock()
	return pause(ctx, at.Sub(now))
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// once makes a request. After is how long the server wants to be left alone, negative
// where it does not say.
func (c *Client) once(ctx context.Context, address string) (body []byte, after time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, -1, err
	}
	req.Header.Set("User-Agent", "dispel4go")
	res, err := c.o.Client.Do(req)
	if err != nil {
		return nil, -1, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusOK {
		body, err = io.ReadAll(io.LimitReader(res.Body, c.o.MaxBytes+1))
		if int64(len(body)) > c.o.MaxBytes {
			err = fmt.Errorf("%w: the answer has more than %d MiB: ask for less at a time", ErrRequest, c.o.MaxBytes>>20)
		}
		return body, -1, err
	}
	line, _ := bufio.NewReader(io.LimitReader(res.Body, 1<<10)).ReadString('\n') // what there is
	err = fmt.Errorf("%s: %s", res.Status, strings.TrimSpace(line))
	switch s := res.StatusCode; {
	case s == http.StatusNoContent:
		return nil, 0, ErrNoData
	case s == http.StatusTooManyRequests || s >= 500:
		after = -1
		if seconds, wrong := strconv.Atoi(res.Header.Get("Retry-After")); wrong == nil {
			after = time.Duration(min(max(seconds, 0), 3600)) * time.Second
		}
		return nil, after, err
	}
	return nil, 0, fmt.Errorf("%w: %w", ErrRequest, err)
}
