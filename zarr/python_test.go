package zarr

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/dispel4go/dispel4go/internal/python"
)

const readBackScript = `
import json, sys, warnings
warnings.simplefilter("error")
import numpy as np, xarray as xr, zarr

ds = xr.open_zarr(sys.argv[1])
out = {
    "dims": dict(ds.sizes), "coords": sorted(ds.coords), "complete": bool(ds.attrs["complete"]), "title": ds.attrs["title"],
    "pair": [str(p) for p in ds.pair.values], "distance": ds.distance.values.tolist(), "units": ds.lag.attrs["units"],
    "cc_sum": float(ds.cc.sum()), "cc_nan": int(np.isnan(ds.cc.values).sum()), "cc_sel": float(ds.cc.sel(pair="Z.ÜRI", lag=0.5)),
    "types": {k: ds[k].dtype.name for k in ds.data_vars}, "scalar": float(ds.scalar),
    "spectrum": [ds.spectrum.values[1].real.item(), ds.spectrum.values[1].imag.item()],
    "counts": ds.counts.values.tolist(), "good": ds.good.values.tolist(), "large": ds.large.values.tolist(),
}
group = zarr.open_group(sys.argv[1], mode="r")
out["arrays"] = sorted(group.array_keys())
print(json.dumps(out))

# And the other way round.
pair = np.array(["AB", "", "Zürich"], dtype=np.dtypes.StringDType())
back = xr.Dataset({"x": (("pair", "t"), np.arange(15, dtype="f4").reshape(3, 5)), "c": (("t",), np.full(5, 1 + 2j)),
                   "b": (("t",), np.arange(5) % 2 == 0), "n": (("t",), np.arange(5, dtype="i8") - 2)}, coords={"pair": pair}, attrs={"by": "xarray"})
warnings.simplefilter("ignore")
back.to_zarr(sys.argv[2], zarr_format=3, consolidated=True, encoding={"x": {"chunks": (2, 3)}, "n": {"compressors": zarr.codecs.GzipCodec()}})
`

func TestPython(t *testing.T) {
	exe := python.Find(t, "xarray, zarr")
	theirs := filepath.Join(t.TempDir(), "theirs.zarr")
	s := mustCreate(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cc, err := NewArray(s, "cc", Spec[float32]{Shape: []int{3, 4}, Chunks: []int{2, 4}, Dims: []string{"pair", "lag"}, Codec: Zstd,
		Attributes: map[string]any{"coordinates": "distance"}})
	must(err)
	must(cc.WriteChunk([]int{1, 0}, []float32{1, 2, 3, 4}))
	pair, err := NewArray(s, "pair", Spec[string]{Shape: []int{3}, Dims: []string{"pair"}})
	must(err)
	must(pair.Write([]string{"CI.CCA-CI.HEC", "", "Z.ÜRI"}))
	lag, err := NewArray(s, "lag", Spec[float64]{Shape: []int{4}, Dims: []string{"lag"}, Attributes: map[string]any{"units": "s"}})
	must(err)
	must(lag.Write([]float64{-0.5, 0, 0.5, 1}))
	distance, err := NewArray(s, "distance", Spec[float64]{Shape: []int{3}, Dims: []string{"pair"}})
	must(err)
	must(distance.Write([]float64{10, 20, 30.5}))
	spectrum, err := NewArray(s, "spectrum", Spec[complex64]{Shape: []int{4}, Dims: []string{"lag"}, Codec: Gzip})
	must(err)
	must(spectrum.Write([]complex64{0, 1 - 2i, 0, 0}))
	double, err := NewArray(s, "double", Spec[complex128]{Shape: []int{4}, Dims: []string{"lag"}})
	must(err)
	must(double.Write([]complex128{1, 2, 3, 4}))
	counts, err := NewArray(s, "counts", Spec[int32]{Shape: []int{3}, Chunks: []int{2}, Dims: []string{"pair"}})
	must(err)
	must(counts.Write([]int32{0, -1, 1 << 30}))
	large, err := NewArray(s, "large", Spec[int64]{Shape: []int{3}, Dims: []string{"pair"}})
	must(err)
	must(large.Write([]int64{0, -1, 1<<62 + 1}))
	good, err := NewArray(s, "good", Spec[bool]{Shape: []int{3}, Dims: []string{"pair"}})
	must(err)
	must(good.Write([]bool{true, false, true}))
	octets, err := NewArray(s, "octets", Spec[uint8]{Shape: []int{3}, Dims: []string{"pair"}, Codec: Zstd})
	must(err)
	must(octets.Write([]uint8{0, 128, 255}))
	scalar, err := NewArray(s, "scalar", Spec[float64]{Dims: []string{}})
	must(err)
	must(scalar.Write([]float64{2.5}))
	must(s.Finish(nil))

	cmd := exec.Command(exe, "-c", readBackScript, s.Path(), theirs)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	must(err)
	var got, want any
	must(json.Unmarshal(out, &got))
	must(json.Unmarshal([]byte(`{
		"dims": {"pair": 3, "lag": 4}, "coords": ["distance", "lag", "pair"], "complete": true, "title": "test",
		"pair": ["CI.CCA-CI.HEC", "", "Z.ÜRI"], "distance": [10, 20, 30.5], "units": "s",
		"cc_sum": 10, "cc_nan": 8, "cc_sel": 3, "scalar": 2.5,
		"types": {"cc": "float32", "spectrum": "complex64", "double": "complex128", "counts": "int32", "large": "int64",
			"good": "bool", "octets": "uint8", "scalar": "float64"},
		"spectrum": [1, -2], "counts": [0, -1, 1073741824], "good": [true, false, true], "large": [0, -1, 4611686018427387905],
		"arrays": ["cc", "counts", "distance", "double", "good", "lag", "large", "octets", "pair", "scalar", "spectrum"]}`), &want))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Python reads\n%v, want\n%v", got, want)
	}

	back, err := Open(theirs)
	must(err)
	x, err := OpenArray[float32](back, "x")
	must(err)
	numbers, err := x.Read(nil)
	must(err)
	for i, v := range numbers {
		if v != float32(i) {
			t.Errorf("x[%d] = %v", i, v)
		}
	}
	names, err := OpenArray[string](back, "pair")
	must(err)
	if v, err := names.Read(nil); err != nil || !slices.Equal(v, []string{"AB", "", "Zürich"}) {
		t.Error(v, err)
	}
	c, err := OpenArray[complex128](back, "c")
	must(err)
	if v, err := c.Read(nil); err != nil || v[4] != 1+2i {
		t.Error(v, err)
	}
	n, err := OpenArray[int64](back, "n")
	must(err)
	if v, err := n.Read(nil); err != nil || !slices.Equal(v, []int64{-2, -1, 0, 1, 2}) || n.Info().Codec != Gzip {
		t.Error(v, err)
	}
	b, err := OpenArray[bool](back, "b")
	must(err)
	if v, err := b.Read(nil); err != nil || !slices.Equal(v, []bool{true, false, true, false, true}) {
		t.Error(v, err)
	}
}
