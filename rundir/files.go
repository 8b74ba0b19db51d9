package rundir

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// compareFiles returns "" where two files hold the same, else what differs;
// equal reports that their bytes do.
func compareFiles(a, b string, rtol float64) (equal bool, text string, err error) {
	if equal, err = equalBytes(a, b); equal || err != nil {
		return equal, "", err
	}
	switch strings.ToLower(filepath.Ext(a)) {
	case ".npy":
		text, err = compareNPY(a, b, rtol)
	case ".csv", ".jsonl", ".txt":
		text, err = compareLines(a, b, rtol)
	default:
		text = "the bytes differ"
	}
	return false, text, err
}

func equalBytes(a, b string) (bool, error) {
	f, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer g.Close()
	x, y := make([]byte, 1<<16), make([]byte, 1<<16)
	for {
		n, err := io.ReadFull(f, x)
		m, other := io.ReadFull(g, y)
		if !bytes.Equal(x[:n], y[:m]) {
			return false, nil
		}
		for _, err := range []error{err, other} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if err != nil {
			return other != nil, nil
		}
	}
}
