package seismo

import (
	"cmp"
	"fmt"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/fdsn"
)

// dataCentre is what sources have in common that ask the FDSN web services of a data
// centre for what lies between two times.
type dataCentre struct {
	Address   string  `help:"of the data centre, as https://service.iris.edu"`
	From      string  `help:"first time that is wanted, as 2024-03-01 or 2024-03-01T12:00:00"`
	To        string  `help:"time at which it ends"`
	IntervalS float64 `help:"least time between two requests" unit:"s" min:"0" max:"3600"`
	Tries     int     `help:"how often a request is made before it is an error" min:"1" max:"100"`

	from, to d4.Time
	client   *fdsn.Client
}

// politely asks at most five times a second.
var politely = dataCentre{IntervalS: 0.2, Tries: 5}

// Single: data centres want to be asked in turn.
func (*dataCentre) Single() {}

// setup checks the parameters; an answer may have so many bytes.
func (c *dataCentre) setup(maxBytes int64) error {
	if c.From == "" || c.To == "" {
		return fmt.Errorf("from = %q and to = %q: set both", c.From, c.To)
	}
	var err, wrong error
	c.from, err = clockTime("from", c.From, 0)
	c.to, wrong = clockTime("to", c.To, 0)
	if err = cmp.Or(err, wrong); err != nil {
		return err
	}
	switch {
	case c.to <= c.from:
		return fmt.Errorf("from = %s is not before to = %s", c.From, c.To)
	case !(c.IntervalS >= 0 && c.IntervalS <= 3600):
		return fmt.Errorf("interval_s = %g s is not within 0 and 3600 s", c.IntervalS)
	}
	c.client, err = fdsn.New(fdsn.Options{BaseURL: c.Address, Interval: time.Duration(seconds(c.IntervalS)), Tries: c.Tries, MaxBytes: maxBytes})
	if err != nil {
		return fmt.Errorf("%w: set address", err)
	}
	return nil
}
