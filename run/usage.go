package run

// usedSince returns what tells the processor time since now, and the most memory
// that this process has had: a process may have run other graphs before.
func usedSince() func() (cpu float64, peak int64) {
	before, _ := used()
	return func() (float64, int64) {
		cpu, peak := used()
		return cpu - before, peak
	}
}
