//go:build !unix

package run

// used knows nothing where there is no getrusage.
func used() (cpu float64, peak int64) { return 0, 0 }
