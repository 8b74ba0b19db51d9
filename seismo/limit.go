package seismo

import (
	"fmt"

	"github.com/dispel4go/dispel4go/pes"
)

// Limit bounds what one instance of a PE keeps. To need more is an error that
// wraps pes.ErrLimit.
type Limit struct {
	MaxMiB int `param:"max_mib" help:"memory that an instance may keep; to need more is an error" unit:"MiB" min:"1"`

	kept int64
}

// MemoryLimit is MaxMiB in bytes.
func (l *Limit) MemoryLimit(int) int64 { return int64(l.MaxMiB) << 20 }

// keep notes that so many bytes more are kept; to keep less is no error.
func (l *Limit) keep(bytes int) error {
	if bytes > 0 && l.kept+int64(bytes) > l.MemoryLimit(1) {
		return fmt.Errorf("%w: one instance would keep more than %d MiB: raise max_mib", pes.ErrLimit, l.MaxMiB)
	}
	l.kept += int64(bytes)
	return nil
}
