// Package registry holds PEs, keys, item types and exporters by name, so that a job
// file and the command line can speak of them.
//
// The cast: a Registry maps names to Variants. A Variant is one PE with its
// ports and parameters; several variants under one name are the same PE for
// items of different types. A Param is one parameter: an exported field of the
// PE's struct with a help tag. An Exporter turns results into files of other
// formats.
//
//	type Whiten struct {
//		d4.Base
//		In      d4.In[Trace]
//		Out     d4.Out[Trace]
//		FreqMin float64       `unit:"Hz" min:"0" help:"lower end of the band"`
//		Method  string        `oneof:"smooth|one-bit" help:"how amplitudes are levelled"`
//		Pad     time.Duration `min:"0s" param:"padding" help:"zeros put on either side"`
//	}
//
// The name of a parameter is that of its field in snake_case (freq_min), or
// what the param tag says. Its kind is a bool, an integer, a float, a string, a
// time.Duration or a slice of these; min, max and oneof hold for each element
// of a slice. Its default is the value that the factory left in the field.
//
// # Duties
//
// What is registered must be right: a PE that is no pointer to a struct, a
// parameter of another kind, a limit that is no number, two variants with the
// same ports are mistakes of the program and panic. What a user asks for is
// checked and comes back as an error of one line, with the nearest right name.
// A factory is called once when it is added, to see ports and defaults, and so
// is Setup; both must leave the world as it is.
//
// # Caveats
//
// A Registry is filled first and read afterwards, by any number of goroutines.
// Where Setup fails on the defaults, the ports listed are those there are
// before it.
package registry
