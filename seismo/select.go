package seismo

import (
	"fmt"
	"path"
	"slices"
	"sync/atomic"

	d4 "github.com/dispel4go/dispel4go"
)

// SelectChannels passes on the traces of some channels, and counts the others
// ("other_channels").
type SelectChannels struct {
	Traces
	stateless
	Channels []string `help:"what is passed on, as NET.STA.LOC.CHA or patterns such as CI.*.*.BH? or *Z"`

	others *atomic.Int64
}

// NewSelectChannels returns a SelectChannels that passes on all.
func NewSelectChannels() *SelectChannels {
	s := &SelectChannels{Channels: []string{"*"}}
	s.each(func(t *Trace) error {
		if !slices.ContainsFunc(s.Channels, func(pattern string) bool {
			ok, _ := path.Match(pattern, t.Station.ID) // the pattern is good
			return ok
		}) {
			s.others.Add(1)
			t.Samples = nil
		}
		return nil
	})
	return s
}

// Setup checks the patterns.
func (s *SelectChannels) Setup() error {
	if len(s.Channels) == 0 {
		return fmt.Errorf("channels is empty: nothing would be passed on")
	}
	for _, pattern := range s.Channels {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("channels: %q: %w", pattern, err)
		}
	}
	return nil
}

// Open prepares the counter.
func (s *SelectChannels) Open(i *d4.Instance) error {
	s.others = i.Counter("other_channels")
	return nil
}
