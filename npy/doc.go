// Package npy writes and reads NumPy's own files: .npy, which holds one array,
// and .npz, a zip of such.
//
// There are three things in it. Write and Read (WriteFile and ReadFile) move one
// whole array. An Appender writes rows to a file whose number of rows is known
// only at the end. An Archive is an .npz that is written or read.
//
//	err := npy.WriteFile("lags.npy", []int{4801}, lags)
//	a, err := npy.CreateAppender[float32]("rows.npy", 4801) // then a.Append(row) ..., a.Close()
//	data, shape, err := npy.ReadFile[float32]("rows.npy")
//
// Arrays are in C order, little endian, of float32, float64, int32, int64, uint8,
// bool, complex64 or complex128. Headers of version 1, 2 and 3 are read, 1 is
// written.
//
// Files appear whole or not at all: they have a name that begins with a dot and
// ends in .tmp until they are closed. An existing file is never written over.
//
// # Caveats
//
// Fortran order, big-endian numbers, text, objects and records are refused with
// ErrFormat; objects would be pickled Python. Read makes at most 4 GiB.
package npy
