package seismo

import (
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// pending keeps items by their time until no older one can come, so that sums
// are taken in the order of time and are the same bits however items arrive.
type pending[T any] map[d4.Time][]T

// before hands over what is older than t, oldest first.
func (p pending[T]) before(t d4.Time, take func(at d4.Time, items []T) error) error {
	for _, at := range slices.Sorted(maps.Keys(p)) {
		if at >= t {
			break
		}
		items := p[at]
		delete(p, at)
		if err := take(at, items); err != nil {
			return err
		}
	}
	return nil
}
