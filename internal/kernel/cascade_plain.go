package kernel

// Several filters run at once over x: each must wait for its own last state, but
// not the next one for the whole of x. Side by side they fill each other's waiting,
// and compute the same bits as one by one.

func (c *Cascade) plain(x []float64) {
	k := 0
	for ; k+4 <= c.filters; k += 4 {
		c.four(k, x)
	}
	if k+2 <= c.filters {
		c.two(k, x)
		k += 2
	}
	if k < c.filters {
		c.one(k, x)
	}
}

func (c *Cascade) filter(k int) Biquad {
	return Biquad{c.d[k], c.b1[k], c.b2[k], c.a1[k], c.a2[k]}
}

// step is one sample, and the two states behind it. Each product is rounded by
// itself, as the vector kernels do, and not joined to a sum.
func (f Biquad) step(v, s, t float64) (y, s1, t1 float64) {
	return float64(f.D*v) + s, float64(f.B1*v) + t - float64(f.A1*s), float64(f.B2*v) - float64(f.A2*s)
}

func (c *Cascade) one(k int, x []float64) {
	f := c.filter(k)
	s, t := c.s[k], c.t[k]
	for i, v := range x {
		x[i], s, t = f.step(v, s, t)
	}
	c.s[k], c.t[k] = s, t
}

func (c *Cascade) two(k int, x []float64) {
	f0, f1 := c.filter(k), c.filter(k+1)
	s0, t0 := c.s[k], c.t[k]
	s1, t1 := c.s[k+1], c.t[k+1]
	for i, v := range x {
		v, s0, t0 = f0.step(v, s0, t0)
		x[i], s1, t1 = f1.step(v, s1, t1)
	}
	c.s[k], c.t[k] = s0, t0
	c.s[k+1], c.t[k+1] = s1, t1
}

func (c *Cascade) four(k int, x []float64) {
	f0, f1, f2, f3 := c.filter(k), c.filter(k+1), c.filter(k+2), c.filter(k+3)
	s, t := (*[4]float64)(c.s[k:]), (*[4]float64)(c.t[k:])
	s0, s1, s2, s3 := s[0], s[1], s[2], s[3]
	t0, t1, t2, t3 := t[0], t[1], t[2], t[3]
	for i, v := range x {
		v, s0, t0 = f0.step(v, s0, t0)
		v, s1, t1 = f1.step(v, s1, t1)
		v, s2, t2 = f2.step(v, s2, t2)
		x[i], s3, t3 = f3.step(v, s3, t3)
	}
	*s, *t = [4]float64{s0, s1, s2, s3}, [4]float64{t0, t1, t2, t3}
}
