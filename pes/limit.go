package pes

import (
	"errors"
	"fmt"
)

// ErrLimit is wrapped by what a PE returns when it would hold more than its
// limit allows.
var ErrLimit = errors.New("limit reached")

// Defaults of the limits on what one instance holds, in bytes.
const (
	defaultHeld    = 256 << 20
	defaultCollect = 1 << 30
)

// account counts the bytes that a PE holds against its limit, a parameter of
// that name.
type account struct {
	held, limit int64
	parameter   string
}

// add notes that n more bytes are held.
func (a *account) add(n int64) error {
	if a.held += n; a.held > a.limit {
		return fmt.Errorf("%w: more than %s = %d bytes would be held", ErrLimit, a.parameter, a.limit)
	}
	return nil
}

// atLeast checks a parameter.
func atLeast(name string, value, least int) error {
	if value < least {
		return fmt.Errorf("%s is %d and must be at least %d", name, value, least)
	}
	return nil
}
