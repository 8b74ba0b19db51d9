package seismo_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/mseed"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// eventService has events of magnitude 2.5, one a minute, and gives
// those at both ends of a time. It refuses more than twenty, and fails now and then.
func eventService(t *testing.T, events []quakeml.Event) (address string) {
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%5 == 0 {
			w.Header().Set("Retry-After", "0")
			http.Error(w, "too busy", http.StatusServiceUnavailable)
			return
		}
		q := r.URL.Query()
		if r.URL.Path != "/fdsnws/event/1/query" || q.Get("orderby") != "time-asc" || q.Get("minmagnitude") != "2" {
			http.Error(w, "not understood", http.StatusBadRequest)
			return
		}
		var span [2]time.Time
		for i, name := range []string{"starttime", "endtime"} {
			at, err := mseed.ParseTime(q.Get(name))
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			span[i] = at.Std()
		}
		c := quakeml.Catalog{}
		for i := range events {
			if at := events[i].Origin().Time.Time; !at.Before(span[0]) && !at.After(span[1]) {
				c.Events = append(c.Events, &events[i])
			}
		}
		switch {
		case len(c.Events) == 0:
			w.WriteHeader(http.StatusNoContent)
		case len(c.Events) > 20:
			http.Error(w, "too many events", http.StatusRequestEntityTooLarge)
		default:
			if err := quakeml.Write(w, &c); err != nil {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// timed are events at each whole minute of an hour but for a pause.
func timed() (all []quakeml.Event) {
	for _, e := range shaken(60) {
		if len(e.Origins) > 0 && !strings.HasPrefix(e.ID, "smi:test/002") {
			e.Origins[0].Time.Time = e.Origins[0].Time.Time.Truncate(time.Minute)
			e.Origins[0].DepthM = nil // Resume compares items as they print
			all = append(all, e)
		}
	}
	return all
}

// TestReadFDSNEvents: each event comes once, in the order of time, whatever requests it takes,
// and a run goes on where another was.
func TestReadFDSNEvents(t *testing.T) {
	events := timed()
	of := []petest.Step{petest.Set("Address", eventService(t, events)), petest.Set("From", "2024-02-29T23:50:36"), petest.Set("To", "2024-03-01T01:00:00"),
		petest.Set("Query", []string{"minmagnitude=2"}), petest.Set("IntervalS", 0.0), petest.Set("StepDays", 0.01)} // the second request begins with an event
	got := petest.Out[quakeml.Event](run(t, seismo.NewReadFDSNEvents, of...), "out")
	if len(got) != len(events) || len(events) != 40 {
		t.Fatalf("%d events, expected %d", len(got), len(events))
	}
	for i, e := range got {
		if e.ID != events[i].ID || !e.Origin().Time.Time.Equal(events[i].Origin().Time.Time) {
			t.Errorf("event %d is %s, expected %s", i, e.ID, events[i].ID)
		}
	}
	petest.Resume(t, seismo.NewReadFDSNEvents, 1, 2, 1, of...)
}

// TestReadFDSNEventsJob: events of a data centre become a catalogue, by a job file.
func TestReadFDSNEventsJob(t *testing.T) {
	events := timed()
	dir := t.TempDir()
	put(t, dir, "job.toml", []byte(`name = "events"
connect = [{ from = "events.out", to = "catalogue.in" }]
[[pe]]
name = "events"
type = "seismo.ReadFDSNEvents"
with = { address = "`+eventService(t, events)+`", from = "2024-03-01", to = "2024-03-01T01:00:00", query = ["minmagnitude=2"], interval_s = 0.0, step_days = 0.01 }
[[pe]]
name = "catalogue"
type = "seismo.WriteCatalogue"
`))
	if code, stderr := program(t, dir, "run", "job.toml", "--quiet", "--dir", "run"); code != 0 {
		t.Fatal(stderr)
	}
	back := petest.Out[quakeml.Event](run(t, seismo.NewReadQuakeML, petest.Set("Path", dir+"/run/outputs")), "out")
	var a, b bytes.Buffer
	for w, all := range map[*bytes.Buffer][]quakeml.Event{&a: back, &b: events} {
		c := quakeml.Catalog{}
		for i := range all {
			c.Events = append(c.Events, &all[i])
		}
		if err := quakeml.Write(w, &c); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Errorf("%d events in the catalogue, %d of the service, or others", len(back), len(events))
	}
}

// TestReadFDSNEventsRefuses: what cannot be asked, or is refused, is said with what helps.
func TestReadFDSNEventsRefuses(t *testing.T) {
	address := eventService(t, timed())
	for want, set := range map[string]petest.Step{
		"too many events: see query; a lower step_days":    petest.Set("StepDays", 1.0),
		"400 Bad Request: not understood: see query; a lo": petest.Set("Query", []string{"minmagnitude=3"}),
	} {
		res := petest.Run(t, seismo.NewReadFDSNEvents, petest.Set("Address", address), petest.Set("From", "2024-03-01"), petest.Set("To", "2024-03-01T01:00:00"),
			petest.Set("Query", []string{"minmagnitude=2"}), petest.Set("IntervalS", 0.0), set)
		if res.Err == nil || !strings.Contains(res.Err.Error(), want) {
			t.Errorf("%v, expected %s", res.Err, want)
		}
	}
	for want, set := range map[string]func(*seismo.ReadFDSNEvents){
		`query: "minmagnitude" is not of the form`:     func(r *seismo.ReadFDSNEvents) { r.Query = []string{"minmagnitude"} },
		"query: starttime is set by the source itself": func(r *seismo.ReadFDSNEvents) { r.Query = []string{"starttime=2020-01-01"} },
		"is not before to":                             func(r *seismo.ReadFDSNEvents) { r.To = "2020-01-01" },
		"is no address of a data centre":               func(r *seismo.ReadFDSNEvents) { r.Address = "nowhere" },
		"step_days = 0 d is not within 0.01 and 10000": func(r *seismo.ReadFDSNEvents) { r.StepDays = 0 },
	} {
		r := seismo.NewReadFDSNEvents()
		r.Address, r.From, r.To = address, "2024-03-01", "2024-03-02"
		set(r)
		if err := r.Setup(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
}
