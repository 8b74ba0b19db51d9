package seismo

import (
	"maps"
	"slices"

	d4 "github.com/dispel4go/dispel4go"
)

// pending keeps items by their time until no older one can come, so that sums
// are taken in the order of time and are the same bits however items arrive.
type pending[T any] map[d4.Time][]T

// put keeps an item of a time until its period is over; a length of 0 is one period of
// all.
func (p pending[T]) put(t, length d4.Time, item T) {
	at := d4.Never
	if length > 0 {
		at = floor(t, length)
	}
	p[at] = append(p[at], item)
}

// over hands over the periods that end by t, and returns what is promised then.
func (p pending[T]) over(t, length d4.Time, so *progress, take func(at d4.Time, items []T) error) (d4.Time, error) {
	if length == 0 || t <= d4.Never/2 {
		return d4.Never, nil
	}
	so.pass(floor(t, length))
	return t, p.before(so.passed, take)
}

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
