// Command emit emits an item of another type.
package main

import d4 "github.com/dispel4go/dispel4go"

func main() {
	var out d4.Out[int]
	out.Emit("text") // want: "text" int
}
