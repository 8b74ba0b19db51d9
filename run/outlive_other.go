//go:build !linux

package run

func outlive() {}
