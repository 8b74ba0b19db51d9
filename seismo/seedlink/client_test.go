package seedlink_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/seedlink"
	"github.com/dispel4go/dispel4go/seismo/seedlink/seedlinktest"
)

// record is one of n samples, the first of which is k.
func record(t testing.TB, id string, k int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := mseed.NewWriter(&b, mseed.WriterOptions{})
	if err == nil {
		err = w.Write(&mseed.Segment{ID: id, Start: mseed.Time(k) * 1e9, SampleRate: 1, Int32: []int32{int32(k)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func client(t *testing.T, o seedlink.Options) *seedlink.Client {
	t.Helper()
	o.RetryMin = time.Millisecond
	c, err := seedlink.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// get receives n packets, and tells each as its station and first sample.
func get(t *testing.T, c *seedlink.Client, n int) (all []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for range n {
		p, err := c.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var rec mseed.Record
		if _, err := rec.Parse(p.Payload); err != nil {
			t.Fatal(err)
		}
		x, err := rec.AppendInt32(nil)
		if err != nil || !strings.HasPrefix(rec.ID, p.Station+".") {
			t.Fatalf("%s in a packet of %s: %v", rec.ID, p.Station, err)
		}
		all = append(all, fmt.Sprintf("%s %d", p.Station, x[0]))
	}
	return all
}

// TestResume: through lost connections each packet comes once, in both versions, also
// where the numbers begin anew.
func TestResume(t *testing.T) {
	for version, first := range map[int]uint64{3: 1<<24 - 7, 4: 1 << 40} {
		s := seedlinktest.New(t, version)
		var want []string
		for _, station := range []string{"XX.A", "XX.B"} {
			s.First(station, first)
		}
		for k := range 40 {
			station := []string{"XX.A", "XX.B"}[k%2]
			s.Add(station, record(t, station+"..BHZ", k))
			want = append(want, fmt.Sprintf("%s %d", station, k))
		}
		lost := 0
		c := client(t, seedlink.Options{Address: s.Address, Version: version, Streams: []seedlink.Stream{{Station: "XX.A"}, {Station: "XX.B"}},
			State: map[string]uint64{"XX.A": first - 1, "XX.B": first - 1}, OnLost: func(error) { lost++ }})
		s.DropAfter(5)
		got := get(t, c, 3)
		s.DropAfter(4)
		got = append(got, get(t, c, 20)...)
		s.Drop()
		got = append(got, get(t, c, 17)...)
		if slices.Sort(got); !slices.Equal(got, sorted(want)) || lost == 0 || c.Version() != version {
			t.Errorf("version %d, %d times lost: %v", version, lost, got)
		}
		// Another client goes on where this one was.
		s.Add("XX.B", record(t, "XX.B..BHZ", 100))
		again := client(t, seedlink.Options{Address: s.Address, Streams: []seedlink.Stream{{Station: "XX.A"}, {Station: "XX.B"}}, State: c.State()})
		if got := get(t, again, 1); got[0] != "XX.B 100" {
			t.Errorf("version %d: %v", version, got)
		}
	}
}

func sorted(all []string) []string {
	all = slices.Clone(all)
	slices.Sort(all)
	return all
}

// TestCommands: what is asked of servers of both versions.
func TestCommands(t *testing.T) {
	for version, want := range map[int][]string{
		3: {"HELLO", "STATION A XX", "SELECT 00BH?", "SELECT --LHZ", "SELECT ?????", "DATA 000000 2024,03,01,12,30,00", "STATION B XX", "DATA 00000B", "END"},
		4: {"HELLO", "SLPROTO 4.0", "STATION XX_A", "SELECT 00_B_H_?", "SELECT _L_H_Z", "SELECT *_*", "DATA ALL 2024-03-01T12:30:00Z", "STATION XX_B", "DATA 11", "END"},
	} {
		s := seedlinktest.New(t, version)
		s.First("XX.A", 1)
		s.Add("XX.A", record(t, "XX.A..BHZ", 1))
		c := client(t, seedlink.Options{Address: s.Address, Begin: time.Date(2024, 3, 1, 12, 30, 0, 0, time.UTC), State: map[string]uint64{"XX.B": 10},
			Streams: []seedlink.Stream{{Station: "XX.A", Selectors: []string{"00.BH?", ".LHZ", "*.*"}}, {Station: "XX.B"}}})
		get(t, c, 1)
		if got := s.Commands(); !slices.Equal(got, want) {
			t.Errorf("version %d: %q", version, got)
		}
	}
}

// TestSilent: packets come from a server that had nothing to say until it was asked for a
// sign of life.
func TestSilent(t *testing.T) {
	for _, version := range []int{3, 4} {
		s := seedlinktest.New(t, version)
		packet := record(t, "XX.A..BHZ", 7)
		go func() {
			select {
			case <-s.Asked:
				s.Add("XX.A", packet)
			case <-t.Context().Done():
			}
		}()
		c := client(t, seedlink.Options{Address: s.Address, Streams: []seedlink.Stream{{Station: "XX.A"}}, KeepAlive: 500 * time.Millisecond, Begin: time.Unix(0, 0)})
		if got := get(t, c, 1); !slices.Equal(got, []string{"XX.A 7"}) {
			t.Errorf("version %d: %v", version, got)
		}
	}
}

// TestUpTo: numbers of version 3 begin anew, so a packet is before another if it is at most
// half way round behind it.
func TestUpTo(t *testing.T) {
	const round = 1 << 24
	for _, c := range []struct {
		version int
		n, last uint64
		want    bool
	}{
		{4, 7, 7, true}, {4, 6, 7, true}, {4, 8, 7, false}, {4, round - 1, 1, false},
		{3, 7, 7, true}, {3, 6, 7, true}, {3, 8, 7, false}, {3, round - 1, 1, true}, {3, 1, round - 1, false},
		{3, 5, 5 + round/2 - 1, true}, {3, 5, 5 + round/2, false},
	} {
		if got := seedlink.UpTo(c.version, c.n, c.last); got != c.want {
			t.Errorf("version %d: %d up to %d is %v", c.version, c.n, c.last, got)
		}
	}
}

// TestRefused: what is of no use to try again is an error; a context ends waiting.
func TestRefused(t *testing.T) {
	s := seedlinktest.New(t, 3)
	ctx, cancel := context.WithCancel(context.Background())
	for want, o := range map[string]seedlink.Options{
		"XX.NONE: the server refuses \"STATION NONE XX\"": {Streams: []seedlink.Stream{{Station: "XX.NONE"}}},
		"it speaks version 3 only":                        {Streams: []seedlink.Stream{{Station: "XX.A"}}, Version: 4},
	} {
		o.Address = s.Address
		if _, err := client(t, o).Next(ctx); !errors.Is(err, seedlink.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
	cancel()
	if _, err := client(t, seedlink.Options{Address: s.Address, Streams: []seedlink.Stream{{Station: "XX.A"}}}).Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for want, o := range map[string]seedlink.Options{
		"no stations are asked for":  {},
		`the station "A" is not`:     {Streams: []seedlink.Stream{{Station: "A"}}},
		`the selector "BHZ" is not`:  {Streams: []seedlink.Stream{{Station: "XX.A", Selectors: []string{"BHZ"}}}},
		"version 5 is neither 3 nor": {Version: 5, Streams: []seedlink.Stream{{Station: "XX.A"}}},
	} {
		if _, err := seedlink.NewClient(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}
