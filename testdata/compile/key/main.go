// Command key groups items by a key of other items.
package main

import d4 "github.com/dispel4go/dispel4go"

func main() {
	_ = d4.InputBy(func(n int) error { return nil }, func(s string) string { return s }) // want: string int
}
