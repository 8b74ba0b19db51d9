package seismo

import (
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dispel4go/dispel4go/seismo/moveout"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// stationName is NET.STA of a channel's name.
func stationName(channel string) string {
	parts := strings.SplitN(channel, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

// plane is how many km a place lies east and north of another, by its distance and azimuth.
func plane(fromLat, fromLon, lat, lon float64) (east, north float64) {
	km := moveout.Distance(fromLat, fromLon, lat, lon)
	sin, cos := math.Sincos(moveout.Azimuth(fromLat, fromLon, lat, lon) * math.Pi / 180)
	return km * sin, km * cos
}

// stationPlaces reads latitude and longitude of stations from the StationXML files
// at some paths, by NET.STA. Of a station that has moved, the last place counts.
func stationPlaces(paths []string) (map[string][2]float64, error) {
	places := map[string][2]float64{}
	for _, path := range paths {
		files, err := filesAt(path, ".xml")
		if err != nil {
			return nil, fmt.Errorf("%w: set stations_path to StationXML", err)
		}
		for _, file := range files {
			if err := eachStation(file, stationxml.StationLevel, func(s *stationxml.Station) {
				places[s.ID()] = [2]float64{s.LatitudeDeg, s.LongitudeDeg}
			}); err != nil {
				return nil, err
			}
		}
	}
	return places, nil
}

// eachStation calls f with each station of a StationXML file, one at a time.
func eachStation(file string, level stationxml.Level, f func(*stationxml.Station)) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	for r := stationxml.NewReader(in, level); ; {
		s, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w: mend or remove the file", file, err)
		}
		f(s)
	}
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
