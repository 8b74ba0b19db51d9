package xmltext

import (
	"strings"
	"time"
)

// layouts are the forms of times that occur.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02"}

// Time reads a time; without a zone it is UTC. A second 60, a leap second, is the first of
// the next minute, as everywhere in seismology where times are UTC without them.
func Time(text string) (t time.Time, err error) {
	text = strings.TrimSpace(text)
	leap := time.Duration(0)
	const second = len("2006-01-02T15:04:") // where it is
	if len(text) > second && text[second-1] == ':' && strings.HasPrefix(text[second:], "60") {
		text, leap = text[:second]+"59"+text[second+2:], time.Second
	}
	for _, layout := range layouts {
		if t, err = time.Parse(layout, text); err == nil {
			return t.UTC().Add(leap), nil
		}
	}
	return t, err
}
