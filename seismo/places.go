package seismo

import (
	"encoding/xml"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// stationName is NET.STA of a channel's name.
func stationName(channel string) string {
	parts := strings.SplitN(channel, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// stationPlaces reads latitude and longitude of stations from the StationXML
// files (FDSN StationXML 1.0 to 1.2) at some paths, by NET.STA. Of a station that
// has moved, the last place counts. Nothing is kept of responses.
func stationPlaces(paths []string) (map[string][2]float64, error) {
	places := map[string][2]float64{}
	for _, path := range paths {
		files, err := filesAt(path, ".xml")
		if err != nil {
			return nil, fmt.Errorf("%w: set stations_path to StationXML", err)
		}
		for _, file := range files {
			if err := readPlaces(file, places); err != nil {
				return nil, err
			}
		}
	}
	return places, nil
}

func readPlaces(file string, places map[string][2]float64) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	var doc struct {
		XMLName xml.Name `xml:"FDSNStationXML"`
		Network []struct {
			Code    string `xml:"code,attr"`
			Station []struct {
				Code      string  `xml:"code,attr"`
				Latitude  float64 `xml:"Latitude"`
				Longitude float64 `xml:"Longitude"`
			}
		}
	}
	d := xml.NewDecoder(f)
	if err := d.Decode(&doc); err != nil {
		return fmt.Errorf("%s: no StationXML, at byte %d: %w: mend or remove the file", file, d.InputOffset(), err)
	}
	for _, n := range doc.Network {
		for _, s := range n.Station {
			if !(math.Abs(s.Latitude) <= 90 && math.Abs(s.Longitude) <= 360) {
				return fmt.Errorf("%s: %s.%s lies at %g, %g degrees: mend or remove the file", file, n.Code, s.Code, s.Latitude, s.Longitude)
			}
			places[n.Code+"."+s.Code] = [2]float64{s.Latitude, s.Longitude}
		}
	}
	return nil
}

// filesAt lists the files that a path means, which may be a pattern. A folder
// stands for those in it with one of the extensions.
func filesAt(path string, extensions ...string) ([]string, error) {
	info, missing := os.Stat(path)
	if missing != nil {
		files, err := filepath.Glob(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("%s: there is no such file or folder", path)
		}
		return files, nil
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // in the order of names
	var files []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains(extensions, strings.ToLower(filepath.Ext(e.Name()))) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	return files, err
}

// foldersOf lists the folders that files are in.
func foldersOf(files []string) (folders []string) {
	for _, file := range files {
		folders = append(folders, filepath.Dir(file))
	}
	slices.Sort(folders)
	return slices.Compact(folders)
}
