package storm

import (
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/transport"
)

var _ transport.Meter = (*End)(nil)

func TestMeter(t *testing.T) {
	var m meter
	at := time.Unix(0, 0)
	for range 2 {
		m.begin(at)
		at = at.Add(time.Second)
		m.done(stretch/2, true, at)
		at = at.Add(time.Hour) // nothing waits
	}
	if want := float64(stretch) / 2; m.rate != want {
		t.Errorf("%v bytes a second, expected %v", m.rate, want)
	}
	m.begin(at)
	for range 4 {
		at = at.Add(time.Second)
		m.done(stretch/2, false, at)
	}
	if want := float64(stretch) / 2; m.rate != want {
		t.Errorf("%v bytes a second, expected %v", m.rate, want)
	}
}
