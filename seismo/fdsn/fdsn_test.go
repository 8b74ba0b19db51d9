package fdsn_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/seismo/fdsn"
)

// centre is a server that answers with a status, the first times with another.
func centre(t *testing.T, failures int, fail, status int) (*fdsn.Client, *atomic.Int64, *atomic.Pointer[url.URL]) {
	t.Helper()
	var asked atomic.Int64
	var last atomic.Pointer[url.URL]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		last.Store(r.URL)
		code := status
		if asked.Add(1) <= int64(failures) {
			code = fail
		}
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			io.WriteString(w, "an answer\nmore")
		}
	}))
	t.Cleanup(s.Close)
	c, err := fdsn.New(fdsn.Options{BaseURL: s.URL + "/", Tries: 3, RetryMin: time.Millisecond, Interval: time.Microsecond})
	if err != nil {
		t.Fatal(err)
	}
	return c, &asked, &last
}

// TestServices: what is asked for, as the services have it.
func TestServices(t *testing.T) {
	c, _, last := centre(t, 0, 0, 200)
	ctx := context.Background()
	at := time.Date(2024, 3, 1, 0, 0, 0, 500_000_000, time.UTC)
	for want, get := range map[string]func() ([]byte, error){
		"/fdsnws/dataselect/1/query?channel=BH%3F&endtime=2024-03-01T01%3A00%3A00.500000&location=--&network=CI&starttime=2024-03-01T00%3A00%3A00.500000&station=CCA": func() ([]byte, error) {
			return c.Dataselect(ctx, "CI.CCA..BH?", at, at.Add(time.Hour))
		},
		"/fdsnws/station/1/query?channel=%2A&format=xml&level=response&location=00&network=CI&station=CCA": func() ([]byte, error) {
			return c.Station(ctx, "CI.CCA.00.*", "response", time.Time{}, time.Time{})
		},
		"/fdsnws/event/1/query?endtime=2024-03-01T00%3A00%3A00.500000&format=xml&minmagnitude=6&orderby=time-asc": func() ([]byte, error) {
			return c.Event(ctx, time.Time{}, at, url.Values{"minmagnitude": {"6"}})
		},
	} {
		data, err := get()
		if err != nil || string(data) != "an answer\nmore" || last.Load().String() != want {
			t.Errorf("%s, %v: %q", last.Load(), err, data)
		}
	}
}

// TestRetries: what may pass is tried again, so often and no more; what does not is not.
func TestRetries(t *testing.T) {
	for _, c := range []struct {
		failures, fail, status int
		asked                  int64
		want                   error
		text                   string
	}{
		{2, 503, 200, 3, nil, ""}, {2, 429, 200, 3, nil, ""}, {9, 500, 200, 3, nil, "tried 3 times: 500 Internal Server Error: an answer"},
		{0, 0, 204, 1, fdsn.ErrNoData, ""}, {0, 0, 400, 1, fdsn.ErrRequest, "400 Bad Request: an answer"},
	} {
		client, asked, _ := centre(t, c.failures, c.fail, c.status)
		_, err := client.Get(context.Background(), "event", nil)
		if asked.Load() != c.asked || c.want != nil && !errors.Is(err, c.want) || c.want == nil && c.text == "" && err != nil || c.text != "" && (err == nil || !strings.Contains(err.Error(), c.text)) {
			t.Errorf("%+v: %d requests, %v", c, asked.Load(), err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	client, _, _ := centre(t, 0, 0, 200)
	if _, err := client.Get(ctx, "event", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"", "ftp://x", "service.iris.edu"} {
		if _, err := fdsn.New(fdsn.Options{BaseURL: bad}); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// TestAnswers: an answer that breaks off is asked for again, as is one that does not
// come; one that is too long is not.
func TestAnswers(t *testing.T) {
	var asked atomic.Int64
	gone := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch asked.Add(1) {
		case 1:
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "an ans") // and the connection is closed
		case 2:
			<-r.Context().Done() // never, as far as the client sees
			close(gone)
		default:
			io.WriteString(w, "an answer")
		}
	}))
	defer s.Close()
	o := fdsn.Options{BaseURL: s.URL, Tries: 10, RetryMin: time.Millisecond, Timeout: 300 * time.Millisecond}
	c, err := fdsn.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := c.Event(context.Background(), time.Time{}, time.Time{}, nil); string(data) != "an answer" || asked.Load() < 3 {
		t.Errorf("%q, %v after %d requests", data, err, asked.Load())
	}
	<-gone
	o.MaxBytes, o.Timeout = 8, 0
	if c, err = fdsn.New(o); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Event(context.Background(), time.Time{}, time.Time{}, nil); !errors.Is(err, fdsn.ErrRequest) {
		t.Errorf("%v after %d requests", err, asked.Load())
	}
}
