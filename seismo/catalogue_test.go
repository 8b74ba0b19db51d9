package seismo_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dispel4go/dispel4go/pes/petest"
	"github.com/dispel4go/dispel4go/seismo"
	"github.com/dispel4go/dispel4go/seismo/quakeml"
)

// shaken is a catalogue of n events, in the order of time; every fifth has no origin.
func shaken(n int) (all []quakeml.Event) {
	for k := range n {
		e := quakeml.Event{ID: fmt.Sprintf("smi:test/%04d", k), Type: "earthquake"}
		if k%5 != 4 {
			at := quakeml.Moment{Time: time.Date(2024, 3, 1, 0, k, 0, 123_456_789, time.UTC)}
			e.Origins = []quakeml.Origin{{ID: e.ID + "/o", Time: at, LatitudeDeg: quakeml.Quantity{Value: float64(k)}, DepthM: &quakeml.Quantity{Value: 1000}}}
			e.Magnitudes = []quakeml.Magnitude{{ID: e.ID + "/m", Value: quakeml.Quantity{Value: 2.5}, Type: "ML"}}
		}
		all = append(all, e)
	}
	return all
}

// TestCatalogue: events in any order become the same files, which are read back.
func TestCatalogue(t *testing.T) {
	events := shaken(20)
	first := run(t, seismo.NewWriteCatalogue, petest.Set("Description", "a test"), petest.Feed("in", events...))
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	second := run(t, seismo.NewWriteCatalogue, petest.Set("Description", "a test"), petest.Feed("in", events...))
	for _, name := range []string{"catalogue.xml", "catalogue.geojson"} {
		if len(first.Files[name]) == 0 || !bytes.Equal(first.Files[name], second.Files[name]) {
			t.Errorf("%s differs, or is empty", name)
		}
	}
	var points struct {
		Features []struct {
			Geometry   struct{ Coordinates []float64 }
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(first.Files["catalogue.geojson"], &points); err != nil {
		t.Fatal(err)
	}
	if f := points.Features; len(f) != 16 || !slices.Equal(f[1].Geometry.Coordinates, []float64{0, 1, -1000}) || f[1].Properties["magnitude"] != 2.5 ||
		f[1].Properties["time"] != "2024-03-01T00:01:00.123456789Z" {
		t.Errorf("%d features, the second %+v", len(f), f[1])
	}
	root := leave(t, first)
	if err := os.WriteFile(filepath.Join(root, "second.qml"), first.Files["catalogue.xml"], 0o666); err != nil {
		t.Fatal(err)
	}
	out := petest.Out[quakeml.Event](run(t, seismo.NewReadQuakeML, petest.Set("Path", root)), "out")
	if len(out) != 40 || out[0].ID != "smi:test/0000" || !out[20].Origins[0].Time.Time.Equal(shaken(1)[0].Origins[0].Time.Time) {
		t.Errorf("%d events", len(out))
	}
	flat := shaken(20) // Resume compares items as they print, and pointers print their address
	for i := range flat {
		for k := range flat[i].Origins {
			flat[i].Origins[k].DepthM = nil
		}
	}
	root = leave(t, run(t, seismo.NewWriteCatalogue, petest.Feed("in", flat...)))
	petest.Resume(t, seismo.NewReadQuakeML, 2, 7, 1, petest.Set("Path", root))
}

// TestCatalogueRefuses: what is not there, or not to be read, is said.
func TestCatalogueRefuses(t *testing.T) {
	bad := t.TempDir()
	if err := os.WriteFile(filepath.Join(bad, "a.xml"), []byte("<quakeml><event publicID='e'>"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, path := range map[string]string{
		"no catalogues there":                 t.TempDir(),
		"there is no such file":               filepath.Join(bad, "b.xml"),
		"a.xml: quakeml: line 1: not QuakeML": bad,
	} {
		if res := petest.Run(t, seismo.NewReadQuakeML, petest.Set("Path", path)); res.Err == nil || !strings.Contains(res.Err.Error(), want) {
			t.Errorf("%v, expected %s", res.Err, want)
		}
	}
	if res := petest.Run(t, seismo.NewWriteCatalogue, petest.Set("MaxEvents", 3), petest.Feed("in", shaken(4)...)); res.Err == nil || !strings.HasSuffix(res.Err.Error(), "raise it") {
		t.Errorf("%v", res.Err)
	}
}
