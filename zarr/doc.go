// Package zarr writes and reads Zarr version 3 stores in a folder, such that
// xarray.open_zarr(path) and zarr-python 3 open them in one call.
//
// There are two things in it. A Store is a folder: one group with attributes and
// named arrays. An Array[T] is one of its arrays, cut in chunks of equal shape;
// each chunk is a file, and the atomic unit: it appears whole or not at all.
//
//	s, err := zarr.Create("correlations.zarr", map[string]any{"title": "..."})
//	cc, err := zarr.NewArray(s, "cc", zarr.Spec[float32]{
//		Shape: []int{276, 4801}, Chunks: []int{16, 4801}, Dims: []string{"pair", "lag"}, Codec: zarr.Zstd})
//	err = cc.WriteChunk([]int{0, 0}, block) // from any goroutine, on any rank
//	err = s.Finish(nil)
//
// # Life of a store
//
// Create makes the folder with the attribute "complete" false. NewArray adds an
// array and writes its metadata. From then on any number of goroutines and
// ranks (which Join the store) write chunks, each chunk by one of them, while
// others may Open the store and read what is there. Finish sets "complete" to
// true. A run that is killed leaves a store that says "complete" false and holds
// all chunks whose write had returned; what was being written keeps a name that
// begins with a dot and ends in .tmp, which no reader looks at. A chunk that was
// never written reads as the fill value; Has tells.
//
// Arrays of a run without end Grow; the new shapes of several of them show at
// once with Publish.
//
// Nothing is written over: Create refuses a path that exists, NewArray an array,
// WriteChunk a chunk. ReplaceChunk is the explicit way.
//
// # What is supported
//
// Elements float32, float64, int32, int64, uint8, bool, complex64, complex128 and
// string (the variable-length "string" with vlen-utf8, because zarr-python warns
// about fixed-length text). Little-endian bytes, plain or packed with zstd or
// gzip. Regular grids. One group, without groups inside. The metadata of all
// arrays stands also in that of the group ("consolidated"), as xarray wants.
// xarray takes an array with the name of its only dimension as coordinate;
// others become coordinates where an attribute "coordinates" of an array lists
// their names, separated by spaces.
//
// # Duties of the caller
//
// Create, NewArray and Finish are for one rank, before and after the others'
// writes. Two writers of one chunk are an error, which the second one is told.
// Slices given to a write are only read, and free again when it returns.
//
// # Caveats
//
// Files are not forced to the disk one by one: what is said above holds when a
// program is killed, not when a machine loses power. A chunk has at most 1 GiB.
package zarr
