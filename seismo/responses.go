package seismo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	d4 "github.com/dispel4go/dispel4go"
	"github.com/dispel4go/dispel4go/seismo/resp"
	"github.com/dispel4go/dispel4go/seismo/response"
	"github.com/dispel4go/dispel4go/seismo/stationxml"
)

// responses are those of channels, by NET.STA.LOC.CHA, each with the time for
// which it holds.
type responses map[string][]responseEpoch

type responseEpoch struct {
	stationxml.Epoch
	response *response.Response
}

// readResponses reads the StationXML and RESP files at a path, and keeps the
// channels that are wanted. Files are RESP where their name begins with RESP.
func readResponses(path string, wanted func(channel string) bool) (responses, error) {
	files, err := filesAt(path, ".xml", ".resp")
	if info, missing := os.Stat(path); missing == nil && info.IsDir() {
		more, _ := filepath.Glob(filepath.Join(path, "RESP.*")) // the pattern is good
		files = append(files, more...)
		slices.Sort(files)
		files = slices.Compact(files)
	}
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no StationXML (*.xml) and no RESP files there", path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: set stations_path to files with the responses of the channels", err)
	}
	all := responses{}
	for _, file := range files {
		name := strings.ToUpper(filepath.Base(file))
		if strings.HasPrefix(name, "RESP") || strings.HasSuffix(name, ".RESP") {
			err = all.readRESP(file, wanted)
		} else {
			err = eachStation(file, stationxml.ResponseLevel, func(s *stationxml.Station) {
				for _, c := range s.Channels {
					if c.Response != nil && wanted(c.ID()) {
						all[c.ID()] = append(all[c.ID()], responseEpoch{c.Epoch, c.Response})
					}
				}
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (all responses) readRESP(file string, wanted func(channel string) bool) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	channels, err := resp.Read(in)
	if err != nil {
		return fmt.Errorf("%s: %w: mend or remove the file", file, err)
	}
	for _, c := range channels {
		if wanted(c.ID()) {
			all[c.ID()] = append(all[c.ID()], responseEpoch{stationxml.Epoch{Start: c.Start, End: c.End}, c.Response})
		}
	}
	return nil
}

// of returns the response of a channel at a time, nil if there is none. Of several
// the one that began last counts.
func (all responses) of(channel string, at d4.Time) *response.Response {
	t := time.Unix(0, int64(at))
	var best *responseEpoch
	for i := range all[channel] {
		if e := &all[channel][i]; e.Covers(t) && (best == nil || e.Start.After(best.Start)) {
			best = e
		}
	}
	if best == nil {
		return nil
	}
	return best.response
}
