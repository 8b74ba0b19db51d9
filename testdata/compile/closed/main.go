// Command closed makes a grouping of its own: the set is closed.
package main

import d4 "github.com/dispel4go/dispel4go"

type own struct{}

var _ d4.Grouping = own{} // want: own Grouping

func main() {}
