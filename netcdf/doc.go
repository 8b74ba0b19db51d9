// Package netcdf writes NetCDF-3 files, the form of NetCDF that everything reads:
// xarray, MATLAB, Panoply, ncdump, GMT.
//
// A [Writer] is made with all dimensions and variables, writes the header, and then
// takes the elements of each variable in any order and in pieces of any length: memory
// is that of a piece. Close fills nothing in: what was never put is zero.
//
//	w, err := netcdf.Create("result.nc", netcdf.Header{
//		Dims:      []netcdf.Dim{{Name: "lag", Length: 451}},
//		Variables: []netcdf.Variable{{Name: "lag", Type: netcdf.Float64, Dims: []string{"lag"}}}})
//	err = netcdf.Put(w, "lag", 0, lags)
//	err = w.Close()
//
// # Caveats
//
// The format is CDF-2 (64-bit offsets): one variable but the last has at most 4 GiB,
// and so has a row of it; more is an error that says so. Integers have 32 bits, text has a dimension
// for its letters. There is no unlimited dimension.
//
// Source: NetCDF classic format specification,
// https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html.
package netcdf
