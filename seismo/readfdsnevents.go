package seismo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/fdsn"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// ReadFDSNEvents is a source of events from the FDSN event service of a data centre, in the
// order of time, so many days a request, as ReadQuakeML reads them from files. A request
// that fails for the moment is tried again as ReadFDSN does. A position is the time from
// which on events have not been emitted.
type ReadFDSNEvents struct {
	d4.Base
	inStep
	Out d4.Out[quakeml.Event]
	dataCentre
	Query    []string `help:"what else is asked of the event service, as [\"minmagnitude=5\", \"latitude=47\", \"longitude=8\", \"maxradius=10\"]"`
	StepDays float64  `help:"how much a request asks for; services refuse more than some thousand events" unit:"d" min:"0.01" max:"10000"`
	Limit

	info  *d4.Instance
	query url.Values
}

// NewReadFDSNEvents returns a source of all events, thirty days a request.
func NewReadFDSNEvents() *ReadFDSNEvents {
	return &ReadFDSNEvents{dataCentre: politely, StepDays: 30, Limit: Limit{MaxMiB: 256}}
}

// Setup checks the parameters.
func (r *ReadFDSNEvents) Setup() error {
	if !(r.StepDays >= 0.01 && r.StepDays <= 10_000) {
		return fmt.Errorf("step_days = %g d is not within 0.01 and 10000 d", r.StepDays)
	}
	r.query = url.Values{}
	for _, q := range r.Query {
		name, value, ok := strings.Cut(q, "=")
		if !ok || name == "" || value == "" {
			return fmt.Errorf("query: %q is not of the form name=value, as minmagnitude=5", q)
		}
		if slices.Contains([]string{"starttime", "start", "endtime", "end", "format", "orderby", "limit", "offset"}, name) {
			return fmt.Errorf("query: %s is set by the source itself: set from, to and step_days", name)
		}
		r.query.Set(name, value)
	}
	return r.dataCentre.setup(r.MemoryLimit(1))
}

// Open begins with the first days.
func (r *ReadFDSNEvents) Open(i *d4.Instance) error {
	r.info = i
	r.inStep.open(i, []string{r.Address}, []int64{int64(r.from)}, int64(r.to))
	return nil
}

// Next asks for the next days.
func (r *ReadFDSNEvents) Next() error {
	k, err := r.split()
	if err != nil {
		return err
	}
	from := d4.Time(r.next[k])
	next := min(from+seconds(86400*r.StepDays), r.to)
	// Both ends belong to what a service gives, to the microsecond.
	data, err := r.client.Event(r.info.Context(), clockOf(from), clockOf(next).Add(-time.Microsecond), r.query)
	switch {
	case errors.Is(err, fdsn.ErrNoData):
	case errors.Is(err, fdsn.ErrRequest):
		return fmt.Errorf("%w: see query; a lower step_days asks for less", err)
	case err != nil:
		return err
	}
	for events := quakeml.NewReader(bytes.NewReader(data)); len(data) > 0; {
		e, err := events.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: events from %s on: %w", r.Address, clock(from), err)
		}
		r.Out.Emit(*e)
	}
	step := int64(next)
	if next == r.to {
		step = ended
	}
	r.done(k, step)
	return nil
}
