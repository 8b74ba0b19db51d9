//go:build !unix

package main

// Elsewhere nothing is known of it.

func cpu() (user, system float64) { return 0, 0 }

func peak() float64 { return 0 }
