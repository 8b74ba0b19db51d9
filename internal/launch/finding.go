package launch

import (
	"fmt"
	"slices"
)

// Status is how a Finding is to be taken.
type Status uint8

const (
	// OK: it is here and works.
	OK Status = iota
	// Warn: it works, but not as well as it could.
	Warn
	// Missing: it is not here, and what needs it cannot run.
	Missing
	// Broken: it is here, but does not work.
	Broken
)

var statusNames = [...]string{OK: "ok", Warn: "warn", Missing: "missing", Broken: "broken"}

// String is the word that doctor prints.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// MarshalText makes a Status the same word in JSON.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it again.
func (s *Status) UnmarshalText(text []byte) error {
	at := slices.Index(statusNames[:], string(text))
	if at < 0 {
		return fmt.Errorf("launch: %q is not the status of a finding", text)
	}
	*s = Status(at)
	return nil
}

// A Finding is a line of doctor: one thing of the surroundings that a mapping
// needs or would like.
type Finding struct {
	Subject string `json:"subject"`          // what was looked for, such as "Open MPI"
	Status  Status `json:"status"`           // how it is
	Text    string `json:"text"`             // what was found, in one line
	Remedy  string `json:"remedy,omitempty"` // what to do about it; "" if nothing
}
