package rundir

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// runFailed is what the engine logs of the failure that ends a run.
const runFailed = "run failed"

// shownWarnings is how many a report tells.
const shownWarnings = 5

// Warnings counts what log.jsonl of a run directory has of warnings and worse,
// and returns the first few, each as a line: who said it, what, and its
// attributes in order of name. Left out are the cause of a failed run, which is told as
// such, and lines that are no messages or longer than 64 KiB.
func Warnings(path string) (first []string, n int, err error) {
	f, err := os.Open(filepath.Join(path, "log.jsonl"))
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	for in := bufio.NewReaderSize(f, 64<<10); ; {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line = nil
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if text, ok := warning(line); ok {
			if n++; n <= shownWarnings {
				first = append(first, text)
			}
		}
		if err == io.EOF {
			return first, n, nil
		}
		if err != nil {
			return first, n, err
		}
	}
}

// warning is a line of the log as people read it, if it is a warning or worse.
func warning(line []byte) (string, bool) {
	if !bytes.Contains(line, []byte(`"WARN`)) && !bytes.Contains(line, []byte(`"ERROR`)) {
		return "", false // as most are, of a log that may be long
	}
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber() // as they were written
	if d.Decode(&all) != nil {
		return "", false
	}
	var level slog.Level
	name, _ := all[slog.LevelKey].(string)
	if level.UnmarshalText([]byte(name)) != nil || level < slog.LevelWarn {
		return "", false
	}
	text, _ := all[slog.MessageKey].(string)
	if text == runFailed {
		return "", false // run.json has it
	}
	if pe, ok := all["pe"].(string); ok {
		text = pe + ": " + text
	}
	for _, known := range []string{slog.LevelKey, slog.MessageKey, slog.TimeKey, "pe", "instance", "rank"} {
		delete(all, known)
	}
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		rest = append(rest, fmt.Sprintf("%s %v", name, all[name]))
	}
	if len(rest) > 0 {
		text += " (" + strings.Join(rest, ", ") + ")"
	}
	return oneLine(text), true
}

// oneLine is a text as it can stand in a line of a terminal.
func oneLine(text string) string {
	const most = 200 // characters
	n := 0
	return strings.Map(func(r rune) rune {
		if n++; n > most {
			return -1
		}
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}
