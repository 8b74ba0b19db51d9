package geojson_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"reflect"
	"testing"

	"github.com/dispel4go/dispel4go/seismo/geojson"
)

func ExampleWriter() {
	w := geojson.NewWriter(os.Stdout)
	depth := -8000.0
	w.Write(&geojson.Feature{ID: "event", Places: []geojson.Place{{LatitudeDeg: 35.5, LongitudeDeg: 242, HeightM: &depth}}, Properties: map[string]any{"magnitude": 7.1}})
	w.Write(&geojson.Feature{Places: []geojson.Place{{LatitudeDeg: 1, LongitudeDeg: 2}, {LatitudeDeg: 3, LongitudeDeg: 4}}})
	w.Close()
	// Output:
	// {"type":"FeatureCollection","features":[
	// {"type":"Feature","id":"event","geometry":{"type":"Point","coordinates":[-118,35.5,-8000]},"properties":{"magnitude":7.1}},
	// {"type":"Feature","geometry":{"type":"LineString","coordinates":[[2,1],[4,3]]},"properties":{}}
	// ]}
}

// TestRefused: what cannot be written leaves the collection whole.
func TestRefused(t *testing.T) {
	var b bytes.Buffer
	w := geojson.NewWriter(&b)
	for _, f := range []geojson.Feature{
		{}, {Places: []geojson.Place{{LatitudeDeg: 91}}}, {Places: []geojson.Place{{LatitudeDeg: math.NaN()}}},
		{Places: []geojson.Place{{}}, Properties: map[string]any{"a": math.NaN()}},
	} {
		if err := w.Write(&f); !errors.Is(err, geojson.ErrFeature) {
			t.Errorf("%v: %v", f, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || !reflect.DeepEqual(got, map[string]any{"type": "FeatureCollection", "features": []any{}}) {
		t.Errorf("%s, %v", b.Bytes(), err)
	}
}
