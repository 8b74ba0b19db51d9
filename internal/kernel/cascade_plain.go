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

func (c *Cascade) filter(k int) Recursion {
	return Recursion{c.pass[k], c.in1[k], c.in2[k], c.back1[k], c.back2[k]}
}

func (c *Cascade) one(k int, x []float64) {
	f := c.filter(k)
	s, t := c.s[k], c.t[k]
	for i, v := range x {
		x[i] = f.Pass*v + s
		s, t = f.In1*v+t-f.Back1*s, f.In2*v-f.Back2*s
	}
	c.s[k], c.t[k] = s, t
}

func (c *Cascade) two(k int, x []float64) {
	f0, f1 := c.filter(k), c.filter(k+1)
	s0, t0 := c.s[k], c.t[k]
	s1, t1 := c.s[k+1], c.t[k+1]
	for i, v := range x {
		y := f0.Pass*v + s0
		s0, t0 = f0.In1*v+t0-f0.Back1*s0, f0.In2*v-f0.Back2*s0
		x[i] = f1.Pass*y + s1
		s1, t1 = f1.In1*y+t1-f1.Back1*s1, f1.In2*y-f1.Back2*s1
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
		y := f0.Pass*v + s0
		s0, t0 = f0.In1*v+t0-f0.Back1*s0, f0.In2*v-f0.Back2*s0
		v = f1.Pass*y + s1
		s1, t1 = f1.In1*y+t1-f1.Back1*s1, f1.In2*y-f1.Back2*s1
		y = f2.Pass*v + s2
		s2, t2 = f2.In1*v+t2-f2.Back1*s2, f2.In2*v-f2.Back2*s2
		x[i] = f3.Pass*y + s3
		s3, t3 = f3.In1*y+t3-f3.Back1*s3, f3.In2*y-f3.Back2*s3
	}
	*s, *t = [4]float64{s0, s1, s2, s3}, [4]float64{t0, t1, t2, t3}
}
