package seismo

import "container/list"

// cache keeps what is dear to make, within the memory that an instance may keep.
// What has not been used for longest goes first.
type cache struct {
	limit *Limit
	byKey map[any]*list.Element
	order list.List // of *cached, the last used in front
}

// sized is what a cache keeps.
type sized interface{ Bytes() int }

type cached struct {
	key   any
	value sized
}

func newCache(limit *Limit) *cache { return &cache{limit: limit, byKey: map[any]*list.Element{}} }

// recall returns what is kept for a key, or makes it. Keys for values of different
// types have different types.
func recall[V sized](c *cache, key any, make func() (V, error)) (V, error) {
	if e, ok := c.byKey[key]; ok {
		c.order.MoveToFront(e)
		return e.Value.(*cached).value.(V), nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	for err = c.limit.keep(v.Bytes()); err != nil && c.order.Len() > 0; err = c.limit.keep(v.Bytes()) {
		old := c.order.Remove(c.order.Back()).(*cached)
		delete(c.byKey, old.key)
		c.limit.keep(-old.value.Bytes()) // to keep less is no error
	}
	if err != nil {
		return v, err
	}
	c.byKey[key] = c.order.PushFront(&cached{key, v})
	return v, nil
}
